"""The nets that are measured: what Strata reads, and the same as ONNX for its peers, of the same weights."""

from dataclasses import dataclass
from functools import partial
from typing import Callable

import numpy as np


@dataclass(frozen=True)
class Case:
    """One row of the table: a net, its batch, and the share of the best peer's time that it is to reach on one core."""

    name: str
    shape: tuple  # of one sample
    onnx: Callable  # (Layers, value) -> value: the net for the peers
    batch: int = 1
    goal: float | None = None
    example: str | None = None  # a file of the examples ...
    net: str | None = None  # ... and a net in it; else its last one
    source: str | None = None  # or the text of the net itself
    single: bool = False  # one operation, also measured with cold caches

    @property
    def key(self):
        """A name for files."""
        return "".join(c if c.isalnum() else "-" for c in self.name)


class Layers:
    """Writes ONNX nodes layer by layer. Each layer with weights takes the next ones of Strata's file, whose order is that of the net."""

    def __init__(self, weights):
        from onnx import helper, numpy_helper

        self._helper = helper
        self._numpy_helper = numpy_helper
        self._layers = {}
        for name, values in weights.items():
            layer, leaf = name.rsplit(".", 1)
            self._layers.setdefault(layer, {})[leaf] = values
        self._next = iter(self._layers.items())
        self.nodes = []
        self.tensors = []

    def add(self, operation, inputs, **attributes):
        """One node; gives the name of its value."""
        value = f"value{len(self.nodes)}"
        self.nodes.append(self._helper.make_node(operation, inputs, [value], **attributes))
        return value

    def _take(self, *leaves):
        layer, values = next(self._next)
        assert set(values) <= set(leaves), f"the layer {layer} has {list(values)}, not {leaves}"
        names = []
        for leaf in (leaf for leaf in leaves if leaf in values):
            names.append(f"{layer}.{leaf}")
            self.tensors.append(self._numpy_helper.from_array(values[leaf], names[-1]))
        return names, values

    def conv(self, x, stride=1, pad=0, groups=1):
        names, values = self._take("weight", "bias")
        window = values["weight"].shape[2:]
        return self.add("Conv", [x, *names], kernel_shape=window, strides=[stride] * 2, pads=[pad] * 4, group=groups)

    def norm(self, x):
        names, _ = self._take("weight", "bias", "running_mean", "running_variance")
        return self.add("BatchNormalization", [x, *names], epsilon=1e-5)

    def dense(self, x):
        names, _ = self._take("weight", "bias")
        return self.add("Gemm", [x, *names], transB=1)

    def relu(self, x):
        return self.add("Relu", [x])

    def relu6(self, x):
        for name, value in (("zero", 0), ("six", 6)):
            if all(tensor.name != name for tensor in self.tensors):
                self.tensors.append(self._numpy_helper.from_array(np.float32(value), name))
        return self.add("Clip", [x, "zero", "six"])

    def max_pool(self, x, window=2, stride=2, pad=0):
        return self.add("MaxPool", [x], kernel_shape=[window] * 2, strides=[stride] * 2, pads=[pad] * 4)

    def flatten(self, x):
        return self.add("Flatten", [x])

    def mean(self, x):
        return self.flatten(self.add("GlobalAveragePool", [x]))

    def model(self, shape, output, output_shape):
        """The whole of it, with sizes that are known, the batch too."""
        from onnx import TensorProto

        assert next(self._next, None) is None, "there are weights left over"
        make = self._helper.make_tensor_value_info
        graph = self._helper.make_graph(
            self.nodes,
            "net",
            [make("input", TensorProto.FLOAT, shape)],
            [make(output, TensorProto.FLOAT, output_shape)],
            self.tensors,
        )
        return self._helper.make_model(graph, opset_imports=[self._helper.make_opsetid("", 17)], ir_version=8)


def mlp(on, x):
    return on.dense(on.relu(on.dense(x)))


def lenet(on, x):
    x = on.max_pool(on.relu(on.conv(x, pad=2)))
    x = on.flatten(on.max_pool(on.relu(on.conv(x))))
    return on.dense(on.relu(on.dense(on.relu(on.dense(x)))))


def vgg16(on, x):
    for count in (2, 2, 3, 3, 3):
        for _ in range(count):
            x = on.relu(on.conv(x, pad=1))
        x = on.max_pool(x)
    x = on.flatten(x)
    return on.dense(on.relu(on.dense(on.relu(on.dense(x)))))


