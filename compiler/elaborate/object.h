/* Objects: the values of the language while elaborating.
 *
 * Numbers, shapes, lists, records, functions are known and gone when the Graph stands; a tensor is known too, or a value of a Graph. Objects
 * are passed by value; what they point to lies in the arena of the compilation and is never changed. */
#ifndef STRATA_ELABORATE_OBJECT_H
#define STRATA_ELABORATE_OBJECT_H

#include "base/map.h"
#include "graph/graph.h"
#include "syntax/ast.h"

typedef enum ObjectKind {
    OBJECT_ERROR, /* already reported; whatever meets it becomes one too, silently */
    OBJECT_NONE,
    OBJECT_NUMBER,
    OBJECT_BOOLEAN,
    OBJECT_STRING,
    OBJECT_SHAPE, /* rank 0 or at least 2: a shape of rank 1 is a number */
    OBJECT_LIST,
    OBJECT_RECORD,
    OBJECT_FUNCTION,
    OBJECT_TENSOR,
    OBJECT_TYPE, /* of an input or output: bytes(28x28), classes(10) */
    OBJECT_DATA,
    OBJECT_SAMPLE, /* what a loss gets: has the fields of a record, and stands for its label where a tensor is wanted */
} ObjectKind;

typedef struct Tensor Tensor;
typedef struct List List;
typedef struct Record Record;
typedef struct Shape Shape;
typedef struct Function Function;
typedef struct TypeObject TypeObject;
typedef struct Data Data;
typedef struct Sample Sample;

typedef struct Object {
    ObjectKind kind;
    union {
        double number;
        bool boolean;
        const char *string;
        const Shape *shape;
        const List *list;
        const Record *record;
        const Function *function;
        Tensor *tensor;
        const TypeObject *type;
        const Data *data;
        Sample *sample;
    };
} Object;

struct Shape {
    int rank;
    int64_t size[MAX_RANK];
};

/* What is in a list or record. Depth and entries are limited, so that a walk may recurse and ends soon, even where one list stands in
 * another many times. */
typedef struct Contents {
    int depth;       /* 1 + the largest depth of the items */
    int64_t entries; /* of the items with all that is in them */
    bool inputs;     /* there are items, and a call takes each as an input */
} Contents;

struct List {
    Object *items;
    int64_t count;
    Contents contents;
    /* For a list made inside a net: item i was elaborated while the Graph's weights grew from weights[i] to weights[i + 1]; else null. */
    const int64_t *weights;
};

struct Record {
    const char *const *names;
    Object *values;
    int64_t count;
    Map *index; /* name -> its value, where there are many */
    Contents contents;
};

/* A tensor that is known has `data` (unbatched) and may already stand in a Graph as a constant; any other is a value of its Graph. */
struct Tensor {
    const Type *type;
    const double *data;
    Graph *graph;
    Value value;
    int64_t classes;           /* the output of a net that says classes(...), as it comes from there: how many; else 0 */
    const char *const *labels; /* their names, or null */
    const List *rows;          /* what the entries of dimension 0 stand for, a record each; or null */
};

typedef enum TypeKind { TYPE_BYTES, TYPE_INTEGERS, TYPE_CLASSES } TypeKind;

struct TypeObject {
    TypeKind kind;
    Shape shape;               /* bytes, integers */
    int64_t below;             /* integers: entries are 0 .. below - 1; classes: how many */
    const char *const *labels; /* of the classes, or null */
};

/* A description of a sequence of records. No file is opened while elaborating. */
struct Data {
    const char *function; /* "idx", "split", ... */
    const Record *settings;
    const Data *source;        /* of a function of data; else null */
    const char *const *fields; /* names of the fields of a record, or null when only the files tell */
    int64_t field_count;
    SourceSpan span;
};

enum { OBJECT_DEPTH_LIMIT = 1000, LIST_LIMIT = 1000000 };

static const Object error_object = {.kind = OBJECT_ERROR};
static const Object none_object = {.kind = OBJECT_NONE};

Object object_number(double number);
Object object_boolean(bool boolean);
Object object_string(const char *string);
Object object_function(const Function *function);
Object object_tensor(Tensor *tensor);

/* A shape; of rank 1 it is a number. */
Object object_shape(Arena *arena, const int64_t *size, int rank);

/* Take ownership of arrays that lie in the arena. An error object when a limit is passed. */
Object object_list(Arena *arena, Object *items, int64_t count);
Object object_record(Arena *arena, const char *const *names, Object *values, int64_t count);

/* A field of a record, or null. */
const Object *record_find(const Record *record, const char *name);

/* Whether it is a tensor, or stands for one. */
static inline bool object_is_tensor(Object object)
{
    return object.kind == OBJECT_TENSOR || object.kind == OBJECT_SAMPLE;
}

/* Whether a call takes it as an input: a tensor, data, a sample, a record or list (not empty) of such. */
bool object_is_input(Object object);

/* Calls `each` with every tensor in it: itself, or those in lists and records, in their order. */
void object_tensors(Object object, void (*each)(void *context, Tensor *tensor), void *context);

/* "a number", "a tensor 6x28x28", "a list of 3": with an article, for messages. */
const char *object_describe(Arena *arena, Object object);

/* As `assert` shows it: 61706, 6x28x28, [1, 2], {a: 1}, true. */
void object_print(Arena *arena, Object object, Text *out);

/* A list of records with the same fields as lines with a column for each; false when it is none. */
bool object_print_table(Arena *arena, Object object, Text *out);

/* How a comparison went: whether the two can be compared at all, and how many steps it may still take; below 0, it was broken off. */
typedef struct Comparison {
    bool comparable;
    int64_t steps;
} Comparison;

/* Whether two objects are the same; lists and records are compared entry by entry, each a step. */
bool object_equal(Object a, Object b, Comparison *comparison);

#endif
