/* strata scatter: scattering coefficients of pictures and sounds as features, without a model.
 *
 * Files are read one after another, samples are gathered to batches, and each batch's rows are appended to the result, so that neither data nor features need
 * to fit into memory (a single file of many samples does). */
#include "tool/scatter.h"

#include "tool/data.h"
#include "tool/output.h"
#include "tool/progress.h"
#include "tool/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { E_OUTPUT_FORM = 1232, E_TOGETHER = 1236, BATCH = 64, LAST_J = 20 };

/* The way through the data. */
typedef struct Run {
    Scatter *scatter;
    Progress progress;
    int64_t done, total; /* samples */
    int64_t limit;       /* most that are taken */
    StrataTensor *batch; /* capacity x channels x rows x columns */
    int64_t capacity, filled;
    StrataTensorSet *features; /* of the first sample; null until there are some */
    RowsFile rows;             /* one of the two is written */
    RowsArchive archive;
    bool writing;
} Run;

/* ---- The first file says what the samples are ---- */

static bool begin_run(Run *run, const StrataTensor *first)
{
    Scatter *scatter = run->scatter;
    const Arguments *arguments = scatter->session.arguments;
    scatter->channels = arguments_has(arguments, "grey") ? 1 : strata_tensor_size(first, 1);
    scatter->rows = scatter->signals ? 1 : strata_tensor_size(first, 2);
    scatter->columns = strata_tensor_size(first, scatter->signals ? 2 : 3);
    run->total = scatter->sources.count > 1 ? scatter->sources.count : strata_tensor_size(first, 0);
    if (!scatter_net(scatter, run->total))
        return false;
    StrataError error;
    int64_t sizes[4] = {arguments_number(arguments, "batch", BATCH), scatter->channels, scatter->rows, scatter->columns};
    if (scatter->signals)
        sizes[2] = scatter->columns;
    bool precise = strcmp(arguments_value(arguments, "precision", "single"), "double") == 0;
    run->capacity = sizes[0];
    run->batch = strata_tensor_make(&scatter->session.allocator, precise ? STRATA_FLOAT64 : STRATA_FLOAT32,
                                    scatter->signals ? 3 : 4, sizes, &error);
    return run->batch || (message_failure(&error), false);
}

/* ---- Batches ---- */

/* The first row of each result. Null after saying what is wrong. */
static StrataTensorSet *first_rows(const Run *run, const StrataTensorSet *results)
{
    StrataError error;
    StrataTensorSet *set = strata_tensor_set_make(&run->scatter->session.allocator, &error);
    for (int64_t i = 0; set && i < strata_tensor_set_count(results); i++) {
        StrataTensor *row = strata_tensor_rows(strata_tensor_set_tensor(results, i), 0, 1, &error);
        StrataTensor *copy = row ? strata_tensor_copy(row, &error) : NULL;
        bool good = copy && strata_tensor_set_add(set, strata_tensor_set_name(results, i), copy, &error);
        strata_tensor_release(copy);
        strata_tensor_release(row);
        if (!good) {
            strata_tensor_set_release(set);
            set = NULL;
        }
    }
    if (!set)
        message_failure(&error);
    return set;
}

/* Their kinds and shapes are known from the first ones on. */
static bool note_features(Run *run, const StrataTensorSet *results)
{
    const char *output = arguments_value(run->scatter->session.arguments, "output", NULL);
    run->features = first_rows(run, results);
    if (!run->features)
        return false;
    run->writing = run->scatter->unaveraged ? archive_begin(&run->archive, output, run->scatter->levels, run->features)
                                            : rows_begin(&run->rows, output, strata_tensor_set_tensor(run->features, 0));
    return run->writing;
}

static bool write_features(Run *run, const StrataTensorSet *results)
{
    if (!run->features && !note_features(run, results))
        return false;
    return run->scatter->unaveraged ? archive_add(&run->archive, results)
                                    : rows_add(&run->rows, strata_tensor_set_tensor(results, 0));
}

static bool run_batch(Run *run)
{
    StrataError error;
    Session *session = &run->scatter->session;
    StrataTensorSet *inputs = strata_tensor_set_make(&session->allocator, &error);
    StrataTensor *part = inputs ? strata_tensor_rows(run->batch, 0, run->filled, &error) : NULL;
    bool good = part && strata_tensor_set_add(inputs, "x", part, &error);
    if (!good)
        message_failure(&error);
    StrataTensorSet *results = good ? strata_run(session->workspace, inputs, NULL, session->diagnostics) : NULL;
    good = good && results && write_features(run, results);
    run->filled = 0;
    strata_tensor_set_release(results);
    strata_tensor_release(part);
    strata_tensor_set_release(inputs);
    return good;
}

