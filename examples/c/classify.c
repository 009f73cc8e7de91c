/* Classifies pictures from C: classify MODEL WEIGHTS PICTURE...
 *
 *     cc classify.c $(pkg-config --cflags --libs strata) -o classify
 *     ./classify ../lenet.net ../lenet.safetensors ../digits/00.png
 *
 * Prints a line for each picture: its file and the class with the largest output. */
#include <stdio.h>
#include <strata.h>

/* What stays the same for all pictures. Everything may be null: every release takes null. */
typedef struct Classifier {
    StrataAllocator allocator;
    StrataContext *context;
    StrataDiagnostics *diagnostics;
    StrataModule *module;
    StrataNet *net;
    StrataWeights *weights;
    StrataProgram *program;
    StrataWorkspace *workspace;
} Classifier;

/* Loads, checks and plans. A step that is given null gives null, so that one check at the end is enough; what went wrong is in the
 * diagnostics. */
static int classifier_open(Classifier *c, const char *model, const char *weights)
{
    c->allocator = strata_default_allocator();
    c->context = strata_context_make(NULL);
    c->diagnostics = strata_diagnostics_make(c->context);
    c->module = strata_module_load(c->context, model, c->diagnostics);
    c->net = strata_net_make(c->module, NULL, c->diagnostics);
    c->weights = strata_weights_read(c->net, weights, NULL, c->diagnostics);
    c->program = strata_program_make(c->net, c->weights, NULL, c->diagnostics);
    c->workspace = strata_workspace_make(c->program, 1, c->diagnostics);
    return c->workspace != NULL;
}

static void classifier_close(Classifier *c)
{
    StrataDiagnostic entry;
    int64_t i;
    for (i = 0; c->diagnostics && strata_diagnostics_get(c->diagnostics, i, &entry); i++)
        fputs(entry.text, stderr);
    strata_workspace_release(c->workspace);
    strata_program_release(c->program);
    strata_weights_release(c->weights);
    strata_net_release(c->net);
    strata_module_release(c->module);
    strata_diagnostics_release(c->diagnostics);
    strata_context_release(c->context);
}

/* The index of the largest entry of a result. */
static int64_t largest(const StrataTensor *tensor)
{
    const float *entries = (const float *)strata_tensor_data_const(tensor);
    int64_t i, best = 0;
    for (i = 1; i < strata_tensor_elements(tensor); i++)
        if (entries[i] > entries[best])
            best = i;
    return best;
}

/* Reads a picture and runs the net on it; the library makes it fit (scales bytes to 0..1, adds the batch). */
static int classify(const Classifier *c, const char *path)
{
    StrataError error;
    StrataTensor *picture = strata_tensor_read(&c->allocator, path, &error);
    StrataTensorSet *inputs = strata_tensor_set_make(&c->allocator, &error);
    StrataTensorSet *results = NULL;
    if (!picture || !inputs || !strata_tensor_set_add(inputs, path, picture, &error))
        fprintf(stderr, "%s\n", error.message);
    else
        results = strata_run(c->workspace, inputs, NULL, c->diagnostics);
    if (results)
        printf("%s: %ld\n", path, (long)largest(strata_tensor_set_tensor(results, 0)));
    strata_tensor_set_release(results);
    strata_tensor_set_release(inputs);
    strata_tensor_release(picture);
    return results != NULL;
}

int main(int count, char **words)
{
    Classifier classifier = {0};
    int i, good;
    if (count < 4) {
        fprintf(stderr, "usage: classify MODEL WEIGHTS PICTURE...\n");
        return 2;
    }
    good = classifier_open(&classifier, words[1], words[2]);
    for (i = 3; good && i < count; i++)
        good = classify(&classifier, words[i]);
    classifier_close(&classifier);
    return good ? 0 : 1;
}
