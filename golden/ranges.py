"""Proofs about the sums of a layer: how large they get, and which machine number holds them exactly.

Accumulator widths are proved from the weights and the input's type, never observed (integer contract,
"The accumulator width is proved").  The same bounds say where float32 or float64 arithmetic is exact,
which is what lets `golden.model` use BLAS and what tells a float32 executor from an exact one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from golden.int_type import IntArray, IntType
from golden.residual import PIXEL

if TYPE_CHECKING:
    from golden.spec import IntLayer

SIGNIFICAND_BITS = {np.dtype(np.float32): 24, np.dtype(np.float64): 53}


def phase_taps(layer: IntLayer) -> list[NDArray[np.bool_]]:
    """Masks (K, K) of the taps that meet in one accumulator: all of them for a convolution, one mask per phase otherwise.

    Phase p = py * stride + px of a transposed convolution collects the taps ky = py + padding (mod stride).
    """
    taps = np.arange(layer.kernel)
    if layer.kind == "conv":
        return [np.ones((layer.kernel, layer.kernel), dtype=bool)]
    hits = [(taps - phase - layer.padding) % layer.stride == 0 for phase in range(layer.stride)]
    return [np.outer(rows, columns) for rows in hits for columns in hits]


def accumulator_interval(layer: IntLayer) -> tuple[IntArray, IntArray]:
    """Lowest and highest accumulator, each (phases, out_channels), over every input of the layer's input type.

    Both ends are reached away from the borders; a border only removes terms.  Because 0 is an input value, every partial
    sum that starts from the bias lies inside as well, in any order of the taps.
    """
    low, high = [], []
    for mask in phase_taps(layer):
        weight = layer.weight[:, :, mask].reshape(layer.out_channels, -1)
        least, most = _extremes(weight, layer.input)
        if (residual := layer.residual) is not None:
            pixel = _extremes(residual.weight[mask][None], PIXEL)
            least = residual.sum_factor * least + residual.factor * pixel[0]
            most = residual.sum_factor * most + residual.factor * pixel[1]
        low.append(layer.bias + least)
        high.append(layer.bias + most)
    return np.array(low), np.array(high)


def _extremes(weight: IntArray, input_type: IntType) -> tuple[IntArray, IntArray]:
    """The least and the greatest sum (out_channels,) of weights (out_channels, n) times inputs of that type."""
    at_min, at_max = weight * input_type.min, weight * input_type.max
    return np.minimum(at_min, at_max).sum(axis=1), np.maximum(at_min, at_max).sum(axis=1)


def proved_accumulator(layer: IntLayer) -> IntType:
    """The narrowest signed type that holds every accumulator of the layer; NetworkError when over 48 bits."""
    low, high = accumulator_interval(layer)
    return IntType.holding(int(low.min()), int(high.max()))


def magnitude(layer: IntLayer) -> IntArray:
    """(out_channels,) bound on |any partial sum|, in any order and with any start, in any phase."""
    reach = max(abs(layer.input.min), layer.input.max)
    sums = [np.abs(layer.weight[:, :, mask]).sum(axis=(1, 2)) * reach for mask in phase_taps(layer)]
    if (residual := layer.residual) is not None:
        pixels = [np.abs(residual.weight[mask]).sum() * -PIXEL.min for mask in phase_taps(layer)]
        sums = [residual.sum_factor * own + residual.factor * added for own, added in zip(sums, pixels, strict=True)]
    return np.asarray(np.max(sums, axis=0) + np.abs(layer.bias), dtype=np.int64)


def sum_is_exact(layer: IntLayer, dtype: type[np.floating]) -> bool:
    """Whether every partial sum is an integer that `dtype` holds, so that BLAS in any order gives the accumulator."""
    return bool(magnitude(layer).max() <= 2 ** SIGNIFICAND_BITS[np.dtype(dtype)])


def requantize_is_exact(layer: IntLayer, dtype: type[np.floating]) -> bool:
    """Whether rint(acc * (multiplier / 2^shift)) in `dtype`, clamped, is the layer's requantize for every accumulator.

    With multiplier = odd * 2^t the product is acc * odd, scaled by a power of two.  It is exact when it fits the significand.
    Where it does not fit it is at least 2^significand; if that, scaled, lies beyond the clamp, its rounding cannot be seen.
    """
    significand = SIGNIFICAND_BITS[np.dtype(dtype)]
    reach = magnitude(layer)
    if int(reach.max()) > 2**significand:
        return False
    clamp = max(abs(layer.output.min), layer.output.max) + 1
    for multiplier in (layer.positive_multiplier, layer.negative_multiplier):
        for bound, m, shift in zip(reach.tolist(), multiplier.tolist(), layer.shift.tolist(), strict=True):
            twos = (m & -m).bit_length() - 1 if m else 0
            fits = bound * abs(m >> twos) <= 2**significand
            hidden_by_clamp = clamp * 2.0 ** (shift - twos) <= 2**significand
            if not (fits or hidden_by_clamp):
                return False
    return True


def ties_occur(layer: IntLayer) -> bool:
    """Whether some accumulator inside the bounds lies exactly between two output integers, so that the tie rule can matter.

    accumulator * odd * 2^t is a tie of 2^shift when the accumulator is an odd multiple of 2^(shift - t - 1).
    """
    reach = magnitude(layer)
    for multiplier in (layer.positive_multiplier, layer.negative_multiplier):
        for bound, m, shift in zip(reach.tolist(), multiplier.tolist(), layer.shift.tolist(), strict=True):
            half = shift - ((m & -m).bit_length() - 1) - 1 if m else -1
            if half >= 0 and bound >= 1 << half:
                return True
    return False


def product_fits_int64(layer: IntLayer) -> bool:
    """Whether accumulator * multiplier + rounding constant stays inside int64."""
    multiplier = np.maximum(np.abs(layer.positive_multiplier), np.abs(layer.negative_multiplier))
    return all(bound * m + (1 << 47) < 2**63 for bound, m in zip(magnitude(layer).tolist(), multiplier.tolist(), strict=True))


def is_float32_exact(layer: IntLayer) -> bool:
    """Whether an executor that computes the layer in float32 (QONNX, QCDQ) cannot help saying the same integers."""
    return sum_is_exact(layer, np.float32) and requantize_is_exact(layer, np.float32)
