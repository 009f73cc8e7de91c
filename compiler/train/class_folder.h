/* A folder with a folder for each class: pictures (PNG) or sounds (WAV), all of one shape. */
#ifndef STRATA_TRAIN_CLASS_FOLDER_H
#define STRATA_TRAIN_CLASS_FOLDER_H

#include "base/name_list.h"
#include "file/row_reader.h"

typedef struct ClassFolder {
    RowReader *samples; /* in the order of classes, then of file names; each is unpacked when it is asked for */
    Tensor *labels;     /* an int64 for each */
    NameList classes;   /* the folders' names, in the order of their bytes */
} ClassFolder;

/* Finds and measures all files: whatever their heads say wrong is an error here. The caller closes the folder, also after false. */
bool class_folder_open(const StrataAllocator *allocator, const char *path, ClassFolder *folder, StrataError *error);
void class_folder_close(const StrataAllocator *allocator, ClassFolder *folder);

#endif
