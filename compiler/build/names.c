/* Names of a model's parts in C: identifiers from whatever the net calls its inputs and outputs. */
#include "build/facts.h"

#include <string.h>

enum { NAME_LIMIT = 64 };

/* Words of C11 and C++20 that a parameter cannot have, and those that the typed functions use themselves. */
static const char *const reserved[] = {
    "alignas",     "alignof",      "and",
    "and_eq",      "asm",          "atomic_cancel",
    "auto",        "bitand",       "bitor",
    "bool",        "break",        "case",
    "catch",       "char",         "char16_t",
    "char32_t",    "char8_t",      "class",
    "co_await",    "co_return",    "co_yield",
    "compl",       "concept",      "const",
    "const_cast",  "consteval",    "constexpr",
    "constinit",   "continue",     "decltype",
    "default",     "delete",       "do",
    "double",      "dynamic_cast", "else",
    "enum",        "explicit",     "export",
    "extern",      "false",        "float",
    "for",         "friend",       "goto",
    "if",          "inline",       "int",
    "int64_t",     "linux",        "long",
    "mutable",     "namespace",    "new",
    "noexcept",    "not",          "not_eq",
    "nullptr",     "operator",     "or",
    "or_eq",       "private",      "protected",
    "public",      "register",     "reinterpret_cast",
    "requires",    "restrict",     "return",
    "short",       "signed",       "size_t",
    "sizeof",      "static",       "static_assert",
    "static_cast", "struct",       "switch",
    "template",    "this",         "thread_local",
    "throw",       "true",         "try",
    "typedef",     "typeid",       "typename",
    "typeof",      "union",        "uint64_t",
    "unix",        "unsigned",     "using",
    "virtual",     "void",         "volatile",
    "wchar_t",     "while",        "xor",
    "xor_eq",      "NULL",         "errno",
    "main",
};
static const char *const taken[] = {"workspace", "batch", "options", "weights"};

static bool among(const char *name, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    return false;
}

static bool is_reserved(const char *name)
{
    return among(name, reserved, sizeof reserved / sizeof *reserved);
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

bool build_is_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > NAME_LIMIT || !is_letter(name[0]) || is_reserved(name))
        return false;
    for (size_t i = 0; i < length; i++)
        if (!is_letter(name[i]) && !is_digit(name[i]) && name[i] != '_')
            return false;
    return true;
}

const char *name_macro(Arena *arena, const char *name)
{
    char *macro = arena_duplicate(arena, name);
    for (char *at = macro; *at; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    return macro;
}

/* Macros of ports are compared without regard to case, so parameters are too. */
static bool used(Arena *arena, const char *name, const Port *ports, int64_t count)
{
    const char *macro = name_macro(arena, name);
    for (int64_t i = 0; i < count; i++)
        if (strcmp(macro, name_macro(arena, ports[i].parameter)) == 0)
            return true;
    return false;
}

const char *name_parameter(Arena *arena, const char *name, const Port *before, int64_t count, const Port *others,
                           int64_t other_count)
{
    char *plain = arena_duplicate(arena, name);
    for (char *at = plain; *at; at++)
        if (!is_letter(*at) && !is_digit(*at))
            *at = '_';
    const char *start = is_letter(plain[0]) ? plain : arena_printf(arena, "value%s", plain);
    const char *result = start;
    bool word = is_reserved(result) || among(result, taken, sizeof taken / sizeof *taken);
    for (int number = word ? 1 : 2; word || used(arena, result, before, count) || used(arena, result, others, other_count);
         number++) {
        result = arena_printf(arena, "%s_%d", start, number);
        word = false;
    }
    return result;
}

void text_c_string(Text *out, const char *string)
{
    text_add_character(out, '"');
    for (const unsigned char *at = (const unsigned char *)string; *at; at++) {
        if (*at == '"' || *at == '\\' || *at == '?') /* ??= and the like are other characters in C99 */
            text_printf(out, "\\%c", *at);
        else if (*at < 0x20 || *at >= 0x7f)
            text_printf(out, "\\%03o", *at);
        else
            text_add_character(out, (char)*at);
    }
    text_add_character(out, '"');
}

void text_c_comment(Text *out, const char *string)
{
    char last = ' ';
    for (const char *at = string; *at; at++) {
        bool marks = (last == '*' && *at == '/') || (last == '/' && *at == '*');
        if (marks)
            text_add_character(out, ' ');
        text_add_character(out, *at == '\\' || (unsigned char)*at < 0x20 ? ' ' : *at);
        last = *at;
    }
}
