/* Which of the levels of x86-64 (System V ABI, table 3.1) the processor has. Asked while a library is loaded, so without any call of another one. */
#include "built/built.h"

#include <cpuid.h>

/* Leaf 1, ECX; leaf 7, EBX; leaf 0x80000001, ECX. */
enum {
    OSXSAVE = 1 << 27,
    V3_LEAF_1 = 1 << 12 | 1 << 22 | 1 << 28 | 1 << 29, /* FMA, MOVBE, AVX, F16C */
    V3_LEAF_7 = 1 << 3 | 1 << 5 | 1 << 8,              /* BMI1, AVX2, BMI2 */
    V3_EXTENDED = 1 << 5,                              /* LZCNT */
    V4_LEAF_7 = 1 << 16 | 1 << 17 | 1 << 28 | 1 << 30, /* AVX-512 F, DQ, CD, BW */
    AVX_STATE = 0x6,
    AVX_512_STATE = 0xe6
};
#define V4_LEAF_7_VL (1U << 31)

/* The registers that the system saves (XCR0). */
static unsigned saved_state(void)
{
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static int has(unsigned reg, unsigned bits)
{
    return (reg & bits) == bits;
}

int built_level(void)
{
    unsigned a, b, c, d, basic, features, extended;
    __cpuid(0, a, b, c, d);
    if (a < 7)
        return 2;
    __cpuid(1, a, b, basic, d);
    __cpuid_count(7, 0, a, features, c, d);
    __cpuid(0x80000000, a, b, c, d);
    if (a < 0x80000001 || !has(basic, OSXSAVE))
        return 2;
    __cpuid(0x80000001, a, b, extended, d);
    unsigned state = saved_state();
    if (!has(basic, V3_LEAF_1) || !has(features, V3_LEAF_7) || !has(extended, V3_EXTENDED) || !has(state, AVX_STATE))
        return 2;
    return has(features, V4_LEAF_7 | V4_LEAF_7_VL) && has(state, AVX_512_STATE) ? 4 : 3;
}
