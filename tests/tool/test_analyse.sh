#!/usr/bin/env bash
# Analyses, scatters and plots by the command as a user does: `test_analyse.sh STRATA REPOSITORY`. Each case is a function `case_...`, run in a folder of its own
# with the digits of the repository; ends with `N passed, N failed`.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cases.sh" "$@"

# The numbers of an .npy file, without the header: `entries FILE COUNT` with COUNT floats.
entries() { tail -c $((4 * $2)) "$1"; }
same_entries() { cmp -s <(entries "$1" "$3") <(entries "$2" "$3") || wrong "expected $1 and $2 to hold the same"; }

is_svg() { head -c 4 "$1" | grep -q '<svg' && tail -c 8 "$1" | grep -q '</svg>' || wrong "expected $1 to be SVG"; }
is_png() { head -c 4 "$1" | grep -qa PNG || wrong "expected $1 to be PNG"; }

write_net() {
    printf 'use std.wavelet\nnet s(x: 1x28x28) -> 81x7x7 = x |> scattering2d(J=2, L=8)\n' >s.net
}

# ---- analyse frame ----

case_frame_bounds_are_printed() {
    write_net
    try "$strata" analyse frame s.net
    ends_with_status 0
    out_has "A   = 0.122989     at (1, 1) pi"
    out_has "B   = 1.000059     at (0, 0) pi"
    out_has "padded (reflect): 4 rows above"
    out_has "filters reach 10x10 samples; padding is 4x4"
    try "$strata" analyse frame --json s.net
    out_has '"A": 0.12298'
    out_has '"padding": "reflect"'
    try "$strata" analyse nothing s.net
    ends_with_status 2
    err_has "E1204"
}

case_energies_of_data_are_shared_out_by_order() {
    write_net
    try "$strata" analyse frame s.net digits
    ends_with_status 0
    out_has "over 10 samples"
    out_has "together"
    try "$strata" analyse frame --json s.net digits
    out_has '"energy": {"samples": 10, "order0": {"mean": '
    [[ $out == *'}}' || $out == *'}' ]] || wrong "expected whole JSON"
    try "$strata" analyse frame s.net digits -o sum.svg
    is_svg sum.svg
    try "$strata" analyse frame s.net digits-labels.gz
    ends_with_status 1
}

# ---- analyse deformation ----

# The numbers of a row of JSON, one a line: `row NAME`.
row() { sed -n "s/^ \"$1\": \[\(.*\)\].*/\1/p" <<<"$out" | tr ',' '\n'; }

# Numbers one a line against wanted ones, within a part of them: `near TOLERANCE WANTED...`.
near() {
    local tolerance=$1
    shift
    awk -v tolerance="$tolerance" -v wanted="$*" 'BEGIN { n = split(wanted, w, " ") }
        { d = $1 / w[NR] - 1; if (d < -tolerance || d > tolerance) bad = 1 }
        END { exit bad || NR != n }' || wrong "expected numbers near $*"
}

# Scattering on a circle, at full rate, each filter divided by the root of B, as the values of the literature are made.
write_circle() {
    cat >circle.net <<'EOF'
use std.wavelet
let bank = morlet_bank2d(128x128, 4, 8)
let root = sqrt(1.046568)
let average = f -> real(ifft(f * (bank.phi[0] / root), axes=2))
let moduli = (f, j) -> {
  let psi = constant([w.levels[0] / root for w in bank.psi if w.j == j])
  let u = modulus(ifft(reshape(f, [dim(f, 0), 1, 128, 128]) * psi, axes=2))
  reshape(u, [dim(f, 0) * 8, 128, 128])
}
let below = (f, j, order) ->
  if order == 0 then [average(f)]
  else [average(f)] + [t for next in j + 1..3 for t in below(fft(moduli(f, next), axes=2), next, order - 1)]
net circle(x: 1x128x128) -> 417x128x128 = concatenate(below(fft(x, axes=2), 0 - 1, 2), axis=0)
EOF
    cat >packet.net <<'EOF'
let u = reshape(grid(128) - 64, [128, 1])
let v = reshape(grid(128) - 64, [1, 128])
net packet(x: 1x28x28) -> 1x128x128 =
  reshape(exp(0 - (u * u + v * v) / 648) * cos(1.9 * u), [1, 128, 128]) + 0 * sum(x)
EOF
    "$strata" run packet.net digits/00.png -o packet.npy
}

