/* strata run: a net on data. */
#include "tool/data.h"
#include "tool/output.h"
#include "tool/progress.h"
#include "tool/report.h"

#include <stdlib.h>
#include <string.h>

enum { VALUE_LIMIT = 256 };

/* The inner values asked for. */
typedef struct Wanted {
    const char *names[VALUE_LIMIT];
    int count;
} Wanted;

static bool collect_values(const Arguments *arguments, Wanted *wanted)
{
    const char *name;
    for (wanted->count = 0; (name = arguments_nth(arguments, "value", wanted->count)); wanted->count++) {
        if (wanted->count == VALUE_LIMIT) {
            usage_error(arguments->verb, 1205, "--value can be given %d times", VALUE_LIMIT);
            return false;
        }
        wanted->names[wanted->count] = name;
    }
    return true;
}

static bool has_inner(const StrataNet *net, const char *name)
{
    StrataValue value;
    for (int64_t i = 0; strata_net_inner(net, i, &value); i++)
        if (strcmp(value.name, name) == 0)
            return true;
    return false;
}

/* Says which inner values there are: the one with the nearest name, or the first and the last. */
static void suggest_inner(const StrataNet *net, const char *name)
{
    StrataValue value;
    int64_t count = 0, filled = 0;
    while (strata_net_inner(net, count, &value))
        count++;
    const char **names = calloc((size_t)count + 1, sizeof *names);
    for (; names && filled < count && strata_net_inner(net, filled, &value); filled++)
        names[filled] = value.name;
    const char *nearest = filled ? strata_nearest(name, names, filled) : NULL;
    if (nearest)
        message_help("did you mean %s?", nearest);
    else if (filled)
        message_help("such names are %s ... %s; `strata summary --unfold` lists all", names[0], names[filled - 1]);
    free(names);
}

/* A name that the net lacks is said before anything is planned. */
static bool values_exist(const Session *session, const Wanted *wanted)
{
    for (int i = 0; i < wanted->count; i++) {
        if (has_inner(session->net, wanted->names[i]))
            continue;
        message_error(1214, "%s has no value named %s", strata_net_name(session->net), wanted->names[i]);
        suggest_inner(session->net, wanted->names[i]);
        return false;
    }
    return true;
}

/* In training mode the number of samples is part of the plan: it is found by reading the data against the net for inference. */
static int64_t count_samples(const Session *session)
{
    StrataValue input;
    if (!strata_net_input(session->net, 0, &input))
        return 1;
    StrataTensor *tensor = strata_tensor_set_find(session->inputs, input.name);
    if (!tensor && strata_tensor_set_count(session->inputs) > 0)
        tensor = strata_tensor_set_tensor(session->inputs, 0);
    return tensor && strata_tensor_rank(tensor) > input.rank ? strata_tensor_size(tensor, 0) : 1;
}

static bool prepare(Session *session, const Wanted *wanted, Samples *samples)
{
    const Arguments *arguments = session->arguments;
    if (!session_module(session, arguments->operands[0]) || !session_net(session) || !values_exist(session, wanted) ||
        !session_weights(session))
        return false;
    bool training = arguments_has(arguments, "training");
    if (!session_program(session, wanted->names, wanted->count, training ? 1 : 0) ||
        !data_read(session, 1, arguments->operand_count, samples))
        return false;
    if (!training)
        return session_engine(session, samples->count);
    strata_workspace_release(session->workspace);
    strata_program_release(session->program);
    session->workspace = NULL;
    session->program = NULL;
    return session_program(session, wanted->names, wanted->count, count_samples(session)) &&
           session_engine(session, samples->count);
}

/* Only what was asked for: the inner values where some were named, else the outputs. */
static StrataTensorSet *select_results(const Session *session, const Wanted *wanted, StrataTensorSet *all, StrataError *error)
{
    StrataTensorSet *chosen = strata_tensor_set_make(&session->allocator, error);
    for (int i = 0; chosen && i < wanted->count; i++) {
        StrataTensor *tensor = strata_tensor_set_find(all, wanted->names[i]);
        if (tensor && !strata_tensor_set_find(chosen, wanted->names[i]) &&
            !strata_tensor_set_add(chosen, wanted->names[i], tensor, error)) {
            strata_tensor_set_release(chosen);
            chosen = NULL;
        }
    }
    return chosen;
}

static ExitCode write_file(const StrataTensorSet *set, const char *path)
{
    StrataError error;
    bool one = path_ends_with(path, ".npy") || strcmp(path, "-") == 0;
    if (one && strata_tensor_set_count(set) != 1)
        return message_error(1215, "%s can hold one result, and there are several; write .npz, or name one with --value", path);
    bool good =
        one ? strata_tensor_write(strata_tensor_set_tensor(set, 0), path, &error) : strata_tensor_set_write(set, path, &error);
    return good ? EXIT_DONE : message_failure(&error);
}

/* The samples as pictures to draw, for a net with one input of channels x rows x columns. The caller owns the tensor; null after saying
 * why there are none. */
static StrataTensor *pictures_of(const Session *session)
{
    StrataValue input;
    bool one = strata_net_input(session->net, 0, &input) && !strata_net_input(session->net, 1, &input);
    if (!one || !strata_net_input(session->net, 0, &input) || input.rank != 3) {
        message_error(1217, "--draw needs a net whose only input is a picture: channels x rows x columns");
        return NULL;
    }
    return strata_program_fit(session->program, 0, strata_tensor_set_tensor(session->inputs, 0), session->diagnostics);
}

