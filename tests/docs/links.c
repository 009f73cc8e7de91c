/* Links of a page: the files and headings that they lead to must be there. */
#include "docs/page.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

/* A heading's anchor, as the sites that show Markdown make it: small letters, digits, `-` and `_` stay, a space becomes `-`, all else goes. */
static const char *anchor_of(Arena *arena, const char *heading)
{
    Text text = text_make(arena);
    heading += strspn(heading, "# ");
    for (; *heading; heading++) {
        unsigned char character = (unsigned char)*heading;
        if (isalnum(character) || character == '-' || character == '_' || character > 127)
            text_add_character(&text, (char)tolower(character));
        else if (character == ' ')
            text_add_character(&text, '-');
    }
    return text_string(&text);
}

static bool has_heading(Page *page, const char *path, const char *anchor)
{
    char *text = read_text(page->arena, path);
    if (!text)
        return false;
    Lines lines = split_lines(page->arena, text);
    bool code = false;
    for (int64_t i = 0; i < lines.count; i++) {
        if (strncmp(lines.items[i], "```", 3) == 0)
            code = !code;
        if (!code && lines.items[i][0] == '#' && strcmp(anchor_of(page->arena, lines.items[i]), anchor) == 0)
            return true;
    }
    return false;
}

static const char *folder_of(Page *page)
{
    const char *slash = strrchr(page->path, '/');
    return slash ? arena_string(page->arena, page->path, (size_t)(slash - page->path)) : ".";
}

static void check_link(Page *page, const char *link, int64_t line)
{
    size_t length = strcspn(link, "#");
    const char *anchor = link[length] ? link + length + 1 : NULL;
    const char *path = length > 0 ? arena_printf(page->arena, "%s/%s/%.*s", page->root, folder_of(page), (int)length, link)
                                  : arena_printf(page->arena, "%s/%s", page->root, page->path);
    struct stat status;
    bool exists = stat(path, &status) == 0;
    page_judge(page, exists, line, "a link leads nowhere:", path);
    if (exists && anchor)
        page_judge(page, has_heading(page, path, anchor), line, "a link leads to a heading that is not there:", link);
}

void page_check_links(Page *page, const char *text, int64_t line)
{
    static const char *const starts[] = {"](", "src=\"", "srcset=\"", "href=\""};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        for (const char *at = strstr(text, starts[i]); at; at = strstr(at + 1, starts[i])) {
            const char *link = at + strlen(starts[i]);
            size_t length = strcspn(link, ") \"");
            if (length > 0 && strncmp(link, "http", 4) != 0 && strncmp(link, "mailto", 6) != 0)
                check_link(page, arena_string(page->arena, link, length), line);
        }
}
