/* strata_runtime.h: what a running model needs, and no more.
 *
 * Every function is re-entrant; there is no global state, nothing prints and nothing exits. Objects are opaque and are
 * released by the function that the comment of their maker names. */
#ifndef STRATA_RUNTIME_H
#define STRATA_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define STRATA_API __attribute__((visibility("default")))
#else
#define STRATA_API
#endif

/* ---- Status, memory, errors ---------------------------------------------------------------------------------------------- */

/* What a call came to. Values are stable. */
typedef enum StrataStatus {
    STRATA_OK = 0,        /* done */
    STRATA_INVALID = 1,   /* the input was wrong: source text, weights, data; the error says where */
    STRATA_USAGE = 2,     /* the call was wrong: a null pointer, a size that does not fit, an unknown name */
    STRATA_MEMORY = 3,    /* an allocation failed */
    STRATA_FILE = 4,      /* a file could not be read or written */
    STRATA_CANCELLED = 5, /* the caller's callback asked to stop */
    STRATA_INTERNAL = 70  /* a defect of Strata itself */
} StrataStatus;

/* Where all memory of an object comes from.
 *
 * `resize` allocates when `block` is null, frees when `new_size` is 0, and otherwise moves the block; it returns null when it
 * cannot, and then leaves the old block as it was. Blocks are aligned for any C type. It may be called from several threads at
 * once if the objects that use it are. */
typedef struct StrataAllocator {
    void *(*resize)(void *context, void *block, size_t old_size, size_t new_size);
    void *context;
} StrataAllocator;

/* The allocator over malloc, realloc and free. */
STRATA_API StrataAllocator strata_default_allocator(void);

/* An error as a value, owned by the caller: status, a stable code such as 801 (printed E0801; 0 when none applies) and one
 * sentence for a person. */
typedef struct StrataError {
    StrataStatus status;
    int code;
    char message[1000];
} StrataError;

/* ---- Tensors ----------------------------------------------------------------------------------------------------------- */

/* A tensor: entries of one kind in row-major order. Its memory is counted by its owners; each `strata_tensor_retain` needs one
 * `strata_tensor_release`. Several threads may read, retain and release one tensor at once; writing needs the caller's order. */
typedef struct StrataTensor StrataTensor;

/* What an entry is. Values are stable. A complex entry is the pair (real part, imaginary part); a boolean is one byte, 0 or 1. */
typedef enum StrataKind {
    STRATA_FLOAT32 = 0,
    STRATA_FLOAT64 = 1,
    STRATA_INT32 = 2,
    STRATA_INT64 = 3,
    STRATA_UINT8 = 4,
    STRATA_BOOL = 5,
    STRATA_COMPLEX64 = 6,
    STRATA_COMPLEX128 = 7
} StrataKind;

/* The largest rank of a tensor. Rank 0 is a single entry. */
enum { STRATA_RANK_LIMIT = 8 };

/* "float32", "int64", ...; null for a value that is no kind. */
STRATA_API const char *strata_kind_name(StrataKind kind);

/* A new tensor of zeros. A size may be 0 (an empty batch). The caller owns it; null with `error` filled when the rank or a size
 * is out of range, the number of bytes overflows or memory ends. Its data is aligned to 64 bytes. */
STRATA_API StrataTensor *strata_tensor_make(const StrataAllocator *allocator, StrataKind kind, int rank, const int64_t *sizes,
                                            StrataError *error);

/* One owner more; gives the tensor itself. One owner less; null is allowed. */
STRATA_API StrataTensor *strata_tensor_retain(StrataTensor *tensor);
STRATA_API void strata_tensor_release(StrataTensor *tensor);

STRATA_API StrataKind strata_tensor_kind(const StrataTensor *tensor);
STRATA_API int strata_tensor_rank(const StrataTensor *tensor);

/* The size of an axis (0 is the outermost); 0 when there is no such axis. The product of all sizes. */
STRATA_API int64_t strata_tensor_size(const StrataTensor *tensor, int axis);
STRATA_API int64_t strata_tensor_elements(const StrataTensor *tensor);

/* The entries, valid as long as the tensor is owned. A tensor that was read from a file with others may be aligned to its
 * entries only, not to 64 bytes. */
STRATA_API void *strata_tensor_data(StrataTensor *tensor);
STRATA_API const void *strata_tensor_data_const(const StrataTensor *tensor);

/* A new tensor of another kind whose entries are `scale` times those of `tensor` (1 for none; 1.0 / 255 brings bytes to 0..1).
 * Rounds to the nearest value of a floating-point kind; an entry that an integer kind cannot hold exactly, or that overflows to
 * infinity, is an error (E0807), and so is complex to real. The caller owns it. */
