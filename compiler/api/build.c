/* Building: a net planned for its library, with the weights in its precision, handed to compiler/build. */
#include "api/api.h"

#include "build/build.h"

#include <string.h>

enum { E_BUILD_TRAINING = 1075 };

/* What a build takes besides its caller's objects. */
typedef struct Job {
    const StrataContext *context;
    StrataProgram *program; /* with the weights bound, in the wanted precision */
    StrataText *source;     /* of the net, for the signature */
    int64_t asked;          /* how often the caller was asked whether to go on */
} Job;

static bool is_cancelled(void *context)
{
    Job *job = context;
    return !progress_goes_on(job->context, job->asked++, 0);
}

/* All that the answers depend on but the weights: the Graph with its constants, and how it is computed. */
static bool describe_source(Job *job, const StrataNet *net, const StrataBuildOptions *options)
{
    StrataText *text = job->source;
    if (ARENA_TRY(&text->arena) != 0)
        return false;
    text_printf(&text->text, "strata %s\nprecision %d\ntile %lld\n", STRATA_VERSION_TEXT, options->precision,
                (long long)options->tile);
    Text blobs = text_make(&text->arena); /* named by their hashes in the text */
    graph_print(net->graph, NULL, &text->text, &blobs);
    return true;
}

static BuildOptions inner_options(Job *job, const StrataNet *net, const char *folder, const StrataBuildOptions *options)
{
    return (BuildOptions){
        .name = options->name ? options->name : net->graph->name,
        .folder = folder,
        .forms = options->forms ? options->forms : BUILD_SHARED,
        .cpu = options->cpu ? options->cpu : "baseline",
        .packing = (BuildPacking)options->packing,
        .weights_file = options->weights_file,
        .linker = options->linker,
        .source = strata_text_bytes(job->source),
        .cancelled = is_cancelled,
        .context = job,
    };
}

/* The buffers of the program's weights, then of its states. */
static void fill_buffers(const StrataProgram *program, InputBuffer *buffers)
{
    int64_t weights = program_weight_count(program->program), states = program_state_count(program->program);
    for (int64_t i = 0; i < weights + states; i++) {
        const char *name = (i < weights ? program_weight(program->program, i) : program_state(program->program, i - weights))->name;
        buffers[i] = (InputBuffer){.data = strata_tensor_data(strata_tensor_set_find(program->bound, name)),
                                   .element = program_precision(program->program)};
    }
}

static bool build(Job *job, const StrataNet *net, const char *folder, const StrataBuildOptions *options, StrataText *manifest,
                  StrataError *error)
{
    const StrataAllocator *allocator = &job->context->allocator;
    const Program *program = job->program->program;
    size_t room = (size_t)(program_weight_count(program) + program_state_count(program)) + 1;
    InputBuffer *buffers = allocator_take_zero(allocator, room, sizeof *buffers);
    if (!buffers)
        return error_memory(error, room * sizeof *buffers);
    fill_buffers(job->program, buffers);
    BuildOptions inner = inner_options(job, net, folder, options);
    bool good = build_model(program, buffers, buffers + program_weight_count(program), &inner, allocator, &manifest->text, error);
    allocator_give(allocator, buffers, room, sizeof *buffers);
    return good;
}

static bool prepare_job(Job *job, StrataNet *net, StrataWeights *weights, const StrataBuildOptions *options,
                        StrataDiagnostics *diagnostics)
{
    if (net->graph->training) {
        diagnostics_say(diagnostics, STRATA_USAGE, E_BUILD_TRAINING, "a net in training mode cannot be built");
        return false;
    }
    job->source = text_object(job->context, diagnostics);
    if (!job->source)
        return false;
    if (!describe_source(job, net, options)) {
        diagnostics_memory(diagnostics);
        return false;
    }
    job->program =
        program_unbound(net, weights, &(StrataProgramOptions){.precision = options->precision, .tile = options->tile}, diagnostics);
    return job->program != NULL;
}

StrataText *strata_build(StrataNet *net, StrataWeights *weights, const char *folder, const StrataBuildOptions *options,
                         StrataDiagnostics *diagnostics)
{
    static const StrataBuildOptions defaults = {0};
    if (!net || !weights)
        return NULL;
    options = options ? options : &defaults;
    Job job = {.context = &net->module->context};
    StrataText *manifest = text_object(job.context, diagnostics);
    bool good = manifest && prepare_job(&job, net, weights, options, diagnostics);
    StrataError error;
    error_clear(&error);
    if (good && !build(&job, net, folder, options, manifest, &error)) {
        diagnostics_failure(diagnostics, &error);
        good = false;
    }
    strata_program_release(job.program);
    strata_text_release(job.source);
    if (good)
        return manifest;
    strata_text_release(manifest);
    return NULL;
}
