/* Sessions behind strata.h: values, definitions that are entered again, undoing, weights, interruption, memory. */
#include "api/model.h"

#include <math.h>

typedef struct Talk {
    Caller caller;
    StrataSession *session;
    StrataAnswer *answer; /* the last one; null when the input was wrong */
} Talk;

static void talk_begin(Talk *talk)
{
    *talk = (Talk){0};
    caller_begin(&talk->caller);
    talk->session = strata_session_make(talk->caller.context, talk->caller.diagnostics);
    assert_non_null(talk->session);
}

static void talk_end(Talk *talk)
{
    strata_answer_release(talk->answer);
    strata_session_release(talk->session);
    caller_end(&talk->caller);
}

static StrataAnswer *enter(Talk *talk, const char *text)
{
    strata_answer_release(talk->answer);
    strata_diagnostics_clear(talk->caller.diagnostics);
    talk->answer = strata_session_enter(talk->session, "<1>", text, strlen(text), talk->caller.diagnostics);
    return talk->answer;
}

static void expect_text(Talk *talk, const char *text, StrataAnswerKind kind, const char *answer)
{
    if (!enter(talk, text))
        fail_msg("`%s` is refused", text);
    assert_int_equal(strata_answer_kind(talk->answer), kind);
    assert_string_equal(strata_answer_text(talk->answer), answer);
}

static void expect_wrong(Talk *talk, const char *text, int code)
{
    assert_null(enter(talk, text));
    assert_int_equal(first_code(&talk->caller), code);
}

/* Binds a name to a tensor of floats. */
static void bind(Talk *talk, const char *name, int rank, const int64_t *sizes, const float *entries, bool batched)
{
    StrataTensor *tensor = tensor_of(&talk->caller, rank, sizes, entries);
    assert_true(strata_session_bind(talk->session, name, tensor, batched, talk->caller.diagnostics));
    strata_tensor_release(tensor);
}

static const float *reals(const Talk *talk, int64_t index)
{
    StrataAnswerValue value;
    assert_true(strata_answer_value(talk->answer, index, &value));
    assert_int_equal(strata_tensor_kind(value.tensor), STRATA_FLOAT32);
    return strata_tensor_data_const(value.tensor);
}

static void test_values_that_are_known(void **state)
{
    (void)state;
    Talk talk;
    talk_begin(&talk);
    expect_text(&talk, "1 + 2", STRATA_ANSWER_KNOWN, "3");
    assert_string_equal(strata_answer_name(talk.answer), "_1");
    expect_text(&talk, "_ * 10", STRATA_ANSWER_KNOWN, "30");
    expect_text(&talk, "_1 + _2", STRATA_ANSWER_KNOWN, "33");
    expect_text(&talk, "[1x2, {a: \"b\"}]", STRATA_ANSWER_KNOWN, "[1x2, {a: \"b\"}]");
    expect_text(&talk, "_[1].a", STRATA_ANSWER_KNOWN, "\"b\"");
    expect_text(&talk, "", STRATA_ANSWER_NOTHING, "");
    expect_text(&talk, "# nothing", STRATA_ANSWER_NOTHING, "");
    expect_text(&talk, "-1e-300 * 0.1", STRATA_ANSWER_KNOWN, "-1e-301");
    expect_text(&talk, "_ == -1e-301", STRATA_ANSWER_KNOWN, "true");
    talk_end(&talk);
}

static void test_errors_change_nothing(void **state)
{
    (void)state;
    Talk talk;
    talk_begin(&talk);
    expect_text(&talk, "let a = 4", STRATA_ANSWER_DEFINED, "let a");
    expect_wrong(&talk, "b", 301);
    expect_wrong(&talk, "let a = (", 203);
    expect_wrong(&talk, "let a = b", 301);
    expect_wrong(&talk, "layer f = x -> y", 301);
    expect_text(&talk, "a", STRATA_ANSWER_KNOWN, "4");
    talk_end(&talk);
}

