/* How far one operation may be from its definition, given the same operands.
 *
 * eps is that of the precision. Element-wise functions err by a few units in the last place of their result. Sums of n terms err by at most
 * n eps times the sum of the terms' absolute values (Higham, Accuracy and Stability of Numerical Algorithms, 3.1), which the definition
 * itself gives for absolute operands. Transforms err by a multiple of log n eps of the norm, here the sum over the sample. What only moves
 * or compares entries errs not at all. */
#include "engine/local_check.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef enum BoundKind { BOUND_EXACT, BOUND_RESULT, BOUND_TERMS, BOUND_LARGEST, BOUND_RANDOM } BoundKind;

typedef struct Bound {
    BoundKind kind;
    double units;
} Bound;

static double elements(const Type *type)
{
    return (double)type_elements(type);
}

/* The number of terms of a sum, or more. */
static double term_count(const LocalValue *value)
{
    const Node *node = value->node;
    const Type *x = graph_type(value->graph, node->operands[0]);
    switch (node->op) {
    case OP_MATMUL:
        return (double)(x->rank > 0 ? x->size[x->rank - 1] + x->size[x->rank > 1 ? x->rank - 2 : 0] : 1);
    case OP_CONVOLVE:
    case OP_CONVOLVE_TRANSPOSED:
        return elements(graph_type(value->graph, node->operands[1]));
    case OP_BATCH_MEAN:
        return (double)value->batch;
    default:
        return elements(x);
    }
}

static bool is_complex(const LocalValue *value)
{
    bool complex = value->node->types[0].element == ELEMENT_COMPLEX;
    for (int32_t k = 0; k < value->node->operand_count; k++)
        complex |= graph_type(value->graph, value->node->operands[k])->element == ELEMENT_COMPLEX;
    return complex;
}

/* Functions of one or two operands that round. */
static bool rounds(Op op)
{
    switch (op) {
    case OP_EXP:
    case OP_EXPM1:
    case OP_LOG:
    case OP_LOG1P:
    case OP_SQRT:
    case OP_SIN:
    case OP_COS:
    case OP_TANH:
    case OP_LOGISTIC:
    case OP_ERF:
    case OP_ADD:
    case OP_SUBTRACT:
    case OP_MULTIPLY:
    case OP_DIVIDE:
    case OP_POWER:
    case OP_REMAINDER:
    case OP_MODULUS:
        return true;
    default:
        return false;
    }
}

static Bound bound_of(const LocalValue *value)
{
    Op op = value->node->op;
    if (rounds(op))
        return is_complex(value) && op != OP_MODULUS ? (Bound){BOUND_LARGEST, 8} : (Bound){BOUND_RESULT, 4};
    switch (op) {
    case OP_REDUCE_SUM:
    case OP_REDUCE_MEAN:
    case OP_CUMULATIVE_SUM:
    case OP_BATCH_MEAN:
    case OP_MATMUL:
    case OP_CONVOLVE:
    case OP_CONVOLVE_TRANSPOSED:
    case OP_POOL_MEAN:
    case OP_ADAPTIVE_POOL_MEAN:
    case OP_PERIODIZE:
        return (Bound){BOUND_TERMS, term_count(value) + 4};
    case OP_FFT:
    case OP_IFFT:
        return (Bound){BOUND_LARGEST, 4 * (log2(elements(&value->node->types[0])) + 2)};
    case OP_RESIZE:
        return (Bound){BOUND_LARGEST, 16};
    case OP_UNIFORM:
    case OP_NORMAL:
        return (Bound){BOUND_RANDOM, 4};
    default:
        return (Bound){BOUND_EXACT, 0};
    }
}

/* --- one sample -------------------------------------------------------------------------------------------------------------- */

/* Evaluates the definition for one sample (over the batch: for all). */
typedef struct Evaluation {
    OpUse use;
    EvaluationPoint point;
    const double **operands;
    double **absolute; /* room for absolute operands */
    double *result;
    double *scale; /* the definition over absolute operands */
} Evaluation;

static int64_t samples_at_once(const LocalValue *value, const Type *type)
{
    return op_info(value->node->op)->over_batch && type->batched ? value->batch : 1;
}

