/* NAME.h: what a C or C++ program includes. C99 and C++98 with <stdint.h>; every declaration says what it takes and gives. */
#include "build/facts.h"

#include <ctype.h>
#include <string.h>

/* "1x28x28 float for each sample". */
static void describe(const Port *port, Text *out)
{
    const Type *type = &port->value->type;
    for (int axis = 0; axis < type->rank; axis++)
        text_printf(out, "%s%lld", axis ? "x" : "", (long long)type->size[axis]);
    if (type->rank == 0)
        text_add(out, "one");
    text_printf(out, " %s%s", port->kind == BUILT_COMPLEX ? "pairs (real, imaginary) of " : "", port->type);
    if (port->kind == BUILT_INTEGER && port->value->below > 0)
        text_printf(out, " from 0 to %lld", (long long)port->value->below - 1);
    if (port->kind == BUILT_BYTES)
        text_add(out, " from 0 to 255");
    if (port->kind == BUILT_BOOLEAN)
        text_add(out, ", 0 or 1");
    text_add(out, type->batched ? " for each sample" : " for the whole batch");
    if (port->value->classes > 0)
        text_printf(out, ": one for each of %lld classes", (long long)port->value->classes);
}

static void write_ports(const Facts *facts, Text *out)
{
    for (int64_t i = 0; i < facts->input_count; i++) {
        text_printf(out, " *     %-12s  ", facts->inputs[i].parameter);
        describe(&facts->inputs[i], out);
        text_add(out, "\n");
    }
    for (int64_t i = 0; i < facts->output_count; i++) {
        text_printf(out, " *     -> %-9s  ", facts->outputs[i].parameter);
        describe(&facts->outputs[i], out);
        text_add(out, "\n");
    }
}

/* The first lines of a program, with this model's names. */
static void write_usage(const Facts *facts, Text *out)
{
    const char *name = facts->name, *macro = facts->macro;
    text_add(out, " * A call with one sample:\n *\n");
    if (facts->takes_weights) {
        text_printf(out, " *     %s_weights weights = {0};\n", name);
        if (facts->weights_file)
            text_printf(out, " *     int error = %s_map(&weights, \"%s.weights\");\n", name, name);
        if (facts->prepared_size > 0)
            text_printf(out, " *     %serror = %s_prepare(&weights, aligned_alloc(%s_ALIGNMENT, %s_PREPARED_BYTES));\n",
                        facts->weights_file ? "" : "int ", name, macro, macro);
    }
    for (int64_t i = 0; i < facts->output_count; i++)
        text_printf(out, " *     %s %s[%s_SIZE];\n", facts->outputs[i].type, facts->outputs[i].parameter, facts->outputs[i].macro);
    text_printf(out, " *     void *workspace = aligned_alloc(%s_ALIGNMENT, %s_workspace_size(1));\n", macro, name);
    text_printf(out, " *     %serror = %s_run(", facts->takes_weights ? "" : "int ", name);
    if (facts->takes_weights)
        text_add(out, "&weights, ");
    for (int64_t i = 0; i < facts->input_count; i++)
        text_printf(out, "%s, ", facts->inputs[i].parameter);
    for (int64_t i = 0; i < facts->output_count; i++)
        text_printf(out, "%s, ", facts->outputs[i].parameter);
    text_printf(out,
                "workspace, 1);\n"
                " *     if (error)\n"
                " *         puts(%s_error_text(error));\n",
                name);
}

static void write_head(const Facts *facts, Text *out)
{
    text_printf(out, "/* %s.h: the net `", facts->name);
    text_c_comment(out, facts->plan->name ? facts->plan->name : facts->name);
    text_printf(out, "`, built by Strata %s. Link with -l%s -lm.\n *\n", STRATA_VERSION_TEXT, facts->name);
    write_ports(facts, out);
    text_add(out, " *\n");
    write_usage(facts, out);
    text_printf(out,
                " *\n"
                " * Rules that hold for every function:\n"
                " *   - None allocates, starts a thread, prints or keeps anything. The same library may run in any number of "
                "threads at once, each\n"
                " *     with a workspace of its own.\n"
                " *   - Samples lie one behind the other, each row-major: %s_..._SIZE numbers. A batch may be 0 samples.\n"
                " *   - What fails gives one of %s_ERROR_... before anything was computed (but %s_ERROR_ENTRY, which may come "
                "later); 0 is success. */\n",
                facts->macro, facts->macro, facts->macro);
    text_printf(out,
                "#ifndef %s_MODEL_H\n#define %s_MODEL_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n"
                "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n",
                facts->macro, facts->macro);
}

