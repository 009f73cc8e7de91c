/* NAME.json: the facts of the header for programs that write bindings. The reference (docs/reference/built-models.md) lists its members. */
#include "build/facts.h"

static const char *kind_name(BuiltKind kind)
{
    switch (kind) {
    case BUILT_REAL:
        return "real";
    case BUILT_COMPLEX:
        return "complex";
    case BUILT_INTEGER:
        return "integer";
    case BUILT_BOOLEAN:
        return "boolean";
    case BUILT_BYTES:
        break;
    }
    return "bytes";
}

static void write_string(Text *out, const char *key, const char *value)
{
    text_printf(out, "\"%s\": ", key);
    text_json(out, value);
}

static void write_paths(const PathTable *paths, Text *out)
{
    text_add(out, ", \"path_columns\": [");
    for (int64_t k = 0; k < paths->columns; k++) {
        text_add(out, k ? ", " : "");
        text_json(out, paths->names[k]);
    }
    text_add(out, "], \"paths\": [");
    for (int64_t i = 0; i < paths->rows; i++)
        for (int64_t k = 0; k < paths->columns; k++)
            text_printf(out, "%s%lld%s",
                        k   ? ", "
                        : i ? ", ["
                            : "[",
                        (long long)paths->entries[i * paths->columns + k], k + 1 < paths->columns ? "" : "]");
    text_add(out, "]");
}

static void write_port(const Port *port, Text *out)
{
    const Type *type = &port->value->type;
    text_add(out, "    {");
    write_string(out, "name", port->value->name);
    text_add(out, ", ");
    write_string(out, "parameter", port->parameter);
    text_printf(out, ", \"kind\": \"%s\", \"type\": \"%s\", \"number_size\": %lld, \"size\": %lld, \"batched\": %s, \"shape\": [",
                kind_name(port->kind), port->type, (long long)port->number_size, (long long)port->size,
                type->batched ? "true" : "false");
    for (int axis = 0; axis < type->rank; axis++)
        text_printf(out, "%s%lld", axis ? ", " : "", (long long)type->size[axis]);
    text_add(out, "]");
    if (port->kind == BUILT_INTEGER && port->value->below > 0)
        text_printf(out, ", \"below\": %lld", (long long)port->value->below);
    if (port->value->classes > 0)
        text_printf(out, ", \"classes\": %lld", (long long)port->value->classes);
    if (port->value->classes > 0 && port->value->labels) {
        text_add(out, ", \"labels\": [");
        for (int64_t i = 0; i < port->value->classes; i++) {
            text_add(out, i ? ", " : "");
            text_json(out, port->value->labels[i]);
        }
        text_add(out, "]");
    }
    if (port->value->paths)
        write_paths(port->value->paths, out);
    text_add(out, "}");
}

static void write_ports(const char *key, const Port *ports, int64_t count, Text *out)
{
    text_printf(out, "  \"%s\": [\n", key);
    for (int64_t i = 0; i < count; i++) {
        write_port(&ports[i], out);
        text_add(out, i + 1 < count ? ",\n" : "\n");
    }
    text_add(out, "  ],\n");
}

static void write_files(const Facts *facts, Text *out)
{
    const char *name = facts->name;
    text_printf(out, "  \"files\": {\"header\": \"%s.h\", \"manifest\": \"%s.json\"", name, name);
    if (facts->forms & BUILD_SHARED)
        text_printf(out, ", \"shared\": \"lib%s.so\"", name);
    if (facts->forms & BUILD_ARCHIVE)
        text_printf(out, ", \"archive\": \"lib%s.a\"", name);
    if (facts->forms & BUILD_OBJECT)
        text_printf(out, ", \"object\": \"%s.o\"", name);
    if (facts->forms & BUILD_LLVM)
        text_printf(out, ", \"llvm\": \"%s.ll\"", name);
    if (facts->forms & BUILD_ASSEMBLY)
        text_printf(out, ", \"assembly\": \"%s.s\"", name);
    if (facts->forms & (BUILD_SHARED | BUILD_ARCHIVE))
        text_printf(out, ", \"package\": \"%s.pc\"", name);
    if (facts->weights_file)
        text_printf(out, ", \"weights\": \"%s.weights\"", name);
    text_add(out, "},\n");
}

void manifest_write(const Facts *facts, Text *out)
{
    const Plan *plan = facts->plan;
    text_add(out, "{\n  \"format\": 1,\n  ");
    write_string(out, "strata", STRATA_VERSION_TEXT);
    text_add(out, ",\n  ");
    write_string(out, "name", facts->name);
    text_add(out, ",\n  ");
    write_string(out, "net", plan->name ? plan->name : facts->name);
    text_add(out, ",\n  ");
    write_string(out, "signature", facts->signature);
    text_printf(out, ",\n  \"precision\": \"%s\",\n  ", plan->precision == PRECISION_DOUBLE ? "double" : "single");
    write_string(out, "cpu", facts->cpu);
    text_add(out, ",\n");
    write_files(facts, out);
    write_ports("inputs", facts->inputs, facts->input_count, out);
    write_ports("outputs", facts->outputs, facts->output_count, out);
    text_printf(out,
                "  \"alignment\": %d,\n  \"tile\": %lld,\n  \"workspace\": {\"one\": %lld, \"more\": %lld},\n"
                "  \"weights\": {\"in_file\": %s, \"parameter\": %s, \"bytes\": %zu, \"prepared_bytes\": %lld}\n}\n",
                BUILT_ALIGNMENT, (long long)plan->tile,
                (long long)size_aligned((size_t)facts->work_one) + (long long)facts->staged_one,
                (long long)size_aligned((size_t)facts->work_tile) + (long long)facts->staged_tile,
                facts->weights_file ? "true" : "false", facts->takes_weights ? "true" : "false", facts->section.size,
                (long long)facts->prepared_size + (long long)facts->prepare_work);
}
