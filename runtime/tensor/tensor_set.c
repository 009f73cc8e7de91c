/* Named tensors; see tensor_set.h. */
#include "tensor/tensor_set.h"

#include "base/codes.h"
#include "base/map.h"

#include <string.h>

TensorSet *tensor_set_make(const StrataAllocator *allocator, StrataError *error)
{
    TensorSet *set = allocator_take_zero(allocator, 1, sizeof *set);
    if (!set) {
        error_memory(error, sizeof *set);
        return NULL;
    }
    set->allocator = *allocator;
    return set;
}

static void give_string(const StrataAllocator *allocator, char *string)
{
    if (string)
        allocator_give(allocator, string, strlen(string) + 1, 1);
}

static char *copy_string(const StrataAllocator *allocator, const char *string, StrataError *error)
{
    size_t size = strlen(string) + 1;
    char *copy = allocator_take(allocator, size, 1);
    if (!copy) {
        error_memory(error, size);
        return NULL;
    }
    return memcpy(copy, string, size);
}

static void release_items(const StrataAllocator *allocator, NamedTensor *items, int64_t count, int64_t capacity)
{
    for (int64_t i = 0; i < count; i++) {
        give_string(allocator, items[i].name);
        give_string(allocator, items[i].reason);
        tensor_release(items[i].tensor);
    }
    allocator_give(allocator, items, (size_t)capacity, sizeof *items);
}

void tensor_set_release(TensorSet *set)
{
    if (!set)
        return;
    StrataAllocator allocator = set->allocator;
    release_items(&allocator, set->items, set->count, set->capacity);
    release_items(&allocator, set->omitted, set->omitted_count, set->omitted_capacity);
    allocator_give(&allocator, set->slots, (size_t)set->slot_count, sizeof *set->slots);
    allocator_give(&allocator, set, 1, sizeof *set);
}

/* Room for one more item. */
static bool reserve_item(const StrataAllocator *allocator, NamedTensor **items, int64_t count, int64_t *capacity,
                         StrataError *error)
{
    if (count < *capacity)
        return true;
    int64_t larger = *capacity ? *capacity * 2 : 8;
    NamedTensor *moved = allocator_take(allocator, (size_t)larger, sizeof *moved);
    if (!moved)
        return error_memory(error, (size_t)larger * sizeof *moved);
    if (count > 0)
        memcpy(moved, *items, (size_t)count * sizeof *moved);
    allocator_give(allocator, *items, (size_t)*capacity, sizeof **items);
    *items = moved;
    *capacity = larger;
    return true;
}

/* The slot of a name: the one that holds it, or the empty one where it would go. */
static int64_t find_slot(const int32_t *slots, int64_t slot_count, const NamedTensor *items, const char *name)
{
    int64_t slot = (int64_t)(hash_bytes(name, strlen(name)) & (uint64_t)(slot_count - 1));
    while (slots[slot] >= 0 && strcmp(items[slots[slot]].name, name) != 0)
        slot = (slot + 1) & (slot_count - 1);
    return slot;
}

/* Keeps the table of names at most half full. */
static bool reserve_slot(TensorSet *set, StrataError *error)
{
    if (2 * (set->count + 1) <= set->slot_count)
        return true;
    int64_t larger = set->slot_count ? set->slot_count * 2 : 16;
    int32_t *slots = allocator_take(&set->allocator, (size_t)larger, sizeof *slots);
    if (!slots)
        return error_memory(error, (size_t)larger * sizeof *slots);
    for (int64_t i = 0; i < larger; i++)
        slots[i] = -1;
    for (int64_t i = 0; i < set->count; i++)
        slots[find_slot(slots, larger, set->items, set->items[i].name)] = (int32_t)i;
    allocator_give(&set->allocator, set->slots, (size_t)set->slot_count, sizeof *set->slots);
    set->slots = slots;
    set->slot_count = larger;
    return true;
}

