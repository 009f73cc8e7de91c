/* strata.h: everything that the `strata` command does, for a C or C++ program.
 *
 *     .net text --module--> StrataModule --net--> StrataNet --program--> StrataProgram --workspace, run--> tensors
 *                                            \--> StrataWeights ----------------------------/
 *
 * The way in a few lines (examples/c/classify.c is the whole program):
 *
 *     StrataContext *context = strata_context_make(NULL);
 *     StrataDiagnostics *diagnostics = strata_diagnostics_make(context);
 *     StrataModule *module = strata_module_load(context, "lenet.net", diagnostics);
 *     StrataNet *net = strata_net_make(module, NULL, diagnostics);
 *     StrataWeights *weights = strata_weights_read(net, "lenet.safetensors", NULL, diagnostics);
 *     StrataProgram *program = strata_program_make(net, weights, NULL, diagnostics);
 *     StrataWorkspace *workspace = strata_workspace_make(program, 1, diagnostics);
 *     StrataTensorSet *results = strata_run(workspace, inputs, NULL, diagnostics);
 *
 * Rules that hold everywhere:
 *   - No global state; nothing prints; nothing exits. All memory comes from the context's allocator (zlib and libpng keep
 *     working memory of their own while they run).
 *   - A maker gives null when it cannot, and the reason is in the diagnostics that it was given. Errors of one cause are said all at
 *     once. `strata_diagnostics_status` says what kind of failure it was.
 *   - A maker that is given null where it needs an object gives null and says nothing more: the reason was said where the null came
 *     from, so that a chain of makers needs one check at its end.
 *   - What a maker gives belongs to the caller, who gives it back with the `release` of its type; null is allowed there. An object
 *     keeps alive what it was made from, so the order of releases does not matter.
 *   - Strings given to the library are copied; strings that it gives belong to the object asked and live as long.
 *   - Threads: a program and weights are immutable and may be used by any number of threads at once. A module with the nets made from
 *     it, a workspace, a diagnostics list and a text each belong to one thread at a time. Contexts are read only while in use.
 *   - Checking and making nets take up to 4 MB of the calling thread's stack, whatever the source says; what runs a program takes little.
 *   - Shapes are per sample; a tensor of samples has the batch as its first dimension. Images are channels x rows x columns. */
#ifndef STRATA_H
#define STRATA_H

#include "strata_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version ---------------------------------------------------------------------------------------------------------------- */

#define STRATA_VERSION_MAJOR 0
#define STRATA_VERSION_MINOR 1
#define STRATA_VERSION_PATCH 0

/* "0.1.0", of the library that is loaded. */
STRATA_API const char *strata_version(void);

/* ---- Context ---------------------------------------------------------------------------------------------------------------- */

/* What every object inherits: the allocator and the caller's callbacks. Objects copy it, so it may be released at once. */
typedef struct StrataContext StrataContext;

/* Null only when memory ends. `allocator` null: malloc. */
STRATA_API StrataContext *strata_context_make(const StrataAllocator *allocator);
STRATA_API void strata_context_release(StrataContext *context);

/* Takes a piece of a file's content; false: stop and fail. */
typedef bool (*StrataSink)(void *destination, const char *bytes, size_t length);

/* Reads the source file `path` (as a `use` names it, joined to the folder of the file that uses it) and hands its content to `sink`, in as
 * many pieces as it likes. False when it cannot, after filling
 * `error` with the reason alone ("No such file or directory"): the path is said already. */
typedef bool (*StrataReadSource)(void *user, const char *path, StrataSink sink, void *destination, StrataError *error);

/* Replaces reading from the disk, for modules loaded from now on; `read` null: the disk again. */
STRATA_API void strata_context_set_reader(StrataContext *context, StrataReadSource read, void *user);

/* Called now and then in long work: `done` of `total` samples, both 0 while a source is elaborated. False asks to stop; the work then ends with STRATA_CANCELLED. */
typedef bool (*StrataProgress)(void *user, int64_t done, int64_t total);
STRATA_API void strata_context_set_progress(StrataContext *context, StrataProgress progress, void *user);

/* The most memory in bytes that a module (source, AST, Graphs) may take; passing it counts as a failed allocation. 0: no limit; the default
 * is 1 GiB. */
STRATA_API void strata_context_set_memory_limit(StrataContext *context, size_t bytes);

/* ---- Texts ------------------------------------------------------------------------------------------------------------------ */

/* A string made by the library, in UTF-8. */
typedef struct StrataText StrataText;
STRATA_API const char *strata_text_bytes(const StrataText *text); /* ended by a 0 that the length does not count */
STRATA_API size_t strata_text_length(const StrataText *text);
STRATA_API void strata_text_release(StrataText *text);

/* ---- Diagnostics ------------------------------------------------------------------------------------------------------------ */

/* A list that functions add to: what is wrong, where, why, and what to do. */
typedef struct StrataDiagnostics StrataDiagnostics;

typedef enum StrataSeverity { STRATA_ERROR = 0, STRATA_WARNING = 1 } StrataSeverity;

