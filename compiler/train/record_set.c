/* Records that the language makes; see record_set.h. */
#include "train/record_set.h"

#include "base/allocator.h"
#include "base/error.h"
#include "engine/program.h"
#include "train/batch.h"

#include <string.h>

enum { MOST_FIELDS = 64 };

typedef struct Maker {
    const StrataAllocator *allocator;
    const RecordMaking *making;
    Program *program;
    Binding *binding;
    Workspace *workspace;
    BatchPlan plan;
    bool planned;
    int64_t inputs, outputs;
    double *values[MOST_FIELDS]; /* of one record, by input */
    InputBuffer given[MOST_FIELDS];
    Tensor *results[MOST_FIELDS];
    OutputBuffer taken[MOST_FIELDS];
} Maker;

static bool make_program(Maker *maker, StrataError *error)
{
    const InputBuffer nothing = {0};
    ProgramOptions options = {.precision = PRECISION_DOUBLE, .batch = 1};
    maker->program = program_make(maker->making->graph, &options, maker->allocator, error);
    if (!maker->program)
        return false;
    maker->binding = binding_make(maker->program, &nothing, &nothing, false, error);
    maker->workspace = maker->binding ? workspace_make(maker->program, 1, NULL, error) : NULL;
    maker->inputs = program_input_count(maker->program);
    maker->outputs = program_output_count(maker->program);
    if (maker->workspace && (maker->inputs > MOST_FIELDS || maker->outputs > MOST_FIELDS))
        return error_set(error, STRATA_INVALID, E_DATA_FUNCTION, "%s: a record has at most %d fields", maker->making->place,
                         MOST_FIELDS);
    return maker->workspace != NULL;
}

static bool make_inputs(Maker *maker, StrataError *error)
{
    const Dataset *source = maker->making->source;
    for (int64_t i = 0; i < maker->inputs; i++) {
        size_t reals = (size_t)type_reals(&program_input(maker->program, i)->type);
        maker->values[i] = allocator_take_zero(maker->allocator, reals, sizeof(double));
        if (!maker->values[i])
            return error_memory(error, reals * sizeof(double));
        maker->given[i] = (InputBuffer){.data = maker->values[i], .element = PRECISION_DOUBLE};
    }
    if (!source)
        return true;
    maker->planned = batch_plan_make(&maker->plan, source, maker->program, maker->program, "the function of `map`", error);
    return maker->planned;
}

static bool make_results(Maker *maker, StrataError *error)
{
    for (int64_t i = 0; i < maker->outputs; i++) {
        const Type *type = &program_output(maker->program, i)->type;
        int64_t size[STRATA_RANK_LIMIT] = {maker->making->count};
        if (type->rank + 1 > STRATA_RANK_LIMIT)
            return error_set(error, STRATA_INVALID, E_DATA_FUNCTION, "%s: a field has too many dimensions", maker->making->place);
        memcpy(size + 1, type->size, (size_t)type->rank * sizeof *size);
        TensorKind kind = type->rank == 0 ? STRATA_FLOAT64 : STRATA_FLOAT32;
        maker->results[i] = tensor_make_raw(maker->allocator, kind, type->rank + 1, size, error);
        if (!maker->results[i])
            return false;
        maker->taken[i].element = kind == STRATA_FLOAT64 ? PRECISION_DOUBLE : PRECISION_SINGLE;
    }
    return true;
}

/* Computes record `index`, a step of its own for random draws, into its row of the results. */
static bool make_record(Maker *maker, int64_t index, StrataError *error)
{
    if (maker->planned) {
        BatchRequest request = {.samples = &index, .count = 1};
        if (!batch_fill(&maker->plan, &request, (void *const *)maker->values, error))
            return false;
    } else if (maker->inputs > 0) {
        maker->values[0][0] = (double)index;
    }
    for (int64_t i = 0; i < maker->outputs; i++) {
        const Tensor *result = maker->results[i];
        maker->taken[i].data = (char *)result->data + (size_t)index * (tensor_bytes(result) / (size_t)maker->making->count);
    }
    Run run = {.batch = 1,
               .inputs = maker->given,
               .outputs = maker->taken,
               .seed = maker->making->seed,
               .step = (uint64_t)index,
               .rate = 1};
    return program_run(maker->program, maker->binding, maker->workspace, &run, error);
}

/* The set over the results. Classes keep the names that files gave them where the label is passed on as it is. */
static Dataset *finish(const Maker *maker, StrataError *error)
{
    const RecordMaking *making = maker->making;
    Dataset *dataset = dataset_of(maker->allocator, NULL, error);
    if (!dataset)
        return NULL;
    memcpy(dataset->place, making->place, strnlen(making->place, sizeof dataset->place - 1));
    bool done = true;
    for (int64_t i = 0; i < maker->outputs && done; i++) {
        const char *name = program_output(maker->program, i)->name;
        const Node *node = &making->graph->nodes[making->graph->outputs[i].value.node];
        done = dataset_add(dataset, name, maker->results[i], error);
        if (done && making->source && strcmp(name, "label") == 0 && node->op == OP_INPUT &&
            strcmp(making->graph->inputs[node->attributes[0].integer].name, "label") == 0)
            done = name_list_copy(maker->allocator, &making->source->classes, &dataset->classes, error);
    }
    if (done)
        return dataset;
    dataset_release(dataset);
    return NULL;
}

static void release(Maker *maker)
{
    if (maker->planned)
        batch_plan_release(&maker->plan);
    for (int64_t i = 0; i < MOST_FIELDS; i++) {
        tensor_release(maker->results[i]);
        if (maker->values[i])
            allocator_give(maker->allocator, maker->values[i], (size_t)type_reals(&program_input(maker->program, i)->type),
                           sizeof(double));
    }
    workspace_release(maker->workspace);
    binding_release(maker->binding);
    program_release(maker->program);
}

Dataset *record_set_make(const StrataAllocator *allocator, const RecordMaking *making, StrataError *error)
{
    Maker maker = {.allocator = allocator, .making = making};
    bool done = make_program(&maker, error) && make_inputs(&maker, error) && make_results(&maker, error);
    for (int64_t i = 0; i < making->count && done; i++)
        done = make_record(&maker, i, error);
    Dataset *dataset = done ? finish(&maker, error) : NULL;
    release(&maker);
    return dataset;
}
