/* All facts about the filter banks of a net; see frame.h. */
#include "analyse/frame.h"

Frame analyse_frame(const Graph *graph, const double *const *weights, double work, Arena *arena, Arena *scratch)
{
    Frame frame = {.graph = graph};
    frame_know(&frame, weights, arena);
    frame_find(&frame, arena);
    for (int64_t i = 0; i < frame.bank_count; i++) {
        frame_sum(&frame.banks[i], arena);
        frame_measure(&frame.banks[i], scratch);
        frame_subsampled(&frame.banks[i], work, scratch);
    }
    frame_spread(&frame, arena);
    return frame;
}
