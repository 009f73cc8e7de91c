/* Commands on the session itself: settings, undoing, history, the end. */
#include "tool/repl/command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- :set ---- */

static const char *const picture_words[] = {"off", "ascii", "blocks", "sixel", "kitty"};

static void show_settings(const Repl *repl)
{
    StrataSessionOptions options = strata_session_options(repl->session);
    printf("precision  %s\nthreads    %d\nseed       %" PRIu64 "\nengine     %s\npictures   %s\n",
           options.precision == STRATA_DOUBLE ? "double" : "single", options.threads, options.seed,
           options.interpret ? "interpreter" : "jit", picture_words[repl->pictures]);
}

static bool whole(const char *text, uint64_t most, uint64_t *result)
{
    char *end;
    *result = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && !*end && *result <= most;
}

static bool set_option(Repl *repl, const char *name, const char *value)
{
    StrataSessionOptions options = strata_session_options(repl->session);
    uint64_t number = 0;
    bool good = true;
    if (strcmp(name, "precision") == 0 && (strcmp(value, "single") == 0 || strcmp(value, "double") == 0))
        options.precision = value[0] == 'd' ? STRATA_DOUBLE : STRATA_SINGLE;
    else if (strcmp(name, "threads") == 0 && whole(value, 1024, &number) && number > 0)
        options.threads = (int)number;
    else if (strcmp(name, "seed") == 0 && whole(value, INT64_MAX, &number))
        options.seed = number;
    else if (strcmp(name, "engine") == 0 && (strcmp(value, "jit") == 0 || strcmp(value, "interpreter") == 0))
        options.interpret = value[0] == 'i';
    else
        good = strcmp(name, "pictures") == 0 && picture_style_of(value, &repl->pictures);
    strata_session_set_options(repl->session, options);
    return good;
}

static void set(Repl *repl, const char *rest)
{
    const char *value;
    char *name = first_word(rest, &value);
    value += *value == '=';
    value += strspn(value, " ");
    if (!name)
        show_settings(repl);
    else if (!set_option(repl, name, value))
        repl_fail(repl, "`:set` takes: precision single|double, threads N, seed N, engine jit|interpreter, pictures "
                        "off|ascii|blocks|sixel|kitty");
    free(name);
}

/* ---- :undo, :history, :quit ---- */

static void undo(Repl *repl, const char *rest)
{
    (void)rest;
    StrataText *text = strata_session_undo(repl->session, repl->diagnostics);
    if (text)
        printf("taken back: %s\n", strata_text_bytes(text));
    else if (!repl_report(repl))
        puts("there is nothing to take back");
    strata_text_release(text);
}

static void history(Repl *repl, const char *rest)
{
    (void)rest;
    const char *entry;
    for (int i = 0; (entry = journal_entry(repl->journal, i)); i++)
        printf("%4d  %s\n", i + 1, entry);
}

static void quit(Repl *repl, const char *rest)
{
    (void)rest;
    repl->quit = true;
}

const Command set_commands[] = {
    {"set", "[NAME VALUE]", "show or change: precision, threads, seed, engine, pictures",
     "  precision single|double   of computations\n"
     "  threads N                 how many compute\n"
     "  seed N                    of initial weights and random tensors\n"
     "  engine jit|interpreter    jit: what a line runs is compiled behind it, and is faster the next time\n"
     "  pictures off|ascii|blocks|sixel|kitty   how pictures are drawn",
     ":set\n:set seed 7", set},
    {"undo", "", "take back the last definition, binding or loading of weights", "  again and again, up to a hundred times",
     "let n = 3\n:undo", undo},
    {"history", "", "the entries of this session", "  those that were right: what `strata repl --resume` enters again", ":history",
     history},
    {"quit", "", "end the session; so does Ctrl-D", "  what was entered can be resumed by `strata repl --resume`", ":quit", quit},
    {0},
};
