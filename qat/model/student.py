"""The student F_S, an FSRCNN or a plain network: what the teacher's decoder and the quantized student share with it, and how
it starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from qat.model.deconvolution import Deconvolution, Residual, interpolating_kernel
from qat.model.shape import MIDDLE, LayerShape, NetworkShape


class Activated(nn.Module):
    """A same-size convolution and its PReLU, in a clipped layer to at most 1."""

    def __init__(self, layer: LayerShape, slopes: str) -> None:
        super().__init__()
        self.conv = nn.Conv2d(layer.in_channels, layer.out_channels, layer.kernel, padding=layer.kernel // 2)
        self.prelu = nn.PReLU(layer.out_channels if slopes == "channel" else 1)
        self.clipped = layer.clipped

    def forward(self, x: Tensor) -> Tensor:
        y = self.prelu(self.conv(x))
        return y.clamp(max=1) if self.clipped else y


LayerFactory = Callable[[LayerShape], nn.Module]


class FSRCNN(nn.Module):
    """FSRCNN(d, s, m), or the plain network of its shape: (N, 1, H, W) luma in [0, 1) -> (N, 1, scale*H, scale*W), no clamp.

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


@torch.no_grad()
def start_as_interpolator(network: FSRCNN, rest: float = 0.1) -> None:
    """Make an untrained network a bicubic interpolator: channel 0 passes the LR pixel through to a cubic deconvolution, or a
    residual is the cubic one.

    rest: factor on the other deconvolution slices, which start at PyTorch's default.  The largest single gain in training time.
    """
    deconvolution = network.layers["deconvolution"]
    kernel = interpolating_kernel(network.shape.scale, deconvolution.kernel_size[0])
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
