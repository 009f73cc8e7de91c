/* Completion of commands, files, names and settings, and hints of the settings of the call under the cursor. */
#include "tool/repl/command.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_name(char character)
{
    return character == '_' || (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z');
}

/* ---- Candidates ---- */

static void add(Completion *completion, const char *word)
{
    for (int64_t i = 0; i < completion->count; i++)
        if (strcmp(completion->words[i], word) == 0)
            return;
    char **grown = realloc(completion->words, (size_t)(completion->count + 1) * sizeof *grown);
    if (!grown)
        return;
    completion->words = grown;
    char *copy = strdup(word);
    if (copy)
        completion->words[completion->count++] = copy;
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void completion_release(Completion *completion)
{
    for (int64_t i = 0; i < completion->count; i++)
        free(completion->words[i]);
    free(completion->words);
    *completion = (Completion){0};
}

static bool begins(const char *word, const char *start, size_t length)
{
    return strncmp(word, start, length) == 0;
}

/* ---- Commands and files ---- */

static void add_commands(Completion *completion, const char *typed, size_t length)
{
    for (int i = 0; command_name(i); i++)
        if (begins(command_name(i), typed, length))
            add(completion, command_name(i));
}

/* Files whose path begins with what was typed; folders end in a slash. */
static void add_files(Completion *completion, const char *typed, size_t length)
{
    char *path = strndup(typed, length);
    if (!path)
        return;
    char *slash = strrchr(path, '/');
    size_t folder_length = slash ? (size_t)(slash - path) + 1 : 0;
    char *folder = folder_length ? strndup(path, folder_length) : strdup(".");
    DIR *directory = folder ? opendir(folder) : NULL;
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        const char *name = entry->d_name;
        if (!begins(name, path + folder_length, length - folder_length) || (name[0] == '.' && path[folder_length] != '.'))
            continue;
        char whole[4096];
        struct stat status;
        int room = snprintf(whole, sizeof whole - 1, "%.*s%s", (int)folder_length, path, name);
        if (room < 0 || (size_t)room >= sizeof whole - 1)
            continue;
        if (stat(whole, &status) == 0 && S_ISDIR(status.st_mode))
            snprintf(whole + room, sizeof whole - (size_t)room, "/");
        add(completion, whole);
    }
    if (directory)
        closedir(directory);
    free(folder);
    free(path);
}

/* ---- Names and settings ---- */

/* The name before the bracket that is open at `end`, and how many arguments were typed in it; null when none is. */
static char *open_call(const char *line, size_t end, int *arguments)
{
    int depth = 0;
    *arguments = 0;
    for (size_t at = end; at-- > 0;) {
        if (strchr(")]}", line[at]))
            depth++;
        *arguments += line[at] == ',' && depth == 0;
        if (!strchr("([{", line[at]) || depth-- > 0)
            continue;
        size_t start = at;
        while (start > 0 && is_name(line[start - 1]))
            start--;
        return line[at] == '(' && start < at ? strndup(line + start, at - start) : NULL;
    }
    return NULL;
}

/* Settings in a signature: `stride=1` between its brackets. */
static void add_settings(Completion *completion, const char *signature, const char *typed, size_t length)
{
    const char *at = strchr(signature, '(');
    while (at && *at) {
        at += strcspn(at, "(,)");
        if (!*at || *at == ')')
            break;
        at++;
        at += strspn(at, " \n");
        size_t name = 0;
        while (is_name(at[name]))
            name++;
        if (name == 0 || name < length || !begins(at, typed, length))
            continue;
        char word[100];
        snprintf(word, sizeof word, "%.*s=", (int)name, at);
        add(completion, word);
    }
}

static void add_names(Repl *repl, Completion *completion, const char *line, size_t start, size_t end)
{
    static const char *const keywords[] = {"assert", "data", "else", "false", "for",   "if",   "layer", "layers",
                                           "let",    "net",  "not",  "then",  "train", "true", "use"};
    size_t length = end - start;
    StrataModule *module = strata_session_module(repl->session, NULL);
    StrataDefinition definition;
    int arguments;
    char *call = open_call(line, start, &arguments);
    if (call && strata_module_definition(module, call, &definition, NULL))
        add_settings(completion, definition.signature, line + start, length);
    free(call);
    for (int64_t i = 0; strata_module_definition_at(module, i, &definition, NULL); i++)
        if (begins(definition.name, line + start, length) && (definition.name[0] != '_' || line[start] == '_'))
            add(completion, definition.name);
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
        if (begins(keywords[i], line + start, length))
            add(completion, keywords[i]);
    strata_module_release(module);
}

/* ---- Operands of commands ---- */

static void add_fitting(Completion *completion, const char *const *words, const char *typed, size_t length)
{
    for (; *words; words++)
        if (begins(*words, typed, length))
            add(completion, *words);
}

/* Names of `:set`, and behind one of them its values. */
static void add_options(Completion *completion, const char *operands, const char *typed, size_t length)
{
    static const char *const names[] = {"precision", "threads", "seed", "engine", "pictures", NULL};
    static const char *const values[][6] = {{"single", "double", NULL},
                                            {NULL},
                                            {NULL},
                                            {"jit", "interpreter", NULL},
                                            {"off", "ascii", "blocks", "sixel", "kitty", NULL}};
    const char *behind;
    char *name = operands < typed ? first_word(operands, &behind) : NULL;
    for (int i = 0; name && names[i]; i++)
        if (strcmp(names[i], name) == 0)
            add_fitting(completion, values[i], typed, length);
    if (!name)
        add_fitting(completion, names, typed, length);
    free(name);
}

/* Full names of weights of the session's nets. */
static void add_weights(Repl *repl, Completion *completion, const char *typed, size_t length)
{
    StrataModule *module = strata_session_module(repl->session, NULL);
    const char *name;
    for (int64_t i = 0; (name = strata_module_net(module, i, NULL)); i++) {
        StrataNet *net = strata_session_net(repl->session, name, false, NULL);
        StrataValue weight;
        for (int64_t k = 0; net && strata_net_weight(net, k, &weight); k++)
            if (begins(weight.name, typed, length))
                add(completion, weight.name);
        strata_net_release(net);
    }
    strata_module_release(module);
}

/* What only some commands take: names of commands, options, weights. False when this command takes what an expression does. */
static bool add_operands(Repl *repl, Completion *completion, const char *line, size_t start, size_t end)
{
    const char *operands;
    char *word = first_word(line, &operands);
    const Command *command = word ? command_find(word + 1) : NULL;
    free(word);
    bool weights = command && strcmp(command->name, "weights") == 0;
    if (command && strcmp(command->name, "help") == 0)
        add_commands(completion, line + start, end - start);
    else if (command && strcmp(command->name, "set") == 0)
        add_options(completion, operands, line + start, end - start);
    else if (!weights)
        return false;
    else
        add_weights(repl, completion, line + start, end - start);
    completion->whole = !weights;
    return !weights || completion->count > 0;
}

/* ---- A word ---- */

/* Whether a place is inside of a string; `start` is then where that begins. */
static bool in_string(const char *line, size_t end, size_t *start)
{
    bool inside = false;
    for (size_t i = 0; i < end; i++)
        if (line[i] == '"' && (i == 0 || line[i - 1] != '\\')) {
            inside = !inside;
            *start = i + 1;
        }
    return inside;
}

Completion complete_word(Repl *repl, const char *line, size_t end)
{
    static const char *const with_files[] = {":load", ":save", ":build"};
    Completion completion = {0};
    size_t colon = strspn(line, " ");
    size_t start = end;
    while (start > 0 && line[start - 1] != ' ')
        start--;
    bool command = colon < end && line[colon] == ':';
    bool files = false;
    for (size_t i = 0; command && i < sizeof with_files / sizeof with_files[0]; i++)
        files = files || begins(line + colon, with_files[i], strlen(with_files[i]));
    if (command && start <= colon) {
        completion.start = colon + 1;
        completion.whole = true;
        add_commands(&completion, line + colon + 1, end - colon - 1);
    } else if (files || in_string(line, end, &start)) {
        completion.start = start;
        add_files(&completion, line + start, end - start);
    } else if (command && add_operands(repl, &completion, line + colon, start - colon, end - colon)) {
        completion.start = start;
    } else {
        start = end;
        while (start > 0 && is_name(line[start - 1]))
            start--;
        completion.start = start;
        add_names(repl, &completion, line, start, end);
    }
    if (completion.count > 1)
        qsort(completion.words, (size_t)completion.count, sizeof *completion.words, compare_words);
    return completion;
}

/* The settings of a signature behind the first `skipped` ones, cut off where there is no more room. */
static void list_settings(const char *signature, int skipped, char *hint, size_t room)
{
    static const char dots[] = "...";
    const char *at = strchr(signature, '(');
    size_t length = 0;
    int depth = 0;
    for (at = at ? at + 1 : ""; *at && !(*at == ')' && depth == 0); at++) {
        depth += (*at == '(') - (*at == ')');
        if (skipped > 0) {
            skipped -= *at == ',' && depth == 0;
            continue;
        }
        if (*at == '\n' || (*at == ' ' && (length == 0 || hint[length - 1] == ' ')))
            continue;
        if (length + sizeof dots >= room) {
            memcpy(hint + length, dots, sizeof dots);
            return;
        }
        hint[length++] = *at;
    }
    hint[length] = '\0';
}

void hint_settings(Repl *repl, const char *line, size_t end, char *hint, size_t room)
{
    enum { LEAST_ROOM = 16, PROMPT = 12 };
    hint[0] = '\0';
    int arguments, columns = terminal_columns() - (int)end - PROMPT;
    char *call = columns >= LEAST_ROOM ? open_call(line, end, &arguments) : NULL;
    if (!call)
        return; /* a narrow terminal has no room for it */
    StrataModule *module = strata_session_module(repl->session, NULL);
    StrataDefinition definition;
    if (strata_module_definition(module, call, &definition, NULL))
        list_settings(definition.signature, arguments, hint, (size_t)columns < room ? (size_t)columns : room);
    strata_module_release(module);
    free(call);
}
