/* :help, and the reference of all commands as Markdown. */
#include "tool/repl/command.h"

#include <ctype.h>
#include <string.h>

void print_wrapped(const char *text, int column, int indent)
{
    int width = terminal_columns() - 1;
    bool begun = false; /* this line has a word already */
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (begun && column + 1 + length > width) {
            printf("\n%*s", indent, "");
            column = indent;
            begun = false;
        }
        printf("%s%.*s", begun ? " " : "", length, text);
        column += length + (begun ? 1 : 0);
        begun = true;
        text += length + strspn(text + length, " ");
    }
    putchar('\n');
}

/* A table of lines: what is broken goes on below the text behind the first gap of two blanks. */
static void print_details(const char *details)
{
    enum { LINE = 400 };
    while (details && *details) {
        size_t length = strcspn(details, "\n"), start = strspn(details, " ");
        size_t gap = start;
        while (gap + 1 < length && !(details[gap] == ' ' && details[gap + 1] == ' '))
            gap++;
        gap += strspn(details + gap, " ");
        gap = gap < length ? gap : start;
        char line[LINE];
        snprintf(line, sizeof line, "%.*s", (int)(length - gap), details + gap);
        printf("%.*s", (int)gap, details);
        print_wrapped(line, (int)gap, (int)gap < terminal_columns() / 2 ? (int)gap : (int)start + 2);
        details += length + (details[length] == '\n');
    }
}

static void print_example(const char *example, const char *prompt)
{
    while (*example) {
        size_t length = strcspn(example, "\n");
        printf("%s%.*s\n", prompt, (int)length, example);
        example += length + (example[length] == '\n');
    }
}

/* All of it as Markdown, for the page of the reference. */
static void print_markdown(void)
{
    for (int i = 0; command_row(i); i++) {
        const Command *command = command_row(i);
        printf("### :%s\n\n", command->name);
        printf("```text\n:%s%s%s\n%s%s```\n\n", command->name, command->operands[0] ? " " : "", command->operands,
               command->details ? command->details : "", command->details ? "\n" : "");
        printf("%c%s. For example:\n\n```text\n", toupper((unsigned char)command->summary[0]), command->summary + 1);
        print_example(command->example, "strata> ");
        puts("```\n");
    }
}

static void help_command(Repl *repl, const char *name)
{
    const Command *command = command_find(name + (*name == ':'));
    if (!command) {
        command_unknown(repl, name + (*name == ':'));
        return;
    }
    printf(":%s %s\n  ", command->name, command->operands);
    print_wrapped(command->summary, 2, 2);
    print_details(command->details);
    puts("For example:");
    print_example(command->example, "  strata> ");
}

static void help(Repl *repl, const char *rest)
{
    if (strcmp(rest, "--markdown") == 0) {
        print_markdown();
        return;
    }
    if (rest[0]) {
        help_command(repl, rest);
        return;
    }
    enum { USAGE = 24, NARROW = 60 };
    bool narrow = terminal_columns() < NARROW;
    print_wrapped("Enter a definition (`layer`, `net`, `let`, `data`, `use`), an expression, or a command:", 0, 0);
    for (int i = 0; command_row(i); i++) {
        char usage[80];
        snprintf(usage, sizeof usage, ":%s %s", command_row(i)->name, command_row(i)->operands);
        if (narrow)
            printf("  %s\n    ", usage);
        else
            printf("  %-*s ", USAGE, usage);
        print_wrapped(command_row(i)->summary, narrow ? 4 : USAGE + 3, narrow ? 4 : USAGE + 3);
    }
    print_wrapped(
        "`_` is the last result, `_1` the first; `|> f` goes on from the last one; `layers(f, x)` shows what each step of f makes "
        "of x. `:help load` says more about a command.",
        0, 0);
    print_wrapped("Tab completes; Ctrl-C stops what runs; Ctrl-D ends the session.", 0, 0);
}

const Command help_commands[] = {
    {"help", "[COMMAND]", "this list, or what a command does and an example of it", NULL, ":help load", help},
    {0},
};
