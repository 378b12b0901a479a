"""The pipeline: which processes there are and which streams run between them, made once from the layers' terms.

A fork stands where a stream has two readers, a delay where one reader is ahead of the other, a pair where an engine reads both.
Whoever draws, prints, times or counts the pipeline loops over what this file made.

    video_input -> LAYER ... -> requantize -> video_output                                  every accumulator has one term
    video_input -> fork -> LAYER ... -----> pair -> LAYER -> requantize -> video_output     the last one has two
                        -> pixel_delay -->
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from golden.spec import LUMA, IntNetwork
from hls_export.errors import ExportError
from hls_export.plan.latency import Implementation
from hls_export.plan.layer import Kind as EngineKind
from hls_export.plan.layer import LayerPlan
from hls_export.plan.raster import RasterPlan

Kind = EngineKind | Literal["video_input", "fork", "delay", "pair", "requantize", "video_output"]
ENGINES: tuple[Kind, ...] = ("convolution", "overlap_add", "adder_convolution", "adder_overlap_add")
CONVOLUTIONS: tuple[Kind, ...] = ("convolution", "adder_convolution")
VIDEO_INPUT, VIDEO_OUTPUT, REQUANTIZE = "video_input", "video_output", "requantize"
FORK, DELAY, PAIR = "fork", "pixel_delay", "pair"
PAIR_PIXEL = f"{PAIR}_pixel"
"""Where the pair takes the LR pixel."""
ENDS = (VIDEO_INPUT, REQUANTIZE, VIDEO_OUTPUT)
BRANCHES = (FORK, DELAY, PAIR, PAIR_PIXEL)
"""Names that no layer may have: of every pipeline, and of one with a fork."""
OVERLAP = "one word is written while the one before is read"
IN_FLIGHT = "one word is written while the one before is read; more where the other branch may hold pixels in flight"
LAG = "pixels wait while the layers come as far: those of the rows between, and those that each layer holds in flight"


@dataclass(frozen=True)
class Stream:
    """Words of `width_bits` from one process to another, and why `depth` of them have room.

    memory: what the FIFO is called among the memories; empty where it is part of the process that writes it.
    """

    name: str
    width_bits: int
    depth: int
    reason: str
    memory: str = ""


@dataclass(frozen=True)
class Process:
    """What works by itself: it reads and writes streams, by name.

    engine: the layer that an engine computes; of a pair and what requantizes, the layer behind it and before it.
    latency: clocks from the end of an iteration until its output stands at the next process.
    """

    name: str
    kind: Kind
    engine: LayerPlan | None
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    latency: int = 0

    @property
    def layer(self) -> LayerPlan:
        """`engine` of a process that has one."""
        assert self.engine is not None, self.name
        return self.engine


@dataclass(frozen=True)
class Pipeline:
    """Processes in an order in which each comes after those that it reads from, and their streams."""

    processes: tuple[Process, ...]
    streams: tuple[Stream, ...]

    def of(self, *kinds: Kind) -> tuple[Process, ...]:
        return tuple(process for process in self.processes if process.kind in kinds)

    def stream(self, name: str) -> Stream:
        return next(stream for stream in self.streams if stream.name == name)

    def writer(self, stream: str) -> Process:
        return next(process for process in self.processes if stream in process.writes)

    def reader(self, stream: str) -> Process:
        return next(process for process in self.processes if stream in process.reads)

    @property
    def engines(self) -> tuple[LayerPlan, ...]:
        """Of the layers, in order."""
        return tuple(process.layer for process in self.processes if process.kind in ENGINES)

    @property
    def branches(self) -> tuple[tuple[Process, ...], ...]:
        """For each stream out of a fork the processes from there to the pair; the first is that of the layers."""
        return tuple(tuple(self._until_met(stream)) for fork in self.of("fork") for stream in fork.writes)

    @property
    def after_pair(self) -> tuple[Process, ...]:
        """The engine that reads both streams of a pair; none without one."""
        return tuple(self.reader(pair.writes[0]) for pair in self.of("pair"))

    @property
    def beside(self) -> tuple[Process, ...]:
        """The processes that are not on the way of the layers."""
        return tuple(process for branch in self.branches[1:] for process in branch)

    @property
    def fifos(self) -> dict[str, int]:
        """Places of each FIFO whose level the RTL shows, by the stream's name."""
        seen = (*ENGINES, "delay", "requantize")
        return {stream.name: stream.depth for stream in self.streams if self.writer(stream.name).kind in seen}

    def implemented(self, built: Implementation) -> Pipeline:
        """The same with the latencies and FIFOs of an implementation, as a chain needs them (`depths.deepened`)."""
        writers = [self.writer(stream.name) for stream in self.streams]
        depths = {stream.name: built.places(w.kind, w.engine) for stream, w in zip(self.streams, writers, strict=True)}
        processes = tuple(replace(p, latency=built.latency(p.kind, p.engine)) for p in self.processes)
        return replace(self, processes=processes).with_depths(depths)

    def with_depths(self, depths: Mapping[str, int]) -> Pipeline:
        """The same with other depths of these streams."""
        return replace(self, streams=tuple(replace(s, depth=depths.get(s.name, s.depth)) for s in self.streams))

    def _until_met(self, stream: str) -> Iterator[Process]:
        while (process := self.reader(stream)).kind != "pair":
            yield process
            (stream,) = process.writes


