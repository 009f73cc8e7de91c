/* strata analyse frame: the filter banks of a net, and the energy that data have by order. */
#include "tool/analyse.h"
#include "tool/data.h"
#include "tool/output.h"
#include "tool/plot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Shares of one order over the samples. */
typedef struct Share {
    const char *name;
    double mean, least, most;
} Share;

enum { SHARES = 32 };

static double energy_at(const StrataTensor *tensor, int64_t sample)
{
    const void *data = strata_tensor_data_const(tensor);
    return strata_tensor_kind(tensor) == STRATA_FLOAT64 ? ((const double *)data)[sample] : (double)((const float *)data)[sample];
}

static Share share_of(const StrataTensorSet *results, int64_t row)
{
    const StrataTensor *input = strata_tensor_set_tensor(results, 0), *order = strata_tensor_set_tensor(results, row);
    Share share = {.name = strata_tensor_set_name(results, row), .least = 1e300, .most = 0};
    int64_t samples = strata_tensor_elements(input);
    for (int64_t i = 0; i < samples; i++) {
        double all = energy_at(input, i), part = all > 0 ? energy_at(order, i) / all : 0;
        share.mean += part / (double)samples;
        share.least = part < share.least ? part : share.least;
        share.most = part > share.most ? part : share.most;
    }
    return share;
}

static void print_shares(FILE *file, const Share *shares, int count, int64_t samples, bool json)
{
    double together = 0;
    fprintf(file,
            json ? ", \"energy\": {\"samples\": %" PRId64
                 : "\nshare of the signals' energy by order, over %" PRId64
                   " samples\n  order        mean       least        most\n",
            samples);
    for (int i = 0; i < count; i++) {
        together += shares[i].mean;
        if (json)
            fprintf(file, ", \"%s\": {\"mean\": %.9g, \"least\": %.9g, \"most\": %.9g}", shares[i].name, shares[i].mean,
                    shares[i].least, shares[i].most);
        else
            fprintf(file, "  %5s  %10.6f  %10.6f  %10.6f\n", shares[i].name + strlen("order"), shares[i].mean, shares[i].least,
                    shares[i].most);
    }
    fprintf(file, json ? ", \"together\": %.9g}" : "  together %8.6f; the rest goes on to higher orders, or is lost where A < 1\n",
            together);
}

/* The data through the net of energies, whose program the session then has. */
static StrataTensorSet *run_energies(Session *session, const StrataFrame *frame)
{
    Samples samples;
    const Arguments *arguments = session->arguments;
    StrataNet *energies = strata_frame_energies(frame, session->diagnostics);
    if (!energies)
        return NULL;
    strata_net_release(session->net);
    session->net = energies;
    if (!session_program(session, NULL, 0, 0) || !data_read(session, 2, arguments->operand_count, &samples))
        return NULL;
    samples_release(&samples);
    return strata_run(session->workspace, session->inputs, NULL, session->diagnostics);
}

static bool add_energies(Session *session, const StrataFrame *frame, FILE *file)
{
    Share shares[SHARES];
    StrataBank bank;
    if (!strata_frame_bank(frame, 0, &bank))
        return true;
    StrataTensorSet *results = run_energies(session, frame);
    if (!results)
        return false;
    int count = (int)strata_tensor_set_count(results) - 1;
    count = count < SHARES ? count : SHARES;
    for (int i = 0; i < count; i++)
        shares[i] = share_of(results, i + 1);
    print_shares(file, shares, count, strata_tensor_elements(strata_tensor_set_tensor(results, 0)),
                 arguments_has(session->arguments, "json"));
    strata_tensor_set_release(results);
    return true;
}

/* The report; energies stand inside the JSON object. */
static bool print_report(Session *session, const StrataFrame *frame, FILE *file)
{
    const Arguments *arguments = session->arguments;
    bool json = arguments_has(arguments, "json");
    StrataText *text = strata_frame_text(frame, arguments_has(arguments, "unfold"), json, session->diagnostics);
    if (!text)
        return false;
    size_t length = strata_text_length(text) - (json ? strlen("}\n") : 0);
    fwrite(strata_text_bytes(text), 1, length, file);
    strata_text_release(text);
    bool good = arguments->operand_count <= 2 || add_energies(session, frame, file);
    if (json)
        fputs("}\n", file);
    return good;
}

/* The Littlewood-Paley sum of the first bank, in the file that -o names, or in the terminal. */
static ExitCode draw_sum(Session *session, const StrataFrame *frame)
{
    Figure figure = {0};
    StrataBank bank;
    const char *path = arguments_value(session->arguments, "output", NULL);
    bool wanted = path || (isatty(STDOUT_FILENO) && !arguments_has(session->arguments, "json"));
    if (!wanted || !strata_frame_bank(frame, 0, &bank))
        return EXIT_DONE;
    bool good = plot_sum(frame, 0, &figure, session->diagnostics);
    ExitCode code = good ? figure_show(&figure, path) : EXIT_WRONG_INPUT;
    figure_release(&figure);
    return code;
}

ExitCode analyse_frame(Session *session)
{
    StrataFrame *frame = session_frame(session, arguments_has(session->arguments, "exact"));
    char *bytes = NULL;
    size_t length = 0;
    FILE *memory = frame ? open_memstream(&bytes, &length) : NULL;
    bool good = memory && print_report(session, frame, memory);
    good = memory && fclose(memory) == 0 && good && output_file(NULL, bytes, length);
    free(bytes);
    ExitCode code = good ? draw_sum(session, frame) : EXIT_WRONG_INPUT;
    strata_frame_release(frame);
    return code;
}
