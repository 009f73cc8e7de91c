/* How far a net can spread inputs apart: takes a Graph with its banks, gives a bound of |f(a) - f(b)|^2 / |a - b|^2; see frame.h.
 *
 * One sweep from the results to the inputs. spread(v) bounds what a change of v adds to all results together, squared, by the change squared:
 *
 *     spread(v) = (1 if v is a result) + sum over the nodes that read v of norm(node)^2 spread(node)
 *     spread(fft(x)) = N max over w of sum over the filters h of |h(w)|^2 norm^2 spread(what reads x h)
 *
 * The sum is right for every way in which branches meet again: where two operands of one node change, norms are taken for both at once (a sum of two counts
 * twice). Moduli, real parts, rectifiers and cuts are contractions; subsampling a spectrum by k divides energies by k at least, which the shorter inverse
 * transform gives back. A node without a bound ends the way: what it reads counts as a result. */
#include "analyse/frame.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct Sweep {
    Frame *frame;
    Arena *arena;
    bool *varies;   /* nodes that depend on an input */
    double *spread; /* by node */
} Sweep;

/* The largest square of a constant's entries. */
static double largest_square(const ConstantInfo *constant)
{
    double most = 0;
    int64_t parts = constant->type.element == ELEMENT_COMPLEX ? 2 : 1;
    for (int64_t i = 0; i < type_elements(&constant->type); i++) {
        double re = constant->data[parts * i], im = parts == 2 ? constant->data[2 * i + 1] : 0;
        most = fmax(most, re * re + im * im);
    }
    return most;
}

/* How often an entry of an operand stands in a result by broadcasting, at most. */
static double copies(const Type *result, const Type *operand)
{
    return (double)type_elements(result) / (double)type_elements(operand);
}

/* Products and quotients with a constant; sums. */
static double binary_norm(const Frame *frame, const Node *node, int operand)
{
    const Graph *graph = frame->graph;
    const ConstantInfo *constant = frame->known[node->operands[1 - operand].node];
    double times = copies(&node->types[0], graph_type(graph, node->operands[operand]));
    if (node->op == OP_ADD || node->op == OP_SUBTRACT)
        return constant ? times : 2 * times;
    if (node->op == OP_MAXIMUM || node->op == OP_MINIMUM)
        return times;
    if (!constant || (node->op == OP_DIVIDE && operand == 1))
        return -1;
    if (node->op == OP_MULTIPLY)
        return times * largest_square(constant);
    double least = INFINITY;
    for (int64_t i = 0; i < type_elements(&constant->type); i++)
        least = fmin(least, constant->data[i] * constant->data[i]);
    return constant->type.element != ELEMENT_COMPLEX && least > 0 ? times / least : -1;
}

/* Where sample i - before of an axis of n comes from. */
static int64_t padded_source(const char *mode, int64_t i, int64_t n)
{
    if (i >= 0 && i < n)
        return i;
    if (strcmp(mode, "reflect") == 0) {
        int64_t period = n > 1 ? 2 * (n - 1) : 1, place = (i % period + period) % period;
        return place < n ? place : period - place;
    }
    if (strcmp(mode, "replicate") == 0)
        return i < 0 ? 0 : n - 1;
    return strcmp(mode, "periodic") == 0 ? (i % n + n) % n : -1;
}

/* The largest number of copies that padding makes of one entry: along each axis, and their product. */
static double pad_norm(const OpUse *use, Arena *arena)
{
    int64_t count;
    const int64_t *amounts = use_list(use, "amounts", &count);
    const char *mode = use_name(use, "mode");
    const Type *type = &use->operand[0];
    double product = 1;
    for (int64_t axis = 0; axis < count / 2; axis++) {
        int64_t n = type->size[type->rank - count / 2 + axis], most = 1;
        int64_t *seen = arena_zero(arena, (size_t)n, sizeof *seen);
        for (int64_t i = -amounts[2 * axis]; i < n + amounts[2 * axis + 1]; i++) {
            int64_t source = padded_source(mode, i, n);
            if (source >= 0 && ++seen[source] > most)
                most = seen[source];
        }
        product *= (double)most;
    }
    return product;
}

