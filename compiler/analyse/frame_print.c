/* The facts about filter banks as text and as JSON; see frame.h. */
#include "analyse/frame.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { SHOWN_FILTERS = 200 };

/* "28x28"; of one axis "1024". */
static const char *extent_text(const FrameBank *bank, const int64_t extent[FRAME_AXES], Arena *arena)
{
    if (bank->axes == 1)
        return arena_printf(arena, "%" PRId64, extent[1]);
    return arena_printf(arena, "%" PRId64 "x%" PRId64, extent[0], extent[1]);
}

/* A frequency: in 2D an angle a sample in pi, as wavelets on planes are given, in 1D cycles a sample. */
static const char *frequency_text(const FrameBank *bank, const double at[FRAME_AXES], Arena *arena)
{
    if (bank->axes == 1)
        return arena_printf(arena, "%.4g", at[1]);
    return arena_printf(arena, "(%.3g, %.3g) pi", 2 * at[0], 2 * at[1]);
}

static const char *signals_text(const FrameBank *bank, Arena *arena)
{
    if (bank->signals == 1)
        return bank->real ? "one real signal" : "one complex signal";
    return arena_printf(arena, "%" PRId64 " %s signals", bank->signals, bank->real ? "real" : "complex");
}

/* ---- Where a bank stands ---- */

static void print_padding(const FrameBank *bank, Text *out)
{
    const FramePadding *padding = &bank->padding;
    if (!padding->mode)
        text_add(out, "  no padding: signals count as periodic\n");
    else if (bank->axes == 1)
        text_printf(out, "  padded (%s): %" PRId64 " samples before, %" PRId64 " behind\n", padding->mode, padding->before[1],
                    padding->behind[1]);
    else
        text_printf(out, "  padded (%s): %" PRId64 " rows above, %" PRId64 " below; %" PRId64 " columns left, %" PRId64 " right\n",
                    padding->mode, padding->before[0], padding->behind[0], padding->before[1], padding->behind[1]);
}

/* The place in the user's file, or in the library, at which the spectrum is made. */
static void print_place(const Frame *frame, const SourceTable *sources, int32_t node, Text *out)
{
    int32_t origin = frame->graph->nodes[node].origin;
    while (origin >= 0 && frame->graph->origins[origin].parent > 0)
        origin = frame->graph->origins[origin].parent;
    if (origin < 0 || !sources)
        return;
    SourceSpan span = frame->graph->origins[origin].span;
    const char *path = graph_origin_path(frame->graph, origin, out->arena);
    if (span.file < 0)
        return;
    SourcePlace place = source_place(sources, span.file, span.start);
    text_printf(out, " (%s%s%s:%d)", path, *path ? ", " : "", sources->files[span.file].name, place.line);
}

static void print_origin(const Frame *frame, const FrameBank *bank, const SourceTable *sources, Text *out)
{
    if (bank->parent >= 0)
        text_printf(out, ": %s from bank %" PRId64, signals_text(bank, out->arena), bank->parent + 1);
    else
        text_printf(out, ": %s", signals_text(bank, out->arena));
    text_printf(out, " of %s", extent_text(bank, bank->size, out->arena));
    print_place(frame, sources, bank->spectrum, out);
    text_add(out, "\n");
}

/* ---- Bounds ---- */

static void print_bounds(const FrameBank *bank, Text *out)
{
    Arena *arena = out->arena;
    text_printf(out, "  %" PRId64 " filters; Littlewood-Paley sum\n", bank->filter_count);
    text_printf(out, "    A   = %-12.6f at %s\n", bank->lower.value, frequency_text(bank, bank->lower.at, arena));
    text_printf(out, "    B   = %-12.6f at %s\n", bank->upper.value, frequency_text(bank, bank->upper.at, arena));
    if (bank->lower.value > 0)
        text_printf(out, "    B/A = %.6g\n", bank->upper.value / bank->lower.value);
    else
        text_add(out, "    A is 0: there are signals that the bank does not see\n");
    if (bank->subsampled)
        text_printf(out, "  subsampled, each coefficient counted for the samples it stands for\n    A   = %.6f\n    B   = %.6f\n",
                    bank->subsampled_lower, bank->subsampled_upper);
    else
        text_add(out, "  bounds with subsampling were left out: they take long (--exact computes them)\n");
}

