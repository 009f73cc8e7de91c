/* The table of paths of strata scatter; see scatter.h. */
#include "tool/output.h"
#include "tool/scatter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE = 2048, ROW = 1 + 4 * SCATTER_ORDER };

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

/* The sizes behind that of the samples. */
static void print_shape(const StrataTensor *features, FILE *file)
{
    fputs("\"shape\": [", file);
    for (int axis = 1; axis < strata_tensor_rank(features); axis++)
        fprintf(file, "%s%" PRId64, axis == 1 ? "" : ", ", strata_tensor_size(features, axis));
    fputs("],\n", file);
}

/* As the channels of the result stand: all paths of the first channel, then of the second. */
static void print_averaged(const Scatter *scatter, const StrataTensor *features, const StrataTensor *table, FILE *file)
{
    const double *rows = strata_tensor_data_const(table);
    int64_t count = strata_tensor_size(table, 0), width = strata_tensor_size(table, 1);
    fputs(" ", file);
    print_shape(features, file);
    fputs(" \"paths\": [", file);
    for (int64_t i = 0; i < scatter->channels * count; i++) {
        fputs(i == 0 ? "\n  " : ",\n  ", file);
        print_path(scatter, i / count, rows + i % count * width, file);
    }
    fputs("]}\n", file);
}

/* ---- Unaveraged moduli: the net says which path each of an array's channels is ---- */

/* A number that the net says of a channel, of its wavelet `step` where `step` is not 0; -1 where it says none. */
static double said(const StrataPaths *paths, int64_t channel, const char *field, int step)
{
    char name[32];
    snprintf(name, sizeof name, step > 0 ? "%s%d" : "%s", field, step);
    for (int64_t i = 0; i < paths->columns; i++)
        if (strcmp(paths->names[i], name) == 0)
            return (double)paths->entries[channel * paths->columns + i];
    return -1;
}

/* Field `field` of wavelet `n` at place `step` of a path: that of any path which has it there. */
static double of_wavelet(const Scatter *scatter, const StrataTensor *table, int field, int step, double n)
{
    const double *row = strata_tensor_data_const(table);
    int64_t width = strata_tensor_size(table, 1);
    for (int64_t i = 0; i < strata_tensor_size(table, 0); i++, row += width)
        if ((int)row[0] > step && row[1 + step] == n)
            return row[1 + field * scatter->order + step];
    return -1;
}

/* A channel of an array as a row like those of scatter_table. */
static void fill_row(const Scatter *scatter, const StrataPaths *paths, int64_t channel, const StrataTensor *table, double *row)
{
    row[0] = said(paths, channel, "order", 0);
    for (int step = 0; step < (int)row[0]; step++)
        for (int field = 0; fields_of(scatter)[field]; field++) {
            double *entry = &row[1 + field * scatter->order + step];
            *entry = field < 2 ? said(paths, channel, fields_of(scatter)[field], step + 1)
                               : of_wavelet(scatter, table, field, step, row[1 + step]);
        }
}

static void print_array(const Scatter *scatter, int index, const StrataTensor *features, const StrataTensor *table, FILE *file)
{
    StrataPaths paths = {0};
    double row[ROW] = {0};
    strata_net_output_paths(scatter->session.net, index, &paths);
    fprintf(file, "%s\n  {\"name\": \"j%d\", ", index == 0 ? "" : ",", scatter->levels[index]);
    print_shape(features, file);
    fputs("   \"paths\": [", file);
    for (int64_t i = 0; i < paths.rows; i++) {
        fill_row(scatter, &paths, i, table, row);
        fputs(i == 0 ? "\n    " : ",\n    ", file);
        print_path(scatter, (int64_t)said(&paths, i, "channel", 0), row, file);
    }
    fputs("]}", file);
}

static void print_table(const Scatter *scatter, const StrataTensorSet *features, const StrataTensor *table, FILE *file)
{
    char expression[SCATTER_EXPRESSION];
    scatter_expression(scatter, expression);
    fputs("{\"layer\": ", file);
    output_json_text(file, expression + strlen("x |> "));
    fputs(",\n", file);
    print_sources(scatter, file);
    if (!scatter->unaveraged) {
        print_averaged(scatter, strata_tensor_set_tensor(features, 0), table, file);
        return;
    }
    fputs(" \"arrays\": [", file);
    for (int i = 0; i < scatter->level_count; i++)
        print_array(scatter, i, strata_tensor_set_tensor(features, i), table, file);
    fputs("]}\n", file);
}

bool scatter_paths(Scatter *scatter, const char *path, const StrataTensorSet *features)
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