/* Numbers that a transform goes over. */
static double transformed(const OpUse *use)
{
    const Type *type = &use->operand[0];
    double n = (double)type->size[type->rank - 1];
    return use_integer(use, "axes") == 2 ? n * (double)type->size[type->rank - 2] : n;
}

/* Operations whose norm is a matter of sizes. */
static double sized_norm(const Graph *graph, const Node *node, Arena *arena)
{
    OpUse made = graph_use(graph, node, arena), *use = &made;
    double larger = (double)type_elements(&use->operand[0]) / (double)type_elements(&use->result);
    switch (use->info->op) {
    case OP_FFT:
        return transformed(use);
    case OP_IFFT:
        return 1 / transformed(use);
    case OP_PERIODIZE:
    case OP_REDUCE_MEAN:
    case OP_BROADCAST:
        return 1 / larger;
    case OP_REDUCE_SUM:
        return larger;
    default:
        return pad_norm(use, arena);
    }
}

/* The squared norm of an operation as a map of one operand: |f(a) - f(b)|^2 <= norm |a - b|^2. -1: none is known. */
static double norm_of(const Frame *frame, const Node *node, int operand, Arena *arena)
{
    const Graph *graph = frame->graph;
    switch (node->op) {
    case OP_NEGATE:
    case OP_ABS:
    case OP_SIN:
    case OP_TANH:
    case OP_RELU:
    case OP_REAL:
    case OP_IMAG:
    case OP_CONJ:
    case OP_MODULUS:
    case OP_RESHAPE:
    case OP_PERMUTE:
    case OP_SLICE:
    case OP_CONCATENATE:
        return 1;
    case OP_COMPLEX:
        return copies(&node->types[0], graph_type(graph, node->operands[operand]));
    case OP_LOGISTIC:
        return 1.0 / 16;
    case OP_ADD:
    case OP_SUBTRACT:
    case OP_MULTIPLY:
    case OP_DIVIDE:
    case OP_MAXIMUM:
    case OP_MINIMUM:
        return binary_norm(frame, node, operand);
    case OP_FFT:
    case OP_IFFT:
    case OP_PERIODIZE:
    case OP_BROADCAST:
    case OP_REDUCE_SUM:
    case OP_REDUCE_MEAN:
    case OP_PAD:
        return sized_norm(graph, node, arena);
    default:
        return -1;
    }
}

/* ---- The sweep ---- */

static void find_varying(Sweep *sweep)
{
    const Graph *graph = sweep->frame->graph;
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        sweep->varies[i] = node->op == OP_INPUT;
        for (int32_t k = 0; k < node->operand_count; k++)
            sweep->varies[i] = sweep->varies[i] || sweep->varies[node->operands[k].node];
    }
}

/* A way that ends at a node without a bound. */
static void end_way(Sweep *sweep, int32_t obstacle)
{
    FrameSpread *spread = &sweep->frame->spread;
    if (spread->obstacle < 0 || obstacle < spread->obstacle)
        spread->obstacle = obstacle;
}

/* What a node passes on to its operands. */
static void pass_on(Sweep *sweep, int32_t index)
{
    const Graph *graph = sweep->frame->graph;
    const Node *node = &graph->nodes[index];
    for (int32_t k = 0; k < node->operand_count; k++) {
        int32_t operand = node->operands[k].node;
        if (!sweep->varies[operand] || sweep->frame->filtered[operand])
            continue; /* of a filtered value, the spectrum sees to it */
        double norm = norm_of(sweep->frame, node, k, sweep->arena);
        if (norm < 0)
            end_way(sweep, index);
        sweep->spread[operand] += norm < 0 ? 1 : norm * sweep->spread[index];
    }
}

/* What reads a filter's product passes on to it. */
static double filter_gain(Sweep *sweep, const FrameFilter *filter)
{
    if (filter->user < 0)
        return 1;
    const Graph *graph = sweep->frame->graph;
    const Node *user = &graph->nodes[filter->user];
    for (int32_t k = 0; k < user->operand_count; k++) {
        if (!sweep->frame->filtered[user->operands[k].node])
            continue;
        double norm = norm_of(sweep->frame, user, k, sweep->arena);
        if (norm < 0)
            end_way(sweep, filter->user);
        return norm < 0 ? 1 : norm * sweep->spread[filter->user];
    }
    return 0;
}

