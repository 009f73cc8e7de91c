/* The steps of a build, in their order; see build.h. */
#include "build/build.h"

#include "build/code.h"
#include "build/link.h"

#include <string.h>

enum { E_NAME = 1074 };

/* One build, from what is known to the files. */
typedef struct Build {
    const Program *program;
    const BuildOptions *options;
    StrataAllocator allocator;
    Arena arena;
    Facts facts;
    Binding *binding; /* for what is prepared here; else null */
    Output output;
    const char *symbol; /* of the weights' section */
    const char *const *exported;
    int64_t exported_count;
    StrataError *error;
} Build;

static bool is_cancelled(Build *build)
{
    const BuildOptions *options = build->options;
    if (!options->cancelled || !options->cancelled(options->context))
        return false;
    error_set(build->error, STRATA_CANCELLED, 0, "interrupted");
    return true;
}

static size_t rows_size(const Plan *plan)
{
    size_t size = 0;
    for (int64_t i = 0; i < plan->weight_count; i++)
        size = size_add(size, size_multiply((size_t)type_reals(&plan->weights[i].type), precision_size(plan->precision)));
    return size;
}

static bool packs(const Plan *plan, const BuildOptions *options)
{
    if (options->packing != BUILD_PACK_SMALL)
        return options->packing == BUILD_PACK;
    return rows_size(plan) <= BUILD_SMALL && plan->prepared <= BUILD_SMALL;
}

/* Facts, weights, signature: everything that is known before code is made. */
static void describe(Build *build, const InputBuffer *weights, const InputBuffer *states)
{
    Facts *facts = &build->facts;
    facts_collect(facts, &build->arena, program_plan(build->program), build->options);
    section_lay_out(facts, weights, states, program_constants(build->program),
                    build->binding ? binding_prepared(build->binding) : NULL);
    section_sign(facts, build->options->source);
    build->symbol = arena_printf(&build->arena, "%s_weights_section", facts->name);
    build->exported = glue_exported(facts, &build->exported_count);
}

/* ---- Files ---- */

static const char *file_name(Build *build, const char *before, const char *after)
{
    return arena_printf(&build->arena, "%s%s%s", before, build->facts.name, after);
}

static const Section *section_inside(const Build *build)
{
    return build->facts.weights_file ? NULL : &build->facts.section;
}

/* The object's bytes with the weights, as a file `path`. */
static bool write_object(Build *build, const ObjectCode *code, const char *path)
{
    OutputFile file;
    bool good = output_file_open(&file, path, build->error) &&
                object_write(code, build->symbol, section_inside(build), &file, build->error);
    return output_file_close(&file, good, build->error);
}

static bool write_archive(Build *build, const ObjectCode *code, const char *path)
{
    OutputFile file;
    bool good =
        output_file_open(&file, path, build->error) && archive_write(code, build->symbol, section_inside(build), build->facts.name,
                                                                     build->exported, build->exported_count, &file, build->error);
    return output_file_close(&file, good, build->error);
}

static bool write_weights(Build *build, const char *path)
{
    const Facts *facts = &build->facts;
    BuiltFileHead head = {.magic = BUILT_MAGIC, .weights_size = facts->section.size};
    memcpy(head.signature, facts->signature, sizeof head.signature);
    OutputFile file;
    bool good = output_file_open(&file, path, build->error) && output_file_add(&file, &head, sizeof head, build->error) &&
                section_write(&facts->section, &file, build->error);
    return output_file_close(&file, good, build->error);
}

/* The names that a library shows; all others are its own. */
static const char *version_script(Build *build)
{
    Text text = text_make(&build->arena);
    text_add(&text, "{\n  global:\n");
    for (int64_t i = 0; i < build->exported_count; i++)
        text_printf(&text, "    %s;\n", build->exported[i]);
    text_add(&text, "  local: *;\n};\n");
    return text_string(&text);
}

static bool write_private(Build *build, const char *name, const char *text, char path[OUTPUT_PATH])
{
    OutputFile file;
    if (!output_path(&build->output, name, false, path, build->error))
        return false;
    bool good = output_file_open(&file, path, build->error) && output_file_add(&file, text, strlen(text), build->error);
    return output_file_close(&file, good, build->error);
}

static bool write_shared(Build *build, const char *object)
{
    char script[OUTPUT_PATH], library[OUTPUT_PATH];
    const char *name = file_name(build, "lib", ".so");
    return write_private(build, "exported.map", version_script(build), script) &&
           output_path(&build->output, name, true, library, build->error) &&
           link_library(&build->output, build->options, object, script, library, name, build->error);
}

