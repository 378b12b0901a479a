"""A foreign network as numbers: convolutions with their activations, then one that enlarges.  What every reader gives.

Knows no file format and no network of this project.  Real numbers are the file's own: luma from 0 to `white`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from golden.int_type import IntType
from qat.errors import ForeignError
from qat.model.shape import MAX_KERNEL, SCALES

FloatArray = NDArray[np.float64]
MAX_CHANNELS = 512


@dataclass(frozen=True)
class Grid:
    """What quantized values are multiples of, and the integers: `scale`, one or one for each output channel."""

    scale: FloatArray
    integers: IntType


@dataclass(frozen=True)
class Convolution:
    """A same-size convolution and what follows it: PReLU slopes, then at most `clip`.

    weight: (out_channels, in_channels, K, K), K odd.  bias, slope: (out_channels,), slopes 1 where there is no activation.
    weights, output: their grids, where the network is quantized.
    """

    name: str
    weight: FloatArray
    bias: FloatArray
    slope: FloatArray
    clip: float = math.inf
    weights: Grid | None = None
    output: Grid | None = None

    def __post_init__(self) -> None:
        shape = self.weight.shape
        if len(shape) != 4 or shape[2] != shape[3] or shape[2] % 2 == 0 or shape[2] > MAX_KERNEL:
            raise ForeignError(f"layer '{self.name}': weight of shape {shape}; allowed K x K, K odd, up to {MAX_KERNEL}")
        if shape[0] > MAX_CHANNELS:
            raise ForeignError(f"layer '{self.name}': {shape[0]} channels; allowed up to {MAX_CHANNELS}")
        check_numbers(self.name, weight=self.weight, bias=self.bias, slope=self.slope)
        if self.bias.shape != shape[:1] or self.slope.shape != shape[:1]:
            raise ForeignError(
                f"layer '{self.name}': bias of shape {self.bias.shape} and {self.slope.size} slopes; allowed {shape[0]}"
            )
        if not self.clip > 0:
            raise ForeignError(f"layer '{self.name}': outputs clipped at {self.clip}; allowed above 0")

    @property
    def out_channels(self) -> int:
        return len(self.weight)

    @property
    def rectifies(self) -> bool:
        """Whether nothing negative comes out."""
        return bool((self.slope <= 0).all())


@dataclass(frozen=True)
class Enlargement:
    """The last layer: a pixel shuffle of stride^2 channels, or a transposed convolution of one.

    weight: (stride^2, in_channels, K, K), or (1, in_channels, K, K) transposed.  bias: (stride^2,).
    padding: rows and columns that the transposed one drops in front.
    skip: (stride^2,) by which the LR pixel is multiplied and added to its sub-pixels, or None.  clip: outputs are 0 to it at most.
    weights, output: grids as of a Convolution.  residual: taps of a transposed convolution of the LR pixel - 1/2 that is added, and
    the grid of its weights; in quantized networks alone.
    """

    name: str
    weight: FloatArray
    bias: FloatArray
    stride: int
    transposed: bool = False
    padding: int = 0
    skip: FloatArray | None = None
    clip: float = math.inf
    weights: Grid | None = None
    output: Grid | None = None
    residual: tuple[FloatArray, Grid] | None = None

    def __post_init__(self) -> None:
        check_numbers(self.name, weight=self.weight, bias=self.bias, skip=np.zeros(1) if self.skip is None else self.skip)
        if self.stride not in SCALES:
            raise ForeignError(f"layer '{self.name}': enlarges {self.stride} times; allowed {', '.join(map(str, SCALES))}")
        shape, channels = self.weight.shape, 1 if self.transposed else self.stride**2
        odd = self.transposed or shape[-1] % 2 == 1
        if len(shape) != 4 or shape[0] != channels or shape[2] != shape[3] or shape[2] > MAX_KERNEL or not odd:
            allowed = f"({channels}, channels, K, K) for x{self.stride}, K up to {MAX_KERNEL}"
            raise ForeignError(f"layer '{self.name}': weight of shape {shape}; allowed {allowed}")
        overhang = shape[2] - self.stride - self.padding
        if self.transposed and (self.padding < 0 or overhang + self.stride < 1):
            raise ForeignError(f"layer '{self.name}': kernel {shape[2]} with padding {self.padding}; allowed at most the kernel")


@dataclass(frozen=True)
class Chain:
    """A whole network, for one channel of luma.

    white: what luma 255 is in the file's real numbers.  input: the grid of a quantized network's luma.
    """

    hidden: tuple[Convolution, ...]
    last: Enlargement
    white: float
    layout: str
    input: Grid | None = None

    def __post_init__(self) -> None:
        if not self.hidden:
            raise ForeignError(f"layer '{self.last.name}': the only one; allowed at least one convolution before it")
        channels = 1
        for layer in (*self.hidden, self.last):
            taken = layer.weight.shape[1]
            if layer is self.hidden[0]:
                check_luma(layer.name, layer.weight)
            if taken != channels:
                raise ForeignError(f"layer '{layer.name}': takes {taken} channels, the layer before gives {channels}")
            channels = len(layer.weight)
        if self.last.clip < self.white * (1 - 1e-6):
            raise ForeignError(
                f"layer '{self.last.name}': clips at {self.last.clip:g}; allowed white, which is {self.white:g}, or more"
            )

    @property
    def is_quantized(self) -> bool:
        """Whether any layer is."""
        return any(grid is not None for layer in (*self.hidden, self.last) for grid in (layer.weights, layer.output))

    @torch.no_grad()
    def run(self, x: Tensor) -> Tensor:
        """The file's own output for (N, 1, H, W) in its own numbers, in float64, by its own operators."""
        y, luma = x.double(), x.double()
        for layer in self.hidden:
            y = F.conv2d(y, _tensor(layer.weight), _tensor(layer.bias), padding=layer.weight.shape[-1] // 2)
            y = torch.where(y < 0, y * _tensor(layer.slope)[:, None, None], y).clamp(max=layer.clip)
        last = self.last
        added = _tensor(last.bias)[:, None, None]
        if last.skip is not None:
            added = added + luma * _tensor(last.skip)[:, None, None]
        if not last.transposed:
            return F.pixel_shuffle(F.conv2d(y, _tensor(last.weight), padding=last.weight.shape[-1] // 2) + added, last.stride)
        whole = F.conv_transpose2d(y, _tensor(last.weight).transpose(0, 1), stride=last.stride)
        rows, columns = (size * last.stride for size in x.shape[2:])
        whole = F.pad(whole, (0, columns, 0, rows))[..., last.padding :, last.padding :][..., :rows, :columns]
        return whole + F.pixel_shuffle(added.expand(len(x), -1, *x.shape[2:]), last.stride)


def check_luma(name: str, weight: FloatArray) -> None:
    """Raises ForeignError unless the first layer's weight (out_channels, in_channels, K, K) takes one channel."""
    if weight.shape[1] != 1:
        raise ForeignError(f"layer '{name}': takes {weight.shape[1]} channels; allowed 1, luma (no RGB network is imported)")


def spread(values: FloatArray, count: int) -> FloatArray:
    """(count,): one value for all, or as many as there are; otherwise as given, to be refused where it is used."""
    return np.full(count, values.item()) if values.size == 1 else values.flatten()


def check_numbers(name: str, **arrays: Any) -> None:
    """Raises ForeignError for what is not finite."""
    for part, array in arrays.items():
        if not np.isfinite(array).all():
            raise ForeignError(f"layer '{name}': {part} holds NaN or infinity; allowed finite numbers")


Last = TypeVar("Last", Convolution, Enlargement)


def carried(hidden: tuple[Convolution, ...], since: int, last: Last) -> tuple[tuple[Convolution, ...], Last]:
    """The same network where what layer `since` gives is added to what `last` takes, without the addition: every layer between
    passes those channels on beside its own.
    """
    source, layers = hidden[since], list(hidden[: since + 1])
    if source.output is not None or last.weights is not None:
        raise ForeignError(f"layer '{last.name}': takes a sum of two layers' features; allowed in float networks alone")
    passed = source.out_channels
    for index, layer in enumerate(hidden[since + 1 :]):
        if source.clip > layer.clip:
            raise ForeignError(f"layer '{layer.name}': clips what '{source.name}' gives past it; allowed the same clip in both")
        if passed + layer.out_channels > MAX_CHANNELS:
            raise ForeignError(
                f"layer '{layer.name}': {passed + layer.out_channels} channels, those passed on too; allowed {MAX_CHANNELS}"
            )
        kernel = layer.weight.shape[-1]
        middle = np.zeros((passed, passed, kernel, kernel))
        middle[:, :, kernel // 2, kernel // 2] = np.eye(passed)
        own = layer.weight if index == 0 else np.concatenate([layer.weight, np.zeros((layer.out_channels, *middle.shape[1:]))], 1)
        through = middle if index == 0 else np.concatenate([np.zeros((passed, layer.weight.shape[1], kernel, kernel)), middle], 1)
        slope = np.full(passed, 0.0 if source.rectifies and layer.rectifies else 1.0)
        parts = np.concatenate([own, through]), np.append(layer.bias, np.zeros(passed)), np.append(layer.slope, slope)
        layers.append(Convolution(layer.name, *parts, layer.clip))
    if last.weight.shape[1] != passed:
        raise ForeignError(
            f"layer '{last.name}': takes {last.weight.shape[1]} channels; '{source.name}', added there, has {passed}"
        )
    return tuple(layers), replace(last, weight=np.concatenate([last.weight, last.weight], 1))


def _tensor(array: FloatArray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array))
