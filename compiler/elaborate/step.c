/* A step of training: what a `train` block adds to the objective so that weights change.
 *
 * The gradient is made by a transform, behind elaboration. Here each trained weight gets an input that stands for its gradient, and the
 * optimizer, which is a function of the language, is applied to both. The transform puts the real gradients where these inputs are. */
#include "elaborate/elaborator.h"
#include "elaborate/train.h"
#include "syntax/parse.h"

#include <string.h>

/* --- gradients ------------------------------------------------------------------------------------------------------------------ */

static Tensor *weight_of(Elaborator *e, int64_t row)
{
    return tensor_value(e, e->build->root, e->build->extras[row].value);
}

/* An input of the Graph that stands for the gradient of a weight. */
static Tensor *pretend_gradient(Elaborator *e, StepWeight *weight)
{
    Graph *root = e->build->root;
    const WeightInfo *info = &root->weights[weight->weight];
    InputInfo input = {.name = arena_printf(e->arena, "gradient.%s", info->name), .type = info->type};
    weight->gradient = graph_add_input(root, input);
    return tensor_value(e, root, graph_source(root, OP_INPUT, weight->gradient, scope_origin(e)));
}

/* A function of the standard library by its name, applied to inputs. */
static Object apply_named(Elaborator *e, const char *name, const Object *inputs, int64_t count, SourceSpan span)
{
    Object function = name_lookup(e, name, span, (View){e->module->prelude->root, 0});
    return function.kind == OBJECT_ERROR ? function : apply_function(e, complete_function(e, function, span), inputs, count, span);
}

/* Scales all gradients down when their norm, taken together, is above the limit. */
static bool clip_gradients(Elaborator *e, const Training *training, Object *gradients, int64_t count, SourceSpan span)
{
    Object inputs[] = {list_of(e, gradients, count, span), object_number(training->clip)};
    Object scale = apply_named(e, "clip_factor", inputs, 2, span);
    for (int64_t i = 0; i < count && scale.kind != OBJECT_ERROR; i++) {
        gradients[i] = operate(e, OPERATOR_MULTIPLY, false, gradients[i], scale, span);
        if (gradients[i].kind == OBJECT_ERROR)
            return false;
    }
    return scale.kind != OBJECT_ERROR;
}

/* --- optimizer ------------------------------------------------------------------------------------------------------------------ */

/* Enters a scope for each part of a weight's name, so that states of the optimizer are called "optimizer.conv1.weight.velocity". */
static void enter_name(Elaborator *e, const char *name, SourceSpan span)
{
    e->build->scope = scope_child(e, "optimizer", NULL, span);
    while (*name) {
        size_t length = strcspn(name, ".");
        e->build->scope = scope_child(e, arena_string(e->arena, name, length), NULL, span);
        name += length + (name[length] == '.');
    }
}

bool names_cover(const List *names, const char *weight)
{
    for (int64_t i = 0; i < names->count; i++) {
        size_t length = strlen(names->items[i].string);
        if (strncmp(names->items[i].string, weight, length) == 0 && (weight[length] == '.' || weight[length] == '\0'))
            return true;
    }
    return false;
}

/* That of the first group that covers the weight, else the block's, else plain descent. */
static Object find_optimizer(Elaborator *e, const Training *training, const char *weight, SourceSpan span)
{
    for (int64_t i = 0; training->groups && i < training->groups->count; i++) {
        const Record *group = training->groups->items[i].record;
        if (names_cover(record_find(group, "weights")->list, weight))
            return *record_find(group, "optimizer");
    }
    if (training->optimizer.kind == OBJECT_FUNCTION)
        return training->optimizer;
    return complete_function(e, name_lookup(e, "sgd", span, (View){e->module->prelude->root, 0}), span);
}

static SourceSpan entry_place(const Training *training, const char *name, SourceSpan otherwise)
{
    const AstArguments *entries = &training->ast->train.entries;
    for (int64_t i = 0; i < entries->count; i++)
        if (strcmp(entries->items[i].name.text, name) == 0)
            return entries->items[i].value->span;
    return otherwise;
}

