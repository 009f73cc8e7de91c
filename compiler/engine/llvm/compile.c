/* Compiling the kernels of a Plan: all are specialised and linked into one module, which is verified, optimised, measured, and becomes code (or a text
 * to read). One module, since LLVM takes about as long to begin with one as to compile a small kernel. */
#include "compilation.h"

#include <inttypes.h>
#include <llvm-c/Analysis.h>
#include <llvm-c/Linker.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdio.h>
#include <string.h>

/* What no call needs goes first; then what -O2 does: -O3 takes twice as long for kernels that are no faster. */
#define PASSES "globaldce,default<O2>"

struct NativeCode {
    StrataAllocator allocator;
    LLVMOrcLLJITRef jit; /* null for a text */
    char *text;          /* a message of LLVM's, or null */
};

/* An error of LLVM's, which is given back. Gives false. */
static bool take_error(LLVMErrorRef problem, StrataError *error)
{
    char *message = LLVMGetErrorMessage(problem);
    error_set(error, STRATA_INTERNAL, 0, "LLVM: %s", message);
    LLVMDisposeErrorMessage(message);
    return false;
}

/* Keeps what LLVM complains about; without this, it would print and end the process. */
static void keep_complaint(LLVMDiagnosticInfoRef info, void *context)
{
    Compilation *compilation = context;
    char *description = LLVMGetDiagInfoDescription(info);
    if (LLVMGetDiagInfoSeverity(info) == LLVMDSError)
        snprintf(compilation->message, sizeof compilation->message, "%s", description);
    LLVMDisposeMessage(description);
}

/* Between two steps: whether nobody wants the code any more. */
static bool goes_on(const Compilation *compilation, StrataError *error)
{
    const atomic_bool *cancelled = compilation->request->cancelled;
    return !cancelled || !atomic_load(cancelled) || error_set(error, STRATA_CANCELLED, 0, "stopped");
}

/* --- the module ------------------------------------------------------------------------------------------------------------- */

enum { NAME_LIMIT = 96 };

/* `_` rather than `.`, at which debuggers cut. */
static void name_of(const NativeKernel *kernel, int64_t index, char name[NAME_LIMIT])
{
    snprintf(name, NAME_LIMIT, "%s_%" PRId64, kernel->symbol, index);
}

static void specialise_all(Compilation *compilation)
{
    for (int64_t i = 0; i < compilation->request->count; i++) {
        NativeKernel *kernel = &compilation->request->kernels[i];
        char name[NAME_LIMIT];
        name_of(kernel, i, name);
        if (!specialise(compilation, kernel, name))
            snprintf(kernel->reason, sizeof kernel->reason, "there is no bitcode of it");
    }
}

/* Linking consumes the part that is linked in, whether it succeeds or not. */
static bool link_parts(Compilation *compilation, StrataError *error)
{
    compilation->module = LLVMModuleCreateWithNameInContext("kernels", compilation->context);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(compilation->machine);
    LLVMSetModuleDataLayout(compilation->module, layout);
    LLVMDisposeTargetData(layout);
    LLVMSetTarget(compilation->module, compilation->processor.triple);
    for (int i = 0; i < BITCODE_LIMIT; i++) {
        LLVMModuleRef part = compilation->parts[i];
        compilation->parts[i] = NULL;
        if (part && LLVMLinkModules2(compilation->module, part))
            return error_set(error, STRATA_INTERNAL, 0, "LLVM: %s", compilation->message);
    }
    return true;
}

/* Everything becomes private to the module but the functions that are asked for, so that what is inlined or not called goes away. */
static void keep_inside(const Compilation *compilation)
{
    for (LLVMValueRef f = LLVMGetFirstFunction(compilation->module); f; f = LLVMGetNextFunction(f)) {
        if (LLVMIsDeclaration(f))
            continue;
        LLVMSetLinkage(f, LLVMInternalLinkage);
        LLVMSetVisibility(f, LLVMDefaultVisibility);
    }
    for (int64_t i = 0; i < compilation->request->count; i++) {
        char name[NAME_LIMIT];
        name_of(&compilation->request->kernels[i], i, name);
        LLVMValueRef function = LLVMGetNamedFunction(compilation->module, name);
        if (function)
            LLVMSetLinkage(function, LLVMExternalLinkage);
    }
}

static bool verify(const Compilation *compilation, StrataError *error)
{
    char *message = NULL;
    bool broken = LLVMVerifyModule(compilation->module, LLVMReturnStatusAction, &message);
    if (broken)
        error_set(error, STRATA_INTERNAL, 0, "invalid code: %s", message);
    LLVMDisposeMessage(message);
    return !broken;
}