case_scattering_is_stable_under_deformation() {
    write_circle
    try "$strata" analyse deformation --json circle.net packet.npy
    ends_with_status 0
    local gain
    gain=$(sed -n 's/^ "gain": \([0-9.e+-]*\).*/\1/p' <<<"$out")
    near 0.01 0.0114 0.0256 0.0476 0.0931 < <(row net | awk -v gain="$gain" '{ print $1 * gain }')
    near 0.03 0.18 0.38 0.76 1.28 < <(row pixels)
    near 0.03 0.18 0.38 0.75 1.15 < <(row fourier)
    near 0.01 0.01 0.02 0.04 0.08 < <(row size)
    near 0.01 1.00 < <(sed -n 's/.*"slope": {"net": \([0-9.]*\).*/\1/p' <<<"$out")
    try "$strata" analyse deformation --json --family translation circle.net packet.npy
    near 0.02 0.029 0.058 0.115 0.228 < <(row net | awk -v gain="$gain" '{ print $1 * gain }')
}

# The packet itself, and its interpolation by splines, tell the same.
case_closed_form_and_interpolation_agree() {
    printf 'use std.wavelet\nnet s(x: 1x128x128) -> 33x8x8 = x |> scattering2d(J=4, L=8, order=1)\n' >s.net
    write_circle
    try "$strata" analyse deformation --json s.net
    local closed
    closed=$(row net | tr '\n' ' ')
    try "$strata" analyse deformation --json s.net packet.npy
    near 0.13 $closed < <(row net)
    try "$strata" analyse deformation --family random s.net packet.npy -o figure.svg
    ends_with_status 0
    is_svg figure.svg
    grep -q 'pixels, slope' figure.svg || wrong "expected slopes in the figure"
}

case_what_cannot_be_deformed_is_said() {
    printf 'net two(x: 1x8x8, y: 3) -> 3 = y + mean(x)\n' >two.net
    try "$strata" analyse deformation two.net
    ends_with_status 1
    err_has "E1235"
    write_net
    try "$strata" analyse deformation s.net --size 0
    ends_with_status 2
    try "$strata" analyse deformation s.net -o figure.pdf
    ends_with_status 2
    err_has "E1233"
}

# ---- scatter ----

case_features_are_those_of_the_net() {
    write_net
    try "$strata" scatter --J 2 digits -o features.npy
    ends_with_status 0
    try "$strata" run s.net digits -o run.npy
    same_entries features.npy run.npy $((10 * 81 * 7 * 7))
    try "$strata" scatter --J 2 --batch 3 digits -o batches.npy
    same_entries features.npy batches.npy $((10 * 81 * 7 * 7))
    try "$strata" scatter --J 2 digits-images.gz --limit 70 -o idx.npy
    ends_with_status 0
    head -c 200 idx.npy | grep -qa "'shape': (70, 81, 7, 7,)" || wrong "expected 70 rows"
}

case_the_table_of_paths_stands_beside() {
    try "$strata" scatter --J 2 --L 4 digits/00.png digits/01.png -o features.npy
    [[ $(grep -c '"order"' features.json) == 25 ]] || wrong "expected 25 paths"
    grep -q '{"channel": 0, "order": 2, "j": \[0, 1\], "theta": \[3, 3\]}' features.json || wrong "expected the last path"
    grep -q '{"file": "digits/01.png", "samples": 1}' features.json || wrong "expected the files"
    try "$strata" scatter --J 2 --order 0 --paths table.json digits/00.png -o low.npy
    exists table.json
    is_missing low.json
}

case_moments_and_tight_banks() {
    try "$strata" scatter --J 2 --moments digits -o moments.npy
    ends_with_status 0
    head -c 200 moments.npy | grep -qa "'shape': (10, 81,)" || wrong "expected a number a path"
    try "$strata" scatter --J 2 --tight digits -o tight.npy
    ends_with_status 0
    try "$strata" scatter --J 2 digits -o usual.npy
    cmp -s tight.npy usual.npy && wrong "expected another bank to give other numbers"
    try "$strata" scatter --J 2 --tight --convention kymatio-0.4 digits -o none.npy
    ends_with_status 1
    err_has "not Kymatio's"
}

