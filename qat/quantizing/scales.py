"""Scales as integers: the multipliers and shifts that mean a quotient of scales (docs/arithmetic.md, eq. 8), or a refusal."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from golden.spec import MAX_SHIFT, MULTIPLIER_BITS, IntArray
from qat.errors import FreezeError


def multipliers(
    name: str, accumulator_scale: list[Fraction], slopes: list[Fraction], output_scale: Fraction
) -> tuple[IntArray, IntArray, IntArray]:
    """(positive, negative, shift) per channel with positive / 2^shift = accumulator scale / output scale, in lowest terms."""
    table = []
    for scale, slope in zip(accumulator_scale, slopes, strict=True):
        positive, negative = scale / output_scale, scale * slope / output_scale
        denominator = math.lcm(positive.denominator, negative.denominator)
        shift = denominator.bit_length() - 1
        p, n = int(positive * denominator), int(negative * denominator)
        limit = 2 ** (MULTIPLIER_BITS - 1) - 1
        if denominator != 1 << shift or shift > MAX_SHIFT or max(p, abs(n)) > limit:
            raise FreezeError(
                f"layer '{name}': multipliers {p} and {n} / {denominator} are not representable; "
                f"allowed {MULTIPLIER_BITS}-bit integers over a power of two up to 2^{MAX_SHIFT}"
            )
        table.append((p, n, shift))
    positives, negatives, shifts = np.array(table, dtype=np.int64).T
    return positives, negatives, shifts


def is_power_of_two(value: Fraction) -> bool:
    return value > 0 and value.numerator & (value.numerator - 1) == 0 and value.denominator & (value.denominator - 1) == 0
