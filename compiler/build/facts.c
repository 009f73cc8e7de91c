/* Gathering what is known of a model; see facts.h. */
#include "build/facts.h"

static BuiltKind kind_of(const ProgramValue *value, bool input)
{
    if (input && value->kind == INPUT_BYTES)
        return BUILT_BYTES;
    if (input && value->kind == INPUT_INTEGERS)
        return BUILT_INTEGER;
    switch (value->type.element) {
    case ELEMENT_COMPLEX:
        return BUILT_COMPLEX;
    case ELEMENT_INTEGER:
        return BUILT_INTEGER;
    case ELEMENT_BOOLEAN:
        return BUILT_BOOLEAN;
    case ELEMENT_REAL:
        break;
    }
    return BUILT_REAL;
}

static const char *type_of(BuiltKind kind, Precision precision)
{
    switch (kind) {
    case BUILT_INTEGER:
        return "int64_t";
    case BUILT_BOOLEAN:
    case BUILT_BYTES:
        return "unsigned char";
    case BUILT_REAL:
    case BUILT_COMPLEX:
        break;
    }
    return precision == PRECISION_DOUBLE ? "double" : "float";
}

static int64_t number_size(BuiltKind kind, Precision precision)
{
    switch (kind) {
    case BUILT_INTEGER:
        return sizeof(int64_t);
    case BUILT_BOOLEAN:
    case BUILT_BYTES:
        return 1;
    case BUILT_REAL:
    case BUILT_COMPLEX:
        break;
    }
    return (int64_t)precision_size(precision);
}

static Port make_port(const Facts *facts, const ProgramValue *value, bool input)
{
    Precision precision = facts->plan->precision;
    BuiltKind kind = kind_of(value, input);
    return (Port){
        .value = value,
        .kind = kind,
        .type = type_of(kind, precision),
        .number_size = number_size(kind, precision),
        .size = type_reals(&value->type),
    };
}

static void name_port(const Facts *facts, Port *port, const Port *before, int64_t count, const Port *others, int64_t other_count)
{
    port->parameter = name_parameter(facts->arena, port->value->name, before, count, others, other_count);
    port->macro = arena_printf(facts->arena, "%s_%s", facts->macro, name_macro(facts->arena, port->parameter));
}

static void collect_ports(Facts *facts)
{
    const Plan *plan = facts->plan;
    facts->input_count = plan->input_count;
    facts->output_count = plan->output_count;
    facts->inputs = arena_zero(facts->arena, (size_t)plan->input_count + 1, sizeof *facts->inputs);
    facts->outputs = arena_zero(facts->arena, (size_t)plan->output_count + 1, sizeof *facts->outputs);
    for (int64_t i = 0; i < plan->input_count; i++) {
        facts->inputs[i] = make_port(facts, &plan->inputs[i], true);
        name_port(facts, &facts->inputs[i], facts->inputs, i, NULL, 0);
    }
    for (int64_t i = 0; i < plan->output_count; i++) {
        facts->outputs[i] = make_port(facts, &plan->outputs[i], false);
        name_port(facts, &facts->outputs[i], facts->outputs, i, facts->inputs, plan->input_count);
    }
}

/* Room behind the arena of a tile, as built/run.c cuts it: places of all ports, then those that are converted. */
static int64_t staged_bytes(const Facts *facts, int64_t samples)
{
    size_t bytes = size_aligned((size_t)(facts->input_count + facts->output_count) * sizeof(void *));
    for (int side = 0; side < 2; side++) {
        const Port *ports = side == 0 ? facts->inputs : facts->outputs;
        int64_t count = side == 0 ? facts->input_count : facts->output_count;
        for (int64_t i = 0; i < count; i++) {
            if (ports[i].kind == BUILT_REAL || ports[i].kind == BUILT_COMPLEX)
                continue;
            size_t reals = size_multiply((size_t)ports[i].size, ports[i].value->type.batched ? (size_t)samples : 1);
            bytes = size_add(bytes, size_aligned(size_multiply(reals, precision_size(facts->plan->precision))));
        }
    }
    return (int64_t)bytes;
}

void facts_collect(Facts *facts, Arena *arena, const Plan *plan, const BuildOptions *options)
{
    *facts = (Facts){
        .arena = arena,
        .plan = plan,
        .name = options->name,
        .macro = name_macro(arena, options->name),
        .weights_file = options->weights_file,
        .cpu = options->cpu,
        .forms = options->forms,
        .work_one = (int64_t)plan->run.peak[plan->first_layout],
        .work_tile = (int64_t)plan->run.peak[LAYOUT_TILE],
    };
    if (facts->work_tile < facts->work_one)
        facts->work_tile = facts->work_one;
    collect_ports(facts);
    facts->staged_one = staged_bytes(facts, 1);
    facts->staged_tile = staged_bytes(facts, plan->tile);
}
