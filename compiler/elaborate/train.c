/* `train` blocks: their settings, the objective and the penalties they add to the training Graph, and a trial of the optimizer. */
#include "elaborate/train.h"

#include <string.h>

/* --- settings ------------------------------------------------------------------------------------------------------------------- */

enum { MOST_COUNT = 1 << 30 };

static const char *const known_settings[] = {"data",    "validate", "loss",     "penalty",    "on",     "optimizer",
                                             "epochs",  "batch",    "seed",     "clip",       "groups", "weights",
                                             "average", "patience", "proximal", "accumulate", "plateau"};
enum { SETTING_COUNT = sizeof known_settings / sizeof known_settings[0] };

static bool is_setting(const char *name)
{
    for (int i = 0; i < SETTING_COUNT; i++)
        if (strcmp(known_settings[i], name) == 0)
            return true;
    return false;
}

static bool refuse(Elaborator *e, const AstArgument *entry, Object value, const char *wanted)
{
    if (value.kind != OBJECT_ERROR)
        complain(e, 530, entry->value->span, "the setting `%s` of `train` is %s, got %s", entry->name.text, wanted,
                 describe(e, value));
    return false;
}

/* A loss takes (output, sample), an optimizer (weight, gradient), a penalty one tensor; `takes` says so. */
static bool read_function(Elaborator *e, Unit *unit, const AstArgument *entry, Object value, int64_t inputs, const char *takes,
                          Object *result)
{
    *result = complete_function(e, value, entry->value->span);
    int64_t own = function_inputs(*result);
    if (result->kind == OBJECT_FUNCTION && (own < 0 || own == inputs))
        return true;
    Object refused = *result;
    *result = none_object;
    if (refused.kind == OBJECT_FUNCTION) {
        complain(e, 530, entry->value->span, "the setting `%s` of `train` is a function of %s; this one takes %lld input%s",
                 entry->name.text, takes, (long long)own, own == 1 ? "" : "s");
    } else if (refused.kind != OBJECT_ERROR) {
        Diagnostic *diagnostic = complain(e, 530, entry->value->span, "the setting `%s` of `train` is a function of %s, got %s",
                                          entry->name.text, takes, describe(e, refused));
        if (refused.kind == OBJECT_STRING && is_global(e, unit, refused.string))
            help(e, diagnostic, "write the function itself: `%s = %s`", entry->name.text, refused.string);
    }
    return false;
}

static bool read_data(Elaborator *e, const AstArgument *entry, Object value, Object *result)
{
    if (value.kind == OBJECT_DATA) {
        *result = value;
        return true;
    }
    Diagnostic *diagnostic =
        complain(e, 530, entry->value->span, "the setting `%s` of `train` is data, got %s", entry->name.text, describe(e, value));
    if (value.kind == OBJECT_RECORD && record_find(value.record, "first"))
        help(e, diagnostic, "`split` gives two parts: take `.first` or `.second`");
    else if (value.kind == OBJECT_STRING)
        help(e, diagnostic, "a reader makes data of a file: `idx(...)`, `csv(...)`, `folder(...)`");
    return false;
}

static bool read_count(Elaborator *e, const AstArgument *entry, Object value, int64_t least, int64_t most, int64_t *result)
{
    const char *what = arena_printf(e->arena, "the setting `%s` of `train`", entry->name.text);
    return as_whole(e, value, entry->value->span, what, least, most, result);
}

static bool read_on(Elaborator *e, const AstArgument *entry, Object value, bool *all)
{
    if (value.kind != OBJECT_STRING || (strcmp(value.string, "all") != 0 && strcmp(value.string, "decay") != 0))
        return refuse(e, entry, value, "`all`, or `decay` for the weights with decay=true");
    *all = strcmp(value.string, "all") == 0;
    return true;
}

static bool read_clip(Elaborator *e, const AstArgument *entry, Object value, double *clip)
{
    if (value.kind != OBJECT_NUMBER || !(value.number > 0))
        return refuse(e, entry, value, "a number above 0");
    *clip = value.number;
    return true;
}

static bool all_strings(const List *list)
{
    for (int64_t i = 0; i < list->count; i++)
        if (list->items[i].kind != OBJECT_STRING)
            return false;
    return list->count > 0;
}

