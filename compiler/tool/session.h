/* What most verbs share: a context with its diagnostics, a model, weights, data, and writing results where the user wants them. */
#ifndef STRATA_TOOL_SESSION_H
#define STRATA_TOOL_SESSION_H

#include "strata.h"
#include "tool/message.h"
#include "tool/verb.h"

/* Everything that a verb makes on its way to an answer; one release gives it all back. */
typedef struct Session {
    const Arguments *arguments;
    StrataAllocator allocator;
    StrataContext *context;
    StrataDiagnostics *diagnostics;
    StrataModule *module;
    StrataNet *net;
    StrataWeights *weights;
    StrataProgram *program;
    StrataWorkspace *workspace;
    StrataTensorSet *inputs;
    ExitCode failed; /* what a step that printed its own error came to; EXIT_DONE: none did */
} Session;

/* Options that several verbs share, for their tables. */
#define OPTION_NET                                                                                                                 \
    {                                                                                                                              \
        .name = "net", .letter = 'n', .kind = VALUE_TEXT, .placeholder = "NAME",                                                   \
        .help = "which net of the file (default: the last one)"                                                                    \
    }
#define OPTION_SET                                                                                                                 \
    {                                                                                                                              \
        .name = "set", .letter = 's', .kind = VALUE_TEXT, .placeholder = "NAME=VALUE", .repeated = true,                           \
        .help = "another value for a setting of the net; VALUE is an expression"                                                   \
    }
#define OPTION_TRAINING                                                                                                            \
    {                                                                                                                              \
        .name = "training", .help = "the net as training sees it, not as inference does"                                           \
    }
#define OPTION_WEIGHTS                                                                                                             \
    {                                                                                                                              \
        .name = "weights", .letter = 'w', .kind = VALUE_FILE, .placeholder = "FILE", .help = "weights to use: safetensors or npz"  \
    }
#define OPTION_MAP                                                                                                                 \
    {                                                                                                                              \
        .name = "map", .letter = 'm', .kind = VALUE_FILE, .placeholder = "OURS=THEIRS", .repeated = true,                          \
        .help = "weight OURS of the net is THEIRS in the file; or a file of such lines; or `order`: pair the rest in order"        \
    }
#define OPTION_LEFT_OVER                                                                                                           \
    {                                                                                                                              \
        .name = "ignore-left-over", .help = "tensors of the file that no weight wants are no error"                                \
    }
#define OPTION_SEED                                                                                                                \
    {                                                                                                                              \
        .name = "seed", .kind = VALUE_NUMBER, .placeholder = "N", .least = 0, .most = INT64_MAX,                                   \
        .help = "of random numbers; without --weights, of the initial weights"                                                     \
    }
#define OPTION_THREADS                                                                                                             \
    {                                                                                                                              \
        .name = "threads", .letter = 't', .kind = VALUE_NUMBER, .placeholder = "N", .least = 1, .most = 1024,                      \
        .help = "how many threads compute (default 1)"                                                                             \
    }
#define OPTION_ENGINE                                                                                                              \
    {                                                                                                                              \
        .name = "engine", .letter = 'e', .kind = VALUE_WORDS, .placeholder = "ENGINE", .words = "jit interpreter",                 \
        .help = "jit: compile for this net and processor; interpreter (default: jit when it pays)"                                 \
    }
#define OPTION_VERBOSE                                                                                                             \
    {                                                                                                                              \
        .name = "verbose", .help = "say on standard error which engine runs, and what was compiled"                                \
    }
#define OPTION_EXACT                                                                                                               \
    {                                                                                                                              \
        .name = "exact", .help = "convolutions as the sums of their definition: no Winograd, which is faster and rounds more"      \
    }

#define OPTION_PRECISION                                                                                                           \
    {                                                                                                                              \
        .name = "precision", .letter = 'p', .kind = VALUE_WORDS, .placeholder = "PRECISION", .words = "single double",             \
        .help = "of the computation: single or double (default single)"                                                            \
    }
#define OPTION_JSON                                                                                                                \
    {                                                                                                                              \
        .name = "json", .letter = 'j', .help = "write JSON"                                                                        \
    }
#define OPTION_OUTPUT_FILE                                                                                                         \
    {                                                                                                                              \
        .name = "output", .letter = 'o', .kind = VALUE_FILE, .placeholder = "FILE",                                                \
        .help = "write to FILE instead of standard output"                                                                         \
    }

/* False after saying that memory ended. */
bool session_begin(Session *session, const Arguments *arguments);

/* Prints what is in the diagnostics that was not printed yet, and gives the exit code; releases everything. */
ExitCode session_end(Session *session);

/* Loads a file, or standard input for `-`. False when it cannot; the diagnostics say why. */
bool session_module(Session *session, const char *path);

/* The settings that --set gives, to be given back; null after saying what is wrong. */
StrataSetting *session_settings(Session *session, int *count);
void session_settings_release(StrataSetting *settings, int count);

/* Elaborates the net that --net, --set and --training say. */
bool session_net(Session *session);

/* Weights from --weights with --map, --ignore-left-over; else initial values from --seed. A net with weights needs one of them. */
bool session_weights(Session *session);

/* The filter banks of the net; filters that are computed from weights have those of --weights, else their initial values. Null after saying why. */
StrataFrame *session_frame(Session *session, bool exact);

/* Plans with --precision and --threads; `values` are inner values wanted too, `batch` the exact number of samples or 0. */
bool session_program(Session *session, const char *const *values, int64_t value_count, int64_t batch);

/* Compiles the program for a run on so many samples, as --engine says; without --engine when it pays, and when it cannot be done the interpreter runs.
 * With --verbose, says what became of it. False when --engine jit was given and nothing could be compiled. */
bool session_engine(Session *session, int64_t samples);

/* Prints the diagnostics so far on standard error, and empties the list. */
void session_print(Session *session);

#endif
