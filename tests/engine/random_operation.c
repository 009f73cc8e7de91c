/* Proposals: operands and attributes for one use of each operation, mostly valid. */
#include "engine/random_graph.h"

#include <string.h>

static const Type *type_of(const Generator *generator, Value value)
{
    return graph_type(generator->graph, value);
}

/* "[3,1,2]" of `count` numbers. */
static const char *list_text(Generator *generator, const int64_t *items, int count)
{
    Text text = text_make(generator->arena);
    text_add_character(&text, '[');
    for (int i = 0; i < count; i++)
        text_printf(&text, "%s%lld", i ? "," : "", (long long)items[i]);
    text_add_character(&text, ']');
    return text_string(&text);
}

/* `count` numbers from `least` to `least + range - 1` each. */
static const char *draw_list(Generator *generator, int count, int64_t least, int64_t range)
{
    int64_t items[2 * MAX_RANK];
    for (int i = 0; i < count; i++)
        items[i] = least + draw(generator, range);
    return list_text(generator, items, count);
}

static bool take(Generator *generator, Proposal *proposal, Want want, int least_rank, int most_rank)
{
    Value value = draw_value(generator, want, least_rank, most_rank);
    if (value.node < 0)
        return false;
    proposal->operands[proposal->count++] = value;
    return true;
}

/* --- element-wise ------------------------------------------------------------------------------------------------------------- */

static bool propose_unary(Generator *generator, Op op, Proposal *proposal)
{
    Want want = op == OP_NOT ? WANT_BOOLEAN : op == OP_STOP_GRADIENT ? WANT_ANY : WANT_NUMBER;
    if (op == OP_NEGATE && chance(generator, 20))
        want = WANT_COMPLEX;
    if (!take(generator, proposal, want, 0, MAX_RANK))
        return false;
    Value *x = &proposal->operands[0];
    bool positive = op == OP_LOG || op == OP_LOG1P || op == OP_SQRT;
    bool bounded = op == OP_EXP || op == OP_EXPM1 || op == OP_SIN || op == OP_COS;
    if (positive && chance(generator, 90))
        *x = made_positive(generator, *x);
    if (bounded && chance(generator, 90))
        *x = made_bounded(generator, *x);
    return true;
}

/* Something that goes together with x by broadcasting: another value that happens to fit, or a new tensor of some of x's sizes. */
static Value draw_partner(Generator *generator, Value x, Want want)
{
    const Type *type = type_of(generator, x);
    for (int i = 0; i < 4; i++) {
        Value other = draw_value(generator, want, 0, MAX_RANK);
        if (other.node >= 0 && (type_same_shape(type_of(generator, other), type) || type_of(generator, other)->rank == 0))
            return other;
    }
    if (want == WANT_BOOLEAN || want == WANT_COMPLEX || chance(generator, 20))
        return draw_value(generator, want, 0, MAX_RANK);
    int rank = (int)draw(generator, type->rank + 1);
    int64_t sizes[MAX_RANK];
    for (int i = 0; i < rank; i++)
        sizes[i] = chance(generator, 70) ? type->size[type->rank - rank + i] : 1;
    return new_tensor(generator, rank, sizes);
}

static void exchange(Generator *generator, Proposal *proposal)
{
    if (!chance(generator, 30))
        return;
    Value first = proposal->operands[0];
    proposal->operands[0] = proposal->operands[1];
    proposal->operands[1] = first;
}

static bool propose_binary(Generator *generator, Op op, Proposal *proposal)
{
    bool logical = op == OP_AND || op == OP_OR;
    bool complex_too = op == OP_ADD || op == OP_SUBTRACT || op == OP_MULTIPLY || op == OP_DIVIDE || op == OP_EQUAL;
    Want want = logical ? WANT_BOOLEAN : complex_too && chance(generator, 30) ? WANT_COMPLEX : WANT_NUMBER;
    if (!take(generator, proposal, want, 0, MAX_RANK))
        return false;
    proposal->operands[1] = draw_partner(generator, proposal->operands[0], logical ? WANT_BOOLEAN : WANT_NUMBER);
    proposal->count = 2;
    if (proposal->operands[1].node < 0)
        return false;
    exchange(generator, proposal);
    bool real = type_of(generator, proposal->operands[1])->element != ELEMENT_COMPLEX;
    if ((op == OP_DIVIDE || op == OP_REMAINDER) && real && chance(generator, 90))
        proposal->operands[1] = made_positive(generator, proposal->operands[1]);
    if (op == OP_POWER && chance(generator, 90)) {
        proposal->operands[0] = made_positive(generator, made_bounded(generator, proposal->operands[0]));
        proposal->operands[1] = made_bounded(generator, proposal->operands[1]);
    }
    return true;
}

