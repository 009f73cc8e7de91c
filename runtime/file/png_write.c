/* Writing PNG; see picture.h. As in png_read.c, the outermost function owns everything. */
#include "file/picture.h"

#include "base/codes.h"
#include "file/png_memory.h"

#include <string.h>

typedef struct Encoder {
    PngContext context;
    png_structp png;
    png_infop info;
    FileWriter *writer;
    const unsigned char *planes;
    size_t channels;
    size_t height;
    size_t width;
    unsigned char *row; /* one row of pixels, channels side by side */
} Encoder;

static void drain(png_structp png, png_bytep bytes, size_t size)
{
    Encoder *encoder = png_get_io_ptr(png);
    if (!writer_add(encoder->writer, bytes, size, encoder->context.error)) {
        encoder->context.failed = true;
        png_error(png, "passed on");
    }
}

static void flush(png_structp png)
{
    (void)png;
}

static bool encode_rows(Encoder *encoder)
{
    if (setjmp(png_jmpbuf(encoder->png)))
        return false;
    png_set_write_fn(encoder->png, encoder, drain, flush);
    png_set_IHDR(encoder->png, encoder->info, (png_uint_32)encoder->width, (png_uint_32)encoder->height, 8,
                 encoder->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(encoder->png, encoder->info);
    size_t pixels = encoder->height * encoder->width;
    for (size_t y = 0; y < encoder->height; y++) {
        for (size_t x = 0; x < encoder->width; x++) {
            for (size_t channel = 0; channel < encoder->channels; channel++)
                encoder->row[x * encoder->channels + channel] = encoder->planes[channel * pixels + y * encoder->width + x];
        }
        png_write_row(encoder->png, encoder->row);
    }
    png_write_end(encoder->png, encoder->info);
    return true;
}

static bool encode(Encoder *encoder)
{
    encoder->png = png_context_writer(&encoder->context);
    if (!encoder->png)
        return false;
    encoder->info = png_create_info_struct(encoder->png);
    bool done = encoder->info ? encode_rows(encoder) : error_memory(encoder->context.error, encoder->context.out_of);
    png_destroy_write_struct(&encoder->png, &encoder->info);
    return done;
}

bool png_encode(const Tensor *tensor, FileWriter *writer, StrataError *error)
{
    int first = tensor->rank - 2; /* the axis of rows */
    int64_t channels = tensor->rank == 3 ? tensor->size[0] : 1;
    char text[SHAPE_TEXT_LIMIT];
    if (tensor->kind != STRATA_UINT8 || first < 0 || first > 1 || (channels != 1 && channels != 3) || tensor->elements == 0 ||
        tensor->size[first] > PICTURE_SIDE_LIMIT || tensor->size[first + 1] > PICTURE_SIDE_LIMIT)
        return error_set(
            error, STRATA_INVALID, E_PICTURE_SHAPE,
            "%s: a picture is uint8 of rows x columns, with 1 or 3 channels before them, at most %d a side; this is %s of %s",
            writer->name, PICTURE_SIDE_LIMIT, shape_text(tensor->rank, tensor->size, text), kind_name(tensor->kind));
    Encoder encoder = {.context = {.allocator = &tensor->allocator, .name = writer->name, .error = error},
                       .writer = writer,
                       .planes = tensor->data,
                       .channels = (size_t)channels,
                       .height = (size_t)tensor->size[first],
                       .width = (size_t)tensor->size[first + 1]};
    size_t row = encoder.width * encoder.channels;
    encoder.row = allocator_take(&tensor->allocator, row, 1);
    if (!encoder.row)
        return error_memory(error, row);
    bool done = encode(&encoder);
    allocator_give(&tensor->allocator, encoder.row, row, 1);
    return done;
}
