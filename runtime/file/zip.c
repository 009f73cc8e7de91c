/* Reading zip archives; see zip.h. Layout after PKWARE's APPNOTE: numbers are little-endian. */
#include "file/zip.h"

#include "base/codes.h"
#include "file/element.h"
#include "file/zlib_memory.h"

#include <string.h>

/* Deflate makes at most 1,032 bytes of one. */
enum { DEFLATE_BEST = 1032 };

/* Signatures and lengths of the fixed parts of the records. */
enum {
    LOCAL_SIGNATURE = 0x04034B50,
    CENTRAL_SIGNATURE = 0x02014B50,
    END_SIGNATURE = 0x06054B50,
    LOCATOR_64_SIGNATURE = 0x07064B50,
    END_64_SIGNATURE = 0x06064B50,
    LOCAL_LENGTH = 30,
    CENTRAL_LENGTH = 46,
    END_LENGTH = 22,
    LOCATOR_64_LENGTH = 20,
    END_64_LENGTH = 56,
    COMMENT_LIMIT = 65535,
    EXTRA_64 = 0x0001,
    METHOD_STORED = 0,
    METHOD_DEFLATED = 8,
    FLAG_ENCRYPTED = 1
};

typedef struct Directory {
    uint64_t offset;
    uint64_t size;
    uint64_t count;
} Directory;

static uint64_t number_16(const unsigned char *bytes)
{
    return load_16(bytes, LITTLE_ENDIAN_BYTES);
}

static uint64_t number_32(const unsigned char *bytes)
{
    return load_32(bytes, LITTLE_ENDIAN_BYTES);
}

static uint64_t number_64(const unsigned char *bytes)
{
    return load_64(bytes, LITTLE_ENDIAN_BYTES);
}

static bool refuse(const FileContent *content, const char *what, StrataError *error)
{
    return error_set(error, STRATA_INVALID, E_NPZ_DAMAGED,
                     "%s: as a zip archive it %s; get it again, or save it again with NumPy's savez", content->name, what);
}

static bool refuse_feature(const FileContent *content, const char *what, StrataError *error)
{
    return error_set(error, STRATA_INVALID, E_NPZ_FEATURE,
                     "%s: the archive %s, which Strata does not read; save it with NumPy's savez", content->name, what);
}

bool zip_recognise(const unsigned char *bytes, size_t size)
{
    return size >= END_LENGTH && (number_32(bytes) == LOCAL_SIGNATURE || number_32(bytes) == END_SIGNATURE);
}

/* The record at the end: the last signature whose comment reaches exactly to the end of the file. */
static bool find_end(const FileContent *content, size_t *place)
{
    if (content->size < END_LENGTH)
        return false;
    size_t last = content->size - END_LENGTH;
    size_t first = last > COMMENT_LIMIT ? last - COMMENT_LIMIT : 0;
    for (size_t at = last + 1; at-- > first;) {
        const unsigned char *end = content->bytes + at;
        if (number_32(end) == END_SIGNATURE && number_16(end + 20) == last - at) {
            *place = at;
            return true;
        }
    }
    return false;
}

/* Where sizes need 64 bits, a locator before the end record leads to a second, larger end record. */
static bool read_end_64(const FileContent *content, size_t end, Directory *directory, StrataError *error)
{
    if (end < LOCATOR_64_LENGTH || number_32(content->bytes + end - LOCATOR_64_LENGTH) != LOCATOR_64_SIGNATURE)
        return true;
    uint64_t place = number_64(content->bytes + end - LOCATOR_64_LENGTH + 8);
    if (end < LOCATOR_64_LENGTH + END_64_LENGTH || place > end - LOCATOR_64_LENGTH - END_64_LENGTH)
        return refuse(content, "has its 64-bit end record outside the file", error);
    const unsigned char *record = content->bytes + place;
    if (number_32(record) != END_64_SIGNATURE)
        return refuse(content, "lacks the 64-bit end record that it announces", error);
    if (number_32(record + 16) != 0 || number_32(record + 20) != 0)
        return refuse_feature(content, "is in several parts", error);
    *directory = (Directory){.count = number_64(record + 32), .size = number_64(record + 40), .offset = number_64(record + 48)};
    return true;
}

