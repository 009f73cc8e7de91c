/* The reader of the Graph's text on hostile input: each mistake has its code and place, nothing crashes, nothing takes long. */
#include "graph/harness.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char head[] = "net f inference {\n  origin 0 = f\n  input 0 x : f*[3]\n  weight 0 w : f[3]\n  constant 0 : f[] = [2]\n"
                           "  %0 = input 0 : f*[3]  @0\n  %1 = weight 0 : f[3]\n  %2 = constant 0 : f[]\n";

static void print_diagnostics(Bench *bench)
{
    Text text = text_make(&bench->arena);
    for (int64_t i = 0; i < bench->diagnostics.count; i++)
        diagnostic_print(&bench->diagnostics, &bench->diagnostics.items[i], false, &text);
    print_message("%s", text_string(&text));
}

/* One complaint with this code whose message holds `part`, at line `line` of the text (0: anywhere). */
static void expect_complaint(const char *text, size_t length, int code, const char *part, int line)
{
    Bench *bench = bench_make();
    int32_t file = source_add(&bench->sources, "bad.graph", text, length, false);
    assert_null(graph_read(&bench->arena, &bench->diagnostics, file, NULL, 0));
    const Diagnostic *diagnostic = &bench->diagnostics.items[0];
    bool good = bench->diagnostics.count == 1 && diagnostic->code == code && strstr(diagnostic->message, part);
    if (!good) {
        print_message("expected E%04d with \"%s\":\n", code, part);
        print_diagnostics(bench);
    }
    assert_true(good);
    if (line > 0)
        assert_int_equal(source_place(&bench->sources, file, diagnostic->span.start).line, line);
    bench_release(bench);
}

typedef struct Mistake {
    const char *line; /* stands behind `head`, in line 9 */
    int code;
    const char *part;
} Mistake;

