"""When each process works: the schedule of one frame, clock by clock, as the dataflow pipeline keeps it.

A process takes one clock per fold and starts an iteration when its input is there: T(n) = max(T(n - 1), arrival(n)) + folds.
Its output arrives a latency later: nothing in HLS, whose pipeline registers are the tool's choice, and a constant in RTL.  The
C simulation counts the same clocks with bounded FIFOs, the RTL simulation measures them, and tests hold all equal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hls_export.plan.layer import LayerPlan
from hls_export.plan.pipeline import ENGINES, Pipeline, Process
from hls_export.plan.raster import RasterPlan

Clocks = NDArray[np.int64]
Size = tuple[int, int]
"""(height, width) of the LR frame."""


@dataclass(frozen=True)
class Schedule:
    """One frame from an idle pipeline, its pixels all waiting.

    busy: clocks of each process; first_output, finished: clocks by process name at which its first and last word left.
    """

    busy: dict[str, int]
    first_output: dict[str, int]
    finished: dict[str, int]


def iterate(arrival: Clocks, folds: int | Clocks) -> Clocks:
    """End of each iteration of a process that takes `folds` clocks from each arrival.

    >>> iterate(np.array([1, 2, 9]), 2), iterate(np.array([1, 2, 9]), np.array([2, 1, 2]))
    (array([ 3,  5, 11]), array([ 3,  4, 11]))
    """
    ends = np.cumsum(np.broadcast_to(folds, arrival.shape), dtype=np.int64)
    return np.asarray(np.maximum.accumulate(arrival - ends + folds) + ends)


def schedule(pipeline: Pipeline, raster: RasterPlan, height: int, width: int) -> Schedule:
    """The schedule of a height x width LR frame."""
    size = height, width
    clocks, left = busy(pipeline, raster, height, width), words(pipeline, raster, size)
    passed = {name: left[name] for name in clocks if name in left}
    (requantize,), (output,) = pipeline.of("requantize"), pipeline.of("video_output")
    arrivals, written = lines(left[requantize.name], raster, size)
    passed[requantize.name] = arrivals.reshape(-1)
    first = {name: int(moments[0]) for name, moments in passed.items()}
    last = {name: int(moments[-1]) for name, moments in passed.items()}
    first[output.name] = int(written[0, 0]) - raster.word_beats(width)[0] + 1 + output.latency
    last[output.name] = int(written[-1, -1]) + output.latency
    return Schedule(clocks, first, last)


def busy(pipeline: Pipeline, raster: RasterPlan, height: int, width: int) -> dict[str, int]:
    """Clocks that one frame takes of each process; a fork and a delay pass words on and take none."""
    words = height * raster.positions(width)
    found = {}
    for process in pipeline.processes:
        if process.kind in ENGINES:
            found[process.name] = process.layer.geometry.positions(height, width) * process.layer.folding.folds
        elif process.kind not in ("fork", "delay"):
            found[process.name] = {
                "video_input": words + process.latency,
                "pair": words,
                "requantize": raster.requantize_clocks(height, width),
                "video_output": raster.output_clocks(height, width),
            }[process.kind]
    return found


def words(pipeline: Pipeline, raster: RasterPlan, size: Size) -> dict[str, Clocks]:
    """By process, but for video_output: the clocks at which its words stand at the next one, if no FIFO is ever full."""
    left: dict[str, Clocks] = {}
    for process in pipeline.processes[:-1]:
        arrivals = [left[pipeline.writer(stream).name] for stream in process.reads]
        left[process.name] = _words(process, arrivals, raster, size) + process.latency
    return left


def _words(process: Process, arrivals: list[Clocks], raster: RasterPlan, size: Size) -> Clocks:
    if process.kind in ENGINES:
        return written(process.layer, arrivals[0], size)
    if process.kind == "video_input":
        return iterate(np.zeros(size[0] * raster.positions(size[1]), dtype=np.int64), 1)
    if process.kind == "pair":
        return iterate(np.maximum.reduce(arrivals), 1)
    return iterate(arrivals[0], raster.requantize_folds) if process.kind == "requantize" else arrivals[0]


def written(layer: LayerPlan, arrival: Clocks, size: Size) -> Clocks:
    """End of the positions that give a word, for input words that come at `arrival`; the last positions take none."""
    positions = layer.geometry.positions(*size)
    ends = iterate(np.pad(arrival, (0, positions - len(arrival))), layer.folding.folds)
    return ends[positions - _outputs(layer, size) :]


def _outputs(layer: LayerPlan, size: Size) -> int:
    extra = layer.geometry.extra_rows if layer.form == "overlap_add" else 0
    return (size[0] + extra) * layer.geometry.line_positions(size[1])


def lines(rounded: Clocks, raster: RasterPlan, size: Size) -> tuple[Clocks, Clocks]:
    """(lines, words) clocks at which the words of each output line are complete, and at which video_output has written them."""
    positions = raster.positions(size[1])
    last_group = np.arange(raster.words_per_row(size[1])) * raster.groups_per_word + raster.groups_per_word
    complete = rounded.reshape(-1, positions)[:, np.minimum(last_group, positions) - 1]
    arrivals = complete[bands(raster, size[0])[0]]
    beats = np.tile(raster.word_beats(size[1]), len(arrivals))
    return arrivals, iterate(arrivals.reshape(-1), beats).reshape(arrivals.shape)


def bands(raster: RasterPlan, height: int) -> tuple[Clocks, Clocks]:
    """(lines,) the band that each output line is of, and its row there."""
    line = np.arange(height * raster.stride) + raster.first_row
    return line // raster.stride, line % raster.stride
