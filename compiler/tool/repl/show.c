/* Answers for a person: tensors with shape, type, range and a shortened body; see repl.h. */
#include "tool/repl/repl.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 4, ROW_NUMBERS = 8, WIDTH = 10, COLUMN_NUMBERS = 6, CURVE_LEAST = 16, CELL = 48 };

/* An entry without a sign where it is no number, as it is printed. */
static double plain(double number)
{
    return isnan(number) ? NAN : number;
}

double number_at(const StrataTensor *tensor, int64_t index)
{
    const void *data = strata_tensor_data_const(tensor);
    switch (strata_tensor_kind(tensor)) {
    case STRATA_FLOAT32:
        return plain((double)((const float *)data)[index]);
    case STRATA_FLOAT64:
        return plain(((const double *)data)[index]);
    case STRATA_INT32:
        return ((const int32_t *)data)[index];
    case STRATA_INT64:
        return (double)((const int64_t *)data)[index];
    case STRATA_COMPLEX64:
        return hypot((double)((const float *)data)[2 * index], (double)((const float *)data)[2 * index + 1]);
    case STRATA_COMPLEX128:
        return hypot(((const double *)data)[2 * index], ((const double *)data)[2 * index + 1]);
    default:
        return ((const uint8_t *)data)[index];
    }
}

/* ---- The first line ---- */

static const char *element_name(StrataKind kind)
{
    switch (kind) {
    case STRATA_COMPLEX64:
    case STRATA_COMPLEX128:
        return "complex";
    case STRATA_BOOL:
        return "boolean";
    case STRATA_INT32:
    case STRATA_INT64:
    case STRATA_UINT8:
        return "integer";
    default:
        return "real";
    }
}

static void print_sizes(const StrataTensor *tensor, int first)
{
    if (first == strata_tensor_rank(tensor))
        printf("number");
    for (int axis = first; axis < strata_tensor_rank(tensor); axis++)
        printf(axis > first ? "x%" PRId64 : "%" PRId64, strata_tensor_size(tensor, axis));
}

/* Smallest, largest and mean of the finite entries, and how many are not. */
typedef struct Range {
    double least, most, sum;
    int64_t finite, strange;
} Range;

static Range range_of(const StrataTensor *tensor)
{
    Range range = {.least = INFINITY, .most = -INFINITY};
    int64_t count = strata_tensor_elements(tensor);
    for (int64_t i = 0; i < count; i++) {
        double number = number_at(tensor, i);
        if (!isfinite(number)) {
            range.strange++;
            continue;
        }
        range.least = fmin(range.least, number);
        range.most = fmax(range.most, number);
        range.sum += number;
        range.finite++;
    }
    return range;
}

static void print_range(const StrataTensor *tensor)
{
    Range range = range_of(tensor);
    const char *of = strcmp(element_name(strata_tensor_kind(tensor)), "complex") == 0 ? "modulus " : "";
    if (range.finite > 0)
        printf(", %sfrom %.*g to %.*g, mean %.*g", of, DIGITS, range.least, DIGITS, range.most, DIGITS,
               range.sum / (double)range.finite);
    if (range.strange > 0)
        printf(", %" PRId64 " not finite", range.strange);
}

/* ---- The body ---- */

/* One entry, as short as it can be said. */
static void format_number(const StrataTensor *tensor, int64_t index, char cell[CELL])
{
    StrataKind kind = strata_tensor_kind(tensor);
    const void *data = strata_tensor_data_const(tensor);
    if (kind == STRATA_BOOL)
        snprintf(cell, CELL, "%s", ((const uint8_t *)data)[index] ? "true" : "false");
    else if (kind == STRATA_COMPLEX64)
        snprintf(cell, CELL, "%.3g%+.3gi", (double)((const float *)data)[2 * index], (double)((const float *)data)[2 * index + 1]);
    else if (kind == STRATA_COMPLEX128)
        snprintf(cell, CELL, "%.3g%+.3gi", ((const double *)data)[2 * index], ((const double *)data)[2 * index + 1]);
    else
        snprintf(cell, CELL, "%.*g", DIGITS, number_at(tensor, index));
}

