/* What every built model has in common: the facts of a model as a table, and the functions that check a call, cut a batch into tiles and hand
 * each tile to the code of the net.
 *
 *     lenet_run(image, output, workspace, batch) --built_run--> lenet_net_run(BuiltRun) for each tile
 *
 * `strata build` writes the table and the typed functions for one net (compiler/build/glue.c, which must agree with the structures here), and
 * takes this folder along with the kernels. Nothing here allocates, keeps state, starts a thread or calls anything but the C library. The
 * header that users see is written by compiler/build/header.c: its structures are these under the model's name. */
#ifndef STRATA_BUILT_BUILT_H
#define STRATA_BUILT_BUILT_H

#include <stddef.h>
#include <stdint.h>

/* The workspace, prepared memory and weights start at a cache line, the widest vector. */
enum { BUILT_ALIGNMENT = 64, BUILT_RANK_LIMIT = 8 };

/* What a call can come to. Values are stable: they are in every built model's header. */
typedef enum BuiltError {
    BUILT_OK = 0,
    BUILT_NULL = 1,
    BUILT_ALIGN = 2,
    BUILT_BATCH = 3,
    BUILT_ENTRY = 4,
    BUILT_OVERLAP = 5,
    BUILT_PARALLEL = 6,
    BUILT_SIGNATURE = 7,
    BUILT_WEIGHTS_DAMAGED = 8,
    BUILT_WEIGHTS_OTHER = 9,
    BUILT_NOT_PREPARED = 10,
    BUILT_FILE = 11,
    BUILT_NO_NUMBER = 12,
    BUILT_ERROR_COUNT
} BuiltError;

/* What the numbers of an input or output are; the same values as StrataElement's. */
typedef enum BuiltKind {
    BUILT_REAL = 0,    /* float or double, as the model is */
    BUILT_COMPLEX = 1, /* pairs of them */
    BUILT_INTEGER = 2, /* int64_t */
    BUILT_BOOLEAN = 3, /* unsigned char, 0 or 1 */
    BUILT_BYTES = 4    /* unsigned char */
} BuiltKind;

/* An input or an output, as its user sees it. */
typedef struct BuiltValue {
    const char *name;
    const char *type; /* in C: "float", "double", "unsigned char", "int64_t" */
    int64_t kind;
    int64_t number_size; /* bytes of a number in the caller's memory */
    int64_t size;        /* numbers of one sample; a complex entry is two */
    int64_t batched;     /* 0: one for the whole batch */
    int64_t rank;
    int64_t shape[BUILT_RANK_LIMIT];
    int64_t below;             /* entries of an input of integers are 0 .. below - 1 */
    int64_t classes;           /* an output that is a classification: how many; else 0 */
    const char *const *labels; /* names of the classes, or null */
} BuiltValue;

/* A loop whose iterations may run at once, as the caller does it: calls task(task_context, i) for i = 0 .. count - 1, in any order and on any
 * threads, and returns when all are done. */
typedef struct BuiltParallel {
    void (*run)(void *context, int64_t count, void (*task)(void *task_context, int64_t index), void *task_context);
    void *context;
    int64_t threads; /* how many of them run at once, about */
} BuiltParallel;

/* Choices of one call. All zero, and a null pointer, mean the defaults. */
typedef struct BuiltOptions {
    const BuiltParallel *parallel; /* null: the calling thread alone */
    uint64_t seed, step;           /* of random numbers */
    uint64_t first_sample;         /* index of the first sample in a larger set: random numbers are keyed by it */
} BuiltOptions;

/* One tile, for the code of the net. Buffers hold reals of the model's precision, aligned for one. */
typedef struct BuiltRun {
    const void *const *inputs;
    void *const *outputs;           /* an entry may be null: not wanted */
    const unsigned char *rows;      /* weights, then states, each at an offset that the code knows */
    const unsigned char *constants; /* constants and tables of kernels */
    unsigned char *prepared;        /* what depends on those alone: written by `prepare`, read by `run` */
    unsigned char *work;            /* the arena of one tile */
    int64_t samples;                /* 0 up to the model's tile */
    int64_t first_sample;
    uint64_t seed, step;
    const BuiltParallel *parallel; /* null: one thread */
} BuiltRun;

