/* Sliding windows; see window.h. All numbers are at most ELEMENT_LIMIT when they are combined, so sums cannot overflow; the one product,
 * of dilation and kernel, is checked. */
#include "ops/window.h"
#include "ops/rule.h"

#include <string.h>

static bool complete_pad(OpUse *use, int axes)
{
    int64_t count;
    const int64_t *items = use_list(use, "pad", &count);
    if (count != 1 && count != axes && count != 2 * axes) {
        use_help(use, "give one number for all sides, %d for the axes, or %d: before and after for each axis", axes, 2 * axes);
        return use_fail(use, 624, "pad has %s for %s", rule_count(use, count, "number", "numbers"),
                        rule_count(use, axes, "axis", "axes"));
    }
    int64_t full[2 * WINDOW_AXES];
    for (int side = 0; side < 2 * axes; side++) {
        full[side] = items[count == 1 ? 0 : count == axes ? side / 2 : side];
        if (full[side] < 0 || full[side] > ELEMENT_LIMIT)
            return use_fail(use, 625, "pad must be from 0 to 2^40, got %lld", (long long)full[side]);
    }
    use_set_list(use, "pad", full, 2 * axes);
    return true;
}

bool window_settings(OpUse *use, const WindowRule *rule)
{
    return rule_spread(use, "stride", rule->axes, 1) && (!rule->dilated || rule_spread(use, "dilation", rule->axes, 1)) &&
           complete_pad(use, rule->axes);
}

/* The completed numbers of one axis. */
typedef struct Axis {
    int64_t in, kernel, stride, before, after, dilation;
} Axis;

static Axis read_axis(const OpUse *use, const WindowRule *rule, int axis)
{
    int64_t count;
    Axis numbers = {.in = rule->in[axis], .kernel = rule->kernel[axis], .dilation = 1};
    numbers.stride = use_list(use, "stride", &count)[axis];
    numbers.before = use_list(use, "pad", &count)[2 * axis];
    numbers.after = use_list(use, "pad", &count)[2 * axis + 1];
    if (rule->dilated)
        numbers.dilation = use_list(use, "dilation", &count)[axis];
    return numbers;
}

/* Entries from the first to the last of the window, capped beyond everything that can fit. */
static int64_t reach(const Axis *axis)
{
    int64_t most = 4 * ELEMENT_LIMIT;
    return axis->kernel - 1 > most / axis->dilation ? most : axis->dilation * (axis->kernel - 1) + 1;
}

bool window_same(OpUse *use, const WindowRule *rule)
{
    int64_t pad[2 * WINDOW_AXES];
    for (int i = 0; i < rule->axes; i++) {
        Axis axis = read_axis(use, rule, i);
        int64_t out = (axis.in + axis.stride - 1) / axis.stride;
        int64_t total = (out - 1) * axis.stride + reach(&axis) - axis.in;
        if (total > ELEMENT_LIMIT)
            return use_fail(use, 625, "pad must be from 0 to 2^40, and `same` would be %lld", (long long)total);
        pad[2 * i] = total > 0 ? total / 2 : 0;
        pad[2 * i + 1] = total > 0 ? total - total / 2 : 0;
    }
    use_set_list(use, "pad", pad, 2 * rule->axes);
    return true;
}

static bool does_not_fit(OpUse *use, const WindowRule *rule, const Axis *axis)
{
    const char *window = rule_shape_text(use, rule->kernel, rule->axes);
    const char *operand = rule_shape_text(use, rule->in, rule->axes);
    int64_t room = axis->in + axis->before + axis->after - reach(axis);
    int64_t steps = -((-room + axis->stride - 1) / axis->stride);
    use_fail(use, 623, "a %s of %s does not fit into %s", rule->noun, window, operand);
    if (axis->dilation == 1)
        use_formula(use, "(%lld + %lld + %lld - %lld) // %lld + 1 = %lld", (long long)axis->in, (long long)axis->before,
                    (long long)axis->after, (long long)axis->kernel, (long long)axis->stride, (long long)steps + 1);
    else
        use_formula(use, "(%lld + %lld + %lld - %lld * (%lld - 1) - 1) // %lld + 1 = %lld", (long long)axis->in,
                    (long long)axis->before, (long long)axis->after, (long long)axis->dilation, (long long)axis->kernel,
                    (long long)axis->stride, (long long)steps + 1);
    return use_help(use, "make the %s smaller, or add padding: `pad=%lld`", rule->noun, (long long)(reach(axis) / 2));
}

bool window_positions(OpUse *use, const WindowRule *rule, int64_t *out)
{
    for (int i = 0; i < rule->axes; i++) {
        Axis axis = read_axis(use, rule, i);
        int64_t room = axis.in + axis.before + axis.after - reach(&axis);
        if (room < 0)
            return does_not_fit(use, rule, &axis);
        out[i] = room / axis.stride + 1;
        /* a window counts only when it starts before the padding at the end */
        if (rule->ceil && room % axis.stride != 0 && out[i] * axis.stride < axis.in + axis.before)
            out[i]++;
    }
    return true;
}

Window window_numbers(const OpUse *use, const WindowRule *rule, const int64_t *out)
{
    Window window;
    for (int i = 0; i < WINDOW_AXES; i++) {
        int axis = i - (WINDOW_AXES - rule->axes);
        Axis numbers = {.in = 1, .kernel = 1, .stride = 1, .dilation = 1};
        if (axis >= 0)
            numbers = read_axis(use, rule, axis);
        window.in[i] = numbers.in;
        window.kernel[i] = numbers.kernel;
        window.stride[i] = numbers.stride;
        window.before[i] = numbers.before;
        window.after[i] = numbers.after;
        window.dilation[i] = numbers.dilation;
        window.out[i] = axis >= 0 ? out[axis] : 1;
    }
    return window;
}

Border window_border(const char *name)
{
    static const char *const names[] = {"zero", "reflect", "periodic", "replicate", "constant"};
    int border = BORDER_ZERO;
    while (border < BORDER_CONSTANT && strcmp(names[border], name) != 0)
        border++;
    return (Border)border;
}

bool window_border_reaches(OpUse *use, const char *border, int axis, int64_t n, int64_t before, int64_t after)
{
    if (window_border(border) != BORDER_REFLECT || (before < n && after < n))
        return true;
    use_help(use, "use `periodic` or `replicate`, which reach any distance");
    return use_fail(use, 627, "reflection gives at most %lld entries on each side of axis %d, which has %lld; %lld are asked for",
                    (long long)n - 1, axis, (long long)n, (long long)(before > after ? before : after));
}