static void test_a_line_is_complete(void **state)
{
    (void)state;
    Talk talk;
    talk_begin(&talk);
    assert_true(strata_session_is_complete(talk.session, "1", 1));
    assert_false(strata_session_is_complete(talk.session, "f(1,", 4));
    assert_false(strata_session_is_complete(talk.session, "1 +", 3));
    assert_false(strata_session_is_complete(talk.session, "x |>", 4));
    assert_true(strata_session_is_complete(talk.session, "", 0));
    talk_end(&talk);
}

static void test_live_tensors(void **state)
{
    (void)state;
    Talk talk;
    talk_begin(&talk);
    bind(&talk, "x", 2, (int64_t[]){3, 2}, (float[]){1, 2, 3, 4, 5, 6}, true);
    assert_non_null(enter(&talk, "x * 2"));
    assert_int_equal(strata_answer_kind(talk.answer), STRATA_ANSWER_TENSORS);
    assert_float_equal(reals(&talk, 0)[5], 12, 0);
    assert_non_null(enter(&talk, "|> relu"));
    assert_float_equal(reals(&talk, 0)[4], 10, 0);
    assert_non_null(enter(&talk, "let y = {a: x + 1, b: 7}"));
    assert_string_equal(strata_answer_name(talk.answer), "y");
    assert_non_null(enter(&talk, "y.a * y.b"));
    assert_float_equal(reals(&talk, 0)[0], 14, 0);
    assert_non_null(enter(&talk, "[sum(x), 1]"));
    StrataAnswerValue value;
    assert_true(strata_answer_value(talk.answer, 0, &value));
    assert_string_equal(value.path, "[0]");
    assert_true(value.batched);
    talk_end(&talk);
}

/* What is known and what is not in one value: their order is kept. */
static void test_known_tensors_beside_live_ones(void **state)
{
    (void)state;
    Talk talk;
    talk_begin(&talk);
    bind(&talk, "x", 2, (int64_t[]){1, 2}, (float[]){1, 2}, true);
    assert_non_null(enter(&talk, "{k: grid(2), l: x, m: grid(3)}"));
    StrataAnswerValue value;
    assert_true(strata_answer_value(talk.answer, 2, &value));
    assert_string_equal(value.path, "m");
    assert_int_equal(strata_tensor_kind(value.tensor), STRATA_FLOAT64);
    assert_float_equal(((const double *)strata_tensor_data_const(value.tensor))[2], 2, 0);
    assert_true(strata_answer_value(talk.answer, 1, &value));
    assert_string_equal(value.path, "l");
    assert_false(strata_answer_value(talk.answer, 3, &value));
    assert_non_null(enter(&talk, "_.m + 1"));
    talk_end(&talk);
}

static void test_definitions_again(void **state)
{
    (void)state;
    Talk talk;
    talk_begin(&talk);
    enter(&talk, "layer block(n) = x -> x |> dense(n) |> relu");
    expect_text(&talk, "net f(x: 4) -> 2 = x |> block(3) |> dense(2)", STRATA_ANSWER_DEFINED, "net f");
    expect_text(&talk, "weights(f)", STRATA_ANSWER_KNOWN, "23");
    expect_text(&talk, "layer block(n) = x -> x |> dense(n + 1)", STRATA_ANSWER_DEFINED, "layer block again: changes f");
    expect_text(&talk, "weights(f)", STRATA_ANSWER_KNOWN, "30");
    StrataText *text = strata_session_undo(talk.session, talk.caller.diagnostics);
    assert_string_equal(strata_text_bytes(text), "layer block(n) = x -> x |> dense(n + 1)");
    strata_text_release(text);
    expect_text(&talk, "weights(f)", STRATA_ANSWER_KNOWN, "23");
    text = strata_session_source(talk.session, talk.caller.diagnostics);
    assert_string_equal(strata_text_bytes(text), "layer block(n) = x -> x |> dense(n) |> relu\n\n"
                                                 "net f(x: 4) -> 2 = x |> block(3) |> dense(2)\n");
    strata_text_release(text);
    talk_end(&talk);
}

