/* Entries as files store them: their kinds, wider than ours, and their order of bytes. */
#ifndef STRATA_FILE_ELEMENT_H
#define STRATA_FILE_ELEMENT_H

#include "tensor/tensor.h"

typedef enum ElementType {
    ELEMENT_F16,
    ELEMENT_BF16,
    ELEMENT_F32,
    ELEMENT_F64,
    ELEMENT_I8,
    ELEMENT_I16,
    ELEMENT_I32,
    ELEMENT_I64,
    ELEMENT_U8,
    ELEMENT_U16,
    ELEMENT_U32,
    ELEMENT_U64,
    ELEMENT_BOOL,
    ELEMENT_C64,
    ELEMENT_C128,
    ELEMENT_COUNT
} ElementType;

typedef enum ByteOrder { LITTLE_ENDIAN_BYTES, BIG_ENDIAN_BYTES } ByteOrder;

/* Bytes of an entry in the file. */
size_t element_size(ElementType type);

/* The kind of tensor that holds every entry: F16 and BF16 become float32; I8, I16 and U16 int32; U32 and U64 int64. */
TensorKind element_kind(ElementType type);

/* True when the bytes of the file are the bytes of the tensor on this machine. */
bool element_is_native(ElementType type, ByteOrder order);

/* Decodes `count` entries into `target`, entries of element_kind(type). Gives the index of the first that does not fit (U64 above
 * 2^63 - 1), or -1. Booleans other than 0 count as 1. */
int64_t element_decode(ElementType type, ByteOrder order, const unsigned char *source, int64_t count, void *target);

/* Unsigned numbers of 2, 4 and 8 bytes. */
uint16_t load_16(const unsigned char *bytes, ByteOrder order);
uint32_t load_32(const unsigned char *bytes, ByteOrder order);
uint64_t load_64(const unsigned char *bytes, ByteOrder order);
void store_16(unsigned char *bytes, uint16_t number);
void store_32(unsigned char *bytes, uint32_t number);
void store_64(unsigned char *bytes, uint64_t number);

/* The float of a half-precision or bfloat16 pattern, exact. */
float half_to_float(uint16_t half);
float bfloat_to_float(uint16_t bfloat);

#endif
