"""Clocks through the arithmetic modules of rtl/: constants of their parameters, as the modules compute them."""

from __future__ import annotations

MULTIPLY_LATENCY = 4


def adder_tree_latency(terms: int) -> int:
    """Clocks of rtl/adder_tree.sv: one per four-to-one step.

    >>> [adder_tree_latency(terms) for terms in (1, 2, 4, 5, 16, 17, 108)]
    [0, 1, 1, 2, 2, 3, 4]
    """
    return ((terms - 1).bit_length() + 1) // 2


def multiplier_array_latency(simd: int) -> int:
    """Clocks of rtl/multiplier_array.sv.

    >>> [multiplier_array_latency(simd) for simd in (1, 4, 28, 108)]
    [4, 5, 7, 8]
    """
    return MULTIPLY_LATENCY + adder_tree_latency(simd)


def requantize_latency(multiplies: bool) -> int:
    """Clocks of rtl/requantize.sv: the product of a multiplier has one register more than a shift.

    >>> requantize_latency(True), requantize_latency(False)
    (6, 5)
    """
    return 6 if multiplies else 5
