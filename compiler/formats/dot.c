/* Graph to DOT: takes a Graph, gives a picture of it as text for Graphviz; see dot.h.
 *
 * The tree of origins (analyse/fold.h) is walked once: what lies deeper than wanted becomes one box, what is open becomes a frame. Edges follow
 * from the boxes of nodes. Identifiers are numbers (n12, o3), so that names can be anything; labels are Graphviz's HTML. */
#include "formats/dot.h"

#include "analyse/analyse.h"
#include "analyse/fold.h"

#include <stdlib.h>
#include <string.h>

/* What a box is painted as: by the strongest kind of operation in it. */
typedef enum Family {
    FAMILY_SHAPE,
    FAMILY_POINTWISE,
    FAMILY_REDUCTION,
    FAMILY_SPECTRAL,
    FAMILY_RANDOM,
    FAMILY_POOL,
    FAMILY_SCALE, /* has weights, but no product: a normalisation */
    FAMILY_SCAN,
    FAMILY_PRODUCT,
    FAMILY_CONVOLUTION,
    FAMILY_INPUT,
    FAMILY_WEIGHT,
    FAMILY_RESULT
} Family;

typedef struct Paint {
    const char *fill, *line;
} Paint;

static const Paint paints[] = {
    [FAMILY_SHAPE] = {"#f3f4f6", "#9ca3af"},     [FAMILY_POINTWISE] = {"#fef3c7", "#d9a514"},
    [FAMILY_REDUCTION] = {"#ffe4e6", "#e0708a"}, [FAMILY_SPECTRAL] = {"#fae8ff", "#b565c9"},
    [FAMILY_RANDOM] = {"#e5e7eb", "#6b7280"},    [FAMILY_POOL] = {"#d1fae5", "#34a577"},
    [FAMILY_SCALE] = {"#ede9fe", "#8b75d7"},     [FAMILY_SCAN] = {"#fce7f3", "#cf5f9c"},
    [FAMILY_PRODUCT] = {"#e0e7ff", "#6476d8"},   [FAMILY_CONVOLUTION] = {"#dbeafe", "#4a8be0"},
    [FAMILY_INPUT] = {"#ffffff", "#374151"},     [FAMILY_WEIGHT] = {"#fffbeb", "#d6b656"},
    [FAMILY_RESULT] = {"#374151", "#374151"},
};

typedef struct Edge {
    int64_t from, to; /* boxes */
    bool main;        /* samples flow along it: drawn straight, where that can be */
} Edge;

/* Boxes are numbered: a node's by its index, an origin's by node_count + its index. */
typedef struct Drawing {
    const Graph *graph;
    Text *out;
    int64_t depth;
    const char *prefix; /* of identifiers: of the Graph itself "", of regions one for each */
    bool *needed;
    Fold fold;
    int64_t *box;     /* of each node, or -1 when it is not drawn */
    Family *family;   /* of each origin, with all inside it */
    int64_t *weights; /* likewise */
    int64_t *visible; /* likewise: nodes that would be drawn by themselves */
    Edge *edges;
    int64_t edge_count, edge_capacity;
} Drawing;

/* The frame that is being drawn into. */
typedef struct Frame {
    const char *path;
    int opened; /* definitions around, that one included */
    int level;  /* of indentation */
} Frame;

/* ---- Words ------------------------------------------------------------------------------------------------------------------ */

static void print_escaped(Text *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            text_add(out, "&amp;");
            break;
        case '<':
            text_add(out, "&lt;");
            break;
        case '>':
            text_add(out, "&gt;");
            break;
        case '"':
            text_add(out, "&quot;");
            break;
        default:
            text_add_character(out, (unsigned char)*text < 0x20 ? ' ' : *text);
        }
    }
}

/* Graphviz refuses an empty one. */
static void print_bold(Text *out, const char *text)
{
    text_add(out, "<b>");
    print_escaped(out, text[0] ? text : "-");
    text_add(out, "</b>");
}

static void print_small(Text *out, const char *colour, const char *text)
{
    text_printf(out, "<font point-size=\"9\" color=\"%s\">", colour);
    print_escaped(out, text[0] ? text : "-");
    text_add(out, "</font>");
}

/* 6×28×28, with the element when it is not real. */
static const char *shape_text(Arena *arena, const Type *type)
{
    static const char *const prefix[] = {"", "complex ", "integer ", "boolean "};
    Text text = text_make(arena);
    text_add(&text, prefix[type->element]);
    for (int i = 0; i < type->rank; i++)
        text_printf(&text, i ? "\xc3\x97%lld" : "%lld", (long long)type->size[i]);
    if (type->rank == 0)
        text_add(&text, "number");
    return text_string(&text);
}

