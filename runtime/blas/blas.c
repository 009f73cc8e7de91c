/* Finding OpenBLAS; see blas.h. */
#include "blas/blas.h"

#include <dlfcn.h>
#include <string.h>

static const char *const library_names[] = {"libopenblas.so.0", "libopenblas.so", "libopenblas.dylib"};

static void *open_library(void)
{
    void *library = NULL;
    for (size_t i = 0; !library && i < sizeof library_names / sizeof *library_names; i++)
        library = dlopen(library_names[i], RTLD_NOW | RTLD_LOCAL);
    return library;
}

/* Writes the address of a function to the pointer at `place`. ISO C has no cast from an object pointer to a function's; POSIX says that
 * they have one form. */
static bool find_function(void *library, const char *name, void *place)
{
    void *address = dlsym(library, name);
    memcpy(place, &address, sizeof address);
    return address != NULL;
}

bool blas_open(Blas *blas)
{
    memset(blas, 0, sizeof *blas);
    void *library = open_library();
    if (!library)
        return false;
    void (*set_threads)(int) = NULL;
    bool complete = find_function(library, "cblas_sgemm", &blas->multiply_single) &&
                    find_function(library, "cblas_dgemm", &blas->multiply_double) &&
                    find_function(library, "cblas_sgemv", &blas->apply_single) &&
                    find_function(library, "cblas_dgemv", &blas->apply_double) &&
                    find_function(library, "openblas_set_num_threads", &set_threads);
    if (complete)
        set_threads(1);
    return complete;
}
