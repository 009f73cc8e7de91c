/* Filtered signals and images in fast forms; see spectral.h. A walk from the end of the Graph to its beginning decides what is made of each node that is
 * needed, and so what else is; a walk the other way makes it. */
#include "transform/spectral.h"

#include "kernel/stripes.h"
#include "transform/bank.h"
#include "transform/low_pass.h"
#include "transform/rewrite.h"
#include "transform/spectral_match.h"
#include "transform/stripe_bank.h"
#include "transform/survey.h"

#include <math.h>

/* What a modulus may be made into: it is no filtered tensor; planes; a stripe of wavelets; a stripe of what was a stripe of wavelets. */
typedef enum Side { SIDE_NONE, SIDE_PLANES, SIDE_SPREAD, SIDE_STRIPES } Side;

/* What a node becomes. */
typedef enum Form {
    FORM_COPY,
    FORM_FILTER,  /* one behind the other, of planes or stripes */
    FORM_KEPT,    /* smoothed by a low-pass filter that is a product of two: joined with the filter in front */
    FORM_STRIPES, /* the same of stripes that others read too */
    FORM_MATRICES /* the same of anything else, by matrices */
} Form;

/* A low-pass filter that is a product of two. */
typedef struct LowPass {
    LowPassTaps down, along;
} LowPass;

/* What is known of an old node. */
typedef struct Part {
    Side side;
    Form form;
    FilterMatch match; /* with a side */
    LowPass low_pass;  /* with a form that has one */
    int32_t source;    /* the modulus that is low-passed; else -1 */
    bool needed;       /* as it is */
    bool striped;      /* needed in stripes */
    Value stripes;     /* of wavelets, once they are made */
    Value planes;      /* of an fft: its spectrum in planes, once it is made */
    Value spectrum;    /* and in stripes */
} Part;

typedef struct Spectral {
    Arena *arena;
    Rewrite rewrite;
    const SpectralOptions *options;
    Survey survey;
    Part *parts;
} Spectral;

enum {
    LEAST_SPREAD = 4,     /* wavelets that are worth a stripe */
    MOST_PLACES = 1 << 24 /* that a real of single precision counts */
};

/* --- what there is ----------------------------------------------------------------------------------------------------------- */

/* The modulus that a node of an fft transforms, -1 when it is none. */
static int32_t transformed_modulus(const Graph *graph, int32_t fft)
{
    Value x = behind_reshapes(graph, graph->nodes[fft].operands[0]);
    return graph->nodes[x.node].op == OP_MODULUS ? x.node : -1;
}

static bool is_image(int64_t height, int64_t width)
{
    return height >= 2 && width >= 2;
}

static Side side_of(const Spectral *spectral, const FilterMatch *match)
{
    const Graph *graph = spectral->rewrite.old;
    int32_t source = transformed_modulus(graph, match->fft);
    if (match->axes != 2 || !is_image(match->height, match->width) || !is_image(match->result_height, match->result_width))
        return SIDE_PLANES;
    if (source >= 0 && spectral->parts[source].side == SIDE_SPREAD)
        return SIDE_STRIPES;
    bool counted = (double)match->wavelets * (double)match->height * (double)stripes_pitch(match->width) < MOST_PLACES;
    return match->wavelets >= LEAST_SPREAD && counted ? SIDE_SPREAD : SIDE_PLANES;
}

static void find_sides(Spectral *spectral)
{
    const Graph *graph = spectral->rewrite.old;
    for (int32_t i = 0; i < graph->node_count; i++) {
        Part *part = &spectral->parts[i];
        *part = (Part){.source = -1, .stripes = no_value, .planes = no_value, .spectrum = no_value};
        if (graph->nodes[i].op == OP_MODULUS && match_filter(graph, &graph->nodes[i], &part->match))
            part->side = side_of(spectral, &part->match);
    }
}

/* --- what is needed ---------------------------------------------------------------------------------------------------------- */

static void need(Spectral *spectral, Value value)
{
    if (value.node >= 0)
        spectral->parts[value.node].needed = true;
}

static void need_results(Spectral *spectral, bool names)
{
    const Graph *graph = spectral->rewrite.old;
    for (int64_t i = 0; i < graph->output_count; i++)
        need(spectral, graph->outputs[i].value);
    for (int64_t i = 0; i < graph->penalty_count; i++)
        need(spectral, graph->penalties[i]);
    for (int64_t i = 0; i < graph->weight_count; i++)
        need(spectral, graph->weights[i].initial);
    for (int64_t i = 0; i < graph->state_count; i++) {
        need(spectral, graph->states[i].initial);
        need(spectral, graph->states[i].next);
    }
    for (int64_t i = 0; names && i < graph->name_count; i++)
        need(spectral, graph->names[i].value);
    need(spectral, graph->objective);
}

