/* Contexts, buffers and reading of source files: what every other object stands on. */
#include "api/api.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { DEFAULT_MEMORY_LIMIT = 1 << 30 };

const char *strata_version(void)
{
    return STRATA_VERSION_TEXT;
}

StrataContext *strata_context_make(const StrataAllocator *allocator)
{
    StrataAllocator chosen = allocator ? *allocator : strata_default_allocator();
    StrataContext *context = allocator_take_zero(&chosen, 1, sizeof *context);
    if (!context)
        return NULL;
    context->allocator = chosen;
    context->memory_limit = DEFAULT_MEMORY_LIMIT;
    return context;
}

void strata_context_release(StrataContext *context)
{
    if (!context)
        return;
    StrataAllocator allocator = context->allocator;
    allocator_give(&allocator, context, 1, sizeof *context);
}

void strata_context_set_reader(StrataContext *context, StrataReadSource read, void *user)
{
    context->read = read;
    context->read_user = user;
}

void strata_context_set_progress(StrataContext *context, StrataProgress progress, void *user)
{
    context->progress = progress;
    context->progress_user = user;
}

void strata_context_set_memory_limit(StrataContext *context, size_t bytes)
{
    context->memory_limit = bytes;
}

void *object_make(const StrataContext *context, size_t size, StrataDiagnostics *diagnostics)
{
    void *object = allocator_take_zero(&context->allocator, 1, size);
    if (!object)
        diagnostics_memory(diagnostics);
    return object;
}

bool buffer_append(void *destination, const char *bytes, size_t length)
{
    BufferSink *sink = destination;
    Buffer *buffer = sink->buffer;
    sink->cut = length > sink->limit + 1 - buffer->length;
    length = sink->cut ? sink->limit + 1 - buffer->length : length;
    size_t needed = buffer->length + length + 1;
    if (needed > buffer->capacity) {
        size_t capacity = buffer->capacity ? buffer->capacity : 4096;
        while (capacity < needed)
            capacity *= 2;
        char *grown = sink->allocator->resize(sink->allocator->context, buffer->bytes, buffer->capacity, capacity);
        if (!grown) {
            sink->cut = false;
            return false;
        }
        buffer->bytes = grown;
        buffer->capacity = capacity;
    }
    if (length)
        memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    buffer->bytes[buffer->length] = '\0';
    return !sink->cut;
}

void buffer_release(Buffer *buffer, const StrataAllocator *allocator)
{
    if (buffer->bytes)
        allocator_give(allocator, buffer->bytes, buffer->capacity, 1);
    *buffer = (Buffer){0};
}

/* Only the reason: whoever asked for the file names it. */
static bool refuse_reading(StrataError *error)
{
    char reason[REASON_LIMIT];
    return error_set(error, STRATA_FILE, E_UNREADABLE_SOURCE, "%s", error_reason(errno, reason));
}

/* A file from the disk, piece by piece. */
static bool read_disk(const char *path, StrataSink sink, void *destination, StrataError *error)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return refuse_reading(error);
    char piece[16384];
    size_t length;
    bool good = true;
    while (good && (length = fread(piece, 1, sizeof piece, file)) > 0)
        good = sink(destination, piece, length);
    if (good && ferror(file))
        good = refuse_reading(error);
    fclose(file);
    return good;
}

bool source_read(const StrataContext *context, const char *path, Buffer *buffer, StrataError *error)
{
    BufferSink sink = {.buffer = buffer, .allocator = &context->allocator, .limit = SOURCE_LIMIT};
    buffer->length = 0;
    error_clear(error);
    bool good = buffer_append(&sink, "", 0) && (context->read ? context->read(context->read_user, path, buffer_append, &sink, error)
                                                              : read_disk(path, buffer_append, &sink, error));
    if (good || sink.cut) /* the parser says that a source is too long, with its place */
        return true;
    if (error->status == STRATA_OK)
        return error_memory(error, buffer->length);
    return false;
}
