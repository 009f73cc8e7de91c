/* Every operation's row against attributes and types that nobody means: zeros, negative and huge numbers, lists of any length, infinities and NaN,
 * tensors up to the limit of elements. Meant to run under the address and undefined-behaviour sanitizers.
 *
 * A shape rule either complains with a code and a message, or gives a type within the limits; then the same rule accepts its own completed
 * attributes and gives the same, and cost, lowering and the kernel's needs can be asked for. Small uses are evaluated too. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph/graph.h"

static uint64_t trials = 10000;

enum { MOST_OPERANDS = 8, LONGEST_LIST = 20, SMALL = 4096 };

static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int64_t below(uint64_t *state, int64_t count)
{
    return (int64_t)(next(state) % (uint64_t)count);
}

static const int64_t sizes[] = {
    1, 1, 2, 2, 3, 4, 6, 8, 12, 4096, INT64_C(1) << 20, (INT64_C(1) << 31) - 1, INT64_C(1) << 32, INT64_C(1) << 40};

static const int64_t numbers[] = {0,
                                  0,
                                  1,
                                  1,
                                  1,
                                  2,
                                  2,
                                  3,
                                  4,
                                  6,
                                  -1,
                                  -2,
                                  4096,
                                  INT64_C(1) << 31,
                                  -(INT64_C(1) << 31),
                                  (INT64_C(1) << 40) - 1,
                                  INT64_C(1) << 40,
                                  INT64_C(1) << 53,
                                  INT64_C(1) << 62,
                                  INT64_MAX,
                                  -INT64_MAX,
                                  INT64_MIN};

static const double reals[] = {0, -0.0, 1, -1, 0.5, 1e-320, 1e308, -1e308, (double)NAN, (double)INFINITY, -(double)INFINITY};

#define PICK(state, array) ((array)[below(state, (int64_t)(sizeof(array) / sizeof(array)[0]))])

/* The type with one dimension more, at `place`, as the weight of a convolution has; size 1 where it would be too large. */
static Type with_dimension(const Type *like, int place, int64_t size)
{
    Type type = *like;
    memmove(type.size + place + 1, type.size + place, (size_t)(type.rank - place) * sizeof type.size[0]);
    type.size[place] = size > ELEMENT_LIMIT / type_elements(like) ? 1 : size;
    type.rank++;
    return type;
}

/* A type that a Graph may hold: its elements stay within the limit. Sizes are from `palette`, so that those of two operands often agree. */
static Type random_type(uint64_t *state, const Type *like, const int64_t *palette)
{
    int choice = like ? (int)below(state, 4) : 3;
    if (choice == 0)
        return *like;
    if (choice == 1 && like->rank > 0 && like->rank < MAX_RANK)
        return with_dimension(like, (int)below(state, 2), palette[0]);
    static const ElementKind kinds[] = {ELEMENT_REAL,    ELEMENT_REAL,    ELEMENT_REAL,
                                        ELEMENT_COMPLEX, ELEMENT_INTEGER, ELEMENT_BOOLEAN};
    Type type = {.element = PICK(state, kinds),
                 .batched = below(state, 2) == 1,
                 .rank = (int)below(state, below(state, 2) ? 5 : MAX_RANK + 1)};
    int64_t elements = 1;
    for (int i = 0; i < type.rank; i++) {
        int64_t size = palette[below(state, 2)];
        type.size[i] = size > ELEMENT_LIMIT / elements ? 1 : size;
        elements *= type.size[i];
    }
    return type;
}

static AttributeValue random_list(Arena *arena, uint64_t *state, bool tame)
{
    int64_t count = below(state, 4) == 0 ? below(state, LONGEST_LIST) : below(state, 4);
    int64_t items[LONGEST_LIST];
    for (int64_t i = 0; i < count; i++)
        items[i] = tame ? 1 + below(state, 3) : PICK(state, numbers);
    return (AttributeValue){.list = {arena_copy(arena, items, sizeof items), count}};
}

/* One of the words between spaces. */
static const char *random_word(Arena *arena, uint64_t *state, const char *words)
{
    int64_t count = 1;
    for (const char *at = words; *at; at++)
        count += *at == ' ';
    const char *at = words;
    for (int64_t skip = below(state, count); skip > 0; skip--)
        at = strchr(at, ' ') + 1;
    return arena_string(arena, at, strcspn(at, " "));
}

/* A `tame` attribute is one that a user would write. */
static AttributeValue random_attribute(Arena *arena, uint64_t *state, const AttributeInfo *info, bool tame)
{
    if (tame && info->fallback && below(state, 4) > 0)
        return attribute_default(arena, info);
    switch (info->kind) {
    case ATTRIBUTE_INTEGER:
        return (AttributeValue){.integer = tame ? below(state, 4) : PICK(state, numbers)};
    case ATTRIBUTE_REAL:
        return (AttributeValue){.real = PICK(state, reals)};
    case ATTRIBUTE_BOOLEAN:
        return (AttributeValue){.boolean = below(state, 2) == 1};
    case ATTRIBUTE_NAME:
        return (AttributeValue){.name = info->words ? random_word(arena, state, info->words) : "a place"};
    default:
        return random_list(arena, state, tame);
    }
}

