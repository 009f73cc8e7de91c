/* Many models as built libraries in one shared object: each is built, all are linked with a small program in C that calls them by their headers, and
 * loaded. Needs a C compiler by the name of cc. */
#ifndef STRATA_TESTS_ENGINE_BUILT_MODELS_H
#define STRATA_TESTS_ENGINE_BUILT_MODELS_H

#include "build/build.h"
#include "engine/harness.h"

typedef struct BuiltModels {
    char folder[64];
    Text calls;   /* the program in C */
    Text objects; /* names of files, to be linked */
    void *library;
} BuiltModels;

/* Texts are in `arena`. */
void built_models_begin(Arena *arena, BuiltModels *models);

/* Adds one, by the name of its functions. Null, or a sentence. */
const char *built_models_add(Arena *arena, BuiltModels *models, const char *name, const Program *program, const ModelData *data,
                             BuildPacking packing, bool weights_file);

/* Links and loads: null, or a sentence. */
const char *built_models_load(Arena *arena, BuiltModels *models);

/* Runs one: values of its outputs as doubles, null after filling `problem`. With `parallel`, by a loop of the caller's. */
double **built_models_run(Arena *arena, const BuiltModels *models, const char *name, const ModelData *data, bool parallel,
                          const char **problem);

/* Unloads and takes all files away. */
void built_models_end(BuiltModels *models);

#endif