# The moduli of an .npz are read back by the command itself: zip, sizes and checks are those that others read.
case_unaveraged_moduli_are_an_array_for_each_scale() {
    printf 'use std.wavelet\nnet f(x: 1x28x28) -> {fine: 8x28x28, coarse: 72x14x14} = {\n  let u = x |> scattering2d(J=2, average=false)\n  {fine: u[0], coarse: u[1]}\n}\n' >f.net
    try "$strata" scatter --J 2 --unaveraged --batch 3 digits -o moduli.npz
    ends_with_status 0
    [[ $(ls moduli*) == $'moduli.json\nmoduli.npz' ]] || wrong "expected two files"
    grep -q '{"name": "j1", "shape": \[72, 14, 14\],' moduli.json || wrong "expected the shape of the second array"
    [[ $(grep -c '"order": 1' moduli.json) == 16 && $(grep -c '"order": 2' moduli.json) == 64 ]] || wrong "expected 80 paths"
    unzip -q -o moduli.npz 2>/dev/null || python3 -m zipfile -e moduli.npz . || wrong "expected a zip archive"
    try "$strata" run f.net digits -o run.npz
    unzip -q -o run.npz 2>/dev/null || python3 -m zipfile -e run.npz .
    same_entries j0.npy fine.npy $((10 * 8 * 28 * 28))
    same_entries j1.npy coarse.npy $((10 * 72 * 14 * 14))
    try "$strata" scatter --J 2 --unaveraged digits -o moduli.npy
    ends_with_status 2
    err_has "E1232"
    for other in --moments --renormalise "--order 0"; do
        try "$strata" scatter --J 2 --unaveraged $other digits -o none.npz
        ends_with_status 2
        err_has "E1236"
    done
    try "$strata" scatter --J 2 --unaveraged digits -o /dev/full
    ends_with_status 1
    err_has "E1210"
}

case_what_is_done_before_and_behind_is_that_of_the_language() {
    printf 'use std.wavelet\nnet f(x: 1x28x28) -> 81x7x7 = {\n  let y = x |> standardise(axes=[1, 2], epsilon=1e-6)\n  renormalised(y |> scattering2d(J=2), lowpass(abs(y), 2)) |> log_coefficients\n}\n' >f.net
    try "$strata" scatter --J 2 --standardise --renormalise --log digits -o features.npy
    ends_with_status 0
    try "$strata" run f.net digits -o run.npy
    same_entries features.npy run.npy $((10 * 81 * 7 * 7))
    grep -q 'standardise.*renormalised.*log_coefficients' features.json || wrong "expected the table to say what was done"
}

case_signals_are_scattered() {
    # A WAV file: header of 44 bytes, 8 bits, one channel.
    { printf 'RIFF\x24\x10\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x00\x10\x00\x00'
      head -c 4096 digits-images.gz; } >sound.wav
    try "$strata" scatter --J 5 --Q 4 sound.wav -o sound.npy
    ends_with_status 0
    grep -q '"xi": \[0.3' sound.json || wrong "expected centres of wavelets"
    try "$strata" scatter --J 5 --Q 4 --convention kymatio-0.3 sound.wav -o old.npy
    ends_with_status 0
    cmp -s sound.npy old.npy && wrong "expected another convention to give other numbers"
    try "$strata" scatter --J 5 --Q 4 --T 8 --unaveraged sound.wav -o moduli.npz
    ends_with_status 0
    [[ $(grep -o '"name": "[^"]*", "shape": [^ ]* [0-9]*' moduli.json | tail -1) == '"name": "j3", "shape": ['*'512' ]] ||
        wrong "expected moduli that are halved as often as the averages, at most"
    grep -q '"n": \[[0-9]*, [0-9]*\], "j": \[[0-9], [0-9]\], "xi": \[0[0-9.]*, 0[0-9.e-]*\]' moduli.json || wrong "expected centres of both wavelets"
    try "$strata" scatter --J 5 --Q 4 digits/00.png -o no.npy
    ends_with_status 1
    err_has "E1230"
}

# An .npy file without entries: `write_empty FILE SHAPE`.
write_empty() {
    local text="{'descr': '<f4', 'fortran_order': False, 'shape': $2, }"
    printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "$text" >"$1"
}

# The same with zeros as entries: `write_floats FILE SHAPE COUNT`.
write_floats() {
    write_empty "$1" "$2"
    head -c $((4 * $3)) /dev/zero >>"$1"
}

case_data_without_samples_are_refused() {
    write_empty none.npy "(0, 28, 28)"
    try "$strata" scatter --J 2 none.npy -o features.npy
    ends_with_status 1
    err_has "none.npy holds no samples"
    try "$strata" plot discs none.npy -o none.svg
    ends_with_status 1
    err_has "E1230"
    is_missing features.npy
    is_missing none.svg
}

case_wrong_data_leave_no_file() {
    try "$strata" scatter --J 7 digits -o features.npy
    ends_with_status 1
    err_has "take a smaller J"
    try "$strata" scatter --J 2 digits/00.png digits-labels.gz -o features.npy
    err_has "E1230"
    mkdir empty
    try "$strata" scatter --J 2 empty -o features.npy
    err_has "E1231"
    try "$strata" scatter --J 2 digits -o none/features.npy
    err_has "E1210"
    [[ -z $(ls | grep features) ]] || wrong "expected no files"
    try "$strata" scatter --J 2 digits -o features.csv
    ends_with_status 2
    err_has "E1232"
    try "$strata" scatter digits -o features.npy
    ends_with_status 2
    err_has "--J"
}

