/* Manual pages, in the macros of man(7). */
#include "tool/help.h"

#include "strata.h"

#include <string.h>

/* Text with what roff would take for itself escaped: backslashes, hyphens, and dots and quotes at the start of a line. */
static void print_text(const char *text, FILE *out)
{
    bool line_start = true;
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
        line_start = *text == '\n';
    }
}

/* Paragraphs are separated by empty lines. */
static void print_paragraphs(const char *text, FILE *out)
{
    while (*text) {
        const char *end = strstr(text, "\n\n");
        size_t length = end ? (size_t)(end - text) : strlen(text);
        char paragraph[4000];
        snprintf(paragraph, sizeof paragraph, "%.*s", (int)length, text);
        fputs(".PP\n", out);
        print_text(paragraph, out);
        fputc('\n', out);
        text += length + (end ? 2 : 0);
    }
}

static void print_head(const char *name, FILE *out)
{
    fprintf(out, ".TH ");
    for (const char *at = name; *at; at++)
        fputc(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at, out);
    fprintf(out, " 1 \"\" \"Strata %s\" \"Strata\"\n", strata_version());
}

static void print_exit_status(FILE *out)
{
    fputs(".SH EXIT STATUS\n.TP\n0\ndone\n.TP\n1\nthe input is wrong: model, weights, data or a file\n.TP\n2\nthe command line is "
          "wrong\n"
          ".TP\n70\na defect of Strata\n.TP\n130\ninterrupted\n",
          out);
}

static void print_option(const Option *option, FILE *out)
{
    fputs(".TP\n", out);
    if (option->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
    fputs("\\fB\\-\\-", out);
    print_text(option->name, out);
    fputs("\\fR", out);
    if (option->placeholder) {
        fputs(" \\fI", out);
        print_text(option->placeholder, out);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    print_text(option->help, out);
    fputs(option->repeated ? "; may be repeated\n" : "\n", out);
}

void manual_print(const Verb *verb, FILE *out)
{
    char name[100];
    snprintf(name, sizeof name, "strata-%s", verb->name);
    print_head(name, out);
    fprintf(out, ".SH NAME\nstrata\\-%s \\- %s\n.SH SYNOPSIS\n\\fBstrata %s\\fR%s ", verb->name, verb->summary, verb->name,
            verb->options ? " [\\fIOPTION\\fR...]" : "");
    print_text(verb->operands, out);
    fputs("\n.SH DESCRIPTION\n", out);
    print_paragraphs(verb->description, out);
    if (verb->options) {
        fputs(".SH OPTIONS\n", out);
        for (const Option *option = verb->options; option->name; option++)
            print_option(option, out);
    }
    if (verb->examples) {
        fputs(".SH EXAMPLES\n.nf\n", out);
        print_text(verb->examples, out);
        fputs("\n.fi\n", out);
    }
    print_exit_status(out);
    fputs(".SH SEE ALSO\n\\fBstrata\\fR(1)\n", out);
}

void manual_overview(FILE *out)
{
    print_head("strata", out);
    fputs(".SH NAME\nstrata \\- check, explain and run models written in the Strata language\n.SH SYNOPSIS\n"
          "\\fBstrata\\fR \\fIVERB\\fR [\\fIOPTION\\fR...] [\\fIOPERAND\\fR...]\n.SH DESCRIPTION\n.PP\n"
          "A model is a .net file: a declaration of a net whose shapes are all checked before anything runs. Diagnostics go to the "
          "standard error, data to\n"
          "the standard output. Colour is used on a terminal only, and not when NO_COLOR is set.\n.SH VERBS\n",
          out);
    const Verb *verb;
    for (int i = 0; (verb = verb_row(i)); i++) {
        fprintf(out, ".TP\n\\fBstrata\\-%s\\fR(1)\n", verb->name);
        print_text(verb->summary, out);
        fputc('\n', out);
    }
    print_exit_status(out);
    fputs(".SH ENVIRONMENT\n.TP\nNO_COLOR\nwhen set to anything, no colour is used\n", out);
}
