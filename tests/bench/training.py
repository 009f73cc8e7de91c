"""`./dev bench training`: steps of training of Strata beside PyTorch, the same nets with the same weights and samples on the same cores.

One step is drawing a batch by index from memory, forward, loss, backward and the update. Losses of the first steps must agree before times count. Each
number of cores has a process of its own, since threads and affinity stay with a process.
"""

import argparse
import ctypes
import json
import multiprocessing
import re
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import contest
import report
from contest import Times
from training_nets import CASES

SEED = 1
CHECKED_STEPS = 5  # whose losses are compared
TOLERANCE = 1e-4  # of the loss: single precision, sums in other orders, over a few steps


@dataclass
class Row:
    """What was measured of one case: seconds a step by contender, one for each round."""

    case: str
    operations: float
    times: dict = field(default_factory=dict)
    losses: dict = field(default_factory=dict)
    peak: int = 0
    bound: int = 0
    notes: list = field(default_factory=list)


class Strata:
    """The trainer, through strata.h."""

    compiled = False

    def __init__(self, case, folder, cores, build):
        library = ctypes.CDLL(str(build / "tests" / "libbench_learner.so"))
        library.learner_make.restype = ctypes.c_void_p
        library.learner_samples.restype = ctypes.POINTER(ctypes.c_float)
        library.learner_labels.restype = ctypes.POINTER(ctypes.c_float)
        for name in ("learner_begin", "learner_step"):
            getattr(library, name).restype = ctypes.c_bool
        library.learner_loss.restype = ctypes.c_double
        library.learner_peak.restype = library.learner_bound.restype = ctypes.c_int64
        self._library = library
        self._learner = ctypes.c_void_p(library.learner_make(bytes(folder / "model.net"), ctypes.c_int64(case.batch)))
        if not self._learner:
            raise RuntimeError("the net could not be made")
        samples, labels = np.load(folder / "samples.npy"), np.load(folder / "labels.npy")
        np.ctypeslib.as_array(library.learner_samples(self._learner), samples.shape)[...] = samples
        np.ctypeslib.as_array(library.learner_labels(self._learner), labels.shape)[...] = labels
        weights = bytes(folder / "weights.npz")
        if not library.learner_begin(self._learner, weights, ctypes.c_int(cores), ctypes.c_bool(self.compiled)):
            raise RuntimeError("the step could not be made")

    def run(self):
        self._library.learner_step(self._learner)

    def loss(self):
        return self._library.learner_loss(self._learner)

    def memory(self):
        return self._library.learner_peak(self._learner), self._library.learner_bound(self._learner)


class Compiled(Strata):
    """The same with kernels that are compiled for this net and this processor, where that pays."""

    compiled = True


class Torch:
    """PyTorch as its documentation trains: eager, gradients set to none, its fused update of all weights together."""

    def __init__(self, case, folder, cores, build):
        import torch

        torch.set_num_threads(cores)
        self._torch = torch
        self._model = case.torch(torch).train()
        self._samples = torch.from_numpy(np.load(folder / "samples.npy"))
        self._labels = torch.from_numpy(np.load(folder / "labels.npy")).long()
        self._random = np.random.default_rng(SEED)
        values = dict(np.load(folder / "weights.npz"))
        given = [value for name, value in values.items() if "running" not in name]
        with torch.no_grad():
            for parameter, value in zip(self._model.parameters(), given, strict=True):
                parameter.copy_(torch.from_numpy(value))
        self._optimizer = torch.optim.SGD(self._model.parameters(), lr=case.rate, momentum=case.momentum)
        self._loss = torch.nn.CrossEntropyLoss()
        self._value = 0.0

    def run(self):
        order = self._torch.from_numpy(self._random.permutation(len(self._labels)))
        self._optimizer.zero_grad()
        loss = self._loss(self._model(self._samples[order]), self._labels[order])
        loss.backward()
        self._optimizer.step()
        self._value = loss.item()

    def loss(self):
        return self._value


OURS = {"interpreter": Strata, "jit": Compiled}
PEERS = {"PyTorch": Torch}


def prepare(case, command, folder):
    """Writes model, weights and a batch into a folder; gives floating-point operations of a step: backward counted twice as much as forward."""

    def strata(*arguments):
        return subprocess.run([command, *arguments], check=True, capture_output=True, text=True).stdout

    model = folder / "model.net"
    model.write_text(case.model, encoding="utf-8")
    strata("weights", "initialise", "--seed", str(SEED), model, folder / "weights.npz")
    random = np.random.default_rng(SEED)
    np.save(folder / "samples.npy", random.standard_normal((case.batch, *case.shape), dtype=np.float32))
    np.save(folder / "labels.npy", random.integers(0, 10, case.batch).astype(np.float32))
    return 6.0 * case.batch * json.loads(strata("summary", "--json", model))["totals"]["multiply_adds"]


