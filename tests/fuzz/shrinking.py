"""Making a case smaller that still differs, on the network itself; tens of trials, which counts where one compiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from golden import IntLayer, IntNetwork, NetworkError
from golden.spec import LUMA, PER_CHANNEL, PROVED
from tests.fuzz.found import Case
from tests.fuzz.hardware import Hardware

MOST_TRIALS = 400


def smallest(case: Case, differs: Callable[[Case], bool], most: int = MOST_TRIALS) -> Case:
    """A case that differs as `case` does, and of which none of `smaller` does, or what `most` trials got to."""
    trials = 0
    while True:
        for candidate in smaller(case):
            trials += 1
            if trials > most:
                return case
            if differs(candidate):
                case = candidate
                break
        else:
            return case


def smaller(case: Case) -> Iterator[Case]:
    """Legal cases that have something less, the largest steps first."""
    if case.hardware != Hardware():
        yield replace(case, hardware=Hardware())
    for frame in case.frames if len(case.frames) > 1 else ():
        yield replace(case, frames=(frame,))
    for index, frame in enumerate(case.frames):
        for cut in (frame[: len(frame) // 2], frame[:-1], frame[1:], frame[:, : frame.shape[1] // 2], frame[:, :-1], frame[:, 1:]):
            if cut.size:
                yield replace(case, frames=(*case.frames[:index], cut, *case.frames[index + 1 :]))
    for changed in _changes(case.network.layers):
        with suppress(NetworkError):
            yield replace(case, network=IntNetwork(tuple(layer() for layer in changed)))


def _changes(layers: Sequence[IntLayer]) -> Iterator[list[Callable[[], IntLayer]]]:
    """Layers as they would be made: one is left out, loses a channel, the rim of its kernel, its residual, or numbers."""
    same = [lambda layer=layer: layer for layer in layers]
    for index in range(len(layers) - 1):
        after = layers[index + 1]
        taken, channels = (layers[index - 1].output, layers[index - 1].out_channels) if index else (LUMA, 1)
        if channels <= after.in_channels:
            follows = lambda after=after, taken=taken, n=channels: _changed(after, weight=after.weight[:, :n], input=taken)  # noqa: E731
            yield [*same[:index], follows, *same[index + 2 :]]
        for gone in range(layers[index].out_channels if layers[index].out_channels > 1 else 0):
            fewer = lambda layer=layers[index], gone=gone: _without(layer, gone)  # noqa: E731
            reads = lambda after=after, gone=gone: _changed(after, weight=np.delete(after.weight, gone, axis=1))  # noqa: E731
            yield [*same[:index], fewer, reads, *same[index + 2 :]]
    for index, layer in enumerate(layers):
        for make in _simpler(layer):
            yield [*same[:index], make, *same[index + 1 :]]


def _simpler(layer: IntLayer) -> Iterator[Callable[[], IntLayer]]:
    weight = layer.weight
    if layer.kind == "conv" and layer.kernel > 1:
        yield lambda: _changed(layer, weight=weight[:, :, 1:-1, 1:-1])
    if layer.luma is not None:
        yield lambda: replace(layer, terms=(replace(layer.terms[0], shift=0),), accumulator=PROVED)
    elif layer.kind == "deconv" and layer.kernel > layer.stride:
        yield lambda: _changed(layer, weight=weight[:, :, :-1, :-1])
    if layer.kind == "deconv" and layer.stride > 2:
        yield lambda: replace(layer, stride=2, accumulator=PROVED)
    for part in ("weight", *PER_CHANNEL):
        array = getattr(layer, part)
        for value in (np.zeros_like(array), *(_with_zero(array, at) for at in np.flatnonzero(array)[:: max(1, array.size // 16)])):
            if array.any():
                yield lambda part=part, value=value: _changed(layer, **{part: value})


def _with_zero(array: np.ndarray, at: int) -> np.ndarray:
    changed = array.copy()
    changed.flat[at] = 0
    return changed


def _changed(layer: IntLayer, **parts: object) -> IntLayer:
    """The layer with other parts, among them the first term's weight, and the accumulator that it needs."""
    terms = layer.terms
    if "weight" in parts:
        terms = (replace(terms[0], weight=parts.pop("weight")), *terms[1:])
    return replace(layer, terms=terms, accumulator=PROVED, **parts)


def _without(layer: IntLayer, gone: int) -> IntLayer:
    """The layer without one of its output channels."""
    arrays = {part: np.delete(getattr(layer, part), gone) for part in PER_CHANNEL}
    return _changed(layer, weight=np.delete(layer.weight, gone, axis=0), **arrays)
