/* Tensors: known ones, which are evaluated while elaborating, and values of the Graph under construction. */
#include "analyse/analyse.h"
#include "elaborate/elaborator.h"
#include "elaborate/label.h"
#include "elaborate/train.h"

#include <string.h>

Tensor *tensor_known(Elaborator *e, const Type *type, const double *data)
{
    Tensor *tensor = arena_zero(e->arena, 1, sizeof *tensor);
    tensor->type = arena_copy(e->arena, type, sizeof *type);
    tensor->data = data;
    tensor->value = no_value;
    return tensor;
}

Tensor *tensor_value(Elaborator *e, Graph *graph, Value value)
{
    Tensor *tensor = arena_zero(e->arena, 1, sizeof *tensor);
    tensor->type = graph_type(graph, value);
    tensor->graph = graph;
    tensor->value = value;
    return tensor;
}

/* 16 digits of base 16 and the kind of the element. */
static const char *number_key(Elaborator *e, uint64_t bits, ElementKind element)
{
    enum { DIGITS = 16 };
    char *key = arena_take(e->arena, DIGITS + 2);
    for (int i = 0; i < DIGITS; i++)
        key[i] = "0123456789abcdef"[bits >> (4 * i) & 15];
    key[DIGITS] = "fcib"[element];
    key[DIGITS + 1] = '\0';
    return key;
}

/* A number stands once in a Graph, however often it is used. */
Tensor *tensor_number(Elaborator *e, double number, ElementKind element)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    const char *key = NULL;
    if (e->build) {
        key = number_key(e, bits, element);
        Tensor *known = map_get(&e->build->numbers, key);
        if (known)
            return known;
    }
    Type type = {.element = element};
    Tensor *tensor = tensor_known(e, &type, arena_copy(e->arena, &number, sizeof number));
    if (e->build)
        map_set(&e->build->numbers, key, tensor);
    return tensor;
}

static Value constant_in(Elaborator *e, Tensor *tensor, Graph *graph)
{
    if (tensor->graph == graph)
        return tensor->value;
    e->blocks.escaped++;
    int32_t row = graph_add_constant(graph, (ConstantInfo){.type = *tensor->type, .data = tensor->data});
    tensor->graph = graph;
    tensor->value = graph_source(graph, OP_CONSTANT, row, graph == e->build->graph ? scope_origin(e) : 0);
    return tensor->value;
}

/* A value from around a scan becomes an input of its region; through each region on the way in. */
static Value captured(Elaborator *e, Region *region, const Graph *from, Value value)
{
    Graph *around = region->outer ? region->outer->graph : e->build->root;
    if (region->outer && around != from)
        value = captured(e, region->outer, from, value);
    const char *key = arena_printf(e->arena, "%d.%d", value.node, value.result);
    Tensor *known = map_get(&region->captures, key);
    if (known)
        return known->value;
    const char *name = arena_printf(e->arena, "capture%lld", (long long)region->count);
    int32_t row = graph_add_input(region->graph, (InputInfo){.name = name, .type = *graph_type(around, value)});
    Tensor *tensor = tensor_value(e, region->graph, graph_source(region->graph, OP_INPUT, row, 0));
    map_set(&region->captures, key, tensor);
    region->values = arena_grow(e->arena, region->values, region->count, &region->capacity, sizeof *region->values);
    region->values[region->count++] = value;
    return tensor->value;
}

/* Whether a Graph is one around the region under construction. */
static bool is_around(const Build *build, const Graph *graph)
{
    for (const Region *region = build->region; region; region = region->outer)
        if ((region->outer ? region->outer->graph : build->root) == graph)
            return true;
    return false;
}

Value tensor_in_graph(Elaborator *e, Tensor *tensor, SourceSpan span)
{
    Build *build = e->build;
    if (tensor->data)
        return constant_in(e, tensor, build->graph);
    if (tensor->graph == build->graph)
        return tensor->value;
    if (is_around(build, tensor->graph))
        return captured(e, build->region, tensor->graph, tensor->value);
    complain(e, 513, span, "a tensor of one net, or of one scan, is used outside of it");
    return no_value;
}

