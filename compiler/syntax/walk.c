/* The one walk over the kinds of AST: what each consists of, for those who look for something in all of it. */
#include "syntax/walk.h"

typedef struct Walk {
    AstVisitor *each;
    void *context;
} Walk;

static void visit(const Walk *walk, const Ast *child)
{
    if (child)
        walk->each(walk->context, child);
}

static void visit_all(const Walk *walk, Ast *const *items, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        visit(walk, items[i]);
}

static void visit_arguments(const Walk *walk, const AstArguments *arguments)
{
    for (int64_t i = 0; i < arguments->count; i++)
        visit(walk, arguments->items[i].value);
}

static void visit_comprehension(const Walk *walk, const Ast *ast)
{
    for (int64_t i = 0; i < ast->comprehension.count; i++) {
        visit(walk, ast->comprehension.clauses[i].source);
        visit(walk, ast->comprehension.clauses[i].condition);
    }
    visit(walk, ast->comprehension.value);
}

static void visit_definition(const Walk *walk, const Ast *ast)
{
    for (int64_t i = 0; i < ast->definition.count; i++) {
        visit(walk, ast->definition.parameters[i].type);
        visit(walk, ast->definition.parameters[i].value);
    }
    visit(walk, ast->definition.result);
    visit(walk, ast->definition.value);
}

void ast_each_child(const Ast *ast, AstVisitor *each, void *context)
{
    const Walk walk = {each, context};
    switch (ast->kind) {
    case AST_LIST:
    case AST_ASSERT:
        visit_all(&walk, ast->list.items, ast->list.count);
        break;
    case AST_COMPREHENSION:
        visit_comprehension(&walk, ast);
        break;
    case AST_RECORD:
        visit_arguments(&walk, &ast->record);
        break;
    case AST_BLOCK:
        visit_all(&walk, ast->block.statements.items, ast->block.statements.count);
        visit(&walk, ast->block.value);
        break;
    case AST_FUNCTION:
        visit(&walk, ast->function.body);
        break;
    case AST_IF:
        visit(&walk, ast->branch.condition);
        visit(&walk, ast->branch.then);
        visit(&walk, ast->branch.otherwise);
        break;
    case AST_PIPE:
    case AST_OR:
    case AST_AND:
    case AST_SUM:
    case AST_PRODUCT:
    case AST_COMPARE:
    case AST_RANGE:
    case AST_POWER:
    case AST_NOT:
    case AST_NEGATE:
        visit_all(&walk, ast->chain.items, ast->chain.count);
        break;
    case AST_CALL:
        visit(&walk, ast->call.callee);
        visit_arguments(&walk, &ast->call.arguments);
        break;
    case AST_FIELD:
        visit(&walk, ast->field.base);
        break;
    case AST_INDEX:
        visit(&walk, ast->index.base);
        visit(&walk, ast->index.index);
        break;
    case AST_LET:
    case AST_LAYER:
    case AST_NET:
    case AST_DATA:
        visit_definition(&walk, ast);
        break;
    case AST_TRAIN:
        visit_arguments(&walk, &ast->train.arguments);
        visit_arguments(&walk, &ast->train.entries);
        break;
    default: /* names, numbers and what else has no parts */
        break;
    }
}
