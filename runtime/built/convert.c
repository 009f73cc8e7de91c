/* Conversions of whole buffers; see convert.h. */
#include "built/convert.h"

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

void built_from_reals(const BuiltValue *value, const void *from, void *to, size_t real_size, size_t count)
{
    if (value->kind == BUILT_INTEGER) {
        int64_t *integers = to;
        for (size_t i = 0; i < count; i++)
            integers[i] = (int64_t)get_real(from, real_size, i);
        return;
    }
    unsigned char *bytes = to;
    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)get_real(from, real_size, i);
}
