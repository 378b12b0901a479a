"""A term: one product sum of an accumulator, over the layer's own input or over the picture's pixels.

Every layer has one, over what the layer before it gives.  The last layer may have a second, over the LR pixel (the image-space
residual): low-bit features then need not carry the picture, only what is missing in its interpolation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from golden.int_type import IntArray, IntType, NetworkError

LUMA = IntType(8, signed=False)
MID_GRAY = 128
Source = Literal["previous", "luma"]
OFFSETS = {"previous": 0, "luma": MID_GRAY}
"""What is subtracted from the integers of each source, so that the halo's 0 is mid-gray for pixels."""
MAX_TENSOR_BITS = 16
MAX_KERNEL = 31
MAX_TERM_SHIFT = 24


@dataclass(frozen=True, eq=False)
class Term:
    """2^shift * sum(weight * (x - offset)) over the taps that meet in one accumulator (docs/arithmetic.md, eq. 1 and 2).

    source: "previous", the layer's input, or "luma", the LR pixel.
    weight: (out_channels, in_channels, K, K), narrow symmetric range of `weight_type`; one input channel where it reads pixels.
    weight_type: signed, 2..16 bits.
    shift: 0..24; the grids of a layer's sums differ by it.
    offset: 0 for "previous", 128 for "luma".  Outside the frame x - offset is 0.

    A term is checked by the layer it belongs to, whose name stands in the error.
    """

    source: Source
    weight: IntArray
    weight_type: IntType
    shift: int = 0
    offset: int = 0

    @property
    def factor(self) -> int:
        """2^shift."""
        return 1 << self.shift

    def input_type(self, previous: IntType) -> IntType:
        """The type of x - offset, in a layer whose input is `previous`; a pixel's is int8, luma with its top bit flipped."""
        return previous if self.source == "previous" else IntType(LUMA.bits, signed=True)

    def legal(self, where: str) -> Term:
        """This term with weights that cannot be written; NetworkError, which begins with `where`, for anything not allowed."""
        if self.source not in OFFSETS or self.offset != OFFSETS[self.source]:
            raise NetworkError(f"{where}: term of source {self.source!r} and offset {self.offset!r}; allowed {OFFSETS}")
        if type(self.shift) is not int or not 0 <= self.shift <= MAX_TERM_SHIFT:
            raise NetworkError(f"{where}: term shift {self.shift!r}; allowed 0..{MAX_TERM_SHIFT}")
        bits = self.weight_type.bits if isinstance(self.weight_type, IntType) and self.weight_type.signed else 0
        if not 2 <= bits <= MAX_TENSOR_BITS:
            raise NetworkError(f"{where}: weight type {self.weight_type}; allowed signed, 2..{MAX_TENSOR_BITS} bits")
        weight = frozen_integers(self.weight, f"{where}: weight")
        shape = weight.shape
        if len(shape) != 4 or 0 in shape or shape[2] != shape[3] or shape[2] > MAX_KERNEL:
            raise NetworkError(f"{where}: weight of shape {shape}; allowed (out_channels, in_channels, K, K), K 1..{MAX_KERNEL}")
        if self.source == "luma" and shape[1] != 1:
            raise NetworkError(f"{where}: weight of shape {shape} reads pixels; allowed one input channel")
        limit = self.weight_type.max
        check_range(weight, -limit, limit, f"{where}: weight", f"narrow {self.weight_type}")
        return replace(self, weight=weight)


def frozen_integers(value: Any, what: str) -> IntArray:
    """`value` as int64 that cannot be written; NetworkError, which begins with `what`, unless it holds integers of 62 bits."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise NetworkError(f"{what} is no array ({error})") from error
    if array.dtype.kind not in "iu":
        raise NetworkError(f"{what} has dtype {array.dtype}; allowed integers only")
    if array.size and (int(array.max()) > 2**62 or int(array.min()) < -(2**62)):
        raise NetworkError(f"{what} holds an integer beyond 62 bits")
    frozen = np.array(array, dtype=np.int64, order="C")
    frozen.setflags(write=False)
    return frozen


def check_range(array: IntArray, low: int, high: int, what: str, allowed: str) -> None:
    """Raises NetworkError with the place of the first integer of `array` outside [low, high]."""
    outside = np.argwhere((array < low) | (array > high))
    if len(outside):
        index = tuple(int(i) for i in outside[0])
        place = " ".join(f"{axis}={i}" for axis, i in zip(("co", "ci", "ky", "kx"), index, strict=False))
        raise NetworkError(f"{what} {int(array[index])} outside {allowed} [{low}, {high}] at {place}")
