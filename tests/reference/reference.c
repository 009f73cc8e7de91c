/* Runs single operations with known results: `reference [--jit|--library] DIR` reads DIR/cases.json and DIR/cases.npz, writes a net for each case, runs it through the C
 * interface in single precision, and compares.
 *
 * The error of a case is the largest difference from the known result, over the largest entry of that result; up to 1e-5 it passes (single
 * precision has 24 bits, 6e-8, and the longest sum of the cases has a few hundred terms). Array `N.name` belongs to case N. Ends with
 * `N passed, N failed`; each failure is said with its net. */
#include "reference/reference.h"

#include "reference/library.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double tolerance = 1e-5;

/* What all cases share. */
typedef struct Session {
    StrataAllocator allocator;
    StrataContext *context;
    StrataDiagnostics *diagnostics;
    StrataTensorSet *arrays;
    bool compile; /* run by the JIT */
    bool build;   /* run by a library that is built of the net; not nets in training */
} Session;

static StrataTensor *find_array(const Session *session, const Case *c, const char *name)
{
    char key[200];
    snprintf(key, sizeof key, "%" PRId64 ".%s", c->number, name);
    return strata_tensor_set_find(session->arrays, key);
}

static StrataTensor *weight_array(const Session *session, const Case *c, const char *weight)
{
    for (int i = 0; i < c->weight_count; i++)
        if (strcmp(c->weight_names[i], weight) == 0)
            return find_array(session, c, c->weight_arrays[i]);
    return NULL;
}

/* The case's weights; what it does not give (the running means of a normalisation in training) begins as the net says. */
static StrataWeights *make_weights(const Session *session, const Case *c, StrataNet *net)
{
    StrataError error;
    StrataWeights *initial = strata_weights_initialise(net, 0, session->diagnostics), *weights = NULL;
    StrataTensorSet *set = initial ? strata_tensor_set_make(&session->allocator, &error) : NULL;
    bool good = set != NULL;
    int used = 0;
    for (int64_t i = 0; good && i < strata_tensor_set_count(strata_weights_set(initial)); i++) {
        const char *name = strata_tensor_set_name(strata_weights_set(initial), i);
        StrataTensor *given = weight_array(session, c, name);
        used += given != NULL;
        good = strata_tensor_set_add(set, name, given ? given : strata_tensor_set_tensor(strata_weights_set(initial), i), &error);
    }
    if (good && used == c->weight_count)
        weights = strata_weights_take(net, set, NULL, session->diagnostics);
    else
        printf("case %" PRId64 ": the net uses %d of the %d arrays that are its weights\n", c->number, used, c->weight_count);
    strata_tensor_set_release(set);
    strata_weights_release(initial);
    return weights;
}

static StrataTensorSet *make_inputs(const Session *session, const Case *c)
{
    StrataError error;
    StrataTensorSet *set = strata_tensor_set_make(&session->allocator, &error);
    for (int i = 0; set && i < c->input_count; i++) {
        StrataTensor *tensor = find_array(session, c, c->input_arrays[i]);
        if (!tensor || !strata_tensor_set_add(set, c->input_arrays[i], tensor, &error)) {
            strata_tensor_set_release(set);
            set = NULL;
        }
    }
    return set;
}

/* True as well when nothing was asked for. */
static bool compile(const Session *session, StrataProgram *program)
{
    if (!session->compile)
        return true;
    StrataText *report = strata_program_compile(program, INT64_MAX, session->diagnostics);
    bool done = report != NULL;
    strata_text_release(report);
    return done;
}

/* The results of a library as those of a program: the first output. */
static StrataTensorSet *run_built(const Session *session, StrataNet *net, StrataWeights *weights, const StrataTensorSet *inputs)
{
    StrataError error;
    StrataTensor *output = run_library(net, weights, inputs, session->diagnostics);
    StrataTensorSet *results = output ? strata_tensor_set_make(&session->allocator, &error) : NULL;
    if (results && !strata_tensor_set_add(results, "output", output, &error)) {
        strata_tensor_set_release(results);
        results = NULL;
    }
    strata_tensor_release(output);
    return results;
}

static StrataTensorSet *run_net(const Session *session, const Case *c, StrataNet *net)
{
    StrataTensorSet *inputs = make_inputs(session, c), *results = NULL;
    StrataWeights *weights = inputs ? make_weights(session, c, net) : NULL;
    if (weights && session->build && !c->training) {
        results = run_built(session, net, weights, inputs);
        strata_weights_release(weights);
        strata_tensor_set_release(inputs);
        return results;
    }
    int64_t samples = inputs ? strata_tensor_size(strata_tensor_set_tensor(inputs, 0), 0) : 0;
    StrataProgramOptions options = {.batch = c->training ? samples : 0};
    StrataProgram *program = weights ? strata_program_make(net, weights, &options, session->diagnostics) : NULL;
    StrataWorkspace *workspace = program ? strata_workspace_make(program, 1, session->diagnostics) : NULL;
    if (workspace && compile(session, program))
        results = strata_run(workspace, inputs, NULL, session->diagnostics);
    strata_workspace_release(workspace);
    strata_program_release(program);
    strata_weights_release(weights);
    strata_tensor_set_release(inputs);
    return results;
}

