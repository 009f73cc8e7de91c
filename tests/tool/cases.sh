# What tests of the command share. A test sources this with its own arguments, STRATA REPOSITORY [CASE], writes functions `case_...` and, if cases need
# files, a function `prepare`, and ends with `run_cases "${3:-}"`. Each case runs in a folder of its own; the last line is `N passed, N failed`.
strata=$(readlink -f "$1")
root=$(readlink -f "$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export NO_COLOR=1 LC_ALL=C.UTF-8
unset STRATA_PATH

# ---- What a case asks ----

# Runs a command; its output is in $out, what it said in $err, its exit status in $status.
try() {
    "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
    status=$?
    { out=$(<"$scratch/out"); } 2>/dev/null # without a word about zero bytes, which are left out
    err=$(<"$scratch/err")
}

# Says what is wrong and fails the case.
wrong() {
    printf '    %s\n    status %s\n    out: %.900s\n    err: %.900s\n' "$*" "$status" "$out" "$err"
    failures=$((failures + 1))
}

ends_with_status() { [[ $status == "$1" ]] || wrong "expected status $1"; }
out_is() { [[ $out == "$1" ]] || wrong "expected the output '$1'"; }
out_has() { [[ $out == *"$1"* ]] || wrong "expected in the output '$1'"; }
err_is() { [[ $err == "$1" ]] || wrong "expected on standard error '$1'"; }
err_has() { [[ $err == *"$1"* ]] || wrong "expected on standard error '$1'"; }
is_silent() { [[ -z $out && -z $err ]] || wrong "expected nothing"; }
exists() { [[ -s $1 ]] || wrong "expected a file $1"; }
is_missing() { [[ ! -e $1 ]] || wrong "expected no file $1"; }
same() { cmp -s "$1" "$2" || wrong "expected $1 and $2 to be the same"; }

# ---- All cases ----

# Puts into a case's folder what it needs.
prepare() { :; }

# All cases, or those whose names have $1 in them.
run_cases() {
    local passed=0 failed=0 name report
    for name in $(declare -F | awk '$3 ~ /^case_/ { print $3 }'); do
        [[ -z $1 || $name == *$1* ]] || continue
        failures=0 status='' out='' err=''
        mkdir "$scratch/$name" && cd "$scratch/$name" || exit 1
        prepare || exit 1
        report=$("$name"; exit "$failures")
        failures=$?
        if ((failures)); then
            failed=$((failed + 1))
            printf 'FAILED %s\n%s\n' "${name#case_}" "$report"
        else
            passed=$((passed + 1))
            [[ -z $report ]] || printf '%s\n%s\n' "${name#case_}" "$report"
        fi
        cd "$scratch" && rm -rf "${scratch:?}/$name"
    done
    printf '%d passed, %d failed\n' "$passed" "$failed"
    ((failed == 0 && passed > 0))
}
