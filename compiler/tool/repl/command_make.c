/* Commands that make something of a model: its gradient, a library. */
#include "tool/repl/command.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- :grad ---- */

static void gradient(Repl *repl, const char *rest)
{
    if (!rest[0]) {
        repl_fail(repl, "`:grad` takes an expression that gives one number: `sum(x |> f)`");
        return;
    }
    StrataAnswer *answer = strata_session_gradient(repl->session, rest, repl->diagnostics);
    repl_report(repl);
    if (answer)
        show_answer(repl, answer, rest);
    strata_answer_release(answer);
}

/* ---- :build ---- */

/* `:build FOLDER [NET]`. */
static void build(Repl *repl, const char *rest)
{
    const char *net_name;
    char *folder = first_word(rest, &net_name);
    if (!folder) {
        repl_fail(repl, "`:build` takes a folder to write to");
        return;
    }
    StrataNet *net = repl_net(repl, net_name, false);
    StrataWeights *weights = strata_session_weights(repl->session, net, repl->diagnostics);
    StrataText *manifest = weights ? strata_build(net, weights, folder, NULL, repl->diagnostics) : NULL;
    if (manifest)
        printf("%s is built in %s, with the weights that it has here\n", strata_net_name(net), folder);
    strata_text_release(manifest);
    strata_weights_release(weights);
    strata_net_release(net);
    free(folder);
    repl_report(repl);
}

const Command make_commands[] = {
    {"grad", "EXPRESSION", "the gradient of a number, for every tensor and weight that it depends on",
     "  of its mean over the batch, and sample by sample for bound tensors", ":grad sum(image |> lenet)", gradient},
    {"build", "FOLDER [NET]", "compile a net with its weights into a library that stands alone, for C",
     "  writes a shared library, a header, a manifest; see `strata build --help`", ":build built lenet", build},
    {0},
};
