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
    {.name = "negate", KERNEL_FUNCTIONS(unary_negate), .specialise = kernel_by_processor},
    {.name = "abs", KERNEL_FUNCTIONS(unary_abs), .specialise = kernel_by_processor},
    {.name = "exp", KERNEL_FUNCTIONS(unary_exp), .specialise = kernel_by_processor},
    {.name = "expm1", KERNEL_FUNCTIONS(unary_expm1), .specialise = kernel_by_processor},
    {.name = "log", KERNEL_FUNCTIONS(unary_log), .specialise = kernel_by_processor},
    {.name = "log1p", KERNEL_FUNCTIONS(unary_log1p), .specialise = kernel_by_processor},
    {.name = "sqrt", KERNEL_FUNCTIONS(unary_sqrt), .specialise = kernel_by_processor},
    {.name = "sin", KERNEL_FUNCTIONS(unary_sin), .specialise = kernel_by_processor},
    {.name = "cos", KERNEL_FUNCTIONS(unary_cos), .specialise = kernel_by_processor},
    {.name = "tanh", KERNEL_FUNCTIONS(unary_tanh), .specialise = kernel_by_processor},
    {.name = "logistic", KERNEL_FUNCTIONS(unary_logistic), .specialise = kernel_by_processor},
    {.name = "erf", KERNEL_FUNCTIONS(unary_erf), .specialise = kernel_by_processor},
    {.name = "floor", KERNEL_FUNCTIONS(unary_floor), .specialise = kernel_by_processor},
    {.name = "sign", KERNEL_FUNCTIONS(unary_sign), .specialise = kernel_by_processor},
    {.name = "relu", KERNEL_FUNCTIONS(unary_relu), .specialise = kernel_by_processor},
    {.name = "not", KERNEL_FUNCTIONS(unary_not), .specialise = kernel_by_processor},
    {.name = "add", KERNEL_FUNCTIONS(binary_add), .specialise = kernel_by_numbers},
    {.name = "subtract", KERNEL_FUNCTIONS(binary_subtract), .specialise = kernel_by_numbers},
    {.name = "multiply", KERNEL_FUNCTIONS(binary_multiply), .specialise = kernel_by_numbers},
    {.name = "divide", KERNEL_FUNCTIONS(binary_divide), .specialise = kernel_by_numbers},
    {.name = "power", KERNEL_FUNCTIONS(binary_power), .specialise = kernel_by_numbers},
    {.name = "remainder", KERNEL_FUNCTIONS(binary_remainder), .specialise = kernel_by_numbers},
    {.name = "maximum", KERNEL_FUNCTIONS(binary_maximum), .specialise = kernel_by_numbers},
    {.name = "minimum", KERNEL_FUNCTIONS(binary_minimum), .specialise = kernel_by_numbers},
    {.name = "equal", KERNEL_FUNCTIONS(binary_equal), .specialise = kernel_by_numbers},
    {.name = "not_equal", KERNEL_FUNCTIONS(binary_not_equal), .specialise = kernel_by_numbers},
    {.name = "less", KERNEL_FUNCTIONS(binary_less), .specialise = kernel_by_numbers},
    {.name = "less_equal", KERNEL_FUNCTIONS(binary_less_equal), .specialise = kernel_by_numbers},
    {.name = "and", KERNEL_FUNCTIONS(binary_and), .specialise = kernel_by_numbers},
    {.name = "or", KERNEL_FUNCTIONS(binary_or), .specialise = kernel_by_numbers},
    {.name = "where", KERNEL_FUNCTIONS(binary_where), .specialise = kernel_by_numbers},
    {.name = "add_complex", KERNEL_FUNCTIONS(complex_add), .specialise = kernel_by_numbers},
    {.name = "subtract_complex", KERNEL_FUNCTIONS(complex_subtract), .specialise = kernel_by_numbers},
    {.name = "multiply_complex", KERNEL_FUNCTIONS(complex_multiply), .specialise = kernel_by_numbers},
    {.name = "divide_complex", KERNEL_FUNCTIONS(complex_divide), .specialise = kernel_by_numbers},
    {.name = "equal_complex", KERNEL_FUNCTIONS(complex_equal), .specialise = kernel_by_numbers},
    {.name = "not_equal_complex", KERNEL_FUNCTIONS(complex_not_equal), .specialise = kernel_by_numbers},
    {.name = "where_complex", KERNEL_FUNCTIONS(complex_where), .specialise = kernel_by_numbers},
    {.name = NULL},
};
