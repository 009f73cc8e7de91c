/* Bitmaps in a terminal: kitty's protocol, sixel, half blocks in colours, or characters of different darkness. */
#include "tool/repl/repl.h"

#include "tool/message.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

enum { GREYS = 64, BASE64_PIECE = 4096, ZOOMED_WIDTH = 640 };

static bool contains(const char *variable, const char *word)
{
    const char *value = getenv(variable);
    return value && strstr(value, word);
}

PictureStyle picture_style(bool terminal)
{
    if (!terminal)
        return PICTURES_OFF;
    setlocale(LC_CTYPE, "");
    const char *kind = getenv("TERM");
    if (!kind || strcmp(kind, "dumb") == 0)
        return PICTURES_ASCII;
    if (contains("TERM", "kitty") || getenv("KITTY_WINDOW_ID") || contains("TERM", "ghostty"))
        return PICTURES_KITTY;
    if (contains("TERM", "sixel") || contains("TERM", "foot") || contains("TERM", "mlterm") || contains("TERM_PROGRAM", "WezTerm"))
        return PICTURES_SIXEL;
    return colour_output() && strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? PICTURES_BLOCKS : PICTURES_ASCII;
}

bool picture_style_of(const char *word, PictureStyle *style)
{
    static const char *const words[] = {"off", "ascii", "blocks", "sixel", "kitty"};
    for (int i = 0; i <= PICTURES_KITTY; i++)
        if (strcmp(word, words[i]) == 0) {
            *style = (PictureStyle)i;
            return true;
        }
    return false;
}

/* The pixel at a place; black below the last row. */
static const unsigned char *pixel(const Bitmap *bitmap, int row, int column)
{
    static const unsigned char black[3];
    return row < bitmap->height ? bitmap->rgb + 3 * ((size_t)row * (size_t)bitmap->width + (size_t)column) : black;
}

static int grey(const unsigned char *rgb)
{
    return (rgb[0] * 30 + rgb[1] * 59 + rgb[2] * 11) / 100;
}

static void draw_ascii(const Bitmap *bitmap)
{
    static const char ramp[] = " .:-=+*#%@";
    for (int row = 0; row < bitmap->height; row += 2) {
        for (int column = 0; column < bitmap->width; column++)
            putchar(ramp[(grey(pixel(bitmap, row, column)) + grey(pixel(bitmap, row + 1, column))) * 9 / 510]);
        putchar('\n');
    }
}

/* A number among the usual 256 colours: a grey, or one of the cube. */
static int colour_number(const unsigned char *rgb)
{
    if (rgb[0] == rgb[1] && rgb[1] == rgb[2])
        return 232 + rgb[0] * 23 / 255;
    return 16 + 36 * (rgb[0] * 5 / 255) + 6 * (rgb[1] * 5 / 255) + rgb[2] * 5 / 255;
}

static void draw_blocks(const Bitmap *bitmap)
{
    for (int row = 0; row < bitmap->height; row += 2) {
        int upper = -1, lower = -1;
        for (int column = 0; column < bitmap->width; column++) {
            int first = colour_number(pixel(bitmap, row, column)), second = colour_number(pixel(bitmap, row + 1, column));
            if (first != upper || second != lower)
                printf("\033[38;5;%d;48;5;%dm", first, second);
            fputs("\xE2\x96\x80", stdout);
            upper = first;
            lower = second;
        }
        fputs("\033[0m\n", stdout);
    }
}

/* How many pixels of the screen a pixel of the bitmap takes, along each side. */
static int zoom_of(const Bitmap *bitmap)
{
    int zoom = ZOOMED_WIDTH / (bitmap->width > 0 ? bitmap->width : 1);
    return zoom < 1 ? 1 : zoom > 4 ? 4 : zoom;
}

/* One band of six rows for one grey: a character for six pixels below each other. */
static void draw_sixel_band(const Bitmap *bitmap, int zoom, int top, int level)
{
    for (int column = 0; column < bitmap->width * zoom; column++) {
        int bits = 0;
        for (int i = 0; i < 6; i++) {
            int row = (top + i) / zoom;
            if (row < bitmap->height && grey(pixel(bitmap, row, column / zoom)) * (GREYS - 1) / 255 == level)
                bits |= 1 << i;
        }
        putchar('?' + bits);
    }
}

static bool band_has(const Bitmap *bitmap, int zoom, int top, int level)
{
    for (int i = 0; i < 6 && (top + i) / zoom < bitmap->height; i++)
        for (int column = 0; column < bitmap->width; column++)
            if (grey(pixel(bitmap, (top + i) / zoom, column)) * (GREYS - 1) / 255 == level)
                return true;
    return false;
}

static void draw_sixel(const Bitmap *bitmap)
{
    int zoom = zoom_of(bitmap);
    printf("\033Pq\"1;1;%d;%d", bitmap->width * zoom, bitmap->height * zoom);
    for (int level = 0; level < GREYS; level++)
        printf("#%d;2;%d;%d;%d", level, level * 100 / (GREYS - 1), level * 100 / (GREYS - 1), level * 100 / (GREYS - 1));
    for (int top = 0; top < bitmap->height * zoom; top += 6) {
        for (int level = 0; level < GREYS; level++) {
            if (!band_has(bitmap, zoom, top, level))
                continue;
            printf("#%d", level);
            draw_sixel_band(bitmap, zoom, top, level);
            putchar('$');
        }
        putchar('-');
    }
    fputs("\033\\\n", stdout);
}

static void put_base64(const unsigned char *bytes, int count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned group = (unsigned)bytes[0] << 16 | (count > 1 ? (unsigned)bytes[1] << 8 : 0) | (count > 2 ? bytes[2] : 0);
    putchar(digits[group >> 18 & 63]);
    putchar(digits[group >> 12 & 63]);
    putchar(count > 1 ? digits[group >> 6 & 63] : '=');
    putchar(count > 2 ? digits[group & 63] : '=');
}

/* The pixels in pieces of 4096 characters, each a command of its own; the terminal makes the picture larger. */
static void draw_kitty(const Bitmap *bitmap)
{
    size_t size = 3 * (size_t)bitmap->width * (size_t)bitmap->height, piece = BASE64_PIECE / 4 * 3;
    int columns = bitmap->width, rows = (bitmap->height + 1) / 2;
    for (size_t start = 0; start < size; start += piece) {
        size_t end = start + piece < size ? start + piece : size;
        if (start == 0)
            printf("\033_Ga=T,f=24,s=%d,v=%d,c=%d,r=%d,m=%d;", bitmap->width, bitmap->height, columns, rows, end < size);
        else
            printf("\033_Gm=%d;", end < size);
        for (size_t at = start; at < end; at += 3)
            put_base64(bitmap->rgb + at, (int)(end - at < 3 ? end - at : 3));
        fputs("\033\\", stdout);
    }
    putchar('\n');
}

void bitmap_draw(PictureStyle style, const Bitmap *bitmap)
{
    switch (style) {
    case PICTURES_KITTY:
        draw_kitty(bitmap);
        break;
    case PICTURES_SIXEL:
        draw_sixel(bitmap);
        break;
    case PICTURES_BLOCKS:
        draw_blocks(bitmap);
        break;
    case PICTURES_ASCII:
        draw_ascii(bitmap);
        break;
    case PICTURES_OFF:
        break;
    }
}
