/* The parser of command lines: one for all verbs, driven by their tables of options. */
#include "strata.h"
#include "tool/message.h"
#include "tool/verb.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --help is an option of every verb and stands in no table. */
static const Option help_option = {.name = "help", .letter = 'h', .help = "say what this does, with examples"};

ExitCode usage_error(const Verb *verb, int code, const char *format, ...)
{
    char text[500];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    message_error(code, "%s", text);
    if (verb)
        message_help("`strata %s --help` shows how it is used", verb->name);
    else
        message_help("`strata help` shows what there is");
    return EXIT_WRONG_USAGE;
}

static const Option *find_option(const Verb *verb, const char *name, size_t length)
{
    for (const Option *option = verb->options; option && option->name; option++)
        if (strlen(option->name) == length && memcmp(option->name, name, length) == 0)
            return option;
    return length == 4 && memcmp(name, "help", 4) == 0 ? &help_option : NULL;
}

static const Option *find_letter(const Verb *verb, char letter)
{
    for (const Option *option = verb->options; option && option->name; option++)
        if (option->letter == letter)
            return option;
    return letter == 'h' ? &help_option : NULL;
}

static bool unknown_option(const Verb *verb, const char *word, const char *name, size_t length)
{
    const char *names[64];
    int count = 0;
    for (const Option *option = verb->options; option && option->name && count < 64; option++)
        names[count++] = option->name;
    char typed[64];
    snprintf(typed, sizeof typed, "%.*s", (int)length, name);
    const char *nearest = strata_nearest(typed, names, count);
    if (nearest)
        usage_error(verb, 1202, "%s has no option '%s'; did you mean --%s?", verb->name, word, nearest);
    else
        usage_error(verb, 1202, "%s has no option '%s'", verb->name, word);
    return false;
}

static bool word_allowed(const char *words, const char *value)
{
    size_t length = strlen(value);
    for (const char *at = words; *at && length > 0;) {
        size_t size = strcspn(at, " ");
        if (size == length && memcmp(at, value, size) == 0)
            return true;
        at += size + (at[size] == ' ');
    }
    return false;
}

static bool number_allowed(const Option *option, const char *value)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    return *value && !*end && errno == 0 && number >= option->least && number <= option->most;
}

/* The value must be one that the option can take. */
static bool check_value(const Verb *verb, const Option *option, const char *value)
{
    if (option->kind == VALUE_WORDS && !word_allowed(option->words, value)) {
        usage_error(verb, 1204, "--%s takes one of: %s; got '%s'", option->name, option->words, value);
        return false;
    }
    if (option->kind == VALUE_NUMBER && !number_allowed(option, value)) {
        usage_error(verb, 1204, "--%s takes a whole number from %" PRId64 " to %" PRId64 ", got '%s'", option->name, option->least,
                    option->most, value);
        return false;
    }
    return true;
}

/* Adds an option with its value: `attached` when it stood in the same word, else the next word. Moves `*index` over it. */
static bool add_option(Arguments *result, const Option *option, const char *attached, int count, char *const *words, int *index)
{
    const Verb *verb = result->verb;
    const char *value = attached;
    if (option->kind == VALUE_NONE && attached) {
        usage_error(verb, 1203, "--%s takes no value, got '%s'", option->name, attached);
        return false;
    }
    if (option->kind != VALUE_NONE && !attached) {
        if (*index + 1 >= count) {
            usage_error(verb, 1203, "--%s needs a value: --%s %s", option->name, option->name, option->placeholder);
            return false;
        }
        value = words[++*index];
    }
    if (option == &help_option)
        result->help = true;
    if (!option->repeated)
        for (int i = 0; i < result->given_count; i++)
            if (result->given[i].option == option) {
                usage_error(verb, 1205, "--%s is given twice", option->name);
                return false;
            }
    if (value && !check_value(verb, option, value))
        return false;
    result->given[result->given_count++] = (GivenOption){.option = option, .value = value};
    return true;
}

static bool parse_long(Arguments *result, const char *word, int count, char *const *words, int *index)
{
    const char *name = word + 2;
    size_t length = strcspn(name, "=");
    const Option *option = find_option(result->verb, name, length);
    if (!option)
        return unknown_option(result->verb, word, name, length);
    return add_option(result, option, name[length] == '=' ? name + length + 1 : NULL, count, words, index);
}

/* `-k 3`, `-k3`; switches may stand together: `-qv`. */
static bool parse_letters(Arguments *result, const char *word, int count, char *const *words, int *index)
{
    for (const char *at = word + 1; *at; at++) {
        const Option *option = find_letter(result->verb, *at);
        if (!option)
            return unknown_option(result->verb, word, at, 1);
        bool takes_rest = option->kind != VALUE_NONE && at[1];
        if (!add_option(result, option, takes_rest ? at + 1 : NULL, count, words, index))
            return false;
        if (option->kind != VALUE_NONE)
            return true;
    }
    return true;
}

static bool check_operands(const Arguments *result)
{
    const Verb *verb = result->verb;
    if (result->operand_count < verb->least) {
        usage_error(verb, 1206, "%s needs %s: strata %s %s", verb->name, verb->least == 1 ? "an operand" : "more operands",
                    verb->name, verb->operands);
        return false;
    }
    if (verb->most >= 0 && result->operand_count > verb->most) {
        usage_error(verb, 1206, "%s does not know what to do with '%s': strata %s %s", verb->name, result->operands[verb->most],
                    verb->name, verb->operands);
        return false;
    }
    if (verb->operand_kind == VALUE_WORDS && result->operand_count > 0 && !word_allowed(verb->operand_words, result->operands[0])) {
        usage_error(verb, 1204, "%s takes one of: %s; got '%s'", verb->name, verb->operand_words, result->operands[0]);
        return false;
    }
    return true;
}

bool arguments_parse(const Verb *verb, int count, char *const *words, Arguments *result)
{
    result->verb = verb;
    result->operand_count = result->given_count = 0;
    result->help = false;
    bool operands_only = false;
    for (int i = 0; i < count; i++) {
        const char *word = words[i];
        if (operands_only || word[0] != '-' || !word[1]) {
            result->operands[result->operand_count++] = word;
        } else if (strcmp(word, "--") == 0) {
            operands_only = true;
        } else if (!(word[1] == '-' ? parse_long : parse_letters)(result, word, count, words, &i)) {
            return false;
        }
    }
    return result->help || check_operands(result);
}

const char *arguments_value(const Arguments *arguments, const char *name, const char *otherwise)
{
    for (int i = arguments->given_count; i-- > 0;)
        if (strcmp(arguments->given[i].option->name, name) == 0)
            return arguments->given[i].value;
    return otherwise;
}

bool arguments_has(const Arguments *arguments, const char *name)
{
    for (int i = 0; i < arguments->given_count; i++)
        if (strcmp(arguments->given[i].option->name, name) == 0)
            return true;
    return false;
}

const char *arguments_nth(const Arguments *arguments, const char *name, int index)
{
    for (int i = 0; i < arguments->given_count; i++)
        if (strcmp(arguments->given[i].option->name, name) == 0 && index-- == 0)
            return arguments->given[i].value;
    return NULL;
}

int64_t arguments_number(const Arguments *arguments, const char *name, int64_t otherwise)
{
    const char *value = arguments_value(arguments, name, NULL);
    return value ? strtoll(value, NULL, 10) : otherwise;
}
