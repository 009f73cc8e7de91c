/* Data sets: what a `data` description of the language comes to once its files are read.
 *
 *     DataCall (elaborate/data_call.h) --dataset_open--> Dataset --batch_plan, batch_fill--> inputs of a Program
 *
 * A Dataset is a table: fields, each a tensor with a row for each record of the file, and an order, which says which row each sample is.
 * Splitting, shuffling and taking change the order alone; normalising is a factor and a summand that are applied when a batch is filled. So a set
 * holds its files' entries once, as the files have them. */
#ifndef STRATA_TRAIN_DATASET_H
#define STRATA_TRAIN_DATASET_H

#include "base/name_list.h"
#include "elaborate/elaborate.h"
#include "file/row_reader.h"
#include "tensor/tensor_set.h"

enum {
    E_FIELD_MISSING = 861, /* no field for an input or the label */
    E_FIELD_SHAPE = 862,   /* a field of another shape than what it goes to */
    E_LABEL_RANGE = 863,   /* a label that no class has */
    E_ROWS_DIFFER = 864,   /* two files of one set with different numbers of records */
    E_DATA_EMPTY = 865,    /* no records are left */
    E_CLASS_FOLDER = 866,  /* a folder without folders of classes */
    E_DATA_FUNCTION = 867, /* a function of data that cannot be carried out */
};

enum { FIELD_NAME_LIMIT = 64, PLACE_LIMIT = 256 };

/* How samples are changed at random each time they are drawn. All zero: not at all. */
typedef struct Augmentation {
    int64_t shift;  /* rows and columns, at most */
    bool flip;      /* left and right change places, in half of the cases */
    double rotate;  /* degrees, at most */
    double scale;   /* by a factor from 1 - scale to 1 + scale */
    double elastic; /* largest displacement in pixels of a smooth random field */
    double noise;   /* deviation of normal noise, on entries as the net sees them */
} Augmentation;

/* A window that is cut out of each picture: in its middle, or at a random place when training draws it. The field's last two sizes are the window's. */
typedef struct PictureWindow {
    bool cut;
    int64_t rows, columns; /* of the whole picture */
} PictureWindow;

/* What a field's value is. */
typedef enum FieldKind {
    FIELD_ROWS,  /* entries of a row of the tensor */
    FIELD_EQUAL, /* of pairs: 1 where both rows of the tensor (labels) are equal, else 0 */
} FieldKind;

typedef struct DataField {
    char name[FIELD_NAME_LIMIT];
    FieldKind kind;
    int side;          /* of pairs: 0 the first record, 1 the second */
    Tensor *tensor;    /* retained; dimension 0 counts the rows */
    RowReader *reader; /* in its place where rows stay in their file: retained */
    int64_t first;     /* entry of the row where the field begins */
    int rank;          /* of one sample */
    int64_t size[STRATA_RANK_LIMIT];
    double factor, summand; /* an entry is factor * entry + summand, after bytes have been scaled */
    bool picture;           /* is changed by augmentation */
    PictureWindow window;
} DataField;

typedef struct Dataset {
    StrataAllocator allocator;
    char place[PLACE_LIMIT]; /* the file that messages name */
    DataField *fields;
    int64_t field_count, field_capacity;
    int64_t *rows[2]; /* by sample: its row; of pairs the second record's, else null */
    int64_t count, capacity;
    bool columns; /* a table of numbers without a label column: its first columns are the input, the others the label */
    Augmentation augmentation;
    NameList classes; /* a name for each class, in order, when the files tell; else empty */
} Dataset;

/* Where files of data are looked for, and what was read already. */
typedef struct DataSource {
    const StrataAllocator *allocator;
    const char *folder;  /* relative paths are relative to it; null or "": the current one */
    uint64_t read_whole; /* files with fewer bytes of entries are read whole, others row by row */
    /* Elaborates the function of a `map` or `generate`; null after saying why, with `said` set, so that nothing more is to be said. */
    const Graph *(*record)(void *context, const DataCall *call, const RecordField *fields, int64_t count, bool *said);
    void *context;
} DataSource;

/* Reads the files of a description and carries out its functions. Null after filling `error`, whose code is 0 where `record` has said what is wrong. */
Dataset *dataset_open(const DataSource *source, const DataCall *data, StrataError *error);

/* A set over tensors that the caller has: each is a field with its batch first. Null after filling `error`. */
Dataset *dataset_of(const StrataAllocator *allocator, const TensorSet *set, StrataError *error);
void dataset_release(Dataset *dataset);

/* Adds a field over a tensor, which is retained: all of a row's entries. The first one says how many samples there are. */
bool dataset_add(Dataset *dataset, const char *name, Tensor *tensor, StrataError *error);
bool dataset_add_reader(Dataset *dataset, const char *name, RowReader *reader, StrataError *error);
const DataField *dataset_field(const Dataset *dataset, const char *name);

/* The functions of data. Each changes the set in place. */
bool dataset_keep(Dataset *dataset, int64_t first, int64_t count, StrataError *error);
void dataset_shuffle(Dataset *dataset, uint64_t seed);
bool dataset_pairs(Dataset *dataset, StrataError *error);
bool dataset_crop(Dataset *dataset, int64_t rows, int64_t columns, StrataError *error);
bool dataset_normalise(Dataset *dataset, bool given, double mean, double deviation, StrataError *error);

/* A copy that shares the tensors. */
Dataset *dataset_copy(const Dataset *dataset, StrataError *error);

int64_t field_entries(const DataField *field);

/* The kind of a field's entries as they are stored; the entries of the whole picture where a window is cut. */
TensorKind field_kind(const DataField *field);
int64_t field_stored_entries(const DataField *field);

/* Bytes that field_row may need. */
size_t field_room(const DataField *field);

/* The stored entries of a row: where they are, or in `room` after reading them. Null after filling `error`. */
const void *field_row(const DataField *field, int64_t row, void *room, StrataError *error);

/* Entry i of entries of a kind. */
double stored_entry(TensorKind kind, const void *entries, int64_t i);

/* An entry of a field over a tensor as a number, bytes as they are: `row` is a row of the tensor. */
double field_entry(const DataField *field, int64_t row, int64_t entry);

#endif
