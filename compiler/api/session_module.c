/* What counts of a session: the parts of its module, the tensors of its values, its text. */
#include "api/session.h"

#include "syntax/parse.h"

#include <string.h>

/* ---- Which changes count ---- */

/* Calls `each` with every name that a change defines. */
static const char *next_name(const SessionChange *change, const char *name)
{
    const char *next = name ? name + strlen(name) + 1 : change->names.bytes;
    return next && next < change->names.bytes + change->names.length ? next : NULL;
}

static bool defines(const SessionChange *change, const char *name)
{
    if (change->kind == CHANGE_VALUE)
        return strcmp(change->value.name.bytes, name) == 0;
    for (const char *own = next_name(change, NULL); own && change->kind == CHANGE_SOURCE; own = next_name(change, own))
        if (strcmp(own, name) == 0)
            return true;
    return false;
}

const SessionChange *session_definition(const StrataSession *session, const char *name)
{
    for (int64_t i = session->count - 1; i >= 0; i--)
        if (defines(&session->changes[i], name))
            return &session->changes[i];
    return NULL;
}

StrataTensorSet *session_net_weights(const StrataSession *session, const char *net)
{
    for (int64_t i = session->count - 1; i >= 0; i--)
        if (session->changes[i].kind == CHANGE_WEIGHTS && strcmp(session->changes[i].file.bytes, net) == 0)
            return session->changes[i].weights;
    return NULL;
}

/* Notes a name; false when a later change has it. */
static bool is_new(Map *seen, const char *name)
{
    if (map_has(seen, name))
        return false;
    map_set(seen, name, seen);
    return true;
}

/* Whether a change still has something to say, when the later ones have said what is in `seen`; its names are added to that. */
static bool counts(Arena *arena, const SessionChange *change, Map *seen)
{
    if (change->kind == CHANGE_VALUE)
        return is_new(seen, change->value.name.bytes);
    if (change->kind == CHANGE_WEIGHTS)
        return is_new(seen, arena_printf(arena, "weights of %s", change->file.bytes));
    bool any = change->has_more;
    for (const char *name = next_name(change, NULL); name; name = next_name(change, name))
        any = is_new(seen, name) || any;
    return any;
}

/* Which changes count, newest last; the array has an entry for each change. */
static bool *find_counting(const StrataSession *session, Arena *arena)
{
    bool *counting = arena_zero(arena, (size_t)session->count + 1, sizeof *counting);
    Map seen = map_make(arena);
    for (int64_t i = session->count - 1; i >= 0; i--)
        counting[i] = counts(arena, &session->changes[i], &seen);
    return counting;
}

static void drop_others(StrataSession *session, const bool *counting)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < session->count; i++) {
        if (counting[i] || i >= session->count - UNDO_LIMIT)
            session->changes[kept++] = session->changes[i];
        else
            change_drop(session, &session->changes[i]);
    }
    session->count = kept;
}

void session_compact(StrataSession *session)
{
    Arena arena;
    arena_init(&arena, &session->context.allocator);
    if (ARENA_TRY(&arena) == 0) { /* without memory all stay */
        drop_others(session, find_counting(session, &arena));
        session->compact_at = 2 * session->count > session->compact_at ? 2 * session->count : session->compact_at;
    }
    arena_release(&arena);
}

/* ---- The module ---- */

/* The parts under construction. */
typedef struct Parts {
    Arena *arena;
    ModulePart *items;
    int64_t count, capacity;
} Parts;

static void add_part(Parts *parts, const char *name, const char *text, size_t length)
{
    parts->items = arena_grow(parts->arena, parts->items, parts->count, &parts->capacity, sizeof *parts->items);
    parts->items[parts->count++] = (ModulePart){name, text, length};
}

/* A `let` for a value, and one for each of the tensors in it. */
static void add_value(Parts *parts, const SessionValue *value)
{
    Text text = text_make(parts->arena);
    if (value->literal.bytes) {
        for (int64_t i = 0; i < value->count; i++)
            text_printf(&text, "let %s = 0\n", value_tensor_name(parts->arena, value, i));
        text_printf(&text, "let %s = %s\n", value->name.bytes, value->literal.bytes);
    } else {
        text_printf(&text, "let %s = 0\n", value->name.bytes);
    }
    add_part(parts, "a value of the session", text_string(&text), text.length);
}

