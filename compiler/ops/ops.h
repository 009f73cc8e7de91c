/* Operations: everything that the compiler knows of each, one row of one table.
 *
 * A row (OpInfo) lies in its family's file beside the functions it names: shape rule, plain evaluation in double precision,
 * cost, lowering to a kernel call, rule of differentiation. Neither the engines nor the printer know operations. To add one: a row, an
 * entry in `Op` and op_table (ops.c), a kernel in runtime/kernel, a test. */
#ifndef STRATA_OPS_OPS_H
#define STRATA_OPS_OPS_H

#include "graph/type.h"
#include "kernel/kernel.h"

typedef enum Op {
    /* sources: no operands; `index` says which row of the Graph's table */
    OP_INPUT,
    OP_WEIGHT,
    OP_STATE,
    OP_CONSTANT,
    OP_SEED,
    OP_STEP,
    OP_RATE,
    /* element-wise, one operand */
    OP_NEGATE,
    OP_ABS,
    OP_EXP,
    OP_EXPM1,
    OP_LOG,
    OP_LOG1P,
    OP_SQRT,
    OP_SIN,
    OP_COS,
    OP_TANH,
    OP_LOGISTIC,
    OP_ERF,
    OP_FLOOR,
    OP_SIGN,
    OP_RELU,
    OP_NOT,
    OP_STOP_GRADIENT,
    /* element-wise with broadcasting, two operands; WHERE three */
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_POWER,
    OP_REMAINDER,
    OP_MAXIMUM,
    OP_MINIMUM,
    OP_EQUAL,
    OP_NOT_EQUAL,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_AND,
    OP_OR,
    OP_WHERE,
    /* complex and spectral */
    OP_COMPLEX,
    OP_REAL,
    OP_IMAG,
    OP_CONJ,
    OP_MODULUS,
    OP_FFT,
    OP_IFFT,
    OP_PERIODIZE,
    /* reductions */
    OP_REDUCE_SUM,
    OP_REDUCE_MEAN,
    OP_REDUCE_MAX,
    OP_REDUCE_MIN,
    OP_ARGMAX,
    OP_CUMULATIVE_SUM,
    OP_BATCH_MEAN,
    /* contractions */
    OP_MATMUL,
    OP_MATMUL_MEAN,
    OP_CONVOLVE,
    OP_CONVOLVE_TRANSPOSED,
    OP_CONVOLVE_WEIGHT,
    /* windows */
    OP_POOL_MAX,
    OP_POOL_MEAN,
    OP_POOL_MAX_SPREAD,
    OP_POOL_MAX_PICK,
    OP_ADAPTIVE_POOL_MAX,
    OP_ADAPTIVE_POOL_MEAN,
    /* shape */
    OP_RESHAPE,
    OP_BROADCAST,
    OP_PERMUTE,
    OP_SLICE,
    OP_CONCATENATE,
    OP_PAD,
    OP_GATHER,
    OP_SCATTER_MEAN,
    OP_ONE_HOT,
    OP_RESIZE,
    /* internal: fast forms that only transforms make */
    OP_TO_BLOCKS,
    OP_FROM_BLOCKS,
    OP_PACK_CONVOLUTION,
    OP_CONVOLVE_BLOCKS,
    OP_CONVOLVE_DEPTHWISE,
    OP_POOL_BLOCKS,
    OP_PACK_WINOGRAD,
    OP_CONVOLVE_WINOGRAD,
    OP_PACK_DENSE,
    OP_DENSE_PACKED,
    OP_CONVOLVE_ROWS,
    OP_SPECTRUM,
    OP_FILTER_SPECTRUM,
    OP_TO_LANES,
    OP_FROM_LANES,
    OP_CONVOLVE_LANES,
    OP_CONVOLVE_LANES_BACK,
    OP_CONVOLVE_LANES_WEIGHT,
    OP_SPREAD_BLOCKS,
    OP_SUM_LANES,
    OP_ELEMENTS,
    OP_SUM_ELEMENTS,
    OP_STRIPED_SPECTRUM,
    OP_STRIPED_FILTER,
    OP_STRIPED_SMOOTH,
    /* random */
    OP_UNIFORM,
    OP_NORMAL,
    /* control */
    OP_SCAN,
    OP_COUNT
} Op;

typedef enum AttributeKind { ATTRIBUTE_INTEGER, ATTRIBUTE_REAL, ATTRIBUTE_BOOLEAN, ATTRIBUTE_NAME, ATTRIBUTE_LIST } AttributeKind;

/* One attribute: its name in the language and in the Graph's text. `fallback` is its default as Graph text ("1", "[0]", "zero",
 * "true"), or null when it must be given. For names, `words` lists the allowed ones, separated by spaces; null: any. */
typedef struct AttributeInfo {
    const char *name;
    AttributeKind kind;
    const char *fallback;
    const char *words;
} AttributeInfo;

enum { MOST_ATTRIBUTES = 16 }; /* of a row */

typedef struct OpInfo OpInfo;
typedef struct Gradient Gradient; /* gradient.h */

