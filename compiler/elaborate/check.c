/* Checking a module, and elaborating one of its nets for those who run it. */
#include "elaborate/elaborator.h"
#include "elaborate/train.h"
#include "syntax/parse.h"

#include <string.h>

static void begin(Elaborator *e, const char *stack)
{
    e->stack = stack;
    begin_part(e);
}

/* A check, or an elaboration by itself: nothing is spent yet. */
void elaboration_begin(Elaborator *e, const char *stack)
{
    e->exhausted = false;
    begin(e, stack);
    e->spent = 0;
    e->spent_work = 0;
}

/* --- asserts -------------------------------------------------------------------------------------------------------------------- */

/* Values as text, with commas between. */
static const char *shown_values(Elaborator *e, const Object *values, int64_t count)
{
    Text text = text_make(e->arena);
    for (int64_t i = 0; i < count; i++) {
        text_add(&text, i ? ", " : "");
        object_print(e->arena, values[i], &text);
    }
    return text_string(&text);
}

/* In the library: "dense takes a vector; put flatten before it" becomes the message "dense takes a vector, got 16x5x5" and its help. */
static void fail_library(Elaborator *e, const Ast *condition, const char *message, const char *values)
{
    const char *semicolon = strchr(message, ';');
    size_t length = semicolon ? (size_t)(semicolon - message) : strlen(message);
    const char *got = values[0] ? arena_printf(e->arena, ", got %s", values) : "";
    Diagnostic *diagnostic = complain(e, 601, condition->span, "%.*s%s", (int)length, message, got);
    if (semicolon)
        help(e, diagnostic, "%s", semicolon + 1 + strspn(semicolon + 1, " "));
}

static const char *source_of(const Elaborator *e, const Ast *ast, size_t *length)
{
    *length = ast->span.end - ast->span.start;
    return e->diagnostics->sources->files[ast->span.file].text + ast->span.start;
}

static bool same_source(const Elaborator *e, const Ast *a, const Ast *b)
{
    size_t length, other;
    const char *text = source_of(e, a, &length);
    const char *second = source_of(e, b, &other);
    return length == other && memcmp(text, second, length) == 0;
}

/* "`weights(lenet)` is 61706"; a long expression's value stands alone. */
static void note_value(Elaborator *e, Diagnostic *diagnostic, const Ast *ast, Object value)
{
    size_t length;
    const char *text = source_of(e, ast, &length);
    const char *shown = shown_values(e, &value, 1);
    if (length <= 80 && !memchr(text, '\n', length))
        diagnostic_note(e->diagnostics, diagnostic, no_span, "`%.*s` is %s", (int)length, text, shown);
    else
        diagnostic_note(e->diagnostics, diagnostic, no_span, "%s", shown);
}

/* Whether the value of an expression has been noted, or is plain to see. */
static bool is_shown(const Elaborator *e, const Ast *ast, const AstList *list, int64_t first)
{
    if (ast->kind == AST_NUMBER || ast->kind == AST_SHAPE || ast->kind == AST_STRING)
        return true;
    for (int64_t i = first; i < list->count; i++)
        if (same_source(e, ast, list->items[i]))
            return true;
    return false;
}

/* `shown` are the values behind the message, in the order of the source. */
static void fail_user(Elaborator *e, const Ast *ast, View view, const char *message, const Object *shown)
{
    const Ast *condition = ast->list.items[0];
    Diagnostic *diagnostic = complain(e, 901, condition->span, "%s", message ? message : "this does not hold");
    int64_t first = message ? 2 : 1;
    for (int64_t i = first; i < ast->list.count; i++)
        note_value(e, diagnostic, ast->list.items[i], shown[i - first]);
    if (condition->kind != AST_COMPARE)
        return;
    for (int i = 0; i < 2; i++) {
        const Ast *side = condition->chain.items[i];
        if (is_shown(e, side, &ast->list, first))
            continue;
        Object value = evaluate(e, side, view);
        if (value.kind == OBJECT_NUMBER || value.kind == OBJECT_SHAPE || value.kind == OBJECT_STRING)
            note_value(e, diagnostic, side, value);
    }
}

