/* The progress line, and the signals; see progress.h. */
#include "tool/progress.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { SHOWN_AFTER = 1 };         /* seconds */
static const double redraw = 0.1; /* seconds */

/* The one thing that a signal can tell the rest of the program. */
static volatile sig_atomic_t stop_asked;

static void ask_to_stop(int signal_number)
{
    (void)signal_number;
    stop_asked = 1;
}

/* A second signal ends the process at once. */
static void catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = ask_to_stop, .sa_flags = SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void closed_pipes_are_errors(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL); /* a file may not become so large: that is an error of writing, too */
}

void interrupts_ask(void)
{
    struct sigaction action = {.sa_handler = ask_to_stop}; /* a read that waits is broken off, too */
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
}

void interrupts_clear(void)
{
    stop_asked = 0;
}

bool interrupted(void)
{
    return stop_asked != 0;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void progress_begin(Progress *progress)
{
    catch_interrupts();
    *progress = (Progress){.terminal = isatty(STDERR_FILENO) != 0, .started = now()};
}

bool progress_step(void *user, int64_t done, int64_t total)
{
    Progress *progress = user;
    double time = now(), spent = time - progress->started;
    if (progress->terminal && done > 0 && done < total && spent >= SHOWN_AFTER && time - progress->drawn >= redraw) {
        double left = spent / (double)done * (double)(total - done);
        fprintf(stderr, "\r\033[K%" PRId64 " of %" PRId64 " samples, %.0f s left", done, total, left);
        fflush(stderr);
        progress->drawn = time;
        progress->shown = true;
    }
    return !interrupted();
}

void progress_end(Progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}
