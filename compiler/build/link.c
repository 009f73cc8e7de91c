/* Linking; see link.h. A compiler driver knows where the system's libraries are; a bare linker is told where they usually are. */
#include "build/link.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORD_LIMIT = 40, MESSAGE_LIMIT = 600, POLL_NANOSECONDS = 2000000 };

extern char **environ;

/* What one call of a linker is told. */
typedef struct Command {
    const char *words[WORD_LIMIT];
    int count;
    char soname[128 + 16];
    char script[OUTPUT_PATH + 32];
} Command;

static void add_words(Command *command, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count && command->count < WORD_LIMIT - 1; i++)
        command->words[command->count++] = words[i];
    command->words[command->count] = NULL;
}

/* Without start files and libgcc: a model has no constructors and no state, so its library has none either. */
static void driver_words(Command *command, const char *program, const char *object, const char *script, const char *library,
                         const char *soname)
{
    snprintf(command->soname, sizeof command->soname, "-Wl,-soname,%s", soname);
    snprintf(command->script, sizeof command->script, "-Wl,--version-script=%s", script);
    const char *const words[] = {program,
                                 "-shared",
                                 "-nostdlib",
                                 "-o",
                                 library,
                                 object,
                                 command->soname,
                                 command->script,
                                 "-Wl,-z,defs",
                                 "-Wl,-z,noexecstack",
                                 "-Wl,-z,relro,-z,now",
                                 "-Wl,--gc-sections",
                                 "-Wl,--build-id=none",
                                 "-Wl,--as-needed",
                                 "-lm",
                                 "-lc"};
    add_words(command, words, sizeof words / sizeof *words);
}

static void linker_words(Command *command, const char *program, const char *object, const char *script, const char *library,
                         const char *soname)
{
    snprintf(command->script, sizeof command->script, "--version-script=%s", script);
    const char *const words[] = {program,
                                 "-shared",
                                 "-o",
                                 library,
                                 object,
                                 "-soname",
                                 soname,
                                 command->script,
                                 "-z",
                                 "defs",
                                 "-z",
                                 "noexecstack",
                                 "-z",
                                 "relro",
                                 "-z",
                                 "now",
                                 "--gc-sections",
                                 "--build-id=none",
                                 "--as-needed",
                                 "-L/lib/x86_64-linux-gnu",
                                 "-L/usr/lib/x86_64-linux-gnu",
                                 "-L/lib64",
                                 "-L/usr/lib64",
                                 "-L/lib",
                                 "-L/usr/lib",
                                 "-l:libm.so.6",
                                 "-l:libc.so.6"};
    add_words(command, words, sizeof words / sizeof *words);
}

static bool is_bare_linker(const char *program)
{
    const char *name = strrchr(program, '/') ? strrchr(program, '/') + 1 : program;
    return strncmp(name, "ld", 2) == 0 || strncmp(name, "mold", 4) == 0;
}

/* Whether a program can be run: a path, or a name that is looked for in PATH. */
static bool is_found(const char *program)
{
    if (strchr(program, '/'))
        return access(program, X_OK) == 0;
    const char *folders = getenv("PATH");
    char path[OUTPUT_PATH];
    for (const char *at = folders ? folders : "/usr/bin:/bin"; *at;) {
        int length = (int)strcspn(at, ":");
        int written = snprintf(path, sizeof path, "%.*s/%s", length ? length : 1, length ? at : ".", program);
        if (written > 0 && written < (int)sizeof path && access(path, X_OK) == 0)
            return true;
        at += length;
        at += *at == ':';
    }
    return false;
}

static const char *find_linker(const char *wanted, StrataError *error)
{
    static const char *const programs[] = {"cc", "gcc", "clang", "ld.lld", "ld"};
    if (wanted) {
        if (!is_found(wanted))
            error_set(error, STRATA_FILE, E_LINKER_MISSING, "there is no linker %s", wanted);
        return is_found(wanted) ? wanted : NULL;
    }
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (is_found(programs[i]))
            return programs[i];
    error_set(error, STRATA_FILE, E_LINKER_MISSING,
              "a shared library needs a linker, and none of cc, gcc, clang, ld.lld, ld is there");
    return NULL;
}

/* The child's standard output and errors go to a file, nothing comes in. */
static int start(const Command *command, const char *log, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int number = posix_spawn_file_actions_init(&actions);
    if (number != 0)
        return number;
    number = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (number == 0)
        number = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (number == 0)
        number = posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    if (number == 0)
        number =
            posix_spawnp(child, command->words[0], &actions, NULL, (char *const *)command->words, environ); /* it changes no word */
    posix_spawn_file_actions_destroy(&actions);
    return number;
}

/* Looks now and then whether the caller wants to stop; then the linker is ended first. Gives its status, -1 when cancelled or lost. */
static int wait_for(pid_t child, const BuildOptions *options, bool *cancelled)
{
    const struct timespec pause = {.tv_nsec = POLL_NANOSECONDS};
    int status;
    for (;;) {
        pid_t done = waitpid(child, &status, WNOHANG);
        if (done == child)
            return *cancelled ? -1 : status;
        if (done < 0 && errno != EINTR)
            return -1;
        if (!*cancelled && options->cancelled && options->cancelled(options->context)) {
            *cancelled = true;
            kill(child, SIGTERM);
        }
        nanosleep(&pause, NULL);
    }
}

/* What the linker said, on one line. */
static void read_log(const char *log, char text[MESSAGE_LIMIT])
{
    int descriptor = open(log, O_RDONLY | O_CLOEXEC);
    ssize_t length = descriptor >= 0 ? read(descriptor, text, MESSAGE_LIMIT - 1) : 0;
    if (descriptor >= 0)
        close(descriptor);
    text[length > 0 ? length : 0] = '\0';
    for (char *at = text; *at; at++)
        if ((unsigned char)*at < 0x20)
            *at = ' ';
}

static bool run(const Command *command, const char *log, const BuildOptions *options, StrataError *error)
{
    pid_t child;
    bool cancelled = false;
    int number = start(command, log, &child);
    if (number != 0) {
        char reason[REASON_LIMIT];
        return error_set(error, STRATA_FILE, E_LINKER_FAILED, "cannot run %s: %s", command->words[0], error_reason(number, reason));
    }
    int status = wait_for(child, options, &cancelled);
    if (cancelled)
        return error_set(error, STRATA_CANCELLED, 0, "interrupted");
    if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    char said[MESSAGE_LIMIT];
    read_log(log, said);
    return error_set(error, STRATA_FILE, E_LINKER_FAILED, "%s could not link the library: %s", command->words[0],
                     said[0] ? said : "it says no reason");
}

bool link_library(Output *output, const BuildOptions *options, const char *object, const char *script, const char *library,
                  const char *soname, StrataError *error)
{
    char log[OUTPUT_PATH];
    const char *program = find_linker(options->linker, error);
    if (!program || !output_path(output, "link.log", false, log, error))
        return false;
    Command command = {.count = 0};
    if (is_bare_linker(program))
        linker_words(&command, program, object, script, library, soname);
    else
        driver_words(&command, program, object, script, library, soname);
    return run(&command, log, options, error);
}