/* What a filter needs: the spectrum of what it filters, or, in stripes, the stripes. */
static void need_filtered(Spectral *spectral, const FilterMatch *match, Side side)
{
    const Graph *graph = spectral->rewrite.old;
    if (side == SIDE_STRIPES)
        spectral->parts[transformed_modulus(graph, match->fft)].striped = true;
    else
        need(spectral, graph->nodes[match->fft].operands[0]);
}

/* Whether each node from `last` back to `first` has one reader. */
static bool is_chain(const Spectral *spectral, int32_t last, int32_t first)
{
    const Graph *graph = spectral->rewrite.old;
    while (last != first) {
        const Node *node = &graph->nodes[last];
        int32_t before = node->operands[0].node;
        if (node->op == OP_MULTIPLY && graph->nodes[before].op == OP_CONSTANT)
            before = node->operands[1].node;
        if (spectral->survey.readers[before] != 1)
            return false;
        last = before;
    }
    return true;
}

/* With a matrix from either side an image costs two multiply-adds an entry and row; transforms about 10 log2 n operations an entry. */
static bool matrices_pay(const FilterMatch *match, int64_t rows)
{
    return 4 * (double)rows <= 10 * log2((double)match->height * (double)match->width);
}

static bool find_low_pass(Spectral *spectral, const Node *node, Part *part)
{
    KeptMatch kept;
    const Graph *graph = spectral->rewrite.old;
    if (!match_kept(graph, node, &kept))
        return false;
    const FilterMatch *match = &kept.filter;
    LowPassSide down = {match->height, match->height / match->result_height, kept.first_row, kept.last_row};
    LowPassSide along = {match->width, match->width / match->result_width, kept.first_column, kept.last_column};
    LowPass *low_pass = &part->low_pass;
    part->match = *match;
    part->source = transformed_modulus(graph, match->fft);
    Side side = part->source >= 0 ? spectral->parts[part->source].side : SIDE_NONE;
    bool striped = side == SIDE_SPREAD || side == SIDE_STRIPES;
    if (!striped && !matrices_pay(match, down.last - down.first))
        return false;
    if (!low_pass_find(spectral->arena, match->filter, &down, &along, spectral->options->rest, &low_pass->down, &low_pass->along))
        return false;
    bool alone = striped && is_chain(spectral, (int32_t)(node - graph->nodes), part->source);
    part->form = alone ? FORM_KEPT : side == SIDE_SPREAD ? FORM_STRIPES : FORM_MATRICES;
    return true;
}

static void need_of_form(Spectral *spectral, const Node *node, Part *part)
{
    const Graph *graph = spectral->rewrite.old;
    switch (part->form) {
    case FORM_FILTER:
        need_filtered(spectral, &part->match, part->side);
        break;
    case FORM_KEPT:
        need_filtered(spectral, &spectral->parts[part->source].match, spectral->parts[part->source].side);
        break;
    case FORM_STRIPES:
        spectral->parts[part->source].striped = true;
        break;
    case FORM_MATRICES:
        need(spectral, graph->nodes[part->match.fft].operands[0]);
        break;
    case FORM_COPY:
        for (int32_t k = 0; k < node->operand_count; k++)
            need(spectral, node->operands[k]);
    }
}

static void decide(Spectral *spectral, int32_t index)
{
    const Graph *graph = spectral->rewrite.old;
    const Node *node = &graph->nodes[index];
    Part *part = &spectral->parts[index];
    if (part->striped)
        need(spectral, graph->nodes[part->match.fft].operands[0]);
    if (!part->needed)
        return;
    if (part->side != SIDE_NONE)
        part->form = FORM_FILTER;
    else if (!find_low_pass(spectral, node, part) && node->op == OP_REAL && match_filter(graph, node, &part->match)) {
        part->side = SIDE_PLANES;
        part->form = FORM_FILTER;
    }
    need_of_form(spectral, node, part);
}

/* --- making it --------------------------------------------------------------------------------------------------------------- */

