#!/usr/bin/env bash
# Trains by the command as a user does: `test_train.sh STRATA REPOSITORY`. Each case is a function `case_...`, run in a folder of its own with the
# digits of the repository; ends with `N passed, N failed`.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cases.sh" "$@"

# A small net on the digits, with noise, accumulation and augmentation: `write_model FILE SETTINGS...`.
write_model() {
    local file=$1
    shift
    cat >"$file" <<EOF
data digits = idx("digits-images.gz", "digits-labels.gz")
net small(image: 1x28x28) -> classes(10) =
  image |> conv(4, 5x5) |> norm |> relu |> maxpool(4x4) |> flatten |> dropout(0.2) |> dense(10)
train small {
  data = augment(split(digits, 0.8).first, shift=1, noise=0.05)
  validate = split(digits, 0.8).second
  loss = cross_entropy
  seed = 3
  $*
}
EOF
}

# Lets the net see a window of each picture, so that with several threads one more fills batches ahead.
see_windows() {
    sed -i 's/1x28x28/1x24x24/; s/split(digits, 0.8).first/crop(&, 24, 24)/; s/split(digits, 0.8).second/crop(&, 24, 24)/' "$1"
}

usual='optimizer = adam(rate=0.05); epochs = 3; batch = 18; accumulate = 2; average = 0.2; patience = 11; plateau = {patience: 1, factor: 0.7}'

# Waits until a file is there and not empty, which takes long on a busy machine.
wait_for() {
    for _ in {1..600}; do
        [[ ! -s $1 ]] || return 0
        sleep 0.1
    done
    wrong "expected $1 within a minute"
}

# A command with so many kilobytes of address space; with no limit where Strata itself cannot begin within it, as under sanitizers:
# `try_within KILOBYTES COMMAND...`.
try_within() {
    # shellcheck disable=SC2016 # for the inner shells
    if bash -c 'ulimit -v "$1"; exec "$2" --version' - "$1" "$strata" >/dev/null 2>&1; then
        try bash -c 'ulimit -v "$1"; shift; exec "$@"' - "$@"
    else
        try "${@:2}"
    fi
}

# ---- What training gives ----

