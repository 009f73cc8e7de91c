/* What can be asked of a built model. */
#include "built/built.h"

#include <string.h>

int built_check(const BuiltModel *model, const char *signature)
{
    if (!signature)
        return BUILT_NULL;
    return strcmp(signature, model->signature) == 0 ? BUILT_OK : BUILT_SIGNATURE;
}

const BuiltValue *built_value(const BuiltValue *values, int64_t count, int index)
{
    return index >= 0 && index < count ? &values[index] : NULL;
}

const char *built_error_text(int error)
{
    switch ((BuiltError)error) {
    case BUILT_OK:
        return "no error";
    case BUILT_NULL:
        return "a pointer that is needed is null";
    case BUILT_ALIGN:
        return "memory is not aligned: the workspace, prepared memory and weights need 64 bytes, buffers the size of their numbers";
    case BUILT_BATCH:
        return "a batch of more samples than can be addressed";
    case BUILT_ENTRY:
        return "an entry of an input of integers is out of its range";
    case BUILT_OVERLAP:
        return "an output shares memory with an input, another output or the workspace";
    case BUILT_PARALLEL:
        return "the parallel loop lacks its function, or has fewer than one thread";
    case BUILT_SIGNATURE:
        return "the library was built from another model than the header";
    case BUILT_WEIGHTS_DAMAGED:
        return "this is no weights file, or a part of it is missing";
    case BUILT_WEIGHTS_OTHER:
        return "the weights file was built with another model";
    case BUILT_NOT_PREPARED:
        return "the weights are not prepared yet";
    case BUILT_FILE:
        return "the weights file cannot be opened; errno has the reason";
    case BUILT_NO_NUMBER:
        return "an entry of an output of integers or booleans is no number: an index had no entry";
    case BUILT_ERROR_COUNT:
        break;
    }
    return "there is no such error";
}