/* A name of weights, or a list of some. */
static bool read_names(Elaborator *e, const AstArgument *entry, Object value, const List **names)
{
    if (value.kind == OBJECT_STRING) {
        Object *item = arena_copy(e->arena, &value, sizeof value);
        value = list_of(e, item, 1, entry->value->span);
    }
    if (value.kind != OBJECT_LIST || !all_strings(value.list))
        return refuse(e, entry, value, "the name of weights, such as \"conv1\", or a list of names");
    *names = value.list;
    return true;
}

/* A list of records {weights, optimizer}; the names are made lists and the optimizers functions. */
static bool read_groups(Elaborator *e, Unit *unit, const AstArgument *entry, Object value, const List **groups)
{
    static const char *const fields[] = {"weights", "optimizer"};
    static const char wanted[] = "a list of records {weights: \"conv1\", optimizer: sgd(...)}";
    if (value.kind != OBJECT_LIST || value.list->count == 0)
        return refuse(e, entry, value, wanted);
    Object *items = arena_take(e->arena, (size_t)value.list->count * sizeof *items);
    for (int64_t i = 0; i < value.list->count; i++) {
        Object item = value.list->items[i];
        const Object *weights = item.kind == OBJECT_RECORD ? record_find(item.record, "weights") : NULL;
        const Object *optimizer = item.kind == OBJECT_RECORD ? record_find(item.record, "optimizer") : NULL;
        if (!weights || !optimizer)
            return refuse(e, entry, item, wanted);
        const List *names = NULL;
        Object *values = arena_take(e->arena, 2 * sizeof *values);
        if (!read_names(e, entry, *weights, &names) ||
            !read_function(e, unit, entry, *optimizer, 2, "a weight and its gradient", &values[1]))
            return false;
        values[0] = (Object){.kind = OBJECT_LIST, .list = names};
        items[i] = object_record(e->arena, fields, values, 2);
    }
    *groups = list_of(e, items, value.list->count, entry->value->span).list;
    return true;
}

static bool read_share(Elaborator *e, const AstArgument *entry, Object value, double *share)
{
    if (value.kind != OBJECT_NUMBER || !(value.number > 0 && value.number < 1))
        return refuse(e, entry, value, "a number between 0 and 1");
    *share = value.number;
    return true;
}

/* {patience, factor} */
static bool read_plateau(Elaborator *e, const AstArgument *entry, Object value, Training *training)
{
    const Object *patience = value.kind == OBJECT_RECORD ? record_find(value.record, "patience") : NULL;
    const Object *factor = value.kind == OBJECT_RECORD ? record_find(value.record, "factor") : NULL;
    if (!patience || !factor)
        return refuse(e, entry, value, "a record such as {patience: 3, factor: 0.5}");
    return read_count(e, entry, *patience, 1, MOST_COUNT, &training->plateau) &&
           read_share(e, entry, *factor, &training->plateau_factor);
}

/* The settings of how weights change, beside the optimizer. */
static bool read_change(Elaborator *e, Unit *unit, Training *training, const AstArgument *entry, Object value)
{
    const char *name = entry->name.text;
    if (strcmp(name, "proximal") == 0)
        return read_function(e, unit, entry, value, 2, "a weight and the size of a step", &training->proximal);
    if (strcmp(name, "groups") == 0)
        return read_groups(e, unit, entry, value, &training->groups);
    if (strcmp(name, "weights") == 0)
        return read_names(e, entry, value, &training->only);
    if (strcmp(name, "accumulate") == 0)
        return read_count(e, entry, value, 1, MOST_COUNT, &training->accumulate);
    if (strcmp(name, "average") == 0)
        return read_share(e, entry, value, &training->average);
    if (strcmp(name, "patience") == 0)
        return read_count(e, entry, value, 1, MOST_COUNT, &training->patience);
    if (strcmp(name, "plateau") == 0)
        return read_plateau(e, entry, value, training);
    return read_clip(e, entry, value, &training->clip);
}