/* One entry. A place without a file has `file` null and zeros; lines and columns count from 1, columns in characters. */
typedef struct StrataDiagnostic {
    StrataSeverity severity;
    int code; /* 601 is printed E0601; strata_explain tells more; 0: none */
    const char *file;
    int line, column;
    int end_line, end_column; /* behind the last character */
    const char *message;      /* one sentence */
    const char
        *text; /* all of it for a person: first line `FILE:LINE:COLUMN: error[E0601]: message`, then the source line, notes, help */
    const char *coloured; /* the same with the escapes of a terminal */
    const char *json;     /* the same as a JSON object */
} StrataDiagnostic;

/* An empty list; null only when memory ends. */
STRATA_API StrataDiagnostics *strata_diagnostics_make(const StrataContext *context);
STRATA_API void strata_diagnostics_release(StrataDiagnostics *diagnostics);

/* Takes out everything, to use the list again. */
STRATA_API void strata_diagnostics_clear(StrataDiagnostics *diagnostics);

STRATA_API int64_t strata_diagnostics_count(const StrataDiagnostics *diagnostics);
STRATA_API int64_t strata_diagnostics_errors(const StrataDiagnostics *diagnostics);

/* Entry `index` in the order of the source; false when there is none. Strings live until the list is cleared or released. */
STRATA_API bool strata_diagnostics_get(const StrataDiagnostics *diagnostics, int64_t index, StrataDiagnostic *result);

/* What the worst entry means: STRATA_OK when there is no error, STRATA_MEMORY when memory ended (also while an entry was added). */
STRATA_API StrataStatus strata_diagnostics_status(const StrataDiagnostics *diagnostics);

/* All entries as a JSON array. */
STRATA_API StrataText *strata_diagnostics_json(const StrataDiagnostics *diagnostics);

/* The page of a code, in Markdown: what it means, an example that shows it and its repair; null when there is no such code. The codes that
 * have a page, in rising order: row `index`, 0 past the end. */
STRATA_API const char *strata_explain(int code);
STRATA_API int strata_explained(int64_t index);

/* The name among `count` names that is nearest to a mistyped one; null when none is near. */
STRATA_API const char *strata_nearest(const char *name, const char *const *names, int64_t count);

/* ---- Modules ---------------------------------------------------------------------------------------------------------------- */

/* A source file with all that it uses. */
typedef struct StrataModule StrataModule;

/* Loads a file, or a text that is called `name` in diagnostics and whose `use`s are relative to it. Null only when nothing could be read or
 * memory ended: a module with errors can still be asked for its tokens and its documentation. */
STRATA_API StrataModule *strata_module_load(const StrataContext *context, const char *path, StrataDiagnostics *diagnostics);
STRATA_API StrataModule *strata_module_load_text(const StrataContext *context, const char *name, const char *text, size_t length,
                                                 StrataDiagnostics *diagnostics);
STRATA_API void strata_module_release(StrataModule *module);

/* Checks everything that can be checked without data and weights: every net in both modes, layers, asserts, trainings. True when there
 * was no error. */
STRATA_API bool strata_module_check(StrataModule *module, StrataDiagnostics *diagnostics);

/* The nets of the file, in the order of the source; null past the end. */
STRATA_API const char *strata_module_net(StrataModule *module, int64_t index, StrataDiagnostics *diagnostics);

/* What the front end sees: tokens and tree, one a line. The source in its canonical layout, null when it has lexical or syntax errors. */
STRATA_API StrataText *strata_module_tokens(StrataModule *module, StrataDiagnostics *diagnostics);
STRATA_API StrataText *strata_module_ast(StrataModule *module, StrataDiagnostics *diagnostics);
STRATA_API StrataText *strata_module_format(StrataModule *module, StrataDiagnostics *diagnostics);

/* A definition of the file, of what it uses, or of the standard library. */
typedef struct StrataDefinition {
    const char *name;
    const char *module;    /* "prelude", "wavelet", the name of the file; "operation" or "builtin" for what is no source */
    const char *file;      /* "std/prelude_pool.net"; null for what is built in */
    const char *about;     /* the comment at the head of that file; never null */
    const char *signature; /* "conv(out, window, stride=1, ...)" */
    const char *comment;   /* its documentation; never null */
    const char *source;    /* the whole definition */
} StrataDefinition;

/* By name; false when there is none. By index, in the order of the modules; false past the end. */
STRATA_API bool strata_module_definition(StrataModule *module, const char *name, StrataDefinition *result,
                                         StrataDiagnostics *diagnostics);
STRATA_API bool strata_module_definition_at(StrataModule *module, int64_t index, StrataDefinition *result,
                                            StrataDiagnostics *diagnostics);

/* ---- Nets ------------------------------------------------------------------------------------------------------------------- */

/* A net elaborated with settings, in a mode: all shapes known. */
typedef struct StrataNet StrataNet;

/* A setting of the net from outside; the value is the source text of an expression. */
typedef struct StrataSetting {
    const char *name;
    const char *value;
} StrataSetting;

typedef struct StrataNetOptions {
    const char *net; /* null: the last one of the file */
    const StrataSetting *settings;
    int64_t setting_count;
    bool training; /* as training sees it; else as inference does */
} StrataNetOptions;

/* `options` null: the last net with its default settings, for inference. */
STRATA_API StrataNet *strata_net_make(StrataModule *module, const StrataNetOptions *options, StrataDiagnostics *diagnostics);
STRATA_API void strata_net_release(StrataNet *net);

STRATA_API const char *strata_net_name(const StrataNet *net);

