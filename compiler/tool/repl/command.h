/* Commands of the REPL: what begins with a colon, each one row of one table. */
#ifndef STRATA_TOOL_REPL_COMMAND_H
#define STRATA_TOOL_REPL_COMMAND_H

#include "tool/repl/repl.h"

typedef struct Command {
    const char *name;                          /* "load" */
    const char *operands;                      /* "FILE [NAME]"; "" when there are none */
    const char *summary;                       /* a line without a full stop */
    const char *details;                       /* more lines, or null */
    const char *example;                       /* lines to type, which are right behind those of the commands before it */
    void (*run)(Repl *repl, const char *rest); /* what stands behind the name, without blanks around it */
} Command;

/* Every command in the order of the help; null past the end. */
const Command *command_row(int index);

/* The command of a name, or the only one that begins with it; null when there is none. Says that there is none. */
const Command *command_find(const char *name);
void command_unknown(Repl *repl, const char *name);

/* command_help.c, command_file.c, command_ask.c, command_run.c, command_make.c, command_train.c, command_set.c: their tables, each ended by a row without a name. */
extern const Command help_commands[], file_commands[], ask_commands[], run_commands[], make_commands[], train_commands[],
    set_commands[];

/* The first word of a text, copied to be freed; `rest` is what stands behind it. Null when there is none. */
char *first_word(const char *text, const char **rest);

#endif
