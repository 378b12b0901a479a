"""Equalized thresholds: every hidden channel is scaled to fill the threshold 1 that all activations share.

A PReLU lets a positive factor through, so a channel may be scaled where it is made and scaled back where it is read: the student
gives the same picture, and a narrow quantizer has no channel of small values to lose (cross-layer equalization: Nagel et al.,
"Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019, section 4.1, which balances weights instead).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from golden.int_type import IntType
from qat.model.quantized import Quantization
from qat.model.student import FSRCNN

FACTORS = torch.logspace(-4, 0, 33, base=2)
"""Thresholds tried for a channel, as multiples of the one whose largest integer is its peak."""


@dataclass(frozen=True)
class Equalized:
    """A float student with scaled channels, and by hidden layer the factor of each channel."""

    network: FSRCNN
    factor: dict[str, Tensor]

    def target(self, name: str, sums: Tensor) -> Tensor:
        """What a layer should sum up to, where that of the student it comes from sums up to `sums` (N, C, H, W)."""
        return sums * self.factor[name][:, None, None]


@torch.no_grad()
def equalized(student: FSRCNN, quantization: Quantization, x: Tensor) -> Equalized:
    """The student with every hidden channel scaled so that the common threshold rounds it with the least squared error.

    x: (N, 1, H, W) luma in [0, 1) to measure on.  Where a layer is clipped, the quantized one's type saturates, at 1 or below.
    """
    scaled = FSRCNN(student.shape)
    scaled.load_state_dict(student.state_dict())
    result = Equalized(scaled, {})
    for layer, (name, following) in zip(student.shape.layers, pairwise(student.layers), strict=False):
        x = student.layers[name](x)
        held = IntType(quantization.of(name).activation, signed=not layer.rectified)
        factor = 1 / best_thresholds(x.transpose(0, 1).flatten(1), held)
        _scale(scaled.layers[name], scaled.layers[following], factor)
        result.factor[name] = factor
    return result


def round_activation(values: Tensor, threshold: Tensor | float, held: IntType) -> Tensor:
    """`values` on the grid of integers of `held` whose threshold, one step above the largest, is given."""
    step = threshold / (held.max + 1)
    return (values / step).round().clamp(held.min, held.max) * step


def best_thresholds(values: Tensor, held: IntType) -> Tensor:
    """(channels,): the threshold that quantizes each row of `values` (channels, n) to integers of `held` with the least squared
    error.
    """
    holding = values.abs().amax(1).clamp(min=1e-6) * (held.max + 1) / held.max
    thresholds = holding * FACTORS[:, None].to(values.device)
    errors = [(round_activation(values, threshold[:, None], held) - values).square().mean(1) for threshold in thresholds]
    return thresholds.gather(0, torch.stack(errors).argmin(0, keepdim=True))[0]


def _scale(module: Any, consumer: nn.Module, factor: Tensor) -> None:
    module.conv.weight.mul_(factor[:, None, None, None])
    module.conv.bias.mul_(factor)
    conv = getattr(consumer, "conv", consumer)
    columns = conv.weight if isinstance(conv, nn.ConvTranspose2d) else conv.weight.transpose(0, 1)
    columns.div_(factor[:, None, None, None])
