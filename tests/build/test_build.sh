#!/usr/bin/env bash
# Builds models as a user does and uses what comes out: `test_build.sh STRATA REPOSITORY [CASE]`. Each case is a function `case_...`, run in a folder of its
# own; ends with `N passed, N failed`.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../tool/cases.sh" "$@"
examples=$root/examples
export PYTHONDONTWRITEBYTECODE=1
strict=(-Wall -Wextra -Wpedantic -Werror)
lenet=("$examples/lenet.net" -w "$examples/lenet.safetensors")

succeeds() {
    try "$@"
    [[ $status == 0 ]] || wrong "expected success: $*"
}
fails_with() { # code, then a command
    try "${@:2}"
    [[ $status != 0 ]] || wrong "expected a failure: ${*:2}"
    err_has "$1"
}
only() { # exactly these files in a folder
    local there
    there=$(cd "$1" && find . -type f | sort | sed 's,^\./,,' | tr '\n' ' ')
    [[ $there == "${*:2} " ]] || wrong "expected in $1 the files ${*:2}, found $there"
}
digits() {
    gunzip -c "$examples/digits-images.gz" >images
    gunzip -c "$examples/digits-labels.gz" >labels
}
reads_digits() { # a program
    succeeds "$@" images labels
    out_is "495 of 500 right"
}

# ---- Files ----

case_every_form_reads_the_digits() {
    digits
    succeeds "$strata" build "${lenet[@]}" -o all --emit so,a,o,ll,s
    only all lenet.bin lenet.h lenet.json lenet.ll lenet.o lenet.pc lenet.s liblenet.a liblenet.so
    succeeds cc -std=c11 -O1 "${strict[@]}" "$examples/built/classify.c" -Iall all/liblenet.so -Wl,-rpath,all -o shared
    succeeds cc -std=c11 -O1 "$examples/built/classify.c" -Iall all/liblenet.a -lm -o archive
    succeeds cc -std=c11 -O1 "$examples/built/classify.c" -Iall all/lenet.o -lm -o object
    succeeds cc -c -Wa,-Iall all/lenet.s -o from_assembly.o
    succeeds cc -std=c11 -O1 "$examples/built/classify.c" -Iall from_assembly.o -lm -o assembly
    local form
    for form in shared archive object assembly; do
        reads_digits "./$form"
    done
}

case_llvm_text_compiles() {
    local clang=/usr/lib/llvm-19/bin/clang
    [[ -x $clang ]] || { echo "    there is no clang 19: the text in LLVM's language was not compiled" && return; }
    digits
    succeeds "$strata" build "${lenet[@]}" -o text --emit ll --cpu x86-64-v3
    cd text || return
    succeeds "$clang" -O1 -Wno-override-module -c lenet.ll -o lenet.o
    cd ..
    succeeds cc -std=c11 -O1 "$examples/built/classify.c" -Itext text/lenet.o -lm -o program
    reads_digits ./program
}

case_c_plus_plus_and_python_read_the_digits() {
    digits
    succeeds "$strata" build "${lenet[@]}" -o lenet
    succeeds c++ -std=c++17 -O1 "${strict[@]}" "$examples/built/classify.cpp" -Ilenet -Llenet -llenet -Wl,-rpath,lenet -o program
    reads_digits ./program
    local python=/usr/bin/python3
    "$python" -c 'import numpy' 2>/dev/null || { echo "    there is no numpy: the example in Python was not tried" && return; }
    reads_digits "$python" "$examples/built/classify.py" lenet/lenet.json
}

case_interpreter_jit_and_library_have_the_reference_logits() {
    local mnist=$root/../shared/data/mnist/t10k-images-idx3-ubyte.gz known=$root/../shared/reference/lenet/logits-first-512-test-images.safetensors
    if [[ ! -e $mnist || ! -e $known ]] || ! /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
        echo "    there is no $mnist, no $known or no numpy: logits were not compared"
        return
    fi
    gunzip -c "$mnist" >images
    succeeds "$strata" build "${lenet[@]}" -o lenet
    succeeds "$strata" run "${lenet[@]}" "$mnist" --engine interpreter -o interpreter.npy
    succeeds "$strata" run "${lenet[@]}" "$mnist" --engine jit -o jit.npy
    succeeds /usr/bin/python3 "$root/tests/build/compare_lenet.py" lenet/lenet.json images "$known" interpreter.npy jit.npy
    echo "    $out"
}

