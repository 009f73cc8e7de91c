/* The common part of built models, around a net that is written by hand: sums of its inputs, so that every answer is plain. */
#include "built/built.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PIXELS = 3, TILE = 4, BATCH = 11, BELOW = 5 };

/* Two inputs (bytes and an integer), three outputs: a real sum, the integer doubled, and whether the sum is large. */
static void net_run(const BuiltRun *run)
{
    const float *pixels = run->inputs[0], *word = run->inputs[1], *bias = (const float *)run->prepared;
    assert_true(run->samples <= TILE);
    for (int64_t i = 0; i < run->samples; i++) {
        float sum = bias[0];
        for (int k = 0; k < PIXELS; k++)
            sum += pixels[PIXELS * i + k];
        if (run->outputs[0])
            ((float *)run->outputs[0])[i] = sum;
        if (run->outputs[1])
            ((float *)run->outputs[1])[i] = 2 * word[i];
        if (run->outputs[2])
            ((float *)run->outputs[2])[i] = sum > 100;
    }
    memset(run->work, 0xff, 64); /* the arena is the net's to write */
}

static void net_prepare(const BuiltRun *run)
{
    *(float *)run->prepared = 2 * *(const float *)run->rows;
}

static const BuiltValue inputs[] = {
    {.name = "pixels", .type = "unsigned char", .kind = BUILT_BYTES, .number_size = 1, .size = PIXELS, .batched = 1},
    {.name = "word", .type = "int64_t", .kind = BUILT_INTEGER, .number_size = 8, .size = 1, .batched = 1, .below = BELOW},
};
static const BuiltValue outputs[] = {
    {.name = "sum", .type = "float", .kind = BUILT_REAL, .number_size = 4, .size = 1, .batched = 1},
    {.name = "twice", .type = "int64_t", .kind = BUILT_INTEGER, .number_size = 8, .size = 1, .batched = 1},
    {.name = "large", .type = "unsigned char", .kind = BUILT_BOOLEAN, .number_size = 1, .size = 1, .batched = 1},
};

#define SIGNATURE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

_Alignas(BUILT_ALIGNMENT) static const unsigned char ready[128] = {[66] = 0x80, [67] = 0x3f}; /* 1.0f prepared at 64 */

static BuiltModel model_inside(void)
{
    return (BuiltModel){
        .signature = SIGNATURE,
        .inputs = inputs,
        .input_count = 2,
        .outputs = outputs,
        .output_count = 3,
        .real_size = sizeof(float),
        .tile = TILE,
        .work_one = 64,
        .work_tile = 64,
        .staged_one = 64 + 4 * 64,
        .staged_tile = 64 + 4 * 64,
        .weights = ready,
        .weights_size = sizeof ready,
        .constants_offset = 0,
        .prepared_offset = 64,
        .run = net_run,
    };
}

static BuiltModel model_in_file(void)
{
    BuiltModel model = model_inside();
    model.weights = NULL;
    model.weights_size = 64;
    model.prepared_offset = -1;
    model.prepared_size = 64;
    model.prepare = net_prepare;
    return model;
}

/* The buffers of one call. */
typedef struct Call {
    unsigned char pixels[BATCH * PIXELS];
    int64_t words[BATCH];
    float sums[BATCH];
    int64_t twice[BATCH];
    unsigned char large[BATCH];
    _Alignas(BUILT_ALIGNMENT) unsigned char workspace[64 + 64 + 4 * 64];
} Call;

static void fill(Call *call)
{
    for (int i = 0; i < BATCH; i++) {
        for (int k = 0; k < PIXELS; k++)
            call->pixels[PIXELS * i + k] = (unsigned char)(20 * i + k);
        call->words[i] = i % BELOW;
    }
}

static int run(const BuiltModel *model, const BuiltWeights *weights, Call *call, size_t batch)
{
    const void *in[] = {call->pixels, call->words};
    void *out[] = {call->sums, call->twice, call->large};
    return built_run(model, weights, in, out, call->workspace, batch, NULL);
}

static void check_answers(const Call *call, float bias, int batch)
{
    for (int i = 0; i < batch; i++) {
        float sum = bias + (float)(60 * i + 3);
        assert_float_equal(call->sums[i], sum, 0);
        assert_int_equal(call->twice[i], 2 * (i % BELOW));
        assert_int_equal(call->large[i], sum > 100);
    }
}

/* An index without an entry gives NaN, which no integer and no byte is. */
static void net_without_numbers(const BuiltRun *run)
{
    for (int k = 1; k <= 2; k++)
        if (run->outputs[k])
            ((float *)run->outputs[k])[run->samples - 1] = NAN;
}