static const Mistake mistakes[] = {
    {"frob", 1101, "expected a node, a row, an output or `}`, got `frob`"},
    {"%3 add(%0)", 1101, "expected `=`, got `add`"},
    {"%3 = \"relu\"(%0) : f*[3]", 1101, "expected the name of an operation, got a string"},
    {"%3 = relu(%0 : f*[3]", 1101, "expected `,`, got `:`"},
    {"%3 = relu(%0)", 1101, "expected `:`, got `}`"},
    {"%3 = relu(%0) : q*[3]", 1101, "expected a type"},
    {"%3 = relu(%0) : f*[3x]", 1101, "a shape is sizes"},
    {"%3 = relu(%0) : f*[-3]", 1101, "a shape is sizes"},
    {"%3 = relu(%0) : f*[3y3]", 1101, "a shape is sizes"},
    {"%3 = relu(%0.) : f*[3]", 1101, "the number of a node"},
    {"%3 = relu(%99999999999) : f*[3]", 1101, "the number of a node"},
    {"%3 = relu(0) : f*[3]", 1101, "expected a value like %12"},
    {"%3 = relu(%0) : f*[3] & 7", 1101, "byte 0x26 has no meaning here"},
    {"%3 = relu(%0) : f*[3] \"open", 1101, "this string has no end"},
    {"name \"a\\qb\" = %0", 1101, "needs another form"},
    {"name \"a\\x00b\" = %0", 1101, "needs another form"},
    {"name \"a\\x\" = %0", 1101, "needs another form"},
    {"constant 1 : f[2] = [1, two]", 1101, "expected a number, got `two`"},
    {"constant 1 : f[2] = [1, 0x]", 1101, "expected a number"},
    {"input 1 y : f*[3] integers above 3", 1101, "expected `below`"},
    {"input 1 y : f*[3] integers below 99999999999999999999", 1101, "a whole number of 64 bits"},
    {"origin 1 = conv in 0", 1101, "expected `@`"},
    {"origin 1 = conv at lenet.net:1:5", 1101, "columns like 6-20"},
    {"origin 1 = conv at lenet.net:1:5-", 1109, "from 1 to"},
    {"origin 1 = conv at lenet.net:1:5-6x", 1101, "columns like 6-20"},
    {"net g inference { }", 1101, "got `net`"},
    {"%3 = convulve(%0, %1) : f*[3]", 1102, "the nearest is `convolve`"},
    {"%3 = zzzzzzzzzzzzzzz(%0, %1) : f*[3]", 1102, "no operation `zzzzzzzzzzzzzzz`"},
    {"%3 = relu(%3) : f*[3]", 1103, "%3 is not computed before"},
    {"%3 = relu(%0.1) : f*[3]", 1103, "%0 has no result 1"},
    {"%3 = input 1 : f*[3]", 1103, "there is no input 1"},
    {"%3 = weight -1 : f[3]", 1103, "there is no weight -1"},
    {"%3 = relu(%0) : f*[3] @1", 1103, "origin @1 is not there"},
    {"origin 1 = conv in @1", 1103, "origin @1 is not there yet"},
    {"output = %7", 1103, "there is no %7"},
    {"name a = %0.2", 1103, "there is no %0 with a result 2"},
    {"weight 1 v : f[3] initial %9", 1103, "there is no %9"},
    {"state 0 s : f[3] initial %2 next %9", 1103, "there is no %9"},
    {"%3 = reduce_sum(%0) axis=[0] : f*[]", 1104, "reduce_sum has no attribute `axis`"},
    {"%3 = reduce_sum(%0) axes=[0] axes=[0] : f*[]", 1104, "`axes` is given twice"},
    {"%3 = reshape(%0) : f*[3]", 1104, "reshape needs `shape`"},
    {"%3 = pad(%0) amounts=[1, 1] mode=wrong : f*[5]", 1104, "mode is one of: zero"},
    {"%3 = add(%0) : f*[3]", 1105, "add takes 2 operands, got 1"},
    {"%3 = concatenate() : f*[3]", 1105, "concatenate takes at least 1 operand, got 0"},
    {"%3 = permute(%0) axes=[1] : f*[3]", 1105, "is not an order of the axes of 3"},
    {"%3 = reshape(%0) shape=[4611686018427387904, 4, 7] : f*[3]", 1105, ""},
    {"%3 = relu(%0) : f*[4]", 1106, "relu gives f*[3], the text says f*[4]"},
    {"%3 = relu(%0) : f[3]", 1106, "relu gives f*[3], the text says f[3]"},
    {"%3 = relu(%0) : f*[3], f*[3]", 1106, "relu gives 1 results, the text says 2"},
    {"%3 = seed : f[]", 1106, "seed gives i[], the text says f[]"},
    {"constant 1 : f[2] = [1]", 1106, "has 2 reals, the text gives 1"},
    {"constant 1 : c[1] = [1]", 1106, "has 2 reals, the text gives 1"},
    {"output y = %0 classes=3 labels=[a]", 1106, "there are 3 classes and 1 labels"},
    {"output y = %0 columns=[a, b] paths=[1, 2, 3]", 1106, "3 numbers are no rows of 2 columns"},
    {"output y = %0 columns=[] paths=[1]", 1106, "1 numbers are no rows of 0 columns"},
    {"%4 = relu(%0) : f*[3]", 1107, "this is node 3, not 4"},
    {"weight 0 v : f[3]", 1107, "this is weight 1, not 0"},
    {"origin 7 = conv", 1107, "this is origin 1, not 7"},
    {"constant 1 : f[2] = blob sha256:00", 1108, "they end too early"},
    {"%3 = relu(%0) : f*[1x1x1x1x1x1x1x1x1]", 1109, "at most 8 dimensions"},
    {"%3 = relu(%0) : f*[0]", 1109, "sizes are at least 1"},
    {"weight 1 v : f[1099511627777]", 1109, "at most 2^40 elements"},
    {"origin 1 = conv at lenet.net:0:1-2", 1109, "from 1 to"},
    {"origin 1 = conv at lenet.net:99999999:1-2", 1109, "from 1 to"},
    {"origin 1 = conv at a.net:8000000:1-2 origin 2 = conv at b.net:8000000:1-2", 1109, "at most 8388608 lines"},
    {"objective = %2 objective = %2", 1110, "there is an objective already"},
};