static const char *count_text(Arena *arena, int64_t count, const char *noun)
{
    Text text = text_make(arena);
    text_thousands(&text, count);
    text_printf(&text, " %s%s", noun, count == 1 ? "" : "s");
    return text_string(&text);
}

/* ---- What is in an origin ---------------------------------------------------------------------------------------------------- */

static Family family_of(Op op)
{
    if (op == OP_CONVOLVE || op == OP_CONVOLVE_TRANSPOSED)
        return FAMILY_CONVOLUTION;
    if (op == OP_MATMUL)
        return FAMILY_PRODUCT;
    if (op == OP_SCAN)
        return FAMILY_SCAN;
    if (op >= OP_POOL_MAX && op <= OP_ADAPTIVE_POOL_MEAN)
        return FAMILY_POOL;
    if (op == OP_UNIFORM || op == OP_NORMAL)
        return FAMILY_RANDOM;
    if (op >= OP_FFT && op <= OP_PERIODIZE)
        return FAMILY_SPECTRAL;
    if (op >= OP_REDUCE_SUM && op <= OP_BATCH_MEAN)
        return FAMILY_REDUCTION;
    if (op >= OP_NEGATE && op <= OP_MODULUS)
        return FAMILY_POINTWISE;
    if (op == OP_INPUT)
        return FAMILY_INPUT;
    return op_is_source(op) ? FAMILY_WEIGHT : FAMILY_SHAPE;
}

/* Whether a node is drawn where its surroundings are open. */
static bool is_visible(const Drawing *drawing, const Node *node)
{
    if (!op_is_source(node->op) || node->op == OP_INPUT)
        return true;
    return drawing->depth == 0;
}

static void weigh_node(Drawing *drawing, int64_t index, bool *counted)
{
    const Node *node = &drawing->graph->nodes[index];
    int32_t origin = node->origin;
    if (!drawing->needed[index] || origin < 0)
        return;
    drawing->visible[origin] += is_visible(drawing, node);
    if (!op_is_source(node->op) && family_of(node->op) > drawing->family[origin])
        drawing->family[origin] = family_of(node->op);
    if (node->op != OP_WEIGHT || counted[node->attributes[0].integer])
        return;
    counted[node->attributes[0].integer] = true;
    drawing->weights[origin] += type_elements(&node->types[0]);
}

/* Origins in origins: a parent has a smaller number. */
static void weigh_origins(Drawing *drawing, Arena *arena)
{
    const Graph *graph = drawing->graph;
    bool *counted = arena_zero(arena, (size_t)graph->weight_count, sizeof *counted);
    drawing->family = arena_zero(arena, (size_t)graph->origin_count, sizeof *drawing->family);
    drawing->weights = arena_zero(arena, (size_t)graph->origin_count, sizeof *drawing->weights);
    drawing->visible = arena_zero(arena, (size_t)graph->origin_count, sizeof *drawing->visible);
    for (int64_t i = 0; i < graph->node_count; i++)
        weigh_node(drawing, i, counted);
    for (int64_t i = graph->origin_count - 1; i >= 0; i--) {
        int32_t parent = graph->origins[i].parent;
        if (parent >= 0) {
            drawing->weights[parent] = saturating_add(drawing->weights[parent], drawing->weights[i]);
            drawing->visible[parent] += drawing->visible[i];
            if (drawing->family[i] > drawing->family[parent])
                drawing->family[parent] = drawing->family[i];
        }
        if (drawing->weights[i] > 0 && drawing->family[i] < FAMILY_SCALE)
            drawing->family[i] = FAMILY_SCALE;
    }
}

/* ---- Boxes ------------------------------------------------------------------------------------------------------------------ */

static void indent(const Drawing *drawing, int level)
{
    text_repeat(drawing->out, ' ', 2 * (int64_t)(level < 40 ? level : 40));
}

static void print_identifier(const Drawing *drawing, int64_t box)
{
    int64_t nodes = drawing->graph->node_count;
    text_printf(drawing->out, "%s%c%lld", drawing->prefix, box < nodes ? 'n' : 'o', (long long)(box < nodes ? box : box - nodes));
}

static void print_paint(Text *out, Family family)
{
    text_printf(out, ", fillcolor=\"%s\", color=\"%s\"", paints[family].fill, paints[family].line);
}

