/* Conversions between kinds; see convert.h.
 *
 * Entries pass in chunks through a small buffer, of int64_t from integers to integers and of double otherwise, so that each kind
 * needs one loop to load and one to store instead of one for each pair of kinds. */
#include "tensor/convert.h"

#include "base/codes.h"

#include <inttypes.h>
#include <math.h>

enum { CHUNK = 256 };

/* From here on a double rounds to a float that is infinite: the midpoint between the largest float and 2^128. */
static const double float_overflow = 0x1.ffffffp+127;

/* Loads `count` numbers from number `first` on; a complex entry is two numbers. */
static void load_doubles(const Tensor *tensor, int64_t first, int64_t count, double *out)
{
    const float *singles = tensor->data;
    const double *doubles = tensor->data;
    const int32_t *ints = tensor->data;
    const int64_t *longs = tensor->data;
    const uint8_t *bytes = tensor->data;
    switch (tensor->kind) {
    case STRATA_FLOAT32:
    case STRATA_COMPLEX64:
        for (int64_t i = 0; i < count; i++)
            out[i] = singles[first + i];
        break;
    case STRATA_FLOAT64:
    case STRATA_COMPLEX128:
        for (int64_t i = 0; i < count; i++)
            out[i] = doubles[first + i];
        break;
    case STRATA_INT32:
        for (int64_t i = 0; i < count; i++)
            out[i] = ints[first + i];
        break;
    case STRATA_INT64:
        for (int64_t i = 0; i < count; i++)
            out[i] = (double)longs[first + i];
        break;
    case STRATA_UINT8:
    case STRATA_BOOL:
        for (int64_t i = 0; i < count; i++)
            out[i] = bytes[first + i];
        break;
    }
}

static void load_integers(const Tensor *tensor, int64_t first, int64_t count, int64_t *out)
{
    const int32_t *ints = tensor->data;
    const int64_t *longs = tensor->data;
    const uint8_t *bytes = tensor->data;
    for (int64_t i = 0; i < count; i++) {
        if (tensor->kind == STRATA_INT32)
            out[i] = ints[first + i];
        else if (tensor->kind == STRATA_INT64)
            out[i] = longs[first + i];
        else
            out[i] = bytes[first + i];
    }
}

/* The range of an integer kind. */
static int64_t smallest(TensorKind kind)
{
    return kind == STRATA_INT64 ? INT64_MIN : kind == STRATA_INT32 ? INT32_MIN : 0;
}

static int64_t largest(TensorKind kind)
{
    switch (kind) {
    case STRATA_INT64:
        return INT64_MAX;
    case STRATA_INT32:
        return INT32_MAX;
    case STRATA_UINT8:
        return UINT8_MAX;
    default:
        return 1;
    }
}

static void store_integer(Tensor *tensor, int64_t index, int64_t number)
{
    if (tensor->kind == STRATA_INT64)
        ((int64_t *)tensor->data)[index] = number;
    else if (tensor->kind == STRATA_INT32)
        ((int32_t *)tensor->data)[index] = (int32_t)number;
    else
        ((uint8_t *)tensor->data)[index] = (uint8_t)number;
}

/* Stores integers; gives the index in the chunk of the first that does not fit, or -1. */
static int64_t store_integers(Tensor *tensor, int64_t first, int64_t count, const int64_t *numbers)
{
    int64_t low = smallest(tensor->kind);
    int64_t high = largest(tensor->kind);
    for (int64_t i = 0; i < count; i++) {
        if (numbers[i] < low || numbers[i] > high)
            return i;
        store_integer(tensor, first + i, numbers[i]);
    }
    return -1;
}

/* The same from doubles, which must be whole. 2^63 is the first double above int64; NaN fails every comparison. */
static int64_t store_whole_doubles(Tensor *tensor, int64_t first, int64_t count, const double *numbers)
{
    for (int64_t i = 0; i < count; i++) {
        if (!(numbers[i] >= -0x1p63 && numbers[i] < 0x1p63) || floor(numbers[i]) != numbers[i])
            return i;
        int64_t whole = (int64_t)numbers[i];
        if (store_integers(tensor, first + i, 1, &whole) >= 0)
            return i;
    }
    return -1;
}

