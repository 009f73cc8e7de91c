/* Fusions: which nodes behind a product its kernel can do on the way (ops/tail.h): a bias, an addition, an activation, pooling. */
#ifndef STRATA_TRANSFORM_FUSE_H
#define STRATA_TRANSFORM_FUSE_H

#include "transform/survey.h"

typedef enum FusionStage { FUSION_PRODUCT, FUSION_BIAS, FUSION_ADDITION, FUSION_ACTIVATION, FUSION_POOL } FusionStage;

/* What the value of a node is, when it is that of a product and its tail so far. */
typedef struct Fusion {
    int32_t product; /* the node of the product; -1: not such a value */
    FusionStage stage;
    bool inner;     /* its only reader continues it, so that nobody needs the value itself */
    Value bias;     /* no_value: none; fixed, one entry for each channel or for all */
    Value addition; /* no_value: none */
    const char *activation;
    double high; /* of a clamp */
} Fusion;

/* One for each node of the Graph. `is_fast` says which products take part. */
Fusion *fusions_find(Arena *arena, const Graph *graph, const Survey *survey, bool (*is_fast)(const void *context, const Node *node),
                     const void *context);

#endif
