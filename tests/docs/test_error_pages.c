/* The pages of errors, docs/errors/EXXXX.md: what stands under "Example" gives exactly the page's code, what stands under "Repair" checks clean.
 * Pages whose example is a command (```console) are tried elsewhere. With paths as arguments only those pages are tried. */
#include "elaborate/elaborate.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_LIMIT = 65536 };

static const char *no_source(void *context, Arena *arena, const char *path, size_t *length, StrataError *error)
{
    (void)context;
    (void)arena;
    (void)length;
    error_set(error, STRATA_FILE, 308, "%s: no such file", path);
    return NULL;
}

/* Reads a page to `text`; false when it cannot be read. */
static bool read_page(const char *path, char text[PAGE_LIMIT])
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t length = fread(text, 1, PAGE_LIMIT - 1, file);
    text[length] = '\0';
    fclose(file);
    return true;
}

/* The Strata source under a heading, copied to the arena; null when there is none. */
static const char *find_source(Arena *arena, const char *text, const char *heading)
{
    const char *section = strstr(text, heading);
    const char *start = section ? strstr(section, "```strata\n") : NULL;
    const char *next = section ? strstr(section + 1, "\n## ") : NULL;
    if (!start || (next && start > next))
        return NULL;
    start += strlen("```strata\n");
    const char *end = strstr(start, "```");
    return end ? arena_string(arena, start, (size_t)(end - start)) : NULL;
}

/* Checks a source text whose only complaints may be of this code (0: none at all). */
static bool try_source(Arena *arena, const char *path, const char *source, int code)
{
    SourceTable sources = source_table_make(arena);
    Diagnostics diagnostics = diagnostics_make(arena, &sources);
    module_check(module_load(arena, &diagnostics, (SourceReader){.read = no_source}, path, source, strlen(source)));
    bool good = code == 0 || diagnostics.count > 0;
    for (int64_t i = 0; i < diagnostics.count; i++)
        good &= diagnostics.items[i].code == code;
    if (good)
        return true;
    printf("%s: the %s should give %s\n", path, code ? "example" : "repair", code ? "its code" : "no complaint");
    for (int64_t i = 0; i < diagnostics.count; i++) {
        Text text = text_make(arena);
        diagnostic_print(&diagnostics, &diagnostics.items[i], false, &text);
        printf("%s", text_string(&text));
    }
    return false;
}

static bool try_sources(Arena *arena, const char *path, const char *text, int code)
{
    const char *example = find_source(arena, text, "## Example");
    const char *repair = find_source(arena, text, "## Repair");
    bool good = !example || try_source(arena, path, example, code);
    return (!repair || try_source(arena, path, repair, 0)) && good;
}

static bool try_page(const char *path)
{
    static char text[PAGE_LIMIT];
    const char *name = strrchr(path, '/');
    int code = name ? atoi(name + 2) : 0;
    char title[20];
    snprintf(title, sizeof title, "# E%04d: ", code);
    if (!read_page(path, text) || strncmp(text, title, strlen(title)) != 0) {
        printf("%s: should begin with \"%s\"\n", path, title);
        return false;
    }
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    volatile bool good = false;
    if (ARENA_TRY(&arena) == 0)
        good = try_sources(&arena, path, text, code);
    arena_release(&arena);
    return good;
}

static int is_page(const struct dirent *entry)
{
    return entry->d_name[0] == 'E';
}

int main(int count, char **arguments)
{
    struct dirent **entries = NULL;
    int failures = 0, tried = 0;
    for (int i = 1; i < count; i++)
        failures += !try_page(arguments[i]);
    int pages = count > 1 ? 0 : scandir("docs/errors", &entries, is_page, alphasort);
    for (int i = 0; i < pages; i++) {
        char path[512];
        snprintf(path, sizeof path, "docs/errors/%s", entries[i]->d_name);
        failures += !try_page(path);
        tried++;
        free(entries[i]);
    }
    free(entries);
    printf("%d passed, %d failed\n", tried - failures, failures);
    return failures > 0 || (count == 1 && tried == 0);
}
