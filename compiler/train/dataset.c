/* Data sets: fields, order, and the functions of data; see dataset.h. */
#include "train/dataset.h"

#include "base/allocator.h"
#include "base/error.h"
#include "random/random.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- fields --------------------------------------------------------------------------------------------------------------------- */

int64_t field_entries(const DataField *field)
{
    int64_t entries = 1;
    for (int axis = 0; axis < field->rank; axis++)
        entries *= field->size[axis];
    return entries;
}

int64_t field_stored_entries(const DataField *field)
{
    int64_t entries = field_entries(field);
    if (field->window.cut)
        entries =
            entries / (field->size[field->rank - 2] * field->size[field->rank - 1]) * field->window.rows * field->window.columns;
    return entries;
}

TensorKind field_kind(const DataField *field)
{
    return field->reader ? field->reader->kind : field->tensor->kind;
}

size_t field_room(const DataField *field)
{
    return field->reader ? field->reader->room : 0;
}

const void *field_row(const DataField *field, int64_t row, void *room, StrataError *error)
{
    if (field->reader)
        return row_reader_read(field->reader, row, room, error) ? room : NULL;
    const Tensor *tensor = field->tensor;
    int64_t width = tensor->size[0] > 0 ? tensor->elements / tensor->size[0] : 0;
    return (const char *)tensor->data + (size_t)(row * width + field->first) * kind_size(tensor->kind);
}

double stored_entry(TensorKind kind, const void *entries, int64_t i)
{
    switch (kind) {
    case STRATA_UINT8:
    case STRATA_BOOL:
        return ((const uint8_t *)entries)[i];
    case STRATA_INT32:
        return ((const int32_t *)entries)[i];
    case STRATA_INT64:
        return (double)((const int64_t *)entries)[i];
    case STRATA_FLOAT32:
        return ((const float *)entries)[i];
    default:
        return ((const double *)entries)[i];
    }
}

double field_entry(const DataField *field, int64_t row, int64_t entry)
{
    return stored_entry(field->tensor->kind, field_row(field, row, NULL, NULL), entry);
}

const DataField *dataset_field(const Dataset *dataset, const char *name)
{
    for (int64_t i = 0; i < dataset->field_count; i++)
        if (strcmp(dataset->fields[i].name, name) == 0)
            return &dataset->fields[i];
    return NULL;
}

/* Makes room for one more field. */
static DataField *next_field(Dataset *dataset, const char *name, StrataError *error)
{
    if (dataset->field_count == dataset->field_capacity) {
        int64_t larger = dataset->field_capacity ? 2 * dataset->field_capacity : 4;
        DataField *fields = allocator_take_zero(&dataset->allocator, (size_t)larger, sizeof *fields);
        if (!fields) {
            error_memory(error, (size_t)larger * sizeof *fields);
            return NULL;
        }
        if (dataset->field_count > 0)
            memcpy(fields, dataset->fields, (size_t)dataset->field_count * sizeof *fields);
        allocator_give(&dataset->allocator, dataset->fields, (size_t)dataset->field_capacity, sizeof *fields);
        dataset->fields = fields;
        dataset->field_capacity = larger;
    }
    DataField *field = &dataset->fields[dataset->field_count++];
    *field = (DataField){.factor = 1};
    snprintf(field->name, sizeof field->name, "%s", name);
    return field;
}

/* Sample i is row i. */
static bool first_order(Dataset *dataset, int64_t count, StrataError *error)
{
    dataset->rows[0] = allocator_take(&dataset->allocator, (size_t)count + 1, sizeof(int64_t));
    if (!dataset->rows[0])
        return error_memory(error, ((size_t)count + 1) * sizeof(int64_t));
    dataset->count = dataset->capacity = count;
    for (int64_t i = 0; i < count; i++)
        dataset->rows[0][i] = i;
    return true;
}

