"""The quantized student's forward as plain tensor operations: the same integers, several times as fast when compiled.

Brevitas's layers hand each other tensors that carry scales, at which a compiled graph breaks.  No scale is trained, so all of them
are constants, and what is left is rounding, clamping and products.  Weights are taken as they are: `qat.quantizing.inq` puts them
on their grids, and a residual's are there from the start.  Brevitas's layers keep the parameters and are what is validated and
frozen; this is how a training computes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from golden.int_type import IntType
from qat.model.deconvolution import deconvolve_by_taps
from qat.model.quantized import SLOPE_BITS, SLOPE_FRACTION_BITS, QuantizedFSRCNN
from qat.model.shape import MIDDLE, UNIT

Forward = Callable[[Tensor, str | None], tuple[Tensor, Tensor | None]]


@dataclass(frozen=True)
class _Grid:
    """Multiples of `scale` from `lowest` to `highest`; the gradient passes where it only rounds."""

    scale: Tensor | float
    lowest: int
    highest: int

    def __call__(self, x: Tensor) -> Tensor:
        steps = x / self.scale
        rounded = steps + (steps.round() - steps).detach()
        return rounded.clamp(self.lowest, self.highest) * self.scale


LUMA = _Grid(UNIT, 0, 255)
SLOPE = _Grid(2.0**-SLOPE_FRACTION_BITS, -(2 ** (SLOPE_BITS - 1)), 2 ** (SLOPE_BITS - 1) - 1)
BIAS_LIMIT = 2**31 - 1


@dataclass(frozen=True)
class _PlainLayer:
    """One layer: its Brevitas module, which owns the parameters, and the grids of biases and output."""

    module: Any
    bias: _Grid
    output: _Grid

    def __call__(self, x: Tensor, added: Tensor | float = 0.0) -> Tensor:
        conv = self.module.conv
        weight, bias = conv.weight, self.bias(conv.bias)
        if conv.output_channel_dim == 1:
            return self.output(deconvolve_by_taps(x, weight, bias, conv.stride[0]) + added)
        sums = F.conv2d(x, weight, bias, padding=conv.padding)
        return self.output(F.prelu(sums, SLOPE(self.module.prelu.weight).to(sums.dtype)))


@torch.no_grad()
def plain_forward(network: QuantizedFSRCNN) -> Forward:
    """What `network.forward_with_map` computes, with its scales as they now stand and the parameters that it will have, once its
    weights are on their grids.
    """
    layers, scale = {}, torch.tensor(UNIT, device=next(network.parameters()).device)
    for name, module in network.layers.items():
        weight_scale = module.conv.quant_weight().scale.detach()
        accumulator = (scale * weight_scale).flatten()
        output = LUMA if name == "deconvolution" else _activation(module.requantize.act_quant)
        layers[name] = _PlainLayer(module, _Grid(accumulator, -BIAS_LIMIT, BIAS_LIMIT), output)
        scale = torch.as_tensor(output.scale)

    def residual(luma: Tensor) -> Tensor | float:
        if network.residual is None:
            return 0.0
        conv = network.residual.conv
        return deconvolve_by_taps(luma - MIDDLE, conv.weight, None, conv.stride[0])

    def forward(x: Tensor, name: str | None) -> tuple[Tensor, Tensor | None]:
        chosen, luma = None, x
        for layer, plain in layers.items():
            x = plain(x, residual(luma)) if layer == "deconvolution" else plain(x)
            if layer == name:
                chosen = x
        return x, chosen

    return forward


def _activation(proxy: Any) -> _Grid:
    held = IntType(int(proxy.bit_width()), bool(proxy.is_signed))
    return _Grid(proxy.scale().detach().clone(), held.min, held.max)
