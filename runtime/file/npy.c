/* Reading and writing npy; see npy.h. */
#include "file/npy.h"

#include "base/codes.h"
#include "file/encode.h"
#include "file/npy_header.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const unsigned char npy_magic[] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

bool npy_recognise(const unsigned char *bytes, size_t size)
{
    return size >= sizeof npy_magic && memcmp(bytes, npy_magic, sizeof npy_magic) == 0;
}

/* Copies entries whose first axis varies fastest to where the last one does. */
static Tensor *from_fortran(const Tensor *tensor, StrataError *error)
{
    Tensor *result = tensor_make_raw(&tensor->allocator, tensor->kind, tensor->rank, tensor->size, error);
    if (!result)
        return NULL;
    size_t entry = kind_size(tensor->kind);
    int64_t stride[STRATA_RANK_LIMIT] = {0};
    int64_t position[STRATA_RANK_LIMIT] = {0};
    int64_t step = 1;
    for (int axis = 0; axis < tensor->rank; axis++) {
        stride[axis] = step;
        step *= tensor->size[axis];
    }
    int64_t source = 0;
    for (int64_t target = 0; target < tensor->elements; target++) {
        memcpy((char *)result->data + (size_t)target * entry, (const char *)tensor->data + (size_t)source * entry, entry);
        for (int axis = tensor->rank - 1; axis >= 0; axis--) {
            source += stride[axis];
            if (++position[axis] < tensor->size[axis])
                break;
            source -= stride[axis] * tensor->size[axis];
            position[axis] = 0;
        }
    }
    return result;
}

/* The header's sizes against the bytes that are there, before memory is taken for them. */
static bool check_length(const char *name, const NpyHeader *header, size_t size, StrataError *error)
{
    int64_t elements = 0;
    StrataError reason;
    if (!tensor_extent(element_kind(header->type), header->rank, header->size, &elements, &reason))
        return error_set(error, reason.status, reason.code, "%s: %s", name, reason.message);
    size_t entry = element_size(header->type);
    size_t there = size - header->length;
    if ((size_t)elements > SIZE_MAX / entry || (size_t)elements * entry != there) {
        char text[SHAPE_TEXT_LIMIT];
        return error_set(error, STRATA_INVALID, E_NPY_DAMAGED,
                         "%s: the shape %s needs %" PRId64 " entries of %zu bytes, but %zu bytes follow the header; the file is %s",
                         name, shape_text(header->rank, header->size, text), elements, entry, there,
                         there / entry < (size_t)elements ? "cut off" : "longer than one array");
    }
    return true;
}

Tensor *npy_decode(const StrataAllocator *allocator, const char *name, const unsigned char *bytes, size_t size, StrataError *error)
{
    NpyHeader header;
    if (!npy_recognise(bytes, size)) {
        error_set(error, STRATA_INVALID, E_NPY_DAMAGED, "%s: does not begin as an npy file does", name);
        return NULL;
    }
    if (!npy_header_decode(name, bytes, size, &header, error) || !check_length(name, &header, size, error))
        return NULL;
    Tensor *tensor = tensor_make_raw(allocator, element_kind(header.type), header.rank, header.size, error);
    if (!tensor)
        return NULL;
    int64_t bad = element_decode(header.type, header.order, bytes + header.length, tensor->elements, tensor->data);
    if (bad >= 0) {
        error_set(error, STRATA_INVALID, E_ENTRY_RANGE, "%s: entry %" PRId64 " is above 2^63 - 1, the largest that int64 holds",
                  name, bad);
        tensor_release(tensor);
        return NULL;
    }
    if (!header.fortran || tensor->rank < 2)
        return tensor;
    Tensor *turned = from_fortran(tensor, error);
    tensor_release(tensor);
    return turned;
}

static const char *type_text(TensorKind kind)
{
    static const char *const texts[KIND_COUNT] = {
        [STRATA_FLOAT32] = "<f4", [STRATA_FLOAT64] = "<f8", [STRATA_INT32] = "<i4",     [STRATA_INT64] = "<i8",
        [STRATA_UINT8] = "|u1",   [STRATA_BOOL] = "|b1",    [STRATA_COMPLEX64] = "<c8", [STRATA_COMPLEX128] = "<c16",
    };
    return texts[kind];
}

size_t npy_header(const Tensor *tensor, char header[NPY_HEADER_LIMIT])
{
    enum { VERSION = sizeof npy_magic, LENGTH = VERSION + 2, START = LENGTH + 2, ALIGNMENT = 64 };
    memset(header, ' ', NPY_HEADER_LIMIT);
    memcpy(header, npy_magic, sizeof npy_magic);
    header[VERSION] = 1;
    header[VERSION + 1] = 0;
    size_t at = START;
    at += (size_t)snprintf(header + at, NPY_HEADER_LIMIT - at, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                           type_text(tensor->kind));
    for (int axis = 0; axis < tensor->rank; axis++)
        at += (size_t)snprintf(header + at, NPY_HEADER_LIMIT - at, "%s%" PRId64, axis ? ", " : "", tensor->size[axis]);
    at += (size_t)snprintf(header + at, NPY_HEADER_LIMIT - at, "%s), }", tensor->rank == 1 ? "," : "");
    header[at] = ' ';
    size_t length = (at + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    header[length - 1] = '\n';
    store_16((unsigned char *)header + LENGTH, (uint16_t)(length - START));
    return length;
}

bool npy_encode(const Tensor *tensor, FileWriter *writer, StrataError *error)
{
    char header[NPY_HEADER_LIMIT];
    size_t length = npy_header(tensor, header);
    return writer_add(writer, header, length, error) && element_encode(tensor, writer, error);
}