/* The library's callback: samples of this run, behind those before. */
static bool report_progress(void *user, int64_t done, int64_t total)
{
    Run *run = user;
    (void)total;
    return progress_step(&run->progress, run->done + done, run->total);
}

/* Copies fitted samples into the batch. */
static void fill(Run *run, const StrataTensor *fitted, int64_t count)
{
    size_t size = strata_tensor_kind(run->batch) == STRATA_FLOAT64 ? sizeof(double) : sizeof(float);
    size_t sample = (size_t)(strata_tensor_elements(run->batch) / run->capacity) * size;
    memcpy((char *)strata_tensor_data(run->batch) + (size_t)run->filled * sample, strata_tensor_data_const(fitted),
           (size_t)count * sample);
    run->filled += count;
}

/* Samples `first` to `end - 1` of a file, as many as the batch has room for; gives how many, 0 after saying what is wrong. */
static int64_t take_samples(Run *run, StrataTensor *samples, int64_t first, int64_t end, const char *path)
{
    StrataError error;
    Session *session = &run->scatter->session;
    int64_t room = run->capacity - run->filled, count = end - first < room ? end - first : room;
    StrataTensor *part = strata_tensor_rows(samples, first, count, &error);
    if (!part)
        return message_failure(&error), 0;
    StrataTensor *fitted = strata_program_fit(session->program, 0, part, session->diagnostics);
    strata_tensor_release(part);
    if (!fitted) {
        session_print(session);
        message_note("that was %s; all samples need the size of the first, %s", path, run->scatter->sources.paths[0]);
        session->failed = EXIT_WRONG_INPUT;
        return 0;
    }
    fill(run, fitted, count);
    strata_tensor_release(fitted);
    return count;
}

static bool take_source(Run *run, StrataTensor *samples, int64_t index)
{
    Scatter *scatter = run->scatter;
    int64_t count = strata_tensor_size(samples, 0), before = run->done + run->filled;
    count = count > run->limit - before ? run->limit - before : count;
    scatter->samples[index] = count;
    run->total = before + count > run->total ? before + count : run->total;
    for (int64_t first = 0; first < count;) {
        int64_t taken = take_samples(run, samples, first, count, scatter->sources.paths[index]);
        first += taken;
        if (taken == 0)
            return false;
        if (run->filled < run->capacity)
            continue;
        if (!run_batch(run))
            return false;
        run->done += run->capacity;
    }
    return true;
}

static bool run_all(Run *run)
{
    Scatter *scatter = run->scatter;
    for (int64_t i = 0; i < scatter->sources.count && run->done + run->filled < run->limit; i++) {
        StrataTensor *samples = scatter_read(scatter, scatter->sources.paths[i]);
        bool good = samples && (i > 0 || begin_run(run, samples)) && take_source(run, samples, i);
        strata_tensor_release(samples);
        if (!good)
            return false;
        if (!progress_step(&run->progress, run->done, run->total)) {
            scatter->session.failed = EXIT_INTERRUPTED;
            return false;
        }
    }
    int64_t last = run->filled;
    if (last > 0 && !run_batch(run))
        return false;
    run->done += last;
    return true;
}

/* ---- The command line ---- */

/* Where the table of paths goes: --paths, or `features.json` beside `features.npy` or `features.npz`; to be freed. Null: nowhere. */
static char *table_path(const Arguments *arguments)
{
    const char *paths = arguments_value(arguments, "paths", NULL), *output = arguments_value(arguments, "output", NULL);
    if (paths)
        return strdup(paths);
    if (!output || !(path_ends_with(output, ".npy") || path_ends_with(output, ".npz")))
        return NULL;
    size_t stem = strlen(output) - strlen("npy"), size = stem + sizeof "json";
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%.*sjson", (int)stem, output);
    return path;
}

