/* Planning: names the passes in their order, and decides what belongs to the whole: what is asked for, the tile, the order of steps.
 *
 *     roots -> facts -> emission -> lifetimes -> lending -> sizes (for some tiles) -> offsets */
#include "engine/planner.h"

/* A tile of at most TILE_LIMIT samples, or of what the options say, is as large as its activations fit into TILE_BYTES (they stay in the second-level cache), or into a
 * quarter of the bytes of the weights where these are more: then reading the weights again for each tile would cost more than a cache miss
 * for each activation. */
enum { TILE_LIMIT = 32, TILE_BYTES = 2 * 1024 * 1024 };

/* Above this size of the Graph its own order of nodes is taken without trying another. */
enum { REORDER_LIMIT = 20000 };

static void add_root(Arena *arena, RootList *roots, StepKind kind, int64_t row, Value value)
{
    if (value.node < 0)
        return;
    roots->items = arena_grow(arena, roots->items, roots->count, &roots->capacity, sizeof *roots->items);
    roots->items[roots->count++] = (Root){.kind = kind, .row = (int32_t)row, .value = value};
}

static const PathTable *copy_paths(Plan *plan, const PathTable *paths)
{
    if (!paths)
        return NULL;
    PathTable *copy = arena_copy(plan->arena, paths, sizeof *paths);
    copy->names = arena_take(plan->arena, (size_t)paths->columns * sizeof *copy->names);
    for (int64_t k = 0; k < paths->columns; k++)
        copy->names[k] = arena_duplicate(plan->arena, paths->names[k]);
    copy->entries = arena_copy(plan->arena, paths->entries, (size_t)(paths->rows * paths->columns) * sizeof *copy->entries);
    return copy;
}

static void add_output(Plan *plan, RootList *roots, const ProgramValue *output, Value value)
{
    add_root(plan->arena, roots, STEP_STORE, plan->output_count, value);
    plan->outputs[plan->output_count++] = *output;
}

/* Outputs and watched values; for training next states and objective. */
static bool roots_of_run(Plan *plan, const Graph *graph, const ProgramOptions *options, RootList *roots, StrataError *error)
{
    plan->outputs = arena_zero(plan->arena, (size_t)(graph->output_count + options->watch_count), sizeof *plan->outputs);
    for (int64_t i = 0; i < graph->output_count; i++) {
        const OutputInfo *row = &graph->outputs[i];
        const char **labels = NULL;
        if (row->labels) {
            labels = arena_take(plan->arena, (size_t)row->classes * sizeof *labels);
            for (int64_t k = 0; k < row->classes; k++)
                labels[k] = arena_duplicate(plan->arena, row->labels[k]);
        }
        ProgramValue output = {
            .name = arena_duplicate(plan->arena, row->name ? row->name : "output"),
            .type = *graph_type(graph, row->value),
            .classes = row->classes,
            .labels = labels,
            .paths = copy_paths(plan, row->paths),
        };
        add_output(plan, roots, &output, row->value);
    }
    for (int64_t i = 0; i < options->watch_count; i++) {
        Value value = graph_find_name(graph, options->watch[i]);
        if (value.node < 0)
            return error_set(error, STRATA_USAGE, 1214, "the net has no value named %s", options->watch[i]);
        ProgramValue output = {.name = arena_duplicate(plan->arena, options->watch[i]), .type = *graph_type(graph, value)};
        add_output(plan, roots, &output, value);
    }
    for (int64_t i = 0; graph->training && i < graph->state_count; i++)
        add_root(plan->arena, roots, STEP_NEXT_STATE, i, graph->states[i].next);
    add_root(plan->arena, roots, STEP_OBJECTIVE, 0, graph->objective);
    for (int64_t i = 0; i < graph->penalty_count; i++)
        add_root(plan->arena, roots, STEP_OBJECTIVE, 0, graph->penalties[i]);
    plan->has_objective = graph->objective.node >= 0 || graph->penalty_count > 0;
    return true;
}

