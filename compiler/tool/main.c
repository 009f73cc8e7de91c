/* The command: finds the verb, reads its arguments, runs it. */
#include "tool/help.h"
#include "tool/output.h"
#include "tool/progress.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Runs a verb on the words behind it. */
static ExitCode run_verb(const Verb *verb, int count, char *const *words)
{
    Arguments arguments = {.operands = calloc((size_t)count + 1, sizeof *arguments.operands),
                           .given = calloc((size_t)count * 8 + 1, sizeof *arguments.given)};
    ExitCode code = EXIT_WRONG_USAGE;
    if (!arguments.operands || !arguments.given)
        code = message_error(1090, "out of memory");
    else if (arguments_parse(verb, count, words, &arguments))
        code = arguments.help ? help_print(verb) : verb->run(&arguments);
    free(arguments.operands);
    free(arguments.given);
    ExitCode written = output_finish();
    return code == EXIT_DONE ? written : code;
}

static ExitCode unknown_verb(const char *word)
{
    const char *nearest = verb_nearest(word);
    if (nearest)
        return usage_error(NULL, 1201, "there is no verb '%s'; did you mean %s?", word, nearest);
    return usage_error(NULL, 1201, "there is no verb '%s'", word);
}

/* `strata` alone on a terminal, and `strata FILE.net ...`. */
static bool is_session(int count, char *const *words)
{
    if (count < 2)
        return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    return path_ends_with(words[1], ".net") && words[1][0] != '-';
}

int main(int count, char **words)
{
    closed_pipes_are_errors();
    if (is_session(count, words))
        return run_verb(verb_find("repl"), count - 1, words + 1);
    if (count < 2) {
        help_overview(stderr);
        return EXIT_WRONG_USAGE;
    }
    const char *word = words[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        word = "help";
    else if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        word = "version";
    const Verb *verb = verb_find(word);
    return verb ? run_verb(verb, count - 2, words + 2) : unknown_verb(word);
}
