/* Linking a shared library by the program that the system has for it. */
#ifndef STRATA_BUILD_LINK_H
#define STRATA_BUILD_LINK_H

#include "build/build.h"
#include "build/output.h"

enum { E_LINKER_MISSING = 1071, E_LINKER_FAILED = 1072 };

/* Makes the library `library` of the object file `object`, both paths in the folder of `output`; the names in the file `script` (a version
 * script) can be seen from outside, no others. `linker`: a program, or null: the first of cc, gcc, clang, ld.lld, ld that is found. It needs
 * nothing but libc and libm. A cancelled build ends the linker too. False after filling `error`. */
bool link_library(Output *output, const BuildOptions *options, const char *object, const char *script, const char *library,
                  const char *soname, StrataError *error);

#endif
