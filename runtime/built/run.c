/* One call of a built model: what can be wrong with it is found before anything is computed; then the batch goes through the net tile by tile. */
#include "built/convert.h"

#include <stdbool.h>

static size_t rounded(size_t bytes)
{
    return (bytes + BUILT_ALIGNMENT - 1) / BUILT_ALIGNMENT * BUILT_ALIGNMENT;
}

static size_t work_size(const BuiltModel *model, size_t batch)
{
    return rounded((size_t)(batch <= 1 ? model->work_one : model->work_tile));
}

size_t built_workspace_size(const BuiltModel *model, size_t batch)
{
    return work_size(model, batch) + (size_t)(batch <= 1 ? model->staged_one : model->staged_tile);
}

/* ---- Checks ---- */

/* A range of the caller's memory. */
typedef struct Range {
    uintptr_t start;
    size_t size;
} Range;

static bool overlap(Range a, Range b)
{
    return a.size > 0 && b.size > 0 && a.start < b.start + b.size && b.start < a.start + a.size;
}

/* The numbers of a value in a batch, in bytes. */
static size_t value_bytes(const BuiltValue *value, size_t batch)
{
    return (size_t)value->size * (size_t)value->number_size * (value->batched ? batch : 1);
}

static Range value_range(const BuiltValue *value, const void *buffer, size_t batch)
{
    return (Range){.start = (uintptr_t)buffer, .size = buffer ? value_bytes(value, batch) : 0};
}

static bool fits(const BuiltValue *value, size_t batch)
{
    size_t sample = (size_t)value->size * (size_t)value->number_size;
    return sample == 0 || batch <= PTRDIFF_MAX / sample;
}

static int check_value(const BuiltValue *value, const void *buffer, size_t batch)
{
    if (!fits(value, batch))
        return BUILT_BATCH;
    return (uintptr_t)buffer % (size_t)value->number_size != 0 ? BUILT_ALIGN : BUILT_OK;
}

static int check_inputs(const BuiltModel *model, const void *const *inputs, size_t batch)
{
    for (int64_t i = 0; i < model->input_count; i++) {
        int error = check_value(&model->inputs[i], inputs[i], batch);
        if (error)
            return error;
        if (!inputs[i] && value_bytes(&model->inputs[i], batch) > 0)
            return BUILT_NULL;
    }
    return BUILT_OK;
}

/* An output that is null is not wanted; but one is. */
static int check_outputs(const BuiltModel *model, void *const *outputs, size_t batch)
{
    bool wanted = false;
    size_t bytes = 0;
    for (int64_t i = 0; i < model->output_count; i++) {
        int error = check_value(&model->outputs[i], outputs[i], batch);
        if (error)
            return error;
        wanted = wanted || outputs[i];
        bytes |= value_bytes(&model->outputs[i], batch);
    }
    return wanted || bytes == 0 ? BUILT_OK : BUILT_NULL;
}

/* Results must lie apart from whatever is still to be read. */
static int check_overlap(const BuiltModel *model, const void *const *inputs, void *const *outputs, Range workspace, size_t batch)
{
    for (int64_t i = 0; i < model->input_count; i++)
        if (overlap(value_range(&model->inputs[i], inputs[i], batch), workspace))
            return BUILT_OVERLAP;
    for (int64_t i = 0; i < model->output_count; i++) {
        Range output = value_range(&model->outputs[i], outputs[i], batch);
        if (overlap(output, workspace))
            return BUILT_OVERLAP;
        for (int64_t j = 0; j < model->input_count; j++)
            if (overlap(output, value_range(&model->inputs[j], inputs[j], batch)))
                return BUILT_OVERLAP;
        for (int64_t j = 0; j < i; j++)
            if (overlap(output, value_range(&model->outputs[j], outputs[j], batch)))
                return BUILT_OVERLAP;
    }
    return BUILT_OK;
}

static int check_weights(const BuiltModel *model, const BuiltWeights *weights)
{
    if (!model->weights && (!weights || !weights->weights))
        return model->weights_size > 0 ? BUILT_NULL : BUILT_OK;
    if (model->prepared_size > 0 && !weights)
        return BUILT_NULL;
    return model->prepared_size > 0 && !weights->prepared ? BUILT_NOT_PREPARED : BUILT_OK;
}

static int check_options(const BuiltOptions *options)
{
    const BuiltParallel *parallel = options ? options->parallel : NULL;
    return parallel && (!parallel->run || parallel->threads < 1) ? BUILT_PARALLEL : BUILT_OK;
}

static int check_call(const BuiltModel *model, const BuiltWeights *weights, const void *const *inputs, void *const *outputs,
                      void *workspace, size_t batch, const BuiltOptions *options)
{
    size_t size = built_workspace_size(model, batch);
    int error = check_options(options);
    error = error ? error : check_weights(model, weights);
    error = error ? error : check_inputs(model, inputs, batch);
    error = error ? error : check_outputs(model, outputs, batch);
    if (error)
        return error;
    if (size > 0 && !workspace)
        return BUILT_NULL;
    if ((uintptr_t)workspace % BUILT_ALIGNMENT != 0)
        return BUILT_ALIGN;
    return check_overlap(model, inputs, outputs, (Range){.start = (uintptr_t)workspace, .size = size}, batch);
}

