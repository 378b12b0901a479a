"""When each process works: the schedule of one frame, clock by clock, as the dataflow pipeline keeps it.

A process takes one clock per fold and starts an iteration when its input is there: T(n) = max(T(n - 1), arrival(n)) + folds.
Its output arrives a pipeline later: nothing in HLS, whose pipeline registers are the tool's choice, and a constant in RTL.  The
C simulation counts the same clocks with bounded FIFOs, the RTL simulation measures them, and tests hold all equal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hls_export.layer_plan import LayerPlan
from hls_export.raster import RasterPlan

Clocks = NDArray[np.int64]


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
    """Clocks from the end of an iteration until its output stands at the next process; `layers` in order."""

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
    layers: tuple[LayerPlan, ...], raster: RasterPlan, height: int, width: int, pipelines: Pipelines | None = None
) -> Schedule:
    """The schedule of a height x width LR frame; with `pipelines` that of the RTL, whose FIFOs count words once reserved."""
    pipes = pipelines or Pipelines(0, (0,) * len(layers), 0, 0)
    pixels = height * width
    written = iterate(np.zeros(pixels, dtype=np.int64), 1) + pipes.video_input
    busy = {"video_input": pixels + pipes.video_input}
    first, last = {"video_input": int(written[0])}, {"video_input": int(written[-1])}
    for layer, pipe in zip(layers, pipes.layers, strict=True):
        positions = layer.geometry.positions(height, width)
        arrival = np.zeros(positions, dtype=np.int64)
        arrival[:pixels] = written
        ends = iterate(arrival, layer.folding.folds) + pipe
        lag = positions - _outputs(layer, height, width)
        written = ends[lag:]
        busy[layer.name] = positions * layer.folding.folds
        first[layer.name], last[layer.name] = int(written[0]), int(written[-1])
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
    depths = tuple(_depth(placed, freed, lines % raster.stride == row) for row in range(raster.stride))
    return Schedule(busy, first, last, depths)


def _outputs(layer: LayerPlan, height: int, width: int) -> int:
    extra = layer.geometry.extra_rows if layer.form == "overlap_add" else 0
    return (height + extra) * width


def _words(rounded: Clocks, raster: RasterPlan, width: int) -> Clocks:
    """(bands, words) clocks at which the words of a band are complete."""
    last_group = np.minimum(np.arange(raster.words_per_row(width)) * raster.groups_per_word + raster.groups_per_word, width) - 1
    return np.asarray(rounded.reshape(-1, width)[:, last_group])


def _depth(arrivals: Clocks, taken: Clocks, lines: NDArray[np.bool_]) -> int:
    """The least depth at which no write of these lines' words waits for the reader."""
    written, read = arrivals[lines].reshape(-1), taken[lines].reshape(-1)
    free = np.searchsorted(read, written, side="right")
    return int((np.arange(1, len(written) + 1) - free).max(initial=1))