static bool optimise(const Compilation *compilation, StrataError *error)
{
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMPassBuilderOptionsSetLoopInterleaving(options, 0); /* a third of the code, for kernels that are no faster */
    LLVMErrorRef problem = LLVMRunPasses(compilation->module, PASSES, compilation->machine, options);
    LLVMDisposePassBuilderOptions(options);
    return problem ? take_error(problem, error) : true;
}

static int64_t count_instructions(LLVMValueRef function)
{
    int64_t count = 0;
    for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function); block; block = LLVMGetNextBasicBlock(block))
        for (LLVMValueRef i = LLVMGetFirstInstruction(block); i; i = LLVMGetNextInstruction(i))
            count++;
    return count;
}

/* Making code of a function takes time and memory by its length, sometimes more than in proportion: functions past the limits are taken out. */
static void keep_limits(const Compilation *compilation)
{
    const NativeRequest *request = compilation->request;
    int64_t together = 0;
    for (int64_t i = 0; i < request->count; i++) {
        NativeKernel *kernel = &request->kernels[i];
        char name[NAME_LIMIT];
        name_of(kernel, i, name);
        LLVMValueRef function = LLVMGetNamedFunction(compilation->module, name);
        if (!function)
            continue;
        kernel->instructions = count_instructions(function);
        if (kernel->instructions > request->most_instructions)
            snprintf(kernel->reason, sizeof kernel->reason, "%" PRId64 " instructions, more than %" PRId64, kernel->instructions,
                     request->most_instructions);
        else if (together + kernel->instructions > request->most_instructions_together)
            snprintf(kernel->reason, sizeof kernel->reason, "all together have more than %" PRId64 " instructions",
                     request->most_instructions_together);
        else
            together += kernel->instructions;
        if (kernel->reason[0])
            LLVMDeleteFunction(function);
    }
}

static bool make_module(Compilation *compilation, StrataError *error)
{
    specialise_all(compilation);
    bitcode_complete(compilation);
    if (!goes_on(compilation, error) || !link_parts(compilation, error))
        return false;
    keep_inside(compilation);
    if (!verify(compilation, error) || !goes_on(compilation, error) || !optimise(compilation, error) || !verify(compilation, error))
        return false;
    keep_limits(compilation);
    return true;
}

/* --- code ------------------------------------------------------------------------------------------------------------------- */

/* Errors come back from the look-up as well; printing them is not for a library. */
static void report_nothing(void *context, LLVMErrorRef problem)
{
    (void)context;
    LLVMConsumeError(problem);
}

/* Kernels call libc and libm, which every process has. */
static bool offer_libraries(LLVMOrcLLJITRef jit, StrataError *error)
{
    static const char *const libraries[] = {NULL, "libm.so.6"};
    char prefix = LLVMOrcLLJITGetGlobalPrefix(jit);
    for (int i = 0; i < 2; i++) {
        LLVMOrcDefinitionGeneratorRef generator = NULL;
        LLVMErrorRef problem = libraries[i]
                                   ? LLVMOrcCreateDynamicLibrarySearchGeneratorForPath(&generator, libraries[i], prefix, NULL, NULL)
                                   : LLVMOrcCreateDynamicLibrarySearchGeneratorForProcess(&generator, prefix, NULL, NULL);
        if (problem)
            return take_error(problem, error);
        LLVMOrcJITDylibAddGenerator(LLVMOrcLLJITGetMainJITDylib(jit), generator); /* owns it */
    }
    return true;
}

static bool open_jit(const Compilation *compilation, NativeCode *code, StrataError *error)
{
    LLVMOrcLLJITBuilderRef builder = LLVMOrcCreateLLJITBuilder();
    LLVMTargetMachineRef machine = processor_machine(&compilation->processor, error);
    if (!machine) {
        LLVMOrcDisposeLLJITBuilder(builder);
        return false;
    }
    LLVMOrcLLJITBuilderSetJITTargetMachineBuilder(builder, LLVMOrcJITTargetMachineBuilderCreateFromTargetMachine(machine));
    LLVMErrorRef problem = LLVMOrcCreateLLJIT(&code->jit, builder); /* owns the builder, which owns the machine */
    if (problem) {
        code->jit = NULL;
        return take_error(problem, error);
    }
    LLVMOrcExecutionSessionSetErrorReporter(LLVMOrcLLJITGetExecutionSession(code->jit), report_nothing, NULL);
    return offer_libraries(code->jit, error);
}

