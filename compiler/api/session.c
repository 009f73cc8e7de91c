/* Sessions: their log of changes, undoing, options. See session.h. */
#include "api/session.h"

#include "syntax/parse.h"

#include <string.h>

StrataSession *strata_session_make(const StrataContext *context, StrataDiagnostics *diagnostics)
{
    enum { FIRST_COMPACTION = 1000 };
    if (!context)
        return NULL;
    StrataSession *session = object_make(context, sizeof *session, diagnostics);
    if (!session)
        return NULL;
    session->context = *context;
    session->options = (StrataSessionOptions){.threads = 1};
    session->compact_at = FIRST_COMPACTION;
    return session;
}

void strata_session_release(StrataSession *session)
{
    if (!session)
        return;
    StrataAllocator allocator = session->context.allocator;
    session_drop_programs(session);
    for (int64_t i = 0; i < session->count; i++)
        change_drop(session, &session->changes[i]);
    for (int64_t i = 0; i < RESULT_LIMIT; i++)
        value_drop(session, &session->results[i]);
    allocator_give(&allocator, session->changes, (size_t)session->capacity, sizeof *session->changes);
    allocator_give(&allocator, session, 1, sizeof *session);
}

StrataSessionOptions strata_session_options(const StrataSession *session)
{
    return session->options;
}

void strata_session_set_options(StrataSession *session, StrataSessionOptions options)
{
    options.threads = options.threads < 1 ? 1 : options.threads;
    session->options = options;
}

/* ---- Memory ---- */

bool string_keep(StrataSession *session, const char *bytes, size_t length, OwnString *result, StrataDiagnostics *diagnostics)
{
    *result = (OwnString){.bytes = allocator_take(&session->context.allocator, length + 1, 1), .length = length};
    if (!result->bytes)
        return diagnostics_memory(diagnostics);
    memcpy(result->bytes, bytes, length);
    result->bytes[length] = '\0';
    return true;
}

void string_drop(StrataSession *session, OwnString *string)
{
    if (string->bytes)
        allocator_give(&session->context.allocator, string->bytes, string->length + 1, 1);
    *string = (OwnString){0};
}

void value_drop(StrataSession *session, SessionValue *value)
{
    for (int64_t i = 0; i < value->count; i++)
        strata_tensor_release(value->tensors[i].tensor);
    if (value->tensors)
        allocator_give(&session->context.allocator, value->tensors, (size_t)value->count, sizeof *value->tensors);
    string_drop(session, &value->name);
    string_drop(session, &value->literal);
    *value = (SessionValue){0};
}

void change_drop(StrataSession *session, SessionChange *change)
{
    string_drop(session, &change->file);
    string_drop(session, &change->text);
    string_drop(session, &change->names);
    value_drop(session, &change->value);
    strata_tensor_set_release(change->weights);
    *change = (SessionChange){0};
}

bool session_add(StrataSession *session, SessionChange *change, StrataDiagnostics *diagnostics)
{
    if (session->count >= session->compact_at)
        session_compact(session);
    if (session->count == session->capacity) {
        const StrataAllocator *allocator = &session->context.allocator;
        int64_t capacity = session->capacity ? 2 * session->capacity : 16;
        SessionChange *grown = allocator->resize(allocator->context, session->changes, (size_t)session->capacity * sizeof *grown,
                                                 (size_t)capacity * sizeof *grown);
        if (!grown) {
            change_drop(session, change);
            return diagnostics_memory(diagnostics);
        }
        session->changes = grown;
        session->capacity = capacity;
    }
    session->changes[session->count++] = *change;
    return true;
}

const char *value_tensor_name(Arena *arena, const SessionValue *value, int64_t index)
{
    return value->literal.bytes ? arena_printf(arena, "_%s_%lld", value->name.bytes, (long long)index) : value->name.bytes;
}

/* ---- Answers ---- */

StrataAnswer *answer_make(const StrataSession *session, StrataAnswerKind kind, StrataDiagnostics *diagnostics)
{
    StrataAnswer *answer = object_make(&session->context, sizeof *answer, diagnostics);
    if (!answer)
        return NULL;
    answer->context = session->context;
    answer->kind = kind;
    answer->text = "";
    arena_init(&answer->arena, &answer->context.allocator);
    return answer;
}

void strata_answer_release(StrataAnswer *answer)
{
    if (!answer)
        return;
    for (int64_t i = 0; i < answer->count; i++)
        strata_tensor_release(answer->tensors[i].tensor);
    StrataAllocator allocator = answer->context.allocator;
    arena_release(&answer->arena);
    allocator_give(&allocator, answer, 1, sizeof *answer);
}

StrataAnswerKind strata_answer_kind(const StrataAnswer *answer)
{
    return answer->kind;
}

const char *strata_answer_text(const StrataAnswer *answer)
{
    return answer->text;
}

const char *strata_answer_name(const StrataAnswer *answer)
{
    return answer->name;
}

bool strata_answer_value(const StrataAnswer *answer, int64_t index, StrataAnswerValue *result)
{
    if (index < 0 || index >= answer->count)
        return false;
    *result = (StrataAnswerValue){
        .path = answer->paths[index], .tensor = answer->tensors[index].tensor, .batched = answer->tensors[index].batched};
    if (answer->classes) {
        result->classes = answer->classes[index].count;
        result->labels = answer->classes[index].names;
    }
    return true;
}

/* ---- Undoing ---- */

static void print_change(const SessionChange *change, Text *out)
{
    switch (change->kind) {
    case CHANGE_SOURCE:
        text_add(out, change->text.bytes);
        break;
    case CHANGE_VALUE:
        text_add(out, change->text.bytes ? change->text.bytes : change->value.name.bytes);
        break;
    case CHANGE_WEIGHTS:
        text_printf(out, "the weights of %s", change->file.bytes);
        break;
    }
}

StrataText *strata_session_undo(StrataSession *session, StrataDiagnostics *diagnostics)
{
    while (session->count > 0 && session->changes[session->count - 1].initial)
        change_drop(session, &session->changes[--session->count]);
    if (session->count == 0)
        return NULL;
    StrataText *text = text_object(&session->context, diagnostics);
    if (!text)
        return NULL;
    if (ARENA_TRY(&text->arena) != 0)
        return text_failed(text, diagnostics);
    print_change(&session->changes[session->count - 1], &text->text);
    change_drop(session, &session->changes[--session->count]);
    return text;
}

bool strata_session_is_complete(const StrataSession *session, const char *text, size_t length)
{
    Arena arena;
    arena_init(&arena, &session->context.allocator);
    /* Without memory to look, what follows says so. */
    bool complete = ARENA_TRY(&arena) != 0 || parse_is_complete(&arena, text, length);
    arena_release(&arena);
    return complete;
}
