/* strata analyse: facts about a net that take mathematics. */
#include "tool/analyse.h"

#include "tool/figure.h"

#include <string.h>

static ExitCode run_analyse(const Arguments *arguments)
{
    Session session;
    const char *path = arguments_value(arguments, "output", NULL);
    if (path && !figure_path_is_known(arguments->verb, path))
        return EXIT_WRONG_USAGE;
    if (!session_begin(&session, arguments))
        return EXIT_WRONG_INPUT;
    ExitCode code = EXIT_WRONG_INPUT;
    if (session_module(&session, arguments->operands[1]) && session_net(&session))
        code = strcmp(arguments->operands[0], "frame") == 0 ? analyse_frame(&session) : analyse_deformation(&session);
    ExitCode status = session_end(&session);
    return status == EXIT_DONE ? code : status;
}

static const Option analyse_options[] = {
    {.name = "output",
     .letter = 'o',
     .kind = VALUE_FILE,
     .placeholder = "FILE",
     .help = "write the figure to FILE.svg or FILE.png too"},
    OPTION_JSON,
    {.name = "unfold", .letter = 'u', .help = "frame: the filters of every bank, not of the first alone"},
    {.name = "exact", .help = "frame: bounds with subsampling also where they take long"},
    {.name = "family",
     .letter = 'f',
     .kind = VALUE_WORDS,
     .placeholder = "NAME",
     .words = "dilation rotation random translation",
     .help = "deformation: which (default dilation)"},
    {.name = "size",
     .kind = VALUE_TEXT,
     .placeholder = "X",
     .help = "deformation: the largest |grad tau| (default 0.08), of a translation the samples (default 8)"},
    OPTION_NET,
    OPTION_SET,
    OPTION_WEIGHTS,
    OPTION_MAP,
    OPTION_LEFT_OVER,
    OPTION_SEED,
    {.name = "limit",
     .letter = 'l',
     .kind = VALUE_NUMBER,
     .placeholder = "N",
     .least = 1,
     .most = INT64_MAX,
     .help = "only the first N samples"},
    {.name = "invert", .help = "pictures are dark on light: turn bytes b into 255 - b"},
    OPTION_THREADS,
    OPTION_PRECISION,
    OPTION_ENGINE,
    OPTION_VERBOSE,
    {0},
};

const Verb verb_analyse = {
    .name = "analyse",
    .operands = "WHAT MODEL [DATA...]",
    .summary = "facts about a net that take mathematics: frame bounds, stability under deformation",
    .description = "`frame`: the filter banks of the net as it applies them, padding and subsampling included. A bank is every "
                   "product of one spectrum with\n"
                   "known filters. For each: the Littlewood-Paley sum over its frequencies, whose least and largest values A and B "
                   "bound the energy of the\n"
                   "coefficients, A |x|^2 <= sum |x * h|^2 <= B |x|^2; where they are attained; the same with subsampling; what "
                   "each filter is, and how far it\n"
                   "reaches. At the end, a bound of |f(x) - f(y)| / |x - y| for the net. With DATA, the share of the signals' "
                   "energy that each order has.\n\n"
                   "`deformation`: how far the net's output moves when its input does: x(u - tau(u)) for four deformations, each "
                   "twice as large as the one before,\n"
                   "beside the pixels and the modulus of the Fourier transform. Of a stable net, distances grow in proportion "
                   "(slope 1) and stay small. The input is the\n"
                   "first sample of DATA, or a Gaussian packet that oscillates fast. Figures of both go to the file that -o names.",
    .examples = "strata analyse frame scattering.net\n"
                "strata analyse frame --json scattering.net | jq '.banks[0].B'\n"
                "strata analyse frame scattering.net images/\n"
                "strata analyse deformation scattering.net -o stability.svg\n"
                "strata analyse deformation --family random lenet.net -w lenet.safetensors digit.png",
    .options = analyse_options,
    .least = 2,
    .most = -1,
    .operand_kind = VALUE_WORDS,
    .operand_words = "frame deformation",
    .run = run_analyse,
};
