/* A page of the documentation while it is tried: its lines, what was found, and the text that it should have. */
#ifndef STRATA_DOCS_PAGE_H
#define STRATA_DOCS_PAGE_H

#include "base/text.h"

/* A text split into lines; the ends are replaced by 0. */
typedef struct Lines {
    char **items;
    int64_t count;
} Lines;

typedef struct Page {
    Arena *arena;
    const char *root;   /* of the repository */
    const char *path;   /* of the page, from the root */
    const char *folder; /* scratch, where its commands run */
    Lines lines;
    Text fresh; /* the page with what its commands print now */
    int passed;
    int failed;
} Page;

/* Lines of a text, which is written to. */
Lines split_lines(Arena *arena, char *text);

/* A file's content; null when it cannot be read. */
char *read_text(Arena *arena, const char *path);
bool write_text(const char *path, const char *text);

/* Runs a command with bash in the page's folder; gives what it printed (stdout and stderr), null when it could not start. */
char *page_run(Page *page, const char *command, int *status);

/* Counts something that was tried; when it is not good, says where, what, and what was seen instead. Lines count from 1. */
void page_judge(Page *page, bool good, int64_t line, const char *what, const char *saw);

/* Tries all that the page shows, and makes its fresh text. */
void page_check(Page *page);

/* Tries the links of a line: `](path)` and `](path#heading)` lead to a file, and a heading, of the repository. */
void page_check_links(Page *page, const char *text, int64_t line);

#endif
