/* The scan: a recurrence along dimension 0 of sequences, forward or backward.
 *
 * Operands: `states` initial states, `sequences` sequences of equal length, then captures. The region takes the states, one slice
 * of each sequence and the captures, and gives the next states; a result is all of a state's values, stacked. It is the one operation
 * with a region and several results: `graph_append_scan` gives the types, the engine makes a loop of it (plan.h) and the reference
 * evaluates the region slice by slice (engine/reference.c). */
#include "ops/ops.h"

static const AttributeInfo scan_attributes[] = {
    {"states", ATTRIBUTE_INTEGER, NULL, NULL},
    {"sequences", ATTRIBUTE_INTEGER, NULL, NULL},
    {"reverse", ATTRIBUTE_BOOLEAN, "false", NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

/* What the region costs is counted node by node by whoever walks the Graph; the loop itself copies each result once. */
static Cost scan_cost(const OpUse *use)
{
    return (Cost){.operations = type_elements(&use->result)};
}

const OpInfo op_scan = {
    .op = OP_SCAN,
    .name = "scan",
    .summary = "a recurrence along dimension 0 of sequences: all values of its states, stacked",
    .operand_names = "states sequences captures...",
    .operands = 2,
    .variadic = true,
    .attributes = scan_attributes,
    .cost = scan_cost,
};
