/* Elements: takes a Graph right before planning, gives one in which element-wise operations that follow one another are done in one pass over memory.
 *
 * Each operation with what it reads is a tree, as far as values have one reader; a value with several is computed once, and is a leaf of its readers' trees.
 * One exception: what makes a value from one other of its size, in an instruction or two, is done again by each reader, since reading the one or the other costs
 * the same, and then the value need not be kept at all. */
#include "transform/constant.h"
#include "transform/survey.h"
#include "transform/transform.h"

#include "kernel/elements.h"

#include <string.h>

enum {
    CHEAP_INSTRUCTIONS = 2,
    LEAST_RUN = 64,       /* reals along which each operand is walked or stands still */
    LEAST_ALONE = 1 << 14 /* reals from which on an operation by itself is worth it, for the threads */
};

/* What one node would be as one operation. */
typedef struct Tree {
    bool possible;
    int instructions;
    int leaf_count;
    Value leaves[MOST_ELEMENT_OPERANDS];
    bool takes[3]; /* the operands whose trees are part of it */
} Tree;

typedef struct Fuser {
    Arena *arena;
    const Graph *old;
    Survey survey;
    Tree *trees;
    bool *needed; /* somebody reads the node's own value */
    Rewrite rewrite;
} Fuser;

/* The program of one tree under construction. */
typedef struct Program {
    const Tree *root;
    int64_t code[MOST_INSTRUCTIONS * INSTRUCTION_INTEGERS];
    int32_t nodes[MOST_INSTRUCTIONS]; /* which each instruction computes */
    int count;
} Program;

static int element_code(Op op)
{
    static const struct {
        Op op;
        ElementCode code;
    } codes[] = {
        {OP_ADD, ELEMENT_ADD},       {OP_SUBTRACT, ELEMENT_SUBTRACT}, {OP_MULTIPLY, ELEMENT_MULTIPLY},
        {OP_DIVIDE, ELEMENT_DIVIDE}, {OP_MAXIMUM, ELEMENT_MAXIMUM},   {OP_MINIMUM, ELEMENT_MINIMUM},
        {OP_EQUAL, ELEMENT_EQUAL},   {OP_LESS, ELEMENT_LESS},         {OP_LESS_EQUAL, ELEMENT_LESS_EQUAL},
        {OP_WHERE, ELEMENT_WHERE},   {OP_NEGATE, ELEMENT_NEGATE},     {OP_ABS, ELEMENT_ABS},
        {OP_SQRT, ELEMENT_SQRT},     {OP_RELU, ELEMENT_RELU},         {OP_EXP, ELEMENT_EXP},
        {OP_LOG, ELEMENT_LOG},       {OP_TANH, ELEMENT_TANH},         {OP_LOGISTIC, ELEMENT_LOGISTIC},
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].op == op)
            return (int)codes[i].code;
    return -1;
}

/* --- trees -------------------------------------------------------------------------------------------------------------------- */

/* Whether an operand is walked, or stands still, along long runs of the result. */
static bool runs_long(const Type *operand, const Type *result)
{
    int64_t run = 1;
    bool walks = false, any = false;
    for (int i = result->rank - 1; i >= 0; i--) {
        int axis = i - (result->rank - operand->rank);
        bool own = axis >= 0 && operand->size[axis] != 1;
        if (result->size[i] == 1)
            continue;
        if (any && own != walks)
            return run >= LEAST_RUN;
        any = true;
        walks = own;
        run *= result->size[i];
    }
    return true;
}

static bool is_possible(const Graph *graph, const Node *node)
{
    bool possible = element_code(node->op) >= 0 && node->operand_count <= 3 && node->types[0].element != ELEMENT_COMPLEX;
    for (int32_t k = 0; possible && k < node->operand_count; k++) {
        const Type *type = graph_type(graph, node->operands[k]);
        possible = type->element != ELEMENT_COMPLEX && runs_long(type, &node->types[0]);
    }
    return possible;
}

