/* The log of a training; see train_log.h. */
#include "tool/train_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { E_LOG = 802 };

static bool keep(TrainLog *log, int64_t epoch, double loss, const StrataJudgement *judgement)
{
    double x = (double)epoch;
    bool good = curve_add(&log->loss, x, loss);
    if (judgement)
        good = curve_add(&log->held_out, x, judgement->loss) && good;
    if (judgement && judgement->classifies && judgement->samples > 0)
        good = curve_add(&log->accuracy, x, 100 * (double)judgement->right / (double)judgement->samples) && good;
    return good;
}

/* A line as train_log_epoch writes it; false when it is another one. */
static bool read_line(TrainLog *log, const char *line, int64_t epochs)
{
    int64_t epoch, step;
    double loss;
    StrataJudgement judgement = {0};
    int parts = sscanf(line,
                       "{\"epoch\":%" SCNd64 ",\"step\":%" SCNd64 ",\"loss\":%lf,\"held_out_loss\":%lf,\"right\":%" SCNd64
                       ",\"samples\":%" SCNd64,
                       &epoch, &step, &loss, &judgement.loss, &judgement.right, &judgement.samples);
    if (parts < 3 || epoch < 1 || epoch > epochs)
        return false;
    judgement.classifies = parts == 6;
    return keep(log, epoch, loss, parts >= 4 ? &judgement : NULL);
}

/* The lines of an old log that still hold, as one text to be freed. */
static char *old_lines(TrainLog *log, int64_t epochs)
{
    FILE *old = fopen(log->path, "r");
    char *kept = NULL, *line = NULL;
    size_t length = 0, room = 0;
    ssize_t size;
    while (old && (size = getline(&line, &room, old)) > 0) {
        char *grown = read_line(log, line, epochs) ? realloc(kept, length + (size_t)size + 1) : NULL;
        if (!grown)
            continue;
        kept = grown;
        memcpy(kept + length, line, (size_t)size + 1);
        length += (size_t)size;
    }
    free(line);
    if (old)
        fclose(old);
    return kept;
}

static bool say_failure(const TrainLog *log)
{
    message_error(E_LOG, "%s: the log cannot be written: %s", log->path, strerror(errno));
    return false;
}

bool train_log_open(TrainLog *log, const char *path, const char *facts, int64_t epochs)
{
    *log =
        (TrainLog){.path = path, .loss = {.name = "training"}, .held_out = {.name = "held out"}, .accuracy = {.name = "held out"}};
    if (!path)
        return true;
    char *kept = epochs > 0 ? old_lines(log, epochs) : NULL;
    log->file = fopen(path, "w");
    bool good = log->file && fprintf(log->file, "%s\n%s", facts, kept ? kept : "") >= 0 && fflush(log->file) == 0;
    free(kept);
    return good || say_failure(log);
}

bool train_log_epoch(TrainLog *log, const EpochEntry *entry)
{
    const StrataJudgement *judgement = entry->judgement;
    keep(log, entry->epoch, entry->loss, judgement);
    if (!log->file)
        return true;
    fprintf(log->file, "{\"epoch\":%" PRId64 ",\"step\":%" PRId64 ",\"loss\":%.9g", entry->epoch, entry->step, entry->loss);
    if (judgement)
        fprintf(log->file, ",\"held_out_loss\":%.9g", judgement->loss);
    if (judgement && judgement->classifies)
        fprintf(log->file, ",\"right\":%" PRId64 ",\"samples\":%" PRId64, judgement->right, judgement->samples);
    fprintf(log->file, ",\"seconds\":%.3f}\n", entry->seconds);
    return (fflush(log->file) == 0 && !ferror(log->file)) || say_failure(log);
}

void train_log_close(TrainLog *log)
{
    if (log->file)
        fclose(log->file);
    log->file = NULL;
    curve_release(&log->loss);
    curve_release(&log->held_out);
    curve_release(&log->accuracy);
}
