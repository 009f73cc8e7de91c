"""Compares the logits of a built LeNet: `compare_lenet.py MANIFEST IMAGES REFERENCE LOGITS...`. IMAGES is an unpacked IDX file, REFERENCE a safetensors file with
the published logits of its first images, LOGITS are .npy files of other engines. All within 1e-4."""

import json
import os
import sys

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/built"))
from built_model import BuiltModel

TOLERANCE = 1e-4


def read_safetensors(path):
    """The first array of a file."""
    with open(path, "rb") as file:
        facts = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        array = next(value for key, value in facts.items() if key != "__metadata__")
        start, end = array["data_offsets"]
        return numpy.frombuffer(file.read()[start:end], {"F32": "<f4", "F64": "<f8"}[array["dtype"]]).reshape(array["shape"])


def main(manifest, images, reference, *others):
    pixels = numpy.fromfile(images, numpy.uint8)[16:].reshape(-1, 1, 28, 28)
    logits = BuiltModel(manifest)(image=pixels / 255)["output"]
    known = read_safetensors(reference)
    differences = [abs(logits[: len(known)] - known).max()] + [abs(logits - numpy.load(other)).max() for other in others]
    print(f"{len(logits)} images, largest differences: " + ", ".join(f"{difference:.2g}" for difference in differences))
    return 0 if max(differences) <= TOLERANCE else 1


sys.exit(main(*sys.argv[1:]))
