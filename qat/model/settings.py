"""What a recipe sets in models and quantizers, as values that need no framework: widths, a distribution, a schedule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from qat.model.shape import NetworkShape

BIT_WIDTHS = range(2, 9)
Distribution = Literal["laplace", "gaussian"]
DISTRIBUTIONS = ("laplace", "gaussian")


@dataclass(frozen=True)
class LayerBits:
    """Bit widths of one layer's weights and of its output activations; the input and the output image stay 8 bit."""

    weight: int = 8
    activation: int = 8

    def __post_init__(self) -> None:
        for name in ("weight", "activation"):
            bits = getattr(self, name)
            if type(bits) is not int or bits not in BIT_WIDTHS:
                raise ValueError(f"{name} bits {bits!r}; allowed {BIT_WIDTHS[0]}..{BIT_WIDTHS[-1]}")


@dataclass(frozen=True)
class Quantization:
    """How the student is quantized: bit widths for all layers, and widths of single layers by name."""

    bits: LayerBits = LayerBits()
    overrides: dict[str, LayerBits] = field(default_factory=dict)

    def of(self, layer: str) -> LayerBits:
        return self.overrides.get(layer, self.bits)

    def check_layers(self, shape: NetworkShape) -> None:
        """Raises ValueError for an override of a layer that the network does not have."""
        names = [layer.name for layer in shape.layers]
        for name in self.overrides:
            if name not in names:
                raise ValueError(f"quantization.overrides: no layer '{name}'; allowed {', '.join(names)}")


@dataclass(frozen=True)
class Schedule:
    """When weights are put on their grids, in shares of the quantized stage's steps: none before `first`, all at `last`."""

    first: float = 0.3
    last: float = 0.9

    def __post_init__(self) -> None:
        if not 0 <= self.first < self.last <= 1:
            raise ValueError(f"first {self.first} to last {self.last}; allowed 0 <= first < last <= 1")

    def share(self, progress: float) -> float:
        """The share of each layer's weights that is held when `progress` of the stage's steps are done.

        It grows ever more slowly, along a cubic (as in Zhu and Gupta, "To prune, or not to prune", 2017, eq. 1): weights far from
        a step come last and need the most steps to be made up for.

        >>> [Schedule(0.5, 0.9).share(progress) for progress in (0.4, 0.7, 1.0)]
        [0.0, 0.875, 1.0]
        """
        left = 1 - min(1.0, max(0.0, (progress - self.first) / (self.last - self.first)))
        return round(1 - left**3, 9)
