/* Kernels of Winograd's convolutions. */
#include "kernel/winograd.h"
#include "kernel/table/row.h"

#include <string.h>

KERNEL_DECLARE(pack_winograd);
KERNEL_DECLARE_WIDER(convolve_winograd);

static size_t convolve_scratch(const int64_t *integers, int64_t samples)
{
    Winograd winograd;
    memcpy(&winograd, integers, sizeof winograd);
    return winograd_scratch(&winograd, samples);
}

const KernelInfo kernels_winograd[] = {
    {.name = "pack_winograd", KERNEL_FUNCTIONS(pack_winograd)},
    {.name = "convolve_winograd", KERNEL_WIDER_FUNCTIONS(convolve_winograd), .scratch = convolve_scratch},
    {.name = NULL},
};
