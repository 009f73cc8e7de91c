"""Reads handwritten digits with a built LeNet: `classify.py lenet.json IMAGES LABELS`, both IDX files, unpacked."""

import sys

import numpy

from built_model import BuiltModel


def main(manifest, images, labels):
    pixels = numpy.fromfile(images, numpy.uint8)[16:].reshape(-1, 1, 28, 28)
    truth = numpy.fromfile(labels, numpy.uint8)[8:]
    output = BuiltModel(manifest)(image=pixels / 255)["output"]
    print(f"{(output.argmax(axis=1) == truth).sum()} of {len(truth)} right")


main(*sys.argv[1:])