static bool read_entry(Elaborator *e, Unit *unit, Training *training, const AstArgument *entry, Object value)
{
    const char *name = entry->name.text;
    if (value.kind == OBJECT_ERROR)
        return false;
    if (strcmp(name, "data") == 0)
        return read_data(e, entry, value, &training->data);
    if (strcmp(name, "validate") == 0)
        return read_data(e, entry, value, &training->validate);
    if (strcmp(name, "loss") == 0)
        return read_function(e, unit, entry, value, 2, "the output and the sample", &training->loss);
    if (strcmp(name, "penalty") == 0)
        return value.kind == OBJECT_NONE || read_function(e, unit, entry, value, 1, "a tensor", &training->penalty);
    if (strcmp(name, "optimizer") == 0)
        return read_function(e, unit, entry, value, 2, "a weight and its gradient", &training->optimizer);
    if (strcmp(name, "on") == 0)
        return read_on(e, entry, value, &training->all);
    if (strcmp(name, "epochs") == 0)
        return read_count(e, entry, value, 0, MOST_COUNT, &training->epochs);
    if (strcmp(name, "batch") == 0)
        return read_count(e, entry, value, 1, MOST_COUNT, &training->batch);
    if (strcmp(name, "seed") == 0)
        return read_count(e, entry, value, 0, INT64_C(1) << 53, &training->seed);
    return read_change(e, unit, training, entry, value);
}

static bool unknown_entry(Elaborator *e, const AstArgument *entry)
{
    Diagnostic *diagnostic = complain(e, 401, entry->name.span, "`train` has no setting `%s`", entry->name.text);
    const char *near = suggest_setting(entry->name.text, known_settings, SETTING_COUNT);
    if (near)
        help(e, diagnostic, "did you mean `%s`?", near);
    else
        help(e, diagnostic,
             "it has data, validate, loss, penalty, on, optimizer, epochs, batch, seed and more: see `train` in the reference");
    return false;
}

static bool read_entries(Elaborator *e, Unit *unit, Training *training)
{
    const AstArguments *entries = &training->ast->train.entries;
    Map seen = map_make(e->arena);
    bool fine = true;
    for (int64_t i = 0; i < entries->count; i++) {
        const AstArgument *entry = &entries->items[i];
        map_set(&seen, entry->name.text, training);
        Object value = evaluate(e, entry->value, (View){unit->root, 0});
        bool known = is_setting(entry->name.text);
        fine = (known ? read_entry(e, unit, training, entry, value) : unknown_entry(e, entry)) && fine;
    }
    static const char *const needed[] = {"data", "loss"};
    for (int i = 0; i < 2; i++)
        if (!map_has(&seen, needed[i])) {
            complain(e, 402, training->ast->train.net.span, "`train` needs `%s`", needed[i]);
            fine = false;
        }
    return fine;
}

static bool read_net_settings(Elaborator *e, Unit *unit, Training *training)
{
    const AstArguments *given = &training->ast->train.arguments;
    Argument *items = arena_take(e->arena, (size_t)given->count * sizeof *items);
    bool fine = true;
    for (int64_t i = 0; i < given->count; i++) {
        Object value = evaluate(e, given->items[i].value, (View){unit->root, 0});
        items[i] = (Argument){given->items[i].name.text, given->items[i].name.span, given->items[i].value->span, value};
        fine &= value.kind != OBJECT_ERROR;
    }
    training->settings = (Arguments){items, given->count};
    return fine;
}

Training *training_read(Elaborator *e, Unit *unit, const Ast *train)
{
    Surroundings outside = leave_surroundings(e);
    Training *training = arena_zero(e->arena, 1, sizeof *training);
    *training = (Training){
        .ast = train, .net = unit_find(unit, train->train.net.text), .epochs = 10, .batch = 32, .seed = 0, .accumulate = 1};
    training->proximal = training->data = training->validate = training->loss = training->penalty = training->optimizer =
        none_object;
    if (training->net && training->net->ast->kind == AST_NET) {
        training->fine = read_net_settings(e, unit, training);
        training->fine = read_entries(e, unit, training) && training->fine;
    }
    enter_surroundings(e, outside);
    return training;
}

/* --- sample --------------------------------------------------------------------------------------------------------------------- */

