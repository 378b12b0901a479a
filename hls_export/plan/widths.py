"""How wide each number inside a layer has to be: proofs from the weights, never observations.

`golden.ranges` proves the accumulator; this file adds what hardware holds on the way to it and after it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from golden.spec import IntArray, IntLayer, Term
from hls_export.errors import ExportError

PRODUCT_LIMIT = 64


@dataclass(frozen=True)
class Widths:
    """Signed widths inside one layer.

    partial: a sum of some products of the layer's inputs, of one output (convolution) or of one tap (transposed convolution),
    without the bias.  tap: what one tap adds, over all terms; 0 for a convolution, as column_sum is.
    column_sum: what a register of the overlap-add holds, one kernel row's share of an output.
    product: accumulator times multiplier, with the rounding constant added.
    """

    partial: int
    tap: int
    column_sum: int
    accumulator: int
    multiplier: int
    product: int
    shift: int


def signed_bits(low: int, high: int) -> int:
    """Bits of the narrowest signed type that holds [low, high].

    >>> signed_bits(-128, 127), signed_bits(0, 128), signed_bits(0, 0)
    (8, 9, 1)
    """
    return max(int(high).bit_length() if high > 0 else 0, (-int(low) - 1).bit_length() if low < 0 else 0) + 1


@lru_cache(maxsize=256)
def widths(layer: IntLayer) -> Widths:
    """The proved widths of `layer`.  Raises ExportError when the requantize product needs more than 64 bits."""
    product = _product_bits(layer)
    if product > PRODUCT_LIMIT:
        raise ExportError(f"{layer.where}: accumulator times multiplier needs {product} bits; allowed {PRODUCT_LIMIT}")
    own, is_transposed = replace(layer.terms[0], shift=0), layer.kind == "deconv"
    return Widths(
        partial=signed_bits(*_sum_interval(layer, (own,), _one_tap if is_transposed else _whole_filter)),
        tap=signed_bits(*_sum_interval(layer, layer.terms, _one_tap)) if is_transposed else 0,
        column_sum=signed_bits(*_sum_interval(layer, layer.terms, _kernel_row_phase)) if is_transposed else 0,
        accumulator=layer.accumulator.bits,
        multiplier=_multiplier_bits(layer),
        product=product,
        shift=max(1, int(layer.shift.max()).bit_length()),
    )


def _multiplier_bits(layer: IntLayer) -> int:
    """At least 6, so that a power of two can be held as its exponent."""
    values = [*layer.positive_multiplier.tolist(), *layer.negative_multiplier.tolist()]
    return max(6, signed_bits(min(values), max(values)))


def _sum_interval(layer: IntLayer, terms: tuple[Term, ...], group: object) -> tuple[int, int]:
    """Interval of every subset sum of these terms' products of one group; 0 is an input, so any part lies inside as well."""
    assert callable(group)
    lows, highs = 0, 0
    for term in terms:
        kind, weight = term.input_type(layer.input), term.weight.astype(object) * term.factor
        at_min, at_max = weight * kind.min, weight * kind.max
        lows += group(layer, np.minimum(np.minimum(at_min, at_max), 0))
        highs += group(layer, np.maximum(np.maximum(at_min, at_max), 0))
    return int(np.min(lows)), int(np.max(highs))


def _whole_filter(_: IntLayer, bound: IntArray) -> IntArray:
    return np.asarray(bound.sum(axis=(1, 2, 3)))


def _one_tap(_: IntLayer, bound: IntArray) -> IntArray:
    return np.asarray(bound.sum(axis=1))


def _kernel_row_phase(layer: IntLayer, bound: IntArray) -> IntArray:
    """Per kernel row, the columns of one phase: what meets in one register."""
    by_tap = bound.sum(axis=1)
    return np.stack([by_tap[:, :, phase :: layer.stride].sum(axis=2) for phase in range(layer.stride)])


def _product_bits(layer: IntLayer) -> int:
    """Bits for accumulator * multiplier + 2^(shift-1) at the proved accumulator's ends, per channel."""
    from golden import accumulator

    lows, highs = accumulator.interval(layer)
    low = high = 0
    for co in range(layer.out_channels):
        ends = int(lows[:, co].min()), int(highs[:, co].max())
        values = [min(ends[0], 0) * int(layer.negative_multiplier[co]), max(ends[1], 0) * int(layer.positive_multiplier[co])]
        half = (1 << int(layer.shift[co])) >> 1
        low, high = min(low, *values), max(high, *values, max(values) + half + 1, half + 1)
    return signed_bits(low, high)
