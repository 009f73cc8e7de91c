/* strata analyse deformation: how far a net moves its output when its input is deformed a little, beside pixels and moduli of Fourier transforms.
 *
 * The input x and four deformations of it, each twice as large as the one before, are run as one batch. Each distance is relative to its own norm:
 * |f(x) - f(x_tau)| / |f(x)|. A stable representation grows in proportion to the deformation (slope 1) and by little; pixels and Fourier moduli of what oscillates
 * saturate at once. This measures; it proves no constant. */
#include "tool/analyse.h"
#include "tool/data.h"
#include "tool/deform.h"
#include "tool/figure.h"
#include "tool/output.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZES = 4, SAMPLES = SIZES + 1, E_NOT_DEFORMED = 1235 };

/* What is compared. */
typedef enum View { VIEW_NET, VIEW_PIXELS, VIEW_FOURIER, VIEWS } View;

static const char *const view_names[] = {"net", "pixels", "fourier"};

typedef struct Measurement {
    const char *family;
    const char *subject; /* what was deformed */
    int64_t channels, rows, columns;
    StrataTensor *samples; /* SAMPLES x the input's shape, float64 */
    double size[SIZES];    /* largest slope; of translations the length */
    double distance[VIEWS][SIZES];
    double norm[VIEWS]; /* of sample 0 */
    double slope[VIEWS];
} Measurement;

/* ---- The samples ---- */

/* Channels, rows and columns of the only input. */
static bool find_shape(const Session *session, Measurement *measurement)
{
    StrataValue input, other;
    bool one = strata_net_input(session->net, 0, &input) && !strata_net_input(session->net, 1, &other);
    if (!one || input.rank < 1 || input.rank > 3 || (input.element != STRATA_REAL && input.element != STRATA_BYTES)) {
        message_error(E_NOT_DEFORMED, "%s has no input that can be deformed: one picture (channels x rows x columns) or signal",
                      strata_net_name(session->net));
        return false;
    }
    measurement->channels = input.rank > 1 ? input.sizes[0] : 1;
    measurement->rows = input.rank == 3 ? input.sizes[1] : 1;
    measurement->columns = input.sizes[input.rank - 1];
    return true;
}

/* The first sample of the data, as the net takes it. */
static bool read_sample(Session *session, double *base, int64_t count)
{
    Samples samples;
    StrataError error;
    if (!data_read(session, 2, session->arguments->operand_count, &samples))
        return false;
    samples_release(&samples);
    StrataTensor *fitted =
        strata_program_fit(session->program, 0, strata_tensor_set_tensor(session->inputs, 0), session->diagnostics);
    StrataTensor *numbers = fitted ? strata_tensor_convert(fitted, STRATA_FLOAT64, 1, &error) : NULL;
    if (fitted && !numbers)
        message_failure(&error);
    bool good = numbers && strata_tensor_elements(numbers) >= count;
    if (good)
        memcpy(base, strata_tensor_data_const(numbers), (size_t)count * sizeof *base);
    strata_tensor_release(numbers);
    strata_tensor_release(fitted);
    return good;
}

static DeformFamily family_of(const char *name)
{
    static const char *const names[] = {"dilation", "rotation", "random", "translation"};
    int family = 0;
    while (family < DEFORM_TRANSLATION && strcmp(names[family], name) != 0)
        family++;
    return (DeformFamily)family;
}

static double largest_size(const Measurement *measurement, const Arguments *arguments)
{
    bool translation = strcmp(measurement->family, "translation") == 0;
    double size = strtod(arguments_value(arguments, "size", translation ? "8" : "0.08"), NULL);
    return size > 0 ? size : 0;
}