static bool propose_where(Generator *generator, Proposal *proposal)
{
    if (!take(generator, proposal, WANT_BOOLEAN, 0, MAX_RANK))
        return false;
    Want want = chance(generator, 20) ? WANT_COMPLEX : WANT_NUMBER;
    for (int k = 1; k < 3; k++) {
        proposal->operands[k] = draw_partner(generator, proposal->operands[0], want);
        if (proposal->operands[k].node < 0)
            return false;
    }
    proposal->count = 3;
    return true;
}

/* --- complex and spectral ----------------------------------------------------------------------------------------------------- */

static bool propose_complex(Generator *generator, Op op, Proposal *proposal)
{
    if (op != OP_COMPLEX)
        return take(generator, proposal, WANT_COMPLEX, 0, MAX_RANK);
    if (!take(generator, proposal, WANT_NUMBER, 0, MAX_RANK))
        return false;
    proposal->operands[1] = draw_partner(generator, proposal->operands[0], WANT_NUMBER);
    proposal->count = 2;
    return proposal->operands[1].node >= 0;
}

static bool propose_fft(Generator *generator, Proposal *proposal)
{
    int axes = 1 + (int)draw(generator, 2);
    proposal->attributes = arena_printf(generator->arena, "axes=%d", axes);
    return take(generator, proposal, chance(generator, 50) ? WANT_COMPLEX : WANT_NUMBER, axes, MAX_RANK);
}

static bool propose_periodize(Generator *generator, Proposal *proposal)
{
    if (!take(generator, proposal, chance(generator, 70) ? WANT_COMPLEX : WANT_NUMBER, 1, MAX_RANK))
        return false;
    const Type *type = type_of(generator, proposal->operands[0]);
    int count = 1 + (int)draw(generator, type->rank > 1 ? 2 : 1);
    int64_t factors[2];
    for (int i = 0; i < count; i++) {
        int64_t size = type->size[type->rank - count + i];
        factors[i] = 1 + draw(generator, size);
        while (size % factors[i] != 0)
            factors[i]--;
    }
    proposal->attributes = arena_printf(generator->arena, "factors=%s", list_text(generator, factors, count));
    return true;
}

/* --- reductions --------------------------------------------------------------------------------------------------------------- */

static bool propose_reduction(Generator *generator, Op op, Proposal *proposal)
{
    bool complex_too = op == OP_REDUCE_SUM || op == OP_REDUCE_MEAN;
    if (!take(generator, proposal, complex_too && chance(generator, 30) ? WANT_COMPLEX : WANT_NUMBER, 0, MAX_RANK))
        return false;
    int rank = type_of(generator, proposal->operands[0])->rank;
    int64_t axes[MAX_RANK];
    int count = 0;
    for (int i = 0; i < rank; i++)
        if (chance(generator, 50))
            axes[count++] = i;
    proposal->attributes = arena_printf(generator->arena, "axes=%s keep=%s", list_text(generator, axes, count),
                                        chance(generator, 40) ? "true" : "false");
    return true;
}

static bool propose_along_axis(Generator *generator, Op op, Proposal *proposal)
{
    if (!take(generator, proposal, op == OP_ARGMAX ? WANT_REAL : WANT_NUMBER, 1, MAX_RANK))
        return false;
    int axis = (int)draw(generator, type_of(generator, proposal->operands[0])->rank);
    if (op == OP_ARGMAX)
        proposal->attributes = arena_printf(generator->arena, "axis=%d", axis);
    else
        proposal->attributes = arena_printf(generator->arena, "axis=%d exclusive=%s reverse=%s", axis,
                                            chance(generator, 50) ? "true" : "false", chance(generator, 50) ? "true" : "false");
    return true;
}

/* --- contractions and windows ------------------------------------------------------------------------------------------------- */

