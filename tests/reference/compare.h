/* What programs that compare with published results share: the error of a result, and what the library said. */
#ifndef TESTS_REFERENCE_COMPARE_H
#define TESTS_REFERENCE_COMPARE_H

#include "strata.h"

/* The largest difference over the largest entry that is wanted; infinite when the numbers of entries differ. `mean`: what is wanted is the mean
 * of the entries. */
double compare(const StrataTensor *result, const StrataTensor *wanted, bool mean);

/* Prints all entries and clears the list. */
void print_diagnostics(StrataDiagnostics *diagnostics);

#endif
