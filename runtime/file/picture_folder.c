/* Reading a folder of pictures; see picture.h. */
#include "file/picture.h"

#include "file/file_names.h"

#include <string.h>

static bool add_sample(TensorSet *set, const char *path, StrataError *error)
{
    Tensor *tensor = sample_read(&set->allocator, path, error);
    bool added = tensor && tensor_set_add(set, strrchr(path, '/') + 1, tensor, error);
    tensor_release(tensor);
    return added;
}

TensorSet *picture_folder_read(const StrataAllocator *allocator, const char *path, StrataError *error)
{
    FileNames names = {0};
    TensorSet *set = file_names_list(allocator, &names, path, error) ? tensor_set_make(allocator, error) : NULL;
    for (int64_t i = 0; set && i < names.count; i++) {
        if (!add_sample(set, names.paths[i], error)) {
            tensor_set_release(set);
            set = NULL;
        }
    }
    file_names_release(allocator, &names);
    return set;
}
