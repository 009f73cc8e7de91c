/* The language by examples: every tests/language/FOLDER/NAME.net is checked, and its complaints must be those that its comments expect.
 *
 *     image |> dense(10)      # error E0601: dense takes a vector, got 1x28x28
 *
 * expects an error of this code on this line, whose message begins so; `# warning ...` likewise. `# error above ...` speaks of
 * the line before it and before others of its kind.
 * A file without such comments must check clean. With a path of a file or folder as argument only that is tried. */
#include "elaborate/elaborate.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Expectation {
    int line;
    bool met;
    char text[200]; /* "E0601: dense takes a vector" */
} Expectation;

enum { MOST_EXPECTED = 64 };

/* Reads a whole file into the arena; null when it cannot be read. */
static char *read_whole(Arena *arena, const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = arena_take(arena, (size_t)size + 1);
    *length = fread(text, 1, (size_t)size, file);
    text[*length] = '\0';
    fclose(file);
    return text;
}

static const char *read_source(void *context, Arena *arena, const char *path, size_t *length, StrataError *error)
{
    (void)context;
    const char *text = read_whole(arena, path, length);
    if (!text)
        error_set(error, STRATA_FILE, 308, "no such file");
    return text;
}

/* The next `# error ` or `# warning ` of a line, or null. */
static const char *find_mark(const char *text)
{
    const char *error = strstr(text, "# error ");
    const char *warning = strstr(text, "# warning ");
    return error && (!warning || error < warning) ? error : warning;
}

/* The expectations in one line of a source text, about line `number`; several may stand behind each other. */
static int read_line(const char *line, int number, Expectation *list, int count)
{
    for (const char *mark = find_mark(line); mark && count < MOST_EXPECTED;) {
        const char *what = strchr(mark + 2, ' ') + 1;
        const char *next = find_mark(what);
        size_t length = next ? (size_t)(next - what) : strlen(what);
        while (length > 0 && what[length - 1] == ' ')
            length--;
        bool above = strncmp(what, "above ", 6) == 0;
        size_t skip = above ? 6 : 0;
        list[count] = (Expectation){.line = number};
        snprintf(list[count++].text, sizeof list[0].text, "%.*s", (int)(length - skip), what + skip);
        mark = next;
    }
    return count;
}

/* All expectations of a source text. Those `above` speak of the last line that has none of them. */
static int read_expectations(const char *text, Expectation *list)
{
    int count = 0;
    int number = 1;
    int anchor = 0;
    for (const char *at = text; *at; number++) {
        size_t length = strcspn(at, "\n");
        char line[1000];
        snprintf(line, sizeof line, "%.*s", (int)length, at);
        if (!find_mark(line) || strncmp(strchr(find_mark(line) + 2, ' ') + 1, "above ", 6) != 0)
            anchor = number;
        count = read_line(line, anchor, list, count);
        at += length + (at[length] == '\n');
    }
    return count;
}

/* Whether a diagnostic is the one expected; marks it. */
static bool meets(const Diagnostics *diagnostics, const Diagnostic *found, Expectation *list, int count)
{
    if (found->span.file < 0)
        return false;
    char text[1000];
    snprintf(text, sizeof text, "E%04d: %s", found->code, found->message);
    int line = source_place(diagnostics->sources, found->span.file, found->span.start).line;
    for (int i = 0; i < count; i++)
        if (!list[i].met && list[i].line == line && strncmp(text, list[i].text, strlen(list[i].text)) == 0) {
            list[i].met = true;
            return true;
        }
    return false;
}

static int compare(Arena *arena, const char *path, const Diagnostics *diagnostics, Expectation *list, int count)
{
    int failures = 0;
    for (int64_t i = 0; i < diagnostics->count; i++) {
        if (meets(diagnostics, &diagnostics->items[i], list, count))
            continue;
        Text text = text_make(arena);
        diagnostic_print(diagnostics, &diagnostics->items[i], false, &text);
        printf("%s: not expected:\n%s", path, text_string(&text));
        failures++;
    }
    for (int i = 0; i < count; i++)
        if (!list[i].met) {
            printf("%s:%d: expected, but not said: %s\n", path, list[i].line, list[i].text);
            failures++;
        }
    return failures;
}

static int check_file(Arena *arena, const char *path)
{
    SourceTable sources = source_table_make(arena);
    Diagnostics diagnostics = diagnostics_make(arena, &sources);
    size_t length;
    const char *text = read_whole(arena, path, &length);
    if (!text)
        return 1;
    Expectation list[MOST_EXPECTED];
    int count = read_expectations(text, list);
    Module *module = module_load(arena, &diagnostics, (SourceReader){.read = read_source}, path, text, length);
    module_check(module);
    return compare(arena, path, &diagnostics, list, count);
}

static int try_file(const char *path)
{
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    volatile int failures = 1;
    if (ARENA_TRY(&arena) == 0)
        failures = check_file(&arena, path);
    arena_release(&arena);
    return failures;
}

static bool ends_in_net(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".net") == 0;
}

static int try_folder(const char *path, int *tried);

/* Files whose names begin with `_` are used by others and not tried themselves. */
static int try_entry(const char *folder, const char *name, int *tried)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (ends_in_net(name) && name[0] != '_') {
        (*tried)++;
        return try_file(path) > 0;
    }
    return strchr(name, '.') ? 0 : try_folder(path, tried);
}

static int try_folder(const char *path, int *tried)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    int failures = 0;
    for (int i = 0; i < count; i++) {
        failures += try_entry(path, entries[i]->d_name, tried);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return failures;
}

int main(int count, char **arguments)
{
    const char *path = count > 1 ? arguments[1] : "tests/language";
    int tried = 0;
    int failures = 0;
    if (ends_in_net(path))
        failures = try_file(path) > 0;
    else
        failures = try_folder(path, &tried);
    printf("%d files tried, %d failed\n", tried, failures);
    return failures > 0 || (tried == 0 && !ends_in_net(path));
}
