/* From the tensors of a file to the weights of a net: pairs, equal names, order; and every mistake said at once. */
#include "api/match.h"

#include "base/map.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum {
    E_WEIGHT_MISSING = 720,
    E_WEIGHT_LEFT_OVER = 721,
    E_WEIGHT_SHAPE = 722,
    E_WEIGHT_NOT_FINITE = 723,
    E_WEIGHT_KIND = 724,
    E_MAP_UNKNOWN = 725,   /* a map names a weight that the net lacks, or a tensor that the file lacks */
    E_MAP_TWICE = 726,     /* a map uses one name twice */
    E_ORDER_DIFFERS = 727, /* pairing by order does not work out */
    E_ORDER_USED = 728,    /* a warning: what was paired by order */
};

/* Comparing every missing name with every name of the file is for small files. */
enum { HINT_LIMIT = 100000 };

/* A weight or a state that the net wants, and the tensor chosen for it. */
typedef struct Wanted {
    const char *name;
    const Type *type;
    StrataTensor *tensor; /* of the file; null so far */
    int64_t source;       /* its index in the file */
} Wanted;

/* The work of fitting: everything lies in the arena, so that a failed allocation leaks nothing. */
typedef struct Fit {
    Arena *arena;
    const Graph *graph;
    const StrataTensorSet *set;
    const char *file; /* how messages call the set */
    const StrataWeightsOptions *options;
    StrataDiagnostics *diagnostics;
    Wanted *wanted;
    int64_t wanted_count;
    bool *used; /* of each tensor of the file */
    int64_t available;
    bool failed;
} Fit;

static void complain(Fit *fit, int code, const char *message, Text *details)
{
    diagnostics_detail(fit->diagnostics, STRATA_ERROR, code, message, details ? text_string(details) : NULL);
    fit->failed = true;
}

