"""When each process works: the schedule of one frame, clock by clock, as the dataflow pipeline keeps it.

A process takes one clock per fold and starts an iteration when its input is there: T(n) = max(T(n - 1), arrival(n)) + folds.
Its output arrives a pipeline later: nothing in HLS, whose pipeline registers are the tool's choice, and a constant in RTL.  The
C simulation counts the same clocks with bounded FIFOs, the RTL simulation measures them, and tests hold all equal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hls_export.plan.layer import LayerPlan
from hls_export.plan.raster import RasterPlan

Clocks = NDArray[np.int64]
Size = tuple[int, int]
"""(height, width) of the LR frame."""
STREAM_DEPTH = 2
"""Words that a stream between two processes holds."""


@dataclass(frozen=True)
class Schedule:
    """One frame from an idle pipeline, its pixels all waiting.

    busy: clocks of each process; first_output, finished: clocks by process name at which its first and last word left.
    row_depths: words that each row FIFO holds at most.
    """

    busy: dict[str, int]
    first_output: dict[str, int]
    finished: dict[str, int]
    row_depths: tuple[int, ...]


@dataclass(frozen=True)
class Pipelines:
    """Clocks from the end of an iteration until its output stands at the next process.

    layers: in order, then the residual's where there is one.  The fork takes no clock, the join one.
    """

    video_input: int
    layers: tuple[int, ...]
    rescale: int
    video_output: int


def iterate(arrival: Clocks, folds: int) -> Clocks:
    """End of each iteration of a process that takes `folds` clocks from each arrival.

    >>> iterate(np.array([1, 2, 9]), 2)
    array([ 3,  5, 11])
    """
    order = np.arange(len(arrival), dtype=np.int64) * folds
    return np.asarray(np.maximum.accumulate(arrival - order) + order + folds)


def schedule(
    layers: tuple[LayerPlan, ...],
    raster: RasterPlan,
    height: int,
    width: int,
    pipelines: Pipelines | None = None,
    residual: LayerPlan | None = None,
) -> Schedule:
    """The schedule of a height x width LR frame; with `pipelines` that of the RTL, whose FIFOs count words once reserved.

    residual: the engine of a residual's branch, if there is one.
    """
    pipes, size = pipelines or _no_pipelines(layers), (height, width)
    chain = _chain(layers, pipes, size)
    busy = {"video_input": height * width + pipes.video_input}
    busy |= {layer.name: _busy(layer, size) for layer in layers}
    passed = dict(zip(busy, chain, strict=True))
    written = chain[-1]
    if residual is not None:
        joined = _joined(residual, chain, pipes, size)
        written = joined + 1
        busy |= {residual.name: _busy(residual, size), "join": len(joined)}
        passed |= {residual.name: _branch(residual, chain[0], joined, size)[1] + pipes.layers[-1], "join": written}
    first = {name: int(clocks[0]) for name, clocks in passed.items()}
    last = {name: int(clocks[-1]) for name, clocks in passed.items()}
    rounded = iterate(written, raster.rescale_folds) + pipes.rescale
    busy["rescale"] = len(rounded) * raster.rescale_folds
    words = _words(rounded, raster, width)
    lines = np.arange(height * raster.stride) + raster.first_row
    arrivals = words[lines // raster.stride]
    left = iterate(arrivals.reshape(-1), raster.beats_per_word)
    busy["video_output"] = len(left) * raster.beats_per_word
    first["rescale"], last["rescale"] = int(arrivals[0, 0]), int(arrivals[-1, -1])
    first["video_output"] = int(left[0]) - raster.beats_per_word + 1 + pipes.video_output
    last["video_output"] = int(left[-1]) + pipes.video_output
    placed = arrivals if pipelines is None else arrivals - pipes.rescale - raster.rescale_folds
    freed = (left if pipelines else left - raster.beats_per_word).reshape(arrivals.shape)
    rows = [lines % raster.stride == row for row in range(raster.stride)]
    depths = tuple(_depth(placed[row].reshape(-1), freed[row].reshape(-1)) for row in rows)
    return Schedule(busy, first, last, depths)


def pixel_depth(
    layers: tuple[LayerPlan, ...],
    residual: LayerPlan,
    raster: RasterPlan,
    height: int,
    width: int,
    pipelines: Pipelines | None = None,
) -> int:
    """The least depth of the residual's pixel FIFO at which nothing is late.

    A pixel enters both branches at once: here as late as the main one can do with.  It leaves when the residual's engine takes it.
    """
    pipes, size = pipelines or _no_pipelines(layers), (height, width)
    joined = _joined(residual, _chain(layers, pipes, size), pipes, size)
    rescaled = iterate(joined + 1, raster.rescale_folds) - raster.rescale_folds
    needed = latest_join = _latest(rescaled, len(rescaled), 1)
    for layer, pipe in reversed(list(zip(layers, pipes.layers[: len(layers)], strict=True))):
        starts = _latest(needed - pipe, layer.geometry.positions(*size), layer.folding.folds)
        needed = starts[: height * width]
    taken, _ = _branch(residual, needed, latest_join, size)
    return _depth(needed, taken)


def _no_pipelines(layers: tuple[LayerPlan, ...]) -> Pipelines:
    return Pipelines(0, (0,) * (len(layers) + 1), 0, 0)


def _busy(layer: LayerPlan, size: Size) -> int:
    return layer.geometry.positions(*size) * layer.folding.folds


def _chain(layers: tuple[LayerPlan, ...], pipes: Pipelines, size: Size) -> list[Clocks]:
    """When the words of video_input, then of each layer, stand at the next process."""
    chain = [iterate(np.zeros(size[0] * size[1], dtype=np.int64), 1) + pipes.video_input]
    for layer, pipe in zip(layers, pipes.layers[: len(layers)], strict=True):
        chain.append(_written(layer, chain[-1], size) + pipe)
    return chain


def _written(layer: LayerPlan, arrival: Clocks, size: Size) -> Clocks:
    """End of the positions that give a word, for input words that come at `arrival`; the last positions take none."""
    positions = layer.geometry.positions(*size)
    ends = iterate(np.pad(arrival, (0, positions - len(arrival))), layer.folding.folds)
    return ends[positions - _outputs(layer, size) :]


def _outputs(layer: LayerPlan, size: Size) -> int:
    extra = layer.geometry.extra_rows if layer.form == "overlap_add" else 0
    return (size[0] + extra) * size[1]


def _joined(residual: LayerPlan, chain: list[Clocks], pipes: Pipelines, size: Size) -> Clocks:
    """Start of each iteration of the join, which takes a block of each branch.

    The residual's engine has no more folds than the last layer, so what its own FIFOs make it wait never makes the join wait.
    """
    blocks = _written(residual, chain[0], size) + pipes.layers[-1]
    return iterate(np.maximum(chain[-1], blocks), 1) - 1


def _branch(residual: LayerPlan, arrival: Clocks, joined: Clocks, size: Size) -> tuple[Clocks, Clocks]:
    """When the residual's engine takes each pixel and ends each block, for pixels that come at `arrival`.

    A block waits in the engine until the join takes the one STREAM_DEPTH before it.
    """
    folds, positions = residual.folding.folds, residual.geometry.positions(*size)
    before = positions - len(joined) + STREAM_DEPTH
    pixels = np.pad(arrival, (0, positions - len(arrival)))
    room = np.pad(joined, (before, 0))[:positions]
    ends = iterate(np.maximum(pixels, room - folds), folds)
    starts = np.maximum(pixels, np.pad(ends, (1, 0))[:positions])
    return starts[: len(arrival)], ends[positions - len(joined) :]


def _latest(needed: Clocks, positions: int, folds: int) -> Clocks:
    """Latest start of each of a process's positions such that its words, those of its last positions, end at `needed`.

    >>> _latest(np.array([9, 10]), 3, 2)
    array([4, 6, 8])
    """
    ends = np.pad(needed, (positions - len(needed), 0), constant_values=needed[-1])
    order = np.arange(positions, dtype=np.int64) * folds
    return np.asarray(np.minimum.accumulate((ends - order)[::-1])[::-1] + order - folds)


def _words(rounded: Clocks, raster: RasterPlan, width: int) -> Clocks:
    """(bands, words) clocks at which the words of a band are complete."""
    last_group = np.minimum(np.arange(raster.words_per_row(width)) * raster.groups_per_word + raster.groups_per_word, width) - 1
    return np.asarray(rounded.reshape(-1, width)[:, last_group])


def _depth(written: Clocks, read: Clocks) -> int:
    """The least depth at which no write waits for the reader."""
    free = np.searchsorted(read, written, side="right")
    return int((np.arange(1, len(written) + 1) - free).max(initial=1))
