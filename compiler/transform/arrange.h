/* What the parts of `arrange` share: the new Graph under construction, in which a value may stand in two forms.
 *
 * Plain is the form of the old Graph. Blocked is that of kernel/blocks.h, for images [channels, height, width], and for [channels, width], an image of
 * height 1. A value is converted when the first reader asks for the form that it lacks. */
#ifndef STRATA_TRANSFORM_ARRANGE_H
#define STRATA_TRANSFORM_ARRANGE_H

#include "transform/fuse.h"
#include "transform/rewrite.h"
#include "transform/transform.h"

typedef struct Arranger {
    Arena *arena;
    const Graph *old;
    int64_t lanes;   /* reals of 64 bytes */
    bool exact;      /* no Winograd */
    Rewrite rewrite; /* its map has the plain forms */
    Value *blocked;  /* for each old node the blocked form of result 0, or no_value */
    Survey survey;
    Fusion *fusions;
} Arranger;

/* The whole step: products with their fast operations, over images in blocks where that is faster. */
Graph *arrange(Arena *arena, const Graph *graph, const FastOptions *fast, const TransformOptions *options);

/* An old value in one form or the other, converted where it must be. */
Value arrange_plain(Arranger *arranger, Value old, int32_t origin);
Value arrange_blocked(Arranger *arranger, Value old, int32_t origin);

/* Whether an old value has its blocked form already. */
bool arrange_has_blocked(const Arranger *arranger, Value old);

/* An image's channels, height and width; false for types that are none. */
bool arrange_image(const Type *type, int64_t size[3]);

/* Attributes for a new node: all of the row's, at their defaults; set by name through the use, which is good for that alone. */
OpUse arrange_attributes(Arranger *arranger, Op op);
void arrange_set_integer(OpUse *use, const char *name, int64_t integer);
void arrange_set_list(OpUse *use, const char *name, const int64_t *items, int64_t count);

/* Appends a node with these attributes; false where its shape rule complains. */
bool arrange_try(Arranger *arranger, const OpUse *use, const Value *operands, int count, int32_t origin, Value *result);

/* The same where it cannot. */
Value arrange_append(Arranger *arranger, const OpUse *use, const Value *operands, int count, int32_t origin);

Value arrange_reshape(Arranger *arranger, Value value, const int64_t *size, int rank, int32_t origin);

/* --- parts ------------------------------------------------------------------------------------------------------------------- */

/* Whether a node is a product for which there is a fast operation (arrange_product.c). */
bool arrange_is_fast(const void *arranger, const Node *node);

/* The fast operation for a fusion that ends at old node `index`. */
void arrange_product(Arranger *arranger, int32_t index);

/* Nodes that work on blocked images as they are: element by element, pooling, concatenation (arrange_image.c). False: this one does not. */
bool arrange_on_blocks(Arranger *arranger, int32_t index);

#endif
