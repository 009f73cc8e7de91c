/* Weights, states and what is said about them. */
#include "elaborate/builtin.h"

#include <string.h>

/* A name that stands in paths and files: letters, digits, `_`, not empty. */
static bool plain_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return length > 0 && name[length] == '\0';
}

static bool read_name(BuiltinCall *call, const char **name)
{
    if (!argument_string(call, 0, name))
        return false;
    if (plain_name(*name))
        return true;
    complain(call->e, 706, argument_span(call, 0), "a name here has letters, digits and `_` only, got \"%s\"", *name);
    return false;
}

/* Weights and states are made outside of initial values, which are computed before there are any. */
static bool outside_initial(BuiltinCall *call)
{
    if (!call->e->build->place)
        return true;
    complain(call->e, 702, call->span, "an initial value has no weights and states of its own");
    return false;
}

static bool inside_net(BuiltinCall *call)
{
    if (call->e->build)
        return true;
    help(call->e, complain(call->e, 310, call->span, "`%s` works inside a net only", call->builtin->name),
         "write it inside the function: `x -> ... %s(...)`", call->builtin->name);
    return false;
}

/* Where a build stands while values are made for the net as a whole: in its own Graph, with random numbers keyed by the name. */
typedef struct Outside {
    Graph *graph;
    Region *region;
    const char *place;
    int64_t draws;
} Outside;

static Outside step_outside(Build *build, const char *place)
{
    Outside outside = {build->graph, build->region, build->place, build->draws};
    build->graph = build->root;
    build->region = NULL;
    build->place = place;
    build->draws = 0;
    return outside;
}

static void step_inside(Build *build, Outside outside)
{
    build->graph = outside.graph;
    build->region = outside.region;
    build->place = outside.place;
    build->draws = outside.draws;
}

/* Whether a value of the net's Graph depends on weights, states or inputs: on anything but constants and the seed. Nodes never change, so
 * what was found for one stays. */
static bool depends_on_run(Elaborator *e, Value value)
{
    Build *build = e->build;
    for (; build->given_count <= value.node; build->given_count++) {
        const Node *node = &build->root->nodes[build->given_count];
        bool given =
            node->op == OP_INPUT || node->op == OP_WEIGHT || node->op == OP_STATE || node->op == OP_STEP || node->op == OP_RATE;
        for (int32_t i = 0; i < node->operand_count; i++)
            given |= build->given[node->operands[i].node];
        build->given = arena_grow(e->arena, build->given, build->given_count, &build->given_capacity, sizeof *build->given);
        build->given[build->given_count] = given;
    }
    return build->given[value.node];
}

/* no_value after complaining when the value depends on what is not there yet when weights begin. */
static Value check_initial(Elaborator *e, const char *name, Tensor *tensor, SourceSpan span)
{
    Value value = tensor_in_graph(e, tensor, span);
    if (value.node < 0 || !depends_on_run(e, value))
        return value;
    help(e, complain(e, 702, span, "`init` of `%s` depends on more than its shape and the seed", name),
         "weights, states and inputs have no values yet when a weight begins");
    return no_value;
}

/* The value at the start: `init` applied to the shape, or a tensor or number itself. no_value after complaining. */
static Value initial_value(BuiltinCall *call, const char *name, const Shape *shape, int parameter)
{
    Elaborator *e = call->e;
    Object init = argument_value(call, parameter);
    SourceSpan span = argument_span(call, parameter);
    Outside outside = step_outside(e->build, name);
    init = complete_function(e, init, span);
    Object size = object_shape(e->arena, shape->size, shape->rank);
    if (init.kind == OBJECT_FUNCTION)
        init = apply_function(e, init, &size, 1, span);
    Value value = no_value;
    Tensor *tensor = init.kind == OBJECT_ERROR ? NULL : as_tensor(e, init, span, "an initial value", NULL);
    Type wanted = type_of_shape(shape);
    if (tensor && tensor->type->rank == 0 && shape->rank > 0) {
        AttributeValue target = {.list = {shape->size, shape->rank}};
        tensor = emit(e, OP_BROADCAST, &tensor, 1, &target, span);
    }
    if (tensor && (tensor->type->batched || !type_equal(tensor->type, &wanted)))
        complain(e, 702, span, "`init` of `%s` gives %s%s, not %s", name, tensor->type->batched ? "a value for each sample, " : "",
                 type_name(e->arena, tensor->type), shape_name(e, shape));
    else if (tensor)
        value = check_initial(e, name, tensor, span);
    step_inside(e->build, outside);
    return value;
}

