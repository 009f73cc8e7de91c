/* Reading data and putting samples together; see data.h. */
#include "tool/data.h"

#include "tool/output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Tensors of the only input, before they are one; each may hold several samples. */
typedef struct Pieces {
    StrataTensor **tensors;
    char **names;
    int64_t count;
    int64_t capacity;
} Pieces;

static void pieces_release(Pieces *pieces)
{
    for (int64_t i = 0; i < pieces->count; i++) {
        strata_tensor_release(pieces->tensors[i]);
        free(pieces->names[i]);
    }
    free(pieces->tensors);
    free(pieces->names);
}

static bool pieces_add(Pieces *pieces, const char *name, StrataTensor *tensor)
{
    if (pieces->count == pieces->capacity) {
        int64_t capacity = pieces->capacity ? 2 * pieces->capacity : 16;
        StrataTensor **tensors = realloc(pieces->tensors, (size_t)capacity * sizeof(StrataTensor *));
        if (tensors)
            pieces->tensors = tensors;
        char **names = tensors ? realloc(pieces->names, (size_t)capacity * sizeof(char *)) : NULL;
        if (!names)
            return false;
        pieces->names = names;
        pieces->capacity = capacity;
    }
    char *copy = strdup(name);
    if (!copy)
        return false;
    pieces->names[pieces->count] = copy;
    pieces->tensors[pieces->count++] = strata_tensor_retain(tensor);
    return true;
}

