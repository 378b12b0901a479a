"""The arithmetic of a layer without a multiplier: the graph of its sums, that of its multipliers, and what rounds each channel.

    operands -> sums (matrix and bias) -> slopes (accumulator times multipliers) -> requantize of each channel -> results

A transposed convolution ends after the sums: they are the products of its taps, which overlap-add collects.  Docs/arithmetic.md,
equations 1 to 5; the multipliers are constants here, so a power of two is wiring and a PReLU's slope is a few adders.

A clock may take several neighbouring pixels.  Their matrices, each moved on by one pixel, are solved as one: neighbours read the
same inputs.  What pixels add to the same tap of a transposed convolution is one sum of the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from golden import accumulator
from golden.int_type import IntArray, IntType, NetworkError
from golden.spec import IntLayer, Term
from hls_export.adders.graph import Adder, AdderGraph, type_of
from hls_export.adders.solver import solve
from hls_export.adders.stages import Staged, staged
from hls_export.errors import ExportError

REQUANTIZE_CLOCKS = 3
"""Of rtl/requantize_constant.sv: choose, round, clamp."""
CLAMP_LUTS = 2


@dataclass(frozen=True)
class Channel:
    """How one channel is rounded: v >> shift to even, within the layer's output (eq. 3 to 5).

    positive, negative: outputs of the slopes' graph that v is for an accumulator of either sign; the same where the sign
    makes no difference.  accumulator: bits of the accumulator; product: the type of v.
    """

    positive: int
    negative: int
    shift: int
    accumulator: IntType
    product: IntType

    @property
    def selects(self) -> bool:
        return self.positive != self.negative


@dataclass(frozen=True)
class AdderEngine:
    """One layer's constants as hardware, at so many adder levels a clock.

    operands: types of the inputs in order: (ky, kx, ci) of a convolution's window, which is pixels - 1 columns wider than its
    kernel; of each pixel of a transposed convolution the channels, then the LR pixel - 128 where the layer has a term over it;
    that pixel alone beside multipliers.  slopes: None for a transposed convolution, whose outputs are the products of its taps,
    a kernel row after the other, those of each pixel stride columns on from those before.  bias: what overlap-add starts from,
    then; a convolution's sums have theirs.
    """

    sums: Staged
    slopes: Staged | None
    channels: tuple[Channel, ...]
    output: IntType
    bias: int = 0

    @property
    def operands(self) -> tuple[IntType, ...]:
        return self.sums.graph.inputs

    @property
    def graphs(self) -> tuple[AdderGraph, ...]:
        return (self.sums.graph,) if self.slopes is None else (self.sums.graph, self.slopes.graph)

    @property
    def clocks(self) -> int:
        """From the operands in registers to the results in registers."""
        return self.sums.clocks + (0 if self.slopes is None else self.slopes.clocks + REQUANTIZE_CLOCKS)

    @property
    def num_adders(self) -> int:
        return sum(len(graph.adders) + sum(output.adds for output in graph.outputs) for graph in self.graphs)

    @property
    def levels(self) -> int:
        return self.sums.levels

    @property
    def carries(self) -> int:
        """Blocks of eight carry bits (CARRY8) of all adders, none shared."""
        return sum(-(-adder.type.bits // 8) for graph in self.graphs for adder in graph.adders)

    @property
    def product_bits(self) -> int:
        """Bits of the widest product of a transposed convolution's taps, signed."""
        return max(IntType.holding(*ends).bits for ends in self.sums.graph.output_intervals)

    @cached_property
    def luts(self) -> int:
        """Estimate: those of the adders, and those that choose, round and clamp."""
        return sum(graph_luts(graph) for graph in self.graphs) + sum(channel_luts(one, self.output) for one in self.channels)

    @property
    def registers(self) -> int:
        """Flip-flops: values that wait for a later clock, signs until their products are there, and what requantize holds."""
        found = _registers(self.sums)
        if self.slopes is not None:
            found += _registers(self.slopes) + sum(c.selects for c in self.channels) * self.slopes.clocks
            found += len(self.channels) * (3 * self.output.bits + 5)
        return found


@lru_cache(maxsize=256)
def adder_engine(layer: IntLayer, levels: int, pixels: int = 1) -> AdderEngine:
    """`layer` as adders, `levels` of them in a row per clock, for so many neighbouring pixels at once.

    Raises ExportError as the solver does, and where a sum needs more than 48 bits.
    """
    try:
        sums = staged(sum_graph(layer, pixels), levels)
        if layer.kind == "deconv":
            return AdderEngine(sums, None, (), layer.output, int(layer.bias[0]))
        slopes, channels = _requantize(layer, pixels)
    except (ExportError, NetworkError) as error:
        raise ExportError(f"{layer.where}: {error}") from error
    return AdderEngine(sums, staged(slopes, levels), channels, layer.output)


@lru_cache(maxsize=256)
def luma_engine(layer: IntLayer, levels: int) -> AdderEngine:
    """The term over the LR pixel of a transposed convolution, unshifted, `levels` adders in a row per clock; raises as above."""
    assert layer.luma is not None, layer.where
    try:
        return AdderEngine(staged(_tap_graph(layer, (replace(layer.luma, shift=0),), 1), levels), None, (), layer.output)
    except ExportError as error:
        raise ExportError(f"{layer.where}: {error}") from error


