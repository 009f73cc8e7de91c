/* strata explain: what a code of a diagnostic means. */
#include "strata.h"
#include "tool/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "E0601", "e601", "601": 601; -1 for anything else. */
static int parse_code(const char *word)
{
    char *end;
    if (*word == 'E' || *word == 'e')
        word++;
    long code = strtol(word, &end, 10);
    return *word >= '0' && *word <= '9' && !*end && code > 0 && code < 10000 ? (int)code : -1;
}

/* A line for each code: its title is the first line of its page. */
static void list_codes(void)
{
    int code;
    for (int64_t i = 0; (code = strata_explained(i)) > 0; i++) {
        const char *page = strata_explain(code);
        const char *title = page + strspn(page, "# ");
        printf("%.*s\n", (int)strcspn(title, "\n"), title);
    }
}

static ExitCode run_explain(const Arguments *arguments)
{
    if (arguments->operand_count == 0) {
        list_codes();
        return EXIT_DONE;
    }
    const char *word = arguments->operands[0];
    int code = parse_code(word);
    const char *page = strata_explain(code);
    if (!page) {
        usage_error(NULL, 1209, "there is no error '%s'; `strata explain` lists all codes", word);
        return EXIT_WRONG_USAGE;
    }
    fputs(page, stdout);
    return EXIT_DONE;
}

const Verb verb_explain = {
    .name = "explain",
    .operands = "[CODE]",
    .summary = "explain an error, with an example that shows it and its repair",
    .description = "CODE is what stands in brackets in a diagnostic: E0601. Without it, all codes are listed with their titles.",
    .examples = "strata explain E0601\nstrata explain | grep weight",
    .least = 0,
    .most = 1,
    .operand_kind = VALUE_TEXT,
    .run = run_explain,
};
