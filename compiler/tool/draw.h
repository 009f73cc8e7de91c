/* Pictures in the terminal. */
#ifndef STRATA_TOOL_DRAW_H
#define STRATA_TOOL_DRAW_H

#include "strata.h"

/* How pictures can be drawn where standard output goes. */
typedef enum DrawStyle {
    DRAW_ASCII,  /* characters of different darkness, two rows of pixels in one */
    DRAW_BLOCKS, /* half blocks, black and white */
    DRAW_GREYS   /* half blocks in shades of grey */
} DrawStyle;

/* Greys on a terminal that may be coloured, blocks where the locale's characters are UTF-8, else ASCII. */
DrawStyle draw_style(void);

/* Draws `count` samples of `pictures` (float32 or float64, samples x channels x rows x columns, light is large) side by side as far as
 * `width` columns go, each with its caption below. */
void draw_pictures(DrawStyle style, const StrataTensor *pictures, char *const *captions, int64_t count, int width);

/* The columns of the terminal; 80 when standard output is none. */
int draw_width(void);

#endif
