/* The Graph: what elaboration gives and everything behind it reads.
 *
 * SSA: a node computes its results from values of earlier nodes and is never changed once appended. A value is (node, result). All
 * shapes are known and per sample. Sources read a row of one of the tables below. `scan` alone has a region (a Graph of its own) and
 * several results. A Graph lives in one arena. */
#ifndef STRATA_GRAPH_GRAPH_H
#define STRATA_GRAPH_GRAPH_H

#include "diagnose/diagnostic.h"
#include "ops/ops.h"

typedef struct Graph Graph;

typedef struct Node {
    Op op;
    int32_t origin; /* row of the origin tree */
    int32_t operand_count;
    int32_t result_count;
    Value *operands;
    AttributeValue *attributes;
    Type *types; /* of the results; shared with other nodes of the same type */
    Graph *region;
} Node;

/* Where a node comes from: a tree of applied definitions. Row 0 is the net itself. */
typedef struct Origin {
    int32_t parent;
    const char *definition; /* "conv", or null for a `let` or an index of a repetition */
    const char *path;       /* this part of the full name: "conv1", "main", "0"; null when it adds nothing */
    SourceSpan span;        /* the call */
} Origin;

typedef enum InputKind { INPUT_REAL, INPUT_BYTES, INPUT_INTEGERS } InputKind;

typedef struct InputInfo {
    const char *name;
    Type type;
    InputKind kind;
    int64_t below; /* INPUT_INTEGERS: entries are 0 .. below - 1 */
} InputInfo;

typedef struct WeightInfo {
    const char *name; /* the full name: "conv1.weight" */
    Type type;
    bool frozen;
    bool decay;    /* penalties of a network cover it */
    Value initial; /* its value at the start, computed from the seed alone; no_value: none was said */
    SourceSpan span;
} WeightInfo;

typedef struct StateInfo {
    const char *name;
    Type type;
    Value initial;
    Value next; /* its value after the step; no_value: it stays */
    SourceSpan span;
} StateInfo;

typedef struct ConstantInfo {
    Type type;
    const double *data; /* type_reals(&type) of them */
} ConstantInfo;

/* What the entries of an output's dimension 0 stand for, such as the paths of a scattering: a row of whole numbers each, -1 where a column says nothing. */
typedef struct PathTable {
    int64_t rows, columns;
    const char **names;     /* of the columns: "order", "j1", "theta1" */
    const int64_t *entries; /* row by row */
} PathTable;

typedef struct OutputInfo {
    const char *name; /* null: the only one */
    Value value;
    int64_t classes;           /* classes(10): 10; else 0 */
    const char *const *labels; /* names of the classes, or null */
    const PathTable *paths;    /* or null */
} OutputInfo;

/* A value that can be asked for: "conv1", "repeat1.0.main". */
typedef struct NamedValue {
    const char *path;
    Value value;
} NamedValue;

struct Graph {
    Arena *arena;
    const char *name; /* of the net */
    bool training;
    Node *nodes;
    int64_t node_count, node_capacity;
    Origin *origins;
    int64_t origin_count, origin_capacity;
    InputInfo *inputs;
    int64_t input_count, input_capacity;
    WeightInfo *weights;
    int64_t weight_count, weight_capacity;
    StateInfo *states;
    int64_t state_count, state_capacity;
    ConstantInfo *constants;
    int64_t constant_count, constant_capacity;
    OutputInfo *outputs;
    int64_t output_count, output_capacity;
    Value *penalties; /* scalars: their mean over the batch is added to the objective */
    int64_t penalty_count, penalty_capacity;
    NamedValue *names;
    int64_t name_count, name_capacity;
    Value objective; /* a number a sample; no_value outside training */
};

enum { NODE_LIMIT = 1000000, GRAPH_ORIGIN_DEPTH = 8192 /* origins within origins */ };

Graph *graph_make(Arena *arena, const char *name);

