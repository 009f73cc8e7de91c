/* Packing filters for stripes; see stripe_bank.h. Everything is counted first, then written. */
#include "transform/stripe_bank.h"

#include "kernel/stripes.h"

#include <math.h>
#include <string.h>

/* One row of a result of up to STRIPE filters. */
typedef struct Row {
    const double *filters; /* the first one */
    int64_t count;         /* of them */
    double least[STRIPE];  /* of each: what is not above it counts as 0 */
    int64_t row;
    int64_t *terms;   /* of each column: how many periods have something there */
    int64_t *periods; /* which ones: as many places as there are periods */
    int64_t most;     /* periods */
} Row;

static int64_t columns_of(const StripeBank *bank)
{
    return bank->width / bank->result_width;
}

/* The place of a column of a period, where rows lie `pitch` entries apart. */
static int64_t place_of(const StripeBank *bank, const Row *row, int64_t period, int64_t column, int64_t pitch)
{
    int64_t down = row->row + period / columns_of(bank) * bank->result_height;
    return down * pitch + period % columns_of(bank) * bank->result_width + column;
}

static bool has_entry(const StripeBank *bank, const Row *row, int64_t place)
{
    for (int64_t l = 0; l < row->count; l++)
        if (!(fabs(row->filters[l * bank->height * bank->width + place]) <= row->least[l]))
            return true;
    return false;
}

static void find_terms(const StripeBank *bank, Row *row)
{
    for (int64_t column = 0; column < bank->result_width; column++) {
        row->terms[column] = 0;
        for (int64_t period = 0; period < row->most; period++)
            if (has_entry(bank, row, place_of(bank, row, period, column, bank->width)))
                row->periods[column * row->most + row->terms[column]++] = period;
    }
}

/* Term `term` of a column; nothing where it has fewer. */
static void write_term(StripeBank *bank, const Row *row, int64_t column, int64_t term)
{
    if (term >= row->terms[column])
        return;
    int64_t period = row->periods[column * row->most + term], size = bank->height * bank->width;
    int64_t place = place_of(bank, row, period, column, bank->width);
    for (int64_t l = 0; l < row->count; l++)
        bank->factors[bank->term_count * bank->lanes + l] = row->filters[l * size + place] / (double)size;
    bank->places[bank->term_count] = (double)place_of(bank, row, period, column, bank->pitch);
}

/* The terms `first` to first + STRIPE_TERMS - 1 of a row; false when no column has so many. */
static bool pack_run(StripeBank *bank, const Row *row, int64_t first)
{
    int64_t begin = 0, end = bank->result_width, terms = 1;
    while (begin < end && row->terms[begin] <= first)
        begin++;
    while (end > begin && row->terms[end - 1] <= first)
        end--;
    if (begin == end)
        return false;
    for (int64_t column = begin; column < end; column++)
        if (row->terms[column] > first + 1)
            terms = STRIPE_TERMS;
    if (bank->runs)
        memcpy(bank->runs + bank->run_count * STRIPE_RUN,
               (const double[]){(double)begin, (double)(end - begin), (double)terms, (double)bank->term_count},
               STRIPE_RUN * sizeof *bank->runs);
    bank->run_count++;
    for (int64_t i = 0; i < (end - begin) * terms; i++, bank->term_count++)
        if (bank->factors)
            write_term(bank, row, begin + i / terms, first + i % terms);
    return true;
}

static void pack_filters(StripeBank *bank, Row *row)
{
    for (row->row = 0; row->row < bank->result_height; row->row++) {
        if (bank->starts)
            bank->starts[bank->filters * bank->result_height + row->row] = (double)bank->run_count;
        find_terms(bank, row);
        for (int64_t first = 0; pack_run(bank, row, first);)
            first += STRIPE_TERMS;
    }
    bank->filters++;
}

static void pack_all(StripeBank *bank, Row *row, const double *filters)
{
    int64_t size = bank->height * bank->width;
    bank->filters = bank->term_count = bank->run_count = 0;
    for (int64_t first = 0; first < bank->wavelets; first += bank->lanes) {
        row->filters = filters + first * size;
        row->count = bank->wavelets - first < bank->lanes ? bank->wavelets - first : bank->lanes;
        for (int64_t l = 0; l < row->count; l++) {
            double largest = 0;
            for (int64_t i = 0; i < size; i++)
                largest = fmax(largest, fabs(row->filters[l * size + i]));
            row->least[l] = bank->threshold * largest;
        }
        pack_filters(bank, row);
    }
}

static int64_t at_least_one(int64_t count)
{
    return count > 0 ? count : 1;
}

void stripe_bank_pack(Arena *arena, StripeBank *bank, const double *filters)
{
    Row row = {.most = bank->height / bank->result_height * columns_of(bank)};
    row.terms = arena_take(arena, (size_t)bank->result_width * sizeof *row.terms);
    row.periods = arena_take(arena, (size_t)(bank->result_width * row.most) * sizeof *row.periods);
    bank->factors = bank->runs = bank->places = bank->starts = NULL;
    pack_all(bank, &row, filters);
    bank->factors = arena_zero(arena, (size_t)(at_least_one(bank->term_count) * bank->lanes), sizeof *bank->factors);
    bank->runs = arena_zero(arena, (size_t)(at_least_one(bank->run_count) * STRIPE_RUN), sizeof *bank->runs);
    bank->places = arena_zero(arena, (size_t)at_least_one(bank->term_count), sizeof *bank->places);
    bank->starts = arena_zero(arena, (size_t)(bank->filters * bank->result_height) + 1, sizeof *bank->starts);
    pack_all(bank, &row, filters);
    bank->starts[bank->filters * bank->result_height] = (double)bank->run_count;
    bank->term_count = at_least_one(bank->term_count);
    bank->run_count = at_least_one(bank->run_count);
}