static bool add_leaf(Tree *tree, Value value)
{
    for (int i = 0; i < tree->leaf_count; i++)
        if (value_equal(tree->leaves[i], value))
            return true;
    if (tree->leaf_count == MOST_ELEMENT_OPERANDS)
        return false;
    tree->leaves[tree->leaf_count++] = value;
    return true;
}

static bool is_cheap(const Fuser *fuser, const Tree *tree, const Type *type)
{
    int whole = 0;
    for (int i = 0; i < tree->leaf_count; i++)
        whole += type_elements(graph_type(fuser->old, tree->leaves[i])) == type_elements(type);
    return tree->instructions <= CHEAP_INSTRUCTIONS && whole <= 1;
}

/* Whether the tree of an operand can be part of a reader's, which computes elements of the shape of `type`. */
static bool can_take(const Fuser *fuser, Value operand, const Type *type)
{
    const Tree *tree = &fuser->trees[operand.node];
    const Type *own = graph_type(fuser->old, operand);
    if (!tree->possible || own->batched != type->batched || !type_same_shape(own, type))
        return false;
    return fuser->survey.readers[operand.node] == 1 || is_cheap(fuser, tree, own);
}

/* Adds the tree of operand k, or leaves it where the whole would become too large. Operands that wait are leaves at least. */
static void take_operand(const Fuser *fuser, const Node *node, int k, int waiting, Tree *tree)
{
    const Tree *other = &fuser->trees[node->operands[k].node];
    Tree larger = *tree;
    bool fits =
        can_take(fuser, node->operands[k], &node->types[0]) && tree->instructions + other->instructions <= MOST_INSTRUCTIONS;
    for (int i = 0; fits && i < other->leaf_count; i++)
        fits = add_leaf(&larger, other->leaves[i]);
    if (fits && larger.leaf_count + waiting <= MOST_ELEMENT_OPERANDS) {
        *tree = larger;
        tree->instructions += other->instructions;
        tree->takes[k] = true;
    } else {
        add_leaf(tree, node->operands[k]);
    }
}

static void grow_tree(Fuser *fuser, int32_t index)
{
    const Node *node = &fuser->old->nodes[index];
    Tree *tree = &fuser->trees[index];
    *tree = (Tree){.possible = is_possible(fuser->old, node), .instructions = 1};
    for (int k = 0; tree->possible && k < node->operand_count; k++)
        take_operand(fuser, node, k, node->operand_count - 1 - k, tree);
}

/* --- which nodes stay --------------------------------------------------------------------------------------------------------- */

static void need(Fuser *fuser, Value value)
{
    if (value.node >= 0)
        fuser->needed[value.node] = true;
}

static bool takes_sum(const Fuser *fuser, const Node *node)
{
    return node->op == OP_SUM_LANES && can_take(fuser, node->operands[0], graph_type(fuser->old, node->operands[0]));
}

/* An operation by itself only gains by the threads. A program gives real numbers of its whole shape. */
static bool is_worth_it(const Fuser *fuser, int64_t index)
{
    const Tree *tree = &fuser->trees[index];
    const Node *node = &fuser->old->nodes[index];
    return tree->possible && node->types[0].element == ELEMENT_REAL &&
           (tree->instructions > 1 || type_elements(&node->types[0]) >= LEAST_ALONE);
}

static void find_needed(Fuser *fuser)
{
    const Graph *old = fuser->old;
    for (int64_t i = 0; i < old->output_count; i++)
        need(fuser, old->outputs[i].value);
    for (int64_t i = 0; i < old->penalty_count; i++)
        need(fuser, old->penalties[i]);
    for (int64_t i = 0; i < old->weight_count; i++)
        need(fuser, old->weights[i].initial);
    for (int64_t i = 0; i < old->state_count; i++) {
        need(fuser, old->states[i].initial);
        need(fuser, old->states[i].next);
    }
    need(fuser, old->objective);
    for (int64_t i = old->node_count - 1; i >= 0; i--) {
        const Node *node = &old->nodes[i];
        bool sums = takes_sum(fuser, node);
        const Tree *tree = sums ? &fuser->trees[node->operands[0].node] : &fuser->trees[i];
        bool whole = sums || is_worth_it(fuser, i);
        for (int k = 0; fuser->needed[i] && whole && k < tree->leaf_count; k++)
            need(fuser, tree->leaves[k]);
        for (int32_t k = 0; fuser->needed[i] && !whole && k < node->operand_count; k++)
            need(fuser, node->operands[k]);
    }
}