/* ---- Tiles ---- */

/* Where the code of the net finds each input of a tile: in the caller's memory, or converted in the workspace. False for an entry out of
 * range. */
static bool place_inputs(const BuiltModel *model, const void *const *inputs, size_t first, size_t samples, unsigned char **staged,
                         const void **placed)
{
    for (int64_t i = 0; i < model->input_count; i++) {
        const BuiltValue *value = &model->inputs[i];
        const unsigned char *from = inputs[i];
        if (from && value->batched)
            from += value_bytes(value, first);
        placed[i] = from;
        if (!built_is_staged(value))
            continue;
        placed[i] = *staged;
        size_t numbers = (size_t)value->size * (value->batched ? samples : 1);
        if (!built_to_reals(value, from, *staged, (size_t)model->real_size, numbers))
            return false;
        *staged += rounded(numbers * (size_t)model->real_size);
    }
    return true;
}

static void place_outputs(const BuiltModel *model, void *const *outputs, size_t first, size_t samples, unsigned char **staged,
                          void **placed)
{
    for (int64_t i = 0; i < model->output_count; i++) {
        const BuiltValue *value = &model->outputs[i];
        unsigned char *to = outputs[i];
        bool wanted = to && (value->batched || first == 0);
        placed[i] = !wanted ? NULL : value->batched ? to + value_bytes(value, first) : to;
        if (!wanted || !built_is_staged(value))
            continue;
        placed[i] = *staged;
        *staged += rounded((size_t)value->size * (size_t)model->real_size * (value->batched ? samples : 1));
    }
}

/* Results that are no reals, from the workspace to the caller; false when one is no number. */
static bool store_outputs(const BuiltModel *model, void *const *outputs, size_t first, size_t samples, void *const *placed)
{
    for (int64_t i = 0; i < model->output_count; i++) {
        const BuiltValue *value = &model->outputs[i];
        if (!placed[i] || !built_is_staged(value))
            continue;
        unsigned char *to = outputs[i];
        size_t numbers = (size_t)value->size * (value->batched ? samples : 1);
        if (!built_from_reals(value, placed[i], to + (value->batched ? value_bytes(value, first) : 0), (size_t)model->real_size,
                              numbers))
            return false;
    }
    return true;
}

static BuiltRun begin_run(const BuiltModel *model, const BuiltWeights *weights, void *workspace, const BuiltOptions *options)
{
    const unsigned char *rows = model->weights ? model->weights : weights ? weights->weights : NULL;
    const unsigned char *prepared = model->prepared_size > 0              ? (const unsigned char *)weights->prepared
                                    : model->prepared_offset >= 0 && rows ? rows + model->prepared_offset
                                                                          : NULL;
    return (BuiltRun){
        .rows = rows,
        .constants = rows ? rows + model->constants_offset : NULL,
        .prepared = (unsigned char *)(uintptr_t)prepared, /* `run` only reads it */
        .work = workspace,
        .seed = options ? options->seed : 0,
        .step = options ? options->step : 0,
        .parallel = options ? options->parallel : NULL,
    };
}

int built_run(const BuiltModel *model, const BuiltWeights *weights, const void *const *inputs, void *const *outputs,
              void *workspace, size_t batch, const BuiltOptions *options)
{
    int error = check_call(model, weights, inputs, outputs, workspace, batch, options);
    if (error)
        return error;
    /* the arrays of places are behind the workspace's values: their number is not known here, and nothing may be allocated */
    unsigned char *places = (unsigned char *)workspace + work_size(model, batch);
    const void **placed_inputs = (const void **)(void *)places;
    void **placed_outputs = (void **)(void *)(places + (size_t)model->input_count * sizeof *placed_inputs);
    size_t table = rounded((size_t)(model->input_count + model->output_count) * sizeof(void *));
    BuiltRun run = begin_run(model, weights, workspace, options);
    run.inputs = placed_inputs;
    run.outputs = placed_outputs;
    size_t first = 0;
    do {
        size_t left = batch - first, samples = left < (size_t)model->tile ? left : (size_t)model->tile;
        unsigned char *staged = places + table;
        if (!place_inputs(model, inputs, first, samples, &staged, placed_inputs))
            return BUILT_ENTRY;
        place_outputs(model, outputs, first, samples, &staged, placed_outputs);
        run.samples = (int64_t)samples;
        run.first_sample = (int64_t)first + (options ? (int64_t)options->first_sample : 0);
        model->run(&run);
        if (!store_outputs(model, outputs, first, samples, placed_outputs))
            return BUILT_NO_NUMBER;
        first += samples;
    } while (first < batch);
    return BUILT_OK;
}
