/* The net of strata scatter, said in the language; see scatter.h. */
#include "tool/scatter.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Text that is added to; what there is room for is more than any options give. */
typedef struct Words {
    char *text; /* SCATTER_EXPRESSION bytes */
    int length;
} Words;

static void add(Words *words, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    words->length += vsnprintf(words->text + words->length, (size_t)(SCATTER_EXPRESSION - words->length), format, arguments);
    va_end(arguments);
}

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
static void add_layer(const Scatter *scatter, int64_t order, Words *words)
{
    add(words, "scattering%s%s(J=%" PRId64, scatter->moments ? "_moments" : "", scatter->signals ? "1d" : "2d", scatter->J);
    add(words, scatter->signals ? ", Q=%" PRId64 : ", L=%" PRId64, scatter->signals ? scatter->Q : scatter->L);
    if (scatter->signals && !scatter->moments)
        add(words, ", T=%" PRId64, scatter->T);
    add(words, ", order=%" PRId64, order);
    if (scatter->convention)
        add(words, ", convention=\"%s\"", scatter->convention);
    add(words, "%s%s)", scatter->tight ? ", tight=true" : "", scatter->unaveraged ? ", average=false" : "");
}

void scatter_expression(const Scatter *scatter, char text[SCATTER_EXPRESSION])
{
    Words words = {.text = text};
    add(&words, "x%s |> ",
        !scatter->standardise ? ""
        : scatter->signals    ? " |> standardise(axes=[1], epsilon=1e-6)"
                              : " |> standardise(axes=[1, 2], epsilon=1e-6)");
    if (scatter->renormalise)
        add(&words, "y -> renormalised(y |> ");
    add_layer(scatter, scatter->order, &words);
    if (scatter->renormalise) {
        add(&words, ", abs(y) |> ");
        add_layer(scatter, 0, &words);
        add(&words, ")");
    }
    if (scatter->logarithm && !scatter->unaveraged)
        add(&words, " |> log_coefficients");
}

/* The expression; of unaveraged moduli, which are a list, a record whose fields are the names of the arrays. */
static void write_net(const Scatter *scatter, char text[SCATTER_EXPRESSION])
{
    char expression[SCATTER_EXPRESSION];
    Words words = {.text = text};
    scatter_expression(scatter, expression);
    if (!scatter->unaveraged) {
        add(&words, "%s", expression);
        return;
    }
    add(&words, "{\n  let u = %s\n  let of = s -> %s\n  {", expression,
        scatter->logarithm ? "labelled(s |> log_coefficients, paths(s))" : "s");
    for (int i = 0; i < scatter->level_count; i++)
        add(&words, "%sj%d: of(u[%d])", i == 0 ? "" : ", ", scatter->levels[i], i);
    add(&words, "}\n}");
}

/* How often the moduli of each array are halved: what the last wavelet of some path allows, in time no more often than the averages are. */
static bool find_levels(Scatter *scatter)
{
    bool there[SCATTER_LEVELS] = {false};
    int last = SCATTER_LEVELS - 1;
    for (int level = 0; scatter->signals && level < SCATTER_LEVELS; level++)
        if ((int64_t)1 << level <= scatter->T)
            last = level;
    StrataTensor *table = scatter_table(scatter);
    if (!table)
        return false;
    const double *row = strata_tensor_data_const(table);
    int64_t width = strata_tensor_size(table, 1), j = scatter->signals ? 1 + scatter->order : 1;
    for (int64_t i = 0; i < strata_tensor_size(table, 0); i++, row += width) {
        int order = (int)row[0], level = order > 0 ? (int)row[j + order - 1] : 0;
        there[level < last ? level : last] |= order > 0;
    }
    strata_tensor_release(table);
    for (int level = 0; level < SCATTER_LEVELS; level++)
        if (there[level])
            scatter->levels[scatter->level_count++] = level;
    return true;
}

bool scatter_net(Scatter *scatter, int64_t samples)
{
    Session *session = &scatter->session;
    char text[SCATTER_EXPRESSION];
    scatter->language = strata_session_make(session->context, session->diagnostics);
    if (!enter(scatter, "use std.wavelet") || !bind_sample(scatter) || (scatter->unaveraged && !find_levels(scatter)))
        return false;
    write_net(scatter, text);
    session->net = strata_session_net(scatter->language, text, false, session->diagnostics);
    session->weights = strata_weights_initialise(session->net, 0, session->diagnostics);
    return session->weights && session_program(session, NULL, 0, 0) && session_engine(session, samples);
}
