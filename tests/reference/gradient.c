/* Gradients of single operations against published ones: `reference_gradient DIR` reads DIR/cases.json and DIR/cases.npz.
 *
 * For a case, the net is elaborated, its result multiplied by the upstream gradient `N.d_output` and summed; the gradient of that number for each input and
 * weight is evaluated by the definitions, in double precision, and compared with `N.d_NAME`. The error is the largest difference over the largest entry of
 * what is known, or over 1e-3 where all of it is smaller; up to 1e-6 passes, which is what arrays in single precision leave. */
#include "transform/gradient.h"
#include "elaborate/elaborate.h"
#include "engine/reference.h"
#include "reference/reference.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double tolerance = 1e-6;

typedef struct Session {
    Arena arena; /* of the case at hand */
    const StrataTensorSet *arrays;
    int64_t passed, failed, compared;
    double largest;
} Session;

/* The entries of array `N.NAME` as doubles; null when there is none. */
static const double *entries_of(Session *session, const Case *c, const char *prefix, const char *name, int64_t *count)
{
    StrataError error;
    char key[200];
    snprintf(key, sizeof key, "%" PRId64 ".%s%s", c->number, prefix, name);
    const StrataTensor *found = strata_tensor_set_find(session->arrays, key);
    StrataTensor *precise = found ? strata_tensor_convert(found, STRATA_FLOAT64, 1, &error) : NULL;
    if (!precise)
        return NULL;
    *count = strata_tensor_elements(precise);
    double *entries = arena_copy(&session->arena, strata_tensor_data(precise), (size_t)*count * sizeof *entries);
    strata_tensor_release(precise);
    return entries;
}

static const char *no_file(void *context, Arena *arena, const char *path, size_t *length, StrataError *error)
{
    (void)context;
    (void)arena;
    (void)path;
    *length = 0;
    error_set(error, STRATA_FILE, 308, "no such file");
    return NULL;
}

static Graph *elaborate(Session *session, const Case *c, const char *source)
{
    SourceTable *sources = arena_take(&session->arena, sizeof *sources);
    Diagnostics *diagnostics = arena_take(&session->arena, sizeof *diagnostics);
    *sources = source_table_make(&session->arena);
    *diagnostics = diagnostics_make(&session->arena, sources);
    Module *module =
        module_load(&session->arena, diagnostics, (SourceReader){.read = no_file}, "reference.net", source, strlen(source));
    return module ? module_elaborate(module, NULL, NULL, 0, c->training ? MODE_TRAINING : MODE_INFERENCE) : NULL;
}

/* The weighted sum of the result, `d_output` being one more input. Where that is one number, for a mean over the batch, gradients are scaled by it. */
static Value weigh(Graph *graph, const Case *c)
{
    Value output = graph->outputs[0].value;
    if (c->mean)
        return output;
    InputInfo row = {.name = "d_output", .type = *graph_type(graph, output)};
    const Value both[] = {output, graph_source(graph, OP_INPUT, graph_add_input(graph, row), -1)};
    Value product = graph_append(graph, OP_MULTIPLY, both, 2, NULL, -1);
    const AttributeValue all[] = {{.list = {.count = 0}}, {.boolean = false}};
    return graph_append(graph, OP_REDUCE_SUM, &product, 1, all, -1);
}

/* A value that reads a row of a table: the one that the net has, where it has one. */
static Value source_of(Graph *graph, Op op, const char *name)
{
    int64_t count = op == OP_INPUT ? graph->input_count : graph->weight_count;
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        if (node->op != op || node->attributes[0].integer >= count)
            continue;
        int64_t row = node->attributes[0].integer;
        if (strcmp(op == OP_INPUT ? graph->inputs[row].name : graph->weights[row].name, name) == 0)
            return (Value){.node = (int32_t)i};
    }
    return no_value;
}

/* Everything that a net reads. A weight that the case does not give has its initial value, and so have states. */
static ReferenceSources read_sources(Session *session, const Case *c, const Graph *graph)
{
    int64_t count;
    const double **inputs = arena_zero(&session->arena, (size_t)graph->input_count, sizeof *inputs);
    const double **weights = arena_zero(&session->arena, (size_t)graph->weight_count, sizeof *weights);
    for (int64_t i = 0; i < graph->input_count; i++)
        inputs[i] = entries_of(session, c, "", graph->inputs[i].name, &count);
    for (int64_t i = 0; i < graph->weight_count; i++)
        for (int k = 0; k < c->weight_count; k++)
            if (strcmp(c->weight_names[k], graph->weights[i].name) == 0)
                weights[i] = entries_of(session, c, "", c->weight_arrays[k], &count);
    int64_t batch = json_integer_value(json_array_get(json_object_get(c->inputs, c->input_arrays[0]), 0));
    return (ReferenceSources){.batch = batch, .inputs = inputs, .weights = weights};
}