static void mistakes_have_their_codes_and_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        char text[1024];
        int length = snprintf(text, sizeof text, "%s  %s\n}\n", head, mistakes[i].line);
        bool at_end = strstr(mistakes[i].line, "relu(%0)") && strlen(mistakes[i].line) == strlen("%3 = relu(%0)");
        expect_complaint(text, (size_t)length, mistakes[i].code, mistakes[i].part, at_end ? 10 : 9);
    }
}

/* Lines that are right one by one and wrong together. */
static const Mistake broken_rules[] = {
    {"weight 1 w : f[3]", 1110, "two weights are called `w`"},
    {"input 1 x : f*[3]", 1110, "two inputs are called `x`"},
    {"state 0 s : f[3] state 1 s : f[3]", 1110, "two states are called `s`"},
    {"name a = %0 name a = %0", 1110, "two values are called `a`"},
    {"output a = %0 output a = %0", 1110, "two outputs are called `a`"},
    {"output = %0 output = %0", 1110, "an output has no name"},
    {"output = %0 classes=-3", 1110, "has -3 classes"},
    {"weight 1 v : f*[3]", 1110, "weight 1 is batched"},
    {"input 1 y : i*[3] integers below 0", 1110, "there are none"},
    {"weight 1 v : f[3] initial %2", 1110, "the initial value of weight `v` is f[], not f[3]"},
    {"weight 1 v : f[3] initial %1", 1110, "depends on more than the seed"},
    {"state 0 s : f[3] next %0", 1110, "the next value of state `s` is f*[3], not f[3]"},
    {"penalty = %1", 1110, "the penalty is f[3], not a number"},
    {"objective = %0", 1110, "the objective is f*[3], not a number"},
};

static void rules_are_checked_at_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken_rules / sizeof *broken_rules; i++) {
        char text[1024];
        int length = snprintf(text, sizeof text, "%s  %s\n}\n", head, broken_rules[i].line);
        expect_complaint(text, (size_t)length, broken_rules[i].code, broken_rules[i].part, 1);
    }
}

typedef struct RegionMistake {
    const char *attributes;
    const char *region;
    const char *part;
} RegionMistake;

static const RegionMistake region_mistakes[] = {
    {"states=0 sequences=1", "input 0 h : f[] input 1 x : f*[] %0 = input 0 : f[] output = %0", "at least one state"},
    {"states=1 sequences=2", "input 0 h : f[] input 1 x : f*[] %0 = input 0 : f[] output = %0", "an operand for each"},
    {"states=1 sequences=9223372036854775807", "input 0 h : f[] input 1 x : f*[] %0 = input 0 : f[] output = %0",
     "an operand for each"},
    {"states=1 sequences=1", "input 0 h : f[] %0 = input 0 : f[] output = %0", "an input for each operand"},
    {"states=1 sequences=1", "input 0 h : f[] input 1 x : f*[] %0 = input 0 : f[]", "an output for each state"},
    {"states=1 sequences=1", "input 0 h : f[] input 1 x : f*[2] %0 = input 0 : f[] output = %0", "operand 1 of the scan is 3"},
    {"states=1 sequences=1", "input 0 h : f[] input 1 x : f*[] %0 = input 1 : f*[] output = %0", "but its region gives"},
    {"states=1 sequences=1", "input 0 h : f[] input 1 x : f*[] weight 0 w : f[] %0 = weight 0 : f[] output = %0", "captures them"},
};

static void regions_must_fit_their_scan(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof region_mistakes / sizeof *region_mistakes; i++) {
        char text[1024];
        int length = snprintf(text, sizeof text, "%s  %%3 = scan(%%2, %%0) %s : f[3] region step inference { %s }\n}\n", head,
                              region_mistakes[i].attributes, region_mistakes[i].region);
        expect_complaint(text, (size_t)length, 1105, region_mistakes[i].part, 9);
    }
}

