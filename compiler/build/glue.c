/* The model's own part of its library, as LLVM IR: the table of its facts (built/built.h, whose structures stand here as LLVM's types), and its
 * functions with the names and parameters of the header, each a call of the part that all models share. */
#include "build/facts.h"

#include <string.h>

/* ---- Constants ---- */

/* A string as a constant; the name is that of the constant. */
static void write_string(Text *out, const char *name, const char *string)
{
    text_printf(out, "@%s = private unnamed_addr constant [%zu x i8] c\"", name, strlen(string) + 1);
    for (const unsigned char *at = (const unsigned char *)string; *at; at++) {
        if (*at < 0x20 || *at >= 0x7f || *at == '"' || *at == '\\')
            text_printf(out, "\\%02X", *at);
        else
            text_add_character(out, (char)*at);
    }
    text_add(out, "\\00\"\n");
}

static void write_labels(const Facts *facts, const Port *port, const char *side, int64_t index, Text *out)
{
    if (port->value->classes <= 0 || !port->value->labels)
        return;
    int64_t count = port->value->classes;
    const char *name = arena_printf(facts->arena, "%s_%s_%lld_label", facts->name, side, (long long)index);
    for (int64_t i = 0; i < count; i++)
        write_string(out, arena_printf(facts->arena, "%s_%lld", name, (long long)i), port->value->labels[i]);
    text_printf(out, "@%ss = private constant [%lld x ptr] [", name, (long long)count);
    for (int64_t i = 0; i < count; i++)
        text_printf(out, "%sptr @%s_%lld", i ? ", " : "", name, (long long)i);
    text_add(out, "]\n");
}

static void write_port(const Facts *facts, const Port *port, const char *side, int64_t index, Text *out)
{
    const Type *type = &port->value->type;
    text_printf(
        out, "%%BuiltValue {ptr @%s_%s_%lld_name, ptr @%s_%s_%lld_type, i64 %d, i64 %lld, i64 %lld, i64 %d, i64 %d, [%d x i64] [",
        facts->name, side, (long long)index, facts->name, side, (long long)index, port->kind, (long long)port->number_size,
        (long long)port->size, type->batched, type->rank, BUILT_RANK_LIMIT);
    for (int axis = 0; axis < BUILT_RANK_LIMIT; axis++)
        text_printf(out, "%si64 %lld", axis ? ", " : "", axis < type->rank ? (long long)type->size[axis] : 0LL);
    text_printf(out, "], i64 %lld, i64 %lld, ptr ", (long long)port->value->below, (long long)port->value->classes);
    if (port->value->classes > 0 && port->value->labels)
        text_printf(out, "@%s_%s_%lld_labels}", facts->name, side, (long long)index);
    else
        text_add(out, "null}");
}

static void write_table(const Facts *facts, const Port *ports, int64_t count, const char *side, Text *out)
{
    for (int64_t i = 0; i < count; i++) {
        const char *name = arena_printf(facts->arena, "%s_%s_%lld", facts->name, side, (long long)i);
        write_string(out, arena_printf(facts->arena, "%s_name", name), ports[i].value->name);
        write_string(out, arena_printf(facts->arena, "%s_type", name), ports[i].type);
        write_labels(facts, &ports[i], side, i, out);
    }
    text_printf(out, "@%s_%ss = private constant [%lld x %%BuiltValue] [", facts->name, side, (long long)count);
    for (int64_t i = 0; i < count; i++) {
        text_add(out, i ? ", " : "");
        write_port(facts, &ports[i], side, i, out);
    }
    text_add(out, "]\n");
}

/* Lines of assembly that include a file as the weights; in LLVM's text each is an entity of its own. */
const char *glue_weights(const Facts *facts, BuildForm form)
{
    bool llvm = form == BUILD_LLVM;
    const char *name = facts->name, *begin = llvm ? "module asm \"" : "", *end = llvm ? "\"" : "", *quote = llvm ? "\\22" : "\"";
    Text text = text_make(facts->arena);
    text_printf(&text, "%s.section .rodata.weights,%sa%s,@progbits%s\n", begin, quote, quote, end);
    text_printf(&text, "%s.balign %d%s\n", begin, BUILT_ALIGNMENT, end);
    text_printf(&text, "%s.globl %s_weights_section%s\n", begin, name, end);
    text_printf(&text, "%s.hidden %s_weights_section%s\n", begin, name, end);
    text_printf(&text, "%s%s_weights_section:%s\n", begin, name, end);
    text_printf(&text, "%s.incbin %s%s.bin%s%s\n", begin, quote, name, quote, end);
    return text_string(&text);
}