static void check_type(const Type *type)
{
    assert_in_range(type->rank, 0, MAX_RANK);
    int64_t elements = 1;
    for (int i = 0; i < type->rank; i++) {
        assert_true(type->size[i] >= 1 && type->size[i] <= ELEMENT_LIMIT / elements);
        elements *= type->size[i];
    }
    assert_in_range(type->element, ELEMENT_REAL, ELEMENT_BOOLEAN);
}

/* What the engine asks of a lowered use; sums in it must not overflow either. */
static void check_lowering(const OpUse *use)
{
    KernelCall call = {0};
    use->info->lower(use, &call);
    if (!call.kernel)
        return;
    const KernelInfo *kernel = kernel_find(call.kernel);
    if (!kernel)
        fail_msg("%s lowers to %s, which is no kernel", use->info->name, call.kernel);
    for (int64_t samples = 1; samples <= 1 << 10 && kernel->scratch; samples <<= 5)
        (void)kernel->scratch(call.integers, samples);
    for (int precise = 0; precise < 2 && kernel->table_size; precise++)
        (void)kernel->table_size(call.integers, precise == 1);
}

static void evaluate_small(const OpUse *use, Arena *arena, uint64_t *state)
{
    const double *data[MOST_OPERANDS];
    if (type_reals(&use->result) > SMALL)
        return;
    for (int k = 0; k < use->operand_count; k++) {
        int64_t count = type_reals(&use->operand[k]);
        if (count > SMALL)
            return;
        double *entries = arena_take(arena, (size_t)count * sizeof *entries);
        for (int64_t i = 0; i < count; i++)
            entries[i] = PICK(state, reals);
        data[k] = entries;
    }
    double *result = arena_take(arena, (size_t)type_reals(&use->result) * sizeof *result);
    const EvaluationPoint point = {.samples = 1};
    use->info->evaluate(use, &point, data, result);
}

static void check_accepted(const OpUse *use, Arena *arena, uint64_t *state)
{
    check_type(&use->result);
    OpUse again;
    if (!graph_infer(arena, use->info->op, use->operand, use->operand_count, use->attributes, &again))
        fail_msg("%s refuses what it completed itself: %s", use->info->name, again.message);
    assert_true(type_equal(&again.result, &use->result));
    Cost cost = {0};
    if (use->info->cost)
        cost = use->info->cost(use);
    assert_true(cost.multiply_adds >= 0 && cost.operations >= 0);
    if (use->info->lower)
        check_lowering(use);
    if (use->info->evaluate && cost.multiply_adds < SMALL && cost.operations < SMALL * 8)
        evaluate_small(use, arena, state);
}

/* One trial; gives whether the rule accepted it. */
static bool try_once(const OpInfo *info, uint64_t seed)
{
    StrataAllocator allocator = strata_default_allocator();
    Arena arena;
    arena_init(&arena, &allocator);
    uint64_t state = seed;
    Type types[MOST_OPERANDS];
    const int64_t palette[] = {PICK(&state, sizes), PICK(&state, sizes)};
    int count = info->operands + (info->variadic ? (int)below(&state, MOST_OPERANDS + 1 - info->operands) : 0);
    for (int k = 0; k < count; k++)
        types[k] = random_type(&state, k > 0 ? &types[0] : NULL, palette);
    int attribute_count = op_attribute_count(info);
    assert_in_range(attribute_count, 0, MOST_ATTRIBUTES);
    AttributeValue *attributes = arena_zero(&arena, (size_t)attribute_count + 1, sizeof *attributes);
    /* in most trials one attribute at most is strange, so that its check is reached */
    bool wild = below(&state, 4) == 0;
    int64_t strange = below(&state, attribute_count + 1);
    for (int i = 0; i < attribute_count; i++)
        attributes[i] = random_attribute(&arena, &state, &info->attributes[i], !wild && i != strange);
    OpUse use;
    bool accepted = graph_infer(&arena, info->op, types, count, attributes, &use);
    if (accepted)
        check_accepted(&use, &arena, &state);
    else if (use.error == 0 || !use.message || strlen(use.message) > 1000)
        fail_msg("%s, seed %llu: refused without a sentence of a code", info->name, (unsigned long long)seed);
    arena_release(&arena);
    return accepted;
}

static void try_operations(void **unused)
{
    (void)unused;
    for (int op = 0; op < OP_COUNT; op++) {
        const OpInfo *info = op_info((Op)op);
        if (!info || !info->shape)
            continue;
        int accepted = 0;
        for (uint64_t trial = 0; trial < trials; trial++)
            accepted += try_once(info, ((uint64_t)op << 32) + trial);
        if (accepted == 0 && !info->internal) /* whose operands only other internal operations give */
            fail_msg("no trial of %s is accepted: nothing is tried behind its shape rule", info->name);
        if (accepted < 20)
            print_message("%s: only %d trials accepted\n", info->name, accepted);
    }
}

/* An argument says how many trials of each operation. */
int main(int count, char **words)
{
    if (count > 1)
        trials = strtoull(words[1], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(try_operations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
