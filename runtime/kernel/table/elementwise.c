/* Kernels of element-wise operations. */
#include "kernel/table/row.h"

KERNEL_DECLARE(unary_negate);
KERNEL_DECLARE(unary_abs);
KERNEL_DECLARE(unary_exp);
KERNEL_DECLARE(unary_expm1);
KERNEL_DECLARE(unary_log);
KERNEL_DECLARE(unary_log1p);
KERNEL_DECLARE(unary_sqrt);
KERNEL_DECLARE(unary_sin);
KERNEL_DECLARE(unary_cos);
KERNEL_DECLARE(unary_tanh);
KERNEL_DECLARE(unary_logistic);
KERNEL_DECLARE(unary_erf);
KERNEL_DECLARE(unary_floor);
KERNEL_DECLARE(unary_sign);
KERNEL_DECLARE(unary_relu);
KERNEL_DECLARE(unary_not);
KERNEL_DECLARE(binary_add);
KERNEL_DECLARE(binary_subtract);
KERNEL_DECLARE(binary_multiply);
KERNEL_DECLARE(binary_divide);
KERNEL_DECLARE(binary_power);
KERNEL_DECLARE(binary_remainder);
KERNEL_DECLARE(binary_maximum);
KERNEL_DECLARE(binary_minimum);
KERNEL_DECLARE(binary_equal);
KERNEL_DECLARE(binary_not_equal);
KERNEL_DECLARE(binary_less);
KERNEL_DECLARE(binary_less_equal);
KERNEL_DECLARE(binary_and);
KERNEL_DECLARE(binary_or);
KERNEL_DECLARE(binary_where);
KERNEL_DECLARE(complex_add);
KERNEL_DECLARE(complex_subtract);
KERNEL_DECLARE(complex_multiply);
KERNEL_DECLARE(complex_divide);
KERNEL_DECLARE(complex_equal);
KERNEL_DECLARE(complex_not_equal);
KERNEL_DECLARE(complex_where);

const KernelInfo kernels_elementwise[] = {
    {.name = "negate", KERNEL_FUNCTIONS(unary_negate)},
    {.name = "abs", KERNEL_FUNCTIONS(unary_abs)},
    {.name = "exp", KERNEL_FUNCTIONS(unary_exp)},
    {.name = "expm1", KERNEL_FUNCTIONS(unary_expm1)},
    {.name = "log", KERNEL_FUNCTIONS(unary_log)},
    {.name = "log1p", KERNEL_FUNCTIONS(unary_log1p)},
    {.name = "sqrt", KERNEL_FUNCTIONS(unary_sqrt)},
    {.name = "sin", KERNEL_FUNCTIONS(unary_sin)},
    {.name = "cos", KERNEL_FUNCTIONS(unary_cos)},
    {.name = "tanh", KERNEL_FUNCTIONS(unary_tanh)},
    {.name = "logistic", KERNEL_FUNCTIONS(unary_logistic)},
    {.name = "erf", KERNEL_FUNCTIONS(unary_erf)},
    {.name = "floor", KERNEL_FUNCTIONS(unary_floor)},
    {.name = "sign", KERNEL_FUNCTIONS(unary_sign)},
    {.name = "relu", KERNEL_FUNCTIONS(unary_relu)},
    {.name = "not", KERNEL_FUNCTIONS(unary_not)},
    {.name = "add", KERNEL_FUNCTIONS(binary_add)},
    {.name = "subtract", KERNEL_FUNCTIONS(binary_subtract)},
    {.name = "multiply", KERNEL_FUNCTIONS(binary_multiply)},
    {.name = "divide", KERNEL_FUNCTIONS(binary_divide)},
    {.name = "power", KERNEL_FUNCTIONS(binary_power)},
    {.name = "remainder", KERNEL_FUNCTIONS(binary_remainder)},
    {.name = "maximum", KERNEL_FUNCTIONS(binary_maximum)},
    {.name = "minimum", KERNEL_FUNCTIONS(binary_minimum)},
    {.name = "equal", KERNEL_FUNCTIONS(binary_equal)},
    {.name = "not_equal", KERNEL_FUNCTIONS(binary_not_equal)},
    {.name = "less", KERNEL_FUNCTIONS(binary_less)},
    {.name = "less_equal", KERNEL_FUNCTIONS(binary_less_equal)},
    {.name = "and", KERNEL_FUNCTIONS(binary_and)},
    {.name = "or", KERNEL_FUNCTIONS(binary_or)},
    {.name = "where", KERNEL_FUNCTIONS(binary_where)},
    {.name = "add_complex", KERNEL_FUNCTIONS(complex_add)},
    {.name = "subtract_complex", KERNEL_FUNCTIONS(complex_subtract)},
    {.name = "multiply_complex", KERNEL_FUNCTIONS(complex_multiply)},
    {.name = "divide_complex", KERNEL_FUNCTIONS(complex_divide)},
    {.name = "equal_complex", KERNEL_FUNCTIONS(complex_equal)},
    {.name = "not_equal_complex", KERNEL_FUNCTIONS(complex_not_equal)},
    {.name = "where_complex", KERNEL_FUNCTIONS(complex_where)},
    {.name = NULL},
};
