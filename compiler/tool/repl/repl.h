/* `strata repl`: what its files share.
 *
 *   repl.c       the verb, and the loop: read, enter, show    reader.c     entries from lines; when they are whole
 *   show.c       answers for a person                         terminal.c   lines from a terminal, by libedit where it is
 *   sample.c     records of data, classes of answers
 *   picture.c    tensors as bitmaps, grids of them            draw_bitmap.c  bitmaps as kitty, sixel, blocks or ASCII
 *   curve.c      vectors as curves                            complete.c   completion, and hints of settings
 *   highlight.c  colours of what is typed
 *   command.c    the table of commands, and :help             command_*.c  the commands
 *   journal.c    history and --resume                         watch.c      files that change
 */
#ifndef STRATA_TOOL_REPL_REPL_H
#define STRATA_TOOL_REPL_REPL_H

#include "strata.h"
#include "tool/output.h"
#include "tool/verb.h"

#include <stdio.h>
#include <time.h>

/* How pictures are drawn. */
typedef enum PictureStyle { PICTURES_OFF, PICTURES_ASCII, PICTURES_BLOCKS, PICTURES_SIXEL, PICTURES_KITTY } PictureStyle;

typedef struct Terminal Terminal;
typedef struct Journal Journal;

typedef struct Repl {
    StrataAllocator allocator;
    StrataContext *context;
    StrataDiagnostics *diagnostics;
    StrataSession *session;
    bool terminal; /* somebody types: prompts, colours, pictures */
    bool colour;
    PictureStyle pictures;
    Terminal *lines;  /* of a terminal; else null */
    Journal *journal; /* null: nothing is written down */
    int entries;      /* how many were entered */
    bool failed;      /* one of them was wrong */
    bool quit;
    char *file; /* that :load opened last; for :reload */
    struct timespec file_time;
} Repl;

/* ---- repl.c ---- */

/* Enters one entry, a command or a text of the language, and shows what it came to. */
void repl_enter(Repl *repl, const char *text);

/* Prints what is in the diagnostics and empties them; whether there was an error. */
bool repl_report(Repl *repl);

/* Says that a command was wrong. */
void repl_fail(Repl *repl, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* A net of the session for a command's argument: a net by its name, an expression, or the newest net where `text` is empty. Null after saying why. */
StrataNet *repl_net(Repl *repl, const char *text, bool training);

/* ---- reader.c ---- */

/* A file of lines, or a terminal. */
typedef struct Reader {
    Repl *repl;
    FILE *file;     /* null: the terminal */
    char *pending;  /* the line behind the entry that was given last; null: none was read */
    bool abandoned; /* Ctrl-C took back what was typed */
} Reader;

/* The next entry, to be freed; empty where Ctrl-C took it back; null at the end. */
char *reader_next(Reader *reader);
void reader_release(Reader *reader);

/* ---- terminal.c ---- */

/* Null after saying that memory ended, or when standard input is no terminal. */
Terminal *terminal_make(Repl *repl);
void terminal_release(Terminal *terminal);

/* A line, to be freed; null at the end. `first`: it begins an entry. `abandoned` is set when Ctrl-C was pressed; the line is then empty. */
char *terminal_line(Terminal *terminal, bool first, bool *abandoned);

/* Whether the terminal moves its cursor and draws again where it drew: it is not a dumb one. */
bool terminal_is_fancy(void);

/* Whether more of a paste is there already. */
bool terminal_is_pasting(const Terminal *terminal);

/* ---- highlight.c ---- */

/* Writes a line with the escapes of colours for keywords, numbers, strings, comments, commands. */
void highlight(const char *line, size_t length, FILE *out);

/* ---- complete.c ---- */

/* What may stand in the place of the word that ends at byte `end` of a line. */
typedef struct Completion {
    char **words; /* to be freed, each and all */
    int64_t count;
    size_t start; /* where the word begins */
    bool whole;   /* a blank may follow a word: it is a command */
} Completion;
Completion complete_word(Repl *repl, const char *line, size_t end);
void completion_release(Completion *completion);

/* The settings of the call that is open at the end of a line, from the one that is being typed: "stride=1, pad=0, ..."; empty when there is none. */
void hint_settings(Repl *repl, const char *line, size_t end, char *hint, size_t room);

/* ---- command.c ---- */

/* Writes a text below `indent` columns of blanks, broken between words where the terminal ends; it begins at column `column`. */
void print_wrapped(const char *text, int column, int indent);

/* A line that begins with a colon. */
void command_run(Repl *repl, const char *line);
const char *command_name(int index); /* null past the end */

/* ---- command_file.c ---- */

/* Whether the model that was opened last has changed since, and whoever writes its file seems to be done; opening it again when it has changed. */
bool files_have_changed(const Repl *repl);
void watch_files(Repl *repl);

/* ---- journal.c ---- */

/* What is entered, in memory and in a file; with `resume`, the entries of the last session are entered first. Null when there is no place for it. */
Journal *journal_make(Repl *repl, bool resume);
void journal_release(Journal *journal);
void journal_add(Journal *journal, const char *entry);
const char *journal_entry(const Journal *journal, int index); /* null past the end */

/* The file of the history over sessions; null when there is no place for it. To be freed. */
char *history_path(void);

/* ---- show.c ---- */

/* `text` is what was entered. */
void show_answer(Repl *repl, const StrataAnswer *answer, const char *text);
void show_tensor(Repl *repl, const char *name, const StrataTensor *tensor, bool batched);

/* Entry `index` of a tensor as a number; the modulus of a complex one. */
double number_at(const StrataTensor *tensor, int64_t index);

/* ---- sample.c ---- */

/* The likeliest classes of each sample of a classifier's output; nothing for what is none. */
void show_classes(const StrataAnswerValue *value);

/* Opens the data that `text` describes and shows the first samples, pictures with their labels. */
void show_data(Repl *repl, const char *name, const char *text);

/* ---- picture.c, draw_bitmap.c, curve.c ---- */

typedef struct Bitmap {
    int width, height;
    unsigned char *rgb; /* 3 bytes a pixel, row by row */
} Bitmap;

/* The style that a terminal allows, by what it says of itself. */
PictureStyle picture_style(bool terminal);
bool picture_style_of(const char *word, PictureStyle *style);

/* Whether a tensor is a picture, or several: its last two dimensions are large enough. */
bool is_picture(const StrataTensor *tensor, bool batched);

/* Draws the pictures of a tensor as a grid; says how many are left out. */
void show_pictures(Repl *repl, const StrataTensor *tensor, bool batched);
/* Draws the pictures of a batch in rows, each with its caption below; gives how many were drawn. */
int64_t show_captioned(Repl *repl, const StrataTensor *tensor, const char *const *captions);
void bitmap_draw(PictureStyle style, const Bitmap *bitmap);

/* Draws numbers as a curve, `width` columns wide. */
void draw_curve(Repl *repl, const double *numbers, int64_t count);
enum { CURVE_ROWS = 8 }; /* lines of a curve */

/* Columns and rows of the terminal; 80 and 24 when there is none. */
int terminal_columns(void);
int terminal_rows(void);

#endif
