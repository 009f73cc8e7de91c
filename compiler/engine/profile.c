/* Times of steps: counting, and the table that `strata run --profile` shows; see profile.h. */
#include "engine/profile.h"

#include "engine/interpreter/interpreter.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct Profile {
    const Program *program;
    int64_t passes;
    double *seconds; /* of each step of the list `run` */
    int64_t *calls;
};

Profile *profile_make(const Program *program, StrataError *error)
{
    const StrataAllocator *allocator = &program->allocator;
    size_t count = (size_t)program->plan->run.count;
    error_clear(error);
    Profile *profile = allocator_take_zero(allocator, 1, sizeof *profile);
    if (!profile) {
        error_memory(error, sizeof *profile);
        return NULL;
    }
    profile->program = program;
    profile->seconds = allocator_take_zero(allocator, count + 1, sizeof *profile->seconds);
    profile->calls = allocator_take_zero(allocator, count + 1, sizeof *profile->calls);
    if (profile->seconds && profile->calls)
        return profile;
    profile_release(profile);
    error_memory(error, (count + 1) * (sizeof *profile->seconds + sizeof *profile->calls));
    return NULL;
}

void profile_release(Profile *profile)
{
    if (!profile)
        return;
    const StrataAllocator *allocator = &profile->program->allocator;
    size_t count = (size_t)profile->program->plan->run.count;
    allocator_give(allocator, profile->seconds, count + 1, sizeof *profile->seconds);
    allocator_give(allocator, profile->calls, count + 1, sizeof *profile->calls);
    allocator_give(allocator, profile, 1, sizeof *profile);
}

const Program *profile_program(const Profile *profile)
{
    return profile->program;
}

double profile_clock(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void profile_pass(Profile *profile)
{
    profile->passes++;
}

void profile_add(Profile *profile, int64_t position, double seconds)
{
    profile->seconds[position] += seconds;
    profile->calls[position]++;
}

/* A line of one of the tables, to be sorted: a step, or all steps of one kernel. */
typedef struct Line {
    const char *name;
    double seconds;
    int64_t calls;
    int64_t position;
} Line;

static int longest_first(const void *a, const void *b)
{
    const Line *left = a;
    const Line *right = b;
    if (left->seconds != right->seconds)
        return left->seconds < right->seconds ? 1 : -1;
    return (left->position > right->position) - (left->position < right->position);
}

static const char *step_name(const Step *step)
{
    switch (step->kind) {
    case STEP_KERNEL:
        return step->kernel->name;
    case STEP_LOAD:
        return "load";
    case STEP_STORE:
    case STEP_NEXT_STATE:
        return "store";
    case STEP_OBJECTIVE:
        return "objective";
    default:
        return "loop";
    }
}

/* The steps that were called; how many goes to `count`. */
static Line *collect_steps(const Profile *profile, Arena *arena, int64_t *count)
{
    const StepList *list = &profile->program->plan->run;
    Line *lines = arena_zero(arena, (size_t)list->count + 1, sizeof *lines);
    *count = 0;
    for (int64_t p = 0; p < list->count; p++)
        if (profile->calls[p] > 0)
            lines[(*count)++] = (Line){step_name(&list->items[p]), profile->seconds[p], profile->calls[p], p};
    return lines;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const Line *)a)->name, ((const Line *)b)->name);
}

/* Adds up the lines with equal names, in place; how many are left goes to `count`. */
static void join_names(Line *lines, int64_t *count)
{
    int64_t joined = 0;
    qsort(lines, (size_t)*count, sizeof *lines, by_name);
    for (int64_t i = 0; i < *count; i++) {
        if (joined > 0 && strcmp(lines[joined - 1].name, lines[i].name) == 0) {
            lines[joined - 1].seconds += lines[i].seconds;
            lines[joined - 1].calls += lines[i].calls;
        } else {
            lines[joined++] = lines[i];
        }
    }
    *count = joined;
}

static void print_numbers(const Line *line, double total, Text *out)
{
    double share = total > 0 ? 100 * line->seconds / total : 0;
    text_printf(out, "%5.1f %% %12.4f ms %8" PRId64 "  ", share, 1000 * line->seconds / (double)line->calls, line->calls);
}

static void print_step(const Plan *plan, const Line *line, Text *out)
{
    const Step *step = &plan->run.items[line->position];
    text_printf(out, "%" PRId64 " %s", line->position, line->name);
    for (int32_t k = 0; k < step->operand_count; k++) {
        text_add(out, k == 0 ? " (" : ", ");
        type_print(&plan->values[step->operands[k]].type, out);
    }
    text_add(out, step->operand_count > 0 ? ")" : "");
    if (step->result >= 0) {
        text_add(out, " -> ");
        type_print(&plan->values[step->result].type, out);
    }
    if (step->origin[0])
        text_printf(out, "   # %s", step->origin);
    text_add_character(out, '\n');
}

void profile_print(const Profile *profile, Text *out)
{
    const Plan *plan = profile->program->plan;
    int64_t count;
    Line *lines = collect_steps(profile, out->arena, &count);
    double total = 0;
    for (int64_t i = 0; i < count; i++)
        total += lines[i].seconds;
    double each = profile->passes > 0 ? 1000 * total / (double)profile->passes : 0;
    text_printf(out, "profile of %s: %" PRId64 " passes of %.4f ms\n\n", plan->name, profile->passes, each);
    text_add(out, "  share      each call    calls  step\n");
    qsort(lines, (size_t)count, sizeof *lines, longest_first);
    for (int64_t i = 0; i < count; i++) {
        print_numbers(&lines[i], total, out);
        print_step(plan, &lines[i], out);
    }
    text_add(out, "\n  share      each call    calls  kernel\n");
    join_names(lines, &count);
    qsort(lines, (size_t)count, sizeof *lines, longest_first);
    for (int64_t i = 0; i < count; i++) {
        print_numbers(&lines[i], total, out);
        text_printf(out, "%s\n", lines[i].name);
    }
}
