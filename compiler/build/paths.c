/* The table of paths of an output in NAME.h: which wavelets a channel of a scattering stands for, and which channel a path has. */
#include "base/map.h"
#include "build/facts.h"

#include <ctype.h>
#include <string.h>

static bool has_column(const PathTable *paths, const char *word, const char *end)
{
    for (int64_t k = 0; k < paths->columns; k++)
        if (strncmp(paths->names[k], word, strlen(word)) == 0 && strcmp(paths->names[k] + strlen(word), end) == 0)
            return true;
    return false;
}

/* Whether a column is worth a part of a constant's name: the order follows from the others, the place n2 of a wavelet in its bank from j2 and theta2, or the scale j2
 * from the place. */
static bool is_named(const PathTable *paths, int64_t column)
{
    const char *name = paths->names[column];
    if (strcmp(name, "order") == 0 || (name[0] == 'n' && has_column(paths, "theta", name + 1)) ||
        (name[0] == 'j' && !has_column(paths, "theta", name + 1) && has_column(paths, "n", name + 1)))
        return false;
    for (int64_t i = 0; i < paths->rows; i++)
        if (paths->entries[i * paths->columns + column] > 0)
            return true;
    return strcmp(paths->names[column], "channel") != 0;
}

/* "DIGITS_OUTPUT_AT_J1_0_THETA1_3": what the columns say of the row, or its order where they say nothing. */
static const char *constant_name(const Facts *facts, const Port *port, int64_t row)
{
    const PathTable *paths = port->value->paths;
    const int64_t *entries = paths->entries + row * paths->columns;
    Text text = text_make(facts->arena);
    bool any = false;
    text_printf(&text, "%s_AT", port->macro);
    for (int64_t k = 0; k < paths->columns; k++)
        if (entries[k] >= 0 && is_named(paths, k)) {
            text_printf(&text, "_%s_%lld", name_macro(facts->arena, paths->names[k]), (long long)entries[k]);
            any = true;
        }
    if (!any)
        text_add(&text, "_ORDER_0");
    return text_string(&text);
}

/* The way from a path to its channel; left out where two rows say the same. */
static void write_index(const Facts *facts, const Port *port, Text *out)
{
    const PathTable *paths = port->value->paths;
    Map seen = map_make(facts->arena);
    const char **names = arena_take(facts->arena, (size_t)paths->rows * sizeof *names);
    for (int64_t i = 0; i < paths->rows; i++) {
        names[i] = constant_name(facts, port, i);
        if (map_has(&seen, names[i]))
            return;
        map_set(&seen, names[i], &names[i]);
    }
    text_add(out, "enum {\n");
    for (int64_t i = 0; i < paths->rows; i++)
        text_printf(out, "    %s = %lld%s\n", names[i], (long long)i, i + 1 < paths->rows ? "," : "");
    text_add(out, "};\n");
}

void header_write_paths(const Facts *facts, const Port *port, Text *out)
{
    const PathTable *paths = port->value->paths;
    if (!paths)
        return;
    text_printf(out,
                "\n/* What entry i of dimension 0 of %s stands for: row i of the table, -1 where a column says nothing. As in\n"
                " * `static const int paths[%s_PATHS][%s_PATH_COLUMNS] = %s_PATH_TABLE;` */\n"
                "#define %s_PATHS %lld\n#define %s_PATH_COLUMNS %lld\n#define %s_PATH_NAMES {",
                port->parameter, port->macro, port->macro, port->macro, port->macro, (long long)paths->rows, port->macro,
                (long long)paths->columns, port->macro);
    for (int64_t k = 0; k < paths->columns; k++) {
        text_add(out, k ? ", " : "");
        text_c_string(out, paths->names[k]);
    }
    text_printf(out, "}\n#define %s_PATH_TABLE { \\\n", port->macro);
    for (int64_t i = 0; i < paths->rows; i++) {
        for (int64_t k = 0; k < paths->columns; k++)
            text_printf(out, k ? ", %lld" : "    {%lld", (long long)paths->entries[i * paths->columns + k]);
        text_add(out, i + 1 < paths->rows ? "}, \\\n" : "} \\\n}\n");
    }
    write_index(facts, port, out);
}