/* Adds a field for `rows` rows of these sizes. */
static DataField *add_field(Dataset *dataset, const char *name, TensorKind kind, int rank, const int64_t *size, StrataError *error)
{
    if (rank < 1 || kind_is_complex(kind)) {
        error_set(error, STRATA_INVALID, E_FIELD_SHAPE, "%s: %s is no list of records of real numbers", dataset->place, name);
        return NULL;
    }
    if (!dataset->rows[0] && !first_order(dataset, size[0], error))
        return NULL;
    if (size[0] != dataset->capacity) {
        error_set(error, STRATA_INVALID, E_ROWS_DIFFER, "%s: %s has %" PRId64 " records, and the field before it %" PRId64,
                  dataset->place, name, size[0], dataset->capacity);
        return NULL;
    }
    DataField *field = next_field(dataset, name, error);
    if (!field)
        return NULL;
    field->rank = rank - 1;
    memcpy(field->size, size + 1, (size_t)field->rank * sizeof *field->size);
    field->picture = field->rank >= 2;
    return field;
}

bool dataset_add(Dataset *dataset, const char *name, Tensor *tensor, StrataError *error)
{
    DataField *field = add_field(dataset, name, tensor->kind, tensor->rank, tensor->size, error);
    if (field)
        field->tensor = tensor_retain(tensor);
    return field != NULL;
}

bool dataset_add_reader(Dataset *dataset, const char *name, RowReader *reader, StrataError *error)
{
    DataField *field = add_field(dataset, name, reader->kind, reader->rank, reader->size, error);
    if (field)
        field->reader = row_reader_retain(reader);
    return field != NULL;
}

/* --- making and releasing ------------------------------------------------------------------------------------------------------- */

static Dataset *dataset_empty(const StrataAllocator *allocator, StrataError *error)
{
    Dataset *dataset = allocator_take_zero(allocator, 1, sizeof *dataset);
    if (!dataset) {
        error_memory(error, sizeof *dataset);
        return NULL;
    }
    dataset->allocator = *allocator;
    return dataset;
}

Dataset *dataset_of(const StrataAllocator *allocator, const TensorSet *set, StrataError *error)
{
    Dataset *dataset = dataset_empty(allocator, error);
    if (!dataset)
        return NULL;
    snprintf(dataset->place, sizeof dataset->place, "data");
    for (int64_t i = 0; set && i < set->count; i++)
        if (!dataset_add(dataset, set->items[i].name, set->items[i].tensor, error)) {
            dataset_release(dataset);
            return NULL;
        }
    return dataset;
}

void dataset_release(Dataset *dataset)
{
    if (!dataset)
        return;
    StrataAllocator allocator = dataset->allocator;
    for (int64_t i = 0; i < dataset->field_count; i++) {
        tensor_release(dataset->fields[i].tensor);
        row_reader_release(dataset->fields[i].reader);
    }
    allocator_give(&allocator, dataset->fields, (size_t)dataset->field_capacity, sizeof *dataset->fields);
    for (int side = 0; side < 2; side++)
        allocator_give(&allocator, dataset->rows[side], (size_t)dataset->capacity + 1, sizeof(int64_t));
    name_list_release(&allocator, &dataset->classes);
    allocator_give(&allocator, dataset, 1, sizeof *dataset);
}

/* A list of as many rows as the set has room for, with the same content. */
static int64_t *copy_rows(const Dataset *dataset, int side, StrataError *error)
{
    int64_t *rows = allocator_take_zero(&dataset->allocator, (size_t)dataset->capacity + 1, sizeof *rows);
    if (!rows)
        error_memory(error, (size_t)dataset->capacity * sizeof *rows);
    else if (dataset->rows[side])
        memcpy(rows, dataset->rows[side], (size_t)dataset->count * sizeof *rows);
    return rows;
}

/* A copy of a field owns what it looks into too. */
static void field_retain(const DataField *field)
{
    if (field->tensor)
        tensor_retain(field->tensor);
    row_reader_retain(field->reader);
}