/* The error of a gradient, times the factor that makes it that of the sum over the batch. */
static double error_of(const double *have, double factor, const double *known, int64_t count)
{
    double difference = 0, largest = 1e-3;
    for (int64_t i = 0; i < count; i++) {
        double one = fabs(have[i] * factor - known[i]);
        difference = isnan(one) ? INFINITY : fmax(difference, one);
        largest = fmax(largest, fabs(known[i]));
    }
    return difference / largest;
}

static bool compare_case(Session *session, const Case *c, Graph *graph)
{
    Value of[2 * PAIR_LIMIT], gradients[2 * PAIR_LIMIT];
    const char *names[2 * PAIR_LIMIT];
    int count = 0;
    Value scalar = weigh(graph, c);
    for (int i = 0; i < c->input_count + c->weight_count; i++) {
        bool input = i < c->input_count;
        names[count] = input ? c->input_arrays[i] : c->weight_arrays[i - c->input_count];
        of[count] = source_of(graph, input ? OP_INPUT : OP_WEIGHT, input ? names[count] : c->weight_names[i - c->input_count]);
        count += of[count].node >= 0;
    }
    const char *problem = gradient_append(graph, scalar, of, count, gradients);
    if (problem)
        printf("%s\n", problem);
    ReferenceSources sources = read_sources(session, c, graph);
    Reference *reference = problem ? NULL : reference_evaluate(&session->arena, graph, &sources);
    bool fine = reference != NULL;
    for (int i = 0; reference && i < count; i++) {
        int64_t entries, ignored;
        const double *known = entries_of(session, c, "d_", names[i], &entries);
        const double *have = reference_value(reference, gradients[i]);
        if (!known)
            continue;
        /* a mean over the batch: 1 / N for inputs; a sum: N for weights */
        bool batched = graph_type(graph, of[i])->batched;
        double factor = c->mean == batched ? (c->mean ? 1 / (double)sources.batch : (double)sources.batch) : 1;
        if (c->mean)
            factor *= *entries_of(session, c, "", "d_output", &ignored);
        double error = have ? error_of(have, factor, known, entries) : INFINITY;
        session->compared++;
        session->largest = fmax(session->largest, error < INFINITY ? error : 0);
        if (!(error <= tolerance)) {
            printf("case %" PRId64 ", %s: gradient of %s has a relative error of %.3g\n", c->number, c->op, names[i], error);
            fine = false;
        }
    }
    return fine;
}

static bool run_case(Session *session, const json_t *object)
{
    Case c = {.number = json_integer_value(json_object_get(object, "case")),
              .op = json_string_value(json_object_get(object, "op")),
              .attributes = json_object_get(object, "attributes"),
              .inputs = json_object_get(object, "inputs"),
              .output = json_object_get(object, "output")};
    char *source = NULL;
    size_t length;
    c.source = open_memstream(&source, &length);
    bool known = c.source && c.op && write_net(&c);
    if (!c.source || fclose(c.source) != 0 || !known) {
        free(source);
        return false;
    }
    StrataAllocator allocator = strata_default_allocator();
    arena_init(&session->arena, &allocator);
    bool fine = false;
    if (ARENA_TRY(&session->arena) == 0) {
        Graph *graph = elaborate(session, &c, source);
        fine = graph && compare_case(session, &c, graph);
        if (!graph)
            printf("case %" PRId64 ", %s: the net is refused\n%s", c.number, c.op, source);
    }
    arena_release(&session->arena);
    free(source);
    return fine;
}

int main(int count, char **words)
{
    if (count < 2 || count > 3 || (count == 3 && strcmp(words[1], "--if-there") != 0)) {
        fprintf(stderr, "usage: reference_gradient [--if-there] DIR, with cases.json and cases.npz in it\n");
        return 2;
    }
    char path[4096];
    if (count == 3 && access(words[2], F_OK) != 0) {
        printf("there is no folder %s: nothing was compared\n", words[2]);
        return 0;
    }
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    json_error_t json_error;
    snprintf(path, sizeof path, "%s/cases.npz", words[count - 1]);
    StrataTensorSet *arrays = strata_tensor_set_read(&allocator, path, &error);
    snprintf(path, sizeof path, "%s/cases.json", words[count - 1]);
    json_t *cases = json_load_file(path, 0, &json_error);
    Session session = {.arrays = arrays};
    for (size_t i = 0; arrays && i < json_array_size(cases); i++) {
        bool fine = run_case(&session, json_array_get(cases, i));
        session.passed += fine;
        session.failed += !fine;
    }
    json_decref(cases);
    strata_tensor_set_release(arrays);
    printf("%" PRId64 " gradients compared, largest relative error %.3g; up to %g passes\n", session.compared, session.largest,
           tolerance);
    printf("%" PRId64 " passed, %" PRId64 " failed\n", session.passed, session.failed);
    return session.failed > 0 || session.passed == 0;
}
