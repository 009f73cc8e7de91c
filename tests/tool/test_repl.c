/* `strata repl` on a pseudo-terminal, as somebody who types sees it: `test_repl STRATA`, run at the root of the sources.
 *
 * A test starts the command on a terminal of its own, types, and waits until what it expects has been printed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { SCREEN_ROOM = 1 << 22, PATIENCE = 60000 /* milliseconds */ };

static const char *strata;
static char folder[] = "/tmp/strata-repl-XXXXXX"; /* states, and files that tests write */

typedef struct Screen {
    pid_t process;
    int terminal;
    char *text; /* all that was printed */
    size_t length, seen;
} Screen;

/* ---- A terminal ---- */

static void set_size(int terminal, unsigned short rows, unsigned short columns)
{
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
}

static void become_command(const char *name, const char *kind, const char *const *arguments)
{
    setsid();
    int terminal = open(name, O_RDWR);
    for (int i = 0; i < 3; i++)
        dup2(terminal, i);
    setenv("TERM", kind, 1);
    setenv("XDG_STATE_HOME", folder, 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("KITTY_WINDOW_ID"); /* of the terminal that this runs on */
    unsetenv("TERM_PROGRAM");
    unsetenv("NO_COLOR");
    const char *words[16] = {"strata"};
    for (int i = 0; arguments[i] && i < 14; i++)
        words[i + 1] = arguments[i];
    execv(strata, (char *const *)words);
    _exit(127);
}

/* `arguments` end with null. */
static Screen screen_open(const char *kind, unsigned short columns, const char *const *arguments)
{
    Screen screen = {.terminal = posix_openpt(O_RDWR | O_NOCTTY), .text = malloc(SCREEN_ROOM)};
    assert_true(screen.terminal >= 0 && screen.text);
    assert_int_equal(grantpt(screen.terminal) | unlockpt(screen.terminal), 0);
    const char *name = ptsname(screen.terminal);
    set_size(screen.terminal, 24, columns);
    screen.process = fork();
    if (screen.process == 0) {
        close(screen.terminal);
        become_command(name, kind, arguments);
    }
    return screen;
}

static Screen screen_begin(void)
{
    return screen_open("xterm-256color", 100, (const char *const[]){"repl", NULL});
}

static void type(Screen *screen, const char *text)
{
    assert_int_equal(write(screen->terminal, text, strlen(text)), strlen(text));
}

static int64_t milliseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Takes what was printed; false when nothing comes any more. */
static bool take(Screen *screen, int wait)
{
    struct pollfd input = {.fd = screen->terminal, .events = POLLIN};
    if (poll(&input, 1, wait) <= 0)
        return true;
    ssize_t count = read(screen->terminal, screen->text + screen->length, SCREEN_ROOM - 1 - screen->length);
    if (count <= 0)
        return false;
    screen->length += (size_t)count;
    return true;
}

/* Waits until a text is printed behind what was seen so far. */
static bool appears(Screen *screen, const char *text, int patience)
{
    int64_t end = milliseconds() + patience;
    for (;;) {
        screen->text[screen->length] = '\0';
        char *found = strstr(screen->text + screen->seen, text);
        if (found) {
            screen->seen = (size_t)(found - screen->text) + strlen(text);
            return true;
        }
        if (milliseconds() > end || !take(screen, 50))
            return false;
    }
}

static void expect(Screen *screen, const char *text)
{
    if (!appears(screen, text, PATIENCE))
        fail_msg("expected `%s` on the screen behind\n%s", text, screen->text + screen->seen);
}

/* libedit reads keys one by one only from a moment after it has drawn the prompt. */
static void wait_a_moment(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
}

/* The prompt, whose colours end before the blank. */
static void expect_prompt(Screen *screen)
{
    expect(screen, "strata>");
    wait_a_moment();
}

/* Takes back what was typed. */
static void abandon(Screen *screen)
{
    type(screen, "\x03");
    expect(screen, "^C");
}

static void say(Screen *screen, const char *line, const char *answer)
{
    expect_prompt(screen);
    type(screen, line);
    type(screen, "\r");
    expect(screen, "\n");
    expect(screen, answer);
}

/* Ctrl-D at the next prompt, if there is one; the exit status of the command, -1 when it did not end by itself. */
static int screen_end(Screen *screen)
{
    int status = 0;
    bool waits = appears(screen, "strata>", 2000);
    wait_a_moment();
    if (waits)
        type(screen, "\x04");
    int64_t end = milliseconds() + PATIENCE;
    while (waitpid(screen->process, &status, WNOHANG) == 0) {
        take(screen, 20);
        if (milliseconds() > end)
            kill(screen->process, SIGKILL);
    }
    close(screen->terminal);
    free(screen->text);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* ---- Entries ---- */

static void test_expressions_and_definitions(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    say(&screen, "1 + 2", "_1: 3");
    say(&screen, "_ * 2", "_2: 6");
    say(&screen, "let n = 5", "let n");
    say(&screen, "layer twice = x -> 2 * x", "layer twice");
    say(&screen, "layer twice = x -> n * x", "layer twice again");
    say(&screen, "grid(3) |> twice", "real 3, from 0 to 10");
    say(&screen, "nothing", "error[E0301]");
    expect(&screen, "\033[1;31m^^^^^^^"); /* the place, in colour */
    say(&screen, "1 + 1", "_4: 2");
    assert_int_equal(screen_end(&screen), 0);
}

static void test_entries_of_several_lines(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    expect_prompt(&screen);
    type(&screen, "[1,\r");
    expect(&screen, "...> ");
    type(&screen, "2]\r");
    expect(&screen, "_1: [1, 2]");
    expect_prompt(&screen);
    type(&screen, "max(\r");
    expect(&screen, "...> ");
    abandon(&screen);
    say(&screen, "7", "_2: 7");
    assert_int_equal(screen_end(&screen), 0);
}

static void test_a_paste(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    expect_prompt(&screen);
    type(&screen, "\033[200~let a = grid(4)\r\tlet b = a\r  |> relu\rb * 2\r\033[201~");
    expect(&screen, "_1: real 4, from 0 to 6");
    say(&screen, "1", "_2: 1");
    assert_int_equal(screen_end(&screen), 0);
}

/* ---- Completion and hints ---- */

static void test_completion(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    expect_prompt(&screen);
    type(&screen, ":unde\x7f\t"); /* a command */
    expect(&screen, "o");
    type(&screen, "\r");
    expect(&screen, "nothing to take back");
    say(&screen, "let a_long_name = 12", "let a_long_name");
    expect_prompt(&screen);
    type(&screen, "a_lo\t + 1\r"); /* a name of the session */
    expect(&screen, "_1: 13");
    expect_prompt(&screen);
    type(&screen, ":load examples/lene\t.n\t\r"); /* a file */
    expect(&screen, "lenet");
    abandon(&screen);
    expect_prompt(&screen);
    type(&screen, "conv(6, 5x5, str\t"); /* a setting */
    expect(&screen, "ide=");
    abandon(&screen);
    expect_prompt(&screen);
    type(&screen, ":help load"); /* a command behind a command; then options and their values, and weights */
    type(&screen, "\x15:help lo\t\r");
    expect(&screen, ":load FILE [NAME]");
    expect_prompt(&screen);
    type(&screen, ":set eng\tint\t\r");
    say(&screen, ":set", "engine     interpreter");
    say(&screen, "net f(x: 4) -> 2 = x |> dense(2)", "net f");
    expect_prompt(&screen);
    type(&screen, ":weights f den\tb\t\r");
    expect(&screen, "dense1.bias: real 2");
    expect_prompt(&screen);
    type(&screen, "con\t\t"); /* several */
    expect(&screen, "concatenate");
    expect(&screen, "convolve");
    abandon(&screen);
    assert_int_equal(screen_end(&screen), 0);
}

static void test_hints(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    expect_prompt(&screen);
    type(&screen, "conv(6, ");
    expect(&screen, "kernel, stride=1, pad=0");
    abandon(&screen);
    assert_int_equal(screen_end(&screen), 0);
}

/* ---- Commands ---- */

/* What is typed has colours, and the cursor comes back to where it was. */
static void test_colours(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    expect_prompt(&screen);
    type(&screen, "let a = \"x\" # 1");
    expect(&screen, "\0337\r\033[8C\033[1;34mlet\033[0m a = \033[32m\"x\"\033[0m \033[2m# 1\033[0m\0338");
    abandon(&screen);
    expect_prompt(&screen);
    type(&screen, "a |> conv(6, 5x5");
    expect(&screen, "a \033[33m|>\033[0m conv(\033[35m6\033[0m, \033[35m5x5\033[0m\0338");
    abandon(&screen);
    expect_prompt(&screen);
    type(&screen, ":set seed 1");
    expect(&screen, "\033[36m:set\033[0m seed \033[35m1\033[0m\0338");
    abandon(&screen);
    assert_int_equal(screen_end(&screen), 0);
}

static void test_every_command(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    say(&screen, ":help", ":load FILE [NAME]");
    say(&screen, ":help load", "FILE.safetensors");
    say(&screen, ":set pictures ascii", "");
    say(&screen, ":load examples/lenet.net", "net lenet");
    say(&screen, ":load examples/lenet.safetensors", "lenet has the weights of examples/lenet.safetensors");
    say(&screen, ":load examples/digits-images.gz image", "image: real 1x28x28, 500 samples");
    expect(&screen, "of 500 pictures");
    say(&screen, "image |> lenet", "real 10, 500 samples, from -9.5");
    say(&screen, "let conv1 = conv(6, 5x5)", "let conv1");
    say(&screen, "image |> conv1", "_2: real 6x24x24, 500 samples");
    say(&screen, "_ |> relu", "_3: real 6x24x24, 500 samples, from 0 to ");
    say(&screen, "lenet", "416,520 multiply-adds");
    say(&screen, "layers(lenet, image)", "conv1: real 6x28x28");
    expect(&screen, "dense3: real 10");
    say(&screen, ":shape lenet", "6x28x28");
    say(&screen, ":shape image |> conv(3, 5x5)", "3x24x24");
    say(&screen, ":type image |> lenet", "a tensor 10");
    say(&screen, ":doc maxpool", "maxpool(");
    say(&screen, ":summary", "61,706 weights");
    say(&screen, ":graph", "net lenet");
    say(&screen, ":plan", "plan of lenet");
    say(&screen, ":weights", "conv1.weight");
    say(&screen, ":weights conv1.weight", "real 6x1x5x5");
    say(&screen, ":time", "interpreter");
    say(&screen, ":plot grid(40)", "|");
    say(&screen, ":set seed 3", "");
    say(&screen, ":set", "seed       3");
    say(&screen, ":set seed x", "error:");
    say(&screen, ":reload", "net lenet again");
    say(&screen, ":history", ":load examples/lenet.net");
    say(&screen, ":undo", "taken back");
    say(&screen, ":frobnicate", "there is no command");
    say(&screen, ":hlep", "did you mean `:help`");
    expect_prompt(&screen);
    type(&screen, ":quit\r");
    assert_int_equal(screen_end(&screen), 0);
}

static void test_gradients_and_libraries(void **state)
{
    (void)state;
    char line[200];
    Screen screen = screen_begin();
    say(&screen, ":set pictures off", "");
    say(&screen, ":load examples/digits-images.gz x", "500 samples");
    say(&screen, "net f(x: 1x28x28) -> classes(10) = x |> flatten |> dense(10)", "net f");
    say(&screen, ":grad x |> f", "error[E0608]");
    say(&screen, ":grad sum(x |> f)", "x: real 1x28x28, 500 samples");
    expect(&screen, "f1.dense1.bias: real 10, from 1 to 1, mean 1");
    snprintf(line, sizeof line, ":build %s/built f", folder);
#ifdef STRATA_TEST_COMPILED
    say(&screen, line, "f is built in");
#else
    say(&screen, line, "error");
#endif
    assert_int_equal(screen_end(&screen), 0);
}

static void test_training(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    say(&screen, "net f(x: 1x28x28) -> classes(10) = x |> flatten |> dense(10)", "net f");
    say(&screen, "data d = idx(\"examples/digits-images.gz\", \"examples/digits-labels.gz\")", "data d");
    say(&screen, "train f { data = d; loss = cross_entropy; optimizer = sgd(rate=0.1); epochs = 3; batch = 50 }", "");
    say(&screen, ":train f", "epoch 3 of 3: loss 1.");
    expect(&screen, "f has the weights of 30 steps");
    say(&screen, ":undo", "taken back: the weights of f");
    say(&screen, ":train nothing", "error");
    assert_int_equal(screen_end(&screen), 0);
}

/* A data set is seen as pictures with their labels, or as numbers where it has no pictures; the answers of a classifier by their classes. */
static void test_samples_and_classes(void **state)
{
    (void)state;
    char path[100], line[200];
    snprintf(path, sizeof path, "%s/table.csv", folder);
    write_file(path, "a,b,label\n1,2,0\n3,4,1\n");
    snprintf(line, sizeof line, "csv(\"%s\", label=\"label\")", path);
    Screen screen = screen_begin();
    say(&screen, ":set pictures ascii", "");
    say(&screen, "data d = idx(\"examples/digits-images.gz\", \"examples/digits-labels.gz\")", "data d");
    say(&screen, "d", "d: 500 samples of x 28x28, label");
    expect(&screen, "%%%");
    expect(&screen, "             7                            2                            1\r\n");
    expect(&screen, "             0                            4                            1\r\n");
    expect(&screen, "the first 6 of 500 samples");
    say(&screen, ":set pictures off", "");
    say(&screen, "d |> take(2)", "label 7");
    expect(&screen, "label 2");
    say(&screen, line, "2 samples of");
    expect(&screen, "label 1");
    snprintf(path, sizeof path, "%s/beside.net", folder);
    write_file(path, "data beside = csv(\"table.csv\", label=\"label\")\n"); /* a path is relative to the file's folder */
    snprintf(line, sizeof line, ":load %s", path);
    say(&screen, line, "data beside");
    say(&screen, "beside", "beside: 2 samples of");
    say(&screen, "net f(x: 2) -> classes([\"cat\", \"dog\"]) = x |> dense(2, init=zeros)", "net f");
    say(&screen, "normal(like=grid(2)) |> f", "cat (50.0 %), dog (50.0 %)");
    assert_int_equal(screen_end(&screen), 0);
}

/* The losses of a training stand below its lines as a curve that is drawn again, and as a curve at its end. */
static void test_losses_as_they_fall(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    say(&screen, "net f(x: 1x28x28) -> classes(10) = x |> flatten |> dense(10)", "net f");
    say(&screen, "data d = idx(\"examples/digits-images.gz\", \"examples/digits-labels.gz\")", "data d");
    say(&screen, "train f { data = d; loss = cross_entropy; optimizer = sgd(rate=0.1); epochs = 4; batch = 50 }", "");
    say(&screen, ":train", "epoch 2 of 4: loss ");
    expect(&screen, " |");
    expect(&screen, "\033[8A\033[Jepoch 3 of 4: loss ");
    expect(&screen, "\033[8A\033[Jepoch 4 of 4: loss ");
    expect(&screen, " |");
    expect(&screen, "f has the weights of 40 steps");
    assert_int_equal(screen_end(&screen), 0);
}

/* Filters are a grid of pictures: of six filters of 5x5 a line of 6 * 5 + 5 characters. */
static void test_a_filter_bank(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    say(&screen, ":set pictures ascii", "");
    say(&screen, ":load examples/lenet.net", "net lenet");
    say(&screen, ":weights conv1.weight", "real 6x1x5x5");
    expect(&screen, "\n");
    const char *row = screen.text + screen.seen;
    expect(&screen, "\r\n");
    assert_int_equal(screen.text + screen.seen - row, 6 * 5 + 5 + 2);
    say(&screen, "use std.wavelet", "");
    say(&screen, "net s(image: 1x32x32) -> 10 = image |> scattering2d(J=2, L=4) |> flatten |> dense(10)", "net s");
    say(&screen, ":analyse frame s", "bank 1");
    expect(&screen, "Littlewood-Paley sum of bank 1");
    say(&screen, ":analyse what", "error:");
    assert_int_equal(screen_end(&screen), 0);
}

/* What only the compiling engine gives. */
static void test_the_compiling_engine(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    say(&screen, "net f(x: 1x28x28) -> 8x28x28 = x |> conv(8, 5x5, pad=2) |> tanh", "net f");
#ifdef STRATA_TEST_COMPILED
    say(&screen, ":time f", "interpreter");
    expect(&screen, "compiled ");
    expect(&screen, "compiled 1 of 1 kernels in ");
    say(&screen, ":llvm f", "define");
#else
    say(&screen, ":time f", "interpreter");
    expect(&screen, "E1060");
    say(&screen, ":llvm f", "E1060");
#endif
    say(&screen, ":set engine interpreter", "");
    say(&screen, ":set", "engine     interpreter");
    assert_int_equal(screen_end(&screen), 0);
}

static void test_what_is_saved_checks(void **state)
{
    (void)state;
    char path[100], line[200];
    snprintf(path, sizeof path, "%s/saved.net", folder);
    snprintf(line, sizeof line, ":save %s", path);
    Screen screen = screen_begin();
    say(&screen, "layer block(n) = x -> x |> dense(n)", "layer block");
    say(&screen, "net f(x: 4) -> 2 = x |> block(2)", "net f");
    say(&screen, "layer block(n) = x -> x |> dense(n) |> relu", "block again: changes f");
    say(&screen, "use std.wavelet", "use std.wavelet");
    say(&screen, "let y = grid(4) |> f", "y: real 2");
    say(&screen, line, "is written");
    assert_int_equal(screen_end(&screen), 0);
    pid_t check = fork();
    if (check == 0)
        execl(strata, "strata", "check", path, NULL);
    int status;
    waitpid(check, &status, 0);
    assert_int_equal(status, 0);
}

static void test_a_file_that_changes(void **state)
{
    (void)state;
    char path[100];
    snprintf(path, sizeof path, "%s/model.net", folder);
    write_file(path, "let width = 3\n");
    Screen screen = screen_open("xterm", 80, (const char *const[]){path, NULL}); /* strata FILE.net */
    say(&screen, "width", "_1: 3");
    expect_prompt(&screen);
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    write_file(path, "let width = 4\n");
    type(&screen, "1\r");
    expect(&screen, "has changed");
    say(&screen, "width", "4");
    assert_int_equal(screen_end(&screen), 0);
}

/* Nobody types, and the model is opened again; what is being typed is not disturbed. */
static void test_a_file_that_changes_while_it_waits(void **state)
{
    (void)state;
    char path[100];
    snprintf(path, sizeof path, "%s/waiting.net", folder);
    write_file(path, "let width = 3\n");
    Screen screen = screen_open("xterm", 80, (const char *const[]){path, NULL});
    expect_prompt(&screen);
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    write_file(path, "let width = 4\n");
    expect(&screen, "has changed: loaded again");
    expect(&screen, "let width again");
    say(&screen, "width", "_1: 4");
    expect_prompt(&screen);
    type(&screen, "width");
    expect(&screen, "width\0338"); /* it is on the line, and painted */
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    write_file(path, "let width = 5\n");
    assert_false(appears(&screen, "has changed", 900));
    type(&screen, " + 1\r");
    expect(&screen, "_2: 5"); /* as it was when the line was typed */
    expect(&screen, "has changed");
    expect(&screen, "let width again"); /* it has been read */
    write_file(path, "let width = (\n");
    expect(&screen, "error[E0203]"); /* and the old one stays */
    say(&screen, "width", "_3: 5");
    assert_int_equal(screen_end(&screen), 0);
}

/* `strata` alone on a terminal, and what has no value of its own. */
static void test_strata_alone(void **state)
{
    (void)state;
    Screen screen = screen_open("xterm-256color", 100, (const char *const[]){NULL});
    expect(&screen, "Strata ");
    say(&screen, "use std.wavelet", "use std.wavelet\r\n");
    say(&screen, "assert 1 + 1 == 2", "the assertion holds");
    say(&screen, "assert 1 + 1 == 3, \"no\"", "[E0901]");
    expect(&screen, "`1 + 1` is 2");
    say(&screen, "image |> scattering2d(J=2)", "nothing here is called `image`");
    say(&screen, "conv", "conv(out, kernel, stride=1");
    say(&screen, ":load examples/digits/00.png image", "1 sample");
    say(&screen, ":shape image |> scattering2d(J=2, L=4)", "x7x7");
    assert_int_equal(screen_end(&screen), 0);
}

/* ---- Interruption, and the end of the terminal ---- */

static void test_interruption(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    say(&screen, ":load examples/digits-images.gz image", "500 samples");
    say(&screen, "layer slow = x -> x |> repeat(40, conv(64, 5x5, pad=2) |> relu)", "layer slow");
    expect_prompt(&screen);
    type(&screen, "image |> slow\r");
    assert_false(appears(&screen, "strata>", 1000));
    int64_t asked = milliseconds();
    type(&screen, "\x03");
    expect(&screen, "stopped");
    assert_true(milliseconds() - asked < 10000);
    say(&screen, "6 * 7", "42");
    assert_int_equal(screen_end(&screen), 0);
}

/* What would go on for a second or more before anything runs, until a limit ends it: a list, and calls within calls. */
static void test_interruption_of_elaboration(void **state)
{
    (void)state;
    static const char *const lines[] = {"[i for i in 1..3000 for j in 1..3000 if i < 0]", "grid(65536) |> spin(900)"};
    Screen screen = screen_begin();
    say(&screen, "layer spin(n) = x -> if n == 0 then x else x |> fft |> ifft |> real |> spin(n - 1)", "layer spin");
    for (int i = 0; i < 2; i++) {
        expect_prompt(&screen);
        type(&screen, lines[i]);
        type(&screen, "\r");
        assert_false(appears(&screen, "strata>", 100));
        type(&screen, "\x03");
        expect(&screen, "stopped");
        screen.text[screen.length] = '\0';
        assert_null(strstr(screen.text, "E101")); /* not by a limit */
    }
    say(&screen, "6 * 7", "42");
    assert_int_equal(screen_end(&screen), 0);
}

/* Within a step; the session goes on, and the net has the weights of the steps before. */
static void test_interruption_of_training(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    say(&screen, "net f(x: 1x28x28) -> classes(10) = x |> conv(8, 5x5) |> relu |> flatten |> dense(10)", "net f");
    say(&screen, "data d = idx(\"examples/digits-images.gz\", \"examples/digits-labels.gz\")", "data d");
    say(&screen, "train f { data = d; loss = cross_entropy; optimizer = sgd(rate=0.01); epochs = 100000; batch = 50 }", "");
    expect_prompt(&screen);
    type(&screen, ":train f\r");
    expect(&screen, "epoch 1 of 100000");
    expect(&screen, "epoch 2 of 100000");
    type(&screen, "\x03");
    expect(&screen, "stopped: f has the weights of ");
    say(&screen, ":weights dense1.bias", "real 10");
    say(&screen, ":undo", "taken back: the weights of f");
    assert_int_equal(screen_end(&screen), 0);
}

static void test_resume_after_a_killed_terminal(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    say(&screen, "let kept = 123", "let kept");
    say(&screen, "wrong +* wrong", "error");
    expect_prompt(&screen);
    kill(screen.process, SIGKILL);
    waitpid(screen.process, NULL, 0);
    close(screen.terminal);
    free(screen.text);
    screen = screen_open("xterm", 80, (const char *const[]){"repl", "--resume", NULL});
    expect(&screen, "1 entry of the last session was entered again");
    say(&screen, "kept", "_1: 123");
    say(&screen, "net f(x: 4) -> 2 = x |> dense(2)", "net f");
    say(&screen, "layer g = x -> x |> f", "layer g");
    say(&screen, "net f(x: 4) -> 3 = x |> dense(3)", "net f again: changes g");
    expect_prompt(&screen);
    close(screen.terminal); /* the window is closed */
    waitpid(screen.process, NULL, 0);
    free(screen.text);
    screen = screen_open("xterm", 80, (const char *const[]){"repl", "--resume", NULL});
    expect(&screen, "5 entries of the last session were entered again");
    say(&screen, ":type f", "f");
    say(&screen, "_1 + kept", "_2: 246");
    assert_int_equal(screen_end(&screen), 0);
}

static void test_history_over_sessions(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    say(&screen, "20 + 22", "42");
    assert_int_equal(screen_end(&screen), 0);
    screen = screen_begin();
    expect_prompt(&screen);
    type(&screen, "\033[A\r"); /* the line before */
    expect(&screen, "_1: 42");
    assert_int_equal(screen_end(&screen), 0);
}

/* ---- Other terminals ---- */

static void test_a_window_that_changes(void **state)
{
    (void)state;
    Screen screen = screen_begin();
    expect_prompt(&screen);
    type(&screen, "1 +");
    expect(&screen, " +");
    set_size(screen.terminal, 10, 40);
    kill(screen.process, SIGWINCH);
    type(&screen, " 1\r");
    expect(&screen, "_1: 2");
    expect_prompt(&screen);
    type(&screen, "1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1\r"); /* wider than the window is now */
    expect(&screen, "_2: 11");
    say(&screen, ":plot grid(100)", "|");
    expect(&screen, "\r\n");
    const char *line = screen.text + screen.seen;
    expect(&screen, "\r\n");
    assert_true(screen.text + screen.seen - line < 3 * 40); /* a character of Braille has three bytes */
    set_size(screen.terminal, 24, 100);
    kill(screen.process, SIGWINCH);
    say(&screen, "1 + 1", "_4: 2");
    assert_int_equal(screen_end(&screen), 0);
}

static void test_a_narrow_terminal(void **state)
{
    (void)state;
    Screen screen = screen_open("xterm", 20, (const char *const[]){"repl", NULL});
    say(&screen, "conv(6, 5x5, stride=2)", "");
    say(&screen, "normal(shape(4, 9), seed=1)", "real 4x9");
    expect(&screen, "\r\n");
    const char *row = screen.text + screen.seen;
    expect(&screen, "...");
    expect(&screen, "\r\n");
    assert_true(screen.text + screen.seen - row <= 2 + 3 * 11 + 2);
    say(&screen, ":plot grid(100)", "|");
    say(&screen, ":load examples/digits-images.gz image", "500 samples");
    expect(&screen, "pictures");
    assert_int_equal(screen_end(&screen), 0);
}

static void test_a_dumb_terminal(void **state)
{
    (void)state;
    Screen screen = screen_open("dumb", 80, (const char *const[]){"repl", NULL});
    say(&screen, "1 + 1", "_1: 2");
    say(&screen, "nothing", "error[E0301]");
    expect(&screen, "^^^^^^^");
    screen.text[screen.length] = '\0';
    assert_null(strstr(screen.text, "\033["));
    assert_int_equal(screen_end(&screen), 0);
}

static void expect_pictures(const char *style, const char *mark)
{
    char line[40];
    snprintf(line, sizeof line, ":set pictures %s", style);
    Screen screen = screen_begin();
    say(&screen, line, "");
    say(&screen, ":load examples/digits-images.gz image", "500 samples");
    expect(&screen, mark);
    assert_int_equal(screen_end(&screen), 0);
}

/* The way of drawing that a terminal allows, by what it calls itself. */
static void expect_style(const char *kind, const char *style)
{
    char line[40];
    snprintf(line, sizeof line, "pictures   %s", style);
    Screen screen = screen_open(kind, 80, (const char *const[]){"repl", NULL});
    say(&screen, ":set", line);
    assert_int_equal(screen_end(&screen), 0);
}

static void test_pictures(void **state)
{
    (void)state;
    expect_style("xterm-kitty", "kitty");
    expect_style("foot", "sixel");
    expect_style("xterm-256color", "blocks");
    expect_style("dumb", "ascii");
    expect_pictures("kitty", "\033_Ga=T,f=24,");
    expect_pictures("sixel", "\033Pq\"1;1;");
    expect_pictures("blocks", "\033[38;5;");
    expect_pictures("ascii", "%%%");
}

/* ---- The tutorial ---- */

/* A line of the recorded session: what is typed, or what must appear. */
static void replay_line(Screen *screen, const char *line)
{
    static const char prompt[] = "strata> ", more[] = "   ...> ";
    size_t length = sizeof prompt - 1;
    if (strncmp(line, prompt, length) == 0) {
        expect_prompt(screen);
    } else if (strncmp(line, more, length) == 0) {
        expect(screen, more);
        wait_a_moment();
    } else {
        if (line[0] && strcmp(line, "...") != 0)
            expect(screen, line);
        return;
    }
    type(screen, line + length);
    type(screen, "\r");
    expect(screen, "\n");
}

/* The session that stands in the tutorial, typed as it stands there: every line of it is on the screen, in the same order. */
static void test_the_session_of_the_tutorial(void **state)
{
    (void)state;
    FILE *page = fopen("docs/tutorial.md", "r");
    assert_non_null(page);
    char line[1000];
    bool inside = false;
    int lines = 0;
    Screen screen = screen_begin();
    while (fgets(line, sizeof line, page)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "```", 3) == 0)
            inside = strcmp(line, "```text session") == 0;
        else if (inside && ++lines)
            replay_line(&screen, line);
    }
    fclose(page);
    assert_true(lines > 20);
    unlink("small.net");
    assert_int_equal(screen_end(&screen), 0);
}

