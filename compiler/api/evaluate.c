/* Evaluation: how well a classifier does on samples with known classes. */
#include "api/api.h"

#include <inttypes.h>
#include <math.h>

enum {
    E_LABEL_KIND = 844,
    E_LABEL_RANGE = 845,
    E_NO_CLASSES = 846,
    E_OUTPUT_NAN = 847,
};

void strata_evaluation_release(StrataEvaluation *evaluation)
{
    if (!evaluation)
        return;
    StrataAllocator allocator = evaluation->allocator;
    allocator_give(&allocator, evaluation->confusion, (size_t)evaluation->classes, (size_t)evaluation->classes * sizeof(int64_t));
    allocator_give(&allocator, evaluation, 1, sizeof *evaluation);
}

int64_t strata_evaluation_samples(const StrataEvaluation *evaluation)
{
    return evaluation->samples;
}

int64_t strata_evaluation_right(const StrataEvaluation *evaluation)
{
    return evaluation->right;
}

int64_t strata_evaluation_classes(const StrataEvaluation *evaluation)
{
    return evaluation->classes;
}

int64_t strata_evaluation_confusion(const StrataEvaluation *evaluation, int64_t truth, int64_t answer)
{
    if (truth < 0 || answer < 0 || truth >= evaluation->classes || answer >= evaluation->classes)
        return 0;
    return evaluation->confusion[truth * evaluation->classes + answer];
}

StrataCalibration strata_evaluation_calibration(const StrataEvaluation *evaluation, int64_t bin)
{
    static const StrataCalibration none = {0};
    return bin >= 0 && bin < STRATA_CALIBRATION_BINS ? evaluation->bins[bin] : none;
}

double strata_evaluation_calibration_error(const StrataEvaluation *evaluation)
{
    double sum = 0;
    for (int i = 0; i < STRATA_CALIBRATION_BINS; i++)
        sum += fabs((double)evaluation->bins[i].right - evaluation->bins[i].confidence);
    return evaluation->samples > 0 ? sum / (double)evaluation->samples : 0;
}

bool strata_evaluation_miss(const StrataEvaluation *evaluation, int64_t index, StrataMiss *result)
{
    if (index < 0 || index >= evaluation->worst_count)
        return false;
    *result = evaluation->worst[index];
    return true;
}

/* The output that says classes, or -1. */
static int64_t class_output(const Program *program)
{
    for (int64_t i = 0; i < program_output_count(program); i++)
        if (program_output(program, i)->classes > 0)
            return i;
    return -1;
}

/* One evaluation while it goes on. */
typedef struct Work {
    StrataWorkspace *workspace;
    StrataDiagnostics *diagnostics;
    StrataEvaluation *evaluation;
    const int64_t *labels;
    OutputBuffer *outputs; /* of the program; only the classes are wanted */
    int64_t output;
    double *scores; /* of one chunk */
} Work;

/* The first largest entry. -1 when one is not a number. */
static int64_t largest(const double *scores, int64_t count)
{
    int64_t best = 0;
    for (int64_t i = 0; i < count; i++) {
        if (isnan(scores[i]))
            return -1;
        if (scores[i] > scores[best])
            best = i;
    }
    return best;
}

/* The probability that the scores give to a class: they themselves when they are probabilities, else by softmax. */
static double probability(const double *scores, int64_t count, int64_t class)
{
    double top = scores[class], sum = 0, total = 0;
    bool plain = true;
    for (int64_t i = 0; i < count; i++) {
        plain &= scores[i] >= 0 && scores[i] <= 1;
        total += scores[i];
        sum += exp(scores[i] - top);
    }
    return plain && fabs(total - 1) < 1e-4 ? top : 1 / sum;
}

/* Puts a wrong answer in its place among the worst. */
static void keep_miss(StrataEvaluation *evaluation, StrataMiss miss)
{
    int64_t at = evaluation->worst_count < STRATA_WORST_LIMIT ? evaluation->worst_count++ : STRATA_WORST_LIMIT;
    while (at > 0 && evaluation->worst[at - 1].confidence < miss.confidence) {
        if (at < STRATA_WORST_LIMIT)
            evaluation->worst[at] = evaluation->worst[at - 1];
        at--;
    }
    if (at < STRATA_WORST_LIMIT)
        evaluation->worst[at] = miss;
}

/* Counts how sure an answer was. */
static void judge_answer(StrataEvaluation *evaluation, const double *scores, StrataMiss answer)
{
    answer.confidence = probability(scores, evaluation->classes, answer.answer);
    int bin = (int)(answer.confidence * STRATA_CALIBRATION_BINS);
    StrataCalibration *row = &evaluation->bins[bin < STRATA_CALIBRATION_BINS ? bin : STRATA_CALIBRATION_BINS - 1];
    row->samples++;
    row->right += answer.truth == answer.answer;
    row->confidence += answer.confidence;
    if (answer.truth != answer.answer)
        keep_miss(evaluation, answer);
}

static bool count_answers(const Work *work, int64_t first, int64_t count)
{
    StrataEvaluation *evaluation = work->evaluation;
    for (int64_t i = 0; i < count; i++) {
        int64_t answer = largest(work->scores + i * evaluation->classes, evaluation->classes);
        if (answer < 0)
            return diagnostics_say(work->diagnostics, STRATA_INVALID, E_OUTPUT_NAN,
                                   "the output for sample %" PRId64 " has entries that are not numbers", first + i);
        int64_t truth = work->labels[first + i];
        evaluation->confusion[truth * evaluation->classes + answer]++;
        evaluation->right += truth == answer;
        judge_answer(evaluation, work->scores + i * evaluation->classes,
                     (StrataMiss){.sample = first + i, .truth = truth, .answer = answer});
    }
    return true;
}

