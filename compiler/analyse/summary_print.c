/* The summary as a table for people and as JSON for programs; see summary.h. */
#include "analyse/summary.h"

#include "base/utf8.h"

#include <string.h>

enum { COLUMNS = 7, GAP = 2, SHORTEST_NAME = 12 };

typedef struct Table {
    const char *cells[COLUMNS];
} Table;

static const char *thousands(Arena *arena, int64_t number)
{
    Text text = text_make(arena);
    text_thousands(&text, number);
    return text_string(&text);
}

static const char *thousands_or_blank(Arena *arena, int64_t number)
{
    return number ? thousands(arena, number) : "";
}

/* "5x5", "whole", or "" where nothing is seen along axes. */
static const char *field_text(Arena *arena, const Receptive *field)
{
    if (receptive_is_whole(field))
        return "whole";
    Text text = text_make(arena);
    for (int i = 0; i < field->axes; i++)
        text_printf(&text, i ? "x%lld" : "%lld", (long long)receptive_size(&field->axis[i]));
    return text_string(&text);
}

static const char *shape_text(Arena *arena, const Type *type)
{
    return type->rank == 0 && type->element == ELEMENT_REAL ? "1" : type_name(arena, type);
}

static Table row_cells(Arena *arena, const SummaryRow *row)
{
    return (Table){{
        arena_printf(arena, "%*s%s", 2 * (row->level < 20 ? row->level : 20), "", row->label),
        row->definition,
        shape_text(arena, &row->output),
        thousands_or_blank(arena, row->weights),
        thousands_or_blank(arena, row->cost.multiply_adds),
        thousands_or_blank(arena, row->weight_bytes),
        field_text(arena, &row->receptive),
    }};
}

static Table total_cells(Arena *arena, const Summary *summary)
{
    return (Table){{
        "total",
        "",
        "",
        thousands(arena, summary->weights),
        thousands(arena, summary->cost.multiply_adds),
        thousands(arena, summary->weight_bytes),
        "",
    }};
}

static void widen(int64_t *widths, const Table *row)
{
    for (int i = 0; i < COLUMNS; i++) {
        int64_t width = utf8_count(row->cells[i]);
        widths[i] = width > widths[i] ? width : widths[i];
    }
}

/* Takes the columns of words in turn (names, then definitions, then shapes) until the table fits. */
static void fit(int64_t *widths)
{
    int64_t total = GAP * (COLUMNS - 1);
    for (int i = 0; i < COLUMNS; i++)
        total += widths[i];
    for (int i = 0; i < 3 && total > SUMMARY_WIDTH; i++) {
        int64_t excess = total - SUMMARY_WIDTH, room = widths[i] - SHORTEST_NAME;
        int64_t less = room < 0 ? 0 : excess < room ? excess : room;
        widths[i] -= less;
        total -= less;
    }
}

/* The end of a name tells more than its beginning; its indentation stays. */
static const char *shortened(Arena *arena, const char *text, int64_t width)
{
    int64_t length = utf8_count(text);
    if (length <= width)
        return text;
    int64_t blanks = (int64_t)strspn(text, " ");
    int64_t indentation = blanks < width / 2 ? blanks : width / 2;
    int64_t kept = width - indentation - 2;
    const char *end = text + strlen(text);
    for (int64_t i = 0; i < kept; i++)
        do
            end--;
        while (utf8_continues(*end));
    return arena_printf(arena, "%*s..%s", (int)indentation, "", end);
}

static void print_line(Text *out, const Table *row, const int64_t *widths)
{
    static const bool to_the_right[COLUMNS] = {[3] = true, [4] = true, [5] = true, [6] = true};
    int64_t owed = 0; /* blanks, printed only when something follows */
    for (int i = 0; i < COLUMNS; i++) {
        const char *cell = shortened(out->arena, row->cells[i], widths[i]);
        int64_t rest = widths[i] - utf8_count(cell);
        if (cell[0] != '\0') {
            text_repeat(out, ' ', owed + (to_the_right[i] ? rest : 0));
            text_add(out, cell);
            owed = GAP + (to_the_right[i] ? 0 : rest);
        } else {
            owed += GAP + widths[i];
        }
    }
    text_add_character(out, '\n');
}

static void print_rule(Text *out, const int64_t *widths)
{
    int64_t total = GAP * (COLUMNS - 1);
    for (int i = 0; i < COLUMNS; i++)
        total += widths[i];
    text_repeat(out, '-', total);
    text_add_character(out, '\n');
}

