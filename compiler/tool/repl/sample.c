/* What belongs to samples: the records of a data set with their labels, and the answers of a classifier by the names of its classes. */
#include "tool/repl/repl.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES_TAKEN = 32, LINES_SHOWN = 6, NUMBERS_SHOWN = 8, BEST_SHOWN = 3, CAPTION = 32 };

/* ---- Answers of a classifier ---- */

static void name_class(const char *const *names, int64_t index, char name[CAPTION])
{
    if (names && names[index])
        snprintf(name, CAPTION, "%s", names[index]);
    else
        snprintf(name, CAPTION, "%" PRId64, index);
}

/* Logits as probabilities, by softmax; what is a distribution already stays as it is. */
static void find_probabilities(const StrataTensor *tensor, int64_t start, int64_t count, double *probabilities)
{
    double most = -INFINITY, sum = 0, rounding = 1e-5 * (double)count;
    bool is_distribution = true;
    for (int64_t i = 0; i < count; i++) {
        double number = number_at(tensor, start + i);
        is_distribution = is_distribution && number >= 0;
        most = fmax(most, number);
        sum += number;
    }
    is_distribution = is_distribution && fabs(sum - 1) < rounding;
    double total = 0;
    for (int64_t i = 0; i < count; i++) {
        double number = number_at(tensor, start + i);
        probabilities[i] = is_distribution ? number : exp(number - most);
        total += probabilities[i];
    }
    for (int64_t i = 0; i < count; i++)
        probabilities[i] /= total;
}

/* The likeliest classes of one sample on a line. */
static void print_best(double *probabilities, int64_t count, const char *const *names)
{
    for (int k = 0; k < BEST_SHOWN && k < count; k++) {
        int64_t best = 0;
        for (int64_t i = 1; i < count; i++)
            best = probabilities[i] > probabilities[best] ? i : best;
        char name[CAPTION];
        name_class(names, best, name);
        printf("%s%s (%.1f %%)", k ? ", " : "", name, 100 * probabilities[best]);
        probabilities[best] = -1;
    }
    putchar('\n');
}

void show_classes(const StrataAnswerValue *value)
{
    int64_t samples = value->batched ? strata_tensor_size(value->tensor, 0) : 1;
    if (value->classes < 1 || strata_tensor_elements(value->tensor) != samples * value->classes)
        return;
    double *probabilities = malloc((size_t)value->classes * sizeof *probabilities);
    for (int64_t i = 0; probabilities && i < samples && i < LINES_SHOWN; i++) {
        find_probabilities(value->tensor, i * value->classes, value->classes, probabilities);
        if (samples > 1)
            printf("  sample %" PRId64 ": ", i);
        else
            fputs("  ", stdout);
        print_best(probabilities, value->classes, value->labels);
    }
    if (samples > LINES_SHOWN)
        printf("  ... and %" PRId64 " more samples\n", samples - LINES_SHOWN);
    free(probabilities);
}

/* ---- Data sets ---- */

/* What is known of a set while it is shown. */
typedef struct Samples {
    const StrataData *data;
    const StrataTensorSet *fields; /* of the first `count` samples */
    int64_t count;
    const StrataTensor *label; /* a number a sample, or null */
} Samples;

static bool is_label(const StrataTensor *tensor, const char *name, int64_t count)
{
    static const char *const names[] = {"label", "labels", "y", "same", "class"};
    bool named = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        named = named || strcmp(names[i], name) == 0;
    return named && strata_tensor_elements(tensor) == count;
}

static const StrataTensor *find_label(const StrataTensorSet *fields, int64_t count)
{
    for (int64_t i = 0; i < strata_tensor_set_count(fields); i++)
        if (is_label(strata_tensor_set_tensor(fields, i), strata_tensor_set_name(fields, i), count))
            return strata_tensor_set_tensor(fields, i);
    return NULL;
}

static void caption_of(const Samples *samples, int64_t index, char caption[CAPTION])
{
    double label = samples->label ? number_at(samples->label, index) : 0;
    const char *name = label >= 0 && label == floor(label) ? strata_data_class(samples->data, (int64_t)label) : NULL;
    if (!samples->label)
        caption[0] = '\0';
    else if (name)
        snprintf(caption, CAPTION, "%s", name);
    else
        snprintf(caption, CAPTION, "%.4g", label);
}

