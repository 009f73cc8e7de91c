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

bool may_go_on(Elaborator *e, SourceSpan span)
{
    if (e->stopped)
        return false;
    if (++e->steps > STEP_LIMIT)
        stop(e, 1011, span, "this takes more than 100,000,000 steps to elaborate");
    else if (stack_used(e) > STACK_LIMIT)
        stop(e, 1010, span, "calls and expressions are nested too deeply here");
    else if (e->arena->total > MEMORY_LIMIT)
        stop(e, 1013, span, "this takes more than 900 MB to elaborate");
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
