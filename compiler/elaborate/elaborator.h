/* What all of elaboration shares: the module and its names, the Graph under construction, where we are in the source.
 *
 *   module.c    a file and what it uses               resolve.c        names that stand for nothing, before anything is evaluated
 *   check.c     everything of a module, or one net    net.c            a net to a Graph
 *   mention.c   which names an expression needs    interactive.c    values of expressions in a module that grows
 *   train.c     objective, penalties, optimizer       document.c       definitions with their comments
 *
 *   evaluate.c  an expression to an object            call.c, bind.c   calls: settings, inputs, application
 *   names.c     a name to an object                   operate.c        operators
 *   pipe.c      |> and composition                    operation.c      rows of the table of operations
 *   builtin*.c  functions of the compiler             scan.c           recurrences
 *   tensor.c    known tensors, and nodes of Graphs    shapes.c         objects to whole numbers and shapes
 *   known.c     memory of known tensors
 *   scope.c     full names of weights                 blame.c          where an error is said
 *   limits.c    whether evaluation may go on
 */
#ifndef STRATA_ELABORATE_ELABORATOR_H
#define STRATA_ELABORATE_ELABORATOR_H

#include "base/map.h"
#include "elaborate/elaborate.h"
#include "elaborate/function.h"

typedef struct Unit Unit;

/* A definition of a file: `let`, `layer`, `net`, `data`. Its object is made when it is first asked for. */
typedef enum DefinitionState { DEFINITION_WAITING, DEFINITION_UNDERWAY, DEFINITION_READY } DefinitionState;

struct Definition {
    const char *name;
    const Ast *ast;
    Unit *unit;
    DefinitionState state;
    Object value;
    Map *graphs;      /* of a net: its inference Graphs by settings; null where there were errors */
    bool elaborating; /* of a net: a Graph for a fact about it is under way */
    bool asks_mode;   /* of a net: one of its inference Graphs would be another in training, or might */
    struct Training *first_training, *last_training; /* of a net: its `train` blocks, linked by `next` */
};

/* A file, or a module of the standard library; the parts of the prelude are one unit. */
struct Unit {
    const char *name; /* "model.net", "std.wavelet", "prelude" */
    bool library;
    bool missing; /* it could not be read, which was said: its names are errors already reported */
    bool loading; /* its `use`s are being followed: meeting it again is a cycle */
    AstFile **files;
    int64_t file_count, file_capacity;
    Map names;    /* name -> Definition */
    Map imported; /* name -> Definition, from its `use`s */
    Map aliases;  /* name -> Unit, from `use ... as` */
    Map used;     /* name -> Unit, of those whose names are among the imported */
    Locals *root;
};

typedef struct Binding {
    const char *name;
    Object value;
} Binding;

struct Locals {
    View around;
    Unit *unit;
    Binding *bindings;
    int64_t count;
    int64_t capacity;
    Map *index; /* name -> Binding, once there are many */
};

/* A call under way: its place, and the name of what was called (null for a function without one). */
typedef struct Frame {
    const struct Frame *caller;
    SourceSpan call;
    const char *name;
} Frame;

/* The shapes after each step of a pipe under way: of the first steps and of the last ones, which is what an error shows. */
enum { TRAIL_HEAD = 2, TRAIL_TAIL = 6 };

typedef struct TrailStep {
    const char *name;
    Object value;
} TrailStep;

typedef struct Trail {
    TrailStep steps[TRAIL_HEAD + TRAIL_TAIL]; /* behind the head, step i is at TRAIL_HEAD + (i - TRAIL_HEAD) % TRAIL_TAIL */
    int64_t count;
} Trail;

/* How often a definition of this name was applied in a scope. */
typedef struct Ordinal {
    const char *name;
    int64_t count;
    struct Ordinal *next;
} Ordinal;

/* A part of a full name, and what was counted in it; see scope.c. */
typedef struct Scope {
    struct Scope *parent;
    const char *path; /* "" at the root */
    const char *definition;
    const char *part;
    SourceSpan span;
    int32_t origin; /* -1 until a node needs it */
    Graph *graph;   /* of `origin` */
    Ordinal *ordinals;
    int64_t ordinal_count;
    Map *ordinal_index; /* name -> Ordinal, once there are many */
    Map *children;      /* part -> Scope, of lets and indices */
    bool has_numbered;  /* a `let` or a definition in it has a name that ends in a digit: its part may be that of another */
    bool unnamed;       /* its values bear no names: another scope has this path */
    bool named;         /* its value has been named */
    int32_t depth;      /* scopes around it */
} Scope;

