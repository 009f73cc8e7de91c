/* A folder with a folder for each class: pictures (PNG) or sounds (WAV), all of one shape. */
#ifndef STRATA_TRAIN_CLASS_FOLDER_H
#define STRATA_TRAIN_CLASS_FOLDER_H

#include "base/name_list.h"
#include "tensor/tensor.h"

/* Classes are numbered in the order of the folders' names, compared byte by byte; samples stand in the order of classes, then of file names.
 * `samples` gets their batch, `labels` an int64 for each, `classes` the folders' names. The caller owns all three, also after
 * false, when they may be null or empty. */
bool class_folder_read(const StrataAllocator *allocator, const char *path, Tensor **samples, Tensor **labels, NameList *classes,
                       StrataError *error);

#endif