/* The two or three lines of a box: name and definition; output shape; weights. A table, because it keeps lines apart. */
static void print_label(Text *out, const char *name, const char *definition, const char *shape, const char *weights)
{
    text_add(out, "<<table border=\"0\" cellspacing=\"0\" cellpadding=\"1\"><tr><td>");
    print_bold(out, name);
    if (definition) {
        text_add(out, "  ");
        print_small(out, "#4b5563", definition);
    }
    text_add(out, "</td></tr><tr><td><font point-size=\"10\">");
    print_escaped(out, shape);
    text_add(out, "</font></td></tr>");
    if (weights) {
        text_add(out, "<tr><td>");
        print_small(out, "#6b7280", weights);
        text_add(out, "</td></tr>");
    }
    text_add(out, "</table>>");
}

static void print_origin_box(Drawing *drawing, int32_t origin, const Frame *frame)
{
    Text *out = drawing->out;
    const Graph *graph = drawing->graph;
    const char *path = fold_inner_path(graph_origin_path(graph, origin, out->arena), frame->path);
    const Type *type = &graph->nodes[drawing->fold.last[origin]].types[0];
    int64_t weights = drawing->weights[origin];
    indent(drawing, frame->level);
    print_identifier(drawing, graph->node_count + origin);
    text_add(out, " [label=");
    print_label(out, path[0] ? path : graph->origins[origin].definition, graph->origins[origin].definition,
                shape_text(out->arena, type), weights ? count_text(out->arena, weights, "weight") : NULL);
    print_paint(out, drawing->family[origin]);
    text_add(out, "];\n");
}

/* The name of a row that a node reads, the number of a small constant, or the operation. */
static const char *node_name(const Drawing *drawing, const Node *node)
{
    const Graph *graph = drawing->graph;
    int64_t row = op_has_row(node->op) ? node->attributes[0].integer : 0;
    switch (node->op) {
    case OP_INPUT:
        return graph->inputs[row].name;
    case OP_WEIGHT:
        return graph->weights[row].name;
    case OP_STATE:
        return graph->states[row].name;
    case OP_CONSTANT: {
        if (type_reals(&node->types[0]) > 1)
            return "constant";
        Text text = text_make(drawing->out->arena);
        text_number(&text, graph->constants[row].data[0]);
        return text_string(&text);
    }
    default:
        return op_info(node->op)->name;
    }
}

static void print_node_box(Drawing *drawing, int64_t index, const Frame *frame)
{
    Text *out = drawing->out;
    const Node *node = &drawing->graph->nodes[index];
    Family family = family_of(node->op);
    const char *name = fold_inner_path(node_name(drawing, node), frame->path);
    indent(drawing, frame->level);
    print_identifier(drawing, index);
    text_add(out, " [label=");
    print_label(out, name, node->op == OP_INPUT ? "input" : NULL, shape_text(out->arena, &node->types[0]), NULL);
    print_paint(out, family);
    if (family == FAMILY_WEIGHT)
        text_add(out, ", style=filled, fontsize=9");
    if (family == FAMILY_INPUT)
        text_add(out, ", penwidth=1.6");
    text_add(out, "];\n");
}

/* ---- The walk over the tree -------------------------------------------------------------------------------------------------- */

/* Gives all nodes inside an origin to one box. */
static void fill_box(Drawing *drawing, const FoldList *list, int64_t box)
{
    for (int64_t i = 0; i < list->count; i++) {
        FoldItem item = list->items[i];
        if (item.is_origin)
            fill_box(drawing, &drawing->fold.inside[item.index], box);
        else if (is_visible(drawing, &drawing->graph->nodes[item.index]))
            drawing->box[item.index] = box;
    }
}

static void draw_list(Drawing *drawing, const FoldList *list, const Frame *frame);
static void draw_region(const Drawing *around, int64_t scan, int level);

static void draw_node(Drawing *drawing, int32_t index, const Frame *frame)
{
    const Node *node = &drawing->graph->nodes[index];
    if (!is_visible(drawing, node))
        return;
    drawing->box[index] = index;
    print_node_box(drawing, index, frame);
    if (node->region && drawing->depth == 0)
        draw_region(drawing, index, frame->level);
}

