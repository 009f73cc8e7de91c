/* The one table of kernels: the families' tables, one behind the other. */
#include "kernel/table/row.h"

#include <string.h>

static const KernelInfo *const families[] = {
    kernels_blocks,   kernels_contract, kernels_dense,   kernels_elementwise, kernels_lanes,
    kernels_pool,     kernels_random,   kernels_reduce,  kernels_resize,      kernels_shape,
    kernels_spectral, kernels_spectrum, kernels_stripes, kernels_winograd,    NULL,
};

const KernelInfo *kernel_row(int64_t index)
{
    for (const KernelInfo *const *family = families; *family; family++)
        for (const KernelInfo *row = *family; row->name; row++)
            if (index-- == 0)
                return row;
    return NULL;
}

const KernelInfo *kernel_find(const char *name)
{
    const KernelInfo *row;
    for (int64_t i = 0; (row = kernel_row(i)); i++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}