case_pkg_config_finds_the_library() {
    succeeds "$strata" build "${lenet[@]}" -o lenet --cpu x86-64-v2
    export PKG_CONFIG_PATH=$PWD/lenet
    succeeds pkg-config --cflags --libs lenet
    # shellcheck disable=SC2086 # words of options
    succeeds cc -std=c11 "$examples/built/classify.c" $out -o program
}

case_weights_lie_in_a_file_beside() {
    digits
    succeeds "$strata" build "${lenet[@]}" -o lenet --weights-file --plain --cpu x86-64-v2
    only lenet lenet.h lenet.json lenet.pc lenet.weights liblenet.so
    /usr/bin/python3 -c 'import numpy' 2>/dev/null || return 0
    reads_digits /usr/bin/python3 "$examples/built/classify.py" lenet/lenet.json
    printf 'x' >>lenet/lenet.weights
    fails_with "this is no weights file, or a part of it is missing" /usr/bin/python3 "$examples/built/classify.py" lenet/lenet.json images labels
    cp lenet/liblenet.so lenet/lenet.json .
    succeeds "$strata" build "$examples/lenet.net" --seed 1 -o lenet --weights-file --plain --cpu x86-64-v2
    cp liblenet.so lenet.json lenet
    fails_with "was built with another model" /usr/bin/python3 "$examples/built/classify.py" lenet/lenet.json images labels
}

case_two_models_live_in_one_program() {
    succeeds "$strata" build "${lenet[@]}" -o one --emit a --name first --cpu x86-64-v2
    succeeds "$strata" build "$examples/lenet.net" --seed 1 -o one --emit a --name second --precision double --cpu x86-64-v2
    cat >both.c <<'C'
#include "first.h"
#include "second.h"
#include <stdlib.h>
int main(void)
{
    static float image[FIRST_IMAGE_SIZE], a[FIRST_OUTPUT_SIZE];
    static double other[SECOND_IMAGE_SIZE], b[SECOND_OUTPUT_SIZE];
    void *one = aligned_alloc(64, first_workspace_size(1)), *two = aligned_alloc(64, second_workspace_size(1));
    return first_run(image, a, one, 1) || second_run(other, b, two, 1) || a[0] == (float)b[0] || !first_check(SECOND_SIGNATURE);
}
C
    succeeds cc -std=c11 "${strict[@]}" both.c -Ione -Lone -lfirst -lsecond -lm -o both
    succeeds ./both
}

