/* Runs what the documentation shows, so that it stays true.
 *
 * Of every page given (README.md and docs/, folders inside too), in order:
 *   ```strata             the source must check clean; `# file: NAME` in its first line also writes it to NAME in the page's scratch folder
 *   ```strata E0601       checking it must give an error with that code
 *   ```console            each line `$ COMMAND` is run by bash in the page's scratch folder, which holds links to examples/ and
 *                         build's command on PATH; the lines behind it are what it must print (stdout and stderr), where a line `...`
 *                         stands for any number of lines; a command with none may print anything. `# exit N` behind the command
 *                         is the exit status it must have (0 when not said).
 *   [text](path)          a link into the repository must lead to a file that exists
 * Blocks of other kinds (text, c, sh, ...) are not run. Prints `N passed, N failed`. */
#include "base/text.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct Page {
    Arena *arena;
    const char *path;
    const char *folder; /* scratch */
    const char *root;   /* of the repository */
    int passed;
    int failed;
} Page;

static char *read_stream(Arena *arena, FILE *stream)
{
    Text text = text_make(arena);
    char buffer[4096];
    size_t length;
    while ((length = fread(buffer, 1, sizeof buffer, stream)) > 0)
        text_add_bytes(&text, buffer, length);
    return arena_duplicate(arena, text_string(&text));
}

static char *read_text(Arena *arena, const char *path)
{
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return NULL;
    char *text = read_stream(arena, stream);
    fclose(stream);
    return text;
}

static bool write_text(const char *path, const char *text)
{
    FILE *stream = fopen(path, "wb");
    if (!stream)
        return false;
    bool written = fputs(text, stream) >= 0;
    return fclose(stream) == 0 && written;
}

/* Runs a command in the page's folder; gives what it printed, and its exit status. */
static char *run(Page *page, const char *command, int *status)
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

static void judge(Page *page, bool good, int line, const char *what, const char *saw)
{
    if (good) {
        page->passed++;
        return;
    }
    page->failed++;
    printf("%s:%d: %s\n%s\n", page->path, line, what, saw);
}

/* A text split into lines; the ends are replaced by 0. */
typedef struct Lines {
    char **items;
    int64_t count;
} Lines;

static Lines split_lines(Arena *arena, char *text)
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

/* Whether the lines are as expected, where `...` stands for any number of them. */
static bool lines_match(char **expected, int64_t expected_count, char **lines, int64_t count)
{
    if (expected_count == 0)
        return count == 0;
    if (strcmp(expected[0], "...") == 0) {
        for (int64_t skip = 0; skip <= count; skip++)
            if (lines_match(expected + 1, expected_count - 1, lines + skip, count - skip))
                return true;
        return false;
    }
    return count > 0 && strcmp(expected[0], lines[0]) == 0 && lines_match(expected + 1, expected_count - 1, lines + 1, count - 1);
}

/* One command and the lines that it must print. */
static void check_command(Page *page, char *command, char **expected, int64_t expected_count, int line)
{
    int wanted = 0;
    char *mark = strstr(command, "# exit ");
    if (mark) {
        wanted = atoi(mark + strlen("# exit "));
        *mark = '\0';
    }
    int status = 0;
    char *output = run(page, command, &status);
    judge(page, output && status == wanted, line, arena_printf(page->arena, "`%s` ended with %d, not %d", command, status, wanted),
          output ? output : "it could not be started");
    while (expected_count > 0 && !expected[expected_count - 1][0])
        expected_count--;
    if (!output || expected_count == 0)
        return;
    char *copy = arena_duplicate(page->arena, output);
    Lines lines = split_lines(page->arena, copy);
    while (lines.count > 0 && !lines.items[lines.count - 1][0])
        lines.count--;
    judge(page, lines_match(expected, expected_count, lines.items, lines.count), line,
          arena_printf(page->arena, "`%s` printed something else:", command), output);
}

static void check_console(Page *page, Lines lines, int64_t first, int64_t end)
{
    for (int64_t i = first; i < end;) {
        if (strncmp(lines.items[i], "$ ", 2) != 0) {
            i++;
            continue;
        }
        int64_t next = i + 1;
        Text command = text_make(page->arena);
        text_add(&command, lines.items[i] + 2);
        while (next < end && command.length > 0 && command.start[command.length - 1] == '\\') {
            text_add_character(&command, '\n');
            text_add(&command, lines.items[next++]);
        }
        int64_t stop = next;
        while (stop < end && strncmp(lines.items[stop], "$ ", 2) != 0)
            stop++;
        check_command(page, arena_duplicate(page->arena, text_string(&command)), lines.items + next, stop - next, (int)i + 1);
        i = stop;
    }
}