/* The spectrum of a bank: the largest weighted sum over its frequencies and signals. */
static void pass_bank(Sweep *sweep, FrameBank *bank)
{
    double *gain = arena_take(sweep->arena, (size_t)bank->filter_count * sizeof *gain);
    double *sum = arena_take(sweep->arena, (size_t)(bank->size[0] * bank->size[1]) * sizeof *sum);
    double most = 0;
    for (int64_t i = 0; i < bank->filter_count; i++)
        gain[i] = filter_gain(sweep, &bank->filters[i]);
    for (int64_t signal = 0; signal < frame_signals_apart(bank); signal++) {
        frame_weighted_sum(bank, signal, gain, sum);
        for (int64_t i = 0; i < bank->size[0] * bank->size[1]; i++)
            most = fmax(most, sum[i]);
    }
    sweep->spread[bank->spectrum] += most * (1 + ((double)bank->filter_count + 8) * DBL_EPSILON);
}

static void go_back(Sweep *sweep)
{
    const Graph *graph = sweep->frame->graph;
    for (int64_t i = graph->node_count - 1; i >= 0; i--) {
        if (!sweep->varies[i] || sweep->frame->filtered[i])
            continue;
        int64_t bank = sweep->frame->bank_of[i];
        if (bank >= 0 && sweep->frame->banks[bank].spectrum == i)
            pass_bank(sweep, &sweep->frame->banks[bank]);
        pass_on(sweep, (int32_t)i);
    }
}

/* Whether every way from the inputs to a node has a bound: products of a bank have when its spectrum has. */
static bool *find_clean(Sweep *sweep)
{
    const Graph *graph = sweep->frame->graph;
    bool *clean = arena_zero(sweep->arena, (size_t)graph->node_count, sizeof *clean);
    for (int64_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        clean[i] = true;
        for (int32_t k = 0; k < node->operand_count && sweep->varies[i]; k++) {
            int32_t operand = node->operands[k].node;
            bool bounded = sweep->frame->filtered[i] || norm_of(sweep->frame, node, k, sweep->arena) >= 0;
            clean[i] = clean[i] && (!sweep->varies[operand] || (clean[operand] && bounded));
        }
    }
    return clean;
}

/* The largest of the inputs, or of the first banks' signals where something stands before them. */
static void conclude(Sweep *sweep)
{
    Frame *frame = sweep->frame;
    const Graph *graph = frame->graph;
    const bool *clean = find_clean(sweep);
    FrameSpread *spread = &frame->spread;
    spread->from_input = true;
    for (int64_t i = 0; i < frame->bank_count; i++)
        spread->from_input = spread->from_input && (frame->banks[i].parent >= 0 || clean[frame->banks[i].spectrum]);
    for (int64_t i = 0; i < graph->node_count; i++)
        if (spread->from_input && graph->nodes[i].op == OP_INPUT)
            spread->squared = fmax(spread->squared, sweep->spread[i]);
    for (int64_t i = 0; i < frame->bank_count; i++)
        if (!spread->from_input && frame->banks[i].parent < 0)
            spread->squared = fmax(spread->squared, sweep->spread[frame->banks[i].signal]);
    spread->squared *= 1 + (double)graph->node_count * DBL_EPSILON;
}

void frame_spread(Frame *frame, Arena *arena)
{
    const Graph *graph = frame->graph;
    Sweep sweep = {.frame = frame, .arena = arena};
    sweep.varies = arena_zero(arena, (size_t)graph->node_count, sizeof *sweep.varies);
    sweep.spread = arena_zero(arena, (size_t)graph->node_count, sizeof *sweep.spread);
    frame->spread = (FrameSpread){.obstacle = -1};
    find_varying(&sweep);
    for (int64_t i = 0; i < graph->output_count; i++)
        if (!frame->filtered[graph->outputs[i].value.node])
            sweep.spread[graph->outputs[i].value.node] += 1;
    go_back(&sweep);
    conclude(&sweep);
}
