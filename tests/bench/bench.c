/* What `./dev bench` measures of the front end, as whole processes, medians of several runs:
 *
 *   check of LeNet and of a model of 200 layers, against their goals;
 *   time and peak memory of `check` for models of 1,000 to 100,000 operations, with the exponent p of time ~ operations^p fitted by least
 *   squares through the logarithms (1 is linear);
 *   images a second of LeNet in the interpreter;
 *   from text to the first answer, by the interpreter and compiled: LeNet and ResNet-50, against their goals, and nets of 8 to 64 layers of
 *   different sizes, with the fitted exponent.
 *
 * Usage: bench COMMAND EXAMPLES_FOLDER. Prints a table; a missed goal is said and does not change the exit status, since
 * machines differ. */
#define _DEFAULT_SOURCE

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct Run {
    double seconds;
    double processor; /* seconds of it, which other programs that run do not lengthen as much */
    double megabytes; /* largest resident set */
    int status;
} Run;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Runs a command with its output thrown away. */
static Run run_once(char *const *arguments)
{
    double start = now();
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDOUT_FILENO);
        execv(arguments[0], arguments);
        _exit(127);
    }
    int status = 0;
    struct rusage usage;
    memset(&usage, 0, sizeof usage);
    if (child < 0 || wait4(child, &status, 0, &usage) < 0)
        return (Run){.status = 127};
    return (Run){
        .seconds = now() - start,
        .processor = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
                     1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec),
        .megabytes = (double)usage.ru_maxrss / 1024,
        .status = WIFEXITED(status) ? WEXITSTATUS(status) : 128,
    };
}

static int by_seconds(const void *a, const void *b)
{
    double difference = ((const Run *)a)->seconds - ((const Run *)b)->seconds;
    return (difference > 0) - (difference < 0);
}

enum { MOST_RUNS = 31 };

/* The median of `count` runs after one that warms up. */
static Run measure(char *const *arguments, int count)
{
    Run runs[MOST_RUNS];
    Run first = run_once(arguments);
    if (first.status != 0) {
        fprintf(stderr, "bench: %s %s ended with %d\n", arguments[0], arguments[1], first.status);
        exit(1);
    }
    for (int i = 0; i < count; i++)
        runs[i] = run_once(arguments);
    qsort(runs, (size_t)count, sizeof *runs, by_seconds);
    return runs[count / 2];
}

static void report(const char *what, Run run, double goal)
{
    printf("%-48s %9.2f ms, of the processor %9.2f %8.1f MB", what, 1000 * run.seconds, 1000 * run.processor, run.megabytes);
    if (goal > 0)
        printf("   goal %.0f ms: %s", 1000 * goal, run.seconds <= goal ? "reached" : "MISSED");
    printf("\n");
}

/* A model with `layers` dense layers with ReLU between them. */
static void write_layers(const char *path, int layers)
{
    FILE *file = fopen(path, "w");
    if (!file)
        exit(1);
    fprintf(file, "net deep(x: 16) -> 16 =\n  x\n");
    for (int i = 0; i < layers; i++)
        fprintf(file, "  |> dense(16) |> relu\n");
    fclose(file);
}

/* A model with about `operations` element-wise operations in one chain. */
static void write_chain(const char *path, int operations)
{
    FILE *file = fopen(path, "w");
    if (!file)
        exit(1);
    fprintf(file, "net chain(x: 16) -> 16 =\n  x\n");
    for (int i = 0; i < operations; i++)
        fprintf(file, "  |> %s\n", i % 2 ? "sin" : "cos");
    fclose(file);
}

static double slope(const double *x, const double *y, int count)
{
    double mean_x = 0;
    double mean_y = 0;
    for (int i = 0; i < count; i++) {
        mean_x += log(x[i]) / count;
        mean_y += log(y[i]) / count;
    }
    double above = 0;
    double below = 0;
    for (int i = 0; i < count; i++) {
        above += (log(x[i]) - mean_x) * (log(y[i]) - mean_y);
        below += (log(x[i]) - mean_x) * (log(x[i]) - mean_x);
    }
    return above / below;
}

static void measure_growth(char *command, char *path)
{
    static const int sizes[] = {1000, 3000, 10000, 30000, 100000};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    double operations[SIZES];
    double seconds[SIZES];
    double megabytes[SIZES];
    char *const arguments[] = {command, "check", path, NULL};
    for (int i = 0; i < SIZES; i++) {
        write_chain(path, sizes[i]);
        Run run = measure(arguments, 5);
        char what[60];
        snprintf(what, sizeof what, "check, %d operations", sizes[i]);
        report(what, run, 0);
        operations[i] = sizes[i];
        seconds[i] = run.seconds;
        megabytes[i] = run.megabytes;
    }
    /* The small ones are start of the process; growth shows from 10,000 on. */
    printf("exponents from 10,000 to 100,000 operations: time %.2f, memory %.2f (1 is linear)\n",
           slope(operations + 2, seconds + 2, SIZES - 2), slope(operations + 2, megabytes + 2, SIZES - 2));
}