/* A matrix or vector that x can be multiplied with; sometimes a stack of matrices, sometimes transposed. */
static bool propose_matmul(Generator *generator, Proposal *proposal)
{
    if (!take(generator, proposal, WANT_NUMBER, 1, 4))
        return false;
    const Type *x = type_of(generator, proposal->operands[0]);
    bool transpose_x = x->rank > 1 && chance(generator, 30);
    int64_t inner = x->size[x->rank - (transpose_x ? 2 : 1)];
    int64_t sizes[4] = {inner, draw_size(generator)};
    bool vector = chance(generator, 30), transpose_b = !vector && chance(generator, 30);
    if (transpose_b)
        memcpy(sizes, (int64_t[]){sizes[1], inner}, 2 * sizeof *sizes);
    proposal->operands[1] =
        chance(generator, 15) ? draw_value(generator, WANT_NUMBER, 1, 4) : new_tensor(generator, vector ? 1 : 2, sizes);
    proposal->count = 2;
    if (proposal->operands[1].node < 0)
        return false;
    bool weight_first = x->rank == 1 && transpose_b;
    if (weight_first) {
        Value weight = proposal->operands[1];
        proposal->operands[1] = proposal->operands[0];
        proposal->operands[0] = weight;
        return true;
    }
    proposal->attributes = arena_printf(generator->arena, "transpose_a=%s transpose_b=%s", transpose_x ? "true" : "false",
                                        transpose_b ? "true" : "false");
    return true;
}

/* Pads that reach at most to the border itself. */
static const char *draw_pads(Generator *generator, int axes)
{
    return chance(generator, 50) ? "[0]" : draw_list(generator, 2 * axes, 0, 3);
}

static bool propose_convolution(Generator *generator, Op op, Proposal *proposal)
{
    if (!take(generator, proposal, WANT_NUMBER, 2, 4))
        return false;
    const Type *x = type_of(generator, proposal->operands[0]);
    int axes = x->rank - 1;
    int64_t groups = chance(generator, 40) ? x->size[0] : 1;
    int64_t others = 1 + draw(generator, 4);
    int64_t sizes[5] = {op == OP_CONVOLVE ? groups * others : x->size[0], op == OP_CONVOLVE ? x->size[0] / groups : others};
    for (int i = 0; i < axes; i++)
        sizes[2 + i] = 1 + draw(generator, 3);
    proposal->operands[1] = new_tensor(generator, axes + 2, sizes);
    proposal->count = 2;
    const char *stride = draw_list(generator, axes, 1, 3), *dilation = draw_list(generator, axes, 1, 2);
    static const char *const modes[] = {"zero", "reflect", "periodic", "replicate"};
    if (op == OP_CONVOLVE)
        proposal->attributes = arena_printf(generator->arena, "stride=%s dilation=%s groups=%lld pad_mode=%s pad=%s auto=%s",
                                            stride, dilation, (long long)groups, modes[draw(generator, 4)],
                                            draw_pads(generator, axes), chance(generator, 20) ? "same" : "none");
    else
        proposal->attributes = arena_printf(generator->arena, "stride=%s dilation=%s groups=%lld pad=%s", stride, dilation,
                                            (long long)groups, draw_pads(generator, axes));
    return true;
}

static bool propose_pool(Generator *generator, Op op, Proposal *proposal)
{
    if (!take(generator, proposal, WANT_NUMBER, 2, 4))
        return false;
    int axes = type_of(generator, proposal->operands[0])->rank - 1;
    if (op == OP_ADAPTIVE_POOL_MAX || op == OP_ADAPTIVE_POOL_MEAN) {
        proposal->attributes = arena_printf(generator->arena, "size=%s", draw_list(generator, axes, 1, 4));
        return true;
    }
    proposal->attributes = arena_printf(generator->arena, "window=%s stride=%s pad=%s ceil=%s", draw_list(generator, axes, 1, 4),
                                        chance(generator, 50) ? "[]" : draw_list(generator, axes, 1, 3), draw_pads(generator, axes),
                                        chance(generator, 30) ? "true" : "false");
    if (op == OP_POOL_MEAN)
        proposal->attributes =
            arena_printf(generator->arena, "%s count_padding=%s", proposal->attributes, chance(generator, 50) ? "true" : "false");
    return true;
}

/* --- shape -------------------------------------------------------------------------------------------------------------------- */

