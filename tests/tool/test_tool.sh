#!/usr/bin/env bash
# Tries the command as a user does: `test_tool.sh STRATA REPOSITORY`. Each case is a function `case_...`, run in a folder of its own with a copy of
# the starting project; ends with `N passed, N failed`.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cases.sh" "$@"
shared=$root/../shared

# ---- Help ----

case_without_a_verb_it_says_what_there_is() {
    try "$strata"
    ends_with_status 2
    err_has "Usage: strata VERB"
    try "$strata" help
    ends_with_status 0
    out_has "evaluate"
}

case_every_verb_explains_itself() {
    local verb
    for verb in $("$strata" help --verbs); do
        try "$strata" "$verb" --help
        ends_with_status 0
        out_has "Usage: strata $verb"
        try "$strata" help "$verb"
        out_has "Exit status"
        try "$strata" help --man "$verb"
        out_has ".SH DESCRIPTION"
    done
}

case_a_mistyped_verb_or_option_is_answered_with_the_nearest() {
    try "$strata" chek
    ends_with_status 2
    err_has "error[E1201]"
    err_has "did you mean check?"
    try "$strata" run --weigths w digits.net
    ends_with_status 2
    err_has "error[E1202]"
    err_has "did you mean --weights?"
}

case_wrong_values_are_usage_errors() {
    try "$strata" run --precision half digits.net seven.png
    ends_with_status 2
    err_has "single double"
    try "$strata" run --threads 0 digits.net seven.png
    ends_with_status 2
    try "$strata" run --threads
    ends_with_status 2
    err_has "error[E1203]"
    try "$strata" check
    ends_with_status 2
    err_has "error[E1206]"
    try "$strata" run --net a --net b digits.net
    ends_with_status 2
    err_has "given twice"
    try "$strata" show nothing digits.net
    ends_with_status 2
    try "$strata" run --set H digits.net seven.png
    ends_with_status 2
    err_has "NAME=VALUE"
}

