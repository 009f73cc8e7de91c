/* Emission: takes facts of nodes, gives the steps of both lists with their values and buffers; buffers have no place yet.
 *
 * A list is made by walks over the Graph, one for each level of loops: the walk for level n adds the nodes that stand in n loops,
 * and enters a scan that stands deeper only to fetch what can be computed in front of it. */
#include "base/map.h"
#include "engine/planner.h"

#include <string.h>

typedef struct Emitter {
    Plan *plan;
    StepList *list; /* the list that grows */
    int32_t loop;   /* the loop that steps now stand in, or -1 */
    const RootList *roots;
    int32_t *first_root; /* of each node of the Graph: its first root, then along next_root; -1 ends */
    int32_t *next_root;
    bool *root_done;
    Map tables;                /* kernel and numbers -> row of the Plan's tables */
    const Graph *origin_graph; /* the last path that was asked for */
    int32_t origin;
    const char *origin_path;
    StrataError *error;
} Emitter;

static bool emit_level(Emitter *emitter, GraphFacts *facts, const int32_t *order, int32_t level);

/* Values and buffers. */

static int32_t add_buffer(Emitter *emitter, Storage storage, const Type *type)
{
    Plan *plan = emitter->plan;
    plan->buffers = arena_grow(plan->arena, plan->buffers, plan->buffer_count, &plan->buffer_capacity, sizeof *plan->buffers);
    plan->buffers[plan->buffer_count] = (Buffer){
        .storage = storage,
        .prepare = storage == STORAGE_WORK && emitter->list == &plan->prepare,
        .batched = type && type->batched,
        .reals = type ? type_reals(type) : 0,
        .merged = -1,
        .input = -1,
        .output = -1,
        .loop = -1,
        .first = -1,
        .last = -1,
    };
    return (int32_t)plan->buffer_count++;
}

static int32_t add_value(Emitter *emitter, const Type *type, int32_t buffer)
{
    Plan *plan = emitter->plan;
    plan->values = arena_grow(plan->arena, plan->values, plan->value_count, &plan->value_capacity, sizeof *plan->values);
    plan->values[plan->value_count] = (PlanValue){.type = *type, .buffer = buffer, .next = -1};
    return (int32_t)plan->value_count++;
}

static int32_t add_work_value(Emitter *emitter, const Type *type)
{
    return add_value(emitter, type, add_buffer(emitter, STORAGE_WORK, type));
}

/* A step of `run` reads this value: what `prepare` made for it has to last. */
static void keep_if_prepared(Emitter *emitter, int32_t value)
{
    Buffer *buffer = &emitter->plan->buffers[emitter->plan->values[value].buffer];
    if (emitter->list == &emitter->plan->run && buffer->prepare && buffer->storage == STORAGE_WORK)
        buffer->storage = STORAGE_PREPARED;
}

/* Neighbours mostly come from one place, and a path is as long as the calls are deep. */
static const char *find_origin_path(Emitter *emitter, const Graph *graph, int32_t origin)
{
    if (emitter->origin_graph != graph || emitter->origin != origin) {
        emitter->origin_graph = graph;
        emitter->origin = origin;
        emitter->origin_path = graph_origin_path(graph, origin, emitter->plan->arena);
    }
    return emitter->origin_path;
}

/* Adds a step; room for operands is taken, the caller fills it. */
static Step *add_step(Emitter *emitter, StepKind kind, const Node *node, const Graph *graph, int32_t operand_count)
{
    Plan *plan = emitter->plan;
    StepList *list = emitter->list;
    list->items = arena_grow(plan->arena, list->items, list->count, &list->capacity, sizeof *list->items);
    Step *step = &list->items[list->count++];
    *step = (Step){.kind = kind, .result = -1, .scratch = -1, .table = -1, .operand_count = operand_count, .origin = ""};
    step->operands = arena_take(plan->arena, (size_t)operand_count * sizeof *step->operands);
    if (node) {
        step->op = node->op;
        step->origin = find_origin_path(emitter, graph, node->origin);
    }
    if (operand_count > plan->widest)
        plan->widest = operand_count;
    return step;
}

static void set_operand(Emitter *emitter, Step *step, int32_t index, int32_t value)
{
    step->operands[index] = value;
    keep_if_prepared(emitter, value);
}

