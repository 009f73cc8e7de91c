/* Finding filter banks: takes a Graph, gives the products of each spectrum with known tensors; see frame.h.
 *
 * One walk along the Graph. A node that is a spectrum, a reshape of one, or a product of such a value with a constant is followed; it stands for rows, one
 * for each index of the dimensions before the transformed ones, and a row says which signal it comes from and what it was multiplied by. Where a product is
 * read by anything else, its rows become filters. */
#include "analyse/frame.h"

#include <string.h>

typedef struct FilterRow {
    int64_t signal;
    const FrameFactor *factors; /* null: not multiplied yet */
} FilterRow;

/* What a followed node stands for; `bank` -1: not followed. */
typedef struct Followed {
    int64_t bank;
    int64_t row_count;
    FilterRow *rows;
} Followed;

typedef struct Finder {
    Arena *arena;
    Frame *frame;
    Followed *followed; /* one for each node */
} Finder;

static int64_t size_from_end(const Type *type, int axis_from_end)
{
    return axis_from_end < type->rank ? type->size[type->rank - 1 - axis_from_end] : 1;
}

/* Elements before the last `axes` dimensions. */
static int64_t rows_of(const Type *type, int axes)
{
    int64_t rows = 1;
    for (int i = 0; i < type->rank - axes; i++)
        rows *= type->size[i];
    return rows;
}

static bool has_grid(const Type *type, const FrameBank *bank)
{
    return type->rank >= bank->axes && size_from_end(type, 0) == bank->size[1] &&
           (bank->axes == 1 || size_from_end(type, 1) == bank->size[0]);
}

/* The row of an operand that goes into row `row` of a product, by the rule of broadcasting. */
static int64_t operand_row(const Type *result, const Type *operand, int axes, int64_t row)
{
    int64_t place = 0, factor = 1;
    for (int i = axes; i < result->rank; i++) {
        int64_t size = size_from_end(result, i), index = row % size;
        row /= size;
        if (size_from_end(operand, i) > 1)
            place += index * factor;
        factor *= size_from_end(operand, i);
    }
    return place;
}

/* ---- Banks ---- */

static int64_t find_bank(const Finder *finder, int32_t signal, int axes)
{
    for (int64_t i = 0; i < finder->frame->bank_count; i++)
        if (finder->frame->banks[i].signal == signal && finder->frame->banks[i].axes == axes)
            return i;
    return -1;
}

static int64_t add_bank(Finder *finder, int32_t node, int axes)
{
    Frame *frame = finder->frame;
    const Graph *graph = frame->graph;
    const Type *type = &graph->nodes[node].types[0];
    frame->banks = arena_grow(finder->arena, frame->banks, frame->bank_count, &frame->bank_capacity, sizeof *frame->banks);
    FrameBank *bank = &frame->banks[frame->bank_count];
    *bank = (FrameBank){.spectrum = node, .signal = graph->nodes[node].operands[0].node, .axes = axes, .parent = -1};
    bank->size[0] = axes == 2 ? size_from_end(type, 1) : 1;
    bank->size[1] = size_from_end(type, 0);
    bank->signals = rows_of(type, axes);
    bank->real = graph_type(graph, graph->nodes[node].operands[0])->element != ELEMENT_COMPLEX;
    return frame->bank_count++;
}

/* Two transforms of one signal are one bank. */
static void follow_spectrum(Finder *finder, int32_t index)
{
    const Graph *graph = finder->frame->graph;
    const Node *node = &graph->nodes[index];
    OpUse use = graph_use(graph, node, finder->arena);
    int axes = (int)use_integer(&use, "axes");
    int64_t bank = find_bank(finder, node->operands[0].node, axes);
    if (bank < 0)
        bank = add_bank(finder, index, axes);
    Followed *followed = &finder->followed[index];
    *followed = (Followed){.bank = bank, .row_count = finder->frame->banks[bank].signals};
    followed->rows = arena_take(finder->arena, (size_t)followed->row_count * sizeof *followed->rows);
    for (int64_t i = 0; i < followed->row_count; i++)
        followed->rows[i] = (FilterRow){.signal = i};
}

/* ---- Products ---- */

static bool same_factors(const FrameFactor *a, const FrameFactor *b)
{
    for (; a && b && a != b; a = a->next, b = b->next)
        if (a->data != b->data || a->offset != b->offset || a->stride[0] != b->stride[0] || a->stride[1] != b->stride[1])
            return false;
    return a == b;
}

