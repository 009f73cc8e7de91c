/* Commands on files: models, weights, pictures and tensors; the session as a file. */
#include "tool/repl/command.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Models ---- */

static void note_file(Repl *repl, const char *path)
{
    struct stat status;
    char *copy = strdup(path);
    if (!copy)
        return;
    free(repl->file);
    repl->file = copy;
    repl->file_time = stat(path, &status) == 0 ? status.st_mtim : (struct timespec){0};
}

/* When the file was written is seen before it is read: what is written meanwhile is another change. */
static void load_model(Repl *repl, const char *path)
{
    note_file(repl, path);
    StrataAnswer *answer = strata_session_open(repl->session, path, repl->diagnostics);
    repl_report(repl);
    if (answer)
        show_answer(repl, answer, path);
    strata_answer_release(answer);
}

/* Whether the file is another one than that which was opened; when it was written last. */
static bool has_changed(const Repl *repl, struct timespec *written)
{
    struct stat status;
    if (!repl->file || stat(repl->file, &status) != 0)
        return false;
    *written = status.st_mtim;
    return written->tv_sec != repl->file_time.tv_sec || written->tv_nsec != repl->file_time.tv_nsec;
}

bool files_have_changed(const Repl *repl)
{
    static const double settled = 0.2; /* seconds without a change */
    struct timespec written, now;
    clock_gettime(CLOCK_REALTIME, &now);
    return has_changed(repl, &written) &&
           fabs((double)(now.tv_sec - written.tv_sec) + 1e-9 * (double)(now.tv_nsec - written.tv_nsec)) > settled;
}

/* A file that was opened and has changed since is opened again. */
void watch_files(Repl *repl)
{
    struct timespec written;
    if (!has_changed(repl, &written))
        return;
    char *path = strdup(repl->file);
    if (!path)
        return;
    printf("%s has changed: loaded again\n", path);
    load_model(repl, path);
    free(path);
}

static void reload(Repl *repl, const char *rest)
{
    (void)rest;
    char *path = repl->file ? strdup(repl->file) : NULL;
    if (path)
        load_model(repl, path);
    else
        repl_fail(repl, "no file was loaded yet: `:load FILE.net`");
    free(path);
}

/* ---- Weights ---- */

static void load_weights(Repl *repl, const char *path, const char *net_name)
{
    StrataNet *net = repl_net(repl, net_name, false);
    StrataWeights *weights = strata_weights_read(net, path, NULL, repl->diagnostics);
    bool good =
        weights && strata_session_set_weights(repl->session, strata_net_name(net), strata_weights_set(weights), repl->diagnostics);
    if (good)
        printf("%s has the weights of %s\n", strata_net_name(net), path);
    strata_weights_release(weights);
    strata_net_release(net);
    repl_report(repl);
}

/* ---- Tensors ---- */

/* "examples/seven-1.png" becomes seven_1. */
static char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = strdup(slash ? slash + 1 : path);
    if (!name)
        return NULL;
    name[strcspn(name, ".")] = '\0';
    for (char *at = name; *at; at++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", *at))
            *at = '_';
    if (name[0] == '\0' || (name[0] >= '0' && name[0] <= '9')) {
        free(name);
        return strdup("x");
    }
    return name;
}

/* Pictures as nets take them: samples x channels x rows x columns, bytes as 0..1. What else is bytes stays whole numbers. */
static StrataTensor *as_pictures(StrataTensor *tensor, bool png, StrataError *error)
{
    int rank = strata_tensor_rank(tensor);
    int64_t sizes[4] = {1, 1, strata_tensor_size(tensor, rank - 2), strata_tensor_size(tensor, rank - 1)};
    if (png)
        sizes[1] = rank == 3 ? strata_tensor_size(tensor, 0) : 1;
    else
        sizes[0] = strata_tensor_size(tensor, 0);
    StrataTensor *real =
        strata_tensor_convert(tensor, STRATA_FLOAT32, strata_tensor_kind(tensor) == STRATA_UINT8 ? 1.0 / 255 : 1, error);
    StrataTensor *result = real ? strata_tensor_reshape(real, 4, sizes, error) : NULL;
    strata_tensor_release(real);
    return result;
}

static void load_tensor(Repl *repl, const char *path, const char *given, bool batch)
{
    StrataError error;
    StrataTensor *tensor = strata_tensor_read(&repl->allocator, path, &error);
    bool png = path_ends_with(path, ".png"), numbers = path_ends_with(path, ".npy");
    if (tensor && (png || (!numbers && strata_tensor_rank(tensor) == 3))) {
        StrataTensor *pictures = as_pictures(tensor, png, &error);
        strata_tensor_release(tensor);
        tensor = pictures;
    }
    char *name = given[0] ? strdup(given) : name_of(path);
    bool batched = batch || !numbers;
    if (!tensor || !name)
        repl_fail(repl, "%s", tensor ? "out of memory" : error.message);
    else if (strata_session_bind(repl->session, name, tensor, batched, repl->diagnostics))
        show_tensor(repl, name, tensor, batched);
    repl_report(repl);
    free(name);
    strata_tensor_release(tensor);
}

static void load(Repl *repl, const char *rest)
{
    const char *behind, *last;
    char *path = first_word(rest, &behind);
    char *name = first_word(behind, &last);
    if (!path)
        repl_fail(repl, "`:load` takes a file: a model, weights, a picture or a tensor");
    else if (path_ends_with(path, ".net"))
        load_model(repl, path);
    else if (path_ends_with(path, ".safetensors") || path_ends_with(path, ".npz"))
        load_weights(repl, path, name ? name : "");
    else
        load_tensor(repl, path, name ? name : "", strcmp(last, "batch") == 0);
    free(name);
    free(path);
}

/* ---- The session as a file ---- */

static void save(Repl *repl, const char *rest)
{
    StrataText *text = strata_session_source(repl->session, repl->diagnostics);
    if (text && rest[0] && output_file(rest, strata_text_bytes(text), strata_text_length(text)))
        printf("%s is written\n", rest);
    else if (text && !rest[0])
        fputs(strata_text_bytes(text), stdout);
    else
        repl->failed = true;
    strata_text_release(text);
    repl_report(repl);
}

const Command file_commands[] = {
    {"load", "FILE [NAME]", "open a model, weights, a picture or a tensor",
     "  FILE.net           its definitions join the session; it is loaded again when it changes\n"
     "  FILE.safetensors   weights, also .npz, for the net NAME (default: the newest)\n"
     "  FILE.png, IDX      pictures, as a batch called NAME (default: the name of the file); bytes become 0..1\n"
     "  FILE.npy           a tensor called NAME; `:load FILE.npy NAME batch`: its first dimension is the batch",
     ":load examples/lenet.net\n:load examples/lenet.safetensors\n:load examples/digits-images.gz image", load},
    {"reload", "", "open the model that was opened last once more",
     "  it is also opened again by itself, as soon as its file changes", ":reload", reload},
    {"save", "[FILE.net]", "write the definitions of the session as a file that checks; without FILE, show them",
     "  what was evaluated stands in it as comments", ":save\n:save model.net", save},
    {0},
};