static void write_constants(const Facts *facts, Text *out)
{
    const char *macro = facts->macro;
    text_printf(out,
                "/* Which model this is: `%s_check(%s_SIGNATURE)` says whether the library that is loaded is the header's. */\n",
                facts->name, macro);
    text_printf(out, "#define %s_SIGNATURE \"%s\"\n", macro, facts->signature);
    text_printf(out, "#define %s_STRATA_VERSION \"%s\"\n\n", macro, STRATA_VERSION_TEXT);
    text_printf(out, "/* Bytes to which the workspace and other memory of the model must be aligned. */\n#define %s_ALIGNMENT %d\n",
                macro, BUILT_ALIGNMENT);
    text_printf(out,
                "/* Most samples that are computed together: larger batches need no larger workspace. */\n#define %s_TILE %lld\n",
                macro, (long long)facts->plan->tile);
    if (facts->prepared_size > 0)
        text_printf(out, "/* Bytes of memory for %s_prepare. */\n#define %s_PREPARED_BYTES %lld\n", facts->name, macro,
                    (long long)facts->prepared_size + (long long)facts->prepare_work);
    if (facts->weights_file)
        text_printf(out, "/* Bytes of the weights file. */\n#define %s_WEIGHTS_BYTES %zu\n", macro,
                    facts->section.size + sizeof(BuiltFileHead));
    text_printf(out, "#define %s_INPUTS %lld\n#define %s_OUTPUTS %lld\n", macro, (long long)facts->input_count, macro,
                (long long)facts->output_count);
}

/* Numbers of a sample, and its shape, as constants that array declarations can use. */
static void write_port_constants(const Port *port, Text *out)
{
    const Type *type = &port->value->type;
    text_printf(out, "#define %s_SIZE %lld\n", port->macro, (long long)port->size);
    text_printf(out, "#define %s_RANK %d\n", port->macro, type->rank);
    if (type->rank > 0) {
        text_printf(out, "#define %s_SHAPE {", port->macro);
        for (int axis = 0; axis < type->rank; axis++)
            text_printf(out, "%s%lld", axis ? ", " : "", (long long)type->size[axis]);
        text_add(out, "}\n");
    }
    for (int axis = 0; axis < type->rank; axis++)
        text_printf(out, "#define %s_SHAPE_%d %lld\n", port->macro, axis, (long long)type->size[axis]);
    if (port->value->classes > 0)
        text_printf(out, "#define %s_CLASSES %lld\n", port->macro, (long long)port->value->classes);
    if (port->value->classes > 0 && port->value->labels) {
        text_printf(out, "#define %s_LABELS {", port->macro);
        for (int64_t i = 0; i < port->value->classes; i++) {
            text_add(out, i ? ", " : "");
            text_c_string(out, port->value->labels[i]);
        }
        text_add(out, "}\n");
    }
}

static void write_all_port_constants(const Facts *facts, Text *out)
{
    text_add(out, "\n/* Each input and output: numbers of a sample, their shape (outermost first). */\n");
    for (int64_t i = 0; i < facts->input_count; i++)
        write_port_constants(&facts->inputs[i], out);
    for (int64_t i = 0; i < facts->output_count; i++)
        write_port_constants(&facts->outputs[i], out);
    for (int64_t i = 0; i < facts->output_count; i++)
        header_write_paths(facts, &facts->outputs[i], out);
    text_add(out, "\n");
}

static void write_errors(const Facts *facts, Text *out)
{
    static const char *const names[BUILT_ERROR_COUNT] = {
        [BUILT_NULL] = "NULL",
        [BUILT_ALIGN] = "ALIGN",
        [BUILT_BATCH] = "BATCH",
        [BUILT_ENTRY] = "ENTRY",
        [BUILT_OVERLAP] = "OVERLAP",
        [BUILT_PARALLEL] = "PARALLEL",
        [BUILT_SIGNATURE] = "SIGNATURE",
        [BUILT_WEIGHTS_DAMAGED] = "WEIGHTS_DAMAGED",
        [BUILT_WEIGHTS_OTHER] = "WEIGHTS_OTHER",
        [BUILT_NOT_PREPARED] = "NOT_PREPARED",
        [BUILT_FILE] = "FILE",
        [BUILT_NO_NUMBER] = "NO_NUMBER",
    };
    text_printf(out, "/* What a call came to; %s_error_text says each in a sentence. */\nenum {\n    %s_OK = 0", facts->name,
                facts->macro);
    for (int error = 1; error < BUILT_ERROR_COUNT; error++)
        text_printf(out, ",\n    %s_ERROR_%s = %d", facts->macro, names[error], error);
    text_add(out, "\n};\n\n");
    text_printf(out, "/* A sentence for an error code; never null. */\nconst char *%s_error_text(int error);\n\n", facts->name);
}