static void results_that_are_no_numbers_are_an_error(void **state)
{
    (void)state;
    BuiltModel model = model_inside();
    model.run = net_without_numbers;
    Call call = {0};
    fill(&call);
    const void *in[] = {call.pixels, call.words};
    void *integers[] = {NULL, call.twice, NULL}, *booleans[] = {NULL, NULL, call.large}, *reals[] = {call.sums, NULL, NULL};
    assert_int_equal(built_run(&model, NULL, in, integers, call.workspace, 1, NULL), BUILT_NO_NUMBER);
    assert_int_equal(built_run(&model, NULL, in, booleans, call.workspace, 1, NULL), BUILT_NO_NUMBER);
    assert_int_equal(built_run(&model, NULL, in, reals, call.workspace, 1, NULL), BUILT_OK);
}

static void batches_are_cut_into_tiles(void **state)
{
    (void)state;
    BuiltModel model = model_inside();
    for (int batch = 0; batch <= BATCH; batch++) {
        Call call = {0};
        fill(&call);
        assert_int_equal(run(&model, NULL, &call, (size_t)batch), BUILT_OK);
        check_answers(&call, 1, batch);
    }
    assert_int_equal(built_workspace_size(&model, 1), 64 + 64 + 4 * 64);
}

static void unwanted_outputs_are_left(void **state)
{
    (void)state;
    BuiltModel model = model_inside();
    Call call = {0};
    fill(&call);
    const void *in[] = {call.pixels, call.words};
    void *out[] = {NULL, call.twice, NULL};
    assert_int_equal(built_run(&model, NULL, in, out, call.workspace, BATCH, NULL), BUILT_OK);
    assert_int_equal(call.twice[BATCH - 1], 2 * ((BATCH - 1) % BELOW));
    out[1] = NULL;
    assert_int_equal(built_run(&model, NULL, in, out, call.workspace, BATCH, NULL), BUILT_NULL);
}

static void every_misuse_has_its_error(void **state)
{
    (void)state;
    BuiltModel model = model_inside();
    Call call = {0};
    fill(&call);
    const void *in[] = {call.pixels, call.words};
    void *out[] = {call.sums, call.twice, call.large};
    assert_int_equal(built_run(&model, NULL, in, out, NULL, 1, NULL), BUILT_NULL);
    assert_int_equal(built_run(&model, NULL, in, out, call.workspace + 8, 1, NULL), BUILT_ALIGN);
    assert_int_equal(built_run(&model, NULL, in, out, call.workspace, SIZE_MAX / 2, NULL), BUILT_BATCH);
    in[0] = NULL;
    assert_int_equal(built_run(&model, NULL, in, out, call.workspace, 1, NULL), BUILT_NULL);
    assert_int_equal(built_run(&model, NULL, in, out, call.workspace, 0, NULL), BUILT_OK);
    in[0] = call.workspace;
    assert_int_equal(built_run(&model, NULL, in, out, call.workspace, 1, NULL), BUILT_OVERLAP);
    in[0] = call.pixels;
    in[1] = (const unsigned char *)call.words + 4;
    assert_int_equal(built_run(&model, NULL, in, out, call.workspace, 1, NULL), BUILT_ALIGN);
    in[1] = call.words;
    out[1] = call.words;
    assert_int_equal(built_run(&model, NULL, in, out, call.workspace, 1, NULL), BUILT_OVERLAP);
    out[1] = call.sums;
    assert_int_equal(built_run(&model, NULL, in, out, call.workspace, 1, NULL), BUILT_OVERLAP);
    out[1] = call.twice;
    BuiltParallel parallel = {.threads = 2};
    assert_int_equal(built_run(&model, NULL, in, out, call.workspace, 1, &(BuiltOptions){.parallel = &parallel}), BUILT_PARALLEL);
    call.words[BATCH - 1] = BELOW;
    assert_int_equal(run(&model, NULL, &call, BATCH), BUILT_ENTRY);
    call.words[BATCH - 1] = -1;
    assert_int_equal(run(&model, NULL, &call, BATCH), BUILT_ENTRY);
}

static void signatures_are_compared(void **state)
{
    (void)state;
    BuiltModel model = model_inside();
    assert_int_equal(built_check(&model, SIGNATURE), BUILT_OK);
    assert_int_equal(built_check(&model, "0123"), BUILT_SIGNATURE);
    assert_int_equal(built_check(&model, NULL), BUILT_NULL);
    assert_ptr_equal(built_value(inputs, 2, 1), &inputs[1]);
    assert_null(built_value(inputs, 2, 2));
    assert_null(built_value(inputs, 2, -1));
}

