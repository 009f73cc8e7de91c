/* Building, loading and calling; see library.h. */
#include "reference/library.h"

#include "built/built.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PORT_LIMIT = 6, PATH_LIMIT = 256 };

/* A loaded library with the functions that are called here. */
typedef struct Library {
    void *handle;
    void (*run)(void);
    size_t (*workspace_size)(size_t batch);
    const BuiltValue *(*input)(int index);
    const BuiltValue *(*output)(int index);
} Library;

/* A function's address in the form of a function: data and functions have pointers of one size here. */
static bool find(const Library *library, const char *name, void *function)
{
    void *address = dlsym(library->handle, name);
    memcpy(function, &address, sizeof address);
    return address != NULL;
}

static bool load(Library *library, const char *folder)
{
    char path[PATH_LIMIT];
    snprintf(path, sizeof path, "%s/libmodel.so", folder);
    library->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    return library->handle && find(library, "model_run", &library->run) &&
           find(library, "model_workspace_size", &library->workspace_size) && find(library, "model_input", &library->input) &&
           find(library, "model_output", &library->output);
}

/* Calls with as many buffers as there are inputs and outputs; only the first output is wanted. */
static int call(const Library *library, void *const *b, int count, void *workspace, size_t batch)
{
    switch (count) {
    case 2:
        return ((int (*)(void *, void *, void *, size_t))library->run)(b[0], b[1], workspace, batch);
    case 3:
        return ((int (*)(void *, void *, void *, void *, size_t))library->run)(b[0], b[1], b[2], workspace, batch);
    case 4:
        return ((int (*)(void *, void *, void *, void *, void *, size_t))library->run)(b[0], b[1], b[2], b[3], workspace, batch);
    case 5:
        return ((int (*)(void *, void *, void *, void *, void *, void *, size_t))library->run)(b[0], b[1], b[2], b[3], b[4],
                                                                                               workspace, batch);
    default:
        return -1;
    }
}

static StrataKind kind_of(const BuiltValue *value)
{
    switch (value->kind) {
    case BUILT_INTEGER:
        return STRATA_INT64;
    case BUILT_BYTES:
    case BUILT_BOOLEAN:
        return STRATA_UINT8;
    case BUILT_COMPLEX:
        return STRATA_COMPLEX64;
    default:
        return STRATA_FLOAT32;
    }
}

/* The inputs in the library's order and kinds; false when one is missing. */
static bool gather(const Library *library, const StrataTensorSet *inputs, StrataTensor **tensors, int *count)
{
    StrataError error;
    for (*count = 0; *count < PORT_LIMIT && library->input(*count); ++*count) {
        const BuiltValue *value = library->input(*count);
        const StrataTensor *given = strata_tensor_set_find(inputs, value->name);
        tensors[*count] = given ? strata_tensor_convert(given, kind_of(value), 1, &error) : NULL;
        if (!tensors[*count])
            return false;
    }
    return true;
}

static StrataTensor *run_loaded(const Library *library, const StrataTensorSet *inputs)
{
    StrataTensor *tensors[PORT_LIMIT] = {0}, *result = NULL;
    void *buffers[2 * PORT_LIMIT] = {0};
    StrataAllocator allocator = strata_default_allocator();
    StrataError error;
    int count;
    bool good = gather(library, inputs, tensors, &count);
    size_t batch = good && count ? (size_t)strata_tensor_size(tensors[0], 0) : 1;
    const BuiltValue *value = library->output(0);
    int64_t entries = value->size / (value->kind == BUILT_COMPLEX ? 2 : 1) * (value->batched ? (int64_t)batch : 1);
    void *workspace = aligned_alloc(BUILT_ALIGNMENT, library->workspace_size(batch));
    result = good ? strata_tensor_make(&allocator, kind_of(value), 1, &entries, &error) : NULL;
    for (int i = 0; result && i < count; i++)
        buffers[i] = strata_tensor_data(tensors[i]);
    if (result)
        buffers[count++] = strata_tensor_data(result);
    for (int i = 1; library->output(i); i++)
        count++;
    int failure = result && workspace && count <= PORT_LIMIT ? call(library, buffers, count, workspace, batch) : -1;
    if (failure) {
        printf("the library cannot run: %s\n",
               failure < 0 ? "its parameters are not those of the case" : built_error_text(failure));
        strata_tensor_release(result);
        result = NULL;
    }
    free(workspace);
    for (int i = 0; i < PORT_LIMIT; i++)
        strata_tensor_release(tensors[i]);
    return result;
}

static void take_away(const char *folder)
{
    static const char *const files[] = {"libmodel.so", "model.h", "model.json", "model.pc"};
    char path[PATH_LIMIT];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    rmdir(folder);
}

StrataTensor *run_library(StrataNet *net, StrataWeights *weights, const StrataTensorSet *inputs, StrataDiagnostics *diagnostics)
{
    char folder[] = "/tmp/strata-reference-XXXXXX";
    StrataBuildOptions options = {.name = "model", .cpu = "native", .packing = STRATA_PACK_ALWAYS};
    if (!mkdtemp(folder))
        return NULL;
    StrataText *manifest = strata_build(net, weights, folder, &options, diagnostics);
    Library library = {0};
    StrataTensor *result = NULL;
    if (manifest && load(&library, folder))
        result = run_loaded(&library, inputs);
    else if (manifest)
        printf("the library cannot be loaded: %s\n", dlerror());
    if (library.handle)
        dlclose(library.handle);
    strata_text_release(manifest);
    take_away(folder);
    return result;
}
