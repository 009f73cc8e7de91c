/* Layout: takes buffers with lifetimes, gives each its bytes and its offset in the arena for a number of samples.
 *
 * Three ways of placing are tried until one reaches the lower bound. In time: buffers come and go as the steps do, each at the lowest gap that
 * holds it. By weight: the largest first, or those that are large for long first, each at the lowest place that is free during its life; mostly
 * better, but quadratic, so for small plans alone. Where such a way misses the bound, what came to lie above it becomes heavier, and all is placed anew. */
#include "engine/gaps.h"
#include "engine/planner.h"

#include <stdlib.h>

enum { BY_WEIGHT_LIMIT = 2000, ANEW_LIMIT = 500, ANEW_ROUNDS = 24 };

size_t precision_size(Precision precision)
{
    return precision == PRECISION_DOUBLE ? sizeof(double) : sizeof(float);
}

size_t size_add(size_t a, size_t b)
{
    size_t sum = a + b;
    return sum < SIZE_CEILING ? sum : SIZE_CEILING;
}

size_t size_multiply(size_t a, size_t b)
{
    if (a != 0 && b >= SIZE_CEILING / a)
        return SIZE_CEILING;
    return a * b;
}

size_t size_aligned(size_t bytes)
{
    return size_add(bytes, (BUFFER_ALIGNMENT - bytes % BUFFER_ALIGNMENT) % BUFFER_ALIGNMENT);
}

static void find_bound(Plan *plan, StepList *list, int layout)
{
    size_t alive = 0;
    list->bound[layout] = 0;
    for (int64_t p = 0; p < list->count; p++) {
        for (int64_t i = list->begins.start[p]; i < list->begins.start[p + 1]; i++)
            alive = size_add(alive, plan->buffers[list->begins.items[i]].bytes[layout]);
        if (alive > list->bound[layout])
            list->bound[layout] = alive;
        for (int64_t i = list->ends.start[p]; i < list->ends.start[p + 1] && alive < SIZE_CEILING; i++)
            alive -= plan->buffers[list->ends.items[i]].bytes[layout];
    }
}

static void size_scratch(Plan *plan, StepList *list, int layout, int64_t samples)
{
    list->scratch[layout] = 0;
    for (int64_t p = 0; p < list->count; p++) {
        const Step *step = &list->items[p];
        if (step->scratch < 0)
            continue;
        bool batched = plan->values[step->result].type.batched;
        for (int32_t k = 0; k < step->operand_count; k++)
            batched |= plan->values[step->operands[k]].type.batched;
        size_t reals = step->kernel->scratch(step->integers, batched ? samples : 1);
        size_t bytes = size_aligned(size_multiply(reals, precision_size(plan->precision)));
        plan->buffers[step->scratch].bytes[layout] = bytes;
        if (bytes > list->scratch[layout])
            list->scratch[layout] = bytes;
    }
}

void plan_sizes(Plan *plan, int layout, int64_t samples)
{
    for (int64_t i = 0; i < plan->buffer_count; i++) {
        Buffer *buffer = &plan->buffers[i];
        size_t reals = size_multiply((size_t)buffer->reals, buffer->batched ? (size_t)samples : 1);
        buffer->bytes[layout] = size_aligned(size_multiply(reals, precision_size(plan->precision)));
    }
    size_scratch(plan, &plan->prepare, layout, 1);
    size_scratch(plan, &plan->run, layout, samples);
    find_bound(plan, &plan->prepare, layout);
    find_bound(plan, &plan->run, layout);
}

static size_t place_in_time(Plan *plan, StepList *list, int layout)
{
    Gaps gaps = gaps_make(plan->arena);
    for (int64_t p = 0; p < list->count; p++) {
        for (int64_t i = list->begins.start[p]; i < list->begins.start[p + 1]; i++) {
            Buffer *buffer = &plan->buffers[list->begins.items[i]];
            buffer->offset[layout] = buffer->bytes[layout] ? gaps_take(&gaps, buffer->bytes[layout]) : 0;
        }
        for (int64_t i = list->ends.start[p]; i < list->ends.start[p + 1]; i++) {
            const Buffer *buffer = &plan->buffers[list->ends.items[i]];
            if (buffer->bytes[layout])
                gaps_give(&gaps, buffer->offset[layout], buffer->bytes[layout]);
        }
    }
    return gaps.peak;
}

