/* The gradient of a number that an expression gives, for every bound tensor and every weight that it depends on. */
#include "api/session.h"

#include "transform/gradient.h"

#include <string.h>

/* What the gradient is taken for, in the order of the answer. */
typedef struct Sources {
    Value *values;
    const char **names;
    int64_t count;
} Sources;

static Sources find_sources(Arena *arena, const Graph *graph)
{
    Sources sources = {.values = arena_take(arena, (size_t)(graph->node_count + 1) * sizeof *sources.values),
                       .names = arena_take(arena, (size_t)(graph->node_count + 1) * sizeof *sources.names)};
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        if (node->op != OP_INPUT && node->op != OP_WEIGHT)
            continue;
        int64_t row = node->attributes[0].integer;
        sources.values[sources.count] = (Value){.node = (int32_t)i};
        sources.names[sources.count++] = node->op == OP_INPUT ? graph->inputs[row].name : graph->weights[row].name;
    }
    return sources;
}

/* The only tensor of a value when it is a number that is not known; null after complaining. */
static const Tensor *number_of(StrataModule *module, const Evaluated *evaluated, const char *text)
{
    const Object *value = evaluated->value;
    if (value->kind == OBJECT_TENSOR && !value->tensor->data && value->tensor->type->rank == 0)
        return value->tensor;
    Diagnostic *said = diagnostics_error(&module->diagnostics, 608, no_span, "`%.100s` is %s, and has no gradient", text,
                                         object_describe(&module->arena, *value));
    diagnostic_help(&module->diagnostics, said, "a gradient is that of one number that depends on tensors: `sum(...)`, or a loss");
    return NULL;
}

/* A Graph whose outputs are the gradients; null after complaining. Inside the recovery point of the module's arena. */
static Graph *gradient_graph(StrataSession *session, StrataModule *module, const char *text, Sources *sources)
{
    NamedTensors tensors = {.find = session_find_tensor, .context = session};
    Evaluated evaluated;
    if (!module_evaluate(module->module, "expression", text, strlen(text), tensors, &evaluated))
        return NULL;
    const Tensor *number = number_of(module, &evaluated, text);
    if (!number)
        return NULL;
    *sources = find_sources(&module->arena, evaluated.graph);
    Value *gradients = arena_take(&module->arena, (size_t)(sources->count + 1) * sizeof *gradients);
    const char *problem = NULL;
    Graph *graph =
        transform_gradient(&module->arena, evaluated.graph, number->value, sources->values, sources->count, gradients, &problem);
    if (!graph) {
        diagnostics_error(&module->diagnostics, 608, no_span, "`%.100s` has no gradient: %s", text, problem);
        return NULL;
    }
    graph->training = true; /* as training does, it takes a batch as a whole */
    graph->output_count = 0;
    for (int64_t i = 0; i < sources->count; i++)
        graph_add_output(graph, (OutputInfo){.name = arena_printf(&module->arena, "%lld", (long long)i), .value = gradients[i]});
    return graph;
}

/* The gradients as an answer; its names are copied. Inside the recovery point of the answer's arena. */
static bool fill(StrataAnswer *answer, const Graph *graph, const Sources *sources, const StrataTensorSet *results)
{
    answer->paths = arena_zero(&answer->arena, (size_t)sources->count + 1, sizeof *answer->paths);
    answer->tensors = arena_zero(&answer->arena, (size_t)sources->count + 1, sizeof *answer->tensors);
    for (int64_t i = 0; i < sources->count; i++) {
        StrataTensor *tensor = strata_tensor_set_find(results, graph->outputs[i].name);
        answer->paths[i] = arena_duplicate(&answer->arena, sources->names[i]);
        answer->tensors[i] =
            (SessionTensor){tensor ? strata_tensor_retain(tensor) : NULL, graph_type(graph, graph->outputs[i].value)->batched};
        answer->count = i + (tensor != NULL);
        if (!tensor)
            return false;
    }
    return true;
}

static StrataAnswer *answer_gradient(StrataSession *session, const Graph *graph, const Sources *sources,
                                     const StrataTensorSet *results, StrataDiagnostics *diagnostics)
{
    StrataAnswer *answer = answer_make(session, STRATA_ANSWER_TENSORS, diagnostics);
    if (!answer)
        return NULL;
    if (ARENA_TRY(&answer->arena) == 0) {
        if (fill(answer, graph, sources, results))
            return answer;
        diagnostics_say(diagnostics, STRATA_INTERNAL, 0, "a gradient is missing among the results");
    } else {
        diagnostics_memory(diagnostics);
    }
    strata_answer_release(answer);
    return NULL;
}

/* The Graph, or null after the reason was copied to the caller's list. */
static Graph *try_graph(StrataSession *session, StrataModule *module, const char *text, Sources *sources,
                        StrataDiagnostics *diagnostics)
{
    if (ARENA_TRY(&module->arena) != 0) {
        diagnostics_memory(diagnostics);
        return NULL;
    }
    Graph *graph = gradient_graph(session, module, text, sources);
    diagnostics_copy(diagnostics, &module->diagnostics);
    return graph;
}

StrataAnswer *strata_session_gradient(StrataSession *session, const char *text, StrataDiagnostics *diagnostics)
{
    StrataModule *module = session && text ? session_load(session, NULL, true, diagnostics) : NULL;
    if (!module)
        return NULL;
    Sources sources = {0};
    StrataAnswer *answer = NULL;
    Graph *graph = try_graph(session, module, text, &sources, diagnostics);
    StrataTensorSet *results = graph ? session_run(session, module, graph, true, diagnostics) : NULL;
    if (results)
        answer = answer_gradient(session, graph, &sources, results, diagnostics);
    strata_tensor_set_release(results);
    strata_module_release(module);
    return answer;
}
