/* Layers as nets have them, so that the fast forms come up: convolutions with bias, scaling, addition, activation and pooling behind them, dense
 * layers, filtered signals. Everything stands among the generator's values, to be used by what follows. */
#include "engine/random_graph.h"

/* Every model is evaluated product by product. */
enum { PRODUCTS_AT_MOST = 300000 };

static const Type *type_of(const Generator *generator, Value value)
{
    return graph_type(generator->graph, value);
}

/* The value, or `otherwise` where it cannot be. */
static Value append_or(Generator *generator, Value otherwise, Op op, const char *attributes, int count, const Value *operands)
{
    Value value = append_valid(generator, op, attributes, count, operands);
    return value.node < 0 ? otherwise : value;
}

/* A tensor with a number for each channel of x, in a shape that broadcasts over the positions. */
static Value channel_tensor(Generator *generator, Value x)
{
    const Type *type = type_of(generator, x);
    int64_t size = chance(generator, 15) ? 1 : type->size[0];
    Value tensor = new_tensor(generator, 1, &size);
    if (type->rank == 1)
        return tensor;
    const char *shape = arena_printf(generator->arena, type->rank == 2 ? "shape=[%lld,1]" : "shape=[%lld,1,1]", (long long)size);
    return append_or(generator, tensor, OP_RESHAPE, shape, 1, &tensor);
}

static Value add_scaling(Generator *generator, Value x)
{
    Value scale = channel_tensor(generator, x);
    Op op = chance(generator, 50) ? OP_MULTIPLY : OP_DIVIDE;
    if (op == OP_DIVIDE)
        scale = made_positive(generator, scale);
    return append_or(generator, x, op, NULL, 2, (Value[]){x, scale});
}

static Value add_bias(Generator *generator, Value x)
{
    Op op = chance(generator, 80) ? OP_ADD : OP_SUBTRACT;
    return append_or(generator, x, op, NULL, 2, (Value[]){x, channel_tensor(generator, x)});
}

static Value add_activation(Generator *generator, Value x)
{
    static const Op activations[] = {OP_RELU, OP_RELU, OP_RELU, OP_TANH, OP_LOGISTIC, OP_ABS};
    x = append_or(generator, x, activations[draw(generator, 6)], NULL, 1, &x);
    if (chance(generator, 20))
        x = append_or(generator, x, OP_MINIMUM, NULL, 2, (Value[]){x, number_constant(generator, 0.5)});
    return x;
}

static Value add_pool(Generator *generator, Value x)
{
    Op op = chance(generator, 70) ? OP_POOL_MAX : OP_POOL_MEAN;
    int64_t window = chance(generator, 70) ? 2 : 3, stride = chance(generator, 80) ? 2 : 1;
    const char *attributes =
        arena_printf(generator->arena, "window=[%lld,%lld] stride=[%lld,%lld] pad=[%lld]", (long long)window, (long long)window,
                     (long long)stride, (long long)stride, (long long)(chance(generator, 20) ? 1 : 0));
    return append_or(generator, x, op, attributes, 1, &x);
}

/* --- convolutions ------------------------------------------------------------------------------------------------------------ */

static Value add_convolution(Generator *generator, Value x)
{
    static const int64_t many[] = {1, 3, 4, 8, 16, 17, 24, 32}, windows[] = {1, 3, 3, 3, 5};
    const Type *type = type_of(generator, x);
    int64_t channels = type->size[0], window = windows[draw(generator, 5)];
    bool depthwise = chance(generator, 20);
    int64_t filters = depthwise ? channels : many[draw(generator, 8)];
    int64_t sizes[4] = {filters, depthwise ? 1 : channels, window, window};
    if (type_elements(type) * filters * window * window / (depthwise ? channels : 1) > PRODUCTS_AT_MOST)
        return x;
    const char *attributes = arena_printf(generator->arena, "stride=[%d] dilation=[%d] groups=%lld pad=[%lld]",
                                          chance(generator, 75) ? 1 : 2, chance(generator, 90) ? 1 : 2,
                                          (long long)(depthwise ? channels : 1), (long long)draw(generator, window / 2 + 2));
    Value weight = new_tensor(generator, type->rank + 1, sizes);
    return append_or(generator, x, OP_CONVOLVE, attributes, 2, (Value[]){x, weight});
}

