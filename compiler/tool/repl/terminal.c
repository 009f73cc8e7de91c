/* Lines from a terminal: by libedit where the build has it, else as the terminal gives them. */
#include "tool/repl/repl.h"

#include "tool/progress.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool terminal_is_fancy(void)
{
    const char *kind = getenv("TERM");
    return kind && strcmp(kind, "dumb") != 0;
}

#ifdef STRATA_LIBEDIT

#include <histedit.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <wchar.h>

enum { HISTORY_SIZE = 10000, HINT_ROOM = 400, MOST_SHOWN = 100, PROMPT_WIDTH = 8 };
static const char paste_on[] = "\033[?2004h", paste_off[] = "\033[?2004l";
static const char paste_begins[] = "\033[200~", paste_ends[] = "\033[201~";

struct Terminal {
    Repl *repl;
    EditLine *editor;
    History *history;
    FILE *history_file;
    bool first;   /* the line begins an entry */
    bool pasting; /* between the marks of a bracketed paste */
    bool cut;     /* Ctrl-C while a line was read */
    bool fancy;   /* not a dumb terminal */
    char hint[HINT_ROOM];
    char ahead[16]; /* bytes that were read and not yet given */
    int ahead_count;
};

/* ---- Signals ---- */

static volatile sig_atomic_t window_changed;

static void note_window(int signal_number)
{
    (void)signal_number;
    window_changed = 1;
}

static void catch_window_changes(void)
{
    struct sigaction action = {.sa_handler = note_window, .sa_flags = SA_RESTART}; /* printing goes on */
    sigemptyset(&action.sa_mask);
    sigaction(SIGWINCH, &action, NULL);
}

/* ---- Characters ---- */

typedef enum Wait { WAIT_INPUT, WAIT_CUT, WAIT_IDLE } Wait;

/* Waits for input, Ctrl-C, or a moment in which nothing happens. The signals arrive only while it waits, so that none comes between looking and
 * waiting. */
static Wait wait_for_input(Terminal *terminal)
{
    static const struct timespec moment = {.tv_nsec = 300000000};
    sigset_t ours, before;
    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGWINCH);
    sigprocmask(SIG_BLOCK, &ours, &before);
    int ready = -1;
    while (ready < 0 && !interrupted()) {
        if (window_changed) {
            window_changed = 0;
            el_resize(terminal->editor);
        }
        fd_set input;
        FD_ZERO(&input);
        FD_SET(STDIN_FILENO, &input);
        ready = pselect(STDIN_FILENO + 1, &input, NULL, NULL, &moment, &before);
        if (ready < 0 && errno != EINTR)
            break;
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return interrupted() ? WAIT_CUT : ready == 0 ? WAIT_IDLE : WAIT_INPUT;
}

/* Nobody types: a model whose file has changed is opened again above an empty prompt. */
static void look_at_files(Terminal *terminal)
{
    const LineInfo *line = el_line(terminal->editor);
    if (!terminal->first || !terminal->fancy || line->lastchar > line->buffer || !files_have_changed(terminal->repl))
        return;
    fputs("\r\033[K", stdout);
    watch_files(terminal->repl);
    fflush(stdout);
    el_set(terminal->editor, EL_REFRESH);
}

/* One byte; 0 at the end, -1 when Ctrl-C broke it off. */
static int read_byte(Terminal *terminal, char *byte)
{
    if (terminal->ahead_count > 0) {
        *byte = terminal->ahead[0];
        memmove(terminal->ahead, terminal->ahead + 1, (size_t)--terminal->ahead_count);
        return 1;
    }
    Wait wait;
    while ((wait = wait_for_input(terminal)) == WAIT_IDLE)
        look_at_files(terminal);
    if (wait == WAIT_CUT)
        return -1;
    return read(STDIN_FILENO, byte, 1) == 1 ? 1 : 0;
}

static bool more_is_there(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, 0) > 0;
}

