/* Shared checks of shape rules; see rule.h. */
#include "ops/rule.h"

bool rule_elements(OpUse *use)
{
    int64_t elements = 1;
    for (int i = 0; i < use->result.rank; i++) {
        if (elements > ELEMENT_LIMIT / use->result.size[i])
            return use_fail(use, 612, "the result would have more than 2^40 elements");
        elements *= use->result.size[i];
    }
    return true;
}

bool rule_axis(OpUse *use, const char *name, const Type *type, int *axis)
{
    int64_t value = use_integer(use, name);
    if (value < 0 || value >= type->rank) {
        use_help(use, "axes count from 0, and it has %d", type->rank);
        return use_fail(use, 670, "%s has no axis %lld", type_name(use->arena, type), (long long)value);
    }
    *axis = (int)value;
    return true;
}

const char *rule_list_text(const OpUse *use, const int64_t *items, int64_t count)
{
    Text text = text_make(use->arena);
    text_add(&text, "[");
    for (int64_t i = 0; i < count; i++)
        text_printf(&text, i ? ", %lld" : "%lld", (long long)items[i]);
    text_add(&text, "]");
    return text_string(&text);
}

const char *rule_shape_text(const OpUse *use, const int64_t *sizes, int64_t count)
{
    Text text = text_make(use->arena);
    for (int64_t i = 0; i < count; i++)
        text_printf(&text, i ? "x%lld" : "%lld", (long long)sizes[i]);
    return text_string(&text);
}

bool rule_spread(OpUse *use, const char *name, int axes, int64_t least)
{
    int64_t count;
    const int64_t *items = use_list(use, name, &count);
    if (count != 1 && count != axes) {
        use_help(use, "give one number for all axes, or %d", axes);
        return use_fail(use, 624, "%s has %s for %s", name, rule_count(use, count, "number", "numbers"),
                        rule_count(use, axes, "axis", "axes"));
    }
    int64_t full[MAX_RANK];
    for (int i = 0; i < axes; i++) {
        full[i] = items[count == 1 ? 0 : i];
        if (full[i] < least || full[i] > ELEMENT_LIMIT)
            return use_fail(use, 625, "%s must be from %lld to 2^40, got %lld", name, (long long)least, (long long)full[i]);
    }
    use_set_list(use, name, full, axes);
    return true;
}

const char *rule_count(const OpUse *use, int64_t count, const char *one, const char *many)
{
    return arena_printf(use->arena, "%lld %s", (long long)count, count == 1 ? one : many);
}

int64_t rule_product(int64_t a, int64_t b)
{
    return b > 0 && a > INT64_MAX / b ? INT64_MAX : a * b;
}

Type rule_like(const Type *type)
{
    return (Type){.element = type->element, .batched = type->batched};
}