static bool out_of_memory(void)
{
    message_error(1090, "out of memory");
    return false;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Bytes of pictures that are dark on light, turned. */
static void invert(StrataTensor *tensor)
{
    uint8_t *bytes = strata_tensor_data(tensor);
    if (strata_tensor_kind(tensor) != STRATA_UINT8)
        return;
    for (int64_t i = 0; i < strata_tensor_elements(tensor); i++)
        bytes[i] = (uint8_t)(255 - bytes[i]);
}

static bool read_single(Session *session, Pieces *pieces, const char *path, StrataError *error)
{
    StrataTensor *tensor = strata_tensor_read(&session->allocator, path, error);
    if (!tensor)
        return false;
    bool good = pieces_add(pieces, strcmp(path, "-") == 0 ? "<stdin>" : path, tensor);
    strata_tensor_release(tensor);
    return good || out_of_memory();
}

/* A folder of pictures: each is a piece, called by its file. */
static bool read_folder(Session *session, Pieces *pieces, const char *path)
{
    StrataError error;
    StrataTensorSet *set = strata_tensor_set_read(&session->allocator, path, &error);
    if (!set) {
        message_failure(&error);
        return false;
    }
    bool good = true;
    for (int64_t i = 0; good && i < strata_tensor_set_count(set); i++) {
        good = pieces_add(pieces, strata_tensor_set_name(set, i), strata_tensor_set_tensor(set, i));
    }
    strata_tensor_set_release(set);
    return good || out_of_memory();
}

/* One operand for the only input. */
static bool read_piece(Session *session, Pieces *pieces, const char *path)
{
    if (is_folder(path))
        return read_folder(session, pieces, path);
    StrataError error;
    if (read_single(session, pieces, path, &error))
        return true;
    message_failure(&error);
    return false;
}

/* ---- Putting pieces together ---- */

/* Makes a tensor the net's first input. */
static bool add_only_input(Session *session, StrataTensor *tensor)
{
    StrataError error;
    StrataValue input;
    if (!strata_net_input(session->net, 0, &input)) {
        message_error(1206, "%s has no input, so it takes no data", strata_net_name(session->net));
        return false;
    }
    if (strata_tensor_set_add(session->inputs, input.name, tensor, &error))
        return true;
    message_failure(&error);
    return false;
}

/* Copies the samples of fitted pieces behind one another: all have one kind. */
static StrataTensor *concatenate(Session *session, const Pieces *fitted, StrataError *error)
{
    StrataTensor *first = fitted->tensors[0];
    int64_t sizes[STRATA_RANK_LIMIT], samples = 0;
    int rank = strata_tensor_rank(first);
    for (int axis = 0; axis < rank; axis++)
        sizes[axis] = strata_tensor_size(first, axis);
    for (int64_t i = 0; i < fitted->count; i++)
        samples += strata_tensor_size(fitted->tensors[i], 0);
    sizes[0] = samples;
    StrataTensor *whole = strata_tensor_make(&session->allocator, strata_tensor_kind(first), rank, sizes, error);
    if (!whole)
        return NULL;
    int64_t total = strata_tensor_elements(whole);
    size_t size = strata_tensor_kind(first) == STRATA_FLOAT64 ? sizeof(double) : sizeof(float), offset = 0;
    if (strata_tensor_kind(first) == STRATA_COMPLEX64 || strata_tensor_kind(first) == STRATA_COMPLEX128)
        size = strata_tensor_kind(first) == STRATA_COMPLEX64 ? 2 * sizeof(float) : 2 * sizeof(double);
    for (int64_t i = 0; i < fitted->count; i++) {
        size_t length = (size_t)strata_tensor_elements(fitted->tensors[i]) * size;
        memcpy((char *)strata_tensor_data(whole) + offset, strata_tensor_data(fitted->tensors[i]), length);
        offset += length;
    }
    return offset == (size_t)total * size ? whole : (strata_tensor_release(whole), NULL);
}

/* Each piece fitted to the input, all of the first one's kind. */
static bool fit_pieces(Session *session, const Pieces *pieces, Pieces *fitted)
{
    StrataError error;
    for (int64_t i = 0; i < pieces->count; i++) {
        StrataTensor *tensor = strata_program_fit(session->program, 0, pieces->tensors[i], session->diagnostics);
        if (!tensor) {
            session_print(session);
            message_note("that was %s", pieces->names[i]);
            return false;
        }
        if (i > 0 && strata_tensor_kind(tensor) != strata_tensor_kind(fitted->tensors[0])) {
            StrataTensor *same = strata_tensor_convert(tensor, strata_tensor_kind(fitted->tensors[0]), 1, &error);
            strata_tensor_release(tensor);
            tensor = same;
        }
        bool good = tensor && pieces_add(fitted, pieces->names[i], tensor);
        strata_tensor_release(tensor);
        if (!good)
            return out_of_memory();
    }
    return true;
}

/* Takes over the names when each piece is one sample. */
static void name_samples(Pieces *pieces, Samples *samples)
{
    if (samples->count != pieces->count || pieces->count == 0)
        return;
    samples->files = pieces->names;
    pieces->names = calloc((size_t)pieces->count, sizeof(char *));
    if (!pieces->names) {
        pieces->names = samples->files;
        samples->files = NULL;
    }
}

static bool join_pieces(Session *session, Pieces *pieces, Samples *samples)
{
    Pieces fitted = {0};
    StrataError error;
    StrataTensor *whole = NULL;
    if (fit_pieces(session, pieces, &fitted)) {
        whole = concatenate(session, &fitted, &error);
        if (!whole)
            message_failure(&error);
    }
    bool good = whole && add_only_input(session, whole);
    if (good) {
        samples->count = strata_tensor_size(whole, 0);
        name_samples(&fitted, samples);
    }
    strata_tensor_release(whole);
    pieces_release(&fitted);
    return good;
}

/* ---- Several inputs ---- */

static bool has_input(const StrataNet *net, const char *name, size_t length)
{
    StrataValue input;
    for (int64_t i = 0; strata_net_input(net, i, &input); i++)
        if (strlen(input.name) == length && memcmp(input.name, name, length) == 0)
            return true;
    return false;
}

static bool read_named(Session *session, const char *word, size_t length)
{
    StrataError error;
    char *name = strndup(word, length);
    StrataTensor *tensor = strata_tensor_read(&session->allocator, word + length + 1, &error);
    bool good = name && tensor && strata_tensor_set_add(session->inputs, name, tensor, &error);
    if (!name)
        out_of_memory();
    else if (!good)
        message_failure(&error);
    strata_tensor_release(tensor);
    free(name);
    return good;
}

/* All tensors of an npz or safetensors file, by name. */
static bool read_set(Session *session, const char *path)
{
    StrataError error;
    StrataTensorSet *set = strata_tensor_set_read(&session->allocator, path, &error);
    bool good = set != NULL;
    for (int64_t i = 0; good && i < strata_tensor_set_count(set); i++)
        good = strata_tensor_set_add(session->inputs, strata_tensor_set_name(set, i), strata_tensor_set_tensor(set, i), &error);
    if (!good)
        message_failure(&error);
    strata_tensor_set_release(set);
    return good;
}

static bool read_operand(Session *session, const char *word, Pieces *pieces)
{
    size_t length = strcspn(word, "=");
    if (word[length] == '=' && has_input(session->net, word, length))
        return read_named(session, word, length);
    if (path_ends_with(word, ".npz") || path_ends_with(word, ".safetensors"))
        return read_set(session, word);
    return read_piece(session, pieces, word);
}

/* ---- All of it ---- */

/* The tensor given for an input: by its name, or the only one. */
static StrataTensor *given_for(const Session *session, const char *name)
{
    StrataTensor *tensor = strata_tensor_set_find(session->inputs, name);
    return !tensor && strata_tensor_set_count(session->inputs) == 1 ? strata_tensor_set_tensor(session->inputs, 0) : tensor;
}

/* The first `count` samples for an input, added to `set`. What is missing is left to the run to complain about. */
static bool add_first(Session *session, int64_t index, const char *name, int64_t count, StrataTensorSet *set)
{
    StrataTensor *given = given_for(session, name);
    if (!given)
        return true;
    StrataTensor *fitted = strata_program_fit(session->program, index, given, session->diagnostics);
    if (!fitted)
        return false;
    StrataError error;
    int64_t samples = strata_tensor_size(fitted, 0);
    StrataTensor *part = strata_tensor_rows(fitted, 0, count < samples ? count : samples, &error);
    bool good = part && strata_tensor_set_add(set, name, part, &error);
    strata_tensor_release(part);
    strata_tensor_release(fitted);
    if (!good)
        message_failure(&error);
    return good;
}

/* The first `count` samples of every input, in place of all. */
static bool shorten(Session *session, int64_t count)
{
    StrataError error;
    StrataTensorSet *set = strata_tensor_set_make(&session->allocator, &error);
    bool good = set != NULL;
    if (!good)
        message_failure(&error);
    StrataValue input;
    for (int64_t i = 0; good && strata_net_input(session->net, i, &input); i++)
        good = add_first(session, i, input.name, count, set);
    if (!good) {
        strata_tensor_set_release(set);
        return false;
    }
    strata_tensor_set_release(session->inputs);
    session->inputs = set;
    return true;
}

/* A picture is one sample whatever its channels; another tensor is when it has as many entries. */
static bool is_one_sample(const StrataValue *input, const char *path, const StrataTensor *tensor)
{
    int64_t entries = 1;
    for (int axis = 0; axis < input->rank; axis++)
        entries *= input->sizes[axis];
    return strata_tensor_elements(tensor) == entries || path_ends_with(path, ".png");
}

static bool collect(Session *session, int first, int last, Samples *samples)
{
    const Arguments *arguments = session->arguments;
    Pieces pieces = {0};
    bool good = true;
    for (int i = first; good && i < last; i++)
        good = read_operand(session, arguments->operands[i], &pieces);
    if (good && arguments_has(arguments, "invert"))
        for (int64_t i = 0; i < pieces.count; i++)
            invert(pieces.tensors[i]);
    if (good && pieces.count == 1) {
        StrataValue input;
        good = add_only_input(session, pieces.tensors[0]);
        samples->count = 1;
        if (good && strata_net_input(session->net, 0, &input) && is_one_sample(&input, pieces.names[0], pieces.tensors[0]))
            name_samples(&pieces, samples);
    } else if (good && pieces.count > 1) {
        good = join_pieces(session, &pieces, samples);
    }
    pieces_release(&pieces);
    return good;
}

bool data_read(Session *session, int first, int last, Samples *samples)
{
    StrataError error;
    *samples = (Samples){0};
    session->inputs = strata_tensor_set_make(&session->allocator, &error);
    if (!session->inputs)
        return message_failure(&error), false;
    if (!collect(session, first, last, samples))
        return false;
    int64_t count = arguments_number(session->arguments, "limit", 0);
    return count == 0 || shorten(session, count);
}

void samples_release(Samples *samples)
{
    for (int64_t i = 0; samples->files && i < samples->count; i++)
        free(samples->files[i]);
    free(samples->files);
    *samples = (Samples){0};
}
