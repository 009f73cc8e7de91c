/* Programs that a session keeps, so that a line which runs the same net again needs no plan, and finds it compiled: LLVM works behind the first line that ran
 * it (strata_program_compile_behind). The same net is one with the same Graph, by the hash of its text, and the same weights. */
#include "api/session.h"

#include "base/sha256.h"

#include <string.h>

/* A net that runs this often pays for its compilation: as often as who thinks about a model looks at a data set. */
enum { SAMPLES_OF_A_DATA_SET = 50000 };

/* What all kept programs may take together, in bytes, besides the newest. */
static const int64_t most_kept = 256 << 20;

/* ---- Which one ---- */

/* Everything besides weights that a program depends on. */
static bool find_key(const StrataSession *session, const StrataNet *net, int64_t batch, char key[SHA256_TEXT])
{
    Arena arena;
    arena_init(&arena, &session->context.allocator);
    bool good = ARENA_TRY(&arena) == 0;
    if (good) {
        Text text = text_make(&arena);
        text_printf(&text, "%d %d %llu %lld\n", session->options.precision, net->graph->training,
                    (unsigned long long)session->options.seed, (long long)batch);
        graph_print(net->graph, NULL, &text, NULL);
        sha256_text(text.start, text.length, key);
    }
    arena_release(&arena);
    return good;
}

/* Adds what the session knows of a weight or a state to a set. */
static bool add_known(StrataSession *session, const StrataNet *net, const char *name, const Type *type, StrataTensorSet *known,
                      StrataError *error)
{
    StrataTensor *tensor = session_known_weight(session, net, name, type);
    return !tensor || strata_tensor_set_find(known, name) || strata_tensor_set_add(known, name, tensor, error);
}

/* The weights and states of a net that the session knows: all others have their initial values. */
static StrataTensorSet *find_known(StrataSession *session, const StrataNet *net, StrataError *error)
{
    const Graph *graph = net->graph;
    StrataTensorSet *known = strata_tensor_set_make(&session->context.allocator, error);
    bool good = known != NULL;
    for (int64_t i = 0; good && i < graph->weight_count; i++)
        good = add_known(session, net, graph->weights[i].name, &graph->weights[i].type, known, error);
    for (int64_t i = 0; good && i < graph->state_count; i++)
        good = add_known(session, net, graph->states[i].name, &graph->states[i].type, known, error);
    if (good)
        return known;
    strata_tensor_set_release(known);
    return NULL;
}

/* The very same tensors, which both sets keep, so that an address stands for one tensor. */
static bool same_tensors(const StrataTensorSet *a, const StrataTensorSet *b)
{
    bool same = strata_tensor_set_count(a) == strata_tensor_set_count(b);
    for (int64_t i = 0; same && i < strata_tensor_set_count(a); i++)
        same = strata_tensor_set_tensor(a, i) == strata_tensor_set_tensor(b, i);
    return same;
}

/* ---- Keeping them, the newest first ---- */

static void drop(SessionProgram *kept)
{
    strata_program_release(kept->program);
    strata_tensor_set_release(kept->known);
    *kept = (SessionProgram){0};
}

void session_drop_programs(StrataSession *session)
{
    for (int i = 0; i < PROGRAM_LIMIT; i++)
        drop(&session->programs[i]);
}

static void move_to_front(StrataSession *session, int index)
{
    SessionProgram found = session->programs[index];
    memmove(&session->programs[1], &session->programs[0], (size_t)index * sizeof found);
    session->programs[0] = found;
}

/* Drops the oldest ones, as many as make room for `bytes`. */
static void make_room(StrataSession *session, int64_t bytes)
{
    for (int i = 0; i < PROGRAM_LIMIT; i++) {
        if (!session->programs[i].program)
            continue;
        bytes += strata_program_memory(session->programs[i].program).program;
        if (bytes > most_kept || i == PROGRAM_LIMIT - 1)
            drop(&session->programs[i]);
    }
}

/* Keeps a new program, which the session then owns, as it does the tensors. */
static void keep(StrataSession *session, const char *key, StrataProgram *program, StrataTensorSet *known)
{
    make_room(session, strata_program_memory(program).program);
    move_to_front(session, PROGRAM_LIMIT - 1);
    memcpy(session->programs[0].key, key, SHA256_TEXT);
    session->programs[0].program = program;
    session->programs[0].known = known;
}

static bool find(StrataSession *session, const char *key, const StrataTensorSet *known)
{
    for (int i = 0; i < PROGRAM_LIMIT; i++) {
        const SessionProgram *kept = &session->programs[i];
        if (!kept->program || strcmp(kept->key, key) != 0 || !same_tensors(kept->known, known))
            continue;
        move_to_front(session, i);
        return true;
    }
    return false;
}

/* ---- Their use ---- */

static StrataProgram *make(StrataSession *session, StrataNet *net, int64_t batch, StrataDiagnostics *diagnostics)
{
    StrataWeights *weights = strata_session_weights(session, net, diagnostics);
    StrataProgramOptions options = {.precision = session->options.precision, .batch = batch};
    StrataProgram *program = strata_program_make(net, weights, &options, diagnostics);
    strata_weights_release(weights);
    return program;
}

StrataProgram *session_program(StrataSession *session, StrataNet *net, int64_t batch, StrataDiagnostics *diagnostics)
{
    char key[SHA256_TEXT];
    StrataError error;
    if (!find_key(session, net, batch, key)) {
        diagnostics_memory(diagnostics);
        return NULL;
    }
    StrataTensorSet *known = find_known(session, net, &error);
    if (!known) {
        diagnostics_failure(diagnostics, &error);
        return NULL;
    }
    if (find(session, key, known)) {
        strata_tensor_set_release(known);
        return session->programs[0].program;
    }
    StrataProgram *program = make(session, net, batch, diagnostics);
    if (program)
        keep(session, key, program, known);
    else
        strata_tensor_set_release(known);
    return program;
}

static StrataProgram *compiling_program(const StrataSession *session)
{
    for (int i = 0; i < PROGRAM_LIMIT; i++)
        if (session->programs[i].program && strata_program_compiling(session->programs[i].program) == STRATA_COMPILING)
            return session->programs[i].program;
    return NULL;
}

void session_compile_behind(StrataSession *session)
{
    StrataProgram *program = session->programs[0].program;
    if (session->options.interpret || session->programs[0].compiled_behind)
        return;
    if (!program || !strata_program_gains(program, SAMPLES_OF_A_DATA_SET) || compiling_program(session))
        return;
    session->programs[0].compiled_behind = true;
    strata_program_compile_behind(program, SAMPLES_OF_A_DATA_SET, NULL);
}

StrataSessionEngine strata_session_engine(const StrataSession *session)
{
    return (StrataSessionEngine){.compiled = session->ran_compiled, .compiling = compiling_program(session) != NULL};
}

void strata_session_wait(StrataSession *session)
{
    StrataProgram *program = compiling_program(session);
    if (program)
        strata_program_wait(program);
}
