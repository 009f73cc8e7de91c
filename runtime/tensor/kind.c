/* Kinds of entries; see kind.h. */
#include "tensor/kind.h"

typedef struct KindRow {
    const char *name;
    size_t size;
    size_t alignment;
    bool integer;
    bool complex_pair;
} KindRow;

static const KindRow kind_rows[KIND_COUNT] = {
    [STRATA_FLOAT32] = {"float32", 4, 4, false, false},    [STRATA_FLOAT64] = {"float64", 8, 8, false, false},
    [STRATA_INT32] = {"int32", 4, 4, true, false},         [STRATA_INT64] = {"int64", 8, 8, true, false},
    [STRATA_UINT8] = {"uint8", 1, 1, true, false},         [STRATA_BOOL] = {"bool", 1, 1, true, false},
    [STRATA_COMPLEX64] = {"complex64", 8, 4, false, true}, [STRATA_COMPLEX128] = {"complex128", 16, 8, false, true},
};

bool kind_valid(TensorKind kind)
{
    return (int)kind >= 0 && (int)kind < KIND_COUNT;
}

const char *kind_name(TensorKind kind)
{
    return kind_valid(kind) ? kind_rows[kind].name : NULL;
}

size_t kind_size(TensorKind kind)
{
    return kind_rows[kind].size;
}

size_t kind_alignment(TensorKind kind)
{
    return kind_rows[kind].alignment;
}

bool kind_is_integer(TensorKind kind)
{
    return kind_rows[kind].integer;
}

bool kind_is_complex(TensorKind kind)
{
    return kind_rows[kind].complex_pair;
}