Dataset *dataset_copy(const Dataset *dataset, StrataError *error)
{
    Dataset *copy = dataset_empty(&dataset->allocator, error);
    if (!copy)
        return NULL;
    memcpy(copy->place, dataset->place, sizeof copy->place);
    copy->capacity = dataset->capacity;
    copy->count = dataset->count;
    copy->columns = dataset->columns;
    copy->augmentation = dataset->augmentation;
    bool good = true;
    for (int side = 0; side < 2 && good; side++)
        if (dataset->rows[side])
            good = (copy->rows[side] = copy_rows(dataset, side, error)) != NULL;
    for (int64_t i = 0; i < dataset->field_count && good; i++) {
        DataField *field = next_field(copy, dataset->fields[i].name, error);
        good = field != NULL;
        if (!good)
            break;
        *field = dataset->fields[i];
        field_retain(field);
    }
    good = good && name_list_copy(&dataset->allocator, &dataset->classes, &copy->classes, error);
    if (good)
        return copy;
    dataset_release(copy);
    return NULL;
}

/* --- functions of data ---------------------------------------------------------------------------------------------------------- */

bool dataset_keep(Dataset *dataset, int64_t first, int64_t count, StrataError *error)
{
    if (first > dataset->count)
        first = dataset->count;
    if (count > dataset->count - first)
        count = dataset->count - first;
    if (count < 1)
        return error_set(error, STRATA_INVALID, E_DATA_EMPTY, "%s: no records are left of %" PRId64, dataset->place,
                         dataset->count);
    for (int side = 0; side < 2; side++)
        if (dataset->rows[side])
            memmove(dataset->rows[side], dataset->rows[side] + first, (size_t)count * sizeof(int64_t));
    dataset->count = count;
    return true;
}

/* Fisher and Yates, by numbers that depend on the seed alone. */
void dataset_shuffle(Dataset *dataset, uint64_t seed)
{
    RandomStream stream = random_stream(seed, UINT64_C(0x73687566666C65), 0, 0, 0);
    for (int64_t i = dataset->count - 1; i > 0; i--) {
        int64_t k = (int64_t)(random_uniform(&stream, i) * (double)(i + 1));
        for (int side = 0; side < 2; side++) {
            int64_t *rows = dataset->rows[side];
            if (!rows)
                continue;
            int64_t kept = rows[i];
            rows[i] = rows[k];
            rows[k] = kept;
        }
    }
}

/* A second record for each: every other one from the same class, where one is found within some tries. */
static void choose_partners(const Dataset *dataset, const DataField *label, int64_t *partners)
{
    enum { TRIES = 200 };
    RandomStream stream = random_stream(0, UINT64_C(0x7061697273), 0, 0, 0);
    int64_t draw = 0;
    for (int64_t i = 0; i < dataset->count; i++) {
        double own = field_entry(label, dataset->rows[0][i], 0);
        for (int tries = 0; tries < TRIES; tries++) {
            int64_t other = dataset->rows[0][(int64_t)(random_uniform(&stream, draw++) * (double)dataset->count)];
            partners[i] = other;
            if ((field_entry(label, other, 0) == own) == (i % 2 == 0))
                break;
        }
    }
}

bool dataset_pairs(Dataset *dataset, StrataError *error)
{
    const DataField *found = dataset_field(dataset, "x");
    const DataField *label = dataset_field(dataset, "label");
    if (!found || !label || !label->tensor || dataset->rows[1])
        return error_set(error, STRATA_INVALID, E_DATA_FUNCTION, "%s: `pairs` takes records {x, label}", dataset->place);
    int64_t *partners = copy_rows(dataset, 1, error);
    if (!partners)
        return false;
    choose_partners(dataset, label, partners);
    dataset->rows[1] = partners;
    DataField x = *found, same = *label;
    DataField *second = next_field(dataset, "b", error);
    if (!second)
        return false;
    *second = x;
    second->side = 1;
    field_retain(second);
    snprintf(second->name, sizeof second->name, "b");
    for (int64_t i = 0; i < dataset->field_count; i++) {
        DataField *field = &dataset->fields[i];
        if (strcmp(field->name, "x") == 0)
            snprintf(field->name, sizeof field->name, "a");
        if (strcmp(field->name, "label") == 0) {
            *field = same;
            field->kind = FIELD_EQUAL;
            snprintf(field->name, sizeof field->name, "same");
        }
    }
    return true;
}

