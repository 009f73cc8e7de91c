/* The name that was probably meant: the nearest one in sight, or what goes here by the name that other tools have. */
#include "elaborate/elaborator.h"

#include <string.h>
#include <strings.h>

/* What a layer or function is called elsewhere, in small letters and without `_`, and here. */
typedef struct ForeignName {
    const char *theirs;
    const char *ours;
} ForeignName;

static const ForeignName foreign_names[] = {
    {"linear", "dense"},
    {"fc", "dense"},
    {"fullyconnected", "dense"},
    {"conv1d", "conv"},
    {"conv2d", "conv"},
    {"conv3d", "conv"},
    {"convolution", "conv"},
    {"convtranspose2d", "conv_transposed"},
    {"deconv", "conv_transposed"},
    {"batchnorm", "norm"},
    {"batchnorm1d", "norm"},
    {"batchnorm2d", "norm"},
    {"bn", "norm"},
    {"batchnormalization", "norm"},
    {"layernorm", "layer_norm"},
    {"groupnorm", "group_norm"},
    {"maxpool1d", "maxpool"},
    {"maxpool2d", "maxpool"},
    {"maxpooling2d", "maxpool"},
    {"avgpool2d", "avgpool"},
    {"averagepool", "avgpool"},
    {"meanpool", "avgpool"},
    {"globalaveragepool", "global_avgpool"},
    {"gap", "global_avgpool"},
    {"swish", "silu"},
    {"lrelu", "leaky_relu"},
    {"hardtanh", "hard_tanh"},
    {"concat", "concatenate"},
    {"cat", "concatenate"},
    {"stack", "concatenate"},
    {"view", "reshape"},
    {"transpose", "permute"},
    {"upsample", "resize"},
    {"interpolate", "resize"},
    {"len", "length"},
    {"size", "shape_of"},
    {"numel", "elements"},
    {"ndim", "rank"},
    {"crossentropy", "cross_entropy"},
    {"crossentropyloss", "cross_entropy"},
    {"nll", "cross_entropy"},
    {"l1loss", "absolute_error"},
    {"mae", "absolute_error"},
    {"mseloss", "mse"},
    {"meansquarederror", "mse"},
    {"kaiming", "he"},
    {"parameter", "weight"},
    {"variable", "weight"},
    {"detach", "stop_gradient"},
    {"null", "none"},
    {"nil", "none"},
    {"inf", "infinity"},
};

/* Settings likewise. */
static const ForeignName foreign_settings[] = {
    {"lr", "rate"},
    {"learningrate", "rate"},
    {"p", "rate"},
    {"units", "out"},
    {"filters", "out"},
    {"features", "out"},
    {"outchannels", "out"},
    {"outfeatures", "out"},
    {"channels", "out"},
    {"kernelsize", "kernel"},
    {"window", "kernel"},
    {"size", "window"},
    {"kernel", "window"},
    {"kernelsize", "window"},
    {"poolsize", "window"},
    {"paddingmode", "pad_mode"},
    {"usebias", "bias"},
    {"eps", "epsilon"},
    {"hiddensize", "size"},
    {"batchsize", "batch"},
    {"regularizer", "penalty"},
    {"regularization", "penalty"},
    {"negativeslope", "slope"},
    {"initializer", "init"},
    {"validation", "validate"},
    {"dim", "axis"},
    {"dim", "axes"},
    {"axis", "axes"},
};

enum { LONGEST_FOREIGN = 32 };

/* A name without `_`, cut where it is longer than any foreign one. */
static void plain_name(const char *name, char plain[LONGEST_FOREIGN])
{
    size_t length = 0;
    for (const char *at = name; *at && length < LONGEST_FOREIGN - 1; at++)
        if (*at != '_')
            plain[length++] = *at;
    plain[length] = '\0';
}

static const char *foreign_name(const Elaborator *e, const char *name)
{
    char plain[LONGEST_FOREIGN];
    plain_name(name, plain);
    for (size_t i = 0; i < sizeof foreign_names / sizeof foreign_names[0]; i++)
        if (strcasecmp(foreign_names[i].theirs, plain) == 0 && is_global(e, e->module->prelude, foreign_names[i].ours))
            return foreign_names[i].ours;
    return NULL;
}

const char *suggest_setting(const char *name, const char *const *names, int64_t count)
{
    char plain[LONGEST_FOREIGN];
    plain_name(name, plain);
    for (size_t i = 0; i < sizeof foreign_settings / sizeof foreign_settings[0]; i++)
        for (int64_t k = 0; k < count && strcasecmp(foreign_settings[i].theirs, plain) == 0; k++)
            if (strcmp(foreign_settings[i].ours, names[k]) == 0)
                return names[k];
    return nearest_name(name, names, count);
}

typedef struct NameList {
    const char **names;
    int64_t count;
    int64_t capacity;
} NameList;

static void add_name(Elaborator *e, NameList *list, const char *name)
{
    list->names = arena_grow(e->arena, list->names, list->count, &list->capacity, sizeof *list->names);
    list->names[list->count++] = name;
}

/* Names of a map; those of the library that begin with `_` are nobody else's. */
static void add_names(Elaborator *e, NameList *list, const Map *map, bool library)
{
    for (int64_t i = 0; i < map->count; i++)
        if (!library || map->entries[i].key[0] != '_')
            add_name(e, list, map->entries[i].key);
}

/* The same letters in other cases are nearer than anything else. */
static const char *same_letters(const NameList *list, const char *name)
{
    for (int64_t i = 0; i < list->count; i++)
        if (strcasecmp(list->names[i], name) == 0)
            return list->names[i];
    return NULL;
}

const char *suggest_name(Elaborator *e, const char *name, Unit *unit, View view)
{
    NameList list = {0};
    if (e->diagnostics->full)
        return NULL;
    for (; view.locals; view = view.locals->around)
        for (int64_t i = view.visible - 1; i >= 0; i--)
            add_name(e, &list, view.locals->bindings[i].name);
    if (unit) {
        add_names(e, &list, &unit->names, false);
        add_names(e, &list, &unit->imported, false);
        add_names(e, &list, &unit->aliases, false);
    }
    add_names(e, &list, &e->module->prelude->names, true);
    add_names(e, &list, &e->module->natives, false);
    const char *near = same_letters(&list, name);
    if (!near)
        near = foreign_name(e, name);
    return near ? near : nearest_name(name, list.names, list.count);
}
