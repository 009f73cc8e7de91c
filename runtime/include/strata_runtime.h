/* strata_runtime.h: what a running model needs, and no more.
 *
 * Every function is re-entrant; there is no global state, nothing prints and nothing exits. Objects are opaque and are
 * released by the function that the comment of their maker names. */
#ifndef STRATA_RUNTIME_H
#define STRATA_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define STRATA_API __attribute__((visibility("default")))
#else
#define STRATA_API
#endif

/* What a call came to. Values are stable. */
typedef enum StrataStatus {
    STRATA_OK = 0,        /* done */
    STRATA_INVALID = 1,   /* the input was wrong: source text, weights, data; the error says where */
    STRATA_USAGE = 2,     /* the call was wrong: a null pointer, a size that does not fit, an unknown name */
    STRATA_MEMORY = 3,    /* an allocation failed */
    STRATA_FILE = 4,      /* a file could not be read or written */
    STRATA_CANCELLED = 5, /* the caller's callback asked to stop */
    STRATA_INTERNAL = 70  /* a defect of Strata itself */
} StrataStatus;

/* Where all memory of an object comes from.
 *
 * `resize` allocates when `block` is null, frees when `new_size` is 0, and otherwise moves the block; it returns null when it
 * cannot, and then leaves the old block as it was. Blocks are aligned for any C type. It may be called from several threads at
 * once if the objects that use it are. */
typedef struct StrataAllocator {
    void *(*resize)(void *context, void *block, size_t old_size, size_t new_size);
    void *context;
} StrataAllocator;

/* The allocator over malloc, realloc and free. */
STRATA_API StrataAllocator strata_default_allocator(void);

/* An error as a value, owned by the caller: status, a stable code such as 801 (printed E0801; 0 when none applies) and one
 * sentence for a person. */
typedef struct StrataError {
    StrataStatus status;
    int code;
    char message[1000];
} StrataError;

#ifdef __cplusplus
}
#endif

#endif