/* Deforms every channel of sample 0 into sample `index`. */
static bool deform_sample(const Session *session, Measurement *measurement, int index, double size, bool packet)
{
    Deformation deformation;
    int64_t plane = measurement->rows * measurement->columns;
    double *base = strata_tensor_data(measurement->samples), *result = base + index * measurement->channels * plane;
    DeformFamily family = family_of(measurement->family);
    uint64_t seed = (uint64_t)arguments_number(session->arguments, "seed", 0);
    if (!deformation_make(&deformation, family, measurement->rows, measurement->columns, size, seed))
        return false;
    bool good = true;
    for (int64_t channel = 0; good && channel < measurement->channels; channel++)
        if (packet)
            deform_packet(&deformation, measurement->rows, measurement->columns, result + channel * plane);
        else
            good = deform_plane(&deformation, base + channel * plane, result + channel * plane);
    measurement->size[index - 1] = family == DEFORM_TRANSLATION ? deformation.longest : deformation.slope;
    deformation_release(&deformation);
    return good;
}

static bool make_samples(Session *session, Measurement *measurement)
{
    StrataError error;
    StrataValue input;
    strata_net_input(session->net, 0, &input);
    int64_t sizes[4] = {SAMPLES, input.sizes[0], input.sizes[1], input.sizes[2]}, plane = measurement->rows * measurement->columns;
    measurement->samples = strata_tensor_make(&session->allocator, STRATA_FLOAT64, input.rank + 1, sizes, &error);
    if (!measurement->samples)
        return message_failure(&error), false;
    double *base = strata_tensor_data(measurement->samples), largest = largest_size(measurement, session->arguments);
    bool packet = session->arguments->operand_count <= 2;
    for (int64_t channel = 0; packet && channel < measurement->channels; channel++)
        deform_packet(NULL, measurement->rows, measurement->columns, base + channel * plane);
    bool good = packet || read_sample(session, base, measurement->channels * plane);
    for (int i = 1; good && i <= SIZES; i++)
        good = deform_sample(session, measurement, i, largest / (1 << (SIZES - i)), packet) ||
               (message_error(1090, "out of memory"), false);
    measurement->subject = packet ? "a Gaussian packet at 1.9 radians a sample" : session->arguments->operands[2];
    return good;
}

/* ---- Distances ---- */

static double entry_of(const StrataTensor *tensor, int64_t index)
{
    const void *data = strata_tensor_data_const(tensor);
    bool precise = strata_tensor_kind(tensor) == STRATA_FLOAT64 || strata_tensor_kind(tensor) == STRATA_COMPLEX128;
    return precise ? ((const double *)data)[index] : (double)((const float *)data)[index];
}

/* Adds the squared norm of sample 0 and the squared distances of the others from it. */
static void add_tensor(const StrataTensor *tensor, double *norm, double distance[SIZES])
{
    StrataKind kind = strata_tensor_kind(tensor);
    int64_t parts = kind == STRATA_COMPLEX64 || kind == STRATA_COMPLEX128 ? 2 : 1,
            count = parts * strata_tensor_elements(tensor) / SAMPLES;
    for (int64_t i = 0; i < count; i++) {
        double base = entry_of(tensor, i);
        *norm += base * base;
        for (int size = 0; size < SIZES; size++) {
            double difference = entry_of(tensor, (size + 1) * count + i) - base;
            distance[size] += difference * difference;
        }
    }
}

static double fitted_slope(const double *size, const double *distance)
{
    double x = 0, y = 0, xx = 0, xy = 0;
    for (int i = 0; i < SIZES; i++) {
        double a = log(size[i]), b = log(distance[i]);
        x += a / SIZES;
        y += b / SIZES;
        xx += a * a / SIZES;
        xy += a * b / SIZES;
    }
    return (xy - x * y) / (xx - x * x);
}

/* All outputs of a run as one view. */
static void take_view(Measurement *measurement, View view, const StrataTensorSet *results)
{
    double *distance = measurement->distance[view];
    for (int64_t i = 0; i < strata_tensor_set_count(results); i++)
        add_tensor(strata_tensor_set_tensor(results, i), &measurement->norm[view], distance);
    measurement->norm[view] = sqrt(measurement->norm[view]);
    for (int i = 0; i < SIZES; i++)
        distance[i] = sqrt(distance[i]) / measurement->norm[view];
    measurement->slope[view] = fitted_slope(measurement->size, distance);
}

