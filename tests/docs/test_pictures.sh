#!/usr/bin/env bash
# The picture of a session in the documentation is what the command shows now: `test_pictures.sh ROOT BUILD`. (The graph's looks depend on the
# version of Graphviz, so it is only made.) Ends with `N passed, N failed`.
set -uo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if "$1/docs/images/make" "$2" "$scratch" && cmp "$scratch/session.svg" "$1/docs/images/session.svg"; then
    echo "1 passed, 0 failed"
else
    echo "docs/images/session.svg is not what the command shows now: ./dev docs --update"
    echo "0 passed, 1 failed"
    exit 1
fi
