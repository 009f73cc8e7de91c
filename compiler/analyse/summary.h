/* The table by layer: takes a Graph, gives rows folded by definition, from the tree of origins; and prints it for people and for programs. */
#ifndef STRATA_ANALYSE_SUMMARY_H
#define STRATA_ANALYSE_SUMMARY_H

#include "analyse/analyse.h"
#include "analyse/receptive.h"

/* An applied definition (`conv1`, a `conv`), or an operation that stands in none that is folded. */
typedef struct SummaryRow {
    int level;              /* 0: not inside a row above */
    const char *path;       /* the full name: "conv1", "repeat1.0.residual1"; of an operation "%12", of a weight its name */
    const char *label;      /* the same within the row above */
    const char *definition; /* "conv"; the operation's name; "input" */
    int32_t node;           /* the node of its last value */
    Type output;
    int64_t weights; /* entries of the weights that are met here first; frozen ones among them */
    int64_t frozen;
    int64_t weight_bytes;
    Cost cost; /* of all nodes in it */
    Receptive receptive;
} SummaryRow;

typedef struct Summary {
    const Graph *graph;
    SummaryRow *rows;
    int64_t row_count, row_capacity;
    int64_t weights, frozen, weight_bytes; /* of the whole table of weights, used or not */
    Cost cost;
    int64_t peak_bytes; /* of activations for one sample, as the caller planned it; -1: not known */
} Summary;

typedef struct SummaryOptions {
    int64_t depth;      /* definitions within definitions that are shown: 1, the outermost; 0: all, down to single operations */
    int64_t peak_bytes; /* -1: not known */
} SummaryOptions;

Summary analyse_summary(const Graph *graph, const SummaryOptions *options, Arena *arena);

/* An aligned table of at most SUMMARY_WIDTH columns (names are shortened; only absurdly large numbers make it wider), with totals. */
enum { SUMMARY_WIDTH = 100 };
void summary_print(const Summary *summary, Text *out);

/* The same as one JSON object. */
void summary_print_json(const Summary *summary, Text *out);

#endif
