/* Writing to a descriptor without being killed by a closed pipe. */
#ifndef STRATA_FILE_WRITE_DESCRIPTOR_H
#define STRATA_FILE_WRITE_DESCRIPTOR_H

#include <stddef.h>

/* Writes all bytes. Gives 0, or the errno of what failed; EPIPE for a closed pipe, whose signal this thread does not see. */
int write_descriptor(int descriptor, const void *bytes, size_t size);

#endif