typedef enum StrataElement {
    STRATA_REAL = 0,
    STRATA_COMPLEX = 1,
    STRATA_INTEGER = 2, /* an input's entries are 0 .. below - 1 */
    STRATA_BOOLEAN = 3,
    STRATA_BYTES = 4 /* an input of bytes, 0 .. 255, that are not scaled */
} StrataElement;

/* An input, an output, a weight or an inner value of a net. Members may be added at the end when the library's major version changes. */
typedef struct StrataValue {
    const char *name; /* of the only output: "output" */
    StrataElement element;
    bool batched; /* false for weights */
    int rank;
    int64_t sizes[STRATA_RANK_LIMIT]; /* per sample */
    int64_t below;                    /* STRATA_INTEGER inputs */
    int64_t classes;                  /* outputs: the number of classes; 0 when it is no classification */
    const char *const *labels;        /* names of the classes, or null */
    bool frozen;                      /* weights that are not trained */
} StrataValue;

/* What the entries of an output's dimension 0 stand for, such as the paths of a scattering: `rows` of them, each `columns` whole numbers, -1
 * where a column says nothing. Names are "order", "channel", "j1", "theta1", ... The net owns what it points to. */
typedef struct StrataPaths {
    int64_t rows, columns;
    const char *const *names;
    const int64_t *entries; /* row by row */
} StrataPaths;

/* The paths of output `index`; false when it has none. */
STRATA_API bool strata_net_output_paths(const StrataNet *net, int64_t index, StrataPaths *result);

/* The paths of all outputs as text, a line each; null with E0517 when no output has any. */
STRATA_API StrataText *strata_net_paths(StrataNet *net, StrataDiagnostics *diagnostics);

/* Row `index` of each table; false past the end. Inner values can be watched: see StrataProgramOptions. */
STRATA_API bool strata_net_input(const StrataNet *net, int64_t index, StrataValue *result);
STRATA_API bool strata_net_output(const StrataNet *net, int64_t index, StrataValue *result);
STRATA_API bool strata_net_weight(const StrataNet *net, int64_t index, StrataValue *result);
STRATA_API bool strata_net_state(const StrataNet *net, int64_t index,
                                 StrataValue *result); /* kept with the weights: running means */
STRATA_API bool strata_net_inner(const StrataNet *net, int64_t index, StrataValue *result);

/* The Graph as text that reads back. Constants of more than 64 entries stand in it by their hash; `blobs`, which may be null, gets a text of the
 * constants themselves (doubles, little-endian, in the order of their first use). */
STRATA_API StrataText *strata_net_graph(StrataNet *net, StrataText **blobs, StrataDiagnostics *diagnostics);

/* A picture for Graphviz, in its language DOT; the table by layer (shapes, weights, multiply-adds, bytes, receptive field, and totals), folded by
 * definition or unfolded, as text or JSON. */
STRATA_API StrataText *strata_net_dot(StrataNet *net, bool unfold, StrataDiagnostics *diagnostics);
STRATA_API StrataText *strata_net_summary(StrataNet *net, bool unfold, bool json, StrataDiagnostics *diagnostics);

/* ---- Weights ---------------------------------------------------------------------------------------------------------------- */

/* Values for all weights and states of a net, by full name ("conv1.weight"). */
typedef struct StrataWeights StrataWeights;

/* One row of a map from a net's name to the name in a file. */
typedef struct StrataNamePair {
    const char *weight;  /* of the net */
    const char *foreign; /* in the file */
} StrataNamePair;

/* How the tensors of a file become the weights of a net. First the pairs, then equal names; then, with `by_order`, what is left on both
 * sides is paired in order when the shapes agree one by one (a warning says each pair). */
typedef struct StrataWeightsOptions {
    const StrataNamePair *pairs;
    int64_t pair_count;
    bool by_order;
    bool ignore_left_over; /* tensors that no weight wants are no error */
} StrataWeightsOptions;

/* Reads a safetensors or npz file, or takes a set of tensors, for a net. Missing, left over, mis-shaped and non-finite weights are errors,
 * all said at once. `options` null: names must be equal. */
STRATA_API StrataWeights *strata_weights_read(StrataNet *net, const char *path, const StrataWeightsOptions *options,
                                              StrataDiagnostics *diagnostics);
STRATA_API StrataWeights *strata_weights_take(StrataNet *net, const StrataTensorSet *set, const StrataWeightsOptions *options,
                                              StrataDiagnostics *diagnostics);

/* The values that weights start from, which depend on the seed and their full names only. */
STRATA_API StrataWeights *strata_weights_initialise(StrataNet *net, uint64_t seed, StrataDiagnostics *diagnostics);
STRATA_API void strata_weights_release(StrataWeights *weights);

/* As a set of tensors with the net's names, which belongs to the weights; strata_tensor_set_write saves it. */
STRATA_API const StrataTensorSet *strata_weights_set(const StrataWeights *weights);

/* ---- Filter banks ----------------------------------------------------------------------------------------------------------- */

/* The filter banks of a net as it applies them, padding and subsampling included: every product of a spectrum with known filters. It keeps the net's module alive. */
typedef struct StrataFrame StrataFrame;

