/* From a description of data to its files: readers, and the functions of data in their order. */
#include "train/dataset.h"

#include "base/allocator.h"
#include "base/error.h"
#include "file/format.h"
#include "file/row_array.h"
#include "file/table.h"
#include "train/augment.h"
#include "train/class_folder.h"
#include "train/record_set.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- settings ------------------------------------------------------------------------------------------------------------------- */

static const DataSetting *find_setting(const DataCall *data, const char *name, DataSettingKind kind)
{
    for (int64_t i = 0; i < data->setting_count; i++)
        if (strcmp(data->settings[i].name, name) == 0 && data->settings[i].kind == kind)
            return &data->settings[i];
    return NULL;
}

static const char *string_setting(const DataCall *data, const char *name)
{
    const DataSetting *setting = find_setting(data, name, DATA_STRING);
    return setting ? setting->string : NULL;
}

static double number_setting(const DataCall *data, const char *name, double otherwise)
{
    const DataSetting *setting = find_setting(data, name, DATA_NUMBER);
    return setting ? setting->number : otherwise;
}

static bool boolean_setting(const DataCall *data, const char *name, bool otherwise)
{
    const DataSetting *setting = find_setting(data, name, DATA_BOOLEAN);
    return setting ? setting->boolean : otherwise;
}

/* --- files ---------------------------------------------------------------------------------------------------------------------- */

/* The path of a file as the reader opens it, in `room` characters. */
static bool find_file(const DataSource *source, const char *path, char *result, size_t room, StrataError *error)
{
    bool alone = path[0] == '/' || !source->folder || !source->folder[0];
    int length = snprintf(result, room, "%s%s%s", alone ? "" : source->folder, alone ? "" : "/", path);
    return (length >= 0 && (size_t)length < room) ||
           error_set(error, STRATA_INVALID, E_DATA_FUNCTION, "%s: the path is too long", path);
}

enum { PATH_ROOM = 4096 };

static uint64_t least_for_rows(const DataSource *source)
{
    return source->read_whole ? source->read_whole : ROW_READER_LEAST;
}

static bool add_file(const DataSource *source, Dataset *dataset, const char *field, const char *path, StrataError *error)
{
    char full[PATH_ROOM];
    if (!path)
        return true;
    if (!find_file(source, path, full, sizeof full, error))
        return false;
    RowReader *reader = NULL;
    if (!row_array_open(source->allocator, full, least_for_rows(source), &reader, error))
        return false;
    if (reader) {
        bool added = dataset_add_reader(dataset, field, reader, error);
        row_reader_release(reader);
        return added;
    }
    Tensor *tensor = tensor_read(source->allocator, full, error);
    bool done = tensor && dataset_add(dataset, field, tensor, error);
    tensor_release(tensor);
    return done;
}

static bool add_archive(const DataSource *source, Dataset *dataset, const char *path, StrataError *error)
{
    char full[PATH_ROOM];
    if (!find_file(source, path, full, sizeof full, error))
        return false;
    TensorSet *set = tensor_set_read(source->allocator, full, error);
    bool done = set != NULL;
    for (int64_t i = 0; done && i < set->count; i++)
        done = dataset_add(dataset, set->items[i].name, set->items[i].tensor, error);
    tensor_set_release(set);
    return done;
}

/* Samples of a folder: unpacked at once where that takes little memory, else when they are asked for. */
static bool add_samples(const DataSource *source, Dataset *dataset, RowReader *samples, StrataError *error)
{
    uint64_t row = (uint64_t)samples->entries * kind_size(samples->kind);
    if (row > 0 && (uint64_t)samples->size[0] >= (least_for_rows(source) + row - 1) / row)
        return dataset_add_reader(dataset, "x", samples, error);
    Tensor *tensor = row_reader_read_all(samples, error);
    bool done = tensor && dataset_add(dataset, "x", tensor, error);
    tensor_release(tensor);
    return done;
}

