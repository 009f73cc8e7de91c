/* Weights that are not ready inside a library: plain ones that are prepared into the caller's memory, and files. */
#include "built/built.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

size_t built_prepared_size(const BuiltModel *model)
{
    return (size_t)(model->prepared_size + model->prepare_work);
}

int built_prepare(const BuiltModel *model, BuiltWeights *weights, void *memory)
{
    if (!weights || (!model->weights && !weights->weights) || !memory)
        return BUILT_NULL;
    if ((uintptr_t)memory % BUILT_ALIGNMENT != 0)
        return BUILT_ALIGN;
    const unsigned char *rows = model->weights ? model->weights : weights->weights;
    BuiltRun run = {
        .rows = rows,
        .constants = rows + model->constants_offset,
        .prepared = memory,
        .work = (unsigned char *)memory + model->prepared_size,
        .samples = 1,
    };
    if (model->prepare)
        model->prepare(&run);
    weights->prepared = memory;
    return BUILT_OK;
}

int built_open(const BuiltModel *model, BuiltWeights *weights, const void *bytes, size_t size)
{
    if (!weights || !bytes)
        return BUILT_NULL;
    if ((uintptr_t)bytes % BUILT_ALIGNMENT != 0)
        return BUILT_ALIGN;
    const BuiltFileHead *head = bytes;
    if (size < sizeof *head || memcmp(head->magic, BUILT_MAGIC, sizeof head->magic) != 0)
        return BUILT_WEIGHTS_DAMAGED;
    if (memcmp(head->signature, model->signature, sizeof head->signature) != 0)
        return BUILT_WEIGHTS_OTHER;
    if (head->weights_size != (uint64_t)model->weights_size || size - sizeof *head != (size_t)model->weights_size)
        return BUILT_WEIGHTS_DAMAGED;
    *weights = (BuiltWeights){.weights = (const unsigned char *)bytes + sizeof *head};
    return BUILT_OK;
}

/* Maps a whole file; null after errno was set. */
static void *map_file(const char *path, size_t *size)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return NULL;
    struct stat facts;
    void *bytes = NULL;
    if (fstat(descriptor, &facts) == 0) {
        *size = (size_t)facts.st_size;
        bytes = *size ? mmap(NULL, *size, PROT_READ, MAP_PRIVATE, descriptor, 0) : NULL;
    }
    close(descriptor);
    return bytes == MAP_FAILED ? NULL : bytes;
}

int built_map(const BuiltModel *model, BuiltWeights *weights, const char *path)
{
    if (!weights || !path)
        return BUILT_NULL;
    size_t size = 1;
    void *bytes = map_file(path, &size);
    if (!bytes)
        return size == 0 ? BUILT_WEIGHTS_DAMAGED : BUILT_FILE;
    int error = built_open(model, weights, bytes, size);
    if (error) {
        munmap(bytes, size);
        return error;
    }
    weights->mapped = bytes;
    weights->mapped_size = size;
    return BUILT_OK;
}

void built_unmap(BuiltWeights *weights)
{
    if (!weights)
        return;
    if (weights->mapped)
        munmap(weights->mapped, weights->mapped_size);
    *weights = (BuiltWeights){0};
}
