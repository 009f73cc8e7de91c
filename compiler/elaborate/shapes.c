/* Objects to whole numbers and shapes, with what is wrong when they are none. */
#include "elaborate/elaborator.h"

#include <math.h>

bool as_whole(Elaborator *e, Object object, SourceSpan span, const char *what, int64_t least, int64_t most, int64_t *result)
{
    if (object.kind == OBJECT_ERROR)
        return false;
    if (object.kind != OBJECT_NUMBER) {
        Diagnostic *diagnostic = complain(e, 506, span, "%s is a whole number, got %s", what, describe(e, object));
        if (object.kind == OBJECT_TENSOR)
            help(e, diagnostic, "`item(t)` gives the entry of a known tensor");
        return false;
    }
    if (!(object.number >= (double)least && object.number <= (double)most) || floor(object.number) != object.number) {
        const char *range = least == INT64_MIN ? "" : arena_printf(e->arena, " of at least %lld", (long long)least);
        if (object.number > (double)most)
            range = arena_printf(e->arena, " of at most %lld", (long long)most);
        complain(e, 509, span, "%s is a whole number%s, got %s", what, range, describe(e, object));
        return false;
    }
    *result = (int64_t)object.number;
    return true;
}

/* "`out`" when a name stands there, else "a dimension". */
static const char *dimension_name(const Elaborator *e, SourceSpan span)
{
    const char *text = span.file < 0 ? "" : e->diagnostics->sources->files[span.file].text + span.start;
    size_t length = span.file < 0 ? 0 : span.end - span.start;
    bool name = length > 0 && !(text[0] >= '0' && text[0] <= '9');
    for (size_t i = 0; i < length; i++)
        name = name && (text[i] == '_' || (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'z') ||
                        (text[i] >= 'A' && text[i] <= 'Z'));
    return name ? arena_printf(e->arena, "the dimension `%.*s`", (int)length, text) : "a dimension";
}

static bool is_dimension(Object object)
{
    return object.kind == OBJECT_NUMBER && object.number >= 1 && object.number <= ELEMENT_LIMIT &&
           floor(object.number) == object.number;
}

/* Appends the dimensions of one object: a number, a shape, or a list of them. */
static bool add_dimensions(Elaborator *e, Object object, SourceSpan span, Shape *shape)
{
    if (object.kind == OBJECT_LIST) {
        for (int64_t i = 0; i < object.list->count; i++)
            if (!add_dimensions(e, object.list->items[i], span, shape))
                return false;
        return true;
    }
    int count = object.kind == OBJECT_SHAPE ? object.shape->rank : 1;
    for (int i = 0; i < count; i++) {
        int64_t size;
        if (object.kind == OBJECT_SHAPE)
            size = object.shape->size[i];
        else if (!is_dimension(object) && !as_whole(e, object, span, dimension_name(e, span), 1, ELEMENT_LIMIT, &size))
            return false;
        else
            size = (int64_t)object.number;
        if (shape->rank == MAX_RANK) {
            complain(e, 509, span, "a shape has at most %d dimensions", MAX_RANK);
            return false;
        }
        shape->size[shape->rank++] = size;
    }
    return true;
}

bool as_shape(Elaborator *e, Object object, SourceSpan span, Shape *shape)
{
    *shape = (Shape){0};
    if (!add_dimensions(e, object, span, shape))
        return false;
    int64_t elements = 1;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->size[i] > ELEMENT_LIMIT / elements) {
            complain(e, 509, span, "a shape has at most 2^40 elements");
            return false;
        }
        elements *= shape->size[i];
    }
    return true;
}

Type type_of_shape(const Shape *shape)
{
    Type type = {.rank = shape->rank};
    for (int i = 0; i < shape->rank; i++)
        type.size[i] = shape->size[i];
    return type;
}

const char *shape_name(Elaborator *e, const Shape *shape)
{
    Type type = type_of_shape(shape);
    return type_name(e->arena, &type);
}
