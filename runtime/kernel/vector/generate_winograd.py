#!/usr/bin/env python3
"""Writes winograd_transform.h beside this file and winograd_matrix.h in the folder above: the transforms of Winograd's convolutions, from exact rationals.

F(m, 3) computes m results of a filter of 3 taps with m + 2 products (Toom and Cook; Winograd, 1980): for points a_0 .. a_m and infinity,
    y = A^T ((G g) * (B^T d)).
Row j of A^T ... A has the powers of a_j, G those divided by the product of a_j - a_l, and row j of B^T the coefficients of the product
of x - a_l over all other points. Points in pairs +-a share the even and the odd parts of their polynomials.

The build does not run this: its output is committed, and a test compares the two. Run it after a change, then clang-format."""
import os
from fractions import Fraction

# Small results: the fewest products of large channels counts over small images. Large ones: points with 3/4 and 3/2 lose a third to a
# twelfth of what the textbook's 1 and 2 lose, for the same number of operations.
POINTS = {2: ["0", "1", "-1"], 4: ["0", "3/4", "-3/4", "3/2", "-3/2"]}
TAPS = 3


def expand(roots):
    """Coefficients of the product of x - root, from the constant one up."""
    coefficients = [Fraction(1)]
    for root in roots:
        raised = [Fraction(0)] + coefficients
        for power, coefficient in enumerate(coefficients):
            raised[power] -= root * coefficient
        coefficients = raised
    return coefficients


def matrices(tile, points):
    """A^T, G and B^T, the point at infinity last."""
    count = tile + TAPS - 1
    output = [[point**i for point in points] + [Fraction(int(i == tile - 1))] for i in range(tile)]
    weights, inputs = [], []
    for point in points:
        others = [other for other in points if other != point]
        divisor = Fraction(1)
        for other in others:
            divisor *= point - other
        weights.append([point**k / divisor for k in range(TAPS)])
        inputs.append(expand(others) + [Fraction(0)] * (count - len(points)))
    weights.append([Fraction(0)] * (TAPS - 1) + [Fraction(1)])
    inputs.append(expand(points))
    return output, weights, inputs


def number(value):
    """A double constant; the divisions of G's thirds are rounded once."""
    if value.denominator & (value.denominator - 1) == 0:
        return repr(float(value))
    return f"{value.numerator}.0 / {value.denominator}"


def table(name, comment, rows):
    lines = ", ".join("{" + ", ".join(number(value) for value in row) + "}" for row in rows)
    return f"/* {comment} */\nstatic const double {name}[{len(rows)}][{len(rows[0])}] = {{{lines}}};\n"


def combination(coefficients, names):
    """The sum of coefficient * name as C, multiply-adds around the terms that need no product."""
    terms = [(c, n) for c, n in zip(coefficients, names) if c != 0]
    terms.sort(key=lambda term: (abs(term[0]) != 1, term[0] < 0))
    text = ""
    for coefficient, name in terms:
        if not text:
            text = {1: name, -1: f"-{name}"}.get(coefficient, f"{name} * (real){float(coefficient)!r}")
        elif abs(coefficient) == 1:
            text = f"{text} {'+' if coefficient > 0 else '-'} {name}"
        else:
            text = f"vector_multiply_add({name}, vector_fill((real){float(coefficient)!r}), {text})"
    return text


def split(points):
    """Indices of the points that have no negative, and of the first of each pair."""
    alone, pairs, j = [], [], 0
    while j < len(points):
        if j + 1 < len(points) and points[j] != 0 and points[j] == -points[j + 1]:
            pairs.append(j)
            j += 2
        else:
            alone.append(j)
            j += 1
    return alone + [len(points)], pairs


def read_lines(count):
    names = [f"x{i}" for i in range(count)]
    return names, [f"    vector {name} = vector_load(from + {i} * from_step);" for i, name in enumerate(names)]


def store(index, value):
    return f"    vector_store(to + {index} * to_step, {value});"


def function(name, comment, lines):
    head = f"static inline void {name}(const real *from, int64_t from_step, real *to, int64_t to_step)"
    return "\n".join([f"/* {comment} */", head, "{", *lines, "}", ""])


def input_function(tile, points, inputs):
    names, lines = read_lines(tile + TAPS - 1)
    alone, pairs = split(points)
    for j in alone:
        lines.append(store(j, combination(inputs[j], names)))
    for j in pairs:
        even = [(a + b) / 2 for a, b in zip(inputs[j], inputs[j + 1])]
        odd = [(a - b) / 2 / points[j] for a, b in zip(inputs[j], inputs[j + 1])]
        lines.append(f"    vector even{j} = {combination(even, names)};")
        lines.append(f"    vector odd{j} = {combination(odd, names)};")
        for k in (j, j + 1):
            lines.append(store(k, combination([Fraction(1), points[k]], [f"even{j}", f"odd{j}"])))
    return function(f"transform_input_{tile}", f"B^T for {tile} results: {tile + 2} entries of the operand to as many points.", lines)


def output_function(tile, points, output):
    names, lines = read_lines(tile + TAPS - 1)
    alone, pairs = split(points)
    for j in pairs:
        lines.append(f"    vector sum{j} = x{j} + x{j + 1};")
        lines.append(f"    vector difference{j} = x{j} - x{j + 1};")
    for i in range(tile):
        parts = [(output[i][j], names[j]) for j in alone]
        parts += [(output[i][j], f"{'difference' if i % 2 else 'sum'}{j}") for j in pairs]
        lines.append(store(i, combination([part[0] for part in parts], [part[1] for part in parts])))
    return function(f"transform_output_{tile}", f"A^T for {tile} results: {tile + 2} points to {tile} results.", lines)


def write(name, guard, comment, parts, includes):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{comment}\n#ifndef {guard}\n#define {guard}\n\n{includes}" + "\n".join(parts) + "\n#endif\n")


def main():
    tables, functions = [], []
    for tile, texts in POINTS.items():
        points = [Fraction(text) for text in texts]
        output, weights, inputs = matrices(tile, points)
        where = f"F({tile}, 3), points {', '.join(texts)} and infinity:"
        tables.append(table(f"WINOGRAD_OUTPUT_{tile}", f"{where} A^T, from points to results.", output))
        tables.append(table(f"WINOGRAD_WEIGHT_{tile}", f"{where} G, from taps to points.", weights))
        tables.append(table(f"WINOGRAD_INPUT_{tile}", f"{where} B^T, from entries to points.", inputs))
        functions.append(input_function(tile, points, inputs))
        functions.append(output_function(tile, points, output))
    write("../winograd_matrix.h", "STRATA_KERNEL_WINOGRAD_MATRIX_H",
          "/* Written by vector/generate_winograd.py: the matrices of Winograd's convolutions with three taps. */", tables, "")
    write("winograd_transform.h", "STRATA_KERNEL_VECTOR_WINOGRAD_TRANSFORM_H",
          "/* Written by generate_winograd.py: Winograd's transforms along one axis, on vectors of channels. */",
          functions, '#include "kernel/vector/vector.h"\n\n#include <stdint.h>\n\n')


if __name__ == "__main__":
    main()
