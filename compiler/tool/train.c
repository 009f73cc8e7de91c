/* strata train: carries out a `train` block. */
#include "tool/output.h"
#include "tool/progress.h"
#include "tool/session.h"
#include "tool/train_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PATH_ROOM = 4096, CHECKPOINT_SECONDS = 20, CURVE_COLUMNS = 60, CURVE_ROWS = 8 };
static const double redraw = 0.2; /* seconds */

/* A training under way. */
typedef struct Work {
    Session *session;
    StrataTrainer *trainer;
    TrainLog log;
    char output[PATH_ROOM], checkpoint[PATH_ROOM];
    bool terminal, shown;
    double begun, epoch_begun, drawn, saved; /* seconds */
    int64_t begun_step;
    StrataJudgement kept; /* of the weights that are saved; without samples: none */
} Work;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* --- what the user sees --------------------------------------------------------------------------------------------------------- */

static void print_head(const StrataTraining *training, int threads)
{
    printf("%s: %" PRId64 " weights; %" PRId64 " samples, %" PRId64 " a step; %" PRId64 " epochs; seed %" PRIu64
           "; %s, %d thread%s\n",
           training->net, training->weights, training->samples, training->batch, training->epochs, training->seed,
           training->compiled ? "compiled" : "interpreted", threads, threads == 1 ? "" : "s");
    printf("memory of a step: %.2f MB planned, %.2f MB at least\n\n", (double)training->peak / 1e6,
           (double)training->lower_bound / 1e6);
    printf("epoch        loss   held out   accuracy    seconds\n");
    fflush(stdout);
}

static void wipe(Work *work)
{
    if (work->shown)
        fputs("\r\033[K", stderr);
    work->shown = false;
}

/* The line that says how far it is, on a terminal. */
static void show_progress(Work *work)
{
    double time = now();
    if (!work->terminal || time - work->drawn < redraw)
        return;
    StrataTraining at = strata_trainer_training(work->trainer);
    double done = (double)(at.step - work->begun_step);
    int64_t steps_of_epoch = (at.samples + at.batch - 1) / at.batch;
    double steps = (double)(at.epochs * steps_of_epoch - work->begun_step);
    double left = done > 0 ? (time - work->begun) / done * (steps - done) : 0;
    fprintf(stderr, "\r\033[Kepoch %" PRId64 " of %" PRId64 ", %.0f %%, loss %.4f, %.0f s left", at.epoch + 1, at.epochs,
            100 * (double)at.sample / (double)at.samples, at.loss, left);
    fflush(stderr);
    work->drawn = time;
    work->shown = true;
}

static void print_epoch(Work *work, const EpochEntry *entry)
{
    wipe(work);
    printf("%5" PRId64 "  %10.5f", entry->epoch, entry->loss);
    if (entry->judgement)
        printf("  %9.5f", entry->judgement->loss);
    else
        printf("  %9s", "-");
    if (entry->judgement && entry->judgement->classifies)
        printf("  %7.2f %%", 100 * (double)entry->judgement->right / (double)entry->judgement->samples);
    else
        printf("  %9s", "-");
    printf("  %9.2f\n", entry->seconds);
    fflush(stdout);
}

static void draw_curves(const TrainLog *log)
{
    if (log->loss.count < 2)
        return;
    Curve losses[] = {log->loss, log->held_out};
    putchar('\n');
    curve_draw(stdout, log->held_out.count ? "loss by epoch: training and held out" : "loss by epoch", losses,
               log->held_out.count ? 2 : 1, CURVE_COLUMNS, CURVE_ROWS);
    if (log->accuracy.count < 2)
        return;
    putchar('\n');
    curve_draw(stdout, "accuracy on held-out data by epoch, in %", &log->accuracy, 1, CURVE_COLUMNS, CURVE_ROWS);
}

/* --- files ---------------------------------------------------------------------------------------------------------------------- */

static bool save_checkpoint(Work *work)
{
    work->saved = now();
    return strata_trainer_save(work->trainer, work->checkpoint, work->session->diagnostics);
}

