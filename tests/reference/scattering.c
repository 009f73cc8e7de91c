/* Compares std.wavelet with results of Kymatio: `scattering [--jit|--library] DIR` reads every npz file in DIR, writes the net that it is a result of, runs it
 * in single precision, and compares. Nets run by the interpreter's kernels, or by compiled ones, or by a library that is built of them.
 *
 * A file has `x` (samples, without a channel) and `y` (its coefficients) with J, L and max_order in two dimensions, J, Q and max_order in one;
 * or it has the filters of a 2D bank: M, N, J, L, `phi` and `psi_jJ_tT`. A name that ends in _kymatio03 says that the other convention holds.
 * The error is the largest difference over the largest entry: 1e-5 for coefficients and 1e-6 for filters pass, which are what Kymatio's own single
 * precision leaves. Ends with `N passed, N failed`. */
#include "reference/compare.h"
#include "reference/library.h"

#include <glob.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const double coefficient_tolerance = 1e-5, filter_tolerance = 1e-6;

typedef struct Session {
    StrataAllocator allocator;
    StrataContext *context;
    StrataDiagnostics *diagnostics;
    bool compile; /* kernels that are compiled for the net */
    bool build;   /* run by a library that is built of the net */
} Session;

static int64_t number(const StrataTensorSet *file, const char *name)
{
    StrataError error;
    const StrataTensor *tensor = strata_tensor_set_find(file, name);
    StrataTensor *whole = tensor ? strata_tensor_convert(tensor, STRATA_FLOAT64, 1, &error) : NULL;
    double value = whole && strata_tensor_elements(whole) == 1 ? *(const double *)strata_tensor_data_const(whole) : 0;
    strata_tensor_release(whole);
    return (int64_t)value;
}