static bool evaluate_all(const Work *work, const InputSet *inputs, int64_t chunk)
{
    const StrataProgram *program = work->workspace->program;
    int64_t total = inputs->samples;
    work->outputs[work->output] = (OutputBuffer){.data = work->scores, .element = PRECISION_DOUBLE};
    for (int64_t first = 0; first < total; first += chunk) {
        int64_t count = total - first < chunk ? total - first : chunk;
        InputSet rows;
        if (!inputs_rows(program, inputs, first, count, &rows, work->diagnostics))
            return false;
        bool good = run_rows(work->workspace, &rows, first, total, work->outputs, NULL, work->diagnostics);
        inputs_release(&rows);
        if (!good || !count_answers(work, first, count))
            return false;
    }
    if (!progress_goes_on(&program->context, total, total))
        return diagnostics_say(work->diagnostics, STRATA_CANCELLED, 0, "stopped");
    return true;
}

/* Labels as integers, checked; null after saying what is wrong. */
static StrataTensor *read_labels(const StrataTensor *labels, int64_t samples, int64_t classes, StrataDiagnostics *diagnostics)
{
    if (strata_tensor_elements(labels) != samples || strata_tensor_size(labels, 0) != samples) {
        diagnostics_say(diagnostics, STRATA_INVALID, E_LABEL_KIND, "there are %" PRId64 " labels for %" PRId64 " samples",
                        strata_tensor_elements(labels), samples);
        return NULL;
    }
    StrataError error;
    StrataTensor *whole = strata_tensor_convert(labels, STRATA_INT64, 1, &error);
    if (!whole) {
        diagnostics_failure(diagnostics, &error);
        return NULL;
    }
    const int64_t *data = strata_tensor_data(whole);
    for (int64_t i = 0; i < samples; i++) {
        if (data[i] >= 0 && data[i] < classes)
            continue;
        diagnostics_say(diagnostics, STRATA_INVALID, E_LABEL_RANGE,
                        "label %" PRId64 " is %" PRId64 ", and the classes are 0 to %" PRId64, i, data[i], classes - 1);
        strata_tensor_release(whole);
        return NULL;
    }
    return whole;
}

static StrataEvaluation *evaluation_make(const StrataContext *context, int64_t samples, int64_t classes,
                                         StrataDiagnostics *diagnostics)
{
    StrataEvaluation *evaluation = object_make(context, sizeof *evaluation, diagnostics);
    if (!evaluation)
        return NULL;
    evaluation->allocator = context->allocator;
    evaluation->samples = samples;
    evaluation->confusion = allocator_take_zero(&context->allocator, (size_t)classes, (size_t)classes * sizeof(int64_t));
    if (evaluation->confusion) {
        evaluation->classes = classes;
        return evaluation;
    }
    diagnostics_memory(diagnostics);
    strata_evaluation_release(evaluation);
    return NULL;
}

/* Runs on matched inputs with checked labels. */
static StrataEvaluation *evaluate_matched(StrataWorkspace *workspace, const InputSet *inputs, const StrataTensor *labels,
                                          int64_t output, StrataDiagnostics *diagnostics)
{
    const StrataProgram *program = workspace->program;
    const StrataAllocator *allocator = &program->context.allocator;
    int64_t classes = program_output(program->program, output)->classes, chunk = run_chunk(workspace, inputs->samples);
    size_t room = (size_t)program_output_count(program->program), scores = (size_t)(chunk > 0 ? chunk : 1);
    StrataEvaluation *evaluation = evaluation_make(&program->context, inputs->samples, classes, diagnostics);
    Work work = {.workspace = workspace,
                 .diagnostics = diagnostics,
                 .evaluation = evaluation,
                 .labels = strata_tensor_data_const(labels),
                 .outputs = allocator_take_zero(allocator, room, sizeof *work.outputs),
                 .output = output,
                 .scores = allocator_take(allocator, scores, (size_t)classes * sizeof *work.scores)};
    bool good = evaluation && work.outputs && work.scores;
    if (!good)
        diagnostics_memory(diagnostics);
    good = good && evaluate_all(&work, inputs, chunk);
    allocator_give(allocator, work.outputs, room, sizeof *work.outputs);
    allocator_give(allocator, work.scores, scores, (size_t)classes * sizeof *work.scores);
    if (good)
        return evaluation;
    strata_evaluation_release(evaluation);
    return NULL;
}

StrataEvaluation *strata_evaluate(StrataWorkspace *workspace, const StrataTensorSet *inputs, const StrataTensor *labels,
                                  StrataDiagnostics *diagnostics)
{
    if (!workspace || !inputs || !labels)
        return NULL;
    const StrataProgram *program = workspace->program;
    int64_t output = class_output(program->program);
    if (output < 0) {
        diagnostics_say(diagnostics, STRATA_INVALID, E_NO_CLASSES,
                        "%s has no output of classes: an evaluation needs one, such as `-> classes(10)`", program->net_name);
        return NULL;
    }
    InputSet matched;
    if (!inputs_match(program, inputs, &matched, diagnostics))
        return NULL;
    int64_t classes = program_output(program->program, output)->classes;
    StrataTensor *whole = read_labels(labels, matched.samples, classes, diagnostics);
    StrataEvaluation *evaluation = whole ? evaluate_matched(workspace, &matched, whole, output, diagnostics) : NULL;
    strata_tensor_release(whole);
    inputs_release(&matched);
    return evaluation;
}
