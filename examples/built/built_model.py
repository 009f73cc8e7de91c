"""A model built by `strata build` as a function of numpy arrays, by its manifest NAME.json alone.

    lenet = BuiltModel("lenet/lenet.json")
    output = lenet(image=images)["output"]     # images: batch x 1 x 28 x 28
"""

import ctypes
import json
import os

import numpy

TYPES = {"float": numpy.float32, "double": numpy.float64, "unsigned char": numpy.uint8, "int64_t": numpy.int64}


def aligned(size, alignment):
    """Memory as the library wants it: an array of bytes that begins at a multiple of `alignment`."""
    memory = numpy.empty(size + alignment, numpy.uint8)
    start = -memory.ctypes.data % alignment
    return memory[start:start + size]


class Weights(ctypes.Structure):
    _fields_ = [("weights", ctypes.c_void_p), ("prepared", ctypes.c_void_p), ("mapped", ctypes.c_void_p), ("mapped_size", ctypes.c_size_t)]


class BuiltModel:
    def __init__(self, manifest):
        with open(manifest, encoding="utf-8") as file:
            self.facts = json.load(file)
        self.folder = os.path.dirname(os.path.abspath(manifest))
        self.library = ctypes.CDLL(os.path.join(self.folder, self.facts["files"]["shared"]))
        self._function("error_text").restype = ctypes.c_char_p
        self._function("workspace_size").restype = ctypes.c_size_t
        self._check(self._function("check")(self.facts["signature"].encode()))
        self.weights = self._take_weights() if self.facts["weights"]["parameter"] else None

    def _function(self, name):
        return getattr(self.library, f"{self.facts['name']}_{name}")

    def _check(self, error):
        if error:
            raise ValueError(self._function("error_text")(error).decode())

    def _take_weights(self):
        weights = Weights()
        if self.facts["weights"]["in_file"]:
            path = os.path.join(self.folder, self.facts["files"]["weights"])
            self._check(self._function("map")(ctypes.byref(weights), path.encode()))
        if self.facts["weights"]["prepared_bytes"]:
            self.prepared = aligned(self.facts["weights"]["prepared_bytes"], self.facts["alignment"])
            self._check(self._function("prepare")(ctypes.byref(weights), ctypes.c_void_p(self.prepared.ctypes.data)))
        return weights

    def _shape(self, port, batch):
        pair = [2] if port["kind"] == "complex" else []
        return ([batch] if port["batched"] else []) + port["shape"] + pair

    def _input(self, port, value):
        value = numpy.ascontiguousarray(value, TYPES[port["type"]])
        batch = value.shape[0] if port["batched"] and value.ndim else 1
        if list(value.shape) != self._shape(port, batch):
            raise ValueError(f"{port['name']} takes {self._shape(port, 'batch')}, not {list(value.shape)}")
        return value, batch if port["batched"] else None

    def __call__(self, **values):
        inputs = [self._input(port, values[port["name"]]) for port in self.facts["inputs"]]
        batches = {batch for _, batch in inputs if batch is not None} or {1}
        if len(batches) != 1:
            raise ValueError("inputs have batches of different sizes")
        batch = batches.pop()
        outputs = [numpy.empty(self._shape(port, batch), TYPES[port["type"]]) for port in self.facts["outputs"]]
        workspace = aligned(self._function("workspace_size")(ctypes.c_size_t(batch)), self.facts["alignment"])
        arrays = [array for array, _ in inputs] + outputs + [workspace]
        places = [ctypes.c_void_p(array.ctypes.data) for array in arrays]
        weights = [ctypes.byref(self.weights)] if self.weights is not None else []
        self._check(self._function("run")(*weights, *places, ctypes.c_size_t(batch)))
        return {port["name"]: array for port, array in zip(self.facts["outputs"], outputs)}
