/* Reading safetensors; see safetensors.h. */
#include "file/safetensors.h"

#include "base/codes.h"
#include "file/element.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { PREFIX = 8, NAME_SHOWN = 200 };

/* One tensor as the header describes it. */
typedef struct Entry {
    const char *name; /* belongs to the JSON */
    size_t index;     /* its place among the names of the header */
    ElementType type;
    int rank;
    int64_t size[STRATA_RANK_LIMIT];
    uint64_t begin; /* bytes from the end of the header */
    uint64_t end;
} Entry;

typedef struct Reader {
    const StrataAllocator *allocator;
    const FileContent *content;
    StrataError *error;
    size_t data; /* where the entries begin in the file */
    Entry *entries;
    size_t count;
} Reader;

bool safetensors_recognise(const unsigned char *bytes, size_t size)
{
    return size > PREFIX && bytes[PREFIX] == '{' && load_64(bytes, LITTLE_ENDIAN_BYTES) <= size - PREFIX;
}

static bool refuse(const Reader *reader, const char *what)
{
    return error_set(reader->error, STRATA_INVALID, E_SAFETENSORS_DAMAGED, "%s: %s", reader->content->name, what);
}

static bool refuse_entry(const Reader *reader, const char *name, const char *what)
{
    return error_set(reader->error, STRATA_INVALID, E_SAFETENSORS_DAMAGED, "%s: tensor '%.*s': %s", reader->content->name,
                     NAME_SHOWN, name, what);
}

typedef struct TypeRow {
    const char *text;
    ElementType type;
} TypeRow;

static bool read_type(const Reader *reader, const json_t *value, Entry *entry)
{
    static const TypeRow rows[] = {
        {"F16", ELEMENT_F16}, {"BF16", ELEMENT_BF16}, {"F32", ELEMENT_F32},   {"F64", ELEMENT_F64}, {"I8", ELEMENT_I8},
        {"I16", ELEMENT_I16}, {"I32", ELEMENT_I32},   {"I64", ELEMENT_I64},   {"U8", ELEMENT_U8},   {"U16", ELEMENT_U16},
        {"U32", ELEMENT_U32}, {"U64", ELEMENT_U64},   {"BOOL", ELEMENT_BOOL}, {"C64", ELEMENT_C64},
    };
    const char *text = json_string_value(value);
    if (!text)
        return refuse_entry(reader, entry->name, "has no dtype");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(text, rows[i].text) == 0) {
            entry->type = rows[i].type;
            return true;
        }
    }
    return error_set(reader->error, STRATA_INVALID, E_SAFETENSORS_KIND,
                     "%s: tensor '%.*s' has the dtype '%.20s', which Strata does not read; save it as F32", reader->content->name,
                     NAME_SHOWN, entry->name, text);
}

static bool read_shape(const Reader *reader, const json_t *value, Entry *entry)
{
    if (!json_is_array(value))
        return refuse_entry(reader, entry->name, "has no shape");
    size_t rank = json_array_size(value);
    if (rank > STRATA_RANK_LIMIT)
        return error_set(reader->error, STRATA_INVALID, E_TENSOR_SIZE,
                         "%s: tensor '%.*s' has %zu dimensions; at most %d are possible", reader->content->name, NAME_SHOWN,
                         entry->name, rank, STRATA_RANK_LIMIT);
    entry->rank = (int)rank;
    for (size_t axis = 0; axis < rank; axis++) {
        const json_t *size = json_array_get(value, axis);
        if (!json_is_integer(size) || json_integer_value(size) < 0)
            return refuse_entry(reader, entry->name, "a size of its shape is no whole number from 0 on");
        entry->size[axis] = json_integer_value(size);
    }
    return true;
}

