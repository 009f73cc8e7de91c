/* strata summary: the table of a net by layer. */
#include "tool/output.h"
#include "tool/session.h"

static ExitCode run_summary(const Arguments *arguments)
{
    Session session;
    if (!session_begin(&session, arguments))
        return EXIT_WRONG_INPUT;
    StrataText *text = NULL;
    if (session_module(&session, arguments->operands[0]) && session_net(&session))
        text = strata_net_summary(session.net, arguments_has(arguments, "unfold"), arguments_has(arguments, "json"),
                                  session.diagnostics);
    if (text)
        fwrite(strata_text_bytes(text), 1, strata_text_length(text), stdout);
    ExitCode code = text ? EXIT_DONE : EXIT_WRONG_INPUT;
    strata_text_release(text);
    ExitCode status = session_end(&session);
    return status == EXIT_DONE ? code : status;
}

static const Option summary_options[] = {
    {.name = "unfold", .letter = 'u', .help = "also what stands inside the layers"},
    OPTION_JSON,
    OPTION_NET,
    OPTION_SET,
    OPTION_TRAINING,
    {0},
};

const Verb verb_summary = {
    .name = "summary",
    .operands = "FILE",
    .summary = "the layers of a net: shapes, weights, multiply-adds, bytes, receptive field",
    .description = "One line for each layer as the file says it, and the totals. Multiply-adds are those of convolutions and "
                   "matrix products for one\n"
                   "sample, as papers count them.",
    .examples = "strata summary lenet.net\nstrata summary --unfold --set H=512 detect.net\nstrata summary --json resnet.net",
    .options = summary_options,
    .least = 1,
    .most = 1,
    .operand_kind = VALUE_FILE,
    .run = run_summary,
};