STRATA_API StrataTensor *strata_tensor_convert(const StrataTensor *tensor, StrataKind kind, double scale, StrataError *error);

/* Rows `first` to `first + count - 1` of dimension 0, as a tensor that shares the memory of `tensor`. The caller owns it; null with
 * `error` filled when there are no such rows. */
STRATA_API StrataTensor *strata_tensor_rows(StrataTensor *tensor, int64_t first, int64_t count, StrataError *error);

/* A copy that shares nothing; the same entries in another shape with as many of them, sharing the memory. The caller owns each. */
STRATA_API StrataTensor *strata_tensor_copy(const StrataTensor *tensor, StrataError *error);
STRATA_API StrataTensor *strata_tensor_reshape(StrataTensor *tensor, int rank, const int64_t *sizes, StrataError *error);

/* ---- Sets of tensors with names ------------------------------------------------------------------------------------------- */

/* Tensors with distinct names, in order: what a safetensors or npz file holds. */
typedef struct StrataTensorSet StrataTensorSet;

/* An empty set, owned by the caller; null when memory ends. Releasing gives back the set and its hold on the tensors. */
STRATA_API StrataTensorSet *strata_tensor_set_make(const StrataAllocator *allocator, StrataError *error);
STRATA_API void strata_tensor_set_release(StrataTensorSet *set);

/* Adds a tensor at the end under a name that is new to the set; the set copies the name and retains the tensor. */
STRATA_API bool strata_tensor_set_add(StrataTensorSet *set, const char *name, StrataTensor *tensor, StrataError *error);

STRATA_API int64_t strata_tensor_set_count(const StrataTensorSet *set);

/* The name and the tensor at an index, and the tensor of a name; null when there is none. They belong to the set. */
STRATA_API const char *strata_tensor_set_name(const StrataTensorSet *set, int64_t index);
STRATA_API StrataTensor *strata_tensor_set_tensor(const StrataTensorSet *set, int64_t index);
STRATA_API StrataTensor *strata_tensor_set_find(const StrataTensorSet *set, const char *name);

/* Why the file that the set was read from has an array of this name that the set lacks (text in an npz, say); null when it has none. */
STRATA_API const char *strata_tensor_set_omitted(const StrataTensorSet *set, const char *name);

/* All tensors of the set in one, with a new axis 0 over them: a folder of pictures as a batch. All must have one kind and shape
 * (E0833 names the first that differs). The caller owns the result. */
STRATA_API StrataTensor *strata_tensor_set_stack(const StrataTensorSet *set, StrataError *error);

/* ---- Files ------------------------------------------------------------------------------------------------------------------ */

/* Reads one tensor; the format is recognised by its content. The path `-` is standard input; gzip is unpacked on the way.
 *   npy   kinds that a tensor lacks are widened: f2 to float32, i1 i2 u2 to int32, u4 u8 to int64
 *   IDX   as MNIST's files
 *   PNG   channels x rows x columns: uint8, or float32 from 0 to 1 where a channel has 16 bits
 *   WAV   channels x samples: float32 from -1 to 1
 * The caller owns the result; null with `error` filled: E0801 and up say what is wrong with the file, and where. */
STRATA_API StrataTensor *strata_tensor_read(const StrataAllocator *allocator, const char *path, StrataError *error);

/* Writes a tensor: `.npy` as npy (also `-`, standard output), `.png` as a picture (uint8, rows x columns or 1 or 3 channels).
 * The file is complete or, after an error, the old one is untouched. */
STRATA_API bool strata_tensor_write(const StrataTensor *tensor, const char *path, StrataError *error);

/* Reads a set: a safetensors or npz file, or a folder of PNGs or WAVs in order of their names. The caller owns the result. */
STRATA_API StrataTensorSet *strata_tensor_set_read(const StrataAllocator *allocator, const char *path, StrataError *error);

/* Writes a set, by the end of the path: `.safetensors` or `.npz`. The file is complete or the old one is untouched. */
STRATA_API bool strata_tensor_set_write(const StrataTensorSet *set, const char *path, StrataError *error);

/* Writes bytes as a whole file, in the same way: complete, or the old one is untouched (E0802). A link stays a link; a device or a pipe, and `-`,
 * standard output, are written directly. */
STRATA_API bool strata_file_write(const StrataAllocator *allocator, const char *path, const void *bytes, size_t size,
                                  StrataError *error);

#ifdef __cplusplus
}
#endif

#endif
