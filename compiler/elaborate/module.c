/* A module: its file, the files and library modules that it uses, and the prelude, parsed and with their names collected. */
#include "elaborate/builtin.h"
#include "elaborate/train.h"
#include "embed/embed.h"
#include "syntax/parse.h"

#include <string.h>

enum { USE_DEPTH_LIMIT = 100 };

static Unit *unit_make(Module *module, const char *name, bool library)
{
    Unit *unit = arena_zero(module->arena, 1, sizeof *unit);
    unit->name = name;
    unit->library = library;
    unit->names = map_make(module->arena);
    unit->imported = map_make(module->arena);
    unit->aliases = map_make(module->arena);
    unit->used = map_make(module->arena);
    unit->root = arena_zero(module->arena, 1, sizeof *unit->root);
    unit->root->unit = unit;
    return unit;
}

/* --- definitions ---------------------------------------------------------------------------------------------------------------- */

static void add_definition(Module *module, Unit *unit, const Ast *ast)
{
    const AstName *name = &ast->definition.name;
    const Definition *known = map_get(&unit->names, name->text);
    if (known && known->ast->span.file != ast->span.file && unit == module->main)
        return; /* a later part hides it */
    if (known) {
        Diagnostic *diagnostic = diagnostics_error(module->diagnostics, 302, name->span, "`%s` is defined twice", name->text);
        diagnostic_note(module->diagnostics, diagnostic, known->ast->definition.name.span, "the first definition is here");
        return;
    }
    Definition *definition = arena_zero(module->arena, 1, sizeof *definition);
    *definition = (Definition){.name = name->text, .ast = ast, .unit = unit};
    map_set(&unit->names, name->text, definition);
    if (ast->kind == AST_NET && unit == module->main) {
        module->nets = arena_grow(module->arena, module->nets, module->net_count, &module->net_capacity, sizeof(Definition *));
        module->nets[module->net_count++] = definition;
    }
}

static void collect_names(Module *module, Unit *unit, const AstFile *file)
{
    for (int64_t i = 0; i < file->items.count; i++) {
        const Ast *item = file->items.items[i];
        if (item->kind == AST_LET || item->kind == AST_LAYER || item->kind == AST_NET || item->kind == AST_DATA)
            add_definition(module, unit, item);
    }
}

static AstFile *add_file(Module *module, Unit *unit, const char *name, const char *text, size_t length)
{
    int32_t number = source_add(module->diagnostics->sources, name, text, length, unit->library);
    AstFile *file = parse_file(module->arena, module->diagnostics, number);
    unit->files = arena_grow(module->arena, unit->files, unit->file_count, &unit->file_capacity, sizeof(AstFile *));
    unit->files[unit->file_count++] = file;
    collect_names(module, unit, file);
    return file;
}

/* --- use ------------------------------------------------------------------------------------------------------------------------ */

static void follow_uses(Module *module, Unit *unit);

/* Names that a unit gives to those who use it. Two units that give one name are an error at the second `use`. */
static void import(Module *module, Unit *unit, Unit *from, const Ast *use)
{
    if (map_has(&unit->used, from->name))
        return;
    map_set(&unit->used, from->name, from);
    for (int64_t i = 0; i < from->names.count; i++) {
        const char *name = from->names.entries[i].key;
        Definition *definition = from->names.entries[i].value;
        if (definition->ast->kind == AST_DATA || name[0] == '_')
            continue;
        const Definition *known = map_get(&unit->imported, name);
        if (known && known != definition) {
            Diagnostic *diagnostic = diagnostics_error(module->diagnostics, 305, use->span, "both %s and %s have a `%s`",
                                                       known->unit->name, from->name, name);
            diagnostic_help(module->diagnostics, diagnostic,
                            "give one of them a name: `use \"file.net\" as other`, or define `%s` here", name);
            return;
        }
        map_set(&unit->imported, name, definition);
    }
}

/* Whether a file of the library is a part of the module `name`: NAME.net or NAME_PART.net. */
static bool is_part(const EmbeddedFile *file, const char *name)
{
    size_t length = strlen(name);
    return strncmp(file->name, name, length) == 0 && (file->name[length] == '.' || file->name[length] == '_');
}

/* Whether `use std.NAME` means something: there is NAME.net, which is not the prelude. */
static bool is_library(const char *name)
{
    for (const EmbeddedFile *file = stdlib_files; file->name; file++)
        if (is_part(file, name) && strcmp(file->name + strlen(name), ".net") == 0)
            return strcmp(name, "prelude") != 0;
    return false;
}

