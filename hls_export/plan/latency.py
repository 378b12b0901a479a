"""Clocks through the processes of both implementations, and the words that their output streams hold.

HLS: the pipeline registers are the tool's choice, so its latencies count as 0; but a pipeline that stalls holds pixels inside, up
to a stated number, and FIFOs beside it have to hold as many.  RTL: an engine never stalls inside: it reserves a place in its
output FIFO when it begins a position and fills it a pipeline later (rtl/credit_fifo.sv), so that FIFO holds what is stored and
what is on its way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hls_export.plan.layer import LayerPlan

STREAM_DEPTH = 2
"""Words that a stream between two processes holds."""
MULTIPLY_LATENCY = 4
INPUT_LATENCY = 2
"""Clocks that video_input takes beyond its first: it looks at the frame's size before it gives the first pixel."""
OUTPUT_LATENCY = 1
DELAY_LATENCY = 3
ADDER_LATENCY = 5
"""Clocks around the graph of an engine of adders: of rtl/adder_convolution.sv and rtl/adder_overlap_add.sv.

The second takes one more where it masks the pixels that a word may lack.
"""


@dataclass(frozen=True)
class Implementation:
    """What HLS and RTL differ in.  Both functions take a process's kind and its engine, if it has one.

    latency: clocks from the end of an iteration until its output stands at the next process; places: words that its output
    streams hold; pixels_in_flight: pixels that each process may hold inside when it stalls.
    """

    latency: Callable[[str, LayerPlan | None], int]
    places: Callable[[str, LayerPlan | None], int]
    pixels_in_flight: int


def hls(pixels_in_flight: int) -> Implementation:
    """HLS C++, whose processes may each hold that many pixels."""
    return Implementation(lambda _kind, _engine: 0, lambda _kind, _engine: STREAM_DEPTH, pixels_in_flight)


def rtl() -> Implementation:
    """The modules of rtl/."""
    return Implementation(rtl_latency, rtl_places, 0)


def rtl_latency(kind: str, engine: LayerPlan | None) -> int:
    """See the header of each module."""
    fixed = {"video_input": INPUT_LATENCY, "video_output": OUTPUT_LATENCY, "fork": 0, "delay": DELAY_LATENCY, "pair": 0}
    if engine is None or kind in fixed:
        return fixed[kind]
    if kind == "requantize":
        return 4 + requantize_latency(engine.multiplies)
    if engine.adders is not None:
        masks = engine.form == "overlap_add" and engine.geometry.pixels > 1
        return engine.adders.clocks + ADDER_LATENCY + masks
    multiply = multiplier_array_latency(engine.folding.simd)
    if kind == "convolution":
        return 6 + multiply + requantize_latency(engine.multiplies)
    return 6 + multiply + (0 if engine.luma is None else 1 + max(0, engine.luma.clocks - multiply - 1))


def rtl_places(kind: str, engine: LayerPlan | None) -> int:
    """Words of an engine's output FIFO, those on their way included; two in the others."""
    if engine is None or kind in ("pair", "requantize"):
        return STREAM_DEPTH
    return depth(engine.folding.folds, rtl_latency(kind, engine))


def depth(folds: int, clocks: int) -> int:
    """Places that a process needs to begin a position every `folds` clocks: as many as are under way, and one to spare.

    >>> depth(1, 10), depth(2, 11)
    (13, 8)
    """
    return -(-(folds + clocks + 1) // folds) + 1


def adder_tree_latency(terms: int) -> int:
    """Clocks of rtl/adder_tree.sv: one per four-to-one step.

    >>> [adder_tree_latency(terms) for terms in (1, 2, 4, 5, 16, 17, 108)]
    [0, 1, 1, 2, 2, 3, 4]
    """
    return ((terms - 1).bit_length() + 1) // 2


def multiplier_array_latency(simd: int) -> int:
    """Clocks of rtl/multiplier_array.sv.

    >>> [multiplier_array_latency(simd) for simd in (1, 4, 28, 108)]
    [4, 5, 7, 8]
    """
    return MULTIPLY_LATENCY + adder_tree_latency(simd)


def requantize_latency(multiplies: bool) -> int:
    """Clocks of rtl/requantize.sv: the product of a multiplier has one register more than a shift.

    >>> requantize_latency(True), requantize_latency(False)
    (6, 5)
    """
    return 6 if multiplies else 5
