/* Filling batches; see batch.h. */
#include "train/batch.h"

#include "base/allocator.h"
#include "base/error.h"
#include "base/number.h"
#include "random/random.h"
#include "train/augment.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- which field goes where ----------------------------------------------------------------------------------------------------- */

static bool is_label(const char *input)
{
    return strcmp(input, "label") == 0 || strncmp(input, "label.", strlen("label.")) == 0;
}

static int64_t count_labels(const Program *program)
{
    int64_t count = 0;
    for (int64_t i = 0; i < program_input_count(program); i++)
        count += is_label(program_input(program, i)->name);
    return count;
}

/* Whether an input of the Program has the name of this field. */
static bool is_taken(const Program *program, const char *field)
{
    for (int64_t i = 0; i < program_input_count(program); i++)
        if (strcmp(program_input(program, i)->name, field) == 0)
            return true;
    return false;
}

/* What labels are called. */
enum { LABEL_NAMES = 4 };
static const char *const label_names[LABEL_NAMES] = {"label", "labels", "y", "same"};

static bool is_label_name(const char *name)
{
    for (int i = 0; i < LABEL_NAMES; i++)
        if (strcmp(name, label_names[i]) == 0)
            return true;
    return false;
}

/* The only field that no input is called after and that has the role: the label is called as labels are, or is what is left. */
static const DataField *only_field(const Dataset *dataset, const Program *program, bool label)
{
    const DataField *found = NULL;
    for (int i = 0; label && i < LABEL_NAMES; i++)
        if ((found = dataset_field(dataset, label_names[i])))
            return found;
    for (int64_t i = 0; i < dataset->field_count; i++) {
        const DataField *field = &dataset->fields[i];
        if (is_taken(program, field->name) || is_label_name(field->name))
            continue;
        if (found)
            return NULL;
        found = field;
    }
    return found;
}

/* A table without names that fit: its first columns are the input, those behind it the label. */
static bool columns_field(const Dataset *dataset, const Program *program, bool label, DataField *field)
{
    int64_t before = 0;
    int64_t inputs = program_input_count(program);
    if (!dataset->columns || inputs - count_labels(program) != 1 || count_labels(program) > 1)
        return false;
    for (int64_t i = 0; i < inputs; i++) {
        const ProgramValue *input = program_input(program, i);
        if (!is_label(input->name))
            before = type_elements(&input->type);
    }
    *field = dataset->fields[0];
    field->first = label ? before : 0;
    int64_t count = label ? dataset->field_count - before : before;
    if (count < 1 || field->first + count > dataset->field_count)
        return false;
    field->rank = 1;
    field->size[0] = count;
    snprintf(field->name, sizeof field->name, "%s", label ? "label" : "x");
    return true;
}

static bool field_missing(const Dataset *dataset, const char *input, const char *net, StrataError *error)
{
    char names[400] = "";
    size_t length = 0;
    for (int64_t i = 0; i < dataset->field_count && length + 1 < sizeof names; i++)
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i ? ", " : "", dataset->fields[i].name);
    return error_set(error, STRATA_INVALID, E_FIELD_MISSING, "%s: no field is for `%s` of %s; the records have %s", dataset->place,
                     input, net, names);
}

static bool find_field(const Dataset *dataset, const Program *program, const ProgramValue *input, DataField *field)
{
    bool label = is_label(input->name);
    const DataField *found = dataset_field(dataset, input->name);
    if (!found && label && count_labels(program) > 1)
        found = dataset_field(dataset, input->name + strlen("label."));
    if (!found && (label ? count_labels(program) : program_input_count(program) - count_labels(program)) == 1) {
        if (columns_field(dataset, program, label, field))
            return true;
        found = only_field(dataset, program, label);
    }
    if (found)
        *field = *found;
    return found != NULL;
}

/* --- whether it fits ------------------------------------------------------------------------------------------------------------ */

/* Sizes other than 1, in order: a picture in grey may come without its channel, a number as a vector of one. */
static int significant(int rank, const int64_t *size, int64_t *result)
{
    int count = 0;
    for (int axis = 0; axis < rank; axis++)
        if (size[axis] != 1)
            result[count++] = size[axis];
    return count;
}

