/* Random numbers as pure functions of what they belong to, so that they do not depend on the order of computation, on threads or
 * on how samples are put together into batches.
 *
 * A number belongs to: the seed of the run; the place in the program (a hash of its name, hash_bytes); the step of training; the
 * iteration of the scan around it; the index of the sample in the whole batch; and the index of the entry in the tensor of one
 * sample. Seed and place make Philox's key; its counter is {entry / 2, sample, step, iteration}, 32 bits each, so numbers repeat
 * only after 2^33 entries, or 2^32 samples, steps or iterations. An even entry takes the first two words of its block and an odd
 * one the last two. What belongs to no sample, step or iteration has 0 there: an initial weight depends on the seed and its name.
 *
 * Single precision gives the double-precision number, rounded down (uniform) or to nearest (normal): both precisions of an engine
 * see the same randomness. */
#ifndef STRATA_RANDOM_RANDOM_H
#define STRATA_RANDOM_RANDOM_H

#include "random/philox.h"

#include <math.h>

/* All that the numbers of one tensor of one sample have in common. */
typedef struct RandomStream {
    PhiloxKey key;
    uint32_t sample;
    uint32_t step;
    uint32_t iteration;
} RandomStream;

/* A permutation of 64-bit words in which every bit of the argument changes each bit of the result with probability near 1/2
 * (the finalizer of Steele, Lea and Flood's SplitMix, OOPSLA 2014). */
static inline uint64_t random_mix(uint64_t word)
{
    word = (word ^ word >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    word = (word ^ word >> 27) * UINT64_C(0x94D049BB133111EB);
    return word ^ word >> 31;
}

/* Seeds 0, 1, 2 are usual; mixing them first keeps them apart from places that differ in a few bits. */
static inline RandomStream random_stream(uint64_t seed, uint64_t place, uint64_t step, uint64_t iteration, int64_t sample)
{
    uint64_t key = random_mix(random_mix(seed + UINT64_C(0x9E3779B97F4A7C15)) ^ place);
    return (RandomStream){.key = {{(uint32_t)key, (uint32_t)(key >> 32)}},
                          .sample = (uint32_t)sample,
                          .step = (uint32_t)step,
                          .iteration = (uint32_t)iteration};
}

/* The block of the entries 2 * pair and 2 * pair + 1. */
static inline PhiloxBlock random_block(const RandomStream *stream, int64_t pair)
{
    return philox((PhiloxBlock){{(uint32_t)pair, stream->sample, stream->step, stream->iteration}}, stream->key);
}

/* 53 bits of two words as a number in [0, 1). */
static inline double random_fraction(uint32_t high, uint32_t low)
{
    return (double)((uint64_t)high << 21 | low >> 11) * 0x1p-53;
}

/* Uniform in [0, 1): a multiple of 2^-53, and of 2^-24 in single precision. */
static inline double random_uniform(const RandomStream *stream, int64_t entry)
{
    PhiloxBlock block = random_block(stream, entry / 2);
    int first = (int)(entry % 2) * 2;
    return random_fraction(block.word[first], block.word[first + 1]);
}

static inline float random_uniform_float(const RandomStream *stream, int64_t entry)
{
    PhiloxBlock block = random_block(stream, entry / 2);
    return (float)(block.word[entry % 2 * 2] >> 8) * 0x1p-24F;
}

/* Standard normal, by Box and Muller: for independent uniform u, v the numbers r cos t and r sin t with r = sqrt(-2 log u) and
 * t = 2 pi v are independent and normal. u is taken in (0, 1], so that the logarithm is finite; |result| <= 8.6. */
static inline void random_normal_pair(const RandomStream *stream, int64_t pair, double *even, double *odd)
{
    const double turn = 6.283185307179586476925286766559;
    PhiloxBlock block = random_block(stream, pair);
    double radius = sqrt(-2 * log(1 - random_fraction(block.word[0], block.word[1])));
    double angle = turn * random_fraction(block.word[2], block.word[3]);
    *even = radius * cos(angle);
    *odd = radius * sin(angle);
}

static inline double random_normal(const RandomStream *stream, int64_t entry)
{
    double numbers[2];
    random_normal_pair(stream, entry / 2, &numbers[0], &numbers[1]);
    return numbers[entry % 2];
}

#endif