/* The proximal function behind the optimizer, on the weights that a network's penalty covers. */
static Object apply_proximal(Elaborator *e, const Training *training, const WeightInfo *info, Object next, Object size,
                             SourceSpan span)
{
    if (training->proximal.kind != OBJECT_FUNCTION || !(info->decay || training->all))
        return next;
    span = entry_place(training, "proximal", span);
    if (size.kind == OBJECT_NONE) {
        help(e, complain(e, 533, span, "`proximal` needs the size of a step, which this optimizer does not say"),
             "let it give a record: `{weight: w - rate * g, step: rate}`");
        return error_object;
    }
    Object inputs[] = {next, size};
    return apply_function(e, training->proximal, inputs, 2, span);
}

/* The weight's value after the step; no_value after complaining. */
static Value optimize_weight(Elaborator *e, const Training *training, const StepWeight *weight, Object gradient, SourceSpan span)
{
    const WeightInfo *info = &e->build->root->weights[weight->weight];
    Object inputs[] = {object_tensor(weight_of(e, weight->weight)), gradient};
    Tensor *tensor = NULL;
    Object size;
    Object next = apply_function(e, find_optimizer(e, training, info->name, span), inputs, 2, span);
    if (next.kind == OBJECT_ERROR || !optimizer_result(e, next, &info->type, span, &tensor, &size))
        return no_value;
    next = apply_proximal(e, training, info, object_tensor(tensor), size, span);
    Object constraint = e->build->extras[weight->weight].constraint;
    if (next.kind != OBJECT_ERROR && constraint.kind != OBJECT_NONE)
        next = apply_function(e, constraint, &next, 1, span);
    if (next.kind == OBJECT_ERROR || !optimizer_result(e, next, &info->type, span, &tensor, &size))
        return no_value;
    return tensor_in_graph(e, tensor, span);
}

/* --- accumulation --------------------------------------------------------------------------------------------------------------- */

/* A state of the optimizer's scope, with its next value. */
static Object keep_state(Elaborator *e, const char *name, const WeightInfo *info, Object next, SourceSpan span)
{
    Object shape = object_shape(e->arena, info->type.size, info->type.rank);
    Object zeros = name_lookup(e, "zeros", span, (View){e->module->prelude->root, 0});
    Argument arguments[] = {{NULL, span, span, object_string(name)}, {NULL, span, span, shape}, {"init", span, span, zeros}};
    Object state =
        call_function(e, name_lookup(e, "state", span, (View){e->module->prelude->root, 0}), (Arguments){arguments, 3}, span);
    if (state.kind == OBJECT_ERROR || next.kind == OBJECT_NONE)
        return state;
    Argument both[] = {{NULL, span, span, state}, {NULL, span, span, next}};
    return call_function(e, name_lookup(e, "update", span, (View){e->module->prelude->root, 0}), (Arguments){both, 2}, span);
}

/* step, counted in changes of the weights, and whether this step is one: for each `accumulate` steps the last. */
typedef struct Accumulation {
    Object last; /* a boolean tensor; OBJECT_NONE: every step is one */
    double every;
} Accumulation;

static Accumulation begin_accumulation(Elaborator *e, const Training *training, SourceSpan span)
{
    Accumulation result = {.last = none_object, .every = (double)training->accumulate};
    if (training->accumulate == 1)
        return result;
    Object step = name_lookup(e, "step", span, (View){e->module->prelude->root, 0});
    Object every = object_number(result.every);
    Object rest = operate(e, OPERATOR_REMAINDER, false, step, every, span);
    result.last = operate(e, OPERATOR_EQUAL, false, rest, object_number(result.every - 1), span);
    Object changes = operate(e, OPERATOR_FLOOR_DIVIDE, false, step, every, span);
    if (changes.kind == OBJECT_TENSOR) /* from here on, what schedules and optimizers see as `step` */
        map_set(&e->build->numbers, "step", changes.tensor);
    return result;
}

