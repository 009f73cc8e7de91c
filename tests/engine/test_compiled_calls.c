/* What becomes of each call of a kernel when a Program is compiled: equal ones once, long ones not at all, and all give the same results. */
#include "engine/harness.h"
#include "engine/native.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ENTRIES = 600 };

/* Three equal sums, a sum over other sizes, and a product. */
static void build(Graph *graph)
{
    Value x = model_input(graph, "x", type_real(true, 1, ENTRIES));
    Value w = model_weight(graph, "w", type_real(false, 1, ENTRIES));
    Value b = model_weight(graph, "b", type_real(false, 1, 1));
    Value sum = x;
    for (int i = 0; i < 3; i++)
        sum = apply2(graph, "add", NULL, sum, w);
    sum = apply2(graph, "add", NULL, sum, b);
    model_output(graph, "y", apply2(graph, "multiply", NULL, sum, w));
}

/* Compiles and runs on one sample: x = 1, 2, ..., w = 2, b = 5, so y = 2 (x + 6 + 5), exactly. Gives the report in the Model's arena. */
static const char *compile_and_run(Model *model, const CompileOptions *options, bool *compiled)
{
    StrataAllocator allocator = strata_default_allocator();
    StrataError error = {0};
    Program *program = program_make(model->graph, &(ProgramOptions){0}, &allocator, &error);
    assert_non_null(program);
    Text report = text_make(model->graph->arena);
    if (options && !program_compile(program, options, &report, &error))
        fail_msg("%s", error.message);
    float x[ENTRIES], w[ENTRIES], y[ENTRIES], b = 5;
    for (int i = 0; i < ENTRIES; i++) {
        x[i] = (float)(1 + i);
        w[i] = 2;
    }
    const InputBuffer weights[] = {{w, PRECISION_SINGLE}, {&b, PRECISION_SINGLE}}, input = {x, PRECISION_SINGLE};
    OutputBuffer output = {y, PRECISION_SINGLE};
    Binding *binding = binding_make(program, weights, NULL, false, &error);
    Workspace *workspace = workspace_make(program, 0, NULL, &error);
    assert_non_null(binding);
    assert_non_null(workspace);
    assert_true(program_run(program, binding, workspace, &(Run){.batch = 1, .inputs = &input, .outputs = &output}, &error));
    for (int i = 0; i < ENTRIES; i++)
        assert_true(y[i] == (float)(2 * (1 + i + 11)));
    *compiled = program_is_compiled(program);
    workspace_release(workspace);
    binding_release(binding);
    program_release(program);
    return text_string(&report);
}

/* The report of a compilation must contain all of these parts. */
static void expect(const CompileOptions *options, const char *const *parts)
{
    Model model;
    model_begin(&model, "sums");
    build(model.graph);
    bool compiled;
    const char *report = compile_and_run(&model, options, &compiled);
    assert_true(compiled);
    for (; *parts; parts++)
        if (!strstr(report, *parts))
            fail_msg("no \"%s\" in\n%s", *parts, report);
    model_end(&model);
}

static void equal_calls_are_compiled_once(void **state)
{
    (void)state;
    expect(&(CompileOptions){.samples = INT64_MAX}, (const char *const[]){"compiled 3 of 3 kernels", NULL});
}

static void long_kernels_stay_as_they_are(void **state)
{
    (void)state;
    expect(&(CompileOptions){.samples = INT64_MAX, .most_instructions = 2},
           (const char *const[]){"compiled 0 of 3 kernels", "binary_add_single is not compiled: ", "instructions, more than 2",
                                 "binary_multiply_single is not compiled: ", NULL});
}

static void kernels_past_the_sum_stay_as_they_are(void **state)
{
    (void)state;
    expect(&(CompileOptions){.samples = INT64_MAX, .most_instructions_together = 2},
           (const char *const[]){"compiled 0 of 3 kernels", "all together have more than 2 instructions", NULL});
}

static void kernels_that_do_not_pay_are_left_out(void **state)
{
    (void)state;
    expect(&(CompileOptions){.samples = 1}, (const char *const[]){"no kernel here gains from being compiled", NULL});
    expect(&(CompileOptions){.samples = 20000}, (const char *const[]){"compiled 1 of 1 kernels", NULL}); /* the three sums */
}

/* A name without a kernel says so in its row; the others are compiled. */
static void unknown_kernels_say_so(void **state)
{
    (void)state;
    NativeKernel kernels[] = {{.symbol = "unary_relu_single"}, {.symbol = "unary_nothing_single"}, {.symbol = "malloc"}};
    StrataAllocator allocator = strata_default_allocator();
    NativeRequest request = {
        .allocator = &allocator, .kernels = kernels, .count = 3, .most_instructions = 10000, .most_instructions_together = 10000};
    StrataError error = {0};
    const NativeCompiler *compiler = native_load(&error);
    assert_non_null(compiler);
    NativeCode *code = compiler->compile(&request, &error);
    assert_non_null(code);
    assert_true(kernels[0].function != NULL);
    for (int i = 1; i < 3; i++) {
        assert_true(kernels[i].function == NULL);
        assert_string_equal(kernels[i].reason, "there is no bitcode of it");
    }
    compiler->release(code);
}

/* Compiles relu and runs it over numbers of both signs; a thread's result is null when all is well. */
static void *compile_relu(void *context)
{
    (void)context;
    NativeKernel kernel = {.symbol = "unary_relu_single"};
    StrataAllocator allocator = strata_default_allocator();
    NativeRequest request = {
        .allocator = &allocator, .kernels = &kernel, .count = 1, .most_instructions = 10000, .most_instructions_together = 10000};
    StrataError error = {0};
    const NativeCompiler *compiler = native_load(&error);
    NativeCode *code = compiler ? compiler->compile(&request, &error) : NULL;
    if (!code || !kernel.function)
        return "not compiled";
    float x[ENTRIES], y[ENTRIES];
    for (int i = 0; i < ENTRIES; i++)
        x[i] = (float)(i % 2 ? i : -i);
    const void *operands[] = {x};
    const int64_t integers[] = {ENTRIES, 0, 0, 0}, strides[] = {0};
    const double reals[] = {0};
    kernel.function(&(KernelArguments){
        .integers = integers, .reals = reals, .operands = operands, .result = y, .strides = strides, .samples = 1});
    bool right = true;
    for (int i = 0; i < ENTRIES; i++)
        right &= y[i] == (float)(i % 2 ? i : 0);
    compiler->release(code);
    return right ? NULL : "wrong";
}

static void several_threads_compile_at_once(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, compile_relu, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        void *problem;
        assert_int_equal(pthread_join(threads[i], &problem), 0);
        if (problem)
            fail_msg("%s", (const char *)problem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_calls_are_compiled_once),
        cmocka_unit_test(long_kernels_stay_as_they_are),
        cmocka_unit_test(kernels_past_the_sum_stay_as_they_are),
        cmocka_unit_test(kernels_that_do_not_pay_are_left_out),
        cmocka_unit_test(unknown_kernels_say_so),
        cmocka_unit_test(several_threads_compile_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