/* --- weights -------------------------------------------------------------------------------------------------------------------- */

enum { WEIGHT_NAME, WEIGHT_SHAPE, WEIGHT_INIT, WEIGHT_PENALTY, WEIGHT_CONSTRAINT, WEIGHT_DECAY };

static bool is_given(const BuiltinCall *call, int parameter)
{
    return call->bound[parameter] && argument_value(call, parameter).kind != OBJECT_NONE;
}

/* A weight as the sum over paths sees it. */
static Object weight_on_paths(BuiltinCall *call, int32_t row)
{
    Elaborator *e = call->e;
    Tensor *tensor = tensor_value(e, e->build->root, e->build->extras[row].value);
    if (e->build->path_power == 2)
        return operate(e, OPERATOR_MULTIPLY, false, object_tensor(tensor), object_tensor(tensor), call->span);
    Object size = emit_object(e, OP_ABS, &tensor, 1, NULL, call->span);
    return e->build->path_power == 1 || size.kind == OBJECT_ERROR
               ? size
               : operate(e, OPERATOR_NONE, true, size, object_number(e->build->path_power), call->span);
}

/* A second weight of a name: the same one inside `shared`, else a mistake. */
static Object known_weight(BuiltinCall *call, int32_t row, const Shape *shape, const char *path)
{
    Elaborator *e = call->e;
    Build *build = e->build;
    const WeightInfo *known = &build->root->weights[row];
    Type type = type_of_shape(shape);
    if (!build->sharing || !build->extras[row].shared) {
        Diagnostic *diagnostic = complain(e, 701, call->span, "there are two weights called `%s`", path);
        diagnostic_note(e->diagnostics, diagnostic, known->span, "the first one is here");
        help(e, diagnostic, "give them different names, or share one on purpose: `shared(f)`");
        return error_object;
    }
    if (!type_same_shape(&known->type, &type)) {
        complain(e, 708, call->span, "the shared weight `%s` is %s in one application and %s in another", path,
                 type_name(e->arena, &known->type), shape_name(e, shape));
        return error_object;
    }
    return object_tensor(tensor_value(e, build->root, build->extras[row].value));
}

/* The weight's own penalty is part of what training minimises. */
static bool add_penalty(BuiltinCall *call, Object penalty, Tensor *weight)
{
    Elaborator *e = call->e;
    SourceSpan span = argument_span(call, WEIGHT_PENALTY);
    Object input = object_tensor(weight);
    Object value = apply_function(e, penalty, &input, 1, span);
    Value number = penalty_value(e, value, span);
    if (number.node >= 0)
        graph_add_penalty(e->build->root, number);
    return number.node >= 0;
}

/* A constraint takes the weight to one of the same shape. */
static bool check_constraint(BuiltinCall *call, Object constraint, Tensor *weight)
{
    Elaborator *e = call->e;
    SourceSpan span = argument_span(call, WEIGHT_CONSTRAINT);
    Object input = object_tensor(weight);
    Object value = apply_function(e, constraint, &input, 1, span);
    Tensor *tensor = value.kind == OBJECT_ERROR ? NULL : as_tensor(e, value, span, "a constraint", NULL);
    if (!tensor)
        return false;
    if (type_equal(tensor->type, weight->type))
        return true;
    complain(e, 607, span, "a constraint keeps the weight's shape, %s, got %s%s", type_name(e->arena, weight->type),
             type_name(e->arena, tensor->type), tensor->type->batched ? " for each sample" : "");
    return false;
}

