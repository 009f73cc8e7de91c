/* Element-wise operations of real numbers done together (kernel/elements.h), and sums of what they give over a batch in lanes. Only transforms make these
 * operations. */
#include "kernel/elements.h"
#include "kernel/lanes.h"
#include "ops/elementwise.h"
#include "ops/lanes.h"
#include "ops/rule.h"

#include <math.h>
#include <string.h>

static const AttributeInfo elements_attributes[] = {
    {"program", ATTRIBUTE_LIST, NULL, NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

static const AttributeInfo sum_attributes[] = {
    {"program", ATTRIBUTE_LIST, NULL, NULL},
    {"samples", ATTRIBUTE_INTEGER, NULL, NULL},
    {"factor", ATTRIBUTE_REAL, "1", NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

/* --- shapes ------------------------------------------------------------------------------------------------------------------- */

static bool is_program(OpUse *use)
{
    int64_t count;
    const int64_t *program = use_list(use, "program", &count);
    int64_t instructions = count / INSTRUCTION_INTEGERS;
    if (count % INSTRUCTION_INTEGERS != 0 || instructions < 1 || instructions > MOST_INSTRUCTIONS)
        return use_fail(use, 624, "a program has 1 to %d instructions of %d numbers, got %lld numbers", MOST_INSTRUCTIONS,
                        INSTRUCTION_INTEGERS, (long long)count);
    if (use->operand_count > MOST_ELEMENT_OPERANDS)
        return use_fail(use, 624, "a program takes at most %d operands, got %d", MOST_ELEMENT_OPERANDS, use->operand_count);
    for (int64_t i = 0; i < instructions; i++, program += INSTRUCTION_INTEGERS) {
        bool fine = program[0] >= 0 && program[0] < ELEMENT_CODES;
        for (int k = 1; k < INSTRUCTION_INTEGERS; k++)
            fine = fine && program[k] >= 0 && program[k] < use->operand_count + (program[k] < use->operand_count ? 0 : i);
        if (!fine)
            return use_fail(use, 625, "instruction %lld reads what is not there", (long long)i);
    }
    return true;
}

/* The shape of what the program gives. */
static bool program_shape(OpUse *use, Type *result)
{
    if (!is_program(use))
        return false;
    for (int k = 0; k < use->operand_count; k++)
        if (use->operand[k].element == ELEMENT_COMPLEX)
            return elements_fail_complex(use, &use->operand[k], "take its `modulus`, `real` or `imag` first");
    *result = (Type){.element = ELEMENT_REAL};
    return use_broadcast(use, result);
}

static bool elements_shape(OpUse *use)
{
    return program_shape(use, &use->result);
}

static bool sum_shape(OpUse *use)
{
    Type whole;
    if (!program_shape(use, &whole))
        return false;
    if (whole.batched || whole.rank < 3)
        return use_fail(use, 620, "%s is no batch in lanes", type_name(use->arena, &whole));
    if (!lanes_samples(use, whole.size[0], whole.size[whole.rank - 1]))
        return false;
    use->result = (Type){.rank = 1, .size = {whole.size[1]}};
    return true;
}

/* --- the definition ----------------------------------------------------------------------------------------------------------- */

static double instruction_value(int64_t code, double a, double b, double c)
{
    switch ((ElementCode)code) {
    case ELEMENT_ADD:
        return a + b;
    case ELEMENT_SUBTRACT:
        return a - b;
    case ELEMENT_MULTIPLY:
        return a * b;
    case ELEMENT_DIVIDE:
        return a / b;
    case ELEMENT_MAXIMUM:
        return a > b || isnan(a) ? a : b;
    case ELEMENT_MINIMUM:
        return a < b || isnan(a) ? a : b;
    case ELEMENT_EQUAL:
        return a == b;
    case ELEMENT_LESS:
        return a < b;
    case ELEMENT_LESS_EQUAL:
        return a <= b;
    case ELEMENT_WHERE:
        return a != 0 ? b : c;
    case ELEMENT_NEGATE:
        return -a;
    case ELEMENT_ABS:
        return fabs(a);
    case ELEMENT_SQRT:
        return sqrt(a);
    case ELEMENT_RELU:
        return a < 0 ? 0 : a;
    case ELEMENT_EXP:
        return exp(a);
    case ELEMENT_LOG:
        return log(a);
    case ELEMENT_TANH:
        return tanh(a);
    case ELEMENT_LOGISTIC:
        return 1 / (1 + exp(-a));
    default:
        return 0;
    }
}

/* What the program gives at one element of the whole shape, which is the result of `use`. */
static double program_value(const OpUse *use, const double *const *operand, int64_t index)
{
    int64_t count;
    const int64_t *program = use_list(use, "program", &count);
    double values[MOST_ELEMENT_OPERANDS + MOST_INSTRUCTIONS];
    for (int k = 0; k < use->operand_count; k++)
        values[k] = operand[k][broadcast_index(use, k, index)];
    int64_t at = use->operand_count;
    for (int64_t i = 0; i < count; i += INSTRUCTION_INTEGERS)
        values[at++] = instruction_value(program[i], values[program[i + 1]], values[program[i + 2]], values[program[i + 3]]);
    return values[at - 1];
}

static void elements_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    for (int64_t i = 0; i < type_elements(&use->result); i++)
        result[i] = program_value(use, operand, i);
}

/* The use with the shape of what the program gives as its result. */
static OpUse whole_use(const OpUse *use)
{
    OpUse whole = *use;
    program_shape(&whole, &whole.result);
    return whole;
}

static void sum_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    OpUse whole = whole_use(use);
    const Type *type = &whole.result;
    int64_t lanes = type->size[type->rank - 1], channels = type->size[1], elements = type_elements(type);
    int64_t set_size = elements / type->size[0];
    memset(result, 0, (size_t)channels * sizeof *result);
    for (int64_t i = 0; i < elements; i++)
        if (i / set_size * lanes + i % lanes < use_integer(use, "samples"))
            result[i % set_size / (set_size / channels)] += program_value(&whole, operand, i) * use_real(use, "factor");
}

/* --- the rows ----------------------------------------------------------------------------------------------------------------- */

static Cost elements_cost(const OpUse *use)
{
    int64_t count;
    use_list(use, "program", &count);
    OpUse whole = whole_use(use);
    return (Cost){.operations = rule_product(type_elements(&whole.result), count / INSTRUCTION_INTEGERS)};
}

static void lower_program(const OpUse *use, KernelCall *call)
{
    int64_t count;
    const int64_t *program = use_list(use, "program", &count);
    call->kernel = use->info->name;
    call_integer(use, call, use->operand_count);
    call_integer(use, call, count / INSTRUCTION_INTEGERS);
    call_integers(use, call, program, count);
}

static void elements_lower(const OpUse *use, KernelCall *call)
{
    lower_program(use, call);
    call_nest(use, call);
}

/* The loops over sets and channels stay apart from those over pixels and lanes, which are joined where all operands walk or all stand still. */
static void sum_nest(const OpUse *use, const Type *whole, KernelCall *call)
{
    int64_t stride[MOST_ELEMENT_OPERANDS][MAX_RANK], size[MAX_RANK];
    int rank = 0;
    for (int i = 0; i < whole->rank; i++) {
        int64_t own[MOST_ELEMENT_OPERANDS];
        bool joins = rank > 2;
        for (int k = 0; k < use->operand_count; k++) {
            const Type *operand = &use->operand[k];
            int axis = i - (whole->rank - operand->rank);
            own[k] = axis < 0 || operand->size[axis] == 1 ? 0 : 1;
            for (int j = axis + 1; own[k] && j < operand->rank; j++)
                own[k] *= operand->size[j];
            joins = joins && stride[k][rank - 1] == own[k] * whole->size[i];
        }
        if (i >= 2 && whole->size[i] == 1)
            continue;
        rank += joins ? 0 : 1;
        size[rank - 1] = joins ? size[rank - 1] * whole->size[i] : whole->size[i];
        for (int k = 0; k < use->operand_count; k++)
            stride[k][rank - 1] = own[k];
    }
    call_integer(use, call, rank);
    call_integers(use, call, size, rank);
    for (int k = 0; k < use->operand_count; k++)
        call_integers(use, call, stride[k], rank);
}

static void sum_lower(const OpUse *use, KernelCall *call)
{
    OpUse whole = whole_use(use);
    const Type *type = &whole.result;
    int64_t lanes = type->size[type->rank - 1];
    LaneSum sum = {.samples = use_integer(use, "samples"),
                   .sets = type->size[0],
                   .channels = type->size[1],
                   .pixels = type_elements(type) / (type->size[0] * type->size[1] * lanes),
                   .lanes = lanes};
    int64_t numbers[LANE_SUM_INTEGERS];
    memcpy(numbers, &sum, sizeof numbers);
    lower_program(use, call);
    sum_nest(use, type, call);
    call_integers(use, call, numbers, LANE_SUM_INTEGERS);
    call_real(use, call, use_real(use, "factor"));
}

const OpInfo op_elements = {
    .op = OP_ELEMENTS,
    .name = "elements",
    .summary = "element-wise operations one behind the other, in one pass",
    .operand_names = "x ...",
    .operands = 1,
    .variadic = true,
    .internal = true,
    .attributes = elements_attributes,
    .shape = elements_shape,
    .evaluate = elements_evaluate,
    .cost = elements_cost,
    .lower = elements_lower,
};

const OpInfo op_sum_elements = {
    .op = OP_SUM_ELEMENTS,
    .name = "sum_elements",
    .summary = "the sums of channels over a batch in lanes of what element-wise operations give, times a factor",
    .operand_names = "x ...",
    .operands = 1,
    .variadic = true,
    .internal = true,
    .attributes = sum_attributes,
    .shape = sum_shape,
    .evaluate = sum_evaluate,
    .cost = elements_cost,
    .lower = sum_lower,
};