Tensor *as_tensor(Elaborator *e, Object object, SourceSpan span, const char *what, const char *of)
{
    switch (object.kind) {
    case OBJECT_TENSOR:
        return object.tensor;
    case OBJECT_NUMBER:
        return tensor_number(e, object.number, ELEMENT_REAL);
    case OBJECT_BOOLEAN:
        return tensor_number(e, object.boolean, ELEMENT_BOOLEAN);
    case OBJECT_SAMPLE:
        return sample_label(e, object.sample, span);
    case OBJECT_ERROR:
        return NULL;
    default:
        break;
    }
    bool function = object.kind == OBJECT_FUNCTION;
    const char *place = of ? arena_printf(e->arena, "%s of `%s`", what, of) : what;
    Diagnostic *diagnostic =
        complain(e, function ? 502 : 506, span, "%s is a tensor or a number, got %s", place, describe(e, object));
    if (function)
        help(e, diagnostic, "apply the function first: `x |> %s`", object.function->name ? object.function->name : "f");
    else if (object.kind == OBJECT_LIST && object_is_input(object))
        help(e, diagnostic, "`concatenate([...])` joins tensors, `sum([...])` adds them");
    else if (object.kind == OBJECT_LIST || object.kind == OBJECT_SHAPE)
        help(e, diagnostic, "`constant(...)` makes a tensor of known numbers");
    return NULL;
}

Value penalty_value(Elaborator *e, Object object, SourceSpan span)
{
    Tensor *tensor = object.kind == OBJECT_ERROR ? NULL : as_tensor(e, object, span, "a penalty", NULL);
    if (!tensor)
        return no_value;
    if (tensor->type->rank == 0 && tensor->type->element == ELEMENT_REAL)
        return tensor_in_graph(e, tensor, span);
    complain(e, 608, span, "a penalty gives one real number, got %s", describe(e, object_tensor(tensor)));
    return no_value;
}

/* Says what the shape rule found, with its formula, at the user's place. */
static void report_use(Elaborator *e, const OpUse *use, SourceSpan span)
{
    Diagnostic *diagnostic = complain(e, use->error, span, "%s", use->message);
    if (use->formula)
        diagnostic_note(e->diagnostics, diagnostic, no_span, "%s", use->formula);
    if (use->help)
        help(e, diagnostic, "%s", use->help);
}

/* Whether an operation over these operands is computed while elaborating. What a weight starts with stays an operation when it is large,
 * so that weights never become constants of the Graph. */
static bool computes_now(const Elaborator *e, const OpUse *use, Tensor *const *operands)
{
    enum { SMALL = 64 };
    if (use->info->random || use->info->over_batch || !use->info->evaluate)
        return false;
    for (int i = 0; i < use->operand_count; i++)
        if (!operands[i]->data)
            return false;
    return !(e->build && e->build->place && type_elements(&use->result) > SMALL);
}

static int64_t work_of(const OpUse *use)
{
    int64_t entries = type_elements(&use->result);
    if (use->info->work)
        return saturating_add(use->info->work(use), entries);
    if (!use->info->cost)
        return entries;
    Cost cost = use->info->cost(use);
    return saturating_add(saturating_add(cost.multiply_adds, cost.operations), entries);
}

static Tensor *compute(Elaborator *e, const OpUse *use, Tensor *const *operands)
{
    int64_t reals = type_reals(&use->result);
    const double **data = arena_take(e->arena, (size_t)use->operand_count * sizeof *data);
    for (int i = 0; i < use->operand_count; i++)
        data[i] = operands[i]->data;
    double *result = known_take(e, reals);
    const EvaluationPoint point = {.samples = 1};
    use->info->evaluate(use, &point, data, result);
    return tensor_known(e, &use->result, result);
}

enum { BYTES_TO_COMPUTE = 32 }; /* for each real of a result: 8 in it, and what a Fourier transform needs besides */