/* In the order of BuiltModel. */
static void write_model(const Facts *facts, bool declare, Text *out)
{
    const char *name = facts->name;
    const Plan *plan = facts->plan;
    const Section *section = &facts->section;
    bool prepares = facts->prepared_size > 0;
    if (!facts->weights_file)
        text_printf(out, "@%s_weights_section = external hidden constant [%zu x i8], align %d\n", name, section->size,
                    BUILT_ALIGNMENT);
    if (declare)
        text_printf(out, "declare void @%s_net_run(ptr)\n", name);
    if (declare && prepares)
        text_printf(out, "declare void @%s_net_prepare(ptr)\n", name);
    text_printf(
        out,
        "@%s_model = private constant %%BuiltModel {ptr @%s_text_signature, ptr @%s_inputs, i64 %lld, ptr @%s_outputs, i64 %lld, "
        "i64 %zu, i64 %lld, i64 %lld, i64 %lld, i64 %lld, i64 %lld, ",
        name, name, name, (long long)facts->input_count, name, (long long)facts->output_count, precision_size(plan->precision),
        (long long)plan->tile, (long long)facts->work_one, (long long)facts->work_tile, (long long)facts->staged_one,
        (long long)facts->staged_tile);
    if (facts->weights_file)
        text_add(out, "ptr null");
    else
        text_printf(out, "ptr @%s_weights_section", name);
    text_printf(out, ", i64 %zu, i64 %zu, i64 %lld, i64 %lld, i64 %lld, ptr @%s_net_run, ptr ", section->size, section->constants,
                (long long)section->prepared, (long long)facts->prepared_size, (long long)facts->prepare_work, name);
    text_add(out, prepares ? arena_printf(facts->arena, "@%s_net_prepare", name) : "null");
    text_add(out, "}\n");
}

/* ---- Functions ---- */

static void write_types(Text *out)
{
    text_printf(
        out,
        "%%BuiltValue = type {ptr, ptr, i64, i64, i64, i64, i64, [%d x i64], i64, i64, ptr}\n"
        "%%BuiltModel = type {ptr, ptr, i64, ptr, i64, i64, i64, i64, i64, i64, i64, ptr, i64, i64, i64, i64, i64, ptr, ptr}\n"
        "declare i32 @built_run(ptr, ptr, ptr, ptr, ptr, i64, ptr)\n"
        "declare i64 @built_workspace_size(ptr, i64)\n"
        "declare i32 @built_prepare(ptr, ptr, ptr)\n"
        "declare i32 @built_open(ptr, ptr, ptr, i64)\n"
        "declare i32 @built_map(ptr, ptr, ptr)\n"
        "declare void @built_unmap(ptr)\n"
        "declare i32 @built_check(ptr, ptr)\n"
        "declare ptr @built_value(ptr, i64, i32)\n"
        "declare ptr @built_error_text(i32)\n",
        BUILT_RANK_LIMIT);
}

/* The typed functions gather their buffers in two arrays. */
static void write_run(const Facts *facts, const char *suffix, bool options, Text *out)
{
    int64_t inputs = facts->input_count, outputs = facts->output_count;
    text_printf(out, "define i32 @%s_%s(", facts->name, suffix);
    if (facts->takes_weights)
        text_add(out, "ptr %weights, ");
    for (int64_t i = 0; i < inputs + outputs; i++)
        text_printf(out, "ptr %%buffer%lld, ", (long long)i);
    text_printf(out, "ptr %%workspace, i64 %%batch%s) {\n", options ? ", ptr %options" : "");
    text_printf(out, "  %%inputs = alloca [%lld x ptr]\n  %%outputs = alloca [%lld x ptr]\n", (long long)(inputs ? inputs : 1),
                (long long)(outputs ? outputs : 1));
    for (int64_t i = 0; i < inputs + outputs; i++) {
        bool input = i < inputs;
        text_printf(out, "  %%place%lld = getelementptr ptr, ptr %%%s, i64 %lld\n  store ptr %%buffer%lld, ptr %%place%lld\n",
                    (long long)i, input ? "inputs" : "outputs", (long long)(input ? i : i - inputs), (long long)i, (long long)i);
    }
    text_printf(out,
                "  %%error = call i32 @built_run(ptr @%s_model, ptr %s, ptr %%inputs, ptr %%outputs, ptr %%workspace, i64 %%batch, "
                "ptr %s)\n",
                facts->name, facts->takes_weights ? "%weights" : "null", options ? "%options" : "null");
    text_add(out, "  ret i32 %error\n}\n");
}