/* Position `i` of a shortened row of `count` numbers; -1 stands for the dots. */
static int64_t shortened(int64_t i, int64_t count, int64_t most)
{
    if (count <= most)
        return i;
    int64_t head = most / 2;
    return i < head ? i : i == head ? -1 : count - (most - i);
}

/* How many numbers stand in a row: fewer where a terminal is narrow, the dots for those that are left out included. */
static int64_t row_numbers(const Repl *repl)
{
    int64_t fit = (terminal_columns() - 2) / (WIDTH + 1) - 1;
    return !repl->terminal || fit > ROW_NUMBERS ? ROW_NUMBERS : fit < 2 ? 2 : fit;
}

static void print_row(const StrataTensor *tensor, int64_t start, int64_t count, int64_t most)
{
    int64_t shown = count <= most ? count : most + 1;
    for (int64_t i = 0; i < shown; i++) {
        int64_t at = count <= most ? i : shortened(i, count, most + 1);
        char cell[CELL] = "...";
        if (at >= 0)
            format_number(tensor, start + at, cell);
        printf("%s%*s", i ? " " : "  ", WIDTH, cell);
    }
    putchar('\n');
}

/* The first matrix of a tensor: the last two dimensions. */
static void print_body(const Repl *repl, const StrataTensor *tensor, int skipped)
{
    int rank = strata_tensor_rank(tensor);
    if (strata_tensor_elements(tensor) == 0)
        return;
    int64_t columns = rank > skipped ? strata_tensor_size(tensor, rank - 1) : 1;
    int64_t rows = rank > skipped + 1 ? strata_tensor_size(tensor, rank - 2) : 1;
    if (rank <= skipped + 1) { /* vectors or numbers of a batch: a row a sample */
        rows = strata_tensor_elements(tensor) / columns;
    }
    int64_t shown = rows <= COLUMN_NUMBERS ? rows : COLUMN_NUMBERS + 1;
    for (int64_t i = 0; i < shown; i++) {
        int64_t at = rows <= COLUMN_NUMBERS ? i : shortened(i, rows, COLUMN_NUMBERS + 1);
        if (at < 0)
            puts("         ...");
        else
            print_row(tensor, at * columns, columns, row_numbers(repl));
    }
    if (rows * columns < strata_tensor_elements(tensor))
        printf("  ... the first of %" PRId64 " such\n", strata_tensor_elements(tensor) / (rows * columns));
}

static bool is_curve(const StrataTensor *tensor, bool batched)
{
    int skipped = batched ? 1 : 0;
    return strata_tensor_rank(tensor) == skipped + 1 && strata_tensor_size(tensor, skipped) >= CURVE_LEAST &&
           strata_tensor_elements(tensor) == strata_tensor_size(tensor, skipped);
}

static void show_curve(Repl *repl, const StrataTensor *tensor)
{
    int64_t count = strata_tensor_elements(tensor);
    double *numbers = malloc((size_t)count * sizeof *numbers);
    if (!numbers)
        return;
    for (int64_t i = 0; i < count; i++)
        numbers[i] = number_at(tensor, i);
    draw_curve(repl, numbers, count);
    free(numbers);
}

/* The first line; false when it says everything. */
static bool show_head(const char *name, const StrataTensor *tensor, bool batched)
{
    int skipped = batched ? 1 : 0;
    printf("%s%s", name, name[0] ? ": " : "");
    if (strata_tensor_elements(tensor) == 1 && strata_tensor_rank(tensor) <= skipped) {
        char cell[CELL];
        format_number(tensor, 0, cell);
        puts(cell);
        return false;
    }
    printf("%s ", element_name(strata_tensor_kind(tensor)));
    print_sizes(tensor, skipped);
    if (batched)
        printf(", %" PRId64 " sample%s", strata_tensor_size(tensor, 0), strata_tensor_size(tensor, 0) == 1 ? "" : "s");
    print_range(tensor);
    putchar('\n');
    return true;
}

