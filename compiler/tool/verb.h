/* Verbs: what the command can do, each one row of one table.
 *
 * A row says everything about its verb: the parser of arguments, `--help`, the manual pages and the completion of the three shells
 * are all made from it, so they cannot disagree. To add a verb: a file with its function and its row, and a line in verbs.c. */
#ifndef STRATA_TOOL_VERB_H
#define STRATA_TOOL_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the command came to, for scripts. */
typedef enum ExitCode {
    EXIT_DONE = 0,
    EXIT_WRONG_INPUT = 1, /* the model, weights, data or a file are wrong; diagnostics say how */
    EXIT_WRONG_USAGE = 2, /* the command line is wrong */
    EXIT_DEFECT = 70,     /* a defect of Strata itself */
    EXIT_INTERRUPTED = 130
} ExitCode;

/* What a shell offers where a value is wanted. */
typedef enum ValueKind {
    VALUE_NONE, /* a switch: no value */
    VALUE_TEXT, /* anything */
    VALUE_FILE,
    VALUE_FOLDER,
    VALUE_WORDS, /* one of `words`, separated by spaces */
    VALUE_NUMBER /* a whole number, `least` to `most` */
} ValueKind;

/* `--name VALUE`, `--name=VALUE`, `-l VALUE`. */
typedef struct Option {
    const char *name;
    ValueKind kind;
    char letter;             /* 0: none */
    bool repeated;           /* may be given more than once */
    const char *placeholder; /* how the value is called in the help: "FILE"; null for a switch */
    const char *help;        /* a line */
    const char *words;       /* VALUE_WORDS */
    int64_t least, most;     /* VALUE_NUMBER */
} Option;

typedef struct Arguments Arguments;

typedef struct Verb {
    const char *name;
    const char *operands;    /* as the usage line says them: "FILE..." */
    const char *summary;     /* a line without a full stop */
    const char *description; /* paragraphs separated by empty lines */
    const char *examples;    /* commands, one a line, with `#` comments */
    const Option *options;   /* ended by a row without a name; null: only --help */
    int least, most;         /* how many operands; most -1: any number */
    ValueKind operand_kind;
    const char *operand_words; /* VALUE_WORDS: of the first operand */
    ExitCode (*run)(const Arguments *arguments);
} Verb;

/* A parsed command line of a verb. Strings belong to the caller of the parser. */
enum { ARGUMENT_LIMIT = 4096 };

typedef struct GivenOption {
    const Option *option;
    const char *value; /* null for a switch */
} GivenOption;

struct Arguments {
    const Verb *verb;
    const char **operands;
    int operand_count;
    GivenOption *given;
    int given_count;
    bool help; /* --help was asked for; nothing else was checked */
};

/* Parses what stands behind the verb into the caller's arrays (room for `count` of each). False after saying on standard error
 * what is wrong and how it should be. */
bool arguments_parse(const Verb *verb, int count, char *const *words, Arguments *result);

/* The last value given to an option, or `otherwise`; whether it was given; the value number `index` of a repeated option, or
 * null; a number. `name` must be an option of the verb. */
const char *arguments_value(const Arguments *arguments, const char *name, const char *otherwise);
bool arguments_has(const Arguments *arguments, const char *name);
const char *arguments_nth(const Arguments *arguments, const char *name, int index);
int64_t arguments_number(const Arguments *arguments, const char *name, int64_t otherwise);

/* Every verb, in the order of the help; the verb of a name, or null; the name nearest to a mistyped one, or null. */
const Verb *verb_row(int index); /* null past the end */
const Verb *verb_find(const char *name);
const char *verb_nearest(const char *name);

/* Says on standard error that the command line is wrong (E1201 and so on), and gives EXIT_WRONG_USAGE. */
ExitCode usage_error(const Verb *verb, int code, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

#endif