static void begin_evaluation(Arena *arena, const LocalValue *value, Evaluation *evaluation)
{
    const Node *node = value->node;
    size_t reals = (size_t)type_reals(&node->types[0]);
    evaluation->use = graph_use(value->graph, node, arena);
    evaluation->point = (EvaluationPoint){.samples = value->batch, .seed = value->seed, .step = 3};
    evaluation->operands = arena_take(arena, (size_t)node->operand_count * sizeof(double *));
    evaluation->absolute = arena_take(arena, (size_t)node->operand_count * sizeof(double *));
    for (int32_t k = 0; k < node->operand_count; k++) {
        const Type *type = &evaluation->use.operand[k];
        evaluation->absolute[k] = arena_take(arena, (size_t)(type_reals(type) * samples_at_once(value, type)) * sizeof(double));
    }
    evaluation->result = arena_take(arena, reals * sizeof(double));
    evaluation->scale = arena_take(arena, reals * sizeof(double));
}

/* Absolute values; of a complex number |re| + |im| as a real one, which bounds both parts of what follows. */
static void take_absolute(const Type *type, int64_t count, const double *from, double *to)
{
    bool complex = type->element == ELEMENT_COMPLEX;
    for (int64_t i = 0; i < count; i++) {
        bool imaginary = complex && i % 2 == 1;
        to[i] = imaginary ? 0 : complex ? fabs(from[i]) + fabs(from[i + 1]) : fabs(from[i]);
    }
}

static void evaluate_scale(const LocalValue *value, Evaluation *evaluation)
{
    const OpUse *use = &evaluation->use;
    for (int32_t k = 0; k < value->node->operand_count; k++)
        take_absolute(&use->operand[k], type_reals(&use->operand[k]) * samples_at_once(value, &use->operand[k]),
                      evaluation->operands[k], evaluation->absolute[k]);
    use->info->evaluate(use, &evaluation->point, (const double *const *)evaluation->absolute, evaluation->scale);
    if (use->result.element == ELEMENT_COMPLEX)
        for (int64_t i = 0; i < type_reals(&use->result); i += 2)
            evaluation->scale[i + 1] = evaluation->scale[i] = fabs(evaluation->scale[i]) + fabs(evaluation->scale[i + 1]);
}

/* The sum over the result and, for transforms and interpolation, over operand 0. */
static double largest_scale(const LocalValue *value, const Evaluation *evaluation)
{
    double sum = 0;
    const Type *x = &evaluation->use.operand[0];
    if (value->node->op == OP_FFT || value->node->op == OP_IFFT || value->node->op == OP_RESIZE) {
        for (int64_t i = 0; i < type_reals(x); i++)
            sum += fabs(evaluation->operands[0][i]);
        return sum;
    }
    for (int64_t i = 0; i < type_reals(&evaluation->use.result); i++)
        sum = fmax(sum, fabs(evaluation->result[i]));
    return sum;
}

static bool within(double computed, double expected, double tolerance, Precision precision)
{
    if (isnan(expected) || isnan(computed))
        return isnan(expected) && isnan(computed);
    if (precision == PRECISION_SINGLE && isinf((float)expected))
        return fabs(computed) >= FLT_MAX / 2 && signbit(computed) == signbit(expected);
    return computed == expected || fabs(computed - expected) <= tolerance;
}

/* Below this, numbers are subnormal in the precision and lose digits. */
static double tiny(Precision precision)
{
    return precision == PRECISION_DOUBLE ? DBL_MIN : (double)FLT_MIN;
}

static double tolerance_at(const LocalValue *value, const Evaluation *evaluation, Bound bound, double largest, int64_t i)
{
    double unit = bound.units * (value->precision == PRECISION_DOUBLE ? 2 * DBL_EPSILON : (double)FLT_EPSILON);
    switch (bound.kind) {
    case BOUND_EXACT:
        return 0;
    case BOUND_RESULT:
        return unit * (fabs(evaluation->result[i]) + tiny(value->precision));
    case BOUND_TERMS:
        return unit * (evaluation->scale[i] + tiny(value->precision));
    case BOUND_LARGEST:
        return unit * (largest + tiny(value->precision));
    default:
        return unit * 8; /* the generator's random numbers lie within -8 and 8 */
    }
}

