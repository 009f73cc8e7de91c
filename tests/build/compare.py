"""Compares a built model with what the command gave: `compare.py MANIFEST INPUT.npy OUTPUT.npy`, for a model of one input and one output."""

import os
import sys

import numpy

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/built"))
from built_model import BuiltModel


def main(manifest, given, expected):
    model = BuiltModel(manifest)
    values, wanted = numpy.load(given), numpy.load(expected)
    (output,) = model(**{model.facts["inputs"][0]["name"]: values}).values()
    largest = numpy.abs(wanted).max()
    difference = numpy.abs(output - wanted.reshape(output.shape)).max() / largest
    print(f"{difference:.2g} of the largest")
    return 0 if largest > 0 and difference <= 1e-5 else 1


sys.exit(main(*sys.argv[1:]))