/* Runs a net on the samples as a view. */
static bool run_view(Session *session, Measurement *measurement, View view, StrataWorkspace *workspace, const char *input)
{
    StrataError error;
    StrataTensorSet *inputs = strata_tensor_set_make(&session->allocator, &error);
    bool good = inputs && strata_tensor_set_add(inputs, input, measurement->samples, &error);
    if (!good)
        message_failure(&error);
    StrataTensorSet *results = good ? strata_run(workspace, inputs, NULL, session->diagnostics) : NULL;
    if (results)
        take_view(measurement, view, results);
    strata_tensor_set_release(results);
    strata_tensor_set_release(inputs);
    return results != NULL;
}

/* The moduli of Fourier transforms, by a net of their own. */
static bool run_fourier(Session *session, Measurement *measurement)
{
    char shape[100], text[300];
    StrataValue input;
    strata_net_input(session->net, 0, &input);
    int length = 0;
    for (int axis = 0; axis < input.rank; axis++)
        length += snprintf(shape + length, sizeof shape - (size_t)length, axis == 0 ? "%" PRId64 : "x%" PRId64, input.sizes[axis]);
    snprintf(text, sizeof text, "net fourier(x: %s) -> %s = modulus(fft(x, axes=%d))\n", shape, shape,
             measurement->rows > 1 ? 2 : 1);
    StrataProgramOptions options = {.precision = STRATA_DOUBLE};
    StrataModule *module = strata_module_load_text(session->context, "fourier.net", text, strlen(text), session->diagnostics);
    StrataNet *net = strata_net_make(module, NULL, session->diagnostics);
    StrataWeights *weights = strata_weights_initialise(net, 0, session->diagnostics);
    StrataProgram *program = strata_program_make(net, weights, &options, session->diagnostics);
    StrataWorkspace *workspace = strata_workspace_make(program, 1, session->diagnostics);
    bool good = workspace && run_view(session, measurement, VIEW_FOURIER, workspace, "x");
    strata_workspace_release(workspace);
    strata_program_release(program);
    strata_weights_release(weights);
    strata_net_release(net);
    strata_module_release(module);
    return good;
}

static bool measure(Session *session, Measurement *measurement)
{
    StrataValue input;
    StrataError error;
    if (!find_shape(session, measurement) || !session_weights(session) || !session_program(session, NULL, 0, 0) ||
        !make_samples(session, measurement) || !session_engine(session, SAMPLES))
        return false;
    strata_net_input(session->net, 0, &input);
    if (!run_view(session, measurement, VIEW_NET, session->workspace, input.name) || !run_fourier(session, measurement))
        return false;
    StrataTensorSet *pixels = strata_tensor_set_make(&session->allocator, &error);
    bool good = pixels && strata_tensor_set_add(pixels, "x", measurement->samples, &error);
    if (good)
        take_view(measurement, VIEW_PIXELS, pixels);
    else
        message_failure(&error);
    strata_tensor_set_release(pixels);
    return good;
}

/* ---- The report ---- */

static double largest_ratio(const Measurement *measurement)
{
    double most = 0;
    for (int i = 0; i < SIZES; i++)
        most = fmax(most, measurement->distance[VIEW_NET][i] / measurement->size[i]);
    return most;
}

static void print_text(const Measurement *measurement, const char *net)
{
    bool translation = strcmp(measurement->family, "translation") == 0;
    printf("%s under %s of %s\n\n", net, measurement->family, measurement->subject);
    printf("%12s  %10s  %10s  %10s\n", translation ? "samples" : "|grad tau|", "net", "pixels", "|Fourier|");
    for (int i = 0; i < SIZES; i++)
        printf("%12.4g  %10.4f  %10.4f  %10.4f\n", measurement->size[i], measurement->distance[VIEW_NET][i],
               measurement->distance[VIEW_PIXELS][i], measurement->distance[VIEW_FOURIER][i]);
    printf("%12s  %10.2f  %10.2f  %10.2f\n\n", "slope", measurement->slope[VIEW_NET], measurement->slope[VIEW_PIXELS],
           measurement->slope[VIEW_FOURIER]);
    printf("Numbers are |f(x) - f(x_tau)| / |f(x)|, slopes those of their logarithms. Largest distance over size: %.4g\n",
           largest_ratio(measurement));
}