/* The results of a net given as text; null with the diagnostics filled. */
static StrataTensorSet *run_source(const Session *session, const Case *c, const char *source)
{
    StrataModule *module = strata_module_load_text(session->context, "reference.net", source, strlen(source), session->diagnostics);
    StrataNetOptions options = {.training = c->training};
    StrataNet *net = module ? strata_net_make(module, &options, session->diagnostics) : NULL;
    StrataTensorSet *results = net ? run_net(session, c, net) : NULL;
    strata_net_release(net);
    strata_module_release(module);
    return results;
}

/* ---- Cases ---- */

static bool read_case(const json_t *object, Case *c)
{
    *c = (Case){.number = json_integer_value(json_object_get(object, "case")),
                .op = json_string_value(json_object_get(object, "op")),
                .attributes = json_object_get(object, "attributes"),
                .inputs = json_object_get(object, "inputs"),
                .output = json_object_get(object, "output")};
    return c->op && json_is_object(c->inputs) && json_is_array(c->output);
}

/* The relative error of a case; infinite after saying why there is none. */
static double run_case(const Session *session, Case *c, char **source)
{
    size_t length;
    c->source = open_memstream(source, &length);
    bool known = c->source && write_net(c);
    if (!c->source || fclose(c->source) != 0 || !known) {
        printf("case %" PRId64 ": operation %s is not known here\n", c->number, c->op);
        return INFINITY;
    }
    StrataTensorSet *results = run_source(session, c, *source);
    const StrataTensor *wanted = find_array(session, c, "output");
    double error = results && wanted ? compare(strata_tensor_set_tensor(results, 0), wanted, c->mean) : INFINITY;
    if (!wanted)
        printf("case %" PRId64 ": there is no array %" PRId64 ".output\n", c->number, c->number);
    strata_tensor_set_release(results);
    return error;
}

typedef struct Score {
    int64_t passed, failed;
    double largest; /* of those that gave a result */
    int64_t number; /* the case with it */
    char op[64];
} Score;

static void score_case(const Session *session, const json_t *object, Score *score)
{
    Case c;
    char *source = NULL;
    double error = read_case(object, &c) ? run_case(session, &c, &source) : INFINITY;
    bool passed = error <= tolerance;
    score->passed += passed;
    score->failed += !passed;
    if (!passed)
        printf("case %" PRId64 ", %s: relative error %.3g\n%s", c.number, c.op ? c.op : "?", error, source ? source : "");
    print_diagnostics(session->diagnostics);
    if (error < INFINITY && error >= score->largest) {
        score->largest = error;
        score->number = c.number;
        snprintf(score->op, sizeof score->op, "%s", c.op);
    }
    free(source);
}

static int run_all(Session *session, const char *folder)
{
    char path[4096];
    StrataError error;
    json_error_t json_error;
    snprintf(path, sizeof path, "%s/cases.json", folder);
    json_t *cases = json_load_file(path, 0, &json_error);
    if (!json_is_array(cases)) {
        fprintf(stderr, "reference: %s: %s\n", path, cases ? "is no list" : json_error.text);
        json_decref(cases);
        return 1;
    }
    snprintf(path, sizeof path, "%s/cases.npz", folder);
    session->arrays = strata_tensor_set_read(&session->allocator, path, &error);
    if (!session->arrays) {
        fprintf(stderr, "reference: %s\n", error.message);
        json_decref(cases);
        return 1;
    }
    Score score = {0};
    for (size_t i = 0; i < json_array_size(cases); i++)
        score_case(session, json_array_get(cases, i), &score);
    json_decref(cases);
    printf("largest relative error %.3g (case %" PRId64 ", %s); up to %g passes\n", score.largest, score.number, score.op,
           tolerance);
    printf("%" PRId64 " passed, %" PRId64 " failed\n", score.passed, score.failed);
    return score.failed > 0 || score.passed == 0;
}

int main(int count, char **words)
{
    bool may_lack = false, compiled = false, built = false, wrong = count < 2;
    for (int i = 1; i < count - 1; i++) {
        may_lack |= strcmp(words[i], "--if-there") == 0;
        compiled |= strcmp(words[i], "--jit") == 0;
        built |= strcmp(words[i], "--library") == 0;
        wrong |= strcmp(words[i], "--if-there") != 0 && strcmp(words[i], "--jit") != 0 && strcmp(words[i], "--library") != 0;
    }
    if (wrong) {
        fprintf(stderr, "usage: reference [--if-there] [--jit|--library] DIR, with cases.json and cases.npz in it\n");
        return 2;
    }
    const char *folder = words[count - 1];
    if (may_lack && access(folder, F_OK) != 0) {
        printf("there is no folder %s: nothing was compared\n", folder);
        return 0;
    }
    Session session = {
        .allocator = strata_default_allocator(), .context = strata_context_make(NULL), .compile = compiled, .build = built};
    session.diagnostics = session.context ? strata_diagnostics_make(session.context) : NULL;
    int status = session.diagnostics ? run_all(&session, folder) : 1;
    strata_tensor_set_release(session.arrays);
    strata_diagnostics_release(session.diagnostics);
    strata_context_release(session.context);
    return status;
}
