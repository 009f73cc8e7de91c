/* `a |> f`: a value on the left is given to f, a function on the left is composed with it. A pipe of the user's keeps the trail of shapes
 * that error messages show. */
#include "elaborate/elaborator.h"

static const char *step_name(const Ast *ast)
{
    if (ast->kind == AST_CALL)
        ast = ast->call.callee;
    if (ast->kind == AST_NAME)
        return ast->name.text;
    if (ast->kind == AST_FIELD)
        return ast->field.name.text;
    return "...";
}

TrailStep *trail_at(Trail *trail, int64_t index)
{
    return &trail->steps[index < TRAIL_HEAD ? index : TRAIL_HEAD + (index - TRAIL_HEAD) % TRAIL_TAIL];
}

static void trail_step(Trail *trail, const char *name, Object value)
{
    if (trail && value.kind != OBJECT_ERROR)
        *trail_at(trail, trail->count++) = (TrailStep){name, value};
}

/* Whether a pipe keeps a trail: those of the standard library do not, they show the user's pipe around them. */
static bool keeps_trail(const Elaborator *e, Object first, SourceSpan span)
{
    return !span_in_library(e, span) && object_is_input(first);
}

static Trail *trail_begin(Elaborator *e, Trail *trail, Object first)
{
    trail->count = 0;
    trail_step(trail, NULL, first);
    e->trail = trail;
    return trail;
}

/* Functions gathered for a composition; one composition within another is spliced in, so that long ones stay flat. */
typedef struct Parts {
    Object *items;
    int64_t count;
    int64_t capacity;
} Parts;

/* False after complaining: f |> f of f |> f of ... doubles each time. */
static bool add_part(Elaborator *e, Parts *parts, Object function, SourceSpan span)
{
    bool spliced = function.function->kind == FUNCTION_COMPOSITION;
    const Object *items = spliced ? function.function->composition.items : &function;
    int64_t count = spliced ? function.function->composition.count : 1;
    if (parts->count + count > LIST_LIMIT) {
        complain(e, 1012, span, "a composition has at most 1,000,000 layers");
        return false;
    }
    for (int64_t i = 0; i < count; i++) {
        parts->items = arena_grow(e->arena, parts->items, parts->count, &parts->capacity, sizeof *parts->items);
        parts->items[parts->count++] = items[i];
    }
    return true;
}

static Object composition(Elaborator *e, Parts parts, SourceSpan span)
{
    Function *function = function_make(e, FUNCTION_COMPOSITION, NULL, span);
    function->composition.items = parts.items;
    function->composition.count = parts.count;
    return object_function(function);
}

static Object not_a_step(Elaborator *e, Object left, Object step, const Ast *ast)
{
    Diagnostic *diagnostic = complain(e, 510, ast->span, "`|>` needs a layer on its right, got %s", describe(e, step));
    if (step.kind == OBJECT_TENSOR && ast->kind == AST_CALL)
        help(e, diagnostic, "the tensor on the left is given to the layer by `|>`; leave it out of the brackets");
    else if (step.kind == OBJECT_TENSOR && left.kind == OBJECT_FUNCTION)
        help(e, diagnostic, "the tensor stands on the left: `%s |> %s`", step_name(ast),
             left.function->name ? left.function->name : "f");
    else if (step.kind == OBJECT_TYPE)
        help(e, diagnostic, "what a net gives is declared before its `=`: `net f(...) -> %s(...) = ...`", step_name(ast));
    else if (step.kind == OBJECT_NUMBER && ast->kind == AST_CALL)
        help(e, diagnostic, "`%s` takes the tensor on the left only: write `|> %s`", step_name(ast), step_name(ast));
    return error_object;
}

/* One step: `parts` gathers while the left side is a function. */
static Object pipe_step(Elaborator *e, Object left, const Ast *ast, View view, Parts *parts)
{
    Object step = evaluate(e, ast, view);
    if (step.kind == OBJECT_ERROR || left.kind == OBJECT_ERROR)
        return error_object;
    if (step.kind != OBJECT_FUNCTION)
        return not_a_step(e, left, step, ast);
    step = complete_function(e, step, ast->span);
    if (step.kind != OBJECT_FUNCTION)
        return step.kind == OBJECT_ERROR ? step : not_a_step(e, left, step, ast);
    if (left.kind == OBJECT_FUNCTION)
        return add_part(e, parts, step, ast->span) ? left : error_object;
    return apply_function(e, step, &left, 1, ast->span);
}

Object evaluate_pipe(Elaborator *e, const Ast *ast, View view)
{
    const AstChain *chain = &ast->chain;
    Object left = complete_function(e, evaluate(e, chain->items[0], view), chain->items[0]->span);
    Parts parts = {0};
    if (left.kind == OBJECT_FUNCTION && !add_part(e, &parts, left, chain->items[0]->span))
        return error_object;
    Trail *outer = e->trail;
    Trail *trail = NULL;
    if (keeps_trail(e, left, ast->span))
        trail = trail_begin(e, arena_take(e->arena, sizeof *trail), left); /* it is kept as the last one */
    for (int64_t i = 1; i < chain->count && !e->stopped; i++) {
        left = pipe_step(e, left, chain->items[i], view, &parts);
        trail_step(trail, step_name(chain->items[i]), left);
    }
    if (trail)
        e->last_trail = trail;
    e->trail = outer;
    return left.kind == OBJECT_FUNCTION ? composition(e, parts, ast->span) : left;
}

Object apply_composition(Elaborator *e, const Function *function, const Object *inputs, int64_t count, SourceSpan span)
{
    const Object *items = function->composition.items;
    Trail *outer = e->trail;
    Trail own;
    Trail *trail = count == 1 && keeps_trail(e, inputs[0], function->span) ? trail_begin(e, &own, inputs[0]) : NULL;
    Object value = apply_function(e, items[0], inputs, count, span);
    for (int64_t i = 0; i < function->composition.count && value.kind != OBJECT_ERROR; i++) {
        if (i > 0)
            value = apply_function(e, items[i], &value, 1, span);
        const char *name = items[i].function->name;
        trail_step(trail, name ? name : "...", value);
    }
    e->trail = outer;
    return value;
}
