/* Tensors as bitmaps: the last two dimensions are rows and columns, those before them make a grid of pictures. */
#include "tool/repl/repl.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    LEAST_SIDE = 3,
    LEAST_AREA = 20,
    GRID_ROWS = 4,
    GAP = 1,
    PIXELS_OF_A_ROW = 2,
    USUAL_COLUMNS = 80,
    USUAL_ROWS = 24,
    LARGEST_SIDE = 4096
};

int terminal_columns(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : USUAL_COLUMNS;
}

int terminal_rows(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : USUAL_ROWS;
}

bool is_picture(const StrataTensor *tensor, bool batched)
{
    int rank = strata_tensor_rank(tensor) - (batched ? 1 : 0);
    if (rank < 2 || strata_tensor_elements(tensor) == 0)
        return false;
    int64_t rows = strata_tensor_size(tensor, strata_tensor_rank(tensor) - 2);
    int64_t columns = strata_tensor_size(tensor, strata_tensor_rank(tensor) - 1);
    bool filters = rank == 4 && rows >= LEAST_SIDE && columns >= LEAST_SIDE;
    return filters || (rank >= 3 && rows >= LEAST_SIDE && columns >= LEAST_SIDE && rows * columns >= LEAST_AREA) ||
           (rank == 2 && rows * columns >= 64 && rows >= 5 && columns >= 5);
}

/* How pictures lie in a tensor, and how they are brought to a bitmap. */
typedef struct Grid {
    const StrataTensor *tensor;
    int64_t rows, columns; /* of a picture */
    int64_t channels;      /* that make one picture: 3 for colours, else 1 */
    int64_t count;         /* of pictures */
    int64_t shrink;        /* pixels of a picture, along each side, that make one of the bitmap */
    int64_t width, height; /* of a picture in the bitmap */
    int64_t across, down;  /* pictures in it */
    double least, most;    /* what is black and white */
} Grid;

/* Three channels with nothing outside of 0..1 are colours. */
static bool is_colour(const StrataTensor *tensor, bool batched)
{
    int rank = strata_tensor_rank(tensor);
    if (rank != (batched ? 4 : 3) || strata_tensor_size(tensor, rank - 3) != 3)
        return false;
    for (int64_t i = 0; i < strata_tensor_elements(tensor); i++)
        if (!(number_at(tensor, i) >= 0 && number_at(tensor, i) <= 1))
            return false;
    return true;
}

static void find_range(Grid *grid)
{
    grid->least = INFINITY;
    grid->most = -INFINITY;
    for (int64_t i = 0; i < strata_tensor_elements(grid->tensor); i++) {
        double number = number_at(grid->tensor, i);
        if (!isfinite(number))
            continue;
        grid->least = fmin(grid->least, number);
        grid->most = fmax(grid->most, number);
    }
    if (grid->least >= 0 && grid->most <= 1) {
        grid->least = 0; /* as pictures are */
        grid->most = 1;
    }
}

static Grid lay_out(const StrataTensor *tensor, bool batched, int64_t width)
{
    int rank = strata_tensor_rank(tensor);
    Grid grid = {.tensor = tensor, .rows = strata_tensor_size(tensor, rank - 2), .columns = strata_tensor_size(tensor, rank - 1)};
    grid.channels = is_colour(tensor, batched) ? 3 : 1;
    grid.count = strata_tensor_elements(tensor) / (grid.rows * grid.columns * grid.channels);
    grid.shrink = 1;
    while (grid.columns / grid.shrink > width || grid.rows / grid.shrink > LARGEST_SIDE)
        grid.shrink++;
    grid.width = (grid.columns + grid.shrink - 1) / grid.shrink;
    grid.height = (grid.rows + grid.shrink - 1) / grid.shrink;
    grid.across = (width + GAP) / (grid.width + GAP);
    grid.across = grid.across < 1 ? 1 : grid.across > grid.count ? grid.count : grid.across;
    grid.down = (grid.count + grid.across - 1) / grid.across;
    grid.down = grid.down > GRID_ROWS ? GRID_ROWS : grid.down;
    while (grid.down > 1 && grid.down * (grid.height + GAP) > PIXELS_OF_A_ROW * terminal_rows())
        grid.down--; /* a grid is seen at once */
    find_range(&grid);
    return grid;
}