/* Adds a row to a table and gives its index. */
int32_t graph_add_origin(Graph *graph, Origin origin);
int32_t graph_add_input(Graph *graph, InputInfo input);
int32_t graph_add_weight(Graph *graph, WeightInfo weight);
int32_t graph_add_state(Graph *graph, StateInfo state);
int32_t graph_add_constant(Graph *graph, ConstantInfo constant);
void graph_add_output(Graph *graph, OutputInfo output);
void graph_add_penalty(Graph *graph, Value value);
/* The path is kept, not copied: it lies in an arena that lives as long. */
void graph_add_name(Graph *graph, const char *path, Value value);

/* A source node: reads row `index` of the table of its kind (OP_INPUT, OP_WEIGHT, OP_STATE, OP_CONSTANT), or is a scalar (OP_SEED,
 * OP_STEP, OP_RATE, with index 0). */
Value graph_source(Graph *graph, Op op, int32_t index, int32_t origin);

/* Runs the shape rule of an operation over operands of these types. `use` is filled; false when it complains (use->error,
 * message, formula, help say what). `attributes` has as many entries as the row and is copied; null for an operation without. */
bool graph_infer(Arena *arena, Op op, const Type *operand_types, int operand_count, const AttributeValue *attributes, OpUse *use);

/* Appends an operation whose shape rule must not complain (call graph_infer first when it may). Not for sources and scan. */
Value graph_append(Graph *graph, Op op, const Value *operands, int operand_count, const AttributeValue *attributes, int32_t origin);

/* The same for a use that graph_infer has just filled in the Graph's own arena: its attributes become the node's. */
Value graph_append_use(Graph *graph, const OpUse *use, const Value *operands, int32_t origin);

/* Appends a scan. Operands: initial states, sequences, captures. The region's inputs are, in the same order, the states, one slice of
 * each sequence, and the captures; its outputs are the next states. Results: for each state, all of its values stacked along a
 * new dimension 0. `reverse`: from the last slice to the first; the stack stays in the order of the slices. */
Value graph_append_scan(Graph *graph, Graph *region, const Value *operands, int operand_count, int64_t states, int64_t sequences,
                        bool reverse, int32_t origin);

/* An attribute's default, parsed from the table's `fallback`; all zero when there is none. */
AttributeValue attribute_default(Arena *arena, const AttributeInfo *info);

/* Whether two values of one attribute are the same, bit by bit. */
bool graph_same_attribute(const AttributeInfo *info, const AttributeValue *a, const AttributeValue *b);

const Type *graph_type(const Graph *graph, Value value);
const Node *graph_node(const Graph *graph, Value value);

/* The use of a node, for the functions of its row: operand types gathered, attributes as they stand, result filled. */
OpUse graph_use(const Graph *graph, const Node *node, Arena *arena);

/* The full name of an origin: its path parts from the root, joined by dots; "" for the net itself. */
const char *graph_origin_path(const Graph *graph, int32_t origin, Arena *arena);

/* The value that a path names, or no_value. */
Value graph_find_name(const Graph *graph, const char *path);

/* The text form (graph/print.c) and back (graph/read.c). Reading and printing again gives the same text, byte for byte.
 *
 * Places are printed as FILE:LINE:COLUMN of `sources`; null: without. Constants of more than 64 reals print as `blob sha256:...`; `blobs`,
 * which may be null, collects them: a concatenation of little-endian doubles in the order of their first use, each named by its hash. The
 * reader takes the text from `file` of the diagnostics' sources and needs the same blobs; sources that a place names and that are not
 * there are made up as blank lines. What is wrong goes to `diagnostics` with codes 11xx, and then the result is null. */
void graph_print(const Graph *graph, const SourceTable *sources, Text *out, Text *blobs);
Graph *graph_read(Arena *arena, Diagnostics *diagnostics, int32_t file, const char *blobs, size_t blob_length);

/* Checks every rule of the Graph (operands earlier, types as the shape rules say, table rows in range, names unique, regions closed); null
 * when all hold, else a sentence that says which node breaks which rule. */
const char *graph_verify(const Graph *graph, Arena *arena);

#endif
