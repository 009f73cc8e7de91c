/* The way from a command line to a program that runs; see session.h. */
#include "tool/session.h"

#include "tool/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { E_SETTING_FORM = 1207, E_WEIGHTS_NEEDED = 729, E_MAP_FORM = 1208, SOURCE_LIMIT = 8 << 20, MAP_LIMIT = 1 << 24 };

bool session_begin(Session *session, const Arguments *arguments)
{
    *session = (Session){.arguments = arguments, .allocator = strata_default_allocator()};
    session->context = strata_context_make(&session->allocator);
    session->diagnostics = session->context ? strata_diagnostics_make(session->context) : NULL;
    if (session->diagnostics)
        return true;
    strata_context_release(session->context);
    message_error(1090, "out of memory");
    return false;
}

void session_print(Session *session)
{
    bool colour = colour_errors();
    StrataDiagnostic entry;
    for (int64_t i = 0; strata_diagnostics_get(session->diagnostics, i, &entry); i++)
        fputs(colour ? entry.coloured : entry.text, stderr);
    strata_diagnostics_clear(session->diagnostics);
}

ExitCode session_end(Session *session)
{
    ExitCode code = exit_code(strata_diagnostics_status(session->diagnostics));
    code = code == EXIT_DONE ? session->failed : code;
    session_print(session);
    strata_tensor_set_release(session->inputs);
    strata_workspace_release(session->workspace);
    strata_program_release(session->program);
    strata_weights_release(session->weights);
    strata_net_release(session->net);
    strata_module_release(session->module);
    strata_diagnostics_release(session->diagnostics);
    strata_context_release(session->context);
    return code;
}

bool session_module(Session *session, const char *path)
{
    if (strcmp(path, "-") != 0) {
        session->module = strata_module_load(session->context, path, session->diagnostics);
        return session->module != NULL;
    }
    size_t length;
    char *text = input_read(SOURCE_LIMIT, &length);
    if (!text)
        return false;
    session->module = strata_module_load_text(session->context, "<stdin>", text, length, session->diagnostics);
    free(text);
    return session->module != NULL;
}

/* ---- Nets ---- */

/* `NAME=VALUE` in two: both to be freed as one block at `*name`. */
static bool split_pair(const char *word, char **name, char **value)
{
    const char *equals = strchr(word, '=');
    if (!equals || equals == word || !equals[1])
        return false;
    *name = strdup(word);
    if (!*name)
        return false;
    *value = *name + (equals - word) + 1;
    (*value)[-1] = '\0';
    return true;
}

static int count_given(const Arguments *arguments, const char *name)
{
    int count = 0;
    while (arguments_nth(arguments, name, count))
        count++;
    return count;
}

static bool has_option(const Arguments *arguments, const char *name)
{
    for (const Option *option = arguments->verb->options; option && option->name; option++)
        if (strcmp(option->name, name) == 0)
            return true;
    return false;
}

StrataSetting *session_settings(Session *session, int *count)
{
    const Arguments *arguments = session->arguments;
    int wanted = count_given(arguments, "set");
    StrataSetting *settings = calloc((size_t)wanted + 1, sizeof *settings);
    if (!settings)
        session->failed = message_error(1090, "out of memory");
    for (*count = 0; settings && *count < wanted; ++*count) {
        char *name, *value;
        const char *word = arguments_nth(arguments, "set", *count);
        if (!split_pair(word, &name, &value)) {
            session->failed = usage_error(arguments->verb, E_SETTING_FORM, "--set takes NAME=VALUE, got '%s'", word);
            session_settings_release(settings, *count);
            return NULL;
        }
        settings[*count] = (StrataSetting){.name = name, .value = value};
    }
    return settings;
}

void session_settings_release(StrataSetting *settings, int count)
{
    for (int i = 0; settings && i < count; i++)
        free((char *)settings[i].name);
    free(settings);
}

bool session_net(Session *session)
{
    const Arguments *arguments = session->arguments;
    int count;
    StrataSetting *settings = session_settings(session, &count);
    if (!settings)
        return false;
    StrataNetOptions options = {.net = arguments_value(arguments, "net", NULL),
                                .settings = settings,
                                .setting_count = count,
                                .training = has_option(arguments, "training") && arguments_has(arguments, "training")};
    session->net = strata_net_make(session->module, &options, session->diagnostics);
    session_settings_release(settings, count);
    return session->net != NULL;
}

/* ---- Weights ---- */

/* The pairs of a name map; strings are blocks of their own, the value behind its name. */
typedef struct Pairs {
    StrataNamePair *items;
    int64_t count;
    int64_t capacity;
    bool by_order; /* `--map order` */
} Pairs;

static bool pairs_add(Pairs *pairs, const char *word)
{
    if (pairs->count == pairs->capacity) {
        int64_t capacity = pairs->capacity ? 2 * pairs->capacity : 16;
        StrataNamePair *grown = realloc(pairs->items, (size_t)capacity * sizeof *grown);
        if (!grown)
            return false;
        pairs->items = grown;
        pairs->capacity = capacity;
    }
    char *name, *value;
    if (!split_pair(word, &name, &value))
        return false;
    pairs->items[pairs->count++] = (StrataNamePair){.weight = name, .foreign = value};
    return true;
}

static void pairs_release(Pairs *pairs)
{
    for (int64_t i = 0; i < pairs->count; i++)
        free((char *)pairs->items[i].weight);
    free(pairs->items);
}

/* Cuts blanks and a comment off a line of a map file. */
static char *trimmed(char *line)
{
    line[strcspn(line, "#\r\n")] = '\0';
    line += strspn(line, " \t");
    size_t length = strlen(line);
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\t'))
        line[--length] = '\0';
    return line;
}

