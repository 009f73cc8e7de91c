/* How long each step of a Program took, over the runs that were given it (Run.profile). A run without one reads no clock.
 *
 *     profile_make --> Run.profile, as often as wanted --> profile_print --> profile_release
 *
 * It points to its Program, which must outlive it, and belongs to one thread at a time. */
#ifndef STRATA_ENGINE_PROFILE_H
#define STRATA_ENGINE_PROFILE_H

#include "engine/program.h"

/* Null after filling `error`: a failed allocation. */
Profile *profile_make(const Program *program, StrataError *error);
void profile_release(Profile *profile); /* null is allowed */

const Program *profile_program(const Profile *profile);

/* For the engine: seconds from any moment on; a pass through the list begins; its step at `position` took so long. */
double profile_clock(void);
void profile_pass(Profile *profile);
void profile_add(Profile *profile, int64_t position, double seconds);

/* The steps, longest first: share of the time, mean of a call, calls, kernel, shape and place; then the shares of kernels. */
void profile_print(const Profile *profile, Text *out);

#endif
