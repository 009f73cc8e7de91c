#!/bin/sh
# Includes go one way: each folder may use those that the table names, and no others. Run at the root of the sources.
#
# Says each include that breaks the table, and at the end `N passed, N failed`.
set -eu

# Folder: what it may include. Headers of the folder itself, those that lie beside a file, and system headers are always allowed; `graph/type.h` is named by itself,
# because operations know types of values and nothing else of the Graph.
table='
runtime/base: strata_runtime.h
runtime/tensor: base strata_runtime.h
runtime/thread: base
runtime/fft:
runtime/random:
runtime/kernel: fft random thread strata_runtime.h
runtime/file: base tensor
runtime/api: base file tensor
runtime/built:
compiler/diagnose: base
compiler/ops: base kernel random graph/type.h
compiler/graph: base diagnose ops
compiler/syntax: base diagnose
compiler/transform: base graph ops kernel
compiler/analyse: base graph ops
compiler/formats: base graph ops analyse
compiler/elaborate: base diagnose syntax graph ops analyse embed
compiler/engine: base graph ops kernel thread transform
compiler/train: base tensor file random thread elaborate graph ops transform engine
compiler/build: base graph engine built kernel
compiler/embed:
compiler/api: base train tensor thread diagnose syntax elaborate graph transform analyse engine formats build embed strata.h
compiler/tool: embed strata.h
compiler/include: strata_runtime.h
runtime/include:
'

# One line for each include: the folder (two levels) and the header.
find compiler runtime -name '*.[chy]' -o -name '*.re' | sort | xargs grep -Ho '^#include "[^"]*"' | awk -v table="$table" '
    BEGIN {
        count = split(table, rows, "\n")
        for (i = 1; i <= count; i++) {
            if (rows[i] == "")
                continue
            split(rows[i], parts, ":")
            allowed[parts[1]] = parts[2] " "
        }
    }
    {
        path = substr($0, 1, index($0, ":") - 1)
        header = $0
        sub(/^[^"]*"/, "", header)
        sub(/"$/, "", header)
        split(path, place, "/")
        folder = place[1] "/" place[2]
        split(header, named, "/")
        beside = !index(header, "/") && header !~ /^strata/
        fine = beside || named[1] == place[2] || index(allowed[folder], " " named[1] " ") || index(allowed[folder], " " header " ")
        if (!(folder in allowed))
            print path ": the folder is not in the table of tests/structure/includes.sh"
        else if (!fine)
            print path ": " folder " may not include \"" header "\""
        else {
            passed++
            next
        }
        failed++
    }
    END {
        printf "%d passed, %d failed\n", passed, failed
        exit failed > 0
    }'
