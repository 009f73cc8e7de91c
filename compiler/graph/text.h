/* What printer, reader and verifier of a Graph share; nothing outside this folder needs it. */
#ifndef STRATA_GRAPH_TEXT_H
#define STRATA_GRAPH_TEXT_H

#include "base/map.h"
#include "graph/graph.h"

enum {
    GRAPH_TEXT_INLINE = 64,  /* constants with more reals stand in the blobs */
    GRAPH_REGION_DEPTH = 32, /* scans within scans */
};

/* Characters of words: names, numbers and paths that need no quotes. */
static inline bool graph_text_is_word(char c)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '/' || c == '+' || c == '-';
}

/* Whether sizes are at least 1 and their product at most ELEMENT_LIMIT. */
bool check_type(const Type *type);

/* Whether a scan of these operands can have this region; null, or a sentence that says why not. */
const char *check_scan(const Graph *graph, const Graph *region, const Value *operands, int64_t operand_count, int64_t states,
                       int64_t sequences, Arena *arena);

#endif
