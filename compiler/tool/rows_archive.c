/* Several arrays as .npz, a zip archive of .npy files; see rows.h. Members are stored as they are, with 64-bit sizes, as NumPy writes them. */
#include "tool/message.h"
#include "tool/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 65536, RECORD = 128, LOCAL_EXTRA = 20, CENTRAL_EXTRA = 28, OUT_OF_MEMORY = 1090 };

/* ---- Numbers of the format: least significant byte first ---- */

typedef struct Bytes {
    unsigned char at[RECORD];
    size_t length;
} Bytes;

static void put(Bytes *bytes, uint64_t value, int count)
{
    for (; count > 0; count--, value >>= 8)
        bytes->at[bytes->length++] = (unsigned char)value;
}

static bool write_bytes(FILE *file, const Bytes *bytes)
{
    return fwrite(bytes->at, 1, bytes->length, file) == bytes->length;
}

/* ---- Members ---- */

typedef struct Member {
    char name[64];
    uint64_t size, offset; /* of its content; of its local header in the archive */
    uint32_t check;        /* CRC-32 */
} Member;

static void make_check_table(uint32_t table[256])
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++)
            value = value & 1 ? 0xEDB88320U ^ (value >> 1) : value >> 1;
        table[i] = value;
    }
}

/* Size and check of a member's content. */
static bool measure(FILE *file, Member *member)
{
    unsigned char block[BLOCK];
    uint32_t table[256], check = UINT32_MAX;
    size_t got;
    make_check_table(table);
    rewind(file);
    while ((got = fread(block, 1, sizeof block, file)) > 0) {
        for (size_t i = 0; i < got; i++)
            check = table[(check ^ block[i]) & 0xFF] ^ (check >> 8);
        member->size += got;
    }
    member->check = ~check;
    return !ferror(file);
}

/* What both headers have: from the version to the lengths of name and extra field. Sizes are in the extra field. */
static void put_common(Bytes *bytes, const Member *member, int extra)
{
    put(bytes, 45, 2); /* the version that has 64-bit sizes */
    put(bytes, 0, 4);  /* no flags, stored */
    put(bytes, 0, 2);
    put(bytes, 0x21, 2); /* 1980-01-01: the same input gives the same bytes */
    put(bytes, member->check, 4);
    put(bytes, UINT32_MAX, 4);
    put(bytes, UINT32_MAX, 4);
    put(bytes, strlen(member->name), 2);
    put(bytes, (uint64_t)extra, 2);
}

static void put_sizes(Bytes *bytes, const Member *member, int extra)
{
    put(bytes, 1, 2);
    put(bytes, (uint64_t)extra - 4, 2);
    put(bytes, member->size, 8);
    put(bytes, member->size, 8);
}

static bool write_member(FILE *archive, FILE *content, const Member *member)
{
    char block[BLOCK];
    size_t got;
    Bytes header = {0}, extra = {0};
    put(&header, 0x04034B50, 4);
    put_common(&header, member, LOCAL_EXTRA);
    put_sizes(&extra, member, LOCAL_EXTRA);
    bool good = write_bytes(archive, &header) && fputs(member->name, archive) >= 0 && write_bytes(archive, &extra);
    rewind(content);
    while (good && (got = fread(block, 1, sizeof block, content)) > 0)
        good = fwrite(block, 1, got, archive) == got;
    return good && !ferror(content);
}

/* The line of a member in the directory at the end. */
static bool write_line(FILE *archive, const Member *member)
{
    Bytes line = {0}, extra = {0};
    put(&line, 0x02014B50, 4);
    put(&line, 45, 2);
    put_common(&line, member, CENTRAL_EXTRA);
    put(&line, 0, 2 + 2 + 2 + 4); /* no comment, one disk, no attributes */
    put(&line, UINT32_MAX, 4);
    put_sizes(&extra, member, CENTRAL_EXTRA);
    put(&extra, member->offset, 8);
    return write_bytes(archive, &line) && fputs(member->name, archive) >= 0 && write_bytes(archive, &extra);
}

