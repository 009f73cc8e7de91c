/* The formatter: files of the project keep their tree and are changed once only; texts come out as they should. */
#include "syntax/harness.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The tree without the places of its nodes, which are the last word of each line. */
static const char *tree(Parsed *parsed)
{
    Text text = text_make(&parsed->arena);
    Text bare = text_make(&parsed->arena);
    print_ast(&parsed->sources, parsed->file, &text);
    for (const char *line = text_string(&text); *line;) {
        size_t length = strcspn(line, "\n");
        size_t kept = length;
        while (kept > 0 && line[kept - 1] != ' ')
            kept--;
        text_add_bytes(&bare, line, kept);
        text_add(&bare, "\n");
        line += length + 1;
    }
    return text_string(&bare);
}

static const char *formatted(Parsed *parsed)
{
    Text text = text_make(&parsed->arena);
    format_file(&parsed->arena, &parsed->diagnostics, parsed->file, &text);
    return text_string(&text);
}

/* Formatting keeps the tree; again it changes nothing. Files with errors are passed over. */
static void file_is_formatted_once(const char *path, const char *text, size_t length)
{
    Parsed before, once;
    parsed_begin(&before, text, length);
    if (before.diagnostics.errors == 0) {
        const char *first = formatted(&before);
        parsed_begin(&once, first, strlen(first));
        parsed_print_errors(&once);
        if (strcmp(tree(&before), tree(&once)) != 0)
            fail_msg("%s: formatting changed the tree", path);
        if (strcmp(first, formatted(&once)) != 0)
            fail_msg("%s: formatting twice changes the text again", path);
        parsed_end(&once);
    }
    parsed_end(&before);
}

static void files_of_the_project_keep_their_tree(void **state)
{
    (void)state;
    static const char *const folders[] = {"stdlib",
                                          "examples",
                                          "tests/language/lexical",
                                          "tests/language/syntax",
                                          "tests/language/newcomer",
                                          "tests/language/shape",
                                          "tests/language/name",
                                          "tests/language/promise",
                                          "tests/fuzz/corpus/parse"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        visit_net_files(folders[i], file_is_formatted_once);
}

/* Texts that are laid out as they should be: formatting changes nothing. */
static const char *const canonical[] = {
    /* the examples of the language's description */
    "# LeNet-5 on handwritten digits.\n"
    "data digits = idx(\"data/train-images.gz\", \"data/train-labels.gz\")\n"
    "data unseen = idx(\"data/test-images.gz\",  \"data/test-labels.gz\")\n"
    "\n"
    "net lenet(image: 1x28x28) -> classes(10) =\n"
    "  image\n"
    "  |> conv(6, 5x5, pad=2) |> relu |> maxpool(2x2)\n"
    "  |> conv(16, 5x5)       |> relu |> maxpool(2x2)\n"
    "  |> flatten\n"
    "  |> dense(120) |> relu\n"
    "  |> dense(84)  |> relu\n"
    "  |> dense(10)\n"
    "\n"
    "assert weights(lenet) <= 62_000, \"must fit the small board\"\n"
    "\n"
    "train lenet {\n"
    "  data      = split(digits, 0.9).first\n"
    "  validate  = split(digits, 0.9).second\n"
    "  loss      = cross_entropy\n"
    "  penalty   = 1e-4 * l2\n"
    "  optimizer = sgd(rate=0.05, momentum=0.9)\n"
    "  epochs    = 5\n"
    "  batch     = 64\n"
    "  seed      = 1\n"
    "}\n",
    "# A residual block, with a choice made while elaborating.\n"
    "layer residual(width, stride=1) = x -> {\n"
    "  let main = x |> conv(width, 3x3, stride=stride, pad=1, bias=false) |> norm |> relu\n"
    "               |> conv(width, 3x3, pad=1, bias=false) |> norm\n"
    "  let skip = if channels(x) == width and stride == 1 then x\n"
    "             else x |> conv(width, 1x1, stride=stride, bias=false) |> norm\n"
    "  relu(main + skip)\n"
    "}\n",
    "net parallel(x: 20) -> 3 =\n"
    "  sum([x |> dense(1, bias=false) |> relu |> dense(3, bias=false) for i in 1..64])\n"
    "\n"
    "train parallel { data = csv(\"p.csv\"); loss = mse; penalty = 0.01 * product(frobenius) }\n",
    "layer dense(out, bias=true, init=he, penalty=none) = x -> {\n"
    "  assert rank(x) == 1, \"dense takes a vector; put flatten before it\", shape_of(x)\n"
    "  let w = weight(\"weight\", shape(out, dim(x, 0)), init=init, penalty=penalty)\n"
    "  let y = matmul(w, x)\n"
    "  if bias then y + weight(\"bias\", shape(out), init=zeros, decay=false) else y\n"
    "}\n",
    /* brackets that end their line, and others */
    "let a = branches([\n"
    "  conv(1, 1x1),\n"
    "  conv(2, 1x1) |> conv(3, 3x3, pad=1),\n"
    "])\n"
    "let b = scan(driven, {h: zero, c: zero}, (s, g) -> {\n"
    "  let z = g + s.h\n"
    "  {h: z, c: -z}\n"
    "}, reverse=true)\n"
    "let c = f(one,\n"
    "          two)\n",
    /* operators */
    "let a = -x ^ -2 + f(k=-1)[i - 1].name * (not b and 1..n - 1 == r)\n"
    "let b = long_name\n"
    "        + other_name\n"
    "let c = 1 .foo\n",
    /* comments */
    "# At the start.\n"
    "\n"
    "let a = [  # behind a bracket\n"
    "  1,       # aligned\n"
    "  2,       # below\n"
    "  # on a line of its own\n"
    "]\n"
    "net f(x: 3) -> 3 =\n"
    "  x\n"
    "  # between the steps\n"
    "  |> relu\n"
    "# At the end.\n",
    "",
};

static void canonical_text_stays(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof canonical / sizeof *canonical; i++) {
        Parsed parsed;
        parsed_begin(&parsed, canonical[i], strlen(canonical[i]));
        parsed_print_errors(&parsed);
        assert_string_equal(formatted(&parsed), canonical[i]);
        parsed_end(&parsed);
    }
}

