/* The net of strata scatter, said in the language, and its table of paths; see scatter.h. */
#include "tool/scatter.h"

#include "tool/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXPRESSION = 512, TABLE = 2048 };

/* ---- The net ---- */

static bool enter(Scatter *scatter, const char *text)
{
    StrataAnswer *answer = strata_session_enter(scatter->language, "scatter", text, strlen(text), scatter->session.diagnostics);
    strata_answer_release(answer);
    return answer != NULL;
}

/* `x` is one sample of zeros: only its shape counts. */
static bool bind_sample(Scatter *scatter)
{
    StrataError error;
    int64_t sizes[4] = {1, scatter->channels, scatter->rows, scatter->columns};
    if (scatter->signals)
        sizes[2] = scatter->columns;
    StrataTensor *x = strata_tensor_make(&scatter->session.allocator, STRATA_FLOAT32, scatter->signals ? 3 : 4, sizes, &error);
    if (!x)
        return message_failure(&error), false;
    bool good = strata_session_bind(scatter->language, "x", x, true, scatter->session.diagnostics);
    strata_tensor_release(x);
    return good;
}

/* The layer with what differs from its defaults. */
static void write_layer(const Scatter *scatter, char *text)
{
    int length = snprintf(text, EXPRESSION, "scattering%s%s(J=%" PRId64, scatter->moments ? "_moments" : "",
                          scatter->signals ? "1d" : "2d", scatter->J);
    if (scatter->signals)
        length += snprintf(text + length, (size_t)(EXPRESSION - length), ", Q=%" PRId64, scatter->Q);
    else
        length += snprintf(text + length, (size_t)(EXPRESSION - length), ", L=%" PRId64, scatter->L);
    if (scatter->signals && !scatter->moments)
        length += snprintf(text + length, (size_t)(EXPRESSION - length), ", T=%" PRId64, scatter->T);
    length += snprintf(text + length, (size_t)(EXPRESSION - length), ", order=%" PRId64, scatter->order);
    if (scatter->convention)
        length += snprintf(text + length, (size_t)(EXPRESSION - length), ", convention=\"%s\"", scatter->convention);
    snprintf(text + length, (size_t)(EXPRESSION - length), "%s)", scatter->tight ? ", tight=true" : "");
}

bool scatter_net(Scatter *scatter, int64_t samples)
{
    Session *session = &scatter->session;
    char layer[EXPRESSION], text[EXPRESSION + 16];
    write_layer(scatter, layer);
    snprintf(text, sizeof text, "x |> %s", layer);
    scatter->language = strata_session_make(session->context, session->diagnostics);
    if (!enter(scatter, "use std.wavelet") || !bind_sample(scatter))
        return false;
    session->net = strata_session_net(scatter->language, text, false, session->diagnostics);
    session->weights = strata_weights_initialise(session->net, 0, session->diagnostics);
    return session->weights && session_program(session, NULL, 0, 0) && session_engine(session, samples);
}

/* ---- The table of paths ---- */

/* What is said of each wavelet of a path, in this order. */
static const char *const picture_fields[] = {"j", "theta", NULL};
static const char *const signal_fields[] = {"n", "j", "xi", "sigma", NULL};

static const char *const *fields_of(const Scatter *scatter)
{
    return scatter->signals ? signal_fields : picture_fields;
}

/* A row for each path: its order, then each field of the wavelets, as many as `order` says, with -1 where the path has none. */
static void write_table(const Scatter *scatter, char *text)
{
    if (!scatter->signals)
        snprintf(text, TABLE,
                 "constant([[p.order] + [if i < p.order then p.j[i] else 0 - 1 for i in 0..%" PRId64 "]"
                 " + [if i < p.order then p.theta[i] else 0 - 1 for i in 0..%" PRId64 "] for p in paths2d(%" PRId64 ", %" PRId64
                 ", %" PRId64 ")])",
                 scatter->order - 1, scatter->order - 1, scatter->J, scatter->L, scatter->order);
    else
        snprintf(text, TABLE,
                 "{\n  let banks = [scales1d(%" PRId64 ", %" PRId64 "), scales1d(%" PRId64 ", 1)]\n"
                 "  let none_there = {xi: 0 - 1, sigma: 0 - 1}\n"
                 "  let of = (p, i) -> if i < p.order then banks[if i == 0 then 0 else 1][p.n[i]] else none_there\n"
                 "  constant([[p.order] + [if i < p.order then p.n[i] else 0 - 1 for i in 0..%" PRId64 "]"
                 " + [if i < p.order then decimation(of(p, i).xi, of(p, i).sigma) else 0 - 1 for i in 0..%" PRId64 "]"
                 " + [of(p, i).xi for i in 0..%" PRId64 "] + [of(p, i).sigma for i in 0..%" PRId64 "]"
                 " for p in paths1d(%" PRId64 ", %" PRId64 ", %" PRId64 ")])\n}",
                 scatter->J, scatter->Q, scatter->J, scatter->order - 1, scatter->order - 1, scatter->order - 1, scatter->order - 1,
                 scatter->J, scatter->Q, scatter->order);
}