static void write_structures(const Facts *facts, Text *out)
{
    const char *name = facts->name, *macro = facts->macro;
    text_printf(
        out,
        "/* A loop of the caller's, for several threads: `run` calls task(task_context, i) for i = 0 .. count - 1, in any order "
        "and on any\n"
        " * threads, and returns when all are done. `threads`: how many run at once, about. */\n"
        "typedef struct %s_parallel {\n"
        "    void (*run)(void *context, int64_t count, void (*task)(void *task_context, int64_t index), void *task_context);\n"
        "    void *context;\n"
        "    int64_t threads;\n"
        "} %s_parallel;\n\n",
        name, name);
    text_printf(out,
                "/* Choices of one call; all zero is the default. */\n"
                "typedef struct %s_options {\n"
                "    const %s_parallel *parallel; /* null: the calling thread alone */\n"
                "    uint64_t seed, step;         /* of random numbers, if the net draws any */\n"
                "    uint64_t first_sample;       /* index of the first sample in a larger set: random numbers depend on it */\n"
                "} %s_options;\n\n",
                name, name, name);
    text_printf(out,
                "/* An input or output as a program can ask for it. */\n"
                "enum { %s_REAL = 0, %s_COMPLEX = 1, %s_INTEGER = 2, %s_BOOLEAN = 3, %s_BYTES = 4 };\n"
                "typedef struct %s_value {\n"
                "    const char *name;          /* in the net */\n"
                "    const char *type;          /* of a number: \"float\", \"double\", \"unsigned char\", \"int64_t\" */\n"
                "    int64_t kind;              /* %s_REAL ...; a complex entry is two numbers */\n"
                "    int64_t number_size;       /* bytes of a number */\n"
                "    int64_t size;              /* numbers of a sample */\n"
                "    int64_t batched;           /* 0: one for the whole batch */\n"
                "    int64_t rank;\n"
                "    int64_t shape[%d];          /* of a sample, outermost first */\n"
                "    int64_t below;             /* inputs of integers: entries are 0 .. below - 1 */\n"
                "    int64_t classes;           /* outputs that classify; else 0 */\n"
                "    const char *const *labels; /* names of the classes, or null */\n"
                "} %s_value;\n\n",
                macro, macro, macro, macro, macro, name, macro, BUILT_RANK_LIMIT, name);
}

static void write_weights(const Facts *facts, Text *out)
{
    const char *name = facts->name;
    if (!facts->takes_weights)
        return;
    text_printf(out,
                "/* The weights in use: all zero at first, filled by the functions below, read by any number of runs at once. */\n"
                "typedef struct %s_weights {\n"
                "    const void *weights;\n"
                "    const void *prepared;\n"
                "    void *mapped;\n"
                "    size_t mapped_size;\n"
                "} %s_weights;\n\n",
                name, name);
    if (facts->weights_file)
        text_printf(out,
                    "/* Takes the weights from %s.weights: mapped read-only, or from its bytes in memory that is aligned and "
                    "stays. The file's signature\n"
                    " * must be the model's. The third gives a mapped file back. After %s_ERROR_FILE, errno has the reason. */\n"
                    "int %s_map(%s_weights *weights, const char *path);\n"
                    "int %s_open(%s_weights *weights, const void *bytes, size_t size);\n"
                    "void %s_unmap(%s_weights *weights);\n\n",
                    name, facts->macro, name, name, name, name, name, name);
    if (facts->prepared_size > 0)
        text_printf(out,
                    "/* Brings the weights into the order in which they are computed with, once, into memory of %s_PREPARED_BYTES "
                    "bytes that is aligned and\n"
                    " * stays as long as the weights are used. Needed before the first run. */\n"
                    "int %s_prepare(%s_weights *weights, void *memory);\n\n",
                    facts->macro, name, name);
}

/* The parameters of a run, ended by a comma. */
static void write_parameters(const Facts *facts, Text *out)
{
    if (facts->takes_weights)
        text_printf(out, "const %s_weights *weights, ", facts->name);
    for (int64_t i = 0; i < facts->input_count; i++)
        text_printf(out, "const %s *%s, ", facts->inputs[i].type, facts->inputs[i].parameter);
    for (int64_t i = 0; i < facts->output_count; i++)
        text_printf(out, "%s *%s, ", facts->outputs[i].type, facts->outputs[i].parameter);
}

static void write_functions(const Facts *facts, Text *out)
{
    const char *name = facts->name;
    text_printf(out,
                "/* Bytes of a workspace for runs of up to `batch` samples: memory that is aligned, for one run at a time, of any "
                "content. */\n"
                "size_t %s_workspace_size(size_t batch);\n\n",
                name);
    text_printf(out, "/* Runs the net on `batch` samples.%s The second takes choices, which may be null. */\nint %s_run(",
                facts->output_count > 1 ? " Outputs that are null are not wanted; one must be." : "", name);
    write_parameters(facts, out);
    text_printf(out, "void *workspace, size_t batch);\nint %s_run_with(", name);
    write_parameters(facts, out);
    text_printf(out, "void *workspace, size_t batch, const %s_options *options);\n\n", name);
    text_printf(out,
                "/* The signature of the library that is loaded; and whether it is the one given: %s_OK or %s_ERROR_SIGNATURE. */\n"
                "const char *%s_signature(void);\nint %s_check(const char *signature);\n\n",
                facts->macro, facts->macro, name, name);
    text_printf(out,
                "/* The inputs and outputs, in the order of the parameters; null past the last. */\n"
                "const %s_value *%s_input(int index);\nconst %s_value *%s_output(int index);\n\n",
                name, name, name, name);
}

void header_write(const Facts *facts, Text *out)
{
    write_head(facts, out);
    write_constants(facts, out);
    write_all_port_constants(facts, out);
    write_errors(facts, out);
    write_structures(facts, out);
    write_weights(facts, out);
    write_functions(facts, out);
    text_add(out, "#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}
