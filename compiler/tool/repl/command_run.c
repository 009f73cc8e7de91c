/* Commands that compute: times, weights, plots. */
#include "tool/repl/command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- :time ---- */

enum { LEAST_RUNS = 5, MOST_RUNS = 1000 };
static const double budget = 0.5; /* seconds of running, about */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median time of a run in seconds; below 0 when a run failed. */
static double median_time(Repl *repl, StrataProgram *program, const StrataTensorSet *inputs)
{
    StrataSessionOptions options = strata_session_options(repl->session);
    StrataWorkspace *workspace = strata_workspace_make(program, options.threads, repl->diagnostics);
    double *times = malloc(MOST_RUNS * sizeof *times);
    double spent = 0;
    int count = 0;
    while (workspace && times && count < MOST_RUNS && (count < LEAST_RUNS || spent < budget)) {
        double start = now();
        StrataTensorSet *results = strata_run(workspace, inputs, NULL, repl->diagnostics);
        times[count] = now() - start;
        spent += times[count];
        strata_tensor_set_release(results);
        if (!results) {
            count = 0;
            break;
        }
        count++;
    }
    if (count > 0)
        qsort(times, (size_t)count, sizeof *times, compare_numbers);
    double median = count > 0 ? times[count / 2] : -1;
    free(times);
    strata_workspace_release(workspace);
    return median;
}

static void print_time(const char *engine, double seconds, int64_t samples)
{
    printf("%-12s %10.3f ms", engine, seconds * 1e3);
    if (samples > 1)
        printf("   %.3f ms a sample", seconds * 1e3 / (double)samples);
    putchar('\n');
}

/* Samples for a net: its inputs as they are bound, or one sample of zeros. */
static StrataTensorSet *samples_for(Repl *repl, const StrataNet *net, int64_t *samples)
{
    StrataTensorSet *inputs = strata_session_inputs(repl->session, net, repl->diagnostics);
    StrataError error;
    StrataValue value;
    *samples = 1;
    for (int64_t i = 0; inputs && strata_net_input(net, i, &value); i++) {
        StrataTensor *given = strata_tensor_set_find(inputs, value.name);
        if (given) {
            *samples = strata_tensor_size(given, 0);
            continue;
        }
        int64_t sizes[STRATA_RANK_LIMIT] = {1};
        for (int axis = 0; axis < value.rank && axis + 1 < STRATA_RANK_LIMIT; axis++)
            sizes[axis + 1] = value.sizes[axis];
        StrataKind kind = value.element == STRATA_REAL ? STRATA_FLOAT32 : STRATA_INT64;
        StrataTensor *zeros = strata_tensor_make(&repl->allocator, kind, value.rank + 1, sizes, &error);
        if (!zeros || !strata_tensor_set_add(inputs, value.name, zeros, &error)) {
            repl_fail(repl, "%s", error.message);
            strata_tensor_set_release(inputs);
            inputs = NULL;
        }
        strata_tensor_release(zeros);
    }
    return inputs;
}

static void time_both(Repl *repl, StrataProgram *program, const StrataTensorSet *inputs, int64_t samples)
{
    double interpreted = median_time(repl, program, inputs);
    if (interpreted < 0)
        return;
    print_time("interpreter", interpreted, samples);
    StrataText *report = strata_program_compile(program, INT64_MAX, repl->diagnostics);
    double compiled = report ? median_time(repl, program, inputs) : -1;
    if (compiled >= 0) {
        print_time("compiled", compiled, samples);
        printf("%.*s\n", (int)strcspn(strata_text_bytes(report), "\n"), strata_text_bytes(report));
    }
    strata_text_release(report);
}

static void time_net(Repl *repl, const char *rest)
{
    StrataNet *net = repl_net(repl, rest, false);
    StrataWeights *weights = strata_session_weights(repl->session, net, repl->diagnostics);
    StrataProgram *program = strata_program_make(net, weights, NULL, repl->diagnostics);
    int64_t samples;
    StrataTensorSet *inputs = program ? samples_for(repl, net, &samples) : NULL;
    if (inputs)
        time_both(repl, program, inputs, samples);
    strata_tensor_set_release(inputs);
    strata_program_release(program);
    strata_weights_release(weights);
    strata_net_release(net);
    repl_report(repl);
}