/* The records behind the directory, which begins at `start` and ends at `end`. */
static bool write_end(FILE *archive, uint64_t count, uint64_t start, uint64_t end)
{
    Bytes bytes = {0};
    put(&bytes, 0x06064B50, 4);
    put(&bytes, 44, 8); /* bytes that follow in this record */
    put(&bytes, 45, 2);
    put(&bytes, 45, 2);
    put(&bytes, 0, 8);
    put(&bytes, count, 8);
    put(&bytes, count, 8);
    put(&bytes, end - start, 8);
    put(&bytes, start, 8);
    put(&bytes, 0x07064B50, 4); /* where that record is */
    put(&bytes, 0, 4);
    put(&bytes, end, 8);
    put(&bytes, 1, 4);
    put(&bytes, 0x06054B50, 4); /* and the record for readers of old */
    put(&bytes, 0, 4);
    put(&bytes, count, 2);
    put(&bytes, count, 2);
    put(&bytes, UINT32_MAX, 4);
    put(&bytes, UINT32_MAX, 4);
    put(&bytes, 0, 2);
    return write_bytes(archive, &bytes);
}

static bool write_archive(FILE *file, RowsArchive *archive, Member *members)
{
    uint64_t at = 0;
    bool good = true;
    for (int64_t i = 0; good && i < archive->count; i++) {
        Member *member = &members[i];
        FILE *content = archive->parts[i].output.file;
        snprintf(member->name, sizeof member->name, "%s.npy", archive->names[i]);
        member->offset = at;
        good = measure(content, member) && write_member(file, content, member);
        at += 30 + strlen(member->name) + LOCAL_EXTRA + member->size;
    }
    uint64_t start = at;
    for (int64_t i = 0; good && i < archive->count; i++) {
        good = write_line(file, &members[i]);
        at += 46 + strlen(members[i].name) + CENTRAL_EXTRA;
    }
    return good && write_end(file, (uint64_t)archive->count, start, at);
}

/* ---- The way through the rows ---- */

/* A part's file, which stands beside the archive where that has a place in a folder. */
static bool begin_part(RowsArchive *archive, int64_t index, const StrataTensor *first)
{
    const char *path = archive->path ? archive->path : "-";
    bool placed = strcmp(path, "-") != 0 && strncmp(path, "/dev/", 5) != 0;
    size_t size = strlen(path) + sizeof archive->names[0] + 1;
    char *beside = malloc(size);
    if (!beside)
        return message_error(OUT_OF_MEMORY, "out of memory"), false;
    snprintf(beside, size, "%s.%s", path, archive->names[index]);
    bool good = rows_begin(&archive->parts[index], placed ? beside : NULL, first);
    archive->parts[index].output.path = archive->path; /* what messages name */
    free(beside);
    return good;
}

bool archive_begin(RowsArchive *archive, const char *path, const int *levels, const StrataTensorSet *firsts)
{
    int64_t count = strata_tensor_set_count(firsts);
    *archive = (RowsArchive){.path = path,
                             .parts = calloc((size_t)count, sizeof *archive->parts),
                             .names = calloc((size_t)count, sizeof *archive->names)};
    if (!archive->parts || !archive->names)
        return message_error(OUT_OF_MEMORY, "out of memory"), archive_end(archive, false), false;
    for (; archive->count < count; archive->count++) {
        snprintf(archive->names[archive->count], sizeof archive->names[0], "j%d", levels[archive->count]);
        if (!begin_part(archive, archive->count, strata_tensor_set_tensor(firsts, archive->count)))
            return archive_end(archive, false), false;
    }
    return true;
}

bool archive_add(RowsArchive *archive, const StrataTensorSet *set)
{
    for (int64_t i = 0; i < archive->count; i++)
        if (!rows_add(&archive->parts[i], strata_tensor_set_tensor(set, i)))
            return false;
    return true;
}

bool archive_end(RowsArchive *archive, bool keep)
{
    PartialFile file = {0};
    Member *members = keep ? calloc((size_t)archive->count, sizeof *members) : NULL;
    if (keep && !members)
        message_error(OUT_OF_MEMORY, "out of memory");
    bool good = members && partial_begin(&file, archive->path);
    bool open = good;
    for (int64_t i = 0; good && i < archive->count; i++)
        good = rows_finish(&archive->parts[i]);
    errno = 0;
    if (good && !write_archive(file.file, archive, members))
        good = partial_refuse(&file);
    for (int64_t i = 0; i < archive->count; i++)
        rows_end(&archive->parts[i], false);
    if (open)
        good = partial_end(&file, good) && good;
    free(members);
    free(archive->parts);
    free(archive->names);
    *archive = (RowsArchive){0};
    return good || !keep;
}
