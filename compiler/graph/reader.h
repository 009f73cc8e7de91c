/* Inside the reader of the Graph's text: scanner (token.c), values and types (read_part.c), nodes (read_node.c), places (read_place.c), and the
 * whole (read.c, which has the grammar). Every function that reads gives false after the first complaint; nothing is read after it. */
#ifndef STRATA_GRAPH_READER_H
#define STRATA_GRAPH_READER_H

#include "graph/text.h"

/* Codes of the family 11. */
enum {
    E_TEXT = 1101,      /* not a Graph: something else was expected here */
    E_OPERATION = 1102, /* no such operation */
    E_VALUE = 1103,     /* a value, an origin or a row that is not there */
    E_ATTRIBUTE = 1104, /* unknown, repeated, missing, or of another kind */
    E_OPERANDS = 1105,  /* the operation does not take these operands */
    E_TYPE = 1106,      /* the text says another type than the operation gives */
    E_NUMBER = 1107,    /* rows and nodes are numbered in order, from 0 */
    E_BLOB = 1108,      /* the blobs are missing or others */
    E_LIMIT = 1109,     /* too large */
    E_RULE = 1110       /* breaks a rule of the Graph, as the verifier says */
};

typedef enum TokenKind {
    TOKEN_END,
    TOKEN_WORD,   /* a name, number or keyword */
    TOKEN_STRING, /* "..." */
    TOKEN_SIGN    /* one of % @ ( ) [ ] { } = , : * */
} TokenKind;

typedef struct Token {
    TokenKind kind;
    char sign;
    const char *text; /* of words and strings, without quotes */
    SourceSpan span;
} Token;

/* A value that is referred to before all nodes are there. */
typedef struct LateValue {
    Value value;
    SourceSpan span;
} LateValue;

typedef enum PlaceOwner { PLACE_OF_ORIGIN, PLACE_OF_WEIGHT, PLACE_OF_STATE } PlaceOwner;

/* A place that was read; its span is known once all are. */
typedef struct LatePlace {
    Graph *graph;
    PlaceOwner owner;
    int64_t row;
    int32_t file; /* of `files` */
    int64_t line[2];
    int64_t column[2]; /* start and end */
} LatePlace;

/* A source that places name, under construction. */
typedef struct BlankFile {
    const char *name;
    int64_t lines;
    int32_t number; /* in the table of sources */
} BlankFile;

typedef struct Reader {
    Arena *arena;
    Diagnostics *diagnostics;
    int32_t file;
    const char *text; /* ends in 0 */
    size_t length;
    size_t at; /* behind the current token */
    Token token;
    bool failed;
    int depth;          /* of regions */
    int64_t node_count; /* of all graphs */
    const char *blobs;
    size_t blob_length, blob_at;
    Map blob_data; /* hash -> const double * */
    LatePlace *places;
    int64_t place_count, place_capacity;
    BlankFile *files;
    int64_t file_count, file_capacity;
    Map file_numbers;    /* name -> BlankFile's index + 1 */
    int64_t blank_lines; /* of all files */
} Reader;

/* token.c */
void reader_next(Reader *reader);
bool reader_fail(Reader *reader, int code, SourceSpan span, const char *format, ...) FORMAT_LIKE_PRINTF(4, 5);
bool reader_expected(Reader *reader, const char *what); /* "expected WHAT, got ..." */
bool at_sign(const Reader *reader, char sign);
bool at_word(const Reader *reader, const char *word);
bool take_sign(Reader *reader, char sign); /* whether it stands here; then goes past it */
bool take_word(Reader *reader, const char *word);
bool expect_sign(Reader *reader, char sign);
bool expect_word(Reader *reader, const char *word);

/* read_part.c */
bool read_integer(Reader *reader, int64_t *number);
bool read_real(Reader *reader, double *number);
bool read_name(Reader *reader, const char **name); /* a word or a string */
bool read_type(Reader *reader, Type *type);
bool read_value(Reader *reader, Value *value); /* not checked */
bool read_list(Reader *reader, const int64_t **items, int64_t *count);
bool read_number(Reader *reader, int64_t expected, const char *what); /* of a row or node: must be the next one */

/* read_place.c: `at ...` if it stands here; and, at the end, the spans of all places. */
bool read_place(Reader *reader, Graph *graph, PlaceOwner owner, int64_t row);
bool resolve_places(Reader *reader);

/* read_node.c, read.c */
bool read_node(Reader *reader, Graph *graph);
Graph *read_graph(Reader *reader, const char *kind);

#endif
