/* Rows of an array; see row_array.h. */
#include "file/row_array.h"

#include "base/codes.h"
#include "file/element.h"
#include "file/idx.h"
#include "file/npy.h"
#include "file/npy_header.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_ROOM = 1 << 16 };

typedef struct RowArray {
    RowReader reader; /* first: a RowArray is read through it */
    ElementType type; /* of entries as the file has them */
    ByteOrder order;
    uint64_t start; /* byte of the first row */
    int descriptor;
    char *name; /* for messages */
} RowArray;

/* --- reading -------------------------------------------------------------------------------------------------------------------- */

static bool read_failed(const char *path, StrataError *error)
{
    char reason[REASON_LIMIT];
    return error_set(error, STRATA_FILE, E_FILE_READ, "%s: cannot be read: %s", path, error_reason(errno, reason));
}

static bool read_bytes(const RowArray *array, int64_t row, void *target, size_t size, StrataError *error)
{
    uint64_t from = array->start + (uint64_t)row * size;
    for (size_t done = 0; done < size;) {
        ssize_t got = pread(array->descriptor, (char *)target + done, size - done, (off_t)(from + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return read_failed(array->name, error);
        if (got == 0)
            return error_set(error, STRATA_FILE, E_FILE_READ, "%s: changed while it was read: it ends inside record %" PRId64,
                             array->name, row);
        done += (size_t)got;
    }
    return true;
}

/* What needs decoding is read behind the place of its result. */
static bool read_row(RowReader *reader, int64_t row, void *target, StrataError *error)
{
    const RowArray *array = (const RowArray *)reader;
    size_t size = (size_t)reader->entries * element_size(array->type);
    if (element_is_native(array->type, array->order))
        return read_bytes(array, row, target, size, error);
    unsigned char *coded = (unsigned char *)target + (size_t)reader->entries * kind_size(reader->kind);
    if (!read_bytes(array, row, coded, size, error))
        return false;
    element_decode(array->type, array->order, coded, reader->entries, target);
    return true;
}

/* --- opening -------------------------------------------------------------------------------------------------------------------- */

/* What the first bytes say, in the terms of either format. */
typedef struct Layout {
    ElementType type;
    ByteOrder order;
    int rank;
    int64_t size[STRATA_RANK_LIMIT];
    size_t start;
} Layout;

/* Whether a head is that of an array whose rows stand one behind the other. What is wrong with any other is said by those who read it whole. */
static bool read_layout(const char *path, const unsigned char *head, size_t length, Layout *layout)
{
    StrataError ignored;
    NpyHeader npy;
    if (npy_recognise(head, length)) {
        if (!npy_header_decode(path, head, length, &npy, &ignored))
            return false;
        *layout = (Layout){.type = npy.type, .order = npy.order, .rank = npy.rank, .start = npy.length};
        memcpy(layout->size, npy.size, sizeof layout->size);
        return !npy.fortran || npy.rank == 1;
    }
    IdxHeader idx;
    if (!idx_header_decode(path, head, length, &idx, &ignored))
        return false;
    *layout = (Layout){.type = idx.type, .order = BIG_ENDIAN_BYTES, .rank = idx.rank, .start = idx.length};
    memcpy(layout->size, idx.size, sizeof layout->size);
    return true;
}

/* Whether rows of it are worth reading one by one: more than a number each, as many as the file has bytes for, entries that all fit. */
static bool is_for_rows(const Layout *layout, uint64_t least, uint64_t bytes)
{
    StrataError ignored;
    int64_t elements = 0;
    bool fits = layout->type != ELEMENT_U64 && layout->rank >= 2;
    if (!fits || !tensor_extent(element_kind(layout->type), layout->rank, layout->size, &elements, &ignored) || elements == 0)
        return false;
    uint64_t wanted = (uint64_t)elements * element_size(layout->type);
    return wanted >= least && bytes >= layout->start && bytes - layout->start == wanted;
}

static void close_array(RowReader *reader)
{
    RowArray *array = (RowArray *)reader;
    StrataAllocator allocator = reader->allocator;
    close(array->descriptor);
    allocator_give(&allocator, array->name, strlen(array->name) + 1, 1);
    allocator_give(&allocator, array, 1, sizeof *array);
}

static RowReader *make_reader(const StrataAllocator *allocator, const char *path, const Layout *layout, int descriptor,
                              StrataError *error)
{
    RowArray *array = allocator_take_zero(allocator, 1, sizeof *array);
    char *name = allocator_take(allocator, strlen(path) + 1, 1);
    if (!array || !name) {
        allocator_give(allocator, array, 1, sizeof *array);
        allocator_give(allocator, name, strlen(path) + 1, 1);
        error_memory(error, sizeof *array);
        return NULL;
    }
    row_reader_begin(&array->reader, allocator, element_kind(layout->type), layout->rank, layout->size);
    array->reader.room += (size_t)array->reader.entries * element_size(layout->type);
    array->reader.read = read_row;
    array->reader.close = close_array;
    array->type = layout->type;
    array->order = layout->order;
    array->start = layout->start;
    array->descriptor = descriptor;
    array->name = memcpy(name, path, strlen(path) + 1);
    return &array->reader;
}

bool row_array_open(const StrataAllocator *allocator, const char *path, uint64_t least, RowReader **reader, StrataError *error)
{
    struct stat status;
    *reader = NULL;
    if (strcmp(path, "-") == 0 || stat(path, &status) != 0 || !S_ISREG(status.st_mode) || (uint64_t)status.st_size < least)
        return true;
    unsigned char *head = allocator_take(allocator, HEAD_ROOM, 1);
    if (!head)
        return error_memory(error, HEAD_ROOM);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    bool done = descriptor >= 0 || read_failed(path, error);
    ssize_t got = done ? pread(descriptor, head, HEAD_ROOM, 0) : -1;
    Layout layout;
    if (got > 0 && read_layout(path, head, (size_t)got, &layout) && is_for_rows(&layout, least, (uint64_t)status.st_size)) {
        *reader = make_reader(allocator, path, &layout, descriptor, error);
        done = *reader != NULL;
    }
    if (!*reader && descriptor >= 0)
        close(descriptor);
    allocator_give(allocator, head, HEAD_ROOM, 1);
    return done;
}