/* After an escape: takes a mark of a paste away, or keeps what was read for later. True when it was a mark. */
static bool take_mark(Terminal *terminal)
{
    char read_so_far[sizeof paste_begins];
    size_t count = 1;
    read_so_far[0] = '\033';
    while (count < sizeof paste_begins - 1) {
        bool begins = strncmp(read_so_far, paste_begins, count) == 0, ends = strncmp(read_so_far, paste_ends, count) == 0;
        if (!begins && !ends)
            break;
        if (terminal->ahead_count == 0 && !more_is_there())
            break;
        if (read_byte(terminal, &read_so_far[count]) != 1)
            break;
        count++;
    }
    bool whole = count == sizeof paste_begins - 1;
    if (whole && memcmp(read_so_far, paste_begins, count) == 0) {
        terminal->pasting = true;
        return true;
    }
    if (whole && memcmp(read_so_far, paste_ends, count) == 0) {
        terminal->pasting = false;
        return true;
    }
    memmove(terminal->ahead + count - 1, terminal->ahead, (size_t)terminal->ahead_count);
    memcpy(terminal->ahead, read_so_far + 1, count - 1);
    terminal->ahead_count += (int)count - 1;
    return false;
}

/* Behind a line of a paste: takes the mark of its end away when it is there, so that nobody waits for a line more. */
static void look_for_end(Terminal *terminal)
{
    enum { PATIENCE = 50 }; /* milliseconds */
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char byte;
    if (terminal->ahead_count == 0 && poll(&input, 1, PATIENCE) <= 0)
        return;
    if (read_byte(terminal, &byte) != 1 || (byte == '\033' && take_mark(terminal)))
        return;
    memmove(terminal->ahead + 1, terminal->ahead, (size_t)terminal->ahead_count++);
    terminal->ahead[0] = byte;
}

/* The editor knows no colours: they are painted over what it has drawn, and the cursor comes back to where the editor left it. It draws only what
 * changes, so that the colours stay. Lines of several rows stay plain. */
static void paint_line(const Terminal *terminal)
{
    const LineInfo *line = el_line(terminal->editor);
    size_t length = (size_t)(line->lastchar - line->buffer);
    if (!terminal->repl->colour || length == 0 || (int)length + PROMPT_WIDTH >= terminal_columns())
        return;
    printf("\0337\r\033[%dC", PROMPT_WIDTH);
    highlight(line->buffer, length, stdout);
    fputs("\0338", stdout);
    fflush(stdout);
}

/* The hint is drawn by the editor as a prompt on the right, which it only does when it draws the line again. */
static void refresh_hint(Terminal *terminal)
{
    const LineInfo *line = el_line(terminal->editor);
    char hint[HINT_ROOM] = "";
    bool one_row = line->lastchar - line->buffer + PROMPT_WIDTH < terminal_columns();
    if (one_row)
        hint_settings(terminal->repl, line->buffer, (size_t)(line->cursor - line->buffer), hint, sizeof hint);
    if (strcmp(hint, terminal->hint) == 0)
        return;
    memcpy(terminal->hint, hint, sizeof hint);
    if (one_row) {
        fputs("\r\033[K", stdout); /* the editor believes that it begins on an empty row */
        el_set(terminal->editor, EL_REFRESH);
    }
}

/* The editor's source of characters. Within a paste a tab is a blank, not a wish for completion. */
static int read_character(EditLine *editor, wchar_t *character)
{
    Terminal *terminal = NULL;
    el_get(editor, EL_CLIENTDATA, &terminal);
    if (terminal->fancy && !terminal->pasting && terminal->ahead_count == 0 && !more_is_there()) {
        refresh_hint(terminal);
        paint_line(terminal);
    }
    mbstate_t state = {0};
    for (;;) {
        char byte;
        int count = read_byte(terminal, &byte);
        if (count <= 0) {
            terminal->cut = count < 0;
            return count;
        }
        if (byte == '\033' && take_mark(terminal))
            continue;
        if (byte == '\t' && terminal->pasting)
            byte = ' ';
        if (byte == '\r' && terminal->pasting)
            byte = '\n';
        if (byte == '\n' && terminal->pasting)
            look_for_end(terminal);
        size_t length = mbrtowc(character, &byte, 1, &state);
        if (length == (size_t)-2)
            continue; /* the character is longer */
        if (length == (size_t)-1) {
            state = (mbstate_t){0};
            continue;
        }
        return 1;
    }
}

