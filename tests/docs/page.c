/* Tries what one page shows: its blocks of source and of commands, one after the other. See run_docs.c for what each kind means. */
#include "docs/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* ---- Files and commands ----------------------------------------------------------------------------------------------------- */

static char *read_stream(Arena *arena, FILE *stream)
{
    Text text = text_make(arena);
    char buffer[4096];
    size_t length;
    while ((length = fread(buffer, 1, sizeof buffer, stream)) > 0)
        text_add_bytes(&text, buffer, length);
    return arena_duplicate(arena, text_string(&text));
}

char *read_text(Arena *arena, const char *path)
{
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return NULL;
    char *text = read_stream(arena, stream);
    fclose(stream);
    return text;
}

bool write_text(const char *path, const char *text)
{
    FILE *stream = fopen(path, "wb");
    if (!stream)
        return false;
    bool written = fputs(text, stream) >= 0;
    return fclose(stream) == 0 && written;
}

char *page_run(Page *page, const char *command, int *status)
{
    const char *script = arena_printf(page->arena, "%s/.command", page->folder);
    write_text(script, arena_printf(page->arena, "cd '%s' || exit 99\n%s\n", page->folder, command));
    FILE *pipe = popen(arena_printf(page->arena, "bash '%s' 2>&1 </dev/null", script), "r");
    if (!pipe)
        return NULL;
    char *output = read_stream(page->arena, pipe);
    int result = pclose(pipe);
    *status = WIFEXITED(result) ? WEXITSTATUS(result) : 128;
    return output;
}

void page_judge(Page *page, bool good, int64_t line, const char *what, const char *saw)
{
    if (good) {
        page->passed++;
        return;
    }
    page->failed++;
    printf("%s:%lld: %s\n%s\n", page->path, (long long)line, what, saw);
}

/* ---- Lines ------------------------------------------------------------------------------------------------------------------ */

Lines split_lines(Arena *arena, char *text)
{
    Lines lines = {0};
    int64_t capacity = 0;
    while (*text) {
        lines.items = arena_grow(arena, lines.items, lines.count, &capacity, sizeof *lines.items);
        lines.items[lines.count++] = text;
        char *end = strchr(text, '\n');
        if (!end)
            break;
        *end = '\0';
        text = end + 1;
    }
    return lines;
}

/* Cuts blanks off the end of a line: pages have none. */
static void cut_blanks(char *line)
{
    size_t length = strlen(line);
    while (length > 0 && line[length - 1] == ' ')
        line[--length] = '\0';
}

/* Without empty lines at the end. */
static Lines trim(Lines lines)
{
    while (lines.count > 0 && !lines.items[lines.count - 1][0])
        lines.count--;
    return lines;
}

static Lines part_of(Page *page, int64_t first, int64_t end)
{
    return (Lines){page->lines.items + first, end - first};
}

/* Whether the lines are as expected, where `...` stands for any number of them. */
static bool lines_match(Lines expected, Lines lines)
{
    if (expected.count == 0)
        return lines.count == 0;
    Lines rest = {expected.items + 1, expected.count - 1};
    if (strcmp(expected.items[0], "...") == 0) {
        for (int64_t skip = 0; skip <= lines.count; skip++)
            if (lines_match(rest, (Lines){lines.items + skip, lines.count - skip}))
                return true;
        return false;
    }
    return lines.count > 0 && strcmp(expected.items[0], lines.items[0]) == 0 &&
           lines_match(rest, (Lines){lines.items + 1, lines.count - 1});
}

static bool has_gap(Lines lines)
{
    for (int64_t i = 0; i < lines.count; i++)
        if (strcmp(lines.items[i], "...") == 0)
            return true;
    return false;
}

/* Adds lines to the page's fresh text. */
static void keep(Page *page, Lines lines)
{
    for (int64_t i = 0; i < lines.count; i++)
        text_printf(&page->fresh, "%s\n", lines.items[i]);
}