/* The range of bytes, which must be as long as the shape says and lie inside the file. */
static bool read_offsets(const Reader *reader, const json_t *value, Entry *entry)
{
    const json_t *begin = json_array_get(value, 0);
    const json_t *end = json_array_get(value, 1);
    if (json_array_size(value) != 2 || !json_is_integer(begin) || !json_is_integer(end) || json_integer_value(begin) < 0 ||
        json_integer_value(end) < json_integer_value(begin))
        return refuse_entry(reader, entry->name, "its data_offsets are not two whole numbers, the first not above the second");
    entry->begin = (uint64_t)json_integer_value(begin);
    entry->end = (uint64_t)json_integer_value(end);
    size_t there = reader->content->size - reader->data;
    if (entry->end > there)
        return error_set(reader->error, STRATA_INVALID, E_SAFETENSORS_DAMAGED,
                         "%s: tensor '%.*s' ends at byte %" PRIu64
                         " of the data, but the file has only %zu; it is cut off, get it again",
                         reader->content->name, NAME_SHOWN, entry->name, entry->end, there);
    int64_t elements = 0;
    StrataError reason;
    if (!tensor_extent(element_kind(entry->type), entry->rank, entry->size, &elements, &reason))
        return error_set(reader->error, reason.status, reason.code, "%s: tensor '%.*s': %s", reader->content->name, NAME_SHOWN,
                         entry->name, reason.message);
    uint64_t length = entry->end - entry->begin;
    uint64_t size = element_size(entry->type);
    if (length % size != 0 || length / size != (uint64_t)elements) {
        char text[SHAPE_TEXT_LIMIT];
        return error_set(
            reader->error, STRATA_INVALID, E_SAFETENSORS_DAMAGED,
            "%s: tensor '%.*s': the shape %s needs %" PRId64 " entries of %" PRIu64 " bytes, but its data_offsets span %" PRIu64,
            reader->content->name, NAME_SHOWN, entry->name, shape_text(entry->rank, entry->size, text), elements, size, length);
    }
    return true;
}

static bool read_entry(const Reader *reader, const char *name, const json_t *value, Entry *entry)
{
    *entry = (Entry){.name = name};
    if (!json_is_object(value))
        return refuse_entry(reader, name, "is not described by an object");
    return read_type(reader, json_object_get(value, "dtype"), entry) &&
           read_shape(reader, json_object_get(value, "shape"), entry) &&
           read_offsets(reader, json_object_get(value, "data_offsets"), entry);
}

/* `__metadata__` is for notes of the writer: strings only, and nothing that the tensors depend on. */
static bool check_metadata(const Reader *reader, json_t *value)
{
    const char *key;
    json_t *note;
    if (!json_is_object(value))
        return refuse(reader, "__metadata__ is no object");
    json_object_foreach(value, key, note)
    {
        if (!json_is_string(note))
            return refuse(reader, "__metadata__ has an entry that is no string");
    }
    return true;
}

static int compare_offsets(const void *a, const void *b)
{
    const Entry *first = a;
    const Entry *second = b;
    if (first->begin != second->begin)
        return first->begin < second->begin ? -1 : 1;
    return first->end < second->end ? -1 : first->end > second->end;
}

static int compare_indices(const void *a, const void *b)
{
    size_t first = ((const Entry *)a)->index;
    size_t second = ((const Entry *)b)->index;
    return first < second ? -1 : first > second;
}

/* The entries, in order of their places: each tensor must begin where the one before ended, and the last end where the file does. */
static bool check_cover(const Reader *reader)
{
    uint64_t covered = 0;
    for (size_t i = 0; i < reader->count; i++) {
        const Entry *entry = &reader->entries[i];
        if (entry->begin < covered)
            return refuse_entry(reader, entry->name, "its data overlaps that of another tensor");
        if (entry->begin > covered)
            return refuse_entry(reader, entry->name, "there is a hole before its data that no tensor uses");
        covered = entry->end;
    }
    size_t there = reader->content->size - reader->data;
    if (covered != there)
        return error_set(reader->error, STRATA_INVALID, E_SAFETENSORS_DAMAGED,
                         "%s: has %zu bytes of data of which the tensors use %" PRIu64, reader->content->name, there, covered);
    return true;
}

static bool read_entries(Reader *reader, json_t *header)
{
    const char *name;
    json_t *value;
    size_t index = 0;
    json_object_foreach(header, name, value)
    {
        if (strcmp(name, "__metadata__") == 0) {
            if (!check_metadata(reader, value))
                return false;
        } else if (!read_entry(reader, name, value, &reader->entries[index])) {
            return false;
        } else {
            reader->entries[index].index = index;
            index++;
        }
    }
    reader->count = index;
    qsort(reader->entries, reader->count, sizeof *reader->entries, compare_offsets);
    if (!check_cover(reader))
        return false;
    qsort(reader->entries, reader->count, sizeof *reader->entries, compare_indices);
    return true;
}

