/* libpng with memory and errors of ours: blocks come from a StrataAllocator, and its messages go into a StrataError. */
#ifndef STRATA_FILE_PNG_MEMORY_H
#define STRATA_FILE_PNG_MEMORY_H

#include "base/allocator.h"
#include "base/error.h"

#include <png.h>

/* What a run of libpng needs besides the picture; outlives the png_struct. */
typedef struct PngContext {
    const StrataAllocator *allocator;
    const char *name; /* for messages */
    StrataError *error;
    bool failed;   /* `error` is filled already: libpng only passes it on */
    size_t out_of; /* bytes that could not be had, or 0 */
} PngContext;

/* A png_struct for reading or writing; null with `error` filled. Its errors jump to png_jmpbuf after filling `error`; warnings are
 * dropped, for a picture that can be shown is no error. */
png_structp png_context_reader(PngContext *context);
png_structp png_context_writer(PngContext *context);

#endif