static void print_row(const char *name, const double *numbers)
{
    printf(",\n \"%s\": [", name);
    for (int i = 0; i < SIZES; i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        output_json_number(numbers[i], 9);
    }
    fputs("]", stdout);
}

static void print_json(const Measurement *measurement, const char *net)
{
    fputs("{\"net\": ", stdout);
    output_json_string(net);
    printf(", \"family\": \"%s\", \"subject\": ", measurement->family);
    output_json_string(measurement->subject);
    print_row("size", measurement->size);
    for (int view = 0; view < VIEWS; view++)
        print_row(view_names[view], measurement->distance[view]);
    fputs(",\n \"slope\": {", stdout);
    for (int view = 0; view < VIEWS; view++) {
        printf("%s\"%s\": ", view == 0 ? "" : ", ", view_names[view]);
        output_json_number(measurement->slope[view], 9);
    }
    fputs("},\n \"gain\": ", stdout); /* |f(x)| / |x| */
    output_json_number(measurement->norm[VIEW_NET] / measurement->norm[VIEW_PIXELS], 9);
    fputs("}\n", stdout);
}

/* ---- The figure ---- */

static double lowest(const Measurement *measurement)
{
    double least = 1;
    for (int view = 0; view < VIEWS; view++)
        least = fmin(least, measurement->distance[view][0]);
    return floor(log10(fmax(least, 1e-9)));
}

static void draw_views(const Measurement *measurement, const Axes *axes)
{
    static const Colour colours[] = {{0.75, 0.1, 0.1}, {0.1, 0.25, 0.65}, {0.3, 0.6, 0.2}};
    static const char *const labels[] = {"net", "pixels", "|Fourier|"};
    for (int view = 0; view < VIEWS; view++) {
        double x[SIZES], y[SIZES];
        for (int i = 0; i < SIZES; i++) {
            x[i] = log10(measurement->size[i]);
            y[i] = log10(fmax(measurement->distance[view][i], 1e-9));
        }
        axes_curve(axes, x, y, SIZES, 2, colours[view]);
        figure_text(axes->figure, axes->x + axes->width + 8, axes_y(axes, y[SIZES - 1]) + (view == VIEW_FOURIER ? 12 : 0), 8, 0,
                    "%s, slope %.2f", labels[view], measurement->slope[view]);
    }
}

static ExitCode draw(const Measurement *measurement, const char *path)
{
    Figure figure;
    figure_begin(&figure, 620, 340);
    Axes axes = {&figure, 70, 30, 340, 250, log10(measurement->size[0]), log10(measurement->size[SIZES - 1]), lowest(measurement),
                 0.5};
    draw_views(measurement, &axes);
    axes_draw(&axes, strcmp(measurement->family, "translation") == 0 ? "log10 of samples moved" : "log10 of |grad tau|",
              "log10 of |f(x) - f(x_tau)| / |f(x)|");
    ExitCode code = figure_show(&figure, path);
    figure_release(&figure);
    return code;
}

ExitCode analyse_deformation(Session *session)
{
    const Arguments *arguments = session->arguments;
    Measurement measurement = {.family = arguments_value(arguments, "family", "dilation")};
    if (largest_size(&measurement, arguments) <= 0)
        return usage_error(arguments->verb, 1204, "--size takes a number above 0, got '%s'",
                           arguments_value(arguments, "size", ""));
    bool good = measure(session, &measurement);
    const char *path = arguments_value(arguments, "output", NULL);
    ExitCode code = good ? EXIT_DONE : EXIT_WRONG_INPUT;
    if (good && arguments_has(arguments, "json"))
        print_json(&measurement, strata_net_name(session->net));
    else if (good)
        print_text(&measurement, strata_net_name(session->net));
    if (good && path)
        code = draw(&measurement, path);
    strata_tensor_release(measurement.samples);
    return code;
}
