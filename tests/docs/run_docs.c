/* Runs what the documentation shows, so that it stays true.
 *
 * Of every page given (README.md and docs/, folders inside too), in order:
 *   ```strata             the source must check clean
 *   ```strata E0601       checking it must give an error with that code
 *   ```console            each line `$ COMMAND` is run by bash in the page's scratch folder, which holds a copy of examples/ and has
 *                         the command on its PATH; the lines behind it are what it must print (stdout and stderr; blanks at the end of a line do
 *                         not count), where a line `...` stands for any number of lines; a command with none may print anything. `# exit N` behind the command
 *                         is the exit status it must have (0 when not said)
 *   ```c examples/x.c     the block must be what the file of the repository holds (any kind, any file)
 *   [text](path#heading)  a link into the repository must lead to a file that exists, and to a heading of it
 *   <!-- output: COMMAND --> ... <!-- end -->   what stands between must be what the command prints
 * Other blocks (text, c, sh, ...) are not run. A block of any kind whose first line is `# file: NAME` or a C comment of the like is
 * written to NAME in the scratch folder. Commands find the repository in STRATA_ROOT, too.
 *
 * With --update the pages are written anew with what the commands print now, but for commands whose expected lines hold a `...`.
 * Prints `N passed, N failed`. */
#include "docs/page.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXCEPTION_LIMIT = 20 };

typedef struct Run {
    Arena arena;
    const char *root;
    bool update;
    const char *without[EXCEPTION_LIMIT]; /* pages and folders that are left out */
    int without_count;
    int passed;
    int failed;
} Run;

static bool left_out(const Run *run, const char *path)
{
    for (int i = 0; i < run->without_count; i++)
        if (strcmp(run->without[i], path) == 0)
            return true;
    return false;
}

static void update_page(Page *page, const char *path, const char *old)
{
    const char *text = text_string(&page->fresh);
    if (strcmp(text, old) == 0)
        return;
    if (write_text(path, text))
        printf("%s: written anew\n", page->path);
    else
        page_judge(page, false, 1, "cannot be written:", path);
}

/* A page in a scratch folder of its own. */
static void run_page(Run *run, const char *name)
{
    char folder[] = "/tmp/strata-docs-XXXXXX";
    const char *path = arena_printf(&run->arena, "%s/%s", run->root, name);
    char *text = read_text(&run->arena, path);
    if (!text || !mkdtemp(folder)) {
        printf("%s: cannot be read, or there is no room for its scratch folder\n", path);
        run->failed++;
        return;
    }
    Page page = {.arena = &run->arena, .root = run->root, .path = name, .folder = folder, .fresh = text_make(&run->arena)};
    page.lines = split_lines(&run->arena, arena_duplicate(&run->arena, text));
    int status = 0;
    page_run(&page, arena_printf(&run->arena, "cp -r '%s/examples' .", run->root), &status);
    page_check(&page);
    if (run->update)
        update_page(&page, path, text);
    run->passed += page.passed;
    run->failed += page.failed;
    page_run(&page, arena_printf(&run->arena, "rm -rf '%s'", folder), &status);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, in order; none when it is no folder. */
static Lines list_folder(Arena *arena, const char *path)
{
    Lines names = {0};
    int64_t capacity = 0;
    DIR *folder = opendir(path);
    if (!folder)
        return names;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        names.items = arena_grow(arena, names.items, names.count, &capacity, sizeof *names.items);
        names.items[names.count++] = arena_duplicate(arena, entry->d_name);
    }
    closedir(folder);
    if (names.count > 0)
        qsort(names.items, (size_t)names.count, sizeof *names.items, by_name);
    return names;
}

/* A page, or every page of a folder, folders inside too. */
static void run_path(Run *run, const char *path)
{
    if (left_out(run, path))
        return;
    size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".md") == 0) {
        run_page(run, path);
        return;
    }
    Lines names = list_folder(&run->arena, arena_printf(&run->arena, "%s/%s", run->root, path));
    for (int64_t i = 0; i < names.count; i++)
        run_path(run, arena_printf(&run->arena, "%s/%s", path, names.items[i]));
}

/* The command on the PATH of the pages, and the library where pkg-config finds it. */
static void set_environment(Arena *arena, const char *root, const char *folder)
{
    setenv("STRATA_ROOT", root, 1);
    const char *path = getenv("PATH");
    setenv("PATH", arena_printf(arena, "%s:%s", folder, path ? path : ""), 1);
    setenv("PKG_CONFIG_PATH", arena_printf(arena, "%s/pkgconfig", folder), 1);
    setenv("LC_ALL", "C.UTF-8", 1);
}

/* Reads the options before the paths, and gives the index behind them; -1 when they are wrong. */
static int read_options(Run *run, int count, char **arguments)
{
    int next = 1;
    for (; next < count && arguments[next][0] == '-'; next++) {
        if (strcmp(arguments[next], "--update") == 0)
            run->update = true;
        else if (strcmp(arguments[next], "--without") == 0 && next + 1 < count && run->without_count < EXCEPTION_LIMIT)
            run->without[run->without_count++] = arguments[++next];
        else
            return -1;
    }
    return count - next >= 3 ? next : -1;
}

/* Every page of the paths; false when memory ended. */
static bool run_paths(Run *run, const char *folder, char *const *paths, int count)
{
    if (ARENA_TRY(&run->arena) != 0)
        return false;
    set_environment(&run->arena, run->root, folder);
    for (int i = 0; i < count; i++)
        run_path(run, paths[i]);
    return true;
}

int main(int count, char **arguments)
{
    Run run = {0};
    int next = read_options(&run, count, arguments);
    if (next < 0) {
        fprintf(stderr, "usage: %s [--update] [--without PATH]... ROOT COMMAND_FOLDER PAGE_OR_FOLDER...\n", arguments[0]);
        return 2;
    }
    StrataAllocator allocator = strata_default_allocator();
    arena_init(&run.arena, &allocator);
    char *root = realpath(arguments[next], NULL);
    char *folder = realpath(arguments[next + 1], NULL);
    run.root = root;
    bool good = root && folder && run_paths(&run, folder, arguments + next + 2, count - next - 2);
    arena_release(&run.arena);
    free(root);
    free(folder);
    printf("%d passed, %d failed\n", run.passed, run.failed);
    return !good || run.failed > 0;
}
