/* Limits of elaboration: each passed one is said once, and then everything ends silently. */
#include "elaborate/elaborator.h"

#include <stdint.h>

void stop(Elaborator *e, int code, SourceSpan span, const char *message)
{
    if (!e->stopped)
        complain(e, code, span, "%s", message);
    e->stopped = true;
}

/* Bytes of C stack between the entry of the elaborator and here. The stack may grow either way. */
static size_t stack_used(const Elaborator *e)
{
    const char here = 0;
    uintptr_t now = (uintptr_t)&here;
    uintptr_t start = (uintptr_t)e->stack;
    return now > start ? now - start : start - now;
}

static const char memory_message[] = "this takes more than 800 MB to elaborate";

/* A limit that what comes next would pass at once too. */
static void exhaust(Elaborator *e, int code, SourceSpan span, const char *message)
{
    stop(e, code, span, message);
    e->exhausted = true;
}

void begin_part(Elaborator *e)
{
    e->spent += e->steps;
    e->spent_work += e->work;
    e->stopped = e->exhausted;
    e->steps = 0;
    e->work = 0;
    e->known = 0;
    e->asked = 0;
    e->depth = 0;
}

bool may_take(Elaborator *e, size_t bytes, SourceSpan span)
{
    if (!e->stopped && (e->arena->total > MEMORY_LIMIT || bytes > MEMORY_LIMIT - e->arena->total))
        exhaust(e, 1013, span, memory_message);
    return !e->stopped;
}

/* Asks whoever wants the result, once in some milliseconds of work; without an answer to complain about, everything ends silently. */
static bool is_cancelled(Elaborator *e)
{
    enum { WORK_OF_A_STEP = 1024, EFFORT_BETWEEN = 2048 };
    const SourceReader *reader = &e->module->reader;
    int64_t effort = e->steps + e->work / WORK_OF_A_STEP;
    if (!reader->goes_on || effort - e->asked < EFFORT_BETWEEN)
        return false;
    e->asked = effort;
    if (reader->goes_on(reader->context))
        return false;
    e->stopped = e->exhausted = true;
    e->diagnostics->cancelled = true;
    e->diagnostics->errors++;
    return true;
}

bool may_go_on(Elaborator *e, SourceSpan span)
{
    if (e->stopped || is_cancelled(e))
        return false;
    if (++e->steps > STEP_LIMIT)
        stop(e, 1011, span, "this takes more than 50,000,000 steps to elaborate");
    else if (stack_used(e) > STACK_LIMIT)
        stop(e, 1010, span, "calls and expressions are nested too deeply here");
    else if (e->steps + e->spent > TOTAL_STEP_LIMIT)
        exhaust(e, 1011, span, "the file takes more than 100,000,000 steps to elaborate");
    else if (e->arena->total > MEMORY_LIMIT)
        exhaust(e, 1013, span, memory_message);
    else if (e->work + e->spent_work > TOTAL_KNOWN_WORK_LIMIT)
        exhaust(e, 1013, span, "the known tensors of the file take too long to compute");
    return !e->stopped;
}

bool enter_call(Elaborator *e, SourceSpan span)
{
    if (!may_go_on(e, span))
        return false;
    if (e->depth >= CALL_DEPTH_LIMIT) {
        stop(e, 1010, span, "more than 1,000 calls within calls: does this definition call itself without an end?");
        return false;
    }
    return true;
}
