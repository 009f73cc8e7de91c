/* See built_models.h. */
#include "engine/built_models.h"

#include "built/built.h"

#include <dlfcn.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What the program in C begins with: a loop that goes backwards. */
static const char start_of_calls[] =
    "#include <stdlib.h>\n"
    "#include <string.h>\n"
    "#include <stdint.h>\n"
    "static void backwards(void *context, int64_t count, void (*task)(void *, int64_t), void *task_context)\n"
    "{\n"
    "    (void)context;\n"
    "    while (count-- > 0)\n"
    "        task(task_context, count);\n"
    "}\n"
    "static void *room(size_t size)\n"
    "{\n"
    "    size = (size + 127) / 64 * 64;\n"
    "    return memset(aligned_alloc(64, size), 0xff, size);\n"
    "}\n";

void built_models_begin(Arena *arena, BuiltModels *models)
{
    *models = (BuiltModels){.folder = "/tmp/strata-models-XXXXXX", .calls = text_make(arena), .objects = text_make(arena)};
    assert_non_null(mkdtemp(models->folder));
    text_add(&models->calls, start_of_calls);
}

/* --- building ---------------------------------------------------------------------------------------------------------------- */

/* `int NAME_call(void *const *buffers, size_t batch, uint64_t seed, int parallel)`: prepares, runs no samples, then all. */
static void write_call(Arena *arena, BuiltModels *models, const char *name, const Program *program)
{
    Text *calls = &models->calls;
    int64_t buffers = program_input_count(program) + program_output_count(program);
    char *macro = arena_duplicate(arena, name);
    for (char *at = macro; *at; at++)
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    text_printf(calls, "#include \"%s.h\"\n", name);
    text_printf(calls, "int %s_call(void *const *b, size_t batch, uint64_t seed, int parallel);\n", name);
    text_printf(calls, "int %s_call(void *const *b, size_t batch, uint64_t seed, int parallel)\n{\n", name);
    text_printf(calls, "    %s_parallel loop = {backwards, NULL, 3};\n", name);
    text_printf(calls, "    %s_options options = {.seed = seed, .step = 3, .parallel = parallel ? &loop : NULL};\n", name);
    text_printf(calls, "    void *workspace = room(%s_workspace_size(batch)), *prepared = NULL;\n    int error = 0;\n", name);
    text_printf(calls, "#if defined %s_WEIGHTS_BYTES || defined %s_PREPARED_BYTES\n", macro, macro);
    text_printf(calls, "#define %s_TAKES &weights,\n    %s_weights weights = {0};\n#else\n#define %s_TAKES\n#endif\n", macro, name,
                macro);
    text_printf(calls, "#ifdef %s_WEIGHTS_BYTES\n    error = %s_map(&weights, \"%s/%s.weights\");\n#endif\n", macro, name,
                models->folder, name);
    text_printf(calls,
                "#ifdef %s_PREPARED_BYTES\n    prepared = room(%s_PREPARED_BYTES);\n    error = error ? error : "
                "%s_prepare(&weights, prepared);\n#endif\n",
                macro, macro, name);
    for (int round = 0; round < 2; round++) {
        text_printf(calls, "    error = error ? error : %s_run_with(%s_TAKES ", name, macro);
        for (int64_t i = 0; i < buffers; i++)
            text_printf(calls, "b[%lld], ", (long long)i);
        text_printf(calls, "workspace, %s, &options);\n", round == 0 ? "0" : "batch");
    }
    text_printf(calls, "#ifdef %s_WEIGHTS_BYTES\n    %s_unmap(&weights);\n#endif\n", macro, name);
    text_add(calls, "    free(prepared);\n    free(workspace);\n    return error;\n}\n");
}

static InputBuffer *buffers_of(Arena *arena, const ProgramValue *(*row)(const Program *, int64_t), const Program *program,
                               int64_t count, double *const *values)
{
    InputBuffer *buffers = arena_take(arena, (size_t)(count + 1) * sizeof *buffers);
    Precision precision = program_precision(program);
    for (int64_t i = 0; i < count; i++) {
        int64_t reals = type_reals(&row(program, i)->type);
        float *single = arena_take(arena, (size_t)reals * sizeof *single);
        for (int64_t k = 0; k < reals; k++)
            single[k] = (float)values[i][k];
        buffers[i] = (InputBuffer){precision == PRECISION_DOUBLE ? (const void *)values[i] : single, precision};
    }
    return buffers;
}

const char *built_models_add(Arena *arena, BuiltModels *models, const char *name, const Program *program, const ModelData *data,
                             BuildPacking packing, bool weights_file)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    BuildOptions options = {.name = name,
                            .folder = models->folder,
                            .forms = BUILD_OBJECT,
                            .cpu = "native",
                            .packing = packing,
                            .weights_file = weights_file,
                            .source = name};
    const InputBuffer *weights = buffers_of(arena, program_weight, program, program_weight_count(program), data->weights);
    const InputBuffer *states = buffers_of(arena, program_state, program, program_state_count(program), data->states);
    Text manifest = text_make(arena);
    if (!build_model(program, weights, states, &options, &allocator, &manifest, &error))
        return arena_printf(arena, "the build fails: %s", error.message);
    write_call(arena, models, name, program);
    text_printf(&models->objects, " %s.o", name);
    return NULL;
}