/* The same entries with a dimension of 1 behind the batch. */
static StrataTensor *with_channel(StrataTensor *x)
{
    StrataError error;
    int64_t sizes[STRATA_RANK_LIMIT] = {strata_tensor_size(x, 0), 1};
    int rank = strata_tensor_rank(x);
    for (int i = 1; i < rank; i++)
        sizes[i + 1] = strata_tensor_size(x, i);
    return strata_tensor_reshape(x, rank + 1, sizes, &error);
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

static StrataTensor *run_program(const Session *session, StrataNet *net, StrataWeights *weights, const StrataTensorSet *inputs)
{
    StrataProgram *program = strata_program_make(net, weights, NULL, session->diagnostics);
    StrataWorkspace *workspace = strata_workspace_make(program, 1, session->diagnostics);
    StrataTensor *result = NULL;
    if (workspace && compile(session, program)) {
        StrataTensorSet *results = strata_run(workspace, inputs, NULL, session->diagnostics);
        result = results ? strata_tensor_retain(strata_tensor_set_tensor(results, 0)) : NULL;
        strata_tensor_set_release(results);
    }
    strata_workspace_release(workspace);
    strata_program_release(program);
    return result;
}

/* The only output of the net in `source` for x, to be released; null with the diagnostics filled. */
static StrataTensor *run_source(const Session *session, const char *source, StrataTensor *x)
{
    StrataError error;
    StrataModule *module =
        strata_module_load_text(session->context, "scattering.net", source, strlen(source), session->diagnostics);
    StrataNet *net = strata_net_make(module, NULL, session->diagnostics);
    StrataWeights *weights = net ? strata_weights_initialise(net, 0, session->diagnostics) : NULL;
    StrataTensorSet *inputs = strata_tensor_set_make(&session->allocator, &error);
    StrataTensor *result = NULL;
    if (weights && inputs && strata_tensor_set_add(inputs, "x", x, &error))
        result =
            session->build ? run_library(net, weights, inputs, session->diagnostics) : run_program(session, net, weights, inputs);
    strata_tensor_set_release(inputs);
    strata_weights_release(weights);
    strata_net_release(net);
    strata_module_release(module);
    return result;
}

static double coefficients(const Session *session, const StrataTensorSet *file, bool kymatio03)
{
    StrataTensor *x = with_channel(strata_tensor_set_find(file, "x"));
    const StrataTensor *y = strata_tensor_set_find(file, "y");
    int axes = x ? strata_tensor_rank(x) - 2 : 0;
    char source[1000];
    if (axes == 2)
        snprintf(source, sizeof source,
                 "use std.wavelet\nnet n(x: shape(1, %" PRId64 ", %" PRId64 ")) -> shape(%" PRId64 ", %" PRId64 ", %" PRId64 ") = "
                 "x |> scattering2d(J=%" PRId64 ", L=%" PRId64 ", order=%" PRId64 ")\n",
                 strata_tensor_size(x, 2), strata_tensor_size(x, 3), strata_tensor_size(y, 1), strata_tensor_size(y, 2),
                 strata_tensor_size(y, 3), number(file, "J"), number(file, "L"), number(file, "max_order"));
    else
        snprintf(source, sizeof source,
                 "use std.wavelet\nnet n(x: shape(1, %" PRId64 ")) -> shape(%" PRId64 ", %" PRId64 ") = "
                 "x |> scattering1d(J=%" PRId64 ", Q=%" PRId64 ", order=%" PRId64 ", convention=\"kymatio %s\")\n",
                 x ? strata_tensor_size(x, 2) : 0, strata_tensor_size(y, 1), strata_tensor_size(y, 2), number(file, "J"),
                 number(file, "Q"), number(file, "max_order"), kymatio03 ? "0.3" : "0.4");
    StrataTensor *result = x ? run_source(session, source, x) : NULL;
    double error = result ? compare(result, y, false) : INFINITY;
    strata_tensor_release(result);
    strata_tensor_release(x);
    return error;
}

/* A net that gives one filter, whatever its input is. */
static double filter_error(const Session *session, const StrataTensorSet *file, const char *expression, const char *array,
                           StrataTensor *x)
{
    int64_t rows = number(file, "M"), columns = number(file, "N");
    char source[1000];
    snprintf(source, sizeof source,
             "use std.wavelet\nlet bank = morlet_bank2d(%" PRId64 "x%" PRId64 ", %" PRId64 ", %" PRId64 ")\n"
             "net n(x: 1) -> %" PRId64 "x%" PRId64 " = 0 * sum(x) + %s\n",
             rows, columns, number(file, "J"), number(file, "L"), rows, columns, expression);
    StrataTensor *result = run_source(session, source, x);
    const StrataTensor *wanted = strata_tensor_set_find(file, array);
    double error = result && wanted ? compare(result, wanted, false) : INFINITY;
    strata_tensor_release(result);
    return error;
}

static double filters(const Session *session, const StrataTensorSet *file)
{
    StrataError error;
    StrataTensor *x = strata_tensor_make(&session->allocator, STRATA_FLOAT32, 2, (const int64_t[]){1, 1}, &error);
    if (!x)
        return INFINITY;
    *(float *)strata_tensor_data(x) = 0;
    int64_t angles = number(file, "L");
    double largest = filter_error(session, file, "bank.phi[0]", "phi", x);
    for (int64_t i = 0; i < number(file, "J") * angles; i++) {
        char expression[100], array[100];
        snprintf(expression, sizeof expression, "bank.psi[%" PRId64 "].levels[0]", i);
        snprintf(array, sizeof array, "psi_j%" PRId64 "_t%" PRId64, i / angles, i % angles);
        largest = fmax(largest, filter_error(session, file, expression, array, x));
    }
    strata_tensor_release(x);
    return largest;
}

static bool passes(const Session *session, const char *path)
{
    StrataError reason;
    StrataTensorSet *file = strata_tensor_set_read(&session->allocator, path, &reason);
    if (!file) {
        printf("%s\n", reason.message);
        return false;
    }
    bool has_filters = strata_tensor_set_find(file, "phi") != NULL;
    bool known = has_filters || (strata_tensor_set_find(file, "x") && strata_tensor_set_find(file, "y"));
    double error = !known        ? INFINITY
                   : has_filters ? filters(session, file)
                                 : coefficients(session, file, strstr(path, "_kymatio03") != NULL);
    bool passed = error <= (has_filters ? filter_tolerance : coefficient_tolerance);
    printf("%s %s: relative error %.3g\n", passed ? "passed" : "FAILED", strrchr(path, '/') + 1, error);
    print_diagnostics(session->diagnostics);
    strata_tensor_set_release(file);
    return passed;
}

static int run_all(const Session *session, const char *folder)
{
    char pattern[4096];
    snprintf(pattern, sizeof pattern, "%s/*.npz", folder);
    glob_t files;
    if (glob(pattern, 0, NULL, &files) != 0) {
        fprintf(stderr, "scattering: there is no %s\n", pattern);
        return 1;
    }
    int64_t passed = 0;
    for (size_t i = 0; i < files.gl_pathc; i++)
        passed += passes(session, files.gl_pathv[i]);
    int64_t failed = (int64_t)files.gl_pathc - passed;
    globfree(&files);
    printf("%" PRId64 " passed, %" PRId64 " failed\n", passed, failed);
    return failed > 0;
}

int main(int count, char **words)
{
    Session session = {0};
    bool may_lack = false, wrong = count < 2;
    for (int i = 1; i < count - 1; i++) {
        may_lack |= strcmp(words[i], "--if-there") == 0;
        session.compile |= strcmp(words[i], "--jit") == 0;
        session.build |= strcmp(words[i], "--library") == 0;
        wrong |= strcmp(words[i], "--if-there") != 0 && strcmp(words[i], "--jit") != 0 && strcmp(words[i], "--library") != 0;
    }
    if (wrong) {
        fprintf(stderr, "usage: scattering [--if-there] [--jit|--library] DIR, with *.npz in it\n");
        return 2;
    }
    const char *folder = words[count - 1];
    if (may_lack && access(folder, F_OK) != 0) {
        printf("there is no folder %s: nothing was compared\n", folder);
        return 0;
    }
    session.allocator = strata_default_allocator();
    session.context = strata_context_make(NULL);
    session.diagnostics = session.context ? strata_diagnostics_make(session.context) : NULL;
    int status = session.diagnostics ? run_all(&session, folder) : 1;
    strata_diagnostics_release(session.diagnostics);
    strata_context_release(session.context);
    return status;
}