/* A bank: what happens to one spectrum. Frequencies are in cycles a sample, -1/2 .. 1/2; of a bank over one axis, rows are 1 and places and frequencies along
 * rows 0. A |x|^2 <= sum |x * h|^2 <= B |x|^2 for every signal x, without subsampling; the second pair is the same with it, each coefficient counted
 * for the samples that it stands for. */
typedef struct StrataBank {
    int axes;
    int64_t rows, columns;
    int64_t signals; /* transformed by themselves, for one sample */
    bool real;       /* they are real */
    int64_t from;    /* the bank whose filters they come from; -1: the input */
    int64_t filters;
    double lower, upper;             /* A and B */
    double lower_at[2], upper_at[2]; /* where they are attained: rows, columns */
    bool subsampled;                 /* the next two were computed */
    double subsampled_lower, subsampled_upper;
    const char *padding;          /* mode of the `pad` before it; null: none */
    int64_t before[2], behind[2]; /* its amounts: rows, columns */
} StrataBank;

typedef struct StrataFilter {
    int64_t signal;            /* which signal it is applied to; -1: each */
    int64_t step[2];           /* one coefficient of so many is kept: rows, columns */
    double gain;               /* largest magnitude of its spectrum */
    double peak[2];            /* where that is */
    double width[2];           /* root mean square deviation of |h|^2 from its mean frequency */
    int64_t first[2], last[2]; /* support: at most a thousandth of sum |h| along the axis lies outside */
} StrataFilter;

/* `weights`, which may be null, are those that filters are computed from; without them such filters belong to no bank. `exact`: bounds with subsampling also where they take long. Null after a failure; a net without banks gives an object without them. */
STRATA_API StrataFrame *strata_net_frame(StrataNet *net, const StrataWeights *weights, bool exact, StrataDiagnostics *diagnostics);
STRATA_API void strata_frame_release(StrataFrame *frame);

/* Row `index`; false past the end. */
STRATA_API bool strata_frame_bank(const StrataFrame *frame, int64_t index, StrataBank *result);
STRATA_API bool strata_frame_filter(const StrataFrame *frame, int64_t bank, int64_t index, StrataFilter *result);

/* A bound c of |f(x) - f(y)| <= c |x - y| that holds for all x and y, from the net's inputs, or from the signals of its first banks where something before them
 * has no bound (`from_input` false), to its outputs, or to the first operation that has none. `from_input` may be null. */
STRATA_API double strata_frame_lipschitz(const StrataFrame *frame, bool *from_input);

/* A net with the same inputs and weights that gives, for each sample, energies (squared norms): of the signals of the first banks, "input", and of what leaves the banks
 * for good, by how many banks stand before them, "order0", "order1" ..., each coefficient counted for the samples that it stands for. Null when there are no
 * banks, or memory ends. */
STRATA_API StrataNet *strata_frame_energies(const StrataFrame *frame, StrataDiagnostics *diagnostics);

/* New tensors, rows x columns: the Littlewood-Paley sum of a bank (float64); the spectrum of a filter, and the filter itself, around place 0 (complex128). The caller owns
 * them; null when there is no such bank or filter, or memory ends. */
STRATA_API StrataTensor *strata_frame_sum(const StrataFrame *frame, int64_t bank, StrataDiagnostics *diagnostics);
STRATA_API StrataTensor *strata_frame_spectrum(const StrataFrame *frame, int64_t bank, int64_t filter,
                                               StrataDiagnostics *diagnostics);
STRATA_API StrataTensor *strata_frame_space(const StrataFrame *frame, int64_t bank, int64_t filter, StrataDiagnostics *diagnostics);

/* All of it for a person, with the filters of every bank (`all`) or of the first; or as one JSON object. */
STRATA_API StrataText *strata_frame_text(const StrataFrame *frame, bool all, bool json, StrataDiagnostics *diagnostics);

/* ---- Programs --------------------------------------------------------------------------------------------------------------- */

/* A net planned for this processor, with its weights: immutable, shared between threads. */
typedef struct StrataProgram StrataProgram;

typedef enum StrataPrecision { STRATA_SINGLE = 0, STRATA_DOUBLE = 1 } StrataPrecision;

typedef struct StrataProgramOptions {
    StrataPrecision precision;
    int64_t tile;  /* most samples that are computed together; 0: chosen by memory. Results differ by rounding at most */
    int64_t batch; /* the exact number of samples of every run, needed for a net in training mode; 0: any */
    const char *const *values; /* inner values that are results too, by name */
    int64_t value_count;
    bool exact; /* convolutions are the sums of their definition: no Winograd, which is faster and rounds more */
} StrataProgramOptions;

/* `options` null: single precision, outputs alone. */
STRATA_API StrataProgram *strata_program_make(StrataNet *net, StrataWeights *weights, const StrataProgramOptions *options,
                                              StrataDiagnostics *diagnostics);
STRATA_API void strata_program_release(StrataProgram *program);

/* Compiles the program's kernels for the sizes of this net and for this processor, by LLVM, which takes some ten milliseconds a kernel; runs are
 * faster from then on. Kernels that do not pay when the program runs on about so many samples are left out; INT64_MAX: none. To be called
 * once, before another thread uses the program. Gives what became of it, for a person to read; null when the library was built without LLVM or
 * cannot load it (E1060): the program then runs as before. */
STRATA_API StrataText *strata_program_compile(StrataProgram *program, int64_t samples, StrataDiagnostics *diagnostics);