/* What goes where must be clear before anything is computed. */
static bool check_output(const Arguments *arguments)
{
    const char *output = arguments_value(arguments, "output", "-");
    bool standard = strcmp(output, "-") == 0;
    const char *form = arguments_has(arguments, "unaveraged") ? ".npz" : ".npy";
    if (standard && isatty(STDOUT_FILENO))
        usage_error(arguments->verb, E_OUTPUT_FORM, "features are no text for a terminal: say -o features%s", form);
    else if (!standard && !path_ends_with(output, form) && strncmp(output, "/dev/", 5) != 0)
        usage_error(arguments->verb, E_OUTPUT_FORM, "%s are written as %s, got '%s'",
                    strcmp(form, ".npz") == 0 ? "unaveraged moduli, an array for each scale," : "features", form, output);
    else
        return true;
    return false;
}

/* Options that contradict each other. */
static bool check_options(const Arguments *arguments)
{
    bool unaveraged = arguments_has(arguments, "unaveraged");
    const char *with = arguments_has(arguments, "moments") ? "moments" : "renormalise";
    if (unaveraged && arguments_has(arguments, with))
        usage_error(arguments->verb, E_TOGETHER,
                    "--unaveraged gives the moduli themselves, --%s something of their averages: take one", with);
    else if (unaveraged && arguments_number(arguments, "order", 2) == 0)
        usage_error(arguments->verb, E_TOGETHER, "--order 0 is an average alone: there are no moduli for --unaveraged");
    else
        return true;
    return false;
}

/* Over one axis where an option or a file says so. */
static bool is_signal(const Scatter *scatter, const Arguments *arguments)
{
    return arguments_has(arguments, "Q") || arguments_has(arguments, "T") || source_is_sound(scatter->sources.paths[0]);
}

/* As the language says it; null for the usual one. */
static const char *convention_of(const char *word)
{
    if (strcmp(word, "kymatio-0.3") == 0)
        return "kymatio 0.3";
    return strcmp(word, "kymatio-0.4") == 0 ? "kymatio 0.4" : NULL;
}

static bool read_options(Scatter *scatter, const Arguments *arguments)
{
    for (int i = 0; i < arguments->operand_count; i++)
        if (!sources_add(&scatter->sources, arguments->operands[i]))
            return false;
    scatter->samples = calloc((size_t)scatter->sources.count, sizeof *scatter->samples);
    if (!scatter->samples)
        return message_error(1090, "out of memory"), false;
    scatter->J = arguments_number(arguments, "J", 0);
    scatter->L = arguments_number(arguments, "L", 8);
    scatter->Q = arguments_number(arguments, "Q", 8);
    scatter->T = arguments_number(arguments, "T", (int64_t)1 << scatter->J);
    scatter->order = arguments_number(arguments, "order", 2);
    scatter->convention = convention_of(arguments_value(arguments, "convention", ""));
    scatter->tight = arguments_has(arguments, "tight");
    scatter->moments = arguments_has(arguments, "moments");
    scatter->unaveraged = arguments_has(arguments, "unaveraged");
    scatter->standardise = arguments_has(arguments, "standardise");
    scatter->renormalise = arguments_has(arguments, "renormalise");
    scatter->logarithm = arguments_has(arguments, "log");
    scatter->signals = is_signal(scatter, arguments);
    return true;
}

/* Features first, then their table, so that a table never stands beside features that it does not describe. */
static bool finish(Run *run, bool good)
{
    if (run->writing && !(run->scatter->unaveraged ? archive_end(&run->archive, good) : rows_end(&run->rows, good)))
        good = false;
    char *path = good ? table_path(run->scatter->session.arguments) : NULL;
    if (path)
        good = scatter_paths(run->scatter, path, run->features);
    free(path);
    strata_tensor_release(run->batch);
    strata_tensor_set_release(run->features);
    return good;
}

static ExitCode run_scatter(const Arguments *arguments)
{
    if (!arguments_has(arguments, "J"))
        return usage_error(arguments->verb, 1206, "scatter needs --J: averages are over 2^J samples along each axis");
    if (!check_output(arguments) || !check_options(arguments))
        return EXIT_WRONG_USAGE;
    Scatter scatter = {0};
    if (!session_begin(&scatter.session, arguments))
        return EXIT_WRONG_INPUT;
    Run run = {.scatter = &scatter, .limit = arguments_number(arguments, "limit", INT64_MAX)};
    progress_begin(&run.progress);
    strata_context_set_progress(scatter.session.context, report_progress, &run);
    bool good = finish(&run, read_options(&scatter, arguments) && run_all(&run));
    progress_end(&run.progress);
    strata_session_release(scatter.language);
    sources_release(&scatter.sources);
    free(scatter.samples);
    ExitCode status = session_end(&scatter.session);
    return status == EXIT_DONE && !good ? EXIT_WRONG_INPUT : status;
}

