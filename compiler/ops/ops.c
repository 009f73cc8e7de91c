/* The table of operations, and what their rows share: reading attributes, complaining, broadcasting, writing kernel calls. */
#include "ops/ops.h"

#include <stdlib.h>
#include <string.h>

/* One line a family's row: `extern` here, its place in the table below. */
/* source.c */
extern const OpInfo op_input, op_weight, op_state, op_constant, op_seed, op_step, op_rate;
/* unary.c */
extern const OpInfo op_negate, op_abs, op_exp, op_expm1, op_log, op_log1p, op_sqrt, op_sin, op_cos, op_tanh, op_logistic, op_erf,
    op_floor, op_sign, op_relu, op_not, op_stop_gradient;
/* binary.c */
extern const OpInfo op_add, op_subtract, op_multiply, op_divide, op_power, op_remainder, op_maximum, op_minimum, op_equal,
    op_not_equal, op_less, op_less_equal, op_and, op_or, op_where;
/* matmul.c, contract.c, convolve_weight.c */
extern const OpInfo op_matmul, op_matmul_mean, op_convolve, op_convolve_transposed, op_convolve_weight;
/* pool.c, pool_spread.c */
extern const OpInfo op_pool_max_spread, op_pool_max_pick, op_pool_max, op_pool_mean, op_adaptive_pool_max, op_adaptive_pool_mean;
/* shape.c */
extern const OpInfo op_reshape, op_broadcast, op_permute, op_slice;
/* spectral.c */
extern const OpInfo op_complex, op_real, op_imag, op_conj, op_modulus, op_fft, op_ifft, op_periodize;
/* join.c, gather.c, resize.c */
extern const OpInfo op_concatenate, op_pad, op_gather, op_scatter_mean, op_one_hot, op_resize;
/* reduce.c */
extern const OpInfo op_reduce_sum, op_reduce_mean, op_reduce_max, op_reduce_min, op_argmax, op_cumulative_sum, op_batch_mean;
/* blocks.c, convolve_blocks.c, pool_blocks.c */
extern const OpInfo op_to_blocks, op_from_blocks, op_pack_convolution, op_convolve_blocks, op_convolve_depthwise, op_pool_blocks;
/* winograd.c */
extern const OpInfo op_pack_winograd, op_convolve_winograd;
/* dense.c, convolve_rows.c */
extern const OpInfo op_to_lanes, op_from_lanes, op_convolve_lanes, op_convolve_lanes_back, op_convolve_lanes_weight,
    op_spread_blocks, op_sum_lanes, op_elements, op_sum_elements;
extern const OpInfo op_pack_dense, op_dense_packed, op_convolve_rows;
/* spectrum.c */
extern const OpInfo op_spectrum, op_filter_spectrum;
/* stripes.c */
extern const OpInfo op_striped_spectrum, op_striped_filter, op_striped_smooth;
/* random.c */
extern const OpInfo op_uniform, op_normal;
/* scan.c */
extern const OpInfo op_scan;

