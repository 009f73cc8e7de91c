/* Results of a run, for a person or as JSON. */
#ifndef STRATA_TOOL_REPORT_H
#define STRATA_TOOL_REPORT_H

#include "strata.h"

typedef struct Report {
    const StrataNet *net;
    const StrataTensorSet *results;
    char *const *files; /* of each sample, or null */
    int64_t file_count;
    int top;                      /* how many classes to say for a sample */
    bool classes;                 /* results are the outputs, which may be classes */
    int digits;                   /* significant digits of a number */
    const StrataTensor *pictures; /* to draw beside the classes: samples x channels x rows x columns; or null */
} Report;

/* The name of a class; its number, written to `number`, where classes have no names. */
enum { CLASS_NUMBER = 32 };
const char *class_label(const StrataValue *output, int64_t class, char number[CLASS_NUMBER]);

void report_text(const Report *report);
void report_json(const Report *report);

#endif