static void every_error_has_a_sentence(void **state)
{
    (void)state;
    const char *none = built_error_text(BUILT_ERROR_COUNT);
    for (int error = 0; error < BUILT_ERROR_COUNT; error++)
        for (int other = -1; other < error; other++)
            assert_string_not_equal(built_error_text(error), built_error_text(other));
    assert_string_equal(none, built_error_text(-1));
}

/* ---- Weights in a file ---- */

typedef struct File {
    _Alignas(BUILT_ALIGNMENT) BuiltFileHead head;
    float weights[16];
} File;

static File make_file(void)
{
    File file = {.head = {.magic = BUILT_MAGIC, .weights_size = 64}, .weights = {3}};
    memcpy(file.head.signature, SIGNATURE, sizeof file.head.signature);
    return file;
}

static void files_are_checked(void **state)
{
    (void)state;
    BuiltModel model = model_in_file();
    BuiltWeights weights;
    File file = make_file();
    assert_int_equal(sizeof file, sizeof(BuiltFileHead) + 64);
    assert_int_equal(built_open(&model, &weights, &file, sizeof file), BUILT_OK);
    assert_int_equal(built_open(&model, NULL, &file, sizeof file), BUILT_NULL);
    assert_int_equal(built_open(&model, &weights, NULL, sizeof file), BUILT_NULL);
    assert_int_equal(built_open(&model, &weights, (char *)&file + 4, sizeof file), BUILT_ALIGN);
    for (size_t size = 0; size < sizeof file; size++)
        assert_int_equal(built_open(&model, &weights, &file, size), BUILT_WEIGHTS_DAMAGED);
    file.head.magic[3] = 'x';
    assert_int_equal(built_open(&model, &weights, &file, sizeof file), BUILT_WEIGHTS_DAMAGED);
    file = make_file();
    file.head.signature[63] = '0';
    assert_int_equal(built_open(&model, &weights, &file, sizeof file), BUILT_WEIGHTS_OTHER);
}

static void weights_are_prepared_first(void **state)
{
    (void)state;
    BuiltModel model = model_in_file();
    File file = make_file();
    BuiltWeights weights = {0};
    _Alignas(BUILT_ALIGNMENT) unsigned char memory[64];
    Call call = {0};
    fill(&call);
    assert_int_equal(built_prepare(&model, &weights, memory), BUILT_NULL);
    assert_int_equal(run(&model, &weights, &call, BATCH), BUILT_NULL);
    assert_int_equal(run(&model, NULL, &call, BATCH), BUILT_NULL);
    assert_int_equal(built_open(&model, &weights, &file, sizeof file), BUILT_OK);
    assert_int_equal(run(&model, &weights, &call, BATCH), BUILT_NOT_PREPARED);
    assert_int_equal(built_prepared_size(&model), 64);
    assert_int_equal(built_prepare(&model, &weights, memory + 4), BUILT_ALIGN);
    assert_int_equal(built_prepare(&model, &weights, memory), BUILT_OK);
    assert_int_equal(run(&model, &weights, &call, BATCH), BUILT_OK);
    check_answers(&call, 6, BATCH);
}

static void files_are_mapped(void **state)
{
    (void)state;
    BuiltModel model = model_in_file();
    char path[] = "/tmp/strata-test-weights-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    BuiltWeights weights = {0};
    assert_int_equal(built_map(&model, &weights, path), BUILT_WEIGHTS_DAMAGED);
    File file = make_file();
    assert_int_equal(write(descriptor, &file, sizeof file), (int)sizeof file);
    close(descriptor);
    assert_int_equal(built_map(&model, &weights, path), BUILT_OK);
    assert_memory_equal(weights.weights, file.weights, sizeof file.weights);
    built_unmap(&weights);
    assert_null(weights.weights);
    unlink(path);
    assert_int_equal(built_map(&model, &weights, path), BUILT_FILE);
    assert_int_equal(errno, ENOENT);
    built_unmap(&weights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_are_cut_into_tiles), cmocka_unit_test(results_that_are_no_numbers_are_an_error),
        cmocka_unit_test(unwanted_outputs_are_left),  cmocka_unit_test(every_misuse_has_its_error),
        cmocka_unit_test(signatures_are_compared),    cmocka_unit_test(every_error_has_a_sentence),
        cmocka_unit_test(files_are_checked),          cmocka_unit_test(weights_are_prepared_first),
        cmocka_unit_test(files_are_mapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
