/* Windows over blocked images; see block_window.h. */
#include "ops/block_window.h"
#include "ops/rule.h"

/* A list of `count` numbers that are at least `least`. */
static const int64_t *read_list(OpUse *use, const char *name, int64_t count, int64_t least)
{
    int64_t found;
    const int64_t *items = use_list(use, name, &found);
    if (found != count) {
        use_fail(use, 624, "%s has %s, not %lld", name, rule_count(use, found, "number", "numbers"), (long long)count);
        return NULL;
    }
    for (int64_t i = 0; i < count; i++)
        if (items[i] < least || items[i] > ELEMENT_LIMIT) {
            use_fail(use, 625, "%s must be from %lld to 2^40, got %s", name, (long long)least, rule_list_text(use, items, count));
            return NULL;
        }
    return items;
}

/* Positions along one axis; 0 where the window does not fit. */
static int64_t positions(int64_t size, int64_t before, int64_t after, int64_t kernel, int64_t dilation, int64_t stride)
{
    int64_t span = rule_product(kernel - 1, dilation), room = size + before + after - 1;
    return span > room ? 0 : (room - span) / stride + 1;
}

bool block_window(OpUse *use, int64_t height, int64_t width, BlockWindow *window)
{
    const int64_t *kernel = read_list(use, "window", 2, 1);
    const int64_t *stride = kernel ? read_list(use, "stride", 2, 1) : NULL;
    const int64_t *padding = stride ? read_list(use, "padding", 4, 0) : NULL;
    const int64_t *dilation = padding ? read_list(use, "dilation", 2, 1) : NULL;
    if (!dilation)
        return false;
    *window = (BlockWindow){.height = height,
                            .width = width,
                            .kernel = {kernel[0], kernel[1]},
                            .stride = {stride[0], stride[1]},
                            .dilation = {dilation[0], dilation[1]},
                            .before = {padding[0], padding[2]},
                            .rows = positions(height, padding[0], padding[1], kernel[0], dilation[0], stride[0]),
                            .columns = positions(width, padding[2], padding[3], kernel[1], dilation[1], stride[1])};
    if (window->rows < 1 || window->columns < 1)
        return use_fail(use, 623, "a window of %s does not fit into %lldx%lld", rule_shape_text(use, kernel, 2), (long long)height,
                        (long long)width);
    return true;
}

const double *block_window_entry(const BlockWindow *window, const double *image, int64_t lanes, const int64_t *position,
                                 const int64_t *tap)
{
    int64_t row = position[0] * window->stride[0] + tap[0] * window->dilation[0] - window->before[0];
    int64_t column = position[1] * window->stride[1] + tap[1] * window->dilation[1] - window->before[1];
    bool inside = row >= 0 && row < window->height && column >= 0 && column < window->width;
    return inside ? image + (row * window->width + column) * lanes : NULL;
}
