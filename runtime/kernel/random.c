/* Kernels of random tensors. Integers: entries of one sample, whether the result is batched, whether each sample is drawn for itself, a seed from
 * 0 on that stands for the run's, the key of the place. Reals: low and high of uniform, mean and deviation of normal. The numbers are
 * those of random/random.h, two a block, so each block is computed once. */
#include "random/random.h"
#include "kernel/kernel.h"
#include "kernel/real.h"

/* The stream of the sample-th sample of this call. */
static RandomStream stream_of(const KernelArguments *arguments, int64_t sample)
{
    const int64_t *integers = arguments->integers;
    bool apart = integers[1] && integers[2];
    return random_stream(integers[3] >= 0 ? (uint64_t)integers[3] : arguments->seed, (uint64_t)integers[4], arguments->step,
                         arguments->iteration, apart ? arguments->first_sample + sample : 0);
}

static int64_t result_samples(const KernelArguments *arguments)
{
    return arguments->integers[1] ? arguments->samples : 1;
}

/* A number in [0, 1) with as many bits as a real has. */
static inline double fraction(uint32_t high, uint32_t low)
{
#if defined(KERNEL_DOUBLE)
    return random_fraction(high, low);
#else
    (void)low;
    return (double)(high >> 8) * 0x1p-24;
#endif
}

void KERNEL_NAME(random_uniform)(const KernelArguments *arguments)
{
    int64_t entries = arguments->integers[0];
    double low = arguments->reals[0];
    double width = arguments->reals[1] - low;
    real *result = arguments->result;
    for (int64_t sample = 0; sample < result_samples(arguments); sample++, result += entries) {
        RandomStream stream = stream_of(arguments, sample);
        for (int64_t i = 0; i < entries; i += 2) {
            PhiloxBlock block = random_block(&stream, i / 2);
            result[i] = (real)(low + width * fraction(block.word[0], block.word[1]));
            if (i + 1 < entries)
                result[i + 1] = (real)(low + width * fraction(block.word[2], block.word[3]));
        }
    }
}

void KERNEL_NAME(random_normal)(const KernelArguments *arguments)
{
    int64_t entries = arguments->integers[0];
    double mean = arguments->reals[0];
    double deviation = arguments->reals[1];
    real *result = arguments->result;
    for (int64_t sample = 0; sample < result_samples(arguments); sample++, result += entries) {
        RandomStream stream = stream_of(arguments, sample);
        for (int64_t i = 0; i < entries; i += 2) {
            double even;
            double odd;
            random_normal_pair(&stream, i / 2, &even, &odd);
            result[i] = (real)(mean + deviation * even);
            if (i + 1 < entries)
                result[i + 1] = (real)(mean + deviation * odd);
        }
    }
}
