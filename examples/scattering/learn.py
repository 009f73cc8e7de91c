#!/usr/bin/env python3
"""Errors of a linear head, trained by Strata, on scattering features of MNIST: by order and number of training digits.

    examples/scattering/learn.py FOLDER [STRATA]

FOLDER has MNIST's four files; STRATA is the command. Features are computed once, by `strata scatter`; each number is the mean over five fixed subsets (the first n in the order of
a seed, of training digits 0 .. 49,999), all 10,000 test digits being classified. What is done to the features and the weight of the penalty are chosen, for each order and number
of digits, by training digits 50,000 .. 59,999, after training on a sixth subset: the test digits choose nothing. Fails where order 2 does not beat order 1.
"""
import json
import os
import subprocess
import sys
import tempfile

SIZES = (1000, 2000, 5000, 10000)
EPOCHS = {1000: 60, 2000: 40, 5000: 30, 10000: 20}
SUBSETS = 5
BATCH = 64
PATHS = {1: 19, 2: 127}
MAPS = {"coefficients": "x", "square roots": "sqrt(relu(x))", "logarithms": "log(relu(x) + 0.001)"}
PENALTIES = (1e-4, 5e-4, 2e-3)

MODEL = """data all_digits = npy("{folder}/train-{order}.npy", "{mnist}/train-labels-idx1-ubyte.gz")
data digits = split(all_digits, 5 / 6).first
data held = split(all_digits, 5 / 6).second
data test = npy("{folder}/test-{order}.npy", "{mnist}/t10k-labels-idx1-ubyte.gz")

net linear(x: {paths}x3x3) -> classes(10) = {map} |> norm(affine=false) |> flatten |> dense(10)

train linear {{
  data      = take(shuffle(digits, seed={subset}), {size})
  validate  = {unseen}
  loss      = cross_entropy
  penalty   = {penalty} * l2
  optimizer = adam(rate=cosine(0.01, {steps}))
  epochs    = {epochs}
  batch     = {batch}
  seed      = 1
}}
"""


def scatter(strata, mnist, folder, order):
    for name, images in (("train", "train-images-idx3-ubyte.gz"), ("test", "t10k-images-idx3-ubyte.gz")):
        words = [strata, "scatter", "--J", "3", "--L", "6", "--order", str(order), os.path.join(mnist, images), "--output", f"{folder}/{name}-{order}.npy"]
        subprocess.run(words, check=True, stderr=subprocess.DEVNULL)


def percent_wrong(strata, fixed, size, subset, unseen, choice):
    """`fixed` has the folders and the order, `choice` a map and a penalty; `unseen` is classified: held or test."""
    folder, steps = fixed["folder"], EPOCHS[size] * -(-size // BATCH)
    settings = dict(paths=PATHS[fixed["order"]], subset=subset, size=size, steps=steps, epochs=EPOCHS[size], batch=BATCH)
    with open(f"{folder}/linear.net", "w") as file:
        file.write(MODEL.format(**fixed, **settings, unseen=unseen, map=MAPS[choice[0]], penalty=choice[1]))
    words = [strata, "train", f"{folder}/linear.net", "--output", f"{folder}/linear.safetensors", "--checkpoint", f"{folder}/checkpoint.safetensors", "--log", f"{folder}/log"]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(f"{folder}/log") as file:
        last = json.loads(file.read().splitlines()[-1])
    os.remove(f"{folder}/log")
    return 100 * (1 - last["right"] / last["samples"])


def error_of(strata, fixed, size):
    """The mean error over the subsets, with the map and the penalty that the held digits choose."""
    choices = [(name, penalty) for name in MAPS for penalty in PENALTIES]
    choice = min(choices, key=lambda c: percent_wrong(strata, fixed, size, SUBSETS + 1, "held", c))
    found = [percent_wrong(strata, fixed, size, subset, "test", choice) for subset in range(1, SUBSETS + 1)]
    each = ", ".join(f"{e:.2f}" for e in found)
    mean = sum(found) / SUBSETS
    print(f"order {fixed['order']}, {size:5} digits: {mean:.2f} percent wrong ({each}); {choice[0]}, penalty {choice[1]:g}", flush=True)
    return mean


def main():
    mnist = sys.argv[1] if len(sys.argv) > 1 else "mnist"
    strata = sys.argv[2] if len(sys.argv) > 2 else "strata"
    if not os.path.exists(os.path.join(mnist, "train-images-idx3-ubyte.gz")):
        print(f"skipped: {mnist} has no train-images-idx3-ubyte.gz; give the folder of MNIST")
        return 0
    errors = {}
    with tempfile.TemporaryDirectory() as folder:
        for order in (1, 2):
            scatter(strata, mnist, folder, order)
            fixed = {"folder": folder, "mnist": os.path.abspath(mnist), "order": order}
            for size in SIZES:
                errors[order, size] = error_of(strata, fixed, size)
    worse = [size for size in SIZES if errors[2, size] >= errors[1, size]]
    print("order 2 beats order 1 at every size" if not worse else f"order 2 does not beat order 1 with {worse} digits")
    return int(bool(worse))


if __name__ == "__main__":
    sys.exit(main())