bool evaluate_assert(Elaborator *e, const Ast *ast, View view)
{
    bool holds;
    if (!as_condition(e, evaluate(e, ast->list.items[0], view), ast->list.items[0]->span, &holds))
        return false;
    if (holds)
        return true;
    int64_t count = ast->list.count - 1;
    Object *values = arena_zero(e->arena, (size_t)count + 1, sizeof *values);
    for (int64_t i = 0; i < count; i++)
        values[i] = evaluate(e, ast->list.items[i + 1], view);
    const char *message = count > 0 && values[0].kind == OBJECT_STRING ? values[0].string : NULL;
    const Object *shown = values + (message != NULL);
    if (span_in_library(e, ast->span))
        fail_library(e, ast->list.items[0], message ? message : "the standard library refuses this",
                     shown_values(e, shown, count - (message != NULL)));
    else
        fail_user(e, ast, view, message, shown);
    return false;
}

/* --- nets ----------------------------------------------------------------------------------------------------------------------- */

static const WeightInfo *find_weight(const Map *weights, const char *name)
{
    return map_get(weights, name);
}

/* Every weight of the inference Graph exists in the training Graph, with the same shape: else it would have no value. */
static void compare_weights(Elaborator *e, const Graph *inference, const Graph *training)
{
    Map weights = map_make(e->arena);
    for (int64_t i = 0; i < training->weight_count; i++)
        map_set(&weights, training->weights[i].name, &training->weights[i]);
    for (int64_t i = 0; i < inference->weight_count; i++) {
        const WeightInfo *weight = &inference->weights[i];
        const WeightInfo *trained = find_weight(&weights, weight->name);
        if (!trained)
            help(e,
                 complain(e, 703, weight->span, "the weight `%s` exists at inference only, so it is never trained", weight->name),
                 "make it before asking for `training`");
        else if (!type_same_shape(&trained->type, &weight->type))
            complain(e, 703, weight->span, "the weight `%s` is %s at inference and %s in training", weight->name,
                     type_name(e->arena, &weight->type), type_name(e->arena, &trained->type));
    }
}

static void add_training(Module *module, Training *training)
{
    module->trainings =
        arena_grow(module->arena, module->trainings, module->training_count, &module->training_capacity, sizeof(Training *));
    module->trainings[module->training_count++] = training;
    Definition *net = training->net;
    if (!net)
        return;
    if (net->last_training)
        net->last_training->next = training;
    else
        net->first_training = training;
    net->last_training = training;
}

static void read_trainings(Module *module)
{
    if (module->trainings_read)
        return;
    module->trainings_read = true;
    for (int64_t f = 0; f < module->main->file_count; f++)
        for (int64_t i = 0; i < module->main->files[f]->items.count; i++) {
            const Ast *item = module->main->files[f]->items.items[i];
            if (item->kind == AST_TRAIN)
                add_training(module, training_read(&module->elaborator, module->main, item));
        }
}

static void check_net(Module *module, Definition *net)
{
    Elaborator *e = &module->elaborator;
    const Arguments defaults = {NULL, 0};
    SourceSpan span = net->ast->definition.name.span;
    Graph *inference = inference_graph(e, net, defaults, span);
    if (e->stopped)
        return;
    Graph *training = NULL;
    for (Training *plan = net->first_training; plan; plan = plan->next) {
        Graph *graph = elaborate_net(e, net, plan->settings, true, plan, span);
        if (plan->settings.count == 0)
            training = graph;
    }
    if (!training && net->asks_mode)
        training = elaborate_net(e, net, defaults, true, NULL, span);
    if (inference && training)
        compare_weights(e, inference, training);
}

/* --- everything ----------------------------------------------------------------------------------------------------------------- */

/* A layer by itself: its settings, when all have defaults, and its body up to the function that it gives. */
static void check_layer(Elaborator *e, Definition *definition)
{
    for (int64_t i = 0; i < definition->ast->definition.count; i++)
        if (!definition->ast->definition.parameters[i].value)
            return;
    Surroundings outside = leave_surroundings(e);
    Build *build = build_make(e, definition->name, true);
    e->build = build;
    build->scope = scope_root(e, build->root, "");
    complete_function(e, definition_object(e, definition, definition->ast->span), definition->ast->definition.name.span);
    enter_surroundings(e, outside);
}

/* A net of another file that is trained here: its own file knows nothing of this. */
static void check_train(Module *module, const Ast *item)
{
    if (module->trainings_checked >= module->training_count || module->trainings[module->trainings_checked]->ast != item)
        return;
    Training *plan = module->trainings[module->trainings_checked++];
    if (plan->net && plan->net->ast->kind == AST_NET && plan->net->unit != module->main)
        elaborate_net(&module->elaborator, plan->net, plan->settings, true, plan, item->train.net.span);
}

