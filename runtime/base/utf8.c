/* UTF-8; see utf8.h. */
#include "base/utf8.h"

/* The well-formed characters by their first byte, with the range of the second; further bytes only continue. */
typedef struct Form {
    unsigned char first, last, low, high;
    size_t size;
} Form;

static const Form forms[] = {
    {0x00, 0x7F, 0x80, 0xBF, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static bool has_form(const unsigned char *at, const unsigned char *end, const Form *form)
{
    if ((size_t)(end - at) < form->size || (form->size > 1 && (at[1] < form->low || at[1] > form->high)))
        return false;
    for (size_t i = 2; i < form->size; i++)
        if (!utf8_continues((char)at[i]))
            return false;
    return true;
}

size_t utf8_size(const unsigned char *at, const unsigned char *end)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (*at >= forms[i].first && *at <= forms[i].last)
            return has_form(at, end, &forms[i]) ? forms[i].size : 0;
    return 0;
}

int64_t utf8_count(const char *string)
{
    int64_t count = 0;
    for (; *string; string++)
        count += !utf8_continues(*string);
    return count;
}
