/* Entering a line into a session: what it is, its definitions or its value. */
#include "api/session.h"

#include "elaborate/function.h"
#include "syntax/parse.h"
#include "syntax/token.h"

#include <string.h>

/* An input under way. `module` is the last one that was loaded for it. */
typedef struct Entry {
    StrataSession *session;
    StrataDiagnostics *diagnostics;
    const char *file;
    const char *text;
    size_t length;
    StrataModule *module;
    StrataAnswer *answer;
    SessionValue value; /* that is to be named */
    SessionChange change;
} Entry;

/* ---- What it is ---- */

typedef enum EntryKind { ENTRY_EMPTY, ENTRY_EXPRESSION, ENTRY_LET, ENTRY_ITEMS } EntryKind;

static bool is_word(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && memcmp(text, word, length) == 0;
}

/* How many entries there are is seen by a `SEP` that something follows. */
static EntryKind kind_of(Arena *arena, const char *text, size_t length)
{
    static const char *const items[] = {"use", "layer", "net", "data", "assert", "train"};
    SourceTable sources = source_table_make(arena);
    int32_t file = source_add(&sources, "", text, length, false);
    Diagnostics said = diagnostics_make(arena, &sources);
    TokenFilter filter = filter_make(arena, NULL, &sources, file);
    Token first = filter_next(&filter);
    if (first.kind == T_END || first.span.start == first.span.end)
        return ENTRY_EMPTY;
    size_t word_length;
    const char *word = token_text(&sources, first.span, &word_length);
    if (is_word(word, word_length, "let")) {
        const AstFile *parsed = parse_file(arena, &said, file);
        return parsed->items.count == 1 && parsed->items.items[0]->kind == AST_LET ? ENTRY_LET : ENTRY_ITEMS;
    }
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
        if (is_word(word, word_length, items[i]))
            return ENTRY_ITEMS;
    return ENTRY_EXPRESSION;
}

/* ---- Definitions ---- */

static const char *word_of(const Ast *item)
{
    switch (item->kind) {
    case AST_LET:
        return "let";
    case AST_LAYER:
        return "layer";
    case AST_NET:
        return "net";
    case AST_DATA:
        return "data";
    default:
        return NULL;
    }
}

/* Items without a name, of an input that has no others: "use std.wavelet". */
static void describe_others(Text *out, const char *source, const Ast *item)
{
    if (item->kind == AST_ASSERT)
        text_printf(out, "%sthe assertion holds", out->length ? ", " : "");
    else if (item->kind == AST_TRAIN)
        text_printf(out, "%strain %s", out->length ? ", " : "", item->train.as.text ? item->train.as.text : item->train.net.text);
    else if (item->kind == AST_USE)
        text_printf(out, "%s%.*s", out->length ? ", " : "", (int)(item->span.end - item->span.start), source + item->span.start);
}

static void describe_names(Text *out, const char *const *names, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        text_printf(out, "%s%s", i ? ", " : "", names[i]);
}

/* Names of the definitions of a source; `more`: it has items without a name. */
static int64_t names_of(Arena *arena, const AstFile *file, const char ***names, bool *more)
{
    *names = arena_take(arena, (size_t)(file->items.count + 1) * sizeof **names);
    int64_t count = 0;
    for (int64_t i = 0; i < file->items.count; i++) {
        if (word_of(file->items.items[i]))
            (*names)[count++] = file->items.items[i]->definition.name.text;
        else
            *more = true;
    }
    return count;
}

