/* What there is to say about a model, gathered once for all that write it down: header, manifest, glue, pkg-config file. In an arena. */
#ifndef STRATA_BUILD_FACTS_H
#define STRATA_BUILD_FACTS_H

#include "base/sha256.h"
#include "build/build.h"
#include "built/built.h"
#include "engine/plan.h"

/* An input or an output of the built functions. */
typedef struct Port {
    const ProgramValue *value;
    BuiltKind kind;
    const char *type;      /* of a number, in C */
    const char *parameter; /* an identifier that is no word of C or C++: "image" */
    const char *macro;     /* "LENET_IMAGE" */
    int64_t number_size;   /* bytes of a number */
    int64_t size;          /* numbers of a sample */
} Port;

/* The bytes of the weights: pieces at offsets, zeros between. */
typedef struct Piece {
    const void *bytes;
    size_t size;
    size_t offset;
} Piece;

typedef struct Section {
    Piece *pieces; /* in rising order */
    int64_t count;
    size_t size;
    int64_t *row_offset; /* of each weight, then state; -1: not in it */
    size_t constants;    /* offset */
    int64_t prepared;    /* offset, or -1: not in it */
} Section;

typedef struct Facts {
    Arena *arena;
    const Plan *plan;
    const char *name;
    const char *macro; /* "LENET" */
    Port *inputs, *outputs;
    int64_t input_count, output_count;
    Section section;
    char signature[SHA256_TEXT];
    bool weights_file;
    int64_t prepared_size; /* what the user prepares, 0: nothing */
    int64_t prepare_work;
    int64_t work_one, work_tile;
    int64_t staged_one, staged_tile;
    bool takes_weights; /* its functions need a NAME_weights */
    const char *cpu;
    unsigned forms;
} Facts;

/* Everything but section and signature. */
void facts_collect(Facts *facts, Arena *arena, const Plan *plan, const BuildOptions *options);

/* Lays out the weights; `prepared`: bytes computed already, or null. The pieces point to the caller's buffers. */
void section_lay_out(Facts *facts, const InputBuffer *weights, const InputBuffer *states, const void *constants,
                     const void *prepared);

/* The signature: a hash of the net's text and of the section's bytes. */
void section_sign(Facts *facts, const char *source);

/* Identifiers, in the arena. `name_parameter` makes one that is unlike the `count` given before. */
const char *name_macro(Arena *arena, const char *name);
const char *name_parameter(Arena *arena, const char *name, const Port *before, int64_t count, const Port *others,
                           int64_t other_count);

/* A text between quotes in C, and between the marks of a comment. */
void text_c_string(Text *out, const char *string);
void text_c_comment(Text *out, const char *string);

/* The table of paths of an output, if it has one: its part of the header. */
void header_write_paths(const Facts *facts, const Port *port, Text *out);

void header_write(const Facts *facts, Text *out);
void manifest_write(const Facts *facts, Text *out);
void package_write(const Facts *facts, Text *out);

/* LLVM IR of the model's table and of its functions; and the functions' names. The weights inside a library are a symbol that it only declares:
 * object_write defines it, and glue_weights gives the lines that do so at the end of a text, where they include the file NAME.bin. (LLVM never sees
 * these lines: it would read the file.) `declare`: the net's functions are declared too; else the caller defines them. */
void glue_write(const Facts *facts, bool declare, Text *out);
const char *glue_weights(const Facts *facts, BuildForm form);
const char *const *glue_exported(const Facts *facts, int64_t *count);

#endif