static void test_weights_are_the_same_everywhere(void **state)
{
    (void)state;
    Talk talk;
    talk_begin(&talk);
    bind(&talk, "x", 2, (int64_t[]){1, 2}, (float[]){1, 2}, true);
    assert_non_null(enter(&talk, "net f(x: 2) -> 1 = x |> dense(1, bias=false)"));
    StrataNet *net = strata_session_net(talk.session, "f", false, talk.caller.diagnostics);
    StrataWeights *weights = strata_session_weights(talk.session, net, talk.caller.diagnostics);
    const float *entries = strata_tensor_data_const(strata_tensor_set_find(strata_weights_set(weights), "dense1.weight"));
    float expected = entries[0] + 2 * entries[1];
    strata_weights_release(weights);
    strata_net_release(net);
    assert_non_null(enter(&talk, "x |> f"));
    assert_float_equal(reals(&talk, 0)[0], expected, 1e-6);

    StrataError error;
    StrataTensorSet *set = strata_tensor_set_make(&talk.caller.allocator, &error);
    StrataTensor *tensor = tensor_of(&talk.caller, 2, (int64_t[]){1, 2}, (float[]){10, 100});
    assert_true(strata_tensor_set_add(set, "dense1.weight", tensor, &error));
    strata_tensor_release(tensor);
    assert_true(strata_session_set_weights(talk.session, "f", set, talk.caller.diagnostics));
    strata_tensor_set_release(set);
    assert_non_null(enter(&talk, "x |> f"));
    assert_float_equal(reals(&talk, 0)[0], 210, 0);
    strata_text_release(strata_session_undo(talk.session, talk.caller.diagnostics));
    assert_non_null(enter(&talk, "x |> f"));
    assert_float_equal(reals(&talk, 0)[0], expected, 1e-6);
    talk_end(&talk);
}

static void test_layers(void **state)
{
    (void)state;
    Talk talk;
    talk_begin(&talk);
    bind(&talk, "x", 2, (int64_t[]){1, 2}, (float[]){1, 2}, true);
    assert_non_null(enter(&talk, "net f(x: 2) -> 1 = x |> dense(3) |> relu |> dense(1)"));
    assert_non_null(enter(&talk, "layers(f, x)"));
    static const char *const paths[] = {"dense1", "relu1", "dense2"};
    StrataAnswerValue value;
    for (int i = 0; i < 3; i++) {
        assert_true(strata_answer_value(talk.answer, i, &value));
        assert_string_equal(value.path, paths[i]);
    }
    assert_non_null(enter(&talk, "_.relu1"));
    assert_non_null(enter(&talk, "layers(dense(3) |> relu, x)"));
    assert_true(strata_answer_value(talk.answer, 1, &value));
    assert_string_equal(value.path, "relu1");
    talk_end(&talk);
}

/* d/dx of the sum of w x: w itself; for w, the mean of x over the batch. */
static void test_gradients(void **state)
{
    (void)state;
    Talk talk;
    talk_begin(&talk);
    bind(&talk, "x", 2, (int64_t[]){2, 2}, (float[]){1, 2, 5, 6}, true);
    assert_non_null(enter(&talk, "net f(x: 2) -> 1 = x |> dense(1, bias=false)"));
    strata_answer_release(talk.answer);
    talk.answer = strata_session_gradient(talk.session, "sum(x |> f)", talk.caller.diagnostics);
    assert_non_null(talk.answer);
    StrataAnswerValue value;
    bool found = false;
    for (int64_t i = 0; strata_answer_value(talk.answer, i, &value); i++) {
        if (strcmp(value.path, "f1.dense1.weight") != 0)
            continue;
        found = true;
        assert_float_equal(reals(&talk, i)[0], 3, 1e-6);
        assert_float_equal(reals(&talk, i)[1], 4, 1e-6);
    }
    assert_true(found);
    assert_null(strata_session_gradient(talk.session, "x |> f", talk.caller.diagnostics));
    assert_int_equal(first_code(&talk.caller), 608);
    talk_end(&talk);
}