bool tensor_set_add(TensorSet *set, const char *name, Tensor *tensor, StrataError *error)
{
    if (tensor_set_find(set, name))
        return error_set(error, STRATA_INVALID, E_NAME_TWICE, "two tensors are called '%s'", name);
    if (set->count >= INT32_MAX / 4)
        return error_set(error, STRATA_INVALID, E_FILE_LARGE, "a set of tensors holds at most %d", INT32_MAX / 4);
    if (!reserve_item(&set->allocator, &set->items, set->count, &set->capacity, error) || !reserve_slot(set, error))
        return false;
    char *copy = copy_string(&set->allocator, name, error);
    if (!copy)
        return false;
    set->slots[find_slot(set->slots, set->slot_count, set->items, name)] = (int32_t)set->count;
    set->items[set->count++] = (NamedTensor){.name = copy, .tensor = tensor_retain(tensor)};
    return true;
}

bool tensor_set_omit(TensorSet *set, const char *name, const char *reason, StrataError *error)
{
    if (!reserve_item(&set->allocator, &set->omitted, set->omitted_count, &set->omitted_capacity, error))
        return false;
    NamedTensor item = {.name = copy_string(&set->allocator, name, error)};
    if (!item.name)
        return false;
    item.reason = copy_string(&set->allocator, reason, error);
    if (!item.reason) {
        give_string(&set->allocator, item.name);
        return false;
    }
    set->omitted[set->omitted_count++] = item;
    return true;
}

Tensor *tensor_set_find(const TensorSet *set, const char *name)
{
    if (set->slot_count == 0)
        return NULL;
    int32_t index = set->slots[find_slot(set->slots, set->slot_count, set->items, name)];
    return index < 0 ? NULL : set->items[index].tensor;
}

const char *tensor_set_omitted(const TensorSet *set, const char *name)
{
    for (int64_t i = 0; i < set->omitted_count; i++) {
        if (strcmp(set->omitted[i].name, name) == 0)
            return set->omitted[i].reason;
    }
    return NULL;
}

static bool refuse_different(const NamedTensor *first, const NamedTensor *other, StrataError *error)
{
    char a[SHAPE_TEXT_LIMIT];
    char b[SHAPE_TEXT_LIMIT];
    return error_set(
        error, STRATA_INVALID, E_PICTURES_DIFFER,
        "'%s' is %s of %s, but '%s' is %s of %s: all must have one size to be taken together; bring them to one size first",
        other->name, shape_text(other->tensor->rank, other->tensor->size, b), kind_name(other->tensor->kind), first->name,
        shape_text(first->tensor->rank, first->tensor->size, a), kind_name(first->tensor->kind));
}

Tensor *tensor_set_stack(const TensorSet *set, StrataError *error)
{
    if (set->count == 0 || set->items[0].tensor->rank == STRATA_RANK_LIMIT) {
        error_set(error, STRATA_USAGE, 0, "only tensors of rank below %d, and at least one, can be stacked", STRATA_RANK_LIMIT);
        return NULL;
    }
    const Tensor *first = set->items[0].tensor;
    for (int64_t i = 1; i < set->count; i++) {
        if (set->items[i].tensor->kind != first->kind || !tensor_same_shape(set->items[i].tensor, first)) {
            refuse_different(&set->items[0], &set->items[i], error);
            return NULL;
        }
    }
    int64_t sizes[STRATA_RANK_LIMIT] = {set->count};
    memcpy(sizes + 1, first->size, (size_t)first->rank * sizeof *sizes);
    Tensor *stack = tensor_make_raw(&set->allocator, first->kind, first->rank + 1, sizes, error);
    if (!stack)
        return NULL;
    size_t bytes = tensor_bytes(first);
    for (int64_t i = 0; i < set->count; i++)
        memcpy((char *)stack->data + (size_t)i * bytes, set->items[i].tensor->data, bytes);
    return stack;
}
