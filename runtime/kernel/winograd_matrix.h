/* Written by vector/generate_winograd.py: the matrices of Winograd's convolutions with three taps. */
#ifndef STRATA_KERNEL_WINOGRAD_MATRIX_H
#define STRATA_KERNEL_WINOGRAD_MATRIX_H

/* F(2, 3), points 0, 1, -1 and infinity: A^T, from points to results. */
static const double WINOGRAD_OUTPUT_2[2][4] = {{1.0, 1.0, 1.0, 0.0}, {0.0, 1.0, -1.0, 1.0}};

/* F(2, 3), points 0, 1, -1 and infinity: G, from taps to points. */
static const double WINOGRAD_WEIGHT_2[4][3] = {{-1.0, 0.0, 0.0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0.0, 0.0, 1.0}};

/* F(2, 3), points 0, 1, -1 and infinity: B^T, from entries to points. */
static const double WINOGRAD_INPUT_2[4][4] = {
    {-1.0, 0.0, 1.0, 0.0}, {0.0, 1.0, 1.0, 0.0}, {0.0, -1.0, 1.0, 0.0}, {0.0, -1.0, 0.0, 1.0}};

/* F(4, 3), points 0, 3/4, -3/4, 3/2, -3/2 and infinity: A^T, from points to results. */
static const double WINOGRAD_OUTPUT_4[4][6] = {{1.0, 1.0, 1.0, 1.0, 1.0, 0.0},
                                               {0.0, 0.75, -0.75, 1.5, -1.5, 0.0},
                                               {0.0, 0.5625, 0.5625, 2.25, 2.25, 0.0},
                                               {0.0, 0.421875, -0.421875, 3.375, -3.375, 1.0}};

/* F(4, 3), points 0, 3/4, -3/4, 3/2, -3/2 and infinity: G, from taps to points. */
static const double WINOGRAD_WEIGHT_4[6][3] = {{64.0 / 81, 0.0, 0.0},
                                               {-128.0 / 243, -32.0 / 81, -8.0 / 27},
                                               {-128.0 / 243, 32.0 / 81, -8.0 / 27},
                                               {32.0 / 243, 16.0 / 81, 8.0 / 27},
                                               {32.0 / 243, -16.0 / 81, 8.0 / 27},
                                               {0.0, 0.0, 1.0}};

/* F(4, 3), points 0, 3/4, -3/4, 3/2, -3/2 and infinity: B^T, from entries to points. */
static const double WINOGRAD_INPUT_4[6][6] = {{1.265625, 0.0, -2.8125, 0.0, 1.0, 0.0}, {0.0, -1.6875, -2.25, 0.75, 1.0, 0.0},
                                              {0.0, 1.6875, -2.25, -0.75, 1.0, 0.0},   {0.0, -0.84375, -0.5625, 1.5, 1.0, 0.0},
                                              {0.0, 0.84375, -0.5625, -1.5, 1.0, 0.0}, {0.0, 1.265625, 0.0, -2.8125, 0.0, 1.0}};

#endif
