/* The header of an npy file; see npy_header.h.
 *
 * It is written by Python's repr, as in {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }: strings in either quote,
 * True or False, and a tuple of whole numbers, its keys in any order. Nothing else is accepted. */
#include "file/npy_header.h"

#include "base/codes.h"

#include <inttypes.h>
#include <string.h>

enum { PREFIX = 8, HEADER_LIMIT = 1 << 20, STRING_LIMIT = 32 };

typedef struct Cursor {
    const char *name;
    const unsigned char *bytes;
    size_t at;
    size_t end;
    StrataError *error;
} Cursor;

static bool refuse(const Cursor *cursor, const char *what)
{
    return error_set(cursor->error, STRATA_INVALID, E_NPY_DAMAGED, "%s: byte %zu of the npy header: %s", cursor->name, cursor->at,
                     what);
}

static void skip_spaces(Cursor *cursor)
{
    while (cursor->at < cursor->end && (cursor->bytes[cursor->at] == ' ' || cursor->bytes[cursor->at] == '\n'))
        cursor->at++;
}

/* Takes a character if it comes next, after spaces. */
static bool take(Cursor *cursor, char character)
{
    skip_spaces(cursor);
    if (cursor->at == cursor->end || cursor->bytes[cursor->at] != (unsigned char)character)
        return false;
    cursor->at++;
    return true;
}

static bool take_word(Cursor *cursor, const char *word)
{
    skip_spaces(cursor);
    size_t length = strlen(word);
    if (cursor->end - cursor->at < length || memcmp(cursor->bytes + cursor->at, word, length) != 0)
        return false;
    cursor->at += length;
    return true;
}

/* A string without escapes, as those that matter are. */
static bool take_string(Cursor *cursor, char text[STRING_LIMIT])
{
    skip_spaces(cursor);
    if (cursor->at == cursor->end || (cursor->bytes[cursor->at] != '\'' && cursor->bytes[cursor->at] != '"'))
        return refuse(cursor, "a string in quotes is wanted");
    unsigned char quote = cursor->bytes[cursor->at++];
    size_t length = 0;
    while (cursor->at < cursor->end && cursor->bytes[cursor->at] != quote) {
        unsigned char character = cursor->bytes[cursor->at++];
        if (length == STRING_LIMIT - 1 || character < ' ' || character > '~' || character == '\\')
            return refuse(cursor, "a string is too long or has characters that do not belong there");
        text[length++] = (char)character;
    }
    text[length] = '\0';
    if (cursor->at == cursor->end)
        return refuse(cursor, "a string does not end");
    cursor->at++;
    return true;
}

static bool take_size(Cursor *cursor, int64_t *number)
{
    skip_spaces(cursor);
    size_t start = cursor->at;
    *number = 0;
    while (cursor->at < cursor->end && cursor->bytes[cursor->at] >= '0' && cursor->bytes[cursor->at] <= '9') {
        int digit = cursor->bytes[cursor->at] - '0';
        if (*number > (INT64_MAX - digit) / 10)
            return refuse(cursor, "a size of the shape is too large");
        *number = *number * 10 + digit;
        cursor->at++;
    }
    if (cursor->at == start)
        return refuse(cursor, "a size of the shape is wanted");
    if (cursor->at < cursor->end && cursor->bytes[cursor->at] == 'L')
        cursor->at++; /* Python 2 wrote long numbers so */
    return true;
}

/* (), (3,), (3, 4), (3, 4,) */
static bool take_shape(Cursor *cursor, NpyHeader *header)
{
    if (!take(cursor, '('))
        return refuse(cursor, "the shape must be a tuple, such as (3, 4)");
    header->rank = 0;
    while (!take(cursor, ')')) {
        int64_t size;
        if (!take_size(cursor, &size))
            return false;
        if (header->rank == STRATA_RANK_LIMIT)
            return error_set(cursor->error, STRATA_INVALID, E_TENSOR_SIZE, "%s: the array has more than %d dimensions",
                             cursor->name, STRATA_RANK_LIMIT);
        header->size[header->rank++] = size;
        if (!take(cursor, ',')) {
            if (header->rank > 1 && take(cursor, ')'))
                break;
            return refuse(cursor, "the sizes of the shape must be separated by commas");
        }
    }
    return true;
}

typedef struct TypeRow {
    const char *text; /* without the sign of byte order */
    ElementType type;
} TypeRow;

static const TypeRow type_rows[] = {
    {"f2", ELEMENT_F16}, {"f4", ELEMENT_F32},  {"f8", ELEMENT_F64}, {"i1", ELEMENT_I8},    {"i2", ELEMENT_I16},
    {"i4", ELEMENT_I32}, {"i8", ELEMENT_I64},  {"u1", ELEMENT_U8},  {"u2", ELEMENT_U16},   {"u4", ELEMENT_U32},
    {"u8", ELEMENT_U64}, {"b1", ELEMENT_BOOL}, {"c8", ELEMENT_C64}, {"c16", ELEMENT_C128},
};

