/* Surveys of Graphs; see survey.h. */
#include "transform/survey.h"

static void count_reader(Survey *survey, Value value)
{
    if (value.node >= 0)
        survey->readers[value.node]++;
}

static void count_results(Survey *survey, const Graph *graph, const TransformOptions *options)
{
    for (int64_t i = 0; i < graph->output_count; i++)
        count_reader(survey, graph->outputs[i].value);
    for (int64_t i = 0; i < graph->penalty_count; i++)
        count_reader(survey, graph->penalties[i]);
    for (int64_t i = 0; i < graph->weight_count; i++)
        count_reader(survey, graph->weights[i].initial);
    for (int64_t i = 0; i < graph->state_count; i++) {
        count_reader(survey, graph->states[i].initial);
        count_reader(survey, graph->states[i].next);
    }
    for (int64_t i = 0; options->keep_names && i < graph->name_count; i++)
        count_reader(survey, graph->names[i].value);
    count_reader(survey, graph->objective);
}

/* What is batched exists in a run alone, even where every sample has the same. */
static bool is_fixed(const Survey *survey, const Node *node)
{
    switch (node->op) {
    case OP_WEIGHT:
    case OP_STATE:
    case OP_CONSTANT:
        return true;
    case OP_INPUT:
    case OP_SEED:
    case OP_STEP:
    case OP_RATE:
    case OP_SCAN:
        return false;
    default:
        break;
    }
    bool fixed = !op_info(node->op)->random && !node->types[0].batched;
    for (int32_t k = 0; k < node->operand_count; k++)
        fixed &= survey->fixed[node->operands[k].node];
    return fixed;
}

Survey survey_make(Arena *arena, const Graph *graph, const TransformOptions *options)
{
    size_t count = (size_t)graph->node_count;
    Survey survey = {
        .readers = arena_zero(arena, count, sizeof *survey.readers),
        .reader = arena_take(arena, count * sizeof *survey.reader),
        .fixed = arena_zero(arena, count, sizeof *survey.fixed),
    };
    for (int32_t i = 0; i < graph->node_count; i++) {
        const Node *node = &graph->nodes[i];
        survey.reader[i] = -1;
        survey.fixed[i] = is_fixed(&survey, node);
        for (int32_t k = 0; k < node->operand_count; k++) {
            count_reader(&survey, node->operands[k]);
            survey.reader[node->operands[k].node] = i;
        }
    }
    count_results(&survey, graph, options);
    return survey;
}
