#!/bin/sh
# Whether the transforms that are committed are those that their generator writes. Run at the root of the sources: PYTHON CLANG_FORMAT.
set -eu

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
mkdir "$folder/vector"
cp .clang-format "$folder"
cp runtime/kernel/vector/generate_winograd.py "$folder/vector"
"$1" "$folder/vector/generate_winograd.py"
"$2" -i "$folder/winograd_matrix.h" "$folder/vector/winograd_transform.h"
diff "$folder/winograd_matrix.h" runtime/kernel/winograd_matrix.h
diff "$folder/vector/winograd_transform.h" runtime/kernel/vector/winograd_transform.h
echo "1 passed, 0 failed"
