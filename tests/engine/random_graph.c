/* See random_graph.h. The generator proposes and the shape rules decide; a refused proposal is forgotten. */
#include "engine/random_graph.h"
#include "ops/harness.h"

#include <math.h>
#include <string.h>

/* Small, since every model is evaluated entry by entry. */
enum { ELEMENTS_AT_MOST = 1500, DEPTH_AT_MOST = 2 };

/* --- numbers ------------------------------------------------------------------------------------------------------------------ */

/* Splitmix64 (Vigna). */
static uint64_t next(Generator *generator)
{
    uint64_t z = (generator->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

int64_t draw(Generator *generator, int64_t below)
{
    return (int64_t)(next(generator) % (uint64_t)below);
}

bool chance(Generator *generator, int percent)
{
    return draw(generator, 100) < percent;
}

int64_t draw_size(Generator *generator)
{
    static const int64_t sizes[] = {1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33};
    return sizes[draw(generator, chance(generator, 70) ? 9 : 17)];
}

static double draw_real(Generator *generator)
{
    return (float)((double)(next(generator) >> 11) * 0x1p-52 - 1);
}

static Type draw_type(Generator *generator, ElementKind element, bool batched)
{
    Type type = {.element = element, .batched = batched, .rank = (int)draw(generator, 5)};
    int64_t elements = 1;
    for (int i = 0; i < type.rank; i++) {
        type.size[i] = draw_size(generator);
        if (elements * type.size[i] > 400)
            type.size[i] = 1;
        elements *= type.size[i];
    }
    return type;
}

/* --- values ------------------------------------------------------------------------------------------------------------------- */

static Value remember(Generator *generator, Value value)
{
    generator->values = arena_grow(generator->arena, generator->values, generator->count, &generator->capacity, sizeof value);
    generator->values[generator->count++] = value;
    return value;
}

static bool fits(const Type *type, Want want, int least_rank, int most_rank)
{
    if (type->rank < least_rank || type->rank > most_rank)
        return false;
    switch (want) {
    case WANT_ANY:
        return true;
    case WANT_NUMBER:
        return type->element == ELEMENT_REAL || type->element == ELEMENT_INTEGER;
    case WANT_REAL:
        return type->element == ELEMENT_REAL;
    case WANT_INTEGER:
        return type->element == ELEMENT_INTEGER;
    case WANT_BOOLEAN:
        return type->element == ELEMENT_BOOLEAN;
    default:
        return type->element == ELEMENT_COMPLEX;
    }
}

/* Mostly one of the newest, so that Graphs become deep. */
Value draw_value(Generator *generator, Want want, int least_rank, int most_rank)
{
    for (int i = 0; i < 12; i++) {
        int64_t window = chance(generator, 50) && generator->count > 6 ? 6 : generator->count;
        Value value = generator->values[generator->count - 1 - draw(generator, window)];
        if (fits(graph_type(generator->graph, value), want, least_rank, most_rank))
            return value;
    }
    return no_value;
}

Value new_constant(Generator *generator, const Type *type)
{
    double *data = arena_take(generator->arena, (size_t)type_reals(type) * sizeof *data);
    for (int64_t i = 0; i < type_reals(type); i++)
        data[i] = type->element == ELEMENT_BOOLEAN ? (double)draw(generator, 2) : draw_real(generator);
    int32_t row = graph_add_constant(generator->graph, (ConstantInfo){.type = *type, .data = data});
    return graph_source(generator->graph, OP_CONSTANT, row, 0);
}

/* A region reads no weights: they would have to be captured. */
Value new_tensor(Generator *generator, int rank, const int64_t *sizes)
{
    Type type = {.rank = rank};
    memcpy(type.size, sizes, (size_t)rank * sizeof *sizes);
    if (generator->depth > 0 || chance(generator, 30))
        return remember(generator, new_constant(generator, &type));
    const char *name = arena_printf(generator->arena, "w%lld", (long long)generator->graph->weight_count);
    int32_t row = graph_add_weight(generator->graph, (WeightInfo){.name = name, .type = type, .initial = no_value});
    return remember(generator, graph_source(generator->graph, OP_WEIGHT, row, 0));
}

Value append_simple(Generator *generator, Op op, int count, const Value *operands)
{
    AttributeValue *attributes = trial_attributes(generator->arena, op_info(op), NULL);
    return graph_append(generator->graph, op, operands, count, attributes, 0);
}

Value number_constant(Generator *generator, double number)
{
    double *data = arena_copy(generator->arena, &number, sizeof number);
    Type type = {.rank = 0};
    return graph_source(generator->graph, OP_CONSTANT, graph_add_constant(generator->graph, (ConstantInfo){type, data}), 0);
}

Value made_positive(Generator *generator, Value x)
{
    Value size = append_simple(generator, OP_ABS, 1, &x);
    return append_simple(generator, OP_ADD, 2, (Value[]){size, number_constant(generator, 0.125)});
}

Value made_bounded(Generator *generator, Value x)
{
    return append_simple(generator, OP_TANH, 1, &x);
}

/* --- sources ------------------------------------------------------------------------------------------------------------------ */

static Value add_input(Generator *generator, InputInfo input)
{
    input.name = arena_printf(generator->arena, "x%lld", (long long)generator->graph->input_count);
    return remember(generator, graph_source(generator->graph, OP_INPUT, graph_add_input(generator->graph, input), 0));
}

Value new_input(Generator *generator, Type type)
{
    return add_input(generator, (InputInfo){.type = type});
}

static void add_sources(Generator *generator)
{
    for (int64_t i = draw(generator, 3); i >= 0; i--)
        add_input(generator, (InputInfo){.type = draw_type(generator, ELEMENT_REAL, true)});
    if (chance(generator, 40))
        add_input(generator, (InputInfo){.type = draw_type(generator, ELEMENT_INTEGER, true),
                                         .kind = INPUT_INTEGERS,
                                         .below = 1 + draw(generator, 9)});
    if (chance(generator, 20))
        add_input(generator, (InputInfo){.type = draw_type(generator, ELEMENT_INTEGER, true), .kind = INPUT_BYTES});
    for (int64_t i = draw(generator, 3); i > 0; i--) {
        Type type = draw_type(generator, ELEMENT_REAL, false);
        new_tensor(generator, type.rank, type.size);
    }
    for (int64_t i = draw(generator, 2); i > 0; i--) {
        Type type = draw_type(generator, chance(generator, 20) ? ELEMENT_BOOLEAN : ELEMENT_REAL, false);
        remember(generator, new_constant(generator, &type));
    }
    if (chance(generator, 30)) {
        StateInfo state = {.name = "s0", .type = draw_type(generator, ELEMENT_REAL, false), .initial = no_value, .next = no_value};
        remember(generator, graph_source(generator->graph, OP_STATE, graph_add_state(generator->graph, state), 0));
    }
    if (chance(generator, 10))
        remember(generator, graph_source(generator->graph, (Op)(OP_SEED + draw(generator, 3)), 0, 0));
}

/* --- scans -------------------------------------------------------------------------------------------------------------------- */

static void add_operations(Generator *generator, int64_t count);

static Type slice_type(const Type *sequence)
{
    Type type = *sequence;
    type.rank--;
    memmove(type.size, type.size + 1, (size_t)type.rank * sizeof *type.size);
    return type;
}

/* A value of a state's type that depends on the body: state * bounded number + bounded number. */
static Value next_state(Generator *body, Value state)
{
    Value result = state;
    for (int i = 0; i < 2; i++) {
        Value value = draw_value(body, WANT_REAL, 0, 8);
        if (value.node < 0)
            continue;
        Value number = made_bounded(body, append_simple(body, OP_REDUCE_MEAN, 1, &value));
        result = append_simple(body, i == 0 ? OP_MULTIPLY : OP_ADD, 2, (Value[]){result, number});
    }
    return made_bounded(body, result);
}

/* The operands of a scan: states, then sequences of one length, then captures. */
typedef struct ScanOperands {
    Value items[8];
    int count;
    int states, sequences;
} ScanOperands;

static bool draw_scan_operands(Generator *generator, ScanOperands *operands)
{
    Value sequence = draw_value(generator, WANT_REAL, 1, 3);
    if (sequence.node < 0 || graph_type(generator->graph, sequence)->size[0] > 6)
        return false;
    operands->states = 1 + (int)draw(generator, 2);
    for (int i = 0; i < operands->states; i++) {
        Value state = draw_value(generator, WANT_REAL, 0, 3);
        if (state.node < 0)
            return false;
        operands->items[operands->count++] = state;
    }
    operands->items[operands->count++] = sequence;
    operands->sequences = 1;
    Value other = draw_value(generator, WANT_ANY, 1, 4);
    if (other.node >= 0 && graph_type(generator->graph, other)->size[0] == graph_type(generator->graph, sequence)->size[0]) {
        operands->items[operands->count++] = other;
        operands->sequences++;
    }
    for (int64_t i = draw(generator, 4); i > 0; i--) {
        Value capture = draw_value(generator, WANT_ANY, 0, 8);
        if (capture.node >= 0)
            operands->items[operands->count++] = capture;
    }
    return true;
}

/* States are batched as soon as anything is. */
static void add_region_inputs(Generator *body, const Graph *outer, const ScanOperands *operands)
{
    bool batched = false;
    for (int i = 0; i < operands->count; i++)
        batched |= graph_type(outer, operands->items[i])->batched;
    for (int i = 0; i < operands->count; i++) {
        Type type = *graph_type(outer, operands->items[i]);
        if (i >= operands->states && i < operands->states + operands->sequences)
            type = slice_type(&type);
        type.batched = i < operands->states ? batched : type.batched;
        add_input(body, (InputInfo){.type = type});
    }
}

static bool add_scan(Generator *generator)
{
    ScanOperands operands = {.count = 0};
    if (generator->depth >= DEPTH_AT_MOST || !draw_scan_operands(generator, &operands))
        return false;
    Generator body = {
        .arena = generator->arena,
        .graph = graph_make(generator->arena, "region"),
        .state = next(generator),
        .depth = generator->depth + 1,
    };
    graph_add_origin(body.graph, (Origin){.parent = -1});
    add_region_inputs(&body, generator->graph, &operands);
    add_operations(&body, 1 + draw(&body, 5));
    for (int i = 0; i < operands.states; i++)
        graph_add_output(body.graph, (OutputInfo){
                                         .name = arena_printf(body.arena, "s%d", i),
                                         .value = next_state(&body, (Value){i, 0}),
                                     });
    name_values(body.graph);
    Value first = graph_append_scan(generator->graph, body.graph, operands.items, operands.count, operands.states,
                                    operands.sequences, chance(generator, 50), 0);
    for (int i = 0; i < operands.states; i++)
        remember(generator, (Value){first.node, i});
    return true;
}

/* --- operations --------------------------------------------------------------------------------------------------------------- */

static bool allowed(const Generator *generator, Op op)
{
    const OpInfo *info = op_info(op);
    if (!info || info->internal || op <= OP_RATE || op == OP_SCAN)
        return false;
    return !(info->random && generator->depth > 0) && (!info->over_batch || (generator->training && generator->depth == 0));
}

/* no_value when the shape rule complains or the result has more elements. */
static Value append_within(Generator *generator, Op op, const char *words, int count, const Value *operands, int64_t most_elements)
{
    Type types[8];
    for (int k = 0; k < count; k++)
        types[k] = *graph_type(generator->graph, operands[k]);
    AttributeValue *attributes = trial_attributes(generator->arena, op_info(op), words);
    OpUse use;
    if (!graph_infer(generator->arena, op, types, count, attributes, &use) || type_elements(&use.result) > most_elements)
        return no_value;
    return remember(generator, graph_append(generator->graph, op, operands, count, attributes, 0));
}

Value append_valid(Generator *generator, Op op, const char *attributes, int count, const Value *operands)
{
    return append_within(generator, op, attributes, count, operands, INT64_MAX);
}

static bool add_operation(Generator *generator, Op op)
{
    Proposal proposal = {.count = 0};
    if (!allowed(generator, op) || !propose(generator, op, &proposal))
        return false;
    return append_within(generator, op, proposal.attributes, proposal.count, proposal.operands, ELEMENTS_AT_MOST).node >= 0;
}

static void add_operations(Generator *generator, int64_t count)
{
    for (int tries = 0; count > 0 && tries < 200; tries++) {
        bool scan = generator->depth < DEPTH_AT_MOST && chance(generator, 4);
        if (scan ? add_scan(generator) : add_operation(generator, (Op)(OP_RATE + 1 + draw(generator, OP_COUNT - OP_RATE - 1))))
            count--;
    }
}

/* --- results ------------------------------------------------------------------------------------------------------------------ */

static Value scalar_of(Generator *generator, Value value)
{
    return append_simple(generator, OP_REDUCE_MEAN, 1, &value);
}

/* A next state of the right type: the old one plus a scalar that is not batched. */
static void add_next_state(Generator *generator)
{
    Graph *graph = generator->graph;
    Value value = draw_value(generator, WANT_REAL, 0, 8);
    if (graph->state_count == 0 || value.node < 0)
        return;
    Value scalar = scalar_of(generator, value);
    if (graph_type(graph, scalar)->batched)
        scalar = append_simple(generator, OP_BATCH_MEAN, 1, &scalar);
    Value old = graph_source(graph, OP_STATE, 0, 0);
    graph->states[0].next = append_simple(generator, OP_ADD, 2, (Value[]){old, scalar});
}

static void add_results(Generator *generator)
{
    Graph *graph = generator->graph;
    for (int64_t i = draw(generator, 4); i >= 0; i--) {
        Value value = i == 0 ? generator->values[generator->count - 1] : draw_value(generator, WANT_ANY, 0, 8);
        if (value.node >= 0)
            graph_add_output(graph, (OutputInfo){.name = arena_printf(generator->arena, "y%lld", (long long)graph->output_count),
                                                 .value = value});
    }
    if (!generator->training)
        return;
    add_next_state(generator);
    Value objective = draw_value(generator, WANT_REAL, 0, 8);
    Value penalty = draw_value(generator, WANT_REAL, 0, 8);
    if (objective.node >= 0)
        graph->objective = scalar_of(generator, objective);
    if (penalty.node >= 0)
        graph_add_penalty(graph, scalar_of(generator, penalty));
}

void name_values(Graph *graph)
{
    graph->name_count = 0;
    for (int64_t i = 0; i < graph->node_count; i++)
        for (int32_t k = 0; k < graph->nodes[i].result_count; k++) {
            const char *name = k == 0 ? arena_printf(graph->arena, "v%lld", (long long)i)
                                      : arena_printf(graph->arena, "v%lld.%d", (long long)i, k);
            graph_add_name(graph, name, (Value){(int32_t)i, k});
        }
}

static Graph *generate(Arena *arena, uint64_t seed, bool training, bool layers, int64_t most_operations)
{
    Generator generator = {.arena = arena, .graph = graph_make(arena, "random"), .state = seed, .training = training};
    generator.graph->training = training;
    graph_add_origin(generator.graph, (Origin){.parent = -1});
    add_sources(&generator);
    if (layers)
        add_layers(&generator);
    add_operations(&generator, 2 + draw(&generator, layers ? 6 : most_operations));
    add_results(&generator);
    name_values(generator.graph);
    return generator.graph;
}

Graph *random_graph(Arena *arena, uint64_t seed, bool training)
{
    return generate(arena, seed, training, false, 24);
}

Graph *random_net(Arena *arena, uint64_t seed)
{
    return generate(arena, seed, false, seed % 4 == 1, 12);
}
