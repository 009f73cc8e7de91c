/* Random tensors: uniform and normal.
 *
 * Without an operand: one tensor of the given shape, not batched. With one, `like`: its shape and batch, each sample drawn for itself, or with
 * per_sample = false the same draw for every sample. Entries are independent, and pure functions of seed, step, place, sample, iteration
 * and entry (runtime/random); so they depend neither on the order of computation nor on how a batch is cut. `place` is the key of
 * the place in the program: the path of the call, or the full name of a weight that starts with these numbers. `seed` from 0 on
 * stands instead of the seed of the run. */
#include "ops/gradient_rules.h"
#include "ops/rule.h"

#include "base/map.h"
#include "random/random.h"

#include <math.h>
#include <string.h>

static const AttributeInfo uniform_attributes[] = {
    {"shape", ATTRIBUTE_LIST, "[]", NULL},
    {"low", ATTRIBUTE_REAL, "0", NULL},
    {"high", ATTRIBUTE_REAL, "1", NULL},
    {"seed", ATTRIBUTE_INTEGER, "-1", NULL},
    {"per_sample", ATTRIBUTE_BOOLEAN, "true", NULL},
    {"place", ATTRIBUTE_NAME, "", NULL},
    {0},
};

static const AttributeInfo normal_attributes[] = {
    {"shape", ATTRIBUTE_LIST, "[]", NULL},
    {"mean", ATTRIBUTE_REAL, "0", NULL},
    {"deviation", ATTRIBUTE_REAL, "1", NULL},
    {"seed", ATTRIBUTE_INTEGER, "-1", NULL},
    {"per_sample", ATTRIBUTE_BOOLEAN, "true", NULL},
    {"place", ATTRIBUTE_NAME, "", NULL},
    {0},
};

/* The shape that is written, for an operation without an operand. */
static bool written_shape(OpUse *use)
{
    int64_t count;
    const int64_t *size = use_list(use, "shape", &count);
    if (count > MAX_RANK)
        return use_fail(use, 649, "a tensor has at most %d dimensions, got %lld", MAX_RANK, (long long)count);
    use->result.rank = (int)count;
    for (int i = 0; i < count; i++) {
        if (size[i] < 1)
            return use_fail(use, 641, "%s is not a shape: every size must be at least 1", rule_list_text(use, size, count));
        use->result.size[i] = size[i];
    }
    return rule_elements(use);
}

/* The shape of `like`, which completes the attribute. */
static bool random_shape(OpUse *use)
{
    use->result = (Type){.element = ELEMENT_REAL};
    if (use->operand_count == 0)
        return written_shape(use);
    if (use->operand_count > 1)
        return use_fail(use, 402, "%s takes one tensor to be like, got %d", use->info->name, use->operand_count);
    int64_t count;
    use_list(use, "shape", &count);
    const Type *like = &use->operand[0];
    if (count > 0 &&
        !(count == like->rank && memcmp(use_list(use, "shape", &count), like->size, (size_t)count * sizeof(int64_t)) == 0)) {
        use_fail(use, 402, "%s takes a shape or a tensor to be like, got both", use->info->name);
        return use_help(use, "leave the shape out: it is that of the tensor");
    }
    use_set_list(use, "shape", like->size, like->rank);
    use->result = *like;
    use->result.element = ELEMENT_REAL;
    return true;
}

static bool uniform_shape(OpUse *use)
{
    double low = use_real(use, "low");
    double high = use_real(use, "high");
    if (!(low <= high) || !isfinite(high - low)) {
        use_fail(use, 677, "uniform draws between low and high, got low = %g and high = %g", low, high);
        return use_help(use, "low is the smaller one");
    }
    return random_shape(use);
}

static bool normal_shape(OpUse *use)
{
    double deviation = use_real(use, "deviation");
    if (!(deviation >= 0) || !isfinite(deviation) || !isfinite(use_real(use, "mean")))
        return use_fail(use, 677, "normal takes a finite mean and a deviation of at least 0, got %g and %g", use_real(use, "mean"),
                        deviation);
    return random_shape(use);
}

static uint64_t place_key(const OpUse *use)
{
    const char *place = use_name(use, "place");
    return hash_bytes(place, strlen(place));
}

/* The numbers' stream for a sample. */
static RandomStream stream_at(const OpUse *use, const EvaluationPoint *point)
{
    int64_t seed = use_integer(use, "seed");
    bool apart = use->result.batched && use_boolean(use, "per_sample");
    return random_stream(seed >= 0 ? (uint64_t)seed : point->seed, place_key(use), point->step, point->iteration,
                         apart ? point->sample : 0);
}

static void uniform_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)operand;
    RandomStream stream = stream_at(use, point);
    double low = use_real(use, "low");
    double high = use_real(use, "high");
    for (int64_t i = 0; i < type_elements(&use->result); i++)
        result[i] = low + (high - low) * random_uniform(&stream, i);
}

static void normal_evaluate(const OpUse *use, const EvaluationPoint *point, const double *const *operand, double *result)
{
    (void)operand;
    RandomStream stream = stream_at(use, point);
    for (int64_t i = 0; i < type_elements(&use->result); i++)
        result[i] = use_real(use, "mean") + use_real(use, "deviation") * random_normal(&stream, i);
}

static void random_lower(const OpUse *use, KernelCall *call)
{
    call->kernel = use->info->name;
    call_integer(use, call, type_elements(&use->result));
    call_integer(use, call, use->result.batched);
    call_integer(use, call, use_boolean(use, "per_sample"));
    call_integer(use, call, use_integer(use, "seed"));
    call_integer(use, call, (int64_t)place_key(use));
}

static void uniform_lower(const OpUse *use, KernelCall *call)
{
    random_lower(use, call);
    call_real(use, call, use_real(use, "low"));
    call_real(use, call, use_real(use, "high"));
}

static void normal_lower(const OpUse *use, KernelCall *call)
{
    random_lower(use, call);
    call_real(use, call, use_real(use, "mean"));
    call_real(use, call, use_real(use, "deviation"));
}

/* About twenty multiplications and mixings for each number. */
static Cost random_cost(const OpUse *use)
{
    return (Cost){.operations = 20 * type_elements(&use->result)};
}

const OpInfo op_uniform = {
    .op = OP_UNIFORM,
    .name = "uniform",
    .summary = "random numbers, uniform in [low, high)",
    .operand_names = "like...",
    .operands = 0,
    .variadic = true,
    .random = true,
    .attributes = uniform_attributes,
    .shape = uniform_shape,
    .evaluate = uniform_evaluate,
    .cost = random_cost,
    .lower = uniform_lower,
    .gradient = gradient_none,
};

const OpInfo op_normal = {
    .op = OP_NORMAL,
    .name = "normal",
    .summary = "random numbers, normal with a mean and a deviation",
    .operand_names = "like...",
    .operands = 0,
    .variadic = true,
    .random = true,
    .attributes = normal_attributes,
    .shape = normal_shape,
    .evaluate = normal_evaluate,
    .cost = random_cost,
    .lower = normal_lower,
    .gradient = gradient_none,
};
