/* strata plot: what its files share.
 *
 *   plot.c          the verb                 plot_bank.c     filters of a bank in space and in frequency, its Littlewood-Paley sum
 *   plot_scatter.c  coefficients as discs and as scalograms
 */
#ifndef STRATA_TOOL_PLOT_H
#define STRATA_TOOL_PLOT_H

#include "tool/figure.h"
#include "tool/scatter.h"

/* Each fills a figure; false after saying why it cannot. `bank` is a row of the frame that is there. */
bool plot_filters(const StrataFrame *frame, int64_t bank, Figure *figure, StrataDiagnostics *diagnostics);
bool plot_spectrum(const StrataFrame *frame, int64_t bank, Figure *figure, StrataDiagnostics *diagnostics);
bool plot_sum(const StrataFrame *frame, int64_t bank, Figure *figure, StrataDiagnostics *diagnostics);

/* Of the first sample of a file; `scatter` has its options. */
bool plot_discs(Scatter *scatter, const char *path, Figure *figure);
bool plot_scalogram(Scatter *scatter, const char *path, Figure *figure);

#endif
