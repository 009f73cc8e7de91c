/* Commands: their table, and finding one. */
#include "tool/repl/command.h"

#include <stdlib.h>
#include <string.h>

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
const Command *command_find(const char *name)
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

void command_unknown(Repl *repl, const char *name)
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

void command_run(Repl *repl, const char *line)
{
    const char *rest;
    char *name = first_word(line + 1, &rest);
    char *operand = strdup(rest);
    if (operand)
        for (size_t length = strlen(operand); length > 0 && strchr(" \t\n", operand[length - 1]); length--)
            operand[length - 1] = '\0';
    const Command *command = name ? command_find(name) : NULL;
    if (!name || !operand)
        repl_fail(repl, "a command has a name: `:help` lists them");
    else if (!command)
        command_unknown(repl, name);
    else
        command->run(repl, operand);
    free(operand);
    free(name);
}