static bool save_weights(Work *work)
{
    StrataError error;
    StrataTensorSet *set = strata_trainer_weights(work->trainer, work->session->diagnostics);
    bool done = set && strata_tensor_set_write(set, work->output, &error);
    if (set && !done)
        work->session->failed = message_failure(&error);
    strata_tensor_set_release(set);
    return done;
}

static bool write_picture(Work *work)
{
    const char *path = arguments_value(work->session->arguments, "plot", NULL);
    if (!path)
        return true;
    Curve losses[] = {work->log.loss, work->log.held_out};
    size_t length;
    StrataTraining at = strata_trainer_training(work->trainer);
    char *svg =
        curve_svg(at.name, losses, work->log.held_out.count ? 2 : 1, &work->log.accuracy, work->log.accuracy.count > 0, &length);
    bool done = svg && output_file(path, svg, length);
    free(svg);
    if (!done)
        work->session->failed = EXIT_WRONG_INPUT;
    return done;
}

/* --- the loop ------------------------------------------------------------------------------------------------------------------- */

/* What is done when an epoch has ended. */
static bool end_epoch(Work *work)
{
    StrataTraining at = strata_trainer_training(work->trainer);
    StrataJudgement judgement;
    if (at.validates && !strata_trainer_judge(work->trainer, NULL, &judgement, work->session->diagnostics))
        return false;
    double time = now();
    EpochEntry entry = {.epoch = at.epoch,
                        .step = at.step,
                        .loss = at.last_loss,
                        .judgement = at.validates ? &judgement : NULL,
                        .seconds = time - work->epoch_begun};
    work->epoch_begun = time;
    print_epoch(work, &entry);
    if (!train_log_epoch(&work->log, &entry)) {
        work->session->failed = EXIT_WRONG_INPUT;
        return false;
    }
    strata_trainer_note(work->trainer, entry.judgement ? judgement.loss : at.last_loss);
    at = strata_trainer_training(work->trainer);
    bool best = at.keeps_best && at.best_epoch == at.epoch;
    if (entry.judgement && (best || !at.keeps_best))
        work->kept = judgement;
    if (best && !save_weights(work))
        return false;
    return save_checkpoint(work);
}

static bool stopped(Work *work)
{
    if (!interrupted())
        return false;
    wipe(work);
    if (save_checkpoint(work))
        message_note("stopped; `--resume` goes on from %s", work->checkpoint);
    work->session->failed = EXIT_INTERRUPTED;
    return true;
}

static bool train_all(Work *work)
{
    StrataTraining at = strata_trainer_training(work->trainer);
    work->begun = work->epoch_begun = work->saved = now();
    work->begun_step = at.step;
    for (int64_t epoch = at.epoch; epoch < at.epochs && !strata_trainer_training(work->trainer).stops;) {
        if (stopped(work) || !strata_trainer_step(work->trainer, work->session->diagnostics))
            return false;
        int64_t reached = strata_trainer_training(work->trainer).epoch;
        if (reached != epoch && !end_epoch(work))
            return false;
        epoch = reached;
        show_progress(work);
        int64_t every = arguments_number(work->session->arguments, "every", CHECKPOINT_SECONDS);
        if (now() - work->saved >= (double)every && !save_checkpoint(work))
            return false;
    }
    wipe(work);
    return true;
}

/* --- beginning ------------------------------------------------------------------------------------------------------------------ */

/* Whether a file can come to be there: its folder lets itself be written to. Training may take long before it is. */
static bool check_folder(const char *path)
{
    char folder[PATH_ROOM];
    const char *slash = strrchr(path, '/');
    if (slash == path)
        snprintf(folder, sizeof folder, "/");
    else
        snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    if (access(folder, W_OK) == 0)
        return true;
    message_error(802, "%s: the folder cannot be written to: %s", path, strerror(errno));
    return false;
}

static bool ends_with(const char *path, const char *end)
{
    size_t length = strlen(path), size = strlen(end);
    return length > size && strcmp(path + length - size, end) == 0;
}

