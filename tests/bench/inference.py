"""`./dev bench inference`: Strata beside ONNX Runtime and OpenVINO, the same nets with the same weights on the same cores.

The case is prepared once; each number of cores has a process of its own, since threads and affinity stay with a process. A result must agree
with double precision before its time counts. What a table needs is in `report.py`, how time is taken in `contest.py`.
"""

import argparse
import json
import multiprocessing
import re
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import contest
import report
from contenders import CONTENDERS, Missing
from nets import CASES
from prepare import prepare

TOLERANCE = 1e-5  # of the largest output


@dataclass
class Row:
    """What was measured of one case: seconds a call by contender, one for each round."""

    name: str
    goal: float | None
    operations: float
    warm: dict = field(default_factory=dict)
    cold: dict = field(default_factory=dict)
    errors: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)


def measure(case, files, cores, rounds, build, contenders=CONTENDERS):
    """Runs in a process of its own."""
    clock = contest.own(cores)
    row = Row(case.name, case.goal, files.operations)
    expected = np.load(files.expected)
    made = {}
    for make in contenders:
        if getattr(files, make.needs) is None:
            continue
        try:
            contender = make(case, files, cores, build)
        except Missing as missing:
            row.notes.append(f"{make.name} left out: {missing}")
            continue
        contender.run()
        row.errors[make.name] = contest.difference(contender.output(expected.shape), expected)
        if row.errors[make.name] > TOLERANCE:
            row.notes.append(f"{make.name} is off by {row.errors[make.name]:.1e} of the largest output")
        made[make.name] = contender
    runs = {name: contender.run for name, contender in made.items()}
    row.warm = {name: times.rounds for name, times in contest.alternate(runs, rounds, clock).items()}
    if case.single:
        row.cold = {name: times.rounds for name, times in contest.alternate_cold(runs, rounds, clock).items()}
    return row


def in_process(function, *arguments):
    """The result of a function in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def measure_case(case, options, tables):
    folder = options.build / "bench" / case.key
    folder.mkdir(parents=True, exist_ok=True)
    try:
        files = prepare(case, options.build / "strata", options.examples, folder, options.with_onnx, options.with_library)
        for cores, rows in tables.items():
            print(f"bench: {case.name} on {cores}", file=sys.stderr)
            rows.append(in_process(measure, case, files, cores, options.rounds, options.build))
    except BrokenProcessPool:
        print(f"bench: {case.name} ended its process", file=sys.stderr)
    finally:
        shutil.rmtree(folder)


def parse():
    parser = argparse.ArgumentParser(prog="./dev bench inference", description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("examples", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--cores", default="1,2", help="numbers of cores, each with a table (default 1,2)")
    parser.add_argument("--rounds", type=int, default=7, help="rounds that alternate (default 7)")
    parser.add_argument("--only", default="", help="cases whose names match this regular expression, such as '^lenet'")
    parser.add_argument("--json", type=Path, help="write all that was measured to this file")
    parser.add_argument("--chart", type=Path, help="draw it to this SVG file")
    options = parser.parse_args()
    options.with_onnx = find_spec("onnx") is not None
    options.with_library = subprocess.run([options.build / "strata", "help", "build"], capture_output=True).returncode == 0
    return options


def main():
    options = parse()
    cases = [case for case in CASES if re.search(options.only, case.name, re.IGNORECASE)]
    if not options.with_onnx:
        print("bench: the package onnx is missing: peers are left out", file=sys.stderr)
    if not options.with_library:
        print("bench: this strata builds no libraries: they are left out", file=sys.stderr)
    tables = {int(cores): [] for cores in options.cores.split(",")}
    peak = in_process(contest.peak, options.build / "tests" / "libbench_peak.so")
    for case in cases:
        measure_case(case, options, tables)
    ours = [contender.name for contender in CONTENDERS if contender.ours]
    peers = [contender.name for contender in CONTENDERS if not contender.ours]
    for cores, rows in tables.items():
        report.print_table(rows, ours, peers, cores, cores * peak)
    if options.json:
        document = {
            "processor": contest.processor(),
            "tables": [
                {"cores": cores, "peak": cores * peak, "rows": [asdict(row) for row in rows]} for cores, rows in tables.items()
            ],
        }
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if options.chart:
        report.draw_chart(options.chart, tables, ours, peers)


if __name__ == "__main__":
    main()
