"""The arithmetic of one accumulator: round, requantize, clamp, wrap.

Everything here is int64 and literal: equations 3 to 5 of docs/arithmetic.md, to be read beside it.
`golden.model` computes the same integers faster; tests hold the two equal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from golden.spec import IntArray, IntLayer, IntType


def round_shift(value: ArrayLike, shift: ArrayLike) -> IntArray:
    """value / 2^shift rounded to nearest, ties to even (docs/arithmetic.md, eq. 4).

    value: int64, |value| < 2^62.  shift: 0..47, broadcast against value.

    >>> round_shift([-5, -3, 3, 5, 7], 1)
    array([-2, -2,  2,  2,  4])
    """
    v = np.asarray(value, dtype=np.int64)
    s = np.asarray(shift, dtype=np.int64)
    half = np.where(s > 0, np.int64(1) << np.maximum(s - 1, 0), np.int64(1))
    return np.asarray(np.where(s > 0, (v + half - 1 + ((v >> s) & 1)) >> s, v), dtype=np.int64)


def multiply(accumulator: IntArray, layer: IntLayer) -> tuple[IntArray, IntArray]:
    """v (docs/arithmetic.md, eq. 3) and the shift, which broadcasts, for accumulators of shape (out_channels, ...)."""
    column = (slice(None), *[None] * (accumulator.ndim - 1))
    multiplier = np.where(accumulator < 0, layer.negative_multiplier[column], layer.positive_multiplier[column])
    return accumulator * multiplier, layer.shift[column]


def requantize(accumulator: IntArray, layer: IntLayer) -> IntArray:
    """Output integers of `layer` for its accumulators of shape (out_channels, ...): multiply, round once, clamp."""
    rounded = round_shift(*multiply(accumulator, layer))
    return np.asarray(np.clip(rounded, layer.output.min, layer.output.max), dtype=np.int64)


def wrap(value: ArrayLike, int_type: IntType) -> IntArray:
    """What a register of `int_type` holds after `value` is written to it: two's complement, no saturation.

    >>> wrap([127, 128, -129], IntType(8, signed=True))
    array([ 127, -128,  127])
    """
    v = np.asarray(value, dtype=np.int64)
    span = np.int64(1) << int_type.bits
    return np.asarray((v - int_type.min) % span + int_type.min, dtype=np.int64)