/* The label of an output: the number of the class, or a tensor of the output's shape; null after complaining. */
static Tensor *label_of(Elaborator *e, Sample *sample, int64_t index, SourceSpan span)
{
    if (sample->labels[index])
        return sample->labels[index];
    Graph *root = e->build->root;
    const Declared *declared = &sample->outputs->declared[index];
    const char *const *names = sample->outputs->names;
    InputInfo input = {.name = names ? arena_printf(e->arena, "label.%s", names[index]) : "label", .type = declared->type};
    for (int64_t i = 0; i < sample->input_count; i++)
        if (strcmp(root->inputs[i].name, input.name) == 0) {
            help(e, complain(e, 302, span, "`label` is an input of the net, and what training compares the output with"),
                 "give the input another name");
            return NULL;
        }
    if (declared->classes > 0) {
        input.type = (Type){.element = ELEMENT_INTEGER, .batched = true};
        input.kind = INPUT_INTEGERS;
        input.below = declared->classes;
    }
    int32_t row = graph_add_input(root, input);
    sample->labels[index] = tensor_value(e, root, graph_source(root, OP_INPUT, row, 0));
    return sample->labels[index];
}

static Object label_object(Elaborator *e, Sample *sample, SourceSpan span)
{
    const Outputs *outputs = sample->outputs;
    if (!outputs->names)
        return object_tensor(label_of(e, sample, 0, span));
    Object *values = arena_take(e->arena, (size_t)outputs->count * sizeof *values);
    for (int64_t i = 0; i < outputs->count; i++)
        values[i] = object_tensor(label_of(e, sample, i, span));
    return object_record(e->arena, outputs->names, values, outputs->count);
}

Tensor *sample_label(Elaborator *e, Sample *sample, SourceSpan span)
{
    if (!sample->outputs->names)
        return label_of(e, sample, 0, span);
    help(e, complain(e, 506, span, "a net with several outputs has several labels"), "`sample.label.%s` is one of them",
         sample->outputs->names[0]);
    return NULL;
}

/* A field of the sample: an input of the net, or the label. */
Object sample_field(Elaborator *e, Sample *sample, const AstName *name)
{
    Graph *root = e->build->root;
    const char **names = arena_take(e->arena, (size_t)(root->input_count + 1) * sizeof *names);
    for (int64_t i = 0; i < sample->input_count; i++) {
        names[i] = root->inputs[i].name;
        if (strcmp(names[i], name->text) == 0)
            return object_tensor(sample->inputs[i]);
    }
    if (strcmp(name->text, "label") == 0)
        return label_object(e, sample, name->span);
    names[sample->input_count] = "label";
    Diagnostic *diagnostic = complain(e, 507, name->span, "a sample has no field `%s`", name->text);
    const char *near = nearest_name(name->text, names, sample->input_count + 1);
    if (near)
        help(e, diagnostic, "did you mean `%s`?", near);
    else
        help(e, diagnostic, "it has the inputs of the net, such as `%s`, and `label`", names[0]);
    return error_object;
}

/* --- objective ------------------------------------------------------------------------------------------------------------------ */

static Sample *sample_make(Elaborator *e, const Outputs *outputs)
{
    Build *build = e->build;
    Sample *sample = arena_zero(e->arena, 1, sizeof *sample);
    sample->outputs = outputs;
    sample->labels = arena_zero(e->arena, (size_t)outputs->count, sizeof(Tensor *));
    sample->input_count = build->root->input_count;
    sample->inputs = arena_take(e->arena, (size_t)sample->input_count * sizeof(Tensor *));
    for (int64_t node = 0; node < build->root->node_count; node++)
        if (build->root->nodes[node].op == OP_INPUT)
            sample->inputs[build->root->nodes[node].attributes[0].integer] =
                tensor_value(e, build->root, (Value){(int32_t)node, 0});
    return sample;
}

static bool elaborate_loss(Elaborator *e, const Training *training, const Outputs *outputs, Object value, SourceSpan span)
{
    Object inputs[] = {value, {.kind = OBJECT_SAMPLE, .sample = sample_make(e, outputs)}};
    Object loss = apply_function(e, training->loss, inputs, 2, span);
    Tensor *tensor = loss.kind == OBJECT_ERROR ? NULL : as_tensor(e, loss, span, "a loss", NULL);
    if (!tensor)
        return false;
    if (tensor->type->rank != 0 || tensor->type->element != ELEMENT_REAL || !tensor->type->batched) {
        Diagnostic *diagnostic = complain(e, 608, span, "a loss is one number for each sample, got %s%s",
                                          type_name(e->arena, tensor->type), tensor->type->batched ? "" : " for the whole batch");
        if (tensor->type->rank > 0)
            help(e, diagnostic, "take its mean: `reduce_mean(...)`");
        return false;
    }
    e->build->root->objective = tensor_in_graph(e, tensor, span);
    return e->build->root->objective.node >= 0;
}

