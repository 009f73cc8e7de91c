/* strata evaluate: how well a classifier does on samples with known classes. */
#include "tool/data.h"
#include "tool/output.h"
#include "tool/progress.h"
#include "tool/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MISTAKES = 5, SHEET_COLUMNS = 10 };

/* The output that says classes. */
static bool class_output(const StrataNet *net, StrataValue *output)
{
    for (int64_t i = 0; strata_net_output(net, i, output); i++)
        if (output->classes > 0)
            return true;
    return false;
}

static double accuracy(const StrataEvaluation *evaluation)
{
    int64_t samples = strata_evaluation_samples(evaluation);
    return samples ? (double)strata_evaluation_right(evaluation) / (double)samples : 0;
}

/* Samples of the commonest class: what always answering it gets right. */
static int64_t commonest(const StrataEvaluation *evaluation)
{
    int64_t most = 0, classes = strata_evaluation_classes(evaluation);
    for (int64_t truth = 0; truth < classes; truth++) {
        int64_t own = 0;
        for (int64_t answer = 0; answer < classes; answer++)
            own += strata_evaluation_confusion(evaluation, truth, answer);
        most = own > most ? own : most;
    }
    return most;
}

static int column_width(const StrataEvaluation *evaluation, const StrataValue *output)
{
    char number[CLASS_NUMBER];
    int width = 4;
    for (int64_t i = 0; i < strata_evaluation_classes(evaluation); i++) {
        int length = (int)strlen(class_label(output, i, number));
        width = length > width ? length : width;
    }
    return width;
}

static void print_share(int64_t part, int64_t whole)
{
    if (whole > 0)
        printf("  %7.2f %%", 100 * (double)part / (double)whole);
    else
        printf("  %9s", "-");
}

static void print_confusion(const StrataEvaluation *evaluation, const StrataValue *output)
{
    char number[CLASS_NUMBER];
    int64_t classes = strata_evaluation_classes(evaluation);
    int width = column_width(evaluation, output);
    printf("\nrows: the true class; columns: the answer\n%*s", width, "");
    for (int64_t answer = 0; answer < classes; answer++)
        printf(" %*s", width, class_label(output, answer, number));
    putchar('\n');
    for (int64_t truth = 0; truth < classes; truth++) {
        printf("%*s", width, class_label(output, truth, number));
        for (int64_t answer = 0; answer < classes; answer++) {
            int64_t count = strata_evaluation_confusion(evaluation, truth, answer);
            if (count)
                printf(" %*" PRId64, width, count);
            else
                printf(" %*s", width, ".");
        }
        putchar('\n');
    }
}

/* For each class how many of it were found (recall), and how many of what was called so were it (precision). */
static void print_classes(const StrataEvaluation *evaluation, const StrataValue *output)
{
    char number[CLASS_NUMBER];
    int64_t classes = strata_evaluation_classes(evaluation);
    int width = column_width(evaluation, output) > 5 ? column_width(evaluation, output) : 5;
    printf("\n%*s   samples     recall  precision\n", width, "class");
    for (int64_t class = 0; class < classes; class ++) {
        int64_t own = 0, called = 0, both = strata_evaluation_confusion(evaluation, class, class);
        for (int64_t other = 0; other < classes; other++) {
            own += strata_evaluation_confusion(evaluation, class, other);
            called += strata_evaluation_confusion(evaluation, other, class);
        }
        printf("%*s  %8" PRId64 "  ", width, class_label(output, class, number), own);
        print_share(both, own);
        print_share(both, called);
        putchar('\n');
    }
}

/* How sure the answers were, and how often they were right then. */
static void print_calibration(const StrataEvaluation *evaluation)
{
    printf("\n  probability   samples      right       mean\n");
    for (int i = 0; i < STRATA_CALIBRATION_BINS; i++) {
        StrataCalibration bin = strata_evaluation_calibration(evaluation, i);
        if (bin.samples == 0)
            continue;
        printf("%4d to %3d %%  %8" PRId64 "  ", 100 * i / STRATA_CALIBRATION_BINS, 100 * (i + 1) / STRATA_CALIBRATION_BINS,
               bin.samples);
        print_share(bin.right, bin.samples);
        printf("  %6.2f %%\n", 100 * bin.confidence / (double)bin.samples);
    }
    printf("expected calibration error %.2f %%\n", 100 * strata_evaluation_calibration_error(evaluation));
}