case_several_inputs_and_outputs_have_their_types() {
    cat >net.net <<'N'
net parts(picture: bytes(1x2x2), word: integers(1, below=5)) -> {sum: 1, best: classes(["no", "yes"])} =
  {sum: picture |> flatten |> dense(1, bias=false), best: word |> embedding(5, 2) |> flatten}
N
    succeeds "$strata" build net.net --seed 1 -o parts --cpu x86-64-v2
    cat >use.c <<'C'
#include "parts.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define EXPECT(condition) do { if (!(condition)) { printf("line %d: %s\n", __LINE__, #condition); return 1; } } while (0)
int main(void)
{
    static const char *const labels[] = PARTS_BEST_LABELS;
    unsigned char pictures[3 * PARTS_PICTURE_SIZE] = {1, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0};
    int64_t words[3] = {0, 4, 1}, wrong[3] = {0, 5, 1};
    float sums[3], bests[3 * PARTS_BEST_SIZE];
    unsigned char *workspace = aligned_alloc(PARTS_ALIGNMENT, parts_workspace_size(3) + 64);
    EXPECT(PARTS_INPUTS == 2 && PARTS_OUTPUTS == 2 && PARTS_BEST_CLASSES == 2 && strcmp(labels[1], "yes") == 0);
    EXPECT(parts_run(pictures, words, sums, bests, workspace, 3) == PARTS_OK);
    EXPECT(sums[0] != 0 && sums[1] == 0 && fabsf(sums[2] - 255 * sums[0]) <= 1e-4f * fabsf(sums[2]));
    EXPECT(parts_run(pictures, words, sums, NULL, workspace, 3) == PARTS_OK);
    EXPECT(parts_run(pictures, words, sums, bests, workspace, 0) == PARTS_OK);
    EXPECT(parts_run(pictures, words, sums, bests, NULL, 3) == PARTS_ERROR_NULL);
    EXPECT(parts_run(NULL, words, sums, bests, workspace, 3) == PARTS_ERROR_NULL);
    EXPECT(parts_run(pictures, words, NULL, NULL, workspace, 3) == PARTS_ERROR_NULL);
    EXPECT(parts_run(pictures, words, sums, bests, workspace + 4, 3) == PARTS_ERROR_ALIGN);
    EXPECT(parts_run(pictures, wrong, sums, bests, workspace, 3) == PARTS_ERROR_ENTRY);
    EXPECT(parts_run(pictures, words, sums, sums, workspace, 3) == PARTS_ERROR_OVERLAP);
    EXPECT(parts_run(pictures, words, sums, bests, workspace, (size_t)-1) == PARTS_ERROR_BATCH);
    parts_parallel none = {0};
    parts_options options = {.parallel = &none};
    EXPECT(parts_run_with(pictures, words, sums, bests, workspace, 3, &options) == PARTS_ERROR_PARALLEL);
    EXPECT(parts_check("other") == PARTS_ERROR_SIGNATURE && parts_check(PARTS_SIGNATURE) == PARTS_OK);
    EXPECT(strcmp(parts_input(1)->name, "word") == 0 && parts_input(1)->below == 5 && !parts_input(2));
    EXPECT(strcmp(parts_output(1)->labels[0], "no") == 0 && parts_output(1)->shape[0] == 2);
    free(workspace);
    return 0;
}
C
    succeeds cc -std=c11 "${strict[@]}" use.c -Iparts -Lparts -lparts -Wl,-rpath,parts -o use
    succeeds ./use
}

case_runs_allocate_nothing_and_share_threads() {
    digits
    succeeds "$strata" build "${lenet[@]}" -o lenet
    succeeds cc -std=c11 -O2 -D_GNU_SOURCE "${strict[@]}" "$root/tests/build/calls.c" -Ilenet -Llenet -llenet -Wl,-rpath,lenet -lm -pthread -o calls
    succeeds ./calls "${STRATA_CALLS:-20000}" images
    echo "    $out"
}

case_threads_race_for_nothing() {
    local clang=/usr/lib/llvm-19/bin/clang
    printf 'int main(void) { return 0; }\n' >probe.c
    [[ -x $clang ]] && cc -fsanitize=thread probe.c -o probe 2>/dev/null ||
        { echo "    there is no thread sanitizer: runs of several threads were not watched" && return; }
    digits
    succeeds "$strata" build "${lenet[@]}" -o lenet --emit ll --cpu x86-64-v2
    sed -i 's/^\(attributes #[0-9]* = { \)/\1sanitize_thread /' lenet/lenet.ll # every access of the library is watched too
    cd lenet || return
    succeeds "$clang" -O1 -fsanitize=thread -Wno-override-module -c lenet.ll -o lenet.o
    cd ..
    succeeds nm lenet/lenet.o
    [[ $out == *__tsan_read* ]] || wrong "the library is not watched"
    succeeds cc -std=c11 -O1 -D_GNU_SOURCE -fsanitize=thread "$root/tests/build/calls.c" -Ilenet lenet/lenet.o -lm -o calls
    succeeds ./calls 200 images
}

# Writes a net, runs it by the command and as a library, and compares; arguments: the net's name, the shape of its input as a list.
answers_as_the_command() {
    /usr/bin/python3 -c 'import numpy' 2>/dev/null || { echo "    there is no numpy: $1 was not compared" && return; }
    /usr/bin/python3 -c "import numpy; numpy.save('$1.npy', numpy.random.default_rng(1).normal(size=$2).astype('float32'))"
    succeeds "$strata" build "$1.net" --seed 0 -o "$1" # as the seed of a call is, if nobody says another
    succeeds "$strata" run "$1.net" --seed 0 "$1.npy" -o "$1.out.npy"
    succeeds /usr/bin/python3 "$root/tests/build/compare.py" "$1/$1.json" "$1.npy" "$1.out.npy"
}

