/* strata init: a starting project in a new folder. Its files are part of the command. */
#include "embed/embed.h"
#include "tool/output.h"
#include "tool/verb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The table that embed.cmake makes of compiler/tool/project. */
extern const EmbeddedFile project_files[];

enum { E_FOLDER = 1216 };

static bool write_project_file(const char *folder, const EmbeddedFile *file)
{
    size_t room = strlen(folder) + strlen(file->name) + 2;
    char *path = malloc(room);
    if (!path) {
        message_error(1090, "out of memory");
        return false;
    }
    snprintf(path, room, "%s/%s", folder, file->name);
    bool good = output_file(path, file->text, file->length);
    free(path);
    return good;
}

static ExitCode run_init(const Arguments *arguments)
{
    const char *folder = arguments->operands[0];
    if (mkdir(folder, 0777) != 0) {
        bool exists = errno == EEXIST;
        message_error(E_FOLDER, "cannot make the folder %s: %s", folder, strerror(errno));
        if (exists)
            message_help("a project is put into a new folder, so that nothing is overwritten");
        return EXIT_WRONG_INPUT;
    }
    for (const EmbeddedFile *file = project_files; file->name; file++)
        if (!write_project_file(folder, file))
            return EXIT_WRONG_INPUT;
    printf("made %s; try\n\n  cd %s\n  strata check digits.net\n  strata summary digits.net\n"
           "  strata run digits.net --weights digits.safetensors seven.png\n"
           "  strata evaluate digits.net --weights digits.safetensors digits-images.gz digits-labels.gz\n",
           folder, folder);
    return EXIT_DONE;
}

const Verb verb_init = {
    .name = "init",
    .operands = "FOLDER",
    .summary = "make a starting project: a model, weights and data to try",
    .description = "Makes the folder, which must not exist yet, with a small model of handwritten digits, its weights, 60 digits "
                   "and a README that says what to do\n"
                   "with them.",
    .examples = "strata init digits",
    .least = 1,
    .most = 1,
    .operand_kind = VALUE_FOLDER,
    .run = run_init,
};