static Value append_reshape(Spectral *spectral, Value value, const int64_t *sizes, int64_t count, int32_t origin)
{
    Graph *graph = spectral->rewrite.graph;
    AttributeValue shape = {.list = {.items = arena_copy(graph->arena, sizes, (size_t)count * sizeof *sizes), .count = count}};
    return graph_append(graph, OP_RESHAPE, &value, 1, &shape, origin);
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

static Value append_matrix(Spectral *spectral, int64_t rows, int64_t columns, const double *data, int32_t origin)
{
    return append_reals(spectral, 2, (const int64_t[]){rows, columns}, data, origin);
}

/* What an old fft transforms, one image behind the other. */
static Value filtered_images(Spectral *spectral, const FilterMatch *match)
{
    const Node *fft = &spectral->rewrite.old->nodes[match->fft];
    const int64_t sizes[] = {match->items, match->height, match->width};
    return append_reshape(spectral, rewrite_value(&spectral->rewrite, fft->operands[0]), sizes, 3, fft->origin);
}

/* Its spectrum in planes. */
static Value planes_of(Spectral *spectral, const FilterMatch *match)
{
    Part *fft = &spectral->parts[match->fft];
    AttributeValue lanes = {.integer = spectral->options->lanes};
    if (fft->planes.node < 0) {
        Value x = filtered_images(spectral, match);
        fft->planes =
            graph_append(spectral->rewrite.graph, OP_SPECTRUM, &x, 1, &lanes, spectral->rewrite.old->nodes[match->fft].origin);
    }
    return fft->planes;
}

/* Its spectrum in stripes, where it transforms a stripe of wavelets. */
static Value striped_spectrum_of(Spectral *spectral, const FilterMatch *match)
{
    Part *fft = &spectral->parts[match->fft];
    const Graph *old = spectral->rewrite.old;
    Value stripes = spectral->parts[transformed_modulus(old, match->fft)].stripes;
    if (fft->spectrum.node < 0)
        fft->spectrum =
            graph_append(spectral->rewrite.graph, OP_STRIPED_SPECTRUM, &stripes, 1, NULL, old->nodes[match->fft].origin);
    return fft->spectrum;
}

static Value append_planes(Spectral *spectral, const FilterMatch *match)
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
    Value operands[] = {planes_of(spectral, match), append_matrix(spectral, bank.terms, bank.lanes, bank.factors, origin),
                        append_reals(spectral, 1, (const int64_t[]){bank.terms}, bank.places, origin),
                        append_reals(spectral, 1, (const int64_t[]){bank.blocks + 1}, bank.starts, origin)};
    AttributeValue attributes[] = {{.integer = match->result_height},
                                   {.integer = match->result_width},
                                   {.name = match->last->op == OP_MODULUS ? "modulus" : "real"}};
    return graph_append(graph, OP_FILTER_SPECTRUM, operands, 4, attributes, origin);
}

/* How images are smoothed: what the operations are told, and their operands. */
static AttributeValue smooth_attribute(Spectral *spectral, const LowPass *low_pass)
{
    const LowPassSide *down = &low_pass->down.side, *along = &low_pass->along.side;
    const int64_t items[] = {down->last - down->first,   down->first,  down->step,
                             along->last - along->first, along->first, along->step};
    enum { COUNT = sizeof items / sizeof *items };
    return (AttributeValue){.list = {.items = arena_copy(spectral->rewrite.graph->arena, items, sizeof items), .count = COUNT}};
}

static Value append_folded(Spectral *spectral, const LowPassTaps *taps, int32_t origin)
{
    int64_t length;
    const double *numbers = low_pass_fold(spectral->rewrite.graph->arena, taps, &length);
    return append_reals(spectral, 1, &length, numbers, origin);
}

/* A filter of stripes, or with `spread` one that makes them; smoothed where there is a low-pass filter. */
static Value append_stripes(Spectral *spectral, const FilterMatch *match, bool spread, const LowPass *low_pass)
{
    Graph *graph = spectral->rewrite.graph;
    int32_t origin = match->last->origin;
    StripeBank bank = {.wavelets = match->wavelets,
                       .height = match->height,
                       .width = match->width,
                       .result_height = match->result_height,
                       .result_width = match->result_width,
                       .pitch = spread ? match->width : stripes_pitch(match->width),
                       .lanes = spread ? STRIPE : 1,
                       .threshold = spectral->options->threshold};
    stripe_bank_pack(graph->arena, &bank, match->filter);
    int64_t starts = bank.filters * bank.result_height + 1;
    Value operands[6] = {spread ? planes_of(spectral, match) : striped_spectrum_of(spectral, match),
                         append_matrix(spectral, bank.term_count, bank.lanes, bank.factors, origin),
                         append_reals(spectral, 1, &bank.run_count, bank.runs, origin),
                         append_reals(spectral, 1, &starts, bank.starts, origin)};
    int64_t run = spread ? match->wavelets : spectral->parts[transformed_modulus(spectral->rewrite.old, match->fft)].match.wavelets;
    AttributeValue attributes[] = {
        {.integer = match->result_height}, {.integer = match->result_width}, {.integer = run}, {.list = {.count = 0}}};
    if (low_pass) {
        attributes[3] = smooth_attribute(spectral, low_pass);
        operands[4] = append_folded(spectral, &low_pass->down, origin);
        operands[5] = append_folded(spectral, &low_pass->along, origin);
    }
    return graph_append(graph, OP_STRIPED_FILTER, operands, low_pass ? 6 : 4, attributes, origin);
}

