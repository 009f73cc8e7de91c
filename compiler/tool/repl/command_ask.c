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

const Command ask_commands[] = {
    {"type", "EXPRESSION", "what an expression is, without computing it", NULL, type},
    {"shape", "[NET]", "the shape of each value of a net, or of an expression on tensors", NULL, shape},
    {"doc", "NAME", "the signature of a definition and what is written about it", NULL, doc},
    {"summary", "[NET]", "layers with shapes, weights, multiply-adds and memory",
     "  NET is a net by its name (default: the newest), or an expression on tensors that have names: `x |> conv(6, 5x5)`", summary},
    {"graph", "[NET]", "the Graph: every operation with its type", NULL, graph},
    {"plan", "[NET]", "the Plan: steps, buffers, memory", NULL, plan},
    {"llvm", "[NET]", "what is compiled for this processor, in LLVM's language", NULL, llvm},
    {0},
};
