/* Gaps of a planned arena; see gaps.h. The tree is changed by splitting it at an offset and merging the parts again. */
#include "engine/gaps.h"

Gaps gaps_make(Arena *arena)
{
    return (Gaps){.arena = arena, .root = -1, .unused = -1, .random = 1};
}

/* Marsaglia's xorshift: any sequence without order will do, and the same one each time. */
static uint32_t next_random(Gaps *gaps)
{
    gaps->random ^= gaps->random << 13;
    gaps->random ^= gaps->random >> 17;
    gaps->random ^= gaps->random << 5;
    return gaps->random;
}

static int32_t new_gap(Gaps *gaps, size_t offset, size_t size)
{
    int32_t row = gaps->unused;
    if (row >= 0) {
        gaps->unused = gaps->items[row].right;
    } else {
        gaps->items = arena_grow(gaps->arena, gaps->items, gaps->count, &gaps->capacity, sizeof *gaps->items);
        row = (int32_t)gaps->count++;
    }
    gaps->items[row] = (Gap){
        .offset = offset,
        .size = size,
        .largest = size,
        .priority = next_random(gaps),
        .left = -1,
        .right = -1,
    };
    return row;
}

static void drop_gap(Gaps *gaps, int32_t row)
{
    gaps->items[row].right = gaps->unused;
    gaps->unused = row;
}

static size_t largest_of(const Gaps *gaps, int32_t row)
{
    return row < 0 ? 0 : gaps->items[row].largest;
}

static void update(Gaps *gaps, int32_t row)
{
    Gap *gap = &gaps->items[row];
    size_t left = largest_of(gaps, gap->left);
    size_t right = largest_of(gaps, gap->right);
    size_t below = left > right ? left : right;
    gap->largest = gap->size > below ? gap->size : below;
}

/* Splits a tree into the gaps before `offset` and those from there on. */
static void split(Gaps *gaps, int32_t tree, size_t offset, int32_t *before, int32_t *after)
{
    if (tree < 0) {
        *before = *after = -1;
        return;
    }
    Gap *gap = &gaps->items[tree];
    if (gap->offset < offset) {
        split(gaps, gap->right, offset, &gap->right, after);
        *before = tree;
    } else {
        split(gaps, gap->left, offset, before, &gap->left);
        *after = tree;
    }
    update(gaps, tree);
}

/* Joins two trees; every gap of `before` lies before those of `after`. */
static int32_t merge(Gaps *gaps, int32_t before, int32_t after)
{
    if (before < 0)
        return after;
    if (after < 0)
        return before;
    if (gaps->items[before].priority > gaps->items[after].priority) {
        gaps->items[before].right = merge(gaps, gaps->items[before].right, after);
        update(gaps, before);
        return before;
    }
    gaps->items[after].left = merge(gaps, before, gaps->items[after].left);
    update(gaps, after);
    return after;
}

static int32_t first_of(const Gaps *gaps, int32_t tree)
{
    while (tree >= 0 && gaps->items[tree].left >= 0)
        tree = gaps->items[tree].left;
    return tree;
}

static int32_t last_of(const Gaps *gaps, int32_t tree)
{
    while (tree >= 0 && gaps->items[tree].right >= 0)
        tree = gaps->items[tree].right;
    return tree;
}

/* Takes the gap at exactly `offset` out of the tree and gives its size. */
static size_t remove_gap(Gaps *gaps, size_t offset)
{
    int32_t before, at, after;
    split(gaps, gaps->root, offset, &before, &after);
    split(gaps, after, offset + 1, &at, &after);
    size_t size = gaps->items[at].size;
    drop_gap(gaps, at);
    gaps->root = merge(gaps, before, after);
    return size;
}

static void insert_gap(Gaps *gaps, size_t offset, size_t size)
{
    int32_t before, after;
    int32_t row = new_gap(gaps, offset, size);
    split(gaps, gaps->root, offset, &before, &after);
    gaps->root = merge(gaps, merge(gaps, before, row), after);
}

/* The first gap that is large enough, or -1. */
static int32_t find_gap(const Gaps *gaps, size_t size)
{
    int32_t at = gaps->root;
    if (largest_of(gaps, at) < size)
        return -1;
    for (;;) {
        const Gap *gap = &gaps->items[at];
        if (largest_of(gaps, gap->left) >= size)
            at = gap->left;
        else if (gap->size >= size)
            return at;
        else
            at = gap->right;
    }
}

size_t gaps_take(Gaps *gaps, size_t size)
{
    int32_t row = find_gap(gaps, size);
    if (row >= 0) {
        size_t offset = gaps->items[row].offset;
        size_t whole = remove_gap(gaps, offset);
        if (whole > size)
            insert_gap(gaps, offset + size, whole - size);
        return offset;
    }
    size_t offset = gaps->end;
    gaps->end += size;
    if (gaps->end > gaps->peak)
        gaps->peak = gaps->end;
    return offset;
}

void gaps_give(Gaps *gaps, size_t offset, size_t size)
{
    int32_t before, after;
    split(gaps, gaps->root, offset, &before, &after);
    int32_t left = last_of(gaps, before);
    int32_t right = first_of(gaps, after);
    size_t left_offset = left >= 0 ? gaps->items[left].offset : 0;
    bool joins_left = left >= 0 && left_offset + gaps->items[left].size == offset;
    bool joins_right = right >= 0 && gaps->items[right].offset == offset + size;
    gaps->root = merge(gaps, before, after);
    if (joins_right)
        size += remove_gap(gaps, offset + size);
    if (joins_left) {
        size += remove_gap(gaps, left_offset);
        offset = left_offset;
    }
    if (offset + size == gaps->end)
        gaps->end = offset;
    else
        insert_gap(gaps, offset, size);
}