/* ---- Commands --------------------------------------------------------------------------------------------------------------- */

/* Runs a command that must end with `wanted`, and gives the lines that it printed; no lines when it ended otherwise. */
static Lines run_command(Page *page, const char *command, int wanted, int64_t line, bool *good)
{
    int status = 0;
    char *output = page_run(page, command, &status);
    *good = output && status == wanted;
    page_judge(page, *good, line, arena_printf(page->arena, "`%s` ended with %d, not %d", command, status, wanted),
               output ? output : "it could not be started");
    if (!*good)
        return (Lines){NULL, 0};
    Lines lines = split_lines(page->arena, output);
    for (int64_t i = 0; i < lines.count; i++)
        cut_blanks(lines.items[i]);
    return trim(lines);
}

static const char *join(Page *page, Lines lines)
{
    Text text = text_make(page->arena);
    for (int64_t i = 0; i < lines.count; i++)
        text_printf(&text, "%s\n", lines.items[i]);
    return text_string(&text);
}

/* One command and the lines behind it, which it must print. */
static void check_command(Page *page, char *command, Lines shown, int64_t line)
{
    int wanted = 0;
    char *mark = strstr(command, "# exit ");
    if (mark) {
        wanted = atoi(mark + strlen("# exit "));
        *mark = '\0';
    }
    bool good;
    Lines printed = run_command(page, command, wanted, line, &good);
    Lines expected = trim(shown);
    if (!good || expected.count == 0) {
        keep(page, shown);
        return;
    }
    page_judge(page, lines_match(expected, printed), line, arena_printf(page->arena, "`%s` printed something else:", command),
               join(page, printed));
    keep(page, has_gap(expected) ? expected : printed);
    keep(page, (Lines){shown.items + expected.count, shown.count - expected.count});
}

static bool is_command(const char *line)
{
    return strncmp(line, "$ ", 2) == 0;
}

/* The commands of a block; a line that ends in a backslash goes on. */
static void check_console(Page *page, int64_t first, int64_t end)
{
    char **items = page->lines.items;
    int64_t i = first;
    while (i < end && !is_command(items[i]))
        i++;
    keep(page, part_of(page, first, i));
    while (i < end) {
        int64_t next = i + 1;
        Text command = text_make(page->arena);
        text_add(&command, items[i] + 2);
        while (next < end && command.length > 0 && command.start[command.length - 1] == '\\') {
            text_add_character(&command, '\n');
            text_add(&command, items[next++]);
        }
        int64_t stop = next;
        while (stop < end && !is_command(items[stop]))
            stop++;
        keep(page, part_of(page, i, next));
        check_command(page, arena_duplicate(page->arena, text_string(&command)), part_of(page, next, stop), i + 1);
        i = stop;
    }
}

/* A part of the page that a command has written: from `<!-- output: COMMAND -->` to `<!-- end -->`. */
static void check_output(Page *page, int64_t first, int64_t end)
{
    const char *mark = page->lines.items[first] + strlen("<!-- output: ");
    const char *close = strstr(mark, " -->");
    const char *command = close ? arena_string(page->arena, mark, (size_t)(close - mark)) : mark;
    bool good;
    Lines printed = run_command(page, command, 0, first + 1, &good);
    Lines shown = trim(part_of(page, first + 1, end));
    while (shown.count > 0 && !shown.items[0][0])
        shown = (Lines){shown.items + 1, shown.count - 1};
    bool same = good && strcmp(join(page, shown), join(page, printed)) == 0;
    page_judge(page, same, first + 1,
               "this part is not what the command prints now; write it anew with `./dev docs --update`:", command);
    text_printf(&page->fresh, "%s\n\n", page->lines.items[first]);
    keep(page, good ? printed : shown);
    text_add(&page->fresh, "\n");
    for (int64_t i = first + 1; i < end; i++)
        page_check_links(page, page->lines.items[i], i + 1);
}