/* The tensor of an entry: a view of the file's block where its bytes can stay as they are, a decoded copy otherwise. */
static Tensor *make_tensor(const Reader *reader, const Entry *entry)
{
    TensorKind kind = element_kind(entry->type);
    size_t offset = reader->data + (size_t)entry->begin;
    if (element_is_native(entry->type, LITTLE_ENDIAN_BYTES) && offset % kind_alignment(kind) == 0)
        return tensor_view(reader->allocator, reader->content->block, offset, kind, entry->rank, entry->size, reader->error);
    Tensor *tensor = tensor_make_raw(reader->allocator, kind, entry->rank, entry->size, reader->error);
    if (!tensor)
        return NULL;
    int64_t bad = element_decode(entry->type, LITTLE_ENDIAN_BYTES, reader->content->bytes + offset, tensor->elements, tensor->data);
    if (bad >= 0) {
        error_set(reader->error, STRATA_INVALID, E_ENTRY_RANGE, "%s: tensor '%.*s': entry %" PRId64 " is above 2^63 - 1",
                  reader->content->name, NAME_SHOWN, entry->name, bad);
        tensor_release(tensor);
        return NULL;
    }
    return tensor;
}

static TensorSet *make_set(const Reader *reader)
{
    TensorSet *set = tensor_set_make(reader->allocator, reader->error);
    for (size_t i = 0; set && i < reader->count; i++) {
        Tensor *tensor = make_tensor(reader, &reader->entries[i]);
        if (!tensor || !tensor_set_add(set, reader->entries[i].name, tensor, reader->error)) {
            tensor_set_release(set);
            set = NULL;
        }
        tensor_release(tensor);
    }
    return set;
}

static TensorSet *decode_header(Reader *reader, json_t *header)
{
    size_t capacity = json_object_size(header);
    reader->entries = allocator_take(reader->allocator, capacity, sizeof *reader->entries);
    TensorSet *set = NULL;
    if (!reader->entries)
        error_memory(reader->error, capacity * sizeof *reader->entries);
    else if (read_entries(reader, header))
        set = make_set(reader);
    allocator_give(reader->allocator, reader->entries, capacity, sizeof *reader->entries);
    return set;
}

static json_t *parse_header(const Reader *reader, size_t length)
{
    json_error_t problem;
    const char *text = (const char *)reader->content->bytes + PREFIX;
    json_t *header = json_loadb(text, length, JSON_REJECT_DUPLICATES, &problem);
    if (header)
        return header;
    if (json_error_code(&problem) == json_error_out_of_memory)
        error_memory(reader->error, length);
    else
        error_set(reader->error, STRATA_INVALID, E_SAFETENSORS_DAMAGED, "%s: byte %d of the header: %s", reader->content->name,
                  problem.position, problem.text);
    return NULL;
}

TensorSet *safetensors_decode(const StrataAllocator *allocator, const FileContent *content, StrataError *error)
{
    Reader reader = {.allocator = allocator, .content = content, .error = error};
    uint64_t length = content->size < PREFIX ? 0 : load_64(content->bytes, LITTLE_ENDIAN_BYTES);
    if (content->size < PREFIX || length > content->size - PREFIX) {
        error_set(error, STRATA_INVALID, E_SAFETENSORS_DAMAGED,
                  "%s: says that its header has %" PRIu64 " bytes, but the file has %zu; it is cut off or no safetensors file",
                  content->name, length, content->size);
        return NULL;
    }
    if (length > SAFETENSORS_HEADER_LIMIT) {
        error_set(error, STRATA_INVALID, E_FILE_LARGE, "%s: its header has %" PRIu64 " bytes; at most %d are read", content->name,
                  length, SAFETENSORS_HEADER_LIMIT);
        return NULL;
    }
    if (length == 0 || content->bytes[PREFIX] != '{') {
        refuse(&reader, "its header does not begin with a brace");
        return NULL;
    }
    reader.data = PREFIX + (size_t)length;
    json_t *header = parse_header(&reader, (size_t)length);
    if (!header)
        return NULL;
    TensorSet *set = decode_header(&reader, header);
    json_decref(header);
    return set;
}
