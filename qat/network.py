"""The student F_S, an FSRCNN, and the structure that the teacher's decoder and the quantized student share with it.

Decides the layers, their names and how they start.  Source: FSRCNN (Dong et al., ECCV 2016) with the sizes that PISR
(Lee et al., ECCV 2020; KR 10-2543690) uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PRESETS = {"fsrcnn": (56, 12, 4), "fsrcnn-s": (32, 5, 1)}
SCALES = (2, 3, 4)
RECTIFIED = ("none", "wide", "all")
DECONVOLUTION_KERNEL = 9
MIDDLE = 0.5
"""Mid-gray: what a lane and a residual count luma from."""
UNIT = 2.0**-8
"""One step of 8-bit luma as a real number: images live in [0, 255/256], so that every pixel is an exact power-of-two multiple."""


@dataclass(frozen=True)
class LayerShape:
    """One layer of the network: kernel x kernel taps, `stride` > 1 only for the transposed convolution.

    rectified: its slopes are at most 0, so that it gives nothing negative.
    """

    name: str
    in_channels: int
    out_channels: int
    kernel: int
    stride: int = 1
    rectified: bool = False

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

    residual: the LR pixel is added in the deconvolution's accumulator, through 9x9 taps of its own (`golden.residual`).
    rectified: the layers whose slopes stay at most 0, so that their activations are unsigned when quantized and their steps half as
    large: none, the two "wide" ones, or all hidden ones.  Only beside a residual: luma - 1/2 must pass with its sign.

    Raises ValueError for sizes that make no network.
    """

    d: int = 56
    s: int = 12
    m: int = 4
    scale: int = 2
    slopes: Literal["layer", "channel"] = "layer"
    residual: bool = False
    rectified: Literal["none", "wide", "all"] = "none"

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

    @property
    def layers(self) -> tuple[LayerShape, ...]:
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
    def residual_layer(self) -> LayerShape:
        """The LR pixel's own transposed convolution."""
        return LayerShape("residual", 1, 1, DECONVOLUTION_KERNEL, self.scale)