static void add_results(const StrataSession *session, Parts *parts)
{
    int64_t first = session->result_count > RESULT_LIMIT ? session->result_count - RESULT_LIMIT : 0;
    for (int64_t i = first; i < session->result_count; i++) {
        const SessionValue *value = &session->results[i % RESULT_LIMIT];
        if (!value->name.bytes)
            continue;
        add_value(parts, value);
        char *last = arena_printf(parts->arena, "let _ = %s\n", value->name.bytes);
        add_part(parts, "the last result", last, strlen(last));
    }
}

static void load(StrataSession *session, StrataModule *module, const Trial *trial, bool with_results)
{
    Parts parts = {.arena = &module->arena};
    add_part(&parts, "session", "", 0); /* there is always one */
    if (with_results)
        add_results(session, &parts);
    const bool *counting = find_counting(session, &module->arena);
    for (int64_t i = 0; i < session->count; i++) {
        const SessionChange *change = &session->changes[i];
        if (counting[i] && change->kind == CHANGE_SOURCE)
            add_part(&parts, change->file.bytes, change->text.bytes, change->text.length);
        else if (counting[i] && change->kind == CHANGE_VALUE)
            add_value(&parts, &change->value);
    }
    if (trial)
        add_part(&parts, trial->name, trial->text, trial->length);
    module_load_source(module, parts.items, parts.count);
}

StrataModule *session_load(StrataSession *session, const Trial *trial, bool with_results, StrataDiagnostics *diagnostics)
{
    StrataModule *module = module_object(&session->context, "session", diagnostics);
    if (!module)
        return NULL;
    if (ARENA_TRY(&module->arena) == 0) {
        load(session, module, trial, with_results);
        return module;
    }
    strata_module_release(module);
    diagnostics_memory(diagnostics);
    return NULL;
}

StrataModule *strata_session_module(StrataSession *session, StrataDiagnostics *diagnostics)
{
    return session ? session_load(session, NULL, false, diagnostics) : NULL;
}

bool session_has_net(StrataModule *module, const char *name)
{
    for (int64_t i = 0; name && i < module_net_count(module->module); i++)
        if (strcmp(module_net_name(module->module, i), name) == 0)
            return true;
    return false;
}

/* ---- Tensors of values ---- */

/* The tensor of a value that has this name; the form of value_tensor_name. */
static const SessionTensor *tensor_of(const SessionValue *value, const char *name)
{
    const char *own = value->name.bytes;
    if (!own)
        return NULL;
    if (!value->literal.bytes)
        return strcmp(own, name) == 0 ? &value->tensors[0] : NULL;
    size_t length = strlen(own);
    if (name[0] != '_' || strncmp(name + 1, own, length) != 0 || name[1 + length] != '_')
        return NULL;
    int64_t index = 0;
    for (const char *digit = name + length + 2; *digit; digit++) {
        if (*digit < '0' || *digit > '9' || index > value->count)
            return NULL;
        index = 10 * index + (*digit - '0');
    }
    return index < value->count ? &value->tensors[index] : NULL;
}

const SessionTensor *session_tensor(const StrataSession *session, const char *name)
{
    for (int64_t i = session->count - 1; i >= 0; i--) {
        const SessionChange *change = &session->changes[i];
        const SessionTensor *found = change->kind == CHANGE_VALUE ? tensor_of(&change->value, name) : NULL;
        if (found || defines(change, name))
            return found;
    }
    for (int64_t i = 0; i < RESULT_LIMIT; i++) {
        const SessionTensor *found = tensor_of(&session->results[i], name);
        if (found)
            return found;
    }
    return NULL;
}

static ElementKind element_of(StrataKind kind)
{
    switch (kind) {
    case STRATA_INT32:
    case STRATA_INT64:
    case STRATA_UINT8:
        return ELEMENT_INTEGER;
    case STRATA_BOOL:
        return ELEMENT_BOOLEAN;
    case STRATA_COMPLEX64:
    case STRATA_COMPLEX128:
        return ELEMENT_COMPLEX;
    default:
        return ELEMENT_REAL;
    }
}