/* Modules of the library by the names that `use` knows. */
static void unknown_library(Module *module, const Ast *use, const char *name)
{
    const char **names = NULL;
    int64_t count = 0;
    int64_t capacity = 0;
    for (const EmbeddedFile *file = stdlib_files; file->name; file++) {
        if (is_part(file, "prelude") || strchr(file->name, '_'))
            continue;
        names = arena_grow(module->arena, names, count, &capacity, sizeof *names);
        names[count++] = arena_printf(module->arena, "std.%.*s", (int)(strlen(file->name) - strlen(".net")), file->name);
    }
    Diagnostic *diagnostic = diagnostics_error(module->diagnostics, 306, use->span, "there is no module `%s`", name);
    const char *near = nearest_name(name, names, count);
    if (near)
        diagnostic_help(module->diagnostics, diagnostic, "did you mean `use %s`?", near);
    else
        diagnostic_help(module->diagnostics, diagnostic, "a file is used by its path in quotes: `use \"blocks.net\" as blocks`");
}

static Unit *use_library(Module *module, const Ast *use)
{
    Text path = text_make(module->arena);
    for (int64_t i = 0; i < use->use.count; i++)
        text_printf(&path, i ? ".%s" : "%s", use->use.path[i].text);
    const char *name = text_string(&path);
    Unit *known = map_get(&module->units, name);
    if (known)
        return known;
    const char *part = use->use.count == 2 ? use->use.path[1].text : "";
    if (strcmp(use->use.path[0].text, "std") != 0 || !is_library(part)) {
        unknown_library(module, use, name);
        return NULL;
    }
    Unit *unit = unit_make(module, name, true);
    map_set(&module->units, name, unit);
    for (const EmbeddedFile *file = stdlib_files; file->name; file++)
        if (is_part(file, part))
            add_file(module, unit, arena_printf(module->arena, "std/%s", file->name), file->text, file->length);
    follow_uses(module, unit);
    return unit;
}

/* Length of a path, which ends in `/`, without its last folder; the same length where there is none to leave: "", "/", "../". */
static size_t without_folder(const char *path, size_t length)
{
    size_t start = length > 0 ? length - 1 : 0;
    while (start > 0 && path[start - 1] != '/')
        start--;
    bool climbs = length - start == 3 && strncmp(path + start, "../", 3) == 0;
    return length - start < 2 || climbs ? length : start;
}

/* `folder/path` without `.` and `name/..`, so that one file has one name. */
static const char *join_path(Arena *arena, const char *folder, const char *path)
{
    bool absolute = path[0] == '/' || folder[0] == '\0';
    char *full = absolute ? arena_duplicate(arena, path) : arena_printf(arena, "%s/%s", folder, path);
    size_t length = 0;
    for (const char *at = full; *at;) {
        size_t part = strcspn(at, "/");
        bool rooted = at == full && part == 0;
        bool climbs = part == 2 && strncmp(at, "..", 2) == 0;
        if (climbs && without_folder(full, length) < length) {
            length = without_folder(full, length);
        } else if (rooted || (part > 0 && !(part == 1 && at[0] == '.'))) {
            memmove(full + length, at, part);
            length += part;
            full[length] = at[part];
            length += at[part] == '/';
        }
        at += part + (at[part] == '/');
    }
    full[length] = '\0';
    return full;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *folder_of(Arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == path)
        return "/";
    return slash ? arena_string(arena, path, (size_t)(slash - path)) : "";
}

static const char *read_source(Module *module, const char *path, SourceSpan span, size_t *length)
{
    StrataError error = {0};
    const char *text = NULL;
    if (module->reader.read)
        text = module->reader.read(module->reader.context, module->arena, path, length, &error);
    else
        error_set(&error, STRATA_FILE, 0, "no files can be read here");
    if (!text)
        diagnostics_error(module->diagnostics, 308, span, "cannot read %s: %s", path, error.message);
    return text;
}

static Unit *use_file(Module *module, const Unit *user, const Ast *use)
{
    const char *source = module->diagnostics->sources->files[use->span.file].name;
    const char *path = join_path(module->arena, folder_of(module->arena, source), use->use.file);
    Unit *known = map_get(&module->units, path);
    if (known && known->loading)
        diagnostics_error(module->diagnostics, 307, use->span, "%s uses itself by way of %s", known->name, user->name);
    if (known)
        return known->loading ? NULL : known;
    if (module->arena->total > SOURCE_MEMORY_LIMIT) {
        diagnostics_error(module->diagnostics, 1013, use->span, "the files that are used are too large together");
        return NULL;
    }
    size_t length;
    const char *text = read_source(module, path, use->use.file_span, &length);
    if (!text)
        return NULL;
    Unit *unit = unit_make(module, base_name(path), false);
    map_set(&module->units, path, unit);
    add_file(module, unit, path, text, length);
    follow_uses(module, unit);
    return unit;
}

