/* libpng with our memory and errors; see png_memory.h. As zlib, libpng frees without the size, so each block begins with it. */
#include "file/png_memory.h"

#include "base/codes.h"

#include <string.h>

enum { HEADER = 16 };

static png_voidp take(png_structp png, png_alloc_size_t size)
{
    PngContext *context = png_get_mem_ptr(png);
    size_t bytes = (size_t)size + HEADER;
    unsigned char *block = bytes > size ? allocator_take(context->allocator, bytes, 1) : NULL;
    if (!block) {
        context->out_of = size;
        return NULL;
    }
    memcpy(block, &bytes, sizeof bytes);
    return block + HEADER;
}

static void give(png_structp png, png_voidp address)
{
    const PngContext *context = png_get_mem_ptr(png);
    if (!address)
        return;
    unsigned char *block = (unsigned char *)address - HEADER;
    size_t bytes;
    memcpy(&bytes, block, sizeof bytes);
    allocator_give(context->allocator, block, bytes, 1);
}

/* libpng wants an error function that does not return. */
static void fail(png_structp png, png_const_charp message)
{
    PngContext *context = png_get_error_ptr(png);
    if (context->out_of > 0)
        error_memory(context->error, context->out_of);
    else if (!context->failed)
        error_set(context->error, STRATA_INVALID, E_PNG_DAMAGED, "%s: as a PNG it is damaged (%s); get it again, or save it again",
                  context->name, message);
    context->failed = true;
    png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

png_structp png_context_reader(PngContext *context)
{
    png_structp png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, context, fail, ignore, context, take, give);
    if (!png && !context->failed)
        error_memory(context->error, context->out_of);
    return png;
}

png_structp png_context_writer(PngContext *context)
{
    png_structp png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, context, fail, ignore, context, take, give);
    if (!png && !context->failed)
        error_memory(context->error, context->out_of);
    return png;
}