/* What the channels of a kept tensor stand for is kept too. */
static void test_names_of_channels_are_kept(void **state)
{
    (void)state;
    Talk talk;
    talk_begin(&talk);
    bind(&talk, "x", 2, (int64_t[]){1, 2}, (float[]){1, 2}, true);
    assert_non_null(enter(&talk, "net f(x: 2) -> 2 = labelled(x |> dense(2), [{j: [0], a: \"b\"}, {j: [1], a: \"c\"}])"));
    assert_non_null(enter(&talk, "let y = f(x)"));
    expect_text(&talk, "paths(y)[1]", STRATA_ANSWER_KNOWN, "{j: [1], a: \"c\"}");
    assert_non_null(enter(&talk, "select(y, j1=1)"));
    expect_text(&talk, "paths(_)", STRATA_ANSWER_KNOWN, "\nj    a\n[1]  \"c\"");
    expect_wrong(&talk, "paths(x)", 517);
    talk_end(&talk);
}

static bool stop_at_once(void *user, int64_t done, int64_t total)
{
    (void)done;
    (void)total;
    return !*(const bool *)user;
}

static void test_stopping_keeps_the_session(void **state)
{
    (void)state;
    Talk talk = {0};
    bool stop = false;
    caller_begin(&talk.caller);
    strata_context_set_progress(talk.caller.context, stop_at_once, &stop);
    talk.session = strata_session_make(talk.caller.context, talk.caller.diagnostics);
    bind(&talk, "x", 2, (int64_t[]){1, 2}, (float[]){1, 2}, true);
    stop = true;
    assert_null(enter(&talk, "x |> dense(3)"));
    assert_int_equal(strata_diagnostics_status(talk.caller.diagnostics), STRATA_CANCELLED);
    stop = false;
    assert_non_null(enter(&talk, "x |> dense(3)"));
    talk_end(&talk);
}

/* The output of a classifier carries its classes, as it comes from the net and no further. */
static void test_classes_of_answers(void **state)
{
    (void)state;
    Talk talk;
    StrataAnswerValue value;
    talk_begin(&talk);
    bind(&talk, "x", 2, (int64_t[]){1, 2}, (float[]){1, 2}, true);
    expect_text(&talk, "net f(x: 2) -> classes([\"low\", \"high\"]) = x |> dense(2)", STRATA_ANSWER_DEFINED, "net f");
    expect_text(&talk, "net g(x: 2) -> classes(3) = x |> dense(3)", STRATA_ANSWER_DEFINED, "net g");
    assert_non_null(enter(&talk, "let y = x |> f"));
    assert_true(strata_answer_value(talk.answer, 0, &value));
    assert_int_equal(value.classes, 2);
    assert_string_equal(value.labels[1], "high");
    assert_non_null(enter(&talk, "[x |> g, x |> f |> relu]"));
    assert_true(strata_answer_value(talk.answer, 0, &value));
    assert_int_equal(value.classes, 3);
    assert_null(value.labels);
    assert_true(strata_answer_value(talk.answer, 1, &value));
    assert_int_equal(value.classes, 0);
    talk_end(&talk);
}