/* Sources. */

static int32_t add_constant(Emitter *emitter, const ConstantInfo *constant)
{
    Plan *plan = emitter->plan;
    plan->constant_rows =
        arena_grow(plan->arena, plan->constant_rows, plan->constant_count, &plan->constant_capacity, sizeof *plan->constant_rows);
    PlanConstant *row = &plan->constant_rows[plan->constant_count];
    *row = (PlanConstant){.data = constant->data, .reals = type_reals(&constant->type), .offset = plan->constants};
    size_t bytes = size_multiply((size_t)row->reals, precision_size(plan->precision));
    plan->constants = size_add(plan->constants, size_aligned(bytes));
    return (int32_t)plan->constant_count++;
}

static int32_t add_stored_source(Emitter *emitter, const Graph *graph, const Node *node)
{
    int32_t index = (int32_t)node->attributes[0].integer;
    Storage storage = node->op == OP_WEIGHT ? STORAGE_WEIGHT : node->op == OP_STATE ? STORAGE_STATE : STORAGE_CONSTANT;
    int32_t buffer = add_buffer(emitter, storage, &node->types[0]);
    if (storage == STORAGE_CONSTANT)
        index = add_constant(emitter, &graph->constants[index]);
    emitter->plan->buffers[buffer].row = index;
    return add_value(emitter, &node->types[0], buffer);
}

static int32_t add_load(Emitter *emitter, const Graph *graph, const Node *node)
{
    int32_t value = add_work_value(emitter, &node->types[0]);
    Step *step = add_step(emitter, STEP_LOAD, node, graph, 0);
    step->row = node->op == OP_INPUT ? (int32_t)node->attributes[0].integer : 0;
    step->result = value;
    return value;
}

/* The Plan's value of a Graph's value. Sources come into being here, at their first use, so that an input is not held in memory before
 * somebody wants it; everything else has been emitted. */
static int32_t value_of(Emitter *emitter, GraphFacts *facts, Value value)
{
    NodeFacts *own = &facts->nodes[value.node];
    const Node *node = &facts->graph->nodes[value.node];
    if (own->value < 0) {
        if (node->op == OP_INPUT && facts->outer)
            own->value = value_of(emitter, facts->outer, facts->scan->operands[node->attributes[0].integer]);
        else if (node->op == OP_WEIGHT || node->op == OP_STATE || node->op == OP_CONSTANT)
            own->value = add_stored_source(emitter, facts->graph, node);
        else
            own->value = add_load(emitter, facts->graph, node);
    }
    return own->value + value.result;
}

/* Kernel steps. */

/* Steps whose kernel fills a table from the same numbers share it. */
static int32_t find_table(Emitter *emitter, const KernelInfo *kernel, const KernelCall *call)
{
    Plan *plan = emitter->plan;
    if (!kernel->table_size)
        return -1;
    bool precise = plan->precision == PRECISION_DOUBLE;
    size_t bytes = kernel->table_size(call->integers, precise);
    if (bytes == 0)
        return -1;
    Text key = text_make(plan->arena);
    text_add(&key, kernel->name);
    for (int64_t i = 0; i < call->integer_count; i++)
        text_printf(&key, " %lld", (long long)call->integers[i]);
    const int32_t *known = map_get(&emitter->tables, text_string(&key));
    if (known)
        return *known;
    plan->tables = arena_grow(plan->arena, plan->tables, plan->table_count, &plan->table_capacity, sizeof *plan->tables);
    plan->tables[plan->table_count] =
        (PlanTable){.kernel = kernel, .integers = call->integers, .bytes = bytes, .offset = plan->constants};
    plan->constants = size_add(plan->constants, size_aligned(bytes));
    int32_t row = (int32_t)plan->table_count++;
    map_set(&emitter->tables, text_string(&key), arena_copy(plan->arena, &row, sizeof row));
    return row;
}