/* The same in a thread of its own: gives back at once. Runs go on with the kernels as they are, and those that begin when it is done use what it made. To be
 * called once, instead of strata_program_compile, by the thread that made the program. False after saying that there is no thread or no memory for it; what
 * goes wrong behind leaves the program as it was. Releasing the program breaks it off at LLVM's next step, and waits for that. */
STRATA_API bool strata_program_compile_behind(StrataProgram *program, int64_t samples, StrataDiagnostics *diagnostics);

/* What runs that begin now use, and whether something is being compiled; waiting is for one thread at a time. */
typedef enum StrataCompiling { STRATA_INTERPRETED = 0, STRATA_COMPILING = 1, STRATA_COMPILED = 2 } StrataCompiling;
STRATA_API StrataCompiling strata_program_compiling(const StrataProgram *program);
STRATA_API void strata_program_wait(StrataProgram *program);

/* Whether compiling is likely to take less time than it saves when the program runs on so many samples. */
STRATA_API bool strata_program_gains(const StrataProgram *program, int64_t samples);

/* The kernels of a net for this processor, as strata_program_compile and strata_build have them compiled, as text: LLVM's intermediate language, or
 * assembly. A net is enough for it: weights do not matter. */
STRATA_API StrataText *strata_net_native(StrataNet *net, const StrataProgramOptions *options, bool assembly,
                                         StrataDiagnostics *diagnostics);

/* The Plan as text: steps, buffers, peak and lower bound of the memory. A net is enough for it: weights do not matter. */
STRATA_API StrataText *strata_net_plan(StrataNet *net, const StrataProgramOptions *options, StrataDiagnostics *diagnostics);

/* What running takes, in bytes. */
typedef struct StrataMemory {
    int64_t tile;    /* samples that are computed together */
    int64_t program; /* of the program, shared between threads: weights, states, constants and what is computed from them alone */
    int64_t peak;    /* of a workspace: the buffers of values, for one tile */
    int64_t lower_bound; /* the largest sum of values alive at one time: no placing of buffers can do with less than this */
    int64_t scratch;     /* of a workspace: what kernels need while they run */
} StrataMemory;
STRATA_API StrataMemory strata_program_memory(const StrataProgram *program);

/* What one run writes to: one a thread that runs. */
typedef struct StrataWorkspace StrataWorkspace;

/* `threads`: how many compute one run together; 1: only the caller's. */
STRATA_API StrataWorkspace *strata_workspace_make(StrataProgram *program, int threads, StrataDiagnostics *diagnostics);
STRATA_API void strata_workspace_release(StrataWorkspace *workspace);

/* Makes a tensor fit an input, as files have it: adds a missing batch dimension (one sample) or channel dimension (1 x rows x columns), scales bytes to
 * 0..1 unless the input takes bytes, converts to the program's precision. The size of a picture is not changed. E0840 and up say what
 * does not fit. */
STRATA_API StrataTensor *strata_program_fit(const StrataProgram *program, int64_t input, StrataTensor *tensor,
                                            StrataDiagnostics *diagnostics);

/* How long each step of a program took, over all runs that were given it; it belongs to one thread at a time. Runs without one read no clock. */
typedef struct StrataProfile StrataProfile;
STRATA_API StrataProfile *strata_profile_make(StrataProgram *program, StrataDiagnostics *diagnostics);
STRATA_API void strata_profile_release(StrataProfile *profile);

/* As a table: the steps, longest first, then kernels. */
STRATA_API StrataText *strata_profile_text(const StrataProfile *profile, StrataDiagnostics *diagnostics);

typedef struct StrataRunOptions {
    uint64_t seed; /* of random tensors, and the step they are drawn for */
    uint64_t step;
    StrataProfile *profile; /* of the same program; null: nothing is timed */
} StrataRunOptions;

/* Runs on samples: a set with a tensor for each input by its name (any one name will do for a net with one input), each fitted as above, all with as many
 * samples. Gives the outputs, then the watched values, by name, each with the batch as first dimension where it is batched. */
STRATA_API StrataTensorSet *strata_run(StrataWorkspace *workspace, const StrataTensorSet *inputs, const StrataRunOptions *options,
                                       StrataDiagnostics *diagnostics);

/* ---- Evaluation ------------------------------------------------------------------------------------------------------------- */

/* How well a classifier does on samples with known classes. */
typedef struct StrataEvaluation StrataEvaluation;

/* Runs on all samples and compares the largest entry of the only classes(...) output with the label; `labels` has one integer a sample. */
STRATA_API StrataEvaluation *strata_evaluate(StrataWorkspace *workspace, const StrataTensorSet *inputs, const StrataTensor *labels,
                                             StrataDiagnostics *diagnostics);
STRATA_API void strata_evaluation_release(StrataEvaluation *evaluation);

STRATA_API int64_t strata_evaluation_samples(const StrataEvaluation *evaluation);
STRATA_API int64_t strata_evaluation_right(const StrataEvaluation *evaluation);
STRATA_API int64_t strata_evaluation_classes(const StrataEvaluation *evaluation);

/* How many samples of class `truth` were given class `answer`. */
STRATA_API int64_t strata_evaluation_confusion(const StrataEvaluation *evaluation, int64_t truth, int64_t answer);