static bool roots_of_initial(Plan *plan, const Graph *graph, RootList *roots, StrataError *error)
{
    plan->outputs = arena_zero(plan->arena, (size_t)(graph->weight_count + graph->state_count), sizeof *plan->outputs);
    for (int64_t i = 0; i < graph->weight_count + graph->state_count; i++) {
        bool weight = i < graph->weight_count;
        Value initial = weight ? graph->weights[i].initial : graph->states[i - graph->weight_count].initial;
        ProgramValue *row = weight ? &plan->weights[i] : &plan->states[i - graph->weight_count];
        if (initial.node < 0)
            return error_set(error, STRATA_INVALID, 750, "%s %s has no initial value; its values must be given",
                             weight ? "weight" : "state", row->name);
        add_output(plan, roots, row, initial);
    }
    return true;
}

/* Copies of the Graph's tables, because the Plan outlives the Graph. */
static void copy_tables(Plan *plan, const Graph *graph)
{
    plan->input_count = graph->input_count;
    plan->inputs = arena_zero(plan->arena, (size_t)graph->input_count, sizeof *plan->inputs);
    for (int64_t i = 0; i < graph->input_count; i++) {
        const InputInfo *row = &graph->inputs[i];
        plan->inputs[i] = (ProgramValue){
            .name = arena_duplicate(plan->arena, row->name),
            .type = row->type,
            .kind = row->kind,
            .below = row->below,
        };
    }
    plan->weight_count = graph->weight_count;
    plan->weights = arena_zero(plan->arena, (size_t)graph->weight_count, sizeof *plan->weights);
    for (int64_t i = 0; i < graph->weight_count; i++)
        plan->weights[i] =
            (ProgramValue){.name = arena_duplicate(plan->arena, graph->weights[i].name), .type = graph->weights[i].type};
    plan->state_count = graph->state_count;
    plan->states = arena_zero(plan->arena, (size_t)graph->state_count, sizeof *plan->states);
    for (int64_t i = 0; i < graph->state_count; i++)
        plan->states[i] =
            (ProgramValue){.name = arena_duplicate(plan->arena, graph->states[i].name), .type = graph->states[i].type};
}

static bool reduces_over_batch(const Graph *graph)
{
    for (int64_t i = 0; i < graph->node_count; i++) {
        const OpInfo *info = op_info(graph->nodes[i].op);
        if (info && info->over_batch)
            return true;
        if (graph->nodes[i].region && reduces_over_batch(graph->nodes[i].region))
            return true;
    }
    return false;
}

static Plan *begin_plan(Arena *arena, const Graph *graph, const ProgramOptions *options)
{
    Plan *plan = arena_zero(arena, 1, sizeof *plan);
    plan->arena = arena;
    plan->name = arena_duplicate(arena, graph->name);
    plan->precision = options->precision;
    plan->batch = options->purpose == PURPOSE_INITIAL ? 1 : options->batch;
    plan->first_layout = plan->batch > 0 ? LAYOUT_TILE : LAYOUT_ONE;
    copy_tables(plan, graph);
    return plan;
}

/* A Plan with lifetimes in the order given (null: the Graph's own), without sizes. */
static Plan *plan_in_order(Arena *arena, const Graph *graph, const ProgramOptions *options, bool reorder, StrataError *error)
{
    Plan *plan = begin_plan(arena, graph, options);
    RootList roots = {0};
    bool initial = options->purpose == PURPOSE_INITIAL;
    if (!(initial ? roots_of_initial(plan, graph, &roots, error) : roots_of_run(plan, graph, options, &roots, error)))
        return NULL;
    GraphFacts *facts = facts_find(arena, graph, &roots, !initial, error);
    const int32_t *order = reorder ? order_by_need(arena, graph, &roots) : NULL;
    if (!facts || !plan_emit(plan, facts, &roots, order, error))
        return NULL;
    plan_lifetimes(plan);
    return plan;
}

/* The bytes of a value's buffer, unless the step at `position` has counted them before. */
static size_t count_once(const Plan *plan, const StepList *list, int layout, int64_t *counted, int32_t value, int64_t position)
{
    int32_t index = plan->values[value].buffer;
    const Buffer *buffer = &plan->buffers[index];
    if (counted[index] == position || !plan_lies_in_arena(buffer, list == &plan->prepare))
        return 0;
    counted[index] = position;
    return buffer->bytes[layout];
}

