/* Building: from a planned net with its weights to files that a C program uses without Strata.
 *
 *     Program + weights --facts.c, section.c--> what the model is, and the bytes of its weights
 *         --glue.c, engine/native.h--> object code      --object.c, archive.c, link.c--> NAME.o, libNAME.a, libNAME.so
 *         --header.c, manifest.c, package.c--> NAME.h, NAME.json, NAME.pc
 *
 * Everything is written into a folder of its own inside the wanted one and renamed at the end, so that nobody sees half a model. */
#ifndef STRATA_BUILD_BUILD_H
#define STRATA_BUILD_BUILD_H

#include "engine/program.h"

/* What is written beside header, manifest and pkg-config file; they may be combined. */
typedef enum BuildForm {
    BUILD_SHARED = 1,   /* libNAME.so */
    BUILD_ARCHIVE = 2,  /* libNAME.a */
    BUILD_OBJECT = 4,   /* NAME.o */
    BUILD_LLVM = 8,     /* NAME.ll */
    BUILD_ASSEMBLY = 16 /* NAME.s */
} BuildForm;

/* Whether weights are brought into the kernels' order when the library is built, or by its user at the start. */
typedef enum BuildPacking {
    BUILD_PACK_SMALL, /* when they are no more than BUILD_SMALL bytes */
    BUILD_PACK,
    BUILD_PACK_NOT
} BuildPacking;

enum { BUILD_SMALL = 64 << 20 };

typedef struct BuildOptions {
    const char *name;   /* a C identifier: of files and functions */
    const char *folder; /* made when it is not there */
    unsigned forms;     /* of BuildForm */
    const char *cpu;    /* "baseline", "native", or a processor's name */
    BuildPacking packing;
    bool weights_file;                /* weights in NAME.weights beside the library */
    const char *linker;               /* program that links; null: the first of cc, gcc, clang, ld.lld, ld that there is */
    const char *source;               /* text that says all about the net but its weights, for the signature */
    bool (*cancelled)(void *context); /* asked between steps; null: never */
    void *context;
} BuildOptions;

/* Builds. `weights` and `states` have a buffer for each row of the Program's tables in the Program's precision, or are read before it returns.
 * `manifest` gets the text of NAME.json. False after filling `error`: a name that is no identifier (E1074), a folder that cannot be
 * written (E1070), no linker (E1071) or one that fails (E1072), a processor that is not known (E1073), a failed write, STRATA_CANCELLED,
 * STRATA_MEMORY. Nothing is left behind then, and files of an earlier build are as they were. */
bool build_model(const Program *program, const InputBuffer *weights, const InputBuffer *states, const BuildOptions *options,
                 const StrataAllocator *allocator, Text *manifest, StrataError *error);

/* Whether a name may be that of a model: a C identifier that is no word of C or C++ and begins with a letter. */
bool build_is_name(const char *name);

#endif