static void check_item(Module *module, Unit *unit, const Ast *item)
{
    Elaborator *e = &module->elaborator;
    if (item->kind == AST_ASSERT) {
        evaluate_assert(e, item, (View){unit->root, 0});
        return;
    }
    if (item->kind == AST_TRAIN)
        check_train(module, item);
    if (item->kind != AST_LET && item->kind != AST_DATA && item->kind != AST_LAYER && item->kind != AST_NET)
        return;
    Definition *definition = map_get(&unit->names, item->definition.name.text);
    if (!definition || definition->ast != item)
        return;
    if (item->kind == AST_LAYER)
        check_layer(e, definition);
    else if (item->kind != AST_NET)
        definition_object(e, definition, item->definition.name.span);
    else if (unit == module->main)
        check_net(module, definition);
}

void module_check(Module *module)
{
    const char stack = 0;
    if (module->unreadable)
        return;
    elaboration_begin(&module->elaborator, &stack);
    read_trainings(module);
    for (int64_t u = 0; u < module->units.count; u++) {
        Unit *unit = module->units.entries[u].value;
        for (int64_t f = 0; f < unit->file_count && !unit->library; f++)
            for (int64_t i = 0; i < unit->files[f]->items.count; i++) {
                begin(&module->elaborator, &stack);
                check_item(module, unit, unit->files[f]->items.items[i]);
            }
    }
    module->elaborator.stack = NULL;
}

void module_check_newest(Module *module)
{
    const char stack = 0;
    if (module->unreadable || module->main->file_count == 0)
        return;
    elaboration_begin(&module->elaborator, &stack);
    read_trainings(module);
    const AstFile *newest = module->main->files[module->main->file_count - 1];
    for (int64_t i = 0; i < newest->items.count; i++) {
        begin(&module->elaborator, &stack);
        check_item(module, module->main, newest->items.items[i]);
    }
    module->elaborator.stack = NULL;
}

/* --- one net -------------------------------------------------------------------------------------------------------------------- */

/* A setting from outside: its text is parsed and evaluated like a `let` of the file. */
static bool read_setting(Module *module, const Setting *setting, Argument *argument)
{
    const char *name = arena_printf(module->arena, "--set %s", setting->name);
    int64_t errors = module->diagnostics->errors;
    int32_t file = source_add(module->diagnostics->sources, name, setting->value, strlen(setting->value), false);
    const Ast *value = parse_expression(module->arena, module->diagnostics, file);
    if (module->diagnostics->errors > errors)
        return false;
    Object object = evaluate(&module->elaborator, value, (View){module->main->root, 0});
    *argument = (Argument){setting->name, value->span, value->span, object};
    return object.kind != OBJECT_ERROR;
}

static Definition *find_net(Module *module, const char *name)
{
    if (!name && module->net_count > 0)
        return module->nets[module->net_count - 1];
    const char **names = arena_take(module->arena, (size_t)(module->net_count + 1) * sizeof *names);
    for (int64_t i = 0; i < module->net_count; i++) {
        names[i] = module->nets[i]->name;
        if (name && strcmp(names[i], name) == 0)
            return module->nets[i];
    }
    if (!name) {
        diagnostics_error(module->diagnostics, 311, no_span, "%s has no net", module->main->name);
        return NULL;
    }
    Diagnostic *diagnostic = diagnostics_error(module->diagnostics, 311, no_span, "%s has no net `%s`", module->main->name, name);
    const char *near = nearest_name(name, names, module->net_count);
    if (near)
        diagnostic_help(module->diagnostics, diagnostic, "did you mean `%s`?", near);
    return NULL;
}

Graph *module_elaborate(Module *module, const char *net, const Setting *settings, int64_t setting_count, Mode mode)
{
    const char stack = 0;
    Elaborator *e = &module->elaborator;
    if (module->unreadable)
        return NULL;
    elaboration_begin(e, &stack);
    int64_t errors = module->diagnostics->errors;
    Definition *definition = find_net(module, net);
    if (!definition || errors > 0)
        return NULL;
    Argument *arguments = arena_take(module->arena, (size_t)setting_count * sizeof *arguments);
    bool fine = true;
    for (int64_t i = 0; i < setting_count; i++)
        fine = read_setting(module, &settings[i], &arguments[i]) && fine;
    Arguments given = {arguments, setting_count};
    Graph *graph = NULL;
    SourceSpan span = definition->ast->definition.name.span;
    if (fine && mode == MODE_INFERENCE) {
        graph = inference_graph(e, definition, given, span);
    } else if (fine) {
        read_trainings(module);
        Training *plan = definition->last_training;
        if (plan && setting_count == 0)
            given = plan->settings;
        graph = elaborate_net(e, definition, given, true, plan, span);
    }
    e->stack = NULL;
    return module->diagnostics->errors > errors ? NULL : graph;
}

