/* Writing safetensors; see safetensors.h. */
#include "file/safetensors.h"

#include "base/codes.h"
#include "file/element.h"
#include "file/encode.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_BYTES = 8, DATA_ALIGNMENT = 64, WIDEST_ENTRY = 8 };

static const char *type_text(TensorKind kind)
{
    switch (kind) {
    case STRATA_FLOAT32:
        return "F32";
    case STRATA_FLOAT64:
        return "F64";
    case STRATA_INT32:
        return "I32";
    case STRATA_INT64:
        return "I64";
    case STRATA_UINT8:
        return "U8";
    case STRATA_BOOL:
        return "BOOL";
    case STRATA_COMPLEX64:
        return "C64";
    default:
        return NULL;
    }
}

/* {"dtype": ..., "shape": [...], "data_offsets": [begin, end]}; null when memory ends. */
static json_t *describe(const Tensor *tensor, size_t begin)
{
    json_t *shape = json_array();
    for (int axis = 0; shape && axis < tensor->rank; axis++) {
        if (json_array_append_new(shape, json_integer(tensor->size[axis])) != 0) {
            json_decref(shape);
            shape = NULL;
        }
    }
    json_int_t first = (json_int_t)begin;
    json_int_t last = first + (json_int_t)tensor_bytes(tensor);
    return shape ? json_pack("{s:s, s:o, s:[I,I]}", "dtype", type_text(tensor->kind), "shape", shape, "data_offsets", first, last)
                 : NULL;
}

/* Tensors with wide entries lie before those with narrow ones, so that each is aligned without the holes that the format forbids.
 * Calls `visit` for each tensor in the order of the data. */
typedef bool Visit(void *context, int64_t index);

static bool visit_in_order_of_data(const TensorSet *set, Visit *visit, void *context)
{
    for (size_t alignment = WIDEST_ENTRY; alignment > 0; alignment /= 2) {
        for (int64_t i = 0; i < set->count; i++) {
            if (kind_alignment(set->items[i].tensor->kind) == alignment && !visit(context, i))
                return false;
        }
    }
    return true;
}

typedef struct Places {
    const TensorSet *set;
    size_t *begin;
    size_t total;
} Places;

static bool place(void *context, int64_t index)
{
    Places *places = context;
    places->begin[index] = places->total;
    places->total += tensor_bytes(places->set->items[index].tensor);
    return true;
}

/* The text of the header, from jansson's memory (free it); null with `error` filled. */
static char *make_header(const TensorSet *set, const size_t *begin, const char *file, StrataError *error)
{
    json_t *header = json_object();
    bool done = header != NULL;
    for (int64_t i = 0; done && i < set->count; i++) {
        const NamedTensor *item = &set->items[i];
        if (!type_text(item->tensor->kind)) {
            error_set(error, STRATA_INVALID, E_SAFETENSORS_KIND,
                      "%s: tensor '%s' is %s, for which safetensors has no dtype; write .npz", file, item->name,
                      kind_name(item->tensor->kind));
            json_decref(header);
            return NULL;
        }
        done = json_object_set_new(header, item->name, describe(item->tensor, begin[i])) == 0;
    }
    char *text = done ? json_dumps(header, JSON_COMPACT) : NULL;
    json_decref(header);
    if (!text)
        error_memory(error, (size_t)set->count * 100);
    return text;
}

/* Names are keys of JSON, so they must be UTF-8, and one of them has a meaning of its own. */
static bool check_names(const TensorSet *set, const char *file, StrataError *error)
{
    for (int64_t i = 0; i < set->count; i++) {
        json_t *name = json_string(set->items[i].name);
        if (!name || strcmp(set->items[i].name, "__metadata__") == 0) {
            json_decref(name);
            return error_set(error, STRATA_INVALID, E_SAFETENSORS_DAMAGED,
                             "%s: tensor %lld has a name that safetensors cannot hold: '%s'", file, (long long)i,
                             set->items[i].name);
        }
        json_decref(name);
    }
    return true;
}

typedef struct Output {
    const TensorSet *set;
    FileWriter *writer;
    StrataError *error;
} Output;

static bool write_entries(void *context, int64_t index)
{
    const Output *output = context;
    return element_encode(output->set->items[index].tensor, output->writer, output->error);
}

/* The length, the header, and spaces up to where the data is aligned. */
static bool write_header(const char *text, FileWriter *writer, StrataError *error)
{
    static const char spaces[] = "                                                                ";
    size_t length = strlen(text);
    size_t padding = (DATA_ALIGNMENT - (LENGTH_BYTES + length) % DATA_ALIGNMENT) % DATA_ALIGNMENT;
    unsigned char prefix[LENGTH_BYTES];
    store_64(prefix, length + padding);
    return writer_add(writer, prefix, sizeof prefix, error) && writer_add(writer, text, length, error) &&
           writer_add(writer, spaces, padding, error);
}

bool safetensors_encode(const TensorSet *set, FileWriter *writer, StrataError *error)
{
    if (!check_names(set, writer->name, error))
        return false;
    size_t *begin = allocator_take(&set->allocator, (size_t)set->count, sizeof *begin);
    if (!begin)
        return error_memory(error, (size_t)set->count * sizeof *begin);
    visit_in_order_of_data(set, place, &(Places){.set = set, .begin = begin});
    char *text = make_header(set, begin, writer->name, error);
    allocator_give(&set->allocator, begin, (size_t)set->count, sizeof *begin);
    if (!text)
        return false;
    bool done = write_header(text, writer, error) &&
                visit_in_order_of_data(set, write_entries, &(Output){.set = set, .writer = writer, .error = error});
    free(text);
    return done;
}
