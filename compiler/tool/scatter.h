/* strata scatter: what its files share.
 *
 *   scatter.c        the verb: its options, and the way through the data
 *   scatter_read.c   samples from a file
 *   scatter_net.c    the net that the options say
 *   scatter_table.c  its table of paths
 */
#ifndef STRATA_TOOL_SCATTER_H
#define STRATA_TOOL_SCATTER_H

#include "tool/session.h"
#include "tool/sources.h"

/* The most wavelets behind each other; the levels of unaveraged moduli; room for the net as text. */
enum { SCATTER_ORDER = 8, SCATTER_LEVELS = 32, SCATTER_EXPRESSION = 2048 };

/* The options of both verbs, scatter and plot, that say which wavelets: J, L, Q, T. */
#define OPTION_OF_WAVELETS(NAME, LETTER, MOST, HELP)                                                                               \
    {                                                                                                                              \
        .name = (NAME), .letter = (LETTER), .kind = VALUE_NUMBER, .placeholder = "N", .least = 1, .most = (MOST), .help = (HELP)   \
    }

/* What is scattered how. */
typedef struct Scatter {
    Session session;
    StrataSession *language; /* in which the net is said */
    bool signals;            /* over one axis; else over rows and columns */
    int64_t J, Q, L, T, order;
    const char *convention;
    bool tight;      /* filters divided by the root of the Littlewood-Paley sum */
    bool moments;    /* one number a path */
    bool unaveraged; /* the moduli themselves: an array for each level, how often it is halved */
    int levels[SCATTER_LEVELS], level_count;
    bool standardise, renormalise, logarithm; /* before; behind, in this order */
    int64_t channels, rows, columns;          /* of a sample; of a signal, rows is 1 */
    Sources sources;
    int64_t *samples; /* of each source that was read */
} Scatter;

/* The net for samples of this size, planned; compiled where that pays for `samples` of them. False after saying what is wrong. */
bool scatter_net(Scatter *scatter, int64_t samples);

/* The samples of a file: samples x channels x rows x columns, or samples x channels x samples of a signal. Null after saying what is wrong. */
StrataTensor *scatter_read(const Scatter *scatter, const char *path);

/* The paths of one channel, float64: a row for each, its order, and then for each of `fields` the values of its wavelets, -1 where it has none. A
 * picture's fields are j and theta, a signal's n, j, xi and sigma. Null after saying what is wrong. */
StrataTensor *scatter_table(Scatter *scatter);

/* The net as an expression of x. */
void scatter_expression(const Scatter *scatter, char text[SCATTER_EXPRESSION]);

/* Writes the table of paths as JSON. `features` are one row of each result. */
bool scatter_paths(Scatter *scatter, const char *path, const StrataTensorSet *features);

#endif