static const char *plural(int64_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

static void add_shape(Text *text, const StrataTensor *tensor)
{
    int rank = strata_tensor_rank(tensor);
    if (rank == 0)
        text_add(text, "a number");
    for (int axis = 0; axis < rank; axis++)
        text_printf(text, "%s%" PRId64, axis ? "x" : "", strata_tensor_size(tensor, axis));
}

static void list_wanted(Fit *fit)
{
    const Graph *graph = fit->graph;
    fit->wanted = arena_zero(fit->arena, (size_t)(graph->weight_count + graph->state_count), sizeof *fit->wanted);
    for (int64_t i = 0; i < graph->weight_count; i++)
        fit->wanted[fit->wanted_count++] = (Wanted){.name = graph->weights[i].name, .type = &graph->weights[i].type};
    for (int64_t i = 0; i < graph->state_count; i++)
        fit->wanted[fit->wanted_count++] = (Wanted){.name = graph->states[i].name, .type = &graph->states[i].type};
    fit->available = strata_tensor_set_count(fit->set);
    fit->used = arena_zero(fit->arena, (size_t)fit->available, sizeof *fit->used);
}

/* ---- Finding names ---- */

typedef struct Names {
    Map wanted;    /* name to Wanted */
    Map available; /* name to an entry of `used` */
} Names;

static Names index_names(const Fit *fit)
{
    Names names = {.wanted = map_make(fit->arena), .available = map_make(fit->arena)};
    for (int64_t i = 0; i < fit->wanted_count; i++)
        map_set(&names.wanted, fit->wanted[i].name, &fit->wanted[i]);
    for (int64_t i = 0; i < fit->available; i++)
        map_set(&names.available, strata_tensor_set_name(fit->set, i), &fit->used[i]);
    return names;
}

static void choose(Fit *fit, Wanted *wanted, int64_t source)
{
    wanted->tensor = strata_tensor_set_tensor(fit->set, source);
    wanted->source = source;
    fit->used[source] = true;
}

/* The nearest of all keys of a map, for a hint. */
static const char *nearest_key(const Fit *fit, const Map *map, const char *name)
{
    const char **keys = arena_take(fit->arena, (size_t)(map->count + 1) * sizeof *keys);
    for (int64_t i = 0; i < map->count; i++)
        keys[i] = map->entries[i].key;
    return nearest_name(name, keys, map->count);
}

static void pair_unknown(Fit *fit, const StrataNamePair *pair, const char *where, const char *name, const Map *map)
{
    const char *nearest = nearest_key(fit, map, name);
    Text details = text_make(fit->arena);
    if (nearest)
        text_printf(&details, "  help: did you mean %s?\n", nearest);
    complain(fit, E_MAP_UNKNOWN,
             arena_printf(fit->arena, "the map says %s=%s, but %s has no %s", pair->weight, pair->foreign, where, name), &details);
}

static void apply_pairs(Fit *fit, const Names *names)
{
    for (int64_t i = 0; i < fit->options->pair_count; i++) {
        const StrataNamePair *pair = &fit->options->pairs[i];
        Wanted *wanted = map_get(&names->wanted, pair->weight);
        bool *used = map_get(&names->available, pair->foreign);
        if (!wanted)
            pair_unknown(fit, pair, fit->graph->name, pair->weight, &names->wanted);
        else if (!used)
            pair_unknown(fit, pair, fit->file, pair->foreign, &names->available);
        else if (wanted->tensor || *used)
            complain(fit, E_MAP_TWICE,
                     arena_printf(fit->arena, "the map uses %s twice", wanted->tensor ? pair->weight : pair->foreign), NULL);
        else
            choose(fit, wanted, used - fit->used);
    }
}

static void apply_equal_names(Fit *fit, const Names *names)
{
    for (int64_t i = 0; i < fit->wanted_count; i++) {
        bool *used = map_get(&names->available, fit->wanted[i].name);
        if (!fit->wanted[i].tensor && used && !*used)
            choose(fit, &fit->wanted[i], used - fit->used);
    }
}

/* ---- By order ---- */

static bool shape_agrees(const Type *type, const StrataTensor *tensor)
{
    if (strata_tensor_rank(tensor) != type->rank)
        return false;
    for (int axis = 0; axis < type->rank; axis++)
        if (strata_tensor_size(tensor, axis) != type->size[axis])
            return false;
    return true;
}

static int64_t next_unused(const Fit *fit, int64_t from)
{
    while (from < fit->available && fit->used[from])
        from++;
    return from;
}

static int64_t count_open(const Fit *fit)
{
    int64_t count = 0;
    for (int64_t i = 0; i < fit->wanted_count; i++)
        count += !fit->wanted[i].tensor;
    return count;
}

static int64_t count_unused(const Fit *fit)
{
    int64_t count = 0;
    for (int64_t i = 0; i < fit->available; i++)
        count += !fit->used[i];
    return count;
}

/* The first weight without a tensor whose partner in order has another shape; null when all agree. */
static const Wanted *first_disagreement(const Fit *fit, int64_t *source)
{
    int64_t at = 0;
    for (int64_t i = 0; i < fit->wanted_count; i++) {
        if (fit->wanted[i].tensor)
            continue;
        *source = at = next_unused(fit, at);
        if (!shape_agrees(fit->wanted[i].type, strata_tensor_set_tensor(fit->set, at)))
            return &fit->wanted[i];
        at++;
    }
    return NULL;
}

static void order_differs(Fit *fit, const Wanted *wanted, int64_t source)
{
    Text message = text_make(fit->arena);
    text_printf(&message, "by order, %s would be %s of %s, but it is ", wanted->name, strata_tensor_set_name(fit->set, source),
                fit->file);
    add_shape(&message, strata_tensor_set_tensor(fit->set, source));
    text_printf(&message, " and must be %s", type_name(fit->arena, wanted->type));
    complain(fit, E_ORDER_DIFFERS, text_string(&message), NULL);
}

/* Pairs what is left on both sides, when number and shapes agree, and says each pair. */
static void apply_order(Fit *fit)
{
    int64_t open = count_open(fit), unused = count_unused(fit), source = 0;
    if (open == 0)
        return;
    if (open != unused) {
        complain(fit, E_ORDER_DIFFERS,
                 arena_printf(fit->arena, "by order, %" PRId64 " weights are wanted and %" PRId64 " tensors are left in %s", open,
                              unused, fit->file),
                 NULL);
        return;
    }
    const Wanted *bad = first_disagreement(fit, &source);
    if (bad) {
        order_differs(fit, bad, source);
        return;
    }
    Text details = text_make(fit->arena);
    int64_t at = 0;
    for (int64_t i = 0; i < fit->wanted_count; i++) {
        if (fit->wanted[i].tensor)
            continue;
        at = next_unused(fit, at);
        choose(fit, &fit->wanted[i], at);
        text_printf(&details, "  %s=%s\n", fit->wanted[i].name, strata_tensor_set_name(fit->set, at));
    }
    diagnostics_detail(fit->diagnostics, STRATA_WARNING, E_ORDER_USED,
                       arena_printf(fit->arena, "%" PRId64 " %s of %s %s paired by order alone", open,
                                    plural(open, "weight", "weights"), fit->file, plural(open, "was", "were")),
                       text_string(&details));
}

/* ---- What is wrong with the tensors ---- */

static void report_missing(Fit *fit, const Names *names)
{
    int64_t count = count_open(fit);
    if (count == 0)
        return;
    Text details = text_make(fit->arena);
    for (int64_t i = 0; i < fit->wanted_count; i++) {
        const Wanted *wanted = &fit->wanted[i];
        if (wanted->tensor)
            continue;
        text_printf(&details, "  %s  %s", wanted->name, type_name(fit->arena, wanted->type));
        const char *nearest = count * fit->available <= HINT_LIMIT ? nearest_key(fit, &names->available, wanted->name) : NULL;
        if (nearest && !*(bool *)map_get(&names->available, nearest))
            text_printf(&details, "  (--map %s=%s ?)", wanted->name, nearest);
        text_add(&details, "\n");
    }
    complain(fit, E_WEIGHT_MISSING,
             arena_printf(fit->arena, "%" PRId64 " %s of %s %s missing in %s", count, plural(count, "weight", "weights"),
                          fit->graph->name, plural(count, "is", "are"), fit->file),
             &details);
}

static void report_left_over(Fit *fit)
{
    int64_t count = count_unused(fit);
    if (count == 0 || fit->options->ignore_left_over)
        return;
    Text details = text_make(fit->arena);
    for (int64_t i = 0; i < fit->available; i++) {
        if (fit->used[i])
            continue;
        text_printf(&details, "  %s  ", strata_tensor_set_name(fit->set, i));
        add_shape(&details, strata_tensor_set_tensor(fit->set, i));
        text_add(&details, "\n");
    }
    complain(fit, E_WEIGHT_LEFT_OVER,
             arena_printf(fit->arena, "%" PRId64 " %s of %s %s not wanted by %s", count, plural(count, "tensor", "tensors"),
                          fit->file, plural(count, "is", "are"), fit->graph->name),
             &details);
}

/* An entry that is infinite or not a number: its index, or -1. */
static int64_t find_not_finite(const StrataTensor *tensor)
{
    int64_t count = strata_tensor_elements(tensor);
    const void *data = strata_tensor_data_const(tensor);
    if (strata_tensor_kind(tensor) == STRATA_FLOAT32) {
        for (int64_t i = 0; i < count; i++)
            if (!isfinite(((const float *)data)[i]))
                return i;
    } else if (strata_tensor_kind(tensor) == STRATA_FLOAT64) {
        for (int64_t i = 0; i < count; i++)
            if (!isfinite(((const double *)data)[i]))
                return i;
    }
    return -1;
}

static bool is_complex(const StrataTensor *tensor)
{
    StrataKind kind = strata_tensor_kind(tensor);
    return kind == STRATA_COMPLEX64 || kind == STRATA_COMPLEX128;
}

/* One line of details for a tensor that has this fault, or none. */
static void shape_fault(const Fit *fit, const Wanted *wanted, Text *details)
{
    if (shape_agrees(wanted->type, wanted->tensor))
        return;
    text_printf(details, "  %s  must be %s, is ", wanted->name, type_name(fit->arena, wanted->type));
    add_shape(details, wanted->tensor);
    text_add(details, "\n");
}

static void finite_fault(const Fit *fit, const Wanted *wanted, Text *details)
{
    (void)fit;
    int64_t place = find_not_finite(wanted->tensor);
    if (place >= 0)
        text_printf(details, "  %s  entry %" PRId64 "\n", wanted->name, place);
}

static void kind_fault(const Fit *fit, const Wanted *wanted, Text *details)
{
    (void)fit;
    if (is_complex(wanted->tensor) != (wanted->type->element == ELEMENT_COMPLEX))
        text_printf(details, "  %s  is %s\n", wanted->name, strata_kind_name(strata_tensor_kind(wanted->tensor)));
}

/* All tensors with one kind of fault, as one error. */
static void report_fault(Fit *fit, int code, const char *message, void (*fault)(const Fit *, const Wanted *, Text *))
{
    Text details = text_make(fit->arena);
    for (int64_t i = 0; i < fit->wanted_count; i++)
        if (fit->wanted[i].tensor)
            fault(fit, &fit->wanted[i], &details);
    if (details.length > 0)
        complain(fit, code, arena_printf(fit->arena, message, fit->file), &details);
}

static void judge(Fit *fit)
{
    list_wanted(fit);
    Names names = index_names(fit);
    apply_pairs(fit, &names);
    apply_equal_names(fit, &names);
    if (fit->options->by_order)
        apply_order(fit);
    if (!(fit->failed && fit->options->by_order)) {
        report_missing(fit, &names);
        report_left_over(fit);
    }
    report_fault(fit, E_WEIGHT_SHAPE, "weights of %s have another shape than the net says", shape_fault);
    report_fault(fit, E_WEIGHT_KIND, "weights of %s have a kind of entries that does not fit", kind_fault);
    report_fault(fit, E_WEIGHT_NOT_FINITE, "weights of %s are not finite", finite_fault);
}

bool weights_match(Arena *arena, const WeightsRequest *request, StrataDiagnostics *diagnostics, WeightsMatch *result)
{
    Fit fit = {.arena = arena,
               .graph = request->graph,
               .set = request->set,
               .file = request->file,
               .options = request->options,
               .diagnostics = diagnostics};
    judge(&fit);
    *result = (WeightsMatch){.count = fit.wanted_count,
                             .names = arena_zero(arena, (size_t)fit.wanted_count, sizeof *result->names),
                             .tensors = arena_zero(arena, (size_t)fit.wanted_count, sizeof(StrataTensor *))};
    for (int64_t i = 0; i < fit.wanted_count; i++) {
        result->names[i] = fit.wanted[i].name;
        result->tensors[i] = fit.wanted[i].tensor;
    }
    return !fit.failed;
}
