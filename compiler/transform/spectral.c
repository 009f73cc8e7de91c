/* Finding filtered signals in a Graph; see spectral.h. A match begins at its last node and is followed back through operands; nodes in between that nothing
 * else reads are left to `prune`. */
#include "transform/spectral.h"

#include "kernel/spectrum.h"
#include "transform/bank.h"
#include "transform/rewrite.h"

typedef struct Spectral {
    Rewrite rewrite;
    const SpectralOptions *options;
    Value *spectra; /* of each old fft, once it is needed */
} Spectral;

/* A filtered tensor: the old nodes that it is made of, and what they say. */
typedef struct Match {
    const Node *last;     /* modulus or real */
    int32_t fft;          /* its node */
    const double *filter; /* [wavelets, height, width] */
    int64_t wavelets;
    int64_t items;
    int64_t height, width;               /* of the spectrum */
    int64_t result_height, result_width; /* behind the sum over periods */
} Match;

static const Node *node_of(const Graph *graph, Value value, Op op)
{
    const Node *node = graph_node(graph, value);
    return node->op == op ? node : NULL;
}

/* The value behind any number of changes of shape. */
static Value behind_reshapes(const Graph *graph, Value value)
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
static bool match_product(const Graph *graph, const Node *product, int constant, int axes, Match *match)
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
    match->filter = graph->constants[filter->attributes[0].integer].data;
    match->wavelets = many ? bank->size[0] : 1;
    match->items = product_of(x->size, x->rank - axes);
    match->height = axes == 2 ? x->size[x->rank - 2] : 1;
    match->width = x->size[x->rank - 1];
    return true;
}

static bool match_filtered(const Graph *graph, const Node *node, Match *match)
{
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

static Value append_reshape(Spectral *spectral, Value value, const int64_t *sizes, int64_t count, int32_t origin)
{
    Graph *graph = spectral->rewrite.graph;
    AttributeValue shape = {.list = {.items = arena_copy(graph->arena, sizes, (size_t)count * sizeof *sizes), .count = count}};
    return graph_append(graph, OP_RESHAPE, &value, 1, &shape, origin);
}

/* The spectrum in planes of what an old fft transforms. */
static Value spectrum_of(Spectral *spectral, const Match *match)
{
    Value *known = &spectral->spectra[match->fft];
    if (known->node >= 0)
        return *known;
    const Node *fft = &spectral->rewrite.old->nodes[match->fft];
    const int64_t sizes[] = {match->items, match->height, match->width};
    Value x = append_reshape(spectral, rewrite_value(&spectral->rewrite, fft->operands[0]), sizes, 3, fft->origin);
    AttributeValue lanes = {.integer = spectral->options->lanes};
    *known = graph_append(spectral->rewrite.graph, OP_SPECTRUM, &x, 1, &lanes, fft->origin);
    return *known;
}

static Value append_reals(Spectral *spectral, int rank, const int64_t *sizes, const double *data, int32_t origin)
{
    Graph *graph = spectral->rewrite.graph;
    Type type = {.rank = rank};
    for (int i = 0; i < rank; i++)
        type.size[i] = sizes[i];
    int32_t row = graph_add_constant(graph, (ConstantInfo){.type = type, .data = data});
    return graph_source(graph, OP_CONSTANT, row, origin);
}

static Value append_filtered(Spectral *spectral, const Match *match)
{
    Graph *graph = spectral->rewrite.graph;
    int32_t origin = match->last->origin;
    FilterBank bank = {.wavelets = match->wavelets,
                       .height = match->height,
                       .width = match->width,
                       .result_height = match->result_height,
                       .result_width = match->result_width,
                       .lanes = spectral->options->lanes,
                       .threshold = spectral->options->threshold};
    bank_pack(graph->arena, &bank, match->filter);
    Value operands[] = {spectrum_of(spectral, match),
                        append_reals(spectral, 2, (const int64_t[]){bank.terms, bank.lanes}, bank.factors, origin),
                        append_reals(spectral, 1, (const int64_t[]){bank.terms}, bank.places, origin),
                        append_reals(spectral, 1, (const int64_t[]){bank.blocks + 1}, bank.starts, origin)};
    AttributeValue attributes[] = {{.integer = match->result_height},
                                   {.integer = match->result_width},
                                   {.name = match->last->op == OP_MODULUS ? "modulus" : "real"}};
    Value filtered = graph_append(graph, OP_FILTER_SPECTRUM, operands, 4, attributes, origin);
    const Type *result = &match->last->types[0];
    return append_reshape(spectral, filtered, result->size, result->rank, origin);
}

Graph *transform_spectral(Arena *arena, const Graph *graph, const SpectralOptions *options)
{
    Spectral spectral = {.rewrite = rewrite_begin(arena, graph), .options = options};
    spectral.spectra = arena_take(arena, (size_t)graph->node_count * sizeof *spectral.spectra);
    Value *operands = arena_take(arena, (size_t)rewrite_widest(graph) * sizeof *operands);
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        Match match;
        spectral.spectra[i] = no_value;
        if ((node->op == OP_MODULUS || node->op == OP_REAL) && match_filtered(graph, node, &match)) {
            spectral.rewrite.map[i] = append_filtered(&spectral, &match);
            continue;
        }
        rewrite_operands(&spectral.rewrite, node, operands);
        spectral.rewrite.map[i] = rewrite_append(&spectral.rewrite, node, operands, node->region);
    }
    return rewrite_end(&spectral.rewrite);
}