/* One row a line, so that families can be added side by side. */
/* clang-format off */
const OpInfo *const op_table[OP_COUNT] = {
    /* sources */
    [OP_INPUT] = &op_input,
    [OP_WEIGHT] = &op_weight,
    [OP_STATE] = &op_state,
    [OP_CONSTANT] = &op_constant,
    [OP_SEED] = &op_seed,
    [OP_STEP] = &op_step,
    [OP_RATE] = &op_rate,
    /* element-wise */
    [OP_NEGATE] = &op_negate,
    [OP_ABS] = &op_abs,
    [OP_EXP] = &op_exp,
    [OP_EXPM1] = &op_expm1,
    [OP_LOG] = &op_log,
    [OP_LOG1P] = &op_log1p,
    [OP_SQRT] = &op_sqrt,
    [OP_SIN] = &op_sin,
    [OP_COS] = &op_cos,
    [OP_TANH] = &op_tanh,
    [OP_LOGISTIC] = &op_logistic,
    [OP_ERF] = &op_erf,
    [OP_FLOOR] = &op_floor,
    [OP_SIGN] = &op_sign,
    [OP_RELU] = &op_relu,
    [OP_NOT] = &op_not,
    [OP_STOP_GRADIENT] = &op_stop_gradient,
    [OP_ADD] = &op_add,
    [OP_SUBTRACT] = &op_subtract,
    [OP_MULTIPLY] = &op_multiply,
    [OP_DIVIDE] = &op_divide,
    [OP_POWER] = &op_power,
    [OP_REMAINDER] = &op_remainder,
    [OP_MAXIMUM] = &op_maximum,
    [OP_MINIMUM] = &op_minimum,
    [OP_EQUAL] = &op_equal,
    [OP_NOT_EQUAL] = &op_not_equal,
    [OP_LESS] = &op_less,
    [OP_LESS_EQUAL] = &op_less_equal,
    [OP_AND] = &op_and,
    [OP_OR] = &op_or,
    [OP_WHERE] = &op_where,
    /* complex and spectral */
    [OP_COMPLEX] = &op_complex,
    [OP_REAL] = &op_real,
    [OP_IMAG] = &op_imag,
    [OP_CONJ] = &op_conj,
    [OP_MODULUS] = &op_modulus,
    [OP_FFT] = &op_fft,
    [OP_IFFT] = &op_ifft,
    [OP_PERIODIZE] = &op_periodize,
    /* reductions */
    [OP_REDUCE_SUM] = &op_reduce_sum,
    [OP_REDUCE_MEAN] = &op_reduce_mean,
    [OP_REDUCE_MAX] = &op_reduce_max,
    [OP_REDUCE_MIN] = &op_reduce_min,
    [OP_ARGMAX] = &op_argmax,
    [OP_CUMULATIVE_SUM] = &op_cumulative_sum,
    [OP_BATCH_MEAN] = &op_batch_mean,
    /* contractions */
    [OP_MATMUL] = &op_matmul,
    [OP_MATMUL_MEAN] = &op_matmul_mean,
    [OP_CONVOLVE] = &op_convolve,
    [OP_CONVOLVE_TRANSPOSED] = &op_convolve_transposed,
    [OP_CONVOLVE_WEIGHT] = &op_convolve_weight,
    /* windows */
    [OP_POOL_MAX] = &op_pool_max,
    [OP_POOL_MEAN] = &op_pool_mean,
    [OP_POOL_MAX_SPREAD] = &op_pool_max_spread,
    [OP_POOL_MAX_PICK] = &op_pool_max_pick,
    [OP_ADAPTIVE_POOL_MAX] = &op_adaptive_pool_max,
    [OP_ADAPTIVE_POOL_MEAN] = &op_adaptive_pool_mean,
    /* shape */
    [OP_RESHAPE] = &op_reshape,
    [OP_BROADCAST] = &op_broadcast,
    [OP_PERMUTE] = &op_permute,
    [OP_SLICE] = &op_slice,
    [OP_CONCATENATE] = &op_concatenate,
    [OP_PAD] = &op_pad,
    [OP_GATHER] = &op_gather,
    [OP_SCATTER_MEAN] = &op_scatter_mean,
    [OP_ONE_HOT] = &op_one_hot,
    [OP_RESIZE] = &op_resize,
    /* internal */
    [OP_TO_BLOCKS] = &op_to_blocks,
    [OP_FROM_BLOCKS] = &op_from_blocks,
    [OP_PACK_CONVOLUTION] = &op_pack_convolution,
    [OP_CONVOLVE_BLOCKS] = &op_convolve_blocks,
    [OP_CONVOLVE_DEPTHWISE] = &op_convolve_depthwise,
    [OP_POOL_BLOCKS] = &op_pool_blocks,
    [OP_PACK_WINOGRAD] = &op_pack_winograd,
    [OP_CONVOLVE_WINOGRAD] = &op_convolve_winograd,
    [OP_PACK_DENSE] = &op_pack_dense,
    [OP_DENSE_PACKED] = &op_dense_packed,
    [OP_CONVOLVE_ROWS] = &op_convolve_rows,
    [OP_SPECTRUM] = &op_spectrum,
    [OP_FILTER_SPECTRUM] = &op_filter_spectrum,
    [OP_TO_LANES] = &op_to_lanes,
    [OP_FROM_LANES] = &op_from_lanes,
    [OP_CONVOLVE_LANES] = &op_convolve_lanes,
    [OP_CONVOLVE_LANES_BACK] = &op_convolve_lanes_back,
    [OP_CONVOLVE_LANES_WEIGHT] = &op_convolve_lanes_weight,
    [OP_SPREAD_BLOCKS] = &op_spread_blocks,
    [OP_SUM_LANES] = &op_sum_lanes,
    [OP_ELEMENTS] = &op_elements,
    [OP_SUM_ELEMENTS] = &op_sum_elements,
    [OP_STRIPED_SPECTRUM] = &op_striped_spectrum,
    [OP_STRIPED_FILTER] = &op_striped_filter,
    [OP_STRIPED_SMOOTH] = &op_striped_smooth,
    /* random */
    [OP_UNIFORM] = &op_uniform,
    [OP_NORMAL] = &op_normal,
    /* control */
    [OP_SCAN] = &op_scan,
};
/* clang-format on */

const OpInfo *op_info(Op op)
{
    return op_table[op];
}

const OpInfo *op_find(const char *name)
{
    for (int op = 0; op < OP_COUNT; op++)
        if (op_table[op] && strcmp(op_table[op]->name, name) == 0)
            return op_table[op];
    return NULL;
}

