#!/usr/bin/env bash
# Trains the examples and says whether each reaches its figure: `run.sh STRATA MNIST FOLDER [BLOCK...]`. MNIST is the folder of the four files, FOLDER where weights
# and logs go. Ends with `N passed, N failed`; an example that takes more than two minutes on two threads fails too.
set -uo pipefail
export LC_ALL=C
strata=$(readlink -f "$1") mnist=$(readlink -f "$2") folder=$3
here=$(dirname "$(readlink -f "$0")")
shift 3

# Block, file, and the least share of held-out data that is right in %, or, of a net that has no classes, the largest loss.
examples='
lenet lenet.net 99.2 %
residual residual.net 96.5 %
plain residual.net 0 %
with_dropout nin.net 88 %
without nin.net 0 %
autoencoder autoencoder.net 0.01 loss
mean_picture autoencoder.net 1 loss
siamese siamese.net 95 %
hybrid hybrid.net 96.5 %
lenet_of_few hybrid.net 0 %
digits digits.net 90 %
'

mkdir -p "$folder/train"
cp "$here"/../digits-*.gz "$folder/"
cp "$here"/*.net "$folder/train/"
ln -sfn "$mnist" "$folder/train/mnist"
cd "$folder/train" || exit 1

passed=0 failed=0
printf '| example | held out | chance | at least | seconds |\n| --- | --- | --- | --- | --- |\n'
while read -r block file figure unit; do
    [[ -n $block ]] || continue
    [[ $# == 0 || " $* " == *" $block "* ]] || continue
    begun=$SECONDS
    "$strata" train "$file" "$block" --threads 2 --log "$block.jsonl" >"$block.out" 2>"$block.err"
    status=$?
    seconds=$((SECONDS - begun))
    line=$(grep '^held out' "$block.out")
    if [[ $unit == % ]]; then
        reached=$(sed 's/.*right, \([0-9.]*\) %.*/\1/' <<<"$line") chance="$(sed 's/.*class: \([0-9.]*\) %.*/\1/' <<<"$line") %"
        good=$(awk -v a="$reached" -v b="$figure" 'BEGIN { print (a != "" && a >= b) }')
        reached="$reached %" limit="$figure %"
    else
        reached=$(sed 's/.*loss //' <<<"$line") chance='`mean_picture`' limit="loss $figure at most"
        good=$(awk -v a="$reached" -v b="$figure" 'BEGIN { print (a != "" && a <= b) }')
        reached="loss $reached"
    fi
    printf '| `%s` of %s | %s | %s | %s | %s |\n' "$block" "$file" "$reached" "$chance" "$limit" "$seconds"
    if ((status == 0 && good && seconds <= 120)); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        cat "$block.err" >&2
    fi
done <<<"$examples"
printf '\n%d passed, %d failed\n' "$passed" "$failed"
((failed == 0 && passed > 0))
