/* The rules of differentiation, by family; each is named in its operation's row. */
#ifndef STRATA_OPS_GRADIENT_RULES_H
#define STRATA_OPS_GRADIENT_RULES_H

#include "ops/gradient.h"

/* gradient_unary.c */
void gradient_of_negate(Gradient *gradient);
void gradient_of_abs(Gradient *gradient);
void gradient_of_exp(Gradient *gradient);
void gradient_of_expm1(Gradient *gradient);
void gradient_of_log(Gradient *gradient);
void gradient_of_log1p(Gradient *gradient);
void gradient_of_sqrt(Gradient *gradient);
void gradient_of_sin(Gradient *gradient);
void gradient_of_cos(Gradient *gradient);
void gradient_of_tanh(Gradient *gradient);
void gradient_of_logistic(Gradient *gradient);
void gradient_of_erf(Gradient *gradient);
void gradient_of_relu(Gradient *gradient);

/* gradient_binary.c */
void gradient_of_add(Gradient *gradient);
void gradient_of_subtract(Gradient *gradient);
void gradient_of_multiply(Gradient *gradient);
void gradient_of_divide(Gradient *gradient);
void gradient_of_power(Gradient *gradient);
void gradient_of_remainder(Gradient *gradient);
void gradient_of_maximum(Gradient *gradient);
void gradient_of_minimum(Gradient *gradient);
void gradient_of_where(Gradient *gradient);

/* gradient_spectral.c */
void gradient_of_complex(Gradient *gradient);
void gradient_of_real(Gradient *gradient);
void gradient_of_imag(Gradient *gradient);
void gradient_of_conj(Gradient *gradient);
void gradient_of_modulus(Gradient *gradient);
void gradient_of_fft(Gradient *gradient);
void gradient_of_ifft(Gradient *gradient);
void gradient_of_periodize(Gradient *gradient);

/* gradient_reduce.c */
void gradient_of_reduce_sum(Gradient *gradient);
void gradient_of_reduce_mean(Gradient *gradient);
void gradient_of_reduce_max(Gradient *gradient);
void gradient_of_reduce_min(Gradient *gradient);
void gradient_of_cumulative_sum(Gradient *gradient);
void gradient_of_batch_mean(Gradient *gradient);

/* gradient_contract.c */
void gradient_of_matmul(Gradient *gradient);
void gradient_of_matmul_mean(Gradient *gradient);
void gradient_of_convolve(Gradient *gradient);
void gradient_of_convolve_transposed(Gradient *gradient);
void gradient_of_convolve_weight(Gradient *gradient);

/* gradient_pool.c */
void gradient_of_pool_max(Gradient *gradient);
void gradient_of_pool_max_spread(Gradient *gradient);
void gradient_of_pool_max_pick(Gradient *gradient);
void gradient_of_pool_mean(Gradient *gradient);
void gradient_of_adaptive_pool_max(Gradient *gradient);
void gradient_of_adaptive_pool_mean(Gradient *gradient);
void gradient_of_resize(Gradient *gradient);

/* gradient_shape.c */
void gradient_of_reshape(Gradient *gradient);
void gradient_of_broadcast(Gradient *gradient);
void gradient_of_permute(Gradient *gradient);
void gradient_of_slice(Gradient *gradient);
void gradient_of_concatenate(Gradient *gradient);
void gradient_of_pad(Gradient *gradient);
void gradient_of_gather(Gradient *gradient);
void gradient_of_scatter_mean(Gradient *gradient);

/* The adjoint of padding: from a value with borders around it to x's sizes. `amounts`: before and after for each axis; `mode` as in `pad`. */
Value gradient_unpad(Gradient *gradient, Value padded, const Type *x, const int64_t *amounts, const char *mode);

#endif