/* The JIT makes code when the first function is looked up, so errors of that come from there. */
static bool look_up(const NativeCode *code, NativeKernel *kernel, const char *name, StrataError *error)
{
    LLVMOrcExecutorAddress address = 0;
    LLVMErrorRef problem = LLVMOrcLLJITLookup(code->jit, &address, name);
    if (problem)
        return take_error(problem, error);
    uintptr_t place = (uintptr_t)address;
    memcpy(&kernel->function, &place, sizeof kernel->function);
    return true;
}

static bool make_code(Compilation *compilation, NativeCode *code, StrataError *error)
{
    if (!goes_on(compilation, error) || !open_jit(compilation, code, error))
        return false;
    LLVMOrcThreadSafeModuleRef owned = LLVMOrcCreateNewThreadSafeModule(compilation->module, compilation->shared);
    compilation->module = NULL;
    LLVMErrorRef problem = LLVMOrcLLJITAddLLVMIRModule(code->jit, LLVMOrcLLJITGetMainJITDylib(code->jit), owned);
    if (problem) {
        LLVMOrcDisposeThreadSafeModule(owned);
        return take_error(problem, error);
    }
    for (int64_t i = 0; i < compilation->request->count; i++) {
        NativeKernel *kernel = &compilation->request->kernels[i];
        char name[NAME_LIMIT];
        name_of(kernel, i, name);
        if (!kernel->reason[0] && !look_up(code, kernel, name, error))
            return false;
    }
    return true;
}

/* --- text ------------------------------------------------------------------------------------------------------------------- */

static bool make_text(const Compilation *compilation, NativeCode *code, StrataError *error)
{
    if (compilation->request->form == NATIVE_LLVM) {
        code->text = LLVMPrintModuleToString(compilation->module);
        return true;
    }
    LLVMMemoryBufferRef buffer = NULL;
    char *message = NULL;
    if (LLVMTargetMachineEmitToMemoryBuffer(compilation->machine, compilation->module, LLVMAssemblyFile, &message, &buffer)) {
        error_set(error, STRATA_INTERNAL, 0, "LLVM: %s", message);
        LLVMDisposeMessage(message);
        return false;
    }
    code->text = LLVMCreateMessage(LLVMGetBufferStart(buffer)); /* LLVM ends a buffer with a 0 */
    LLVMDisposeMemoryBuffer(buffer);
    return true;
}

/* --- the module's functions ------------------------------------------------------------------------------------------------- */

static void release(NativeCode *code)
{
    if (!code)
        return;
    if (code->jit)
        LLVMConsumeError(LLVMOrcDisposeLLJIT(code->jit));
    LLVMDisposeMessage(code->text);
    StrataAllocator allocator = code->allocator;
    allocator_give(&allocator, code, 1, sizeof *code);
}

static const char *text(const NativeCode *code)
{
    return code->text;
}

static bool compile_into(Compilation *compilation, NativeCode *code, StrataError *error)
{
    if (!processor_open(compilation, error) || !make_module(compilation, error))
        return false;
    return compilation->request->form == NATIVE_CODE ? make_code(compilation, code, error) : make_text(compilation, code, error);
}

static void close(Compilation *compilation)
{
    if (compilation->module)
        LLVMDisposeModule(compilation->module);
    bitcode_close(compilation);
    processor_close(compilation);
    LLVMContextSetDiagnosticHandler(compilation->context, NULL, NULL);
    LLVMOrcDisposeThreadSafeContext(compilation->shared); /* the module in the JIT keeps the context alive */
}

static NativeCode *compile(const NativeRequest *request, StrataError *error)
{
    NativeCode *code = allocator_take_zero(request->allocator, 1, sizeof *code);
    if (!code) {
        error_memory(error, sizeof *code);
        return NULL;
    }
    code->allocator = *request->allocator;
    Compilation compilation = {.request = request, .shared = LLVMOrcCreateNewThreadSafeContext()};
    compilation.context = LLVMOrcThreadSafeContextGetContext(compilation.shared);
    LLVMContextSetDiagnosticHandler(compilation.context, keep_complaint, &compilation);
    bool done = compile_into(&compilation, code, error);
    close(&compilation);
    if (done)
        return code;
    release(code);
    return NULL;
}

static const NativeCompiler native_compiler = {
    .version = STRATA_VERSION_TEXT,
    .arguments_size = sizeof(KernelArguments),
    .compile = compile,
    .release = release,
    .object = object_make,
    .text = text,
};

__attribute__((visibility("default"))) const NativeCompiler *strata_native_compiler(void);

const NativeCompiler *strata_native_compiler(void)
{
    return &native_compiler;
}