static bool read_directory(const FileContent *content, Directory *directory, StrataError *error)
{
    size_t end;
    if (!find_end(content, &end))
        return refuse(content, "has no table of members at its end (it is cut off)", error);
    const unsigned char *record = content->bytes + end;
    if (number_16(record + 4) != 0 || number_16(record + 6) != 0)
        return refuse_feature(content, "is in several parts", error);
    *directory = (Directory){.count = number_16(record + 10), .size = number_32(record + 12), .offset = number_32(record + 16)};
    if (!read_end_64(content, end, directory, error))
        return false;
    if (directory->offset > end || directory->size > end - directory->offset)
        return refuse(content, "has its table of members outside the file", error);
    if (directory->count > directory->size / CENTRAL_LENGTH)
        return refuse(content, "says that it has more members than its table can hold", error);
    return true;
}

/* What one row of the table says, with sizes as wide as they come. */
typedef struct Row {
    uint64_t packed_size;
    uint64_t size;
    uint64_t offset; /* of the local record */
    size_t length;   /* of the row */
} Row;

/* Fields that hold 2^32 - 1 are in the 64-bit extra field instead, in this order. */
static bool read_extra_64(const unsigned char *extra, size_t length, Row *row)
{
    uint64_t *wide[3] = {&row->size, &row->packed_size, &row->offset};
    for (size_t at = 0; length - at >= 4;) {
        uint64_t field = number_16(extra + at);
        size_t field_length = (size_t)number_16(extra + at + 2);
        at += 4;
        if (field_length > length - at)
            return false;
        size_t used = 0;
        for (int i = 0; field == EXTRA_64 && i < 3; i++) {
            if (*wide[i] != UINT32_MAX)
                continue;
            if (field_length - used < 8)
                return false;
            *wide[i] = number_64(extra + at + used);
            used += 8;
        }
        if (field == EXTRA_64)
            return true;
        at += field_length;
    }
    return true;
}

/* The member's bytes lie behind its local record, whose name and extra field may have other lengths than in the table. */
static bool find_data(const FileContent *content, const Row *row, ZipMember *member, StrataError *error)
{
    if (row->offset > content->size || content->size - row->offset < LOCAL_LENGTH)
        return refuse(content, "has a member outside the file", error);
    const unsigned char *local = content->bytes + row->offset;
    if (number_32(local) != LOCAL_SIGNATURE)
        return refuse(content, "has no member where its table says", error);
    size_t start = (size_t)row->offset + LOCAL_LENGTH + (size_t)number_16(local + 26) + (size_t)number_16(local + 28);
    if (start > content->size || row->packed_size > content->size - start)
        return refuse(content, "has a member that ends outside the file", error);
    if (!member->deflated && row->size != row->packed_size)
        return refuse(content, "has an unpacked member of two sizes", error);
    if (member->deflated && row->size / DEFLATE_BEST > row->packed_size)
        return refuse(content, "has a member that cannot unpack to the size that its table says", error);
    member->packed = content->bytes + start;
    member->packed_size = (size_t)row->packed_size;
    member->size = (size_t)row->size;
    return true;
}

/* One row of the table; gives its length, 0 with `error` filled. */
static size_t read_row(const FileContent *content, size_t at, size_t end, ZipMember *member, StrataError *error)
{
    const unsigned char *bytes = content->bytes + at;
    if (end - at < CENTRAL_LENGTH || number_32(bytes) != CENTRAL_SIGNATURE)
        return refuse(content, "has a damaged table of members", error);
    size_t name_length = (size_t)number_16(bytes + 28);
    size_t extra_length = (size_t)number_16(bytes + 30);
    size_t length = CENTRAL_LENGTH + name_length + extra_length + (size_t)number_16(bytes + 32);
    if (length > end - at)
        return refuse(content, "has a damaged table of members", error);
    Row row = {.packed_size = number_32(bytes + 20), .size = number_32(bytes + 24), .offset = number_32(bytes + 42)};
    if (!read_extra_64(bytes + CENTRAL_LENGTH + name_length, extra_length, &row))
        return refuse(content, "has a damaged 64-bit size", error);
    if (number_16(bytes + 8) & FLAG_ENCRYPTED)
        return refuse_feature(content, "is encrypted", error);
    uint64_t method = number_16(bytes + 10);
    if (method != METHOD_STORED && method != METHOD_DEFLATED)
        return refuse_feature(content, "uses another compression than deflate", error);
    *member = (ZipMember){.name = bytes + CENTRAL_LENGTH,
                          .name_length = name_length,
                          .deflated = method == METHOD_DEFLATED,
                          .checksum = (uint32_t)number_32(bytes + 16)};
    return find_data(content, &row, member, error) ? length : 0;
}

