/* SHA-256 (FIPS 180-4): the name of a block of bytes by its content. */
#ifndef STRATA_BASE_SHA256_H
#define STRATA_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32, SHA256_TEXT = 2 * SHA256_BYTES + 1 };

typedef struct Sha256 {
    uint32_t state[8];
    uint64_t length; /* bytes so far */
    unsigned char block[64];
} Sha256;

/* In pieces: start, add any number of times, end. */
void sha256_start(Sha256 *hash);
void sha256_add(Sha256 *hash, const void *bytes, size_t length);
void sha256_end(Sha256 *hash, unsigned char digest[SHA256_BYTES]);

/* The whole at once, as 64 lower-case hexadecimal digits and a final 0. */
void sha256_text(const void *bytes, size_t length, char text[SHA256_TEXT]);

#endif