/* Samples of what an expression describes. */
static void test_data(void **state)
{
    (void)state;
    Talk talk;
    talk_begin(&talk);
    expect_text(&talk, "data d = idx(\"examples/digits-images.gz\", \"examples/digits-labels.gz\")", STRATA_ANSWER_DEFINED,
                "data d");
    StrataData *data = strata_session_data(talk.session, "d |> take(10)", talk.caller.diagnostics);
    assert_non_null(data);
    assert_int_equal(strata_data_samples(data), 10);
    assert_null(strata_data_class(data, 0));
    StrataTensorSet *set = strata_data_take(data, 1, 2, talk.caller.diagnostics);
    assert_non_null(set);
    const StrataTensor *x = strata_tensor_set_find(set, "x"), *label = strata_tensor_set_find(set, "label");
    assert_int_equal(strata_tensor_rank(x), 3);
    assert_int_equal(strata_tensor_size(x, 0), 2);
    assert_float_equal(((const float *)strata_tensor_data_const(label))[0], 2, 0);
    assert_float_equal(((const float *)strata_tensor_data_const(label))[1], 1, 0);
    float most = 0;
    for (int64_t i = 0; i < strata_tensor_elements(x); i++)
        most = fmaxf(most, ((const float *)strata_tensor_data_const(x))[i]);
    assert_float_equal(most, 1, 0); /* bytes become 0..1 */
    strata_tensor_set_release(set);
    assert_null(strata_data_take(data, 9, 2, talk.caller.diagnostics));
    strata_data_release(data);
    assert_null(strata_session_data(talk.session, "1 + 1", talk.caller.diagnostics));
    assert_null(strata_session_data(talk.session, "idx(\"missing.gz\", \"missing.gz\")", talk.caller.diagnostics));
    assert_non_null(enter(&talk, "1"));
    talk_end(&talk);
}

/* Lets so many questions pass, and stops then. */
static bool stop_later(void *user, int64_t done, int64_t total)
{
    (void)done;
    (void)total;
    return --*(int *)user > 0;
}

/* Elaboration asks too: a list or calls that would take minutes end at the third question. */
static void test_stopping_elaboration(void **state)
{
    (void)state;
    Talk talk = {0};
    int questions = 1000;
    caller_begin(&talk.caller);
    strata_context_set_progress(talk.caller.context, stop_later, &questions);
    talk.session = strata_session_make(talk.caller.context, talk.caller.diagnostics);
    expect_text(&talk, "layer again(n) = x -> if n == 0 then x else x |> again(n - 1) |> again(n - 1)", STRATA_ANSWER_DEFINED,
                "layer again");
    static const char *const lines[] = {"[i * j for i in 1..3000 for j in 1..3000]", "grid(2) |> again(30)",
                                        "let long = grid(2) |> again(30)", "assert item(sum(grid(2) |> again(30))) == 1"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        questions = 3;
        assert_null(enter(&talk, lines[i]));
        assert_int_equal(strata_diagnostics_status(talk.caller.diagnostics), STRATA_CANCELLED);
        assert_int_equal(strata_diagnostics_errors(talk.caller.diagnostics), 1);
        assert_int_equal(questions, 0);
    }
    questions = 1000;
    assert_non_null(enter(&talk, "grid(2) |> again(3)"));
    talk_end(&talk);
}

/* ---- Compiling behind ---- */

/* Enters a line whose value is one tensor, which the caller gives back. */
static StrataTensor *value_of(StrataSession *session, const char *line, StrataDiagnostics *diagnostics)
{
    StrataAnswer *answer = strata_session_enter(session, "<1>", line, strlen(line), diagnostics);
    StrataAnswerValue value;
    assert_non_null(answer);
    assert_true(strata_answer_value(answer, 0, &value));
    StrataTensor *tensor = strata_tensor_retain(value.tensor);
    strata_answer_release(answer);
    return tensor;
}

/* Both engines run kernels of one source; a fused multiplication here and none there moves a sum of 25 terms by rounding alone. */
static void expect_close(const StrataTensor *a, const StrataTensor *b)
{
    const float *x = strata_tensor_data_const(a), *y = strata_tensor_data_const(b);
    assert_int_equal(strata_tensor_elements(a), strata_tensor_elements(b));
    for (int64_t i = 0; i < strata_tensor_elements(a); i++)
        assert_float_equal(x[i], y[i], 1e-4);
}

static void bind_picture(StrataSession *session, const StrataAllocator *allocator, StrataDiagnostics *diagnostics)
{
    StrataError error;
    StrataTensor *tensor = strata_tensor_make(allocator, STRATA_FLOAT32, 4, (int64_t[]){1, 1, 28, 28}, &error);
    assert_non_null(tensor);
    for (int64_t i = 0; i < strata_tensor_elements(tensor); i++)
        ((float *)strata_tensor_data(tensor))[i] = (float)(i % 7) / 7;
    assert_true(strata_session_bind(session, "x", tensor, true, diagnostics));
    strata_tensor_release(tensor);
}

