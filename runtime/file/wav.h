/* WAV: sounds as channels x samples. */
#ifndef STRATA_FILE_WAV_H
#define STRATA_FILE_WAV_H

#include "file/sample_file.h"

/* True when the bytes begin as every WAV file does. */
bool wav_recognise(const unsigned char *bytes, size_t size);

/* The sound of a whole file in memory, float32 from -1 to 1: PCM of 8, 16, 24 or 32 bits, or 32-bit floating point. Null with E0834 or E0806. */
Tensor *wav_decode(const StrataAllocator *allocator, const char *name, const unsigned char *bytes, size_t size, StrataError *error);

/* What wav_decode would give. False with E0834. */
bool wav_measure(const char *name, const unsigned char *bytes, size_t size, SampleForm *form, StrataError *error);

#endif
