/* The code of a model; see code.h. */
#include "build/code.h"

#include "build/net.h"
#include "engine/native.h"

#include <string.h>

/* A processor that code is made for. */
typedef struct Processor {
    const char *name; /* LLVM's; null: the one at hand */
    KernelLevel level;
} Processor;

enum { LEVELS = 3 };

/* The names that a build may be for: all have x86-64-v2, what every kernel needs. */
static const Processor processors[] = {
    {"x86-64-v2", KERNEL_BASELINE},     {"x86-64-v3", KERNEL_LEVEL_V3},      {"x86-64-v4", KERNEL_LEVEL_V4},
    {"nehalem", KERNEL_BASELINE},       {"westmere", KERNEL_BASELINE},       {"sandybridge", KERNEL_BASELINE},
    {"ivybridge", KERNEL_BASELINE},     {"haswell", KERNEL_LEVEL_V3},        {"broadwell", KERNEL_LEVEL_V3},
    {"skylake", KERNEL_LEVEL_V3},       {"skylake-avx512", KERNEL_LEVEL_V4}, {"cascadelake", KERNEL_LEVEL_V4},
    {"cooperlake", KERNEL_LEVEL_V4},    {"icelake-client", KERNEL_LEVEL_V4}, {"icelake-server", KERNEL_LEVEL_V4},
    {"rocketlake", KERNEL_LEVEL_V4},    {"tigerlake", KERNEL_LEVEL_V4},      {"alderlake", KERNEL_LEVEL_V3},
    {"raptorlake", KERNEL_LEVEL_V3},    {"meteorlake", KERNEL_LEVEL_V3},     {"arrowlake", KERNEL_LEVEL_V3},
    {"lunarlake", KERNEL_LEVEL_V3},     {"sapphirerapids", KERNEL_LEVEL_V4}, {"emeraldrapids", KERNEL_LEVEL_V4},
    {"graniterapids", KERNEL_LEVEL_V4}, {"sierraforest", KERNEL_LEVEL_V3},   {"silvermont", KERNEL_BASELINE},
    {"goldmont", KERNEL_BASELINE},      {"tremont", KERNEL_BASELINE},        {"gracemont", KERNEL_LEVEL_V3},
    {"btver2", KERNEL_BASELINE},        {"bdver1", KERNEL_BASELINE},         {"bdver2", KERNEL_BASELINE},
    {"bdver3", KERNEL_BASELINE},        {"bdver4", KERNEL_LEVEL_V3},         {"znver1", KERNEL_LEVEL_V3},
    {"znver2", KERNEL_LEVEL_V3},        {"znver3", KERNEL_LEVEL_V3},         {"znver4", KERNEL_LEVEL_V4},
};

/* The processors that code is made for; 0 after filling `error`. */
static int64_t choose_processors(const char *cpu, Processor chosen[LEVELS], StrataError *error)
{
    if (strcmp(cpu, "baseline") == 0) {
        memcpy(chosen, processors, LEVELS * sizeof *chosen);
        return LEVELS;
    }
    if (strcmp(cpu, "native") == 0) {
        chosen[0] = (Processor){.name = NULL, .level = kernel_level()};
        return 1;
    }
    for (size_t i = 0; i < sizeof processors / sizeof *processors; i++)
        if (strcmp(cpu, processors[i].name) == 0) {
            chosen[0] = processors[i];
            return 1;
        }
    error_set(error, STRATA_USAGE, E_PROCESSOR,
              "there is no processor '%s' to build for: it is baseline, native, or LLVM's name of one (x86-64-v3, haswell, znver4)",
              cpu);
    return 0;
}

static const char *suffix_of(KernelLevel level)
{
    return level == KERNEL_LEVEL_V4 ? "_v4" : level == KERNEL_LEVEL_V3 ? "_v3" : "_v2";
}

/* Which of the levels' functions is called is found out once, while the library is loaded. */
static void write_choice(const Facts *facts, const char *function, Text *out)
{
    const char *name = arena_printf(facts->arena, "%s_net_%s", facts->name, function);
    text_printf(out, "declare void @%s_v2(ptr)\ndeclare void @%s_v3(ptr)\ndeclare void @%s_v4(ptr)\n", name, name, name);
    text_printf(out,
                "define internal ptr @%s_choose() {\n  %%level = call i32 @built_level()\n  %%third = icmp eq i32 %%level, 3\n"
                "  %%fourth = icmp eq i32 %%level, 4\n  %%low = select i1 %%third, ptr @%s_v3, ptr @%s_v2\n"
                "  %%best = select i1 %%fourth, ptr @%s_v4, ptr %%low\n  ret ptr %%best\n}\n",
                name, name, name, name);
    text_printf(out, "@%s = internal ifunc void (ptr), ptr @%s_choose\n", name, name);
}

/* Everything of one call of code_make that lies in the arena. */
typedef struct Texts {
    NativeTarget targets[LEVELS];
    int64_t target_count;
    const char *entries[2 * LEVELS];
    int64_t entry_count;
    Text glue;
} Texts;

static void write_target(const Facts *facts, const Processor *processor, const char *suffix, Texts *texts)
{
    Text text = text_make(facts->arena);
    net_write(facts, suffix, processor->level, &text);
    texts->targets[texts->target_count++] =
        (NativeTarget){.processor = processor->name, .text = text_string(&text), .length = text.length};
    texts->entries[texts->entry_count++] = arena_printf(facts->arena, "%s_net_run%s", facts->name, suffix);
    texts->entries[texts->entry_count++] = arena_printf(facts->arena, "%s_net_prepare%s", facts->name, suffix);
}

static Texts write_texts(const Facts *facts, const Processor *chosen, int64_t count)
{
    Texts texts = {.glue = text_make(facts->arena)};
    for (int64_t i = 0; i < count; i++)
        write_target(facts, &chosen[i], count > 1 ? suffix_of(chosen[i].level) : "", &texts);
    glue_write(facts, count == 1, &texts.glue);
    if (count > 1) {
        text_add(&texts.glue, "declare i32 @built_level()\n");
        write_choice(facts, "run", &texts.glue);
        if (facts->prepared_size > 0)
            write_choice(facts, "prepare", &texts.glue);
    }
    return texts;
}

static NativeForm native_form(BuildForm form)
{
    return form == BUILD_LLVM ? NATIVE_LLVM : form == BUILD_ASSEMBLY ? NATIVE_ASSEMBLY : NATIVE_CODE;
}

bool code_make(const Facts *facts, BuildForm form, const StrataAllocator *allocator, ObjectCode *result, StrataError *error)
{
    Processor chosen[LEVELS];
    int64_t count = choose_processors(facts->cpu, chosen, error);
    const NativeCompiler *compiler = count > 0 ? native_load(error) : NULL;
    if (!compiler)
        return false;
    Texts texts = write_texts(facts, chosen, count);
    int64_t exported_count;
    const char *const *exported = glue_exported(facts, &exported_count);
    NativeObject object = {
        .allocator = allocator,
        .form = native_form(form),
        .targets = texts.targets,
        .target_count = texts.target_count,
        .glue = text_string(&texts.glue),
        .glue_length = texts.glue.length,
        .entries = texts.entries,
        .entry_count = texts.entry_count,
        .exported = exported,
        .exported_count = exported_count,
    };
    bool good = compiler->object(&object, error);
    *result = (ObjectCode){.bytes = object.bytes, .size = object.size};
    return good;
}

void code_release(const StrataAllocator *allocator, ObjectCode *code)
{
    allocator_give(allocator, code->bytes, code->size, 1);
    *code = (ObjectCode){0};
}
