/* What `./dev bench session` measures: how long a line of a session takes, as whoever types it waits for it, against the goal of 50 ms; and by how much
 * a session of 10,000 lines grows, against the goal of 50 MB.
 *
 * Each line is entered again and again, in turns with the others: the first time a net runs it is planned, later it is found again, and LLVM compiles
 * behind where it pays. The first time, the median, and the longest of all are printed, in milliseconds.
 *
 * Usage: bench_session EXAMPLES_FOLDER. A missed goal is said and does not change the exit status, since machines differ. */
#define _DEFAULT_SOURCE

#include "strata.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TIMES = 41, LINES = 10000 };

static const double goal = 50;          /* milliseconds */
static const double growth_goal = 50e6; /* bytes */

static const char *const lines[] = {
    "1 + 2",
    "grid(1000) * 2",
    "image |> lenet",
    "image |> conv(6, 5x5) |> relu |> maxpool(2x2)",
    "image |> conv(16, 5x5, pad=2) |> tanh |> conv(16, 5x5, pad=2) |> tanh",
    "layers(lenet, image)",
    "let y = image |> lenet",
    "net small(x: 1x28x28) -> classes(10) = x |> conv(6, 5x5) |> relu |> flatten |> dense(10)",
    "image |> small",
    "nothing |> of(this, kind)",
};
enum { COUNT = sizeof lines / sizeof lines[0] };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return 1e3 * (double)time.tv_sec + 1e-6 * (double)time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double enter(StrataSession *session, StrataDiagnostics *diagnostics, const char *line)
{
    double start = now();
    strata_answer_release(strata_session_enter(session, "<1>", line, strlen(line), diagnostics));
    strata_diagnostics_clear(diagnostics);
    return now() - start;
}

static bool bind_picture(StrataSession *session, const StrataAllocator *allocator, StrataDiagnostics *diagnostics)
{
    StrataError error;
    StrataTensor *picture = strata_tensor_make(allocator, STRATA_FLOAT32, 4, (int64_t[]){1, 1, 28, 28}, &error);
    for (int64_t i = 0; picture && i < strata_tensor_elements(picture); i++)
        ((float *)strata_tensor_data(picture))[i] = (float)(i % 7) / 7;
    bool bound = picture && strata_session_bind(session, "image", picture, true, diagnostics);
    strata_tensor_release(picture);
    return bound;
}

static void report(int line, double *times)
{
    double first = times[0];
    qsort(times, TIMES, sizeof *times, compare);
    double longest = times[TIMES - 1];
    printf("%8.2f %8.2f %8.2f  %s%s\n", first, times[TIMES / 2], longest, lines[line], longest < goal ? "" : "  (goal missed)");
}

static void measure_lines(StrataSession *session, StrataDiagnostics *diagnostics)
{
    static double times[COUNT][TIMES];
    for (int turn = 0; turn < TIMES; turn++)
        for (int i = 0; i < COUNT; i++)
            times[i][turn] = enter(session, diagnostics, lines[i]);
    printf("milliseconds a line (goal: each below %.0f)\n   first   median  longest\n", goal);
    for (int i = 0; i < COUNT; i++)
        report(i, times[i]);
}

/* Bytes that are allocated and not given back. */
static double bytes_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

static void measure_growth(StrataSession *session, StrataDiagnostics *diagnostics)
{
    double before = bytes_in_use(), start = now();
    for (int i = 0; i < LINES; i++)
        enter(session, diagnostics, lines[i % COUNT]);
    double grown = bytes_in_use() - before;
    printf("%d lines: %.1f MB more (goal: below %.0f)%s, %.2f ms a line\n", LINES, grown / 1e6, growth_goal / 1e6,
           grown < growth_goal ? "" : "  (goal missed)", (now() - start) / LINES);
}

int main(int count, char **arguments)
{
    if (count != 2) {
        fprintf(stderr, "usage: %s EXAMPLES_FOLDER\n", arguments[0]);
        return 2;
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/lenet.net", arguments[1]);
    StrataAllocator allocator = strata_default_allocator();
    StrataContext *context = strata_context_make(&allocator);
    StrataDiagnostics *diagnostics = strata_diagnostics_make(context);
    StrataSession *session = strata_session_make(context, diagnostics);
    StrataAnswer *opened = strata_session_open(session, path, diagnostics);
    bool ready = opened && bind_picture(session, &allocator, diagnostics);
    strata_answer_release(opened);
    if (ready) {
        measure_lines(session, diagnostics);
        measure_growth(session, diagnostics);
    }
    strata_session_release(session);
    strata_diagnostics_release(diagnostics);
    strata_context_release(context);
    return ready ? 0 : 1;
}
