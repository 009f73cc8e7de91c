/* Commands that ask: what something is, what is known about it, how it is computed. Nothing runs. */
#include "tool/repl/command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Prints a text of the library; says what was wrong where there is none. */
static void print_text(Repl *repl, StrataText *text)
{
    if (text)
        fputs(strata_text_bytes(text), stdout);
    strata_text_release(text);
    repl_report(repl);
}

static void type(Repl *repl, const char *rest)
{
    if (!rest[0]) {
        repl_fail(repl, "`:type` takes an expression");
        return;
    }
    StrataText *text = strata_session_type(repl->session, rest, repl->diagnostics);
    if (text)
        puts(strata_text_bytes(text));
    strata_text_release(text);
    repl_report(repl);
}

/* ---- :shape ---- */

static void print_value(const StrataValue *value)
{
    static const char *const elements[] = {"", "complex ", "integer ", "boolean ", "bytes "};
    printf("  %-24s %s", value->name, elements[value->element]);
    if (value->rank == 0)
        printf("number");
    for (int axis = 0; axis < value->rank; axis++)
        printf(axis ? "x%" PRId64 : "%" PRId64, value->sizes[axis]);
    putchar('\n');
}

/* Each value that a net's body names, but not those inside of them. */
static void print_steps(const StrataNet *net)
{
    StrataValue value;
    for (int64_t i = 0; strata_net_input(net, i, &value); i++)
        print_value(&value);
    for (int64_t i = 0; strata_net_inner(net, i, &value); i++)
        if (!strchr(value.name, '.'))
            print_value(&value);
}

static void shape(Repl *repl, const char *rest)
{
    StrataNet *net = repl_net(repl, rest, false);
    if (net)
        print_steps(net);
    strata_net_release(net);
}

/* ---- :doc ---- */

static void doc(Repl *repl, const char *rest)
{
    StrataModule *module = strata_session_module(repl->session, repl->diagnostics);
    StrataDefinition definition;
    if (!rest[0])
        repl_fail(repl, "`:doc` takes a name");
    else if (!strata_module_definition(module, rest, &definition, repl->diagnostics))
        repl_fail(repl, "nothing here is called `%s`", rest);
    else
        printf("%s\n%s%s%s", definition.signature, definition.comment[0] ? "\n" : "", definition.comment,
               definition.comment[0] ? "\n" : "");
    strata_module_release(module);
    repl_report(repl);
}

/* ---- Texts of nets ---- */

static void summary(Repl *repl, const char *rest)
{
    StrataNet *net = repl_net(repl, rest, false);
    print_text(repl, strata_net_summary(net, false, false, repl->diagnostics));
    strata_net_release(net);
}

static void graph(Repl *repl, const char *rest)
{
    StrataNet *net = repl_net(repl, rest, false);
    print_text(repl, strata_net_graph(net, NULL, repl->diagnostics));
    strata_net_release(net);
}

static void plan(Repl *repl, const char *rest)
{
    StrataNet *net = repl_net(repl, rest, false);
    print_text(repl, strata_net_plan(net, NULL, repl->diagnostics));
    strata_net_release(net);
}

static void llvm(Repl *repl, const char *rest)
{
    StrataNet *net = repl_net(repl, rest, false);
    print_text(repl, strata_net_native(net, NULL, false, repl->diagnostics));
    strata_net_release(net);
}

/* ---- :analyse ---- */

/* The Littlewood-Paley sum of a bank: over rows and columns as a picture, over frequencies alone as a curve. */
static void draw_sum(Repl *repl, const StrataFrame *frame, int64_t bank)
{
    StrataTensor *sum = strata_frame_sum(frame, bank, repl->diagnostics);
    if (!sum)
        return;
    int64_t count = strata_tensor_elements(sum);
    printf("Littlewood-Paley sum of bank %d over frequencies:\n", (int)bank + 1);
    if (is_picture(sum, false))
        show_pictures(repl, sum, false);
    else
        draw_curve(repl, strata_tensor_data(sum), count);
    strata_tensor_release(sum);
}

/* `:analyse`, `:analyse frame`, `:analyse frame lenet`. */
static void analyse(Repl *repl, const char *rest)
{
    const char *behind;
    char *what = first_word(rest, &behind);
    bool frames = !what || strcmp(what, "frame") == 0;
    free(what);
    if (!frames) {
        repl_fail(repl, "`:analyse` takes what to analyse, and a net: `:analyse frame NET`");
        return;
    }
    StrataNet *net = repl_net(repl, behind, false);
    StrataWeights *weights = net ? strata_session_weights(repl->session, net, repl->diagnostics) : NULL;
    StrataFrame *frame = strata_net_frame(net, weights, false, repl->diagnostics);
    strata_weights_release(weights);
    print_text(repl, strata_frame_text(frame, false, false, repl->diagnostics));
    StrataBank bank;
    if (frame && repl->pictures != PICTURES_OFF && strata_frame_bank(frame, 0, &bank))
        draw_sum(repl, frame, 0);
    strata_frame_release(frame);
    strata_net_release(net);
    repl_report(repl);
}

const Command ask_commands[] = {
    {"type", "EXPRESSION", "what an expression is, without computing it",
     "  a shape for tensors, and what it is for everything else", "image |> lenet\n:type image |> lenet", type},
    {"shape", "[NET]", "the shape of each value of a net, or of an expression on tensors",
     "  for an expression, the shapes on its way", ":shape lenet\n:shape image |> conv(3, 5x5) |> maxpool(2x2)", shape},
    {"doc", "NAME", "the signature of a definition and what is written about it",
     "  of the session, of what it uses, of the standard library; operations and functions of the language too", ":doc maxpool",
     doc},
    {"summary", "[NET]", "layers with shapes, weights, multiply-adds and memory",
     "  NET is a net by its name (default: the newest), or an expression on tensors that have names: `x |> conv(6, 5x5)`",
     ":summary lenet\n:summary image |> conv(6, 5x5)", summary},
    {"graph", "[NET]", "the Graph: every operation with its type",
     "  each line: the value, its type, the operation, its operands, where it comes from", ":graph lenet", graph},
    {"plan", "[NET]", "the Plan: steps, buffers, memory",
     "  each line: a step, its kernel, its operands, where the result lies in memory", ":plan lenet", plan},
    {"analyse", "frame [NET]", "frame bounds of the filter banks of a net, and their Littlewood-Paley sum",
     "  A |x|^2 <= sum of |x * h|^2 <= B |x|^2, with padding and subsampling; what each filter is; a bound of |f(x) - f(y)| / |x - "
     "y|",
     "use std.wavelet\nnet waves(x: 1x32x32) -> classes(10) = x |> scattering2d(J=2, L=4) |> flatten |> dense(10)\n:analyse frame "
     "waves",
     analyse},
    {"llvm", "[NET]", "what is compiled for this processor, in LLVM's language",
     "  kernels that gain from their numbers being known; all others are as they stand in the library",
     "net shape_of_tanh(x: 1000) -> 1000 = x |> tanh\n:llvm shape_of_tanh", llvm},
    {0},
};