case_version_is_one_line() {
    try "$strata" --version
    ends_with_status 0
    [[ $out =~ ^strata\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || wrong "expected a version"
}

case_completion_is_right_for_its_shell() {
    local shell
    for shell in bash zsh fish; do
        try "$strata" completion $shell
        ends_with_status 0
        out_has "evaluate"
        command -v $shell >/dev/null || continue
        "$strata" completion $shell >script
        try $shell -n script
        ends_with_status 0
        is_silent
    done
}

case_bash_completes_verbs_options_and_words() {
    local COMP_WORDS COMP_CWORD COMPREPLY
    source <("$strata" completion bash)
    COMP_WORDS=(strata su) COMP_CWORD=1
    _strata
    [[ ${COMPREPLY[*]} == summary ]] || wrong "completed su to '${COMPREPLY[*]}'"
    COMP_WORDS=(strata run --prec) COMP_CWORD=2
    _strata
    [[ ${COMPREPLY[*]} == --precision ]] || wrong "completed --prec to '${COMPREPLY[*]}'"
    COMP_WORDS=(strata run --precision d) COMP_CWORD=3
    _strata
    [[ ${COMPREPLY[*]} == double ]] || wrong "completed d to '${COMPREPLY[*]}'"
}

# ---- Checking ----

case_a_right_model_is_silent() {
    try "$strata" check digits.net digits.net
    ends_with_status 0
    is_silent
}

case_what_is_wrong_is_said_with_its_place() {
    printf 'net f(x: 3) -> 3 =\n  x |> rilu\n' >wrong.net
    try "$strata" check digits.net wrong.net
    ends_with_status 1
    [[ $err == wrong.net:2:8:\ error\[E* ]] || wrong "expected the place first"
    [[ -z $out ]] || wrong "expected no output"
}

case_standard_input_is_checked() {
    printf 'net f(x: 3) -> 4 = x\n' | "$strata" check - >"$scratch/out" 2>"$scratch/err"
    status=$?
    err=$(<"$scratch/err")
    ends_with_status 1
    [[ $err == "<stdin>:1:"* ]] || wrong "expected <stdin> as its name"
}

case_diagnostics_are_json_for_editors() {
    printf 'net f(x: 3) -> 3 =\n  x |> rilu\n' >wrong.net
    try "$strata" check --json wrong.net
    ends_with_status 1
    [[ -z $err ]] || wrong "expected nothing on standard error"
    out_has '"file":"wrong.net","line":2,"column":8,"endLine":2,"endColumn":12,"severity":"error"'
    try "$strata" check --json digits.net
    ends_with_status 0
    out_is $'[\n]'
}

case_a_file_that_is_not_there_is_an_error() {
    try "$strata" check no-such-file.net
    ends_with_status 1
    err_has "no-such-file.net"
}

case_colour_is_for_terminals() {
    printf 'net f(x: 3) -> 3 = x |> rilu\n' >wrong.net
    NO_COLOR= try "$strata" check wrong.net
    [[ $err != *$'\033'* ]] || wrong "expected no colour in a file"
    command -v script >/dev/null || return
    NO_COLOR= TERM=xterm script -qec "$strata check wrong.net" /dev/null >"$scratch/out"
    out=$(<"$scratch/out")
    out_has $'\033[1;31m'
    NO_COLOR=1 TERM=xterm script -qec "$strata check wrong.net" /dev/null >"$scratch/out"
    out=$(<"$scratch/out")
    [[ $out != *$'\033'* ]] || wrong "NO_COLOR was not heeded"
}

case_codes_are_explained() {
    try "$strata" explain E0801
    ends_with_status 0
    out_has "# E0801"
    try "$strata" explain 801
    out_has "# E0801"
    try "$strata" explain E9999
    ends_with_status 2
    try "$strata" explain
    out_has "E0801: "
}

# ---- Layout ----

case_fmt_rewrites_in_place_and_is_idempotent() {
    printf 'net f( x:3 )->3 = x|>relu   # why\n' >loose.net
    chmod 640 loose.net
    try "$strata" fmt --check loose.net
    ends_with_status 1
    out_is loose.net
    try "$strata" fmt loose.net
    ends_with_status 0
    [[ $(<loose.net) == *"net f(x: 3) -> 3 ="*"# why"* ]] || wrong "got $(<loose.net)"
    [[ $(stat -c %a loose.net) == 640 ]] || wrong "the permissions changed"
    try "$strata" fmt --check loose.net
    ends_with_status 0
    [[ $("$strata" fmt <loose.net) == "$(<loose.net)" ]] || wrong "standard input is laid out differently"
    [[ $(ls) != *loose.net.* ]] || wrong "a file was left behind"
}

case_fmt_leaves_wrong_sources_alone() {
    printf 'net f( x:3 -> 3 = x\n' >wrong.net
    try "$strata" fmt wrong.net
    ends_with_status 1
    [[ $(<wrong.net) == 'net f( x:3 -> 3 = x' ]] || wrong "the file changed"
}

case_fmt_follows_links() {
    printf 'net f( x:3 )->3 = x\n' >real.net
    ln -s real.net link.net
    try "$strata" fmt link.net
    ends_with_status 0
    [[ -L link.net && $(<real.net) == "net f(x: 3)"* ]] || wrong "the link was replaced"
}

# ---- Showing ----

case_stages_are_shown() {
    try "$strata" show tokens digits.net
    out_has "NET"
    try "$strata" show ast digits.net
    out_has "digits"
    try "$strata" show graph digits.net
    out_has "matmul"
    try "$strata" show plan digits.net
    out_has "lower bound"
    try "$strata" show plan --training --batch 7 digits.net
    ends_with_status 0
    try "$strata" show graph -o graph.txt digits.net
    is_silent
    grep -q matmul graph.txt || wrong "expected the graph in the file"
}

case_summary_counts() {
    try "$strata" summary digits.net
    ends_with_status 0
    out_has "7,850"
    try "$strata" summary --json digits.net
    out_has '7850'
}

case_graph_draws() {
    try "$strata" graph digits.net
    out_has digraph
    command -v dot >/dev/null || return
    try "$strata" graph -o digits.svg digits.net
    ends_with_status 0
    is_silent
    grep -q '<svg' digits.svg || wrong "expected a picture"
    PATH=/nowhere try "$strata" graph -o other.svg digits.net
    ends_with_status 1
    err_has "Graphviz"
    [[ ! -e other.svg ]] || wrong "expected no file"
}

case_definitions_are_documented() {
    try "$strata" doc dense
    ends_with_status 0
    out_has "dense("
    out_has "(prelude)"
    try "$strata" doc --source dense
    out_has 'weight("weight"'
    for file in "$root"/stdlib/*.net; do
        try "$strata" doc --markdown
        out_has "## std/${file##*/}"
    done
    try "$strata" doc dence
    ends_with_status 1
    err_has "did you mean dense?"
    try "$strata" doc
    out_has "maxpool"
}

# ---- Running ----

case_a_picture_is_classified() {
    try "$strata" run digits.net -w digits.safetensors seven.png
    ends_with_status 0
    out_is "seven.png: 7 (99.6 %)"
}

case_data_comes_in_every_form() {
    "$strata" run digits.net -w digits.safetensors --value dense1 -o 1.npy seven.png
    "$strata" run digits.net -w digits.safetensors -o 2.npz seven.png
    "$strata" run digits.net -w digits.safetensors -o - seven.png >3.npy
    cmp -s 1.npy 3.npy || wrong "an inner value and the output differ"
    try "$strata" run digits.net -w digits.safetensors --limit 1 digits-images.gz
    out_is "0: 7 (99.6 %)"
    gunzip -c digits-images.gz >digits-images
    try "$strata" run digits.net -w digits.safetensors digits-images
    [[ $(wc -l <<<"$out") == 60 ]] || wrong "expected 60 lines"
    mkdir pictures
    cp seven.png pictures/b.png
    cp seven.png pictures/a.png
    try "$strata" run digits.net -w digits.safetensors pictures
    out_is $'a.png: 7 (99.6 %)\nb.png: 7 (99.6 %)'
    try "$strata" run digits.net -w digits.safetensors seven.png pictures/a.png
    out_is $'seven.png: 7 (99.6 %)\npictures/a.png: 7 (99.6 %)'
    "$strata" run digits.net -w digits.safetensors - <seven.png >"$scratch/out"
    out=$(<"$scratch/out")
    out_is "<stdin>: 7 (99.6 %)"
}

case_results_are_written_as_json_and_numbers() {
    try "$strata" run digits.net -w digits.safetensors --top 2 --output json seven.png
    out_has '"shape":[1,10]'
    out_has '"class":7,"label":"7"'
    out_has '"files":["seven.png"]'
    printf 'net f(x: 2) -> 2 = 2 * x\n' >twice.net
    try "$strata" run twice.net --seed 1 --value no_such_value seven.png
    ends_with_status 1
}

case_several_results_need_a_file_that_holds_them() {
    printf 'net f(x: 1x28x28) -> {a: 1x28x28, b: 1x28x28} = {a: x, b: 2 * x}\n' >two.net
    try "$strata" run two.net -o both.npz seven.png
    ends_with_status 0
    try "$strata" weights list both.npz
    out_has "a  "
    out_has "1x1x28x28"
    try "$strata" run two.net -o one.npy seven.png
    ends_with_status 1
    err_has "error[E1215]"
    try "$strata" run two.net -o wrong.jpg seven.png
    ends_with_status 2
}

case_inputs_are_given_by_name() {
    printf 'net f(a: 1x28x28, b: 1x28x28) -> 1x28x28 = a - b\n' >minus.net
    try "$strata" run minus.net a=seven.png b=seven.png --output json
    ends_with_status 0
    [[ $out != *'1.0'* ]] || wrong "expected zeros"
    try "$strata" run minus.net a=seven.png
    ends_with_status 1
    err_has "error[E0840]"
}

case_pictures_are_drawn() {
    try "$strata" run digits.net -w digits.safetensors --draw seven.png
    ends_with_status 0
    out_has "▀"
    out_has "7 (99.6 %)"
    LC_ALL=C try "$strata" run digits.net -w digits.safetensors --draw seven.png
    out_has "@@"
    [[ $out != *▀* ]] || wrong "expected ASCII alone"
}

case_dark_on_light_can_be_turned() {
    "$strata" run digits.net -w digits.safetensors -o a.npy seven.png
    printf 'net f(x: bytes(1x28x28)) -> 1x28x28 = 255 - x\n' >turn.net
    try "$strata" run digits.net -w digits.safetensors --invert seven.png
    ends_with_status 0
    [[ $out != "seven.png: 7 (99.6 %)" ]] || wrong "nothing was turned"
}

case_a_wrong_size_says_the_rule() {
    printf 'net f(x: 1x14x14) -> 1x14x14 = x\n' >small.net
    try "$strata" run small.net seven.png
    ends_with_status 1
    err_has "error[E0841]"
    err_has "14x14"
    err_has "never changed"
}

case_weights_are_needed() {
    try "$strata" run digits.net seven.png
    ends_with_status 1
    err_has "error[E0729]"
    try "$strata" run digits.net --seed 3 seven.png
    ends_with_status 0
    local first=$out
    try "$strata" run digits.net --seed 3 seven.png
    out_is "$first"
}

case_precision_threads_and_batch_do_not_change_answers() {
    try "$strata" run digits.net -w digits.safetensors digits-images.gz
    local plain=$out
    try "$strata" run digits.net -w digits.safetensors --threads 3 digits-images.gz
    out_is "$plain"
    try "$strata" run digits.net -w digits.safetensors --batch 7 digits-images.gz
    out_is "$plain"
    try "$strata" run digits.net -w digits.safetensors --precision double digits-images.gz
    out_is "$plain"
}

case_a_profile_says_what_each_step_takes() {
    try "$strata" run digits.net -w digits.safetensors --profile 3 seven.png
    ends_with_status 0
    out_has "profile of digits: 3 passes of "
    out_has "   # dense1"
    out_has "  kernel"
    try "$strata" run digits.net -w digits.safetensors --profile 0 seven.png
    ends_with_status 2
}

case_training_mode_runs() {
    try "$strata" run digits.net -w digits.safetensors --training --limit 5 digits-images.gz
    ends_with_status 0
}

case_evaluate_counts() {
    try "$strata" evaluate digits.net -w digits.safetensors digits-images.gz digits-labels.gz
    ends_with_status 0
    out_has "58 of 60 right, accuracy 96.67 %"
    try "$strata" evaluate --json digits.net -w digits.safetensors --limit 10 digits-images.gz digits-labels.gz
    out_has '"samples":10'
    try "$strata" evaluate digits.net -w digits.safetensors --limit 10 digits-images.gz seven.png
    ends_with_status 1
    err_has "error[E0844]"
}

# ---- Weights ----

case_weights_are_listed_converted_and_made() {
    try "$strata" weights list digits.safetensors
    out_has "dense1.weight"
    out_has "7850 entries"
    try "$strata" weights list digits.net
    out_has "10x784"
    "$strata" weights convert digits.safetensors digits.npz
    "$strata" weights convert digits.npz again.safetensors
    "$strata" weights convert again.safetensors again.npz
    cmp -s digits.npz again.npz || wrong "there and back is not the same"
    "$strata" weights initialise --seed 1 digits.net a.safetensors
    "$strata" weights initialise --seed 1 digits.net b.safetensors
    "$strata" weights initialise --seed 2 digits.net c.safetensors
    cmp -s a.safetensors b.safetensors || wrong "one seed, two results"
    cmp -s a.safetensors c.safetensors && wrong "two seeds, one result"
    try "$strata" weights convert digits.npz wrong.txt
    ends_with_status 2
}

case_foreign_names_are_mapped() {
    printf 'net other(x: 1x28x28) -> classes(10) = {\n  let first = x |> flatten |> dense(10)\n  first\n}\n' >other.net
    try "$strata" run other.net -w digits.safetensors seven.png
    ends_with_status 1
    err_has "error[E0720]"
    err_has "error[E0721]"
    err_has "first.dense1.weight"
    try "$strata" run other.net -w digits.safetensors -m first.dense1.weight=dense1.weight -m first.dense1.bias=dense1.bias seven.png
    ends_with_status 0
    out_is "seven.png: 7 (99.6 %)"
    printf '# names\nfirst.dense1.weight = dense1.weight\n\nfirst.dense1.bias=dense1.bias # the bias\n' >names.txt
    try "$strata" weights fit --weights digits.safetensors --map names.txt other.net fitted.safetensors
    ends_with_status 0
    try "$strata" run other.net -w fitted.safetensors seven.png
    out_is "seven.png: 7 (99.6 %)"
    try "$strata" run other.net -w digits.safetensors --map order seven.png
    ends_with_status 0
    err_has "first.dense1.weight=dense1.weight"
    printf 'nonsense\n' >names.txt
    try "$strata" run other.net -w digits.safetensors --map names.txt seven.png
    ends_with_status 1
    err_has "names.txt:1"
}

# ---- Failing outputs ----

case_a_full_disk_is_an_error() {
    [[ -e /dev/full ]] || return
    "$strata" run digits.net -w digits.safetensors seven.png >/dev/full 2>"$scratch/err"
    status=$?
    err=$(<"$scratch/err")
    ends_with_status 1
    err_has "error[E1210]"
    try "$strata" show graph -o /dev/full digits.net
    ends_with_status 1
    err_has "error[E0802]"
}

case_a_closed_pipe_is_an_error() {
    exec 3> >(true) && wait $! # nobody reads any more when the command begins: all that it writes would fit into the pipe
    "$strata" run digits.net -w digits.safetensors --output json digits-images.gz 2>"$scratch/err" >&3
    status=$?
    exec 3>&-
    err=$(<"$scratch/err")
    ends_with_status 1
    err_has "error[E1210]"
}

case_a_file_that_cannot_be_written_keeps_the_old_one() {
    ((EUID == 0)) && return # root may write anywhere
    printf 'net f( x:3 )->3 = x\n' >loose.net
    cp loose.net old.net
    chmod a-w .
    try "$strata" fmt loose.net
    chmod u+w .
    ends_with_status 1
    cmp -s loose.net old.net || wrong "the file changed"
}

case_interrupting_stops() {
    printf 'net f(x: 1x28x28) -> 10 = x |> flatten |> repeat(200, dense(784)) |> dense(10)\n' >long.net
    "$strata" run long.net --seed 1 digits-images.gz digits-images.gz digits-images.gz digits-images.gz digits-images.gz \
        >"$scratch/out" 2>"$scratch/err" &
    local process=$!
    sleep 0.5
    kill -INT $process 2>/dev/null || { wait $process; return; } # a very fast machine
    wait $process
    status=$?
    err=$(<"$scratch/err")
    ends_with_status 130
}

# ---- The starting project ----

case_init_makes_a_project_that_works() {
    try "$strata" init fresh
    ends_with_status 0
    (
        cd fresh || exit 1
        grep '^    strata' README.md | while read -r name rest; do
            # shellcheck disable=SC2086 # the README's words are the command's words
            "$strata" $rest >/dev/null || echo "failed: strata $rest"
        done
    ) >"$scratch/out" 2>&1
    out=$(<"$scratch/out")
    is_silent
    try "$strata" init fresh
    ends_with_status 1
    err_has "error[E1216]"
}

# ---- Engines ----

case_both_engines_give_the_same_answers() {
    try "$strata" run digits.net -w digits.safetensors seven.png --engine interpreter --verbose
    ends_with_status 0
    err_has "engine: interpreter"
    local answer=$out
    try "$strata" run digits.net -w digits.safetensors seven.png --engine jit --verbose
    if [[ $err == *E1060* ]]; then
        ends_with_status 1
        echo "    there is no compiling engine: only its absence was tried"
        return
    fi
    ends_with_status 0
    out_is "$answer"
    err_has "engine: jit"
    err_has "from being compiled" # the kernels of this net are as fast as they are
    try "$strata" run digits.net -w digits.safetensors seven.png --verbose
    err_has "engine: interpreter" # one image is not worth a compilation
    try "$strata" run digits.net -w digits.safetensors seven.png --engine other
    ends_with_status 2
    err_has "interpreter"
}

case_kernels_are_shown() {
    try "$strata" show llvm digits.net
    if [[ $err == *E1060* ]]; then
        ends_with_status 1
        return
    fi
    ends_with_status 0
    out_has "define "
    out_has "dense_packed"
    try "$strata" show asm --precision double digits.net
    ends_with_status 0
    out_has ".text"
    out_has "dense_packed_double"
    try "$strata" show asm -o kernels.s digits.net
    is_silent
    try grep -c ret kernels.s
    ends_with_status 0
}

# ---- The main job ----

case_lenet_reads_the_digits_of_the_repository() {
    try "$strata" evaluate "$root/examples/lenet.net" -w "$root/examples/lenet.safetensors" "$root/examples/digits-images.gz" \
        "$root/examples/digits-labels.gz"
    out_has "495 of 500 right"
}

case_lenet_reads_all_test_digits() {
    if [[ ! -e $shared/data/mnist ]]; then
        echo "    there is no $shared/data/mnist: the 10,000 test digits were not tried"
        return
    fi
    try "$strata" evaluate "$root/examples/lenet.net" -w "$root/examples/lenet.safetensors" \
        "$shared/data/mnist/t10k-images-idx3-ubyte.gz" "$shared/data/mnist/t10k-labels-idx1-ubyte.gz"
    out_has "9922 of 10000 right"
}

# ---- All cases ----

"$strata" init "$scratch/project" >/dev/null || exit 1
prepare() { cp -r "$scratch/project/." .; }
run_cases "${3:-}"