/* The sum over all entries of all samples, bytes counted from 0 to 1, of their distances from `from`, or of the squares of these. */
static bool sum_entries(const Dataset *dataset, const DataField *field, double from, bool squares, void *room, double *sum,
                        StrataError *error)
{
    int64_t entries = field_stored_entries(field);
    TensorKind kind = field_kind(field);
    double unit = kind == STRATA_UINT8 ? 1.0 / 255 : 1;
    *sum = 0;
    for (int64_t i = 0; i < dataset->count; i++) {
        const void *row = field_row(field, dataset->rows[0][i], room, error);
        if (!row)
            return false;
        for (int64_t k = 0; k < entries; k++) {
            double distance = stored_entry(kind, row, k) * unit - from;
            *sum += squares ? distance * distance : distance;
        }
    }
    return true;
}

/* Mean and deviation over all entries of all samples. */
static bool measure(const Dataset *dataset, const DataField *field, double *mean, double *deviation, StrataError *error)
{
    size_t size = field_room(field);
    void *room = size > 0 ? allocator_take_aligned(&dataset->allocator, size) : NULL;
    if (size > 0 && !room)
        return error_memory(error, size);
    double count = (double)field_stored_entries(field) * (double)dataset->count, sum = 0, squares = 0;
    bool done = sum_entries(dataset, field, 0, false, room, &sum, error);
    *mean = sum / count;
    done = done && sum_entries(dataset, field, *mean, true, room, &squares, error);
    *deviation = sqrt(squares / count);
    if (room)
        allocator_give_aligned(&dataset->allocator, room, size);
    return done;
}

/* The field x, or both of pairs, as it came from a file. */
static bool is_input(const DataField *field)
{
    bool wanted = strcmp(field->name, "x") == 0 || strcmp(field->name, "a") == 0 || strcmp(field->name, "b") == 0;
    return wanted && field->kind == FIELD_ROWS;
}

bool dataset_crop(Dataset *dataset, int64_t rows, int64_t columns, StrataError *error)
{
    bool any = false;
    for (int64_t i = 0; i < dataset->field_count; i++) {
        DataField *field = &dataset->fields[i];
        if (!is_input(field) || field->rank < 2)
            continue;
        int64_t *size = &field->size[field->rank - 2];
        if (field->window.cut || rows < 1 || columns < 1 || rows > size[0] || columns > size[1])
            return error_set(error, STRATA_INVALID, E_DATA_FUNCTION,
                             "%s: no window of %" PRId64 "x%" PRId64 " can be cut from pictures of %" PRId64 "x%" PRId64 "%s",
                             dataset->place, rows, columns, size[0], size[1], field->window.cut ? ", which were cut already" : "");
        field->window = (PictureWindow){.cut = true, .rows = size[0], .columns = size[1]};
        size[0] = rows;
        size[1] = columns;
        any = true;
    }
    return any ||
           error_set(error, STRATA_INVALID, E_DATA_FUNCTION, "%s: `crop` takes records with pictures in a field x", dataset->place);
}

bool dataset_normalise(Dataset *dataset, bool given, double mean, double deviation, StrataError *error)
{
    bool any = false;
    if (given && !(deviation > 0))
        return error_set(error, STRATA_INVALID, E_DATA_FUNCTION, "%s: `normalise` needs a deviation above 0", dataset->place);
    for (int64_t i = 0; i < dataset->field_count; i++) {
        DataField *field = &dataset->fields[i];
        if (!is_input(field))
            continue;
        if (!given && !measure(dataset, field, &mean, &deviation, error))
            return false;
        if (!(deviation > 0))
            return error_set(error, STRATA_INVALID, E_DATA_FUNCTION,
                             "%s: all entries of %s are equal, so they have no deviation to divide by", dataset->place,
                             field->name);
        field->factor = field->factor / deviation;
        field->summand = (field->summand - mean) / deviation;
        any = true;
    }
    return any || error_set(error, STRATA_INVALID, E_DATA_FUNCTION, "%s: `normalise` takes records with a field x", dataset->place);
}