/* Other sizes with the same product: divisors are taken out one by one. */
static bool propose_reshape(Generator *generator, Proposal *proposal)
{
    if (!take(generator, proposal, WANT_ANY, 0, MAX_RANK))
        return false;
    int64_t left = type_elements(type_of(generator, proposal->operands[0]));
    int64_t sizes[5];
    int count = 0;
    while (count < 4 && (left > 1 || chance(generator, 30))) {
        int64_t size = 1 + draw(generator, left < 40 ? left : 40);
        while (left % size != 0)
            size--;
        sizes[count++] = size;
        left /= size;
    }
    if (left > 1)
        sizes[count++] = left;
    proposal->attributes = arena_printf(generator->arena, "shape=%s", list_text(generator, sizes, count));
    return true;
}

static bool propose_broadcast(Generator *generator, Proposal *proposal)
{
    if (!take(generator, proposal, WANT_ANY, 0, 4))
        return false;
    const Type *x = type_of(generator, proposal->operands[0]);
    int64_t sizes[MAX_RANK];
    int more = (int)draw(generator, 3);
    for (int i = 0; i < more; i++)
        sizes[i] = 1 + draw(generator, 3);
    for (int i = 0; i < x->rank; i++)
        sizes[more + i] = x->size[i] == 1 ? draw_size(generator) : x->size[i];
    proposal->attributes = arena_printf(generator->arena, "shape=%s", list_text(generator, sizes, more + x->rank));
    return true;
}

static bool propose_permute(Generator *generator, Proposal *proposal)
{
    if (!take(generator, proposal, WANT_ANY, 1, MAX_RANK))
        return false;
    int rank = type_of(generator, proposal->operands[0])->rank;
    int64_t axes[MAX_RANK];
    for (int i = 0; i < rank; i++) {
        int64_t j = draw(generator, i + 1);
        axes[i] = axes[j];
        axes[j] = i;
    }
    proposal->attributes = arena_printf(generator->arena, "axes=%s", list_text(generator, axes, rank));
    return true;
}

static bool propose_slice(Generator *generator, Proposal *proposal)
{
    if (!take(generator, proposal, WANT_ANY, 1, MAX_RANK))
        return false;
    const Type *x = type_of(generator, proposal->operands[0]);
    int axis = (int)draw(generator, x->rank);
    int64_t start = draw(generator, x->size[axis]);
    int64_t stop = start + 1 + draw(generator, x->size[axis] - start);
    proposal->attributes = arena_printf(generator->arena, "axis=%d start=%lld stop=%lld step=%lld", axis, (long long)start,
                                        (long long)stop, (long long)(1 + draw(generator, 3)));
    return true;
}

static bool propose_concatenate(Generator *generator, Proposal *proposal)
{
    if (!take(generator, proposal, WANT_ANY, 1, MAX_RANK))
        return false;
    const Type *x = type_of(generator, proposal->operands[0]);
    Want want = x->element == ELEMENT_COMPLEX ? WANT_COMPLEX : x->element == ELEMENT_BOOLEAN ? WANT_BOOLEAN : WANT_NUMBER;
    for (int64_t i = draw(generator, 4); i > 0; i--) {
        Value other = want == WANT_NUMBER ? draw_partner(generator, proposal->operands[0], want) : proposal->operands[0];
        if (other.node >= 0 && type_same_shape(type_of(generator, other), type_of(generator, proposal->operands[0])))
            proposal->operands[proposal->count++] = other;
    }
    proposal->attributes =
        arena_printf(generator->arena, "axis=%lld", (long long)draw(generator, type_of(generator, proposal->operands[0])->rank));
    return true;
}

static bool propose_pad(Generator *generator, Proposal *proposal)
{
    if (!take(generator, proposal, WANT_ANY, 1, MAX_RANK))
        return false;
    const Type *x = type_of(generator, proposal->operands[0]);
    int axes = 1 + (int)draw(generator, x->rank);
    bool whole = x->element == ELEMENT_INTEGER || x->element == ELEMENT_BOOLEAN;
    static const char *const modes[] = {"zero", "constant", "reflect", "periodic", "replicate"};
    proposal->attributes = arena_printf(generator->arena, "amounts=%s mode=%s value=%s", draw_list(generator, 2 * axes, 0, 3),
                                        modes[draw(generator, 5)], whole ? "1" : "0.5");
    return true;
}

/* Not of booleans: an index without an entry gives NaN, which is none, and then `x and x` is no longer x. */
static bool propose_gather(Generator *generator, Proposal *proposal)
{
    Want want = chance(generator, 20) ? WANT_COMPLEX : WANT_NUMBER;
    if (!take(generator, proposal, want, 1, 4) || !take(generator, proposal, WANT_INTEGER, 0, 3))
        return false;
    proposal->attributes =
        arena_printf(generator->arena, "axis=%lld", (long long)draw(generator, type_of(generator, proposal->operands[0])->rank));
    return true;
}

