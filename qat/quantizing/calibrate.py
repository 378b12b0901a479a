"""Calibration: where the quantized student's scales start, measured on images before it is trained.

Decides each learned threshold.  A weight threshold is the one whose rounding shows least in its layer's *output*: luma rides on
a large constant, so a weight that is 1% off shows more than many small ones that vanish.  What remains of the error's mean goes
into the bias (bias correction: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019,
section 4.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from golden.int_type import IntType
from qat.model.quantized import QuantizedFSRCNN
from qat.model.student import FSRCNN

MIN_EXPONENT, MAX_EXPONENT = -12, 8
"""Thresholds that may be chosen, as powers of two; below, a dead channel's scale would push its bias out of int32."""
OCTAVES = 5
"""Thresholds tried: from one octave above the largest magnitude to four below."""
WEIGHT_BATCHES = 2
"""Batches on which weights are measured; activations see all of them."""


@torch.no_grad()
def calibrate(
    network: QuantizedFSRCNN, student: FSRCNN | None, batches: Sequence[Tensor], activation_exponent: int | None = None
) -> None:
    """Set every learned scale of `network`, which has the weights of the float `student`, and correct its biases.

    batches: (N, 1, H, W) luma in [0, 1).  activation_exponent: log2 of the threshold of all hidden activations, in place of each
    layer's best.
    student: None to let each layer see what the quantized ones before it give.
    """
    x = torch.cat(list(batches))
    few = sum(len(batch) for batch in batches[:WEIGHT_BATCHES])
    y = x if student is not None else network.input(x)
    for name, quantized in network.layers.items():
        bits, x = network.quantization.of(name), getattr(y, "value", y)
        _calibrate_weights(quantized.conv, x[:few], bits.weight)
        y = student.layers[name](x) if student is not None else y
        if name != "deconvolution":
            given = None if activation_exponent is None else torch.tensor(activation_exponent)
            held = IntType(bits.activation, signed=bool(quantized.requantize.act_quant.is_signed))
            threshold = best_threshold(y, held) if given is None else given
            quantized.requantize.act_quant.fused_activation_quant_proxy.tensor_quant.scaling_impl.value.copy_(threshold)
        y = quantized(y) if student is None else y


def best_threshold(values: Tensor, held: IntType) -> Tensor:
    """log2 of the power-of-two threshold that quantizes `values` to integers of `held` with the least squared error."""
    candidates = _candidates(values.abs().max())
    errors = [(round_activation(values, 2.0**exponent, held) - values).square().mean() for exponent in candidates]
    return candidates[int(torch.stack(errors).argmin())]


def round_activation(values: Tensor, threshold: Tensor | float, held: IntType) -> Tensor:
    """`values` on the grid of integers of `held` whose threshold, one step above the largest, is given."""
    return _on_grid(values, threshold / (held.max + 1), held.min, held.max)


def _calibrate_weights(conv: Any, x: Tensor, bits: int) -> None:
    """Per output channel, the threshold of least output variance of the error; its mean is taken off the bias."""
    weight, channel = conv.weight, conv.output_channel_dim
    shape = [-1 if axis == channel else 1 for axis in range(weight.ndim)]
    candidates = _candidates(weight.abs().amax([axis for axis in range(weight.ndim) if axis != channel]))
    errors = [_convolve(conv, x, round_weight(weight, exponents.reshape(shape), bits) - weight) for exponents in candidates]
    variance = torch.stack([error.var((0, 2, 3)) for error in errors])
    mean = torch.stack([error.mean((0, 2, 3)) for error in errors])
    best = variance.argmin(0, keepdim=True)
    scaling = conv.weight_quant.tensor_quant.scaling_impl
    scaling.value.copy_(candidates.gather(0, best).reshape(scaling.value.shape))
    conv.bias.sub_(mean.gather(0, best)[0])


def round_weight(weight: Tensor, exponent: Tensor, bits: int) -> Tensor:
    """`weight` on the grid of threshold 2^exponent, narrow range."""
    limit = 2 ** (bits - 1)
    return _on_grid(weight, torch.exp2(exponent) / limit, 1 - limit, limit - 1)


def _on_grid(values: Tensor, step: Tensor | float, lowest: int, highest: int) -> Tensor:
    """The nearest multiples of `step`, from `lowest` to `highest` of them."""
    return (values / step).round().clamp(lowest, highest) * step


def _convolve(conv: Any, x: Tensor, weight: Tensor) -> Tensor:
    """The layer's sums for `weight` in place of its own, without bias."""
    if conv.output_channel_dim == 1:
        return F.conv_transpose2d(x, weight, None, conv.stride, conv.padding, conv.output_padding)
    return F.conv2d(x, weight, None, padding=conv.padding)


def _candidates(peak: Tensor) -> Tensor:
    """(tried, *peak.shape) exponents around the magnitude `peak`."""
    top = peak.log2().ceil().add(1).clamp(MIN_EXPONENT, MAX_EXPONENT)
    down = torch.arange(OCTAVES + 1.0).reshape(-1, *[1] * peak.ndim)
    return (top - down).clamp(MIN_EXPONENT, MAX_EXPONENT)
