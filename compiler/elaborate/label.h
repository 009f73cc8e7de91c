/* Tables of paths: what the entries of a tensor's dimension 0 stand for, a record each.
 *
 * `labelled(x, rows)` gives a tensor its rows. Operations that leave dimension 0 alone keep them, those that take parts of it or put it together take
 * parts of them and put them together, any other loses them. A net's output keeps the whole numbers of its rows (PathTable in graph.h). */
#ifndef STRATA_ELABORATE_LABEL_H
#define STRATA_ELABORATE_LABEL_H

#include "elaborate/elaborator.h"

/* The rows of a result, from those of its operands; null when there are none or they contradict each other. */
const List *label_result(Elaborator *e, const OpUse *use, Tensor *const *operands);

/* The rows as a table of the Graph: a column for each field that holds whole numbers, and columns j1, j2, ... for a field j that holds lists of them; null
 * when nothing is left. */
const PathTable *label_table(Elaborator *e, const List *rows);

/* The field of a row that a name means: `j`, or entry 0 of the list `j` for `j1`. False when there is none; `known`: whether the row has such a field at all. */
bool label_field(const Record *row, const char *name, Object *value, bool *known);

#endif
