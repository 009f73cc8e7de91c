/* Running a net by a library that is built of it, for comparison. */
#ifndef TESTS_REFERENCE_LIBRARY_H
#define TESTS_REFERENCE_LIBRARY_H

#include <strata.h>

/* Builds the net in a folder of its own, loads the library, runs it on the inputs, which have the names of the net's, and takes everything away again. The first
 * output, with the shape left out: all numbers in a row. Null after saying why, or with the diagnostics filled. */
StrataTensor *run_library(StrataNet *net, StrataWeights *weights, const StrataTensorSet *inputs, StrataDiagnostics *diagnostics);

#endif
