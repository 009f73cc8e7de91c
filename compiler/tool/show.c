/* strata show: the value on each arrow of the compiler, as text. */
#include "tool/output.h"
#include "tool/session.h"

#include <string.h>

enum { TRAINING_BATCH = 32 };

static StrataText *show_program(Session *session, const char *what)
{
    const Arguments *arguments = session->arguments;
    int64_t exact = arguments_has(arguments, "training") ? TRAINING_BATCH : 0;
    bool precise = strcmp(arguments_value(arguments, "precision", "single"), "double") == 0;
    StrataProgramOptions options = {.precision = precise ? STRATA_DOUBLE : STRATA_SINGLE,
                                    .tile = arguments_number(arguments, "batch", 0),
                                    .batch = exact ? arguments_number(arguments, "batch", exact) : 0,
                                    .exact = arguments_has(arguments, "exact")};
    if (strcmp(what, "plan") == 0)
        return strata_net_plan(session->net, &options, session->diagnostics);
    return strata_net_native(session->net, &options, strcmp(what, "asm") == 0, session->diagnostics);
}

/* With --blobs, the constants that the text names by their hash go to a file. */
static StrataText *show_graph(Session *session)
{
    const char *path = arguments_value(session->arguments, "blobs", NULL);
    StrataText *blobs = NULL;
    StrataText *text = strata_net_graph(session->net, path ? &blobs : NULL, session->diagnostics);
    bool good = !blobs || output_file(path, strata_text_bytes(blobs), strata_text_length(blobs));
    strata_text_release(blobs);
    if (good)
        return text;
    strata_text_release(text);
    return NULL;
}

static StrataText *show(Session *session, const char *what)
{
    if (!session_module(session, session->arguments->operands[1]))
        return NULL;
    if (strcmp(what, "tokens") == 0)
        return strata_module_tokens(session->module, session->diagnostics);
    if (strcmp(what, "ast") == 0)
        return strata_module_ast(session->module, session->diagnostics);
    if (!session_net(session))
        return NULL;
    if (strcmp(what, "paths") == 0)
        return strata_net_paths(session->net, session->diagnostics);
    return strcmp(what, "graph") == 0 ? show_graph(session) : show_program(session, what);
}

static ExitCode run_show(const Arguments *arguments)
{
    Session session;
    if (!session_begin(&session, arguments))
        return EXIT_WRONG_INPUT;
    StrataText *text = show(&session, arguments->operands[0]);
    ExitCode code = text ? EXIT_DONE : EXIT_WRONG_INPUT;
    if (text && !output_file(arguments_value(arguments, "output", NULL), strata_text_bytes(text), strata_text_length(text)))
        code = EXIT_WRONG_INPUT;
    strata_text_release(text);
    ExitCode status = session_end(&session);
    return status == EXIT_DONE ? code : status;
}

static const Option show_options[] = {
    OPTION_NET,
    OPTION_SET,
    OPTION_TRAINING,
    OPTION_PRECISION,
    OPTION_EXACT,
    {.name = "batch",
     .letter = 'b',
     .kind = VALUE_NUMBER,
     .placeholder = "N",
     .least = 1,
     .most = 1 << 20,
     .help = "plan: samples at once (in training: exactly; default 32)"},
    {.name = "blobs", .kind = VALUE_FILE, .placeholder = "FILE", .help = "graph: write its large constants to FILE"},
    OPTION_OUTPUT_FILE,
    {0},
};

const Verb verb_show = {
    .name = "show",
    .operands = "tokens|ast|graph|paths|plan|llvm|asm FILE",
    .summary = "show what the compiler makes of a model, stage by stage",
    .description = "tokens: what the lexer gives. ast: what the parser gives. graph: the net with all layers applied and all "
                   "shapes known, as text that reads\n"
                   "back. paths: what the channels of an output stand for, as scattering layers say it. plan: the steps that run, "
                   "the memory of each value, the peak and its lower bound.\n"
                   "llvm, asm: the net's kernels for this processor, as the jit engine and strata build compile them.",
    .examples = "strata show graph lenet.net\nstrata show asm lenet.net\nstrata show plan --training --batch 64 lenet.net",
    .options = show_options,
    .least = 2,
    .most = 2,
    .operand_kind = VALUE_WORDS,
    .operand_words = "tokens ast graph paths plan llvm asm",
    .run = run_show,
};