int op_attribute_count(const OpInfo *info)
{
    int count = 0;
    while (info->attributes && info->attributes[count].name)
        count++;
    return count;
}

bool attribute_allows(const AttributeInfo *info, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = info->words; at && *at;) {
        size_t next = strcspn(at, " ");
        if (next == length && strncmp(at, word, length) == 0)
            return true;
        at += next + strspn(at + next, " ");
    }
    return !info->words;
}

/* The attribute of a name; asking for one that the row lacks is a defect of the row's own functions. */
AttributeValue *use_attribute(const OpUse *use, const char *name)
{
    for (int i = 0; use->info->attributes && use->info->attributes[i].name; i++)
        if (strcmp(use->info->attributes[i].name, name) == 0)
            return &use->attributes[i];
    abort();
}

int64_t use_integer(const OpUse *use, const char *name)
{
    return use_attribute(use, name)->integer;
}

double use_real(const OpUse *use, const char *name)
{
    return use_attribute(use, name)->real;
}

bool use_boolean(const OpUse *use, const char *name)
{
    return use_attribute(use, name)->boolean;
}

const char *use_name(const OpUse *use, const char *name)
{
    return use_attribute(use, name)->name;
}

const int64_t *use_list(const OpUse *use, const char *name, int64_t *count)
{
    const AttributeValue *value = use_attribute(use, name);
    *count = value->list.count;
    return value->list.items;
}

void use_set_list(OpUse *use, const char *name, const int64_t *items, int64_t count)
{
    AttributeValue *value = use_attribute(use, name);
    value->list.items = arena_copy(use->arena, items, (size_t)count * sizeof *items);
    value->list.count = count;
}

bool use_fail(OpUse *use, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    use->error = code;
    use->message = arena_vprintf(use->arena, format, arguments);
    va_end(arguments);
    return false;
}

bool use_formula(OpUse *use, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    use->formula = arena_vprintf(use->arena, format, arguments);
    va_end(arguments);
    return false;
}

bool use_help(OpUse *use, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    use->help = arena_vprintf(use->arena, format, arguments);
    va_end(arguments);
    return false;
}

/* Whether any operand with fewer dimensions than the result is batched and not a scalar: then the user has to say where its
 * dimensions belong. */
static bool missing_dimensions(OpUse *use, int rank)
{
    for (int k = 0; k < use->operand_count; k++) {
        const Type *operand = &use->operand[k];
        if (operand->rank == rank || operand->rank == 0 || !operand->batched)
            continue;
        use_fail(use, 610, "%s cannot be combined with a tensor of %d dimensions", type_name(use->arena, operand), rank);
        use_help(use, "only weights, constants and single numbers get missing leading dimensions; reshape it first, for example "
                      "`reshape(x, shape(..., 1, 1))`");
        return true;
    }
    return false;
}

bool use_broadcast(OpUse *use, Type *result)
{
    int rank = 0;
    for (int k = 0; k < use->operand_count; k++) {
        if (use->operand[k].rank > rank)
            rank = use->operand[k].rank;
        result->batched |= use->operand[k].batched;
    }
    result->rank = rank;
    if (missing_dimensions(use, rank))
        return false;
    int64_t elements = 1;
    for (int i = 0; i < rank; i++) {
        result->size[i] = 1;
        for (int k = 0; k < use->operand_count; k++) {
            const Type *operand = &use->operand[k];
            int axis = i - (rank - operand->rank);
            int64_t size = axis < 0 ? 1 : operand->size[axis];
            if (size == 1 || size == result->size[i])
                continue;
            if (result->size[i] != 1) {
                use_fail(use, 611, "%s and %s do not go together", type_name(use->arena, &use->operand[0]),
                         type_name(use->arena, &use->operand[use->operand_count - 1]));
                return use_formula(use, "dimension %d from the right: %lld against %lld", rank - i, (long long)result->size[i],
                                   (long long)size);
            }
            result->size[i] = size;
        }
        if (elements > ELEMENT_LIMIT / result->size[i])
            return use_fail(use, 612, "the result would have more than 2^40 elements");
        elements *= result->size[i];
    }
    return true;
}

void call_integer(const OpUse *use, KernelCall *call, int64_t number)
{
    call->integers = arena_grow(use->arena, call->integers, call->integer_count, &call->integer_capacity, sizeof number);
    call->integers[call->integer_count++] = number;
}

void call_integers(const OpUse *use, KernelCall *call, const int64_t *numbers, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        call_integer(use, call, numbers[i]);
}

void call_real(const OpUse *use, KernelCall *call, double number)
{
    call->reals = arena_grow(use->arena, call->reals, call->real_count, &call->real_capacity, sizeof number);
    call->reals[call->real_count++] = number;
}