/* Images of a stripe, smoothed by themselves. */
static Value append_smooth(Spectral *spectral, const Part *part)
{
    const Part *source = &spectral->parts[part->source];
    int32_t origin = part->match.last->origin;
    Value operands[] = {source->stripes, append_folded(spectral, &part->low_pass.down, origin),
                        append_folded(spectral, &part->low_pass.along, origin)};
    AttributeValue attributes[] = {{.integer = source->match.wavelets}, smooth_attribute(spectral, &part->low_pass)};
    return graph_append(spectral->rewrite.graph, OP_STRIPED_SMOOTH, operands, 3, attributes, origin);
}

/* Images smoothed by matrices. */
static Value append_matrices(Spectral *spectral, const Part *part)
{
    Graph *graph = spectral->rewrite.graph;
    const LowPass *low_pass = &part->low_pass;
    const LowPassSide *down = &low_pass->down.side, *along = &low_pass->along.side;
    int32_t origin = part->match.last->origin;
    AttributeValue plain[] = {{.boolean = false}, {.boolean = false}}, transposed[] = {{.boolean = false}, {.boolean = true}};
    Value from_left =
        append_matrix(spectral, down->last - down->first, down->size, low_pass_matrix(graph->arena, &low_pass->down), origin);
    Value from_right =
        append_matrix(spectral, along->last - along->first, along->size, low_pass_matrix(graph->arena, &low_pass->along), origin);
    Value images = filtered_images(spectral, &part->match);
    Value smoothed = graph_append(graph, OP_MATMUL, (const Value[]){from_left, images}, 2, plain, origin);
    return graph_append(graph, OP_MATMUL, (const Value[]){smoothed, from_right}, 2, transposed, origin);
}

static Value append_form(Spectral *spectral, const Part *part)
{
    if (part->form == FORM_FILTER)
        return part->side == SIDE_STRIPES ? append_stripes(spectral, &part->match, false, NULL)
                                          : append_planes(spectral, &part->match);
    if (part->form == FORM_STRIPES)
        return append_smooth(spectral, part);
    if (part->form == FORM_MATRICES)
        return append_matrices(spectral, part);
    const Part *source = &spectral->parts[part->source];
    return append_stripes(spectral, &source->match, source->side == SIDE_SPREAD, &part->low_pass);
}

static void make(Spectral *spectral, int32_t index, Value *operands)
{
    const Node *node = &spectral->rewrite.old->nodes[index];
    Part *part = &spectral->parts[index];
    if (part->striped)
        part->stripes = append_stripes(spectral, &part->match, true, NULL);
    if (!part->needed && !op_is_source(node->op))
        return;
    if (part->form == FORM_COPY) {
        rewrite_operands(&spectral->rewrite, node, operands);
        spectral->rewrite.map[index] = rewrite_append(&spectral->rewrite, node, operands, node->region);
        return;
    }
    const Type *type = &node->types[0];
    spectral->rewrite.map[index] = append_reshape(spectral, append_form(spectral, part), type->size, type->rank, node->origin);
}

Graph *transform_spectral(Arena *arena, const Graph *graph, const SpectralOptions *options, const TransformOptions *names)
{
    Spectral spectral = {.arena = arena,
                         .rewrite = rewrite_begin(arena, graph),
                         .options = options,
                         .survey = survey_make(arena, graph, names),
                         .parts = arena_take(arena, (size_t)graph->node_count * sizeof *spectral.parts)};
    Value *operands = arena_take(arena, (size_t)rewrite_widest(graph) * sizeof *operands);
    find_sides(&spectral);
    need_results(&spectral, names->keep_names);
    for (int32_t i = (int32_t)graph->node_count - 1; i >= 0; i--)
        decide(&spectral, i);
    for (int32_t i = 0; i < graph->node_count; i++)
        make(&spectral, i, operands);
    return rewrite_end(&spectral.rewrite);
}
