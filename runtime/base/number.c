/* Numbers as text; see number.h. printf and strtod take the decimal point from the locale of the process, which belongs to the program
 * that uses the library. So numbers are read without a point, as digits and an exponent, and what is written gets its point back. */
#include "base/number.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A double, and the midpoint between two, have at most 767 significant digits; of what stands behind them only counts whether it is 0. */
enum { DIGIT_LIMIT = 768, EXPONENT_ROOM = 24, EXPONENT_BOUND = 100000000 };

/* A number under way: 0 or more digits without leading zeros, times 10^exponent. */
typedef struct Digits {
    char text[DIGIT_LIMIT + 1 + EXPONENT_ROOM];
    size_t count;
    int64_t exponent;
    bool more; /* a digit other than 0 was left out */
} Digits;

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static void add_digit(Digits *digits, char digit, bool behind_point)
{
    digits->exponent -= behind_point;
    if (digit == '0' && digits->count == 0)
        return;
    if (digits->count < DIGIT_LIMIT) {
        digits->text[digits->count++] = digit;
        return;
    }
    digits->exponent++;
    digits->more = digits->more || digit != '0';
}

/* Digits, from a digit on; gives where they end, or null when there are none. */
static const char *read_digits(const char *at, const char *end, bool behind_point, Digits *digits)
{
    if (at == end || !is_digit(*at))
        return NULL;
    for (; at < end && (is_digit(*at) || *at == '_'); at++)
        if (*at != '_')
            add_digit(digits, *at, behind_point);
    return at;
}

static const char *read_exponent(const char *at, const char *end, Digits *digits)
{
    int64_t sign = at < end && *at == '-' ? -1 : 1;
    int64_t exponent = 0;
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (at == end || !is_digit(*at))
        return NULL;
    for (; at < end && is_digit(*at); at++)
        if (exponent < EXPONENT_BOUND)
            exponent = exponent * 10 + (*at - '0');
    digits->exponent += sign * exponent;
    return at;
}

static double value_of(Digits *digits)
{
    if (digits->count == 0)
        return 0;
    if (digits->more) {
        digits->text[digits->count++] = '1';
        digits->exponent--;
    }
    snprintf(digits->text + digits->count, EXPONENT_ROOM, "e%lld", (long long)digits->exponent);
    return strtod(digits->text, NULL);
}

static bool is_word(const char *at, const char *end, const char *word)
{
    return (size_t)(end - at) == strlen(word) && memcmp(at, word, strlen(word)) == 0;
}

bool number_read(const char *text, size_t length, double *number)
{
    const char *at = text, *end = text + length;
    Digits digits = {.count = 0};
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (is_word(at, end, "inf") || is_word(at, end, "nan")) {
        *number = copysign(*at == 'i' ? INFINITY : NAN, negative ? -1 : 1);
        return true;
    }
    at = read_digits(at, end, false, &digits);
    if (at && at < end && *at == '.')
        at = read_digits(at + 1, end, true, &digits);
    if (at && at < end && (*at == 'e' || *at == 'E'))
        at = read_exponent(at + 1, end, &digits);
    if (at != end)
        return false;
    *number = negative ? -value_of(&digits) : value_of(&digits);
    return true;
}

/* The decimal point of a locale may be any character, of several bytes too. */
static void put_point(char *text)
{
    size_t length = 0;
    bool point = false;
    for (const char *at = text; *at; at++) {
        bool foreign = !is_digit(*at) && !strchr("+-einfa", *at);
        if (!foreign)
            text[length++] = *at;
        else if (!point)
            text[length++] = '.';
        point = point || foreign;
    }
    text[length] = '\0';
}

const char *number_write(double number, char text[NUMBER_LIMIT])
{
    if (number == floor(number) && fabs(number) < 1e15) {
        snprintf(text, NUMBER_LIMIT, "%.0f", number);
        return text;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, NUMBER_LIMIT, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    put_point(text);
    return text;
}