static bool refuse_type(const Cursor *cursor, const char *text)
{
    const char *meaning = strchr("<>=|", text[0]) && text[0] ? text + 1 : text;
    const char *what = "no kind of number that Strata reads";
    if (meaning[0] == 'U' || meaning[0] == 'S')
        what = "text, not numbers";
    else if (meaning[0] == 'O')
        what = "Python objects, not numbers";
    else if (meaning[0] == 'M' || meaning[0] == 'm')
        what = "dates or times, not numbers";
    return error_set(cursor->error, STRATA_INVALID, E_NPY_KIND, "%s: its entries ('%s') are %s; convert with astype('float32')",
                     cursor->name, text, what);
}

/* '<f4', '>i8', '|b1', '=c16'. */
static bool take_type(Cursor *cursor, NpyHeader *header)
{
    if (take(cursor, '['))
        return error_set(cursor->error, STRATA_INVALID, E_NPY_KIND,
                         "%s: its entries are records, not numbers; save one field of them", cursor->name);
    char text[STRING_LIMIT];
    if (!take_string(cursor, text))
        return false;
    if (text[0] == '\0' || !strchr("<>=|", text[0]))
        return refuse_type(cursor, text);
    header->order = text[0] == '>' ? BIG_ENDIAN_BYTES : LITTLE_ENDIAN_BYTES;
    for (size_t i = 0; i < sizeof type_rows / sizeof *type_rows; i++) {
        if (strcmp(text + 1, type_rows[i].text) == 0) {
            header->type = type_rows[i].type;
            return true;
        }
    }
    return refuse_type(cursor, text);
}

static bool take_order(Cursor *cursor, NpyHeader *header)
{
    header->fortran = take_word(cursor, "True");
    return header->fortran || take_word(cursor, "False") || refuse(cursor, "fortran_order must be True or False");
}

/* One `key: value`, each of the three once. */
static bool take_entry(Cursor *cursor, NpyHeader *header, bool seen[3])
{
    static const char *const keys[3] = {"descr", "fortran_order", "shape"};
    char key[STRING_LIMIT];
    if (!take_string(cursor, key))
        return false;
    int which = 0;
    while (which < 3 && strcmp(key, keys[which]) != 0)
        which++;
    if (which == 3 || seen[which])
        return refuse(cursor, "a key is unknown or stands twice");
    seen[which] = true;
    if (!take(cursor, ':'))
        return refuse(cursor, "a colon is wanted after a key");
    if (which == 0)
        return take_type(cursor, header);
    return which == 1 ? take_order(cursor, header) : take_shape(cursor, header);
}

static bool take_dictionary(Cursor *cursor, NpyHeader *header)
{
    bool seen[3] = {false, false, false};
    if (!take(cursor, '{'))
        return refuse(cursor, "a dictionary is wanted");
    while (!take(cursor, '}')) {
        if (!take_entry(cursor, header, seen))
            return false;
        if (!take(cursor, ',')) {
            if (take(cursor, '}'))
                break;
            return refuse(cursor, "a comma or the end of the dictionary is wanted");
        }
    }
    skip_spaces(cursor);
    if (cursor->at != cursor->end)
        return refuse(cursor, "something follows the dictionary");
    if (!seen[0] || !seen[1] || !seen[2])
        return refuse(cursor, "one of 'descr', 'fortran_order' and 'shape' is missing");
    return true;
}

bool npy_header_decode(const char *name, const unsigned char *bytes, size_t size, NpyHeader *header, StrataError *error)
{
    *header = (NpyHeader){0};
    if (size < PREFIX + 2)
        return error_set(error, STRATA_INVALID, E_NPY_DAMAGED, "%s: ends inside the npy header, after %zu bytes", name, size);
    int version = bytes[6];
    if (version < 1 || version > 3)
        return error_set(error, STRATA_INVALID, E_NPY_DAMAGED, "%s: has version %d.%d of npy; 1.0, 2.0 and 3.0 are known", name,
                         version, bytes[7]);
    size_t start = version == 1 ? PREFIX + 2 : PREFIX + 4;
    if (size < start)
        return error_set(error, STRATA_INVALID, E_NPY_DAMAGED, "%s: ends inside the npy header, after %zu bytes", name, size);
    size_t length = version == 1 ? load_16(bytes + PREFIX, LITTLE_ENDIAN_BYTES) : load_32(bytes + PREFIX, LITTLE_ENDIAN_BYTES);
    if (length > size - start || length > HEADER_LIMIT)
        return error_set(error, STRATA_INVALID, E_NPY_DAMAGED,
                         "%s: says that its npy header has %zu bytes, but the file has only %zu", name, length, size - start);
    Cursor cursor = {.name = name, .bytes = bytes, .at = start, .end = start + length, .error = error};
    header->length = start + length;
    return take_dictionary(&cursor, header);
}
