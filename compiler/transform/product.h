/* Products with fixed weights: the nodes on which transforms for speed begin. */
#ifndef STRATA_TRANSFORM_PRODUCT_H
#define STRATA_TRANSFORM_PRODUCT_H

#include "transform/survey.h"

typedef struct Product {
    int weight;      /* the operand that is the weights; the other is the value */
    int weight_axis; /* of the weights: their output channels */
    int result_axis; /* of the result: its channels */
} Product;

/* Whether a node is a convolution or a matrix product of a real value with fixed weights, all of whose filters can be scaled apart. */
bool product_describe(const Graph *graph, const Survey *survey, const Node *node, Product *product);

/* Whether a value is fixed, real, and has one entry, or one for each channel on `axis` of a type. */
bool product_is_per_channel(const Graph *graph, const Survey *survey, Value value, const Type *whole, int axis);

#endif