static bool check_shape(const Dataset *dataset, const ProgramValue *input, const DataField *field, const char *net,
                        StrataError *error)
{
    int64_t have[STRATA_RANK_LIMIT], want[MAX_RANK];
    int rank = significant(field->rank, field->size, have);
    if (rank == significant(input->type.rank, input->type.size, want) && memcmp(have, want, (size_t)rank * sizeof *have) == 0)
        return true;
    char got[SHAPE_TEXT_LIMIT], wanted[SHAPE_TEXT_LIMIT];
    return error_set(error, STRATA_INVALID, E_FIELD_SHAPE, "%s: `%s` of each record is %s, and `%s` of %s takes %s", dataset->place,
                     field->name, shape_text(field->rank, field->size, got), input->name, net,
                     shape_text(input->type.rank, input->type.size, wanted));
}

/* A class of the files by its name in the net. */
static bool match_classes(const Dataset *dataset, const Program *judge, BatchSource *source, const char *net, StrataError *error)
{
    const ProgramValue *output = NULL;
    for (int64_t i = 0; i < program_output_count(judge); i++)
        if (program_output(judge, i)->labels)
            output = program_output(judge, i);
    if (dataset->classes.count == 0 || !output)
        return true;
    source->class_count = dataset->classes.count;
    source->classes = allocator_take_zero(&dataset->allocator, (size_t)source->class_count, sizeof *source->classes);
    if (!source->classes)
        return error_memory(error, (size_t)source->class_count * sizeof *source->classes);
    for (int64_t i = 0; i < source->class_count; i++) {
        int64_t k = 0;
        while (k < output->classes && strcmp(output->labels[k], dataset->classes.items[i]) != 0)
            k++;
        if (k == output->classes)
            return error_set(error, STRATA_INVALID, E_LABEL_RANGE, "%s: there is a class %s, and %s has no class of this name",
                             dataset->place, dataset->classes.items[i], net);
        source->classes[i] = k;
    }
    return true;
}

/* Entry i of the stored entries of a row as the net gets it. */
static double entry_value(const BatchSource *source, const void *row, int64_t i)
{
    return stored_entry(field_kind(&source->field), row, i) * source->unit * source->field.factor + source->field.summand;
}

/* Every entry of an input of integers is a whole number below its limit. */
static bool check_integers(const Dataset *dataset, const ProgramValue *input, const BatchSource *source, const char *net,
                           StrataError *error)
{
    int64_t below = source->classes ? source->class_count : input->below;
    int64_t entries = field_stored_entries(&source->field);
    for (int64_t i = 0; i < dataset->count; i++) {
        int64_t number = dataset->rows[source->field.side][i];
        const void *row = field_row(&source->field, number, source->room, error);
        for (int64_t k = 0; row && k < entries; k++) {
            double value = entry_value(source, row, k);
            char text[NUMBER_LIMIT];
            if (!(value >= 0 && value < (double)below && value == floor(value)))
                return error_set(error, STRATA_INVALID, E_LABEL_RANGE,
                                 "%s: record %" PRId64 " has %s %s; %s takes whole numbers from 0 to %" PRId64, dataset->place,
                                 number, source->field.name, number_write(value, text), net, below - 1);
        }
        if (!row)
            return false;
    }
    return true;
}

