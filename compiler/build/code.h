/* The code of a model, from the compiling engine. */
#ifndef STRATA_BUILD_CODE_H
#define STRATA_BUILD_CODE_H

#include "build/object.h"

enum { E_PROCESSOR = 1073 };

/* Compiles the net and its glue into one form; bytes come from the allocator and are given back with code_release. False after filling
 * `error`. */
bool code_make(const Facts *facts, BuildForm form, const StrataAllocator *allocator, ObjectCode *result, StrataError *error);
void code_release(const StrataAllocator *allocator, ObjectCode *code);

#endif