/* How sure the answers were, against how often they were right: bin b of STRATA_CALIBRATION_BINS has the answers whose probability (by softmax, unless
 * the outputs are probabilities already) is from b / bins to (b + 1) / bins. */
enum { STRATA_CALIBRATION_BINS = 10, STRATA_WORST_LIMIT = 100 };
typedef struct StrataCalibration {
    int64_t samples, right;
    double confidence; /* sum of the probabilities of the answers */
} StrataCalibration;
STRATA_API StrataCalibration strata_evaluation_calibration(const StrataEvaluation *evaluation, int64_t bin);

/* The expected calibration error: the mean over all samples of |share right - mean probability| of their bin. */
STRATA_API double strata_evaluation_calibration_error(const StrataEvaluation *evaluation);

/* Samples with wrong answers, the most confident first, at most STRATA_WORST_LIMIT; false past the end. */
typedef struct StrataMiss {
    int64_t sample, truth, answer;
    double confidence; /* the probability of the wrong answer */
} StrataMiss;
STRATA_API bool strata_evaluation_miss(const StrataEvaluation *evaluation, int64_t index, StrataMiss *result);

/* ---- Data ------------------------------------------------------------------------------------------------------------------- */

/* An opened data set: records in their order. One thread at a time. */
typedef struct StrataData StrataData;
STRATA_API void strata_data_release(StrataData *data);
STRATA_API int64_t strata_data_samples(const StrataData *data);

/* The names of the classes that its files tell, in order; null past the end. */
STRATA_API const char *strata_data_class(const StrataData *data, int64_t index);

/* Samples `first` to `first + count - 1`: a tensor of floats for each field, by name, with the samples as first dimension; entries as a net sees them,
 * without random changes (bytes from 0 to 1 unless they are labels). The caller owns the set. */
STRATA_API StrataTensorSet *strata_data_take(const StrataData *data, int64_t first, int64_t count, StrataDiagnostics *diagnostics);

/* ---- Training --------------------------------------------------------------------------------------------------------------- */

/* A `train` block being carried out: the net's weights, the optimizer's states, a place in the data. One thread at a time. */
typedef struct StrataTrainer StrataTrainer;

typedef struct StrataTrainerOptions {
    const char *train;             /* the block: its name behind `as`, or the net's; null: the last one of the file */
    const StrataSetting *settings; /* of the net, instead of those of the block */
    int64_t setting_count;
    StrataPrecision precision;
    int threads;           /* how many compute a step together; 0 or 1: only the caller's */
    bool interpret;        /* never compile the step */
    int64_t epochs, batch; /* instead of what the block says; 0: as it says */
    const uint64_t *seed;  /* likewise; null: as it says */
    const StrataTensorSet *data,
        *validate; /* instead of the block's data: fields by name, with the batch first; null: as it says */
} StrataTrainerOptions;

/* Reads the data (paths are relative to the file's folder), checks them against the net, and makes the step: forward, loss, penalties, gradients
 * and optimizer in one plan. Weights have their initial values. `options` null: the last block as it stands. */
STRATA_API StrataTrainer *strata_trainer_make(StrataModule *module, const StrataTrainerOptions *options,
                                              StrataDiagnostics *diagnostics);
STRATA_API void strata_trainer_release(StrataTrainer *trainer);

/* Where training is. */
typedef struct StrataTraining {
    const char *name; /* of the block */
    const char *net;
    int64_t epoch, epochs;   /* whole epochs done; in all */
    int64_t sample, samples; /* of the epoch under way: done; in all */
    int64_t batch, step;     /* samples of a step; steps done in all */
    uint64_t seed;
    double loss;               /* mean objective, penalties included, over the epoch under way; 0 at its beginning */
    double last_loss;          /* over the last whole epoch; 0 before */
    bool validates;            /* there are held-out data */
    bool compiled;             /* by LLVM */
    int64_t weights;           /* numbers that are trained */
    int64_t best_epoch;        /* of the losses told to strata_trainer_note: that of the smallest, from 1; 0: none */
    bool keeps_best;           /* the block has `patience`: its best epoch is what it is for */
    bool stops;                /* patience has run out */
    int64_t peak, lower_bound; /* bytes of a step's values: as planned, and what no plan can do without */
} StrataTraining;
STRATA_API StrataTraining strata_trainer_training(const StrataTrainer *trainer);

/* One batch. False after saying why: E0910 names the operation and the place where the first value that is not finite arose, and the context's progress
 * function may stop it between two steps of the plan; weights are then as they were before the step. */
STRATA_API bool strata_trainer_step(StrataTrainer *trainer, StrataDiagnostics *diagnostics);

/* What held-out data say of the net as it is now. */
typedef struct StrataJudgement {
    int64_t samples;
    double loss;     /* mean, without penalties */
    bool classifies; /* it has classes, and the data their labels */
    int64_t right;
    int64_t commonest; /* samples of the commonest class: what always answering it gets right */
} StrataJudgement;

/* By the block's `validate`, or by `data` (as in the options) when that is not null. */
STRATA_API bool strata_trainer_judge(StrataTrainer *trainer, const StrataTensorSet *data, StrataJudgement *result,
                                     StrataDiagnostics *diagnostics);

