/* What the tests of the C interface share: a caller with an allocator that counts, and small models as text. */
#ifndef TESTS_API_MODEL_H
#define TESTS_API_MODEL_H

#include "runtime/counting_allocator.h"
#include "strata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A linear classifier of three classes with names, on two numbers. */
static const char line_model[] = "# Two numbers, three classes.\n"
                                 "net line(x: 2, scale=1) -> classes([\"low\", \"middle\", \"high\"]) =\n"
                                 "  scale * x |> dense(3)\n";

typedef struct Caller {
    Counting counting;
    StrataAllocator allocator;
    StrataContext *context;
    StrataDiagnostics *diagnostics;
} Caller;

static inline void caller_begin(Caller *caller)
{
    *caller = (Caller){0};
    caller->allocator = counting_allocator(&caller->counting);
    caller->context = strata_context_make(&caller->allocator);
    caller->diagnostics = strata_diagnostics_make(caller->context);
    assert_non_null(caller->diagnostics);
}

static inline void caller_end(Caller *caller)
{
    strata_diagnostics_release(caller->diagnostics);
    strata_context_release(caller->context);
    assert_true(counting_clean(&caller->counting));
}

static inline StrataModule *load(Caller *caller, const char *text)
{
    StrataModule *module = strata_module_load_text(caller->context, "model.net", text, strlen(text), caller->diagnostics);
    assert_non_null(module);
    return module;
}

/* The first entry's code, 0 when there is none. */
static inline int first_code(const Caller *caller)
{
    StrataDiagnostic entry;
    return strata_diagnostics_get(caller->diagnostics, 0, &entry) ? entry.code : 0;
}

/* A float32 tensor of these entries. */
static inline StrataTensor *tensor_of(const Caller *caller, int rank, const int64_t *sizes, const float *entries)
{
    StrataError error;
    StrataTensor *tensor = strata_tensor_make(&caller->allocator, STRATA_FLOAT32, rank, sizes, &error);
    assert_non_null(tensor);
    if (entries)
        memcpy(strata_tensor_data(tensor), entries, (size_t)strata_tensor_elements(tensor) * sizeof *entries);
    return tensor;
}

/* Adds a tensor to a set, which then owns it. */
static inline void give(StrataTensorSet *set, const char *name, StrataTensor *tensor)
{
    StrataError error;
    assert_true(strata_tensor_set_add(set, name, tensor, &error));
    strata_tensor_release(tensor);
}

static inline StrataTensorSet *set_of(const Caller *caller)
{
    StrataError error;
    StrataTensorSet *set = strata_tensor_set_make(&caller->allocator, &error);
    assert_non_null(set);
    return set;
}

/* Weights of line_model: the rows (1, 0), (0, 1), (-1, -1), no bias. */
static inline StrataTensorSet *line_weights(const Caller *caller)
{
    StrataTensorSet *set = set_of(caller);
    give(set, "dense1.weight", tensor_of(caller, 2, (int64_t[]){3, 2}, (float[]){1, 0, 0, 1, -1, -1}));
    give(set, "dense1.bias", tensor_of(caller, 1, (int64_t[]){3}, (float[]){0, 0, 0}));
    return set;
}

#endif
