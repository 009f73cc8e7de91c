/* Reference pages in Markdown: of the verbs, from their rows; of definitions, from their sources. */
#include "tool/markdown.h"

#include <string.h>

/* Text in which nothing means anything to Markdown but what stands between backquotes, which stays. */
static void print_line(const char *text, size_t length)
{
    bool code = false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '`')
            code = !code;
        if (!code && text[i] == '<')
            fputs("&lt;", stdout);
        else if (!code && strchr("*[]|\\", text[i]))
            printf("\\%c", text[i]);
        else
            putchar(text[i]);
    }
}

void markdown_text(const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        print_line(text, length);
        putchar('\n');
        text += length + (text[length] == '\n');
    }
}

static void print_option(const Option *option)
{
    fputs("- ", stdout);
    if (option->letter)
        printf("`-%c`, ", option->letter);
    printf(option->placeholder ? "`--%s %s`: " : "`--%s`: ", option->name, option->placeholder);
    print_line(option->help, strlen(option->help));
    fputs(option->repeated ? " (may be repeated)\n" : "\n", stdout);
}

void markdown_verb(const Verb *verb)
{
    printf("## strata %s\n\n", verb->name);
    printf("```text\nstrata %s%s%s%s\n```\n\n", verb->name, verb->options ? " [OPTION...]" : "", *verb->operands ? " " : "",
           verb->operands);
    markdown_text(verb->description);
    for (const Option *option = verb->options; option && option->name; option++) {
        if (option == verb->options)
            putchar('\n');
        print_option(option);
    }
    if (verb->examples)
        printf("\n```sh\n%s\n```\n", verb->examples);
}

void markdown_definition(const StrataDefinition *definition)
{
    printf("### %s\n\n", definition->name);
    if (strcmp(definition->signature, definition->name) != 0)
        printf("```text\n%s\n```\n\n", definition->signature);
    markdown_text(definition->comment);
}
