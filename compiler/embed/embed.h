/* Files that are part of the library: the standard library and the pages of the errors. They are made into arrays while building
 * (embed.cmake), so that nothing is looked for on the disk when Strata runs. */
#ifndef STRATA_EMBED_EMBED_H
#define STRATA_EMBED_EMBED_H

#include <stddef.h>

typedef struct EmbeddedFile {
    const char *name; /* without folder: "prelude.net", "E0601.md"; null ends the table */
    const char *text; /* `length` bytes and a final 0 */
    size_t length;
} EmbeddedFile;

/* In the order of their names. */
extern const EmbeddedFile stdlib_files[];
extern const EmbeddedFile error_pages[];

#endif
