/* The table of verbs, in the order of the help. */
#include "strata.h"
#include "tool/verb.h"

#include <string.h>

extern const Verb verb_check, verb_explain, verb_fmt, verb_show, verb_doc;
extern const Verb verb_analyse, verb_scatter, verb_plot, verb_repl, verb_train, verb_build, verb_run, verb_evaluate, verb_summary,
    verb_graph, verb_weights, verb_init;
extern const Verb verb_help, verb_completion, verb_version;

static const Verb *const verbs[] = {
    &verb_init,     &verb_check,   &verb_fmt,     &verb_repl, &verb_train,      &verb_run,     &verb_build,
    &verb_evaluate, &verb_analyse, &verb_scatter, &verb_plot, &verb_summary,    &verb_graph,   &verb_show,
    &verb_weights,  &verb_explain, &verb_doc,     &verb_help, &verb_completion, &verb_version,
};

enum { VERB_COUNT = sizeof verbs / sizeof(const Verb *) };

const Verb *verb_row(int index)
{
    return index >= 0 && index < VERB_COUNT ? verbs[index] : NULL;
}

const Verb *verb_find(const char *name)
{
    for (int i = 0; i < VERB_COUNT; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

const char *verb_nearest(const char *name)
{
    const char *names[VERB_COUNT];
    for (int i = 0; i < VERB_COUNT; i++)
        names[i] = verbs[i]->name;
    return strata_nearest(name, names, VERB_COUNT);
}
