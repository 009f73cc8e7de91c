/* Programs: making one from a Graph, and asking what it is; see program.h. Running is in interpreter/. */
#include "engine/calls.h"

#include <string.h>

/* Constants in the Program's precision, and the tables of its kernels. */
static bool fill_fixed(Program *program, StrataError *error)
{
    const Plan *plan = program->plan;
    program->fixed = allocator_take_aligned(&program->allocator, plan->constants);
    if (!program->fixed)
        return error_memory(error, plan->constants);
    for (int64_t i = 0; i < plan->constant_count; i++) {
        const PlanConstant *row = &plan->constant_rows[i];
        copy_reals(program->fixed + row->offset, plan->precision, row->data, PRECISION_DOUBLE, row->reals);
    }
    for (int64_t i = 0; i < plan->table_count; i++) {
        const PlanTable *row = &plan->tables[i];
        row->kernel->make_table(row->integers, plan->precision == PRECISION_DOUBLE, program->fixed + row->offset);
    }
    return true;
}

static bool build(Program *program, const Graph *graph, const ProgramOptions *options, StrataError *error)
{
    if (ARENA_TRY(&program->arena) != 0)
        return error_memory(error, program->arena.total);
    program->plan = plan_build(&program->arena, graph, options, error);
    program->arena.recovery = NULL;
    return program->plan && fill_fixed(program, error);
}

Program *program_make(const Graph *graph, const ProgramOptions *options, const StrataAllocator *allocator, StrataError *error)
{
    error_clear(error);
    Program *program = allocator_take_zero(allocator, 1, sizeof *program);
    if (!program) {
        error_memory(error, sizeof *program);
        return NULL;
    }
    program->allocator = *allocator;
    arena_init(&program->arena, allocator);
    if (build(program, graph, options, error))
        return program;
    program_release(program);
    return NULL;
}

void program_release(Program *program)
{
    if (!program)
        return;
    behind_end(program);
    StrataAllocator allocator = program->allocator;
    if (program->compiler)
        program->compiler->release(program->code);
    if (program->fixed)
        allocator_give_aligned(&allocator, program->fixed, program->plan->constants);
    arena_release(&program->arena);
    allocator_give(&allocator, program, 1, sizeof *program);
}

const Plan *program_plan(const Program *program)
{
    return program->plan;
}

const void *program_constants(const Program *program)
{
    return program->fixed;
}

int64_t program_input_count(const Program *program)
{
    return program->plan->input_count;
}

int64_t program_output_count(const Program *program)
{
    return program->plan->output_count;
}

int64_t program_weight_count(const Program *program)
{
    return program->plan->weight_count;
}

int64_t program_state_count(const Program *program)
{
    return program->plan->state_count;
}

const ProgramValue *program_input(const Program *program, int64_t index)
{
    return &program->plan->inputs[index];
}

const ProgramValue *program_output(const Program *program, int64_t index)
{
    return &program->plan->outputs[index];
}

const ProgramValue *program_weight(const Program *program, int64_t index)
{
    return &program->plan->weights[index];
}

const ProgramValue *program_state(const Program *program, int64_t index)
{
    return &program->plan->states[index];
}

Precision program_precision(const Program *program)
{
    return program->plan->precision;
}

bool program_has_objective(const Program *program)
{
    return program->plan->has_objective;
}

static size_t rows_size(const Plan *plan, const ProgramValue *rows, int64_t count)
{
    size_t bytes = 0;
    for (int64_t i = 0; i < count; i++)
        bytes += (size_t)type_reals(&rows[i].type) * precision_size(plan->precision);
    return bytes;
}

ProgramMemory program_memory(const Program *program)
{
    const Plan *plan = program->plan;
    return (ProgramMemory){
        .tile = plan->tile,
        .work = plan->run.peak[LAYOUT_TILE],
        .work_bound = plan->run.bound[LAYOUT_TILE],
        .work_one = plan->run.peak[plan->first_layout],
        .work_one_bound = plan->run.bound[plan->first_layout],
        .scratch = plan->run.scratch[LAYOUT_TILE],
        .weights = rows_size(plan, plan->weights, plan->weight_count),
        .states = rows_size(plan, plan->states, plan->state_count),
        .prepared = plan->prepared,
        .constants = plan->constants,
    };
}

void program_print_plan(const Program *program, Text *out)
{
    plan_print(program->plan, out);
}