def measure(case, folder, cores, rounds, build, names, operations):
    """Runs in a process of its own."""
    clock = contest.own(cores)
    row = Row(case.name, operations)
    contenders = {}
    for name in names:
        contender = (OURS | PEERS)[name](case, folder, cores, build)
        losses = []
        for _ in range(CHECKED_STEPS):
            contender.run()
            losses.append(contender.loss())
        row.losses[name] = losses
        contenders[name] = contender
    first = row.losses[names[0]]
    for name in names[1:]:
        error = max(abs(a - b) / abs(b) for a, b in zip(row.losses[name], first))
        if error > TOLERANCE:
            row.notes.append(f"losses of {name} differ by {error:.1e}: {row.losses[name]} and {first}")
    row.peak, row.bound = contenders[names[0]].memory()
    runs = {name: contender.run for name, contender in contenders.items()}
    row.times = {name: times.rounds for name, times in contest.alternate(runs, rounds, clock).items()}
    return row


def in_process(function, *arguments):
    """The result of a function in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def parse():
    parser = argparse.ArgumentParser(prog="./dev bench training", description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--cores", default="1,2", help="numbers of cores, each with a table (default 1,2)")
    parser.add_argument("--rounds", type=int, default=9, help="rounds that alternate (default 9)")
    parser.add_argument("--only", default="", help="cases whose names match this regular expression, such as '^lenet'")
    parser.add_argument("--json", type=Path, help="write all that was measured to this file")
    return parser.parse_args()


def line(case, row, alone, names, peak):
    """One row of a table; `alone` is the same case on one core, or None."""
    steps = case.epoch / case.batch
    times = {name: Times(row.times[name]) for name in names if name in row.times}
    mine = report.best(row.times, OURS)
    ratio = report.ratio(row.times, OURS, PEERS)
    gain = f"{report.best(alone.times, OURS)[0] / mine[0]:.2f}" if alone else "-"
    return [
        case.name,
        *(f"{1e3 * times[name].median:.2f} ±{100 * times[name].spread:.0f}%" if name in times else "-" for name in names),
        f"{steps * mine[0]:.2f}",
        f"{ratio:.2f}" if ratio else "-",
        f"{case.goal:.2f}",
        "-" if ratio is None else "reached" if ratio <= case.goal else "MISSED",
        gain,
        f"{100 * row.operations / mine[0] / peak:.0f} %",
        f"{row.peak / 1e6:.1f} / {row.bound / 1e6:.1f} = {row.peak / max(row.bound, 1):.2f}",
    ]


def print_table(cores, rows, alone, names, peak):
    print(f"\n{cores} {'core' if cores == 1 else 'cores'} of {contest.processor()}, peak {peak / 1e9:.0f} GFLOP/s.")
    clock = "of the processor" if cores == 1 else "that pass"
    print(f"Milliseconds {clock} for a step: medians over alternating rounds, and half of the range of the middle half.\n")
    head = ["", *names, "epoch, s", "ratio", "goal", "", "gain", "of peak", "memory: planned / at least, MB"]
    cases = {case.name: case for case in CASES}
    report.print_rows(head, [line(cases[row.case], row, alone.get(row.case), names, peak) for row in rows])
    for row in rows:
        for note in row.notes:
            print(f"{row.case}: {note}")


def main():
    options = parse()
    names = list(OURS)
    if find_spec("torch") is None:
        print("bench: the package torch is missing: PyTorch is left out", file=sys.stderr)
    else:
        names += PEERS
    tables = {int(cores): [] for cores in options.cores.split(",")}
    peak = in_process(contest.peak, options.build / "tests" / "libbench_peak.so")
    for case in CASES:
        if not re.search(options.only, case.name, re.IGNORECASE):
            continue
        folder = options.build / "bench" / case.key
        folder.mkdir(parents=True, exist_ok=True)
        try:
            operations = prepare(case, options.build / "strata", folder)
            for cores, rows in tables.items():
                print(f"bench: {case.name} on {cores}", file=sys.stderr)
                rows.append(in_process(measure, case, folder, cores, options.rounds, options.build, names, operations))
        except BrokenProcessPool:
            print(f"bench: {case.name} ended its process", file=sys.stderr)
        finally:
            shutil.rmtree(folder)
    for cores, rows in tables.items():
        alone = {row.case: row for row in tables.get(1, [])} if cores > 1 else {}
        print_table(cores, rows, alone, names, cores * peak)
    if options.json:
        document = {cores: [row.__dict__ for row in rows] for cores, rows in tables.items()}
        options.json.write_text(json.dumps({"processor": contest.processor(), "tables": document}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
