/* Augmentation: random changes of a picture each time that it is drawn. */
#ifndef STRATA_TRAIN_AUGMENT_H
#define STRATA_TRAIN_AUGMENT_H

#include "train/dataset.h"

/* Whether it changes anything. */
bool augments(const Augmentation *augmentation);

/* The largest picture whose pixels can be moved, in pixels of a channel. */
enum { AUGMENT_PIXELS = 1 << 16 };

/* Whether it moves pixels. */
bool augment_moves(const Augmentation *augmentation);

/* Changes a sample of a field (channels x rows x columns, or rows x columns) in place; `precise` says double or single precision. The same seed,
 * epoch and sample give the same change. What comes in from outside the picture is its nearest border. */
void augment_sample(const Augmentation *augmentation, const DataField *field, bool precise, void *sample, uint64_t seed,
                    uint64_t epoch, int64_t index);

#endif
