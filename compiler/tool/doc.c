/* strata doc: the documentation of layers and functions, from their sources. */
#include "tool/markdown.h"
#include "tool/output.h"
#include "tool/session.h"

#include <string.h>

/* Modules of the standard library that a file has to use by name. */
static const char library_modules[] = "use std.wavelet\n";

/* Another file's definitions, or the standard library's alone. */
static bool load(Session *session)
{
    const char *path = arguments_value(session->arguments, "file", NULL);
    if (path)
        return session_module(session, path);
    session->module =
        strata_module_load_text(session->context, "<none>", library_modules, strlen(library_modules), session->diagnostics);
    return session->module != NULL;
}

/* The first sentence of the comment, on one line. */
static void print_first_sentence(const StrataDefinition *definition)
{
    printf("  %-24s ", definition->name);
    for (const char *at = definition->comment; *at && strncmp(at, "\n\n", 2) != 0; at++) {
        putchar(*at == '\n' ? ' ' : *at);
        if (at[0] == '.' && (at[1] == ' ' || at[1] == '\n'))
            break;
    }
    putchar('\n');
}

static void list_definitions(Session *session)
{
    StrataDefinition definition;
    const char *module = "";
    for (int64_t i = 0; strata_module_definition_at(session->module, i, &definition, session->diagnostics); i++) {
        if (strcmp(module, definition.module) != 0)
            printf("%s%s\n", i ? "\n" : "", definition.module);
        module = definition.module;
        print_first_sentence(&definition);
    }
}

/* Everything as a page: a heading for each file of the library and for what is built in, then its definitions. */
static void print_page(Session *session)
{
    StrataDefinition definition;
    const char *last = "";
    for (int64_t i = 0; strata_module_definition_at(session->module, i, &definition, session->diagnostics); i++) {
        const char *place = definition.file ? definition.file : definition.module;
        if (strcmp(last, place) != 0) {
            printf("%s## %s\n\n", i ? "\n" : "", place);
            markdown_text(definition.about);
        }
        last = place;
        putchar('\n');
        markdown_definition(&definition);
    }
}

static ExitCode no_definition(Session *session, const char *name)
{
    const char *names[1000];
    int64_t count = 0;
    StrataDefinition definition;
    while (count < 1000 && strata_module_definition_at(session->module, count, &definition, session->diagnostics))
        names[count++] = definition.name;
    const char *nearest = strata_nearest(name, names, count);
    message_error(1213, "there is no definition '%s'", name);
    if (nearest)
        message_help("did you mean %s?", nearest);
    else
        message_help("`strata doc` lists all");
    return EXIT_WRONG_INPUT;
}

static ExitCode print_definition(Session *session, const char *name)
{
    StrataDefinition definition;
    if (!strata_module_definition(session->module, name, &definition, session->diagnostics))
        return no_definition(session, name);
    printf("%s   (%s)\n\n%s\n", definition.signature, definition.module, definition.comment);
    if (arguments_has(session->arguments, "source"))
        printf("\n%s\n", definition.source);
    return EXIT_DONE;
}

static ExitCode run_doc(const Arguments *arguments)
{
    Session session;
    if (!session_begin(&session, arguments))
        return EXIT_WRONG_INPUT;
    ExitCode code = EXIT_WRONG_INPUT;
    if (load(&session)) {
        code = EXIT_DONE;
        if (arguments_has(arguments, "markdown"))
            print_page(&session);
        else if (arguments->operand_count == 0)
            list_definitions(&session);
        for (int i = 0; i < arguments->operand_count && code == EXIT_DONE; i++) {
            fputs(i ? "\n" : "", stdout);
            code = print_definition(&session, arguments->operands[i]);
        }
    }
    ExitCode status = session_end(&session);
    return status == EXIT_DONE ? code : status;
}

static const Option doc_options[] = {
    {.name = "file", .letter = 'f', .kind = VALUE_FILE, .placeholder = "FILE", .help = "also the definitions of this model"},
    {.name = "source", .letter = 's', .help = "also the whole definition"},
    {.name = "markdown", .help = "everything with signatures and comments, as a page in Markdown"},
    {0},
};

const Verb verb_doc = {
    .name = "doc",
    .operands = "[NAME...]",
    .summary = "say what a layer or function of the language does",
    .description = "The standard library is written in the language itself; this prints the comment above a definition, and with "
                   "--source the definition. Without\n"
                   "a name, everything is listed.",
    .examples = "strata doc conv\nstrata doc --source dense\nstrata doc --file blocks.net residual",
    .options = doc_options,
    .least = 0,
    .most = -1,
    .operand_kind = VALUE_TEXT,
    .run = run_doc,
};
