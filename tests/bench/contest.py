"""Measures contenders side by side: rounds that alternate between them, so that what disturbs the machine disturbs all alike."""

import ctypes
import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

BLOCK = 0.04  # seconds of calls that one contender makes in one round, at least one call
PAUSE = 0.005  # between contenders: threads that wait by spinning go to sleep
CACHE = 96 << 20  # bytes read to sweep the caches


@dataclass
class Times:
    """Seconds of one call, a number for each round."""

    rounds: list

    @property
    def median(self):
        return statistics.median(self.rounds)

    @property
    def spread(self):
        """Half of the range of the middle half, as a share of the median."""
        low, _, high = statistics.quantiles(self.rounds, n=4)
        return (high - low) / 2 / self.median


def own(cores):
    """Keeps this process to the first `cores` processors that it may use, and gives the clock to measure it by. Call it before threads start.

    On one core it is the processor's time of the whole process, which does not run while somebody else has the core; what works on several
    waits for its threads, so there it is the time that passes.
    """
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    return time.process_time if cores == 1 else time.perf_counter


def _seconds(run, calls, clock):
    start = clock()
    for _ in range(calls):
        run()
    return (clock() - start) / calls


def _calls(run, clock):
    """How many calls fill a block; the first call, which may still set things up, does not count."""
    run()
    calls = 1
    while calls < 1 << 20:
        seconds = _seconds(run, calls, clock) * calls
        if seconds >= BLOCK / 4:
            return max(1, round(calls * BLOCK / seconds))
        calls *= 4
    return calls


def alternate(runs, rounds, clock):
    """Times of the functions `runs` (name: function) by name. Each round starts with another one."""
    names = list(runs)
    calls = {name: _calls(runs[name], clock) for name in names}
    times = {name: [] for name in names}
    for i in range(rounds):
        for name in names[i % len(names) :] + names[: i % len(names)]:
            time.sleep(PAUSE)
            if calls[name] > 1:
                runs[name]()
            times[name].append(_seconds(runs[name], calls[name], clock))
    return {name: Times(list_) for name, list_ in times.items()}


def alternate_cold(runs, rounds, clock):
    """The same for single calls, before each of which the caches are swept."""
    sweep = np.zeros(CACHE // 8)
    times = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            sweep += 1
            times[name].append(_seconds(run, 1, clock))
    return {name: Times(list_) for name, list_ in times.items()}


def peak(library):
    """The most floating-point operations a second that one processor does, from multiply-adds that touch no memory."""
    run = ctypes.CDLL(str(library)).peak_run
    run.restype = ctypes.c_double
    clock = own(1)
    best = 0.0
    for _ in range(15):
        result = ctypes.c_float(0.5)
        start = clock()
        operations = run(ctypes.c_int64(1_000_000), ctypes.byref(result))
        best = max(best, operations / (clock() - start))
    return best


def processor():
    """What processor this is, in its maker's words."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return os.uname().machine


def difference(result, expected):
    """The largest difference, relative to the largest entry."""
    return float(np.max(np.abs(result.astype(np.float64) - expected)) / np.max(np.abs(expected)))
