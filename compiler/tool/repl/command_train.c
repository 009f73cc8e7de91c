/* :train, and the losses as they fall. */
#include "tool/repl/command.h"

#include "tool/progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

/* The losses of the epochs so far, and what is seen of them: on a terminal that can draw again, their curve stands below the newest line. */
typedef struct Losses {
    double *items;
    int64_t count, capacity;
    bool live;  /* the curve is drawn while it grows */
    bool drawn; /* it stands on the screen now */
    double drawn_at;
} Losses;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Takes the curve away, so that a line can stand in its place. */
static void erase_curve(Losses *losses)
{
    if (losses->drawn)
        printf("\033[%dA\033[J", CURVE_ROWS);
    losses->drawn = false;
}

static void draw_losses(Repl *repl, Losses *losses)
{
    if (repl->pictures == PICTURES_OFF || losses->count < 2)
        return;
    draw_curve(repl, losses->items, losses->count);
    losses->drawn = losses->live;
    losses->drawn_at = now();
}

static void add_loss(Losses *losses, double loss)
{
    if (losses->count == losses->capacity) {
        int64_t capacity = losses->capacity ? 2 * losses->capacity : 64;
        double *grown = realloc(losses->items, (size_t)capacity * sizeof *grown);
        if (!grown)
            return;
        losses->items = grown;
        losses->capacity = capacity;
    }
    losses->items[losses->count++] = loss;
}

/* Whether an epoch is worth a line: where they pass faster than anybody reads, some are left out. */
static bool is_due(const Losses *losses, const StrataTraining *at)
{
    enum { FIRST_ONES = 3 };
    static const double pause = 0.1; /* seconds */
    return !losses->live || losses->count <= FIRST_ONES || at->epoch == at->epochs || now() - losses->drawn_at >= pause;
}

/* Tells the loss of the epoch that ended, of held-out samples where there are some. */
static void end_epoch(Repl *repl, StrataTrainer *trainer, Losses *losses)
{
    StrataTraining at = strata_trainer_training(trainer);
    StrataJudgement judgement;
    bool judged = at.validates && strata_trainer_judge(trainer, NULL, &judgement, repl->diagnostics);
    strata_trainer_note(trainer, judged ? judgement.loss : at.last_loss);
    add_loss(losses, at.last_loss);
    if (!is_due(losses, &at))
        return;
    erase_curve(losses);
    printf("epoch %" PRId64 " of %" PRId64 ": loss %.4g", at.epoch, at.epochs, at.last_loss);
    if (judged)
        printf(", held out %.4g", judgement.loss);
    if (judged && judgement.classifies && judgement.samples > 0)
        printf(", %.2f %% right", 100 * (double)judgement.right / (double)judgement.samples);
    putchar('\n');
    if (losses->live)
        draw_losses(repl, losses);
    fflush(stdout);
}

/* All epochs, or those until Ctrl-C; false when a step failed. */
static bool run_epochs(Repl *repl, StrataTrainer *trainer, Losses *losses)
{
    StrataTraining at = strata_trainer_training(trainer);
    while (at.epoch < at.epochs && !at.stops && !interrupted()) {
        int64_t epoch = at.epoch;
        if (!strata_trainer_step(trainer, repl->diagnostics))
            return strata_diagnostics_status(repl->diagnostics) == STRATA_CANCELLED;
        at = strata_trainer_training(trainer);
        if (at.epoch > epoch) {
            end_epoch(repl, trainer, losses);
            at = strata_trainer_training(trainer);
        }
    }
    return true;
}

/* The net has the weights of the training from now on, also when it was stopped. */
static void keep_weights(Repl *repl, const StrataTrainer *trainer)
{
    StrataTraining at = strata_trainer_training(trainer);
    strata_diagnostics_clear(repl->diagnostics);
    StrataTensorSet *weights = strata_trainer_weights(trainer, repl->diagnostics);
    if (weights && strata_session_set_weights(repl->session, at.net, weights, repl->diagnostics))
        printf("%s%s has the weights of %" PRId64 " steps\n", interrupted() ? "stopped: " : "", at.net, at.step);
    strata_tensor_set_release(weights);
}

static void train(Repl *repl, const char *rest)
{
    StrataModule *module = strata_session_module(repl->session, repl->diagnostics);
    StrataTrainerOptions options = {.train = rest[0] ? rest : NULL, .threads = strata_session_options(repl->session).threads};
    StrataTrainer *trainer = strata_trainer_make(module, &options, repl->diagnostics);
    Losses losses = {.live = repl->terminal && terminal_is_fancy()};
    if (trainer && run_epochs(repl, trainer, &losses)) {
        erase_curve(&losses);
        draw_losses(repl, &losses);
        keep_weights(repl, trainer);
    }
    free(losses.items);
    strata_trainer_release(trainer);
    strata_module_release(module);
    repl_report(repl);
}

const Command train_commands[] = {
    {"train", "[NAME]", "carry out a `train` block of the session; its net then has the weights",
     "  NAME is that of the block or of its net (default: the last block). Ctrl-C stops it and keeps the weights of the last whole "
     "step.",
     "data d = idx(\"examples/digits-images.gz\", \"examples/digits-labels.gz\")\nnet small(x: 1x28x28) -> classes(10) = x |> "
     "flatten |> dense(10)\ntrain small { data = d; loss = cross_entropy; epochs = 3; batch = 50 }\n:train small",
     train},
    {0},
};
