/* Entries of files; see element.h. */
#include "file/element.h"

#include <math.h>
#include <string.h>

typedef struct ElementRow {
    size_t size;
    size_t word; /* bytes whose order matters: half an entry for complex ones */
    TensorKind kind;
    bool same; /* the kind stores the same bits */
} ElementRow;

static const ElementRow element_rows[ELEMENT_COUNT] = {
    [ELEMENT_F16] = {2, 2, STRATA_FLOAT32, false},     [ELEMENT_BF16] = {2, 2, STRATA_FLOAT32, false},
    [ELEMENT_F32] = {4, 4, STRATA_FLOAT32, true},      [ELEMENT_F64] = {8, 8, STRATA_FLOAT64, true},
    [ELEMENT_I8] = {1, 1, STRATA_INT32, false},        [ELEMENT_I16] = {2, 2, STRATA_INT32, false},
    [ELEMENT_I32] = {4, 4, STRATA_INT32, true},        [ELEMENT_I64] = {8, 8, STRATA_INT64, true},
    [ELEMENT_U8] = {1, 1, STRATA_UINT8, true},         [ELEMENT_U16] = {2, 2, STRATA_INT32, false},
    [ELEMENT_U32] = {4, 4, STRATA_INT64, false},       [ELEMENT_U64] = {8, 8, STRATA_INT64, false},
    [ELEMENT_BOOL] = {1, 1, STRATA_BOOL, false},       [ELEMENT_C64] = {8, 4, STRATA_COMPLEX64, true},
    [ELEMENT_C128] = {16, 8, STRATA_COMPLEX128, true},
};

size_t element_size(ElementType type)
{
    return element_rows[type].size;
}

TensorKind element_kind(ElementType type)
{
    return element_rows[type].kind;
}

static ByteOrder machine_order(void)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 1 ? LITTLE_ENDIAN_BYTES : BIG_ENDIAN_BYTES;
}

bool element_is_native(ElementType type, ByteOrder order)
{
    return element_rows[type].same && (element_rows[type].word == 1 || order == machine_order());
}

uint16_t load_16(const unsigned char *bytes, ByteOrder order)
{
    return order == BIG_ENDIAN_BYTES ? (uint16_t)(bytes[0] << 8 | bytes[1]) : (uint16_t)(bytes[1] << 8 | bytes[0]);
}

uint32_t load_32(const unsigned char *bytes, ByteOrder order)
{
    uint32_t first = load_16(bytes, order);
    uint32_t second = load_16(bytes + 2, order);
    return order == BIG_ENDIAN_BYTES ? first << 16 | second : second << 16 | first;
}

uint64_t load_64(const unsigned char *bytes, ByteOrder order)
{
    uint64_t first = load_32(bytes, order);
    uint64_t second = load_32(bytes + 4, order);
    return order == BIG_ENDIAN_BYTES ? first << 32 | second : second << 32 | first;
}

void store_16(unsigned char *bytes, uint16_t number)
{
    bytes[0] = (unsigned char)(number & 0xFF);
    bytes[1] = (unsigned char)(number >> 8);
}

void store_32(unsigned char *bytes, uint32_t number)
{
    store_16(bytes, (uint16_t)(number & 0xFFFF));
    store_16(bytes + 2, (uint16_t)(number >> 16));
}

void store_64(unsigned char *bytes, uint64_t number)
{
    store_32(bytes, (uint32_t)(number & 0xFFFFFFFF));
    store_32(bytes + 4, (uint32_t)(number >> 32));
}

/* IEEE 754 binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits. The payload of a NaN is kept. */
float half_to_float(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = half >> 10 & 0x1F;
    uint32_t fraction = half & 0x3FF;
    if (exponent == 0) {
        float magnitude = ldexpf((float)fraction, -24);
        return sign ? -magnitude : magnitude;
    }
    uint32_t bits = sign | (exponent == 31 ? 0xFFU : exponent + 112) << 23 | fraction << 13;
    float result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

/* bfloat16 is the upper half of a float. */
float bfloat_to_float(uint16_t bfloat)
{
    uint32_t bits = (uint32_t)bfloat << 16;
    float result;
    memcpy(&result, &bits, sizeof result);
    return result;
}

/* The same kind in the other order of bytes (or in this one). */
static void decode_words(ElementType type, ByteOrder order, const unsigned char *source, int64_t count, unsigned char *target)
{
    size_t word = element_rows[type].word;
    size_t bytes = (size_t)count * element_rows[type].size;
    if (element_is_native(type, order)) {
        if (bytes > 0)
            memcpy(target, source, bytes);
        return;
    }
    for (size_t start = 0; start < bytes; start += word) {
        for (size_t i = 0; i < word; i++)
            target[start + i] = source[start + word - 1 - i];
    }
}

static void decode_floats(ElementType type, ByteOrder order, const unsigned char *source, int64_t count, float *target)
{
    for (int64_t i = 0; i < count; i++) {
        uint16_t bits = load_16(source + 2 * i, order);
        target[i] = type == ELEMENT_F16 ? half_to_float(bits) : bfloat_to_float(bits);
    }
}

static void decode_ints(ElementType type, ByteOrder order, const unsigned char *source, int64_t count, int32_t *target)
{
    for (int64_t i = 0; i < count; i++) {
        if (type == ELEMENT_I8)
            target[i] = source[i] < 0x80 ? source[i] : source[i] - 0x100;
        else if (type == ELEMENT_U16)
            target[i] = load_16(source + 2 * i, order);
        else
            target[i] = (load_16(source + 2 * i, order) ^ 0x8000) - 0x8000;
    }
}

static int64_t decode_longs(ElementType type, ByteOrder order, const unsigned char *source, int64_t count, int64_t *target)
{
    for (int64_t i = 0; i < count; i++) {
        uint64_t number = type == ELEMENT_U32 ? load_32(source + 4 * i, order) : load_64(source + 8 * i, order);
        if (number > INT64_MAX)
            return i;
        target[i] = (int64_t)number;
    }
    return -1;
}

int64_t element_decode(ElementType type, ByteOrder order, const unsigned char *source, int64_t count, void *target)
{
    switch (type) {
    case ELEMENT_F16:
    case ELEMENT_BF16:
        decode_floats(type, order, source, count, target);
        return -1;
    case ELEMENT_I8:
    case ELEMENT_I16:
    case ELEMENT_U16:
        decode_ints(type, order, source, count, target);
        return -1;
    case ELEMENT_U32:
    case ELEMENT_U64:
        return decode_longs(type, order, source, count, target);
    case ELEMENT_BOOL:
        for (int64_t i = 0; i < count; i++)
            ((unsigned char *)target)[i] = source[i] != 0;
        return -1;
    default:
        decode_words(type, order, source, count, target);
        return -1;
    }
}
