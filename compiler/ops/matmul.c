/* The product of matrices and vectors: c[..., i, j] = sum over k of a[..., i, k] b[..., k, j].
 *
 * A vector on the left is a row, on the right a column, and its axis is missing in the result. Dimensions in front of the matrices are aligned
 * from the right and equal or 1, as element-wise ones are; all of this within one sample. MATMUL_MEAN is the mean of such products over the batch, as
 * gradients of weights need it. */
#include "kernel/matmul.h"
#include "ops/elementwise.h"
#include "ops/gradient_rules.h"
#include "ops/rule.h"

#include <string.h>

static const AttributeInfo matmul_attributes[] = {
    {"transpose_a", ATTRIBUTE_BOOLEAN, "false", NULL},
    {"transpose_b", ATTRIBUTE_BOOLEAN, "false", NULL},
    {NULL, ATTRIBUTE_INTEGER, NULL, NULL},
};

/* An operand as a matrix, transposed where that is asked for. */
typedef struct Factor {
    int64_t rows, columns;
    bool transposed;
    bool is_vector;
    int leads; /* dimensions in front */
} Factor;

static Factor read_factor(const OpUse *use, int k)
{
    const Type *type = &use->operand[k];
    if (type->rank == 1) {
        int64_t n = type->size[0];
        return (Factor){.rows = k == 0 ? 1 : n, .columns = k == 0 ? n : 1, .is_vector = true};
    }
    int64_t rows = type->size[type->rank - 2], columns = type->size[type->rank - 1];
    bool transposed = use_boolean(use, k == 0 ? "transpose_a" : "transpose_b");
    return (Factor){.rows = transposed ? columns : rows,
                    .columns = transposed ? rows : columns,
                    .transposed = transposed,
                    .leads = type->rank - 2};
}

static bool check_operands(OpUse *use)
{
    for (int k = 0; k < 2; k++) {
        const Type *type = &use->operand[k];
        if (type->rank == 0) {
            use_help(use, "numbers are multiplied by `*`");
            return use_fail(use, 632, "matmul takes vectors and matrices, got a number");
        }
        if (type->rank == 1 && use_boolean(use, k == 0 ? "transpose_a" : "transpose_b"))
            return use_fail(use, 632, "%s is a vector and has no transpose", type_name(use->arena, type));
    }
    return true;
}

/* The size of leading dimension i (of `rank`) of operand k; 1 where it has none. */
static int64_t lead_size(const OpUse *use, int k, const Factor *factor, int rank, int i)
{
    int axis = i - (rank - factor->leads);
    return axis < 0 ? 1 : use->operand[k].size[axis];
}

static bool join_leads(OpUse *use, const Factor *a, const Factor *b, int rank)
{
    for (int i = 0; i < rank; i++) {
        int64_t left = lead_size(use, 0, a, rank, i), right = lead_size(use, 1, b, rank, i);
        if (left != right && left != 1 && right != 1) {
            use_fail(use, 631, "the dimensions in front of the matrices of %s and %s do not go together",
                     type_name(use->arena, &use->operand[0]), type_name(use->arena, &use->operand[1]));
            return use_formula(use, "%lld against %lld", (long long)left, (long long)right);
        }
        use->result.size[i] = left == 1 ? right : left;
    }
    return true;
}

static bool matmul_shape(OpUse *use)
{
    if (!elements_numbers(use, false) || !check_operands(use))
        return false;
    Factor a = read_factor(use, 0), b = read_factor(use, 1);
    if (a.columns != b.rows) {
        use_fail(use, 630, "%s%s times %s%s: a row of the first has %lld entries, a column of the second %lld",
                 type_name(use->arena, &use->operand[0]), a.transposed ? " transposed" : "",
                 type_name(use->arena, &use->operand[1]), b.transposed ? " transposed" : "", (long long)a.columns,
                 (long long)b.rows);
        if (a.columns == (b.is_vector ? a.rows : b.columns))
            use_help(use, b.is_vector ? "transpose the matrix: `transpose_a=true`" : "transpose the second: `transpose_b=true`");
        return false;
    }
    int rank = a.leads > b.leads ? a.leads : b.leads;
    use->result = (Type){.batched = use->operand[0].batched || use->operand[1].batched};
    if (!join_leads(use, &a, &b, rank))
        return false;
    if (!a.is_vector)
        use->result.size[rank++] = a.rows;
    if (!b.is_vector)
        use->result.size[rank++] = b.columns;
    use->result.rank = rank;
    return rule_elements(use);
}