/* --- programs ----------------------------------------------------------------------------------------------------------------- */

static int64_t leaf_place(const Tree *tree, Value value)
{
    for (int i = 0; i < tree->leaf_count; i++)
        if (value_equal(tree->leaves[i], value))
            return i;
    return 0;
}

/* Writes the instructions for a node and gives the place of its value. A tree has few levels. */
static int64_t write_node(const Fuser *fuser, Program *program, int32_t index)
{
    const Node *node = &fuser->old->nodes[index];
    int64_t code[INSTRUCTION_INTEGERS] = {element_code(node->op)};
    for (int i = 0; i < program->count; i++)
        if (program->nodes[i] == index)
            return program->root->leaf_count + i;
    for (int32_t k = 0; k < node->operand_count; k++)
        code[1 + k] = fuser->trees[index].takes[k] ? write_node(fuser, program, node->operands[k].node)
                                                   : leaf_place(program->root, node->operands[k]);
    memcpy(program->code + program->count * INSTRUCTION_INTEGERS, code, sizeof code);
    program->nodes[program->count] = index;
    return program->root->leaf_count + program->count++;
}

/* One operation for the tree of node `root`; `index` is the same, or the sum behind it. */
static void append_program(Fuser *fuser, int32_t index, int32_t root)
{
    const Node *node = &fuser->old->nodes[index];
    Graph *graph = fuser->rewrite.graph;
    Program program = {.root = &fuser->trees[root]};
    write_node(fuser, &program, root);
    int64_t count = (int64_t)program.count * INSTRUCTION_INTEGERS;
    AttributeValue attributes[3] = {{.list = {.count = count}}};
    attributes[0].list.items = arena_copy(fuser->arena, program.code, (size_t)count * sizeof *program.code);
    if (node->op == OP_SUM_LANES)
        memcpy(attributes + 1, node->attributes, 2 * sizeof *attributes);
    Value operands[MOST_ELEMENT_OPERANDS];
    for (int k = 0; k < program.root->leaf_count; k++)
        operands[k] = rewrite_value(&fuser->rewrite, program.root->leaves[k]);
    fuser->rewrite.map[index] = graph_append(graph, node->op == OP_SUM_LANES ? OP_SUM_ELEMENTS : OP_ELEMENTS, operands,
                                             program.root->leaf_count, attributes, node->origin);
}

static void copy_node(Fuser *fuser, int32_t index, Value *operands)
{
    const Node *node = &fuser->old->nodes[index];
    rewrite_operands(&fuser->rewrite, node, operands);
    fuser->rewrite.map[index] = rewrite_append(&fuser->rewrite, node, operands, node->region);
}

Graph *transform_elements(Arena *arena, const Graph *graph, const TransformOptions *options)
{
    size_t count = (size_t)graph->node_count + 1;
    Fuser fuser = {.arena = arena,
                   .old = graph,
                   .survey = survey_make(arena, graph, options),
                   .trees = arena_zero(arena, count, sizeof *fuser.trees),
                   .needed = arena_zero(arena, count, sizeof *fuser.needed),
                   .rewrite = rewrite_begin(arena, graph)};
    for (int32_t i = 0; i < graph->node_count; i++)
        grow_tree(&fuser, i);
    find_needed(&fuser);
    Value *operands = arena_take(arena, ((size_t)rewrite_widest(graph) + 1) * sizeof *operands);
    for (int32_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        if (!fuser.needed[i])
            continue;
        if (takes_sum(&fuser, node))
            append_program(&fuser, i, node->operands[0].node);
        else if (is_worth_it(&fuser, i))
            append_program(&fuser, i, i);
        else
            copy_node(&fuser, i, operands);
    }
    return rewrite_end(&fuser.rewrite);
}
