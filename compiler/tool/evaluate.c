/* strata evaluate: how well a classifier does on samples with known classes. */
#include "tool/data.h"
#include "tool/output.h"
#include "tool/progress.h"
#include "tool/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

static void print_text(const StrataEvaluation *evaluation, const StrataValue *output)
{
    printf("%" PRId64 " of %" PRId64 " right, accuracy %.2f %%\n", strata_evaluation_right(evaluation),
           strata_evaluation_samples(evaluation), 100 * accuracy(evaluation));
    print_confusion(evaluation, output);
}

static void print_json(const StrataEvaluation *evaluation, const StrataValue *output)
{
    char number[CLASS_NUMBER];
    int64_t classes = strata_evaluation_classes(evaluation);
    printf("{\"samples\":%" PRId64 ",\"right\":%" PRId64 ",\"accuracy\":%.9g,\n \"labels\":[",
           strata_evaluation_samples(evaluation), strata_evaluation_right(evaluation), accuracy(evaluation));
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
    fputs("]}\n", stdout);
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
    ExitCode code = evaluation ? EXIT_DONE : EXIT_WRONG_INPUT;
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
    OPTION_WEIGHTS, OPTION_MAP,       OPTION_LEFT_OVER, OPTION_NET,     OPTION_SET,  OPTION_LIMIT, OPTION_BATCH, OPTION_INVERT,
    OPTION_THREADS, OPTION_PRECISION, OPTION_ENGINE,    OPTION_VERBOSE, OPTION_SEED, OPTION_JSON,  {0},
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
