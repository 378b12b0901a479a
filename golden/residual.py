"""The image-space residual: the LR pixel's own way into the accumulator of the transposed convolution.

Low-bit features need not carry the picture then, only what is missing in its interpolation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from golden.int_type import IntArray, IntType, NetworkError

PIXEL = IntType(8, signed=True)
"""What the residual multiplies: luma - 128, so that the halo's 0 is mid-gray.  In hardware the top bit is flipped."""
MID_GRAY = 128
MAX_ALIGNMENT = 24


@dataclass(frozen=True, eq=False)
class Residual:
    """acc[Y, X] = bias + 2^a * (sum over the layer's inputs) + 2^b * (sum of weight[ky, kx] * (pixel[y, x] - 128)).

    weight: (K, K), narrow symmetric range of `weight_type`, K and the taps those of the layer.
    alignment: a where it is positive, -b where it is negative; the other is 0.  The grids of the two sums differ by it.
    Raises NetworkError for anything else.
    """

    weight: IntArray
    weight_type: IntType
    alignment: int = 0

    def __post_init__(self) -> None:
        weight = np.asarray(self.weight)
        if weight.dtype.kind not in "iu" or weight.ndim != 2 or weight.shape[0] != weight.shape[1] or not weight.size:
            raise NetworkError(f"residual: weight {weight.dtype} of shape {weight.shape}; allowed integers of shape (K, K)")
        if not isinstance(self.weight_type, IntType) or not self.weight_type.signed or not 2 <= self.weight_type.bits <= 16:
            raise NetworkError(f"residual: weight type {self.weight_type}; allowed signed, 2..16 bits")
        if type(self.alignment) is not int or abs(self.alignment) > MAX_ALIGNMENT:
            raise NetworkError(f"residual: alignment {self.alignment!r}; allowed -{MAX_ALIGNMENT}..{MAX_ALIGNMENT}")
        limit = self.weight_type.max
        if (np.abs(weight.astype(object)) > limit).any():
            raise NetworkError(f"residual: weight outside narrow {self.weight_type} [{-limit}, {limit}]")
        frozen = np.array(weight, dtype=np.int64, order="C")
        frozen.setflags(write=False)
        object.__setattr__(self, "weight", frozen)

    @property
    def sum_factor(self) -> int:
        """2^a, by which the sum over the layer's inputs counts."""
        return int(1 << max(self.alignment, 0))

    @property
    def factor(self) -> int:
        """2^b, by which the residual's own sum counts."""
        return int(1 << max(-self.alignment, 0))


def centered(luma: ArrayLike) -> NDArray[np.int64]:
    """luma - 128, the pixels that a residual multiplies."""
    return np.asarray(luma, dtype=np.int64) - MID_GRAY
