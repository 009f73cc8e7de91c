/* Pictures: PNG files to tensors of channels x rows x columns and back, and folders of them. */
#ifndef STRATA_FILE_PICTURE_H
#define STRATA_FILE_PICTURE_H

#include "file/read.h"
#include "file/sample_file.h"
#include "file/write.h"
#include "tensor/tensor_set.h"

/* Larger pictures are refused before anything is unpacked (E0803). */
enum { PICTURE_SIDE_LIMIT = 1 << 16, PICTURE_PIXEL_LIMIT = 1 << 26 };

/* True when the bytes begin as every PNG does. */
bool png_recognise(const unsigned char *bytes, size_t size);

/* The picture of a whole PNG file in memory. Channels: 1 grey, 2 grey and alpha, 3 red green blue, 4 with alpha; a palette becomes
 * red green blue, and transparent colours become alpha. Bytes (uint8) 0 to 255 for up to 8 bits a channel, 1-, 2- and 4-bit greys
 * spread over them; float32 from 0 to 1 for 16 bits. Null with E0803 or E0830. */
Tensor *png_decode(const StrataAllocator *allocator, const char *name, const unsigned char *bytes, size_t size, StrataError *error);

/* What png_decode would give, without unpacking it. False with E0803 or E0830. */
bool png_measure(const StrataAllocator *allocator, const char *name, const unsigned char *bytes, size_t size, SampleForm *form,
                 StrataError *error);

/* Writes uint8 of rows x columns, 1 x rows x columns (grey) or 3 x rows x columns (red, green, blue). E0831 for anything else. */
bool png_encode(const Tensor *tensor, FileWriter *writer, StrataError *error);

/* All files of a folder whose names end in `.png` or `.wav` (in either case) in order of their names, compared byte by byte; the names in the
 * set are those of the files, without the folder. Null with E0801, E0803, E0830 or E0832, naming the file. */
TensorSet *picture_folder_read(const StrataAllocator *allocator, const char *path, StrataError *error);

#endif