static void measure_interpreter(char *command, const char *examples)
{
    char net[400];
    char weights[400];
    char images[400];
    char labels[400];
    snprintf(net, sizeof net, "%s/lenet.net", examples);
    snprintf(weights, sizeof weights, "%s/lenet.safetensors", examples);
    snprintf(images, sizeof images, "%s/digits-images.gz", examples);
    snprintf(labels, sizeof labels, "%s/digits-labels.gz", examples);
    char *const arguments[] = {command, "evaluate", net, "--weights", weights, images, labels, NULL};
    report("evaluate, LeNet, 500 digits", measure(arguments, 7), 0);
}

/* ---- From text to the first answer ---- */

/* The files of a net that is run once, in the folder of the benchmark. */
typedef struct FirstAnswer {
    char net[400];
    char weights[60];
    char input[60];
} FirstAnswer;

/* One sample of zeros as npy: the head is 128 bytes, padded by spaces. */
static void write_input(const char *path, const char *shape, int entries)
{
    char head[119];
    FILE *file = fopen(path, "w");
    if (!file)
        exit(1);
    snprintf(head, sizeof head, "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", shape);
    fprintf(file, "\x93NUMPY\x01%c%c%c%-117s\n", 0, 118, 0, head);
    for (int i = 0; i < entries; i++)
        fwrite(&(float){0}, sizeof(float), 1, file);
    fclose(file);
}

/* Dense layers of different sizes, so that each is compiled for itself. */
static void write_different_layers(const char *path, int layers)
{
    FILE *file = fopen(path, "w");
    if (!file)
        exit(1);
    fprintf(file, "net different(x: 16) -> 16 =\n  x\n");
    for (int i = 0; i < layers; i++)
        fprintf(file, "  |> dense(%d) |> relu\n", 17 + i);
    fprintf(file, "  |> dense(16)\n");
    fclose(file);
}

/* Makes weights and times whole runs; `layers` is for the table, 0 for none; `seconds` gets the median, 0 where the engine is not there. */
static void measure_first_answer(char *command, char *name, int layers, char *engine, FirstAnswer *files, double goal,
                                 double *seconds)
{
    char what[80];
    char *const make[] = {command, "weights", "initialise", "--seed", "1", "--net", name, files->net, files->weights, NULL};
    char *const run[] = {command,     "run",          "--engine", engine,       "--net", name,
                         "--weights", files->weights, files->net, files->input, NULL};
    *seconds = 0;
    if (run_once(make).status != 0)
        exit(1);
    int length = snprintf(what, sizeof what, "first answer, %s, %s", engine, name);
    if (layers > 0)
        snprintf(what + length, sizeof what - (size_t)length, ", %d layers", layers);
    if (run_once(run).status != 0) {
        printf("%-48s left out: this strata has no such engine\n", what);
        return;
    }
    Run median = measure(run, 7);
    report(what, median, goal);
    *seconds = median.seconds;
}

static void measure_compilation(char *command, const char *examples, const char *folder)
{
    static char *const engines[] = {"interpreter", "jit"};
    static const int depths[] = {8, 16, 32, 64};
    enum { DEPTHS = sizeof depths / sizeof *depths };
    FirstAnswer files;
    snprintf(files.weights, sizeof files.weights, "%s/weights.npz", folder);
    snprintf(files.input, sizeof files.input, "%s/input.npy", folder);
    for (int e = 0; e < 2; e++) {
        double seconds[DEPTHS];
        double layers[DEPTHS];
        double ignored;
        write_input(files.input, "1, 28, 28", 28 * 28);
        snprintf(files.net, sizeof files.net, "%s/lenet.net", examples);
        measure_first_answer(command, "lenet", 0, engines[e], &files, 0.150, &ignored);
        write_input(files.input, "3, 224, 224", 3 * 224 * 224);
        snprintf(files.net, sizeof files.net, "%s/resnet.net", examples);
        measure_first_answer(command, "resnet50", 0, engines[e], &files, 3, &ignored);
        write_input(files.input, "16, ", 16);
        snprintf(files.net, sizeof files.net, "%s/model.net", folder);
        for (int i = 0; i < DEPTHS; i++) {
            write_different_layers(files.net, depths[i]);
            layers[i] = depths[i];
            measure_first_answer(command, "different", depths[i], engines[e], &files, 0, &seconds[i]);
        }
        if (seconds[0] > 0)
            printf("exponent from 8 to 64 layers, %s: time %.2f (1 is linear)\n", engines[e], slope(layers, seconds, DEPTHS));
    }
    unlink(files.weights);
    unlink(files.input);
}

int main(int count, char **arguments)
{
    if (count != 3) {
        fprintf(stderr, "usage: %s COMMAND EXAMPLES_FOLDER\n", arguments[0]);
        return 2;
    }
    char *command = arguments[1];
    char folder[] = "/tmp/strata-bench-XXXXXX";
    if (!mkdtemp(folder))
        return 1;
    char path[sizeof folder + 16];
    snprintf(path, sizeof path, "%s/model.net", folder);
    char lenet[400];
    snprintf(lenet, sizeof lenet, "%s/lenet.net", arguments[2]);

    char *const check_lenet[] = {command, "check", lenet, NULL};
    report("check, LeNet", measure(check_lenet, 21), 0.010);
    char *const check_model[] = {command, "check", path, NULL};
    write_layers(path, 200);
    report("check, 200 layers", measure(check_model, 21), 0.050);
    measure_growth(command, path);
    measure_interpreter(command, arguments[2]);
    measure_compilation(command, arguments[2], folder);
    unlink(path);
    rmdir(folder);
    return 0;
}