def connect(network: IntNetwork, engines: Mapping[str, LayerPlan], raster: RasterPlan) -> Pipeline:
    """The pipeline of `network`, its latencies and depths still to come (`implemented`).

    engines: of each layer, by its name.
    """
    processes = tuple(_processes(network, engines, raster.stride))
    writers = {stream: process for process in processes for stream in process.writes}
    return Pipeline(processes, tuple(_stream(name, writer, raster) for name, writer in writers.items()))


def _processes(network: IntNetwork, engines: Mapping[str, LayerPlan], stride: int) -> Iterator[Process]:
    """The engines, and what their streams need between them."""
    *inner, last = (layer.name for layer in network.layers)
    paired = len(network.layers[-1].terms) > 1
    readers = [*inner, PAIR if paired else last]
    yield Process(VIDEO_INPUT, "video_input", None, (), (_to(FORK if paired else readers[0]),))
    if paired:
        yield Process(FORK, "fork", None, (_to(FORK),), (_to(readers[0]), _to(DELAY)))
    for name, reader in zip(inner, readers[1:], strict=True):
        yield Process(name, engines[name].kind, engines[name], (_to(name),), (_to(reader),))
    if paired:
        yield Process(DELAY, "delay", None, (_to(DELAY),), (_to(PAIR_PIXEL),))
        yield Process(PAIR, "pair", engines[last], (_to(PAIR), _to(PAIR_PIXEL)), (_to(last),))
    yield Process(last, engines[last].kind, engines[last], (_to(last),), (_to(REQUANTIZE),))
    rows = tuple(f"row{row}" for row in range(stride))
    yield Process(REQUANTIZE, "requantize", engines[last], (_to(REQUANTIZE),), rows)
    yield Process(VIDEO_OUTPUT, "video_output", None, rows, ())


def _to(reader: str) -> str:
    return f"to_{reader}"


def _stream(name: str, writer: Process, raster: RasterPlan) -> Stream:
    reason, memory = OVERLAP, ""
    if writer.kind == "delay":
        reason, memory = LAG, "pixel delay"
    elif writer.kind == "fork" and name != _to(DELAY):
        reason = IN_FLIGHT
    elif writer.kind == "requantize":
        reason, memory = _row_reason(writer.writes.index(name)), "row FIFO"
    return Stream(name, _bits(writer, raster), 0, reason, memory)


def _bits(writer: Process, raster: RasterPlan) -> int:
    """Of one word that `writer` gives."""
    if writer.kind in CONVOLUTIONS:
        return writer.layer.output_beat_bits
    if writer.kind == "pair":
        return writer.layer.input_beat_bits
    if writer.kind == "requantize":
        return raster.word_pixels * LUMA.bits
    if writer.engine is not None:
        return raster.block * writer.engine.widths.accumulator
    return raster.pixels * LUMA.bits


def _row_reason(row: int) -> str:
    if row == 0:
        return "row 0 of a band comes while the last rows of the band before are written out"
    return f"row {row} of a band waits while the rows before it are written out"


def check_names(network: IntNetwork) -> None:
    """Raises ExportError when a layer has the name of another process."""
    taken = ENDS if len(network.layers[-1].terms) == 1 else (*ENDS, *BRANCHES)
    for layer in network.layers:
        if layer.name in taken:
            raise ExportError(f"{layer.where}: a process has this name; allowed any but {', '.join(taken)}")
