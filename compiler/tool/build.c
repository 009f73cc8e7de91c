/* strata build: a net with its weights as a library for C. */
#include "tool/output.h"
#include "tool/progress.h"
#include "tool/session.h"

#include <string.h>

enum { E_EMIT_FORM = 1218 };

static const struct {
    const char *word;
    StrataForm form;
} forms[] = {
    {"so", STRATA_SHARED_LIBRARY}, {"a", STRATA_ARCHIVE},  {"o", STRATA_OBJECT_FILE},
    {"ll", STRATA_LLVM_TEXT},      {"s", STRATA_ASSEMBLY},
};

/* `so,a` as a sum of forms; false after saying which word is none. */
static bool read_forms(const char *words, unsigned *result)
{
    *result = 0;
    for (const char *at = words; *at;) {
        size_t length = strcspn(at, ",");
        unsigned form = 0;
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
            if (strlen(forms[i].word) == length && strncmp(forms[i].word, at, length) == 0)
                form = forms[i].form;
        if (!form) {
            message_error(E_EMIT_FORM, "--emit takes so, a, o, ll and s, with commas between, got '%.*s'", (int)length, at);
            return false;
        }
        *result |= form;
        at += length;
        at += *at == ',';
    }
    return true;
}

static StrataPacking packing(const Arguments *arguments)
{
    if (arguments_has(arguments, "packed"))
        return STRATA_PACK_ALWAYS;
    return arguments_has(arguments, "plain") ? STRATA_PACK_NEVER : STRATA_PACK_SMALL;
}

static StrataText *build(Session *session)
{
    const Arguments *arguments = session->arguments;
    unsigned wanted;
    if (!read_forms(arguments_value(arguments, "emit", "so"), &wanted)) {
        session->failed = EXIT_WRONG_USAGE;
        return NULL;
    }
    if (!session_module(session, arguments->operands[0]) || !session_net(session) || !session_weights(session))
        return NULL;
    StrataBuildOptions options = {
        .name = arguments_value(arguments, "name", NULL),
        .forms = wanted,
        .cpu = arguments_value(arguments, "cpu", NULL),
        .precision = strcmp(arguments_value(arguments, "precision", "single"), "double") == 0 ? STRATA_DOUBLE : STRATA_SINGLE,
        .tile = arguments_number(arguments, "batch", 0),
        .packing = packing(arguments),
        .weights_file = arguments_has(arguments, "weights-file"),
        .linker = arguments_value(arguments, "linker", NULL),
    };
    return strata_build(session->net, session->weights, arguments_value(arguments, "output", "."), &options, session->diagnostics);
}

static ExitCode run_build(const Arguments *arguments)
{
    Session session;
    if (!session_begin(&session, arguments))
        return EXIT_WRONG_INPUT;
    Progress progress;
    progress_begin(&progress);
    strata_context_set_progress(session.context, progress_step, &progress);
    StrataText *manifest = build(&session);
    progress_end(&progress);
    bool good = manifest != NULL;
    if (good && arguments_has(arguments, "json"))
        good = output_file("-", strata_text_bytes(manifest), strata_text_length(manifest));
    strata_text_release(manifest);
    ExitCode status = session_end(&session);
    return status == EXIT_DONE && !good ? EXIT_WRONG_INPUT : status;
}

static const Option build_options[] = {
    OPTION_NET,
    OPTION_SET,
    OPTION_WEIGHTS,
    OPTION_MAP,
    OPTION_LEFT_OVER,
    OPTION_SEED,
    OPTION_PRECISION,
    {.name = "output", .letter = 'o', .kind = VALUE_FOLDER, .placeholder = "DIR", .help = "where the files go (default: here)"},
    {.name = "name", .kind = VALUE_TEXT, .placeholder = "NAME", .help = "of files and functions (default: the net's)"},
    {.name = "emit", .letter = 'e', .kind = VALUE_TEXT, .placeholder = "FORMS", .help = "any of so,a,o,ll,s (default so)"},
    {.name = "cpu",
     .kind = VALUE_TEXT,
     .placeholder = "CPU",
     .help = "baseline: any x86-64, at its best (default); native: this one; or a processor's name"},
    {.name = "packed", .help = "bring weights into the kernels' order now, whatever their size"},
    {.name = "plain", .help = "leave that to the library's user, at the start"},
    {.name = "weights-file", .help = "weights in NAME.weights beside the library, not inside"},
    {.name = "batch",
     .letter = 'b',
     .kind = VALUE_NUMBER,
     .placeholder = "N",
     .least = 1,
     .most = 1 << 20,
     .help = "most samples that are computed together (default: by memory)"},
    {.name = "linker", .kind = VALUE_TEXT, .placeholder = "PROGRAM", .help = "links libNAME.so (default: cc, or a linker)"},
    OPTION_JSON,
    {0},
};

const Verb verb_build = {
    .name = "build",
    .operands = "FILE",
    .summary = "make a library of a net, for C and all that can call C",
    .description = "Compiles the net with its weights into libNAME.so (or other forms), with NAME.h for C and C++, NAME.json for "
                   "programs that write\n"
                   "bindings, and NAME.pc for pkg-config. The library needs libc and libm, and nothing of Strata.\n"
                   "\n"
                   "A program calls NAME_run(input, output, workspace, batch); memory is the caller's, threads too. NAME.h says "
                   "all about it, and begins\n"
                   "with an example.\n"
                   "\n"
                   "Weights lie inside the library. Those of more than 64 MiB lie there as they are in the file, and the program "
                   "brings them into the kernels'\n"
                   "order once, by NAME_prepare; --packed and --plain choose. With --weights-file they lie in NAME.weights, which "
                   "the program maps.\n"
                   "\n"
                   "After an error or an interrupt, files of an earlier build are as they were.",
    .examples = "strata build lenet.net -w lenet.safetensors -o lenet\n"
                "cc program.c -Ilenet -Llenet -llenet -lm -o program\n"
                "strata build lenet.net -w lenet.safetensors -o lenet --emit a,o --cpu native --name digits",
    .options = build_options,
    .least = 1,
    .most = 1,
    .operand_kind = VALUE_FILE,
    .run = run_build,
};