/* A value that takes effect in the last of the steps only. */
static Value only_last(Elaborator *e, const Accumulation *accumulation, Value next, Value before, SourceSpan span)
{
    Graph *root = e->build->root;
    Tensor *operands[] = {accumulation->last.tensor, tensor_value(e, root, next), tensor_value(e, root, before)};
    Tensor *chosen = emit(e, OP_WHERE, operands, 3, NULL, span);
    return chosen ? tensor_in_graph(e, chosen, span) : no_value;
}

/* The mean of the gradients so far; the sum begins anew behind the last. */
static Object accumulate(Elaborator *e, const Accumulation *accumulation, const WeightInfo *info, Object gradient, SourceSpan span)
{
    if (accumulation->last.kind != OBJECT_TENSOR)
        return gradient;
    Object sum = keep_state(e, "gradients", info, none_object, span);
    if (sum.kind != OBJECT_TENSOR)
        return error_object;
    Object total = operate(e, OPERATOR_ADD, false, sum, gradient, span);
    Argument choice[] = {{NULL, span, span, accumulation->last}, {NULL, span, span, object_number(0)}, {NULL, span, span, total}};
    Object next =
        call_function(e, name_lookup(e, "where", span, (View){e->module->prelude->root, 0}), (Arguments){choice, 3}, span);
    Argument both[] = {{NULL, span, span, sum}, {NULL, span, span, next}};
    if (next.kind == OBJECT_ERROR ||
        call_function(e, name_lookup(e, "update", span, (View){e->module->prelude->root, 0}), (Arguments){both, 2}, span).kind ==
            OBJECT_ERROR)
        return error_object;
    return operate(e, OPERATOR_DIVIDE, false, total, object_number(accumulation->every), span);
}

/* States that the optimizer made since `first` keep their values but in the last of the steps. */
static bool hold_states(Elaborator *e, const Accumulation *accumulation, int64_t first, SourceSpan span)
{
    Graph *root = e->build->root;
    for (int64_t i = first; accumulation->last.kind == OBJECT_TENSOR && i < root->state_count; i++) {
        if (root->states[i].next.node < 0)
            continue;
        const StateRow *row = map_get(&e->build->states, root->states[i].name);
        root->states[i].next = only_last(e, accumulation, root->states[i].next, row->value, span);
        if (root->states[i].next.node < 0)
            return false;
    }
    return true;
}

/* --- averages ------------------------------------------------------------------------------------------------------------------- */

/* The running mean of a weight, which begins where the weight does. */
static bool average_weight(Elaborator *e, const Training *training, const StepWeight *weight)
{
    Graph *root = e->build->root;
    const WeightInfo *info = &root->weights[weight->weight];
    StateInfo state = {
        .name = arena_printf(e->arena, "average.%s", info->name), .type = info->type, .initial = info->initial, .span = info->span};
    int32_t row = graph_add_state(root, state);
    Object before = object_tensor(tensor_value(e, root, graph_source(root, OP_STATE, row, scope_origin(e))));
    Object next = object_tensor(tensor_value(e, root, weight->next));
    Object kept = operate(e, OPERATOR_MULTIPLY, false, object_number(training->average), before, info->span);
    Object taken = operate(e, OPERATOR_MULTIPLY, false, object_number(1 - training->average), next, info->span);
    Object mean = operate(e, OPERATOR_ADD, false, kept, taken, info->span);
    if (mean.kind != OBJECT_TENSOR)
        return false;
    root->states[row].next = tensor_in_graph(e, mean.tensor, info->span);
    return root->states[row].next.node >= 0;
}

/* --- all of it ------------------------------------------------------------------------------------------------------------------ */

