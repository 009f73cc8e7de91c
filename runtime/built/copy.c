/* What the code of a net does besides calling kernels: moving slices of a scan's sequences. */
#include "built/built.h"

#include <string.h>

void built_copy(void *to, int64_t to_stride, const void *from, int64_t from_stride, int64_t bytes, int64_t samples)
{
    for (int64_t i = 0; i < samples; i++)
        memcpy((unsigned char *)to + to_stride * i, (const unsigned char *)from + from_stride * i, (size_t)bytes);
}
