/* The small parts of the Graph's text: numbers, names, types, values, lists; see reader.h. */
#include "graph/reader.h"

#include "base/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool read_integer(Reader *reader, int64_t *number)
{
    if (reader->token.kind != TOKEN_WORD)
        return reader_expected(reader, "a whole number");
    char *end;
    errno = 0;
    *number = strtoll(reader->token.text, &end, 10);
    if (*end != '\0' || end == reader->token.text || errno == ERANGE)
        return reader_expected(reader, "a whole number of 64 bits");
    reader_next(reader);
    return !reader->failed;
}

bool read_real(Reader *reader, double *number)
{
    if (reader->token.kind != TOKEN_WORD)
        return reader_expected(reader, "a number");
    if (!number_read(reader->token.text, strlen(reader->token.text), number))
        return reader_expected(reader, "a number");
    reader_next(reader);
    return !reader->failed;
}

bool read_name(Reader *reader, const char **name)
{
    if (reader->token.kind != TOKEN_WORD && reader->token.kind != TOKEN_STRING)
        return reader_expected(reader, "a name");
    *name = reader->token.text;
    reader_next(reader);
    return !reader->failed;
}

bool read_number(Reader *reader, int64_t expected, const char *what)
{
    SourceSpan span = reader->token.span;
    int64_t number = -1;
    if (!read_integer(reader, &number))
        return false;
    if (number == expected)
        return true;
    return reader_fail(reader, E_NUMBER, span, "this is %s %lld, not %lld: they are numbered in order, from 0", what,
                       (long long)expected, (long long)number);
}

/* "6x28x28" */
static bool read_sizes(Reader *reader, Type *type)
{
    SourceSpan span = reader->token.span;
    const char *at = reader->token.text;
    for (;;) {
        char *end;
        errno = 0;
        long long size = strtoll(at, &end, 10);
        if (end == at || *at == '+' || *at == '-' || errno == ERANGE)
            return reader_fail(reader, E_TEXT, span, "a shape is sizes with x between them, like 6x28x28");
        if (type->rank == MAX_RANK)
            return reader_fail(reader, E_LIMIT, span, "a tensor has at most %d dimensions", MAX_RANK);
        type->size[type->rank++] = size;
        if (*end == '\0')
            break;
        if (*end != 'x')
            return reader_fail(reader, E_TEXT, span, "a shape is sizes with x between them, like 6x28x28");
        at = end + 1;
    }
    if (!check_type(type))
        return reader_fail(reader, E_LIMIT, span, "sizes are at least 1, and a tensor has at most 2^40 elements");
    reader_next(reader);
    return !reader->failed;
}

bool read_type(Reader *reader, Type *type)
{
    static const char *const letters[] = {"f", "c", "i", "b"};
    *type = (Type){.element = ELEMENT_REAL};
    int element = 0;
    while (element < 4 && !at_word(reader, letters[element]))
        element++;
    if (element == 4)
        return reader_expected(reader, "a type: f[...], c[...], i[...] or b[...], with a * behind the letter when it is batched");
    type->element = (ElementKind)element;
    reader_next(reader);
    type->batched = take_sign(reader, '*');
    if (!expect_sign(reader, '['))
        return false;
    if (reader->token.kind == TOKEN_WORD && !read_sizes(reader, type))
        return false;
    return expect_sign(reader, ']');
}

/* One part of `12.1`; gives where it ends, or null. */
static const char *read_digits(const char *at, int32_t *number)
{
    int64_t value = 0;
    const char *start = at;
    for (; *at >= '0' && *at <= '9'; at++) {
        value = 10 * value + (*at - '0');
        if (value > INT32_MAX)
            return NULL;
    }
    *number = (int32_t)value;
    return at == start ? NULL : at;
}

bool read_value(Reader *reader, Value *value)
{
    *value = no_value;
    if (!at_sign(reader, '%'))
        return reader_expected(reader, "a value like %12");
    reader_next(reader);
    if (reader->token.kind != TOKEN_WORD)
        return reader_expected(reader, "the number of a node");
    const char *at = read_digits(reader->token.text, &value->node);
    if (at && *at == '.')
        at = read_digits(at + 1, &value->result);
    if (!at || *at != '\0')
        return reader_expected(reader, "the number of a node, and perhaps that of a result: %12 or %12.1");
    reader_next(reader);
    return !reader->failed;
}

bool read_list(Reader *reader, const int64_t **items, int64_t *count)
{
    int64_t *list = NULL;
    int64_t capacity = 0;
    *count = 0;
    if (!expect_sign(reader, '['))
        return false;
    while (!at_sign(reader, ']')) {
        list = arena_grow(reader->arena, list, *count, &capacity, sizeof *list);
        if ((*count > 0 && !expect_sign(reader, ',')) || !read_integer(reader, &list[*count]))
            return false;
        (*count)++;
    }
    *items = list;
    return expect_sign(reader, ']');
}