static const Option scatter_options[] = {
    OPTION_OF_WAVELETS("J", 'J', LAST_J, "scales: averages are over 2^J samples along each axis"),
    OPTION_OF_WAVELETS("L", 'L', 1024, "pictures: angles in half a turn (default 8)"),
    OPTION_OF_WAVELETS("Q", 'Q', 1024, "signals: wavelets an octave in order 1 (default 8)"),
    OPTION_OF_WAVELETS("T", 'T', 1 << LAST_J, "signals: samples that are averaged (default 2^J)"),
    {.name = "order",
     .kind = VALUE_NUMBER,
     .placeholder = "N",
     .least = 0,
     .most = SCATTER_ORDER,
     .help = "wavelets behind each other, at most (default 2)"},
    {.name = "convention",
     .kind = VALUE_WORDS,
     .placeholder = "NAME",
     .words = "kymatio-0.4 kymatio-0.3",
     .help = "whose numbers (default kymatio-0.4; in the plane both agree)"},
    {.name = "tight", .help = "a bank that keeps energies: filters divided by the root of the Littlewood-Paley sum"},
    {.name = "moments", .help = "one number a path, the mean over all places: for textures"},
    {.name = "unaveraged", .help = "the moduli themselves, not averaged: an .npz with an array for each scale"},
    {.name = "standardise", .help = "before: each channel with mean 0 and deviation 1"},
    {.name = "renormalise",
     .help = "behind: order 1 over the average of |x|, a later order over the path that it goes on from, so that the scale of the "
             "data is gone"},
    {.name = "log", .help = "behind: log(|s| + 1e-6), at last"},
    {.name = "grey", .letter = 'g', .help = "colour pictures become grey; else each channel is transformed by itself"},
    {.name = "output",
     .letter = 'o',
     .kind = VALUE_FILE,
     .placeholder = "FILE",
     .help = "write features to FILE.npy (--unaveraged: FILE.npz); `-`: standard output"},
    {.name = "paths",
     .kind = VALUE_FILE,
     .placeholder = "FILE",
     .help = "write the table of paths to FILE (default: FILE.json beside FILE)"},
    OPTION_LIMIT,
    OPTION_BATCH,
    OPTION_THREADS,
    OPTION_PRECISION,
    OPTION_ENGINE,
    OPTION_VERBOSE,
    {0},
};

const Verb verb_scatter = {
    .name = "scatter",
    .operands = "DATA...",
    .summary = "scattering features of pictures and sounds, as .npy",
    .description =
        "Scattering coefficients (Mallat 2012) without a model: averages over 2^J samples of the moduli of wavelet "
        "transforms, which hardly change when\n"
        "what they see moves or is bent a little. DATA are PNG and WAV files, folders of them, .npy (pictures: rows x "
        "columns, pictures x rows x columns,\n"
        "pictures x channels x rows x columns), IDX (also inside gzip), or `-`, the standard input. All samples need "
        "one size. Bytes are scaled to 0..1.\n\n"
        "FILE.npy holds samples x (channels paths) x rows / 2^J x columns / 2^J; the table of paths beside it says for "
        "each path its order, scales j and angles theta (or\n"
        "wavelets n, with their centres xi and widths sigma), and which files the samples are from. With --Q, --T or a "
        "WAV file, signals over one axis are\n"
        "transformed: .npy then is samples, signals x samples, or signals x channels x samples. Without --tight, --moments "
        "and what is done before or behind, the numbers are Kymatio's: docs/reference/scattering.md.\n\n"
        "--unaveraged gives FILE.npz with an array for each scale j of a path's last wavelet, `j0`, `j1`, ...: samples x "
        "(channels paths) x rows / 2^j x columns / 2^j,\n"
        "order 0 left out. The table says for each of them its paths.",
    .examples = "strata scatter --J 3 --L 8 images/ -o features.npy\n"
                "strata scatter --J 2 train-images-idx3-ubyte.gz -o train.npy\n"
                "strata scatter --J 8 --Q 12 --log song.wav -o song.npy\n"
                "strata scatter --J 3 --unaveraged images/ -o moduli.npz",
    .options = scatter_options,
    .least = 1,
    .most = -1,
    .operand_kind = VALUE_FILE,
    .run = run_scatter,
};