/* ---- Completion ---- */

static size_t common_length(const Completion *completion)
{
    size_t length = strlen(completion->words[0]);
    for (int64_t i = 1; i < completion->count; i++)
        for (size_t k = 0; k < length; k++)
            if (completion->words[i][k] != completion->words[0][k])
                length = k;
    return length;
}

/* All candidates below the line, in columns. */
static void list_words(const Completion *completion)
{
    size_t widest = 0;
    for (int64_t i = 0; i < completion->count; i++)
        widest = strlen(completion->words[i]) > widest ? strlen(completion->words[i]) : widest;
    int across = terminal_columns() / (int)(widest + 2);
    across = across < 1 ? 1 : across;
    for (int64_t i = 0; i < completion->count && i < MOST_SHOWN; i++)
        printf("%s%-*s", i % across == 0 ? "\n" : "", (int)widest + 2, completion->words[i]);
    if (completion->count > MOST_SHOWN)
        printf("\n... and %d more", (int)(completion->count - MOST_SHOWN));
    putchar('\n');
    fflush(stdout);
}

static unsigned char complete(EditLine *editor, int character)
{
    (void)character;
    Terminal *terminal = NULL;
    el_get(editor, EL_CLIENTDATA, &terminal);
    const LineInfo *line = el_line(editor);
    size_t end = (size_t)(line->cursor - line->buffer);
    Completion completion = complete_word(terminal->repl, line->buffer, end);
    unsigned char result = CC_ERROR;
    if (completion.count > 0) {
        size_t typed = end - completion.start, common = common_length(&completion);
        if (common > typed) {
            char *more = strndup(completion.words[0] + typed, common - typed);
            result = more && el_insertstr(editor, more) == 0 ? CC_REFRESH : CC_ERROR;
            free(more);
            if (completion.count == 1 && completion.whole)
                el_insertstr(editor, " ");
        } else if (completion.count > 1) {
            list_words(&completion);
            result = CC_REDISPLAY;
        }
    }
    completion_release(&completion);
    return result;
}

/* ---- The editor ---- */

static char *prompt(EditLine *editor)
{
    static char first[] = "strata> ", more[] = "   ...> ", first_bright[] = "\1\033[1;36m\1strata>\1\033[0m\1 ";
    Terminal *terminal = NULL;
    el_get(editor, EL_CLIENTDATA, &terminal);
    return terminal->first ? (terminal->repl->colour ? first_bright : first) : more;
}

static char *right_prompt(EditLine *editor)
{
    Terminal *terminal = NULL;
    el_get(editor, EL_CLIENTDATA, &terminal);
    return terminal->hint;
}

static void open_history(Terminal *terminal)
{
    HistEvent event;
    history(terminal->history, &event, H_SETSIZE, HISTORY_SIZE);
    history(terminal->history, &event, H_SETUNIQUE, 1);
    char *path = history_path();
    terminal->history_file = path ? fopen(path, "a+") : NULL;
    free(path);
    char *line = NULL;
    size_t room = 0;
    if (terminal->history_file)
        rewind(terminal->history_file);
    while (terminal->history_file && getline(&line, &room, terminal->history_file) > 0)
        history(terminal->history, &event, H_ENTER, line);
    free(line);
}

