/* Unpacking gzip; see read.h. */
#include "file/read.h"

#include "base/codes.h"
#include "file/element.h"
#include "file/zlib_memory.h"

#include <string.h>

enum { GZIP_SHORTEST = 18 }; /* header and trailer without anything between */

static const unsigned char gzip_magic[] = {0x1F, 0x8B};

static bool refuse_damaged(const FileContent *packed, size_t fed, const z_stream *stream, int result, StrataError *error)
{
    if (result == Z_MEM_ERROR)
        return error_memory(error, sizeof *stream);
    if (result == Z_BUF_ERROR)
        return error_set(error, STRATA_INVALID, E_GZIP_DAMAGED,
                         "%s: the compressed data ends too early; the file is cut off, so get it again", packed->name);
    return error_set(error, STRATA_INVALID, E_GZIP_DAMAGED,
                     "%s: the compressed data is damaged after byte %zu (%s); the file was changed, so get it again", packed->name,
                     fed, stream->msg ? stream->msg : "wrong structure");
}

/* Room for more output: twice as much, up to one byte above the limit, which shows that the limit was passed. */
static bool grow_output(FileContent *output, size_t limit, StrataError *error)
{
    size_t size = block_size(output->block);
    if (size > limit)
        return error_set(error, STRATA_INVALID, E_FILE_LARGE,
                         "%s: unpacks to more than the limit of %zu bytes; if that is meant, unpack it with gunzip first",
                         output->name, limit);
    size_t larger = size > limit / 2 ? limit + 1 : size * 2;
    Block *block = block_resize(output->block, larger, error);
    if (!block)
        return false;
    output->block = block;
    return true;
}

/* Unpacks one member after another until the input is used up. zlib counts in unsigned int, so both sides go in pieces. */
static bool unpack_members(const FileContent *packed, z_stream *stream, FileContent *output, size_t limit, StrataError *error)
{
    size_t fed = 0;
    for (;;) {
        if (output->size == block_size(output->block) && !grow_output(output, limit, error))
            return false;
        size_t left = packed->size - fed;
        size_t room = block_size(output->block) - output->size;
        stream->next_in = packed->bytes + fed;
        stream->avail_in = (uInt)(left < GZIP_LARGEST ? left : GZIP_LARGEST);
        stream->next_out = (unsigned char *)block_data(output->block) + output->size;
        stream->avail_out = (uInt)(room < GZIP_LARGEST ? room : GZIP_LARGEST);
        uInt in_before = stream->avail_in;
        uInt out_before = stream->avail_out;
        int result = inflate(stream, Z_NO_FLUSH);
        fed += in_before - stream->avail_in;
        output->size += out_before - stream->avail_out;
        if (result == Z_STREAM_END && fed == packed->size)
            return true;
        if (result == Z_STREAM_END)
            result = inflateReset(stream);
        if (result != Z_OK)
            return refuse_damaged(packed, fed, stream, result, error);
    }
}

/* A first size for the output: what the last four bytes of the file say, if deflate can reach it from so few bytes (its best is
 * about 1 to 1,032), and a guess otherwise. One byte more than said lets the end be seen without growing. */
static size_t first_size(const FileContent *packed, size_t limit)
{
    size_t said = load_32(packed->bytes + packed->size - 4, LITTLE_ENDIAN_BYTES);
    if (said < limit && said / 1032 <= packed->size)
        return said + 1;
    return packed->size < limit / 4 ? packed->size * 4 : limit + 1;
}

bool gzip_unpack(const StrataAllocator *allocator, FileContent *content, size_t limit, StrataError *error)
{
    if (content->size < GZIP_SHORTEST || memcmp(content->bytes, gzip_magic, sizeof gzip_magic) != 0)
        return true;
    FileContent output = {.name = content->name, .block = block_make(allocator, first_size(content, limit), error)};
    if (!output.block)
        return false;
    StrataAllocator memory = *allocator;
    z_stream stream = zlib_stream(&memory);
    bool done = inflateInit2(&stream, 15 + 16) == Z_OK;
    if (!done)
        error_memory(error, sizeof stream);
    else
        done = unpack_members(content, &stream, &output, limit, error);
    inflateEnd(&stream);
    if (!done) {
        block_release(output.block);
        return false;
    }
    block_release(content->block);
    *content = output;
    content->bytes = block_data(output.block);
    return true;
}
