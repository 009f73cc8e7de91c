/* Completion scripts of bash, zsh and fish. */
#include "tool/help.h"

#include <string.h>

static const char *words_of(const Verb *verb)
{
    return verb->operand_kind == VALUE_WORDS ? verb->operand_words : "";
}

/* ---- bash ---- */

static void bash_value_cases(const Verb *verb, FILE *out)
{
    for (const Option *option = verb->options; option && option->name; option++) {
        if (option->kind == VALUE_NONE)
            continue;
        fprintf(out, "            --%s", option->name);
        if (option->letter)
            fprintf(out, "|-%c", option->letter);
        if (option->kind == VALUE_WORDS)
            fprintf(out, ") COMPREPLY=($(compgen -W '%s' -- \"$word\")); return ;;\n", option->words);
        else if (option->kind == VALUE_FILE)
            fputs(") compopt -o default; return ;;\n", out);
        else if (option->kind == VALUE_FOLDER)
            fputs(") COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n", out);
        else
            fputs(") return ;;\n", out);
    }
}

static void bash_verb(const Verb *verb, FILE *out)
{
    fprintf(out, "    %s)\n        case \"$before\" in\n", verb->name);
    bash_value_cases(verb, out);
    fputs("        esac\n        options='--help", out);
    for (const Option *option = verb->options; option && option->name; option++)
        fprintf(out, " --%s", option->name);
    fprintf(out, "'\n        words='%s'\n        ;;\n", words_of(verb));
}

void completion_bash(FILE *out)
{
    const Verb *verb;
    fputs("# Completion of strata for bash, made by `strata completion bash`.\n_strata() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} options='' words=''\n"
          "    COMPREPLY=()\n    if ((COMP_CWORD == 1)); then\n        COMPREPLY=($(compgen -W '",
          out);
    for (int i = 0; (verb = verb_row(i)); i++)
        fprintf(out, "%s%s", i ? " " : "", verb->name);
    fputs("' -- \"$word\"))\n        return\n    fi\n    case \"${COMP_WORDS[1]}\" in\n", out);
    for (int i = 0; (verb = verb_row(i)); i++)
        bash_verb(verb, out);
    fputs("    esac\n    if [[ $word == -* ]]; then\n        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
          "    elif [[ $words ]] && ((COMP_CWORD == 2)); then\n        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
          "    else\n        compopt -o default\n    fi\n}\ncomplete -F _strata strata\n",
          out);
}

/* ---- zsh ---- */

/* Text inside single quotes and brackets of _arguments. */
static void zsh_text(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr("[]:\\", *text))
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

static void zsh_value(const Option *option, FILE *out)
{
    if (option->kind == VALUE_NONE)
        return;
    fputc(':', out);
    zsh_text(option->placeholder, out);
    if (option->kind == VALUE_WORDS)
        fprintf(out, ":(%s)", option->words);
    else
        fputs(option->kind == VALUE_FILE ? ":_files" : option->kind == VALUE_FOLDER ? ":_files -/" : ": ", out);
}

static void zsh_option(const Option *option, FILE *out)
{
    for (int form = 0; form < (option->letter ? 2 : 1); form++) {
        fputs("            '", out);
        if (option->repeated)
            fputc('*', out);
        else if (option->letter)
            fprintf(out, "(-%c --%s)", option->letter, option->name);
        if (form)
            fprintf(out, "-%c", option->letter);
        else
            fprintf(out, "--%s", option->name);
        fputc('[', out);
        zsh_text(option->help, out);
        fputc(']', out);
        zsh_value(option, out);
        fputs("' \\\n", out);
    }
}

