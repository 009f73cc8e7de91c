/* Reading samples for strata scatter and strata plot; see scatter.h. */
#include "tool/scatter.h"

enum { E_SAMPLES = 1230 };

/* Samples x channels x rows x columns (or samples). A picture and a sound have channels; another tensor has when it has one dimension more than its samples need. */
static StrataTensor *as_samples(const Scatter *scatter, const char *path, StrataTensor *tensor)
{
    StrataError error;
    int rank = strata_tensor_rank(tensor), space = scatter->signals ? 1 : 2, sizes_before = 0;
    int64_t sizes[4] = {1, 1, 1, 1};
    bool sample = source_is_sample(path);
    if (sample ? rank != space + 1 : rank < space || rank > space + 2) {
        message_error(E_SAMPLES, "%s holds %s: a tensor of %d dimensions", path, scatter->signals ? "no signals" : "no pictures",
                      rank);
        message_help(scatter->signals
                         ? "signals are samples, signals x samples, or signals x channels x samples"
                         : "pictures are rows x columns, pictures x rows x columns, or pictures x channels x rows x columns; "
                           "signals over time take --Q");
        return NULL;
    }
    if (sample)
        sizes_before = 1;
    else
        sizes_before = rank == space ? 2 : 0;
    for (int axis = 0; axis < rank; axis++)
        sizes[!sample && rank == space + 1 && axis > 0 ? axis + 1 : axis + sizes_before] = strata_tensor_size(tensor, axis);
    StrataTensor *result = strata_tensor_reshape(tensor, space + 2, sizes, &error);
    if (!result)
        message_failure(&error);
    return result;
}

StrataTensor *scatter_read(const Scatter *scatter, const char *path)
{
    StrataError error;
    StrataTensor *tensor = strata_tensor_read(&scatter->session.allocator, path, &error);
    if (!tensor)
        return message_failure(&error), NULL;
    StrataTensor *samples = as_samples(scatter, path, tensor);
    strata_tensor_release(tensor);
    if (!samples || strata_tensor_size(samples, 0) > 0)
        return samples;
    strata_tensor_release(samples);
    message_error(E_SAMPLES, "%s holds no samples", path);
    return NULL;
}