/* One buffer while buffers are placed in an order of their own. */
typedef struct Placement {
    int32_t buffer;
    int64_t first, last;
    size_t bytes;
    size_t offset;
    double weight; /* the heaviest come first */
} Placement;

static int compare_by_weight(const void *left, const void *right)
{
    const Placement *a = left, *b = right;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return a->buffer < b->buffer ? -1 : 1;
}

/* The lowest offset for `item` among those placed before, which stand in order of offset. */
static size_t lowest_place(const Placement *item, const Placement *const *placed, int64_t count)
{
    size_t offset = 0;
    for (int64_t i = 0; i < count; i++) {
        const Placement *other = placed[i];
        if (other->last < item->first || item->last < other->first)
            continue;
        if (other->offset >= offset + item->bytes)
            return offset;
        if (other->offset + other->bytes > offset)
            offset = other->offset + other->bytes;
    }
    return offset;
}

static size_t place_all(Placement *items, int64_t count, Arena *arena)
{
    const Placement **placed = arena_take(arena, (size_t)count * sizeof(Placement *));
    size_t peak = 0;
    qsort(items, (size_t)count, sizeof *items, compare_by_weight);
    for (int64_t i = 0; i < count; i++) {
        items[i].offset = lowest_place(&items[i], placed, i);
        int64_t at = i;
        for (; at > 0 && placed[at - 1]->offset > items[i].offset; at--)
            placed[at] = placed[at - 1];
        placed[at] = &items[i];
        if (items[i].offset + items[i].bytes > peak)
            peak = items[i].offset + items[i].bytes;
    }
    return peak;
}

/* The buffers of a list, each with its weight: with `area` its bytes times the steps that it lives, else its bytes. */
static int64_t collect(Plan *plan, const StepList *list, int layout, bool area, Placement *items)
{
    int64_t count = 0;
    for (int64_t i = 0; i < plan->buffer_count; i++) {
        const Buffer *buffer = &plan->buffers[i];
        if (!plan_lies_in_arena(buffer, list == &plan->prepare) || buffer->bytes[layout] == 0)
            continue;
        double weight = (double)buffer->bytes[layout] * (area ? (double)(buffer->last - buffer->first + 1) : 1);
        items[count++] = (Placement){(int32_t)i, buffer->first, buffer->last, buffer->bytes[layout], 0, weight};
    }
    return count;
}

/* Keeps the best of some rounds if it is better than `peak`. */
static size_t place_by_weight(Plan *plan, const StepList *list, int layout, bool area, size_t peak)
{
    Placement *items = arena_take(plan->arena, (size_t)plan->buffer_count * sizeof *items);
    int64_t count = collect(plan, list, layout, area, items);
    int rounds = count <= ANEW_LIMIT ? ANEW_ROUNDS : 1;
    for (int round = 0; round < rounds && peak > list->bound[layout]; round++) {
        size_t reached = place_all(items, count, plan->arena);
        for (int64_t i = 0; i < count && reached < peak; i++)
            plan->buffers[items[i].buffer].offset[layout] = items[i].offset;
        peak = reached < peak ? reached : peak;
        for (int64_t i = 0; i < count; i++)
            items[i].weight *= items[i].offset + items[i].bytes > list->bound[layout] ? 2 : 1;
    }
    return peak;
}

static void place_list(Plan *plan, StepList *list, int layout)
{
    size_t *peak = &list->peak[layout];
    *peak = place_in_time(plan, list, layout);
    for (int way = 0; way < 2 && *peak > list->bound[layout] && list->count <= BY_WEIGHT_LIMIT; way++)
        *peak = place_by_weight(plan, list, layout, way == 1, *peak);
}

void plan_offsets(Plan *plan, int layout)
{
    if (plan->run.bound[layout] >= SIZE_CEILING || plan->prepare.bound[layout] >= SIZE_CEILING)
        return;
    place_list(plan, &plan->prepare, layout);
    place_list(plan, &plan->run, layout);
    plan->prepared = 0;
    for (int64_t i = 0; i < plan->buffer_count; i++) {
        Buffer *buffer = &plan->buffers[i];
        if (buffer->storage != STORAGE_PREPARED || buffer->merged >= 0)
            continue;
        buffer->offset[layout] = plan->prepared;
        plan->prepared = size_add(plan->prepared, buffer->bytes[layout]);
    }
}