/* What one step touches has to be there at once, in whatever order the steps are. */
static size_t largest_step(const Plan *plan, const StepList *list, int layout)
{
    size_t largest = 0;
    int64_t *counted = arena_take(plan->arena, (size_t)plan->buffer_count * sizeof *counted);
    for (int64_t i = 0; i < plan->buffer_count; i++)
        counted[i] = -1;
    for (int64_t p = 0; p < list->count; p++) {
        const Step *step = &list->items[p];
        size_t bytes = step->scratch >= 0 ? plan->buffers[step->scratch].bytes[layout] : 0;
        if (step->result >= 0)
            bytes = size_add(bytes, count_once(plan, list, layout, counted, step->result, p));
        for (int32_t k = 0; k < step->operand_count; k++)
            bytes = size_add(bytes, count_once(plan, list, layout, counted, step->operands[k], p));
        largest = bytes > largest ? bytes : largest;
    }
    return largest;
}

static Plan *plan_in_best_order(Arena *arena, const Graph *graph, const ProgramOptions *options, StrataError *error)
{
    Plan *plan = plan_in_order(arena, graph, options, false, error);
    if (!plan || graph->node_count > REORDER_LIMIT)
        return plan;
    plan_sizes(plan, LAYOUT_TILE, TILE_LIMIT);
    if (plan->run.bound[LAYOUT_TILE] <= largest_step(plan, &plan->run, LAYOUT_TILE))
        return plan;
    Plan *other = plan_in_order(arena, graph, options, true, error);
    if (!other)
        return NULL;
    plan_sizes(other, LAYOUT_TILE, TILE_LIMIT);
    return other->run.bound[LAYOUT_TILE] < plan->run.bound[LAYOUT_TILE] ? other : plan;
}

static size_t table_bytes(const Plan *plan, const ProgramValue *rows, int64_t count)
{
    size_t bytes = 0;
    for (int64_t i = 0; i < count; i++)
        bytes = size_add(bytes, size_multiply((size_t)type_reals(&rows[i].type), precision_size(plan->precision)));
    return bytes;
}

/* The largest tile that fits; leaves its sizes in LAYOUT_TILE. */
static void choose_tile(Plan *plan, const ProgramOptions *options)
{
    size_t limit = table_bytes(plan, plan->weights, plan->weight_count) / 4;
    if (limit < TILE_BYTES)
        limit = TILE_BYTES;
    plan->tile = plan->batch > 0 ? plan->batch : options->tile > 0 ? options->tile : TILE_LIMIT;
    plan_sizes(plan, LAYOUT_TILE, plan->tile);
    while (plan->batch == 0 && plan->tile > 1 && plan->run.bound[LAYOUT_TILE] > limit) {
        plan->tile /= 2;
        plan_sizes(plan, LAYOUT_TILE, plan->tile);
    }
}

Plan *plan_build(Arena *arena, const Graph *graph, const ProgramOptions *options, StrataError *error)
{
    if (options->batch < 0 || options->tile < 0 || options->watch_count < 0) {
        error_set(error, STRATA_USAGE, 0, "a batch, a tile or a number of watched values cannot be negative");
        return NULL;
    }
    if (options->purpose == PURPOSE_RUN && options->batch == 0 && reduces_over_batch(graph)) {
        error_set(error, STRATA_USAGE, 0, "net %s reduces over its batch, so it must be planned for an exact one", graph->name);
        return NULL;
    }
    Plan *plan = plan_in_best_order(arena, graph, options, error);
    if (!plan)
        return NULL;
    plan_lend(plan);
    choose_tile(plan, options);
    plan_offsets(plan, LAYOUT_TILE);
    if (plan->first_layout == LAYOUT_ONE) {
        plan_sizes(plan, LAYOUT_ONE, 1);
        plan_offsets(plan, LAYOUT_ONE);
    }
    size_t whole = size_add(size_add(plan->run.bound[LAYOUT_TILE], plan->prepare.bound[LAYOUT_TILE]), plan->constants);
    if (size_add(whole, plan->prepared) >= SIZE_CEILING) {
        error_set(error, STRATA_MEMORY, 1050, "net %s needs more memory than can be addressed", plan->name);
        return NULL;
    }
    return plan;
}