/* ---- Sources ---------------------------------------------------------------------------------------------------------------- */

/* The name in a first line `# file: NAME` or a C comment of the like; null when there is none. */
static const char *file_name(Page *page, Lines block)
{
    const char *line = block.count > 0 ? block.items[0] : "";
    size_t mark = strcspn(line, "f");
    if ((strncmp(line, "# ", 2) != 0 && strncmp(line, "/* ", 3) != 0) || strncmp(line + mark, "file: ", 6) != 0)
        return NULL;
    const char *name = line + mark + strlen("file: ");
    return arena_string(page->arena, name, strcspn(name, " "));
}

static void write_block(Page *page, Lines block, const char *name)
{
    const char *path = arena_printf(page->arena, "%s/%s", page->folder, name);
    if (!write_text(path, join(page, block)))
        page_judge(page, false, 1, "cannot be written:", path);
}

/* A source of the language: it checks clean, or gives the code. */
static void check_source(Page *page, Lines block, int64_t line, const char *code)
{
    const char *name = file_name(page, block);
    if (!name) {
        name = "example.net";
        write_block(page, block, name);
    }
    int status = 0;
    char *output = page_run(page, arena_printf(page->arena, "strata check '%s'", name), &status);
    if (!code)
        page_judge(page, output && status == 0, line, "this source does not check clean", output ? output : "");
    else
        page_judge(page, output && status == 1 && strstr(output, arena_printf(page->arena, "error[%s]", code)), line,
                   arena_printf(page->arena, "this source does not give %s", code), output ? output : "");
}

/* A block that shows a file of the repository. */
static void check_copy(Page *page, Lines block, int64_t line, const char *path)
{
    char *text = read_text(page->arena, arena_printf(page->arena, "%s/%s", page->root, path));
    Lines file = text ? split_lines(page->arena, text) : block;
    page_judge(page, text && strcmp(join(page, file), join(page, block)) == 0, line, "this is not what the file holds:", path);
    keep(page, file);
}

static void check_block(Page *page, int64_t first, int64_t end, const char *kind)
{
    Lines block = part_of(page, first, end);
    const char *name = file_name(page, block);
    if (name)
        write_block(page, block, name);
    if (strcmp(kind, "console") == 0) {
        check_console(page, first, end);
        return;
    }
    const char *space = strchr(kind, ' ');
    if (space && strchr(space, '/')) {
        check_copy(page, block, first + 1, space + 1);
        return;
    }
    if (strcmp(kind, "strata") == 0)
        check_source(page, block, first + 1, NULL);
    else if (strncmp(kind, "strata E", 8) == 0)
        check_source(page, block, first + 1, kind + 7);
    keep(page, block);
}

/* ---- The page --------------------------------------------------------------------------------------------------------------- */

static int64_t find_line(Page *page, int64_t from, const char *text)
{
    while (from < page->lines.count && strcmp(page->lines.items[from], text) != 0)
        from++;
    return from;
}

void page_check(Page *page)
{
    for (int64_t i = 0; i < page->lines.count; i++) {
        const char *line = page->lines.items[i];
        bool fence = strncmp(line, "```", 3) == 0;
        bool output = strncmp(line, "<!-- output: ", 13) == 0;
        if (!fence && !output) {
            page_check_links(page, line, i + 1);
            keep(page, part_of(page, i, i + 1));
            continue;
        }
        int64_t end = find_line(page, i + 1, fence ? "```" : "<!-- end -->");
        if (end == page->lines.count) {
            page_judge(page, false, i + 1, "this has no end:", line);
            keep(page, part_of(page, i, end));
            return;
        }
        if (output) {
            check_output(page, i, end);
        } else {
            keep(page, part_of(page, i, i + 1));
            check_block(page, i + 1, end, line + 3);
        }
        keep(page, part_of(page, end, end + 1));
        i = end;
    }
}