/* One use of an operation, as its functions see it: operands by type, resolved attributes. */
typedef struct OpUse {
    const OpInfo *info;
    const Type *operand; /* operand_count of them */
    int operand_count;
    AttributeValue *attributes; /* as many as info->attributes has rows; a shape rule may complete them (`same` becomes numbers) */
    Type result;                /* filled by the shape rule */
    Arena *arena;               /* for messages and completed lists */
    int error;                  /* code of the first complaint of the shape rule, 0: none */
    const char *message;        /* what is wrong, in the user's words */
    const char *formula;        /* the computation that failed: "(5 + 0 + 0 - 7) // 1 + 1 = -1"; or null */
    const char *help;           /* a way out; or null */
} OpUse;

/* What a use costs for one sample. */
typedef struct Cost {
    int64_t multiply_adds; /* of convolutions and matrix products, as papers count them */
    int64_t operations;    /* everything else, element operations */
} Cost;

/* Where a plain evaluation stands: which sample, and what random numbers depend on. */
typedef struct EvaluationPoint {
    int64_t samples; /* size of the batch; counts only for operations with over_batch */
    int64_t sample;  /* index of this sample */
    uint64_t seed;
    uint64_t step;
    uint64_t iteration; /* of the scan around it, else 0 */
} EvaluationPoint;

struct OpInfo {
    Op op;
    const char *name;
    const char *summary;       /* a line for the documentation */
    const char *operand_names; /* "x weight"; a trailing "..." stands for any number more */
    int operands;              /* how many; the least when `variadic` */
    bool variadic;
    bool over_batch;                 /* reduces over the batch: evaluate gets all samples at once, the result is unbatched */
    bool internal;                   /* only transforms make it: no word of the language, not in its documentation */
    bool random;                     /* draws random numbers: two uses differ by seed, step and iteration; never computed ahead */
    const AttributeInfo *attributes; /* ended by a row without a name; null when none */
    /* Fills use->result, or complains by use_fail and gives false. */
    bool (*shape)(OpUse *use);
    /* The definition, as plainly as it can be said, in double precision: the reference for every kernel. One sample: operand k has
     * the shape use->operand[k]; complex numbers are pairs. */
    void (*evaluate)(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result);
    Cost (*cost)(const OpUse *use);    /* null: one operation for each element of the result */
    int64_t (*work)(const OpUse *use); /* element operations of `evaluate`, where they are others than `cost` says; null: those */
    /* Says which kernel computes it, with its numbers; see KernelCall. */
    void (*lower)(const OpUse *use, KernelCall *call);
    /* The rule of differentiation: from the gradient of the result to those of the operands; see gradient.h. `gradient_none` where none passes;
     * null: no rule (sources, the scan, which transform/gradient_scan.c treats, and fast forms that are made later). */
    void (*gradient)(Gradient *gradient);
};

/* The row of an operation; of a name (null when unknown). */
const OpInfo *op_info(Op op);
const OpInfo *op_find(const char *name);
int op_attribute_count(const OpInfo *info);

/* Sources have no operands; those with a row read a table of the Graph. All other operations compute. */
static inline bool op_is_source(Op op)
{
    return op <= OP_RATE;
}

static inline bool op_has_row(Op op)
{
    return op <= OP_CONSTANT;
}

/* Whether an attribute may be this word. */
bool attribute_allows(const AttributeInfo *info, const char *word);

/* Attributes by name; the name must be one of the row's. */
int64_t use_integer(const OpUse *use, const char *name);
double use_real(const OpUse *use, const char *name);
bool use_boolean(const OpUse *use, const char *name);
const char *use_name(const OpUse *use, const char *name);
const int64_t *use_list(const OpUse *use, const char *name, int64_t *count);

/* The attribute itself, to be changed. */
AttributeValue *use_attribute(const OpUse *use, const char *name);

/* Replaces a list (when `same` padding becomes numbers, or one number becomes one for each axis); `items` is copied. */
void use_set_list(OpUse *use, const char *name, const int64_t *items, int64_t count);

/* Complaints of a shape rule; each gives false. The message speaks of shapes as `type_name` prints them. */
bool use_fail(OpUse *use, int code, const char *format, ...) FORMAT_LIKE_PRINTF(3, 4);
bool use_formula(OpUse *use, const char *format, ...) FORMAT_LIKE_PRINTF(2, 3);
bool use_help(OpUse *use, const char *format, ...) FORMAT_LIKE_PRINTF(2, 3);

/* The shape rule of every element-wise operation with several operands: trailing dimensions are aligned and equal or 1; missing
 * leading ones are filled in only for an unbatched or rank-0 operand. Fills sizes and batched of `result`. */
bool use_broadcast(OpUse *use, Type *result);

/* Appends numbers to a kernel call. */
void call_integer(const OpUse *use, KernelCall *call, int64_t number);
void call_integers(const OpUse *use, KernelCall *call, const int64_t *numbers, int64_t count);
void call_real(const OpUse *use, KernelCall *call, double number);

/* Every row, by Op. */
extern const OpInfo *const op_table[OP_COUNT];

#endif
