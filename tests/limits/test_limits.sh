#!/usr/bin/env bash
# What nobody means to write, and whoever does has to hear: every source here is answered with the diagnostic of its limit, within 1 GB of memory
# and, on a quiet machine, within a second. The time is printed and has a generous bound, since machines differ.
#
# Usage: test_limits.sh COMMAND. Prints `N passed, N failed`.
set -u
strata=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
longest=20 # seconds

repeat() { # COUNT TEXT: the text so many times
    awk -v count="$1" -v text="$2" 'BEGIN { for (i = 0; i < count; i++) printf "%s", text }'
}

# NAME CODE: the source on standard input gives an error of this code, and nothing worse. CODE `fine`: it checks clean.
expect() {
    local name=$1 code=$2 source=$folder/$1.net start status answer
    cat >"$source"
    start=$(date +%s%N)
    answer=$(ulimit -v 1048576 && timeout "$longest" "$strata" check "$source" 2>&1 | cut -c1-300 | head -n 1; exit "${PIPESTATUS[0]}")
    status=$?
    printf '%6d ms  %s\n' $((($(date +%s%N) - start) / 1000000)) "$name"
    if [[ $code == fine && $status == 0 ]] || [[ $status == 1 && $answer == *"error[$code]"* ]]; then
        echo >>"$folder/passed"
    else
        echo >>"$folder/failed"
        printf '%s: expected %s, got status %s and: %s\n' "$name" "$code" "$status" "$answer"
    fi
}