/* Room for reading a row and for cutting a window out of it. */
static bool take_room(const Dataset *dataset, BatchSource *source, StrataError *error)
{
    enum { ALIGNMENT = 64 };
    const DataField *field = &source->field;
    source->row_room = (field_room(field) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    source->window_room = field->window.cut ? (size_t)field_entries(field) * kind_size(field_kind(field)) : 0;
    size_t size = source->row_room + source->window_room;
    source->room = size > 0 ? allocator_take_aligned(&dataset->allocator, size) : NULL;
    return size == 0 || source->room || error_memory(error, size);
}

static bool plan_input(BatchPlan *plan, const Program *program, const Program *judge, int64_t index, const char *net,
                       StrataError *error)
{
    const ProgramValue *input = program_input(program, index);
    BatchSource *source = &plan->sources[index];
    if (!find_field(plan->dataset, program, input, &source->field))
        return field_missing(plan->dataset, input->name, net, error);
    if (!check_shape(plan->dataset, input, &source->field, net, error) || !take_room(plan->dataset, source, error))
        return false;
    source->entries = type_elements(&input->type);
    source->label = is_label(input->name);
    bool bytes = field_kind(&source->field) == STRATA_UINT8 && source->field.kind == FIELD_ROWS;
    source->unit = bytes && input->kind == INPUT_REAL && !source->label ? 1.0 / 255 : 1;
    if (source->label && !match_classes(plan->dataset, judge, source, net, error))
        return false;
    return input->kind != INPUT_INTEGERS || source->field.kind == FIELD_EQUAL ||
           check_integers(plan->dataset, input, source, net, error);
}

/* Pictures that are to be changed are there, and not too large. */
static bool check_pictures(const BatchPlan *plan, StrataError *error)
{
    const Dataset *dataset = plan->dataset;
    bool any = false;
    for (int64_t i = 0; i < plan->count; i++) {
        const DataField *field = &plan->sources[i].field;
        if (!field->picture || plan->sources[i].label)
            continue;
        any = true;
        int64_t rows = field->size[field->rank - 2], columns = field->size[field->rank - 1];
        if (augment_moves(&dataset->augmentation) && rows > AUGMENT_PIXELS / columns)
            return error_set(error, STRATA_INVALID, E_DATA_FUNCTION,
                             "%s: `augment` moves pixels of pictures of at most %d pixels, and these have %" PRId64 "x%" PRId64,
                             dataset->place, AUGMENT_PIXELS, rows, columns);
    }
    return any || !augments(&dataset->augmentation) ||
           error_set(error, STRATA_INVALID, E_DATA_FUNCTION, "%s: `augment` changes pictures, and these records have none",
                     dataset->place);
}

bool batch_plan_make(BatchPlan *plan, const Dataset *dataset, const Program *program, const Program *judge, const char *net,
                     StrataError *error)
{
    int64_t count = program_input_count(program);
    *plan = (BatchPlan){.dataset = dataset, .precision = program_precision(program), .count = count};
    plan->sources = allocator_take_zero(&dataset->allocator, (size_t)count + 1, sizeof *plan->sources);
    if (!plan->sources)
        return error_memory(error, (size_t)count * sizeof *plan->sources);
    for (int64_t i = 0; i < count; i++)
        if (!plan_input(plan, program, judge, i, net, error)) {
            batch_plan_release(plan);
            return false;
        }
    if (check_pictures(plan, error))
        return true;
    batch_plan_release(plan);
    return false;
}

/* Bytes are pictures, unless they are called as labels are. */
bool batch_plan_field(BatchPlan *plan, const Dataset *dataset, const DataField *field, StrataError *error)
{
    *plan = (BatchPlan){.dataset = dataset, .precision = PRECISION_SINGLE, .count = 1};
    plan->sources = allocator_take_zero(&dataset->allocator, 2, sizeof *plan->sources);
    if (!plan->sources)
        return error_memory(error, 2 * sizeof *plan->sources);
    BatchSource *source = &plan->sources[0];
    source->field = *field;
    source->entries = field->kind == FIELD_EQUAL ? 1 : field_entries(field);
    source->label = is_label_name(field->name);
    source->unit = field_kind(field) == STRATA_UINT8 && field->kind == FIELD_ROWS && !source->label ? 1.0 / 255 : 1;
    if (take_room(dataset, source, error))
        return true;
    batch_plan_release(plan);
    return false;
}

void batch_plan_release(BatchPlan *plan)
{
    for (int64_t i = 0; plan->sources && i < plan->count; i++) {
        const BatchSource *source = &plan->sources[i];
        allocator_give(&plan->dataset->allocator, source->classes, (size_t)source->class_count, sizeof(int64_t));
        if (source->room)
            allocator_give_aligned(&plan->dataset->allocator, source->room, source->row_room + source->window_room);
    }
    if (plan->sources)
        allocator_give(&plan->dataset->allocator, plan->sources, (size_t)plan->count + 1, sizeof *plan->sources);
    *plan = (BatchPlan){0};
}

/* --- filling -------------------------------------------------------------------------------------------------------------------- */

/* The commonest cases by themselves. Bytes to single precision. */
static void fill_bytes(const BatchSource *source, const uint8_t *from, float *to)
{
    float factor = (float)(source->unit * source->field.factor), summand = (float)source->field.summand;
    for (int64_t i = 0; i < source->entries; i++)
        to[i] = (float)from[i] * factor + summand;
}

/* Floats to single precision, by the numbers of entry_value in a loop without questions. */
static void fill_floats(const BatchSource *source, const float *from, float *to)
{
    double unit = source->unit, factor = source->field.factor, summand = source->field.summand;
    for (int64_t i = 0; i < source->entries; i++)
        to[i] = (float)((double)from[i] * unit * factor + summand);
}

static void set_real(const BatchPlan *plan, void *to, int64_t at, double value)
{
    if (plan->precision == PRECISION_DOUBLE)
        ((double *)to)[at] = value;
    else
        ((float *)to)[at] = (float)value;
}

/* The first row or column of a window of `size` in `whole`: drawn, or such that it is in the middle. */
static int64_t window_place(const BatchRequest *request, int64_t sample, int axis, int64_t whole, int64_t size)
{
    if (!request->augment)
        return (whole - size) / 2;
    RandomStream stream = random_stream(request->seed, UINT64_C(0x63726F70), request->epoch, 0, sample);
    int64_t place = (int64_t)(random_uniform(&stream, axis) * (double)(whole - size + 1));
    return place < whole - size ? place : whole - size;
}

/* Copies the window of each channel behind the row in the room of the source. */
static const void *cut_window(const BatchSource *source, const BatchRequest *request, int64_t sample, const void *row)
{
    const DataField *field = &source->field;
    const PictureWindow *window = &field->window;
    int64_t rows = field->size[field->rank - 2], columns = field->size[field->rank - 1];
    int64_t top = window_place(request, sample, 0, window->rows, rows);
    int64_t left = window_place(request, sample, 1, window->columns, columns);
    int64_t channels = field_entries(field) / (rows * columns);
    size_t entry = kind_size(field_kind(field)), length = (size_t)columns * entry;
    unsigned char *to = source->room + source->row_room;
    for (int64_t channel = 0; channel < channels; channel++)
        for (int64_t y = 0; y < rows; y++) {
            int64_t from = (channel * window->rows + top + y) * window->columns + left;
            memcpy(to + (size_t)(channel * rows + y) * length, (const char *)row + (size_t)from * entry, length);
        }
    return to;
}

static bool fill_sample(const BatchPlan *plan, const BatchSource *source, const BatchRequest *request, int64_t sample, void *to,
                        StrataError *error)
{
    const DataField *field = &source->field;
    int64_t row = plan->dataset->rows[field->side][sample];
    if (field->kind == FIELD_EQUAL) {
        set_real(plan, to, 0, field_entry(field, row, 0) == field_entry(field, plan->dataset->rows[1][sample], 0));
        return true;
    }
    const void *entries = field_row(field, row, source->room, error);
    if (!entries)
        return false;
    if (field->window.cut)
        entries = cut_window(source, request, sample, entries);
    bool plain = !source->classes && plan->precision == PRECISION_SINGLE;
    if (plain && field_kind(field) == STRATA_UINT8) {
        fill_bytes(source, entries, to);
        return true;
    }
    if (plain && field_kind(field) == STRATA_FLOAT32) {
        fill_floats(source, entries, to);
        return true;
    }
    for (int64_t i = 0; i < source->entries; i++) {
        double value = entry_value(source, entries, i);
        set_real(plan, to, i, source->classes ? (double)source->classes[(int64_t)value] : value);
    }
    return true;
}

/* One input of a batch under way. */
typedef struct Filling {
    const BatchPlan *plan;
    const BatchSource *source;
    const BatchRequest *request;
    unsigned char *buffer;
} Filling;

/* Sample k of the batch, changed as pictures are. */
static bool fill_place(const Filling *filling, int64_t k, StrataError *error)
{
    const BatchPlan *plan = filling->plan;
    const BatchSource *source = filling->source;
    const BatchRequest *request = filling->request;
    bool precise = plan->precision == PRECISION_DOUBLE;
    unsigned char *to = filling->buffer + (size_t)(k * source->entries) * (precise ? sizeof(double) : sizeof(float));
    if (!fill_sample(plan, source, request, request->samples[k], to, error))
        return false;
    if (request->augment && source->field.picture && !source->label)
        augment_sample(&plan->dataset->augmentation, &source->field, precise, to, request->seed, request->epoch,
                       request->samples[k]);
    return true;
}

/* Of a source without room, so nothing is read that could fail. */
static void fill_there(void *context, int64_t k)
{
    fill_place(context, k, NULL);
}

bool batch_plan_needs_room(const BatchPlan *plan)
{
    for (int64_t i = 0; i < plan->count; i++)
        if (plan->sources[i].room)
            return true;
    return false;
}

bool batch_fill(const BatchPlan *plan, const BatchRequest *request, void *const *buffers, StrataError *error)
{
    enum { WORTH_SHARING = 64 }; /* entries of a sample */
    for (int64_t i = 0; i < plan->count; i++) {
        Filling filling = {.plan = plan, .source = &plan->sources[i], .request = request, .buffer = buffers[i]};
        if (!filling.source->room && filling.source->entries >= WORTH_SHARING) {
            parallel_run(request->parallel, request->count, fill_there, &filling);
            continue;
        }
        for (int64_t k = 0; k < request->count; k++)
            if (!fill_place(&filling, k, error))
                return false;
    }
    return true;
}