/* --- penalties of the network --------------------------------------------------------------------------------------------------- */

/* Whether a penalty is one of the net as a whole, or is made of one. */
static bool is_of_net(Object object)
{
    if (object.kind != OBJECT_FUNCTION)
        return false;
    if (object.function->kind == FUNCTION_POINTWISE)
        return is_of_net(object.function->pointwise.left) || is_of_net(object.function->pointwise.right);
    return object.function->kind == FUNCTION_PRODUCT || object.function->kind == FUNCTION_PATHS;
}

static Tensor *weight_tensor(Elaborator *e, int64_t row)
{
    return tensor_value(e, e->build->root, e->build->extras[row].value);
}

static bool is_covered(const Elaborator *e, const Training *training, int64_t row)
{
    const WeightInfo *weight = &e->build->root->weights[row];
    return !weight->frozen && (weight->decay || training->all);
}

/* Combines p(w) over covered weights [start, end) by an operator; none_object when there are none. */
static Object over_weights(Elaborator *e, const Training *training, Object penalty, int64_t start, int64_t end,
                           AstOperator operation, SourceSpan span)
{
    Object result = none_object;
    for (int64_t i = start; i < end && result.kind != OBJECT_ERROR; i++) {
        if (!is_covered(e, training, i))
            continue;
        Object weight = object_tensor(weight_tensor(e, i));
        Object value = apply_function(e, penalty, &weight, 1, span);
        result = result.kind == OBJECT_NONE ? value : operate(e, operation, false, result, value, span);
    }
    return result;
}

/* product(p): the sum over the slices of the net's outermost sum of the product of p over each slice's weights. */
static Object over_slices(Elaborator *e, const Training *training, const Function *product, Object output, SourceSpan span)
{
    Build *build = e->build;
    bool outermost = output.kind == OBJECT_TENSOR && build->sum.node >= 0 && output.tensor->graph == build->root &&
                     value_equal(output.tensor->value, build->sum);
    if (!outermost) {
        help(e, complain(e, 531, span, "`product` needs a net whose value is the sum of a list"),
             "for example `sum([x |> dense(1) |> relu |> dense(3) for i in 1..64])`");
        return error_object;
    }
    Object total = none_object;
    for (int64_t i = 0; i < build->sum_count && total.kind != OBJECT_ERROR; i++) {
        Object slice = over_weights(e, training, product->wrapped.inner, build->sum_weights[i], build->sum_weights[i + 1],
                                    OPERATOR_MULTIPLY, span);
        if (slice.kind != OBJECT_NONE)
            total = total.kind == OBJECT_NONE ? slice : operate(e, OPERATOR_ADD, false, total, slice, span);
    }
    return total;
}

static Object network_penalty(Elaborator *e, const Training *training, Object penalty, Object output, SourceSpan span)
{
    if (penalty.kind != OBJECT_FUNCTION)
        return penalty;
    const Function *function = penalty.function;
    if (function->kind == FUNCTION_PRODUCT)
        return over_slices(e, training, function, output, span);
    if (function->kind == FUNCTION_PATHS)
        return path_norm_of_net(e, training, function, span);
    if (function->kind == FUNCTION_POINTWISE && is_of_net(penalty)) {
        Object left = network_penalty(e, training, function->pointwise.left, output, span);
        Object right = network_penalty(e, training, function->pointwise.right, output, span);
        return operate(e, function->pointwise.operation, function->pointwise.power, left, right, span);
    }
    return over_weights(e, training, penalty, 0, e->build->root->weight_count, OPERATOR_ADD, span);
}

static bool elaborate_penalty(Elaborator *e, const Training *training, Object output, SourceSpan span)
{
    Object value = network_penalty(e, training, training->penalty, output, span);
    if (value.kind == OBJECT_NONE)
        return true;
    Value number = penalty_value(e, value, span);
    if (number.node >= 0)
        graph_add_penalty(e->build->root, number);
    return number.node >= 0;
}

