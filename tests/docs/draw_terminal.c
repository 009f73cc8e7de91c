/* Draws what a terminal shows as a picture: text with colours on standard input, SVG on standard output.
 *
 *     script -qec 'strata run --draw ...' /dev/null | draw_terminal > session.svg
 *
 * The picture follows the reader's choice of light or dark. Half blocks, of which the command makes its pixels, become squares, and every piece
 * of text is stretched to its columns, so that no font can spoil the tables. A line that begins with `$ ` is a command. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN_LIMIT = 200, LINE_LIMIT = 400, PLAIN = -1, COLOUR_COUNT = 256, UPPER_HALF = 0x2580 };

/* Sizes in hundredths of a pixel: half a line is as high as a column is wide, so that half blocks are squares. */
enum { COLUMN = 840, LINE = 1680, MARGIN = 2000, BAR = 3600, FONT = 1400 };

typedef struct Cell {
    uint32_t character; /* 0: nothing */
    int16_t front, back;
    bool bold;
} Cell;

typedef struct Screen {
    Cell cells[LINE_LIMIT][COLUMN_LIMIT];
    int lines;
    int columns;
} Screen;

typedef struct Pen {
    int line, column;
    int16_t front, back;
    bool bold;
} Pen;

/* ---- Reading ---------------------------------------------------------------------------------------------------------------- */

/* The numbers of an escape `ESC [ 38;5;232;48;5;232 m`. */
static void set_style(Pen *pen, const int *numbers, int count)
{
    for (int i = 0; i < count; i++) {
        int number = numbers[i];
        if (number == 0)
            pen->front = pen->back = PLAIN, pen->bold = false;
        else if (number == 1)
            pen->bold = true;
        else if (number >= 30 && number <= 37)
            pen->front = (int16_t)(number - 30);
        else if ((number == 38 || number == 48) && i + 2 < count && numbers[i + 1] == 5 && numbers[i + 2] < COLOUR_COUNT) {
            *(number == 38 ? &pen->front : &pen->back) = (int16_t)numbers[i + 2];
            i += 2;
        }
    }
}

/* What stands behind ESC; only styles are understood, all else is skipped. */
static void read_escape(Pen *pen)
{
    enum { NUMBER_LIMIT = 16 };
    int numbers[NUMBER_LIMIT] = {0};
    int count = 1;
    int character = getchar();
    if (character != '[')
        return;
    while ((character = getchar()) != EOF && (character < '@' || character > '~')) {
        if (character == ';' && count < NUMBER_LIMIT)
            count++;
        else if (character >= '0' && character <= '9' && numbers[count - 1] < 1000)
            numbers[count - 1] = 10 * numbers[count - 1] + character - '0';
    }
    if (character == 'm')
        set_style(pen, numbers, count);
}

/* The rest of a character in UTF-8 that begins with `first`. */
static uint32_t read_character(int first)
{
    int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
    uint32_t character = more ? (uint32_t)first & (0x3FU >> more) : (uint32_t)first;
    for (; more > 0; more--)
        character = character << 6 | ((uint32_t)getchar() & 0x3FU);
    return character;
}

static void put_character(Screen *screen, Pen *pen, uint32_t character)
{
    if (pen->line >= LINE_LIMIT || pen->column >= COLUMN_LIMIT)
        return;
    screen->cells[pen->line][pen->column++] = (Cell){character, pen->front, pen->back, pen->bold};
    screen->lines = pen->line + 1 > screen->lines ? pen->line + 1 : screen->lines;
    screen->columns = pen->column > screen->columns ? pen->column : screen->columns;
}

static void read_screen(Screen *screen)
{
    Pen pen = {.front = PLAIN, .back = PLAIN};
    for (int byte; (byte = getchar()) != EOF;) {
        if (byte == '\033')
            read_escape(&pen);
        else if (byte == '\n')
            pen.line++, pen.column = 0;
        else if (byte == '\r')
            pen.column = 0;
        else if (byte >= ' ')
            put_character(screen, &pen, read_character(byte));
    }
}

/* ---- Writing ---------------------------------------------------------------------------------------------------------------- */

static void print_length(int hundredths)
{
    printf(hundredths % 100 ? "%d.%02d" : "%d", hundredths / 100, hundredths % 100);
}

/* A colour of the 256 that terminals have: 16 named ones, a cube, greys. */
static void print_colour(int colour)
{
    static const char *const named[16] = {"#24292f", "#cf222e", "#1a7f37", "#9a6700", "#0969da", "#8250df", "#1b7c83", "#6e7781",
                                          "#57606a", "#ff6a69", "#4ac26b", "#d4a72c", "#54aeff", "#c297ff", "#76e3ea", "#ffffff"};
    static const int steps[6] = {0, 95, 135, 175, 215, 255};
    if (colour < 16)
        printf("%s", named[colour]);
    else if (colour < 232)
        printf("#%02x%02x%02x", (unsigned)steps[(colour - 16) / 36], (unsigned)steps[(colour - 16) / 6 % 6],
               (unsigned)steps[(colour - 16) % 6]);
    else
        printf("#%02x%02x%02x", 8U + 10U * (unsigned)(colour - 232), 8U + 10U * (unsigned)(colour - 232),
               8U + 10U * (unsigned)(colour - 232));
}

