/* Results of a run, as text and as JSON; see report.h. */
#include "tool/report.h"

#include "tool/draw.h"
#include "tool/output.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Without a sign where it is no number, as it is printed. */
static double plain(double number)
{
    return isnan(number) ? NAN : number;
}

/* Entry `index` of a tensor of any real kind, as a double. */
static double entry(const StrataTensor *tensor, int64_t index)
{
    const void *data = strata_tensor_data_const(tensor);
    switch (strata_tensor_kind(tensor)) {
    case STRATA_FLOAT32:
    case STRATA_COMPLEX64:
        return plain((double)((const float *)data)[index]);
    case STRATA_FLOAT64:
    case STRATA_COMPLEX128:
        return plain(((const double *)data)[index]);
    case STRATA_INT32:
        return ((const int32_t *)data)[index];
    case STRATA_INT64:
        return (double)((const int64_t *)data)[index];
    case STRATA_UINT8:
    case STRATA_BOOL:
        break;
    }
    return ((const uint8_t *)data)[index];
}

static bool is_complex(const StrataTensor *tensor)
{
    return strata_tensor_kind(tensor) == STRATA_COMPLEX64 || strata_tensor_kind(tensor) == STRATA_COMPLEX128;
}

/* Whether each sample is a file of its own. */
static bool has_files(const Report *report)
{
    return report->files && strata_tensor_set_count(report->results) > 0 &&
           strata_tensor_size(strata_tensor_set_tensor(report->results, 0), 0) == report->file_count;
}

/* The output of a name when it is classes; false otherwise. */
static bool find_classes(const Report *report, const char *name, StrataValue *output)
{
    if (!report->classes)
        return false;
    for (int64_t i = 0; strata_net_output(report->net, i, output); i++)
        if (strcmp(output->name, name) == 0)
            return output->classes > 0 && output->rank == 1;
    return false;
}

/* ---- Classes ---- */

/* The next largest entry of a row below the one chosen last (ties by index); -1 when none is left. */
static int64_t next_largest(const StrataTensor *tensor, int64_t row, int64_t classes, int64_t last)
{
    int64_t best = -1;
    for (int64_t i = 0; i < classes; i++) {
        double value = entry(tensor, row * classes + i);
        if (last >= 0) {
            double limit = entry(tensor, row * classes + last);
            if (value > limit || (value == limit && i <= last))
                continue;
        }
        if (!isnan(value) && (best < 0 || value > entry(tensor, row * classes + best)))
            best = i;
    }
    return best;
}

/* What turns the entries of a row into probabilities: as they are when they are some already, else as softmax does. */
typedef struct Share {
    bool plain;
    double top, total;
} Share;

static Share share_of(const StrataTensor *tensor, int64_t row, int64_t classes)
{
    Share share = {.plain = true};
    double sum = 0;
    for (int64_t i = 0; i < classes; i++) {
        double value = entry(tensor, row * classes + i);
        share.plain = share.plain && value >= 0;
        share.top = i == 0 || value > share.top ? value : share.top;
        sum += value;
    }
    share.plain = share.plain && fabs(sum - 1) < 1e-4;
    for (int64_t i = 0; i < classes; i++)
        share.total += exp(entry(tensor, row * classes + i) - share.top);
    return share;
}

static double probability(const Share *share, double value)
{
    return share->plain ? value : exp(value - share->top) / share->total;
}

const char *class_label(const StrataValue *output, int64_t class, char number[CLASS_NUMBER])
{
    if (output->labels)
        return output->labels[class];
    snprintf(number, CLASS_NUMBER, "%" PRId64, class);
    return number;
}

enum { CAPTION_LIMIT = 400 };

/* "7 (99.8 %), 2 (0.1 %)": the likeliest classes of a sample. Cut where it gets too long. */
static void describe_classes(const Report *report, const StrataTensor *tensor, const StrataValue *output, int64_t sample,
                             char caption[CAPTION_LIMIT])
{
    char number[CLASS_NUMBER];
    size_t length = 0;
    Share share = share_of(tensor, sample, output->classes);
    int64_t class = next_largest(tensor, sample, output->classes, -1);
    snprintf(caption, CAPTION_LIMIT, "no class: the output has no number");
    for (int rank = 0; rank < report->top && class >= 0 && length < CAPTION_LIMIT; rank++) {
        double value = entry(tensor, sample * output->classes + class);
        length += (size_t)snprintf(caption + length, CAPTION_LIMIT - length, "%s%s (%.1f %%)", rank ? ", " : "",
                                   class_label(output, class, number), 100 * probability(&share, value));
        class = next_largest(tensor, sample, output->classes, class);
    }
}

static void print_classes(const Report *report, const StrataTensor *tensor, const StrataValue *output)
{
    char caption[CAPTION_LIMIT];
    for (int64_t sample = 0; sample < strata_tensor_size(tensor, 0); sample++) {
        describe_classes(report, tensor, output, sample, caption);
        if (has_files(report))
            printf("%s: %s\n", report->files[sample], caption);
        else
            printf("%" PRId64 ": %s\n", sample, caption);
    }
}

/* The pictures with their classes below. */
static void draw_classes(const Report *report, const StrataTensor *tensor, const StrataValue *output)
{
    int64_t count = strata_tensor_size(tensor, 0);
    char **captions = calloc((size_t)count + 1, sizeof *captions);
    bool good = captions != NULL;
    for (int64_t sample = 0; good && sample < count; sample++) {
        captions[sample] = malloc(CAPTION_LIMIT);
        good = captions[sample] != NULL;
        if (good)
            describe_classes(report, tensor, output, sample, captions[sample]);
    }
    if (good)
        draw_pictures(draw_style(), report->pictures, captions, count, draw_width());
    else
        message_error(1090, "out of memory");
    for (int64_t sample = 0; captions && sample < count; sample++)
        free(captions[sample]);
    free(captions);
}

