/* UTF-8: the bytes of characters. */
#ifndef STRATA_BASE_UTF8_H
#define STRATA_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a byte continues a character, so that counting the others counts characters. */
static inline bool utf8_continues(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Bytes of the character at `at`, which lies before `end`: its shortest form, no surrogate, at most U+10FFFF (Unicode, table 3-7); 0 when
 * there is none. */
size_t utf8_size(const unsigned char *at, const unsigned char *end);

/* Characters of a string. */
int64_t utf8_count(const char *string);

#endif