/* A file of lines `weight = name`; blanks around the sign are allowed. */
static bool pairs_read(Pairs *pairs, const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        message_error(E_MAP_FORM, "--map takes OURS=THEIRS, `order`, or a file of such lines; '%s' is none of them", path);
        return false;
    }
    char *line = NULL;
    size_t room = 0;
    bool good = true;
    for (int number = 1; good && getline(&line, &room, file) >= 0; number++) {
        char *text = trimmed(line), *equals = strchr(text, '=');
        if (!*text)
            continue;
        if (equals) {
            char *value = trimmed(equals + 1);
            *equals = '\0';
            size_t length = strlen(trimmed(text));
            memmove(text + length + 1, value, strlen(value) + 1);
            text[length] = '=';
        }
        good = equals && pairs_add(pairs, text);
        if (!good)
            message_error(E_MAP_FORM, "%s:%d: a line of a map is `weight=name`", path, number);
    }
    free(line);
    fclose(file);
    return good;
}

static bool pairs_collect(Pairs *pairs, const Arguments *arguments)
{
    const char *word;
    for (int i = 0; (word = arguments_nth(arguments, "map", i)); i++) {
        if (strcmp(word, "order") == 0)
            pairs->by_order = true;
        else if (!strchr(word, '=')) {
            if (!pairs_read(pairs, word))
                return false;
        } else if (!pairs_add(pairs, word)) {
            message_error(E_MAP_FORM, "--map takes OURS=THEIRS, got '%s'", word);
            return false;
        }
    }
    return true;
}

static bool read_weights(Session *session, const char *path)
{
    const Arguments *arguments = session->arguments;
    Pairs pairs = {0};
    if (pairs_collect(&pairs, arguments)) {
        StrataWeightsOptions options = {.pairs = pairs.items,
                                        .pair_count = pairs.count,
                                        .by_order = pairs.by_order,
                                        .ignore_left_over = arguments_has(arguments, "ignore-left-over")};
        session->weights = strata_weights_read(session->net, path, &options, session->diagnostics);
        if (session->weights)
            session_print(session); /* what was paired by order */
    }
    pairs_release(&pairs);
    return session->weights != NULL;
}

bool session_weights(Session *session)
{
    const Arguments *arguments = session->arguments;
    const char *path = arguments_value(arguments, "weights", NULL);
    if (path)
        return read_weights(session, path);
    StrataValue weight;
    bool wanted = strata_net_weight(session->net, 0, &weight) || strata_net_state(session->net, 0, &weight);
    if (wanted && !arguments_has(arguments, "seed")) {
        message_error(E_WEIGHTS_NEEDED, "%s has weights, and none are given", strata_net_name(session->net));
        message_help("--weights FILE reads them; --seed N takes the values that training starts from");
        return false;
    }
    uint64_t seed = (uint64_t)arguments_number(arguments, "seed", 0);
    session->weights = strata_weights_initialise(session->net, seed, session->diagnostics);
    return session->weights != NULL;
}

StrataFrame *session_frame(Session *session, bool exact)
{
    const Arguments *arguments = session->arguments;
    const char *path = arguments_value(arguments, "weights", NULL);
    if (path)
        read_weights(session, path);
    else
        session->weights =
            strata_weights_initialise(session->net, (uint64_t)arguments_number(arguments, "seed", 0), session->diagnostics);
    return session->weights ? strata_net_frame(session->net, session->weights, exact, session->diagnostics) : NULL;
}

/* ---- Programs ---- */

bool session_program(Session *session, const char *const *values, int64_t value_count, int64_t batch)
{
    const Arguments *arguments = session->arguments;
    bool precise = strcmp(arguments_value(arguments, "precision", "single"), "double") == 0;
    StrataProgramOptions options = {.precision = precise ? STRATA_DOUBLE : STRATA_SINGLE,
                                    .tile = has_option(arguments, "batch") ? arguments_number(arguments, "batch", 0) : 0,
                                    .batch = batch,
                                    .values = values,
                                    .value_count = value_count,
                                    .exact = arguments_has(arguments, "exact")};
    session->program = strata_program_make(session->net, session->weights, &options, session->diagnostics);
    if (!session->program)
        return false;
    int threads = (int)arguments_number(arguments, "threads", 1);
    session->workspace = strata_workspace_make(session->program, threads, session->diagnostics);
    return session->workspace != NULL;
}

static bool wants_compiling(const Session *session, int64_t samples)
{
    const char *engine = arguments_value(session->arguments, "engine", NULL);
    if (engine)
        return strcmp(engine, "jit") == 0;
    return strata_program_gains(session->program, samples);
}

static void say_engine(const Session *session, const StrataText *report)
{
    if (!arguments_has(session->arguments, "verbose"))
        return;
    message_note("engine: %s", report ? "jit" : "interpreter");
    if (report)
        fputs(strata_text_bytes(report), stderr);
}

/* Who asks for compiled kernels gets those that pay over a data set: not of a handful of numbers. */
enum { SAMPLES_OF_A_DATA_SET = 50000 };

bool session_engine(Session *session, int64_t samples)
{
    if (!wants_compiling(session, samples)) {
        say_engine(session, NULL);
        return true;
    }
    bool asked = arguments_has(session->arguments, "engine");
    StrataText *report = strata_program_compile(session->program, asked ? SAMPLES_OF_A_DATA_SET : samples, session->diagnostics);
    if (!report && !asked) { /* the interpreter does it as well: why not the other is for who wants to know */
        if (arguments_has(session->arguments, "verbose"))
            session_print(session);
        strata_diagnostics_clear(session->diagnostics);
    }
    if (report || !asked)
        say_engine(session, report);
    strata_text_release(report);
    return report || !asked;
}
