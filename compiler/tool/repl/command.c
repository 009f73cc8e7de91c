/* Commands: their table, finding one, and :help. */
#include "tool/repl/command.h"

#include <stdlib.h>
#include <string.h>

static void help(Repl *repl, const char *rest);

static const Command help_commands[] = {
    {"help", "[COMMAND]", "this list, or what a command does", NULL, help},
    {0},
};

const Command *command_row(int index)
{
    const Command *const tables[] = {help_commands, file_commands,  ask_commands, run_commands,
                                     make_commands, train_commands, set_commands};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        for (const Command *command = tables[i]; command->name; command++)
            if (index-- == 0)
                return command;
    return NULL;
}

const char *command_name(int index)
{
    const Command *command = command_row(index);
    return command ? command->name : NULL;
}

char *first_word(const char *text, const char **rest)
{
    text += strspn(text, " \t\n");
    size_t length = strcspn(text, " \t\n");
    *rest = text + length + strspn(text + length, " \t\n");
    return length ? strndup(text, length) : NULL;
}

/* The command of a name, or the only one that begins with it. */
static const Command *find(const char *name)
{
    const Command *found = NULL;
    int matches = 0;
    for (int i = 0; command_row(i); i++) {
        const Command *command = command_row(i);
        if (strcmp(command->name, name) == 0)
            return command;
        if (strncmp(command->name, name, strlen(name)) == 0) {
            found = command;
            matches++;
        }
    }
    return matches == 1 ? found : NULL;
}

static void unknown(Repl *repl, const char *name)
{
    enum { MOST_COMMANDS = 64 };
    const char *names[MOST_COMMANDS];
    int count = 0;
    for (; count < MOST_COMMANDS && command_name(count); count++)
        names[count] = command_name(count);
    const char *near = strata_nearest(name, names, count);
    if (near)
        repl_fail(repl, "there is no command `:%s`; did you mean `:%s`?", name, near);
    else
        repl_fail(repl, "there is no command `:%s`; `:help` lists them", name);
}

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

static void help_command(Repl *repl, const char *name)
{
    const Command *command = find(name + (*name == ':'));
    if (!command) {
        unknown(repl, name + (*name == ':'));
        return;
    }
    printf(":%s %s\n  ", command->name, command->operands);
    print_wrapped(command->summary, 2, 2);
    print_details(command->details);
}

static void help(Repl *repl, const char *rest)
{
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

void command_run(Repl *repl, const char *line)
{
    const char *rest;
    char *name = first_word(line + 1, &rest);
    char *operand = strdup(rest);
    if (operand)
        for (size_t length = strlen(operand); length > 0 && strchr(" \t\n", operand[length - 1]); length--)
            operand[length - 1] = '\0';
    const Command *command = name ? find(name) : NULL;
    if (!name || !operand)
        repl_fail(repl, "a command has a name: `:help` lists them");
    else if (!command)
        unknown(repl, name);
    else
        command->run(repl, operand);
    free(operand);
    free(name);
}