static void draw_frame(Drawing *drawing, int32_t origin, const Frame *around)
{
    Text *out = drawing->out;
    const char *path = graph_origin_path(drawing->graph, origin, out->arena);
    Frame frame = {.path = path, .opened = around->opened + 1, .level = around->level + 1};
    indent(drawing, around->level);
    text_printf(out, "subgraph cluster_%so%d {\n", drawing->prefix, origin);
    indent(drawing, frame.level);
    text_add(out, "label=<");
    print_bold(out, fold_inner_path(path, around->path));
    text_add(out, "  ");
    print_small(out, "#4b5563", drawing->graph->origins[origin].definition);
    text_printf(out, ">; labeljust=l; fontsize=11; style=\"rounded,filled\"; fillcolor=\"#0000000a\"; color=\"%s\";\n",
                paints[drawing->family[origin]].line);
    draw_list(drawing, &drawing->fold.inside[origin], &frame);
    indent(drawing, around->level);
    text_add(out, "}\n");
}

/* One box where that is deep enough, or where a frame would hold a single one; a scan's region is always worth a frame. */
static bool is_one_box(const Drawing *drawing, int32_t origin, const Frame *frame)
{
    if (drawing->depth > 0 && frame->opened + 1 >= drawing->depth)
        return true;
    return drawing->visible[origin] == 1 && (drawing->depth > 0 || drawing->family[origin] != FAMILY_SCAN);
}

static void draw_origin(Drawing *drawing, int32_t origin, const Frame *frame)
{
    const FoldList *inside = &drawing->fold.inside[origin];
    if (drawing->visible[origin] == 0)
        return;
    if (fold_is_transparent(drawing->graph, origin)) {
        draw_list(drawing, inside, frame);
    } else if (is_one_box(drawing, origin, frame)) {
        fill_box(drawing, inside, drawing->graph->node_count + origin);
        print_origin_box(drawing, origin, frame);
    } else {
        draw_frame(drawing, origin, frame);
    }
}

static void draw_list(Drawing *drawing, const FoldList *list, const Frame *frame)
{
    for (int64_t i = 0; i < list->count; i++) {
        if (list->items[i].is_origin)
            draw_origin(drawing, list->items[i].index, frame);
        else
            draw_node(drawing, list->items[i].index, frame);
    }
}

/* ---- Edges and results ------------------------------------------------------------------------------------------------------- */

static int compare_edges(const void *left, const void *right)
{
    const Edge *a = left, *b = right;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    if (a->to != b->to)
        return a->to < b->to ? -1 : 1;
    return (int)b->main - (int)a->main;
}

static void add_edge(Drawing *drawing, int64_t from, int64_t to, bool main)
{
    if (from < 0 || to < 0 || from == to)
        return;
    drawing->edges =
        arena_grow(drawing->out->arena, drawing->edges, drawing->edge_count, &drawing->edge_capacity, sizeof *drawing->edges);
    drawing->edges[drawing->edge_count++] = (Edge){.from = from, .to = to, .main = main};
}

/* Each pair of boxes once; main edges come first among equals. */
static void draw_edges(Drawing *drawing, int level)
{
    for (int64_t i = 0; i < drawing->graph->node_count; i++) {
        const Node *node = &drawing->graph->nodes[i];
        for (int32_t k = 0; drawing->needed[i] && k < node->operand_count; k++) {
            Value operand = node->operands[k];
            add_edge(drawing, drawing->box[operand.node], drawing->box[i], graph_type(drawing->graph, operand)->batched);
        }
    }
    if (drawing->edge_count > 0)
        qsort(drawing->edges, (size_t)drawing->edge_count, sizeof *drawing->edges, compare_edges);
    for (int64_t i = 0; i < drawing->edge_count; i++) {
        const Edge *edge = &drawing->edges[i];
        if (i > 0 && edge[-1].from == edge->from && edge[-1].to == edge->to)
            continue;
        indent(drawing, level);
        print_identifier(drawing, edge->from);
        text_add(drawing->out, " -> ");
        print_identifier(drawing, edge->to);
        text_add(drawing->out, edge->main ? " [weight=8];\n" : " [color=\"#c3c8d0\"];\n");
    }
}

static void print_result_label(Text *out, const char *name, const char *detail)
{
    text_add(out, "<<table border=\"0\" cellspacing=\"0\" cellpadding=\"1\"><tr><td>");
    print_bold(out, name);
    text_add(out, "</td></tr>");
    if (detail) {
        text_add(out, "<tr><td>");
        print_small(out, "#e5e7eb", detail);
        text_add(out, "</td></tr>");
    }
    text_add(out, "</table>>");
}