case_recurrent_nets_answer_as_the_command() {
    echo 'net recurrent(x: 9x3) -> 4 = x |> lstm(6) |> lstm(4, reverse=true) |> slice(axis=0, start=0, stop=1, step=1) |> flatten' >recurrent.net
    answers_as_the_command recurrent '(70, 9, 3)'
}

case_spectral_nets_answer_as_the_command() {
    echo 'use std.wavelet
net spectral(x: 1x32x32) -> 5 = x |> scattering2d(2, L=4) |> flatten |> dense(5)' >spectral.net
    answers_as_the_command spectral '(5, 1, 32, 32)'
}

case_random_nets_answer_as_the_command() {
    echo 'net random(x: 6) -> 6 = x + uniform(like=x) + normal(like=x)' >random.net
    answers_as_the_command random '(70, 6)'
}

case_weights_are_opened_from_memory() {
    cat >open.c <<'C'
#include "lenet.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define EXPECT(condition) do { if (!(condition)) { printf("line %d: %s\n", __LINE__, #condition); return 1; } } while (0)
#define FILE_BYTES (LENET_WEIGHTS_BYTES + 1000)
static unsigned char *read_file(const char *path, size_t *size)
{
    unsigned char *bytes = aligned_alloc(LENET_ALIGNMENT, (FILE_BYTES + 63) / 64 * 64);
    FILE *file = fopen(path, "rb");
    *size = file && bytes ? fread(bytes, 1, FILE_BYTES, file) : 0;
    if (file)
        fclose(file);
    return bytes;
}
static float image[LENET_IMAGE_SIZE], opened[LENET_OUTPUT_SIZE], mapped[LENET_OUTPUT_SIZE];
int main(void)
{
    size_t size, other_size;
    unsigned char *bytes = read_file("lenet/lenet.weights", &size), *other = read_file("other/lenet.weights", &other_size);
    void *workspace = aligned_alloc(LENET_ALIGNMENT, lenet_workspace_size(1));
    lenet_weights weights = {0}, second = {0};
    EXPECT(size == LENET_WEIGHTS_BYTES && other_size == size);
    EXPECT(lenet_run(&weights, image, opened, workspace, 1) == LENET_ERROR_NULL);
    EXPECT(lenet_open(&weights, other, size) == LENET_ERROR_WEIGHTS_OTHER);
    EXPECT(lenet_open(&weights, bytes, size - 1) == LENET_ERROR_WEIGHTS_DAMAGED);
    EXPECT(lenet_open(&weights, bytes, 0) == LENET_ERROR_WEIGHTS_DAMAGED);
    EXPECT(lenet_open(&weights, bytes + 1, size) == LENET_ERROR_ALIGN);
    EXPECT(lenet_map(&second, "other/lenet.weights") == LENET_ERROR_WEIGHTS_OTHER);
    EXPECT(lenet_map(&second, "none") == LENET_ERROR_FILE && errno == ENOENT);
    EXPECT(lenet_map(&second, ".") == LENET_ERROR_FILE || lenet_map(&second, ".") == LENET_ERROR_WEIGHTS_DAMAGED);
    EXPECT(lenet_run(&weights, image, opened, workspace, 1) == LENET_ERROR_NULL);
    EXPECT(lenet_open(&weights, bytes, size) == LENET_OK && lenet_map(&second, "lenet/lenet.weights") == LENET_OK);
#ifdef LENET_PREPARED_BYTES
    size_t room = (LENET_PREPARED_BYTES + 63) / 64 * 64;
    EXPECT(lenet_run(&weights, image, opened, workspace, 1) == LENET_ERROR_NOT_PREPARED);
    EXPECT(lenet_prepare(&weights, aligned_alloc(LENET_ALIGNMENT, room)) == LENET_OK);
    EXPECT(lenet_prepare(&second, aligned_alloc(LENET_ALIGNMENT, room)) == LENET_OK);
#endif
    for (int i = 0; i < LENET_IMAGE_SIZE; i++)
        image[i] = (float)(i % 7) / 7;
    EXPECT(lenet_run(&weights, image, opened, workspace, 1) == LENET_OK);
    EXPECT(lenet_run(&second, image, mapped, workspace, 1) == LENET_OK);
    EXPECT(memcmp(opened, mapped, sizeof opened) == 0 && opened[0] != 0);
    lenet_unmap(&second);
    EXPECT(lenet_run(&second, image, mapped, workspace, 1) == LENET_ERROR_NULL);
    bytes[20] ^= 1;
    EXPECT(lenet_open(&weights, bytes, size) == LENET_ERROR_WEIGHTS_OTHER);
    bytes[0] ^= 1;
    EXPECT(lenet_open(&weights, bytes, size) == LENET_ERROR_WEIGHTS_DAMAGED);
    return 0;
}
C
    local packing
    for packing in --packed --plain; do
        succeeds "$strata" build "$examples/lenet.net" --seed 5 -o lenet --weights-file --cpu x86-64-v2 "$packing"
        succeeds "$strata" build "$examples/lenet.net" --seed 9 -o other --weights-file --cpu x86-64-v2 "$packing"
        succeeds cc -std=c11 "${strict[@]}" open.c -Ilenet -Llenet -llenet -Wl,-rpath,lenet -o open
        succeeds ./open
    done
}