static bool write_code(Build *build, const ObjectCode *code)
{
    unsigned forms = build->options->forms;
    char path[OUTPUT_PATH];
    if (forms & BUILD_ARCHIVE) {
        const char *name = file_name(build, "lib", ".a");
        if (!output_path(&build->output, name, true, path, build->error) || !write_archive(build, code, path))
            return false;
    }
    if (!(forms & (BUILD_OBJECT | BUILD_SHARED)))
        return true;
    const char *name = file_name(build, "", ".o");
    return output_path(&build->output, name, (forms & BUILD_OBJECT) != 0, path, build->error) && write_object(build, code, path) &&
           !is_cancelled(build) && (!(forms & BUILD_SHARED) || write_shared(build, path));
}

/* Assembly and LLVM's language do not hold the weights: they include a file beside them. */
static bool write_text(Build *build, BuildForm form, const char *end)
{
    ObjectCode code = {0};
    OutputFile file;
    char path[OUTPUT_PATH];
    const char *weights = build->facts.weights_file ? "" : glue_weights(&build->facts, form);
    if (!output_path(&build->output, file_name(build, "", end), true, path, build->error) ||
        !code_make(&build->facts, form, &build->allocator, &code, build->error))
        return false;
    bool good = output_file_open(&file, path, build->error) && output_file_add(&file, code.bytes, code.size, build->error) &&
                output_file_add(&file, weights, strlen(weights), build->error);
    good = output_file_close(&file, good, build->error);
    code_release(&build->allocator, &code);
    return good;
}

static bool write_section(Build *build)
{
    OutputFile file;
    char path[OUTPUT_PATH];
    if (!output_path(&build->output, file_name(build, "", ".bin"), true, path, build->error))
        return false;
    bool good = output_file_open(&file, path, build->error) && section_write(&build->facts.section, &file, build->error);
    return output_file_close(&file, good, build->error);
}

static bool write_texts(Build *build)
{
    unsigned forms = build->options->forms;
    if (!(forms & (BUILD_LLVM | BUILD_ASSEMBLY)))
        return true;
    return (build->facts.weights_file || write_section(build)) && (!(forms & BUILD_LLVM) || write_text(build, BUILD_LLVM, ".ll")) &&
           (!(forms & BUILD_ASSEMBLY) || write_text(build, BUILD_ASSEMBLY, ".s"));
}

static bool write_all_code(Build *build)
{
    if (!(build->options->forms & (BUILD_SHARED | BUILD_ARCHIVE | BUILD_OBJECT)))
        return true;
    ObjectCode code = {0};
    bool good = code_make(&build->facts, BUILD_OBJECT, &build->allocator, &code, build->error) && !is_cancelled(build) &&
                write_code(build, &code);
    code_release(&build->allocator, &code);
    return good;
}

typedef void WriteFacts(const Facts *facts, Text *out);

static bool write_facts(Build *build, const char *end, WriteFacts *write)
{
    Text text = text_make(&build->arena);
    write(&build->facts, &text);
    return output_write(&build->output, file_name(build, "", end), text_string(&text), text.length, build->error);
}

static bool write_files(Build *build)
{
    const Facts *facts = &build->facts;
    char path[OUTPUT_PATH];
    if (!write_all_code(build) || is_cancelled(build) || !write_texts(build) || is_cancelled(build))
        return false;
    if (facts->weights_file &&
        (!output_path(&build->output, file_name(build, "", ".weights"), true, path, build->error) || !write_weights(build, path)))
        return false;
    bool library = facts->forms & (BUILD_SHARED | BUILD_ARCHIVE);
    return (!library || write_facts(build, ".pc", package_write)) && write_facts(build, ".json", manifest_write) &&
           write_facts(build, ".h", header_write);
}

/* ---- The whole ---- */

/* Both arenas, of the build and of the caller's text, go to the same point when memory ends. */
static bool build_in_arena(Build *build, const InputBuffer *weights, const InputBuffer *states, Text *manifest)
{
    if (ARENA_TRY(&build->arena) != 0)
        return error_memory(build->error, build->arena.total);
    manifest->arena->recovery = build->arena.recovery;
    describe(build, weights, states);
    manifest_write(&build->facts, manifest);
    return output_begin(&build->output, build->options->folder, build->error) && write_files(build);
}

bool build_model(const Program *program, const InputBuffer *weights, const InputBuffer *states, const BuildOptions *options,
                 const StrataAllocator *allocator, Text *manifest, StrataError *error)
{
    Build build = {.program = program, .options = options, .allocator = *allocator, .error = error};
    if (!build_is_name(options->name))
        return error_set(error, STRATA_USAGE, E_NAME, "'%s' cannot name functions in C", options->name);
    if (packs(program_plan(program), options)) {
        build.binding = binding_make(program, weights, states, true, error);
        if (!build.binding)
            return false;
    }
    arena_init(&build.arena, allocator);
    jmp_buf *recovery = manifest->arena->recovery;
    bool good = build_in_arena(&build, weights, states, manifest);
    manifest->arena->recovery = recovery;
    good = output_end(&build.output, good, error);
    arena_release(&build.arena);
    binding_release(build.binding);
    return good;
}
