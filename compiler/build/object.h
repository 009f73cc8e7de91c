/* Object files: code with the weights put in, and archives of one object. */
#ifndef STRATA_BUILD_OBJECT_H
#define STRATA_BUILD_OBJECT_H

#include "build/facts.h"
#include "build/output.h"

/* Object code as the compiler gave it (ELF for x86-64, relocatable). */
typedef struct ObjectCode {
    char *bytes;
    size_t size;
} ObjectCode;

/* Adds to a file the object code with the section's bytes as the definition of `symbol`, which the code only declares. The weights go from the
 * caller's memory to the file and are never copied. A code without that symbol, or null `section`, is written as it is. False after filling
 * `error`; STRATA_INTERNAL for code that is no such object. */
bool object_write(const ObjectCode *code, const char *symbol, const Section *section, OutputFile *file, StrataError *error);

/* Bytes that object_write will write. */
size_t object_size(const ObjectCode *code, const char *symbol, const Section *section);

/* The same as the only member, `name`, of an archive with its index of symbols. `exported`: the names that it defines for others. */
bool archive_write(const ObjectCode *code, const char *symbol, const Section *section, const char *name,
                   const char *const *exported, int64_t exported_count, OutputFile *file, StrataError *error);

/* The bytes of a section, zeros between the pieces, from where the file stands. */
bool section_write(const Section *section, OutputFile *file, StrataError *error);

#endif