static void follow_use(Module *module, Unit *unit, const Ast *use)
{
    if (use->use.file && unit->library) {
        diagnostics_error(module->diagnostics, 306, use->span, "a module of the library uses modules of the library only");
        return;
    }
    Unit *used = use->use.file ? use_file(module, unit, use) : use_library(module, use);
    if (!used && use->use.as.text) {
        used = unit_make(module, use->use.as.text, unit->library);
        used->missing = true;
    }
    if (!used)
        return;
    if (use->use.as.text)
        map_set(&unit->aliases, use->use.as.text, used);
    else
        import(module, unit, used, use);
}

static void follow_uses(Module *module, Unit *unit)
{
    if (module->use_depth >= USE_DEPTH_LIMIT) {
        diagnostics_error(module->diagnostics, 1010, no_span, "more than %d files use one another in a chain", USE_DEPTH_LIMIT);
        return;
    }
    module->use_depth++;
    unit->loading = true;
    for (int64_t i = 0; i < unit->file_count; i++)
        for (int64_t k = 0; k < unit->files[i]->items.count; k++)
            if (unit->files[i]->items.items[k]->kind == AST_USE)
                follow_use(module, unit, unit->files[i]->items.items[k]);
    unit->loading = false;
    module->use_depth--;
}

/* --- loading -------------------------------------------------------------------------------------------------------------------- */

static void load_prelude(Module *module)
{
    module->prelude = unit_make(module, "prelude", true);
    for (const EmbeddedFile *file = stdlib_files; file->name; file++)
        if (is_part(file, "prelude"))
            add_file(module, module->prelude, arena_printf(module->arena, "std/%s", file->name), file->text, file->length);
}

/* A module with the prelude, and with a main unit that has no files yet. */
static Module *begin_loading(Arena *arena, Diagnostics *diagnostics, SourceReader reader, const char *path)
{
    Module *module = arena_zero(arena, 1, sizeof *module);
    *module = (Module){.arena = arena, .diagnostics = diagnostics, .reader = reader, .units = map_make(arena)};
    module->elaborator = (Elaborator){.arena = arena, .module = module, .diagnostics = diagnostics};
    module_natives(module);
    load_prelude(module);
    module->main = unit_make(module, base_name(arena_duplicate(arena, path)), false);
    map_set(&module->units, join_path(arena, "", path), module->main);
    return module;
}

/* Follows what the main unit's files use, and looks up the names of all units. */
static Module *end_loading(Module *module)
{
    follow_uses(module, module->main);
    module->unreadable = module->diagnostics->errors > 0;
    for (int64_t i = 0; i < module->units.count && !module->unreadable; i++) {
        Unit *loaded = module->units.entries[i].value;
        if (!loaded->library)
            resolve_unit(&module->elaborator, loaded);
    }
    return module;
}

Module *module_load(Arena *arena, Diagnostics *diagnostics, SourceReader reader, const char *path, const char *text, size_t length)
{
    Module *module = begin_loading(arena, diagnostics, reader, path);
    if (!text)
        text = read_source(module, path, no_span, &length);
    if (!text)
        return module;
    add_file(module, module->main, path, text, length);
    return end_loading(module);
}

/* Turns an array of pointers round. */
static void reverse(void *items, int64_t count)
{
    char *array = items;
    for (int64_t i = 0; i < count / 2; i++) {
        char *low = array + (size_t)i * sizeof(void *), *high = array + (size_t)(count - 1 - i) * sizeof(void *);
        char kept[sizeof(void *)];
        memcpy(kept, low, sizeof kept);
        memcpy(low, high, sizeof kept);
        memcpy(high, kept, sizeof kept);
    }
}

/* The newest part is read first, so that its names are there before those that they hide. */
Module *module_load_parts(Arena *arena, Diagnostics *diagnostics, SourceReader reader, const ModulePart *parts, int64_t count)
{
    Module *module = begin_loading(arena, diagnostics, reader, "session");
    for (int64_t i = count - 1; i >= 0; i--)
        add_file(module, module->main, parts[i].name, parts[i].text, parts[i].length);
    reverse(module->main->files, module->main->file_count);
    reverse(module->nets, module->net_count);
    return end_loading(module);
}

int64_t module_net_count(const Module *module)
{
    return module->net_count;
}

const char *module_net_name(const Module *module, int64_t index)
{
    return module->nets[index]->name;
}
