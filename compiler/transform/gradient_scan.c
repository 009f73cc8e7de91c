/* The rule of a scan: another scan, in the other direction, over the states and the slices of the first.
 *
 * Its region computes a step of the first scan again, from the state before it, and walks back through it. Its states are, one behind the other: what each
 * state gets from the steps behind; for each wanted capture the sum so far; for each wanted sequence what its slice gets, which is only stacked. Its
 * sequences are the states before each step, what each state gets from outside, and the sequences of the first scan; its captures those of
 * the first. */
#include "transform/gradient_walk.h"
#include "transform/rewrite.h"

/* An input of the region behind which a gradient is kept from step to step. */
typedef struct Carried {
    int32_t operand; /* of the first scan */
    Value of;        /* the input in the new region */
    Value kept;      /* the input that holds what was kept; no_value: only stacked */
} Carried;

typedef struct ScanWalk {
    Gradient *gradient;
    const Node *scan;
    int64_t states, sequences, length;
    bool reverse; /* of the first scan */
    Graph *region;
    Value *input;   /* of the region copied: by operand of the first scan */
    Value *operand; /* of the new scan, in order: initial states, sequences, captures */
    int64_t operands;
    Carried *carried;
    int64_t carried_count;
} ScanWalk;

static bool is_state(const ScanWalk *walk, int32_t k)
{
    return k < walk->states;
}

static bool is_sequence(const ScanWalk *walk, int32_t k)
{
    return k >= walk->states && k < walk->states + walk->sequences;
}

/* Whether something is kept for operand k: for states whenever gradients pass them, since steps are linked by them. */
static bool is_carried(const ScanWalk *walk, int32_t k)
{
    return is_state(walk, k) ? gradient_passes(walk->scan->region, walk->scan->region->outputs[k].value)
                             : walk->gradient->wanted[k];
}

/* --- the region ------------------------------------------------------------------------------------------------------------ */

static Value add_region_input(ScanWalk *walk, Type type)
{
    Graph *region = walk->region;
    InputInfo row = {.name = arena_printf(region->arena, "g%lld", (long long)region->input_count), .type = type};
    return graph_source(region, OP_INPUT, graph_add_input(region, row), -1);
}

/* The nodes of the first region over inputs that are already there. */
static void copy_region(ScanWalk *walk)
{
    const Graph *old = walk->scan->region;
    Arena *arena = walk->region->arena;
    Rewrite rewrite = rewrite_begin(arena, old);
    Graph *fresh = rewrite.graph;
    fresh->inputs = walk->region->inputs;
    fresh->input_count = fresh->input_capacity = walk->region->input_count;
    Value *operands = arena_take(arena, (size_t)rewrite_widest(old) * sizeof *operands);
    for (int64_t i = 0; i < walk->region->node_count; i++)
        rewrite_append(&rewrite, &walk->region->nodes[i], NULL, NULL);
    for (int64_t i = 0; i < old->node_count; i++) {
        const Node *node = &old->nodes[i];
        rewrite_operands(&rewrite, node, operands);
        rewrite.map[i] = node->op == OP_INPUT ? walk->input[node->attributes[0].integer]
                                              : rewrite_append(&rewrite, node, operands, node->region);
    }
    walk->region = rewrite_end(&rewrite);
    walk->region->name_count = 0;
}

/* --- operands of the new scan ---------------------------------------------------------------------------------------------- */

/* Sizes of a stack of `length` slices of this shape. */
static Value as_slice(Gradient *gradient, Value value, const Type *slice)
{
    int64_t size[MAX_RANK] = {1};
    for (int i = 0; i < slice->rank; i++)
        size[i + 1] = slice->size[i];
    return gradient_reshape(gradient, value, size, slice->rank + 1);
}

/* The state before each step: the initial one, and all values but the last. */
static Value states_before(ScanWalk *walk, int32_t k)
{
    Gradient *gradient = walk->gradient;
    Value stack = {.node = gradient->result.node, .result = k};
    Value first = as_slice(gradient, gradient->operand[k], &walk->scan->region->inputs[k].type);
    if (walk->length > 1) {
        int64_t start = walk->reverse ? 1 : 0;
        Value rest = gradient_slice(gradient, stack, 0, start, start + walk->length - 1, 1);
        first = walk->reverse ? gradient_join(gradient, rest, first, 0) : gradient_join(gradient, first, rest, 0);
    }
    return gradient_type(gradient, stack)->batched ? gradient_batched(gradient, first, stack) : first;
}

static Value zeros_of(Gradient *gradient, const Type *type)
{
    Value zero = gradient_number(gradient, 0);
    if (type->element == ELEMENT_COMPLEX)
        zero = gradient_binary(gradient, OP_COMPLEX, zero, zero);
    return gradient_repeat(gradient, zero, type->size, type->rank);
}

static void add_operand(ScanWalk *walk, Value value)
{
    walk->operand[walk->operands++] = value;
}

/* The new scan's states, and the inputs of the region that hold them. */
static void add_states(ScanWalk *walk)
{
    for (int32_t k = 0; k < walk->scan->operand_count; k++) {
        if (!is_carried(walk, k))
            continue;
        Type type = walk->scan->region->inputs[k].type;
        Carried *carried = &walk->carried[walk->carried_count++];
        *carried = (Carried){.operand = k, .kept = add_region_input(walk, type)};
        add_operand(walk, zeros_of(walk->gradient, &type));
    }
}

