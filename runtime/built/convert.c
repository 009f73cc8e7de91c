/* Conversions of whole buffers; see convert.h. */
#include "built/convert.h"

#include <limits.h>

bool built_is_staged(const BuiltValue *value)
{
    return value->kind != BUILT_REAL && value->kind != BUILT_COMPLEX;
}

static void put_real(void *to, size_t real_size, size_t index, double real)
{
    if (real_size == sizeof(float))
        ((float *)to)[index] = (float)real;
    else
        ((double *)to)[index] = real;
}

static double get_real(const void *from, size_t real_size, size_t index)
{
    return real_size == sizeof(float) ? (double)((const float *)from)[index] : ((const double *)from)[index];
}

/* The common case of pictures, as loops that a compiler makes vectors of. */
static void bytes_to_reals(const unsigned char *from, void *to, size_t real_size, size_t count)
{
    if (real_size == sizeof(float)) {
        float *reals = to;
        for (size_t i = 0; i < count; i++)
            reals[i] = (float)from[i];
    } else {
        double *reals = to;
        for (size_t i = 0; i < count; i++)
            reals[i] = (double)from[i];
    }
}

bool built_to_reals(const BuiltValue *value, const void *from, void *to, size_t real_size, size_t count)
{
    if (value->kind != BUILT_INTEGER) {
        bytes_to_reals(from, to, real_size, count);
        return true;
    }
    const int64_t *integers = from;
    for (size_t i = 0; i < count; i++) {
        if (integers[i] < 0 || integers[i] >= value->below)
            return false;
        put_real(to, real_size, i, (double)integers[i]);
    }
    return true;
}

/* 2^63 is the first real above int64; NaN fails every comparison. */
static bool store_integers(const void *from, int64_t *integers, size_t real_size, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double number = get_real(from, real_size, i);
        if (!(number >= -0x1p63 && number < 0x1p63))
            return false;
        integers[i] = (int64_t)number;
    }
    return true;
}

static bool store_bytes(const void *from, unsigned char *bytes, size_t real_size, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double number = get_real(from, real_size, i);
        if (!(number >= 0 && number <= UCHAR_MAX))
            return false;
        bytes[i] = (unsigned char)number;
    }
    return true;
}

bool built_from_reals(const BuiltValue *value, const void *from, void *to, size_t real_size, size_t count)
{
    return value->kind == BUILT_INTEGER ? store_integers(from, to, real_size, count) : store_bytes(from, to, real_size, count);
}
