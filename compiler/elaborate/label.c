/* Tables of paths through operations and into the Graph; see label.h. */
#include "elaborate/label.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- through operations ------------------------------------------------------------------------------------------------------------ */

static bool is_elementwise(Op op)
{
    return (op >= OP_NEGATE && op <= OP_MODULUS) || op == OP_BATCH_MEAN;
}

static bool over_windows(Op op)
{
    return op == OP_POOL_MAX || op == OP_POOL_MEAN || op == OP_ADAPTIVE_POOL_MAX || op == OP_ADAPTIVE_POOL_MEAN || op == OP_RESIZE;
}

/* Whether a reduction leaves dimension 0 alone. */
static bool reduces_others(const OpUse *use)
{
    if (use->info->op < OP_REDUCE_SUM || use->info->op > OP_REDUCE_MIN)
        return false;
    int64_t count;
    const int64_t *axes = use_list(use, "axes", &count);
    for (int64_t i = 0; i < count; i++)
        if (axes[i] == 0 || axes[i] == -use->operand[0].rank)
            return false;
    return count > 0;
}

/* Whether entry i of dimension 0 of the result is made of entries i of the operands, as far as the operation tells. */
static bool keeps_rows(const OpUse *use)
{
    Op op = use->info->op;
    if (op == OP_SLICE || op == OP_CONCATENATE || op == OP_GATHER || op == OP_CUMULATIVE_SUM)
        return use_integer(use, "axis") != 0;
    return is_elementwise(op) || over_windows(op) || reduces_others(use) || op == OP_RESHAPE;
}

static bool same_rows(const List *a, const List *b)
{
    enum { STEPS = 100000 };
    Comparison comparison = {.comparable = true, .steps = STEPS};
    Object left = {.kind = OBJECT_LIST, .list = a}, right = {.kind = OBJECT_LIST, .list = b};
    return a == b || (object_equal(left, right, &comparison) && comparison.steps > 0);
}

/* The rows that all operands with rows agree on. */
static const List *agreed_rows(const OpUse *use, Tensor *const *operands)
{
    const List *rows = NULL;
    for (int i = 0; i < use->operand_count; i++) {
        const List *other = operands[i]->rows;
        if (!other)
            continue;
        if (rows && !same_rows(rows, other))
            return NULL;
        rows = other;
    }
    return rows;
}

static const List *some_rows(Elaborator *e, const List *rows, int64_t start, int64_t step, int64_t count)
{
    Object *items = arena_take(e->arena, (size_t)count * sizeof *items);
    for (int64_t i = 0; i < count; i++)
        items[i] = rows->items[start + i * step];
    return object_list(e->arena, items, count).list;
}

static const List *sliced_rows(Elaborator *e, const OpUse *use, const List *rows)
{
    int64_t start = use_integer(use, "start");
    return some_rows(e, rows, start < 0 ? start + rows->count : start, use_integer(use, "step"), use->result.size[0]);
}

static const List *joined_rows(Elaborator *e, const OpUse *use, Tensor *const *operands)
{
    Object *items = arena_take(e->arena, (size_t)use->result.size[0] * sizeof *items);
    int64_t count = 0;
    for (int i = 0; i < use->operand_count; i++) {
        const List *rows = operands[i]->rows;
        if (!rows || count + rows->count > use->result.size[0])
            return NULL;
        memcpy(items + count, rows->items, (size_t)rows->count * sizeof *items);
        count += rows->count;
    }
    Object list = object_list(e->arena, items, count);
    return list.kind == OBJECT_LIST ? list.list : NULL;
}

static bool any_rows(const OpUse *use, Tensor *const *operands)
{
    for (int i = 0; i < use->operand_count; i++)
        if (operands[i]->rows)
            return true;
    return false;
}

const List *label_result(Elaborator *e, const OpUse *use, Tensor *const *operands)
{
    if (!any_rows(use, operands) || use->result.rank == 0)
        return NULL;
    Op op = use->info->op;
    bool along = (op == OP_SLICE || op == OP_CONCATENATE) && use_integer(use, "axis") == 0;
    if (along && op == OP_SLICE)
        return sliced_rows(e, use, operands[0]->rows);
    const List *rows = along ? joined_rows(e, use, operands) : keeps_rows(use) ? agreed_rows(use, operands) : NULL;
    return rows && rows->count == use->result.size[0] ? rows : NULL;
}

/* --- fields ------------------------------------------------------------------------------------------------------------------------ */

bool label_field(const Record *row, const char *name, Object *value, bool *known)
{
    const Object *field = record_find(row, name);
    *known = field != NULL;
    if (field) {
        *value = *field;
        return true;
    }
    size_t length = strlen(name), base = length;
    while (base > 0 && isdigit((unsigned char)name[base - 1]))
        base--;
    if (base == length || base == 0 || length - base > 3)
        return false;
    char word[64];
    if (base >= sizeof word)
        return false;
    memcpy(word, name, base);
    word[base] = '\0';
    field = record_find(row, word);
    *known = field && field->kind == OBJECT_LIST;
    long place = strtol(name + base, NULL, 10);
    if (!*known || place < 1 || place > field->list->count)
        return false;
    *value = field->list->items[place - 1];
    return true;
}

/* --- into the Graph ---------------------------------------------------------------------------------------------------------------- */

enum { ABSENT = -1, MOST_COLUMNS = 64 };

static bool is_whole(Object object)
{
    return object.kind == OBJECT_NUMBER && object.number == floor(object.number) && fabs(object.number) < 1e15;
}

/* Adds a column unless it is there; false when there are too many. */
static bool add_column(Elaborator *e, PathTable *table, const char *name)
{
    for (int64_t i = 0; i < table->columns; i++)
        if (strcmp(table->names[i], name) == 0)
            return true;
    if (table->columns == MOST_COLUMNS)
        return false;
    table->names[table->columns++] = arena_duplicate(e->arena, name);
    return true;
}

static void add_columns_of(Elaborator *e, PathTable *table, const char *name, Object value)
{
    if (is_whole(value))
        add_column(e, table, name);
    for (int64_t i = 0; value.kind == OBJECT_LIST && i < value.list->count && i < MOST_COLUMNS; i++)
        if (is_whole(value.list->items[i]))
            add_column(e, table, arena_printf(e->arena, "%s%lld", name, (long long)i + 1));
}

const PathTable *label_table(Elaborator *e, const List *rows)
{
    PathTable *table = arena_zero(e->arena, 1, sizeof *table);
    table->names = arena_zero(e->arena, MOST_COLUMNS, sizeof *table->names);
    table->rows = rows->count;
    for (int64_t i = 0; i < rows->count; i++)
        for (int64_t k = 0; rows->items[i].kind == OBJECT_RECORD && k < rows->items[i].record->count; k++)
            add_columns_of(e, table, rows->items[i].record->names[k], rows->items[i].record->values[k]);
    if (table->columns == 0)
        return NULL;
    int64_t *entries = arena_take(e->arena, (size_t)(table->rows * table->columns) * sizeof *entries);
    for (int64_t i = 0; i < rows->count; i++)
        for (int64_t k = 0; k < table->columns; k++) {
            Object value;
            bool known, found = rows->items[i].kind == OBJECT_RECORD &&
                                label_field(rows->items[i].record, table->names[k], &value, &known) && is_whole(value);
            entries[i * table->columns + k] = found ? (int64_t)value.number : ABSENT;
        }
    table->entries = entries;
    return table;
}
