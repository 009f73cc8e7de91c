/* The main job against known answers: LeNet with the weights of the repository on the MNIST test digits. What needs the folder ../shared says
 * so aloud when it is not there. */
#include "api/model.h"

#include <math.h>
#include <unistd.h>

#define LOGITS "../shared/reference/lenet/logits-first-512-test-images.safetensors"
#define IMAGES "../shared/data/mnist/t10k-images-idx3-ubyte.gz"
#define LABELS "../shared/data/mnist/t10k-labels-idx1-ubyte.gz"

/* LeNet, ready to run. */
typedef struct Ready {
    StrataModule *module;
    StrataNet *net;
    StrataWeights *weights;
    StrataProgram *program;
    StrataWorkspace *workspace;
} Ready;

static void ready_begin(Caller *caller, Ready *ready, StrataPrecision precision)
{
    StrataProgramOptions options = {.precision = precision};
    ready->module = strata_module_load(caller->context, "examples/lenet.net", caller->diagnostics);
    ready->net = strata_net_make(ready->module, NULL, caller->diagnostics);
    ready->weights = strata_weights_read(ready->net, "examples/lenet.safetensors", NULL, caller->diagnostics);
    ready->program = strata_program_make(ready->net, ready->weights, &options, caller->diagnostics);
    ready->workspace = strata_workspace_make(ready->program, 1, caller->diagnostics);
    assert_non_null(ready->workspace);
}

static void ready_end(Ready *ready)
{
    strata_workspace_release(ready->workspace);
    strata_program_release(ready->program);
    strata_weights_release(ready->weights);
    strata_net_release(ready->net);
    strata_module_release(ready->module);
}

/* A set with the first `count` samples of a file (0: all), under the name of LeNet's input. */
static StrataTensorSet *read_images(const Caller *caller, const char *path, int64_t count)
{
    StrataError error;
    StrataTensor *all = strata_tensor_read(&caller->allocator, path, &error);
    assert_non_null(all);
    StrataTensorSet *set = set_of(caller);
    give(set, "image", count ? strata_tensor_rows(all, 0, count, &error) : strata_tensor_retain(all));
    strata_tensor_release(all);
    return set;
}

static double entry(const StrataTensor *tensor, int64_t index)
{
    const void *data = strata_tensor_data_const(tensor);
    return strata_tensor_kind(tensor) == STRATA_FLOAT64 ? ((const double *)data)[index] : ((const float *)data)[index];
}

/* The largest difference between LeNet's logits and the reference's. */
static double largest_difference(StrataPrecision precision, bool compile)
{
    Caller caller;
    caller_begin(&caller);
    Ready ready;
    ready_begin(&caller, &ready, precision);
    if (compile) {
        StrataText *report = strata_program_compile(ready.program, INT64_MAX, caller.diagnostics);
        assert_non_null(report);
        print_message("%s", strata_text_bytes(report));
        strata_text_release(report);
    }
    StrataError error;
    StrataTensorSet *reference = strata_tensor_set_read(&caller.allocator, LOGITS, &error);
    assert_non_null(reference);
    const StrataTensor *wanted = strata_tensor_set_tensor(reference, 0);
    StrataTensorSet *images = read_images(&caller, IMAGES, strata_tensor_size(wanted, 0));
    StrataTensorSet *results = strata_run(ready.workspace, images, NULL, caller.diagnostics);
    assert_non_null(results);
    const StrataTensor *logits = strata_tensor_set_tensor(results, 0);
    assert_int_equal(strata_tensor_elements(logits), strata_tensor_elements(wanted));
    double largest = 0;
    for (int64_t i = 0; i < strata_tensor_elements(logits); i++)
        largest = fmax(largest, fabs(entry(logits, i) - entry(wanted, i)));
    strata_tensor_set_release(results);
    strata_tensor_set_release(images);
    strata_tensor_set_release(reference);
    ready_end(&ready);
    caller_end(&caller);
    return largest;
}

static void logits_agree_with_the_reference(void **state)
{
    (void)state;
    if (access(LOGITS, R_OK) != 0 || access(IMAGES, R_OK) != 0) {
        print_message("there is no " LOGITS ": the logits were not compared\n");
        skip();
    }
    double single = largest_difference(STRATA_SINGLE, false), precise = largest_difference(STRATA_DOUBLE, false);
    print_message("largest difference of logits: %.2g in single, %.2g in double precision\n", single, precise);
    assert_true(single <= 1e-4);
    /* the same pixels in single precision on both sides; 400 terms of up to 10, each rounded by 1e-16 */
    assert_true(precise <= 1e-12);
}

#ifdef STRATA_TEST_COMPILED
/* The same through what LLVM makes of the kernels. */
static void compiled_logits_agree_with_the_reference(void **state)
{
    (void)state;
    if (access(LOGITS, R_OK) != 0 || access(IMAGES, R_OK) != 0) {
        print_message("there is no " LOGITS ": the logits were not compared\n");
        skip();
    }
    double single = largest_difference(STRATA_SINGLE, true), precise = largest_difference(STRATA_DOUBLE, true);
    print_message("largest difference of compiled logits: %.2g in single, %.2g in double precision\n", single, precise);
    assert_true(single <= 1e-4);
    assert_true(precise <= 1e-12);
}
#endif

static int64_t count_right(const char *images, const char *labels)
{
    Caller caller;
    caller_begin(&caller);
    Ready ready;
    ready_begin(&caller, &ready, STRATA_SINGLE);
    StrataError error;
    StrataTensorSet *set = read_images(&caller, images, 0);
    StrataTensor *truth = strata_tensor_read(&caller.allocator, labels, &error);
    assert_non_null(truth);
    StrataEvaluation *evaluation = strata_evaluate(ready.workspace, set, truth, caller.diagnostics);
    assert_non_null(evaluation);
    int64_t right = strata_evaluation_right(evaluation);
    strata_evaluation_release(evaluation);
    strata_tensor_release(truth);
    strata_tensor_set_release(set);
    ready_end(&ready);
    caller_end(&caller);
    return right;
}

static void the_digits_of_the_repository_are_read(void **state)
{
    (void)state;
    assert_int_equal(count_right("examples/digits-images.gz", "examples/digits-labels.gz"), 495);
}

static void all_test_digits_are_read(void **state)
{
    (void)state;
    if (access(IMAGES, R_OK) != 0) {
        print_message("there is no " IMAGES ": the 10,000 test digits were not tried\n");
        skip();
    }
    assert_int_equal(count_right(IMAGES, LABELS), 9922);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logits_agree_with_the_reference),
#ifdef STRATA_TEST_COMPILED
        cmocka_unit_test(compiled_logits_agree_with_the_reference),
#endif
        cmocka_unit_test(the_digits_of_the_repository_are_read),
        cmocka_unit_test(all_test_digits_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
