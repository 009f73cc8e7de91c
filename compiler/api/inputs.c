/* Inputs: tensors as files have them, made to fit the inputs of a program.
 *
 * The rules, in order: the tensor of an input has its name, or is the only one; a missing batch dimension means one sample; a missing channel
 * dimension is added to a 1 x rows x columns input; bytes are scaled to 0..1 unless the input takes bytes or integers; a picture in
 * colour becomes grey for one channel, a grey one is repeated for three, and what is transparent is dropped. Sizes are never
 * changed. */
#include "api/api.h"

#include "tensor/convert.h"
#include "tensor/tensor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    E_INPUT_MISSING = 840,
    E_INPUT_SHAPE = 841,
    E_SAMPLES_DIFFER = 842,
    E_INPUT_KIND = 843,
};

void inputs_release(InputSet *inputs)
{
    for (int64_t i = 0; i < inputs->count; i++)
        strata_tensor_release(inputs->tensors[i]);
    if (inputs->tensors)
        allocator_give(&inputs->allocator, inputs->tensors, (size_t)inputs->count + 1, sizeof(StrataTensor *));
    *inputs = (InputSet){0};
}

static bool inputs_make(const StrataProgram *program, InputSet *result, StrataDiagnostics *diagnostics)
{
    *result = (InputSet){.allocator = program->context.allocator};
    int64_t count = program_input_count(program->program);
    result->tensors = allocator_take_zero(&result->allocator, (size_t)count + 1, sizeof(StrataTensor *));
    if (!result->tensors)
        return diagnostics_memory(diagnostics);
    result->count = count;
    return true;
}

/* ---- Shapes ---- */

static bool tail_equals(const Type *type, int from, const Tensor *tensor, int first)
{
    if (tensor->rank - first != type->rank - from)
        return false;
    for (int axis = from; axis < type->rank; axis++)
        if (tensor->size[first + axis - from] != type->size[axis])
            return false;
    return true;
}

/* Bytes of a picture may have another number of channels: 1, 2 (with opacity), 3 or 4 in the file, 1 or 3 in the net. */
static bool is_picture(const Type *type, const Tensor *tensor, int first)
{
    return tensor->kind == STRATA_UINT8 && type->rank == 3 && tensor->rank - first == 3 && tensor->size[first] <= 4 &&
           (type->size[0] == 1 || type->size[0] == 3) && tail_equals(type, 1, tensor, first + 1);
}

/* The shape that the tensor is seen in, batch first; false when it does not fit. */
static bool fitted_shape(const Type *type, const Tensor *tensor, int *rank, int64_t *sizes)
{
    int at = 0;
    bool channel = type->rank >= 1 && type->size[0] == 1;
    if (tail_equals(type, 0, tensor, 1) || is_picture(type, tensor, 1)) {
        *rank = tensor->rank;
        memcpy(sizes, tensor->size, (size_t)tensor->rank * sizeof *sizes);
        return true;
    }
    if (tail_equals(type, 0, tensor, 0) || is_picture(type, tensor, 0)) {
        sizes[at++] = 1;
        memcpy(sizes + at, tensor->size, (size_t)tensor->rank * sizeof *sizes);
        *rank = tensor->rank + 1;
        return true;
    }
    if (channel && (tail_equals(type, 1, tensor, 1) || tail_equals(type, 1, tensor, 0))) {
        sizes[at++] = tail_equals(type, 1, tensor, 1) ? tensor->size[0] : 1;
        memcpy(sizes + at, type->size, (size_t)type->rank * sizeof *sizes);
        *rank = type->rank + 1;
        return true;
    }
    return false;
}