/* An operation that only sees its operand's memory in another shape is a value and no step. */
static bool emit_operation(Emitter *emitter, GraphFacts *facts, const Node *node, NodeFacts *own)
{
    Plan *plan = emitter->plan;
    OpUse use = graph_use(facts->graph, node, plan->arena);
    KernelCall call = {0};
    use.info->lower(&use, &call);
    if (!call.kernel) {
        int32_t operand = value_of(emitter, facts, node->operands[0]);
        own->value = add_value(emitter, &node->types[0], plan->values[operand].buffer);
        return true;
    }
    const KernelInfo *kernel = kernel_find(call.kernel);
    if (!kernel)
        return error_set(emitter->error, STRATA_INTERNAL, 0, "there is no kernel %s for %s", call.kernel, use.info->name);
    for (int32_t k = 0; k < node->operand_count; k++)
        value_of(emitter, facts, node->operands[k]);
    int32_t table = find_table(emitter, kernel, &call);
    int32_t scratch = -1;
    if (kernel->scratch) {
        scratch = add_buffer(emitter, STORAGE_WORK, NULL);
        plan->buffers[scratch].scratch = true;
    }
    own->value = add_work_value(emitter, &node->types[0]);
    Step *step = add_step(emitter, STEP_KERNEL, node, facts->graph, node->operand_count);
    for (int32_t k = 0; k < node->operand_count; k++)
        set_operand(emitter, step, k, value_of(emitter, facts, node->operands[k]));
    step->result = own->value;
    step->kernel = kernel;
    step->integers = call.integers;
    step->integer_count = call.integer_count;
    step->reals = call.reals;
    step->real_count = call.real_count;
    step->may_overwrite = call.in_place;
    step->scratch = scratch;
    step->table = table;
    return true;
}

/* Scans. */

static int32_t begin_loop(Emitter *emitter, const Graph *graph, const Node *node, int64_t length, int32_t stacks)
{
    Plan *plan = emitter->plan;
    plan->loops = arena_grow(plan->arena, plan->loops, plan->loop_count, &plan->loop_capacity, sizeof *plan->loops);
    int32_t loop = (int32_t)plan->loop_count++;
    plan->loops[loop] = (Loop){
        .parent = emitter->loop,
        .reverse = node->attributes[2].boolean,
        .length = length,
        .begin = emitter->list->count,
    };
    Step *step = add_step(emitter, STEP_SCAN_BEGIN, node, graph, node->result_count);
    for (int32_t i = 0; i < node->result_count; i++)
        step->operands[i] = stacks + i;
    step->row = loop;
    emitter->loop = loop;
    return loop;
}

/* Fills the region's inputs that change with the iteration: states, then slices. */
static void emit_region_inputs(Emitter *emitter, GraphFacts *facts, GraphFacts *region, const Node *node, int32_t loop,
                               int32_t stacks)
{
    for (int64_t i = 0; i < region->graph->node_count; i++) {
        const Node *inner = &region->graph->nodes[i];
        NodeFacts *own = &region->nodes[i];
        int64_t index = inner->op == OP_INPUT ? inner->attributes[0].integer : -1;
        if (!own->needed || index < 0 || index >= region->states + region->sequences)
            continue;
        bool state = index < region->states;
        own->value = add_work_value(emitter, &inner->types[0]);
        Step *step = add_step(emitter, state ? STEP_SCAN_STATE : STEP_SCAN_SLICE, inner, region->graph, state ? 2 : 1);
        set_operand(emitter, step, 0, value_of(emitter, facts, node->operands[index]));
        if (state)
            set_operand(emitter, step, 1, stacks + (int32_t)index);
        step->op = OP_SCAN;
        step->row = loop;
        step->result = own->value;
    }
}

static bool emit_scan(Emitter *emitter, GraphFacts *facts, const Node *node, NodeFacts *own)
{
    Plan *plan = emitter->plan;
    GraphFacts *region = own->region;
    int32_t outer_loop = emitter->loop;
    for (int32_t k = 0; k < node->operand_count; k++)
        if (facts->nodes[node->operands[k].node].needed)
            value_of(emitter, facts, node->operands[k]);
    if (!emit_level(emitter, region, NULL, own->level))
        return false;
    own->value = (int32_t)plan->value_count;
    for (int32_t i = 0; i < node->result_count; i++)
        add_work_value(emitter, &node->types[i]);
    int64_t length = graph_type(facts->graph, node->operands[region->states])->size[0];
    int32_t loop = begin_loop(emitter, facts->graph, node, length, own->value);
    emit_region_inputs(emitter, facts, region, node, loop, own->value);
    if (!emit_level(emitter, region, NULL, own->level + 1))
        return false;
    for (int32_t i = 0; i < node->result_count; i++) {
        int32_t next = value_of(emitter, region, region->graph->outputs[i].value);
        Step *step = add_step(emitter, STEP_SCAN_STACK, node, facts->graph, 2);
        set_operand(emitter, step, 0, next);
        step->operands[1] = own->value + i;
        step->row = loop;
    }
    plan->loops[loop].end = emitter->list->count;
    add_step(emitter, STEP_SCAN_END, node, facts->graph, 0)->row = loop;
    emitter->loop = outer_loop;
    return true;
}