# ---- What a library is ----

case_header_is_clean_c99_and_c_plus_plus() {
    succeeds "$strata" build "${lenet[@]}" -o lenet --emit o --cpu x86-64-v2
    cat >class.net <<'N'
net class(new: bytes(1x2x2), double: integers(1, below=5), workspace: 2) -> {this: 1, int: classes(["\"", "*/", "??/"]), batch: 2} =
  {this: new |> flatten |> dense(1), int: double |> embedding(5, 3) |> flatten, batch: workspace}
N
    succeeds "$strata" build "${lenet[@]}" -o plain --emit o --cpu x86-64-v2 --weights-file --plain --name plain
    succeeds "$strata" build class.net --seed 1 -o odd --emit o --cpu x86-64-v2 --name odd
    local header
    for header in lenet/lenet.h plain/plain.h odd/odd.h; do
        succeeds cc -std=c99 "${strict[@]}" -fsyntax-only -x c "$header"
        succeeds clang -std=c99 "${strict[@]}" -fsyntax-only -x c-header "$header"
        succeeds c++ -std=c++98 "${strict[@]}" -Wno-long-long -fsyntax-only -x c++ "$header"
        succeeds c++ -std=c++20 "${strict[@]}" -fsyntax-only -x c++ "$header"
    done
}

case_a_library_needs_libc_and_libm_and_shows_its_functions_alone() {
    succeeds "$strata" build "${lenet[@]}" -o lenet
    succeeds nm -D --defined-only lenet/liblenet.so
    [[ $(awk '{ print $3 }' <<<"$out" | sort | tr '\n' ' ') == "lenet_check lenet_error_text lenet_input lenet_output lenet_run lenet_run_with lenet_signature lenet_workspace_size " ]] ||
        wrong "unexpected symbols"
    succeeds readelf -d lenet/liblenet.so
    [[ -z $(grep NEEDED <<<"$out" | grep -v -e 'libc\.so\.6' -e 'libm\.so\.6') ]] || wrong "needs more than libc and libm"
    [[ $out == *"RELRO"* || $out == *"BIND_NOW"* ]] || wrong "is bound while it runs"
    [[ $out != *TEXTREL* ]] || wrong "has relocations in its code"
    succeeds nm -D --undefined-only lenet/liblenet.so
    [[ -z $(grep -E '(alloc|free|pthread|printf|open|exit)' <<<"$out") ]] || wrong "allocates, or does what a model must not"
    succeeds readelf -SW lenet/liblenet.so
    [[ -z $(grep -E ' \.(data|bss) ' <<<"$out") ]] || wrong "has state"
    (($(stat -c %s lenet/liblenet.so) < 500000)) || wrong "has 500 kB or more"
    succeeds ldd lenet/liblenet.so
    [[ -z $(grep -v -e linux-vdso -e 'libc\.so\.6' -e 'libm\.so\.6' -e ld-linux <<<"$out") ]] || wrong "the loader needs more than libc and libm"
}