{ echo 'let a = 1'; repeat 100000 '# a comment that fills a file up to ten megabytes, line by line, and then some more characters to reach it
'; } | expect long-file E1001
{ printf 'let a = '; repeat 100000 '('; printf 1; repeat 100000 ')'; echo; } | expect nested-parentheses E1002
{ printf 'let a = '; repeat 100000 '['; printf 1; repeat 100000 ']'; echo; } | expect nested-lists E1002
{ printf 'let a = '; repeat 100000 '- '; echo 1; } | expect minus-of-minus E1002
{ printf 'let a = f'; repeat 100000 '(1)'; echo; } | expect calls-of-calls E1002
{ printf 'let a = '; repeat 100000 'x -> '; echo x; } | expect functions-of-functions E1002
{ printf 'let a = '; repeat 100000 'if true then 1 else '; echo 1; } | expect choices-in-choices E1002
{ printf 'let a = 0'; repeat 100000 ' + 1'; echo; } | expect long-sum fine
{ printf 'net f(x: 4) -> 4 = x'; repeat 100000 ' |> sin'; echo; } | expect long-chain fine
echo 'net f(x: 4611686018427387904x2) -> 1 = x' | expect huge-input E0509
echo 'net f(x: 4) -> 4 = x |> dense(4611686018427387904) |> dense(4)' | expect huge-weight E0509
echo 'net f(x: 4) -> 4 = x |> repeat(1e9, relu)' | expect huge-repeat E0509
echo 'let a = [i for i in 1..1e9]' | expect huge-range E1012
echo 'let a = [0 for i in 1..1e5 for j in 1..1e5 if i == j]' | expect huge-product E1013
echo 'net f(x: 4) -> 4 = x |> repeat(1000, repeat(1000, relu |> sin |> cos))' | expect too-many-operations E1011
printf 'layer f = x -> g(x)\nlayer g = x -> f(x)\nnet n(x: 4) -> 4 = x |> f\n' | expect mutual-recursion E1010
printf 'let a = b\nlet b = a\n' | expect mutual-values E0304
printf 'layer w(f) = f(f)\nlet a = w(w)\n' | expect self-application E1010
echo 'let a = iterate(1, n -> n, n -> true)' | expect endless-iteration E1014

# Shapes of 2^62 where settings take them.
echo 'net f(x: 4) -> 4 = reshape(x, [2^62])' | expect huge-reshape E0405
echo 'net f(x: 4) -> 4 = reshape(x, [2^31, 2^31])' | expect product-of-reshape E0612
echo 'net f(x: 4) -> 4 = pad(x, [2^62, 0])' | expect huge-pad E0405
echo 'net f(x: 3x8x8) -> 3 = conv(x, 2^62, 3x3)' | expect huge-filters E0509
echo 'net f(x: 3x8x8) -> 3 = conv(x, 3, shape(2^62, 1))' | expect huge-kernel E0509
echo 'net f(x: 3x8x8) -> 3 = conv(x, 3, 3x3, groups=2^62)' | expect huge-groups E0601
echo 'net f(x: 3) -> 3 = x + weight("w", 2^62, init=zeros)' | expect huge-weight-shape E0509

# Work that grows faster than the source.
echo 'let a = fft(grid(1048573))' | expect transform-of-a-prime fine
echo 'let a = fft(grid(4194301))' | expect transform-of-a-larger-prime E1013
echo 'let a = matmul(reshape(grid(4194304), 2048x2048), reshape(grid(4194304), 2048x2048))' | expect large-product E1013
printf 'let l = [i for i in 1..1e6]\nlet a = [sum(l) for i in l]\n' | expect sums-of-a-list E1011
{ printf 'let s = "'; repeat 3000000 x; printf '"\nlet t = "'; repeat 3000000 x; printf '"\nlet a = [0 for i in 1..1e6 if s == t]\n'; } |
    expect comparisons-of-strings E1011
printf 'layer d(f) = x -> d(f |> f)(x)\nnet n(x: 4) -> 4 = d(relu)(x)\n' | expect doubling-composition E1012
echo 'let a = iterate([1], x -> x + x, x -> true)' | expect doubling-list E1012
echo 'let a = iterate("x", x -> x + x, x -> true)' | expect doubling-string E1012
printf 'layer d(n) = x -> if n == 0 then x else x |> d(n - 1) |> d(n - 1)\nnet f(x: 4) -> 4 = x |> d(900)\n' | expect doubling-calls E1013
{ echo 'let a = fill(8388608, 1)'; repeat 1000 'assert item(sum(exp(a))) > 0
'; } | expect many-large-parts E1013
{ printf 'let r = {'; seq 100000 | sed 's/.*/a&: 1,/'; printf '}\nlet a = ['; seq 100000 | sed 's/.*/r.a&,/'; echo ']'; } | expect many-fields fine
{ seq 100000 | sed 's/.*/layer l& = x -> x/'; printf 'net f(x: 4) -> 4 = x'; seq 100000 | sed 's/.*/ |> l&/'; } | expect many-layers fine
{ printf 'layer l(a'; seq 300 | sed 's/.*/, a&=1/' | tr -d '\n'; echo ') = x -> x'; } | expect many-parameters E1004
seq 100000 | sed 's/.*/let a& = nothing&/' | expect many-errors E0301
{ printf 'net f(x: 3x8x8) -> 3 = [\n'; seq 100000 | sed 's/.*/conv(x, 1, 3x3, padd=&),/'; echo ']'; } | expect many-errors-in-a-list E0401
{ printf 'let a = "'; repeat 7000000 x; printf '"\nlet b = a.x\n'; } | expect long-string E0507
{ printf 'let a = '; repeat 4000000 x; echo; } | expect long-name E0301

{ printf 'layer d(n) = x -> '; seq 30 | sed 's/.*/{ let a& = /' | tr -d '\n'; printf 'if n == 0 then x else d(x, n - 1)'
    seq 30 -1 1 | sed 's/.*/\na& }/'; printf 'net f(x: 4) -> 4 = d(x, 290)\n'; } | expect deep-names E1010

# Files that use one another: often, deep, in a circle.
seq 100000 | sed 's/.*/let a& = &/' >"$folder/library.net"
repeat 100000 'use "library.net"
' | expect often-used fine
for i in $(seq 300); do printf 'use "deep%s.net"\n' $((i + 1)) >"$folder/deep$i.net"; done
echo 'use "deep1.net"' | expect deep-uses E1010
echo 'use "circle.net"' >"$folder/circle2.net"
echo 'use "circle2.net"' | expect circle E0307

seq 330000 | sed 's/.*/let a& = &/' >"$folder/large1.net"
for i in $(seq 2 8); do cp "$folder/large1.net" "$folder/large$i.net"; done
seq 8 | sed 's/.*/use "large&.net" as l&/' | expect large-files E1013

# A signal ends what never asks whether it should stop.
printf 'let a = [%s1 for i in 1..49000]\n' "$(repeat 999 1+)" >"$folder/slow.net"
timeout 0.2 "$strata" check "$folder/slow.net" >"$folder/answer" 2>&1
if [[ $? == 124 && ! -s $folder/answer ]]; then echo >>"$folder/passed"; else echo >>"$folder/failed"; echo "a signal does not end a check"; fi

count() { # FILE: its lines; `expect` stands at the end of pipes, in shells of their own, so it counts in files
    if [[ -e $1 ]]; then wc -l <"$1"; else echo 0; fi
}
printf '%d passed, %d failed\n' "$(count "$folder/passed")" "$(count "$folder/failed")"
[[ ! -e $folder/failed ]]