static bool change_weight(Elaborator *e, const Training *training, const Accumulation *accumulation, StepWeight *weight,
                          Object gradient, SourceSpan span)
{
    Scope *outer = e->build->scope;
    Graph *root = e->build->root;
    enter_name(e, root->weights[weight->weight].name, span);
    gradient = accumulate(e, accumulation, &root->weights[weight->weight], gradient, span);
    int64_t first = root->state_count;
    weight->next = gradient.kind == OBJECT_ERROR ? no_value : optimize_weight(e, training, weight, gradient, span);
    bool fine = weight->next.node >= 0 && hold_states(e, accumulation, first, span);
    if (fine && accumulation->last.kind == OBJECT_TENSOR)
        weight->next = only_last(e, accumulation, weight->next, weight->value, span);
    fine = fine && weight->next.node >= 0 && (!(training->average > 0) || average_weight(e, training, weight));
    e->build->scope = outer;
    return fine;
}

/* Each trained weight, with an input that stands for its gradient. */
static int64_t begin_weights(Elaborator *e, Training *training, Object *gradients)
{
    Graph *root = e->build->root;
    int64_t count = 0;
    for (int64_t row = 0; row < root->weight_count; row++) {
        if (root->weights[row].frozen || (training->only && !names_cover(training->only, root->weights[row].name)))
            continue;
        StepWeight *weight = &training->step->weights[count];
        weight->weight = (int32_t)row;
        weight->value = e->build->extras[row].value;
        gradients[count++] = object_tensor(pretend_gradient(e, weight));
    }
    return count;
}

bool elaborate_step(Elaborator *e, Training *training, SourceSpan span)
{
    Graph *root = e->build->root;
    TrainingStep *step = training->step;
    Object *gradients = arena_take(e->arena, ((size_t)root->weight_count + 1) * sizeof *gradients);
    step->weights = arena_zero(e->arena, (size_t)root->weight_count + 1, sizeof *step->weights);
    step->weight_count = begin_weights(e, training, gradients);
    if (step->weight_count == 0) {
        complain(e, 534, entry_place(training, "weights", span), "%s has no weights to train here", root->name);
        return false;
    }
    e->build->rate_varies = training->plateau > 0;
    Accumulation accumulation = begin_accumulation(e, training, span);
    bool fine = accumulation.last.kind != OBJECT_ERROR;
    if (fine && training->clip > 0)
        fine = clip_gradients(e, training, gradients, step->weight_count, span);
    for (int64_t i = 0; i < step->weight_count && fine; i++)
        fine = change_weight(e, training, &accumulation, &step->weights[i], gradients[i], span);
    return fine;
}

/* --- data ----------------------------------------------------------------------------------------------------------------------- */

/* A setting that is a number, a boolean or a string; false for any other, which only elaboration understands. */
static bool plain_setting(const char *name, Object value, DataSetting *setting)
{
    *setting = (DataSetting){.name = name};
    if (value.kind == OBJECT_NUMBER) {
        setting->kind = DATA_NUMBER;
        setting->number = value.number;
    } else if (value.kind == OBJECT_BOOLEAN) {
        setting->kind = DATA_BOOLEAN;
        setting->boolean = value.boolean;
    } else if (value.kind == OBJECT_STRING) {
        setting->kind = DATA_STRING;
        setting->string = value.string;
    } else {
        return false;
    }
    return true;
}

const DataCall *data_call(Elaborator *e, const Data *data)
{
    DataCall *first = NULL;
    DataCall **next = &first;
    for (; data; data = data->source) {
        DataCall *call = arena_zero(e->arena, 1, sizeof *call);
        int64_t count = data->settings ? data->settings->count : 0;
        DataSetting *settings = arena_take(e->arena, (size_t)count * sizeof *settings);
        call->function = data->function;
        call->span = data->span;
        const Object *function = count > 0 ? record_find(data->settings, "f") : NULL;
        call->record = function && function->kind == OBJECT_FUNCTION ? function->function : NULL;
        for (int64_t i = 0; i < count; i++)
            if (plain_setting(data->settings->names[i], data->settings->values[i], &settings[call->setting_count]))
                call->setting_count++;
        call->settings = settings;
        *next = call;
        next = (DataCall **)&call->source;
    }
    return first;
}
