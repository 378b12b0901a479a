"""The pipeline: which processes there are and which streams run between them, made once from the layers' terms.

An engine computes one term.  A fork stands where a stream has two readers, a delay where one reader is ahead of the other, and a
join where an accumulator has two terms.  Whoever draws, prints, times or counts the pipeline loops over what this file made.

    video_input -> LAYER ... -> requantize -> video_output                                        every accumulator has one term
    video_input -> fork -> LAYER ... ---------------------> join -> requantize -> video_output    the last one has two
                        -> pixel_delay -> residual ------->
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np

from golden.spec import LUMA, PROVED, IntLayer, IntNetwork, Term
from hls_export.errors import ExportError
from hls_export.plan.latency import Implementation
from hls_export.plan.layer import Form, LayerPlan
from hls_export.plan.raster import RasterPlan

Kind = Form | Literal["video_input", "fork", "delay", "join", "requantize", "video_output"]
ENGINES: tuple[Kind, ...] = ("convolution", "overlap_add", "phases")
VIDEO_INPUT, VIDEO_OUTPUT, REQUANTIZE = "video_input", "video_output", "requantize"
FORK, JOIN, DELAY = "fork", "join", "pixel_delay"
RESIDUAL = "residual"
"""The engine of the term over the LR pixel."""
JOINED = "joined"
"""What requantizes the sum of two terms: a table and widths of its own."""
JOIN_RESIDUAL = f"{JOIN}_{RESIDUAL}"
"""Where the join takes the sums of the LR pixel."""
ENDS = (VIDEO_INPUT, REQUANTIZE, VIDEO_OUTPUT)
BRANCHES = (FORK, DELAY, RESIDUAL, JOIN, JOIN_RESIDUAL, JOINED)
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

    engine: the layer that an engine computes; for a join and what requantizes, the layer of the joined accumulator.
    latency: clocks from the end of an iteration until its output stands at the next process.
    shifts: of a join, by how many bits each of the sums that it reads lies to the left.
    """

    name: str
    kind: Kind
    engine: LayerPlan | None
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    latency: int = 0
    shifts: tuple[int, ...] = ()

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

    def of(self, kind: Kind) -> tuple[Process, ...]:
        return tuple(process for process in self.processes if process.kind == kind)

    def stream(self, name: str) -> Stream:
        return next(stream for stream in self.streams if stream.name == name)

    def writer(self, stream: str) -> Process:
        return next(process for process in self.processes if stream in process.writes)

    def reader(self, stream: str) -> Process:
        return next(process for process in self.processes if stream in process.reads)

    @property
    def engines(self) -> tuple[LayerPlan, ...]:
        """Of every term, in order."""
        return tuple(process.layer for process in self.processes if process.kind in ENGINES)

    @property
    def branches(self) -> tuple[tuple[Process, ...], ...]:
        """For each stream out of a fork the processes from there to the join; the first is that of the layers."""
        return tuple(tuple(self._until_join(stream)) for fork in self.of("fork") for stream in fork.writes)

    @property
    def beside(self) -> tuple[Process, ...]:
        """The processes that are not on the way of the layers."""
        return tuple(process for branch in self.branches[1:] for process in branch)

    @property
    def layers(self) -> tuple[LayerPlan, ...]:
        """The engines on the way of the layers: one of each layer, in order."""
        beside = self.beside
        return tuple(p.layer for p in self.processes if p.kind in ENGINES and p not in beside)

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

    def with_engines(self, engines: Mapping[str, LayerPlan]) -> Pipeline:
        """The same with other plans of the engines, by name."""
        return replace(
            self, processes=tuple(replace(p, engine=engines[p.name]) if p.kind in ENGINES else p for p in self.processes)
        )

    def with_depths(self, depths: Mapping[str, int]) -> Pipeline:
        """The same with other depths of these streams."""
        return replace(self, streams=tuple(replace(s, depth=depths.get(s.name, s.depth)) for s in self.streams))

    def _until_join(self, stream: str) -> Iterator[Process]:
        while (process := self.reader(stream)).kind != "join":
            yield process
            (stream,) = process.writes


def engine_layers(network: IntNetwork) -> dict[str, IntLayer]:
    """What each engine of `network` computes, by its name: each layer's own term, then those over the LR pixel."""
    found, last = {layer.name: _own_term(layer) for layer in network.layers}, network.layers[-1]
    return found if last.luma is None else found | {RESIDUAL: _pixel_term(last)}


