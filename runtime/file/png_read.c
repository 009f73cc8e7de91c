/* Reading PNG; see picture.h.
 *
 * libpng reports errors by longjmp. So everything that is owned lies in the Decoder, which the outermost function cleans up, and
 * the function that sets the jump owns nothing and has no variable that changes. */
#include "file/picture.h"

#include "base/codes.h"
#include "file/element.h"
#include "file/png_memory.h"

#include <string.h>

enum { SIGNATURE = 8, DEFLATE_BEST = 1032 };

typedef struct Decoder {
    PngContext context;
    png_structp png;
    png_infop info;
    const unsigned char *bytes;
    size_t size;
    size_t at; /* how far libpng has read */
    size_t height;
    size_t width;
    size_t channels;
    size_t depth;    /* bytes of a channel of a pixel: 1 or 2 */
    Block *pixels;   /* rows of pixels, channels side by side */
    png_bytep *rows; /* into pixels */
} Decoder;

bool png_recognise(const unsigned char *bytes, size_t size)
{
    static const unsigned char signature[SIGNATURE] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    return size >= SIGNATURE && memcmp(bytes, signature, SIGNATURE) == 0;
}

static void feed(png_structp png, png_bytep target, size_t size)
{
    Decoder *decoder = png_get_io_ptr(png);
    if (size > decoder->size - decoder->at)
        png_error(png, "the file is cut off");
    memcpy(target, decoder->bytes + decoder->at, size);
    decoder->at += size;
}

/* Passes an error of ours through libpng's jump. */
static void leave(Decoder *decoder)
{
    decoder->context.failed = true;
    png_error(decoder->png, "passed on");
}

/* The header says how large the picture is; nothing is unpacked yet. */
static void check_limits(Decoder *decoder)
{
    size_t width = png_get_image_width(decoder->png, decoder->info);
    size_t height = png_get_image_height(decoder->png, decoder->info);
    if (width > PICTURE_SIDE_LIMIT || height > PICTURE_SIDE_LIMIT || width > PICTURE_PIXEL_LIMIT / height) {
        error_set(decoder->context.error, STRATA_INVALID, E_FILE_LARGE,
                  "%s: the picture has %zux%zu pixels; at most %d a side and %d altogether are read", decoder->context.name, height,
                  width, PICTURE_SIDE_LIMIT, PICTURE_PIXEL_LIMIT);
        leave(decoder);
    }
    if (png_get_rowbytes(decoder->png, decoder->info) * height / DEFLATE_BEST > decoder->size)
        png_error(decoder->png, "the file is too small for its picture");
}

/* Asks for whole bytes, colours instead of palettes, alpha instead of transparent colours; says what comes out. */
static void choose_form(Decoder *decoder)
{
    png_set_expand(decoder->png);
    png_set_interlace_handling(decoder->png);
    png_read_update_info(decoder->png, decoder->info);
    decoder->width = png_get_image_width(decoder->png, decoder->info);
    decoder->height = png_get_image_height(decoder->png, decoder->info);
    decoder->channels = png_get_channels(decoder->png, decoder->info);
    decoder->depth = png_get_bit_depth(decoder->png, decoder->info) == 16 ? 2 : 1;
}

static void take_rows(Decoder *decoder)
{
    size_t row = decoder->width * decoder->channels * decoder->depth;
    decoder->pixels = block_make(decoder->context.allocator, row * decoder->height, decoder->context.error);
    decoder->rows = allocator_take(decoder->context.allocator, decoder->height, sizeof *decoder->rows);
    if (!decoder->pixels)
        leave(decoder);
    if (!decoder->rows) {
        error_memory(decoder->context.error, decoder->height * sizeof *decoder->rows);
        leave(decoder);
    }
    for (size_t y = 0; y < decoder->height; y++)
        decoder->rows[y] = (png_bytep)block_data(decoder->pixels) + y * row;
}

/* Reads up to the pixels. Texts, colour profiles and the like are passed over unread: libpng would take memory for whatever length such a chunk
 * claims. */
static void read_head(Decoder *decoder)
{
    png_set_read_fn(decoder->png, decoder, feed);
    png_set_user_limits(decoder->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);         /* ours name the file and the size */
    png_set_keep_unknown_chunks(decoder->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1); /* -1: all that no pixel depends on */
    png_read_info(decoder->png, decoder->info);
    check_limits(decoder);
    choose_form(decoder);
}