/* --- optimizer ------------------------------------------------------------------------------------------------------------------ */

bool optimizer_result(Elaborator *e, Object value, const Type *type, SourceSpan span, Tensor **weight, Object *step)
{
    *step = none_object;
    *weight = NULL;
    const Object *next = value.kind == OBJECT_RECORD ? record_find(value.record, "weight") : NULL;
    const Object *size = value.kind == OBJECT_RECORD ? record_find(value.record, "step") : NULL;
    if (next)
        value = *next;
    if (size)
        *step = *size;
    Tensor *tensor = value.kind == OBJECT_ERROR ? NULL : as_tensor(e, value, span, "the value of an optimizer", NULL);
    if (!tensor)
        return false;
    *weight = tensor;
    if (type_equal(tensor->type, type))
        return true;
    complain(e, 607, span, "an optimizer keeps the weight's shape, %s, got %s", type_name(e->arena, type),
             type_name(e->arena, tensor->type));
    return false;
}

/* The optimizer over a weight of this type and a pretended gradient, in a Graph that nobody keeps. */
static bool try_optimizer(Elaborator *e, const Training *training, const WeightInfo *weight, SourceSpan span)
{
    Surroundings outside = leave_surroundings(e);
    Build *build = build_make(e, "optimizer", true);
    e->build = build;
    build->scope = scope_root(e, build->root, weight->name);
    int32_t row = graph_add_weight(build->root, (WeightInfo){.name = weight->name, .type = weight->type, .initial = no_value});
    int32_t input = graph_add_input(build->root, (InputInfo){.name = "gradient", .type = weight->type});
    Object inputs[] = {object_tensor(tensor_value(e, build->root, graph_source(build->root, OP_WEIGHT, row, 0))),
                       object_tensor(tensor_value(e, build->root, graph_source(build->root, OP_INPUT, input, 0)))};
    Object next = apply_function(e, training->optimizer, inputs, 2, span);
    Tensor *tensor = NULL;
    Object size;
    bool fine = optimizer_result(e, next, &weight->type, span, &tensor, &size);
    enter_surroundings(e, outside);
    return fine;
}

static bool check_optimizer(Elaborator *e, const Training *training, SourceSpan span)
{
    const Graph *graph = e->build->root;
    Map seen = map_make(e->arena);
    for (int64_t i = 0; i < graph->weight_count; i++) {
        Text key = text_make(e->arena);
        type_print(&graph->weights[i].type, &key);
        if (map_has(&seen, text_string(&key)))
            continue;
        map_set(&seen, text_string(&key), &seen);
        if (!try_optimizer(e, training, &graph->weights[i], span))
            return false;
    }
    return true;
}

/* --- all of it ------------------------------------------------------------------------------------------------------------------ */

static SourceSpan entry_span(const Training *training, const char *name)
{
    const AstArguments *entries = &training->ast->train.entries;
    for (int64_t i = 0; i < entries->count; i++)
        if (strcmp(entries->items[i].name.text, name) == 0)
            return entries->items[i].value->span;
    return training->ast->train.net.span;
}

static Scope *enter_part(Elaborator *e, const char *part, SourceSpan span)
{
    Scope *outer = e->build->scope;
    e->build->scope = scope_child(e, part, NULL, span);
    return outer;
}

bool elaborate_objective(Elaborator *e, Training *training, const Outputs *outputs, Object value)
{
    bool fine = true;
    e->trail = NULL;
    if (training->loss.kind == OBJECT_FUNCTION) {
        Scope *outer = enter_part(e, "loss", entry_span(training, "loss"));
        fine = elaborate_loss(e, training, outputs, value, entry_span(training, "loss"));
        e->build->scope = outer;
    }
    if (!e->build->training)
        return fine;
    if (training->penalty.kind == OBJECT_FUNCTION) {
        Scope *outer = enter_part(e, "penalty", entry_span(training, "penalty"));
        fine = elaborate_penalty(e, training, value, entry_span(training, "penalty")) && fine;
        e->build->scope = outer;
    }
    if (training->optimizer.kind == OBJECT_FUNCTION)
        fine = check_optimizer(e, training, entry_span(training, "optimizer")) && fine;
    if (training->step && fine)
        fine = elaborate_step(e, training, entry_span(training, "optimizer"));
    return fine;
}