/* Roots and walks. */

static void emit_root(Emitter *emitter, GraphFacts *facts, int32_t index)
{
    const Root *root = &emitter->roots->items[index];
    int32_t value = value_of(emitter, facts, root->value);
    Step *step = add_step(emitter, root->kind, NULL, NULL, 1);
    set_operand(emitter, step, 0, value);
    step->row = root->row;
    emitter->root_done[index] = true;
}

/* What is asked for is handed over as soon as it is there, so that its memory is free again. */
static void emit_roots_of(Emitter *emitter, GraphFacts *facts, int32_t node)
{
    if (facts->outer || emitter->list != &emitter->plan->run)
        return;
    for (int32_t i = emitter->first_root[node]; i >= 0; i = emitter->next_root[i])
        if (!emitter->root_done[i])
            emit_root(emitter, facts, i);
}

/* Region sources that are the same in every iteration (constants, seed) come into being in front of the loops, with their level. */
static bool emit_node(Emitter *emitter, GraphFacts *facts, int32_t index)
{
    const Node *node = &facts->graph->nodes[index];
    NodeFacts *own = &facts->nodes[index];
    own->done = true;
    if (op_is_source(node->op)) {
        if (facts->outer)
            value_of(emitter, facts, (Value){index, 0});
        return true;
    }
    if (!(node->op == OP_SCAN ? emit_scan(emitter, facts, node, own) : emit_operation(emitter, facts, node, own)))
        return false;
    emit_roots_of(emitter, facts, index);
    return true;
}

static bool emit_level(Emitter *emitter, GraphFacts *facts, const int32_t *order, int32_t level)
{
    bool varies = emitter->list == &emitter->plan->run;
    for (int64_t i = 0; i < facts->graph->node_count; i++) {
        int32_t index = order ? order[i] : (int32_t)i;
        NodeFacts *own = &facts->nodes[index];
        if (!own->needed || own->done)
            continue;
        bool here = own->varies == varies && own->level == level;
        if (here && !emit_node(emitter, facts, index))
            return false;
        if (!here && own->region && !emit_level(emitter, own->region, NULL, level))
            return false;
    }
    return true;
}

static void index_roots(Emitter *emitter, const GraphFacts *facts, Arena *arena)
{
    const RootList *roots = emitter->roots;
    emitter->first_root = arena_take(arena, (size_t)facts->graph->node_count * sizeof *emitter->first_root);
    emitter->next_root = arena_take(arena, (size_t)roots->count * sizeof *emitter->next_root);
    emitter->root_done = arena_zero(arena, (size_t)roots->count, sizeof *emitter->root_done);
    for (int64_t i = 0; i < facts->graph->node_count; i++)
        emitter->first_root[i] = -1;
    for (int64_t i = roots->count - 1; i >= 0; i--) {
        int32_t node = roots->items[i].value.node;
        emitter->next_root[i] = emitter->first_root[node];
        emitter->first_root[node] = (int32_t)i;
    }
}

bool plan_emit(Plan *plan, GraphFacts *facts, const RootList *roots, const int32_t *order, StrataError *error)
{
    Emitter emitter = {.plan = plan, .loop = -1, .roots = roots, .tables = map_make(plan->arena), .error = error};
    index_roots(&emitter, facts, plan->arena);
    emitter.list = &plan->prepare;
    if (!emit_level(&emitter, facts, order, 0))
        return false;
    emitter.list = &plan->run;
    if (!emit_level(&emitter, facts, order, 0))
        return false;
    for (int64_t i = 0; i < roots->count; i++)
        if (!emitter.root_done[i])
            emit_root(&emitter, facts, (int32_t)i);
    return true;
}