static void print_details(const StrataEvaluation *evaluation, const StrataValue *output)
{
    char truth[CLASS_NUMBER], answer[CLASS_NUMBER];
    StrataMiss miss;
    print_classes(evaluation, output);
    print_calibration(evaluation);
    if (strata_evaluation_miss(evaluation, 0, &miss))
        printf("\nmost confident mistakes\n");
    for (int64_t i = 0; i < SHOWN_MISTAKES && strata_evaluation_miss(evaluation, i, &miss); i++)
        printf("sample %" PRId64 ": %s, answered %s (%.1f %%)\n", miss.sample, class_label(output, miss.truth, truth),
               class_label(output, miss.answer, answer), 100 * miss.confidence);
}

static void print_text(const StrataEvaluation *evaluation, const StrataValue *output)
{
    int64_t samples = strata_evaluation_samples(evaluation);
    printf("%" PRId64 " of %" PRId64 " right, accuracy %.2f %%; always the commonest class: %.2f %%\n",
           strata_evaluation_right(evaluation), samples, 100 * accuracy(evaluation),
           samples > 0 ? 100 * (double)commonest(evaluation) / (double)samples : 0);
    print_confusion(evaluation, output);
}

static void print_json(const StrataEvaluation *evaluation, const StrataValue *output)
{
    char number[CLASS_NUMBER];
    int64_t classes = strata_evaluation_classes(evaluation);
    printf("{\"samples\":%" PRId64 ",\"right\":%" PRId64 ",\"commonest\":%" PRId64 ",\"accuracy\":%.9g,\n \"labels\":[",
           strata_evaluation_samples(evaluation), strata_evaluation_right(evaluation), commonest(evaluation), accuracy(evaluation));
    for (int64_t i = 0; i < classes; i++) {
        if (i)
            putchar(',');
        output_json_string(class_label(output, i, number));
    }
    fputs("],\n \"confusion\":[", stdout);
    for (int64_t truth = 0; truth < classes; truth++) {
        fputs(truth ? ",\n  [" : "\n  [", stdout);
        for (int64_t answer = 0; answer < classes; answer++)
            printf("%s%" PRId64, answer ? "," : "", strata_evaluation_confusion(evaluation, truth, answer));
        putchar(']');
    }
    printf("],\n \"calibration_error\":%.9g,\n \"mistakes\":[", strata_evaluation_calibration_error(evaluation));
    StrataMiss miss;
    for (int64_t i = 0; strata_evaluation_miss(evaluation, i, &miss); i++)
        printf("%s\n  {\"sample\":%" PRId64 ",\"truth\":%" PRId64 ",\"answer\":%" PRId64 ",\"probability\":%.6g}", i ? "," : "",
               miss.sample, miss.truth, miss.answer, miss.confidence);
    fputs("]}\n", stdout);
}

/* --- a picture of mistakes ------------------------------------------------------------------------------------------------------ */

/* Copies a grey sample (its first channel) into its place of the sheet; light is large, bytes or reals from 0 to 1. */
static void place_sample(const StrataTensor *samples, int64_t sample, uint8_t *sheet, int64_t row, int64_t column)
{
    int rank = strata_tensor_rank(samples);
    int64_t rows = strata_tensor_size(samples, rank - 2), columns = strata_tensor_size(samples, rank - 1);
    int64_t size = strata_tensor_elements(samples) / strata_tensor_size(samples, 0);
    const uint8_t *bytes = strata_tensor_data_const(samples);
    const float *reals = strata_tensor_data_const(samples);
    bool has_bytes = strata_tensor_kind(samples) == STRATA_UINT8;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < columns; k++) {
            int64_t at = sample * size + i * columns + k;
            double value = has_bytes ? bytes[at] : 255 * (double)reals[at];
            sheet[(row * (rows + 1) + i) * SHEET_COLUMNS * (columns + 1) + column * (columns + 1) + k] =
                (uint8_t)(value < 0     ? 0
                          : value > 255 ? 255
                                        : value);
        }
}

static bool is_picture(const StrataTensor *samples)
{
    StrataKind kind = strata_tensor_kind(samples);
    return strata_tensor_rank(samples) >= 3 && (kind == STRATA_UINT8 || kind == STRATA_FLOAT32);
}

