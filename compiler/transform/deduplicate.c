/* Deduplicate: takes any Graph, gives it with equal values computed once.
 *
 * Two nodes are equal when operation, attributes and operands are; operands of a sum, product, extreme or comparison for equality in either
 * order. Random operations have their place among their attributes, so only draws that give the same numbers are merged. Constants are equal
 * when type and bits are. Scans are left alone, their regions are not. */
#include "transform/rewrite.h"
#include "transform/transform.h"

#include "base/map.h"

#include <string.h>

/* A hash table of the new Graph's nodes: open addressing, at most half full. */
typedef struct Table {
    int32_t *slots; /* node, or -1 */
    uint64_t *hashes;
    uint64_t mask;
} Table;

static Table table_make(Arena *arena, int64_t nodes)
{
    uint64_t size = 16;
    while (size < 2 * (uint64_t)nodes)
        size *= 2;
    Table table = {.mask = size - 1};
    table.slots = arena_take(arena, size * sizeof *table.slots);
    table.hashes = arena_take(arena, size * sizeof *table.hashes);
    memset(table.slots, 0xff, size * sizeof *table.slots);
    return table;
}

static uint64_t mix(uint64_t hash, uint64_t number)
{
    hash = (hash ^ number) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t hash_attribute(uint64_t hash, const AttributeInfo *info, const AttributeValue *value)
{
    uint64_t bits = 0;
    switch (info->kind) {
    case ATTRIBUTE_INTEGER:
        return mix(hash, (uint64_t)value->integer);
    case ATTRIBUTE_BOOLEAN:
        return mix(hash, value->boolean);
    case ATTRIBUTE_REAL:
        memcpy(&bits, &value->real, sizeof bits);
        return mix(hash, bits);
    case ATTRIBUTE_NAME:
        return mix(hash, hash_bytes(value->name, strlen(value->name)));
    case ATTRIBUTE_LIST:
        break;
    }
    for (int64_t i = 0; i < value->list.count; i++)
        hash = mix(hash, (uint64_t)value->list.items[i]);
    return hash;
}

static bool is_commutative(Op op)
{
    switch (op) {
    case OP_ADD:
    case OP_MULTIPLY:
    case OP_MAXIMUM:
    case OP_MINIMUM:
    case OP_EQUAL:
    case OP_NOT_EQUAL:
    case OP_AND:
    case OP_OR:
        return true;
    default:
        return false;
    }
}

static uint64_t value_bits(Value value)
{
    return (uint64_t)(uint32_t)value.node << 32 | (uint32_t)value.result;
}

static uint64_t hash_constant(const ConstantInfo *constant)
{
    return hash_bytes(constant->data, (size_t)type_reals(&constant->type) * sizeof *constant->data);
}

static uint64_t hash_node(const Graph *graph, const Node *node, const Value *operands)
{
    const OpInfo *info = op_info(node->op);
    uint64_t hash = mix(0, (uint64_t)node->op);
    if (node->op == OP_CONSTANT)
        return mix(hash, hash_constant(&graph->constants[node->attributes[0].integer]));
    uint64_t together = 0;
    for (int32_t k = 0; k < node->operand_count; k++) {
        together += mix(1, value_bits(operands[k]));
        if (!is_commutative(node->op))
            hash = mix(hash, value_bits(operands[k]));
    }
    hash = mix(hash, together);
    for (int i = 0; i < op_attribute_count(info); i++)
        hash = hash_attribute(hash, &info->attributes[i], &node->attributes[i]);
    return hash;
}

static bool same_operands(const Node *node, const Value *a, const Value *b)
{
    if (is_commutative(node->op) && value_equal(a[0], b[1]) && value_equal(a[1], b[0]))
        return true;
    for (int32_t k = 0; k < node->operand_count; k++)
        if (!value_equal(a[k], b[k]))
            return false;
    return true;
}

static bool same_constant(const ConstantInfo *a, const ConstantInfo *b)
{
    return type_equal(&a->type, &b->type) && memcmp(a->data, b->data, (size_t)type_reals(&a->type) * sizeof *a->data) == 0;
}

/* Whether a node of the new Graph computes what `node` does over these operands. */
static bool same_node(const Graph *graph, const Node *have, const Node *node, const Value *operands)
{
    if (have->op != node->op || have->operand_count != node->operand_count)
        return false;
    if (node->op == OP_CONSTANT)
        return same_constant(&graph->constants[have->attributes[0].integer], &graph->constants[node->attributes[0].integer]);
    const OpInfo *info = op_info(node->op);
    for (int i = 0; i < op_attribute_count(info); i++)
        if (!graph_same_attribute(&info->attributes[i], &have->attributes[i], &node->attributes[i]))
            return false;
    return same_operands(node, have->operands, operands);
}

/* The slot of an equal node, or the empty one for this. */
static uint64_t find_slot(const Table *table, const Graph *graph, const Node *node, const Value *operands, uint64_t hash)
{
    uint64_t slot = hash & table->mask;
    while (table->slots[slot] >= 0 &&
           (table->hashes[slot] != hash || !same_node(graph, &graph->nodes[table->slots[slot]], node, operands)))
        slot = (slot + 1) & table->mask;
    return slot;
}

static Value place_node(Table *table, Rewrite *rewrite, const Node *node, const Value *operands)
{
    uint64_t hash = hash_node(rewrite->graph, node, operands);
    uint64_t slot = find_slot(table, rewrite->graph, node, operands, hash);
    if (table->slots[slot] >= 0)
        return (Value){.node = table->slots[slot]};
    Value value = rewrite_append(rewrite, node, operands, NULL);
    table->slots[slot] = value.node;
    table->hashes[slot] = hash;
    return value;
}

Graph *transform_deduplicate(Arena *arena, const Graph *graph, const TransformOptions *options)
{
    Rewrite rewrite = rewrite_begin(arena, graph);
    Table table = table_make(arena, graph->node_count);
    Value *operands = arena_take(arena, (size_t)rewrite_widest(graph) * sizeof *operands);
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        rewrite_operands(&rewrite, node, operands);
        rewrite.map[i] = node->region
                             ? rewrite_append(&rewrite, node, operands, transform_deduplicate(arena, node->region, options))
                             : place_node(&table, &rewrite, node, operands);
    }
    return rewrite_end(&rewrite);
}
