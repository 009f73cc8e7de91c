/* Words that other languages have where Strata has another form; see mistake.h. */
#include "syntax/mistake.h"

#include <string.h>

static const struct {
    const char *word, *help;
} foreign_words[] = {
    {"def", "a layer is `layer name(settings) = x -> ...`, a network `net name(x: 1x28x28) -> 10 = ...`"},
    {"fn", "a function is `let name = x -> ...`, a layer `layer name(settings) = x -> ...`"},
    {"func", "a function is `let name = x -> ...`, a layer `layer name(settings) = x -> ...`"},
    {"function", "a function is `let name = x -> ...`, a layer `layer name(settings) = x -> ...`"},
    {"lambda", "a function is `x -> ...`"},
    {"class", "a layer is `layer name(settings) = x -> ...`, a network `net name(x: 1x28x28) -> 10 = ...`"},
    {"model", "a network is `net name(x: 1x28x28) -> 10 = ...`"},
    {"network", "a network is `net name(x: 1x28x28) -> 10 = ...`"},
    {"block", "a block of layers is `layer name(settings) = x -> ...`"},
    {"module", "a block of layers is `layer name(settings) = x -> ...`; another file is `use \"file.net\" as name`"},
    {"import", "names of a library come with `use std.wavelet`, another file with `use \"file.net\" as name`"},
    {"from", "names of a library come with `use std.wavelet`, another file with `use \"file.net\" as name`"},
    {"include", "names of a library come with `use std.wavelet`, another file with `use \"file.net\" as name`"},
    {"require", "names of a library come with `use std.wavelet`, another file with `use \"file.net\" as name`"},
    {"var", "a name is given with `let name = ...`"},
    {"const", "a name is given with `let name = ...`"},
    {"val", "a name is given with `let name = ...`"},
    {"return", "a block gives its last entry; write the value alone"},
    {"elif", "write `else if`"},
    {"elseif", "write `else if`"},
    {"while", "nothing loops while running; `repeat(3, layer)` composes, `[f(i) for i in 1..3]` lists"},
    {"dataset", "data is `data name = ...`"},
    {"fit", "training is `train net { data = ...; loss = ... }`"},
};

const char *foreign_word_help(const char *word)
{
    for (size_t i = 0; i < sizeof foreign_words / sizeof *foreign_words; i++)
        if (strcmp(word, foreign_words[i].word) == 0)
            return foreign_words[i].help;
    return NULL;
}