case_it_learns_and_leaves_weights_that_other_verbs_take() {
    write_model small.net "optimizer = adam(rate=0.01); epochs = 6; batch = 16"
    try "$strata" train small.net --log log.jsonl --plot plot.svg
    ends_with_status 0
    out_has "accuracy on held-out data"
    [[ $out =~ held\ out:\ [0-9]+\ of\ 100\ right,\ [0-9.]+\ %\;\ always\ the\ commonest\ class:\ 13.00\ % ]] || wrong "expected the share of chance"
    exists small.safetensors
    exists small.checkpoint.safetensors
    grep -q '^<svg' plot.svg || wrong "expected a picture"
    [[ $(grep -c '"epoch":' log.jsonl) == 6 ]] || wrong "expected six lines in the log"
    grep -q '"source":"sha256:' log.jsonl || wrong "expected the hash of the source in the log"
    try "$strata" evaluate small.net -w small.safetensors digits-images.gz digits-labels.gz
    ends_with_status 0
    local accuracy=${out#*accuracy }
    [[ ${accuracy%%.*} -ge 80 ]] || wrong "expected at least 80 % right"
}

case_the_same_seed_gives_the_same_bits_and_another_others() {
    write_model small.net "$usual"
    try "$strata" train small.net -o a.safetensors
    try "$strata" train small.net -o b.safetensors
    same a.safetensors b.safetensors
    try "$strata" train small.net -o c.safetensors --seed 4
    ! cmp -s a.safetensors c.safetensors || wrong "expected other weights for another seed"
}

# Threads fill batches together; windows of pictures are cut by one more thread, ahead of the step.
case_threads_and_reading_ahead_change_no_bit() {
    local model threads
    write_model small.net "$usual"
    cp small.net cut.net
    see_windows cut.net
    for model in small cut; do
        try "$strata" train $model.net -o one.safetensors
        ends_with_status 0
        for threads in 2 3; do
            try "$strata" train $model.net -o more.safetensors --threads $threads
            same one.safetensors more.safetensors
        done
    done
}

# Ends trainings at random moments of their time, and goes on each time; when one ends by itself, its weights are compared and the next begins:
# `kill_and_resume TIMES OPTION...`.
kill_and_resume() {
    local times=$1 kills=0 process begun milliseconds moment
    shift
    rm -f ./*.safetensors
    begun=$(date +%s%N)
    try "$strata" train small.net -o whole.safetensors --checkpoint w.safetensors --every 0 "$@"
    milliseconds=$((($(date +%s%N) - begun) / 1000000))
    ends_with_status 0
    while ((kills < times)); do
        "$strata" train small.net -o parts.safetensors --checkpoint p.safetensors --every 0 --resume "$@" >/dev/null 2>&1 &
        process=$!
        moment=$((RANDOM % milliseconds))
        sleep "$(printf '%d.%03d' $((moment / 1000)) $((moment % 1000)))"
        if kill -9 $process 2>/dev/null; then
            kills=$((kills + 1))
        else
            same whole.safetensors parts.safetensors
            rm p.safetensors parts.safetensors
        fi
        wait $process 2>/dev/null
    done
    try "$strata" train small.net -o parts.safetensors --checkpoint p.safetensors --resume "$@"
    ends_with_status 0
    same whole.safetensors parts.safetensors
    echo "    ($kills times killed)"
}

# Accumulation, the running mean of weights, noise and patience go on; at last, what was read ahead and a rate that falls behind the second epoch too.
case_killed_at_any_moment_it_goes_on_to_the_same_bits() {
    write_model small.net "$usual"
    kill_and_resume 17 --epochs 4
    kill_and_resume 17 --epochs 4 --threads 2
    see_windows small.net
    kill_and_resume 17 --epochs 4 --threads 2
}

# In double precision; the largest difference of two weights after 28 steps. Steps of Adam are at most about their rate, 0.05, and rounding errors grow with them: 1e-9 is a
# million times the rounding of a weight.
case_both_engines_come_to_the_same_weights() {
    write_model small.net "$usual"
    try "$strata" train small.net --engine jit --precision double --epochs 2 -o jit.safetensors
    ends_with_status 0
    [[ $out == *compiled* ]] || return 0 # there is no LLVM
    try "$strata" train small.net --engine interpreter --precision double --epochs 2 -o interpreter.safetensors
    out_has "interpreted"
    cat >compare.py <<'EOF'
import json, struct

def weights(path):
    content = open(path, "rb").read()
    length = struct.unpack("<Q", content[:8])[0]
    for name, tensor in sorted(json.loads(content[8:8 + length]).items()):
        if name != "__metadata__":
            first, end = (8 + length + at for at in tensor["data_offsets"])
            yield from struct.unpack("<%dd" % ((end - first) // 8), content[first:end])

pairs = list(zip(weights("jit.safetensors"), weights("interpreter.safetensors")))
print(len(pairs) > 1000 and max(abs(a - b) for a, b in pairs) < 1e-9)
EOF
    try python3 compare.py
    out_is "True"
}

# Within 1.15 of the largest sum of values that live at one time.
case_a_step_takes_little_more_memory_than_it_must() {
    write_model small.net "$usual"
    try "$strata" train small.net --epochs 1
    [[ $out =~ memory\ of\ a\ step:\ ([0-9]+)\.([0-9]+)\ MB\ planned,\ ([0-9]+)\.([0-9]+)\ MB\ at\ least ]] || wrong "expected both sizes"
    local match=("${BASH_REMATCH[@]:1}")
    ((100 * 10#${match[0]}${match[1]} <= 115 * 10#${match[2]}${match[3]})) || wrong "expected less memory"
}

case_names_of_files_are_checked_before_training() {
    write_model small.net "$usual"
    try "$strata" train small.net -o weights.bin
    ends_with_status 1
    err_has "E0805"
    is_missing small.checkpoint.safetensors
    try "$strata" train small.net --checkpoint nowhere/c.safetensors
    err_has "E0802"
    try "$strata" train small.net --plot nowhere/small.svg
    ends_with_status 1
    err_has "E0802"
    is_missing small.checkpoint.safetensors
}

case_arrays_train() {
    python3 - <<'EOF'
import struct, zipfile

def npy(kind, size, values, code):
    head = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }" % (kind, "".join("%d, " % n for n in size))
    head = head.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack("<%d%s" % (len(values), code), *values)

points = [(0, 1), (1, 0), (1, 1), (0, 0)] * 10
x = npy("<f4", (40, 2), [entry for point in points for entry in point], "f")
label = npy("<i8", (40,), [int(a > b) for a, b in points], "q")
short = npy("<i8", (39,), [0] * 39, "q")
open("x.npy", "wb").write(x)
open("label.npy", "wb").write(label)
for name, second in ("both", label), ("wrong", short):
    with zipfile.ZipFile(name + ".npz", "w") as archive:
        archive.writestr("x.npy", x)
        archive.writestr("label.npy", second)
EOF
    local data
    for data in 'npy("x.npy", "label.npy")' 'npz("both.npz")'; do
        cat >arrays.net <<EOF
data points = $data
net f(x: 2) -> classes(2) = x |> dense(2)
train f { data = points; validate = points; loss = cross_entropy; optimizer = adam(rate=0.1); epochs = 20; batch = 8 }
EOF
        try "$strata" train arrays.net
        ends_with_status 0
        out_has "40 of 40 right"
    done
    sed -i 's/both.npz/wrong.npz/' arrays.net
    try "$strata" train arrays.net
    ends_with_status 1
    err_has "E0864"
}

case_an_interrupt_saves_and_says_how_to_go_on() {
    write_model small.net "$usual"
    rm -f "$scratch/out"
    "$strata" train small.net --epochs 100000 >"$scratch/out" 2>"$scratch/err" &
    local process=$!
    wait_for "$scratch/out" # the head, which is printed when all is ready
    kill -INT $process
    wait $process
    status=$?
    out=$(<"$scratch/out") err=$(<"$scratch/err")
    ends_with_status 130
    err_has "--resume"
    exists small.checkpoint.safetensors
}

case_patience_ends_training_and_keeps_the_best() {
    write_model small.net "optimizer = adam(rate=0.05); epochs = 60; batch = 16; patience = 2"
    try "$strata" train small.net
    ends_with_status 0
    out_has "best epoch"
    exists small.safetensors
}

# ---- Data ----

case_data_that_the_language_makes_train() {
    cat >spirals.net <<'EOF'
data spirals = generate(1000, i -> {
  let t = uniform(shape())
  let angle = 9 * t + pi * (i % 2)
  let place = concatenate([reshape(cos(angle), [1]), reshape(sin(angle), [1])])
  {x: t * place + 0.03 * normal(2), label: i % 2}
})
net f(x: 2) -> classes(2) = x |> dense(64) |> relu |> dense(64) |> relu |> dense(2)
train f {
  data = split(spirals, 0.8).first; validate = split(spirals, 0.8).second
  loss = cross_entropy; optimizer = adam(rate=0.01); epochs = 40; seed = 1; patience = 40
}
EOF
    try "$strata" train spirals.net
    ends_with_status 0
    [[ $out =~ 9[0-9]\.[0-9]+\ % ]] || wrong "expected more than 90 % right"
    cp f.safetensors first
    try "$strata" train spirals.net
    same f.safetensors first
}

case_records_are_mapped() {
    cat >halves.net <<'EOF'
data digits = idx("digits-images.gz", "digits-labels.gz")
data halves = map(digits, s -> {x: 2 * s.x - 1, label: where(s.label < 5, 0, 1)})
net f(image: 1x28x28) -> classes(2) = image |> flatten |> dense(32) |> relu |> dense(2)
train f { data = take(halves, 400); loss = cross_entropy; optimizer = adam; epochs = 2 }
train f as plain { data = digits; loss = cross_entropy; epochs = 1 }
EOF
    try "$strata" train halves.net f
    ends_with_status 0
    try "$strata" train halves.net plain
    err_has "E0863"
    sed 's/2 \* s.x - 1/s.y/' halves.net >a.net
    try "$strata" train a.net f
    err_has "a.net:2:"
    err_has "E0507"
    sed 's/2 \* s.x - 1/s.x |> flatten |> dense(3)/' halves.net >b.net
    try "$strata" train b.net f
    err_has "E0536"
    sed 's/{x: 2.*})$/[s.x])/' halves.net >c.net
    try "$strata" train c.net f
    err_has "E0535"
    sed 's/map(digits/map(augment(digits, shift=1)/' halves.net >d.net
    try "$strata" train d.net f
    err_has "E0867"
}

case_proximal_steps_leave_zeros_that_the_summary_counts() {
    cat >sparse.net <<'EOF'
data digits = idx("digits-images.gz", "digits-labels.gz")
net sparse(image: 1x28x28) -> classes(10) = image |> flatten |> dense(30) |> relu |> dense(10)
train sparse as entries { data = digits; loss = cross_entropy; optimizer = adam; proximal = soft_threshold(0.003); epochs = 5 }
train sparse as rows { data = digits; loss = cross_entropy; optimizer = sgd(rate=0.1); proximal = group_threshold(0.3); epochs = 5 }
train sparse as wrong { data = digits; loss = cross_entropy; optimizer = adam; proximal = group_threshold(0.1) }
EOF
    try "$strata" train sparse.net entries
    ends_with_status 0
    try "$strata" summary sparse.net -w entries.safetensors
    ends_with_status 0
    [[ $out =~ dense1.weight\ +[0-9]{4,5}\ of\ 23520 ]] || wrong "expected thousands of zeros"
    try "$strata" train sparse.net rows
    try "$strata" summary sparse.net -w rows.safetensors
    out_has "of 30 rows whole"
    try "$strata" summary sparse.net -w rows.safetensors --json
    out_has '"zero_slices": '
    try "$strata" summary sparse.net
    [[ $out != *"exactly 0"* ]] || wrong "expected no zeros without weights"
    try "$strata" train sparse.net wrong
    ends_with_status 1
    err_has "E0601"
    err_has "take sgd"
}

# The header of an IDX file of bytes with these sizes.
idx_header() {
    local size
    printf '\0\0\x08'"\\x$(printf %02x $#)"
    for size in "$@"; do
        printf "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $((size >> 24 & 255)) $((size >> 16 & 255)) $((size >> 8 & 255)) $((size & 255)))"
    done
}

# A net on `images` and `names`, trained with these settings: `write_reader NET IMAGES NAMES SETTINGS...`.
write_reader() {
    cat >"$1" <<EOF
data digits = idx("$2", "$3")
net small(image: 1x28x28) -> classes(10) = image |> flatten |> dense(20) |> relu |> dense(10)
train small { loss = cross_entropy; ${*:4} }
EOF
}

case_rows_that_stay_on_disk_give_the_same_bits() {
    gzip -dc digits-images.gz >plain
    gzip -dc digits-labels.gz >names
    { idx_header 90000 28 28; for i in {1..180}; do tail -c +17 plain; done; } >many
    { idx_header 90000; for i in {1..180}; do tail -c +9 names; done; } >many-names
    write_reader small.net plain names "data = augment(take(digits, 500), shift=1); epochs = 2"
    try "$strata" train small.net -o whole.safetensors
    ends_with_status 0
    write_reader small.net many many-names "data = augment(take(digits, 500), shift=1); epochs = 2"
    try "$strata" train small.net -o rows.safetensors
    ends_with_status 0
    same whole.safetensors rows.safetensors
}

case_a_set_larger_than_memory_trains() {
    { idx_header 2000000 28 28; } >large
    truncate -s $((16 + 2000000 * 784)) large
    { idx_header 2000000; } >names
    truncate -s $((8 + 2000000)) names
    write_reader small.net large names "data = take(shuffle(digits), 3000); epochs = 2"
    try_within 1000000 "$strata" train small.net
    ends_with_status 0
}

# A grey picture of ROWS rows and COLUMNS columns, all black: `write_picture FILE ROWS COLUMNS`.
write_picture() {
    python3 - "$@" <<'EOF'
import struct, sys, zlib
path, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
part = lambda name, content: struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
head = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
open(path, "wb").write(b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(bytes(rows * (columns + 1)))) + part(b"IEND", b""))
EOF
}

# A net on windows of the samples of a folder: `write_folder_net NET FOLDER SETTINGS...`.
write_folder_net() {
    cat >"$1" <<EOF
data samples = crop(folder("$2"), 1, 784)
net small(sample: 784) -> classes(["one", "two"]) = sample |> dense(2)
train small { data = samples; loss = cross_entropy; ${*:3} }
EOF
}

# Each of two classes gets so many names for one file: `fill_classes FOLDER FILE COPIES`.
fill_classes() {
    local folder=$1 file=$2 copies=$3 class
    for class in one two; do
        mkdir -p "$folder/$class"
        for ((i = 0; i < copies; i++)); do ln "$file" "$folder/$class/$i.${file##*.}"; done
    done
}

case_folders_larger_than_memory_train() {
    write_picture black.png 1000 2000 # 2 MB of entries in some kilobytes
    fill_classes pictures black.png 400
    write_folder_net pictures.net pictures "epochs = 1; batch = 100"
    { printf 'RIFF\x24\x09\x3d\x00WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\x00\x09\x3d\x00'; head -c 4000000 /dev/zero; } >quiet.wav
    fill_classes sounds quiet.wav 100
    write_folder_net sounds.net sounds "epochs = 1; batch = 100"
    local net
    for net in pictures sounds; do # 1.6 GB each
        try_within 1000000 "$strata" train $net.net
        ends_with_status 0
    done
}

case_a_picture_that_changes_or_vanishes_ends_training() {
    write_picture black.png 1000 2000
    fill_classes pictures black.png 100 # more than stay unpacked
    write_folder_net small.net pictures "epochs = 1000; batch = 50"
    local way threads process
    for way in "rm -r pictures/two" "write_picture black.png 1 784"; do
        for threads in 1 2; do
            "$strata" train small.net --every 0 --threads $threads >"$scratch/out" 2>"$scratch/err" &
            process=$!
            wait_for small.checkpoint.safetensors
            $way
            wait $process
            status=$?
            out=$(<"$scratch/out") err=$(<"$scratch/err")
            ends_with_status 1
            err_has "E0801"
            err_has "pictures/"
            rm -r pictures
            write_picture black.png 1000 2000
            fill_classes pictures black.png 100
            try "$strata" train small.net --epochs 1 --resume --threads $threads
            ends_with_status 0
            rm small.checkpoint.safetensors
        done
    done
}

case_a_file_that_shrinks_while_it_is_read_ends_training() {
    { idx_header 100000 28 28; } >large
    { idx_header 100000; } >names
    truncate -s $((8 + 100000)) names
    write_reader small.net large names "data = digits; epochs = 1000"
    local threads process
    for threads in 1 2; do
        truncate -s $((16 + 100000 * 784)) large
        "$strata" train small.net --every 0 --threads $threads >"$scratch/out" 2>"$scratch/err" &
        process=$!
        wait_for small.checkpoint.safetensors
        truncate -s 1000000 large
        wait $process
        status=$?
        out=$(<"$scratch/out") err=$(<"$scratch/err")
        ends_with_status 1
        err_has "large: changed while it was read"
        exists small.checkpoint.safetensors
        truncate -s $((16 + 100000 * 784)) large
        try "$strata" train small.net --epochs 1 --resume --threads $threads
        ends_with_status 0
        rm small.checkpoint.safetensors
    done
}

# ---- What is wrong ----

case_a_checkpoint_of_another_source_is_refused() {
    write_model small.net "$usual"
    try "$strata" train small.net
    echo '# changed' >>small.net
    try "$strata" train small.net --resume
    ends_with_status 1
    err_has "E0911"
    try "$strata" train small.net --resume --checkpoint small.safetensors
    err_has "E0912"
}

case_a_full_disk_leaves_the_last_checkpoint_whole() {
    write_model small.net "$usual"
    try "$strata" train small.net --epochs 1
    cp small.checkpoint.safetensors kept
    [[ -e /dev/full ]] || return 0
    ln -s /dev/full full.safetensors
    try "$strata" train small.net --checkpoint full.safetensors
    ends_with_status 1
    err_has "E0802"
    same small.checkpoint.safetensors kept
}

case_a_disk_that_fills_while_training_keeps_the_last_checkpoint() {
    write_model small.net "$usual"
    try "$strata" train small.net --epochs 1
    cp small.checkpoint.safetensors kept
    # shellcheck disable=SC2016 # for the inner shell
    try bash -c 'ulimit -f 4; exec "$@"' - "$strata" train small.net --epochs 3 --resume
    ends_with_status 1
    err_has "E0802"
    same small.checkpoint.safetensors kept
    [[ $(echo small.*) == "small.checkpoint.safetensors small.net small.safetensors" ]] || wrong "expected nothing left behind, got $(echo *)"
    try "$strata" train small.net --epochs 3 --resume
    ends_with_status 0
}

case_hostile_files_are_refused_with_their_place() {
    write_reader a.net lying names "data = digits"
    { idx_header 400000000 28 28; head -c 100000 /dev/zero; } >lying
    { idx_header 400000000; } >names
    try "$strata" train a.net
    ends_with_status 1
    err_has "E0820"
    err_has "lying: the IDX header says 400000000x28x28"
    gzip -dc digits-images.gz | head -c 9000 >short
    write_reader b.net short digits-labels.gz "data = digits"
    try "$strata" train b.net
    err_has "E0820"
    err_has "short: "
    { idx_header 2 28 28; head -c 1568 /dev/zero; } >two
    { idx_header 2; printf '\003\014'; } >two-names
    write_reader c.net two two-names "data = digits"
    try "$strata" train c.net
    err_has "E0863"
    err_has "record 1 has label 12"
    printf 'a,b,kind\n1,2,near\n3,far\n' >short.csv
    printf 'a,b,kind\n1,2,near\n3,four,far\n' >text.csv
    printf 'a,b,kind\n1,2,near\n3,nan,far\n' >nan.csv
    local file
    for file in short text; do
        cat >table.net <<EOF
data points = csv("$file.csv", label="kind")
net f(x: 2) -> classes(["near", "far"]) = x |> dense(2)
train f { data = points; loss = cross_entropy }
EOF
        try "$strata" train table.net
        ends_with_status 1
        err_has "$file.csv:3"
        err_has "E0860"
    done
}

# A PNG whose header says 60000x60000 pixels, and one that says 8000x8000 grey ones, which come out of a few bytes.
case_pictures_that_grow_are_refused() {
    cat >folder.net <<'EOF'
data pictures = folder("pictures")
net f(image: 1x28x28) -> classes(["one", "two"]) = image |> flatten |> dense(2)
train f { data = pictures; loss = cross_entropy; epochs = 1; batch = 2 }
EOF
    mkdir -p pictures/one pictures/two
    try "$strata" train folder.net
    ends_with_status 1
    err_has "E0832"
    cp seven.png pictures/one/
    try "$strata" train folder.net
    err_has "pictures/two"
    { head -c 16 seven.png; printf '\0\0\xea\x60\0\0\xea\x60'; tail -c +25 seven.png; } >pictures/two/bomb.png
    try_within 1000000 "$strata" train folder.net
    ends_with_status 1
    err_has "pictures/two/bomb.png"
    head -c 200 seven.png >pictures/two/bomb.png
    try "$strata" train folder.net
    err_has "pictures/two/bomb.png"
    rm -r pictures/one pictures/two
    try "$strata" train folder.net
    err_has "E0866"
}

case_a_value_without_bound_is_found_in_the_source() {
    write_model small.net "optimizer = sgd(rate=3e38); epochs = 3; batch = 16"
    try "$strata" train small.net
    ends_with_status 1
    err_has "E0910"
    err_has "small.net:3:"
}

case_data_is_checked_before_anything_is_trained() {
    write_model small.net "$usual"
    head -c 3000 digits-images.gz >half.gz
    sed 's/digits-images.gz/half.gz/' small.net >a.net
    try "$strata" train a.net
    ends_with_status 1
    err_has "half.gz"
    sed 's/1x28x28/1x32x32/' small.net >b.net
    try "$strata" train b.net
    err_has "E0862"
    sed 's/classes(10)/classes(9)/; s/dense(10)/dense(9)/' small.net >c.net
    try "$strata" train c.net
    err_has "E0863"
    sed 's/0.8).first/0.001).first/' small.net >d.net
    try "$strata" train d.net
    ends_with_status 1
    sed 's/"digits-labels.gz"/"digits-images.gz"/' small.net >e.net
    try "$strata" train e.net
    ends_with_status 1
    sed '/^data/s/.*/data digits = folder("nowhere")/' small.net >f.net
    try "$strata" train f.net
    err_has "E0801"
}

case_tables_and_folders_train() {
    printf 'a,b,kind\n' >points.csv
    for i in {1..20}; do printf '%d,%d,near\n%d,%d,far\n' $((i % 3)) $((i % 2)) $((9 + i % 3)) $((8 + i % 2)) >>points.csv; done
    cat >points.net <<'EOF'
data points = csv("points.csv", label="kind")
net kinds(x: 2) -> classes(["near", "far"]) = x |> dense(2)
train kinds { data = points; loss = cross_entropy; optimizer = adam(rate=0.1); epochs = 20; batch = 8; validate = points }
EOF
    try "$strata" train points.net
    ends_with_status 0
    out_has "100.00 %"
    mkdir -p pictures/seven pictures/other
    cp seven.png pictures/seven/
    cp seven.png pictures/other/
    cat >folder.net <<'EOF'
data pictures = folder("pictures")
net f(image: 1x28x28) -> classes(["seven", "other"]) = image |> flatten |> dense(2)
train f { data = pictures; loss = cross_entropy; epochs = 2; batch = 2 }
EOF
    try "$strata" train folder.net
    ends_with_status 0
    sed 's/"seven", "other"/"seven", "eight"/' folder.net >wrong.net
    try "$strata" train wrong.net
    err_has "E0863"
}

# ---- All cases ----

prepare() {
    cp "$root"/examples/digits-{images,labels}.gz .
    cp "$root/examples/digits/00.png" seven.png
}
run_cases "${3:-}"