static void a_complaint_inside_a_region_has_its_place(void **state)
{
    (void)state;
    char text[1024];
    int length = snprintf(
        text, sizeof text,
        "%s  %%3 = scan(%%2, %%0) states=1 sequences=1 : f[3]\n  region step inference {\n    %%0 = rely()\n  }\n}\n", head);
    expect_complaint(text, (size_t)length, 1102, "the nearest is `relu`", 11);
}

static void blobs_must_be_those_of_the_text(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Graph *graph = graph_make(&bench->arena, "blobs");
    double data[65] = {1, 2, 3};
    bench_constant(graph, bench_type("f[65]"), data);
    Text text = text_make(&bench->arena), blobs = text_make(&bench->arena);
    graph_print(graph, NULL, &text, &blobs);
    int32_t file = source_add(&bench->sources, "blobs.graph", text_string(&text), text.length, false);
    assert_non_null(graph_read(&bench->arena, &bench->diagnostics, file, blobs.start, blobs.length));
    assert_null(graph_read(&bench->arena, &bench->diagnostics, file, blobs.start, blobs.length - 1));
    assert_non_null(strstr(bench->diagnostics.items[0].message, "too early"));
    blobs.start[100] ^= 1;
    bench->diagnostics = diagnostics_make(&bench->arena, &bench->sources);
    assert_null(graph_read(&bench->arena, &bench->diagnostics, file, blobs.start, blobs.length));
    assert_int_equal(bench->diagnostics.items[0].code, 1108);
    assert_non_null(strstr(bench->diagnostics.items[0].message, "others than the text's"));
    bench_release(bench);
}

/* Every beginning of a good text is an error, said once; so is every text with one byte changed, or it is another Graph. */
static void cut_and_changed_texts(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    const char *text = bench_print(bench, bench_recurrent(bench));
    size_t length = strlen(text);
    for (size_t end = 0; end + 2 < length; end++) {
        Bench *other = bench_make();
        int32_t file = source_add(&other->sources, "cut.graph", text, end, false);
        assert_null(graph_read(&other->arena, &other->diagnostics, file, NULL, 0));
        assert_int_equal(other->diagnostics.errors, 1);
        bench_release(other);
    }
    static const char bytes[] = "\0 \"%@{}[]x9-";
    char *changed = arena_duplicate(&bench->arena, text);
    for (size_t i = 0; i < length; i++)
        for (size_t k = 0; k < sizeof bytes - 1; k++) {
            Bench *other = bench_make();
            changed[i] = bytes[k];
            int32_t file = source_add(&other->sources, "changed.graph", changed, length, false);
            const Graph *graph = graph_read(&other->arena, &other->diagnostics, file, NULL, 0);
            assert_int_equal(other->diagnostics.errors, graph ? 0 : 1);
            assert_true(!graph || !graph_verify(graph, &other->arena));
            changed[i] = text[i];
            bench_release(other);
        }
    bench_release(bench);
}

static void what_is_no_text_at_all(void **state)
{
    (void)state;
    expect_complaint("", 0, 1101, "expected `net`, but the text ends", 0);
    expect_complaint("\0\0\0", 3, 1101, "byte 0x00", 0);
    expect_complaint("# only a comment", 16, 1101, "the text ends", 0);
    expect_complaint("net f inference { } net g inference { }", 39, 1101, "expected nothing more", 0);
    expect_complaint("region f inference { }", 22, 1101, "expected `net`", 0);
    expect_complaint("net f guessing { }", 18, 1101, "expected `inference`", 0);
}

/* `count` times the same bytes. */
static char *repeated(const char *bytes, int64_t count, size_t *length)
{
    size_t size = strlen(bytes);
    *length = size * (size_t)count;
    char *text = malloc(*length + 1);
    for (int64_t i = 0; i < count; i++)
        memcpy(text + (size_t)i * size, bytes, size);
    text[*length] = '\0';
    return text;
}

