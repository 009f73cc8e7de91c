/* Rules of complex and spectral operations. The gradient for z = x + i y is dL/dx + i dL/dy; that of a linear operation is its adjoint, the transposed
 * conjugate. The modulus has no derivative at 0: 0 is taken, so that the gradient is finite everywhere. */
#include "ops/gradient_rules.h"

void gradient_of_complex(Gradient *gradient)
{
    if (gradient->wanted[0])
        gradient_give(gradient, 0, gradient_unary(gradient, OP_REAL, gradient->upstream));
    if (gradient->wanted[1])
        gradient_give(gradient, 1, gradient_unary(gradient, OP_IMAG, gradient->upstream));
}

void gradient_of_real(Gradient *gradient)
{
    gradient_give(gradient, 0, gradient_binary(gradient, OP_COMPLEX, gradient->upstream, gradient_number(gradient, 0)));
}

void gradient_of_imag(Gradient *gradient)
{
    gradient_give(gradient, 0, gradient_binary(gradient, OP_COMPLEX, gradient_number(gradient, 0), gradient->upstream));
}

void gradient_of_conj(Gradient *gradient)
{
    gradient_give(gradient, 0, gradient_unary(gradient, OP_CONJ, gradient->upstream));
}

/* upstream z / |z|; z itself is 0 where the modulus is. */
void gradient_of_modulus(Gradient *gradient)
{
    Value vanishes = gradient_binary(gradient, OP_EQUAL, gradient->result, gradient_number(gradient, 0));
    Value divisor = gradient_where(gradient, vanishes, gradient_number(gradient, 1), gradient->result);
    Value factor = gradient_binary(gradient, OP_DIVIDE, gradient->upstream, divisor);
    gradient_give(gradient, 0, gradient_binary(gradient, OP_MULTIPLY, factor, gradient->operand[0]));
}

/* Entries of one transform. */
static double transform_entries(const Gradient *gradient)
{
    const Type *x = &gradient->use->operand[0];
    double entries = (double)x->size[x->rank - 1];
    return use_integer(gradient->use, "axes") == 2 ? entries * (double)x->size[x->rank - 2] : entries;
}

void gradient_of_fft(Gradient *gradient)
{
    Value back = gradient_apply(gradient, OP_IFFT, &gradient->upstream, 1, gradient->use->attributes);
    gradient_give(gradient, 0, gradient_scale(gradient, back, transform_entries(gradient)));
}

void gradient_of_ifft(Gradient *gradient)
{
    Value back = gradient_apply(gradient, OP_FFT, &gradient->upstream, 1, gradient->use->attributes);
    gradient_give(gradient, 0, gradient_scale(gradient, back, 1 / transform_entries(gradient)));
}

/* Each of the parts gets what their mean got, divided by their number. */
void gradient_of_periodize(Gradient *gradient)
{
    const Type *x = &gradient->use->operand[0];
    int64_t count;
    const int64_t *factors = use_list(gradient->use, "factors", &count);
    Value value = gradient->upstream;
    double parts = 1;
    for (int64_t i = 0; i < count; i++) {
        int axis = x->rank - (int)count + (int)i;
        Type type = *gradient_type(gradient, value);
        int64_t outer = 1, inner = 1;
        for (int k = 0; k < type.rank; k++)
            *(k < axis ? &outer : &inner) *= type.size[k];
        value = gradient_reshape(gradient, value, (const int64_t[]){outer, 1, inner}, 3);
        value = gradient_repeat(gradient, value, (const int64_t[]){outer, factors[i], inner}, 3);
        type.size[axis] *= factors[i];
        value = gradient_reshape(gradient, value, type.size, type.rank);
        parts *= (double)factors[i];
    }
    gradient_give(gradient, 0, gradient_scale(gradient, value, 1 / parts));
}
