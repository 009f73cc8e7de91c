/* Packing filters for stripes; see stripe_bank.h. Everything is counted first, then written. */
#include "transform/stripe_bank.h"

#include "kernel/stripes.h"

#include <math.h>
#include <string.h>

/* What a kernel takes, in terms of a run: to begin one, and to write an entry. */
enum { COST_OF_RUN = 6, COST_OF_ENTRY = 1 };

/* One row of a result of up to STRIPE filters. */
typedef struct Row {
    const double *filters; /* the first one */
    int64_t count;         /* of them */
    double least[STRIPE];  /* of each: what is not above it counts as 0 */
    int64_t row;
    int64_t most; /* periods */
    bool *has;    /* [columns, most]: whether a period has something there */
} Row;

/* Entries `begin` to before `end` of a row, and how many periods have something in them. */
typedef struct Run {
    int64_t begin, end;
    int64_t terms;
} Run;

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
    for (int64_t column = 0; column < bank->result_width; column++)
        for (int64_t period = 0; period < row->most; period++)
            row->has[column * row->most + period] = has_entry(bank, row, place_of(bank, row, period, column, bank->width));
}

static bool is_term(const Row *row, int64_t begin, int64_t end, int64_t period)
{
    for (int64_t column = begin; column < end; column++)
        if (row->has[column * row->most + period])
            return true;
    return false;
}

static Run run_of(const Row *row, int64_t begin, int64_t end)
{
    Run run = {begin, end, 0};
    for (int64_t period = 0; period < row->most; period++)
        run.terms += is_term(row, begin, end, period);
    return run;
}

/* The longest run from a column on whose entries have terms of the same periods. */
static Run same_terms(const StripeBank *bank, const Row *row, int64_t begin)
{
    int64_t end = begin + 1;
    while (end < bank->result_width &&
           memcmp(row->has + begin * row->most, row->has + end * row->most, (size_t)row->most * sizeof *row->has) == 0)
        end++;
    return run_of(row, begin, end);
}

static int64_t cost_of(Run run)
{
    return COST_OF_RUN + (run.end - run.begin) * (COST_OF_ENTRY + run.terms);
}

/* The run from a column on: it goes on over entries with other terms as long as factors of 0 cost less than another run. */
static Run next_run(const StripeBank *bank, const Row *row, int64_t begin)
{
    Run run = same_terms(bank, row, begin);
    while (run.end < bank->result_width) {
        Run next = same_terms(bank, row, run.end), both = run_of(row, begin, next.end);
        if (cost_of(both) > cost_of(run) + cost_of(next))
            break;
        run = both;
    }
    return run;
}

static void write_number(StripeBank *bank, int64_t number)
{
    if (bank->runs)
        bank->runs[bank->run_count] = (double)number;
    bank->run_count++;
}

/* The factors of term `term` of a run, which is of one period. */
static void write_factors(StripeBank *bank, const Row *row, Run run, int64_t period, int64_t term)
{
    int64_t size = bank->height * bank->width;
    for (int64_t column = run.begin; column < run.end; column++) {
        int64_t place = place_of(bank, row, period, column, bank->width);
        double *to = bank->factors + (bank->term_count + (column - run.begin) * run.terms + term) * bank->lanes;
        for (int64_t l = 0; l < row->count; l++)
            to[l] = has_entry(bank, row, place) ? row->filters[l * size + place] / (double)size : 0;
    }
}

static void pack_run(StripeBank *bank, const Row *row, Run run)
{
    write_number(bank, run.end - run.begin);
    write_number(bank, run.terms);
    for (int64_t period = 0, term = 0; period < row->most; period++) {
        if (!is_term(row, run.begin, run.end, period))
            continue;
        write_number(bank, place_of(bank, row, period, run.begin, bank->pitch));
        if (bank->factors)
            write_factors(bank, row, run, period, term);
        term++;
    }
    bank->term_count += (run.end - run.begin) * run.terms;
}

static void pack_filters(StripeBank *bank, Row *row)
{
    for (row->row = 0; row->row < bank->result_height; row->row++) {
        if (bank->starts)
            bank->starts[bank->filters * bank->result_height + row->row] = (double)bank->run_count;
        write_number(bank, bank->term_count);
        find_terms(bank, row);
        for (int64_t column = 0; column < bank->result_width;) {
            Run run = next_run(bank, row, column);
            pack_run(bank, row, run);
            column = run.end;
        }
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

void stripe_bank_pack(Arena *arena, StripeBank *bank, const double *filters)
{
    Row row = {.most = bank->height / bank->result_height * columns_of(bank)};
    row.has = arena_take(arena, (size_t)(bank->result_width * row.most) * sizeof *row.has);
    bank->factors = bank->runs = bank->starts = NULL;
    pack_all(bank, &row, filters);
    int64_t terms = bank->term_count > 0 ? bank->term_count : 1;
    bank->factors = arena_zero(arena, (size_t)(terms * bank->lanes), sizeof *bank->factors);
    bank->runs = arena_zero(arena, (size_t)bank->run_count, sizeof *bank->runs);
    bank->starts = arena_zero(arena, (size_t)(bank->filters * bank->result_height) + 1, sizeof *bank->starts);
    pack_all(bank, &row, filters);
    bank->starts[bank->filters * bank->result_height] = (double)bank->run_count;
    bank->term_count = terms;
}