/* The file of an option, or one in the current folder that is called after the block. */
static bool choose_path(const Work *work, const char *option, const char *ending, char *path)
{
    const char *given = arguments_value(work->session->arguments, option, NULL);
    const char *name = strata_trainer_training(work->trainer).name;
    int length = given ? snprintf(path, PATH_ROOM, "%s", given) : snprintf(path, PATH_ROOM, "%s%s", name, ending);
    bool fits = length > 0 && length < PATH_ROOM;
    if (!fits)
        message_error(0, "the path is too long");
    else if (!ends_with(path, ".safetensors") && !ends_with(path, ".npz"))
        message_error(805, "%s: named tensors are written as .safetensors or .npz; end the name so", path);
    else if (check_folder(path))
        return true;
    work->session->failed = EXIT_WRONG_INPUT;
    return false;
}

static bool check_plot(const Work *work)
{
    const char *path = arguments_value(work->session->arguments, "plot", NULL);
    if (!path || check_folder(path))
        return true;
    work->session->failed = EXIT_WRONG_INPUT;
    return false;
}

static bool start_from(Work *work)
{
    const char *path = arguments_value(work->session->arguments, "weights", NULL);
    if (!path)
        return true;
    StrataError error;
    StrataTensorSet *set = strata_tensor_set_read(&work->session->allocator, path, &error);
    if (!set)
        work->session->failed = message_failure(&error);
    bool done = set && strata_trainer_start_from(work->trainer, set, work->session->diagnostics);
    strata_tensor_set_release(set);
    return done;
}

static bool make_trainer(Work *work)
{
    const Arguments *arguments = work->session->arguments;
    const char *engine = arguments_value(arguments, "engine", NULL);
    uint64_t seed = (uint64_t)arguments_number(arguments, "seed", 0);
    int count = 0;
    StrataSetting *settings = session_settings(work->session, &count);
    if (!settings)
        return false;
    StrataTrainerOptions options = {
        .train = arguments->operand_count > 1 ? arguments->operands[1] : NULL,
        .settings = settings,
        .setting_count = count,
        .precision = strcmp(arguments_value(arguments, "precision", "single"), "double") == 0 ? STRATA_DOUBLE : STRATA_SINGLE,
        .threads = (int)arguments_number(arguments, "threads", 1),
        .interpret = engine && strcmp(engine, "interpreter") == 0,
        .epochs = arguments_number(arguments, "epochs", 0),
        .batch = arguments_number(arguments, "batch", 0),
        .seed = arguments_has(arguments, "seed") ? &seed : NULL,
    };
    work->trainer = strata_trainer_make(work->session->module, &options, work->session->diagnostics);
    session_settings_release(settings, count);
    return work->trainer != NULL;
}

static bool begin(Work *work)
{
    const Arguments *arguments = work->session->arguments;
    if (!session_module(work->session, arguments->operands[0]) || !make_trainer(work) ||
        !choose_path(work, "output", ".safetensors", work->output) ||
        !choose_path(work, "checkpoint", ".checkpoint.safetensors", work->checkpoint) || !check_plot(work) || !start_from(work))
        return false;
    bool resumes = arguments_has(arguments, "resume") && access(work->checkpoint, F_OK) == 0;
    if (resumes && !strata_trainer_restore(work->trainer, work->checkpoint, work->session->diagnostics))
        return false;
    StrataTraining at = strata_trainer_training(work->trainer);
    if (!train_log_open(&work->log, arguments_value(arguments, "log", NULL), strata_trainer_facts(work->trainer), at.epoch)) {
        work->session->failed = EXIT_WRONG_INPUT;
        return false;
    }
    print_head(&at, (int)arguments_number(arguments, "threads", 1));
    if (resumes && at.epoch >= at.epochs)
        message_note("%s has %" PRId64 " epochs already; `--epochs` with a larger number goes on", work->checkpoint, at.epoch);
    else if (resumes)
        message_note("goes on from %s, epoch %" PRId64, work->checkpoint, at.epoch + 1);
    return true;
}

/* What held-out data say of the weights that are saved, and what chance gets. */
static void print_judgement(const StrataJudgement *kept)
{
    if (kept->samples == 0)
        return;
    double samples = (double)kept->samples;
    if (kept->classifies)
        printf("\nheld out: %" PRId64 " of %" PRId64 " right, %.2f %%; always the commonest class: %.2f %%\n", kept->right,
               kept->samples, 100 * (double)kept->right / samples, 100 * (double)kept->commonest / samples);
    else
        printf("\nheld out: loss %.5g\n", kept->loss);
}

