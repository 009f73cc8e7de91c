/* An archive of one object, in the form that System V's and GNU's linkers read: the index of symbols, then the object. */
#include "build/object.h"

#include <ar.h>
#include <stdio.h>
#include <string.h>

/* The head of a member. The time and owner are 0, so that equal models give equal archives. */
static bool write_head(const char *name, size_t size, OutputFile *file, StrataError *error)
{
    char text[2 * sizeof(struct ar_hdr)];
    snprintf(text, sizeof text, "%-16.16s%-12d%-6d%-6d%-8o%-10zu" ARFMAG, name, 0, 0, 0, 0644, size);
    return output_file_add(file, text, sizeof(struct ar_hdr), error);
}

static void put_big_endian(unsigned char bytes[4], size_t number)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(number >> (24 - 8 * i));
}

/* How many symbols there are, where the member of each begins, and their names. */
static bool write_index(const char *const *exported, int64_t count, OutputFile *file, StrataError *error)
{
    size_t size = 4 + 4 * (size_t)count;
    for (int64_t i = 0; i < count; i++)
        size += strlen(exported[i]) + 1;
    size_t padded = size + size % 2;
    unsigned char number[4];
    put_big_endian(number, (size_t)count);
    bool good = write_head("/", padded, file, error) && output_file_add(file, number, sizeof number, error);
    put_big_endian(number, SARMAG + sizeof(struct ar_hdr) + padded);
    for (int64_t i = 0; good && i < count; i++)
        good = output_file_add(file, number, sizeof number, error);
    for (int64_t i = 0; good && i < count; i++)
        good = output_file_add(file, exported[i], strlen(exported[i]) + 1, error);
    return good && output_file_fill(file, SARMAG + sizeof(struct ar_hdr) + padded, error);
}

/* Names of members end in `/`; the field has room for 15 more characters. */
static void member_name(const char *name, char result[17])
{
    snprintf(result, 17, "%.13s.o/", name);
}

bool archive_write(const ObjectCode *code, const char *symbol, const Section *section, const char *name,
                   const char *const *exported, int64_t exported_count, OutputFile *file, StrataError *error)
{
    char member[17];
    member_name(name, member);
    size_t size = object_size(code, symbol, section);
    return output_file_add(file, ARMAG, SARMAG, error) && write_index(exported, exported_count, file, error) &&
           write_head(member, size, file, error) && object_write(code, symbol, section, file, error) &&
           output_file_fill(file, file->written + size % 2, error);
}