/* A dark box for what the Graph gives, and the edge to it. */
static void draw_result(Drawing *drawing, const char *name, const char *detail, Value value, int64_t number, int level)
{
    Text *out = drawing->out;
    if (value.node < 0 || drawing->box[value.node] < 0)
        return;
    indent(drawing, level);
    text_printf(out, "%sr%lld [fontcolor=white, label=", drawing->prefix, (long long)number);
    print_result_label(out, name, detail);
    print_paint(out, FAMILY_RESULT);
    text_add(out, "];\n");
    indent(drawing, level);
    print_identifier(drawing, drawing->box[value.node]);
    text_printf(out, " -> %sr%lld;\n", drawing->prefix, (long long)number);
}

static void draw_results(Drawing *drawing, int level)
{
    const Graph *graph = drawing->graph;
    Arena *arena = drawing->out->arena;
    int64_t number = 0;
    for (int64_t i = 0; i < graph->output_count; i++) {
        const OutputInfo *output = &graph->outputs[i];
        const char *detail = output->classes ? arena_printf(arena, "%lld classes", (long long)output->classes) : NULL;
        draw_result(drawing, output->name ? output->name : "output", detail, output->value, number++, level);
    }
    draw_result(drawing, "objective", NULL, graph->objective, number++, level);
    for (int64_t i = 0; i < graph->penalty_count; i++)
        draw_result(drawing, "penalty", NULL, graph->penalties[i], number++, level);
    for (int64_t i = 0; graph->training && i < graph->state_count; i++)
        draw_result(drawing, "next", graph->states[i].name, graph->states[i].next, number++, level);
}

/* ---- The whole -------------------------------------------------------------------------------------------------------------- */

static Drawing drawing_make(const Graph *graph, int64_t depth, const char *prefix, Text *out)
{
    Arena *arena = out->arena;
    Drawing drawing = {.graph = graph, .out = out, .depth = depth, .prefix = prefix};
    drawing.needed = analyse_cost(graph, arena).needed;
    drawing.fold = fold_make(graph, drawing.needed, arena);
    drawing.box = arena_take(arena, (size_t)graph->node_count * sizeof *drawing.box);
    for (int64_t i = 0; i < graph->node_count; i++)
        drawing.box[i] = -1;
    weigh_origins(&drawing, arena);
    return drawing;
}

static void draw(Drawing *drawing, int level)
{
    draw_list(drawing, &drawing->fold.top, &(Frame){.path = "", .level = level});
    draw_edges(drawing, level);
    draw_results(drawing, level);
}

/* The region of a scan in a frame beside it; its next states lead back to it. */
static void draw_region(const Drawing *around, int64_t scan, int level)
{
    Text *out = around->out;
    const Graph *region = around->graph->nodes[scan].region;
    Drawing drawing = drawing_make(region, 0, arena_printf(out->arena, "%ss%lld_", around->prefix, (long long)scan), out);
    indent(around, level);
    text_printf(out, "subgraph cluster_%s {\n", drawing.prefix);
    indent(around, level + 1);
    text_add(out, "label=<<b>each step</b>>; labeljust=l; fontsize=11; style=\"rounded,dashed\"; color=\"#cf5f9c\";\n");
    draw_list(&drawing, &drawing.fold.top, &(Frame){.path = "", .level = level + 1});
    draw_edges(&drawing, level + 1);
    indent(around, level);
    text_add(out, "}\n");
    for (int64_t i = 0; i < region->output_count; i++) {
        indent(around, level);
        print_identifier(&drawing, drawing.box[region->outputs[i].value.node]);
        text_add(out, " -> ");
        print_identifier(around, scan);
        text_add(out, " [style=dashed, color=\"#cf5f9c\"];\n");
    }
}

void dot_print(const Graph *graph, const DotOptions *options, Text *out)
{
    Drawing drawing = drawing_make(graph, options->depth, "", out);
    text_add(out, "digraph net {\n"
                  "  graph [fontname=\"Helvetica,Arial,sans-serif\", fontsize=14, labelloc=t, pad=0.25, nodesep=0.3, ranksep=0.32, "
                  "label=<");
    print_bold(out, graph->name);
    text_printf(out, "%s>];\n", graph->training ? ", as training sees it" : "");
    text_add(out, "  node [fontname=\"Helvetica,Arial,sans-serif\", fontsize=11, shape=box, style=\"rounded,filled\", "
                  "margin=\"0.1,0.03\", height=0.3];\n"
                  "  edge [color=\"#6b7280\", arrowsize=0.6];\n");
    draw(&drawing, 1);
    text_add(out, "}\n");
}
