/* Help: of the command, of one verb. */
#include "tool/help.h"

#include "strata.h"
#include "tool/markdown.h"
#include "tool/message.h"

#include <string.h>

enum { OPTION_COLUMN = 30, LINE_WIDTH = 79 };

void help_overview(FILE *out)
{
    fputs("Strata checks, explains and runs models written in its language (.net files).\n\n"
          "Usage: strata VERB [OPTION...] [OPERAND...]\n\n",
          out);
    const Verb *verb;
    for (int i = 0; (verb = verb_row(i)); i++)
        fprintf(out, "  %-11s %s\n", verb->name, verb->summary);
    fputs("\nA first model:\n"
          "  strata init digits          a folder with a small model, weights and data\n"
          "  cd digits\n"
          "  strata check digits.net     is it right? all shapes are checked before anything runs\n"
          "  strata summary digits.net   what are its layers, how many weights has it?\n\n"
          "`strata VERB --help` explains a verb; `strata explain E0601` explains an error.\n",
          out);
}

/* The option as it is written, for people: `-w, --weights FILE`. */
static int print_option_name(const Option *option)
{
    int length = option->letter ? printf("  -%c, --%s", option->letter, option->name) : printf("      --%s", option->name);
    if (option->placeholder)
        length += printf(" %s", option->placeholder);
    return length;
}

/* Words until the end or an empty line, from column `column` on, in lines of at most LINE_WIDTH that begin at `indent`. Gives the
 * column behind them. */
static int print_words(const char *text, int indent, int column)
{
    bool first = column <= indent;
    while (*text && strncmp(text, "\n\n", 2) != 0) {
        int length = (int)strcspn(text, " \n");
        if (!first && column + 1 + length > LINE_WIDTH) {
            printf("\n%*s", indent, "");
            column = indent;
            first = true;
        }
        column += printf("%s%.*s", first ? "" : " ", length, text);
        first = false;
        text += length;
        while ((*text == ' ' || *text == '\n') && strncmp(text, "\n\n", 2) != 0)
            text++;
    }
    return column;
}

/* Paragraphs, separated by empty lines. */
static void print_paragraphs(const char *text)
{
    while (text) {
        print_words(text, 0, 0);
        putchar('\n');
        text = strstr(text, "\n\n");
        if (text) {
            putchar('\n');
            text += 2;
        }
    }
}

static void print_option(const Option *option)
{
    int length = print_option_name(option);
    if (length >= OPTION_COLUMN) {
        putchar('\n');
        length = 0;
    }
    printf("%*s", OPTION_COLUMN - length, "");
    int column = print_words(option->help, OPTION_COLUMN, OPTION_COLUMN);
    if (option->repeated)
        print_words("(may be repeated)", OPTION_COLUMN, column);
    putchar('\n');
}

ExitCode help_print(const Verb *verb)
{
    static const Option help_option = {.name = "help", .letter = 'h', .help = "say this"};
    bool colour = colour_output();
    const char *bold = colour ? "\033[1m" : "", *off = colour ? "\033[0m" : "";
    printf("%sstrata %s%s: %s\n\nUsage: strata %s%s%s%s\n\n", bold, verb->name, off, verb->summary, verb->name,
           verb->options ? " [OPTION...]" : "", *verb->operands ? " " : "", verb->operands);
    print_paragraphs(verb->description);
    printf("\nOptions:\n");
    for (const Option *option = verb->options; option && option->name; option++)
        print_option(option);
    print_option(&help_option);
    if (verb->examples) {
        printf("\nExamples:\n");
        for (const char *line = verb->examples; *line;) {
            size_t length = strcspn(line, "\n");
            printf("  %.*s\n", (int)length, line);
            line += length + (line[length] == '\n');
        }
    }
    printf("\nExit status: 0 done, 1 the input is wrong, 2 the command line is wrong, 70 a\ndefect of Strata, 130 interrupted.\n");
    return EXIT_DONE;
}

static ExitCode run_help(const Arguments *arguments)
{
    if (arguments_has(arguments, "verbs")) {
        const Verb *row;
        for (int i = 0; (row = verb_row(i)); i++)
            puts(row->name);
        return EXIT_DONE;
    }
    if (arguments_has(arguments, "markdown")) {
        const Verb *row;
        for (int i = 0; (row = verb_row(i)); i++) {
            fputs(i ? "\n" : "", stdout);
            markdown_verb(row);
        }
        return EXIT_DONE;
    }
    if (arguments_has(arguments, "man")) {
        const Verb *verb = arguments->operand_count ? verb_find(arguments->operands[0]) : NULL;
        if (arguments->operand_count && !verb)
            return usage_error(arguments->verb, 1201, "there is no verb '%s'", arguments->operands[0]);
        if (verb)
            manual_print(verb, stdout);
        else
            manual_overview(stdout);
        return EXIT_DONE;
    }
    if (arguments->operand_count == 0) {
        help_overview(stdout);
        return EXIT_DONE;
    }
    const Verb *verb = verb_find(arguments->operands[0]);
    if (verb)
        return help_print(verb);
    const char *nearest = verb_nearest(arguments->operands[0]);
    if (nearest)
        return usage_error(NULL, 1201, "there is no verb '%s'; did you mean %s?", arguments->operands[0], nearest);
    return usage_error(NULL, 1201, "there is no verb '%s'", arguments->operands[0]);
}

static const Option help_options[] = {
    {.name = "man", .help = "write the manual page instead, for man"},
    {.name = "markdown", .help = "write all verbs with their options as a page in Markdown"},
    {.name = "verbs", .help = "write the names of the verbs alone, one a line, for scripts"},
    {0},
};

const Verb verb_help = {
    .name = "help",
    .operands = "[VERB]",
    .summary = "say what there is, or explain a verb",
    .description = "Without an operand, lists the verbs; with one, explains it, like `strata VERB --help`.",
    .examples = "strata help run\nstrata help --man run | man -l -",
    .options = help_options,
    .least = 0,
    .most = 1,
    .operand_kind = VALUE_TEXT,
    .run = run_help,
};

static ExitCode run_version(const Arguments *arguments)
{
    (void)arguments;
    printf("strata %s\n", strata_version());
    return EXIT_DONE;
}

const Verb verb_version = {
    .name = "version",
    .operands = "",
    .summary = "say which version this is",
    .description = "Prints the version of the library that does the work.",
    .least = 0,
    .most = 0,
    .operand_kind = VALUE_NONE,
    .run = run_version,
};