/* ---- :weights ---- */

static void list_weights(const StrataTensorSet *set)
{
    int64_t total = 0;
    for (int64_t i = 0; i < strata_tensor_set_count(set); i++) {
        const StrataTensor *tensor = strata_tensor_set_tensor(set, i);
        int64_t count = strata_tensor_elements(tensor);
        double least = count ? number_at(tensor, 0) : 0, most = least;
        for (int64_t k = 1; k < count; k++) {
            double number = number_at(tensor, k);
            least = number < least ? number : least;
            most = number > most ? number : most;
        }
        char shape[160] = "number";
        size_t length = 0;
        for (int axis = 0; axis < strata_tensor_rank(tensor); axis++)
            length += (size_t)snprintf(shape + length, sizeof shape - length, axis ? "x%" PRId64 : "%" PRId64,
                                       strata_tensor_size(tensor, axis));
        printf("  %-28s %-16s from %.4g to %.4g\n", strata_tensor_set_name(set, i), shape, least, most);
        total += count;
    }
    printf("%" PRId64 " numbers\n", total);
}

/* `:weights`, `:weights lenet`, `:weights lenet conv1.weight`, `:weights conv1.weight`. */
static void weights(Repl *repl, const char *rest)
{
    const char *behind;
    char *first = first_word(rest, &behind);
    bool is_weight = first && strchr(first, '.');
    StrataNet *net = repl_net(repl, is_weight || !first ? "" : first, false);
    StrataWeights *weights = strata_session_weights(repl->session, net, repl->diagnostics);
    const char *name = is_weight ? first : behind;
    StrataTensor *tensor = weights && name[0] ? strata_tensor_set_find(strata_weights_set(weights), name) : NULL;
    if (tensor)
        show_tensor(repl, name, tensor, false);
    else if (weights && name[0])
        repl_fail(repl, "%s has no weight `%s`: `:weights %s` lists them", strata_net_name(net), name, strata_net_name(net));
    else if (weights)
        list_weights(strata_weights_set(weights));
    strata_weights_release(weights);
    strata_net_release(net);
    free(first);
    repl_report(repl);
}

/* ---- :plot ---- */

static void plot_value(Repl *repl, const StrataAnswerValue *value)
{
    int64_t count = strata_tensor_elements(value->tensor);
    if (is_picture(value->tensor, value->batched)) {
        show_pictures(repl, value->tensor, value->batched);
        return;
    }
    double *numbers = malloc((size_t)(count + 1) * sizeof *numbers);
    for (int64_t i = 0; numbers && i < count; i++)
        numbers[i] = number_at(value->tensor, i);
    if (numbers && count > 0)
        draw_curve(repl, numbers, count);
    free(numbers);
}

static void plot(Repl *repl, const char *rest)
{
    if (!rest[0]) {
        repl_fail(repl, "`:plot` takes an expression whose value is a tensor");
        return;
    }
    StrataAnswer *answer = strata_session_enter(repl->session, "<plot>", rest, strlen(rest), repl->diagnostics);
    PictureStyle style = repl->pictures;
    if (style == PICTURES_OFF)
        repl->pictures = PICTURES_ASCII;
    StrataAnswerValue value;
    for (int64_t i = 0; answer && strata_answer_value(answer, i, &value); i++)
        plot_value(repl, &value);
    if (answer && !strata_answer_value(answer, 0, &value))
        repl_fail(repl, "this is no tensor");
    repl->pictures = style;
    strata_answer_release(answer);
    repl_report(repl);
}

const Command run_commands[] = {
    {"time", "[NET]", "how long a run takes, by the interpreter and compiled",
     "  the inputs are the tensors of their names, or one sample of zeros", ":time lenet", time_net},
    {"weights", "[NET] [NAME]", "the weights of a net, or one of them with its numbers or filters",
     "  those that were loaded or trained, else those that training starts from", ":weights lenet\n:weights lenet conv1.weight",
     weights},
    {"plot", "EXPRESSION", "draw a tensor: numbers as a curve, pictures and filters as a grid",
     "  also where pictures are off, or output is no terminal", ":plot grid(40) ^ 2\n:plot image", plot},
    {0},
};