case_an_old_file_is_kept_until_the_new_one_is_whole() {
    echo old >features.npy
    cp digits/00.png digits/99.png
    head -c 100 digits/00.png >digits/99.png
    try "$strata" scatter --J 2 --batch 1 digits -o features.npy
    ends_with_status 1
    [[ $(<features.npy) == old && $(ls features* | wc -l) == 1 ]] || wrong "expected the old file alone"
}

# OPTION...: scatters many images so and is interrupted meanwhile.
interrupt_scatter() {
    local i images=() process
    for ((i = 0; i < 400; i++)); do images+=(digits-images.gz); done
    "$strata" scatter "${images[@]}" "$@" >"$scratch/out" 2>"$scratch/err" &
    process=$!
    sleep 0.5
    kill -INT $process 2>/dev/null
    wait $process
    status=$?
    ends_with_status 130
    [[ -z $(ls | grep features) ]] || wrong "expected no files"
}

case_interrupting_scatter_stops() {
    interrupt_scatter --J 3 -o features.npy
    interrupt_scatter --J 2 --unaveraged --batch 8 -o features.npz
}

case_features_go_to_a_pipe() {
    try "$strata" scatter --J 2 digits/00.png
    ends_with_status 0
    out_has "NUMPY"
    out_has "'shape': (1, 81, 7, 7,)"
    try bash -c "'$strata' scatter --J 2 digits/00.png -o /dev/full"
    ends_with_status 1
    err_has "E1210"
}

# ---- plot ----


case_banks_are_drawn() {
    write_net
    printf 'use std.wavelet\nnet t(x: 1x512) -> 19x16 = x |> scattering1d(J=5, Q=1)\n' >t.net
    local what net
    for what in filters spectrum sum; do
        for net in s t; do
            try "$strata" plot $what $net.net -o $what.svg
            ends_with_status 0
            is_svg $what.svg
            try "$strata" plot --bank 2 $what $net.net -o $what.png
            ends_with_status 0
            is_png $what.png
        done
    done
    "$strata" plot sum t.net -o sum.svg
    grep -q 'A = 0.16' sum.svg || wrong "expected the bound in the figure"
    try "$strata" plot --bank 99 sum s.net -o none.svg
    ends_with_status 1
    err_has "E1234"
    try "$strata" plot sum s.net -o none.pdf
    ends_with_status 2
    err_has "E1233"
    try "$strata" plot sum s.net
    ends_with_status 2
    err_has "no terminal"
    is_missing none.svg
}

case_coefficients_are_drawn() {
    try "$strata" plot discs --J 2 digits/00.png -o discs.svg
    ends_with_status 0
    # 16 wavelets of order 1 and 64 pairs, each twice; the picture and two scales of colours.
    [[ $(grep -c '<polygon' discs.svg) == 160 && $(grep -c '<image' discs.svg) == 3 ]] || wrong "expected a sector for each path"
    try "$strata" plot discs --J 1 --L 4 digits-images.gz -o discs.png
    ends_with_status 0
    is_png discs.png
    { printf 'RIFF\x24\x10\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x00\x10\x00\x00'
      head -c 4096 digits-images.gz; } >sound.wav
    try "$strata" plot scalogram sound.wav -o sound.svg
    ends_with_status 0
    is_svg sound.svg
    # The picture has no more columns than can be seen.
    try "$strata" plot scalogram --J 3 --Q 1 --T 1 sound.wav -o fine.svg
    ends_with_status 0
    [[ $(wc -c <fine.svg) -lt 200000 ]] || wrong "expected a picture of as many columns as the page shows"
    write_floats colours.npy "(1, 3, 16, 16)" 768
    try "$strata" plot discs --J 2 colours.npy -o colours.svg
    ends_with_status 0
    try "$strata" plot scalogram digits/00.png -o none.svg
    ends_with_status 1
    err_has "E1230"
}

case_figures_are_drawn_in_the_terminal() {
    command -v script >/dev/null || return
    write_net
    out=$(TERM=dumb script -qc "'$strata' plot spectrum s.net" /dev/null </dev/null)
    ((${#out} > 1000)) || wrong "expected a picture of characters"
    [[ $out != *$'\033'* ]] || wrong "expected no escapes"
}

# ---- All cases ----

prepare() {
    cp "$root"/examples/digits-{images,labels}.gz .
    cp -r "$root/examples/digits" .
}
run_cases "${3:-}"