/* What the definitions are, whether they were there before, and who needs them: "layer block again; lenet needs it". */
static const char *describe_definitions(Entry *entry, const AstFile *file, Arena *arena)
{
    Text text = text_make(arena), others = text_make(arena);
    const char **again = arena_take(arena, (size_t)(file->items.count + 1) * sizeof *again);
    int64_t again_count = 0;
    for (int64_t i = 0; i < file->items.count; i++) {
        const Ast *item = file->items.items[i];
        if (!word_of(item))
            continue;
        const char *name = item->definition.name.text;
        bool before = session_definition(entry->session, name) != NULL;
        text_printf(&text, "%s%s %s%s", text.length ? ", " : "", word_of(item), name, before ? " again" : "");
        if (before)
            again[again_count++] = name;
    }
    for (int64_t i = 0; text.length == 0 && i < file->items.count; i++)
        describe_others(&others, entry->text, file->items.items[i]);
    if (text.length == 0)
        text = others;
    const char **dependents;
    int64_t count = again_count ? module_dependents(entry->module->module, again, again_count, &dependents) : 0;
    if (count > 0) {
        text_add(&text, ": changes ");
        describe_names(&text, dependents, count);
    }
    return arena_duplicate(&entry->answer->arena, text_string(&text));
}

/* Keeps a source as a change. */
static bool keep_source(Entry *entry, const char *const *names, int64_t count, bool more)
{
    StrataSession *session = entry->session;
    entry->change = (SessionChange){.kind = CHANGE_SOURCE, .has_more = more};
    Arena *arena = &entry->answer->arena;
    Text all = text_make(arena);
    for (int64_t i = 0; i < count; i++)
        text_add_bytes(&all, names[i], strlen(names[i]) + 1);
    bool good = string_keep(session, entry->file, strlen(entry->file), &entry->change.file, entry->diagnostics) &&
                string_keep(session, entry->text, entry->length, &entry->change.text, entry->diagnostics) &&
                string_keep(session, text_string(&all), all.length, &entry->change.names, entry->diagnostics);
    if (!good) {
        change_drop(session, &entry->change);
        return false;
    }
    good = session_add(session, &entry->change, entry->diagnostics);
    entry->change = (SessionChange){0};
    return good;
}

/* Definitions that need what is defined again are checked too: what is wrong with them now is said, but the new definition stands. */
static void check_dependents(Entry *entry)
{
    module_ready(entry->module);
    module_check(entry->module->module);
    diagnostics_copy(entry->diagnostics, &entry->module->diagnostics);
}

/* Inside the recovery point of the module's arena. */
static bool define(Entry *entry)
{
    StrataModule *module = entry->module;
    Arena *arena = &module->arena;
    module_check_newest(module->module);
    diagnostics_copy(entry->diagnostics, &module->diagnostics);
    if (module->diagnostics.errors > 0)
        return false;
    SourceTable sources = source_table_make(arena);
    Diagnostics said = diagnostics_make(arena, &sources);
    const AstFile *file = parse_file(arena, &said, source_add(&sources, entry->file, entry->text, entry->length, false));
    const char **names;
    bool more = false;
    int64_t count = names_of(arena, file, &names, &more);
    entry->answer->arena.recovery = arena->recovery;
    entry->answer->text = describe_definitions(entry, file, arena);
    if (strstr(entry->answer->text, ": changes "))
        check_dependents(entry);
    return keep_source(entry, names, count, more);
}

static bool enter_items(Entry *entry)
{
    Trial trial = {entry->file, entry->text, entry->length};
    entry->module = session_load(entry->session, &trial, false, entry->diagnostics);
    entry->answer = answer_make(entry->session, STRATA_ANSWER_DEFINED, entry->diagnostics);
    if (!entry->module || !entry->answer)
        return false;
    if (ARENA_TRY(&entry->module->arena) != 0)
        return diagnostics_memory(entry->diagnostics);
    return define(entry);
}

/* ---- Values ---- */

