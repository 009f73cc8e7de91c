/* Deformations x(u - tau(u)) of pictures and signals on a circle, and what they are measured by. */
#ifndef STRATA_TOOL_DEFORM_H
#define STRATA_TOOL_DEFORM_H

#include <stdbool.h>
#include <stdint.h>

typedef enum DeformFamily { DEFORM_DILATION, DEFORM_ROTATION, DEFORM_RANDOM, DEFORM_TRANSLATION } DeformFamily;

/* A displacement for each place of rows x columns: along rows, then along columns. */
typedef struct Deformation {
    int64_t rows, columns;
    double *along[2];
    double slope;   /* largest difference of neighbours' displacements: |grad tau| */
    double longest; /* largest displacement: |tau| */
} Deformation;

/* Of a family: dilation and rotation around the middle, fading out towards the border; a smooth random field, drawn from `seed`; a translation along the last axis
 * of one-dimensional signals, else along rows. `size` is the largest slope, of a translation the samples. False when memory ends. */
bool deformation_make(Deformation *deformation, DeformFamily family, int64_t rows, int64_t columns, double size, uint64_t seed);
void deformation_release(Deformation *deformation);

/* A Gaussian packet at 1.9 radians a sample, the hard case for Fourier transforms, at u - tau(u); `deformation` null: at u. */
void deform_packet(const Deformation *deformation, int64_t rows, int64_t columns, double *result);

/* A plane of numbers at u - tau(u), by cubic splines around the circle. False when memory ends. */
bool deform_plane(const Deformation *deformation, const double *plane, double *result);

#endif
