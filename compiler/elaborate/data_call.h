/* A description of data as those who read it want it: calls of readers and of functions of data, each over another, without what only
 * elaboration knows. */
#ifndef STRATA_ELABORATE_DATA_CALL_H
#define STRATA_ELABORATE_DATA_CALL_H

#include "diagnose/source.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum DataSettingKind { DATA_NUMBER, DATA_BOOLEAN, DATA_STRING } DataSettingKind;

typedef struct DataSetting {
    const char *name;
    DataSettingKind kind;
    double number;
    bool boolean;
    const char *string;
} DataSetting;

typedef struct DataCall {
    const char *function; /* "idx", "split_first", ... */
    const DataSetting *settings;
    int64_t setting_count;
    const struct DataCall *source; /* of a function of data; null for a reader */
    const struct Function *record; /* of `map` and `generate`: the function that gives a record; else null */
    SourceSpan span;
} DataCall;

#endif
