/* Compiling a Program while it runs: LLVM works in a thread of its own, and what it made is published whole when it is done. See program.h.
 *
 * All memory of the Program's arena is taken before the thread begins, so that the thread shares nothing with a run but the pointer that it
 * publishes. */
#include "engine/calls.h"

#include "base/allocator.h"
#include "base/codes.h"

#include <pthread.h>
#include <signal.h>

enum { STACK_BYTES = 8 << 20 }; /* what LLVM is used to, also where threads get less */

struct Behind {
    Program *program;
    const Calls *calls;
    CompileOptions options;
    pthread_t thread;
    bool joined;
    atomic_bool cancelled;
    atomic_bool done;
};

static void *work(void *argument)
{
    Behind *behind = argument;
    StrataError error; /* nobody waits for a reason: the Program runs as before */
    error_clear(&error);
    if (calls_compile(behind->program, behind->calls, &behind->options, NATIVE_CODE, &behind->cancelled, &error))
        calls_publish(behind->program, behind->calls);
    atomic_store_explicit(&behind->done, true, memory_order_release);
    return NULL;
}

/* The thread takes no signals: the program's handlers run in the program's own threads. */
static bool start(Behind *behind, StrataError *error)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int failure = pthread_create(&behind->thread, &attributes, work, behind);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure == 0 || error_set(error, STRATA_MEMORY, E_MEMORY, "a thread to compile in could not be started");
}

bool program_compile_behind(Program *program, const CompileOptions *options, StrataError *error)
{
    error_clear(error);
    if (program->behind || program_is_compiled(program))
        return true;
    const Calls *calls = calls_prepare(program, options->samples, false, error);
    Behind *behind = calls ? allocator_take_zero(&program->allocator, 1, sizeof *behind) : NULL;
    if (!behind)
        return calls ? error_memory(error, sizeof *behind) : false;
    behind->program = program;
    behind->calls = calls;
    behind->options = *options;
    atomic_init(&behind->cancelled, false);
    atomic_init(&behind->done, false);
    if (!start(behind, error)) {
        allocator_give(&program->allocator, behind, 1, sizeof *behind);
        return false;
    }
    program->behind = behind;
    return true;
}

bool program_is_compiling(const Program *program)
{
    return program->behind && !atomic_load_explicit(&program->behind->done, memory_order_acquire);
}

void program_wait(Program *program)
{
    if (program->behind && !program->behind->joined)
        pthread_join(program->behind->thread, NULL);
    if (program->behind)
        program->behind->joined = true;
}

void behind_end(Program *program)
{
    if (!program->behind)
        return;
    atomic_store(&program->behind->cancelled, true);
    program_wait(program);
    allocator_give(&program->allocator, program->behind, 1, sizeof *program->behind);
    program->behind = NULL;
}