static void write_table_functions(const Facts *facts, Text *out)
{
    const char *name = facts->name;
    text_printf(out, "define ptr @%s_signature() {\n  ret ptr @%s_text_signature\n}\n", name, name);
    text_printf(out,
                "define i32 @%s_check(ptr %%signature) {\n  %%error = call i32 @built_check(ptr @%s_model, ptr %%signature)\n"
                "  ret i32 %%error\n}\n",
                name, name);
    text_printf(
        out, "define ptr @%s_error_text(i32 %%error) {\n  %%text = call ptr @built_error_text(i32 %%error)\n  ret ptr %%text\n}\n",
        name);
    text_printf(
        out,
        "define i64 @%s_workspace_size(i64 %%batch) {\n  %%size = call i64 @built_workspace_size(ptr @%s_model, i64 %%batch)\n"
        "  ret i64 %%size\n}\n",
        name, name);
    for (int side = 0; side < 2; side++)
        text_printf(out,
                    "define ptr @%s_%s(i32 %%index) {\n  %%value = call ptr @built_value(ptr @%s_%ss, i64 %lld, i32 %%index)\n"
                    "  ret ptr %%value\n}\n",
                    name, side == 0 ? "input" : "output", name, side == 0 ? "input" : "output",
                    (long long)(side == 0 ? facts->input_count : facts->output_count));
}

static void write_weights_functions(const Facts *facts, Text *out)
{
    const char *name = facts->name;
    if (facts->prepared_size > 0)
        text_printf(out,
                    "define i32 @%s_prepare(ptr %%weights, ptr %%memory) {\n"
                    "  %%error = call i32 @built_prepare(ptr @%s_model, ptr %%weights, ptr %%memory)\n  ret i32 %%error\n}\n",
                    name, name);
    if (facts->weights_file)
        text_printf(
            out,
            "define i32 @%s_open(ptr %%weights, ptr %%bytes, i64 %%size) {\n"
            "  %%error = call i32 @built_open(ptr @%s_model, ptr %%weights, ptr %%bytes, i64 %%size)\n  ret i32 %%error\n}\n"
            "define i32 @%s_map(ptr %%weights, ptr %%path) {\n"
            "  %%error = call i32 @built_map(ptr @%s_model, ptr %%weights, ptr %%path)\n  ret i32 %%error\n}\n"
            "define void @%s_unmap(ptr %%weights) {\n  call void @built_unmap(ptr %%weights)\n  ret void\n}\n",
            name, name, name, name, name);
}

void glue_write(const Facts *facts, bool declare, Text *out)
{
    write_types(out);
    write_string(out, arena_printf(facts->arena, "%s_text_signature", facts->name), facts->signature);
    write_table(facts, facts->inputs, facts->input_count, "input", out);
    write_table(facts, facts->outputs, facts->output_count, "output", out);
    write_model(facts, declare, out);
    write_run(facts, "run", false, out);
    write_run(facts, "run_with", true, out);
    write_table_functions(facts, out);
    write_weights_functions(facts, out);
}

const char *const *glue_exported(const Facts *facts, int64_t *count)
{
    static const char *const always[] = {"run",        "run_with",       "signature", "check",
                                         "error_text", "workspace_size", "input",     "output"};
    static const char *const of_file[] = {"open", "map", "unmap"};
    const char **names = arena_zero(facts->arena, 16, sizeof *names);
    *count = 0;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        names[(*count)++] = arena_printf(facts->arena, "%s_%s", facts->name, always[i]);
    for (size_t i = 0; facts->weights_file && i < sizeof of_file / sizeof *of_file; i++)
        names[(*count)++] = arena_printf(facts->arena, "%s_%s", facts->name, of_file[i]);
    if (facts->prepared_size > 0)
        names[(*count)++] = arena_printf(facts->arena, "%s_prepare", facts->name);
    return names;
}
