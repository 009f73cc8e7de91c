/* Object files of built nets. For each processor the net's code is linked to the kernels, made private but for its entries, and optimised; the glue likewise,
 * with the part that all models share; then all become one module, which is written. */
#include "compilation.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/IRReader.h>
#include <llvm-c/Linker.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdio.h>
#include <string.h>

#define PASSES "globaldce,default<O2>"

/* The glue runs on every processor that Strata is for. */
#define BASELINE "x86-64-v2"

/* What one object is made with; each Compilation is for one processor and shares the context. */
typedef struct Assembly {
    NativeObject *object;
    LLVMOrcThreadSafeContextRef shared;
    LLVMContextRef context;
    LLVMModuleRef whole;
    char message[256];
} Assembly;

static void keep_complaint(LLVMDiagnosticInfoRef info, void *context)
{
    Assembly *assembly = context;
    char *description = LLVMGetDiagInfoDescription(info);
    if (LLVMGetDiagInfoSeverity(info) == LLVMDSError)
        snprintf(assembly->message, sizeof assembly->message, "%s", description);
    LLVMDisposeMessage(description);
}

/* Gives false; the message is given back. */
static bool failed(char *message, StrataError *error)
{
    error_set(error, STRATA_INTERNAL, 0, "LLVM: %s", message ? message : "no reason given");
    LLVMDisposeMessage(message);
    return false;
}

/* A text as a module with the layout of the machine; null after filling `error`. */
static LLVMModuleRef read_text(const Compilation *compilation, const char *text, size_t length, StrataError *error)
{
    LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(text, length, "net");
    LLVMModuleRef module = NULL;
    char *message = NULL;
    if (LLVMParseIRInContext(compilation->context, buffer, &module, &message)) { /* owns the buffer */
        failed(message, error);
        return NULL;
    }
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(compilation->machine);
    LLVMSetModuleDataLayout(module, layout);
    LLVMDisposeTargetData(layout);
    LLVMSetTarget(module, compilation->processor.triple);
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
        if (!LLVMIsDeclaration(f))
            processor_apply(&compilation->processor, f);
    return module;
}

/* Reads the bitcode of what a module calls, and of what that calls, and links it in. */
static bool link_bitcode(Compilation *compilation, LLVMModuleRef module, const Assembly *assembly, StrataError *error)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f)) {
        size_t length;
        if (LLVMIsDeclaration(f))
            bitcode_part(compilation, LLVMGetValueName2(f, &length));
    }
    bitcode_complete(compilation);
    for (int i = 0; i < BITCODE_LIMIT; i++) {
        LLVMModuleRef part = compilation->parts[i];
        compilation->parts[i] = NULL;
        if (part && LLVMLinkModules2(module, part))
            return error_set(error, STRATA_INTERNAL, 0, "LLVM: %s", assembly->message);
    }
    return true;
}

