/* What the tests of the front end share; see harness.h. */
#include "syntax/harness.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void parsed_begin(Parsed *parsed, const char *text, size_t length)
{
    StrataAllocator allocator = strata_default_allocator();
    arena_init(&parsed->arena, &allocator);
    parsed->sources = source_table_make(&parsed->arena);
    parsed->diagnostics = diagnostics_make(&parsed->arena, &parsed->sources);
    parsed->number = source_add(&parsed->sources, "test.net", text, length, false);
    parsed->file = parse_file(&parsed->arena, &parsed->diagnostics, parsed->number);
}

void parsed_end(Parsed *parsed)
{
    arena_release(&parsed->arena);
}

void parsed_print_errors(Parsed *parsed)
{
    for (int64_t i = 0; i < parsed->diagnostics.count; i++) {
        Text text = text_make(&parsed->arena);
        diagnostic_print(&parsed->diagnostics, &parsed->diagnostics.items[i], false, &text);
        print_error("%s", text_string(&text));
    }
}

static void visit_file(const char *path, void (*visit)(const char *path, const char *text, size_t length))
{
    enum { LONGEST = 1 << 20 };
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = malloc(LONGEST);
    assert_non_null(text);
    size_t length = fread(text, 1, LONGEST, file);
    fclose(file);
    visit(path, text, length);
    free(text);
}

void visit_net_files(const char *folder, void (*visit)(const char *path, const char *text, size_t length))
{
    DIR *directory = opendir(folder);
    if (!directory)
        fail_msg("no folder %s", folder);
    int visited = 0;
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        size_t length = strlen(entry->d_name);
        if (length < 4 || strcmp(entry->d_name + length - 4, ".net") != 0)
            continue;
        char path[1000];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        visit_file(path, visit);
        visited++;
    }
    closedir(directory);
    assert_true(visited > 0);
}