/* Tells the loss of the epoch that has just ended (of held-out data where there are some), for `patience` and `plateau`. To be called once an epoch. */
STRATA_API void strata_trainer_note(StrataTrainer *trainer, double loss);

/* The weights as they are now, with the states that inference reads: what strata_weights_take takes. The caller owns the set. */
STRATA_API StrataTensorSet *strata_trainer_weights(const StrataTrainer *trainer, StrataDiagnostics *diagnostics);

/* Starts from weights of these names instead of initial values. */
STRATA_API bool strata_trainer_start_from(StrataTrainer *trainer, const StrataTensorSet *weights, StrataDiagnostics *diagnostics);

/* Writes everything that training goes on from as a whole file (`.safetensors`), and goes on from one, to the same bits as without a stop. A file
 * of another training (source, data, settings, seed) is E0911, one that is no checkpoint E0912. */
STRATA_API bool strata_trainer_save(const StrataTrainer *trainer, const char *path, StrataDiagnostics *diagnostics);
STRATA_API bool strata_trainer_restore(StrataTrainer *trainer, const char *path, StrataDiagnostics *diagnostics);

/* What was trained, as a JSON object: net, block, hash of the source, seed, settings, samples. It stands in every checkpoint. */
STRATA_API const char *strata_trainer_facts(const StrataTrainer *trainer);

/* The names of the `train` blocks of a file in the order of the source; null past the end. */
STRATA_API const char *strata_module_training(StrataModule *module, int64_t index, StrataDiagnostics *diagnostics);

/* ---- Sessions --------------------------------------------------------------------------------------------------------------- */

/* An environment that grows: definitions, values with names, results, weights of its nets. What is entered is checked and evaluated at once; an error
 * changes nothing. One thread at a time uses a session. Its context's progress function is asked between the steps of what runs. */
typedef struct StrataSession StrataSession;

/* `context` null: null. */
STRATA_API StrataSession *strata_session_make(const StrataContext *context, StrataDiagnostics *diagnostics);
STRATA_API void strata_session_release(StrataSession *session);

/* What an input came to. */
typedef struct StrataAnswer StrataAnswer;

typedef enum StrataAnswerKind {
    STRATA_ANSWER_NOTHING = 0,  /* the input was empty, or a comment */
    STRATA_ANSWER_DEFINED = 1,  /* definitions were taken; the text says which, and what needs those that are defined again */
    STRATA_ANSWER_KNOWN = 2,    /* a number, a string, a shape, a list or record of such: the text */
    STRATA_ANSWER_TENSORS = 3,  /* a tensor, or a list or record with tensors in it */
    STRATA_ANSWER_FUNCTION = 4, /* a layer or another function; the text describes it */
    STRATA_ANSWER_NET = 5,      /* a net; its name is the text */
    STRATA_ANSWER_DATA = 6      /* a description of data; the text describes it */
} StrataAnswerKind;

/* One tensor of an answer. */
typedef struct StrataAnswerValue {
    const char *path; /* within a list or record: "conv1", "[2].x"; "" for a tensor by itself */
    StrataTensor *tensor;
    bool batched;              /* its first dimension is the batch */
    int64_t classes;           /* the output of a net that says classes(...), as it comes from there: how many; else 0 */
    const char *const *labels; /* their names, or null */
} StrataAnswerValue;

STRATA_API void strata_answer_release(StrataAnswer *answer);
STRATA_API StrataAnswerKind strata_answer_kind(const StrataAnswer *answer);
STRATA_API const char *strata_answer_text(const StrataAnswer *answer); /* never null */
STRATA_API const char *
strata_answer_name(const StrataAnswer *answer); /* what the value can be called from now on: "y", "_3"; or null */
STRATA_API bool strata_answer_value(const StrataAnswer *answer, int64_t index, StrataAnswerValue *result); /* false past the end */

/* Enters an input: definitions, `use`, `assert`, `train`, or one expression. Places in diagnostics are those of a file called `name`. A `let` whose value
 * depends on tensors that are bound, or on weights, is evaluated now and its name stands for the result; any other stays a definition. Results
 * of expressions are called `_1`, `_2` and so on, the last one `_`, and the newest hundred are kept; an input that begins with `|>` goes on from the last
 * one. `layers(f, x)` gives what each step of f makes of x. Null when it was wrong. */
STRATA_API StrataAnswer *strata_session_enter(StrataSession *session, const char *name, const char *text, size_t length,
                                              StrataDiagnostics *diagnostics);

/* Enters a file; its `use`s are relative to its folder. */
STRATA_API StrataAnswer *strata_session_open(StrataSession *session, const char *path, StrataDiagnostics *diagnostics);

/* Whether a text can be a whole input: brackets balance and the last token can end an entry. */
STRATA_API bool strata_session_is_complete(const StrataSession *session, const char *text, size_t length);

/* Binds a name to a tensor, which is retained. `batched`: its first dimension is the batch, so that layers take it sample by sample; all batched tensors
 * of one expression need as many samples. Whole numbers stay whole numbers. */
STRATA_API bool strata_session_bind(StrataSession *session, const char *name, StrataTensor *tensor, bool batched,
                                    StrataDiagnostics *diagnostics);

/* Takes back the last input that changed something, and says what it was; null when there is nothing to take back, or memory ended. */
STRATA_API StrataText *strata_session_undo(StrataSession *session, StrataDiagnostics *diagnostics);