class Activated(nn.Module):
    """A same-size convolution and its PReLU."""

    def __init__(self, layer: LayerShape, slopes: str) -> None:
        super().__init__()
        self.conv = nn.Conv2d(layer.in_channels, layer.out_channels, layer.kernel, padding=layer.kernel // 2)
        self.prelu = nn.PReLU(layer.out_channels if slopes == "channel" else 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.prelu(self.conv(x))


class Deconvolution(nn.ConvTranspose2d):
    """The 9x9 transposed convolution, output exactly `stride` times the input.

    In training it is computed by its taps, which is faster on a CPU, most of all when compiled.
    """

    def __init__(self, layer: LayerShape, bias: bool = True) -> None:
        super().__init__(layer.in_channels, 1, layer.kernel, layer.stride, layer.padding, layer.output_padding, bias=bias)

    def forward(self, x: Tensor, added: Tensor | None = None) -> Tensor:  # type: ignore[override]
        """added: what a residual gives, (N, 1, scale*H, scale*W)."""
        y = deconvolve_by_taps(x, self.weight, self.bias, self.stride[0]) if self.training else super().forward(x)
        return y if added is None else y + added


class Residual(Deconvolution):
    """The LR pixel's own transposed convolution: of luma - 1/2, so that the halo is mid-gray; the deconvolution has the bias."""

    def __init__(self, layer: LayerShape) -> None:
        super().__init__(layer, bias=False)

    def forward(self, x: Tensor, added: Tensor | None = None) -> Tensor:  # type: ignore[override]
        return super().forward(x - MIDDLE, added)


def deconvolve_by_taps(x: Tensor, weight: Tensor, bias: Tensor | None, stride: int) -> Tensor:
    """The transposed convolution of (N, C, H, W) with weight (C, 1, K, K), by phases (`golden.phases`).

    One matrix product gives what each LR pixel adds to each phase of its neighbours, and `F.fold` adds it up.
    """
    count, channels, rows, columns = x.shape
    order = _taps_by_neighbour(weight.shape[-1], stride, weight.device)
    by_phase = F.pad(weight.reshape(channels, -1), (0, 1))[:, order.flatten()]
    added = torch.einsum("ck,nchw->nkhw", by_phase, x)
    added = added.to(torch.promote_types(added.dtype, torch.float32)).reshape(count, -1, rows * columns)
    by_phase_added = F.fold(added, (rows, columns), order.shape[1], padding=order.shape[1] // 2)
    y = F.pixel_shuffle(_in_memory(by_phase_added), stride)
    return y if bias is None else y + bias[:, None, None]


@torch.library.custom_op("qat::in_memory", mutates_args=())
def _in_memory(x: Tensor) -> Tensor:
    """The same tensor, and in the backward pass the same gradient, written out where a compiled graph would compute it again for
    each of the K*K taps that read it: a third more steps a second.
    """
    return x.clone()


@_in_memory.register_fake
def _like(x: Tensor) -> Tensor:
    return torch.empty_like(x)


_in_memory.register_autograd(lambda _context, gradient: _in_memory(gradient))


def _taps_by_neighbour(kernel: int, stride: int, device: torch.device) -> Tensor:
    """(stride^2, reach, reach) of ky*K + kx: the tap through which an LR pixel adds to a phase of each neighbour; K*K for none."""
    padding = (kernel - 1) // 2
    reach = (stride - 1 + padding) // stride
    neighbour = torch.arange(-reach, reach + 1, device=device)
    tap = torch.arange(stride, device=device)[:, None] + padding + stride * neighbour
    exists = (tap >= 0) & (tap < kernel)
    index = tap[:, None, :, None] * kernel + tap[None, :, None, :]
    index = torch.where(exists[:, None, :, None] & exists[None, :, None, :], index, kernel * kernel)
    return index.reshape(stride**2, len(neighbour), len(neighbour))


LayerFactory = Callable[[LayerShape], nn.Module]


class FSRCNN(nn.Module):
    """FSRCNN(d, s, m): (N, 1, H, W) luma in [0, 1) -> (N, 1, scale*H, scale*W), no clamp.

    `layers` maps each layer's name to its module; `make_layer` decides what they are made of (the quantized student's are
    Brevitas's).
    """

    def __init__(self, shape: NetworkShape, make_layer: LayerFactory | None = None) -> None:
        super().__init__()
        self.shape = shape
        make = make_layer or self._float_layer
        self.layers = nn.ModuleDict({layer.name: make(layer) for layer in shape.layers})
        self.residual = make(shape.residual_layer) if shape.residual else None
        self.rectify()
        self.register_load_state_dict_post_hook(lambda network, _: network.rectify())

    @torch.no_grad()
    def rectify(self) -> None:
        """Put the slopes of rectified layers that are above 0 there: when made, when loaded, and after each step of a training."""
        for layer in self.shape.layers:
            if layer.rectified:
                self.layers[layer.name].prelu.weight.clamp_(max=0)

    def _float_layer(self, layer: LayerShape) -> nn.Module:
        if layer.is_residual:
            return Residual(layer)
        return Deconvolution(layer) if layer.is_deconvolution else Activated(layer, self.shape.slopes)

    def forward(self, x: Tensor) -> Tensor:
        return self.forward_with_map(x, None)[0]

    def forward_with_map(self, x: Tensor, name: str | None) -> tuple[Tensor, Tensor | None]:
        """The output, and the intermediate map that the layer called `name` gives (f_T or f_S in eq. 8)."""
        chosen = None
        for layer, x in self.maps(x):  # noqa: B020 - the last of the maps is the output
            if layer == name:
                chosen = x
        return x, chosen

    def maps(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Each layer's name and output, in order."""
        luma = x
        for name, module in self.layers.items():
            adds = self.residual is not None and name == "deconvolution"
            x = module(x, self.residual(luma)) if adds else module(x)
            yield name, x


def cubic(t: Tensor) -> Tensor:
    """Keys' cubic convolution kernel with a = -0.5 (Keys 1981, eq. 15), the one of MATLAB's imresize."""
    t = t.abs()
    near = (1.5 * t - 2.5) * t * t + 1
    far = ((-0.5 * t + 2.5) * t - 4) * t + 2
    return torch.where(t <= 1, near, torch.where(t < 2, far, torch.zeros_like(t)))


def interpolating_kernel(scale: int) -> Tensor:
    """(9, 9): the taps with which a transposed convolution of that stride is a bicubic interpolator."""
    tap = torch.arange(DECONVOLUTION_KERNEL) - (DECONVOLUTION_KERNEL - 1) // 2
    line = cubic((tap + 0.5) / scale - 0.5)
    for phase in range(scale):
        of_phase = (tap - phase) % scale == 0
        line[of_phase] /= line[of_phase].sum()
    return torch.outer(line, line)


@torch.no_grad()
def start_as_interpolator(network: FSRCNN, rest: float = 0.1) -> None:
    """Make an untrained network a bicubic interpolator: channel 0 passes the LR pixel through to a cubic deconvolution, or a
    residual is the cubic one.

    rest: factor on the other deconvolution slices, which start at PyTorch's default.  The largest single gain in training time.
    """
    deconvolution = network.layers["deconvolution"]
    kernel = interpolating_kernel(network.shape.scale)
    deconvolution.weight.mul_(rest)
    deconvolution.bias.zero_()
    if network.residual is not None:
        deconvolution.bias.fill_(MIDDLE)
        network.residual.weight[0, 0] = kernel
        return
    deconvolution.weight[0, 0] = kernel
    for name, module in network.layers.items():
        if name != "deconvolution":
            _pass_through(module.conv)


def _pass_through(conv: nn.Conv2d) -> None:
    """Channel 0 of the output becomes channel 0 of the input."""
    middle = conv.kernel_size[0] // 2
    conv.weight[0] = 0
    conv.weight[0, 0, middle, middle] = 1
    conv.bias[0] = 0