static bool shape_error(const StrataProgram *program, const ProgramValue *input, const Tensor *tensor,
                        StrataDiagnostics *diagnostics)
{
    char have[SHAPE_TEXT_LIMIT], want[SHAPE_TEXT_LIMIT], details[500] = "";
    shape_text(tensor->rank, tensor->size, have);
    shape_text(input->type.rank, input->type.size, want);
    bool picture = tensor->kind == STRATA_UINT8 && input->type.rank == 3;
    if (picture)
        snprintf(details, sizeof details,
                 "  help: the size of a picture is never changed on the way in; crop or scale it to %" PRId64 "x%" PRId64
                 " (rows x columns) first, or let the net take the larger size and `resize` it\n",
                 input->type.size[1], input->type.size[2]);
    else
        snprintf(details, sizeof details, "  help: a batch of n samples is %s%s%s, one sample is %s\n", "n",
                 input->type.rank ? "x" : "", input->type.rank ? want : "", want);
    char message[600];
    snprintf(message, sizeof message, "input %s of %s takes %s, got %s", input->name, program->net_name, want, have);
    return diagnostics_detail(diagnostics, STRATA_ERROR, E_INPUT_SHAPE, message, details);
}

/* A view of the tensor with the batch first; null after saying what does not fit. */
static Tensor *match_one(const StrataProgram *program, const ProgramValue *input, Tensor *tensor, StrataDiagnostics *diagnostics)
{
    int rank;
    int64_t sizes[2 * STRATA_RANK_LIMIT];
    bool complex = kind_is_complex(tensor->kind);
    if (complex != (input->type.element == ELEMENT_COMPLEX)) {
        diagnostics_say(diagnostics, STRATA_INVALID, E_INPUT_KIND, "input %s of %s does not take %s entries", input->name,
                        program->net_name, kind_name(tensor->kind));
        return NULL;
    }
    if (!fitted_shape(&input->type, tensor, &rank, sizes) || rank > STRATA_RANK_LIMIT) {
        shape_error(program, input, tensor, diagnostics);
        return NULL;
    }
    StrataError error;
    Tensor *view = tensor_reshape(tensor, rank, sizes, &error);
    if (!view)
        diagnostics_failure(diagnostics, &error);
    return view;
}

/* ---- Names ---- */

static bool missing_error(const StrataProgram *program, const char *name, const StrataTensorSet *set,
                          StrataDiagnostics *diagnostics)
{
    char names[500] = "";
    size_t length = 0;
    int64_t count = strata_tensor_set_count(set);
    for (int64_t i = 0; i < count && length < sizeof names; i++)
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i ? ", " : "", strata_tensor_set_name(set, i));
    return diagnostics_say(diagnostics, STRATA_INVALID, E_INPUT_MISSING, "no tensor for input %s of %s; there %s %s", name,
                           program->net_name, count == 1 ? "is" : "are", count ? names : "none");
}

bool inputs_match(const StrataProgram *program, const StrataTensorSet *set, InputSet *result, StrataDiagnostics *diagnostics)
{
    if (!inputs_make(program, result, diagnostics))
        return false;
    bool good = true;
    for (int64_t i = 0; i < result->count; i++) {
        const ProgramValue *input = program_input(program->program, i);
        Tensor *tensor = strata_tensor_set_find(set, input->name);
        if (!tensor && result->count == 1 && strata_tensor_set_count(set) == 1)
            tensor = strata_tensor_set_tensor(set, 0);
        if (!tensor)
            good = missing_error(program, input->name, set, diagnostics);
        else if (!(result->tensors[i] = match_one(program, input, tensor, diagnostics)))
            good = false;
        if (!good)
            continue;
        int64_t samples = result->tensors[i]->size[0];
        if (i > 0 && samples != result->samples)
            good = diagnostics_say(diagnostics, STRATA_INVALID, E_SAMPLES_DIFFER,
                                   "input %s has %" PRId64 " samples, input %s has %" PRId64, input->name, samples,
                                   program_input(program->program, 0)->name, result->samples);
        result->samples = i > 0 ? result->samples : samples;
    }
    if (!good)
        inputs_release(result);
    return good;
}

/* ---- Entries ---- */