/* The definitions as the text of a file that checks, in the order in which they were entered; what was evaluated stands in comments. */
STRATA_API StrataText *strata_session_source(StrataSession *session, StrataDiagnostics *diagnostics);

/* The session as a module, as it is now: its nets, definitions, documentation. The caller owns it. */
STRATA_API StrataModule *strata_session_module(StrataSession *session, StrataDiagnostics *diagnostics);

/* The samples of an expression that describes data, or of a name of such: opens its files. Null after saying what is wrong. */
STRATA_API StrataData *strata_session_data(StrataSession *session, const char *text, StrataDiagnostics *diagnostics);

/* What an expression is, without computing it: "a tensor 6x24x24". */
STRATA_API StrataText *strata_session_type(StrataSession *session, const char *text, StrataDiagnostics *diagnostics);

/* A net of the session by its name, or any expression as a net whose inputs are the tensors bound to names that it needs. */
STRATA_API StrataNet *strata_session_net(StrataSession *session, const char *text, bool training, StrataDiagnostics *diagnostics);

/* Weights for such a net: those that were set, else initial ones, the same for each use of a net of the session. The caller owns them. */
STRATA_API StrataWeights *strata_session_weights(StrataSession *session, StrataNet *net, StrataDiagnostics *diagnostics);

/* Sets the weights of a net of the session, which are copied from a set with its names (extra ones are ignored). Can be undone. */
STRATA_API bool strata_session_set_weights(StrataSession *session, const char *net, const StrataTensorSet *set,
                                           StrataDiagnostics *diagnostics);

/* The samples for such a net: the tensors bound to the names of its inputs. The caller owns it. */
STRATA_API StrataTensorSet *strata_session_inputs(StrataSession *session, const StrataNet *net, StrataDiagnostics *diagnostics);

/* The gradient of an expression that gives one number (a number a sample: of its mean over the batch, and sample by sample for bound tensors), for each
 * bound tensor and each weight that it depends on: the paths of the answer are their names. The result is not kept. */
STRATA_API StrataAnswer *strata_session_gradient(StrataSession *session, const char *text, StrataDiagnostics *diagnostics);

/* How expressions are evaluated from now on. */
typedef struct StrataSessionOptions {
    StrataPrecision precision;
    int threads;    /* at least 1 */
    uint64_t seed;  /* of initial weights and random tensors */
    bool interpret; /* nothing is compiled behind the lines */
} StrataSessionOptions;
STRATA_API StrataSessionOptions strata_session_options(const StrataSession *session);
STRATA_API void strata_session_set_options(StrataSession *session, StrataSessionOptions options);

/* A line is answered at once by the interpreter. When it ran something that LLVM makes faster, that is compiled behind the lines that
 * follow, and the compiled one runs the next time that the same net with the same weights is asked for: for this, the programs of the last few
 * nets are kept. `compiled`: the last run was by compiled kernels; `compiling`: LLVM is at work. Waiting ends when it is done. */
typedef struct StrataSessionEngine {
    bool compiled;
    bool compiling;
} StrataSessionEngine;
STRATA_API StrataSessionEngine strata_session_engine(const StrataSession *session);
STRATA_API void strata_session_wait(StrataSession *session);

/* ---- Building --------------------------------------------------------------------------------------------------------------- */

/* What strata_build writes beside header, manifest and pkg-config file; they may be combined. */
typedef enum StrataForm {
    STRATA_SHARED_LIBRARY = 1, /* libNAME.so */
    STRATA_ARCHIVE = 2,        /* libNAME.a */
    STRATA_OBJECT_FILE = 4,    /* NAME.o */
    STRATA_LLVM_TEXT = 8,      /* NAME.ll */
    STRATA_ASSEMBLY = 16       /* NAME.s */
} StrataForm;

/* Who brings the weights into the order in which they are computed with. */
typedef enum StrataPacking {
    STRATA_PACK_SMALL = 0, /* the build where they are small (up to 64 MiB), else the library's user at the start */
    STRATA_PACK_ALWAYS = 1,
    STRATA_PACK_NEVER = 2
} StrataPacking;

typedef struct StrataBuildOptions {
    const char *name; /* of files and functions: an identifier of C; null: the net's */
    unsigned forms;   /* of StrataForm; 0: a shared library */
    const char *cpu; /* "baseline" (null): any x86-64 of the last fifteen years, using what it has; "native": this one; or a name */
    StrataPrecision precision;
    int64_t tile; /* most samples that are computed together; 0: chosen by memory */
    StrataPacking packing;
    bool weights_file;  /* weights in NAME.weights beside the library instead of inside */
    const char *linker; /* null: the first of cc, gcc, clang, ld.lld, ld that is found */
} StrataBuildOptions;

/* Compiles a net with its weights into files that a C program uses without Strata, in the folder `folder`, which is made when it is not there:
 * docs/reference/built-models.md says what they hold. `options` null: the defaults. Gives the manifest, a JSON text that lists the files; null after a
 * failure: then no file is there that was not before. The context's progress function is called between steps. */
STRATA_API StrataText *strata_build(StrataNet *net, StrataWeights *weights, const char *folder, const StrataBuildOptions *options,
                                    StrataDiagnostics *diagnostics);

#ifdef __cplusplus
}
#endif

#endif