void completion_zsh(FILE *out)
{
    const Verb *verb;
    fputs("#compdef strata\n# Completion of strata for zsh, made by `strata completion zsh`.\n_strata() {\n    local -a verbs\n    "
          "verbs=(\n",
          out);
    for (int i = 0; (verb = verb_row(i)); i++) {
        fprintf(out, "        '%s:", verb->name);
        zsh_text(verb->summary, out);
        fputs("'\n", out);
    }
    fputs("    )\n    if ((CURRENT == 2)); then\n        _describe verb verbs\n        return\n    fi\n    local verb=$words[2]\n  "
          "  shift words\n    ((CURRENT--))\n"
          "    case $verb in\n",
          out);
    for (int i = 0; (verb = verb_row(i)); i++) {
        fprintf(out, "    %s)\n        _arguments \\\n", verb->name);
        for (const Option *option = verb->options; option && option->name; option++)
            zsh_option(option, out);
        fputs("            '(-h --help)'{-h,--help}'[say what this does]' \\\n", out);
        if (verb->operand_kind == VALUE_WORDS)
            fprintf(out, "            '1:what:(%s)' '*:file:_files'\n", verb->operand_words);
        else if (verb->operand_kind == VALUE_FILE)
            fputs("            '*:file:_files'\n", out);
        else
            fputs("            '*: : '\n", out);
        fputs("        ;;\n", out);
    }
    fputs("    esac\n}\ncompdef _strata strata\n", out);
}

/* ---- fish ---- */

static void fish_text(const char *text, FILE *out)
{
    fputc('\'', out);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('\'', out);
}

static void fish_option(const Verb *verb, const Option *option, FILE *out)
{
    fprintf(out, "complete -c strata -n '__fish_seen_subcommand_from %s' -l %s", verb->name, option->name);
    if (option->letter)
        fprintf(out, " -s %c", option->letter);
    if (option->kind == VALUE_WORDS)
        fprintf(out, " -x -a '%s'", option->words);
    else if (option->kind == VALUE_FILE || option->kind == VALUE_FOLDER)
        fputs(" -r -F", out);
    else if (option->kind != VALUE_NONE)
        fputs(" -x", out);
    fputs(" -d ", out);
    fish_text(option->help, out);
    fputc('\n', out);
}

void completion_fish(FILE *out)
{
    const Verb *verb;
    fputs("# Completion of strata for fish, made by `strata completion fish`.\n", out);
    for (int i = 0; (verb = verb_row(i)); i++) {
        fprintf(out, "complete -c strata -n __fish_use_subcommand -f -a %s -d ", verb->name);
        fish_text(verb->summary, out);
        fputc('\n', out);
    }
    for (int i = 0; (verb = verb_row(i)); i++) {
        for (const Option *option = verb->options; option && option->name; option++)
            fish_option(verb, option, out);
        fprintf(out, "complete -c strata -n '__fish_seen_subcommand_from %s' -l help -s h -d 'say what this does'\n", verb->name);
        if (verb->operand_kind == VALUE_WORDS)
            fprintf(out, "complete -c strata -n '__fish_seen_subcommand_from %s' -a '%s'\n", verb->name, verb->operand_words);
        else if (verb->operand_kind != VALUE_FILE)
            fprintf(out, "complete -c strata -n '__fish_seen_subcommand_from %s' -f\n", verb->name);
    }
}

static ExitCode run_completion(const Arguments *arguments)
{
    const char *shell = arguments->operands[0];
    if (strcmp(shell, "bash") == 0)
        completion_bash(stdout);
    else if (strcmp(shell, "zsh") == 0)
        completion_zsh(stdout);
    else
        completion_fish(stdout);
    return EXIT_DONE;
}

const Verb verb_completion = {
    .name = "completion",
    .operands = "bash|zsh|fish",
    .summary = "write the completion script of a shell",
    .description = "An installed Strata has these scripts where the shells look for them. For one that is not installed, read the "
                   "output in the shell's start-up file.",
    .examples = "source <(strata completion bash)",
    .least = 1,
    .most = 1,
    .operand_kind = VALUE_WORDS,
    .operand_words = "bash zsh fish",
    .run = run_completion,
};
