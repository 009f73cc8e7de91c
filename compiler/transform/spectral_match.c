/* Finding filtered signals; see spectral_match.h. A match begins at its last node and is followed back through operands. */
#include "transform/spectral_match.h"

#include "kernel/spectrum.h"

static const Node *node_of(const Graph *graph, Value value, Op op)
{
    const Node *node = graph_node(graph, value);
    return node->op == op ? node : NULL;
}

Value behind_reshapes(const Graph *graph, Value value)
{
    while (graph_node(graph, value)->op == OP_RESHAPE)
        value = graph_node(graph, value)->operands[0];
    return value;
}

static int64_t product_of(const int64_t *sizes, int count)
{
    int64_t product = 1;
    for (int i = 0; i < count; i++)
        product *= sizes[i];
    return product;
}

/* Whether the last `axes` sizes of both types are the same. */
static bool same_end(const Type *a, const Type *b, int axes)
{
    for (int i = 1; i <= axes; i++)
        if (a->rank < i || b->rank < i || a->size[a->rank - i] != b->size[b->rank - i])
            return false;
    return true;
}

/* The factors of a product: a spectrum [..., height, width] with a constant [height, width], or [..., 1, height, width] with [wavelets, height, width]. */
static bool match_product(const Graph *graph, const Node *product, int constant, int axes, FilterMatch *match)
{
    const Node *filter = node_of(graph, product->operands[constant], OP_CONSTANT);
    Value spectrum = behind_reshapes(graph, product->operands[1 - constant]);
    const Node *fft = node_of(graph, spectrum, OP_FFT);
    if (!filter || !fft || fft->attributes[0].integer != axes)
        return false;
    const Type *type = graph_type(graph, product->operands[1 - constant]), *bank = &filter->types[0];
    const Type *x = graph_type(graph, fft->operands[0]);
    if (x->element == ELEMENT_COMPLEX || bank->element != ELEMENT_REAL || !same_end(type, x, axes) || !same_end(bank, x, axes))
        return false;
    bool many = bank->rank == axes + 1;
    if ((!many && bank->rank != axes) || (many && (type->rank <= axes || type->size[type->rank - axes - 1] != 1)))
        return false;
    match->fft = spectrum.node;
    match->axes = axes;
    match->filter = graph->constants[filter->attributes[0].integer].data;
    match->wavelets = many ? bank->size[0] : 1;
    match->items = product_of(x->size, x->rank - axes);
    match->height = axes == 2 ? x->size[x->rank - 2] : 1;
    match->width = x->size[x->rank - 1];
    return true;
}

bool match_filter(const Graph *graph, const Node *node, FilterMatch *match)
{
    if (node->op != OP_MODULUS && node->op != OP_REAL)
        return false;
    const Node *inverse = node_of(graph, node->operands[0], OP_IFFT);
    const Node *periods = inverse ? node_of(graph, inverse->operands[0], OP_PERIODIZE) : NULL;
    const Node *product = periods ? node_of(graph, periods->operands[0], OP_MULTIPLY) : NULL;
    if (!product)
        return false;
    int axes = (int)inverse->attributes[0].integer;
    if (periods->attributes[0].list.count > axes)
        return false;
    if (!match_product(graph, product, 1, axes, match) && !match_product(graph, product, 0, axes, match))
        return false;
    const Type *result = &node->types[0];
    match->last = node;
    match->result_height = axes == 2 ? result->size[result->rank - 2] : 1;
    match->result_width = result->size[result->rank - 1];
    return match->items > 0 && spectrum_has_lines(match->height) && spectrum_has_lines(match->width) &&
           spectrum_has_lines(match->result_height) && spectrum_has_lines(match->result_width);
}

/* Takes a slice that is in front of what was cut so far; false where it cuts other axes or skips entries. */
static bool cut(const Graph *graph, const Node *slice, KeptMatch *match)
{
    const Type *x = graph_type(graph, slice->operands[0]);
    int64_t axis = slice->attributes[0].integer - x->rank, first = slice->attributes[1].integer;
    if (slice->attributes[3].integer != 1 || axis < -2 || axis >= 0)
        return false;
    int64_t *begin = axis == -2 ? &match->first_row : &match->first_column,
            *end = axis == -2 ? &match->last_row : &match->last_column;
    first += first < 0 ? x->size[x->rank + axis] : 0;
    *begin += first;
    *end += first;
    return true;
}

bool match_kept(const Graph *graph, const Node *node, KeptMatch *match)
{
    const Type *kept = &node->types[0];
    if ((node->op != OP_SLICE && node->op != OP_REAL) || kept->rank < 2)
        return false;
    *match = (KeptMatch){.last_row = kept->size[kept->rank - 2], .last_column = kept->size[kept->rank - 1]};
    for (; node->op == OP_SLICE; node = graph_node(graph, node->operands[0]))
        if (!cut(graph, node, match))
            return false;
    return node->op == OP_REAL && match_filter(graph, node, &match->filter) && match->filter.axes == 2 &&
           match->filter.wavelets == 1;
}
