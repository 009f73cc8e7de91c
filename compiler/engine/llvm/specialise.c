/* Specialising: a function that calls a kernel with the numbers of one call as constants.
 *
 * The new function copies the KernelArguments that it is given and puts constant arrays in the places of integers, reals and strides. The kernel
 * is inlined into it, so that LLVM sees all sizes: loops whose count is known, tests that are decided, index computations that vanish. */
#include "compilation.h"

#include <string.h>

static void add_attribute(const Compilation *compilation, LLVMValueRef function, const char *name)
{
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
    LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex, LLVMCreateEnumAttribute(compilation->context, kind, 0));
}

/* A constant array in the module; its elements are values of `type`. */
static LLVMValueRef constant_array(LLVMModuleRef module, LLVMTypeRef type, LLVMValueRef *elements, int64_t count)
{
    LLVMValueRef array = LLVMConstArray2(type, elements, (uint64_t)count);
    LLVMValueRef global = LLVMAddGlobal(module, LLVMTypeOf(array), "numbers");
    LLVMSetInitializer(global, array);
    LLVMSetGlobalConstant(global, 1);
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetAlignment(global, sizeof(int64_t));
    return global;
}

/* Null when the list of elements cannot be allocated. */
static LLVMValueRef constant_integers(const Compilation *compilation, LLVMModuleRef module, const int64_t *integers, int64_t count)
{
    const StrataAllocator *allocator = compilation->request->allocator;
    LLVMTypeRef type = LLVMInt64TypeInContext(compilation->context);
    LLVMValueRef *elements = allocator_take(allocator, (size_t)count + 1, sizeof(LLVMValueRef));
    if (!elements)
        return NULL;
    for (int64_t i = 0; i < count; i++)
        elements[i] = LLVMConstInt(type, (unsigned long long)integers[i], 1);
    LLVMValueRef array = constant_array(module, type, elements, count);
    allocator_give(allocator, elements, (size_t)count + 1, sizeof(LLVMValueRef));
    return array;
}

static LLVMValueRef constant_reals(const Compilation *compilation, LLVMModuleRef module, const double *reals, int64_t count)
{
    const StrataAllocator *allocator = compilation->request->allocator;
    LLVMTypeRef type = LLVMDoubleTypeInContext(compilation->context);
    LLVMValueRef *elements = allocator_take(allocator, (size_t)count + 1, sizeof(LLVMValueRef));
    if (!elements)
        return NULL;
    for (int64_t i = 0; i < count; i++)
        elements[i] = LLVMConstReal(type, reals[i]);
    LLVMValueRef array = constant_array(module, type, elements, count);
    allocator_give(allocator, elements, (size_t)count + 1, sizeof(LLVMValueRef));
    return array;
}

/* Stores a value at the place of a member of KernelArguments, which the compiler of this file lays out as clang did. */
static void set_member(const Compilation *compilation, LLVMBuilderRef builder, LLVMValueRef arguments, size_t offset,
                       LLVMValueRef value)
{
    LLVMValueRef place = LLVMConstInt(LLVMInt64TypeInContext(compilation->context), offset, 0);
    LLVMTypeRef byte = LLVMInt8TypeInContext(compilation->context);
    LLVMBuildStore(builder, value, LLVMBuildInBoundsGEP2(builder, byte, arguments, &place, 1, ""));
}

/* One thread: a loop that may be handed to threads calls a function through its address, and behind that nothing is known of the sizes. The loop
 * that runs here instead is seen whole. */
static void set_one_thread(const Compilation *compilation, LLVMBuilderRef builder, LLVMValueRef own)
{
    LLVMValueRef none = LLVMConstNull(LLVMPointerTypeInContext(compilation->context, 0));
    set_member(compilation, builder, own, offsetof(KernelArguments, parallel), none);
}

static bool set_numbers(const Compilation *compilation, LLVMModuleRef module, LLVMBuilderRef builder, const NativeKernel *kernel,
                        LLVMValueRef own)
{
    LLVMValueRef integers = constant_integers(compilation, module, kernel->integers, kernel->integer_count);
    LLVMValueRef reals = constant_reals(compilation, module, kernel->reals, kernel->real_count);
    LLVMValueRef strides = constant_integers(compilation, module, kernel->strides, kernel->operand_count);
    if (!integers || !reals || !strides)
        return false;
    LLVMTypeRef i64 = LLVMInt64TypeInContext(compilation->context);
    LLVMValueRef result_stride = LLVMConstInt(i64, (unsigned long long)kernel->result_stride, 1);
    set_member(compilation, builder, own, offsetof(KernelArguments, integers), integers);
    set_member(compilation, builder, own, offsetof(KernelArguments, reals), reals);
    set_member(compilation, builder, own, offsetof(KernelArguments, strides), strides);
    set_member(compilation, builder, own, offsetof(KernelArguments, result_stride), result_stride);
    if (kernel->one_sample)
        set_member(compilation, builder, own, offsetof(KernelArguments, samples), LLVMConstInt(i64, 1, 0));
    return true;
}

/* void name(const KernelArguments *arguments) { KernelArguments own = *arguments; own.parallel = 0; own.integers = numbers; ...; kernel(&own); } */
static bool emit_caller(const Compilation *compilation, LLVMModuleRef module, const NativeKernel *kernel, LLVMValueRef callee,
                        const char *name)
{
    LLVMContextRef context = compilation->context;
    LLVMTypeRef pointer = LLVMPointerTypeInContext(context, 0);
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(context), &pointer, 1, 0);
    LLVMValueRef caller = LLVMAddFunction(module, name, type);
    processor_apply(&compilation->processor, caller);
    LLVMBuilderRef builder = LLVMCreateBuilderInContext(context);
    LLVMPositionBuilderAtEnd(builder, LLVMAppendBasicBlockInContext(context, caller, ""));
    LLVMTypeRef bytes = LLVMArrayType2(LLVMInt8TypeInContext(context), sizeof(KernelArguments));
    LLVMValueRef own = LLVMBuildAlloca(builder, bytes, "own"),
                 size = LLVMConstInt(LLVMInt64TypeInContext(context), sizeof(KernelArguments), 0);
    LLVMSetAlignment(own, _Alignof(KernelArguments));
    LLVMBuildMemCpy(builder, own, _Alignof(KernelArguments), LLVMGetParam(caller, 0), _Alignof(KernelArguments), size);
    set_one_thread(compilation, builder, own);
    bool done = !kernel->numbers_known || set_numbers(compilation, module, builder, kernel, own);
    LLVMBuildCall2(builder, type, callee, &own, 1, "");
    LLVMBuildRetVoid(builder);
    LLVMDisposeBuilder(builder);
    return done;
}

bool specialise(Compilation *compilation, const NativeKernel *kernel, const char *name)
{
    LLVMModuleRef module = bitcode_part(compilation, kernel->symbol);
    if (!module)
        return false;
    LLVMValueRef callee = LLVMGetNamedFunction(module, kernel->symbol);
    add_attribute(compilation, callee, "alwaysinline");
    return emit_caller(compilation, module, kernel, callee, name);
}