static const char *compare_sample(Arena *arena, const LocalValue *value, Evaluation *evaluation, Bound bound, int64_t sample)
{
    int64_t reals = type_reals(&value->node->types[0]);
    const double *computed = value->computed + (value->node->types[0].batched ? sample * reals : 0);
    if (bound.kind == BOUND_TERMS)
        evaluate_scale(value, evaluation);
    double largest = bound.kind == BOUND_LARGEST ? largest_scale(value, evaluation) : 0;
    for (int64_t i = 0; i < reals; i++) {
        double tolerance = tolerance_at(value, evaluation, bound, largest, i);
        if (!within(computed[i], evaluation->result[i], tolerance, value->precision))
            return arena_printf(arena, "%%%lld = %s: sample %lld, entry %lld is %.17g, not %.17g within %.3g",
                                (long long)(value->node - value->graph->nodes), op_info(value->node->op)->name, (long long)sample,
                                (long long)i, computed[i], evaluation->result[i], tolerance);
    }
    return NULL;
}

/* Sums of entries that are huge or not finite may overflow in one order and not in another. */
static bool may_overflow(const LocalValue *value, Bound bound)
{
    if (bound.kind == BOUND_EXACT || (bound.kind == BOUND_RESULT && value->node->op != OP_MODULUS))
        return false;
    for (int32_t k = 0; k < value->node->operand_count; k++) {
        const Type *type = graph_type(value->graph, value->node->operands[k]);
        for (int64_t i = 0; i < type_reals(type) * (type->batched ? value->batch : 1); i++)
            if (!(fabs(value->operands[k][i]) < 1e12))
                return true;
    }
    return false;
}

/* Points an evaluation at one sample. */
static void begin_sample(const LocalValue *value, Evaluation *evaluation, int64_t sample)
{
    evaluation->point.sample = value->node->types[0].batched ? sample : 0;
    for (int32_t k = 0; k < value->node->operand_count; k++) {
        const Type *type = &evaluation->use.operand[k];
        evaluation->operands[k] = value->operands[k] + (type->batched ? sample * type_reals(type) : 0);
    }
}

static int64_t sample_count(const LocalValue *value)
{
    return value->node->types[0].batched ? value->batch : 1;
}

const char *check_operation(Arena *arena, const LocalValue *value, CheckCounts *counts)
{
    Bound bound = bound_of(value);
    if (may_overflow(value, bound)) {
        counts->skipped++;
        return NULL;
    }
    counts->values++;
    Evaluation evaluation;
    begin_evaluation(arena, value, &evaluation);
    for (int64_t sample = 0; sample < sample_count(value); sample++) {
        begin_sample(value, &evaluation, sample);
        evaluation.use.info->evaluate(&evaluation.use, &evaluation.point, evaluation.operands, evaluation.result);
        const char *problem = compare_sample(arena, value, &evaluation, bound, sample);
        if (problem)
            return problem;
    }
    return NULL;
}

void operation_tolerances(Arena *arena, const LocalValue *value, double *tolerances)
{
    Bound bound = bound_of(value);
    int64_t reals = type_reals(&value->node->types[0]);
    if (bound.kind == BOUND_EXACT) {
        memset(tolerances, 0, (size_t)(reals * sample_count(value)) * sizeof *tolerances);
        return;
    }
    Evaluation evaluation;
    begin_evaluation(arena, value, &evaluation);
    for (int64_t sample = 0; sample < sample_count(value); sample++) {
        begin_sample(value, &evaluation, sample);
        memcpy(evaluation.result, value->computed + sample * reals, (size_t)reals * sizeof *evaluation.result);
        if (bound.kind == BOUND_TERMS)
            evaluate_scale(value, &evaluation);
        double largest = bound.kind == BOUND_LARGEST ? largest_scale(value, &evaluation) : 0;
        for (int64_t i = 0; i < reals; i++)
            tolerances[sample * reals + i] = tolerance_at(value, &evaluation, bound, largest, i);
    }
}

void operation_scaled(Arena *arena, const LocalValue *value, double factor, double *result)
{
    Evaluation evaluation;
    begin_evaluation(arena, value, &evaluation);
    for (int64_t sample = 0; sample < sample_count(value); sample++) {
        begin_sample(value, &evaluation, sample);
        for (int64_t i = 0; i < type_reals(&evaluation.use.operand[0]); i++)
            evaluation.absolute[0][i] = factor * evaluation.operands[0][i];
        evaluation.operands[0] = evaluation.absolute[0];
        evaluation.use.info->evaluate(&evaluation.use, &evaluation.point, evaluation.operands,
                                      result + sample * type_reals(&value->node->types[0]));
    }
}