/* The colour of half a cell; PLAIN where it is no pixel. */
static int half_colour(const Screen *screen, int half, int column)
{
    const Cell *cell = &screen->cells[half / 2][column];
    if (cell->character != UPPER_HALF || column >= screen->columns)
        return PLAIN;
    return half % 2 ? cell->back : cell->front;
}

/* All pixels of one colour as one path: a rectangle for each run of them along a line. */
static void draw_pixels(const Screen *screen, int colour)
{
    bool open = false;
    for (int half = 0; half < 2 * screen->lines; half++)
        for (int column = 0; column < screen->columns; column++) {
            int length = 0;
            while (half_colour(screen, half, column + length) == colour)
                length++;
            if (length == 0)
                continue;
            if (!open) {
                printf("<path shape-rendering=\"crispEdges\" fill=\"");
                print_colour(colour);
                printf("\" d=\"");
            }
            open = true;
            printf("M");
            print_length(MARGIN + column * COLUMN);
            printf(" ");
            print_length(BAR + half * LINE / 2);
            printf("h");
            print_length(length * COLUMN);
            printf("v");
            print_length(LINE / 2);
            printf("h-");
            print_length(length * COLUMN);
            printf("z");
            column += length;
        }
    if (open)
        printf("\"/>\n");
}

static void print_character(uint32_t character)
{
    if (character == '<' || character == '>' || character == '&')
        printf(character == '<' ? "&lt;" : character == '>' ? "&gt;" : "&amp;");
    else if (character < 0x80)
        putchar((int)character);
    else
        printf("&#%u;", (unsigned)character);
}

static bool is_text(const Cell *cell)
{
    return cell->character > ' ' && cell->character != UPPER_HALF;
}

/* How many columns a piece of text of one style takes; it ends before two blanks. */
static int piece_length(const Screen *screen, const Cell *line, int column)
{
    const Cell *first = &line[column];
    int length = 1;
    while (column + length < screen->columns) {
        const Cell *cell = &line[column + length];
        bool blank = cell->character == ' ' && column + length + 1 < screen->columns && is_text(cell + 1);
        const Cell *styled = blank ? cell + 1 : cell;
        if (!is_text(styled) || styled->front != first->front || styled->bold != first->bold)
            break;
        length += blank ? 2 : 1;
    }
    return length;
}

static void draw_piece(const Cell *line, int number, int column, int length, const char *class)
{
    printf("<text x=\"");
    print_length(MARGIN + column * COLUMN);
    printf("\" y=\"");
    print_length(BAR + number * LINE + LINE * 3 / 4);
    printf("\" textLength=\"");
    print_length(length * COLUMN);
    printf("\"");
    if (*class)
        printf(" class=\"%s\"", class);
    if (line[column].front != PLAIN) {
        printf(" style=\"fill:");
        print_colour(line[column].front);
        printf("\"");
    }
    printf(">");
    for (int i = 0; i < length; i++)
        print_character(line[column + i].character);
    printf("</text>\n");
}

static void draw_line(const Screen *screen, int number)
{
    const Cell *line = screen->cells[number];
    bool command = line[0].character == '$' && line[1].character == ' ';
    for (int column = 0; column < screen->columns; column++) {
        if (!is_text(&line[column]))
            continue;
        bool prompt = command && column == 0;
        int length = prompt ? 1 : piece_length(screen, line, column);
        draw_piece(line, number, column, length, prompt ? "p" : command || line[column].bold ? "b" : "");
        column += length - 1;
    }
}

static void draw_frame(const Screen *screen)
{
    int width = (2 * MARGIN + screen->columns * COLUMN) / 100, height = (BAR + MARGIN + screen->lines * LINE) / 100;
    printf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n", width, height, width,
           height);
    printf("<style>\n"
           "rect{fill:#f6f8fa;stroke:#d0d7de}\n"
           "text{font:%dpx ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#3d444d;white-space:pre}\n"
           ".b{font-weight:600;fill:#1f2328}\n"
           ".p{font-weight:600;fill:#1a7f37}\n"
           "@media (prefers-color-scheme:dark){\n"
           "rect{fill:#0d1117;stroke:#30363d}\n"
           "text{fill:#b7bfc8}\n"
           ".b{fill:#f0f6fc}\n"
           ".p{fill:#3fb950}\n"
           "}\n"
           "</style>\n",
           FONT / 100);
    printf("<rect x=\".5\" y=\".5\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n", width - 1, height - 1);
    static const char *const buttons[3] = {"#ff5f57", "#febc2e", "#28c840"};
    for (int i = 0; i < 3; i++)
        printf("<circle cx=\"%d\" cy=\"18\" r=\"5.5\" fill=\"%s\"/>\n", 20 + 18 * i, buttons[i]);
}

int main(void)
{
    Screen *screen = calloc(1, sizeof *screen);
    if (!screen)
        return 1;
    read_screen(screen);
    draw_frame(screen);
    for (int colour = 0; colour < COLOUR_COUNT; colour++)
        draw_pixels(screen, colour);
    for (int line = 0; line < screen->lines; line++)
        draw_line(screen, line);
    printf("</svg>\n");
    free(screen);
    return 0;
}
