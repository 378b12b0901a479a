"""How deep the FIFOs are that more than one word has to wait in: the pixels of the shorter branch, and the rows of the raster.

The depth is what a frame of the largest size needs, so that nothing is late; on top of it comes what processes may hold in flight.
It is found on a strip of the frame: between the first rows and the last ones, each row is like the one before.
"""

from __future__ import annotations

import numpy as np

from hls_export.plan.latency import STREAM_DEPTH
from hls_export.plan.pipeline import Pipeline, Process
from hls_export.plan.raster import RasterPlan
from hls_export.plan.schedule import Clocks, Size, bands, iterate, lines, words, written

STEADY_ROWS = 6
"""Rows that a strip has beyond those in which the processes begin and end."""


def deepened(pipeline: Pipeline, raster: RasterPlan, height: int, width: int, pixels_in_flight: int) -> Pipeline:
    """`pipeline` with the depths that frames of up to height x width need.

    pixels_in_flight: what each process may hold when it stalls.  The other branch then begins that much later for each of its
    processes, so each stream out of a fork has as many places more.
    """
    rows = strip_rows(pipeline, raster, height, width)
    (requantize,) = pipeline.of("requantize")
    found = dict(zip(requantize.writes, row_depths(pipeline, raster, rows, width), strict=True))
    branches, forked = pipeline.branches, [stream for fork in pipeline.of("fork") for stream in fork.writes]
    for index, (branch, stream) in enumerate(zip(branches, forked, strict=True)):
        held = pixels_in_flight * max(len(other) for place, other in enumerate(branches) if place != index)
        if branch and branch[0].kind == "delay":
            (delayed,) = branch[0].writes
            found[delayed] = max(STREAM_DEPTH, delay_depth(pipeline, raster, rows, width)) + held
        else:
            found[stream] = pipeline.stream(stream).depth + held
    return pipeline.with_depths(found)


def strip_rows(pipeline: Pipeline, raster: RasterPlan, height: int, width: int) -> int:
    """Rows of a frame that needs the depths of one of `height` rows.

    Once the slowest process has begun, it gives its words evenly; those behind it end after the rows that they lag.  Where writing
    a band takes longer than making one, more waits with each row, and no strip will do.
    """
    folds = max(raster.requantize_folds, *(engine.folding.folds for engine in pipeline.engines))
    if raster.output_clocks(1, width) > raster.positions(width) * folds:
        return height
    lag = sum(engine.geometry.ahead + engine.geometry.extra_rows + 1 for engine in pipeline.engines)
    return min(height, lag + raster.extra_bands + STEADY_ROWS)


def row_depths(pipeline: Pipeline, raster: RasterPlan, height: int, width: int) -> tuple[int, ...]:
    """Words that each row FIFO holds at most in a height x width frame; those of a whole line where lines before it come first.

    A process with a latency (RTL) takes its place when it begins a word, and gives it back when the last beat has left.
    """
    (requantize,) = pipeline.of("requantize")
    size, latency = (height, width), requantize.latency
    arrivals, left = lines(words(pipeline, raster, size)[requantize.name], raster, size)
    placed = arrivals - latency - raster.requantize_folds if latency else arrivals
    freed = left if latency else left - np.array(raster.word_beats(width))
    row_of = bands(raster, height)[1]
    found = []
    for row in range(raster.stride):
        needed = _depth(placed[row_of == row].reshape(-1), freed[row_of == row].reshape(-1))
        found.append(max(needed, STREAM_DEPTH if latency else 1, raster.words_per_row(width) if row else 0))
    return tuple(found)


def delay_depth(pipeline: Pipeline, raster: RasterPlan, height: int, width: int) -> int:
    """The least depth of the delay at which nothing is late, if no process holds anything.

    A pixel enters both branches at once: here as late as the layers can do with.  It leaves when the pair takes it, as soon as
    its features have come and the engine behind has begun the pixel STREAM_DEPTH before.
    """
    size = height, width
    left = words(pipeline, raster, size)
    layers, (last,) = pipeline.branches[0], pipeline.after_pair
    (requantize,) = pipeline.of("requantize")
    arrival = left[pipeline.writer(requantize.reads[0]).name]
    needed = iterate(arrival, raster.requantize_folds) - raster.requantize_folds
    needed = _latest(_begins(needed, last, size), height * raster.positions(width), 1)
    for process in reversed(layers):
        needed = _begins(needed, process, size)
    features = needed
    for process in layers:
        features = written(process.layer, features, size) + process.latency
    folds = last.layer.folding.folds
    begun = iterate(features + 1, folds) - folds
    room = np.pad(begun, (STREAM_DEPTH, 0))[: len(features)]
    return _depth(needed, iterate(np.maximum(features, room - 1), 1))  # the place is free in the clock after


def _begins(needed: Clocks, process: Process, size: Size) -> Clocks:
    """Latest start of the positions that take a pixel, such that the engine's words are there at `needed`."""
    shape = process.layer.geometry
    return _latest(needed - process.latency, shape.positions(*size), process.layer.folding.folds)[
        : size[0] * shape.line_positions(size[1])
    ]


def _latest(needed: Clocks, positions: int, folds: int) -> Clocks:
    """Latest start of each of a process's positions such that its words, those of its last positions, end at `needed`.

    >>> _latest(np.array([9, 10]), 3, 2)
    array([4, 6, 8])
    """
    ends = np.pad(needed, (positions - len(needed), 0), constant_values=needed[-1])
    order = np.arange(positions, dtype=np.int64) * folds
    return np.asarray(np.minimum.accumulate((ends - order)[::-1])[::-1] + order - folds)


def _depth(written: Clocks, read: Clocks) -> int:
    """The least depth at which no write waits for the reader."""
    free = np.searchsorted(read, written, side="right")
    return int((np.arange(1, len(written) + 1) - free).max(initial=1))
