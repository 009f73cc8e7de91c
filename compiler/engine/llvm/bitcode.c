/* The runtime's bitcode, embedded while building (CMakeLists.txt), and where a function is found in it.
 *
 * Names of functions end as those of the files do: what is compiled once for each precision and level has these behind its name (kernel/real.h). So of
 * a hundred files only those with the same end are looked into, and of these only the names of functions are read. */
#include "compilation.h"

#include <llvm-c/BitReader.h>
#include <stddef.h>
#include <string.h>

#define BITCODE(name) extern const char bitcode_##name[], bitcode_end_##name[];
#include "bitcode_rows.h"
#undef BITCODE

#define BITCODE(name) {#name, bitcode_##name, bitcode_end_##name},
static const Bitcode files[] = {
#include "bitcode_rows.h"
};
#undef BITCODE

enum { FILE_COUNT = sizeof files / sizeof *files };
_Static_assert(sizeof files / sizeof *files <= BITCODE_LIMIT, "raise BITCODE_LIMIT");

void bitcode_close(Compilation *compilation)
{
    for (int i = 0; i < FILE_COUNT; i++) {
        if (compilation->directory[i])
            LLVMDisposeModule(compilation->directory[i]);
        if (compilation->parts[i])
            LLVMDisposeModule(compilation->parts[i]);
    }
}

/* From "_single" or "_double" on; the end of a name that has neither. */
static const char *suffix_of(const char *name)
{
    static const char *const precisions[] = {"_single", "_double"};
    for (int i = 0; i < 2; i++) {
        const char *found = strstr(name, precisions[i]);
        char after = found ? found[strlen(precisions[i])] : 'x';
        if (after == '\0' || after == '_')
            return found;
    }
    return name + strlen(name);
}

static LLVMMemoryBufferRef open_file(int index)
{
    size_t size = (size_t)(files[index].end - files[index].start);
    return LLVMCreateMemoryBufferWithMemoryRange(files[index].start, size, "kernels", 0);
}

/* The module with the names of a file's functions, whose bodies are not read; it owns the buffer. Null where it cannot be read. */
static LLVMModuleRef look_into(Compilation *compilation, int index)
{
    LLVMModuleRef *names = &compilation->directory[index];
    if (!*names && LLVMGetBitcodeModuleInContext2(compilation->context, open_file(index), names))
        *names = NULL;
    return *names;
}

/* The file in which a function is defined; -1: none. */
static int find_file(Compilation *compilation, const char *symbol)
{
    const char *suffix = suffix_of(symbol);
    for (int i = 0; i < FILE_COUNT; i++) {
        if (strcmp(suffix_of(files[i].name), suffix) != 0)
            continue;
        LLVMModuleRef names = look_into(compilation, i);
        LLVMValueRef function = names ? LLVMGetNamedFunction(names, symbol) : NULL;
        if (function && !LLVMIsDeclaration(function))
            return i;
    }
    return -1;
}

static LLVMModuleRef read_part(Compilation *compilation, int index)
{
    LLVMMemoryBufferRef buffer = open_file(index);
    LLVMModuleRef module;
    bool failed = LLVMParseBitcodeInContext2(compilation->context, buffer, &module);
    LLVMDisposeMemoryBuffer(buffer);
    if (failed)
        return NULL;
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
        if (!LLVMIsDeclaration(f))
            processor_apply(&compilation->processor, f);
    return module;
}

LLVMModuleRef bitcode_part(Compilation *compilation, const char *symbol)
{
    int file = find_file(compilation, symbol);
    if (file < 0)
        return NULL;
    if (!compilation->parts[file])
        compilation->parts[file] = read_part(compilation, file);
    return compilation->parts[file];
}

/* Reads the parts that a part calls into; true when one of them is new. */
static bool read_called(Compilation *compilation, LLVMModuleRef part)
{
    bool news = false;
    for (LLVMValueRef f = LLVMGetFirstFunction(part); f; f = LLVMGetNextFunction(f)) {
        size_t length;
        if (!LLVMIsDeclaration(f) || LLVMGetIntrinsicID(f))
            continue;
        int file = find_file(compilation, LLVMGetValueName2(f, &length));
        if (file >= 0 && !compilation->parts[file])
            news |= (compilation->parts[file] = read_part(compilation, file)) != NULL;
    }
    return news;
}

void bitcode_complete(Compilation *compilation)
{
    bool news = true;
    while (news) {
        news = false;
        for (int i = 0; i < FILE_COUNT; i++)
            if (compilation->parts[i])
                news |= read_called(compilation, compilation->parts[i]);
    }
}
