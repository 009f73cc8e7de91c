/* Tables: CSV files of numbers, perhaps with a column of labels.
 *
 * A line is a record; entries are separated by commas and may stand in double quotes, in which a quote is doubled (RFC 4180). Empty lines are
 * skipped. Every entry is a number, but for the labels, which may be words: these are then numbered in their order, byte by byte. */
#ifndef STRATA_FILE_TABLE_H
#define STRATA_FILE_TABLE_H

#include "base/name_list.h"
#include "tensor/tensor.h"

typedef struct TableOptions {
    bool header;       /* the first line names the columns; else they are called c0, c1, ... */
    const char *label; /* the column of labels, or null */
} TableOptions;

typedef struct Table {
    StrataAllocator allocator;
    NameList names;   /* of the columns of `numbers` */
    int64_t columns;  /* as many */
    Tensor *numbers;  /* float64, rows x columns */
    Tensor *labels;   /* int64, or float64 where one is no whole number, a label a row; null without */
    NameList classes; /* where labels are words: their names */
} Table;

/* Reads a file (gzip is unpacked). False with E0801 and the like, or E0860 with the line and the column; the table is then empty. */
bool table_read(const StrataAllocator *allocator, const char *path, const TableOptions *options, Table *table, StrataError *error);

/* The same from memory; `name` is what messages call it. */
bool table_decode(const StrataAllocator *allocator, const char *name, const char *bytes, size_t size, const TableOptions *options,
                  Table *table, StrataError *error);
void table_release(Table *table);

#endif
