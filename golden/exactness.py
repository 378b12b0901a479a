"""Which machine numbers compute a layer exactly: float32, float64 or int64.

That is what lets `golden.model` use BLAS, and what separates a float32 executor from an exact one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from golden.accumulator import magnitude

if TYPE_CHECKING:
    from golden.spec import IntLayer

SIGNIFICAND_BITS = {np.dtype(np.float32): 24, np.dtype(np.float64): 53}


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
    """Whether accumulator * multiplier + rounding constant stays inside int64 (docs/arithmetic.md, eq. 6)."""
    multipliers = zip(layer.positive_multiplier.tolist(), layer.negative_multiplier.tolist(), strict=True)
    largest = [max(abs(positive), abs(negative)) for positive, negative in multipliers]
    return all(bound * m + (1 << 47) < 2**63 for bound, m in zip(magnitude(layer).tolist(), largest, strict=True))


def is_float32_exact(layer: IntLayer) -> bool:
    """Whether an executor that computes the layer in float32 (QONNX, QCDQ) cannot help giving the same integers."""
    return sum_is_exact(layer, np.float32) and requantize_is_exact(layer, np.float32)