/* The parts of the file, a length, four letters, content and a check sum each, follow each other up to that of the end. */
static void find_end(const Decoder *decoder)
{
    enum { LETTERS = 4, AROUND = 12 };
    for (size_t at = SIGNATURE; decoder->size - at >= AROUND;) {
        const unsigned char *part = decoder->bytes + at;
        size_t length = load_32(part, BIG_ENDIAN_BYTES);
        if (length > decoder->size - at - AROUND)
            break;
        if (memcmp(part + LETTERS, "IEND", LETTERS) == 0)
            return;
        at += AROUND + length;
    }
    png_error(decoder->png, "the file is cut off");
}

/* Runs libpng from the signature to the pixels, and looks for the end. */
static bool measure_rows(Decoder *decoder)
{
    if (setjmp(png_jmpbuf(decoder->png)))
        return false;
    read_head(decoder);
    find_end(decoder);
    return true;
}

/* Runs libpng from the signature to the end. */
static bool decode_rows(Decoder *decoder)
{
    if (setjmp(png_jmpbuf(decoder->png)))
        return false;
    read_head(decoder);
    take_rows(decoder);
    png_read_image(decoder->png, decoder->rows);
    png_read_end(decoder->png, NULL);
    return true;
}

static SampleForm form_of(const Decoder *decoder)
{
    return (SampleForm){.kind = decoder->depth == 2 ? STRATA_FLOAT32 : STRATA_UINT8,
                        .rank = 3,
                        .size = {(int64_t)decoder->channels, (int64_t)decoder->height, (int64_t)decoder->width}};
}

/* Pixels with their channels side by side to one plane for each channel. */
static Tensor *make_planes(const Decoder *decoder)
{
    SampleForm form = form_of(decoder);
    Tensor *tensor = tensor_make_raw(decoder->context.allocator, form.kind, form.rank, form.size, decoder->context.error);
    if (!tensor)
        return NULL;
    size_t pixels = decoder->height * decoder->width;
    const unsigned char *source = block_data(decoder->pixels);
    for (size_t channel = 0; channel < decoder->channels; channel++) {
        for (size_t pixel = 0; pixel < pixels; pixel++) {
            size_t from = pixel * decoder->channels + channel;
            size_t to = channel * pixels + pixel;
            if (decoder->depth == 2)
                ((float *)tensor->data)[to] = (float)load_16(source + 2 * from, BIG_ENDIAN_BYTES) / 65535.0F;
            else
                ((uint8_t *)tensor->data)[to] = source[from];
        }
    }
    return tensor;
}

/* libpng with its memory, for the bytes of a file; false after filling the error when there is none. */
static bool begin(Decoder *decoder)
{
    decoder->png = png_context_reader(&decoder->context);
    if (!decoder->png)
        return false;
    decoder->info = png_create_info_struct(decoder->png);
    return decoder->info || error_memory(decoder->context.error, decoder->context.out_of);
}

static void end(Decoder *decoder)
{
    if (decoder->png)
        png_destroy_read_struct(&decoder->png, &decoder->info, NULL);
    allocator_give(decoder->context.allocator, decoder->rows, decoder->height, sizeof *decoder->rows);
    block_release(decoder->pixels);
}

Tensor *png_decode(const StrataAllocator *allocator, const char *name, const unsigned char *bytes, size_t size, StrataError *error)
{
    Decoder decoder = {.context = {.allocator = allocator, .name = name, .error = error}, .bytes = bytes, .size = size};
    Tensor *tensor = begin(&decoder) && decode_rows(&decoder) ? make_planes(&decoder) : NULL;
    end(&decoder);
    return tensor;
}

bool png_measure(const StrataAllocator *allocator, const char *name, const unsigned char *bytes, size_t size, SampleForm *form,
                 StrataError *error)
{
    Decoder decoder = {.context = {.allocator = allocator, .name = name, .error = error}, .bytes = bytes, .size = size};
    bool done = begin(&decoder) && measure_rows(&decoder);
    if (done)
        *form = form_of(&decoder);
    end(&decoder);
    return done;
}