/* ---- Numbers ---- */

static void print_number(const StrataTensor *tensor, int64_t index, int digits)
{
    if (is_complex(tensor))
        printf("%.*g%+.*gi", digits, entry(tensor, 2 * index), digits, entry(tensor, 2 * index + 1));
    else
        printf("%.*g", digits, entry(tensor, index));
}

static void print_shape(const StrataTensor *tensor)
{
    for (int axis = 0; axis < strata_tensor_rank(tensor); axis++)
        printf("%s%" PRId64, axis ? "x" : " ", strata_tensor_size(tensor, axis));
}

/* One line for each row of the last dimension, an empty one between matrices. */
static void print_numbers(const Report *report, const char *name, const StrataTensor *tensor)
{
    int rank = strata_tensor_rank(tensor);
    int64_t width = rank ? strata_tensor_size(tensor, rank - 1) : 1, count = strata_tensor_elements(tensor);
    int64_t matrix = rank > 1 ? width * strata_tensor_size(tensor, rank - 2) : 0;
    printf("%s", name);
    print_shape(tensor);
    putchar('\n');
    for (int64_t i = 0; i < count; i++) {
        if (i && rank > 2 && i % matrix == 0)
            putchar('\n');
        print_number(tensor, i, report->digits);
        putchar((i + 1) % width == 0 ? '\n' : ' ');
    }
}

void report_text(const Report *report)
{
    for (int64_t i = 0; i < strata_tensor_set_count(report->results); i++) {
        const StrataTensor *tensor = strata_tensor_set_tensor(report->results, i);
        const char *name = strata_tensor_set_name(report->results, i);
        StrataValue output;
        if (i)
            putchar('\n');
        if (find_classes(report, name, &output))
            (report->pictures ? draw_classes : print_classes)(report, tensor, &output);
        else
            print_numbers(report, name, tensor);
    }
}

/* ---- JSON ---- */

static void json_entry(const Report *report, const StrataTensor *tensor, int64_t index)
{
    if (!is_complex(tensor)) {
        output_json_number(entry(tensor, index), report->digits);
        return;
    }
    putchar('[');
    output_json_number(entry(tensor, 2 * index), report->digits);
    putchar(',');
    output_json_number(entry(tensor, 2 * index + 1), report->digits);
    putchar(']');
}

/* Nested arrays from `axis` on; the entries from `first` on. */
static void json_nested(const Report *report, const StrataTensor *tensor, int axis, int64_t first)
{
    int rank = strata_tensor_rank(tensor);
    if (axis == rank) {
        json_entry(report, tensor, first);
        return;
    }
    int64_t step = 1;
    for (int inner = axis + 1; inner < rank; inner++)
        step *= strata_tensor_size(tensor, inner);
    putchar('[');
    for (int64_t i = 0; i < strata_tensor_size(tensor, axis); i++) {
        if (i)
            putchar(',');
        json_nested(report, tensor, axis + 1, first + i * step);
    }
    putchar(']');
}

static void json_top(const Report *report, const StrataTensor *tensor, const StrataValue *output)
{
    char number[CLASS_NUMBER];
    for (int64_t sample = 0; sample < strata_tensor_size(tensor, 0); sample++) {
        fputs(sample ? ",\n   [" : "\n   [", stdout);
        int64_t class = next_largest(tensor, sample, output->classes, -1);
        Share share = share_of(tensor, sample, output->classes);
        for (int rank = 0; rank < report->top && class >= 0; rank++) {
            printf("%s{\"class\":%" PRId64 ",\"label\":", rank ? "," : "", class);
            output_json_string(class_label(output, class, number));
            fputs(",\"value\":", stdout);
            double value = entry(tensor, sample * output->classes + class);
            output_json_number(value, report->digits);
            fputs(",\"probability\":", stdout);
            output_json_number(probability(&share, value), report->digits);
            putchar('}');
            class = next_largest(tensor, sample, output->classes, class);
        }
        putchar(']');
    }
}

static void json_result(const Report *report, int64_t index)
{
    const StrataTensor *tensor = strata_tensor_set_tensor(report->results, index);
    const char *name = strata_tensor_set_name(report->results, index);
    fputs("  ", stdout);
    output_json_string(name);
    fputs(": {\"shape\":[", stdout);
    for (int axis = 0; axis < strata_tensor_rank(tensor); axis++)
        printf("%s%" PRId64, axis ? "," : "", strata_tensor_size(tensor, axis));
    fputs("],\"entries\":", stdout);
    json_nested(report, tensor, 0, 0);
    StrataValue output;
    if (find_classes(report, name, &output)) {
        fputs(",\n   \"top\":[", stdout);
        json_top(report, tensor, &output);
        fputs("]", stdout);
    }
    fputs("}", stdout);
}

void report_json(const Report *report)
{
    fputs("{\"net\":", stdout);
    output_json_string(strata_net_name(report->net));
    if (has_files(report)) {
        fputs(",\n \"files\":[", stdout);
        for (int64_t i = 0; i < report->file_count; i++) {
            if (i)
                putchar(',');
            output_json_string(report->files[i]);
        }
        putchar(']');
    }
    fputs(",\n \"results\":{\n", stdout);
    for (int64_t i = 0; i < strata_tensor_set_count(report->results); i++) {
        if (i)
            fputs(",\n", stdout);
        json_result(report, i);
    }
    fputs("\n }}\n", stdout);
}
