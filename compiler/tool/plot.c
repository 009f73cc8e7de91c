/* strata plot: pictures of filter banks and of scattering coefficients. */
#include "tool/plot.h"

#include "tool/output.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { E_NO_BANK = 1234, LAST_J = 20 };

/* ---- Banks ---- */

static bool fill_bank(const char *what, const StrataFrame *frame, int64_t bank, Figure *figure, StrataDiagnostics *diagnostics)
{
    if (strcmp(what, "filters") == 0)
        return plot_filters(frame, bank, figure, diagnostics);
    if (strcmp(what, "spectrum") == 0)
        return plot_spectrum(frame, bank, figure, diagnostics);
    return plot_sum(frame, bank, figure, diagnostics);
}

static bool plot_bank(Scatter *scatter, const Arguments *arguments, Figure *figure)
{
    Session *session = &scatter->session;
    StrataBank bank;
    int64_t index = arguments_number(arguments, "bank", 1) - 1;
    if (!session_module(session, arguments->operands[1]) || !session_net(session))
        return false;
    StrataFrame *frame = session_frame(session, false);
    bool good = frame != NULL;
    if (frame && !strata_frame_bank(frame, index, &bank)) {
        message_error(E_NO_BANK, "%s has no filter bank %" PRId64, strata_net_name(session->net), index + 1);
        message_help("`strata analyse frame` lists the banks of a net");
        good = false;
    }
    good = good && fill_bank(arguments->operands[0], frame, index, figure, session->diagnostics);
    strata_frame_release(frame);
    return good;
}

/* ---- Coefficients ---- */

/* As many averages as the picture has columns, where none is said. */
static int64_t usual_window(int64_t samples)
{
    int64_t window = 1;
    while (samples / window > 512)
        window *= 2;
    return window;
}

static bool plot_coefficients(Scatter *scatter, const Arguments *arguments, Figure *figure)
{
    const char *path = arguments->operands[1];
    scatter->signals = strcmp(arguments->operands[0], "scalogram") == 0;
    scatter->J = arguments_number(arguments, "J", scatter->signals ? 6 : 3);
    scatter->L = arguments_number(arguments, "L", 8);
    scatter->Q = arguments_number(arguments, "Q", 8);
    if (!scatter->signals)
        return plot_discs(scatter, path, figure);
    StrataTensor *samples = scatter_read(scatter, path);
    scatter->T = samples ? arguments_number(arguments, "T", usual_window(strata_tensor_size(samples, 2))) : 0;
    strata_tensor_release(samples);
    return scatter->T > 0 && plot_scalogram(scatter, path, figure);
}

/* ---- The command line ---- */

static bool check_output(const Arguments *arguments)
{
    const char *path = arguments_value(arguments, "output", NULL);
    if (path)
        return figure_path_is_known(arguments->verb, path);
    if (isatty(STDOUT_FILENO))
        return true;
    usage_error(arguments->verb, E_FIGURE_FORM, "standard output is no terminal: say -o FILE.svg or -o FILE.png");
    return false;
}

static ExitCode run_plot(const Arguments *arguments)
{
    if (!check_output(arguments))
        return EXIT_WRONG_USAGE;
    Scatter scatter = {0};
    Figure figure = {0};
    if (!session_begin(&scatter.session, arguments))
        return EXIT_WRONG_INPUT;
    const char *what = arguments->operands[0];
    bool coefficients = strcmp(what, "discs") == 0 || strcmp(what, "scalogram") == 0;
    bool good = (coefficients ? plot_coefficients : plot_bank)(&scatter, arguments, &figure);
    ExitCode code = good ? figure_show(&figure, arguments_value(arguments, "output", NULL)) : EXIT_WRONG_INPUT;
    figure_release(&figure);
    strata_session_release(scatter.language);
    ExitCode status = session_end(&scatter.session);
    return status == EXIT_DONE ? code : status;
}

static const Option plot_options[] = {
    {.name = "output",
     .letter = 'o',
     .kind = VALUE_FILE,
     .placeholder = "FILE",
     .help = "write the figure to FILE.svg or FILE.png (default: the terminal)"},
    {.name = "bank",
     .letter = 'b',
     .kind = VALUE_NUMBER,
     .placeholder = "N",
     .least = 1,
     .most = 1 << 20,
     .help = "which bank of the net, as `strata analyse frame` counts them (default 1)"},
    OPTION_OF_WAVELETS("J", 'J', LAST_J, "discs, scalogram: scales (default 3; of a signal 6)"),
    OPTION_OF_WAVELETS("L", 'L', 64, "discs: angles in half a turn (default 8)"),
    OPTION_OF_WAVELETS("Q", 'Q', 128, "scalogram: wavelets an octave (default 8)"),
    OPTION_OF_WAVELETS("T", 'T', 1 << LAST_J, "scalogram: samples that are averaged (default: as the width of the picture allows)"),
    OPTION_NET,
    OPTION_SET,
    OPTION_WEIGHTS,
    OPTION_MAP,
    OPTION_LEFT_OVER,
    OPTION_SEED,
    {0},
};

const Verb verb_plot = {
    .name = "plot",
    .operands = "WHAT FILE",
    .summary = "draw filter banks and scattering coefficients, as SVG, PNG, or in the terminal",
    .description =
        "Of a net FILE.net, of one of its filter banks as it is applied:\n\n"
        "`filters`: each filter in space: the real part (blue below 0, red above), or in 1D the real part within the modulus.\n"
        "`spectrum`: all filters in frequency.\n"
        "`sum`: the Littlewood-Paley sum, with the bounds A and B.\n\n"
        "Of data (PNG, WAV, .npy, IDX; of several samples the first), with wavelets from --J, --L and --Q:\n\n"
        "`discs`: scattering coefficients of a picture, in the mean over it: order 1 on the plane of frequencies, a sector for "
        "each scale and direction; order 2\n"
        "divides each sector by the second scale and direction.\n"
        "`scalogram`: of a signal, order 1 over time and order 2 in the mean, on a scale of three decades.",
    .examples = "strata plot filters scattering.net -o filters.svg\n"
                "strata plot sum scattering.net\n"
                "strata plot discs --J 4 texture.png -o discs.png\n"
                "strata plot scalogram --J 8 --Q 12 song.wav -o song.png",
    .options = plot_options,
    .least = 2,
    .most = 2,
    .operand_kind = VALUE_WORDS,
    .operand_words = "filters spectrum sum discs scalogram",
    .run = run_plot,
};
