/* Loading the module that compiles; see native.h. */
#include "engine/native.h"

#include "base/error.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

enum { E_NO_COMPILER = 1060, PATH_LIMIT = 4096 };

#define MODULE_NAME "strata/libstrata_llvm.so"

/* The module's path, beside whatever file this function was loaded from; "" when that cannot be found. */
static void find_path(char path[PATH_LIMIT])
{
    static const char here = 0;
    Dl_info info;
    path[0] = '\0';
    if (!dladdr(&here, &info) || !info.dli_fname)
        return;
    const char *slash = strrchr(info.dli_fname, '/');
    int folder = slash ? (int)(slash - info.dli_fname) + 1 : 0;
    int length = snprintf(path, PATH_LIMIT, "%.*s" MODULE_NAME, folder, info.dli_fname);
    if (length < 0 || length >= PATH_LIMIT)
        path[0] = '\0';
}

/* A failure of the dynamic linker, in its own words. */
static const NativeCompiler *failed(StrataError *error)
{
    const char *reason = dlerror();
    error_set(error, STRATA_FILE, E_NO_COMPILER, "the compiling engine cannot be loaded: %s", reason ? reason : "no reason given");
    return NULL;
}

const NativeCompiler *native_load(StrataError *error)
{
    char path[PATH_LIMIT];
    find_path(path);
    void *module = dlopen(path[0] ? path : MODULE_NAME, RTLD_NOW | RTLD_LOCAL);
    if (!module)
        return failed(error);
    void *address = dlsym(module, NATIVE_COMPILER_SYMBOL);
    NativeCompilerFunction *entry;
    memcpy(&entry, &address, sizeof entry); /* ISO C has no cast from an object pointer to a function's */
    if (!entry)
        return failed(error);
    const NativeCompiler *compiler = entry();
    if (strcmp(compiler->version, STRATA_VERSION_TEXT) == 0 && compiler->arguments_size == sizeof(KernelArguments))
        return compiler;
    error_set(error, STRATA_FILE, E_NO_COMPILER, "the compiling engine %s belongs to Strata %s, not to %s", path, compiler->version,
              STRATA_VERSION_TEXT);
    return NULL;
}
