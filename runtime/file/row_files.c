/* A file for each row; see row_files.h. */
#include "file/row_files.h"

#include "base/codes.h"
#include "file/sample_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* What tells that a file is the one that was looked at. */
typedef struct FileMark {
    int64_t bytes, seconds, nanoseconds;
} FileMark;

typedef struct RowFiles {
    RowReader reader; /* first: a RowFiles is read through it */
    FileNames names;
    FileMark *marks;         /* by row */
    _Atomic(Tensor *) *kept; /* by row: its entries; null where they are in the file alone */
    atomic_size_t room_left; /* for more of these, in bytes */
} RowFiles;

/* --- looking at files ----------------------------------------------------------------------------------------------------------- */

static bool take_mark(const char *path, FileMark *mark, StrataError *error)
{
    struct stat status;
    if (stat(path, &status) == 0) {
        *mark = (FileMark){.bytes = (int64_t)status.st_size,
                           .seconds = (int64_t)status.st_mtim.tv_sec,
                           .nanoseconds = (int64_t)status.st_mtim.tv_nsec};
        return true;
    }
    char reason[REASON_LIMIT];
    return error_set(error, STRATA_FILE, E_FILE_READ, "%s: cannot be read: %s", path, error_reason(errno, reason));
}

static bool same_form(const SampleForm *a, const SampleForm *b)
{
    return a->kind == b->kind && a->rank == b->rank && memcmp(a->size, b->size, (size_t)a->rank * sizeof *a->size) == 0;
}

static bool refuse_different(const char *path, const SampleForm *form, const char *first_path, const SampleForm *first,
                             StrataError *error)
{
    char a[SHAPE_TEXT_LIMIT], b[SHAPE_TEXT_LIMIT];
    return error_set(
        error, STRATA_INVALID, E_PICTURES_DIFFER,
        "%s is %s of %s, but %s is %s of %s: all must have one size to be taken together; bring them to one size first", path,
        shape_text(form->rank, form->size, a), kind_name(form->kind), first_path, shape_text(first->rank, first->size, b),
        kind_name(first->kind));
}

/* Marks and measures all files; all have the form that `form` gets. A mark is taken before its file is measured, so that a change in between is
 * noticed later. */
static bool look_at_all(RowFiles *files, SampleForm *form, StrataError *error)
{
    for (int64_t row = 0; row < files->names.count; row++) {
        const char *path = files->names.paths[row];
        SampleForm found;
        if (!take_mark(path, &files->marks[row], error) || !sample_measure(&files->reader.allocator, path, &found, error))
            return false;
        if (row == 0)
            *form = found;
        if (!same_form(&found, form))
            return refuse_different(path, &found, files->names.paths[0], form, error);
    }
    return true;
}

/* --- reading -------------------------------------------------------------------------------------------------------------------- */

/* Reads and unpacks the file of a row, if it is still the one that was looked at. */
static Tensor *unpack(const RowFiles *files, int64_t row, StrataError *error)
{
    const char *path = files->names.paths[row];
    const RowReader *reader = &files->reader;
    FileMark mark;
    if (!take_mark(path, &mark, error))
        return NULL;
    bool same = memcmp(&mark, &files->marks[row], sizeof mark) == 0;
    Tensor *tensor = same ? sample_read(&reader->allocator, path, error) : NULL;
    if (same && !tensor)
        return NULL;
    if (tensor && tensor->kind == reader->kind && tensor->elements == reader->entries)
        return tensor;
    tensor_release(tensor);
    error_set(error, STRATA_FILE, E_FILE_READ, "%s: changed after it was checked; let nothing write to data that are in use", path);
    return NULL;
}

/* Lets the row stay if there is room: whether the reader owns the tensor now. */
static bool keep(RowFiles *files, int64_t row, Tensor *tensor)
{
    size_t bytes = tensor_bytes(tensor), left = atomic_load_explicit(&files->room_left, memory_order_relaxed);
    do {
        if (bytes > left)
            return false;
    } while (!atomic_compare_exchange_weak(&files->room_left, &left, left - bytes));
    Tensor *none = NULL;
    if (atomic_compare_exchange_strong(&files->kept[row], &none, tensor))
        return true;
    atomic_fetch_add(&files->room_left, bytes); /* another thread was faster */
    return false;
}

static bool read_row(RowReader *reader, int64_t row, void *target, StrataError *error)
{
    RowFiles *files = (RowFiles *)reader;
    Tensor *tensor = atomic_load(&files->kept[row]);
    bool owned = tensor != NULL;
    if (!tensor && !(tensor = unpack(files, row, error)))
        return false;
    memcpy(target, tensor->data, tensor_bytes(tensor));
    if (!owned && !keep(files, row, tensor))
        tensor_release(tensor);
    return true;
}

/* --- making --------------------------------------------------------------------------------------------------------------------- */

static void close_files(RowReader *reader)
{
    RowFiles *files = (RowFiles *)reader;
    StrataAllocator allocator = reader->allocator;
    int64_t count = files->names.count;
    for (int64_t row = 0; files->kept && row < count; row++)
        tensor_release(atomic_load(&files->kept[row]));
    allocator_give(&allocator, files->marks, (size_t)count, sizeof *files->marks);
    allocator_give(&allocator, files->kept, (size_t)count, sizeof *files->kept);
    file_names_release(&allocator, &files->names);
    allocator_give(&allocator, files, 1, sizeof *files);
}

static bool build(RowFiles *files, StrataError *error)
{
    StrataAllocator allocator = files->reader.allocator;
    int64_t count = files->names.count, elements = 0;
    files->marks = allocator_take_zero(&allocator, (size_t)count, sizeof *files->marks);
    files->kept = allocator_take_zero(&allocator, (size_t)count, sizeof *files->kept);
    if (!files->marks || !files->kept)
        return error_memory(error, (size_t)count * sizeof *files->marks);
    for (int64_t row = 0; row < count; row++)
        atomic_init(&files->kept[row], NULL);
    SampleForm form = {0};
    if (!look_at_all(files, &form, error))
        return false;
    int64_t size[STRATA_RANK_LIMIT] = {count};
    memcpy(size + 1, form.size, (size_t)form.rank * sizeof *size);
    if (!tensor_extent(form.kind, form.rank + 1, size, &elements, error))
        return false;
    row_reader_begin(&files->reader, &allocator, form.kind, form.rank + 1, size);
    return true;
}

RowReader *row_files_make(const StrataAllocator *allocator, FileNames *names, StrataError *error)
{
    RowFiles *files = allocator_take_zero(allocator, 1, sizeof *files);
    if (!files) {
        file_names_release(allocator, names);
        error_memory(error, sizeof *files);
        return NULL;
    }
    files->reader = (RowReader){.allocator = *allocator, .read = read_row, .close = close_files};
    files->names = *names;
    *names = (FileNames){0};
    atomic_init(&files->room_left, ROW_FILES_KEPT);
    if (build(files, error))
        return &files->reader;
    close_files(&files->reader);
    return NULL;
}
