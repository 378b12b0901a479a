"""Freeze: the quantized student's real numbers become the integers of an `IntNetwork`, exactly or not at all.

The only file that sees both Brevitas and the spec.  real = scale * q; a layer's multipliers are
input scale * weight scale / output scale (times the slope) as integer / 2^shift, which must be exact (docs/arithmetic.md, eq. 8).
"""

from __future__ import annotations

import copy
import dataclasses
import math
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor

from golden.spec import LUMA, MID_GRAY, IntArray, IntLayer, IntNetwork, IntType, Term
from qat.errors import FreezeError
from qat.model.quantized import RESIDUAL_BITS, QuantizedFSRCNN
from qat.model.shape import UNIT
from qat.quantizing.scales import is_power_of_two, multipliers


@torch.no_grad()
def freeze(network: QuantizedFSRCNN) -> IntNetwork:
    """The integer network that says, for every input, the same integers as `network` does in float64.

    The numbers are read in float64, where the student is compared: float32 may round a mantissa differently.
    Raises FreezeError when a scale or slope is not representable, NetworkError when an integer does not fit its type.
    """
    network = copy.deepcopy(network).cpu().double().eval()
    layers = []
    input_type, input_scale = LUMA, Fraction(UNIT)
    for name, module in network.layers.items():
        last = name == "deconvolution"
        output_type, output_scale = (LUMA, Fraction(UNIT)) if last else _activation(module.requantize, name)
        weight, weight_scale = _weight(module.conv, name)
        sums_scale = [input_scale * scale for scale in weight_scale]
        own = Term("previous", weight, IntType(network.quantization.of(name).weight, signed=True))
        terms, accumulator_scale = _with_luma(network, own, sums_scale) if last else ((own,), sums_scale)
        slopes = [Fraction(1)] * len(weight_scale) if last else _slopes(module.prelu, len(weight_scale))
        positive, negative, shift = multipliers(name, accumulator_scale, slopes, output_scale)
        layers.append(
            IntLayer(
                name=name,
                kind="deconv" if last else "conv",
                terms=terms,
                bias=_bias(module.conv, sums_scale, name) * terms[0].factor,
                positive_multiplier=positive,
                negative_multiplier=negative,
                shift=shift,
                input=input_type,
                output=output_type,
                stride=module.conv.stride[0],
            )
        )
        input_type, input_scale = output_type, output_scale
    return IntNetwork(tuple(layers))


def _with_luma(network: QuantizedFSRCNN, own: Term, sums_scale: list[Fraction]) -> tuple[tuple[Term, ...], list[Fraction]]:
    """The last layer's terms, and the scale of the accumulator in which their sums meet: the finer of both grids."""
    if network.residual is None:
        return (own,), sums_scale
    weight, (scale,) = _weight(network.residual.conv, "residual")
    added, sums = Fraction(UNIT) * scale, sums_scale[0]
    if not is_power_of_two(sums / added):
        raise FreezeError(
            f"layer 'deconvolution': scale {float(sums)} is no power of two, which a residual's sum could be added to"
        )
    alignment = (sums / added).numerator.bit_length() - (sums / added).denominator.bit_length()
    luma = Term("luma", weight, IntType(RESIDUAL_BITS, signed=True), max(-alignment, 0), MID_GRAY)
    return (dataclasses.replace(own, shift=max(alignment, 0)), luma), [min(added, sums)]


def _activation(requantize: Any, name: str) -> tuple[IntType, Fraction]:
    proxy = requantize.act_quant
    value = float(proxy.scale())
    if not (math.isfinite(value) and is_power_of_two(scale := Fraction(value))):
        raise FreezeError(f"layer '{name}': activation scale {value} is not a power of two")
    return IntType(int(proxy.bit_width()), signed=bool(proxy.is_signed)), scale


def _weight(conv: Any, name: str) -> tuple[IntArray, list[Fraction]]:
    """(out_channels, in_channels, K, K) integers and the scale of each output channel."""
    quantized = conv.quant_weight()
    scale = quantized.scale.flatten().tolist()
    integers = _integers(quantized.value.double() / quantized.scale.double(), f"layer '{name}': weight")
    if conv.output_channel_dim == 1:
        integers = integers.transpose(1, 0, 2, 3)
    return integers, [Fraction(value) for value in scale] * (len(integers) if len(scale) == 1 else 1)


def _bias(conv: Any, accumulator_scale: list[Fraction], name: str) -> IntArray:
    """Biases on the accumulator's grid, rounded as Brevitas's Int32Bias does: to nearest, ties to even."""
    values = [Fraction(value) / scale for value, scale in zip(conv.bias.double().tolist(), accumulator_scale, strict=True)]
    rounded = [round(value) for value in values]
    if any(not -(2**31) <= value < 2**31 for value in rounded):
        raise FreezeError(f"layer '{name}': bias {max(rounded, key=abs)} outside int32")
    return np.array(rounded, dtype=np.int64)


def _slopes(prelu: Any, channels: int) -> list[Fraction]:
    values = [Fraction(value) for value in prelu.quant_weight().value.double().flatten().tolist()]
    return values * channels if len(values) == 1 else values


def _integers(values: Tensor, where: str) -> IntArray:
    rounded = values.round()
    if not bool((values == rounded).all()):
        raise FreezeError(f"{where} is not an integer multiple of its scale")
    return rounded.to(torch.int64).cpu().numpy()
