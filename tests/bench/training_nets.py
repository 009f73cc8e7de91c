"""The nets whose training is measured: what Strata reads, and the same in PyTorch, of the same weights."""

from dataclasses import dataclass
from typing import Callable

TRAIN = """
data given = npz("given.npz")
train {net} {{
  data      = given
  loss      = cross_entropy
  optimizer = sgd(rate={rate}, momentum={momentum})
  epochs    = 1
  batch     = {batch}
  seed      = 1
}}
"""


@dataclass(frozen=True)
class Case:
    """One row of the table: a net, its batch, how many samples an epoch has, and what share of PyTorch's time it is to take on one core."""

    name: str
    net: str
    source: str
    shape: tuple  # of one sample
    batch: int
    epoch: int
    goal: float
    torch: Callable  # (torch) -> module
    rate: float = 0.01
    momentum: float = 0.9

    @property
    def key(self):
        """A name for files."""
        return "".join(c if c.isalnum() else "-" for c in self.name)

    @property
    def model(self):
        """The whole file for Strata."""
        return self.source + TRAIN.format(net=self.net, rate=self.rate, momentum=self.momentum, batch=self.batch)


LENET = """
net lenet(image: 1x28x28) -> classes(10) =
  image
  |> conv(6, 5x5, pad=2) |> relu |> maxpool(2x2)
  |> conv(16, 5x5)       |> relu |> maxpool(2x2)
  |> flatten
  |> dense(120) |> relu
  |> dense(84)  |> relu
  |> dense(10)
"""

MLP = """
net mlp(x: 784) -> classes(10) =
  x |> dense(512) |> relu |> dense(512) |> relu |> dense(10)
"""

RESNET = """
layer unit(out, window, stride=1, pad=0) = x ->
  x |> conv(out, window, stride=stride, pad=pad, bias=false) |> norm
layer shortcut(out, stride) = x ->
  if channels(x) == out and stride == 1 then x else x |> unit(out, 1x1, stride=stride)
layer basic(width, stride=1) = x -> {
  let main = x |> unit(width, 3x3, stride=stride, pad=1) |> relu |> unit(width, 3x3, pad=1)
  let skip = x |> shortcut(width, stride)
  relu(main + skip)
}
layer stage(count, width, stride) = x ->
  x |> basic(width, stride) |> repeat(count - 1, basic(width, 1))

net resnet20(image: 3x32x32) -> classes(10) =
  image
  |> unit(16, 3x3, pad=1) |> relu
  |> stage(3, 16, 1) |> stage(3, 32, 2) |> stage(3, 64, 2)
  |> global_avgpool |> dense(10)
"""


def torch_lenet(torch):
    nn = torch.nn
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )


def torch_mlp(torch):
    nn = torch.nn
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def torch_resnet(torch):
    nn = torch.nn

    def unit(inputs, outputs, window, stride, pad):
        return nn.Sequential(nn.Conv2d(inputs, outputs, window, stride, pad, bias=False), nn.BatchNorm2d(outputs))

    class Block(nn.Module):
        def __init__(self, inputs, width, stride):
            super().__init__()
            self.first = unit(inputs, width, 3, stride, 1)
            self.second = unit(width, width, 3, 1, 1)
            self.skip = nn.Identity() if inputs == width and stride == 1 else unit(inputs, width, 1, stride, 0)

        def forward(self, x):
            main = self.second(torch.relu_(self.first(x)))
            return torch.relu_(main + self.skip(x))

    layers = [unit(3, 16, 3, 1, 1), nn.ReLU(inplace=True)]
    inputs = 16
    for width in (16, 32, 64):
        for i in range(3):
            layers.append(Block(inputs, width, 2 if i == 0 and width > 16 else 1))
            inputs = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


CASES = [
    Case("LeNet, batch 64", "lenet", LENET, (1, 28, 28), 64, 60_000, 0.3, torch_lenet),
    Case("MLP 784-512-512-10, batch 64", "mlp", MLP, (784,), 64, 60_000, 1.0, torch_mlp),
    Case("residual net of 20 layers, batch 128", "resnet20", RESNET, (3, 32, 32), 128, 50_000, 1.0, torch_resnet),
]
