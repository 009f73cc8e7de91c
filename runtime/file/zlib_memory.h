/* Memory of zlib from a StrataAllocator. */
#ifndef STRATA_FILE_ZLIB_MEMORY_H
#define STRATA_FILE_ZLIB_MEMORY_H

#include "base/allocator.h"

#define ZLIB_CONST /* its input is constant */
#include <zlib.h>

/* A stream whose memory comes from `allocator`, which must outlive it; ready for inflateInit2 or deflateInit2. */
z_stream zlib_stream(StrataAllocator *allocator);

#endif
