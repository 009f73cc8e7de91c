/* What programs that compare with published results share. */
#include "reference/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All entries as doubles, to be freed; of one number, the mean over the batch, when the case says so. */
static double *entries_of(const StrataTensor *tensor, bool mean, int64_t *count)
{
    StrataError error;
    StrataTensor *precise = strata_tensor_convert(tensor, STRATA_FLOAT64, 1, &error);
    *count = precise ? strata_tensor_elements(precise) : 0;
    double *entries = calloc((size_t)*count + 1, sizeof *entries);
    if (precise && entries)
        memcpy(entries, strata_tensor_data(precise), (size_t)*count * sizeof *entries);
    strata_tensor_release(precise);
    for (int64_t i = 1; mean && entries && i < *count; i++)
        entries[0] += entries[i];
    if (mean && entries && *count) {
        entries[0] /= (double)*count;
        *count = 1;
    }
    return entries;
}

double compare(const StrataTensor *result, const StrataTensor *wanted, bool mean)
{
    int64_t count, wanted_count;
    double *entries = entries_of(result, mean, &count), *known = entries_of(wanted, false, &wanted_count);
    double largest = 0, difference = 0;
    if (!entries || !known || count != wanted_count)
        difference = INFINITY;
    for (int64_t i = 0; i < count && difference < INFINITY; i++) {
        double one = fabs(entries[i] - known[i]);
        difference = one > difference || isnan(one) ? (isnan(one) ? INFINITY : one) : difference;
        largest = fabs(known[i]) > largest ? fabs(known[i]) : largest;
    }
    free(entries);
    free(known);
    return largest > 0 ? difference / largest : difference;
}

void print_diagnostics(StrataDiagnostics *diagnostics)
{
    StrataDiagnostic entry;
    for (int64_t i = 0; strata_diagnostics_get(diagnostics, i, &entry); i++)
        fputs(entry.text, stdout);
    strata_diagnostics_clear(diagnostics);
}
