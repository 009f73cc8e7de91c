/* Reading IDX; see idx.h. */
#include "file/idx.h"

#include "base/codes.h"
#include "file/element.h"

#include <inttypes.h>

enum { PREFIX = 4, SIZE_BYTES = 4 };

/* The type of a code, or ELEMENT_COUNT when there is none. */
static ElementType find_type(unsigned char code)
{
    switch (code) {
    case 0x08:
        return ELEMENT_U8;
    case 0x09:
        return ELEMENT_I8;
    case 0x0B:
        return ELEMENT_I16;
    case 0x0C:
        return ELEMENT_I32;
    case 0x0D:
        return ELEMENT_F32;
    case 0x0E:
        return ELEMENT_F64;
    default:
        return ELEMENT_COUNT;
    }
}

bool idx_recognise(const unsigned char *bytes, size_t size)
{
    return size >= PREFIX && bytes[0] == 0 && bytes[1] == 0 && find_type(bytes[2]) != ELEMENT_COUNT;
}

bool idx_header_decode(const char *name, const unsigned char *bytes, size_t size, IdxHeader *header, StrataError *error)
{
    if (!idx_recognise(bytes, size))
        return error_set(error, STRATA_INVALID, E_IDX_DAMAGED,
                         "%s: is no IDX file: it must begin with two zero bytes and a known type", name);
    *header = (IdxHeader){.type = find_type(bytes[2]), .rank = bytes[3]};
    if (header->rank > STRATA_RANK_LIMIT)
        return error_set(error, STRATA_INVALID, E_TENSOR_SIZE, "%s: the IDX header says %d dimensions; at most %d are possible",
                         name, header->rank, STRATA_RANK_LIMIT);
    header->length = PREFIX + (size_t)header->rank * SIZE_BYTES;
    if (size < header->length)
        return error_set(error, STRATA_INVALID, E_IDX_DAMAGED, "%s: ends inside the IDX header: %zu bytes of %zu", name, size,
                         header->length);
    for (int axis = 0; axis < header->rank; axis++)
        header->size[axis] = load_32(bytes + PREFIX + (size_t)axis * SIZE_BYTES, BIG_ENDIAN_BYTES);
    return true;
}

/* The header's sizes against the bytes that are there, before memory is taken for them. */
static bool check_length(const char *name, const IdxHeader *header, size_t size, StrataError *error)
{
    int64_t elements = 0;
    StrataError reason;
    if (!tensor_extent(element_kind(header->type), header->rank, header->size, &elements, &reason))
        return error_set(error, reason.status, reason.code, "%s: %s", name, reason.message);
    size_t entry = element_size(header->type);
    size_t there = size - header->length;
    if ((size_t)elements > SIZE_MAX / entry || (size_t)elements * entry != there) {
        char text[SHAPE_TEXT_LIMIT];
        return error_set(error, STRATA_INVALID, E_IDX_DAMAGED,
                         "%s: the IDX header says %s, %" PRId64
                         " entries of %zu bytes, but %zu bytes follow it; the file is %s, get it again",
                         name, shape_text(header->rank, header->size, text), elements, entry, there,
                         there / entry < (size_t)elements ? "cut off" : "too long");
    }
    return true;
}

Tensor *idx_decode(const StrataAllocator *allocator, const char *name, const unsigned char *bytes, size_t size, StrataError *error)
{
    IdxHeader header = {0};
    if (!idx_header_decode(name, bytes, size, &header, error) || !check_length(name, &header, size, error))
        return NULL;
    Tensor *tensor = tensor_make_raw(allocator, element_kind(header.type), header.rank, header.size, error);
    if (tensor)
        element_decode(header.type, BIG_ENDIAN_BYTES, bytes + header.length, tensor->elements, tensor->data);
    return tensor;
}
