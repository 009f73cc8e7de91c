/* strata check: is a model right? */
#include "tool/output.h"
#include "tool/session.h"

/* Checks one file; its diagnostics are left in the session's list. */
static bool check_file(Session *session, const char *path)
{
    bool good = session_module(session, path) && strata_module_check(session->module, session->diagnostics);
    strata_module_release(session->module);
    session->module = NULL;
    return good;
}

static ExitCode print_json(Session *session)
{
    StrataText *text = strata_diagnostics_json(session->diagnostics);
    if (!text)
        return message_error(1090, "out of memory");
    fwrite(strata_text_bytes(text), 1, strata_text_length(text), stdout);
    strata_text_release(text);
    return EXIT_DONE;
}

static ExitCode run_check(const Arguments *arguments)
{
    Session session;
    if (!session_begin(&session, arguments))
        return EXIT_WRONG_INPUT;
    bool json = arguments_has(arguments, "json");
    ExitCode code = EXIT_DONE;
    for (int i = 0; i < arguments->operand_count; i++) {
        bool good = check_file(&session, arguments->operands[i]);
        ExitCode status = exit_code(strata_diagnostics_status(session.diagnostics));
        if (!good && code == EXIT_DONE)
            code = status != EXIT_DONE ? status : EXIT_WRONG_INPUT;
        if (!json)
            session_print(&session);
    }
    if (json) {
        ExitCode printed = print_json(&session);
        strata_diagnostics_clear(session.diagnostics);
        code = code == EXIT_DONE ? printed : code;
    }
    session_end(&session);
    return code;
}

static const Option check_options[] = {
    {.name = "json", .letter = 'j', .help = "write the diagnostics as a JSON array on the standard output, for editors"},
    {0},
};

const Verb verb_check = {
    .name = "check",
    .operands = "FILE...",
    .summary = "check models: everything that can be wrong before data is seen",
    .description = "Checks every net of each file as inference and as training see it: syntax, names, settings, the shape of every "
                   "value, asserts. Nothing is\n"
                   "run, no data and no weights are opened. Says nothing when nothing is wrong. FILE `-` is the standard input.\n\n"
                   "Diagnostics go to the standard error. The first line of each is FILE:LINE:COLUMN: error[CODE]: message; "
                   "`strata explain CODE` says\n"
                   "more about it.",
    .examples = "strata check lenet.net\nstrata check --json models/*.net\necho 'net f(x: 3) -> 3 = x |> relu' | strata check -",
    .options = check_options,
    .least = 1,
    .most = -1,
    .operand_kind = VALUE_FILE,
    .run = run_check,
};