static bool add_folder(const DataSource *source, Dataset *dataset, const char *path, StrataError *error)
{
    char full[PATH_ROOM];
    if (!find_file(source, path, full, sizeof full, error))
        return false;
    ClassFolder folder;
    bool done = class_folder_open(source->allocator, full, &folder, error) && add_samples(source, dataset, folder.samples, error) &&
                dataset_add(dataset, "label", folder.labels, error);
    if (done) {
        dataset->classes = folder.classes;
        folder.classes = (NameList){0};
    }
    class_folder_close(source->allocator, &folder);
    return done;
}

/* A field of one column, or of several that stand side by side. */
static bool add_columns(Dataset *dataset, const char *name, const Table *table, int64_t first, int64_t count, StrataError *error)
{
    if (!dataset_add(dataset, name, table->numbers, error))
        return false;
    DataField *field = &dataset->fields[dataset->field_count - 1];
    field->first = first;
    field->rank = count == 1 ? 0 : 1;
    field->size[0] = count;
    field->picture = false;
    return true;
}

static bool add_table(const DataSource *source, Dataset *dataset, const DataCall *data, StrataError *error)
{
    char full[PATH_ROOM];
    Table table = {0};
    const char *label = string_setting(data, "label");
    TableOptions options = {.header = boolean_setting(data, "header", true), .label = label};
    bool done = find_file(source, string_setting(data, "path"), full, sizeof full, error) &&
                table_read(source->allocator, full, &options, &table, error);
    if (done && label) {
        done = add_columns(dataset, "x", &table, 0, table.columns, error) && dataset_add(dataset, "label", table.labels, error);
        dataset->classes = table.classes;
        table.classes = (NameList){0};
    }
    for (int64_t i = 0; done && !label && i < table.columns; i++)
        done = add_columns(dataset, table.names.items[i], &table, i, 1, error);
    dataset->columns = !label;
    table_release(&table);
    return done;
}

/* The first file of a reader. */
static const char *reader_path(const DataCall *data)
{
    static const char *const names[] = {"path", "images", "x"};
    for (int i = 0; i < 3; i++)
        if (string_setting(data, names[i]))
            return string_setting(data, names[i]);
    return data->function;
}

static Dataset *open_reader(const DataSource *source, const DataCall *data, StrataError *error)
{
    Dataset *dataset = dataset_of(source->allocator, NULL, error);
    if (!dataset)
        return NULL;
    const char *path = reader_path(data);
    snprintf(dataset->place, sizeof dataset->place, "%s", path);
    bool done = false;
    if (strcmp(data->function, "idx") == 0 || strcmp(data->function, "npy") == 0)
        done = add_file(source, dataset, "x", path, error) &&
               add_file(source, dataset, "label", string_setting(data, "labels"), error);
    else if (strcmp(data->function, "npz") == 0)
        done = add_archive(source, dataset, path, error);
    else if (strcmp(data->function, "csv") == 0)
        done = add_table(source, dataset, data, error);
    else if (strcmp(data->function, "folder") == 0)
        done = add_folder(source, dataset, path, error);
    else
        error_set(error, STRATA_INVALID, E_DATA_FUNCTION, "`%s` cannot be read for training", data->function);
    if (done && dataset->count > 0)
        return dataset;
    if (done)
        error_set(error, STRATA_INVALID, E_DATA_EMPTY, "%s: has no records", dataset->place);
    dataset_release(dataset);
    return NULL;
}

/* --- functions ------------------------------------------------------------------------------------------------------------------ */

static bool split(Dataset *dataset, const DataCall *data, bool second, StrataError *error)
{
    int64_t cut = (int64_t)floor((double)dataset->count * number_setting(data, "parts", 0.5) + 1e-9);
    return second ? dataset_keep(dataset, cut, dataset->count, error) : dataset_keep(dataset, 0, cut, error);
}

static void augment(Dataset *dataset, const DataCall *data)
{
    dataset->augmentation = (Augmentation){
        .shift = (int64_t)number_setting(data, "shift", 0),
        .flip = boolean_setting(data, "flip", false),
        .rotate = number_setting(data, "rotate", 0),
        .scale = number_setting(data, "scale", 0),
        .elastic = number_setting(data, "elastic", 0),
        .noise = number_setting(data, "noise", 0),
    };
}

