"""`./dev bench scattering`: Strata beside Kymatio, the same coefficients of the same signals and images on one core.

Kymatio comes from PyPI, with those of its backends whose packages are there. It is the best of them that counts. Cases, rounds, clock and the check against
double precision are those of `./dev bench inference`.
"""

import argparse
import json
import math
import os
import re
import shutil
import sys
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

import numpy as np

import contest
import report
from contenders import Built, Compiled, Interpreter, Missing
from contest import Times
from inference import in_process, measure
from nets import Case
from prepare import prepare


@dataclass(frozen=True)
class Scattering:
    """One row of the table: what is computed, and how many times faster than Kymatio it is to be."""

    shape: tuple  # of a signal or an image
    J: int
    faster: float
    Q: int = 1
    L: int = 8
    batch: int = 1

    @property
    def name(self):
        parameters = f"L={self.L}" if len(self.shape) == 2 else f"Q={self.Q}"
        return f"{len(self.shape)}D J={self.J} {parameters}, {'x'.join(map(str, self.shape))}, batch {self.batch}"

    @property
    def case(self):
        sizes = [size // 2**self.J for size in self.shape]
        if len(self.shape) == 2:
            paths, layer = f"paths2d({self.J}, {self.L}, 2)", f"scattering2d(J={self.J}, L={self.L})"
        else:
            paths, layer = f"paths1d({self.J}, {self.Q}, 2)", f'scattering1d(J={self.J}, Q={self.Q}, convention="kymatio 0.3")'
        result = f"shape(length({paths}), {', '.join(map(str, sizes))})"
        source = f"use std.wavelet\n\nnet model(x: 1x{'x'.join(map(str, self.shape))}) -> {result} = x |> {layer}\n"
        return Case(self.name, (1, *self.shape), None, batch=self.batch, goal=1 / self.faster, source=source)


CASES = (
    Scattering((28, 28), 2, 20, batch=128),
    Scattering((224, 224), 3, 8, batch=8),
    Scattering((256, 256), 4, 10),
    Scattering((65536,), 8, 8, Q=12),
    Scattering((8192,), 6, 8, Q=16),
)


def _transform(entries):
    """Operations of a Fourier transform of so many complex numbers."""
    return 5 * entries * math.log2(entries)


def operations(scattering):
    """Of one sample in two dimensions: the transforms that cannot be left out, at the sizes that are left after subsampling; products, moduli and averages are
    not in it. None for signals, whose wavelets lie at many scales."""
    if len(scattering.shape) == 1:
        return None
    J, L = scattering.J, scattering.L
    sizes = [(size // 2**J + 2) * 2**J for size in scattering.shape]
    at = [math.prod(size // 2**j for size in sizes) for j in range(J)]
    total = _transform(at[0]) / 2
    for j in range(J):
        total += L * _transform(at[j]) * (1.5 if j + 1 < J else 1)
        total += sum(L * L * _transform(at[k]) for k in range(j + 1, J))
    return scattering.batch * total


class Kymatio:
    """Kymatio of PyPI with one of its backends."""

    ours = False
    needs = "weights"

    def __init__(self, case, files, cores, build):
        scattering = next(s for s in CASES if s.name == case.name)
        x = np.load(files.input)[:, 0]
        arguments = {"J": scattering.J, "shape": scattering.shape, "max_order": 2}
        arguments |= {"L": scattering.L} if len(scattering.shape) == 2 else {"Q": scattering.Q}
        try:
            self._make(scattering, arguments, x)
        except ImportError as error:
            raise Missing(str(error)) from error

    def run(self):
        self._result = self._transform(self._x)

    def output(self, shape):
        return np.asarray(self._result).reshape(shape)


class KymatioNumpy(Kymatio):
    name = "Kymatio numpy"

    def _make(self, scattering, arguments, x):
        from kymatio.numpy import Scattering1D, Scattering2D

        self._transform = (Scattering2D if len(scattering.shape) == 2 else Scattering1D)(**arguments)
        self._x = x


class KymatioTorch(Kymatio):
    name = "Kymatio torch"

    def _make(self, scattering, arguments, x):
        import torch
        from kymatio.torch import Scattering1D, Scattering2D

        torch.set_num_threads(1)
        self._transform = (Scattering2D if len(scattering.shape) == 2 else Scattering1D)(**arguments)
        self._x = torch.from_numpy(x)


CONTENDERS = (Interpreter, Compiled, Built, KymatioNumpy, KymatioTorch)
OURS = [contender.name for contender in CONTENDERS if contender.ours]
PEERS = [contender.name for contender in CONTENDERS if not contender.ours]


def measure_case(scattering, options):
    case = scattering.case
    folder = options.build / "bench" / case.key
    folder.mkdir(parents=True, exist_ok=True)
    try:
        files = prepare(case, options.build / "strata", Path(), folder, False, options.with_library)
        print(f"bench: {case.name}", file=sys.stderr)
        return in_process(measure, case, files, 1, options.rounds, options.build, CONTENDERS)
    finally:
        shutil.rmtree(folder)


def _line(scattering, row, peak):
    mine, peer = report.best(row.warm, OURS), report.best(row.warm, PEERS)
    faster = peer[0] / mine[0] if peer else None
    needed = operations(scattering)
    return [
        row.name,
        *(report.milliseconds(Times(row.warm[name])) if name in row.warm else "-" for name in OURS + PEERS),
        f"{faster:.1f}" if faster else "-",
        f"{scattering.faster:.0f}",
        "-" if not faster else "reached" if faster >= scattering.faster else "MISSED",
        f"{100 * needed / mine[0] / peak:.0f} %" if needed else "-",
        *(f"{row.errors[name]:.0e}" if name in row.errors else "-" for name in (mine[1], peer[1] if peer else None)),
    ]


def print_table(rows, peak):
    print(f"\n1 core of {contest.processor()}, peak {peak / 1e9:.0f} GFLOP/s.")
    print("Milliseconds of the processor: medians over alternating rounds, and half of the range of the middle half.")
    print("Of peak: of the transforms that cannot be left out alone. Errors: against double precision, relative to the largest coefficient.\n")
    head = ["", *OURS, *PEERS, "times faster", "goal", "", "of peak", "error", "Kymatio's"]
    report.print_rows(head, [_line(scattering, row, peak) for scattering, row in rows])
    for _, row in rows:
        for note in row.notes:
            print(f"{row.name}: {note}")


def parse():
    parser = argparse.ArgumentParser(prog="./dev bench scattering", description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("examples", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=7, help="rounds that alternate (default 7)")
    parser.add_argument("--only", default="", help="cases whose names match this regular expression, such as '^2D J=2'")
    parser.add_argument("--json", type=Path, help="write all that was measured to this file")
    parser.add_argument("--chart", type=Path, help="draw it to this SVG file")
    parser.add_argument("--without-library", action="store_true", help="build no libraries")
    options = parser.parse_args()
    options.with_library = not options.without_library
    return options


def main():
    options = parse()
    if find_spec("kymatio") is None:
        print("bench: the package kymatio is missing: there is nothing to compare with", file=sys.stderr)
    peak = in_process(contest.peak, options.build / "tests" / "libbench_peak.so")
    rows = [(s, measure_case(s, options)) for s in CASES if re.search(options.only, s.name, re.IGNORECASE)]
    print_table(rows, peak)
    if options.json:
        document = {"processor": contest.processor(), "peak": peak, "rows": [asdict(row) for _, row in rows]}
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if options.chart:
        report.draw_chart(options.chart, {1: [row for _, row in rows]}, OURS, PEERS)


if __name__ == "__main__":
    main()