static void check_source(Page *page, Lines lines, int64_t first, int64_t end, const char *code)
{
    Text source = text_make(page->arena);
    for (int64_t i = first; i < end; i++)
        text_printf(&source, "%s\n", lines.items[i]);
    const char *name = "example.net";
    if (first < end && strncmp(lines.items[first], "# file: ", 8) == 0)
        name = lines.items[first] + 8;
    write_text(arena_printf(page->arena, "%s/%s", page->folder, name), text_string(&source));
    int status = 0;
    char *output = run(page, arena_printf(page->arena, "strata check '%s'", name), &status);
    if (!code)
        judge(page, output && status == 0, (int)first + 1, "this source does not check clean", output ? output : "");
    else
        judge(page, output && status == 1 && strstr(output, arena_printf(page->arena, "error[%s]", code)), (int)first + 1,
              arena_printf(page->arena, "this source does not give %s", code), output ? output : "");
}

/* Links `](path)` of a line that lead into the repository. */
static void check_links(Page *page, const char *text, int line)
{
    const char *slash = strrchr(page->path, '/');
    const char *folder = slash ? arena_string(page->arena, page->path, (size_t)(slash - page->path)) : ".";
    for (const char *at = strstr(text, "]("); at; at = strstr(at + 2, "](")) {
        size_t length = strcspn(at + 2, ")# ");
        if (length == 0 || strncmp(at + 2, "http", 4) == 0 || strncmp(at + 2, "mailto", 6) == 0)
            continue;
        const char *target = arena_printf(page->arena, "%s/%s/%.*s", page->root, folder, (int)length, at + 2);
        struct stat status;
        judge(page, stat(target, &status) == 0, line, "a link leads nowhere:", target);
    }
}

static void check_block(Page *page, Lines lines, int64_t first, int64_t end, const char *kind)
{
    if (strcmp(kind, "console") == 0)
        check_console(page, lines, first, end);
    else if (strcmp(kind, "strata") == 0)
        check_source(page, lines, first, end, NULL);
    else if (strncmp(kind, "strata E", 8) == 0)
        check_source(page, lines, first, end, kind + 7);
}

static void check_page(Page *page)
{
    char *text = read_text(page->arena, arena_printf(page->arena, "%s/%s", page->root, page->path));
    if (!text) {
        judge(page, false, 1, "cannot be read", "");
        return;
    }
    Lines lines = split_lines(page->arena, text);
    for (int64_t i = 0; i < lines.count; i++) {
        if (strncmp(lines.items[i], "```", 3) != 0) {
            check_links(page, lines.items[i], (int)i + 1);
            continue;
        }
        const char *kind = lines.items[i] + 3;
        int64_t end = i + 1;
        while (end < lines.count && strcmp(lines.items[end], "```") != 0)
            end++;
        check_block(page, lines, i + 1, end, kind);
        i = end;
    }
}

/* A page in a scratch folder of its own. */
static void run_page(const char *root, const char *path, int *passed, int *failed)
{
    char folder[] = "/tmp/strata-docs-XXXXXX";
    if (!mkdtemp(folder)) {
        (*failed)++;
        return;
    }
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    Page page = {.arena = &arena, .path = path, .folder = folder, .root = root};
    int status = 0;
    run(&page, arena_printf(&arena, "cp -r '%s/examples' .", root), &status);
    check_page(&page);
    *passed += page.passed;
    *failed += page.failed;
    run(&page, arena_printf(&arena, "rm -rf '%s'", folder), &status);
    arena_release(&arena);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every page of a folder, folders inside too, in order of their names. */
static void run_folder(Arena *arena, const char *root, const char *path, int *passed, int *failed)
{
    DIR *folder = opendir(arena_printf(arena, "%s/%s", root, path));
    if (!folder)
        return;
    char **names = NULL;
    int64_t count = 0;
    int64_t capacity = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        names = arena_grow(arena, names, count, &capacity, sizeof *names);
        names[count++] = arena_duplicate(arena, entry->d_name);
    }
    closedir(folder);
    if (count > 0)
        qsort(names, (size_t)count, sizeof *names, by_name);
    for (int64_t i = 0; i < count; i++) {
        const char *inside = arena_printf(arena, "%s/%s", path, names[i]);
        size_t length = strlen(inside);
        if (length > 3 && strcmp(inside + length - 3, ".md") == 0)
            run_page(root, inside, passed, failed);
        else
            run_folder(arena, root, inside, passed, failed);
    }
}

/* Arguments: the repository's root, the folder of the command, then pages or folders of pages. */
int main(int count, char **arguments)
{
    if (count < 4) {
        fprintf(stderr, "usage: %s ROOT COMMAND_FOLDER PAGE_OR_FOLDER...\n", arguments[0]);
        return 2;
    }
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    const char *path = getenv("PATH");
    setenv("PATH", arena_printf(&arena, "%s:%s", arguments[2], path ? path : ""), 1);
    int passed = 0;
    int failed = 0;
    for (int i = 3; i < count; i++) {
        size_t length = strlen(arguments[i]);
        if (length > 3 && strcmp(arguments[i] + length - 3, ".md") == 0)
            run_page(arguments[1], arguments[i], &passed, &failed);
        else
            run_folder(&arena, arguments[1], arguments[i], &passed, &failed);
    }
    arena_release(&arena);
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}
