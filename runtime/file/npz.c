/* Reading npz; see npz.h. */
#include "file/npz.h"

#include "base/codes.h"
#include "file/npy.h"
#include "file/zip.h"

#include <stdio.h>
#include <string.h>

enum { NAME_LIMIT = 1024 };

/* The member's name as a string, without `.npy`. */
static bool read_name(const ZipArchive *archive, const ZipMember *member, char name[NAME_LIMIT], StrataError *error)
{
    size_t length = member->name_length;
    if (length >= NAME_LIMIT || memchr(member->name, '\0', length))
        return error_set(error, STRATA_INVALID, E_NPZ_DAMAGED, "%s: the name of a member has %zu characters or a zero byte",
                         archive->content->name, length);
    if (length > 4 && memcmp(member->name + length - 4, ".npy", 4) == 0)
        length -= 4;
    memcpy(name, member->name, length);
    name[length] = '\0';
    return true;
}

/* Decodes one array into the set, or notes why it was left out. */
static bool add_array(TensorSet *set, const char *file, const char *name, const unsigned char *bytes, size_t size,
                      StrataError *error)
{
    char where[2 * NAME_LIMIT]; /* room for both: names are shorter than the limit, and a longer path is cut */
    snprintf(where, sizeof where, "%.*s: %s", NAME_LIMIT - 4, file, name);
    StrataError reason;
    error_clear(&reason);
    Tensor *tensor = npy_decode(&set->allocator, where, bytes, size, &reason);
    if (!tensor && reason.code == E_NPY_KIND)
        return tensor_set_omit(set, name, reason.message, error);
    if (!tensor)
        return error_set(error, reason.status, reason.code, "%s", reason.message);
    bool added = tensor_set_add(set, name, tensor, &reason);
    tensor_release(tensor);
    if (!added && reason.code == E_NAME_TWICE)
        return error_set(error, reason.status, reason.code, "%s: %s", file, reason.message);
    return added || error_set(error, reason.status, reason.code, "%s", reason.message);
}

static bool add_member(TensorSet *set, const ZipArchive *archive, const ZipMember *member, StrataError *error)
{
    char name[NAME_LIMIT];
    if (!read_name(archive, member, name, error))
        return false;
    Block *block;
    const unsigned char *bytes = zip_unpack(archive, member, &block, error);
    if (!bytes)
        return false;
    bool added = add_array(set, archive->content->name, name, bytes, member->size, error);
    block_release(block);
    return added;
}

TensorSet *npz_decode(const StrataAllocator *allocator, const FileContent *content, StrataError *error)
{
    ZipArchive archive;
    if (!zip_open(&archive, allocator, content, error))
        return NULL;
    TensorSet *set = tensor_set_make(allocator, error);
    for (size_t i = 0; set && i < archive.count; i++) {
        if (!add_member(set, &archive, &archive.members[i], error)) {
            tensor_set_release(set);
            set = NULL;
        }
    }
    zip_release(&archive);
    return set;
}
