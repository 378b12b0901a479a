"""Proofs about the accumulators of a layer: how large they get, and the narrowest register that holds them.

Widths are proved from the weights and the types of what they multiply, never observed (docs/arithmetic.md, eq. 7).  Bounds are
Python's unbounded integers, in arrays of objects: a bound that overflowed would prove a width that is too narrow.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from golden.int_type import IntType
from golden.term import Term

if TYPE_CHECKING:
    from golden.spec import IntLayer

Bounds = NDArray[np.object_]
"""Python integers."""


def phase_taps(layer: IntLayer) -> list[NDArray[np.bool_]]:
    """Masks (K, K) of the taps that meet in one accumulator: all of them for a convolution, one mask per phase otherwise.

    Phase p = py * stride + px of a transposed convolution collects the taps ky = py + padding (mod stride).
    """
    taps = np.arange(layer.kernel)
    if layer.kind == "conv":
        return [np.ones((layer.kernel, layer.kernel), dtype=bool)]
    hits = [(taps - phase - layer.padding) % layer.stride == 0 for phase in range(layer.stride)]
    return [np.outer(rows, columns) for rows in hits for columns in hits]


def interval(layer: IntLayer) -> tuple[Bounds, Bounds]:
    """Lowest and highest accumulator, each (phases, out_channels), over every input of every term's type.

    Both ends are reached away from the borders; a border only removes products.  Because 0 is an input value, every partial
    sum that starts from the bias lies inside as well, in any order of the taps.
    """
    low, high = [], []
    for positive, negative in _signed_sums(layer):
        low.append(sum(t.factor * (p * i.min + n * i.max) for t, p, n, i in _parts(layer, positive, negative)))
        high.append(sum(t.factor * (p * i.max + n * i.min) for t, p, n, i in _parts(layer, positive, negative)))
    bias = layer.bias.astype(object)
    return np.array(low, dtype=object) + bias, np.array(high, dtype=object) + bias


def magnitude(layer: IntLayer) -> Bounds:
    """(out_channels,) bound on |any partial sum|, in any order and with any start, in any phase."""
    sums = [
        sum(t.factor * (p - n) * max(-i.min, i.max) for t, p, n, i in _parts(layer, positive, negative))
        for positive, negative in _signed_sums(layer)
    ]
    return np.asarray(np.max(np.array(sums, dtype=object), axis=0) + np.abs(layer.bias.astype(object)), dtype=object)


def proved_type(layer: IntLayer) -> IntType:
    """The narrowest signed type that holds every accumulator of the layer; NetworkError when over 48 bits."""
    low, high = interval(layer)
    return IntType.holding(int(low.min()), int(high.max()))


def _signed_sums(layer: IntLayer) -> Iterator[tuple[list[Bounds], list[Bounds]]]:
    """For each phase the sum of each term's positive weights, and that of its negative ones, each (out_channels,)."""
    for mask in phase_taps(layer):
        met = [term.weight[:, :, mask].reshape(layer.out_channels, -1) for term in layer.terms]
        yield [_sum(np.maximum(weight, 0)) for weight in met], [_sum(np.minimum(weight, 0)) for weight in met]


def _sum(weight: NDArray[np.int64]) -> Bounds:
    """Exact in int64: weights have at most 16 bits, and no memory holds 2^47 of them."""
    return np.array(weight.sum(axis=1).tolist(), dtype=object)


def _parts(layer: IntLayer, positive: list[Bounds], negative: list[Bounds]) -> Iterator[tuple[Term, Bounds, Bounds, IntType]]:
    for term, p, n in zip(layer.terms, positive, negative, strict=True):
        yield term, p, n, term.input_type(layer.input)
