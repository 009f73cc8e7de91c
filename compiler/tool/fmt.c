/* strata fmt: sources in their canonical layout. */
#include "tool/output.h"
#include "tool/session.h"

#include <stdlib.h>
#include <string.h>

/* The text of the module as it was read: to see whether the layout changed. Null after saying why. */
static char *read_again(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    size_t capacity = 1 << 16, used = 0, got;
    char *bytes = file ? malloc(capacity) : NULL;
    while (bytes && (got = fread(bytes + used, 1, capacity - used, file)) > 0) {
        used += got;
        if (used < capacity)
            continue;
        capacity *= 2;
        char *grown = realloc(bytes, capacity);
        if (!grown)
            free(bytes);
        bytes = grown;
    }
    if (file)
        fclose(file);
    *length = used;
    return bytes;
}

static bool is_same(const char *path, const StrataText *text)
{
    size_t length;
    char *old = read_again(path, &length);
    bool same = old && length == strata_text_length(text) && memcmp(old, strata_text_bytes(text), length) == 0;
    free(old);
    return same;
}

/* Lays out one file. With `check`, only says whether it would change. */
static ExitCode format_file(const Arguments *arguments, const char *path, bool check)
{
    Session session;
    if (!session_begin(&session, arguments))
        return EXIT_WRONG_INPUT;
    ExitCode code = EXIT_DONE;
    bool standard = strcmp(path, "-") == 0;
    StrataText *text = session_module(&session, path) ? strata_module_format(session.module, session.diagnostics) : NULL;
    if (!text) {
        code = EXIT_WRONG_INPUT;
    } else if (standard) {
        fwrite(strata_text_bytes(text), 1, strata_text_length(text), stdout);
    } else if (!is_same(path, text)) {
        if (check) {
            printf("%s\n", path);
            code = EXIT_WRONG_INPUT;
        } else if (!output_file(path, strata_text_bytes(text), strata_text_length(text))) {
            code = EXIT_WRONG_INPUT;
        }
    }
    strata_text_release(text);
    ExitCode status = session_end(&session);
    return status == EXIT_DONE ? code : status;
}

static ExitCode run_fmt(const Arguments *arguments)
{
    static const char *const standard_input[] = {"-"};
    bool none = arguments->operand_count == 0;
    const char *const *paths = none ? standard_input : arguments->operands;
    ExitCode code = EXIT_DONE;
    for (int i = 0; i < (none ? 1 : arguments->operand_count); i++) {
        ExitCode one = format_file(arguments, paths[i], arguments_has(arguments, "check"));
        code = one > code ? one : code;
    }
    return code;
}

static const Option fmt_options[] = {
    {.name = "check", .letter = 'c', .help = "write nothing; list the files that would change, and exit with 1 if there are any"},
    {0},
};

const Verb verb_fmt = {
    .name = "fmt",
    .operands = "[FILE...]",
    .summary = "lay out sources in the one canonical way",
    .description = "Rewrites each file in place, all of it or not at all; comments stay. Without a file, or for `-`, reads the "
                   "standard input and writes the\n"
                   "standard output. A file with syntax errors is left as it is.",
    .examples = "strata fmt lenet.net\nstrata fmt --check models/*.net\nstrata fmt < draft.net > clean.net",
    .options = fmt_options,
    .least = 0,
    .most = -1,
    .operand_kind = VALUE_FILE,
    .run = run_fmt,
};