static void set_up(Terminal *terminal)
{
    EditLine *editor = terminal->editor;
    el_set(editor, EL_CLIENTDATA, terminal);
    el_set(editor, EL_EDITOR, "emacs");
    el_set(editor, EL_PROMPT_ESC, prompt, '\1');
    if (terminal->fancy)
        el_set(editor, EL_RPROMPT, right_prompt);
    el_set(editor, EL_HIST, history, terminal->history);
    /* The wide form keeps the strings; the other makes copies that nobody gives back. */
    el_wset(editor, EL_ADDFN, L"strata-complete", L"Complete a name, a setting, a file or a command", complete);
    el_set(editor, EL_BIND, "^I", "strata-complete", NULL);
    el_set(editor, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_set(editor, EL_GETCFN, read_character);
    open_history(terminal);
}

Terminal *terminal_make(Repl *repl)
{
    setlocale(LC_CTYPE, "");
    Terminal *terminal = calloc(1, sizeof *terminal);
    if (!terminal)
        return NULL;
    terminal->repl = repl;
    terminal->fancy = terminal_is_fancy();
    terminal->editor = el_init("strata", stdin, stdout, stderr);
    terminal->history = history_init();
    if (!terminal->editor || !terminal->history) {
        terminal_release(terminal);
        return NULL;
    }
    set_up(terminal);
    catch_window_changes();
    return terminal;
}

void terminal_release(Terminal *terminal)
{
    if (!terminal)
        return;
    if (terminal->editor)
        el_end(terminal->editor);
    if (terminal->history)
        history_end(terminal->history);
    if (terminal->history_file)
        fclose(terminal->history_file);
    free(terminal);
}

static void remember(Terminal *terminal, const char *line)
{
    HistEvent event;
    if (line[strspn(line, " \t\n")] == '\0')
        return;
    history(terminal->history, &event, H_ENTER, line);
    if (terminal->history_file) {
        fprintf(terminal->history_file, "%s\n", line);
        fflush(terminal->history_file);
    }
}

static void say(const Terminal *terminal, const char *sequence)
{
    if (terminal->fancy)
        fputs(sequence, stdout);
    fflush(stdout);
}

char *terminal_line(Terminal *terminal, bool first, bool *abandoned)
{
    terminal->first = first;
    terminal->hint[0] = '\0';
    terminal->cut = false;
    interrupts_clear();
    if (!terminal->pasting)
        say(terminal, paste_on);
    int length = 0;
    const char *line = el_gets(terminal->editor, &length);
    if (!terminal->pasting)
        say(terminal, paste_off);
    if (!line || length <= 0) {
        *abandoned = terminal->cut;
        puts(terminal->cut ? "^C" : "");
        el_reset(terminal->editor);
        return terminal->cut ? strdup("") : NULL;
    }
    char *copy = strndup(line, strcspn(line, "\r\n"));
    if (copy)
        remember(terminal, copy);
    return copy;
}

bool terminal_is_pasting(const Terminal *terminal)
{
    return terminal->pasting;
}

#else

struct Terminal {
    Repl *repl;
};

Terminal *terminal_make(Repl *repl)
{
    Terminal *terminal = calloc(1, sizeof *terminal);
    if (terminal)
        terminal->repl = repl;
    return terminal;
}

void terminal_release(Terminal *terminal)
{
    free(terminal);
}

char *terminal_line(Terminal *terminal, bool first, bool *abandoned)
{
    (void)terminal;
    interrupts_clear();
    fputs(first ? "strata> " : "   ...> ", stdout);
    fflush(stdout);
    char *line = NULL;
    size_t room = 0;
    errno = 0;
    ssize_t length = getline(&line, &room, stdin);
    if (length >= 0) {
        line[strcspn(line, "\r\n")] = '\0';
        return line;
    }
    free(line);
    putchar('\n');
    *abandoned = errno == EINTR && interrupted();
    clearerr(stdin);
    return *abandoned ? strdup("") : NULL;
}

bool terminal_is_pasting(const Terminal *terminal)
{
    (void)terminal;
    return false;
}

#endif
