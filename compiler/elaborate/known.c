/* Memory of known tensors. A filter bank is computed through far more numbers than it keeps, and an arena gives nothing back: so what a call
 * computed and nobody can see any more is used again by tensors of the same size.
 *
 * Blocks stand in a list, newest first. When a call ends, those that are newer than the call and that its result does not reach are
 * free, provided that nothing of the call went elsewhere: no constant into a Graph, no weight with what is said of it, and that the
 * result holds no function (which keeps what it was made among). What a top-level definition computed stays for good. */
#include "elaborate/elaborator.h"

#include <stdlib.h>
#include <string.h>

enum {
    SMALL_BLOCK = 1024,       /* reals; smaller ones are not worth a list */
    WORTH_SWEEPING = 1 << 16, /* reals that a call took before its end is looked at */
    MOST_SIZES = 64,          /* of blocks that are free */
    MOST_RESULTS = 10 * 1000, /* tensors and lists of a result */
};

struct KnownBlock {
    KnownBlock *next; /* older, or free of the same size */
    int64_t reals;
    double *data;
};

static KnownSize *find_size(const Elaborator *e, int64_t reals)
{
    for (int64_t i = 0; i < e->blocks.size_count; i++)
        if (e->blocks.sizes[i].reals == reals)
            return &e->blocks.sizes[i];
    return NULL;
}

bool known_is_free(const Elaborator *e, int64_t reals)
{
    const KnownSize *size = find_size(e, reals);
    return size && size->blocks;
}

double *known_take(Elaborator *e, int64_t reals)
{
    if (reals < SMALL_BLOCK)
        return arena_zero(e->arena, (size_t)reals, sizeof(double));
    KnownSize *size = find_size(e, reals);
    KnownBlock *block = size ? size->blocks : NULL;
    if (block) {
        size->blocks = block->next;
        memset(block->data, 0, (size_t)reals * sizeof *block->data);
    } else {
        block = arena_take(e->arena, sizeof *block);
        *block = (KnownBlock){.reals = reals, .data = arena_zero(e->arena, (size_t)reals, sizeof *block->data)};
    }
    block->next = e->blocks.newest;
    e->blocks.newest = block;
    e->blocks.taken += reals;
    return block->data;
}

KnownMark known_mark(const Elaborator *e)
{
    return (KnownMark){.newest = e->blocks.newest, .taken = e->blocks.taken, .escaped = e->blocks.escaped};
}

/* The data of known tensors that a result reaches. */
typedef struct Reached {
    const double *data[MOST_RESULTS];
    int64_t count;
    int64_t visited;
} Reached;

/* False when it holds what may reach more than can be seen from here. */
static bool reach(Reached *reached, Object object)
{
    if (++reached->visited > MOST_RESULTS)
        return false;
    switch (object.kind) {
    case OBJECT_TENSOR:
        if (object.tensor->data)
            reached->data[reached->count++] = object.tensor->data;
        return !object.tensor->rows || reach(reached, (Object){.kind = OBJECT_LIST, .list = object.tensor->rows});
    case OBJECT_LIST:
        for (int64_t i = 0; i < object.list->count; i++)
            if (!reach(reached, object.list->items[i]))
                return false;
        return true;
    case OBJECT_RECORD:
        for (int64_t i = 0; i < object.record->count; i++)
            if (!reach(reached, object.record->values[i]))
                return false;
        return true;
    case OBJECT_NONE:
    case OBJECT_NUMBER:
    case OBJECT_BOOLEAN:
    case OBJECT_STRING:
    case OBJECT_SHAPE:
        return true;
    default:
        return false;
    }
}

static int compare_addresses(const void *a, const void *b)
{
    const double *left = *(const double *const *)a;
    const double *right = *(const double *const *)b;
    return (left > right) - (left < right);
}

static void give_back(Elaborator *e, KnownBlock *block)
{
    KnownSize *size = find_size(e, block->reals);
    if (!size) {
        if (e->blocks.size_count == MOST_SIZES)
            return;
        e->blocks.sizes =
            arena_grow(e->arena, e->blocks.sizes, e->blocks.size_count, &e->blocks.size_capacity, sizeof *e->blocks.sizes);
        size = &e->blocks.sizes[e->blocks.size_count++];
        *size = (KnownSize){.reals = block->reals};
    }
    block->next = size->blocks;
    size->blocks = block;
}

static void sweep(Elaborator *e, const KnownBlock *last, const Reached *reached)
{
    KnownBlock *block = e->blocks.newest;
    KnownBlock **kept = &e->blocks.newest;
    while (block != last) {
        KnownBlock *next = block->next;
        const double *data = block->data;
        if (bsearch(&data, reached->data, (size_t)reached->count, sizeof *reached->data, compare_addresses)) {
            *kept = block;
            kept = &block->next;
        } else {
            give_back(e, block);
        }
        block = next;
    }
    *kept = block;
}

void known_sweep(Elaborator *e, KnownMark mark, Object result)
{
    if (e->blocks.taken - mark.taken < WORTH_SWEEPING || e->blocks.escaped != mark.escaped)
        return;
    Reached reached = {.count = 0};
    if (!reach(&reached, result))
        return;
    qsort(reached.data, (size_t)reached.count, sizeof *reached.data, compare_addresses);
    sweep(e, mark.newest, &reached);
}

void known_keep(Elaborator *e, KnownMark mark)
{
    e->blocks.newest = (KnownBlock *)mark.newest;
}
