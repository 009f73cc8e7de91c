/* Transforms of few complex numbers in registers, each of whose places is a vector of independent ones: b_j = sum_k a_k exp(-2 pi i j k / r). */
#ifndef STRATA_KERNEL_VECTOR_BUTTERFLY_H
#define STRATA_KERNEL_VECTOR_BUTTERFLY_H

#include "kernel/vector/vector.h"

typedef struct Complex {
    vector re;
    vector im;
} Complex;

VECTOR_INLINE Complex complex_add(Complex a, Complex b)
{
    return (Complex){a.re + b.re, a.im + b.im};
}

VECTOR_INLINE Complex complex_subtract(Complex a, Complex b)
{
    return (Complex){a.re - b.re, a.im - b.im};
}

/* a + factor * b. */
VECTOR_INLINE Complex complex_add_scaled(Complex a, Complex b, real factor)
{
    vector f = vector_fill(factor);
    return (Complex){vector_multiply_add(b.re, f, a.re), vector_multiply_add(b.im, f, a.im)};
}

/* a - i factor * b; with a negative factor a + i |factor| b. */
VECTOR_INLINE Complex complex_turn(Complex a, Complex b, real factor)
{
    vector f = vector_fill(factor);
    return (Complex){vector_multiply_add(b.im, f, a.re), vector_multiply_add(b.re, -f, a.im)};
}

VECTOR_INLINE Complex complex_multiply(Complex a, real re, real im)
{
    vector c = vector_fill(re), s = vector_fill(im);
    return (Complex){vector_multiply_add(a.re, c, -(a.im * s)), vector_multiply_add(a.re, s, a.im * c)};
}

VECTOR_INLINE void butterfly2(const Complex *a, Complex *b)
{
    b[0] = complex_add(a[0], a[1]);
    b[1] = complex_subtract(a[0], a[1]);
}

/* cos(2 pi / 3) = -1/2. */
VECTOR_INLINE void butterfly3(const Complex *a, Complex *b)
{
    const real sine = (real)0.866025403784438646763723170752936183;
    Complex sum = complex_add(a[1], a[2]), rest = complex_subtract(a[1], a[2]);
    Complex middle = complex_add_scaled(a[0], sum, (real)-0.5);
    b[0] = complex_add(a[0], sum);
    b[1] = complex_turn(middle, rest, sine);
    b[2] = complex_turn(middle, rest, -sine);
}

VECTOR_INLINE void butterfly4(const Complex *a, Complex *b)
{
    Complex even = complex_add(a[0], a[2]), even_rest = complex_subtract(a[0], a[2]);
    Complex odd = complex_add(a[1], a[3]), odd_rest = complex_subtract(a[1], a[3]);
    b[0] = complex_add(even, odd);
    b[1] = (Complex){even_rest.re + odd_rest.im, even_rest.im - odd_rest.re};
    b[2] = complex_subtract(even, odd);
    b[3] = (Complex){even_rest.re - odd_rest.im, even_rest.im + odd_rest.re};
}

/* Sums and differences of opposite inputs meet cosines and sines of 2 pi / 5 and 4 pi / 5. */
VECTOR_INLINE void butterfly5(const Complex *a, Complex *b)
{
    const real cosine1 = (real)0.309016994374947424102293417182819059;
    const real cosine2 = (real)-0.809016994374947424102293417182819059;
    const real sine1 = (real)0.951056516295153572116439333379382143;
    const real sine2 = (real)0.587785252292473129168705954639072769;
    Complex sum1 = complex_add(a[1], a[4]), rest1 = complex_subtract(a[1], a[4]);
    Complex sum2 = complex_add(a[2], a[3]), rest2 = complex_subtract(a[2], a[3]);
    Complex middle1 = complex_add_scaled(complex_add_scaled(a[0], sum1, cosine1), sum2, cosine2);
    Complex middle2 = complex_add_scaled(complex_add_scaled(a[0], sum1, cosine2), sum2, cosine1);
    b[0] = complex_add(a[0], complex_add(sum1, sum2));
    b[1] = complex_turn(complex_turn(middle1, rest1, sine1), rest2, sine2);
    b[2] = complex_turn(complex_turn(middle2, rest1, sine2), rest2, -sine1);
    b[3] = complex_turn(complex_turn(middle2, rest1, -sine2), rest2, sine1);
    b[4] = complex_turn(complex_turn(middle1, rest1, -sine1), rest2, -sine2);
}

/* 2 and 3 have no common factor, so input 3 a + 2 b and output 3 c + 4 d (modulo 6) meet in w2^(a c) w3^(b d) alone. */
VECTOR_INLINE void butterfly6(const Complex *a, Complex *b)
{
    Complex sums[3] = {complex_add(a[0], a[3]), complex_add(a[2], a[5]), complex_add(a[4], a[1])};
    Complex rests[3] = {complex_subtract(a[0], a[3]), complex_subtract(a[2], a[5]), complex_subtract(a[4], a[1])};
    Complex even[3], odd[3];
    butterfly3(sums, even);
    butterfly3(rests, odd);
    b[0] = even[0];
    b[4] = even[1];
    b[2] = even[2];
    b[3] = odd[0];
    b[1] = odd[1];
    b[5] = odd[2];
}

/* Fours of the even and of the odd inputs, joined with w8^j. */
VECTOR_INLINE void butterfly8(const Complex *a, Complex *b)
{
    const real half = (real)0.707106781186547524400844362104849039;
    Complex even[4], odd[4];
    butterfly4((Complex[]){a[0], a[2], a[4], a[6]}, even);
    butterfly4((Complex[]){a[1], a[3], a[5], a[7]}, odd);
    Complex plus = {odd[1].re + odd[1].im, odd[1].im - odd[1].re};
    Complex minus = {odd[3].im - odd[3].re, -(odd[3].re + odd[3].im)};
    b[0] = complex_add(even[0], odd[0]);
    b[4] = complex_subtract(even[0], odd[0]);
    b[1] = complex_add_scaled(even[1], plus, half);
    b[5] = complex_add_scaled(even[1], plus, -half);
    b[2] = complex_turn(even[2], odd[2], 1);
    b[6] = complex_turn(even[2], odd[2], -1);
    b[3] = complex_add_scaled(even[3], minus, half);
    b[7] = complex_add_scaled(even[3], minus, -half);
}

/* For a radix that is known where it is called. */
VECTOR_INLINE void butterfly(int radix, const Complex *a, Complex *b)
{
    switch (radix) {
    case 2:
        butterfly2(a, b);
        break;
    case 3:
        butterfly3(a, b);
        break;
    case 4:
        butterfly4(a, b);
        break;
    case 5:
        butterfly5(a, b);
        break;
    case 6:
        butterfly6(a, b);
        break;
    default:
        butterfly8(a, b);
    }
}

#endif
