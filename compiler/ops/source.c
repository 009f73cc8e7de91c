/* Sources: values that a Graph is given. They have no operands and compute nothing: the engine gives them memory, `graph_source` their
 * types. Seed, step and rate are scalars of a run. */
#include "ops/ops.h"

static const AttributeInfo row_attributes[] = {
    {"index", ATTRIBUTE_INTEGER, NULL, NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static Cost no_cost(const OpUse *use)
{
    (void)use;
    return (Cost){0};
}

const OpInfo op_input = {
    .op = OP_INPUT,
    .name = "input",
    .summary = "an input of the net, one for each sample",
    .operand_names = "",
    .attributes = row_attributes,
    .cost = no_cost,
};

const OpInfo op_weight = {
    .op = OP_WEIGHT,
    .name = "weight",
    .summary = "a weight, trained or frozen",
    .operand_names = "",
    .attributes = row_attributes,
    .cost = no_cost,
};

const OpInfo op_state = {
    .op = OP_STATE,
    .name = "state",
    .summary = "the value of a state before the step",
    .operand_names = "",
    .attributes = row_attributes,
    .cost = no_cost,
};

const OpInfo op_constant = {
    .op = OP_CONSTANT,
    .name = "constant",
    .summary = "a tensor known while elaborating",
    .operand_names = "",
    .attributes = row_attributes,
    .cost = no_cost,
};

const OpInfo op_seed = {
    .op = OP_SEED,
    .name = "seed",
    .summary = "the seed of the run",
    .operand_names = "",
    .cost = no_cost,
};

const OpInfo op_step = {
    .op = OP_STEP,
    .name = "step",
    .summary = "the number of the training step, from 0",
    .operand_names = "",
    .cost = no_cost,
};

const OpInfo op_rate = {
    .op = OP_RATE,
    .name = "rate",
    .summary = "the learning rate of the step",
    .operand_names = "",
    .cost = no_cost,
};
