#!/usr/bin/env bash
# Installs into a temporary tree and uses that as a stranger would: `test_install.sh BUILD REPOSITORY`. The tree is moved after installing, so
# that nothing may remember where it was built. Ends with `N passed, N failed`.
set -uo pipefail
build=$(readlink -f "$1")
root=$(readlink -f "$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tree
passed=0 failed=0

# Runs a step; says its output when it fails.
step() {
    local name=$1
    shift
    if "$@" >"$scratch/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n%s\n' "$name" "$(tail -n 40 "$scratch/log")"
    fi
}

install_and_move() {
    cmake --install "$build" --prefix "$scratch/first" && mv "$scratch/first" "$tree"
}

everything_is_there() {
    local file
    for file in bin/strata include/strata.h include/strata_runtime.h share/strata/stdlib/prelude.net share/man/man1/strata.1 \
        share/man/man1/strata-run.1 share/bash-completion/completions/strata share/zsh/site-functions/_strata \
        share/fish/vendor_completions.d/strata.fish share/doc/strata/LICENSE; do
        [[ -s $tree/$file ]] || { echo "there is no $file"; return 1; }
    done
}

# Libraries have a versioned name for programs that link to them, and show no name that is not theirs.
libraries_keep_to_themselves() {
    local name
    for name in strata strata_runtime; do
        readelf -d "$libraries/lib$name.so" | grep -q "SONAME.*lib$name\.so\.[0-9]" || { echo "lib$name has no versioned soname"; return 1; }
        ! nm -D --defined-only "$libraries/lib$name.so" | awk '{ print $3 }' | grep -v '^strata_' || return 1
    done
}

nothing_remembers_the_build() {
    ! grep -rlF "$root" "$tree"
}

the_command_works() {
    cd "$scratch" || return 1
    [[ $("$tree/bin/strata" version) == strata\ * ]] &&
        "$tree/bin/strata" init project && cd project &&
        "$tree/bin/strata" check digits.net &&
        [[ $("$tree/bin/strata" run digits.net -w digits.safetensors seven.png) == "seven.png: 7 (99.6 %)" ]] &&
        "$tree/bin/strata" doc conv && "$tree/bin/strata" explain E0801
}

# The program classifies the first digits: 7, 2 and 1.
classifies() {
    local out
    out=$("$1" "$root/examples/lenet.net" "$root/examples/lenet.safetensors" "$root"/examples/digits/0[012].png) || return 1
    echo "$out"
    [[ $(awk '{ print $NF }' <<<"$out" | tr -d '\n') == 721 ]]
}

headers_are_clean() {
    local header
    for header in strata strata_runtime; do
        echo "#include <$header.h>" >"$scratch/header.c"
        cc -std=c99 -pedantic -Wall -Wextra -Werror -I "$tree/include" -fsyntax-only "$scratch/header.c" || return 1
        ! command -v clang >/dev/null ||
            clang -x c++ -std=c++11 -pedantic -Wall -Wextra -Werror -I "$tree/include" -fsyntax-only "$scratch/header.c" || return 1
    done
}

by_pkg_config() {
    # shellcheck disable=SC2046 # the flags are words
    cc -std=c99 -pedantic -Wall -Werror "$root/examples/c/classify.c" $(pkg-config --cflags --libs strata) -o "$scratch/shared" &&
        LD_LIBRARY_PATH=$libraries classifies "$scratch/shared"
}

by_pkg_config_statically() {
    # shellcheck disable=SC2046
    cc -std=c99 "$root/examples/c/classify.c" $(pkg-config --cflags strata) "$libraries/libstrata.a" \
        $(pkg-config --libs --static jansson libpng zlib) -lm -ldl -pthread -o "$scratch/static" && classifies "$scratch/static"
}

by_find_package() {
    mkdir "$scratch/client" && cat >"$scratch/client/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.16)
project(client C)
find_package(Strata 0.1 REQUIRED COMPONENTS static)
add_executable(shared $root/examples/c/classify.c)
target_link_libraries(shared Strata::strata)
add_executable(static $root/examples/c/classify.c)
target_link_libraries(static Strata::strata_static)
END
    cmake -S "$scratch/client" -B "$scratch/client/build" -DCMAKE_PREFIX_PATH="$tree" && cmake --build "$scratch/client/build" &&
        classifies "$scratch/client/build/shared" && classifies "$scratch/client/build/static" &&
        ! readelf -d "$scratch/client/build/static" | grep libstrata
}

manual_pages_are_right() {
    command -v man >/dev/null || return 0
    local page
    for page in "$tree"/share/man/man1/*.1; do
        [[ -z $(LC_ALL=C.UTF-8 MANROFFSEQ= man --warnings -E UTF-8 -l "$page" 2>&1 >/dev/null) ]] || { echo "$page"; return 1; }
    done
}

step "install" install_and_move
libraries=$(dirname "$(find "$tree" -name libstrata.so)")
export PKG_CONFIG_PATH=$libraries/pkgconfig
step "everything is there" everything_is_there
step "libraries keep to themselves" libraries_keep_to_themselves
step "nothing remembers the build" nothing_remembers_the_build
step "the command works" the_command_works
step "headers are clean C99 and C++" headers_are_clean
step "a C program by pkg-config" by_pkg_config
step "a C program by pkg-config, statically" by_pkg_config_statically
step "C programs by find_package" by_find_package
step "manual pages are right" manual_pages_are_right
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
