/* What was entered: in memory for :history, and in a file from which a session that was cut off begins again.
 *
 * Each session has a file of its own, `session-PID` in the folder of states ($XDG_STATE_HOME/strata, ~/.local/state/strata), written entry by entry. The newest
 * of them is the last session; only a few are kept. */
#include "tool/repl/repl.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEPT_SESSIONS = 5, PATH_ROOM = 4096 };
static const char separator[] = "\f\n"; /* between entries, which have no form feeds */

struct Journal {
    FILE *file;
    char **entries;
    int count, capacity;
};

/* ---- Places ---- */

static bool make_folder(const char *path)
{
    struct stat status;
    return mkdir(path, 0700) == 0 || (stat(path, &status) == 0 && S_ISDIR(status.st_mode));
}

/* The folder of states, made where it is missing. */
static bool state_folder(char folder[PATH_ROOM])
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int length;
    if (state && state[0] == '/') {
        length = snprintf(folder, PATH_ROOM, "%s", state);
    } else {
        if (!home || home[0] != '/')
            return false;
        length = snprintf(folder, PATH_ROOM, "%s/.local", home);
        if (length >= PATH_ROOM - 20 || !make_folder(folder))
            return false;
        length = snprintf(folder, PATH_ROOM, "%s/.local/state", home);
    }
    if (length >= PATH_ROOM - 20 || !make_folder(folder))
        return false;
    snprintf(folder + length, (size_t)(PATH_ROOM - length), "/strata");
    return make_folder(folder);
}

char *history_path(void)
{
    char folder[PATH_ROOM], path[PATH_ROOM + sizeof "/history"];
    if (!state_folder(folder))
        return NULL;
    snprintf(path, sizeof path, "%s/history", folder);
    return strdup(path);
}

/* ---- Sessions of before ---- */

typedef struct OldSession {
    char path[PATH_ROOM + 300];
    struct timespec time;
} OldSession;

static bool is_newer(struct timespec a, struct timespec b)
{
    return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

/* The newest sessions of a folder, newest first; files of older ones are removed. */
static int find_sessions(const char *folder, OldSession found[KEPT_SESSIONS])
{
    DIR *directory = opendir(folder);
    int count = 0;
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        OldSession session;
        struct stat status;
        if (strncmp(entry->d_name, "session-", 8) != 0)
            continue;
        snprintf(session.path, sizeof session.path, "%s/%s", folder, entry->d_name);
        if (stat(session.path, &status) != 0 || !S_ISREG(status.st_mode))
            continue;
        session.time = status.st_mtim;
        int at = count < KEPT_SESSIONS ? count++ : KEPT_SESSIONS;
        while (at > 0 && is_newer(session.time, found[at - 1].time)) {
            if (at == KEPT_SESSIONS)
                unlink(found[at - 1].path);
            else
                found[at] = found[at - 1];
            at--;
        }
        if (at < KEPT_SESSIONS)
            found[at] = session;
        else
            unlink(session.path);
    }
    if (directory)
        closedir(directory);
    return count;
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t length = 0;
    FILE *copy = file ? open_memstream(&text, &length) : NULL;
    char piece[4096];
    for (size_t count; copy && (count = fread(piece, 1, sizeof piece, file)) > 0;)
        fwrite(piece, 1, count, copy);
    if (copy)
        fclose(copy);
    if (file)
        fclose(file);
    return text;
}

/* ---- Entries ---- */

void journal_add(Journal *journal, const char *entry)
{
    if (!journal)
        return;
    if (journal->count == journal->capacity) {
        int capacity = journal->capacity ? 2 * journal->capacity : 64;
        char **grown = realloc(journal->entries, (size_t)capacity * sizeof *grown);
        if (!grown)
            return;
        journal->entries = grown;
        journal->capacity = capacity;
    }
    char *copy = strdup(entry);
    if (!copy)
        return;
    journal->entries[journal->count++] = copy;
    if (journal->file) {
        fprintf(journal->file, "%s\n%s", entry, separator);
        fflush(journal->file);
    }
}

const char *journal_entry(const Journal *journal, int index)
{
    return journal && index >= 0 && index < journal->count ? journal->entries[index] : NULL;
}

/* Enters what the last session entered; repl_enter writes it into the new session's file. */
static void replay(Repl *repl, char *text)
{
    int count = 0;
    for (char *entry = text; entry && *entry;) {
        char *end = strstr(entry, separator);
        if (!end)
            break; /* cut off while it was written */
        *end = '\0';
        repl_enter(repl, entry);
        entry = end + strlen(separator);
        count++;
    }
    printf("%d entr%s of the last session %s entered again\n", count, count == 1 ? "y" : "ies", count == 1 ? "was" : "were");
}

Journal *journal_make(Repl *repl, bool resume)
{
    char folder[PATH_ROOM];
    Journal *journal = calloc(1, sizeof *journal);
    if (!journal || !state_folder(folder))
        return journal;
    OldSession *found = calloc(KEPT_SESSIONS, sizeof *found);
    int count = found ? find_sessions(folder, found) : 0;
    char *text = resume && count > 0 ? read_file(found[0].path) : NULL;
    free(found);
    char path[PATH_ROOM + 40];
    snprintf(path, sizeof path, "%s/session-%ld", folder, (long)getpid());
    journal->file = fopen(path, "wb");
    repl->journal = journal;
    if (text)
        replay(repl, text);
    else if (resume)
        puts("there is no session to resume");
    free(text);
    return journal;
}

void journal_release(Journal *journal)
{
    if (!journal)
        return;
    if (journal->file)
        fclose(journal->file);
    for (int i = 0; i < journal->count; i++)
        free(journal->entries[i]);
    free(journal->entries);
    free(journal);
}