/* ---- No terminal ---- */

/* Runs a command of the shell in which $STRATA is the command; gives its exit status, its output in `output`. */
static int shell(const char *command, char *output, size_t room)
{
    setenv("STRATA", strata, 1);
    setenv("XDG_STATE_HOME", folder, 1);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t length = fread(output, 1, room - 1, pipe);
    output[length] = '\0';
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_no_terminal(void **state)
{
    (void)state;
    char output[4096];
    assert_int_equal(shell("printf 'let n = 2\\nlet y = grid(n)\\n  |> relu\\ny\\n' | $STRATA repl", output, sizeof output), 0);
    assert_string_equal(output, "let n\nlet y\n_1: real 2, from 0 to 1, mean 0.5\n           0          1\n");
    assert_int_equal(shell("$STRATA repl -e '1 + 1' -e '_ * 3' </dev/null", output, sizeof output), 0);
    assert_string_equal(output, "_1: 2\n_2: 6\n");
    assert_int_equal(shell("$STRATA repl -e 'sqrt(0 - 1)' -e '[sqrt(0 - 1)]' -e 'constant([4]) * sqrt(0 - 1)' </dev/null", output,
                           sizeof output),
                     0);
    assert_null(strstr(output, "-nan"));
    assert_non_null(strstr(output, "nan"));
    assert_int_equal(shell("$STRATA repl -e nothing 2>&1", output, sizeof output), 1);
    assert_non_null(strstr(output, "<1>:1:1: error[E0301]"));
    assert_int_equal(shell("$STRATA examples/lenet.net </dev/null", output, sizeof output), 0);
    assert_string_equal(output, "net lenet\n");
    assert_int_equal(shell("$STRATA </dev/null 2>&1", output, sizeof output), 2);
}

/* What :help shows can be typed: every example of every command, one behind the other, as the page of the reference shows them. Without the compiling
 * engine those that need it say so. */
static void test_examples_of_help(void **state)
{
    (void)state;
    static char output[1 << 18], command[1000];
#ifdef STRATA_TEST_COMPILED
    const char *without = "";
#else
    const char *without = "| grep -v '^:llvm' | grep -v '^:build' | grep -v '^:time'";
#endif
    assert_int_equal(shell("$STRATA repl -e ':help --markdown' | grep -c '^### :'", output, sizeof output), 0);
    int commands = atoi(output);
    assert_int_equal(shell("$STRATA repl -e ':help' | grep -c '^  :'", output, sizeof output), 0);
    assert_int_equal(atoi(output), commands);
    snprintf(command, sizeof command,
             "here=$PWD; case $STRATA in /*) ;; *) STRATA=$here/$STRATA ;; esac; mkdir -p '%s/examples' && cd '%s/examples' && "
             "ln -sfn \"$here/examples\" examples && $STRATA repl -e ':help --markdown' | sed -n 's/^strata> //p' %s >typed && "
             "test $(wc -l <typed) -gt %d && $STRATA repl <typed 2>&1",
             folder, folder, without, commands);
    int status = shell(command, output, sizeof output);
    if (status != 0)
        fail_msg("an example of :help is wrong:\n%.3000s", output);
    assert_non_null(strstr(output, "small has the weights of 30 steps"));
    assert_non_null(strstr(output, "taken back: let n = 3"));
}

int main(int count, char **words)
{
    strata = count > 1 ? words[1] : "build/strata";
    if (!mkdtemp(folder))
        return 1;
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expressions_and_definitions),
        cmocka_unit_test(test_entries_of_several_lines),
        cmocka_unit_test(test_a_paste),
        cmocka_unit_test(test_completion),
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_every_command),
        cmocka_unit_test(test_gradients_and_libraries),
        cmocka_unit_test(test_training),
        cmocka_unit_test(test_samples_and_classes),
        cmocka_unit_test(test_losses_as_they_fall),
        cmocka_unit_test(test_a_filter_bank),
        cmocka_unit_test(test_the_compiling_engine),
        cmocka_unit_test(test_what_is_saved_checks),
        cmocka_unit_test(test_a_file_that_changes),
        cmocka_unit_test(test_a_file_that_changes_while_it_waits),
        cmocka_unit_test(test_strata_alone),
        cmocka_unit_test(test_interruption),
        cmocka_unit_test(test_interruption_of_elaboration),
        cmocka_unit_test(test_interruption_of_training),
        cmocka_unit_test(test_resume_after_a_killed_terminal),
        cmocka_unit_test(test_history_over_sessions),
        cmocka_unit_test(test_a_window_that_changes),
        cmocka_unit_test(test_a_narrow_terminal),
        cmocka_unit_test(test_a_dumb_terminal),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_the_session_of_the_tutorial),
        cmocka_unit_test(test_no_terminal),
        cmocka_unit_test(test_examples_of_help),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) != 0 ? 1 : failed;
}