static bool is_among(const char *name, const char *const *names, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Functions and data become private to the module, but those that are named. */
static void keep_inside(LLVMModuleRef module, const char *const *names, int64_t count)
{
    size_t length;
    for (LLVMValueRef f = LLVMGetFirstFunction(module); f; f = LLVMGetNextFunction(f))
        if (!LLVMIsDeclaration(f) && !is_among(LLVMGetValueName2(f, &length), names, count)) {
            LLVMSetVisibility(f, LLVMDefaultVisibility);
            LLVMSetLinkage(f, LLVMInternalLinkage);
        }
    for (LLVMValueRef g = LLVMGetFirstGlobal(module); g; g = LLVMGetNextGlobal(g))
        if (LLVMGetInitializer(g) && LLVMGetLinkage(g) == LLVMExternalLinkage) {
            LLVMSetVisibility(g, LLVMDefaultVisibility);
            LLVMSetLinkage(g, LLVMInternalLinkage);
        }
}

static bool optimise(const Compilation *compilation, LLVMModuleRef module, const char *passes, StrataError *error)
{
    char *message = NULL;
    if (LLVMVerifyModule(module, LLVMReturnStatusAction, &message))
        return failed(message, error);
    LLVMDisposeMessage(message);
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef problem = LLVMRunPasses(module, passes, compilation->machine, options);
    LLVMDisposePassBuilderOptions(options);
    if (!problem)
        return true;
    message = LLVMGetErrorMessage(problem);
    error_set(error, STRATA_INTERNAL, 0, "LLVM: %s", message);
    LLVMDisposeErrorMessage(message);
    return false;
}

/* A text with its bitcode, optimised, as a part of the whole. */
static bool add_text(Assembly *assembly, Compilation *compilation, const char *text, size_t length, const char *const *kept,
                     int64_t kept_count, StrataError *error)
{
    LLVMModuleRef module = read_text(compilation, text, length, error);
    if (!module)
        return false;
    if (!link_bitcode(compilation, module, assembly, error)) {
        LLVMDisposeModule(module);
        return false;
    }
    keep_inside(module, kept, kept_count);
    if (!optimise(compilation, module, PASSES, error)) {
        LLVMDisposeModule(module);
        return false;
    }
    if (!assembly->whole) {
        assembly->whole = module;
        return true;
    }
    return !LLVMLinkModules2(assembly->whole, module) || error_set(error, STRATA_INTERNAL, 0, "LLVM: %s", assembly->message);
}

/* ---- Writing ---- */

static bool write_module(const Assembly *assembly, const Compilation *compilation, StrataError *error)
{
    NativeObject *object = assembly->object;
    LLVMMemoryBufferRef buffer = NULL;
    char *message = NULL;
    char *text = object->form == NATIVE_LLVM ? LLVMPrintModuleToString(assembly->whole) : NULL;
    LLVMCodeGenFileType type = object->form == NATIVE_CODE ? LLVMObjectFile : LLVMAssemblyFile;
    if (!text && LLVMTargetMachineEmitToMemoryBuffer(compilation->machine, assembly->whole, type, &message, &buffer))
        return failed(message, error);
    const char *bytes = text ? text : LLVMGetBufferStart(buffer);
    object->size = text ? strlen(text) : LLVMGetBufferSize(buffer);
    object->bytes = allocator_take(object->allocator, object->size, 1);
    if (object->bytes)
        memcpy(object->bytes, bytes, object->size);
    LLVMDisposeMessage(text);
    if (buffer)
        LLVMDisposeMemoryBuffer(buffer);
    return object->bytes || error_memory(error, object->size);
}

/* ---- Processors ---- */

static bool begin(Compilation *compilation, const Assembly *assembly, const char *processor, StrataError *error)
{
    *compilation = (Compilation){.shared = assembly->shared, .context = assembly->context};
    return processor_open_named(compilation, processor, error);
}

static void end(Compilation *compilation)
{
    bitcode_close(compilation);
    processor_close(compilation);
}

static bool add_target(Assembly *assembly, const NativeTarget *target, StrataError *error)
{
    const NativeObject *object = assembly->object;
    Compilation compilation;
    bool good = begin(&compilation, assembly, target->processor, error) &&
                add_text(assembly, &compilation, target->text, target->length, object->entries, object->entry_count, error);
    end(&compilation);
    return good;
}

/* The glue comes last: what targets define for it is private once it is linked. */
static bool add_glue(Assembly *assembly, StrataError *error)
{
    const NativeObject *object = assembly->object;
    Compilation compilation;
    bool good =
        begin(&compilation, assembly, BASELINE, error) &&
        add_text(assembly, &compilation, object->glue, object->glue_length, object->exported, object->exported_count, error);
    if (good)
        keep_inside(assembly->whole, object->exported, object->exported_count);
    good = good && optimise(&compilation, assembly->whole, "globaldce", error) && write_module(assembly, &compilation, error);
    end(&compilation);
    return good;
}

bool object_make(NativeObject *object, StrataError *error)
{
    Assembly assembly = {.object = object, .shared = LLVMOrcCreateNewThreadSafeContext()};
    assembly.context = LLVMOrcThreadSafeContextGetContext(assembly.shared);
    LLVMContextSetDiagnosticHandler(assembly.context, keep_complaint, &assembly);
    bool good = true;
    for (int64_t i = 0; good && i < object->target_count; i++)
        good = add_target(&assembly, &object->targets[i], error);
    good = good && add_glue(&assembly, error);
    if (assembly.whole)
        LLVMDisposeModule(assembly.whole);
    LLVMContextSetDiagnosticHandler(assembly.context, NULL, NULL);
    LLVMOrcDisposeThreadSafeContext(assembly.shared);
    return good;
}
