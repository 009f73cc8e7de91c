/* Data from the command line: files to the inputs of a net. */
#ifndef STRATA_TOOL_DATA_H
#define STRATA_TOOL_DATA_H

#include "tool/session.h"

/* What the samples are. `files` names the file of each sample when every file is one sample; else null. */
typedef struct Samples {
    int64_t count;
    char **files;
} Samples;

/* Options of the verbs that take data. */
#define OPTION_LIMIT                                                                                                               \
    {                                                                                                                              \
        .name = "limit", .letter = 'l', .kind = VALUE_NUMBER, .placeholder = "N", .least = 1, .most = INT64_MAX,                   \
        .help = "only the first N samples"                                                                                         \
    }
#define OPTION_BATCH                                                                                                               \
    {                                                                                                                              \
        .name = "batch", .letter = 'b', .kind = VALUE_NUMBER, .placeholder = "N", .least = 1, .most = 1 << 20,                     \
        .help = "at most N samples at once (default: chosen by memory)"                                                            \
    }
#define OPTION_INVERT                                                                                                              \
    {                                                                                                                              \
        .name = "invert", .help = "pictures are dark on light: turn bytes b into 255 - b"                                          \
    }

/* What is said of data in the help of these verbs. */
#define DATA_DESCRIPTION                                                                                                           \
    "DATA is read by its content: .npy, .npz, IDX (also inside gzip), PNG, a folder of PNGs, or `-`, the standard input. Several " \
    "files are samples of the\n"                                                                                                   \
    "only input, one behind the other; for a net with several inputs write NAME=FILE for each, or give one .npz with their "       \
    "names.\n\n"                                                                                                                   \
    "How data is made to fit: a missing batch dimension means one sample; rows x columns fit an input 1 x rows x columns; bytes "  \
    "are scaled to 0..1 unless\n"                                                                                                  \
    "the net takes bytes; colour becomes grey for one channel, grey is repeated for three. The size of a picture is never "        \
    "changed."

/* Reads the operands number `first` to `last - 1` into session->inputs. False after saying what is wrong. */
bool data_read(Session *session, int first, int last, Samples *samples);
void samples_release(Samples *samples);

#endif
