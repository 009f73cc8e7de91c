/* Writing npz; see npz.h. Layout after PKWARE's APPNOTE, members stored. */
#include "file/npz.h"

#include "base/codes.h"
#include "file/element.h"
#include "file/encode.h"
#include "file/npy.h"
#include "file/zlib_memory.h"

#include <string.h>

enum {
    LOCAL_LENGTH = 30,
    CENTRAL_LENGTH = 46,
    END_LENGTH = 22,
    COMMON_LENGTH = 26, /* the fields that both records of a member share, from the version on */
    VERSION = 20,
    UTF8_NAMES = 1 << 11,
    FIRST_DAY_OF_1980 = 1 << 5 | 1, /* the earliest date that the format knows: the same set gives the same bytes */
    MEMBER_LIMIT = 65534
};

typedef struct Member {
    uint32_t checksum;
    uint32_t size;
    uint32_t offset;
} Member;

static bool refuse_large(const FileWriter *writer, StrataError *error)
{
    return error_set(error, STRATA_INVALID, E_FILE_LARGE,
                     "%s: these tensors are too many or too large for npz (4 GiB, %d tensors); write them as .safetensors",
                     writer->name, MEMBER_LIMIT);
}

/* Sizes, offsets and checksums of all members, before the first byte is written. */
static bool lay_out(const TensorSet *set, Member *members, const FileWriter *writer, StrataError *error)
{
    uint64_t offset = 0;
    for (int64_t i = 0; i < set->count; i++) {
        const Tensor *tensor = set->items[i].tensor;
        char header[NPY_HEADER_LIMIT];
        size_t header_length = npy_header(tensor, header);
        size_t name_length = strlen(set->items[i].name) + 4;
        if (name_length > UINT16_MAX || tensor_bytes(tensor) > UINT32_MAX - NPY_HEADER_LIMIT || offset > UINT32_MAX)
            return refuse_large(writer, error);
        uLong sum = crc32(crc32(0, NULL, 0), (const unsigned char *)header, (uInt)header_length);
        if (tensor->elements > 0)
            sum = crc32(sum, tensor->data, (uInt)tensor_bytes(tensor));
        members[i] = (Member){
            .checksum = (uint32_t)sum, .size = (uint32_t)(header_length + tensor_bytes(tensor)), .offset = (uint32_t)offset};
        offset += LOCAL_LENGTH + name_length + members[i].size;
    }
    return offset <= UINT32_MAX || refuse_large(writer, error);
}

/* The fields that the local record and the row of the table have in common. */
static void store_common(unsigned char bytes[COMMON_LENGTH], const Member *member, size_t name_length)
{
    memset(bytes, 0, COMMON_LENGTH);
    store_16(bytes, VERSION);
    store_16(bytes + 2, UTF8_NAMES);
    store_16(bytes + 8, FIRST_DAY_OF_1980);
    store_32(bytes + 10, member->checksum);
    store_32(bytes + 14, member->size);
    store_32(bytes + 18, member->size);
    store_16(bytes + 22, (uint16_t)name_length);
}

static bool write_name(const char *name, FileWriter *writer, StrataError *error)
{
    return writer_add(writer, name, strlen(name), error) && writer_add(writer, ".npy", 4, error);
}

static bool write_member(const NamedTensor *item, const Member *member, FileWriter *writer, StrataError *error)
{
    unsigned char record[LOCAL_LENGTH];
    store_32(record, 0x04034B50);
    store_common(record + 4, member, strlen(item->name) + 4);
    return writer_add(writer, record, sizeof record, error) && write_name(item->name, writer, error) &&
           npy_encode(item->tensor, writer, error);
}

static bool write_row(const NamedTensor *item, const Member *member, FileWriter *writer, StrataError *error)
{
    unsigned char record[CENTRAL_LENGTH] = {0};
    store_32(record, 0x02014B50);
    store_16(record + 4, VERSION);
    store_common(record + 6, member, strlen(item->name) + 4);
    store_32(record + 42, member->offset);
    return writer_add(writer, record, sizeof record, error) && write_name(item->name, writer, error);
}

static bool write_end(uint64_t table, int64_t count, FileWriter *writer, StrataError *error)
{
    if (writer->written > UINT32_MAX)
        return refuse_large(writer, error);
    unsigned char record[END_LENGTH] = {0};
    store_32(record, 0x06054B50);
    store_16(record + 8, (uint16_t)count);
    store_16(record + 10, (uint16_t)count);
    store_32(record + 12, (uint32_t)(writer->written - table));
    store_32(record + 16, (uint32_t)table);
    return writer_add(writer, record, sizeof record, error);
}

static bool write_all(const TensorSet *set, const Member *members, FileWriter *writer, StrataError *error)
{
    for (int64_t i = 0; i < set->count; i++) {
        if (!write_member(&set->items[i], &members[i], writer, error))
            return false;
    }
    uint64_t table = writer->written;
    for (int64_t i = 0; i < set->count; i++) {
        if (!write_row(&set->items[i], &members[i], writer, error))
            return false;
    }
    return write_end(table, set->count, writer, error);
}

bool npz_encode(const TensorSet *set, FileWriter *writer, StrataError *error)
{
    if (set->count > MEMBER_LIMIT)
        return refuse_large(writer, error);
    Member *members = allocator_take(&set->allocator, (size_t)set->count, sizeof *members);
    if (!members)
        return error_memory(error, (size_t)set->count * sizeof *members);
    bool done = lay_out(set, members, writer, error) && write_all(set, members, writer, error);
    allocator_give(&set->allocator, members, (size_t)set->count, sizeof *members);
    return done;
}
