"""Makes the files of one case: the net, its weights, an input, the right answer in double precision, and the net as ONNX."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nets import Case, Layers

SEED = 1


@dataclass(frozen=True)
class Files:
    """Where things are, and what the case costs: floating-point operations of one run."""

    model: Path
    weights: Path
    input: Path
    expected: Path
    onnx: Path | None
    manifest: Path | None  # of the library that is built of the net
    operations: float


def _settle_norms(weights, random):
    """Normalisations start as identities; other values show whether they are applied at all."""
    for name, values in weights.items():
        leaf = name.rsplit(".", 1)[1]
        if leaf == "running_variance" or leaf == "weight" and values.ndim == 1:
            weights[name] = random.uniform(0.5, 1.5, values.shape).astype(np.float32)
        elif leaf in ("running_mean", "bias"):
            weights[name] = random.normal(0, 0.1, values.shape).astype(np.float32)


def prepare(case: Case, command: Path, examples: Path, folder: Path, with_onnx: bool, with_library: bool) -> Files:
    """`command` is strata. All but the net of an example lies in `folder`."""

    def strata(*arguments):
        done = subprocess.run([command, *arguments], check=True, capture_output=True, text=True)
        return done.stdout

    model = examples / case.example if case.example else folder / "model.net"
    if case.source:
        model.write_text(case.source, encoding="utf-8")
    of_net = ["--net", case.net] if case.net else []
    files = Files(
        model=model,
        weights=folder / "weights.npz",
        input=folder / "input.npy",
        expected=folder / "expected.npy",
        onnx=folder / "model.onnx" if with_onnx else None,
        manifest=folder / "model.json" if with_library else None,
        operations=2.0 * case.batch * json.loads(strata("summary", "--json", *of_net, model))["totals"]["multiply_adds"],
    )
    strata("weights", "initialise", "--seed", str(SEED), *of_net, model, files.weights)
    random = np.random.default_rng(SEED)
    weights = dict(np.load(files.weights))
    _settle_norms(weights, random)
    np.savez(files.weights, **weights)
    np.save(files.input, random.random((case.batch, *case.shape), dtype=np.float32))
    strata("run", "--precision", "double", *of_net, "--weights", files.weights, "--output", files.expected, model, files.input)
    if with_library:
        strata("build", "--name", "model", *of_net, "--weights", files.weights, "--output", folder, model)
    if with_onnx:
        _write_onnx(case, weights, np.load(files.expected).shape, files.onnx)
    return files


def _write_onnx(case, weights, output_shape, path):
    layers = Layers(weights)
    output = case.onnx(layers, "input")
    model = layers.model((case.batch, *case.shape), output, output_shape)
    path.write_bytes(model.SerializeToString())
