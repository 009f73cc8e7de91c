/* Figures as SVG; see figure.h. Images stand in it as PNG, whose pixels need no compression: blocks of deflate that only store. */
#include "tool/figure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- PNG in base64 ---- */

/* Bytes on their way into an SVG: three become four characters. */
typedef struct Encoder {
    FILE *file;
    unsigned char pending[3];
    int count;
    uint32_t check; /* CRC of the chunk so far */
} Encoder;

static void flush_pending(Encoder *encoder)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (encoder->count == 0)
        return;
    for (int i = encoder->count; i < 3; i++)
        encoder->pending[i] = 0;
    unsigned group = (unsigned)encoder->pending[0] << 16 | (unsigned)encoder->pending[1] << 8 | encoder->pending[2];
    for (int i = 0; i < 4; i++)
        putc(i <= encoder->count ? digits[group >> (18 - 6 * i) & 63] : '=', encoder->file);
    encoder->count = 0;
}

static void put(Encoder *encoder, unsigned char byte)
{
    encoder->check ^= byte;
    for (int bit = 0; bit < 8; bit++)
        encoder->check = encoder->check >> 1 ^ (encoder->check & 1 ? 0xEDB88320u : 0);
    encoder->pending[encoder->count++] = byte;
    if (encoder->count == 3)
        flush_pending(encoder);
}

static void put_number(Encoder *encoder, uint32_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        put(encoder, (unsigned char)(number >> shift));
}

static void begin_chunk(Encoder *encoder, const char *name, size_t length)
{
    put_number(encoder, (uint32_t)length);
    encoder->check = 0xFFFFFFFFu;
    for (int i = 0; i < 4; i++)
        put(encoder, (unsigned char)name[i]);
}

static void end_chunk(Encoder *encoder)
{
    put_number(encoder, ~encoder->check);
}

enum { BLOCK_LIMIT = 65535 }; /* bytes of a block that is stored */

/* Byte `i` of a row: a 0 (no filter), then its pixels. */
static unsigned char row_byte(const Shape *image, int64_t row, size_t i)
{
    return i == 0 ? 0 : image->bytes[(size_t)row * (size_t)(3 * image->columns) + i - 1];
}

/* The rows of an image in blocks of their own, as zlib's format wants them: as many blocks a row as it needs. */
static void put_rows(Encoder *encoder, const Shape *image)
{
    size_t line = (size_t)(3 * image->columns) + 1, blocks = (line + BLOCK_LIMIT - 1) / BLOCK_LIMIT;
    uint32_t a = 1, b = 0;
    begin_chunk(encoder, "IDAT", 2 + (size_t)image->rows * (5 * blocks + line) + 4);
    put(encoder, 0x78);
    put(encoder, 0x01);
    for (int64_t row = 0; row < image->rows; row++) {
        for (size_t i = 0; i < line; i++) {
            size_t length = line - i < BLOCK_LIMIT ? line - i : BLOCK_LIMIT;
            if (i % BLOCK_LIMIT == 0) {
                put(encoder, row == image->rows - 1 && length == line - i);
                put(encoder, (unsigned char)length);
                put(encoder, (unsigned char)(length >> 8));
                put(encoder, (unsigned char)~length);
                put(encoder, (unsigned char)(~length >> 8));
            }
            unsigned char byte = row_byte(image, row, i);
            a = (a + byte) % 65521;
            b = (b + a) % 65521;
            put(encoder, byte);
        }
    }
    put_number(encoder, b << 16 | a);
    end_chunk(encoder);
}

static void print_png(FILE *file, const Shape *image)
{
    static const unsigned char magic[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    Encoder encoder = {.file = file};
    for (size_t i = 0; i < sizeof magic; i++)
        put(&encoder, magic[i]);
    begin_chunk(&encoder, "IHDR", 13);
    put_number(&encoder, (uint32_t)image->columns);
    put_number(&encoder, (uint32_t)image->rows);
    const unsigned char form[] = {8, 2, 0, 0, 0}; /* bits, colours, and no choice in the rest */
    for (size_t i = 0; i < sizeof form; i++)
        put(&encoder, form[i]);
    end_chunk(&encoder);
    put_rows(&encoder, image);
    begin_chunk(&encoder, "IEND", 0);
    end_chunk(&encoder);
    flush_pending(&encoder);
}

/* ---- Shapes ---- */

static void print_colour(FILE *file, Colour colour)
{
    unsigned char rgb[3];
    colour_store(colour, rgb);
    fprintf(file, "#%02x%02x%02x", rgb[0], rgb[1], rgb[2]);
}

static void print_points(FILE *file, const Shape *shape)
{
    for (int64_t i = 0; i < shape->count; i++)
        fprintf(file, "%s%.2f,%.2f", i == 0 ? "" : " ", shape->points[2 * i], shape->points[2 * i + 1]);
}

static void print_text(FILE *file, const Shape *shape)
{
    const char *anchor = shape->anchor == 0 ? "start" : shape->anchor == 1 ? "end" : "middle";
    fprintf(file, "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%.2f\" text-anchor=\"%s\" fill=\"", shape->points[0], shape->points[1],
            shape->width * 1.4, anchor);
    print_colour(file, shape->colour);
    fputs("\">", file);
    for (const unsigned char *at = shape->bytes; *at; at++)
        if (*at == '<' || *at == '&' || *at == '>')
            fprintf(file, "&#%d;", *at);
        else
            putc(*at < 0x80 && *at >= 0x20 ? *at : '?', file);
    fputs("</text>\n", file);
}

static void print_shape(FILE *file, const Shape *shape)
{
    switch (shape->kind) {
    case SHAPE_POLYGON:
        fputs("<polygon points=\"", file);
        print_points(file, shape);
        fputs("\" stroke-width=\"0.4\" stroke=\"", file); /* so that no seam shows between neighbours */
        print_colour(file, shape->colour);
        fputs("\" fill=\"", file);
        print_colour(file, shape->colour);
        fputs("\"/>\n", file);
        break;
    case SHAPE_LINE:
        fputs("<polyline points=\"", file);
        print_points(file, shape);
        fprintf(file, "\" fill=\"none\" stroke-width=\"%.2f\" stroke=\"", shape->width);
        print_colour(file, shape->colour);
        fputs("\"/>\n", file);
        break;
    case SHAPE_IMAGE:
        fprintf(file,
                "<image x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" preserveAspectRatio=\"none\" "
                "style=\"image-rendering:pixelated\" href=\"data:image/png;base64,",
                shape->points[0], shape->points[1], shape->points[2], shape->points[3]);
        print_png(file, shape);
        fputs("\"/>\n", file);
        break;
    case SHAPE_TEXT:
        print_text(file, shape);
        break;
    }
}

char *figure_svg(const Figure *figure, size_t *length)
{
    char *bytes = NULL;
    FILE *file = figure->failed ? NULL : open_memstream(&bytes, length);
    if (!file)
        return NULL;
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
            "font-family=\"sans-serif\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
            figure->width, figure->height, figure->width, figure->height);
    for (int64_t i = 0; i < figure->count; i++)
        print_shape(file, &figure->shapes[i]);
    fputs("</svg>\n", file);
    bool good = !ferror(file);
    if (fclose(file) == 0 && good)
        return bytes;
    free(bytes);
    return NULL;
}