/* --- one training --------------------------------------------------------------------------------------------------------------- */

static const char *training_name(const Training *training)
{
    const AstName *as = &training->ast->train.as;
    return as->text ? as->text : training->ast->train.net.text;
}

static Training *find_training(Module *module, const char *name)
{
    const char **names = arena_take(module->arena, (size_t)(module->training_count + 1) * sizeof *names);
    Training *found = NULL;
    for (int64_t i = 0; i < module->training_count; i++) {
        names[i] = training_name(module->trainings[i]);
        if (!name || strcmp(names[i], name) == 0)
            found = module->trainings[i];
    }
    if (found)
        return found;
    if (!name) {
        Diagnostic *none = diagnostics_error(module->diagnostics, 532, no_span, "%s has no `train` block", module->main->name);
        diagnostic_help(module->diagnostics, none, "`train NET { data = ...; loss = ... }` says how a net is trained");
        return NULL;
    }
    Diagnostic *diagnostic =
        diagnostics_error(module->diagnostics, 532, no_span, "%s has no `train` block called `%s`", module->main->name, name);
    const char *near = nearest_name(name, names, module->training_count);
    if (near)
        diagnostic_help(module->diagnostics, diagnostic, "did you mean `%s`?", near);
    else if (module->training_count > 0)
        diagnostic_help(module->diagnostics, diagnostic, "the last one of the file is `%s`", names[module->training_count - 1]);
    return NULL;
}

/* The settings from outside, then those of the block that they do not replace. */
static bool training_settings(Module *module, const Training *training, const Setting *settings, int64_t count, Arguments *result)
{
    Argument *items = arena_take(module->arena, (size_t)(count + training->settings.count) * sizeof *items);
    int64_t filled = 0;
    bool fine = true;
    for (; filled < count; filled++)
        fine = read_setting(module, &settings[filled], &items[filled]) && fine;
    for (int64_t i = 0; i < training->settings.count; i++) {
        bool replaced = false;
        for (int64_t k = 0; k < count; k++)
            replaced |= training->settings.items[i].name && strcmp(training->settings.items[i].name, settings[k].name) == 0;
        if (!replaced)
            items[filled++] = training->settings.items[i];
    }
    *result = (Arguments){items, filled};
    return fine;
}

TrainingStep *module_elaborate_step(Module *module, const char *name, const Setting *settings, int64_t setting_count)
{
    const char stack = 0;
    Elaborator *e = &module->elaborator;
    if (module->unreadable)
        return NULL;
    elaboration_begin(e, &stack);
    int64_t errors = module->diagnostics->errors;
    read_trainings(module);
    Training *training = module->diagnostics->errors > errors ? NULL : find_training(module, name);
    Arguments given;
    TrainingStep *step = NULL;
    if (training && training->net && training->fine && training_settings(module, training, settings, setting_count, &given)) {
        SourceSpan span = training->net->ast->definition.name.span;
        step = arena_zero(module->arena, 1, sizeof *step);
        *step = (TrainingStep){
            .name = training_name(training),
            .net = training->net->name,
            .data = data_call(e, training->data.data),
            .validate = training->validate.kind == OBJECT_DATA ? data_call(e, training->validate.data) : NULL,
            .epochs = training->epochs,
            .batch = training->batch,
            .seed = training->seed,
            .patience = training->patience,
            .plateau = training->plateau,
            .plateau_factor = training->plateau_factor,
            .averages = training->average > 0,
        };
        training->step = step;
        step->graph = elaborate_net(e, training->net, given, true, training, span);
        training->step = NULL;
        step->judge = step->graph ? elaborate_net(e, training->net, given, false, training, span) : NULL;
    }
    e->stack = NULL;
    return step && step->judge && module->diagnostics->errors == errors ? step : NULL;
}

const char *module_training_name(Module *module, int64_t index)
{
    const char stack = 0;
    if (module->unreadable)
        return NULL;
    elaboration_begin(&module->elaborator, &stack);
    read_trainings(module);
    module->elaborator.stack = NULL;
    return index >= 0 && index < module->training_count ? training_name(module->trainings[index]) : NULL;
}
