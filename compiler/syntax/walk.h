/* Walking over an AST. */
#ifndef STRATA_SYNTAX_WALK_H
#define STRATA_SYNTAX_WALK_H

#include "syntax/ast.h"

typedef void AstVisitor(void *context, const Ast *ast);

/* Calls `each` with every part that an AST directly consists of, in the order of the source. Names of locals, fields and settings are no parts. */
void ast_each_child(const Ast *ast, AstVisitor *each, void *context);

#endif
