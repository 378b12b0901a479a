"""What a tensor of a foreign graph is, as far as it can be part of a chain: constants, pixels, features."""

from __future__ import annotations

from dataclasses import dataclass

from qat.importing.chain import Convolution, Enlargement, FloatArray, Grid


@dataclass(frozen=True)
class Constant:
    """Numbers that are known; grid: of quantized ones.  unsigned: whether they came as unsigned integers."""

    values: FloatArray
    grid: Grid | None = None
    unsigned: bool = False


@dataclass(frozen=True)
class Sizes:
    """Integers about shapes, which are not followed."""


@dataclass(frozen=True)
class Pixels:
    """Channels that are factor * LR pixel + offset, each (channels,).

    unsqueezed: with an axis more behind the channels.  enlarged: each pixel repeated so often each way.
    """

    factor: FloatArray
    offset: FloatArray
    grid: Grid | None = None
    unsqueezed: bool = False
    enlarged: int = 1


@dataclass(frozen=True)
class Features:
    """What the last of `layers` gives; the layers before it lead there from the LR pixel.

    since: the number of the layer whose outputs are added to it, which is not done until a convolution reads it.
    shifted: whether the first layer reads the LR pixel - 1/2.  shuffled: whether the last one's sub-pixels are in place.
    integers: between QuantizeLinear and DequantizeLinear.
    """

    layers: tuple[Convolution | Enlargement, ...]
    since: int | None = None
    shifted: bool = False
    shuffled: bool = False
    input: Grid | None = None
    integers: bool = False

    @property
    def last(self) -> Convolution | Enlargement:
        return self.layers[-1]


Value = Constant | Sizes | Pixels | Features
