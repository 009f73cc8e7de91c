/* What the tables of the families share. Each family of kernels has a table in a file of this folder; table.c lists the tables.
 *
 * Kernels are compiled apart, once for each precision, so their names are declared here by KERNEL_DECLARE rather than in a header. */
#ifndef STRATA_KERNEL_TABLE_ROW_H
#define STRATA_KERNEL_TABLE_ROW_H

#include "kernel/kernel.h"

/* Declares both forms of a kernel; names both of them in a row. */
#define KERNEL_DECLARE(name)                                                                                                       \
    void name##_single(const KernelArguments *arguments);                                                                          \
    void name##_double(const KernelArguments *arguments)
#define KERNEL_FUNCTIONS(name) .symbol = #name, .single = name##_single, .precise = name##_double

/* For the column `specialise`, where the numbers of a call do not matter for it. */
static inline Specialise kernel_by_numbers(const int64_t *integers)
{
    (void)integers;
    return SPECIALISE_NUMBERS;
}

static inline Specialise kernel_by_processor(const int64_t *integers)
{
    (void)integers;
    return SPECIALISE_PROCESSOR;
}

/* The same for a kernel of the folder vector/. */
#if defined(__x86_64__)
#define KERNEL_DECLARE_WIDER(name)                                                                                                 \
    KERNEL_DECLARE(name);                                                                                                          \
    void name##_single_v3(const KernelArguments *arguments);                                                                       \
    void name##_double_v3(const KernelArguments *arguments);                                                                       \
    void name##_single_v4(const KernelArguments *arguments);                                                                       \
    void name##_double_v4(const KernelArguments *arguments)
#define KERNEL_WIDER_FUNCTIONS(name)                                                                                               \
    KERNEL_FUNCTIONS(name), .wider = {{name##_single_v3, name##_double_v3}, {name##_single_v4, name##_double_v4}}
#else
#define KERNEL_DECLARE_WIDER(name)   KERNEL_DECLARE(name)
#define KERNEL_WIDER_FUNCTIONS(name) KERNEL_FUNCTIONS(name)
#endif

/* One table a family, each ended by a row without a name. */
extern const KernelInfo kernels_blocks[];
extern const KernelInfo kernels_contract[];
extern const KernelInfo kernels_dense[];
extern const KernelInfo kernels_elementwise[];
extern const KernelInfo kernels_lanes[];
extern const KernelInfo kernels_pool[];
extern const KernelInfo kernels_random[];
extern const KernelInfo kernels_reduce[];
extern const KernelInfo kernels_resize[];
extern const KernelInfo kernels_shape[];
extern const KernelInfo kernels_spectral[];
extern const KernelInfo kernels_spectrum[];
extern const KernelInfo kernels_stripes[];
extern const KernelInfo kernels_winograd[];

#endif