static bool apply(Dataset *dataset, const DataCall *data, StrataError *error)
{
    const char *function = data->function;
    if (strcmp(function, "split_first") == 0 || strcmp(function, "split_second") == 0)
        return split(dataset, data, strcmp(function, "split_second") == 0, error);
    if (strcmp(function, "take") == 0)
        return dataset_keep(dataset, 0, (int64_t)number_setting(data, "n", 1), error);
    if (strcmp(function, "pairs") == 0)
        return dataset_pairs(dataset, error);
    if (strcmp(function, "crop") == 0)
        return dataset_crop(dataset, (int64_t)number_setting(data, "rows", 1), (int64_t)number_setting(data, "columns", 1), error);
    if (strcmp(function, "normalise") == 0)
        return dataset_normalise(dataset, find_setting(data, "deviation", DATA_NUMBER) != NULL, number_setting(data, "mean", 0),
                                 number_setting(data, "deviation", 1), error);
    if (strcmp(function, "shuffle") == 0)
        dataset_shuffle(dataset, (uint64_t)number_setting(data, "seed", 0));
    else if (strcmp(function, "augment") == 0)
        augment(dataset, data);
    else
        return error_set(error, STRATA_INVALID, E_DATA_FUNCTION, "`%s` of data cannot be carried out in training", function);
    return true;
}

/* The fields of a set as inputs of the function of `map`; null, and false after filling `error`, when there are none. */
static bool record_fields(const Dataset *dataset, RecordField *fields, int64_t room, StrataError *error)
{
    if (augments(&dataset->augmentation))
        return error_set(error, STRATA_INVALID, E_DATA_FUNCTION,
                         "%s: `map` is computed once, and `augment` changes records whenever they are drawn; put `augment` behind "
                         "`map`",
                         dataset->place);
    if (dataset->field_count > room)
        return error_set(error, STRATA_INVALID, E_DATA_FUNCTION, "%s: `map` takes records of at most %" PRId64 " fields",
                         dataset->place, room);
    for (int64_t i = 0; i < dataset->field_count; i++) {
        const DataField *field = &dataset->fields[i];
        fields[i] = (RecordField){.name = field->name, .type = {.rank = field->rank, .batched = true}};
        memcpy(fields[i].type.size, field->size, (size_t)field->rank * sizeof *field->size);
    }
    return true;
}

/* The records that a function gives: of those of `from`, or, where that is null, of numbers. */
static Dataset *make_records(const DataSource *source, const DataCall *data, const Dataset *from, StrataError *error)
{
    enum { MOST_FIELDS = 64 };
    RecordField fields[MOST_FIELDS] = {{.name = "index", .type = {.batched = true}}};
    bool said = false;
    if (from && !record_fields(from, fields, MOST_FIELDS, error))
        return NULL;
    const Graph *graph =
        data->record && source->record ? source->record(source->context, data, fields, from ? from->field_count : 1, &said) : NULL;
    if (!graph) {
        error_set(error, STRATA_INVALID, said ? 0 : E_DATA_FUNCTION, "`%s` of data cannot be carried out here", data->function);
        return NULL;
    }
    RecordMaking making = {.graph = graph,
                           .source = from,
                           .count = from ? from->count : (int64_t)number_setting(data, "count", 0),
                           .seed = (uint64_t)number_setting(data, "seed", 0),
                           .place = from ? from->place : data->function};
    return record_set_make(source->allocator, &making, error);
}

Dataset *dataset_open(const DataSource *source, const DataCall *data, StrataError *error)
{
    if (strcmp(data->function, "generate") == 0)
        return make_records(source, data, NULL, error);
    if (!data->source)
        return open_reader(source, data, error);
    Dataset *dataset = dataset_open(source, data->source, error);
    if (!dataset)
        return NULL;
    if (strcmp(data->function, "map") == 0) {
        Dataset *made = make_records(source, data, dataset, error);
        dataset_release(dataset);
        return made;
    }
    if (apply(dataset, data, error))
        return dataset;
    dataset_release(dataset);
    return NULL;
}