static void depth_and_size_have_limits(void **state)
{
    (void)state;
    static const char *const floods[] = {
        "net f inference { %0 = scan() states=1 sequences=1 : f[] ",
        "((((((((((((((((((((((((((((",
        "net f inference { ",
        "% % % % % %",
        "\"\"\"\"\"\"\"\"\"\"",
        "[1, [1, [1, ",
    };
    for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
        size_t length;
        char *text = repeated(floods[i], 100000, &length);
        Bench *bench = bench_make();
        int32_t file = source_add(&bench->sources, "flood.graph", text, length, false);
        assert_null(graph_read(&bench->arena, &bench->diagnostics, file, NULL, 0));
        assert_int_equal(bench->diagnostics.errors, 1);
        bench_release(bench);
        free(text);
    }
}

static void scans_have_a_deepest_level(void **state)
{
    (void)state;
    Text text = text_make(NULL);
    Bench *bench = bench_make();
    text.arena = &bench->arena;
    static const char sources[] = "inference { input 0 h : f[] input 1 x : f[1] %0 = input 0 : f[] %1 = input 1 : f[1] ";
    text_printf(&text, "net f %s", sources);
    for (int i = 0; i < 40; i++)
        text_printf(&text, "%%2 = scan(%%0, %%1, %%1) states=1 sequences=1 : f[1] region r inference { input 0 h : f[] input 1 x : "
                           "f[] input 2 y : "
                           "f[1] %%0 = input 0 : f[] %%1 = input 2 : f[1] ");
    expect_complaint(text_string(&text), text.length, 1109, "at most 32 deep", 0);
    bench_release(bench);
}

static void nodes_have_a_limit(void **state)
{
    (void)state;
    Bench *bench = bench_make();
    Text text = text_make(&bench->arena);
    text_add(&text, "net f inference {\n");
    char line[64];
    for (int i = 0; i <= NODE_LIMIT; i++)
        text_add_bytes(&text, line, (size_t)snprintf(line, sizeof line, "%%%d = seed : i[]\n", i));
    text_add(&text, "}\n");
    expect_complaint(text_string(&text), text.length, 1109, "at most 1000000 nodes", NODE_LIMIT + 2);
    bench_release(bench);
}

/* ---- The pages of the errors ------------------------------------------------------------------------------------------------- */

/* The block of Graph text under a heading. */
static const char *find_block(Arena *arena, const char *page, const char *heading)
{
    static const char fence[] = "```graph\n";
    const char *start = strstr(page, heading);
    assert_non_null(start);
    start = strstr(start, fence);
    assert_non_null(start);
    start += sizeof fence - 1;
    const char *end = strstr(start, "```");
    assert_non_null(end);
    return arena_string(arena, start, (size_t)(end - start));
}

static void pages_show_what_they_say(void **state)
{
    (void)state;
    for (int code = 1101; code <= 1110; code++) {
        char path[64], page[8192];
        snprintf(path, sizeof path, "docs/errors/E%d.md", code);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        page[fread(page, 1, sizeof page - 1, file)] = '\0';
        fclose(file);
        Bench *bench = bench_make();
        const char *example = find_block(&bench->arena, page, "## Example");
        expect_complaint(example, strlen(example), code, "", 0);
        Graph *repaired = bench_read(bench, find_block(&bench->arena, page, "## Repair"));
        if (!repaired)
            print_diagnostics(bench);
        assert_non_null(repaired);
        bench_release(bench);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_have_their_codes_and_places),
        cmocka_unit_test(rules_are_checked_at_the_end),
        cmocka_unit_test(regions_must_fit_their_scan),
        cmocka_unit_test(a_complaint_inside_a_region_has_its_place),
        cmocka_unit_test(blobs_must_be_those_of_the_text),
        cmocka_unit_test(cut_and_changed_texts),
        cmocka_unit_test(what_is_no_text_at_all),
        cmocka_unit_test(depth_and_size_have_limits),
        cmocka_unit_test(scans_have_a_deepest_level),
        cmocka_unit_test(nodes_have_a_limit),
        cmocka_unit_test(pages_show_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