static void print_totals(const Summary *summary, Text *out)
{
    Arena *arena = out->arena;
    const char *weights = thousands(arena, summary->weights - summary->frozen);
    text_printf(out, "%s weights trained, %s frozen; %s bytes in single precision\n", weights, thousands(arena, summary->frozen),
                thousands(arena, summary->weight_bytes));
    text_printf(out, "%s multiply-adds and %s other operations a sample\n", thousands(arena, summary->cost.multiply_adds),
                thousands(arena, summary->cost.operations));
    if (summary->peak_bytes >= 0)
        text_printf(out, "%s bytes of activations at the peak, for one sample\n", thousands(arena, summary->peak_bytes));
}

void summary_print(const Summary *summary, Text *out)
{
    static const Table head = {{"layer", "definition", "output", "weights", "multiply-adds", "bytes", "sees"}};
    Arena *arena = out->arena;
    int64_t widths[COLUMNS] = {0};
    Table total = total_cells(arena, summary);
    Table *rows = arena_take(arena, (size_t)summary->row_count * sizeof *rows);
    widen(widths, &head);
    widen(widths, &total);
    for (int64_t i = 0; i < summary->row_count; i++) {
        rows[i] = row_cells(arena, &summary->rows[i]);
        widen(widths, &rows[i]);
    }
    fit(widths);
    text_printf(out, "%s, for %s\n\n", summary->graph->name, summary->graph->training ? "training" : "inference");
    print_line(out, &head, widths);
    print_rule(out, widths);
    for (int64_t i = 0; i < summary->row_count; i++)
        print_line(out, &rows[i], widths);
    print_rule(out, widths);
    print_line(out, &total, widths);
    text_add_character(out, '\n');
    print_totals(summary, out);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------------------- */

static void json_pair(Text *out, const char *key, int64_t number)
{
    text_printf(out, ", \"%s\": %lld", key, (long long)number);
}

static void json_field_part(Text *out, const Receptive *field, const char *key, int part)
{
    text_printf(out, "\"%s\": [", key);
    for (int i = 0; i < field->axes; i++) {
        const ReceptiveAxis *axis = &field->axis[i];
        text_add(out, i ? ", " : "");
        text_number(out, part == 0 ? (double)receptive_size(axis) : part == 1 ? axis->step : axis->first);
    }
    text_add_character(out, ']');
}

static void json_field(Text *out, const Receptive *field)
{
    text_add(out, ", \"receptive_field\": ");
    if (field->axes == 0) {
        text_add(out, "null");
        return;
    }
    text_printf(out, "{\"whole\": %s, ", receptive_is_whole(field) ? "true" : "false");
    json_field_part(out, field, "size", 0);
    text_add(out, ", ");
    json_field_part(out, field, "step", 1);
    text_add(out, ", ");
    json_field_part(out, field, "first", 2);
    text_add_character(out, '}');
}

static void json_row(Text *out, const SummaryRow *row)
{
    static const char *const elements[] = {"real", "complex", "integer", "boolean"};
    text_add(out, "{\"path\": ");
    text_json(out, row->path);
    text_add(out, ", \"definition\": ");
    text_json(out, row->definition);
    json_pair(out, "level", row->level);
    text_add(out, ", \"shape\": [");
    for (int i = 0; i < row->output.rank; i++)
        text_printf(out, i ? ", %lld" : "%lld", (long long)row->output.size[i]);
    text_printf(out, "], \"element\": \"%s\", \"batched\": %s", elements[row->output.element],
                row->output.batched ? "true" : "false");
    json_pair(out, "weights", row->weights);
    json_pair(out, "frozen", row->frozen);
    json_pair(out, "weight_bytes", row->weight_bytes);
    json_pair(out, "multiply_adds", row->cost.multiply_adds);
    json_pair(out, "other_operations", row->cost.operations);
    json_pair(out, "output_bytes", analyse_value_bytes(&row->output));
    json_field(out, &row->receptive);
    text_add_character(out, '}');
}

void summary_print_json(const Summary *summary, Text *out)
{
    text_add(out, "{\"net\": ");
    text_json(out, summary->graph->name);
    text_printf(out, ", \"mode\": \"%s\", \"rows\": [", summary->graph->training ? "training" : "inference");
    for (int64_t i = 0; i < summary->row_count; i++) {
        text_add(out, i ? ",\n  " : "\n  ");
        json_row(out, &summary->rows[i]);
    }
    text_printf(out, "],\n  \"totals\": {\"weights\": %lld", (long long)summary->weights);
    json_pair(out, "trained", summary->weights - summary->frozen);
    json_pair(out, "frozen", summary->frozen);
    json_pair(out, "weight_bytes", summary->weight_bytes);
    json_pair(out, "multiply_adds", summary->cost.multiply_adds);
    json_pair(out, "other_operations", summary->cost.operations);
    if (summary->peak_bytes >= 0)
        json_pair(out, "peak_activation_bytes", summary->peak_bytes);
    text_add(out, "}}\n");
}