/* Adds what computing takes to what was spent; false when a limit is passed. */
static bool spend(Elaborator *e, const OpUse *use, SourceSpan span)
{
    int64_t work = work_of(use);
    int64_t reals = type_reals(&use->result);
    int64_t more = known_is_free(e, reals) ? 0 : reals;
    if (reals > KNOWN_TENSOR_LIMIT || e->known + more > KNOWN_TOTAL_LIMIT || work > KNOWN_WORK_LIMIT - e->work)
        return false;
    if (!may_take(e, (size_t)more * BYTES_TO_COMPUTE, span))
        return false;
    e->work += work;
    e->known += more;
    return true;
}

/* The origin of a node: the scope; for the user's own source, with the place in it. */
static int32_t node_origin(Elaborator *e, SourceSpan span)
{
    int32_t scope = scope_origin(e);
    SourceSpan place = e->build->scope->span;
    if (span_in_library(e, span) || span_equal(place, span))
        return scope;
    return graph_add_origin(e->build->graph, (Origin){.parent = scope, .span = span});
}

static Tensor *append_node(Elaborator *e, const OpUse *use, Tensor *const *operands, SourceSpan span)
{
    Build *build = e->build;
    int64_t nodes = build->graph->node_count + use->operand_count; /* operands may become sources of a region */
    if (build->operations >= NODE_LIMIT || nodes >= NODE_LIMIT) {
        stop(e, 1011, span, operations_message);
        return NULL;
    }
    build->operations++;
    Value few[FEW_OPERANDS];
    Value *values = few;
    if (use->operand_count > FEW_OPERANDS)
        values = arena_take(e->arena, (size_t)use->operand_count * sizeof *values);
    for (int i = 0; i < use->operand_count; i++) {
        values[i] = tensor_in_graph(e, operands[i], span);
        if (values[i].node < 0)
            return NULL;
    }
    return tensor_value(e, build->graph, graph_append_use(build->graph, use, values, node_origin(e, span)));
}

/* At inference no sample depends on another one. */
static bool may_mix_samples(Elaborator *e, const OpUse *use, SourceSpan span)
{
    if (!use->info->over_batch || !use->operand[0].batched || e->build->training)
        return true;
    help(e, complain(e, 310, span, "`%s` works in training only: at inference samples are not mixed", use->info->name),
         "`if training then ... else ...`; at inference a state stands for what training found");
    return false;
}

static Tensor *with_rows(Elaborator *e, const OpUse *use, Tensor *const *operands, Tensor *result)
{
    if (result)
        result->rows = label_result(e, use, operands);
    return result;
}

static Tensor *emit_over(Elaborator *e, Op op, Tensor *const *operands, const Type *types, int count,
                         const AttributeValue *attributes, SourceSpan span)
{
    OpUse use;
    if (!graph_infer(e->arena, op, types, count, attributes, &use)) {
        report_use(e, &use, span);
        return NULL;
    }
    bool now = computes_now(e, &use, operands);
    if (now && spend(e, &use, span))
        return with_rows(e, &use, operands, compute(e, &use, operands));
    if (e->build)
        return may_mix_samples(e, &use, span) ? with_rows(e, &use, operands, append_node(e, &use, operands, span)) : NULL;
    if (now)
        complain(e, 1013, span, "this known tensor, or all of them together, are too large to be computed while elaborating");
    else
        complain(e, 310, span, "`%s` works inside a net only", op_info(op)->name);
    return NULL;
}

Tensor *emit(Elaborator *e, Op op, Tensor *const *operands, int count, const AttributeValue *attributes, SourceSpan span)
{
    Type few[FEW_OPERANDS];
    Type *types = few;
    if (count > FEW_OPERANDS)
        types = arena_take(e->arena, (size_t)count * sizeof *types);
    for (int i = 0; i < count; i++)
        types[i] = *operands[i]->type;
    return emit_over(e, op, operands, types, count, attributes, span);
}

Object emit_object(Elaborator *e, Op op, Tensor *const *operands, int count, const AttributeValue *attributes, SourceSpan span)
{
    Tensor *tensor = emit(e, op, operands, count, attributes, span);
    return tensor ? object_tensor(tensor) : error_object;
}