static Object make_weight(BuiltinCall *call, const char *path, const Shape *shape, bool decay)
{
    Elaborator *e = call->e;
    Build *build = e->build;
    WeightInfo info = {.name = path, .type = type_of_shape(shape), .frozen = build->frozen, .span = call->span};
    info.decay = decay && !build->frozen;
    info.initial = call->bound[WEIGHT_INIT] ? initial_value(call, path, shape, WEIGHT_INIT) : no_value;
    if (call->bound[WEIGHT_INIT] && info.initial.node < 0)
        return error_object;
    int32_t row = graph_add_weight(build->root, info);
    Value value = graph_source(build->root, OP_WEIGHT, row, build->graph == build->root ? scope_origin(e) : 0);
    build->extras = arena_grow(e->arena, build->extras, row, &build->extra_capacity, sizeof *build->extras);
    e->blocks.escaped++;
    build->extras[row] = (WeightExtra){.value = value, .shared = build->sharing, .constraint = none_object};
    map_set(&build->weights, path, arena_copy(e->arena, &row, sizeof row));
    Tensor *tensor = tensor_value(e, build->root, value);
    build->asks_mode |= is_given(call, WEIGHT_PENALTY) || is_given(call, WEIGHT_CONSTRAINT);
    if (build->frozen || !build->training)
        return object_tensor(tensor);
    Object penalty = none_object;
    Object constraint = none_object;
    if (is_given(call, WEIGHT_PENALTY) && !argument_function(call, WEIGHT_PENALTY, &penalty))
        return error_object;
    if (is_given(call, WEIGHT_CONSTRAINT) && !argument_function(call, WEIGHT_CONSTRAINT, &constraint))
        return error_object;
    Outside outside = step_outside(build, NULL);
    bool fine = penalty.kind == OBJECT_NONE || add_penalty(call, penalty, tensor);
    fine = fine && (constraint.kind == OBJECT_NONE || check_constraint(call, constraint, tensor));
    step_inside(build, outside);
    build->extras[row].constraint = constraint;
    return fine ? object_tensor(tensor) : error_object;
}

static Object weight(BuiltinCall *call)
{
    const char *name = NULL;
    Shape shape;
    bool decay = true;
    if (!inside_net(call) || !outside_initial(call) || !read_name(call, &name) || !argument_shape(call, WEIGHT_SHAPE, &shape) ||
        !argument_boolean(call, WEIGHT_DECAY, &decay))
        return error_object;
    Build *build = call->e->build;
    const char *path = scope_join(call->e, build->scope, name);
    const int32_t *row = map_get(&build->weights, path);
    if (row && build->path_power > 0)
        return weight_on_paths(call, *row);
    return row ? known_weight(call, *row, &shape, path) : make_weight(call, path, &shape, decay);
}

/* --- states --------------------------------------------------------------------------------------------------------------------- */

enum { STATE_NAME, STATE_SHAPE, STATE_INIT };

static Object make_state(BuiltinCall *call, const char *path, const Shape *shape)
{
    Elaborator *e = call->e;
    Build *build = e->build;
    Value initial = initial_value(call, path, shape, STATE_INIT);
    if (initial.node < 0)
        return error_object;
    StateInfo info = {.name = path, .type = type_of_shape(shape), .initial = initial, .next = no_value, .span = call->span};
    StateRow *known = arena_zero(e->arena, 1, sizeof *known);
    known->row = graph_add_state(build->root, info);
    known->value = graph_source(build->root, OP_STATE, known->row, build->graph == build->root ? scope_origin(e) : 0);
    map_set(&build->states, path, known);
    return object_tensor(tensor_value(e, build->root, known->value));
}

static Object state(BuiltinCall *call)
{
    const char *name = NULL;
    Shape shape;
    if (!inside_net(call) || !outside_initial(call) || !read_name(call, &name) || !argument_shape(call, STATE_SHAPE, &shape))
        return error_object;
    Build *build = call->e->build;
    const char *path = scope_join(call->e, build->scope, name);
    const StateRow *known = map_get(&build->states, path);
    if (build->path_power > 0) {
        complain(call->e, 537, call->span, "`path_norm` is for nets without states, and `%s` is one", path);
        return error_object;
    }
    if (!known)
        return make_state(call, path, &shape);
    Type type = type_of_shape(&shape);
    const StateInfo *info = &build->root->states[known->row];
    if (build->sharing && type_same_shape(&info->type, &type))
        return object_tensor(tensor_value(call->e, build->root, known->value));
    Diagnostic *diagnostic = complain(call->e, 701, call->span, "there are two states called `%s`", path);
    diagnostic_note(call->e->diagnostics, diagnostic, info->span, "the first one is here");
    return error_object;
}

/* The row of the state that a tensor reads, or -1. */
static int32_t state_row(const Build *build, const Tensor *tensor)
{
    if (!tensor || tensor->data || tensor->graph != build->root)
        return -1;
    const Node *node = graph_node(build->root, tensor->value);
    return node->op == OP_STATE ? (int32_t)node->attributes[0].integer : -1;
}