/* The region of a scan under construction, and what it takes from around it. */
typedef struct Region {
    struct Region *outer; /* null: the Graph around it is the net's own */
    Graph *graph;
    Map captures;  /* "node.result" of the Graph around -> Tensor of the region */
    Value *values; /* the captured values, in the Graph around */
    int64_t count;
    int64_t capacity;
} Region;

/* What the Graph does not say about a weight and training needs. */
typedef struct WeightExtra {
    Value value; /* its node */
    bool shared; /* made by shared(...): may be asked for again */
    Object constraint;
} WeightExtra;

typedef struct StateRow {
    int32_t row;
    Value value; /* its node */
} StateRow;

/* A Graph under construction. */
typedef struct Build {
    Graph *root;    /* of the net */
    Graph *graph;   /* where nodes go: the root, or the region of a scan */
    Region *region; /* null outside scans */
    Definition *net;
    Scope *scope;
    bool training;
    bool asks_mode;     /* something in it is other in training than at inference, or may be */
    int64_t operations; /* nodes in it and in its regions, sources not counted */
    bool rate_varies;   /* rates are multiplied by what the run says */
    bool frozen;        /* inside frozen(...) */
    double path_power;  /* while path_norm(p) is computed: p, and a weight is met as |w|^p; else 0 */
    bool sharing;       /* inside shared(...): an existing weight of that name is the same one */
    const char *place;  /* while initial values are made: the weight's full name; else null */
    int64_t draws;      /* random tensors drawn for `place` */
    bool *given;        /* for the first given_count nodes of the root: whether they depend on more than the seed */
    int64_t given_count, given_capacity;
    Map weights; /* full name -> int32_t, row of the Graph */
    Map states;  /* full name -> StateRow */
    Map names;   /* paths of named values, each once */
    Map numbers; /* bits of a number -> Tensor, so that each stands once in the Graph */
    WeightExtra *extras;
    int64_t extra_capacity;
    Value sum; /* value of the last `sum` over a list, and the list's counts of weights: the slices of product(p) */
    const int64_t *sum_weights; /* sum_count + 1 of them */
    int64_t sum_count;
} Build;

/* Memory of known tensors; see known.c. */
typedef struct KnownBlock KnownBlock;
typedef struct KnownSize {
    int64_t reals;
    KnownBlock *blocks; /* of this size, and free */
} KnownSize;
typedef struct KnownBlocks {
    KnownBlock *newest; /* those in use, then along `next` */
    KnownSize *sizes;
    int64_t size_count, size_capacity;
    int64_t taken;   /* reals, those used again counted each time */
    int64_t escaped; /* how often known tensors, or functions that may hold some, went where no result leads */
} KnownBlocks;

/* How things stood when a call began. */
typedef struct KnownMark {
    const KnownBlock *newest;
    int64_t taken;
    int64_t escaped;
} KnownMark;

struct Elaborator {
    Arena *arena;
    Module *module;
    Diagnostics *diagnostics;
    Build *build; /* null at top level */
    const Frame *frame;
    Trail *trail;
    Trail *last_trail;     /* of the user's pipe that ended last */
    Definition **underway; /* definitions being evaluated, outermost first: a cycle is shown by it */
    int64_t underway_count;
    int64_t underway_capacity;
    const char *binding;    /* name of the `let` whose value is the call of `shared` under way; else null */
    int64_t unnamed_shared; /* how many were made at top level without one */
    int depth;              /* calls within calls */
    const char *stack;      /* an address in the frame that entered the elaborator */
    int64_t steps;
    int64_t work;  /* element operations spent on known tensors */
    int64_t known; /* reals of known tensors */
    KnownBlocks blocks;
    int64_t spent; /* steps of the parts of the check before this one; work of them in `spent_work` */
    int64_t spent_work;
    int64_t asked;  /* effort of this part when it was asked last whether to go on */
    bool stopped;   /* a limit was passed: everything ends silently */
    bool exhausted; /* a limit for all parts together was passed: the next parts end silently too */
};

struct Module {
    Arena *arena;
    Diagnostics *diagnostics;
    SourceReader reader;
    Unit *main;
    Unit *prelude;
    Map units;   /* path or library name -> Unit */
    Map natives; /* name -> Native */
    Definition **nets;
    int64_t net_count;
    int64_t net_capacity;
    struct Training **trainings; /* in the order of the `train` blocks of the file */
    int64_t training_count;
    int64_t training_capacity;
    int64_t trainings_checked; /* those before this one have been */
    bool trainings_read;
    bool unreadable; /* a file has lexical or syntax errors, or could not be read: nothing behind parsing is tried */
    int64_t use_depth;
    const Documentation *documented; /* once it was asked for */
    int64_t documented_count;
    Elaborator elaborator;
};