static const struct {
    const char *before, *behind;
} changes[] = {
    {"let a=1;let b   =  2 ;\n\n\n\nlet c=3", "let a = 1\nlet b = 2\n\nlet c = 3\n"},
    {"\xEF\xBB\xBFlet a = 1   # one  \r\n\r\n", "let a = 1  # one\n"},
    {"let a = f ( x , y = 2 ) [ 0 ] . b", "let a = f(x, y=2)[0].b\n"},
    {"let a = { x : 1,y:2 }\nlet b={let c=1;c}", "let a = {x: 1, y: 2}\nlet b = { let c = 1; c }\n"},
    {"let a = { let b = 1;\n-b }", "let a = { let b = 1;\n          -b }\n"},
    {"let a = [ i+1 for i in 1 .. 3 if i<2 ]", "let a = [i + 1 for i in 1..3 if i < 2]\n"},
    {"train f{a=1\nlonger=2\n\n\nx=3}", "train f { a      = 1\n          longer = 2\n\n          x = 3 }\n"},
    {"layer f = x -> {\n\n   let y = x\n\n\n   y\n\n}", "layer f = x -> {\n  let y = x\n\n  y\n}\n"},
    {"net f(x:3)->3=\nx\n|>g   |>h\n   |>gg |>h", "net f(x: 3) -> 3 =\n  x\n  |> g |> h\n  |> gg |> h\n"},
    {"let a = if b\nthen c\nelse if d then e\nelse f", "let a = if b\n        then c\n        else if d then e\n        else f\n"},
    /* lines that are too long */
    {"net f(image: 3x224x224) -> classes(1000) = image |> conv(64, 7x7, stride=2, pad=3) |> relu |> maxpool(3x3, stride=2, pad=1)",
     "net f(image: 3x224x224) -> classes(1000) =\n"
     "  image |> conv(64, 7x7, stride=2, pad=3) |> relu |> maxpool(3x3, stride=2, pad=1)\n"},
    {"net f(image: 3x224x224) -> classes(1000) = image |> conv(64, 7x7, stride=2, pad=3) |> relu |> maxpool(3x3, stride=2, pad=1) "
     "|> flatten |> dense(10)",
     "net f(image: 3x224x224) -> classes(1000) =\n"
     "  image\n"
     "  |> conv(64, 7x7, stride=2, pad=3)\n"
     "  |> relu\n"
     "  |> maxpool(3x3, stride=2, pad=1)\n"
     "  |> flatten\n"
     "  |> dense(10)\n"},
    {"layer up(out, stride, pad) = x -> x |> conv_transposed(out, 4x4, stride=stride, pad=pad, bias=false) |> norm |> relu",
     "layer up(out, stride, pad) = x ->\n"
     "  x |> conv_transposed(out, 4x4, stride=stride, pad=pad, bias=false) |> norm |> relu\n"},
    {"let near = pool_mean(energy, window=shape(size, 1), stride=1, pad=[size // 2, (size - 1) // 2, 0, 0], count_padding=true)",
     "let near = pool_mean(energy, window=shape(size, 1), stride=1,\n"
     "                     pad=[size // 2, (size - 1) // 2, 0, 0], count_padding=true)\n"},
    {"assert multiply_adds(googlenet(normalised=true)) == 1_498_376_192, \"normalised GoogLeNet\", "
     "multiply_adds(googlenet(normalised=true))",
     "assert multiply_adds(googlenet(normalised=true)) == 1_498_376_192, \"normalised GoogLeNet\",\n"
     "  multiply_adds(googlenet(normalised=true))\n"},
    {"train parallel_networks { data = csv(\"a long name of a file.csv\"); loss = mse; penalty = 0.01 * product(frobenius) }",
     "train parallel_networks {\n"
     "  data    = csv(\"a long name of a file.csv\")\n"
     "  loss    = mse\n"
     "  penalty = 0.01 * product(frobenius)\n"
     "}\n"},
    {"let second = if two_biases then weight(\"bias_hh\", shape(4 * size), init=zeros, decay=false) else none",
     "let second = if two_biases then weight(\"bias_hh\", shape(4 * size), init=zeros, decay=false)\n"
     "             else none\n"},
};

static void other_text_is_laid_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        Parsed parsed;
        parsed_begin(&parsed, changes[i].before, strlen(changes[i].before));
        parsed_print_errors(&parsed);
        assert_string_equal(formatted(&parsed), changes[i].behind);
        parsed_end(&parsed);
        file_is_formatted_once(changes[i].before, changes[i].before, strlen(changes[i].before));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_the_project_keep_their_tree),
        cmocka_unit_test(canonical_text_stays),
        cmocka_unit_test(other_text_is_laid_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
