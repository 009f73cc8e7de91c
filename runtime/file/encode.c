/* Writing entries; see encode.h. */
#include "file/encode.h"

#include "file/element.h"

/* On a big-endian machine each word is turned round in a buffer; turning round is its own inverse, so the decoder does it. */
static bool encode_turned(const Tensor *tensor, ElementType type, FileWriter *writer, StrataError *error)
{
    enum { CHUNK = 256, LARGEST_ENTRY = 16 };
    unsigned char buffer[CHUNK * LARGEST_ENTRY];
    size_t entry = kind_size(tensor->kind);
    for (int64_t first = 0; first < tensor->elements; first += CHUNK) {
        int64_t count = tensor->elements - first < CHUNK ? tensor->elements - first : CHUNK;
        element_decode(type, LITTLE_ENDIAN_BYTES, (const unsigned char *)tensor->data + (size_t)first * entry, count, buffer);
        if (!writer_add(writer, buffer, (size_t)count * entry, error))
            return false;
    }
    return true;
}

bool element_encode(const Tensor *tensor, FileWriter *writer, StrataError *error)
{
    static const ElementType types[KIND_COUNT] = {
        [STRATA_FLOAT32] = ELEMENT_F32,   [STRATA_FLOAT64] = ELEMENT_F64,     [STRATA_INT32] = ELEMENT_I32,
        [STRATA_INT64] = ELEMENT_I64,     [STRATA_UINT8] = ELEMENT_U8,        [STRATA_BOOL] = ELEMENT_BOOL,
        [STRATA_COMPLEX64] = ELEMENT_C64, [STRATA_COMPLEX128] = ELEMENT_C128,
    };
    ElementType type = types[tensor->kind];
    if (type == ELEMENT_BOOL || element_is_native(type, LITTLE_ENDIAN_BYTES))
        return writer_add(writer, tensor->data, tensor_bytes(tensor), error);
    return encode_turned(tensor, type, writer, error);
}
