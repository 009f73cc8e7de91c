/* strata graph: a net as a picture. */
#include "tool/output.h"
#include "tool/session.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { E_PICTURE = 1212 };

/* The end of a path behind its last dot, or "". */
static const char *extension(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    const char *dot = path ? strrchr(slash ? slash : path, '.') : NULL;
    return dot ? dot + 1 : "";
}

/* Runs `dot -Tformat` from one open file to another. Its exit status, or -1 when it could not be started. */
static int run_dot(const char *format, FILE *in, FILE *out)
{
    char option[32];
    snprintf(option, sizeof option, "-T%s", format);
    char *const words[] = {"dot", option, NULL};
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return -1;
    posix_spawn_file_actions_adddup2(&actions, fileno(in), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(out), STDOUT_FILENO);
    pid_t process;
    int failed = posix_spawnp(&process, "dot", &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    if (failed)
        return -1;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool copy_file(FILE *from, const char *path)
{
    if (fseek(from, 0, SEEK_END) != 0)
        return false;
    long size = ftell(from);
    rewind(from);
    char *bytes = size >= 0 ? malloc((size_t)size + 1) : NULL;
    bool good = bytes && fread(bytes, 1, (size_t)size, from) == (size_t)size && output_file(path, bytes, (size_t)size);
    free(bytes);
    return good;
}

/* Draws DOT text by Graphviz. */
static bool draw(const StrataText *text, const char *format, const char *path)
{
    FILE *in = tmpfile(), *out = tmpfile();
    bool good = false;
    if (in && out && fwrite(strata_text_bytes(text), 1, strata_text_length(text), in) == strata_text_length(text) &&
        fflush(in) == 0) {
        rewind(in);
        int status = run_dot(format, in, out);
        good = status == 0 && copy_file(out, path);
        if (status != 0) {
            message_error(E_PICTURE, "%s needs the program `dot`, which %s", path,
                          status < 0 || status == 127 ? "cannot be started" : "failed");
            message_help("install Graphviz (apt-get install graphviz), or write DOT: -o graph.dot");
        }
    } else {
        message_error(E_PICTURE, "cannot make a temporary file: %s", strerror(errno));
    }
    if (in)
        fclose(in);
    if (out)
        fclose(out);
    return good;
}

static ExitCode run_graph(const Arguments *arguments)
{
    Session session;
    if (!session_begin(&session, arguments))
        return EXIT_WRONG_INPUT;
    const char *path = arguments_value(arguments, "output", NULL), *format = extension(path);
    bool picture = strcmp(format, "svg") == 0 || strcmp(format, "png") == 0 || strcmp(format, "pdf") == 0;
    StrataText *text = NULL;
    if (session_module(&session, arguments->operands[0]) && session_net(&session))
        text = strata_net_dot(session.net, arguments_has(arguments, "unfold"), session.diagnostics);
    ExitCode code = EXIT_WRONG_INPUT;
    if (text && (picture ? draw(text, format, path) : output_file(path, strata_text_bytes(text), strata_text_length(text))))
        code = EXIT_DONE;
    strata_text_release(text);
    ExitCode status = session_end(&session);
    return status == EXIT_DONE ? code : status;
}

static const Option graph_options[] = {
    {.name = "output",
     .letter = 'o',
     .kind = VALUE_FILE,
     .placeholder = "FILE",
     .help = "write to FILE; .svg, .png and .pdf are drawn by Graphviz"},
    {.name = "unfold", .letter = 'u', .help = "also what stands inside the layers, down to single operations"},
    OPTION_NET,
    OPTION_SET,
    OPTION_TRAINING,
    {0},
};

const Verb verb_graph = {
    .name = "graph",
    .operands = "FILE",
    .summary = "draw a net as a graph of its layers",
    .description = "Writes the language DOT of Graphviz, or a picture where its program `dot` is installed.",
    .examples = "strata graph -o lenet.svg lenet.net\nstrata graph lenet.net | dot -Tpng > lenet.png",
    .options = graph_options,
    .least = 1,
    .most = 1,
    .operand_kind = VALUE_FILE,
    .run = run_graph,
};
