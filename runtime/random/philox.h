/* Philox4x32-10: a random block as a pure function of a counter and a key.
 *
 * Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011): ten rounds of two 32-bit
 * multiplications, whose low halves, high halves and key words are mixed crosswise. It passes BigCrush, and any block can be
 * computed without those before it. */
#ifndef STRATA_RANDOM_PHILOX_H
#define STRATA_RANDOM_PHILOX_H

#include <stdint.h>

typedef struct PhiloxBlock {
    uint32_t word[4];
} PhiloxBlock;

typedef struct PhiloxKey {
    uint32_t word[2];
} PhiloxKey;

enum { PHILOX_ROUNDS = 10 };

static inline PhiloxBlock philox_round(PhiloxBlock counter, PhiloxKey key)
{
    uint64_t first = UINT64_C(0xD2511F53) * counter.word[0];
    uint64_t second = UINT64_C(0xCD9E8D57) * counter.word[2];
    return (PhiloxBlock){{(uint32_t)(second >> 32) ^ counter.word[1] ^ key.word[0], (uint32_t)second,
                          (uint32_t)(first >> 32) ^ counter.word[3] ^ key.word[1], (uint32_t)first}};
}

/* Four random words. The key moves by the golden ratio and by sqrt(3) - 1 between rounds. */
static inline PhiloxBlock philox(PhiloxBlock counter, PhiloxKey key)
{
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        counter = philox_round(counter, key);
        key.word[0] += UINT32_C(0x9E3779B9);
        key.word[1] += UINT32_C(0xBB67AE85);
    }
    return counter;
}

#endif