/* What stands below the prelude: a function of the compiler or a row of the table of operations. */
typedef struct Native {
    const Builtin *builtin;
    const OpInfo *operation;
    Object value; /* made at first use */
} Native;

enum { FEW_OPERANDS = 8 }; /* up to here they lie on the C stack while a node is made */

enum {
    CALL_DEPTH_LIMIT = 1000,
    STACK_LIMIT = 4 * 1024 * 1024,
    STEP_LIMIT = 50 * 1000 * 1000, /* of a part of a check: a net, a `let`, ... */
    TOTAL_STEP_LIMIT = 2 * STEP_LIMIT,
    ITERATE_LIMIT = 10000,
    STRING_LIMIT = 1000000,
    KNOWN_TENSOR_LIMIT = 1 << 23, /* reals of one known tensor */
    KNOWN_TOTAL_LIMIT = 1 << 25,  /* reals of all of them */
};

/* Element operations that known tensors take: in a part of a check, and in all of it. */
#define KNOWN_WORK_LIMIT       (INT64_C(1) << 31)
#define TOTAL_KNOWN_WORK_LIMIT (INT64_C(1) << 32)
/* What files and their trees may take before another one is read; the rest is for the largest file and for elaboration. */
#define SOURCE_MEMORY_LIMIT ((size_t)400 * 1000 * 1000)
#define MEMORY_LIMIT        ((size_t)800 * 1000 * 1000)

/* evaluate.c */
Object evaluate(Elaborator *e, const Ast *ast, View view);
View locals_make(Elaborator *e, View around, Unit *unit, int64_t capacity);
View locals_bind(Elaborator *e, View view, const char *name, Object value);
const Object *locals_find(View view, const char *name);
/* A list of items that lie in the arena; an error object after complaining that it is too large. */
Object list_of(Elaborator *e, Object *items, int64_t count, SourceSpan span);
/* False after complaining. */
bool evaluate_assert(Elaborator *e, const Ast *ast, View view); /* check.c */
bool is_call_of(const Ast *ast, const char *name);
bool as_condition(Elaborator *e, Object object, SourceSpan span, bool *result);

/* names.c */
Object name_lookup(Elaborator *e, const char *name, SourceSpan span, View view);
Object definition_object(Elaborator *e, Definition *definition, SourceSpan span);
Definition *unit_find(Unit *unit, const char *name);
bool is_global(const Elaborator *e, Unit *unit, const char *name);
const Native *native_find(const Module *module, const char *name);
/* suggest.c */
const char *suggest_setting(const char *name, const char *const *names, int64_t count);
const char *suggest_name(Elaborator *e, const char *name, Unit *unit, View view);
void module_natives(Module *module);

static const char operations_message[] = "the net has more than 1,000,000 operations";

/* limits.c: the next part of a check, which is independent of what stopped the last one; and whether evaluation may go on, which complains
 * once when it may not. */
void begin_part(Elaborator *e);
bool may_go_on(Elaborator *e, SourceSpan span);
/* Whether an array of so many bytes still has room; complains like may_go_on. */
bool may_take(Elaborator *e, size_t bytes, SourceSpan span);
bool enter_call(Elaborator *e, SourceSpan span);
void stop(Elaborator *e, int code, SourceSpan span, const char *message);

/* blame.c */
Diagnostic *complain(Elaborator *e, int code, SourceSpan span, const char *format, ...) FORMAT_LIKE_PRINTF(4, 5);
bool span_in_library(const Elaborator *e, SourceSpan span);
void help(Elaborator *e, Diagnostic *diagnostic, const char *format, ...) FORMAT_LIKE_PRINTF(3, 4);
void show_definition(Elaborator *e, Diagnostic *diagnostic, const Definition *definition);
const char *describe(Elaborator *e, Object object);

/* operate.c */
Object evaluate_chain(Elaborator *e, const Ast *ast, View view);
Object evaluate_logic(Elaborator *e, const Ast *ast, View view);
Object evaluate_unary(Elaborator *e, const Ast *ast, View view);
Object evaluate_range(Elaborator *e, const Ast *ast, View view);
Object operate(Elaborator *e, AstOperator operation, bool power, Object left, Object right, SourceSpan span);

/* pipe.c */
Object evaluate_pipe(Elaborator *e, const Ast *ast, View view);
TrailStep *trail_at(Trail *trail, int64_t index);
Object apply_composition(Elaborator *e, const Function *function, const Object *inputs, int64_t count, SourceSpan span);

/* bind.c: gives each parameter of a definition its argument or its default, as locals; false after complaining. */
bool bind_settings(Elaborator *e, const Definition *definition, Arguments arguments, SourceSpan span, View *view);

