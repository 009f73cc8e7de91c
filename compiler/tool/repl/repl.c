/* strata repl: reads an entry, enters it into the session, shows what it came to. */
#include "tool/repl/repl.h"

#include "tool/progress.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Saying what is wrong ---- */

bool repl_report(Repl *repl)
{
    fflush(stdout);
    StrataDiagnostic entry;
    bool stopped = strata_diagnostics_status(repl->diagnostics) == STRATA_CANCELLED;
    if (stopped)
        fputs("stopped\n", stderr);
    for (int64_t i = 0; !stopped && strata_diagnostics_get(repl->diagnostics, i, &entry); i++)
        fputs(colour_errors() ? entry.coloured : entry.text, stderr);
    bool wrong = strata_diagnostics_errors(repl->diagnostics) > 0 || strata_diagnostics_status(repl->diagnostics) != STRATA_OK;
    repl->failed = repl->failed || wrong;
    strata_diagnostics_clear(repl->diagnostics);
    return wrong;
}

void repl_fail(Repl *repl, const char *format, ...)
{
    fflush(stdout);
    fputs("error: ", stderr);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    repl->failed = true;
}

/* ---- Entries ---- */

/* Whether the session took it; there may be something wrong all the same, with what needs a definition. */
static bool enter_text(Repl *repl, const char *text)
{
    char name[32];
    snprintf(name, sizeof name, "<%d>", ++repl->entries);
    StrataAnswer *answer = strata_session_enter(repl->session, name, text, strlen(text), repl->diagnostics);
    repl_report(repl);
    if (answer)
        show_answer(repl, answer, text);
    bool taken = answer != NULL;
    strata_answer_release(answer);
    return taken;
}

void repl_enter(Repl *repl, const char *text)
{
    interrupts_clear();
    const char *start = text + strspn(text, " \t\n");
    bool failed = repl->failed;
    repl->failed = false;
    bool taken = true;
    if (*start == ':')
        command_run(repl, start);
    else
        taken = enter_text(repl, text);
    if (*start && (*start == ':' ? !repl->failed : taken))
        journal_add(repl->journal, start);
    if (interrupted())
        clearerr(stdout); /* what was being printed then is no error */
    repl->failed = repl->failed || failed;
    fflush(stdout);
}

StrataNet *repl_net(Repl *repl, const char *text, bool training)
{
    char *last = NULL;
    if (!text[0]) {
        StrataModule *module = strata_session_module(repl->session, repl->diagnostics);
        const char *name = NULL;
        for (int64_t i = 0; (name = strata_module_net(module, i, repl->diagnostics)); i++) {
            free(last);
            last = strdup(name);
        }
        strata_module_release(module);
        if (!last) {
            repl_fail(repl, "there is no net yet: define one, or give an expression like `x |> conv(6, 5x5)`");
            return NULL;
        }
    }
    StrataNet *net = strata_session_net(repl->session, last ? last : text, training, repl->diagnostics);
    free(last);
    repl_report(repl);
    return net;
}

/* ---- The session ---- */

/* The library asks this between the steps of what runs. */
static bool goes_on(void *user, int64_t done, int64_t total)
{
    (void)user;
    (void)done;
    (void)total;
    return !interrupted();
}

static bool begin(Repl *repl, bool terminal)
{
    *repl = (Repl){.allocator = strata_default_allocator(), .terminal = terminal};
    repl->colour = terminal && colour_output();
    repl->pictures = picture_style(terminal);
    repl->context = strata_context_make(&repl->allocator);
    if (repl->context)
        strata_context_set_progress(repl->context, goes_on, repl);
    repl->diagnostics = repl->context ? strata_diagnostics_make(repl->context) : NULL;
    repl->session = repl->diagnostics ? strata_session_make(repl->context, repl->diagnostics) : NULL;
    return repl->session || message_error(1090, "out of memory") == EXIT_DONE;
}

static void end(Repl *repl)
{
    journal_release(repl->journal);
    terminal_release(repl->lines);
    strata_session_release(repl->session);
    strata_diagnostics_release(repl->diagnostics);
    strata_context_release(repl->context);
    free(repl->file);
}

