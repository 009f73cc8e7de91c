/* Entries from lines. An entry is whole when its brackets balance and its last token can end one, and, where the next line can be seen at once (a
 * script, a paste), when that does not go on with it. */
#include "tool/repl/repl.h"

#include <stdlib.h>
#include <string.h>

/* A line without its end, to be freed; null at the end of the file. */
static char *file_line(FILE *file)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length = getline(&line, &room, file);
    if (length < 0) {
        free(line);
        return NULL;
    }
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        line[--length] = '\0';
    return line;
}

static char *next_line(Reader *reader, bool first)
{
    char *line = reader->pending;
    reader->pending = NULL;
    if (line)
        return line;
    return reader->file ? file_line(reader->file) : terminal_line(reader->repl->lines, first, &reader->abandoned);
}

/* Whether a line goes on with the entry of the line before it: what it begins with cannot begin one. */
static bool goes_on(const char *line)
{
    static const char *const words[] = {"then", "else", "for", "in", "as", "and", "or"};
    line += strspn(line, " \t");
    if (*line && strchr("|+-*/%^=!<>.)]}", *line))
        return true;
    size_t length = strspn(line, "abcdefghijklmnopqrstuvwxyz_0123456789");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == length && strncmp(line, words[i], length) == 0)
            return true;
    return false;
}

/* Whether more lines are there already, so that looking at the next one makes nobody wait. */
static bool sees_ahead(const Reader *reader)
{
    return reader->file ? !feof(reader->file) : terminal_is_pasting(reader->repl->lines);
}

/* The entry so far with a line more; frees both. Null when memory ends. */
static char *joined(char *entry, char *line)
{
    size_t length = strlen(entry), more = strlen(line);
    char *both = realloc(entry, length + more + 2);
    if (both) {
        both[length] = '\n';
        memcpy(both + length + 1, line, more + 1);
    } else {
        free(entry);
    }
    free(line);
    return both;
}

static bool is_blank(const char *line)
{
    return line[strspn(line, " \t")] == '\0';
}

char *reader_next(Reader *reader)
{
    reader->abandoned = false;
    char *entry = next_line(reader, true);
    while (entry && !reader->abandoned && entry[strspn(entry, " \t")] != ':') {
        bool whole = strata_session_is_complete(reader->repl->session, entry, strlen(entry));
        if (whole && (is_blank(entry) || !sees_ahead(reader)))
            break;
        char *line = next_line(reader, false);
        if (line && whole && !reader->abandoned && !goes_on(line)) {
            reader->pending = line;
            break;
        }
        if (!line)
            break;
        entry = joined(entry, line);
    }
    if (entry && reader->abandoned)
        entry[0] = '\0';
    return entry;
}

void reader_release(Reader *reader)
{
    free(reader->pending);
    reader->pending = NULL;
}
