/* Writing to a descriptor; see write_descriptor.h.
 *
 * Writing to a closed pipe raises SIGPIPE, which by default ends the process. A library may not change how its program handles
 * signals, so the signal is blocked in this thread during the write and, if the write raised it, taken off before it is unblocked. */
#include "file/write_descriptor.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

static int write_all(int descriptor, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

static bool pipe_signal_pending(void)
{
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

int write_descriptor(int descriptor, const void *bytes, size_t size)
{
    sigset_t pipe_signal;
    sigset_t before;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    bool pending_before = pipe_signal_pending();
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    int reason = write_all(descriptor, bytes, size);
    if (reason == EPIPE && !pending_before && pipe_signal_pending())
        sigtimedwait(&pipe_signal, NULL, &(struct timespec){0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return reason;
}