def requantized_layer(network: IntNetwork) -> IntLayer:
    """What the last accumulators are requantized by: the last layer, called JOINED where two terms make them."""
    last = network.layers[-1]
    return last if len(last.terms) == 1 else replace(last, name=JOINED)


@lru_cache(maxsize=64)
def _own_term(layer: IntLayer) -> IntLayer:
    """`layer` as the engine of its first term sees it: that term unshifted, and the bias where this is the grid of the sum."""
    if len(layer.terms) == 1:
        return layer
    first = layer.terms[0]
    return replace(layer, terms=(replace(first, shift=0),), bias=layer.bias * (first.shift == 0), accumulator=PROVED)


@lru_cache(maxsize=64)
def _pixel_term(layer: IntLayer) -> IntLayer:
    """The term over the LR pixel as a transposed convolution of centred pixels, times 1: its blocks are joined, never requantized.

    It starts from the bias where the layer's own term is the shifted one.
    """
    term = layer.luma
    assert term is not None, layer.where
    one = np.ones(1, dtype=np.int64)
    return IntLayer(
        name=RESIDUAL,
        kind="deconv",
        terms=(Term("previous", term.weight, term.weight_type),),
        bias=layer.bias * (layer.terms[0].shift > 0),
        positive_multiplier=one,
        negative_multiplier=one,
        shift=0 * one,
        input=term.input_type(layer.input),
        output=LUMA,
        stride=layer.stride,
    )


def connect(network: IntNetwork, engines: Mapping[str, LayerPlan], requantize: LayerPlan, raster: RasterPlan) -> Pipeline:
    """The pipeline of `network`, its latencies and depths still to come (`implemented`).

    engines: by the names of `engine_layers`; requantize: the plan of `requantized_layer`.
    """
    processes = tuple(_processes(network, engines, requantize, raster.stride))
    writers = {stream: process for process in processes for stream in process.writes}
    return Pipeline(processes, tuple(_stream(name, writer, raster) for name, writer in writers.items()))


def _processes(network: IntNetwork, engines: Mapping[str, LayerPlan], requantize: LayerPlan, stride: int) -> Iterator[Process]:
    """One for each term, and what their streams need between them."""
    chain, last = [layer.name for layer in network.layers], network.layers[-1]
    joins = len(last.terms) > 1
    yield Process(VIDEO_INPUT, "video_input", None, (), (_to(FORK if joins else chain[0]),))
    if joins:
        yield Process(FORK, "fork", None, (_to(FORK),), (_to(chain[0]), _to(DELAY)))
    for name, sink in zip(chain, [*chain[1:], JOIN if joins else REQUANTIZE], strict=True):
        yield Process(name, engines[name].form, engines[name], (_to(name),), (_to(sink),))
    if joins:
        sides = _to(JOIN), _to(JOIN_RESIDUAL)
        yield Process(DELAY, "delay", None, (_to(DELAY),), (_to(RESIDUAL),))
        yield Process(RESIDUAL, engines[RESIDUAL].form, engines[RESIDUAL], (_to(RESIDUAL),), sides[1:])
        yield Process(JOIN, "join", requantize, sides, (_to(REQUANTIZE),), shifts=tuple(term.shift for term in last.terms))
    rows = tuple(f"row{row}" for row in range(stride))
    yield Process(REQUANTIZE, "requantize", requantize, (_to(REQUANTIZE),), rows)
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
    if writer.kind == "convolution":
        return writer.layer.output_beat_bits
    if writer.kind == "requantize":
        return raster.word_pixels * LUMA.bits
    if writer.engine is not None:
        return raster.stride**2 * writer.engine.widths.accumulator
    return LUMA.bits


def _row_reason(row: int) -> str:
    if row == 0:
        return "row 0 of a band comes while the last rows of the band before are written out"
    return f"row {row} of a band waits while the rows before it are written out"


def check_names(network: IntNetwork) -> None:
    """Raises ExportError when a layer has the name of a process or a table that is no layer's."""
    taken = ENDS if len(network.layers[-1].terms) == 1 else (*ENDS, *BRANCHES)
    for layer in network.layers:
        if layer.name in taken:
            raise ExportError(f"{layer.where}: a process or table has this name; allowed any but {', '.join(taken)}")
