/* Data sets: opening what a description says, and looking at samples. */
#include "api/api.h"

#include "train/batch.h"
#include "transform/transform.h"

#include <string.h>

struct StrataData {
    StrataContext context;
    StrataModule *module; /* has the functions of `map` and `generate` */
    Arena arena;          /* of their Graphs */
    Dataset *dataset;
};

/* --- opening -------------------------------------------------------------------------------------------------------------------- */

/* The folder of a file: "" for the current one. */
static bool file_folder(const char *path, char *folder, size_t room)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    if (length >= room)
        return false;
    memcpy(folder, path, length);
    folder[length] = '\0';
    return true;
}

/* The file in which the reader of a description is called: a session has several. */
static const char *calling_file(const StrataModule *module, const DataCall *call)
{
    while (call->source)
        call = call->source;
    int32_t file = call->span.file;
    bool known = file >= 0 && file < module->sources.count && !module->sources.files[file].library;
    return known ? module->sources.files[file].name : module->name;
}

/* What elaborates functions of `map` and `generate`. */
typedef struct RecordMaker {
    StrataModule *module;
    Arena *arena;
    StrataDiagnostics *diagnostics;
} RecordMaker;

static const Graph *elaborate_record(void *context, const DataCall *call, const RecordField *fields, int64_t count, bool *said)
{
    const RecordMaker *maker = context;
    StrataModule *module = maker->module;
    const TransformOptions whole = {0};
    *said = true;
    if (ARENA_TRY(&module->arena) != 0) {
        diagnostics_memory(maker->diagnostics);
        return NULL;
    }
    maker->arena->recovery = module->arena.recovery;
    module_ready(module);
    const Graph *graph = module_elaborate_record(module->module, call, fields, count);
    diagnostics_copy(maker->diagnostics, &module->diagnostics);
    const FastOptions fast = {.lanes = 8}; /* records are computed in double precision */
    return graph ? transform_fast(maker->arena, transform_all(maker->arena, graph, &whole, NULL), &fast) : NULL;
}

Dataset *data_open(StrataModule *module, Arena *arena, const DataCall *call, StrataDiagnostics *diagnostics)
{
    enum { FOLDER_ROOM = 4096 };
    char folder[FOLDER_ROOM];
    StrataError error;
    RecordMaker maker = {.module = module, .arena = arena, .diagnostics = diagnostics};
    DataSource source = {.allocator = &module->context.allocator, .folder = folder, .record = elaborate_record, .context = &maker};
    if (!file_folder(calling_file(module, call), folder, sizeof folder)) {
        diagnostics_say(diagnostics, STRATA_INVALID, E_DATA_FUNCTION, "the path of the file is too long");
        return NULL;
    }
    Dataset *dataset = dataset_open(&source, call, &error);
    if (!dataset && error.code != 0)
        diagnostics_failure(diagnostics, &error);
    return dataset;
}

StrataData *data_object(StrataModule *module, const DataCall *call, StrataDiagnostics *diagnostics)
{
    StrataData *data = object_make(&module->context, sizeof *data, diagnostics);
    if (!data)
        return NULL;
    data->context = module->context;
    data->module = module_retain(module);
    arena_init(&data->arena, &data->context.allocator);
    data->dataset = data_open(module, &data->arena, call, diagnostics);
    if (data->dataset)
        return data;
    strata_data_release(data);
    return NULL;
}

void strata_data_release(StrataData *data)
{
    if (!data)
        return;
    StrataAllocator allocator = data->context.allocator;
    dataset_release(data->dataset);
    arena_release(&data->arena);
    strata_module_release(data->module);
    allocator_give(&allocator, data, 1, sizeof *data);
}

/* --- looking at it -------------------------------------------------------------------------------------------------------------- */

int64_t strata_data_samples(const StrataData *data)
{
    return data->dataset->count;
}

const char *strata_data_class(const StrataData *data, int64_t index)
{
    return index >= 0 && index < data->dataset->classes.count ? data->dataset->classes.items[index] : NULL;
}

static StrataTensor *take_field(const StrataData *data, const DataField *field, int64_t first, int64_t count, StrataError *error)
{
    int64_t sizes[STRATA_RANK_LIMIT] = {count};
    int rank = 1;
    for (int axis = 0; field->kind == FIELD_ROWS && axis < field->rank && rank < STRATA_RANK_LIMIT; axis++)
        sizes[rank++] = field->size[axis];
    BatchPlan plan;
    if (!batch_plan_field(&plan, data->dataset, field, error))
        return NULL;
    StrataTensor *tensor = strata_tensor_make(&data->context.allocator, STRATA_FLOAT32, rank, sizes, error);
    bool good = tensor != NULL;
    for (int64_t i = 0; good && i < count; i++) {
        int64_t sample = first + i;
        void *buffer = (float *)strata_tensor_data(tensor) + i * plan.sources[0].entries;
        good = batch_fill(&plan, &(BatchRequest){.samples = &sample, .count = 1}, &buffer, error);
    }
    batch_plan_release(&plan);
    if (good)
        return tensor;
    strata_tensor_release(tensor);
    return NULL;
}

StrataTensorSet *strata_data_take(const StrataData *data, int64_t first, int64_t count, StrataDiagnostics *diagnostics)
{
    StrataError error;
    if (!data)
        return NULL;
    const Dataset *dataset = data->dataset;
    if (first < 0 || count < 0 || first > dataset->count - count) {
        diagnostics_say(diagnostics, STRATA_USAGE, 0, "the data have samples 0 to %lld", (long long)dataset->count - 1);
        return NULL;
    }
    StrataTensorSet *set = strata_tensor_set_make(&data->context.allocator, &error);
    bool good = set != NULL;
    for (int64_t i = 0; good && i < dataset->field_count; i++) {
        const DataField *field = &dataset->fields[i];
        StrataTensor *tensor = take_field(data, field, first, count, &error);
        good = tensor && strata_tensor_set_add(set, field->name, tensor, &error);
        strata_tensor_release(tensor);
    }
    if (good)
        return set;
    diagnostics_failure(diagnostics, &error);
    strata_tensor_set_release(set);
    return NULL;
}