/* Everything that evaluation and kernel need, from the types. */
static MatrixProduct read_product(const OpUse *use)
{
    Factor a = read_factor(use, 0), b = read_factor(use, 1);
    int rank = a.leads > b.leads ? a.leads : b.leads;
    MatrixProduct product = {
        .m = a.rows, .n = b.columns, .k = a.columns, .transpose_a = a.transposed, .transpose_b = b.transposed, .lead_rank = rank};
    int64_t a_step = product.m * product.k, b_step = product.k * product.n;
    for (int i = rank - 1; i >= 0; i--) {
        int64_t left = lead_size(use, 0, &a, rank, i), right = lead_size(use, 1, &b, rank, i);
        product.lead_size[i] = use->result.size[i];
        product.a_step[i] = left == 1 ? 0 : a_step;
        product.b_step[i] = right == 1 ? 0 : b_step;
        a_step *= left;
        b_step *= right;
    }
    return product;
}

static void multiply(const MatrixProduct *product, const double *a, const double *b, double *c)
{
    for (int64_t i = 0; i < product->m; i++)
        for (int64_t j = 0; j < product->n; j++) {
            double sum = 0;
            for (int64_t k = 0; k < product->k; k++)
                sum += a[product->transpose_a ? k * product->m + i : i * product->k + k] *
                       b[product->transpose_b ? j * product->k + k : k * product->n + j];
            c[i * product->n + j] = sum;
        }
}

static void matmul_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)point;
    MatrixProduct product = read_product(use);
    int64_t entries = product.m * product.n;
    for (int64_t lead = 0; lead < type_elements(&use->result) / entries; lead++) {
        int64_t rest = lead, a = 0, b = 0;
        for (int64_t i = product.lead_rank - 1; i >= 0; i--) {
            a += rest % product.lead_size[i] * product.a_step[i];
            b += rest % product.lead_size[i] * product.b_step[i];
            rest /= product.lead_size[i];
        }
        multiply(&product, operand[0] + a, operand[1] + b, result + lead * entries);
    }
}

/* The mean over the samples of one product each, computed one by one. */
static void matmul_mean_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    int64_t reals = type_reals(&use->result);
    double *one = arena_take(use->arena, (size_t)reals * sizeof *one);
    for (int64_t i = 0; i < reals; i++)
        result[i] = 0;
    for (int64_t sample = 0; sample < point->samples; sample++) {
        const double *own[2];
        for (int k = 0; k < 2; k++)
            own[k] = operand[k] + (use->operand[k].batched ? sample * type_reals(&use->operand[k]) : 0);
        matmul_evaluate(use, point, own, one);
        for (int64_t i = 0; i < reals; i++)
            result[i] += one[i];
    }
    for (int64_t i = 0; i < reals; i++)
        result[i] /= (double)point->samples;
}

static bool matmul_mean_shape(OpUse *use)
{
    bool fine = matmul_shape(use);
    use->result.batched = false;
    return fine;
}

static Cost matmul_cost(const OpUse *use)
{
    return (Cost){.multiply_adds = rule_product(type_elements(&use->result), read_factor(use, 0).columns)};
}

static void matmul_lower(const OpUse *use, KernelCall *call)
{
    MatrixProduct product = read_product(use);
    int64_t numbers[MATMUL_INTEGERS];
    memcpy(numbers, &product, sizeof numbers);
    call->kernel = use->info->name;
    call_integers(use, call, numbers, MATMUL_INTEGERS);
}

const OpInfo op_matmul = {
    .op = OP_MATMUL,
    .name = "matmul",
    .summary = "the product of matrices and vectors, over dimensions in front",
    .operand_names = "a b",
    .operands = 2,
    .attributes = matmul_attributes,
    .shape = matmul_shape,
    .evaluate = matmul_evaluate,
    .cost = matmul_cost,
    .lower = matmul_lower,
    .gradient = gradient_of_matmul,
};

const OpInfo op_matmul_mean = {
    .op = OP_MATMUL_MEAN,
    .name = "matmul_mean",
    .summary = "the mean over the batch of products of matrices",
    .operand_names = "a b",
    .operands = 2,
    .over_batch = true,
    .internal = true,
    .attributes = matmul_attributes,
    .shape = matmul_mean_shape,
    .evaluate = matmul_mean_evaluate,
    .cost = matmul_cost,
    .lower = matmul_lower,
    .gradient = gradient_of_matmul_mean,
};
