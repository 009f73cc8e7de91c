/* Packing filters; see bank.h. Terms are counted first, then written. */
#include "transform/bank.h"

#include <math.h>

/* One block of results of one filter: `count` columns from (row, column) on. */
typedef struct Block {
    const double *filter;
    double least;
    int64_t row, column, count;
} Block;

static double largest_of(const double *filter, int64_t entries)
{
    double largest = 0;
    for (int64_t i = 0; i < entries; i++)
        largest = fmax(largest, fabs(filter[i]));
    return largest;
}

static bool is_empty(const double *entry, int64_t count, double least)
{
    for (int64_t lane = 0; lane < count; lane++)
        if (!(fabs(entry[lane]) <= least))
            return false;
    return true;
}

static void write_term(FilterBank *bank, const Block *block, int64_t place)
{
    double *factors = bank->factors + bank->terms * bank->lanes;
    for (int64_t lane = 0; lane < bank->lanes; lane++)
        factors[lane] = lane < block->count && !(fabs(block->filter[place + lane]) <= block->least)
                            ? block->filter[place + lane] / (double)(bank->height * bank->width)
                            : 0;
    bank->places[bank->terms] = (double)place;
}

/* The terms of a block: one for each period in which the filter has entries. */
static void pack_block(FilterBank *bank, const Block *block)
{
    for (int64_t row = block->row; row < bank->height; row += bank->result_height)
        for (int64_t column = block->column; column < bank->width; column += bank->result_width) {
            int64_t place = row * bank->width + column;
            if (is_empty(block->filter + place, block->count, block->least))
                continue;
            if (bank->factors)
                write_term(bank, block, place);
            bank->terms++;
        }
}

static void pack_filter(FilterBank *bank, const double *filter)
{
    double least = bank->threshold * largest_of(filter, bank->height * bank->width);
    for (int64_t row = 0; row < bank->result_height; row++)
        for (int64_t column = 0; column < bank->result_width; column += bank->lanes) {
            int64_t rest = bank->result_width - column;
            Block block = {filter, least, row, column, rest < bank->lanes ? rest : bank->lanes};
            if (bank->starts)
                bank->starts[bank->blocks] = (double)bank->terms;
            bank->blocks++;
            pack_block(bank, &block);
        }
}

static void pack_all(FilterBank *bank, const double *filters)
{
    bank->terms = 0;
    bank->blocks = 0;
    for (int64_t wavelet = 0; wavelet < bank->wavelets; wavelet++)
        pack_filter(bank, filters + wavelet * bank->height * bank->width);
}

void bank_pack(Arena *arena, FilterBank *bank, const double *filters)
{
    bank->factors = bank->places = bank->starts = NULL;
    pack_all(bank, filters);
    int64_t room = bank->terms > 0 ? bank->terms : 1;
    bank->factors = arena_zero(arena, (size_t)(room * bank->lanes), sizeof *bank->factors);
    bank->places = arena_zero(arena, (size_t)room, sizeof *bank->places);
    bank->starts = arena_zero(arena, (size_t)bank->blocks + 1, sizeof *bank->starts);
    pack_all(bank, filters);
    bank->starts[bank->blocks] = (double)bank->terms;
    bank->terms = room;
}