static ExitCode report(const Session *session, const Wanted *wanted, const Samples *samples, StrataTensorSet *results)
{
    const Arguments *arguments = session->arguments;
    const char *output = arguments_value(arguments, "output", "text");
    if (strcmp(output, "text") != 0 && strcmp(output, "json") != 0)
        return write_file(results, output);
    StrataTensor *pictures = NULL;
    if (arguments_has(arguments, "draw") && !(pictures = pictures_of(session)))
        return EXIT_WRONG_INPUT;
    Report report = {.net = session->net,
                     .results = results,
                     .files = samples->files,
                     .file_count = samples->count,
                     .top = (int)arguments_number(arguments, "top", 1),
                     .classes = wanted->count == 0,
                     .pictures = pictures,
                     .digits = strcmp(arguments_value(arguments, "precision", "single"), "double") == 0 ? 17 : 9};
    if (strcmp(output, "json") == 0)
        report_json(&report);
    else
        report_text(&report);
    strata_tensor_release(pictures);
    return EXIT_DONE;
}

static ExitCode run_and_report(Session *session, const Wanted *wanted, const Samples *samples)
{
    StrataRunOptions options = {.seed = (uint64_t)arguments_number(session->arguments, "seed", 0)};
    StrataTensorSet *all = strata_run(session->workspace, session->inputs, &options, session->diagnostics);
    if (!all)
        return EXIT_WRONG_INPUT;
    if (wanted->count == 0) {
        ExitCode code = report(session, wanted, samples, all);
        strata_tensor_set_release(all);
        return code;
    }
    StrataError error;
    StrataTensorSet *chosen = select_results(session, wanted, all, &error);
    ExitCode code = chosen ? report(session, wanted, samples, chosen) : message_failure(&error);
    strata_tensor_set_release(chosen);
    strata_tensor_set_release(all);
    return code;
}

/* The time of each step over some runs, behind one that warms up, instead of their results. */
static ExitCode run_and_profile(Session *session)
{
    StrataProfile *profile = strata_profile_make(session->program, session->diagnostics);
    StrataRunOptions options = {.seed = (uint64_t)arguments_number(session->arguments, "seed", 0)};
    int64_t runs = arguments_number(session->arguments, "profile", 1);
    bool good = profile != NULL;
    for (int64_t i = 0; good && i <= runs; i++) {
        options.profile = i > 0 ? profile : NULL;
        StrataTensorSet *results = strata_run(session->workspace, session->inputs, &options, session->diagnostics);
        good = results != NULL;
        strata_tensor_set_release(results);
    }
    StrataText *text = good ? strata_profile_text(profile, session->diagnostics) : NULL;
    good = text && output_file(NULL, strata_text_bytes(text), strata_text_length(text));
    strata_text_release(text);
    strata_profile_release(profile);
    return good ? EXIT_DONE : EXIT_WRONG_INPUT;
}

static ExitCode run_prepared(Session *session, const Wanted *wanted, const Samples *samples)
{
    return arguments_has(session->arguments, "profile") ? run_and_profile(session) : run_and_report(session, wanted, samples);
}

static ExitCode run_run(const Arguments *arguments)
{
    Session session;
    Wanted wanted;
    Samples samples = {0};
    Progress progress;
    if (!collect_values(arguments, &wanted))
        return EXIT_WRONG_USAGE;
    if (!session_begin(&session, arguments))
        return EXIT_WRONG_INPUT;
    progress_begin(&progress);
    strata_context_set_progress(session.context, progress_step, &progress);
    ExitCode code = prepare(&session, &wanted, &samples) ? run_prepared(&session, &wanted, &samples) : EXIT_WRONG_INPUT;
    progress_end(&progress);
    samples_release(&samples);
    ExitCode status = session_end(&session);
    return status == EXIT_DONE ? code : status;
}

static const Option run_options[] = {
    OPTION_WEIGHTS,
    OPTION_MAP,
    OPTION_LEFT_OVER,
    OPTION_NET,
    OPTION_SET,
    {.name = "output",
     .letter = 'o',
     .kind = VALUE_FILE,
     .placeholder = "text|json|FILE",
     .help = "how to write the result; FILE is .npy, .npz, .safetensors, or `-` (npy)"},
    {.name = "top",
     .letter = 'k',
     .kind = VALUE_NUMBER,
     .placeholder = "K",
     .least = 1,
     .most = 1000000,
     .help = "the K likeliest classes (default 1)"},
    {.name = "value",
     .letter = 'v',
     .kind = VALUE_TEXT,
     .placeholder = "NAME",
     .repeated = true,
     .help = "write this inner value, such as conv1, instead of the outputs"},
    {.name = "draw", .letter = 'd', .help = "draw each picture above its classes"},
    OPTION_LIMIT,
    OPTION_BATCH,
    OPTION_INVERT,
    OPTION_THREADS,
    OPTION_PRECISION,
    OPTION_EXACT,
    OPTION_ENGINE,
    OPTION_VERBOSE,
    OPTION_TRAINING,
    OPTION_SEED,
    {.name = "profile",
     .kind = VALUE_NUMBER,
     .placeholder = "N",
     .least = 1,
     .most = 1000000,
     .help = "run N times and write how long each step took, instead of the result"},
    {0},
};

const Verb verb_run = {
    .name = "run",
    .operands = "MODEL DATA...",
    .summary = "run a net on data: numbers, pictures, folders of pictures",
    .description = "Writes the class of each sample for an output of classes(...), numbers for any other.\n\n" DATA_DESCRIPTION,
    .examples = "strata run lenet.net --weights lenet.safetensors digit.png\n"
                "strata run lenet.net -w lenet.safetensors --top 3 t10k-images-idx3-ubyte.gz\n"
                "strata run lenet.net -w lenet.safetensors --value conv1 --output conv1.npy digits.npy",
    .options = run_options,
    .least = 1,
    .most = -1,
    .operand_kind = VALUE_FILE,
    .run = run_run,
};