static bool finish(Work *work)
{
    draw_curves(&work->log);
    StrataTraining at = strata_trainer_training(work->trainer);
    print_judgement(&work->kept);
    if (at.keeps_best)
        printf("\nbest epoch: %" PRId64 "\n", at.best_epoch);
    else if (!save_weights(work))
        return false;
    if (!write_picture(work))
        return false;
    printf("\nweights in %s, checkpoint in %s\n", work->output, work->checkpoint);
    return true;
}

static ExitCode run_train(const Arguments *arguments)
{
    Session session;
    Progress progress;
    Work work = {.session = &session, .terminal = isatty(STDERR_FILENO) != 0};
    if (!session_begin(&session, arguments))
        return EXIT_WRONG_INPUT;
    progress_begin(&progress);
    bool done = begin(&work) && train_all(&work) && finish(&work);
    wipe(&work);
    train_log_close(&work.log);
    strata_trainer_release(work.trainer);
    ExitCode code = session_end(&session);
    return code == EXIT_DONE && !done ? EXIT_WRONG_INPUT : code;
}

static const Option train_options[] = {
    {.name = "output",
     .letter = 'o',
     .kind = VALUE_FILE,
     .placeholder = "FILE",
     .help = "where the weights go (default: NAME.safetensors)"},
    {.name = "resume", .help = "go on from the checkpoint if there is one"},
    {.name = "checkpoint",
     .kind = VALUE_FILE,
     .placeholder = "FILE",
     .help = "where checkpoints go (default: NAME.checkpoint.safetensors)"},
    {.name = "every",
     .kind = VALUE_NUMBER,
     .placeholder = "SECONDS",
     .least = 0,
     .most = 1000000,
     .help = "how often a checkpoint is written within an epoch (default 20)"},
    {.name = "epochs",
     .kind = VALUE_NUMBER,
     .placeholder = "N",
     .least = 1,
     .most = 1000000000,
     .help = "how many epochs, instead of what the block says"},
    {.name = "batch",
     .letter = 'b',
     .kind = VALUE_NUMBER,
     .placeholder = "N",
     .least = 1,
     .most = 1000000000,
     .help = "samples of a step, instead of what the block says"},
    {.name = "seed",
     .kind = VALUE_NUMBER,
     .placeholder = "N",
     .least = 0,
     .most = INT64_MAX,
     .help = "of initial weights, order and noise, instead of the block's"},
    {.name = "weights", .letter = 'w', .kind = VALUE_FILE, .placeholder = "FILE", .help = "weights to start from"},
    {.name = "log", .kind = VALUE_FILE, .placeholder = "FILE", .help = "write a line of JSON for each epoch"},
    {.name = "plot", .kind = VALUE_FILE, .placeholder = "FILE.svg", .help = "draw the curves as a picture"},
    OPTION_SET,
    OPTION_THREADS,
    OPTION_PRECISION,
    OPTION_ENGINE,
    {0},
};

const Verb verb_train = {
    .name = "train",
    .operands = "MODEL [NAME]",
    .summary = "train a net as a `train` block of its file says",
    .description =
        "Carries out the `train` block called NAME (the last one of the file): reads its data, checks them against the net, and "
        "trains, with a line for\n"
        "each epoch. The weights go to a file that every other verb takes with --weights.\n\n"
        "A checkpoint is written at the end of each epoch, and now and then within one. Training that was stopped, by Ctrl-C or by "
        "the end of the\n"
        "machine, goes on with --resume and comes to the same bits as without the stop. It stops by itself where a value is not "
        "finite, and says which\n"
        "operation of the source gave it.",
    .examples = "strata train lenet.net\n"
                "strata train lenet.net --epochs 20 --resume --log lenet.jsonl --plot lenet.svg",
    .options = train_options,
    .least = 1,
    .most = 2,
    .operand_kind = VALUE_FILE,
    .run = run_train,
};
