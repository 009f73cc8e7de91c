/* strata summary: the table of a net by layer. */
#include "tool/output.h"
#include "tool/session.h"

#include <inttypes.h>
#include <stdio.h>

/* What is exactly 0 in a weight: entries, and whole slices along dimension 0, which are filters and units. */
typedef struct Zeros {
    int64_t entries, zeros, slices, zero_slices;
} Zeros;

static double entry_of(const StrataTensor *tensor, int64_t i)
{
    const void *data = strata_tensor_data_const(tensor);
    return strata_tensor_kind(tensor) == STRATA_FLOAT64 ? ((const double *)data)[i] : (double)((const float *)data)[i];
}

static Zeros count_zeros(const StrataTensor *tensor)
{
    Zeros result = {.entries = strata_tensor_elements(tensor), .slices = 1};
    if (strata_tensor_rank(tensor) > 1)
        result.slices = strata_tensor_size(tensor, 0);
    int64_t length = result.slices > 0 ? result.entries / result.slices : 0;
    for (int64_t slice = 0; slice < result.slices; slice++) {
        int64_t zeros = 0;
        for (int64_t i = 0; i < length; i++)
            zeros += entry_of(tensor, slice * length + i) == 0;
        result.zeros += zeros;
        result.zero_slices += zeros == length;
    }
    return result;
}

static bool is_real(const StrataTensor *tensor)
{
    return tensor && (strata_tensor_kind(tensor) == STRATA_FLOAT32 || strata_tensor_kind(tensor) == STRATA_FLOAT64);
}

static void print_zeros_json(const char *name, const Zeros *zeros, bool first)
{
    fputs(first ? "\n {\"name\": " : ",\n {\"name\": ", stdout);
    output_json_string(name);
    printf(", \"entries\": %" PRId64 ", \"zeros\": %" PRId64 ", \"slices\": %" PRId64 ", \"zero_slices\": %" PRId64 "}",
           zeros->entries, zeros->zeros, zeros->slices, zeros->zero_slices);
}

static void print_zeros_line(const char *name, const Zeros *zeros)
{
    double share = zeros->entries > 0 ? (double)zeros->zeros / (double)zeros->entries : 0;
    printf("  %-40s %10" PRId64 " of %-10" PRId64 " %6.2f %%", name, zeros->zeros, zeros->entries, 100 * share);
    if (zeros->slices > 1 && zeros->zero_slices > 0)
        printf(", %" PRId64 " of %" PRId64 " rows whole", zeros->zero_slices, zeros->slices);
    putchar('\n');
}

/* What proximal steps and penalties have cleared: a line for each weight of the net that has zeros, and one for all; in JSON one for each weight. */
static void print_zeros(const Session *session, const char *path, bool json)
{
    const StrataTensorSet *set = strata_weights_set(session->weights);
    StrataValue weight;
    Zeros total = {0};
    bool first = true;
    if (json)
        fputs(",\n\"zeros\": [", stdout);
    else
        printf("\nexactly 0 in %s:\n", path);
    for (int64_t i = 0; strata_net_weight(session->net, i, &weight); i++) {
        const StrataTensor *tensor = strata_tensor_set_find(set, weight.name);
        if (!is_real(tensor))
            continue;
        Zeros zeros = count_zeros(tensor);
        total.entries += zeros.entries;
        total.zeros += zeros.zeros;
        if (json)
            print_zeros_json(weight.name, &zeros, first);
        else if (zeros.zeros > 0)
            print_zeros_line(weight.name, &zeros);
        first = false;
    }
    if (json)
        puts("\n]}");
    else
        print_zeros_line("all", &total);
}

static ExitCode run_summary(const Arguments *arguments)
{
    Session session;
    if (!session_begin(&session, arguments))
        return EXIT_WRONG_INPUT;
    StrataText *text = NULL;
    if (session_module(&session, arguments->operands[0]) && session_net(&session))
        text = strata_net_summary(session.net, arguments_has(arguments, "unfold"), arguments_has(arguments, "json"),
                                  session.diagnostics);
    const char *path = arguments_value(arguments, "weights", NULL);
    bool json = arguments_has(arguments, "json");
    if (text && path && !session_weights(&session)) {
        session_end(&session);
        strata_text_release(text);
        return EXIT_WRONG_INPUT;
    }
    if (text && path && json)
        fputs("{\"summary\": ", stdout);
    if (text)
        fwrite(strata_text_bytes(text), 1, strata_text_length(text), stdout);
    if (text && path)
        print_zeros(&session, path, json);
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
    OPTION_WEIGHTS,
    OPTION_MAP,
    OPTION_LEFT_OVER,
    {0},
};

const Verb verb_summary = {
    .name = "summary",
    .operands = "FILE",
    .summary = "the layers of a net: shapes, weights, multiply-adds, bytes, receptive field",
    .description = "One line for each layer as the file says it, and the totals. Multiply-adds are those of convolutions and "
                   "matrix products for one\n"
                   "sample, as papers count them. With --weights, how many weights are exactly 0, which is what proximal steps of\n"
                   "training leave.",
    .examples = "strata summary lenet.net\nstrata summary --unfold --set H=512 detect.net\nstrata summary --json resnet.net",
    .options = summary_options,
    .least = 1,
    .most = 1,
    .operand_kind = VALUE_FILE,
    .run = run_summary,
};