void show_tensor(Repl *repl, const char *name, const StrataTensor *tensor, bool batched)
{
    if (!show_head(name, tensor, batched))
        return;
    if (repl->pictures != PICTURES_OFF && is_picture(tensor, batched))
        show_pictures(repl, tensor, batched);
    else if (repl->pictures != PICTURES_OFF && is_curve(tensor, batched))
        show_curve(repl, tensor);
    else
        print_body(repl, tensor, batched ? 1 : 0);
}

/* ---- Answers ---- */

/* Of several tensors the first lines, and pictures where they can be drawn. */
static void show_tensors(Repl *repl, const StrataAnswer *answer)
{
    const char *name = strata_answer_name(answer);
    StrataAnswerValue value;
    bool several = strata_answer_value(answer, 1, &value);
    for (int64_t i = 0; strata_answer_value(answer, i, &value); i++) {
        char title[200];
        snprintf(title, sizeof title, "%s%s%s", name ? name : "", value.path[0] && value.path[0] != '[' && name ? "." : "",
                 value.path);
        if (!several && value.classes > 0 && show_head(title, value.tensor, value.batched))
            show_classes(&value);
        else if (!several)
            show_tensor(repl, title, value.tensor, value.batched);
        else if (show_head(title, value.tensor, value.batched) && repl->pictures != PICTURES_OFF &&
                 is_picture(value.tensor, value.batched))
            show_pictures(repl, value.tensor, value.batched);
    }
}

static void show_net(Repl *repl, const char *name)
{
    StrataNet *net = strata_session_net(repl->session, name, false, repl->diagnostics);
    StrataText *text = strata_net_summary(net, false, false, repl->diagnostics);
    if (text)
        fputs(strata_text_bytes(text), stdout);
    strata_text_release(text);
    strata_net_release(net);
    repl_report(repl);
}

/* A function, and how it is called. Its description names it: "the function `conv`". */
static void show_function(Repl *repl, const StrataAnswer *answer)
{
    const char *text = strata_answer_text(answer), *quote = strchr(text, '`');
    char name[100] = "";
    if (quote)
        snprintf(name, sizeof name, "%.*s", (int)strcspn(quote + 1, "`"), quote + 1);
    StrataModule *module = strata_session_module(repl->session, repl->diagnostics);
    StrataDefinition definition;
    puts(text);
    if (name[0] && strata_module_definition(module, name, &definition, repl->diagnostics)) {
        fputs("  ", stdout);
        print_wrapped(definition.signature, 2, 4);
        printf("  `x |> %s%s` applies it to x; `:doc %s` says more\n", name, strchr(definition.signature, '(') ? "(...)" : "",
               name);
    }
    strata_module_release(module);
    strata_diagnostics_clear(repl->diagnostics);
}

void show_answer(Repl *repl, const StrataAnswer *answer, const char *text)
{
    const char *name = strata_answer_name(answer);
    switch (strata_answer_kind(answer)) {
    case STRATA_ANSWER_NOTHING:
        break;
    case STRATA_ANSWER_TENSORS:
        show_tensors(repl, answer);
        break;
    case STRATA_ANSWER_NET:
        show_net(repl, strata_answer_text(answer));
        break;
    case STRATA_ANSWER_FUNCTION:
        show_function(repl, answer);
        break;
    case STRATA_ANSWER_DATA:
        show_data(repl, text, text);
        break;
    case STRATA_ANSWER_DEFINED:
        if (strata_answer_text(answer)[0])
            printf("%s\n", strata_answer_text(answer));
        break;
    default:
        printf("%s%s%s\n", name ? name : "", name ? ": " : "", strata_answer_text(answer));
    }
}