/* The same for floating-point numbers; a complex tensor stores pairs, and numbers of a real one go to the real parts. */
static int64_t store_doubles(Tensor *tensor, int64_t first, int64_t count, int64_t stride, const double *numbers)
{
    bool single = tensor->kind == STRATA_FLOAT32 || tensor->kind == STRATA_COMPLEX64;
    float *singles = tensor->data;
    double *doubles = tensor->data;
    for (int64_t i = 0; i < count; i++) {
        if (!single)
            doubles[(first + i) * stride] = numbers[i];
        else if (isfinite(numbers[i]) && fabs(numbers[i]) >= float_overflow)
            return i;
        else
            singles[(first + i) * stride] = (float)numbers[i];
    }
    return -1;
}

static bool refuse_integer(const Tensor *tensor, TensorKind kind, int64_t index, int64_t number, StrataError *error)
{
    return error_set(error, STRATA_INVALID, E_ENTRY_RANGE,
                     "entry %" PRId64 " of a tensor of %s is %" PRId64 ", which %s cannot hold", index, kind_name(tensor->kind),
                     number, kind_name(kind));
}

static bool refuse_double(const Tensor *tensor, TensorKind kind, int64_t index, double number, StrataError *error)
{
    return error_set(error, STRATA_INVALID, E_ENTRY_RANGE,
                     "entry %" PRId64 " of a tensor of %s comes to %.17g, which %s cannot hold%s", index, kind_name(tensor->kind),
                     number, kind_name(kind), kind_is_integer(kind) ? " exactly" : "");
}

static bool convert_integers(const Tensor *tensor, Tensor *result, StrataError *error)
{
    int64_t numbers[CHUNK];
    for (int64_t first = 0; first < tensor->elements; first += CHUNK) {
        int64_t count = tensor->elements - first < CHUNK ? tensor->elements - first : CHUNK;
        load_integers(tensor, first, count, numbers);
        int64_t bad = store_integers(result, first, count, numbers);
        if (bad >= 0)
            return refuse_integer(tensor, result->kind, first + bad, numbers[bad], error);
    }
    return true;
}

/* Multiplies by the scale; gives the index of the first finite number whose product is not finite, or -1. */
static int64_t scale_doubles(double *numbers, int64_t count, double scale)
{
    for (int64_t i = 0; i < count; i++) {
        double product = numbers[i] * scale;
        if (isfinite(numbers[i]) && !isfinite(product))
            return i;
        numbers[i] = product;
    }
    return -1;
}

static bool convert_doubles(const Tensor *tensor, Tensor *result, double scale, StrataError *error)
{
    double numbers[CHUNK];
    int64_t parts = kind_is_complex(tensor->kind) ? 2 : 1;
    int64_t stride = kind_is_complex(result->kind) && parts == 1 ? 2 : 1;
    int64_t total = tensor->elements * parts;
    for (int64_t first = 0; first < total; first += CHUNK) {
        int64_t count = total - first < CHUNK ? total - first : CHUNK;
        load_doubles(tensor, first, count, numbers);
        int64_t bad = scale_doubles(numbers, count, scale);
        if (bad < 0)
            bad = kind_is_integer(result->kind) ? store_whole_doubles(result, first, count, numbers)
                                                : store_doubles(result, first, count, stride, numbers);
        if (bad >= 0)
            return refuse_double(tensor, result->kind, (first + bad) / parts, numbers[bad], error);
    }
    return true;
}

Tensor *tensor_convert(const Tensor *tensor, TensorKind kind, double scale, StrataError *error)
{
    if (kind_is_complex(tensor->kind) && !kind_is_complex(kind)) {
        error_set(error, STRATA_INVALID, E_ENTRY_RANGE, "a tensor of %s has imaginary parts, which %s cannot hold",
                  kind_name(tensor->kind), kind_name(kind));
        return NULL;
    }
    Tensor *result = tensor_make(&tensor->allocator, kind, tensor->rank, tensor->size, error);
    if (!result)
        return NULL;
    bool exact = kind_is_integer(tensor->kind) && kind_is_integer(kind) && scale == 1;
    bool done = exact ? convert_integers(tensor, result, error) : convert_doubles(tensor, result, scale, error);
    if (!done) {
        tensor_release(result);
        return NULL;
    }
    return result;
}
