#!/usr/bin/env bash
# Every code that the sources give has a page docs/errors/EXXXX.md, and every page a source that gives its code: `test_codes.sh ROOT`. Codes stand
# as the number in a call that complains, or as a constant E_NAME = number. Ends with `N passed, N failed`.
set -uo pipefail
cd "$1" || exit 1

codes_of_sources() {
    {
        grep -rhoE '\b(complain|stop|[a-z_]*(fail|refuse|report|error|warn|say|detail|stop)[a-z_]*)\([^"]*' compiler runtime \
            --include='*.c' --include='*.re' --include='*.y' | grep -oE '\b[1-9][0-9]{2,3}\b'
        grep -rhoE '\bE_[A-Z_0-9]+ *= *[0-9]+' compiler runtime | grep -oE '[0-9]+$'
    } | awk '$1 > 100 && $1 < 1300 { printf "E%04d\n", $1 }' | sort -u
}

pages() {
    ls docs/errors | grep -oE '^E[0-9]{4}' | sort -u
}

without_page=$(comm -23 <(codes_of_sources) <(pages))
without_code=$(comm -13 <(codes_of_sources) <(pages))
both=$(comm -12 <(codes_of_sources) <(pages) | wc -l)
for code in $without_page; do
    echo "$code has no page docs/errors/$code.md"
done
for code in $without_code; do
    echo "docs/errors/$code.md explains a code that nothing gives"
done
failed=$(wc -w <<<"$without_page $without_code")
printf '%d passed, %d failed\n' "$both" "$failed"
((failed == 0 && both > 0))