static bool is_part_of_name(char character)
{
    return character == '_' || (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z');
}

static bool is_plain_name(const char *name)
{
    bool fine = *name && !(*name >= '0' && *name <= '9');
    for (const char *at = name; *at; at++)
        fine = fine && is_part_of_name(*at);
    return fine;
}

static void print_string(const char *string, Text *out)
{
    text_add_character(out, '"');
    for (const char *at = string; *at; at++) {
        if (*at == '"' || *at == '\\')
            text_add_character(out, '\\');
        if (*at == '\n')
            text_add(out, "\\n");
        else
            text_add_character(out, *at);
    }
    text_add_character(out, '"');
}

static bool print_literal(Object object, const char *name, int64_t *tensors, Text *out);

static bool print_items(const List *list, const char *name, int64_t *tensors, Text *out)
{
    text_add_character(out, '[');
    for (int64_t i = 0; i < list->count; i++) {
        text_add(out, i ? ", " : "");
        if (!print_literal(list->items[i], name, tensors, out))
            return false;
    }
    text_add_character(out, ']');
    return true;
}

static bool print_fields(const Record *record, const char *name, int64_t *tensors, Text *out)
{
    text_add_character(out, '{');
    for (int64_t i = 0; i < record->count; i++) {
        if (!is_plain_name(record->names[i]))
            return false;
        text_printf(out, "%s%s: ", i ? ", " : "", record->names[i]);
        if (!print_literal(record->values[i], name, tensors, out))
            return false;
    }
    text_add_character(out, '}');
    return true;
}

/* The tensor's name; with the records of its channels, where there are some and not too many. */
static bool print_tensor(const Tensor *tensor, const char *name, int64_t *tensors, Text *out)
{
    enum { MOST_RECORDS = 10000 };
    long long number = (*tensors)++;
    const List *rows = tensor->rows;
    if (!rows || rows->count > MOST_RECORDS) {
        text_printf(out, "_%s_%lld", name, number);
        return true;
    }
    text_printf(out, "labelled(_%s_%lld, ", name, number);
    bool good = print_items(rows, name, tensors, out);
    text_add_character(out, ')');
    return good;
}

/* An expression that has this value, over tensors named after `name` as value_tensor_name does; false when there is none. */
static bool print_literal(Object object, const char *name, int64_t *tensors, Text *out)
{
    enum { LONGEST_LITERAL = 1 << 20 };
    if (out->length > LONGEST_LITERAL)
        return false;
    switch (object.kind) {
    case OBJECT_NUMBER:
        if (!(object.number - object.number == 0))
            return false; /* no number of the language is infinite */
        text_printf(out, object.number < 0 ? "(%.17g)" : "%.17g", object.number);
        return true;
    case OBJECT_BOOLEAN:
        text_add(out, object.boolean ? "true" : "false");
        return true;
    case OBJECT_STRING:
        print_string(object.string, out);
        return true;
    case OBJECT_SHAPE:
        object_print(out->arena, object, out);
        return true;
    case OBJECT_LIST:
        return print_items(object.list, name, tensors, out);
    case OBJECT_RECORD:
        return print_fields(object.record, name, tensors, out);
    case OBJECT_TENSOR:
        return print_tensor(object.tensor, name, tensors, out);
    default:
        return false;
    }
}

/* Paths of the tensors of a value: "", "conv1", "[2].x". */
static void add_paths(Arena *arena, Object object, const char *path, const char **paths, int64_t *count)
{
    if (object.kind == OBJECT_TENSOR)
        paths[(*count)++] = path;
    for (int64_t i = 0; object.kind == OBJECT_LIST && i < object.list->count; i++)
        add_paths(arena, object.list->items[i], arena_printf(arena, "%s[%lld]", path, (long long)i), paths, count);
    for (int64_t i = 0; object.kind == OBJECT_RECORD && i < object.record->count; i++)
        add_paths(arena, object.record->values[i], arena_printf(arena, path[0] ? "%s.%s" : "%s%s", path, object.record->names[i]),
                  paths, count);
}

static void count_tensor(void *context, Tensor *tensor)
{
    (void)tensor;
    ++*(int64_t *)context;
}

/* The classes of each tensor of a value, copied into the answer. */
typedef struct ClassesOf {
    Arena *arena;
    AnswerClasses *rows;
    int64_t count;
} ClassesOf;

static void add_classes(void *context, Tensor *tensor)
{
    ClassesOf *of = context;
    AnswerClasses *row = &of->rows[of->count++];
    row->count = tensor->classes;
    if (!tensor->labels)
        return;
    row->names = arena_take(of->arena, (size_t)tensor->classes * sizeof *row->names);
    for (int64_t i = 0; i < tensor->classes; i++)
        row->names[i] = arena_duplicate(of->arena, tensor->labels[i]);
}

static StrataAnswerKind answer_kind(StrataModule *module, Object object, int64_t tensors)
{
    if (object.kind == OBJECT_FUNCTION && session_has_net(module, object.function->name))
        return STRATA_ANSWER_NET;
    if (object.kind == OBJECT_FUNCTION)
        return STRATA_ANSWER_FUNCTION;
    if (object.kind == OBJECT_DATA)
        return STRATA_ANSWER_DATA;
    return tensors > 0 ? STRATA_ANSWER_TENSORS : STRATA_ANSWER_KNOWN;
}

static void fill_text(Entry *entry, Object object)
{
    StrataAnswer *answer = entry->answer;
    if (answer->kind == STRATA_ANSWER_TENSORS)
        return;
    Text text = text_make(&answer->arena), table = text_make(&answer->arena);
    if (answer->kind == STRATA_ANSWER_NET)
        text_add(&text, object.function->name);
    else if (object_print_table(&answer->arena, object, &table))
        text_printf(&text, "\n%s", text_string(&table));
    else
        object_print(&answer->arena, object, &text);
    answer->text = text_string(&text);
}

/* The tensors of a value, with their paths; runs what is not known. Inside the recovery point of the answer's arena. */
static bool fill_tensors(Entry *entry, const Evaluated *evaluated, int64_t count)
{
    StrataAnswer *answer = entry->answer;
    answer->paths = arena_zero(&answer->arena, (size_t)count + 1, sizeof *answer->paths);
    answer->tensors = arena_zero(&answer->arena, (size_t)count + 1, sizeof *answer->tensors);
    int64_t named = 0;
    add_paths(&answer->arena, *evaluated->value, "", answer->paths, &named);
    ClassesOf classes = {.arena = &answer->arena, .rows = arena_zero(&answer->arena, (size_t)count + 1, sizeof *answer->classes)};
    object_tensors(*evaluated->value, add_classes, &classes);
    answer->classes = classes.rows;
    answer->count = count;
    return true;
}

/* Copies the answer's tensors into the value that is to be named; its literal has been printed. */
static bool keep_value(Entry *entry, const char *name, const Text *literal)
{
    StrataSession *session = entry->session;
    const StrataAnswer *answer = entry->answer;
    SessionValue *value = &entry->value;
    /* a tensor by itself needs no literal: its name is enough, unless its channels have names too */
    bool single = answer->count == 1 && answer->paths[0][0] == '\0' && literal->start[0] == '_';
    if (!string_keep(session, name, strlen(name), &value->name, entry->diagnostics))
        return false;
    if (!single && !string_keep(session, literal->start, literal->length, &value->literal, entry->diagnostics))
        return false;
    if (answer->count > 0) {
        value->tensors = allocator_take_zero(&session->context.allocator, (size_t)answer->count, sizeof *value->tensors);
        if (!value->tensors)
            return diagnostics_memory(entry->diagnostics);
        value->count = answer->count;
    }
    for (int64_t i = 0; i < value->count; i++)
        value->tensors[i] = (SessionTensor){strata_tensor_retain(answer->tensors[i].tensor), answer->tensors[i].batched};
    return true;
}

/* The result becomes `_3`. */
static void keep_result(Entry *entry)
{
    StrataSession *session = entry->session;
    SessionValue *place = &session->results[session->result_count % RESULT_LIMIT];
    value_drop(session, place);
    *place = entry->value;
    entry->value = (SessionValue){0};
    session->result_count++;
}

/* The value of a `let` becomes a change. */
static bool keep_binding(Entry *entry)
{
    StrataSession *session = entry->session;
    SessionChange change = {.kind = CHANGE_VALUE};
    if (!string_keep(session, entry->text, entry->length, &change.text, entry->diagnostics))
        return false;
    change.value = entry->value;
    entry->value = (SessionValue){0};
    return session_add(session, &change, entry->diagnostics);
}

/* Names the value: as its `let` says, or as the next result. What has no literal, a function say, stays without a name. */
static bool name_value(Entry *entry, const Evaluated *evaluated)
{
    StrataAnswer *answer = entry->answer;
    const char *name = evaluated->binding;
    if (!name)
        name = arena_printf(&answer->arena, "_%lld", (long long)entry->session->result_count + 1);
    else
        name = arena_duplicate(&answer->arena, name);
    Text literal = text_make(&answer->arena);
    int64_t tensors = 0;
    if (!print_literal(*evaluated->value, name, &tensors, &literal))
        return true;
    text_string(&literal);
    if (!keep_value(entry, name, &literal))
        return false;
    answer->name = name;
    if (evaluated->binding)
        return keep_binding(entry);
    keep_result(entry);
    return true;
}

/* The value that was found, inside the recovery points of module and answer. */
static bool answer_value(Entry *entry, const Evaluated *evaluated)
{
    int64_t count = 0;
    object_tensors(*evaluated->value, count_tensor, &count);
    entry->answer->kind = answer_kind(entry->module, *evaluated->value, count);
    fill_text(entry, *evaluated->value);
    return fill_tensors(entry, evaluated, count);
}

/* Whether a text mentions a result: `_`, `_12`. */
static bool mentions_result(const char *text)
{
    for (const char *at = text; *at; at++) {
        if (*at != '_' || (at > text && is_part_of_name(at[-1])))
            continue;
        size_t digits = strspn(at + 1, "0123456789");
        if (!is_part_of_name(at[1 + digits]))
            return true;
    }
    return false;
}

/* Whether a `let` is to be evaluated now: it depends on what is not known while elaborating, or on values of the session. */
static bool is_live(const Entry *entry, const Evaluated *evaluated)
{
    return evaluated->graph->output_count > 0 || evaluated->uses_tensors || mentions_result(entry->text);
}

static bool evaluate_entry(Entry *entry, Evaluated *evaluated)
{
    NamedTensors tensors = {.find = session_find_tensor, .context = entry->session};
    StrataModule *module = entry->module;
    bool good = module_evaluate(module->module, entry->file, entry->text, entry->length, tensors, evaluated);
    diagnostics_copy(entry->diagnostics, &module->diagnostics);
    return good;
}

typedef enum Outcome { OUTCOME_FAILED, OUTCOME_VALUE, OUTCOME_DEFINITION } Outcome;

static Outcome enter_value(Entry *entry, EntryKind kind)
{
    entry->module = session_load(entry->session, NULL, true, entry->diagnostics);
    entry->answer = answer_make(entry->session, STRATA_ANSWER_KNOWN, entry->diagnostics);
    if (!entry->module || !entry->answer)
        return OUTCOME_FAILED;
    Evaluated evaluated;
    if (ARENA_TRY(&entry->module->arena) != 0) {
        diagnostics_memory(entry->diagnostics);
        return OUTCOME_FAILED;
    }
    entry->answer->arena.recovery = entry->module->arena.recovery;
    if (!evaluate_entry(entry, &evaluated))
        return OUTCOME_FAILED;
    if (kind == ENTRY_LET && !is_live(entry, &evaluated))
        return OUTCOME_DEFINITION;
    if (!answer_value(entry, &evaluated) ||
        !session_compute(entry->session, entry->module, &evaluated, entry->answer->tensors, entry->diagnostics))
        return OUTCOME_FAILED;
    if (ARENA_TRY(&entry->answer->arena) != 0) { /* computing has set the other one elsewhere */
        diagnostics_memory(entry->diagnostics);
        return OUTCOME_FAILED;
    }
    return name_value(entry, &evaluated) ? OUTCOME_VALUE : OUTCOME_FAILED;
}

/* ---- Entering ---- */

/* Gives back what an entry made; its answer is left to the caller when it was good. */
static StrataAnswer *finish(Entry *entry, bool good)
{
    StrataAnswer *answer = good ? entry->answer : NULL;
    value_drop(entry->session, &entry->value);
    change_drop(entry->session, &entry->change);
    strata_module_release(entry->module);
    if (!good)
        strata_answer_release(entry->answer);
    return answer;
}

static bool enter(Entry *entry, EntryKind kind)
{
    if (kind == ENTRY_EMPTY) {
        entry->answer = answer_make(entry->session, STRATA_ANSWER_NOTHING, entry->diagnostics);
        return entry->answer != NULL;
    }
    if (kind == ENTRY_ITEMS)
        return enter_items(entry);
    Outcome outcome = enter_value(entry, kind);
    if (outcome != OUTCOME_DEFINITION)
        return outcome == OUTCOME_VALUE;
    strata_module_release(entry->module);
    strata_answer_release(entry->answer);
    entry->module = NULL;
    entry->answer = NULL;
    return enter_items(entry);
}

StrataAnswer *strata_session_enter(StrataSession *session, const char *name, const char *text, size_t length,
                                   StrataDiagnostics *diagnostics)
{
    if (!session || !name || !text)
        return NULL;
    StrataText *scratch = text_object(&session->context, diagnostics);
    if (!scratch)
        return NULL;
    Entry entry = {.session = session, .diagnostics = diagnostics, .file = name};
    if (ARENA_TRY(&scratch->arena) != 0)
        return (StrataAnswer *)text_failed(scratch, diagnostics);
    const char *start = arena_string(&scratch->arena, text, length);
    if (strncmp(start + strspn(start, " \t\n"), "|>", 2) == 0)
        start = arena_printf(&scratch->arena, "_ %s", start);
    EntryKind kind = kind_of(&scratch->arena, start, strlen(start));
    entry.text = start;
    entry.length = strlen(start);
    StrataAnswer *answer = finish(&entry, enter(&entry, kind));
    strata_text_release(scratch);
    return answer;
}

StrataAnswer *strata_session_open(StrataSession *session, const char *path, StrataDiagnostics *diagnostics)
{
    if (!session || !path)
        return NULL;
    Buffer source = {0};
    StrataError error;
    if (!source_read(&session->context, path, &source, &error)) {
        buffer_release(&source, &session->context.allocator);
        if (error.status == STRATA_MEMORY)
            diagnostics_failure(diagnostics, &error);
        else
            diagnostics_say(diagnostics, error.status, error.code, "cannot read %s: %s", path, error.message);
        return NULL;
    }
    Entry entry = {.session = session, .diagnostics = diagnostics, .file = path, .text = source.bytes, .length = source.length};
    StrataAnswer *answer = finish(&entry, enter_items(&entry));
    buffer_release(&source, &session->context.allocator);
    return answer;
}

bool strata_session_bind(StrataSession *session, const char *name, StrataTensor *tensor, bool batched,
                         StrataDiagnostics *diagnostics)
{
    if (!session || !name || !tensor)
        return false;
    if (!is_plain_name(name))
        return diagnostics_say(diagnostics, STRATA_USAGE, 0, "`%s` is no name", name);
    if (batched && strata_tensor_rank(tensor) == 0)
        return diagnostics_say(diagnostics, STRATA_USAGE, 0, "a tensor of rank 0 is no batch");
    SessionChange change = {.kind = CHANGE_VALUE};
    if (!string_keep(session, name, strlen(name), &change.value.name, diagnostics))
        return false;
    change.value.tensors = allocator_take_zero(&session->context.allocator, 1, sizeof *change.value.tensors);
    if (!change.value.tensors) {
        change_drop(session, &change);
        return diagnostics_memory(diagnostics);
    }
    change.value.count = 1;
    change.value.tensors[0] = (SessionTensor){strata_tensor_retain(tensor), batched};
    return session_add(session, &change, diagnostics);
}
