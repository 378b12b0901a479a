"""Wrong executors that a comparison must catch: the golden model with one fault planted in one layer.

A comparison that finds none of them proves nothing; `python -m golden.compare --mutants` and the tests run them all.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden import arithmetic, exactness, model
from golden.accumulator import interval, phase_taps
from golden.executors import Source
from golden.spec import PER_CHANNEL, PROVED, IntArray, IntLayer, IntNetwork, IntType, NetworkError, Term

Array = NDArray[Any]


@dataclass(frozen=True)
class Mutant:
    """One fault: what it is, in which layer, and the integers of every layer that the faulty executor outputs."""

    fault: str
    layer: str
    trace: Callable[[Array], dict[str, Array]]


def mutants(network: IntNetwork) -> Iterator[Mutant]:
    """Every fault in every layer where it can exist."""
    for layer in network.layers:
        for fault, change in _changes(layer):
            try:
                changed = _with(network, change())
            except NetworkError:  # a layer at the bounds of what is legal cannot have this fault
                continue
            yield Mutant(fault, layer.name, _tracer(changed))
        if exactness.ties_occur(layer):
            yield Mutant("ties up instead of to even", layer.name, _tracer(network, {layer.name: ties_up}))
    first = network.layers[0]
    yield Mutant("accumulator one bit below the proof", first.name, _tracer(network, {first.name: narrowed}))
    yield Mutant("two phases swapped", network.layers[-1].name, lambda luma: _swapped_phases(network, luma))


class Planted:
    """The first fault as an executor, for a comparison that runs it as it runs all executors."""

    max_pixels: int | None = None

    def __init__(self, source: Source) -> None:
        self.trace = next(mutants(source.network)).trace


def ties_up(accumulator: IntArray, layer: IntLayer) -> IntArray:
    """Requantize with add-half-and-shift."""
    v, shift = arithmetic.multiply(accumulator, layer)
    half = np.where(shift > 0, np.int64(1) << np.maximum(shift - 1, 0), 0)
    return np.asarray(np.clip((v + half) >> shift, layer.output.min, layer.output.max))


def narrowed(accumulator: IntArray, layer: IntLayer) -> IntArray:
    """Requantize what registers hold that are one bit narrower than the proved interval of their channel needs."""
    low, high = interval(layer)
    registers = [IntType.holding(int(a) // 2, int(b) // 2) for a, b in zip(low.min(axis=0), high.max(axis=0), strict=True)]
    held = [arithmetic.wrap(plane, register) for plane, register in zip(accumulator, registers, strict=True)]
    return arithmetic.requantize(np.array(held), layer)


def _changes(layer: IntLayer) -> Iterator[tuple[str, Callable[[], IntLayer]]]:
    """Each fault's name, and what makes the faulty layer."""
    yield "weight off by one", lambda: layer.with_weight(_off_by_one(layer.weight))
    yield "bias off by one", lambda: dataclasses.replace(layer, bias=layer.bias + 1, accumulator=PROVED)
    if (layer.negative_multiplier != layer.positive_multiplier).any():
        slope = layer.negative_multiplier + np.where(layer.negative_multiplier > 0, -1, 1)
        yield "slope off by one", lambda: dataclasses.replace(layer, negative_multiplier=slope)
    if (luma := layer.luma) is not None:
        yield "residual weight off by one", lambda: _with_luma(layer, weight=_off_by_one(luma.weight))
        yield "residual aligned one bit off", lambda: _misaligned(layer)
        yield "residual of luma, not luma - 128", lambda: _with_uncentered(layer, luma)
        yield "no residual", lambda: _with_luma(layer, weight=np.zeros_like(luma.weight))
    if layer.out_channels > 1:
        yield "two channels swapped", lambda: _swapped(layer)


def _off_by_one(weight: IntArray) -> IntArray:
    """The weights with the largest one nearer to 0."""
    moved = weight.copy()
    place = np.unravel_index(int(np.abs(moved).argmax()), moved.shape)
    moved[place] -= np.sign(moved[place]) or 1
    return moved


def _swapped(layer: IntLayer) -> IntLayer:
    """Channel 0 in the place of channel 1, and the other way round."""
    order = np.arange(layer.out_channels)
    order[:2] = 1, 0
    parts = {part: getattr(layer, part)[order] for part in PER_CHANNEL}
    return dataclasses.replace(layer.with_weight(layer.weight[order]), **parts, accumulator=PROVED)


def _with_luma(layer: IntLayer, **parts: Any) -> IntLayer:
    terms = [dataclasses.replace(term, **parts) if term.source == "luma" else term for term in layer.terms]
    return dataclasses.replace(layer, terms=tuple(terms), accumulator=PROVED)


def _misaligned(layer: IntLayer) -> IntLayer:
    """The layer's own sum one bit further to the left of the pixels' than it is."""
    first, luma = layer.terms
    own, added = (first.shift, luma.shift - 1) if luma.shift else (first.shift + 1, 0)
    terms = (dataclasses.replace(first, shift=own), dataclasses.replace(luma, shift=added))
    return dataclasses.replace(layer, terms=terms, accumulator=PROVED)


def _with_uncentered(layer: IntLayer, luma: Term) -> IntLayer:
    """Luma instead of luma - 128 inside the frame, where all taps of a phase meet a pixel; the phase with the most differs most."""
    sums = [int(luma.weight[0, 0, mask].sum()) for mask in phase_taps(layer)]
    offset = luma.offset * luma.factor * max(sums, key=abs)
    return dataclasses.replace(layer, bias=layer.bias + offset, accumulator=PROVED)


def _with(network: IntNetwork, changed: IntLayer) -> IntNetwork:
    return IntNetwork(tuple(changed if layer.name == changed.name else layer for layer in network.layers))


def _tracer(network: IntNetwork, requantize: dict[str, model.Requantize] | None = None) -> Callable[[Array], dict[str, Array]]:
    exact = "int64" if requantize else "auto"
    return lambda luma: model.trace(network, luma, exact=exact, requantize=requantize)


def _swapped_phases(network: IntNetwork, luma: Array) -> dict[str, Array]:
    """The output's columns of phase 0 and 1 in each other's place."""
    taps = model.trace(network, luma)
    last, scale = network.layers[-1].name, network.scale
    output = taps[last].copy()
    output[..., 0::scale], output[..., 1::scale] = taps[last][..., 1::scale], taps[last][..., 0::scale]
    return taps | {last: output}
