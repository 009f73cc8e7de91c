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
    return (Complex){vector_multiply_add(b.im, f, a.re), vector_multiply_add(-b.re, f, a.im)};
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
    Complex turned = {odd_rest.im, -odd_rest.re};
    b[0] = complex_add(even, odd);
    b[1] = complex_add(even_rest, turned);
    b[2] = complex_subtract(even, odd);
    b[3] = complex_subtract(even_rest, turned);
}

/* Sums and differences of opposite inputs meet cosines and sines of 2 pi / 5 and 4 pi / 5. The cosines are (-1 +- root 5) / 4. */
VECTOR_INLINE void butterfly5(const Complex *a, Complex *b)
{
    const real root = (real)0.559016994374947424102293417182819059; /* root 5 / 4 */
    const real sine = (real)0.951056516295153572116439333379382143;
    const real ratio = (real)0.618033988749894848204586834365638118; /* sin(4 pi / 5) / sin(2 pi / 5) */
    Complex sum1 = complex_add(a[1], a[4]), rest1 = complex_subtract(a[1], a[4]);
    Complex sum2 = complex_add(a[2], a[3]), rest2 = complex_subtract(a[2], a[3]);
    Complex sum = complex_add(sum1, sum2), difference = complex_subtract(sum1, sum2);
    Complex middle = complex_add_scaled(a[0], sum, (real)-0.25);
    Complex middle1 = complex_add_scaled(middle, difference, root), middle2 = complex_add_scaled(middle, difference, -root);
    Complex turn1 = complex_add_scaled(rest1, rest2, ratio);
    Complex turn2 = {vector_multiply_add(rest1.re, vector_fill(ratio), -rest2.re),
                     vector_multiply_add(rest1.im, vector_fill(ratio), -rest2.im)};
    b[0] = complex_add(a[0], sum);
    b[1] = complex_turn(middle1, turn1, sine);
    b[2] = complex_turn(middle2, turn2, sine);
    b[3] = complex_turn(middle2, turn2, -sine);
    b[4] = complex_turn(middle1, turn1, -sine);
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

/* Factors without a common one, as in butterfly6: input 5 a + 2 b, output 5 c + 6 d (modulo 10). */
VECTOR_INLINE void butterfly10(const Complex *a, Complex *b)
{
    Complex sums[5], rests[5], even[5], odd[5];
    VECTOR_UNROLL
    for (int k = 0; k < 5; k++) {
        sums[k] = complex_add(a[2 * k], a[(2 * k + 5) % 10]);
        rests[k] = complex_subtract(a[2 * k], a[(2 * k + 5) % 10]);
    }
    butterfly5(sums, even);
    butterfly5(rests, odd);
    VECTOR_UNROLL
    for (int j = 0; j < 5; j++) {
        b[6 * j % 10] = even[j];
        b[(5 + 6 * j) % 10] = odd[j];
    }
}

/* The same: input 3 a + 4 b, output 9 c + 4 d (modulo 12). */
VECTOR_INLINE void butterfly12(const Complex *a, Complex *b)
{
    Complex fours[3][4];
    VECTOR_UNROLL
    for (int k = 0; k < 3; k++)
        butterfly4((Complex[]){a[4 * k], a[(4 * k + 3) % 12], a[(4 * k + 6) % 12], a[(4 * k + 9) % 12]}, fours[k]);
    VECTOR_UNROLL
    for (int j = 0; j < 4; j++) {
        Complex three[3];
        butterfly3((Complex[]){fours[0][j], fours[1][j], fours[2][j]}, three);
        b[9 * j % 12] = three[0];
        b[(9 * j + 4) % 12] = three[1];
        b[(9 * j + 8) % 12] = three[2];
    }
}

/* Threes of every third input, joined with powers of exp(-2 pi i / 9) by threes. */
VECTOR_INLINE void butterfly9(const Complex *a, Complex *b)
{
    const real cosine1 = (real)0.766044443118978035202392650555416674, sine1 = (real)0.642787609686539326322643409907263433;
    const real cosine2 = (real)0.173648177666930348851716626769314796, sine2 = (real)0.984807753012208059366743024589523014;
    const real cosine4 = (real)-0.939692620785908384054109277324731470, sine4 = (real)0.342020143325668733044099614682259581;
    Complex first[3], second[3], third[3], three[3];
    butterfly3((Complex[]){a[0], a[3], a[6]}, first);
    butterfly3((Complex[]){a[1], a[4], a[7]}, second);
    butterfly3((Complex[]){a[2], a[5], a[8]}, third);
    second[1] = complex_multiply(second[1], cosine1, -sine1);
    second[2] = complex_multiply(second[2], cosine2, -sine2);
    third[1] = complex_multiply(third[1], cosine2, -sine2);
    third[2] = complex_multiply(third[2], cosine4, -sine4);
    VECTOR_UNROLL
    for (int j = 0; j < 3; j++) {
        butterfly3((Complex[]){first[j], second[j], third[j]}, three);
        b[j] = three[0];
        b[j + 3] = three[1];
        b[j + 6] = three[2];
    }
}

/* Larger transforms come in halves, which share nothing but their inputs: half 0 takes the sums of opposite inputs to the even outputs, half 1 the
 * differences to the odd ones. Each works on `r / 2` values in an order of its own: place k is the sum or difference of inputs half_input(r, k) and that
 * plus r / 2, and result j is output half_output(r, half, j). Again the factors of r have none in common:
 * 18: input 9 a + 2 b, output 9 c + 10 d; 20: input 5 a + 4 b, output 5 c + 16 d; 24: input 3 a + 8 b, output 9 c + 16 d. */
static inline int half_input(int radix, int k)
{
    if (radix == 18)
        return 2 * k % 18;
    return radix == 20 ? (5 * (k % 2) + 4 * (k / 2)) % 20 : (3 * (k % 4) + 8 * (k / 4)) % 24;
}

static inline int half_output(int radix, int half, int j)
{
    if (radix == 18)
        return (9 * half + 10 * j) % 18;
    return radix == 20 ? (5 * (half + 2 * (j / 5)) + 16 * (j % 5)) % 20 : (9 * (half + 2 * (j / 3)) + 16 * (j % 3)) % 24;
}

/* Fives, of what twos and fours have made of each pair. */
VECTOR_INLINE void half_butterfly20(int half, const Complex *a, Complex *b)
{
    Complex low[5], high[5];
    VECTOR_UNROLL
    for (int k = 0; k < 5; k++) {
        low[k] = half ? complex_turn(a[2 * k], a[2 * k + 1], 1) : complex_add(a[2 * k], a[2 * k + 1]);
        high[k] = half ? complex_turn(a[2 * k], a[2 * k + 1], -1) : complex_subtract(a[2 * k], a[2 * k + 1]);
    }
    butterfly5(low, b);
    butterfly5(high, b + 5);
}

/* a times exp(-2 pi i / 8), and times its cube. */
VECTOR_INLINE Complex complex_eighth(Complex a)
{
    const vector half = vector_fill((real)0.707106781186547524400844362104849039);
    return (Complex){(a.re + a.im) * half, (a.im - a.re) * half};
}

VECTOR_INLINE Complex complex_three_eighths(Complex a)
{
    const vector half = vector_fill((real)0.707106781186547524400844362104849039);
    return (Complex){(a.im - a.re) * half, (a.re + a.im) * -half};
}

/* Fours, which are halves of eights, then threes. */
VECTOR_INLINE void half_butterfly24(int half, const Complex *a, Complex *b)
{
    Complex fours[3][4];
    VECTOR_UNROLL
    for (int k = 0; k < 3; k++) {
        const Complex *four = a + 4 * k;
        if (half)
            butterfly4((Complex[]){four[0], complex_eighth(four[1]), {four[2].im, -four[2].re}, complex_three_eighths(four[3])},
                       fours[k]);
        else
            butterfly4(four, fours[k]);
    }
    VECTOR_UNROLL
    for (int j = 0; j < 4; j++)
        butterfly3((Complex[]){fours[0][j], fours[1][j], fours[2][j]}, b + 3 * j);
}

VECTOR_INLINE void half_butterfly(int radix, int half, const Complex *a, Complex *b)
{
    if (radix == 18)
        butterfly9(a, b);
    else if (radix == 20)
        half_butterfly20(half, a, b);
    else
        half_butterfly24(half, a, b);
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
    case 8:
        butterfly8(a, b);
        break;
    case 9:
        butterfly9(a, b);
        break;
    case 10:
        butterfly10(a, b);
        break;
    default:
        butterfly12(a, b);
    }
}

#endif
