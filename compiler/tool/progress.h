/* Progress of long work, and stopping it. */
#ifndef STRATA_TOOL_PROGRESS_H
#define STRATA_TOOL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* A line on standard error that says how far the work is and how long it will still take; only on a terminal, and only when it takes
 * more than a second. */
typedef struct Progress {
    bool terminal;
    bool shown;
    double started;
    double drawn;
} Progress;

/* Begins the line. From now on Ctrl-C and a request to terminate ask the work to stop, which `progress_step` then says; a second one ends the
 * process at once. Work that does not ask is ended by the first. */
void progress_begin(Progress *progress);

/* The library's callback: `user` is a Progress. False when the user pressed Ctrl-C. */
bool progress_step(void *user, int64_t done, int64_t total);

/* Wipes the line. */
void progress_end(Progress *progress);

/* A closed pipe is an error of writing, not the end of the process. */
void closed_pipes_are_errors(void);
bool interrupted(void);

/* For a session: Ctrl-C asks what runs to stop, however often; the next piece of work begins unasked. */
void interrupts_ask(void);
void interrupts_clear(void);

#endif
