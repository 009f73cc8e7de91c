/* Types of values: sizes, comparison, names; see type.h. */
#include "graph/type.h"

int64_t type_elements(const Type *type)
{
    int64_t elements = 1;
    for (int i = 0; i < type->rank; i++)
        elements *= type->size[i];
    return elements;
}

int64_t type_reals(const Type *type)
{
    return type_elements(type) * (type->element == ELEMENT_COMPLEX ? 2 : 1);
}

bool type_same_shape(const Type *a, const Type *b)
{
    if (a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->size[i] != b->size[i])
            return false;
    return true;
}

bool type_equal(const Type *a, const Type *b)
{
    return a->element == b->element && a->batched == b->batched && type_same_shape(a, b);
}

static void add_sizes(const Type *type, Text *out)
{
    for (int i = 0; i < type->rank; i++)
        text_printf(out, i ? "x%lld" : "%lld", (long long)type->size[i]);
}

const char *type_name(Arena *arena, const Type *type)
{
    static const char *const prefix[] = {"", "complex ", "integer ", "boolean "};
    static const char *const scalar[] = {"a number", "a complex number", "an integer", "a boolean"};
    if (type->rank == 0)
        return scalar[type->element];
    Text text = text_make(arena);
    text_add(&text, prefix[type->element]);
    add_sizes(type, &text);
    return text_string(&text);
}

void type_print(const Type *type, Text *out)
{
    text_add_character(out, "fcib"[type->element]);
    if (type->batched)
        text_add_character(out, '*');
    text_add_character(out, '[');
    add_sizes(type, out);
    text_add_character(out, ']');
}
