"""The sizes of a network: its layers in order, their names, channels and kernels, and what their activations may be.

Source: FSRCNN (Dong et al., ECCV 2016) with the sizes that PISR (Lee et al., ECCV 2020; KR 10-2543690) uses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SCALES = (2, 3, 4)
RECTIFIED = ("none", "wide", "all")
ACTIVATIONS = ("prelu", "relu", "clipped")
MAX_KERNEL = 31
DECONVOLUTION_KERNEL = 9
MIDDLE = 0.5
"""Mid-gray: what a lane and a residual count luma from."""
UNIT = 2.0**-8
"""One step of 8-bit luma as a real number: images live in [0, 255/256], so that every pixel is an exact power-of-two multiple."""


@dataclass(frozen=True)
class LayerShape:
    """One layer of the network: kernel x kernel taps, `stride` > 1 only for the transposed convolution.

    rectified: its slopes are at most 0, so that it gives nothing negative; clipped: and nothing above 1.
    """

    name: str
    in_channels: int
    out_channels: int
    kernel: int
    stride: int = 1
    rectified: bool = False
    clipped: bool = False

    @property
    def padding(self) -> int:
        """Rows and columns that a transposed convolution drops in front (`golden.spec`)."""
        return (self.kernel - 1) // 2

    @property
    def output_padding(self) -> int:
        """Rows and columns that it adds behind, so that its output is exactly stride times its input."""
        return self.stride - self.kernel + 2 * self.padding

    @property
    def is_deconvolution(self) -> bool:
        return self.name == "deconvolution"

    @property
    def is_residual(self) -> bool:
        return self.name == "residual"


@dataclass(frozen=True)
class NetworkShape:
    """FSRCNN(d, s, m) for one scale; slopes: one PReLU slope per "layer" or per "channel".

    residual: the LR pixel is added in the deconvolution's accumulator, through 9x9 taps of its own (`golden.term`).
    rectified: the layers whose slopes stay at most 0, so that their activations are unsigned when quantized and their steps half as
    large: none, the two "wide" ones, or all hidden ones.  Only beside a residual: luma - 1/2 must pass with its sign.
    convolutions: in place of d, s, m and rectified, a plain network: kernel, channels and activation of each layer.  The last is
    transposed, [kernel, 1, "none"]; the others end in a "prelu", a "relu" (slopes at most 0) or a "clipped" one (up to 1).

    Raises ValueError for sizes that make no network.
    """

    d: int = 56
    s: int = 12
    m: int = 4
    scale: int = 2
    slopes: Literal["layer", "channel"] = "layer"
    residual: bool = False
    rectified: Literal["none", "wide", "all"] = "none"
    convolutions: tuple[tuple[int, int, str], ...] = ()

    def __post_init__(self) -> None:
        for name, low, high in (("d", 1, 512), ("s", 1, 512), ("m", 0, 32)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"network {name} = {getattr(self, name)}; allowed {low}..{high}")
        if self.scale not in SCALES:
            raise ValueError(f"scale {self.scale}; allowed {', '.join(map(str, SCALES))}")
        if self.slopes not in ("layer", "channel"):
            raise ValueError(f"slopes '{self.slopes}'; allowed 'layer' or 'channel'")
        if self.rectified not in RECTIFIED:
            raise ValueError(f"rectified '{self.rectified}'; allowed {', '.join(RECTIFIED)}")
        if self.rectified != "none" and not self.residual:
            raise ValueError(f"rectified '{self.rectified}' without residual = true; allowed together")
        self._check_convolutions()

    def _check_convolutions(self) -> None:
        """Raises ValueError unless they make a network; lists, as JSON and TOML have them, become tuples."""
        try:
            given = tuple((kernel, channels, activation) for kernel, channels, activation in self.convolutions)
        except (TypeError, ValueError) as error:
            raise ValueError(f"convolutions {self.convolutions!r}; allowed a list of [kernel, channels, activation]") from error
        object.__setattr__(self, "convolutions", given)
        for index, (kernel, channels, activation) in enumerate(given):
            last = index == len(given) - 1
            kernels = range(self.scale, MAX_KERNEL + 1) if last else range(1, MAX_KERNEL + 1, 2)
            widths, activations = ((1,), ("none",)) if last else (range(1, 513), ACTIVATIONS)
            legal = kernel in kernels and channels in widths and activation in activations
            if not (legal and type(kernel) is type(channels) is int):
                body = f"an odd 1..{MAX_KERNEL}, 1..512, {' or '.join(ACTIVATIONS)}"
                what = f"{self.scale}..{MAX_KERNEL}, 1, none" if last else body
                raise ValueError(f"convolutions[{index}] {given[index]}; allowed {what}")
        if given and (len(given) not in range(2, 65) or self.rectified != "none"):
            raise ValueError(f"{len(given)} convolutions, rectified '{self.rectified}'; allowed 2..64, 'none'")

    @property
    def layers(self) -> tuple[LayerShape, ...]:
        if self.convolutions:
            return self._plain_layers
        wide, narrow = self.rectified != "none", self.rectified == "all"
        mapping = (LayerShape(f"mapping{i + 1}", self.s, self.s, 3, rectified=narrow) for i in range(self.m))
        return (
            LayerShape("extraction", 1, self.d, 5, rectified=wide),
            LayerShape("shrinking", self.d, self.s, 1, rectified=narrow),
            *mapping,
            LayerShape("expanding", self.s, self.d, 1, rectified=wide),
            LayerShape("deconvolution", self.d, 1, DECONVOLUTION_KERNEL, self.scale),
        )

    @property
    def _plain_layers(self) -> tuple[LayerShape, ...]:
        found, before = [], 1
        for index, (kernel, channels, activation) in enumerate(self.convolutions[:-1], 1):
            kind = activation != "prelu", activation == "clipped"
            found.append(LayerShape(f"convolution{index}", before, channels, kernel, 1, *kind))
            before = channels
        return (*found, LayerShape("deconvolution", before, 1, self.convolutions[-1][0], self.scale))

    @property
    def residual_limit(self) -> int:
        """Above the weights of a quantized residual: 1, and 2 in a plain network, whose residual may repeat the pixel."""
        return 2 if self.convolutions else 1

    @property
    def residual_layer(self) -> LayerShape:
        """The LR pixel's own transposed convolution."""
        return LayerShape("residual", 1, 1, self.layers[-1].kernel, self.scale)