/* "d: 500 samples of x 28x28, label". */
static void print_head(const char *name, const Samples *samples)
{
    int64_t total = strata_data_samples(samples->data);
    printf("%s: %" PRId64 " sample%s of ", name, total, total == 1 ? "" : "s");
    for (int64_t i = 0; i < strata_tensor_set_count(samples->fields); i++) {
        const StrataTensor *tensor = strata_tensor_set_tensor(samples->fields, i);
        printf("%s%s", i ? ", " : "", strata_tensor_set_name(samples->fields, i));
        for (int axis = 1; axis < strata_tensor_rank(tensor); axis++)
            printf(axis > 1 ? "x%" PRId64 : " %" PRId64, strata_tensor_size(tensor, axis));
    }
    for (int64_t i = 0; strata_data_class(samples->data, i); i++)
        printf("%s%s", i ? ", " : "; classes: ", strata_data_class(samples->data, i));
    putchar('\n');
}

/* The field that is drawn; null when there is none. */
static const StrataTensor *picture_field(const StrataTensorSet *fields)
{
    for (int64_t i = 0; i < strata_tensor_set_count(fields); i++)
        if (is_picture(strata_tensor_set_tensor(fields, i), true))
            return strata_tensor_set_tensor(fields, i);
    return NULL;
}

static void draw_samples(Repl *repl, const Samples *samples, const StrataTensor *pictures)
{
    char captions[SAMPLES_TAKEN][CAPTION];
    const char *rows[SAMPLES_TAKEN];
    for (int64_t i = 0; i < samples->count; i++) {
        caption_of(samples, i, captions[i]);
        rows[i] = captions[i];
    }
    int64_t shown = show_captioned(repl, pictures, rows);
    if (shown < strata_data_samples(samples->data))
        printf("the first %" PRId64 " of %" PRId64 " samples\n", shown, strata_data_samples(samples->data));
}

/* The first numbers of a field of one sample. */
static void print_field(const StrataTensor *tensor, int64_t sample)
{
    int64_t count = strata_tensor_elements(tensor) / strata_tensor_size(tensor, 0);
    for (int64_t i = 0; i < count && i < NUMBERS_SHOWN; i++)
        printf("%s%.4g", i ? " " : "", number_at(tensor, sample * count + i));
    if (count > NUMBERS_SHOWN)
        fputs(" ...", stdout);
}

static void print_samples(const Samples *samples)
{
    for (int64_t i = 0; i < samples->count && i < LINES_SHOWN; i++) {
        fputs("  ", stdout);
        for (int64_t k = 0; k < strata_tensor_set_count(samples->fields); k++) {
            const StrataTensor *tensor = strata_tensor_set_tensor(samples->fields, k);
            char caption[CAPTION];
            printf("%s%s ", k ? ", " : "", strata_tensor_set_name(samples->fields, k));
            caption_of(samples, i, caption);
            if (tensor == samples->label)
                fputs(caption, stdout);
            else
                print_field(tensor, i);
        }
        putchar('\n');
    }
    int64_t total = strata_data_samples(samples->data);
    if (total > LINES_SHOWN)
        printf("  ... and %" PRId64 " more\n", total - LINES_SHOWN);
}

void show_data(Repl *repl, const char *name, const char *text)
{
    StrataData *data = strata_session_data(repl->session, text, repl->diagnostics);
    Samples samples = {.data = data};
    samples.count = data && strata_data_samples(data) > SAMPLES_TAKEN ? SAMPLES_TAKEN : data ? strata_data_samples(data) : 0;
    StrataTensorSet *fields = strata_data_take(data, 0, samples.count, repl->diagnostics);
    if (fields) {
        samples.fields = fields;
        samples.label = find_label(fields, samples.count);
        const StrataTensor *pictures = picture_field(fields);
        print_head(name, &samples);
        if (pictures && repl->pictures != PICTURES_OFF)
            draw_samples(repl, &samples, pictures);
        else
            print_samples(&samples);
    }
    strata_tensor_set_release(fields);
    strata_data_release(data);
    repl_report(repl);
}