/* The entries of a constant that row `row` of a product is multiplied by. */
static FrameFactor factor_of(const FrameBank *bank, const ConstantInfo *constant, const Type *result, int64_t row)
{
    const Type *type = &constant->type;
    int64_t columns = size_from_end(type, 0), rows = bank->axes == 2 ? size_from_end(type, 1) : 1;
    FrameFactor factor = {.data = constant->data, .complex = type->element == ELEMENT_COMPLEX};
    factor.offset = operand_row(result, type, bank->axes, row) * rows * columns;
    factor.stride[0] = rows > 1 ? columns : 0;
    factor.stride[1] = columns > 1;
    return factor;
}

static const FrameFactor *add_factor(Finder *finder, const FrameFactor *before, FrameFactor factor)
{
    FrameFactor *added = arena_copy(finder->arena, &factor, sizeof factor);
    added->next = before;
    return added;
}

/* Rows that were multiplied by the same share their factors, as far as neighbours tell. */
static void follow_product(Finder *finder, int32_t index, int side, const ConstantInfo *constant)
{
    const Graph *graph = finder->frame->graph;
    const Node *node = &graph->nodes[index];
    const Type *result = &node->types[0], *operand = graph_type(graph, node->operands[side]);
    const Followed *before = &finder->followed[node->operands[side].node];
    const FrameBank *bank = &finder->frame->banks[before->bank];
    Followed *followed = &finder->followed[index];
    *followed = (Followed){.bank = before->bank, .row_count = rows_of(result, bank->axes)};
    followed->rows = arena_take(finder->arena, (size_t)followed->row_count * sizeof *followed->rows);
    for (int64_t i = 0; i < followed->row_count; i++) {
        const FilterRow *source = &before->rows[operand_row(result, operand, bank->axes, i)];
        FrameFactor factor = factor_of(bank, constant, result, i);
        factor.next = source->factors;
        followed->rows[i].signal = source->signal;
        followed->rows[i].factors = i > 0 && same_factors(followed->rows[i - 1].factors, &factor)
                                        ? followed->rows[i - 1].factors
                                        : add_factor(finder, source->factors, factor);
    }
}

/* The known tensor that a product multiplies a followed value by, which stands on `side`; null when it is no such product. */
static const ConstantInfo *constant_factor(const Finder *finder, const Node *node, int *side)
{
    for (*side = 0; *side < 2; ++*side) {
        const ConstantInfo *known = finder->frame->known[node->operands[1 - *side].node];
        int64_t bank = finder->followed[node->operands[*side].node].bank;
        if (bank >= 0 && known && has_grid(&node->types[0], &finder->frame->banks[bank]))
            return known;
    }
    return NULL;
}

static void follow(Finder *finder, int32_t index)
{
    const Node *node = &finder->frame->graph->nodes[index];
    int side;
    const ConstantInfo *constant;
    if (node->op == OP_FFT) {
        follow_spectrum(finder, index);
    } else if (node->op == OP_RESHAPE) {
        const Followed *before = &finder->followed[node->operands[0].node];
        if (before->bank >= 0 && has_grid(&node->types[0], &finder->frame->banks[before->bank]))
            finder->followed[index] = *before;
    } else if (node->op == OP_MULTIPLY && (constant = constant_factor(finder, node, &side))) {
        follow_product(finder, index, side, constant);
    }
}

/* ---- Filters ---- */

/* The factors of a periodize along the axes of a bank; false when it goes over others. */
static bool find_step(const Finder *finder, const FrameBank *bank, const Node *node, int64_t step[FRAME_AXES])
{
    step[0] = step[1] = 1;
    if (node->op != OP_PERIODIZE)
        return true;
    int64_t count;
    OpUse use = graph_use(finder->frame->graph, node, finder->arena);
    const int64_t *factors = use_list(&use, "factors", &count);
    for (int64_t i = 0; i < count; i++) {
        int64_t from_end = count - 1 - i;
        if (from_end < bank->axes)
            step[FRAME_AXES - 1 - from_end] = factors[i];
        else if (factors[i] != 1)
            return false;
    }
    return true;
}

static void add_filter(Finder *finder, FrameBank *bank, FrameFilter filter)
{
    bank->filters = arena_grow(finder->arena, bank->filters, bank->filter_count, &bank->filter_capacity, sizeof *bank->filters);
    bank->filters[bank->filter_count++] = filter;
}

/* Enters a row; where all signals have the filter, it stands once. */
static void add_rows(Finder *finder, int32_t user, const Followed *followed)
{
    FrameBank *bank = &finder->frame->banks[followed->bank];
    int64_t step[FRAME_AXES];
    if (user < 0 || !find_step(finder, bank, &finder->frame->graph->nodes[user], step))
        step[0] = step[1] = 1;
    bool *entered = arena_zero(finder->arena, (size_t)followed->row_count, sizeof *entered);
    for (int64_t i = 0; i < followed->row_count; i++) {
        if (entered[i])
            continue;
        FrameFilter filter = {.signal = -1, .factors = followed->rows[i].factors, .step = {step[0], step[1]}, .user = user};
        int64_t alike = 0;
        for (int64_t k = i; k < followed->row_count; k++)
            alike += same_factors(followed->rows[k].factors, filter.factors);
        bool everywhere = alike == bank->signals;
        if (!everywhere)
            filter.signal = followed->rows[i].signal;
        for (int64_t k = i; everywhere && k < followed->row_count; k++)
            entered[k] = entered[k] || same_factors(followed->rows[k].factors, filter.factors);
        add_filter(finder, bank, filter);
    }
}