/* Writes the most confident mistakes side by side, as a PNG. */
static bool write_worst(Session *session, const StrataEvaluation *evaluation, const char *path)
{
    const StrataTensor *samples = strata_tensor_set_tensor(session->inputs, 0);
    StrataMiss miss;
    StrataError error;
    int64_t count = 0;
    if (!samples || !is_picture(samples)) {
        session->failed = message_error(0, "--worst draws samples of rows x columns, in bytes or single precision");
        return false;
    }
    while (strata_evaluation_miss(evaluation, count, &miss))
        count++;
    int rank = strata_tensor_rank(samples);
    int64_t sizes[2] = {(count + SHEET_COLUMNS - 1) / SHEET_COLUMNS * (strata_tensor_size(samples, rank - 2) + 1),
                        SHEET_COLUMNS * (strata_tensor_size(samples, rank - 1) + 1)};
    if (count == 0) {
        message_note("there are no mistakes to draw");
        return true;
    }
    StrataTensor *sheet = strata_tensor_make(&session->allocator, STRATA_UINT8, 2, sizes, &error);
    for (int64_t i = 0; sheet && strata_evaluation_miss(evaluation, i, &miss); i++)
        place_sample(samples, miss.sample, strata_tensor_data(sheet), i / SHEET_COLUMNS, i % SHEET_COLUMNS);
    bool done = sheet && strata_tensor_write(sheet, path, &error);
    strata_tensor_release(sheet);
    if (!done)
        session->failed = message_failure(&error);
    return done;
}

/* The labels, as many as there are samples when --limit makes them fewer. */
static StrataTensor *read_labels(Session *session, const char *path)
{
    StrataError error;
    StrataTensor *labels = strata_tensor_read(&session->allocator, path, &error);
    int64_t count = arguments_number(session->arguments, "limit", 0);
    if (labels && count > 0 && count < strata_tensor_size(labels, 0)) {
        StrataTensor *part = strata_tensor_rows(labels, 0, count, &error);
        strata_tensor_release(labels);
        labels = part;
    }
    if (!labels)
        message_failure(&error);
    return labels;
}

static ExitCode evaluate(Session *session)
{
    const Arguments *arguments = session->arguments;
    Samples samples = {0};
    int last = arguments->operand_count - 1;
    if (!session_module(session, arguments->operands[0]) || !session_net(session) || !session_weights(session) ||
        !session_program(session, NULL, 0, 0))
        return EXIT_WRONG_INPUT;
    StrataTensor *labels = read_labels(session, arguments->operands[last]);
    StrataEvaluation *evaluation = NULL;
    if (labels && data_read(session, 1, last, &samples) && session_engine(session, samples.count))
        evaluation = strata_evaluate(session->workspace, session->inputs, labels, session->diagnostics);
    StrataValue output;
    if (evaluation && class_output(session->net, &output))
        (arguments_has(arguments, "json") ? print_json : print_text)(evaluation, &output);
    if (evaluation && arguments_has(arguments, "details") && !arguments_has(arguments, "json"))
        print_details(evaluation, &output);
    const char *sheet = arguments_value(arguments, "worst", NULL);
    ExitCode code = evaluation && (!sheet || write_worst(session, evaluation, sheet)) ? EXIT_DONE : EXIT_WRONG_INPUT;
    strata_evaluation_release(evaluation);
    strata_tensor_release(labels);
    samples_release(&samples);
    return code;
}

static ExitCode run_evaluate(const Arguments *arguments)
{
    Session session;
    Progress progress;
    if (!session_begin(&session, arguments))
        return EXIT_WRONG_INPUT;
    progress_begin(&progress);
    strata_context_set_progress(session.context, progress_step, &progress);
    ExitCode code = evaluate(&session);
    progress_end(&progress);
    ExitCode status = session_end(&session);
    return status == EXIT_DONE ? code : status;
}

static const Option evaluate_options[] = {
    OPTION_WEIGHTS,
    OPTION_MAP,
    OPTION_LEFT_OVER,
    OPTION_NET,
    OPTION_SET,
    OPTION_LIMIT,
    OPTION_BATCH,
    OPTION_INVERT,
    OPTION_THREADS,
    OPTION_PRECISION,
    OPTION_EXACT,
    OPTION_ENGINE,
    OPTION_VERBOSE,
    OPTION_SEED,
    OPTION_JSON,
    {.name = "details", .letter = 'd', .help = "say recall and precision of each class, calibration, and the worst mistakes"},
    {.name = "worst",
     .kind = VALUE_FILE,
     .placeholder = "FILE.png",
     .help = "draw the samples of the most confident mistakes, ten in a row"},
    {0},
};

const Verb verb_evaluate = {
    .name = "evaluate",
    .operands = "MODEL DATA... LABELS",
    .summary = "count how many samples a classifier gets right",
    .description = "Says the number right, the accuracy and the confusion matrix. The net needs an output of classes(...); its "
                   "answer is the largest entry.\n\n" DATA_DESCRIPTION,
    .examples = "strata evaluate lenet.net -w lenet.safetensors t10k-images-idx3-ubyte.gz t10k-labels-idx1-ubyte.gz",
    .options = evaluate_options,
    .least = 3,
    .most = -1,
    .operand_kind = VALUE_FILE,
    .run = run_evaluate,
};
