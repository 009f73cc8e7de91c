/* What all readers of rows share; see row_reader.h. */
#include "file/row_reader.h"

#include "base/allocator.h"
#include "base/error.h"

#include <string.h>

void row_reader_begin(RowReader *reader, const StrataAllocator *allocator, TensorKind kind, int rank, const int64_t *size)
{
    reader->allocator = *allocator;
    atomic_init(&reader->owners, 1);
    reader->kind = kind;
    reader->rank = rank;
    memcpy(reader->size, size, (size_t)rank * sizeof *size);
    reader->entries = 1;
    for (int axis = 1; axis < rank; axis++)
        reader->entries *= size[axis];
    reader->room = (size_t)reader->entries * kind_size(kind);
}

RowReader *row_reader_retain(RowReader *reader)
{
    if (reader)
        atomic_fetch_add_explicit(&reader->owners, 1, memory_order_relaxed);
    return reader;
}

void row_reader_release(RowReader *reader)
{
    if (reader && atomic_fetch_sub_explicit(&reader->owners, 1, memory_order_acq_rel) == 1)
        reader->close(reader);
}

bool row_reader_read(RowReader *reader, int64_t row, void *target, StrataError *error)
{
    return reader->read(reader, row, target, error);
}

/* A row may need more room than it has entries, so it is read beside the tensor. */
Tensor *row_reader_read_all(RowReader *reader, StrataError *error)
{
    void *room = allocator_take_aligned(&reader->allocator, reader->room);
    if (!room) {
        error_memory(error, reader->room);
        return NULL;
    }
    Tensor *tensor = tensor_make_raw(&reader->allocator, reader->kind, reader->rank, reader->size, error);
    size_t bytes = (size_t)reader->entries * kind_size(reader->kind);
    for (int64_t row = 0; tensor && row < reader->size[0]; row++) {
        if (reader->read(reader, row, room, error)) {
            memcpy((char *)tensor->data + (size_t)row * bytes, room, bytes);
            continue;
        }
        tensor_release(tensor);
        tensor = NULL;
    }
    allocator_give_aligned(&reader->allocator, room, reader->room);
    return tensor;
}