/* The mean of the entries that one pixel of the bitmap stands for, 0 to 255; what is not finite is black. */
static unsigned char shade(const Grid *grid, int64_t plane, int64_t row, int64_t column)
{
    double sum = 0;
    int64_t count = 0;
    for (int64_t r = row * grid->shrink; r < (row + 1) * grid->shrink && r < grid->rows; r++)
        for (int64_t c = column * grid->shrink; c < (column + 1) * grid->shrink && c < grid->columns; c++) {
            sum += number_at(grid->tensor, (plane * grid->rows + r) * grid->columns + c);
            count++;
        }
    double value = grid->most > grid->least ? (sum / (double)count - grid->least) / (grid->most - grid->least) : 0;
    return (unsigned char)(value > 0 ? (value < 1 ? value * 255 + 0.5 : 255) : 0);
}

/* Paints a picture at a place of the grid. */
static void paint(const Grid *grid, int64_t picture, int64_t place, Bitmap *bitmap)
{
    int64_t left = place % grid->across * (grid->width + GAP), top = place / grid->across * (grid->height + GAP);
    for (int64_t row = 0; row < grid->height; row++)
        for (int64_t column = 0; column < grid->width; column++) {
            unsigned char *pixel = bitmap->rgb + 3 * ((top + row) * bitmap->width + left + column);
            for (int64_t c = 0; c < 3; c++) {
                int64_t plane = picture * grid->channels + (grid->channels == 3 ? c : 0);
                pixel[c] = shade(grid, plane, row, column);
            }
        }
}

/* A row of the grid by itself, of pictures `first` to `first + count - 1`. */
static bool draw_row(const Repl *repl, const Grid *grid, int64_t first, int64_t count)
{
    Bitmap bitmap = {.width = (int)(count * (grid->width + GAP) - GAP), .height = (int)grid->height};
    bitmap.rgb = calloc((size_t)bitmap.width * (size_t)bitmap.height, 3);
    if (!bitmap.rgb)
        return false;
    Grid row = *grid;
    row.across = count;
    for (int64_t i = 0; i < count; i++)
        paint(&row, first + i, i, &bitmap);
    bitmap_draw(repl->pictures, &bitmap);
    free(bitmap.rgb);
    return true;
}

/* Captions below their pictures, cut where they would reach into the next. */
static void print_captions(const Grid *grid, const char *const *captions, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        int width = (int)grid->width, length = (int)strlen(captions[i]);
        length = length < width ? length : width;
        int before = (width - length) / 2;
        printf("%*s%.*s%*s", before, "", length, captions[i], i + 1 < count ? width - length - before + GAP : 0, "");
    }
    putchar('\n');
}

int64_t show_captioned(Repl *repl, const StrataTensor *tensor, const char *const *captions)
{
    enum { CAPTIONED_ROWS = 2 };
    Grid grid = lay_out(tensor, true, terminal_columns() - 1);
    int64_t samples = strata_tensor_size(tensor, 0), each = grid.count / samples, shown = 0;
    if (each != 1) { /* several channels: they are drawn as what they are */
        show_pictures(repl, tensor, true);
        return samples;
    }
    for (int row = 0; row < CAPTIONED_ROWS && shown < samples; row++) {
        int64_t count = samples - shown < grid.across ? samples - shown : grid.across;
        if (!draw_row(repl, &grid, shown, count))
            break;
        print_captions(&grid, captions + shown, count);
        shown += count;
    }
    return shown;
}

void show_pictures(Repl *repl, const StrataTensor *tensor, bool batched)
{
    Grid grid = lay_out(tensor, batched, terminal_columns() - 1);
    Bitmap bitmap = {.width = (int)(grid.across * (grid.width + GAP) - GAP),
                     .height = (int)(grid.down * (grid.height + GAP) - GAP)};
    bitmap.rgb = calloc((size_t)bitmap.width * (size_t)bitmap.height, 3);
    if (!bitmap.rgb)
        return;
    int64_t shown = grid.across * grid.down < grid.count ? grid.across * grid.down : grid.count;
    for (int64_t i = 0; i < shown; i++)
        paint(&grid, i, i, &bitmap);
    bitmap_draw(repl->pictures, &bitmap);
    if (shown < grid.count)
        printf("the first %" PRId64 " of %" PRId64 " pictures\n", shown, grid.count);
    free(bitmap.rgb);
}
