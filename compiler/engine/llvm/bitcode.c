/* The kernels' bitcode, embedded while building (CMakeLists.txt), and where a kernel is found in it. */
#include "compilation.h"

#include <llvm-c/BitReader.h>
#include <stddef.h>

#define BITCODE(name) extern const char bitcode_##name[], bitcode_end_##name[];
#include "bitcode_rows.h"
#undef BITCODE

#define BITCODE(name) {bitcode_##name, bitcode_end_##name},
static const Bitcode files[] = {
#include "bitcode_rows.h"
};
#undef BITCODE

enum { FILE_COUNT = sizeof files / sizeof *files };
_Static_assert(sizeof files / sizeof *files <= BITCODE_LIMIT, "raise BITCODE_LIMIT");

static LLVMMemoryBufferRef open_file(int index)
{
    size_t size = (size_t)(files[index].end - files[index].start);
    return LLVMCreateMemoryBufferWithMemoryRange(files[index].start, size, "kernels", 0);
}

bool bitcode_open(Compilation *compilation, StrataError *error)
{
    for (int i = 0; i < FILE_COUNT; i++) {
        /* bodies of functions are not read before they are needed, and here never are; the module owns the buffer */
        if (LLVMGetBitcodeModuleInContext2(compilation->context, open_file(i), &compilation->directory[i])) {
            compilation->directory[i] = NULL;
            return error_set(error, STRATA_INTERNAL, 0, "the kernels' bitcode cannot be read: %s", compilation->message);
        }
    }
    return true;
}

void bitcode_close(Compilation *compilation)
{
    for (int i = 0; i < FILE_COUNT; i++) {
        if (compilation->directory[i])
            LLVMDisposeModule(compilation->directory[i]);
        if (compilation->parts[i])
            LLVMDisposeModule(compilation->parts[i]);
    }
}

static bool defines(LLVMModuleRef module, const char *symbol)
{
    LLVMValueRef function = LLVMGetNamedFunction(module, symbol);
    return function && !LLVMIsDeclaration(function);
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
    for (int i = 0; i < FILE_COUNT; i++) {
        if (!defines(compilation->directory[i], symbol))
            continue;
        if (!compilation->parts[i])
            compilation->parts[i] = read_part(compilation, i);
        return compilation->parts[i];
    }
    return NULL;
}

/* Reads the parts that a part calls into; true when one of them is new. */
static bool read_called(Compilation *compilation, LLVMModuleRef part)
{
    bool news = false;
    for (LLVMValueRef f = LLVMGetFirstFunction(part); f; f = LLVMGetNextFunction(f)) {
        size_t length;
        const char *name = LLVMGetValueName2(f, &length);
        for (int i = 0; LLVMIsDeclaration(f) && i < FILE_COUNT; i++)
            if (!compilation->parts[i] && defines(compilation->directory[i], name))
                news |= bitcode_part(compilation, name) != NULL;
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