/* Grey of red, green and blue, by ITU-R BT.601. */
static const double luma[3] = {0.299, 0.587, 0.114};

/* Pictures in another number of channels: `sizes` is the batch and the sample's shape. Entries stay 0..255. */
static Tensor *convert_channels(const StrataAllocator *allocator, const Tensor *pictures, int64_t channels, StrataError *error)
{
    int64_t sizes[4] = {pictures->size[0], channels, pictures->size[2], pictures->size[3]};
    Tensor *result = tensor_make(allocator, STRATA_FLOAT32, 4, sizes, error);
    if (!result)
        return NULL;
    int64_t pixels = sizes[2] * sizes[3], have = pictures->size[1];
    bool colour = have >= 3;
    for (int64_t sample = 0; sample < sizes[0]; sample++) {
        const uint8_t *from = (const uint8_t *)pictures->data + sample * have * pixels;
        float *to = (float *)result->data + sample * channels * pixels;
        for (int64_t channel = 0; channel < channels; channel++)
            for (int64_t i = 0; i < pixels; i++) {
                double grey = colour ? luma[0] * from[i] + luma[1] * from[pixels + i] + luma[2] * from[2 * pixels + i] : from[i];
                to[channel * pixels + i] = (float)(colour && channels == 3 ? from[channel * pixels + i] : grey);
            }
    }
    return result;
}

/* Entries as reals: bytes scaled, whole numbers converted; what is real already is only retained. */
static Tensor *convert_entries(const StrataAllocator *allocator, const ProgramValue *input, Tensor *tensor, StrataError *error)
{
    bool scaled = tensor->kind == STRATA_UINT8 && input->kind == INPUT_REAL;
    double scale = scaled ? 1.0 / 255 : 1;
    if (tensor->rank == 4 && input->type.rank == 3 && tensor->size[1] != input->type.size[0]) {
        Tensor *pictures = convert_channels(allocator, tensor, input->type.size[0], error);
        Tensor *result = pictures ? tensor_convert(pictures, STRATA_FLOAT32, scale, error) : NULL;
        strata_tensor_release(pictures);
        return result;
    }
    if (!kind_is_integer(tensor->kind))
        return tensor_retain(tensor);
    bool small = tensor->kind == STRATA_UINT8 || tensor->kind == STRATA_BOOL;
    return tensor_convert(tensor, small ? STRATA_FLOAT32 : STRATA_FLOAT64, scale, error);
}

bool inputs_rows(const StrataProgram *program, const InputSet *all, int64_t first, int64_t count, InputSet *result,
                 StrataDiagnostics *diagnostics)
{
    if (!inputs_make(program, result, diagnostics))
        return false;
    result->samples = count;
    StrataError error;
    for (int64_t i = 0; i < all->count; i++) {
        const ProgramValue *input = program_input(program->program, i);
        Tensor *rows = tensor_rows(all->tensors[i], first, count, &error);
        result->tensors[i] = rows ? convert_entries(&program->context.allocator, input, rows, &error) : NULL;
        tensor_release(rows);
        if (!result->tensors[i]) {
            inputs_release(result);
            return diagnostics_failure(diagnostics, &error);
        }
    }
    return true;
}

StrataTensor *strata_program_fit(const StrataProgram *program, int64_t input, StrataTensor *tensor, StrataDiagnostics *diagnostics)
{
    if (input < 0 || input >= program_input_count(program->program)) {
        diagnostics_say(diagnostics, STRATA_USAGE, 0, "%s has no input number %" PRId64, program->net_name, input);
        return NULL;
    }
    const ProgramValue *value = program_input(program->program, input);
    Tensor *view = match_one(program, value, tensor, diagnostics);
    if (!view)
        return NULL;
    StrataError error;
    Tensor *result = convert_entries(&program->context.allocator, value, view, &error);
    tensor_release(view);
    if (!result)
        diagnostics_failure(diagnostics, &error);
    return result;
}