/* Convolution, scaling and shifts, addition of what was before, activation, pooling: each may be missing. */
static Value add_layer(Generator *generator, Value x)
{
    Value before = x;
    x = add_convolution(generator, x);
    if (chance(generator, 60))
        x = add_bias(generator, x);
    if (chance(generator, 30))
        x = add_bias(generator, add_scaling(generator, x));
    if (type_same_shape(type_of(generator, x), type_of(generator, before)) && chance(generator, 50))
        x = append_or(generator, x, OP_ADD, NULL, 2, (Value[]){x, before});
    if (chance(generator, 70))
        x = add_activation(generator, x);
    if (type_of(generator, x)->rank == 3 && chance(generator, 35))
        x = add_pool(generator, x);
    return x;
}

/* --- dense layers ------------------------------------------------------------------------------------------------------------ */

static Value add_dense(Generator *generator, Value x)
{
    static const int64_t many[] = {1, 4, 10, 16, 33, 64};
    const char *flat = arena_printf(generator->arena, "shape=[%lld]", (long long)type_elements(type_of(generator, x)));
    x = append_or(generator, x, OP_RESHAPE, flat, 1, &x);
    bool left = chance(generator, 70);
    int64_t inner = type_of(generator, x)->size[0], outer = many[draw(generator, 6)];
    Value weight = new_tensor(generator, 2, left ? (int64_t[]){outer, inner} : (int64_t[]){inner, outer});
    x = append_or(generator, x, OP_MATMUL, NULL, 2, left ? (Value[]){weight, x} : (Value[]){x, weight});
    if (chance(generator, 70))
        x = add_bias(generator, x);
    return chance(generator, 60) ? add_activation(generator, x) : x;
}

/* --- filtered signals -------------------------------------------------------------------------------------------------------- */

/* |ifft(fft(x) * bank)|, or its real part, with or without a sum over periods in between. */
static void add_filters(Generator *generator)
{
    static const int64_t sizes[] = {4, 6, 8, 12, 16};
    int64_t height = sizes[draw(generator, 5)], width = sizes[draw(generator, 5)], items = 1 + draw(generator, 3);
    int64_t filters = 1 + draw(generator, 4);
    Value x = new_input(generator, (Type){.batched = true, .rank = 3, .size = {items, height, width}});
    Value spectrum = append_valid(generator, OP_FFT, "axes=2", 1, &x);
    const char *shape =
        arena_printf(generator->arena, "shape=[%lld,1,%lld,%lld]", (long long)items, (long long)height, (long long)width);
    spectrum = append_or(generator, spectrum, OP_RESHAPE, shape, 1, &spectrum);
    Value bank = new_constant(generator, &(Type){.rank = 3, .size = {filters, height, width}});
    Value product = append_or(generator, spectrum, OP_MULTIPLY, NULL, 2, (Value[]){spectrum, bank});
    if (chance(generator, 60))
        product = append_or(generator, product, OP_PERIODIZE, "factors=[2,2]", 1, &product);
    Value signal = append_or(generator, product, OP_IFFT, "axes=2", 1, &product);
    append_or(generator, signal, chance(generator, 60) ? OP_MODULUS : OP_REAL, NULL, 1, &signal);
}

/* --- all --------------------------------------------------------------------------------------------------------------------- */

void add_layers(Generator *generator)
{
    static const int64_t channels[] = {1, 2, 3, 8, 16, 17, 32};
    if (chance(generator, 15))
        add_filters(generator);
    int64_t sides[2] = {4 + draw(generator, 11), 4 + draw(generator, 11)};
    Type type = {
        .batched = true, .rank = chance(generator, 85) ? 3 : 2, .size = {channels[draw(generator, 7)], sides[0], sides[1]}};
    if (type.rank == 2)
        type.size[2] = 0;
    Value x = new_input(generator, type);
    for (int64_t i = draw(generator, 2); i >= 0; i--)
        x = add_layer(generator, x);
    for (int64_t i = draw(generator, 2); i > 0; i--)
        x = add_dense(generator, x);
}