# ---- What goes wrong ----

case_failures_say_why_and_leave_nothing() {
    fails_with E1073 "$strata" build "${lenet[@]}" -o new --cpu pentium
    fails_with E1071 "$strata" build "${lenet[@]}" -o new --linker no-such-program
    fails_with E1072 "$strata" build "${lenet[@]}" -o new --linker false
    fails_with E1074 "$strata" build "${lenet[@]}" -o new --name 3d
    fails_with E1218 "$strata" build "${lenet[@]}" -o new --emit dll
    fails_with "weights" "$strata" build "$examples/lenet.net" -o new
    fails_with E1070 "$strata" build "${lenet[@]}" -o missing/new
    touch file
    fails_with E1070 "$strata" build "${lenet[@]}" -o file
    fails_with E1070 "$strata" build "${lenet[@]}" -o /proc # nobody can write there, root neither
    mkdir no-programs
    PATH=$PWD/no-programs fails_with E1071 "$strata" build "${lenet[@]}" -o new
    [[ ! -e new && ! -e missing ]] || wrong "something was left behind"
    only . file
    PATH=$PWD/no-programs succeeds "$strata" build "${lenet[@]}" -o new --emit a,o # need no linker
    only new lenet.h lenet.json lenet.o lenet.pc liblenet.a
}

# What there is after a build was ended somewhere: all, or what was there before.
all_or_nothing() {
    case $(find "$1" -maxdepth 1 -type f 2>/dev/null | wc -l) in
    0) ;;
    4) only "$1" lenet.h lenet.json lenet.pc liblenet.so ;;
    *) wrong "a part of a build: $(ls -A "$1")" ;;
    esac
}

case_interrupted_builds_leave_nothing() {
    local time # --foreground: without it timeout sends the signal to its group, too, and a second one ends the command at once
    for time in 0.05 0.1 0.2 0.3 0.5 0.8 1.2; do
        try timeout --foreground --signal=INT "$time" "$strata" build "${lenet[@]}" -o "int$time"
        [[ $status == 124 || $status == 0 ]] || wrong "an interrupt after $time s"
        [[ ! -e int$time || $(ls -A "int$time") == *liblenet.so* ]] || wrong "the folder was left"
        all_or_nothing "int$time"
        [[ -z $(find . -name '.strata-build*') ]] || wrong "files of the build were left"
    done
}

case_killed_builds_leave_no_part_of_a_model() {
    local time
    succeeds "$strata" build "$examples/lenet.net" --seed 1 -o kept --cpu x86-64-v2
    local before
    before=$(cat kept/* | sha256sum)
    for time in 0.05 0.1 0.2 0.3 0.5 0.8; do
        try timeout --signal=KILL "$time" "$strata" build "${lenet[@]}" -o "kill$time"
        [[ ! -e kill$time ]] || all_or_nothing "kill$time"
        try timeout --signal=KILL "$time" "$strata" build "${lenet[@]}" -o kept
        all_or_nothing kept
        [[ $status == 0 || $(cat kept/* | sha256sum) == "$before" ]] || wrong "files of an earlier build have changed"
        [[ $status != 0 ]] || before=$(cat kept/* | sha256sum)
    done
}

case_a_failed_build_keeps_the_files_of_the_one_before() {
    succeeds "$strata" build "${lenet[@]}" -o lenet --cpu x86-64-v2
    local before
    before=$(cat lenet/* | sha256sum)
    fails_with E1072 "$strata" build "$examples/lenet.net" --seed 1 -o lenet --linker false
    [[ $(cat lenet/* | sha256sum) == "$before" ]] || wrong "files have changed"
    only lenet lenet.h lenet.json lenet.pc liblenet.so
}

case_equal_builds_are_equal_files() {
    succeeds "$strata" build "${lenet[@]}" -o one --emit so,a --cpu x86-64-v3
    succeeds "$strata" build "${lenet[@]}" -o two --emit so,a --cpu x86-64-v3
    succeeds diff -r one two
}

run_cases "${3:-}"