/* A followed product that is read by a node that is not followed, or is a result of the net. */
static void add_filters(Finder *finder)
{
    const Graph *graph = finder->frame->graph;
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        for (int32_t k = 0; finder->followed[i].bank < 0 && k < node->operand_count; k++) {
            const Followed *operand = &finder->followed[node->operands[k].node];
            if (operand->bank >= 0 && operand->row_count > 0 && operand->rows[0].factors)
                add_rows(finder, (int32_t)i, operand);
        }
    }
    for (int64_t i = 0; i < graph->output_count; i++) {
        const Followed *result = &finder->followed[graph->outputs[i].value.node];
        if (result->bank >= 0 && result->row_count > 0 && result->rows[0].factors)
            add_rows(finder, -1, result);
    }
}

/* ---- Where the signals come from ---- */

/* The pad nearest before a bank; only nodes that keep the grid stand between. */
static void find_padding(const Finder *finder, FrameBank *bank)
{
    const Graph *graph = finder->frame->graph;
    int32_t index = bank->signal;
    while (graph->nodes[index].op == OP_RESHAPE || graph->nodes[index].op == OP_COMPLEX)
        index = graph->nodes[index].operands[0].node;
    const Node *node = &graph->nodes[index];
    if (node->op != OP_PAD)
        return;
    int64_t count;
    OpUse use = graph_use(graph, node, finder->arena);
    const int64_t *amounts = use_list(&use, "amounts", &count);
    bank->padding.mode = use_name(&use, "mode");
    for (int i = 0; i < bank->axes && 2 * i + 1 < count; i++) {
        bank->padding.before[FRAME_AXES - 1 - i] = amounts[count - 2 - 2 * i];
        bank->padding.behind[FRAME_AXES - 1 - i] = amounts[count - 1 - 2 * i];
    }
}

/* The nearest followed product before a bank, along first operands. */
static void find_parent(const Finder *finder, FrameBank *bank)
{
    const Graph *graph = finder->frame->graph;
    for (int32_t index = bank->signal; graph->nodes[index].operand_count > 0; index = graph->nodes[index].operands[0].node) {
        const Followed *followed = &finder->followed[index];
        if (followed->bank < 0 || !followed->rows[0].factors)
            continue;
        bank->parent = followed->bank;
        bank->depth = finder->frame->banks[followed->bank].depth + 1;
        return;
    }
}

/* Leaves out spectra without filters, counts parents anew, and notes which nodes belong to which bank. */
static void drop_empty(Finder *finder)
{
    Frame *frame = finder->frame;
    int64_t *place = arena_take(finder->arena, (size_t)(frame->bank_count + 1) * sizeof *place);
    int64_t kept = 0;
    for (int64_t i = 0; i < frame->bank_count; i++) {
        place[i] = frame->banks[i].filter_count > 0 ? kept : -1;
        if (place[i] < 0)
            continue;
        FrameBank bank = frame->banks[i];
        bank.parent = bank.parent >= 0 ? place[bank.parent] : -1;
        frame->banks[kept++] = bank;
    }
    frame->bank_count = kept;
    for (int64_t i = 0; i < frame->graph->node_count; i++) {
        const Followed *followed = &finder->followed[i];
        frame->bank_of[i] = followed->bank >= 0 ? place[followed->bank] : -1;
        frame->filtered[i] = frame->bank_of[i] >= 0 && followed->rows[0].factors;
    }
}

void frame_find(Frame *frame, Arena *arena)
{
    const Graph *graph = frame->graph;
    Finder finder = {.arena = arena, .frame = frame};
    frame->bank_of = arena_take(arena, (size_t)graph->node_count * sizeof *frame->bank_of);
    frame->filtered = arena_zero(arena, (size_t)graph->node_count, sizeof *frame->filtered);
    finder.followed = arena_take(arena, (size_t)graph->node_count * sizeof *finder.followed);
    for (int64_t i = 0; i < graph->node_count; i++) {
        finder.followed[i] = (Followed){.bank = -1};
        follow(&finder, (int32_t)i);
    }
    add_filters(&finder);
    for (int64_t i = 0; i < frame->bank_count; i++) {
        find_padding(&finder, &frame->banks[i]);
        find_parent(&finder, &frame->banks[i]);
    }
    drop_empty(&finder);
}