StrataTensor *scatter_table(Scatter *scatter)
{
    char text[TABLE];
    StrataError error;
    StrataAnswerValue value;
    StrataSessionOptions options = strata_session_options(scatter->language);
    options.precision = STRATA_DOUBLE;
    strata_session_set_options(scatter->language, options);
    write_table(scatter, text);
    StrataAnswer *answer = strata_session_enter(scatter->language, "scatter", text, strlen(text), scatter->session.diagnostics);
    bool good = answer && strata_answer_value(answer, 0, &value);
    StrataTensor *table = good ? strata_tensor_convert(value.tensor, STRATA_FLOAT64, 1, &error) : NULL;
    if (good && !table)
        message_failure(&error);
    strata_answer_release(answer);
    return table;
}

static void print_sources(const Scatter *scatter, FILE *file)
{
    fputs(" \"sources\": [", file);
    for (int64_t i = 0; i < scatter->sources.count && scatter->samples[i] > 0; i++) {
        fputs(i == 0 ? "\n  {\"file\": " : ",\n  {\"file\": ", file);
        output_json_text(file, scatter->sources.paths[i]);
        fprintf(file, ", \"samples\": %" PRId64 "}", scatter->samples[i]);
    }
    fputs("],\n", file);
}

/* One path of one channel. */
static void print_path(const Scatter *scatter, int64_t channel, const double *row, FILE *file)
{
    int order = (int)row[0];
    fprintf(file, "{\"channel\": %" PRId64 ", \"order\": %d", channel, order);
    for (int field = 0; fields_of(scatter)[field]; field++) {
        fprintf(file, ", \"%s\": [", fields_of(scatter)[field]);
        for (int i = 0; i < order; i++)
            fprintf(file, "%s%.9g", i == 0 ? "" : ", ", row[1 + field * scatter->order + i]);
        fputs("]", file);
    }
    fputs("}", file);
}

/* As the channels of the result stand: all paths of the first channel, then of the second. */
static void print_table(const Scatter *scatter, const StrataTensor *features, const StrataTensor *table, FILE *file)
{
    char layer[EXPRESSION];
    const double *rows = strata_tensor_data_const(table);
    int64_t count = strata_tensor_size(table, 0), width = strata_tensor_size(table, 1);
    write_layer(scatter, layer);
    fputs("{\"layer\": ", file);
    output_json_text(file, layer);
    fputs(",\n \"shape\": [", file);
    for (int axis = 1; axis < strata_tensor_rank(features); axis++)
        fprintf(file, "%s%" PRId64, axis == 1 ? "" : ", ", strata_tensor_size(features, axis));
    fputs("],\n", file);
    print_sources(scatter, file);
    fputs(" \"paths\": [", file);
    for (int64_t i = 0; i < scatter->channels * count; i++) {
        fputs(i == 0 ? "\n  " : ",\n  ", file);
        print_path(scatter, i / count, rows + i % count * width, file);
    }
    fputs("]}\n", file);
}

bool scatter_paths(Scatter *scatter, const char *path, const StrataTensor *features)
{
    char *bytes = NULL;
    size_t length;
    StrataTensor *table = scatter_table(scatter);
    FILE *memory = table ? open_memstream(&bytes, &length) : NULL;
    if (memory)
        print_table(scatter, features, table, memory);
    bool good = memory && fclose(memory) == 0;
    if (table && !good)
        message_error(1090, "out of memory");
    good = good && output_file(path, bytes, length);
    free(bytes);
    strata_tensor_release(table);
    return good;
}
