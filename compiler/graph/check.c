/* Rules of the Graph that both the verifier and the reader of its text need; see text.h. */
#include "graph/text.h"

#include <string.h>

bool check_type(const Type *type)
{
    if (type->rank < 0 || type->rank > MAX_RANK)
        return false;
    int64_t elements = 1;
    for (int i = 0; i < type->rank; i++) {
        if (type->size[i] < 1 || elements > ELEMENT_LIMIT / type->size[i])
            return false;
        elements *= type->size[i];
    }
    return true;
}

static uint64_t bits_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

bool graph_same_attribute(const AttributeInfo *info, const AttributeValue *a, const AttributeValue *b)
{
    switch (info->kind) {
    case ATTRIBUTE_INTEGER:
        return a->integer == b->integer;
    case ATTRIBUTE_REAL:
        return bits_of(a->real) == bits_of(b->real);
    case ATTRIBUTE_BOOLEAN:
        return a->boolean == b->boolean;
    case ATTRIBUTE_NAME:
        return strcmp(a->name, b->name) == 0;
    case ATTRIBUTE_LIST:
        break;
    }
    return a->list.count == b->list.count &&
           (a->list.count == 0 || memcmp(a->list.items, b->list.items, (size_t)a->list.count * sizeof *a->list.items) == 0);
}

/* Operand `k` of a scan against the region's input of the same number. Initial states may be unbatched where the states are batched. */
static const char *check_scan_input(const Type *operand, const Type *input, int64_t k, int64_t states, int64_t sequences,
                                    Arena *arena)
{
    Type expected = *operand;
    if (k < states)
        expected.batched |= input->batched;
    if (k >= states && k < states + sequences) {
        expected.rank--;
        for (int i = 0; i < expected.rank; i++)
            expected.size[i] = operand->size[i + 1];
    }
    if (type_equal(&expected, input))
        return NULL;
    return arena_printf(arena, "operand %lld of the scan is %s, which does not give the %s that input %lld of its region takes",
                        (long long)k, type_name(arena, operand), type_name(arena, input), (long long)k);
}

static const char *check_scan_sequences(const Graph *graph, const Value *operands, int64_t states, int64_t sequences, Arena *arena)
{
    const Type *first = graph_type(graph, operands[states]);
    for (int64_t k = states; k < states + sequences; k++) {
        const Type *sequence = graph_type(graph, operands[k]);
        if (sequence->rank < 1)
            return arena_printf(arena, "operand %lld of the scan, a sequence, has no dimension to run along", (long long)k);
        if (sequence->size[0] != first->size[0])
            return arena_printf(arena, "the sequences of the scan are of unequal length: %lld and %lld", (long long)first->size[0],
                                (long long)sequence->size[0]);
    }
    return NULL;
}

static const char *check_scan_states(const Graph *region, int64_t states, int64_t length, Arena *arena)
{
    for (int64_t k = 0; k < states; k++) {
        const Type *next = graph_type(region, region->outputs[k].value);
        if (!type_equal(next, &region->inputs[k].type))
            return arena_printf(arena, "state %lld of the scan is %s, but its region gives %s", (long long)k,
                                type_name(arena, &region->inputs[k].type), type_name(arena, next));
        if (next->rank == MAX_RANK || type_elements(next) > ELEMENT_LIMIT / length)
            return arena_printf(arena, "%lld values of state %lld of the scan do not fit into a tensor", (long long)length,
                                (long long)k);
    }
    return NULL;
}

const char *check_scan(const Graph *graph, const Graph *region, const Value *operands, int64_t operand_count, int64_t states,
                       int64_t sequences, Arena *arena)
{
    if (states < 1 || sequences < 1 || states > operand_count || sequences > operand_count - states)
        return "a scan has at least one state and one sequence, and an operand for each";
    if (region->input_count != operand_count || region->output_count != states)
        return "the region of a scan has an input for each operand and an output for each state";
    if (region->weight_count || region->state_count || region->penalty_count || region->objective.node >= 0)
        return "the region of a scan has no weights, states, penalties and objective of its own: it captures them";
    const char *problem = check_scan_sequences(graph, operands, states, sequences, arena);
    for (int64_t k = 0; !problem && k < operand_count; k++)
        problem = check_scan_input(graph_type(graph, operands[k]), &region->inputs[k].type, k, states, sequences, arena);
    if (problem)
        return problem;
    return check_scan_states(region, states, graph_type(graph, operands[states])->size[0], arena);
}