/* How far beyond the padding filters reach. */
static void print_reach(const FrameBank *bank, Text *out)
{
    int64_t reach[FRAME_AXES] = {0}, room[FRAME_AXES];
    for (int axis = 0; axis < FRAME_AXES; axis++) {
        const FramePadding *padding = &bank->padding;
        room[axis] = padding->before[axis] < padding->behind[axis] ? padding->before[axis] : padding->behind[axis];
        for (int64_t i = 0; i < bank->filter_count; i++) {
            int64_t first = -bank->filters[i].first[axis], last = bank->filters[i].last[axis];
            reach[axis] = first > reach[axis] ? first : reach[axis];
            reach[axis] = last > reach[axis] ? last : reach[axis];
        }
    }
    text_printf(out, "  filters reach %s samples; padding is %s", extent_text(bank, reach, out->arena),
                extent_text(bank, room, out->arena));
    int64_t beyond[FRAME_AXES] = {reach[0] - room[0], reach[1] - room[1]};
    for (int axis = 0; axis < FRAME_AXES; axis++)
        beyond[axis] = beyond[axis] > 0 ? beyond[axis] : 0;
    if (beyond[0] > 0 || beyond[1] > 0)
        text_printf(out, ": within %s of the border, the other side shows through\n", extent_text(bank, beyond, out->arena));
    else
        text_add(out, "\n");
}

/* ---- Filters ---- */

static const char *support_text(const FrameBank *bank, const FrameFilter *filter, Arena *arena)
{
    const char *columns = arena_printf(arena, "%" PRId64 "..%" PRId64, filter->first[1], filter->last[1]);
    if (bank->axes == 1)
        return columns;
    return arena_printf(arena, "%" PRId64 "..%" PRId64 " x %s", filter->first[0], filter->last[0], columns);
}

static const char *width_text(const FrameBank *bank, const FrameFilter *filter, Arena *arena)
{
    if (bank->axes == 1)
        return arena_printf(arena, "%.4g", filter->width[1]);
    return arena_printf(arena, "(%.2g, %.2g) pi", 2 * filter->width[0], 2 * filter->width[1]);
}

static void print_filters(const FrameBank *bank, Text *out)
{
    Arena *arena = out->arena;
    text_printf(out, "  %6s  %-9s  %-18s  %8s  %-16s  %s\n", "filter", "kept 1 in", bank->axes == 1 ? "peak, cycles" : "peak",
                "gain", "width", "support");
    for (int64_t i = 0; i < bank->filter_count && i < SHOWN_FILTERS; i++) {
        const FrameFilter *filter = &bank->filters[i];
        text_printf(out, "  %6" PRId64 "  %-9s  %-18s  %8.4f  %-16s  %s\n", i + 1, extent_text(bank, filter->step, arena),
                    frequency_text(bank, filter->peak, arena), filter->gain, width_text(bank, filter, arena),
                    support_text(bank, filter, arena));
    }
    if (bank->filter_count > SHOWN_FILTERS)
        text_printf(out, "  ... and %" PRId64 " more\n", bank->filter_count - SHOWN_FILTERS);
}

static void print_bank(const Frame *frame, int64_t index, const SourceTable *sources, bool filters, Text *out)
{
    const FrameBank *bank = &frame->banks[index];
    text_printf(out, "\nbank %" PRId64, index + 1);
    print_origin(frame, bank, sources, out);
    if (bank->parent < 0)
        print_padding(bank, out);
    print_bounds(bank, out);
    print_reach(bank, out);
    if (filters)
        print_filters(bank, out);
}

/* The banks behind the first, one a line. */
static void print_table(const Frame *frame, Text *out)
{
    if (frame->bank_count < 2)
        return;
    text_printf(out, "\n%4s  %4s  %-12s  %7s  %7s  %10s  %10s\n", "bank", "from", "size", "signals", "filters", "A", "B");
    for (int64_t i = 1; i < frame->bank_count; i++) {
        const FrameBank *bank = &frame->banks[i];
        const char *from = bank->parent >= 0 ? arena_printf(out->arena, "%" PRId64, bank->parent + 1) : "-";
        text_printf(out, "%4" PRId64 "  %4s  %-12s  %7" PRId64 "  %7" PRId64 "  %10.3g  %10.6f\n", i + 1, from,
                    extent_text(bank, bank->size, out->arena), bank->signals, bank->filter_count, bank->lower.value,
                    bank->upper.value);
    }
}

static double largest_upper(const Frame *frame)
{
    double most = 0;
    for (int64_t i = 0; i < frame->bank_count; i++)
        most = fmax(most, frame->banks[i].upper.value);
    return most;
}

/* What the bound is made of, and what would make it smaller. */
static const char *spread_reason(const Frame *frame)
{
    if (frame->spread.squared <= 1)
        return "nonexpansive";
    if (largest_upper(frame) > 1 + 1e-9)
        return "filters divided by sqrt(B) make the banks nonexpansive";
    return "the banks are nonexpansive; what remains is padding, which repeats samples, or stands outside of the banks";
}