static void read_all(Repl *repl, FILE *file)
{
    Reader reader = {.repl = repl, .file = file};
    char *entry;
    while (!repl->quit && (entry = reader_next(&reader))) {
        repl_enter(repl, entry);
        free(entry);
        if (repl->terminal)
            watch_files(repl);
    }
    reader_release(&reader);
}

static void converse(Repl *repl)
{
    printf("Strata %s. ", strata_version());
    print_wrapped("`:help` says what can be done here; Ctrl-D ends it.", (int)strlen("Strata . ") + (int)strlen(strata_version()),
                  0);
    repl->lines = terminal_make(repl);
    if (repl->lines)
        read_all(repl, NULL);
    else
        repl->failed = true;
}

static void open_file(Repl *repl, const char *path)
{
    size_t room = strlen(path) + sizeof ":load ";
    char *command = malloc(room);
    if (!command)
        return;
    snprintf(command, room, ":load %s", path);
    repl_enter(repl, command);
    free(command);
}

static ExitCode run(const Arguments *arguments)
{
    const char *line = arguments_value(arguments, "evaluate", NULL);
    bool terminal = !line && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    Repl repl;
    if (!begin(&repl, terminal)) {
        end(&repl);
        return EXIT_WRONG_INPUT;
    }
    /* A script is over before it pays to compile what it runs; whoever writes one that goes on says `:set engine jit`. */
    strata_session_set_options(repl.session, (StrataSessionOptions){.threads = 1, .interpret = !terminal});
    interrupts_ask();
    if (terminal || arguments_has(arguments, "resume"))
        repl.journal = journal_make(&repl, arguments_has(arguments, "resume"));
    for (int i = 0; i < arguments->operand_count; i++)
        open_file(&repl, arguments->operands[i]);
    for (int i = 0; line && (line = arguments_nth(arguments, "evaluate", i)); i++)
        repl_enter(&repl, line);
    if (terminal)
        converse(&repl);
    else if (!arguments_has(arguments, "evaluate"))
        read_all(&repl, stdin);
    bool failed = repl.failed;
    end(&repl);
    if (interrupted())
        return EXIT_INTERRUPTED;
    return failed && !terminal ? EXIT_WRONG_INPUT : EXIT_DONE;
}

static const Option options[] = {
    {.name = "evaluate",
     .letter = 'e',
     .kind = VALUE_TEXT,
     .placeholder = "LINE",
     .repeated = true,
     .help = "enter LINE, and end; may be given more than once"},
    {.name = "resume", .letter = 'r', .help = "begin with what was entered in the last session"},
    {0},
};

const Verb verb_repl = {
    .name = "repl",
    .operands = "[FILE...]",
    .summary = "think out a model line by line: definitions, expressions on live tensors, commands",
    .description = "What is entered is a definition of the language, an expression, or a command that begins with a colon. "
                   "Definitions are checked at\n"
                   "once, and one that is defined again says what it changes. An expression is evaluated: numbers, shapes, layers "
                   "applied to pictures,\n"
                   "with weights that are loaded, trained, or as training starts with them. Its result is called _1, _2, ..., the "
                   "last one _; a line that\n"
                   "begins with |> goes on from it.\n"
                   "\n"
                   "FILEs are opened first, as :load does: models (.net), weights (.safetensors), pictures and tensors (.png, "
                   ".npy, IDX). On a terminal\n"
                   "lines can be edited, Tab completes, Ctrl-C stops what runs. Otherwise the entries are read from standard "
                   "input, without prompts; the\n"
                   "exit status is 1 when one of them was wrong. `strata` alone on a terminal is `strata repl`, and `strata "
                   "FILE.net` opens the file.",
    .examples = "strata repl lenet.net\n"
                "strata repl -e '1x28x28' -e 'grid(5) * 2'\n"
                "strata repl --resume   # after a killed terminal",
    .options = options,
    .least = 0,
    .most = -1,
    .operand_kind = VALUE_FILE,
    .run = run,
};