static bool read_rows(ZipArchive *archive, const Directory *directory, StrataError *error)
{
    size_t at = (size_t)directory->offset;
    size_t end = at + (size_t)directory->size;
    uint64_t unpacked = 0;
    uint64_t stored = 0;
    for (size_t i = 0; i < archive->count; i++) {
        ZipMember *member = &archive->members[i];
        size_t length = read_row(archive->content, at, end, member, error);
        if (length == 0)
            return false;
        at += length;
        unpacked += member->deflated ? member->size : 0;
        stored += member->packed_size;
        if (unpacked > GZIP_LARGEST)
            return error_set(
                error, STRATA_INVALID, E_FILE_LARGE,
                "%s: unpacks to more than the limit of %d bytes; save it without compression (savez, not savez_compressed)",
                archive->content->name, GZIP_LARGEST);
        if (stored > archive->content->size) /* so that a small file cannot stand for a thousand copies of itself */
            return refuse(archive->content, "has members that overlap", error);
    }
    return at == end || refuse(archive->content, "has a damaged table of members", error);
}

bool zip_open(ZipArchive *archive, const StrataAllocator *allocator, const FileContent *content, StrataError *error)
{
    *archive = (ZipArchive){.allocator = *allocator, .content = content};
    Directory directory = {0};
    if (!read_directory(content, &directory, error))
        return false;
    archive->count = (size_t)directory.count;
    archive->members = allocator_take(allocator, archive->count, sizeof *archive->members);
    if (!archive->members)
        return error_memory(error, archive->count * sizeof *archive->members);
    if (read_rows(archive, &directory, error))
        return true;
    zip_release(archive);
    return false;
}

void zip_release(ZipArchive *archive)
{
    allocator_give(&archive->allocator, archive->members, archive->count, sizeof *archive->members);
    *archive = (ZipArchive){0};
}

static uint32_t checksum(const unsigned char *bytes, size_t size)
{
    uLong sum = crc32(0, NULL, 0);
    for (size_t at = 0; at < size;) {
        uInt piece = (uInt)(size - at < GZIP_LARGEST ? size - at : GZIP_LARGEST);
        sum = crc32(sum, bytes + at, piece);
        at += piece;
    }
    return (uint32_t)sum;
}

static bool refuse_member(const ZipArchive *archive, const ZipMember *member, const char *what, StrataError *error)
{
    return error_set(error, STRATA_INVALID, E_NPZ_DAMAGED, "%s: member '%.*s' %s; get the file again", archive->content->name,
                     (int)(member->name_length < 200 ? member->name_length : 200), (const char *)member->name, what);
}

/* Inflates a whole member, which is at most GZIP_LARGEST bytes, into memory of exactly the size that the table says. */
static bool inflate_member(const ZipArchive *archive, const ZipMember *member, unsigned char *target, StrataError *error)
{
    if (member->packed_size > UINT32_MAX)
        return refuse_member(archive, member, "is longer packed than unpacked", error);
    StrataAllocator memory = archive->allocator;
    z_stream stream = zlib_stream(&memory);
    if (inflateInit2(&stream, -15) != Z_OK)
        return error_memory(error, sizeof stream);
    stream.next_in = member->packed;
    stream.avail_in = (uInt)member->packed_size;
    stream.next_out = target;
    stream.avail_out = (uInt)member->size;
    int result = inflate(&stream, Z_FINISH);
    bool complete = result == Z_STREAM_END && stream.avail_out == 0 && stream.avail_in == 0;
    inflateEnd(&stream);
    if (result == Z_MEM_ERROR)
        return error_memory(error, sizeof stream);
    return complete || refuse_member(archive, member, "does not unpack to the size that the table says", error);
}

const unsigned char *zip_unpack(const ZipArchive *archive, const ZipMember *member, Block **block, StrataError *error)
{
    *block = NULL;
    const unsigned char *bytes = member->packed;
    if (member->deflated) {
        *block = block_make(&archive->allocator, member->size, error);
        if (!*block)
            return NULL;
        bytes = block_data(*block);
        if (!inflate_member(archive, member, block_data(*block), error)) {
            block_release(*block);
            *block = NULL;
            return NULL;
        }
    }
    if (checksum(bytes, member->size) == member->checksum)
        return bytes;
    refuse_member(archive, member, "does not have the bytes that its checksum promises", error);
    block_release(*block);
    *block = NULL;
    return NULL;
}