static void print_spread(const Frame *frame, const SourceTable *sources, Text *out)
{
    const FrameSpread *spread = &frame->spread;
    double bound = sqrt(spread->squared);
    text_printf(out, "\n|f(x) - f(y)| <= %.6f |x - y| for all x and y, from %s to %s", bound * (1 + 1e-15),
                spread->from_input ? "the input" : "the signals of the first banks", spread->obstacle < 0 ? "the output" : "what ");
    if (spread->obstacle >= 0) {
        text_printf(out, "%s takes", op_info(frame->graph->nodes[spread->obstacle].op)->name);
        print_place(frame, sources, spread->obstacle, out);
    }
    text_printf(out, "\n  (products of operator norms; %s)\n", spread_reason(frame));
}

void frame_print(const Frame *frame, const SourceTable *sources, bool all, Text *out)
{
    if (frame->bank_count == 0) {
        text_printf(out, "%s multiplies no spectrum by known filters\n", frame->graph->name);
        return;
    }
    text_printf(out, "%s: %" PRId64 " filter bank%s, as they are applied\n", frame->graph->name, frame->bank_count,
                frame->bank_count == 1 ? "" : "s");
    print_bank(frame, 0, sources, true, out);
    for (int64_t i = 1; all && i < frame->bank_count; i++)
        print_bank(frame, i, sources, true, out);
    if (!all)
        print_table(frame, out);
    print_spread(frame, sources, out);
}

/* ---- JSON ---- */

/* A number, or null for one that JSON has not. */
static void json_number(double number, Text *out)
{
    if (isfinite(number))
        text_printf(out, "%.10g", number);
    else
        text_add(out, "null");
}

static void json_pair(const FrameBank *bank, const char *name, const double value[FRAME_AXES], Text *out)
{
    text_printf(out, ", \"%s\": [", name);
    if (bank->axes == FRAME_AXES)
        json_number(value[0], out);
    text_add(out, bank->axes == FRAME_AXES ? ", " : "");
    json_number(value[1], out);
    text_add(out, "]");
}

static void json_extent(const FrameBank *bank, const char *name, const int64_t value[FRAME_AXES], Text *out)
{
    double number[FRAME_AXES] = {(double)value[0], (double)value[1]};
    json_pair(bank, name, number, out);
}

static void json_filter(const FrameBank *bank, const FrameFilter *filter, Text *out)
{
    text_add(out, "{\"gain\": ");
    json_number(filter->gain, out);
    if (filter->signal >= 0)
        text_printf(out, ", \"signal\": %" PRId64, filter->signal);
    json_extent(bank, "step", filter->step, out);
    json_pair(bank, "peak", filter->peak, out);
    json_pair(bank, "width", filter->width, out);
    json_extent(bank, "first", filter->first, out);
    json_extent(bank, "last", filter->last, out);
    text_add(out, "}");
}

static void json_bank(const FrameBank *bank, Text *out)
{
    text_printf(out, "{\"signals\": %" PRId64 ", \"real\": %s", bank->signals, bank->real ? "true" : "false");
    if (bank->parent >= 0)
        text_printf(out, ", \"from\": %" PRId64, bank->parent);
    json_extent(bank, "size", bank->size, out);
    if (bank->padding.mode) {
        text_printf(out, ", \"padding\": \"%s\"", bank->padding.mode);
        json_extent(bank, "before", bank->padding.before, out);
        json_extent(bank, "behind", bank->padding.behind, out);
    }
    text_add(out, ", \"A\": ");
    json_number(bank->lower.value, out);
    json_pair(bank, "A_at", bank->lower.at, out);
    text_add(out, ", \"B\": ");
    json_number(bank->upper.value, out);
    json_pair(bank, "B_at", bank->upper.at, out);
    if (bank->subsampled) {
        text_add(out, ", \"subsampled\": {\"A\": ");
        json_number(bank->subsampled_lower, out);
        text_add(out, ", \"B\": ");
        json_number(bank->subsampled_upper, out);
        text_add(out, "}");
    }
    text_add(out, ", \"filters\": [");
    for (int64_t i = 0; i < bank->filter_count; i++) {
        text_add(out, i == 0 ? "" : ", ");
        json_filter(bank, &bank->filters[i], out);
    }
    text_add(out, "]}");
}

void frame_print_json(const Frame *frame, Text *out)
{
    text_add(out, "{\"net\": ");
    text_json(out, frame->graph->name);
    text_add(out, ", \"banks\": [");
    for (int64_t i = 0; i < frame->bank_count; i++) {
        text_add(out, i == 0 ? "\n" : ",\n");
        json_bank(&frame->banks[i], out);
    }
    text_add(out, "],\n\"lipschitz\": ");
    json_number(sqrt(frame->spread.squared) * (1 + 1e-15), out);
    text_printf(out, ", \"from_input\": %s", frame->spread.from_input ? "true" : "false");
    if (frame->spread.obstacle >= 0)
        text_printf(out, ", \"until\": \"%s\"", op_info(frame->graph->nodes[frame->spread.obstacle].op)->name);
    text_add(out, "}\n");
}