static bool propose_one_hot(Generator *generator, Proposal *proposal)
{
    proposal->attributes = arena_printf(generator->arena, "depth=%lld", (long long)(1 + draw(generator, 9)));
    return take(generator, proposal, WANT_INTEGER, 0, 4);
}

static bool propose_resize(Generator *generator, Proposal *proposal)
{
    if (!take(generator, proposal, WANT_NUMBER, 1, 4))
        return false;
    int rank = type_of(generator, proposal->operands[0])->rank;
    int axes = 1 + (int)draw(generator, rank < 3 ? rank : 3);
    static const char *const linear[] = {"linear", "bilinear", "trilinear"};
    proposal->attributes =
        arena_printf(generator->arena, "size=%s method=%s corners=%s", draw_list(generator, axes, 1, 9),
                     chance(generator, 50) ? "nearest" : linear[axes - 1], chance(generator, 50) ? "half_pixel" : "align");
    return true;
}

/* --- random ------------------------------------------------------------------------------------------------------------------- */

static bool propose_random(Generator *generator, Op op, Proposal *proposal)
{
    const char *numbers = op == OP_UNIFORM ? "low=-2 high=3" : "mean=0.5 deviation=0.25";
    const char *place = arena_printf(generator->arena, "place%lld", (long long)generator->graph->node_count);
    if (chance(generator, 40)) {
        proposal->attributes =
            arena_printf(generator->arena, "shape=%s place=%s %s", draw_list(generator, 2, 1, 9), place, numbers);
        return true;
    }
    proposal->attributes =
        arena_printf(generator->arena, "place=%s per_sample=%s %s", place, chance(generator, 70) ? "true" : "false", numbers);
    return take(generator, proposal, WANT_REAL, 0, MAX_RANK);
}

bool propose(Generator *generator, Op op, Proposal *proposal)
{
    if (op >= OP_NEGATE && op <= OP_STOP_GRADIENT)
        return propose_unary(generator, op, proposal);
    if (op >= OP_ADD && op <= OP_OR)
        return propose_binary(generator, op, proposal);
    if (op >= OP_REDUCE_SUM && op <= OP_REDUCE_MIN)
        return propose_reduction(generator, op, proposal);
    switch (op) {
    case OP_WHERE:
        return propose_where(generator, proposal);
    case OP_COMPLEX:
    case OP_REAL:
    case OP_IMAG:
    case OP_CONJ:
    case OP_MODULUS:
        return propose_complex(generator, op, proposal);
    case OP_FFT:
    case OP_IFFT:
        return propose_fft(generator, proposal);
    case OP_PERIODIZE:
        return propose_periodize(generator, proposal);
    case OP_ARGMAX:
    case OP_CUMULATIVE_SUM:
        return propose_along_axis(generator, op, proposal);
    case OP_BATCH_MEAN:
        return take(generator, proposal, WANT_REAL, 0, MAX_RANK);
    case OP_MATMUL:
        return propose_matmul(generator, proposal);
    case OP_CONVOLVE:
    case OP_CONVOLVE_TRANSPOSED:
        return propose_convolution(generator, op, proposal);
    case OP_POOL_MAX:
    case OP_POOL_MEAN:
    case OP_ADAPTIVE_POOL_MAX:
    case OP_ADAPTIVE_POOL_MEAN:
        return propose_pool(generator, op, proposal);
    case OP_RESHAPE:
        return propose_reshape(generator, proposal);
    case OP_BROADCAST:
        return propose_broadcast(generator, proposal);
    case OP_PERMUTE:
        return propose_permute(generator, proposal);
    case OP_SLICE:
        return propose_slice(generator, proposal);
    case OP_CONCATENATE:
        return propose_concatenate(generator, proposal);
    case OP_PAD:
        return propose_pad(generator, proposal);
    case OP_GATHER:
        return propose_gather(generator, proposal);
    case OP_ONE_HOT:
        return propose_one_hot(generator, proposal);
    case OP_RESIZE:
        return propose_resize(generator, proposal);
    case OP_UNIFORM:
    case OP_NORMAL:
        return propose_random(generator, op, proposal);
    default:
        return false;
    }
}
