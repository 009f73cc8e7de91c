/* Settings of a definition: positional, then named, then defaults. A default sees the settings before it. */
#include "elaborate/elaborator.h"

#include <string.h>

/* The settings of a definition: the parameters without a type (those with one are inputs of a net). */
typedef struct Settings {
    const Definition *definition;
    const AstParameter **items;
    const Argument **given;
    int64_t count;
} Settings;

static Settings gather_settings(Elaborator *e, const Definition *definition)
{
    const Ast *ast = definition->ast;
    Settings settings = {.definition = definition};
    settings.items = arena_take(e->arena, (size_t)ast->definition.count * sizeof(AstParameter *));
    settings.given = arena_zero(e->arena, (size_t)ast->definition.count, sizeof(Argument *));
    for (int64_t i = 0; i < ast->definition.count; i++)
        if (!ast->definition.parameters[i].type)
            settings.items[settings.count++] = &ast->definition.parameters[i];
    return settings;
}

static int64_t find_setting(const Settings *settings, const char *name)
{
    for (int64_t i = 0; i < settings->count; i++)
        if (strcmp(settings->items[i]->name.text, name) == 0)
            return i;
    return -1;
}

static bool unknown_setting(Elaborator *e, const Settings *settings, const Argument *argument)
{
    const char **names = arena_take(e->arena, (size_t)(settings->count + 1) * sizeof *names);
    for (int64_t i = 0; i < settings->count; i++)
        names[i] = settings->items[i]->name.text;
    const char *near = suggest_setting(argument->name, names, settings->count);
    Diagnostic *diagnostic =
        complain(e, 401, argument->name_span, "`%s` has no setting `%s`", settings->definition->name, argument->name);
    show_definition(e, diagnostic, settings->definition);
    if (near)
        help(e, diagnostic, "did you mean `%s`?", near);
    else if (strcmp(argument->name, "activation") == 0)
        help(e, diagnostic, "an activation is a layer of its own: `%s(...) |> relu`", settings->definition->name);
    return false;
}

static bool too_many(Elaborator *e, const Settings *settings, const Argument *argument)
{
    const char *name = settings->definition->name;
    Diagnostic *diagnostic;
    if (settings->count == 0)
        diagnostic = complain(e, 404, argument->span, "`%s` has no settings, got %s", name, describe(e, argument->value));
    else
        diagnostic = complain(e, 404, argument->span, "`%s` has %lld setting%s; this is one more", name, (long long)settings->count,
                              settings->count == 1 ? "" : "s");
    show_definition(e, diagnostic, settings->definition);
    return false;
}

static bool place_argument(Elaborator *e, Settings *settings, const Argument *argument, int64_t *next)
{
    int64_t index;
    if (argument->name) {
        index = find_setting(settings, argument->name);
        if (index < 0)
            return unknown_setting(e, settings, argument);
    } else {
        index = (*next)++;
        if (index >= settings->count)
            return too_many(e, settings, argument);
    }
    if (settings->given[index]) {
        show_definition(e,
                        complain(e, 403, argument->name ? argument->name_span : argument->span, "the setting `%s` is given twice",
                                 settings->items[index]->name.text),
                        settings->definition);
        return false;
    }
    settings->given[index] = argument;
    return true;
}

static bool missing_setting(Elaborator *e, const Settings *settings, int64_t index, SourceSpan span)
{
    const char *name = settings->definition->name;
    if (settings->definition->ast->kind == AST_NET)
        return false; /* a setting of a net without a default was reported where it is declared */
    Diagnostic *diagnostic = complain(e, 402, span, "`%s` needs `%s`", name, settings->items[index]->name.text);
    show_definition(e, diagnostic, settings->definition);
    help(e, diagnostic, "write `%s(...)` with a value for `%s`", name, settings->items[index]->name.text);
    return false;
}

bool bind_settings(Elaborator *e, const Definition *definition, Arguments arguments, SourceSpan span, View *view)
{
    Settings settings = gather_settings(e, definition);
    int64_t next = 0;
    bool fine = true;
    for (int64_t i = 0; i < arguments.count && next <= settings.count; i++)
        fine &= place_argument(e, &settings, &arguments.items[i], &next);
    for (int64_t i = 0; i < settings.count && fine; i++)
        if (!settings.given[i] && !settings.items[i]->value)
            fine = missing_setting(e, &settings, i, span);
    if (!fine)
        return false;
    View bound = locals_make(e, (View){definition->unit->root, 0}, definition->unit, settings.count);
    for (int64_t i = 0; i < settings.count; i++) {
        Object value = settings.given[i] ? settings.given[i]->value : evaluate(e, settings.items[i]->value, bound);
        if (value.kind == OBJECT_ERROR)
            return false;
        bound = locals_bind(e, bound, settings.items[i]->name.text, value);
    }
    *view = bound;
    return true;
}