const char *built_models_load(Arena *arena, BuiltModels *models)
{
    FILE *file = fopen(arena_printf(arena, "%s/calls.c", models->folder), "w");
    const char *text = text_string(&models->calls);
    bool written = file && fwrite(text, 1, models->calls.length, file) == models->calls.length;
    if (!file || fclose(file) != 0 || !written)
        return "the program in C cannot be written";
    const char *command =
        arena_printf(arena,
                     "cd %s && cc -std=c11 -O0 -Wall -Wextra -Wpedantic -Werror -shared -fPIC -o models.so calls.c %s "
                     "-Wl,-z,defs -lm",
                     models->folder, text_string(&models->objects));
    if (system(command) != 0)
        return "the models cannot be linked";
    models->library = dlopen(arena_printf(arena, "%s/models.so", models->folder), RTLD_NOW | RTLD_LOCAL);
    return models->library ? NULL : arena_printf(arena, "the models cannot be loaded: %s", dlerror());
}

void built_models_end(BuiltModels *models)
{
    char command[128];
    if (models->library)
        dlclose(models->library);
    snprintf(command, sizeof command, "rm -r %s", models->folder);
    assert_int_equal(system(command), 0);
}

/* --- running ----------------------------------------------------------------------------------------------------------------- */

typedef int CallFunction(void *const *buffers, size_t batch, uint64_t seed, int parallel);
typedef const BuiltValue *ValueFunction(int index);

/* A function's address in the form of a function: data and functions have pointers of one size here. */
static void find(Arena *arena, const BuiltModels *models, const char *name, const char *end, void *function)
{
    void *address = dlsym(models->library, arena_printf(arena, "%s%s", name, end));
    assert_non_null(address);
    memcpy(function, &address, sizeof address);
}

static int64_t number_count(const BuiltValue *value, const ModelData *data)
{
    return value->size * (value->batched ? data->batch : 1);
}

/* A number in a caller's memory. */
static void put(const BuiltValue *value, void *buffer, int64_t i, double number)
{
    if (value->kind == BUILT_INTEGER)
        ((int64_t *)buffer)[i] = (int64_t)number;
    else if (value->kind == BUILT_BYTES || value->kind == BUILT_BOOLEAN)
        ((unsigned char *)buffer)[i] = (unsigned char)number;
    else if (value->number_size == sizeof(float))
        ((float *)buffer)[i] = (float)number;
    else
        ((double *)buffer)[i] = number;
}

static double get(const BuiltValue *value, const void *buffer, int64_t i)
{
    if (value->kind == BUILT_INTEGER)
        return (double)((const int64_t *)buffer)[i];
    if (value->kind == BUILT_BYTES || value->kind == BUILT_BOOLEAN)
        return ((const unsigned char *)buffer)[i];
    return value->number_size == sizeof(float) ? (double)((const float *)buffer)[i] : ((const double *)buffer)[i];
}

/* The very size, from malloc, so that a sanitizer sees who goes past it. */
static void *buffer_of(const BuiltValue *value, const ModelData *data)
{
    size_t size = (size_t)(number_count(value, data) * value->number_size);
    void *buffer = malloc(size);
    assert_non_null(buffer);
    return memset(buffer, 0x7f, size);
}

double **built_models_run(Arena *arena, const BuiltModels *models, const char *name, const ModelData *data, bool parallel,
                          const char **problem)
{
    enum { PORTS = 64 };
    CallFunction *call;
    ValueFunction *input, *output;
    find(arena, models, name, "_call", &call);
    find(arena, models, name, "_input", &input);
    find(arena, models, name, "_output", &output);
    void *buffers[PORTS];
    int inputs = 0, outputs = 0;
    for (; input(inputs); inputs++) {
        buffers[inputs] = buffer_of(input(inputs), data);
        for (int64_t i = 0; i < number_count(input(inputs), data); i++)
            put(input(inputs), buffers[inputs], i, data->inputs[inputs][i]);
    }
    for (; output(outputs); outputs++)
        buffers[inputs + outputs] = buffer_of(output(outputs), data);
    int error = call(buffers, (size_t)data->batch, data->seed, parallel);
    *problem = error ? arena_printf(arena, "the run fails: %s", built_error_text(error)) : NULL;
    double **values = arena_take(arena, (size_t)(outputs + 1) * sizeof *values);
    for (int k = 0; k < outputs; k++) {
        int64_t count = number_count(output(k), data);
        values[k] = arena_take(arena, (size_t)count * sizeof **values);
        for (int64_t i = 0; i < count; i++)
            values[k][i] = get(output(k), buffers[inputs + k], i);
    }
    for (int k = 0; k < inputs + outputs; k++)
        free(buffers[k]);
    return error ? NULL : values;
}