/* The new scan's sequences and captures; `outside` gets the inputs of what states get from outside, or no_value. */
static void add_sequences(ScanWalk *walk, const Value *upstream, Value *outside)
{
    Gradient *gradient = walk->gradient;
    const Graph *old = walk->scan->region;
    for (int32_t k = 0; k < walk->states; k++) {
        walk->input[k] = add_region_input(walk, old->inputs[k].type);
        add_operand(walk, states_before(walk, k));
    }
    for (int32_t k = 0; k < walk->states; k++) {
        outside[k] = no_value;
        if (upstream[k].node < 0 || !gradient_passes(old, old->outputs[k].value))
            continue;
        Value stack = {.node = gradient->result.node, .result = k}, value = upstream[k];
        if (gradient_type(gradient, stack)->batched)
            value = gradient_batched(gradient, value, stack);
        outside[k] = add_region_input(walk, old->inputs[k].type);
        add_operand(walk, value);
    }
    for (int32_t k = (int32_t)walk->states; k < walk->scan->operand_count; k++) {
        walk->input[k] = add_region_input(walk, old->inputs[k].type);
        add_operand(walk, gradient->operand[k]);
    }
}

/* --- one step back --------------------------------------------------------------------------------------------------------- */

/* What a state's next value gets: from the steps behind, and from outside. */
static GradientSeed seed_of(ScanWalk *walk, const Carried *carried, const Value *outside)
{
    const Value both[] = {carried->kept, outside[carried->operand]};
    GradientSeed seed = {.value = walk->region->outputs[carried->operand].value, .gradient = carried->kept};
    if (both[1].node >= 0)
        seed.gradient = graph_append(walk->region, OP_ADD, both, 2, NULL, -1);
    return seed;
}

/* Appends the walk back through the region and makes its outputs the next states. */
static const char *step_back(ScanWalk *walk, const Value *outside)
{
    Arena *arena = walk->region->arena;
    int64_t count = walk->carried_count, seeds = 0;
    GradientSeed *seed = arena_take(arena, (size_t)count * sizeof *seed);
    Value *of = arena_take(arena, 2 * (size_t)count * sizeof *of), *found = of + count;
    for (int64_t i = 0; i < count; i++) {
        of[i] = walk->input[walk->carried[i].operand];
        if (is_state(walk, walk->carried[i].operand))
            seed[seeds++] = seed_of(walk, &walk->carried[i], outside);
    }
    const char *problem = gradient_walk(walk->region, seed, seeds, of, count, found);
    if (problem)
        return problem;
    walk->region->output_count = 0;
    for (int64_t i = 0; i < count; i++) {
        const Value sum[] = {walk->carried[i].kept, found[i]};
        int32_t k = walk->carried[i].operand;
        if (!is_state(walk, k) && !is_sequence(walk, k))
            found[i] = graph_append(walk->region, OP_ADD, sum, 2, NULL, -1);
        graph_add_output(walk->region, (OutputInfo){.name = arena_printf(arena, "g%lld", (long long)i), .value = found[i]});
    }
    return NULL;
}

/* Hands the new scan's results on: stacks to sequences, what the last step back left to initial states and captures. */
static void give_results(ScanWalk *walk, Value scan)
{
    Gradient *gradient = walk->gradient;
    int64_t last = walk->reverse ? walk->length - 1 : 0;
    for (int64_t i = 0; i < walk->carried_count; i++) {
        int32_t k = walk->carried[i].operand;
        Value value = {.node = scan.node, .result = (int32_t)i};
        if (!gradient->wanted[k])
            continue;
        if (!is_sequence(walk, k)) {
            const Type *type = &walk->scan->region->inputs[k].type;
            value = gradient_slice(gradient, value, 0, last, last + 1, 1);
            value = gradient_reshape(gradient, value, type->size, type->rank);
        }
        gradient_give(gradient, k, value);
    }
}

const char *gradient_scan(Gradient *gradient, const Node *scan, const Value *upstream)
{
    Arena *arena = gradient->graph->arena;
    size_t operands = (size_t)scan->operand_count;
    ScanWalk walk = {.gradient = gradient,
                     .scan = scan,
                     .states = scan->attributes[0].integer,
                     .sequences = scan->attributes[1].integer,
                     .reverse = scan->attributes[2].boolean,
                     .region = graph_make(arena, scan->region->name),
                     .input = arena_take(arena, operands * sizeof(Value)),
                     .operand = arena_take(arena, 4 * operands * sizeof(Value)),
                     .carried = arena_take(arena, operands * sizeof(Carried))};
    walk.length = gradient->use->operand[walk.states].size[0];
    Value *outside = arena_take(arena, (size_t)walk.states * sizeof *outside);
    add_states(&walk);
    int64_t states = walk.carried_count;
    add_sequences(&walk, upstream, outside);
    int64_t sequences = walk.operands - states - (scan->operand_count - walk.states - walk.sequences);
    copy_region(&walk);
    const char *problem = step_back(&walk, outside);
    if (problem)
        return problem;
    give_results(&walk, graph_append_scan(gradient->graph, walk.region, walk.operand, (int)walk.operands, states, sequences,
                                          !walk.reverse, gradient->origin));
    return NULL;
}
