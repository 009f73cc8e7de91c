/* strata analyse: facts about a net that take mathematics. */
#include "tool/output.h"
#include "tool/session.h"

#include <string.h>

static ExitCode analyse_frame(Session *session)
{
    const Arguments *arguments = session->arguments;
    StrataFrame *frame = strata_net_frame(session->net, arguments_has(arguments, "exact"), session->diagnostics);
    StrataText *text =
        strata_frame_text(frame, arguments_has(arguments, "unfold"), arguments_has(arguments, "json"), session->diagnostics);
    bool good = text && output_file(NULL, strata_text_bytes(text), strata_text_length(text));
    strata_text_release(text);
    strata_frame_release(frame);
    return good ? EXIT_DONE : EXIT_WRONG_INPUT;
}

static ExitCode run_analyse(const Arguments *arguments)
{
    Session session;
    if (!session_begin(&session, arguments))
        return EXIT_WRONG_INPUT;
    ExitCode code = EXIT_WRONG_INPUT;
    if (session_module(&session, arguments->operands[1]) && session_net(&session))
        code = analyse_frame(&session);
    ExitCode status = session_end(&session);
    return status == EXIT_DONE ? code : status;
}

static const Option analyse_options[] = {
    {.name = "unfold", .letter = 'u', .help = "the filters of every bank, not of the first alone"},
    {.name = "exact", .help = "bounds with subsampling also where they take long"},
    OPTION_JSON,
    OPTION_NET,
    OPTION_SET,
    {0},
};

const Verb verb_analyse = {
    .name = "analyse",
    .operands = "WHAT FILE",
    .summary = "facts about a net that take mathematics: frame bounds of its filter banks",
    .description = "`frame`: the filter banks of the net as it applies them, padding and subsampling included. A bank is every "
                   "product of one spectrum with\n"
                   "known filters. For each: the Littlewood-Paley sum over its frequencies, whose least and largest values A and B "
                   "bound the energy of the\n"
                   "coefficients, A |x|^2 <= sum |x * h|^2 <= B |x|^2; where they are attained; the same with subsampling; what "
                   "each filter is, and how far it\n"
                   "reaches. At the end, a bound of |f(x) - f(y)| / |x - y| for the net.",
    .examples = "strata analyse frame scattering.net\n"
                "strata analyse frame --json scattering.net | jq '.banks[0].B'",
    .options = analyse_options,
    .least = 2,
    .most = 2,
    .operand_kind = VALUE_WORDS,
    .operand_words = "frame",
    .run = run_analyse,
};