static Object set_next(BuiltinCall *call, int32_t row, Tensor *value)
{
    Elaborator *e = call->e;
    Build *build = e->build;
    StateInfo *info = &build->root->states[row];
    if (!type_equal(&info->type, value->type)) {
        Diagnostic *diagnostic = complain(e, 709, argument_span(call, 1), "the state `%s` is %s, and its next value is %s%s",
                                          info->name, type_name(e->arena, &info->type), type_name(e->arena, value->type),
                                          value->type->batched ? " for each sample" : "");
        if (value->type->batched)
            help(e, diagnostic, "`batch_mean(x)` makes one value of a batch");
        return error_object;
    }
    if (info->next.node >= 0) {
        complain(e, 704, call->span, "the state `%s` is updated twice in one step", info->name);
        return error_object;
    }
    info->next = tensor_in_graph(e, value, argument_span(call, 1));
    return info->next.node < 0 ? error_object : object_tensor(value);
}

static Object update(BuiltinCall *call)
{
    Elaborator *e = call->e;
    Tensor *value = NULL;
    Tensor *target = NULL;
    if (!inside_net(call) || !argument_tensor(call, 0, &target) || !argument_tensor(call, 1, &value))
        return error_object;
    int32_t row = state_row(e->build, target);
    if (row < 0) {
        complain(e, 705, argument_span(call, 0), "`update` takes a state, as `state(...)` gives it, got %s",
                 describe(e, argument_value(call, 0)));
        return error_object;
    }
    if (e->build->region) {
        complain(e, 707, call->span, "a state cannot be updated inside a scan: it has one value a step");
        return error_object;
    }
    e->build->asks_mode = true;
    if (!e->build->training || e->build->frozen)
        return object_tensor(value);
    return set_next(call, row, value);
}

/* --- shared, frozen, penalize --------------------------------------------------------------------------------------------------- */

/* Where the weights of a `shared` are named: by the `let` that binds it, else by counting. */
static const char *shared_path(Elaborator *e)
{
    if (e->build && e->binding)
        return e->build->scope->path;
    if (e->build)
        return scope_join(e, e->build->scope, scope_ordinal(e, "shared"));
    if (e->binding)
        return e->binding;
    return arena_printf(e->arena, "shared%lld", (long long)++e->unnamed_shared);
}

static Object shared(BuiltinCall *call)
{
    Elaborator *e = call->e;
    Object inner = none_object;
    if (!argument_function(call, 0, &inner))
        return error_object;
    Function *function = function_make(e, FUNCTION_SHARED, inner.function->name, call->span);
    function->wrapped.inner = inner;
    function->wrapped.path = shared_path(e);
    return object_function(function);
}

static Object frozen(BuiltinCall *call)
{
    Object inner = none_object;
    if (!argument_function(call, 0, &inner))
        return error_object;
    Function *function = function_make(call->e, FUNCTION_FROZEN, inner.function->name, call->span);
    function->wrapped.inner = inner;
    return object_function(function);
}

static Object penalize(BuiltinCall *call)
{
    Elaborator *e = call->e;
    Object penalty = none_object;
    Object x = argument_value(call, 0);
    if (!inside_net(call) || !argument_function(call, 1, &penalty))
        return error_object;
    e->build->asks_mode = true;
    if (!e->build->training || e->build->frozen)
        return x;
    Object value = apply_function(e, penalty, &x, 1, argument_span(call, 1));
    if (value.kind != OBJECT_ERROR && e->build->region) {
        complain(e, 608, argument_span(call, 1), "a penalty cannot stand inside a scan; penalize what the scan gives");
        return error_object;
    }
    Value number = penalty_value(e, value, argument_span(call, 1));
    if (number.node < 0)
        return error_object;
    graph_add_penalty(e->build->root, number);
    return x;
}

const Builtin builtin_weights[] = {
    {.name = "weight",
     .summary = "a trainable tensor, named by its place in the net",
     .parameters = {"name", "shape", "init", "penalty", "constraint", "decay"},
     .required = 2,
     .call = weight},
    {.name = "state",
     .summary = "a tensor that a training step reads and may replace",
     .parameters = {"name", "shape", "init"},
     .required = 3,
     .call = state},
    {.name = "update",
     .summary = "v, which becomes the state's value after the step",
     .parameters = {"s", "v"},
     .required = 2,
     .call = update},
    {.name = "shared",
     .summary = "a layer that has one set of weights wherever it is applied",
     .parameters = {"f"},
     .required = 1,
     .call = shared},
    {.name = "frozen", .summary = "a layer whose weights are not trained", .parameters = {"f"}, .required = 1, .call = frozen},
    {.name = "penalize",
     .summary = "x, and training keeps p(x) small",
     .parameters = {"x", "penalty"},
     .required = 2,
     .waits = WAITS_FOR_TENSOR,
     .call = penalize},
    {.name = NULL},
};