@lru_cache(maxsize=256)
def sum_graph(layer: IntLayer, pixels: int = 1) -> AdderGraph:
    """The graph from the operands to the accumulators, or to the products of the taps of a transposed convolution."""
    if layer.kind == "conv":
        rows = _windows(layer.terms[0].weight, pixels)
        return solve(rows, [layer.input] * len(rows), np.tile(layer.bias, pixels))
    return _tap_graph(layer, layer.terms, pixels)


def _tap_graph(layer: IntLayer, terms: Sequence[Term], pixels: int) -> AdderGraph:
    """From the operands of these terms to the products of all taps."""
    taps = np.concatenate([term.weight[0] << term.shift for term in terms])
    types = [term.input_type(layer.input) for term in terms for _ in range(term.weight.shape[1])]
    return solve(_taps(taps, layer.stride, pixels), types * pixels)


def _windows(weight: IntArray, pixels: int) -> IntArray:
    """(ky, kx, ci) x (pixel, co) of weights (co, ci, ky, kx): those of each pixel one column on from those before."""
    out, into, kernel, _ = weight.shape
    found: IntArray = np.zeros((kernel, kernel + pixels - 1, into, pixels, out), dtype=np.int64)
    for pixel in range(pixels):
        found[:, pixel : pixel + kernel, :, pixel] = weight.transpose(2, 3, 1, 0)
    return found.reshape(-1, pixels * out)


def _taps(weight: IntArray, stride: int, pixels: int) -> IntArray:
    """(pixel, ci) x (ky, kx) of weights (ci, ky, kx): those of each pixel `stride` columns on from those before."""
    into, kernel, _ = weight.shape
    found: IntArray = np.zeros((pixels, into, kernel, kernel + (pixels - 1) * stride), dtype=np.int64)
    for pixel in range(pixels):
        found[pixel, :, :, pixel * stride : pixel * stride + kernel] = weight
    return found.reshape(pixels * into, -1)


def graph_luts(graph: AdderGraph) -> int:
    """Estimate of the LUTs of all adders: one for each bit that both operands have, the rest is carry alone; so is a constant."""
    return sum(_shared_bits(adder, graph.types) for adder in graph.adders)


def _shared_bits(adder: Adder, types: Sequence[IntType]) -> int:
    """A signed operand has all bits above its own, an unsigned one none."""
    operands = (types[adder.left], adder.left_shift), (types[adder.right], adder.right_shift)
    ends = [adder.type.bits if kind.signed else min(adder.type.bits, kind.bits + shift) for kind, shift in operands]
    return max(0, min(ends) - max(adder.left_shift, adder.right_shift))


def passed(adder: Adder) -> int:
    """Lowest bits of the sum that are those of one operand, because the other's begin above them."""
    if adder.left_shift == 0:
        return adder.right_shift
    return 0 if adder.subtracts or adder.right_shift else adder.left_shift


def channel_luts(channel: Channel, output: IntType) -> int:
    """Estimate of the LUTs of one channel's requantize: the choice, what is cut off, what lies beyond, the increment, the clamp."""
    beyond = max(0, channel.product.bits - channel.shift - output.bits)
    return channel.selects * channel.product.bits + -(-channel.shift // 5) + -(-beyond // 5) + output.bits + CLAMP_LUTS


def _requantize(layer: IntLayer, pixels: int) -> tuple[AdderGraph, tuple[Channel, ...]]:
    """The graph from accumulators to what the multipliers make of them, and each channel's rounding, pixel after pixel."""
    columns: list[tuple[int, int]] = []
    channels = []
    lows, highs = (ends.reshape(-1, layer.out_channels).astype(object) for ends in accumulator.interval(layer))
    for index in range(pixels * layer.out_channels):
        co = index % layer.out_channels
        low, high = min(int(lows[:, co].min()), 0), max(int(highs[:, co].max()), 0)
        positive, negative = int(layer.positive_multiplier[co]), int(layer.negative_multiplier[co])
        if layer.output.min == 0 and positive >= 0 and negative >= 0:
            negative = positive  # either product of a negative accumulator is at most 0, and clamped to it
        places = []
        for multiplier in dict.fromkeys((positive, negative)):
            places.append(len(columns))
            columns.append((index, multiplier))
        ends = [end * m for end in (low, high) for m in (positive, negative)]
        channels.append(
            Channel(places[0], places[-1], int(layer.shift[co]), IntType.holding(low, high), IntType.holding(min(ends), max(ends)))
        )
    matrix: IntArray = np.zeros((len(channels), len(columns)), dtype=np.int64)
    for column, (index, multiplier) in enumerate(columns):
        matrix[index, column] = multiplier
    return solve(matrix, [channel.accumulator for channel in channels]), tuple(channels)


def _registers(stages: Staged) -> int:
    own = zip(stages.graph.outputs, stages.graph.output_intervals, stages.output_stages, strict=True)
    return stages.value_registers + sum((stages.clocks - stage) * type_of(*ends).bits for output, ends, stage in own if output.adds)