/* scope.c */
Scope *scope_root(Elaborator *e, Graph *graph, const char *path);
Scope *scope_child(Elaborator *e, const char *part, const char *definition, SourceSpan span);
Scope *scope_fresh(Elaborator *e, const char *path, const char *part, const char *definition, SourceSpan span);
const char *scope_index(Elaborator *e, int64_t index);
const char *scope_ordinal(Elaborator *e, const char *name);
const char *scope_join(Elaborator *e, const Scope *scope, const char *part);
int32_t scope_origin(Elaborator *e);
AttributeValue next_place(Elaborator *e, const char *name, AttributeKind kind);
void name_result(Elaborator *e, Scope *scope, Object result);

/* tensor.c: known tensors, and values in Graphs */
Tensor *tensor_known(Elaborator *e, const Type *type, const double *data);
Tensor *tensor_number(Elaborator *e, double number, ElementKind element);
Tensor *tensor_value(Elaborator *e, Graph *graph, Value value);
/* The value of a tensor in the Graph under construction; no_value after complaining that it belongs to another net or to a scan that ended. */
Value tensor_in_graph(Elaborator *e, Tensor *tensor, SourceSpan span);
/* A tensor, number or boolean as a tensor; null after complaining that `what` (of the function `of`, when that is not null) is none. */
Tensor *as_tensor(Elaborator *e, Object object, SourceSpan span, const char *what, const char *of);
/* A penalty: one real number, as a value of the net's Graph; no_value after complaining. */
Value penalty_value(Elaborator *e, Object object, SourceSpan span);
Tensor *emit(Elaborator *e, Op op, Tensor *const *operands, int count, const AttributeValue *attributes, SourceSpan span);
Object emit_object(Elaborator *e, Op op, Tensor *const *operands, int count, const AttributeValue *attributes, SourceSpan span);

/* known.c: zeros for a known tensor; whether they would be memory that is used again. What a call took and its result does not reach is free
 * after known_sweep; what was taken since a mark stays for good after known_keep. */
double *known_take(Elaborator *e, int64_t reals);
bool known_is_free(const Elaborator *e, int64_t reals);
KnownMark known_mark(const Elaborator *e);
void known_sweep(Elaborator *e, KnownMark mark, Object result);
void known_keep(Elaborator *e, KnownMark mark);

/* operation.c */
Object call_operation(Elaborator *e, const OpInfo *info, Arguments arguments, SourceSpan span);
const char *operation_signature(Elaborator *e, const OpInfo *info);
Object apply_operation(Elaborator *e, const OpInfo *info, const Object *inputs, int64_t count, Arguments arguments,
                       SourceSpan span);

/* shapes.c */
bool as_shape(Elaborator *e, Object object, SourceSpan span, Shape *shape);
bool as_whole(Elaborator *e, Object object, SourceSpan span, const char *what, int64_t least, int64_t most, int64_t *result);
Type type_of_shape(const Shape *shape);
const char *shape_name(Elaborator *e, const Shape *shape);

/* mention.c: adds the names that an expression or an item mentions, locals too. */
void ast_mentions(const Ast *ast, Map *names);

/* net.c */
/* `plan`: the `train` block whose objective a training Graph gets, or null. Null when anything was reported. */
Graph *elaborate_net(Elaborator *e, Definition *net, Arguments settings, bool training, struct Training *plan, SourceSpan span);
Graph *inference_graph(Elaborator *e, Definition *net, Arguments settings, SourceSpan span);
/* The body of the net under construction once more, on these inputs: whatever it makes is there already. */
Object apply_body_again(Elaborator *e, Definition *net, Arguments settings, const Object *inputs, SourceSpan span);
Object apply_net(Elaborator *e, const Function *function, const Object *inputs, int64_t count, SourceSpan span);
Object call_net(Elaborator *e, const Function *function, Arguments arguments, SourceSpan span);
Build *build_make(Elaborator *e, const char *name, bool training);

/* What surrounds an evaluation that is independent of who asks for it: a top-level value, another net. */
typedef struct Surroundings {
    Build *build;
    const Frame *frame;
    Trail *trail, *last_trail;
    const char *binding;
} Surroundings;
Surroundings leave_surroundings(Elaborator *e);
void enter_surroundings(Elaborator *e, Surroundings surroundings);

/* check.c: an elaboration by itself begins; nothing is spent yet. `stack` is an address in the caller's frame. */
void elaboration_begin(Elaborator *e, const char *stack);

/* resolve.c: names of a file that stand for nothing, and locals that hide others, also where elaboration does not come by */
void resolve_unit(Elaborator *e, Unit *unit);

#endif
