/* The types of the Graph's values, and the values of its attributes. */
#ifndef STRATA_GRAPH_TYPE_H
#define STRATA_GRAPH_TYPE_H

#include "base/text.h"

enum { MAX_RANK = 8 };

/* What an element is. In buffers all are stored as reals: complex as pairs (re, im), integers and booleans as whole numbers. */
typedef enum ElementKind { ELEMENT_REAL, ELEMENT_COMPLEX, ELEMENT_INTEGER, ELEMENT_BOOLEAN } ElementKind;

/* Per-sample shape; a batched value has one such tensor for each sample, an unbatched one (weights, constants) only one. */
typedef struct Type {
    ElementKind element;
    bool batched;
    int rank;
    int64_t size[MAX_RANK];
} Type;

/* One result of a node of a Graph. */
typedef struct Value {
    int32_t node;
    int32_t result;
} Value;

static const Value no_value = {-1, 0};

static inline bool value_equal(Value a, Value b)
{
    return a.node == b.node && a.result == b.result;
}

/* An attribute of an operation, resolved: which member counts is said by the operation's table row. */
typedef struct AttributeValue {
    union {
        int64_t integer;
        double real;
        bool boolean;
        const char *name; /* one of a fixed set of words */
        struct {
            const int64_t *items;
            int64_t count;
        } list;
    };
} AttributeValue;

/* Elements of one sample: the product of the sizes (1 for rank 0). The shape rules keep it below ELEMENT_LIMIT. */
int64_t type_elements(const Type *type);

/* Reals of one sample in a buffer: elements, twice for complex. */
int64_t type_reals(const Type *type);

#define ELEMENT_LIMIT (INT64_C(1) << 40)

bool type_equal(const Type *a, const Type *b);
bool type_same_shape(const Type *a, const Type *b);

/* "6x28x28"; "a number" for rank 0; with the element when it is not real: "complex 28x28". For diagnostics. */
const char *type_name(Arena *arena, const Type *type);

/* The exact form of the Graph's text: `f[6x28x28]`, batched `f*[6x28x28]`; f real, c complex, i integer, b boolean. */
void type_print(const Type *type, Text *out);

#endif