def _basic(on, x, stride, changes):
    main = on.relu(on.norm(on.conv(x, stride=stride, pad=1)))
    main = on.norm(on.conv(main, pad=1))
    skip = on.norm(on.conv(x, stride=stride)) if changes else x
    return on.relu(on.add("Add", [main, skip]))


def _bottleneck(on, x, stride, changes):
    main = on.relu(on.norm(on.conv(x)))
    main = on.relu(on.norm(on.conv(main, stride=stride, pad=1)))
    main = on.norm(on.conv(main))
    skip = on.norm(on.conv(x, stride=stride)) if changes else x
    return on.relu(on.add("Add", [main, skip]))


def _resnet(on, x, block, counts, first_changes):
    x = on.max_pool(on.relu(on.norm(on.conv(x, stride=2, pad=3))), window=3, stride=2, pad=1)
    for stage, count in enumerate(counts):
        for i in range(count):
            first = i == 0
            x = block(on, x, 2 if first and stage > 0 else 1, first and (stage > 0 or first_changes))
    return on.dense(on.mean(x))


def resnet18(on, x):
    return _resnet(on, x, _basic, (2, 2, 2, 2), False)


def resnet50(on, x):
    return _resnet(on, x, _bottleneck, (3, 4, 6, 3), True)


def mobilenetv2(on, x):
    x = on.relu6(on.norm(on.conv(x, stride=2, pad=1)))
    channels = 32
    stages = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
    for expand, out, count, stride in stages:
        for i in range(count):
            step = stride if i == 0 else 1
            wide = channels * expand
            main = x if expand == 1 else on.relu6(on.norm(on.conv(x)))
            main = on.relu6(on.norm(on.conv(main, stride=step, pad=1, groups=wide)))
            main = on.norm(on.conv(main))
            x = on.add("Add", [main, x]) if step == 1 and channels == out else main
            channels = out
    x = on.relu6(on.norm(on.conv(x)))
    return on.dense(on.mean(x))


def convolution(channels, side, window=3, out=None, stride=1, groups=1, goal=None):
    """A single convolution with a bias, padded to keep the side (or half of it)."""
    out = out or channels
    pad = window // 2
    kind = "depthwise" if groups > 1 else "conv"
    to = f" to {out}" if out != channels else ""
    step = f" stride {stride}" if stride > 1 else ""
    source = (
        f"net single(x: {channels}x{side}x{side}) -> {out}x{side // stride}x{side // stride} =\n"
        f"  x |> conv({out}, {window}x{window}, stride={stride}, pad={pad}, groups={groups})\n"
    )
    return Case(
        name=f"{kind} {window}x{window}{step}, {channels}{to}, {side}x{side}",
        shape=(channels, side, side),
        onnx=partial(Layers.conv, stride=stride, pad=pad, groups=groups),
        goal=goal,
        source=source,
        single=True,
    )


MLP = "net mlp(x: 784) -> classes(10) = x |> dense(128) |> relu |> dense(10)\n"
PICTURE = (3, 224, 224)

CASES = [
    Case("MLP 784-128-10", (784,), mlp, goal=0.8, source=MLP),
    Case("LeNet", (1, 28, 28), lenet, goal=0.5, example="lenet.net"),
    Case("LeNet, batch 64", (1, 28, 28), lenet, batch=64, goal=0.65, example="lenet.net"),
    Case("ResNet-18", PICTURE, resnet18, goal=0.6, example="resnet.net", net="resnet18"),
    Case("ResNet-50", PICTURE, resnet50, goal=0.9, example="resnet.net", net="resnet50"),
    Case("VGG-16", PICTURE, vgg16, goal=0.5, example="vgg.net"),
    Case("MobileNetV2", PICTURE, mobilenetv2, goal=1.0, example="mobilenetv2.net"),
    convolution(64, 56, goal=0.5),
    convolution(128, 28, goal=0.5),
    convolution(256, 14, goal=0.5),
    convolution(512, 7, goal=0.8),
    convolution(64, 224, goal=0.5),
    convolution(128, 112, goal=0.5),
    convolution(256, 56, goal=0.5),
    convolution(512, 28, goal=0.5),
    convolution(512, 14, goal=0.5),
    convolution(256, 14, window=1),
    convolution(96, 56, groups=96),
    convolution(3, 224, window=7, out=64, stride=2),
]