typedef void BuiltFunction(const BuiltRun *run);

/* Everything about one model. */
typedef struct BuiltModel {
    const char *signature; /* 64 hexadecimal digits */
    const BuiltValue *inputs;
    int64_t input_count;
    const BuiltValue *outputs;
    int64_t output_count;
    int64_t real_size;               /* 4 or 8 */
    int64_t tile;                    /* most samples that are computed together */
    int64_t work_one, work_tile;     /* bytes of the arena for one sample, and for a tile */
    int64_t staged_one, staged_tile; /* bytes for inputs and outputs that are no reals, likewise */
    const unsigned char *weights;    /* inside the library; null: in a file */
    int64_t weights_size;
    int64_t constants_offset; /* in the weights */
    int64_t prepared_offset;  /* likewise; -1: the caller prepares */
    int64_t prepared_size;    /* bytes that the caller prepares; 0: nothing */
    int64_t prepare_work;     /* bytes of the arena of `prepare` */
    BuiltFunction *run;
    BuiltFunction *prepare; /* null where nothing is prepared */
} BuiltModel;

/* The weights of a model in use, in the caller's hands; models with everything inside need none. */
typedef struct BuiltWeights {
    const void *weights;  /* what a weights file holds behind its head */
    const void *prepared; /* null until it is prepared */
    void *mapped;         /* by built_map, else null */
    size_t mapped_size;
} BuiltWeights;

/* The head of a weights file; the weights follow, aligned. */
enum { BUILT_SIGNATURE_DIGITS = 64 };
typedef struct BuiltFileHead {
    char magic[16]; /* BUILT_MAGIC */
    char signature[BUILT_SIGNATURE_DIGITS];
    uint64_t weights_size;
    unsigned char zero[40];
} BuiltFileHead;
#define BUILT_MAGIC "strata weights\n" /* with its final 0 */

/* Bytes of a workspace for calls with up to `batch` samples. */
size_t built_workspace_size(const BuiltModel *model, size_t batch);

/* Runs the net on `batch` samples. `weights` may be null where everything is inside; `options` may be null. Arrays have an entry for each input and
 * output. Outputs are unspecified after an error other than those of the call itself. */
int built_run(const BuiltModel *model, const BuiltWeights *weights, const void *const *inputs, void *const *outputs,
              void *workspace, size_t batch, const BuiltOptions *options);

/* Bytes of memory for built_prepare. Prepares weights that lie plain in the library or in a file: `memory`, aligned, is used as long as
 * the weights are. */
size_t built_prepared_size(const BuiltModel *model);
int built_prepare(const BuiltModel *model, BuiltWeights *weights, void *memory);

/* Weights from a file's bytes, aligned, which are used as long as the weights are. */
int built_open(const BuiltModel *model, BuiltWeights *weights, const void *bytes, size_t size);

/* The same with a file that is mapped read-only; the second gives it back. After BUILT_FILE, errno has the reason. */
int built_map(const BuiltModel *model, BuiltWeights *weights, const char *path);
void built_unmap(BuiltWeights *weights);

/* Whether a signature is the model's: BUILT_OK or BUILT_SIGNATURE. */
int built_check(const BuiltModel *model, const char *signature);

/* The processor's level of x86-64: 2, 3 or 4. */
int built_level(void);

/* For the code of a net: copies `bytes` for each of `samples` samples, which lie so many bytes apart on either side. */
void built_copy(void *to, int64_t to_stride, const void *from, int64_t from_stride, int64_t bytes, int64_t samples);

/* The table of inputs and outputs; null past its end. */
const BuiltValue *built_value(const BuiltValue *values, int64_t count, int index);

/* A sentence for an error code; never null. */
const char *built_error_text(int error);

#endif