/* The first line is answered by the interpreter; the same net by what was compiled behind it, until its weights or the options are others. */
static void test_compiling_behind(void **state)
{
    (void)state;
    static const char line[] = "x |> conv(8, 5x5, pad=2) |> tanh";
    StrataAllocator allocator = strata_default_allocator(); /* two threads use it */
    StrataContext *context = strata_context_make(&allocator);
    StrataDiagnostics *diagnostics = strata_diagnostics_make(context);
    StrataSession *session = strata_session_make(context, diagnostics);
    bind_picture(session, &allocator, diagnostics);
    StrataTensor *first = value_of(session, line, diagnostics);
    assert_false(strata_session_engine(session).compiled);
    strata_session_wait(session);
    assert_false(strata_session_engine(session).compiling);
    StrataTensor *second = value_of(session, line, diagnostics);
#ifdef STRATA_TEST_COMPILED
    assert_true(strata_session_engine(session).compiled);
#endif
    expect_close(first, second);
    strata_session_set_options(session, (StrataSessionOptions){.threads = 1, .seed = 1, .interpret = true});
    StrataTensor *third = value_of(session, line, diagnostics);
    assert_false(strata_session_engine(session).compiled);
    assert_false(strata_session_engine(session).compiling);
    assert_memory_not_equal(strata_tensor_data(second), strata_tensor_data(third), 8 * 784 * sizeof(float));
    strata_tensor_release(third);
    strata_tensor_release(second);
    strata_tensor_release(first);
    strata_session_release(session);
    strata_diagnostics_release(diagnostics);
    strata_context_release(context);
}

/* What nobody waits for ends with the session; lines go on while it is made. */
static void test_leaving_while_it_compiles(void **state)
{
    (void)state;
    StrataAllocator allocator = strata_default_allocator();
    StrataContext *context = strata_context_make(&allocator);
    StrataDiagnostics *diagnostics = strata_diagnostics_make(context);
    StrataSession *session = strata_session_make(context, diagnostics);
    bind_picture(session, &allocator, diagnostics);
    for (int i = 0; i < 5; i++)
        strata_tensor_release(value_of(session, "x |> conv(8, 5x5, pad=2) |> tanh |> conv(16, 5x5) |> tanh", diagnostics));
    strata_tensor_release(value_of(session, "x |> conv(4, 3x3) |> sigmoid", diagnostics));
    strata_session_release(session);
    strata_diagnostics_release(diagnostics);
    strata_context_release(context);
}

/* Weights that are set anew are those of the next line, whatever was kept. */
static void test_kept_programs_follow_the_weights(void **state)
{
    (void)state;
    Talk talk;
    talk_begin(&talk);
    bind(&talk, "x", 2, (int64_t[]){1, 1}, (float[]){1}, true);
    expect_text(&talk, "net f(x: 1) -> 1 = x |> dense(1, bias=false)", STRATA_ANSWER_DEFINED, "net f");
    for (int i = 1; i <= 3; i++) {
        StrataTensorSet *set = set_of(&talk.caller);
        give(set, "dense1.weight", tensor_of(&talk.caller, 2, (int64_t[]){1, 1}, (float[]){(float)i}));
        assert_true(strata_session_set_weights(talk.session, "f", set, talk.caller.diagnostics));
        strata_tensor_set_release(set);
        assert_non_null(enter(&talk, "x |> f"));
        assert_float_equal(reals(&talk, 0)[0], i, 0);
    }
    strata_text_release(strata_session_undo(talk.session, talk.caller.diagnostics));
    assert_non_null(enter(&talk, "x |> f"));
    assert_float_equal(reals(&talk, 0)[0], 2, 0);
    talk_end(&talk);
}