/* Entry `index` of the reals of a tensor: complex numbers are pairs. */
static double entry(const void *data, StrataKind kind, int64_t index)
{
    switch (kind) {
    case STRATA_FLOAT32:
    case STRATA_COMPLEX64:
        return ((const float *)data)[index];
    case STRATA_INT32:
        return ((const int32_t *)data)[index];
    case STRATA_INT64:
        return (double)((const int64_t *)data)[index];
    case STRATA_UINT8:
    case STRATA_BOOL:
        return ((const uint8_t *)data)[index];
    default:
        return ((const double *)data)[index];
    }
}

bool session_find_tensor(void *session, Arena *arena, const char *name, Type *type, const double **data)
{
    const SessionTensor *found = session_tensor(session, name);
    if (!found)
        return false;
    StrataKind kind = strata_tensor_kind(found->tensor);
    int skipped = found->batched ? 1 : 0;
    *type = (Type){.element = element_of(kind), .batched = found->batched, .rank = strata_tensor_rank(found->tensor) - skipped};
    for (int axis = 0; axis < type->rank; axis++)
        type->size[axis] = strata_tensor_size(found->tensor, axis + skipped);
    *data = NULL;
    if (found->batched)
        return true;
    int64_t count = type_reals(type);
    double *entries = arena_take(arena, (size_t)(count + 1) * sizeof *entries);
    const void *source = strata_tensor_data_const(found->tensor);
    for (int64_t i = 0; i < count; i++)
        entries[i] = entry(source, kind, i);
    *data = entries;
    return true;
}

/* ---- Its text ---- */

/* Each line of a text as a comment. */
static void add_comment(Text *out, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        text_printf(out, "# %.*s\n", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

/* Whether the change at `index` is the one that says what a name of it stands for. */
static bool is_visible(const StrataSession *session, int64_t index, const Ast *item)
{
    bool named = item->kind == AST_LET || item->kind == AST_LAYER || item->kind == AST_NET || item->kind == AST_DATA;
    return !named || session_definition(session, item->definition.name.text) == &session->changes[index];
}

/* The items of a source that nothing hides, each with the comments above it. */
static void print_items(const StrataSession *session, int64_t index, Text *out)
{
    const SessionChange *change = &session->changes[index];
    SourceTable sources = source_table_make(out->arena);
    Diagnostics said = diagnostics_make(out->arena, &sources);
    int32_t file = source_add(&sources, change->file.bytes, change->text.bytes, change->text.length, false);
    const AstFile *parsed = parse_file(out->arena, &said, file);
    uint32_t end = 0;
    for (int64_t i = 0; i < parsed->items.count; i++) {
        const Ast *item = parsed->items.items[i];
        const char *start = change->text.bytes + end;
        size_t length = item->span.end - end;
        end = item->span.end;
        if (!is_visible(session, index, item))
            continue;
        size_t blank = strspn(start, "\n; ");
        text_printf(out, "%.*s\n", (int)(length - blank), start + blank);
    }
}

static void print_source(const StrataSession *session, Text *out)
{
    const bool *counting = find_counting(session, out->arena);
    for (int64_t i = 0; i < session->count; i++) {
        const SessionChange *change = &session->changes[i];
        if (!counting[i] || !change->text.bytes || change->kind == CHANGE_WEIGHTS)
            continue;
        if (out->length > 0)
            text_add_character(out, '\n');
        if (change->kind == CHANGE_VALUE)
            add_comment(out, change->text.bytes);
        else
            print_items(session, i, out);
    }
}

StrataText *strata_session_source(StrataSession *session, StrataDiagnostics *diagnostics)
{
    if (!session)
        return NULL;
    StrataText *text = text_object(&session->context, diagnostics);
    if (!text)
        return NULL;
    if (ARENA_TRY(&text->arena) != 0)
        return text_failed(text, diagnostics);
    print_source(session, &text->text);
    return text;
}
