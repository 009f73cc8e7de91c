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

/* Reads rank and sizes and checks them against the bytes that are there, before memory is taken for them. */
static bool read_sizes(const char *name, const unsigned char *bytes, size_t size, ElementType type, int64_t *sizes,
                       StrataError *error)
{
    int rank = bytes[3];
    if (rank > STRATA_RANK_LIMIT)
        return error_set(error, STRATA_INVALID, E_TENSOR_SIZE, "%s: the IDX header says %d dimensions; at most %d are possible",
                         name, rank, STRATA_RANK_LIMIT);
    size_t header = PREFIX + (size_t)rank * SIZE_BYTES;
    if (size < header)
        return error_set(error, STRATA_INVALID, E_IDX_DAMAGED, "%s: ends inside the IDX header: %zu bytes of %zu", name, size,
                         header);
    for (int axis = 0; axis < rank; axis++)
        sizes[axis] = load_32(bytes + PREFIX + (size_t)axis * SIZE_BYTES, BIG_ENDIAN_BYTES);
    int64_t elements = 0;
    StrataError reason;
    if (!tensor_extent(element_kind(type), rank, sizes, &elements, &reason))
        return error_set(error, reason.status, reason.code, "%s: %s", name, reason.message);
    size_t entry = element_size(type);
    size_t there = size - header;
    if ((size_t)elements > SIZE_MAX / entry || (size_t)elements * entry != there) {
        char text[SHAPE_TEXT_LIMIT];
        return error_set(
            error, STRATA_INVALID, E_IDX_DAMAGED,
            "%s: the IDX header says %s, %" PRId64 " entries of %zu bytes, but %zu bytes follow it; the file is %s, get it again",
            name, shape_text(rank, sizes, text), elements, entry, there, there / entry < (size_t)elements ? "cut off" : "too long");
    }
    return true;
}

Tensor *idx_decode(const StrataAllocator *allocator, const char *name, const unsigned char *bytes, size_t size, StrataError *error)
{
    int64_t sizes[STRATA_RANK_LIMIT];
    if (!idx_recognise(bytes, size)) {
        error_set(error, STRATA_INVALID, E_IDX_DAMAGED, "%s: is no IDX file: it must begin with two zero bytes and a known type",
                  name);
        return NULL;
    }
    ElementType type = find_type(bytes[2]);
    int rank = bytes[3];
    if (!read_sizes(name, bytes, size, type, sizes, error))
        return NULL;
    Tensor *tensor = tensor_make_raw(allocator, element_kind(type), rank, sizes, error);
    if (tensor)
        element_decode(type, BIG_ENDIAN_BYTES, bytes + PREFIX + (size_t)rank * SIZE_BYTES, tensor->elements, tensor->data);
    return tensor;
}