/* A session of 10,000 lines grows by less than 50 MB. */
static void test_ten_thousand_lines(void **state)
{
    (void)state;
    Talk talk;
    talk_begin(&talk);
    float *entries = calloc(28 * 28, sizeof *entries);
    bind(&talk, "x", 4, (int64_t[]){1, 1, 28, 28}, entries, true);
    free(entries);
    enter(&talk, "let n = 1");
    size_t before = talk.caller.counting.bytes;
    static const char *const lines[] = {"x * n", "let n = 2", "let y = x + 1", "layer f = x -> x * 2", "n + 1", "y |> f"};
    for (int i = 0; i < 10000; i++)
        assert_non_null(enter(&talk, lines[i % 6]));
    assert_true(talk.caller.counting.bytes - before < 50 * 1000 * 1000);
    talk_end(&talk);
}

/* Everything that a session does, with an allocator that fails at one point; false when it had to be felt. */
static bool everything(Caller *caller)
{
    StrataSession *session = strata_session_make(caller->context, caller->diagnostics);
    StrataError error;
    StrataTensor *x = strata_tensor_make(&caller->allocator, STRATA_FLOAT32, 2, (int64_t[]){2, 2}, &error);
    bool good = session && x && strata_session_bind(session, "x", x, true, caller->diagnostics);
    static const char *const lines[] = {"let n = 2", "net f(x: 2) -> 1 = x |> dense(n) |> dense(1)", "let y = {a: x |> f, b: n}",
                                        "y.a + 1", "let n = 3"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        StrataAnswer *answer = good ? strata_session_enter(session, "<1>", lines[i], strlen(lines[i]), caller->diagnostics) : NULL;
        good = good && answer;
        strata_answer_release(answer);
    }
    StrataText *source = good ? strata_session_source(session, caller->diagnostics) : NULL;
    StrataText *undone = good ? strata_session_undo(session, caller->diagnostics) : NULL;
    StrataText *type = good ? strata_session_type(session, "y.a", caller->diagnostics) : NULL;
    StrataData *data = good ? strata_session_data(session, "idx(\"examples/digits-images.gz\", \"examples/digits-labels.gz\")",
                                                  caller->diagnostics)
                            : NULL;
    StrataTensorSet *samples = strata_data_take(data, 0, 2, caller->diagnostics);
    good = good && source && undone && type && samples;
    strata_tensor_set_release(samples);
    strata_data_release(data);
    strata_text_release(type);
    strata_text_release(undone);
    strata_text_release(source);
    strata_tensor_release(x);
    strata_session_release(session);
    return good;
}

static void test_failing_allocations(void **state)
{
    (void)state;
    bool done = false;
    for (long fail_at = 1; !done; fail_at++) {
        Caller caller;
        caller_begin(&caller);
        caller.counting.requests = 0;
        caller.counting.fail_at = fail_at;
        bool good = everything(&caller);
        done = caller.counting.requests < fail_at;
        if (!good && !done && strata_diagnostics_count(caller.diagnostics) > 0)
            assert_int_equal(strata_diagnostics_status(caller.diagnostics), STRATA_MEMORY);
        assert_true(good || !done);
        caller.counting.fail_at = 0;
        caller_end(&caller);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_that_are_known),
        cmocka_unit_test(test_errors_change_nothing),
        cmocka_unit_test(test_a_line_is_complete),
        cmocka_unit_test(test_live_tensors),
        cmocka_unit_test(test_known_tensors_beside_live_ones),
        cmocka_unit_test(test_definitions_again),
        cmocka_unit_test(test_weights_are_the_same_everywhere),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_gradients),
        cmocka_unit_test(test_names_of_channels_are_kept),
        cmocka_unit_test(test_stopping_keeps_the_session),
        cmocka_unit_test(test_classes_of_answers),
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_stopping_elaboration),
        cmocka_unit_test(test_compiling_behind),
        cmocka_unit_test(test_leaving_while_it_compiles),
        cmocka_unit_test(test_kept_programs_follow_the_weights),
        cmocka_unit_test(test_ten_thousand_lines),
        cmocka_unit_test(test_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
