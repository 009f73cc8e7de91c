/* The pages of the errors, by code. */
#include "embed/embed.h"
#include "strata.h"

#include <stdlib.h>

/* "E0601.md" is 601; another file of the folder is no page. */
static int code_of(const EmbeddedFile *file)
{
    return file->name[0] == 'E' ? (int)strtol(file->name + 1, NULL, 10) : 0;
}

const char *strata_explain(int code)
{
    for (const EmbeddedFile *file = error_pages; file->name && code > 0; file++)
        if (code_of(file) == code)
            return file->text;
    return NULL;
}

int strata_explained(int64_t index)
{
    for (const EmbeddedFile *file = error_pages; file->name; file++)
        if (code_of(file) > 0 && index-- == 0)
            return code_of(file);
    return 0;
}
