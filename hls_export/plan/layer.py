"""The plan of one engine: every number that its hardware is built from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from golden.spec import LUMA, IntLayer
from hls_export.adders.engine import AdderEngine, adder_engine, luma_engine
from hls_export.plan import multipliers as units
from hls_export.plan.widths import Widths, widths

Form = Literal["convolution", "overlap_add"]
Kind = Form | Literal["adder_convolution", "adder_overlap_add"]
ADDER_KINDS: dict[Form, Kind] = {"convolution": "adder_convolution", "overlap_add": "adder_overlap_add"}
ADDER_CONTROL_LUTS = 120
"""Estimate: of an engine of adders, beside what every process takes."""


@dataclass(frozen=True)
class Folding:
    """pe outputs (taps for a transposed convolution) times simd operands per clock, folds clocks per LR pixel."""

    pe: int
    simd: int
    neuron_folds: int
    synapse_folds: int

    @property
    def folds(self) -> int:
        return self.neuron_folds * self.synapse_folds

    @property
    def lanes(self) -> int:
        return self.pe * self.simd


@dataclass(frozen=True)
class Geometry:
    """Sizes and positions of one layer.

    window: taps along one side of the window over LR pixels; ahead: how many of them lie after the output position.
    extra_rows: LR rows of positions that a frame takes beyond its own, all of them at its end.
    pixels: neighbouring pixels of a line that one position takes.
    """

    kernel: int
    stride: int
    padding: int
    output_padding: int
    in_channels: int
    out_channels: int
    window: int
    ahead: int
    extra_rows: int
    first_row: int
    pixels: int = 1

    def line_positions(self, width: int) -> int:
        """Of one line; the last may have pixels missing."""
        return -(-width // self.pixels)

    def positions(self, height: int, width: int) -> int:
        """Positions that one frame takes, each of `folds` clocks."""
        return (height + self.extra_rows) * self.line_positions(width) + self.line_positions(self.ahead)


@dataclass(frozen=True)
class LayerPlan:
    """One layer as hardware.  Types are (bits, signed); estimated counts are estimates.

    own_shift, luma_shift: of the products of the layer's inputs and of the LR pixel, where that has a term.  adders: the graphs of
    an engine without multipliers, which takes one clock a position.  luma: the graph of the term over the LR pixel, beside
    multipliers.  reason: why this engine, as text.
    """

    name: str
    form: Form
    geometry: Geometry
    folding: Folding
    weight_type: tuple[int, bool]
    input_type: tuple[int, bool]
    output_type: tuple[int, bool]
    output_min: int
    output_max: int
    product_bits: int
    widths: Widths
    multiplies: bool
    requantize_lanes: int
    lanes_per_dsp: int
    multiplier_dsps: int
    requantize_dsps: int
    estimated_luts: int
    rom_words: int
    rom_word_bits: int
    input_beat_bits: int
    output_beat_bits: int
    own_shift: int = 0
    luma_shift: int = 0
    adders: AdderEngine | None = None
    luma: AdderEngine | None = None
    reason: str = ""

    @property
    def kind(self) -> Kind:
        """That of the engine's process."""
        return ADDER_KINDS[self.form] if self.adders is not None else self.form

    @property
    def graph(self) -> AdderEngine | None:
        """What of the layer is adders."""
        return self.adders or self.luma

    @property
    def dsps(self) -> int:
        return self.multiplier_dsps + self.requantize_dsps

    @property
    def multipliers(self) -> int:
        return 0 if self.adders is not None else self.folding.lanes

    @property
    def products(self) -> int:
        """Weights times operands that a clock does, by multipliers or as adders."""
        if self.adders is None:
            return self.multipliers + (0 if self.graph is None else self.graph.sums.graph.matrix.size)
        shape, operands = self.geometry, len(self.adders.operands)
        taps = operands if self.form == "overlap_add" else shape.pixels * shape.in_channels * shape.out_channels
        return shape.kernel**2 * taps

    def facts(self) -> dict[str, Any]:
        """Everything as plain values; of the adders their counts, the graphs being files of their own."""
        found = asdict(replace(self, adders=None, luma=None)) | {"kind": self.kind}
        names = ("num_adders", "clocks", "levels", "luts", "registers", "carries")
        graphs = {"adders": self.adders, "luma": self.luma}
        return found | {
            part: None if graph is None else {name: getattr(graph, name) for name in names} for part, graph in graphs.items()
        }


def form_of(layer: IntLayer) -> Form:
    """How `layer` is computed."""
    return "convolution" if layer.kind == "conv" else "overlap_add"


def geometry(layer: IntLayer, pixels: int = 1) -> Geometry:
    """Where the window of `layer` lies (see hls/sliding_window.h, tap_rows.h)."""
    kernel, stride, padding = layer.kernel, layer.stride, layer.padding
    if layer.kind == "conv":
        window, ahead, extra, first_row = kernel, padding, padding, 0
    else:
        ahead = -(-padding // stride)
        window, extra, first_row = 1, ahead, padding
    channels = layer.in_channels, layer.out_channels
    return Geometry(kernel, stride, padding, layer.output_padding, *channels, window, ahead, extra, first_row, pixels)


def is_power_of_two_scaled(layer: IntLayer) -> bool:
    """Whether every multiplier of the layer is a power of two, so that requantize needs no multiplier."""
    values = [*layer.positive_multiplier.tolist(), *layer.negative_multiplier.tolist()]
    return all(value > 0 and value & (value - 1) == 0 for value in values)


def plan_layer(layer: IntLayer, folding: Folding, levels: int, requantize_lanes: int | None = None) -> LayerPlan:
    """A layer with this folding; a term over the LR pixel as adders, `levels` of them in a row per clock.

    requantize_lanes: for a transposed convolution, how many sub-pixels are rounded per clock.  Raises ExportError as
    `luma_engine` does.
    """
    width = widths(layer)
    luma = None if layer.luma is None else luma_engine(layer, levels)
    multiplies = not is_power_of_two_scaled(layer)
    lanes = units.lanes_per_dsp(layer.weight_type, layer.input)
    requantizers = folding.pe if requantize_lanes is None else requantize_lanes
    luts = units.engine_luts(
        folding.pe, folding.simd, folding.synapse_folds, layer.weight_type, layer.input, width.partial
    ) + requantizers * units.requantize_luts(width.product, layer.output.bits)
    if luma is not None:
        luts += luma.luts + layer.kernel**2 * width.tap
    return LayerPlan(
        name=layer.name,
        form=form_of(layer),
        geometry=geometry(layer),
        folding=folding,
        weight_type=(layer.weight_type.bits, True),
        input_type=(layer.input.bits, layer.input.signed),
        output_type=(layer.output.bits, layer.output.signed),
        output_min=layer.output.min,
        output_max=layer.output.max,
        product_bits=units.product_bits(layer.weight_type, layer.input),
        widths=width,
        multiplies=multiplies,
        requantize_lanes=requantizers,
        lanes_per_dsp=lanes,
        multiplier_dsps=units.multiplier_dsps(folding.pe, folding.simd, lanes),
        requantize_dsps=requantizers * units.requantize_dsps(width.accumulator, multiplies),
        estimated_luts=luts,
        rom_words=folding.folds,
        rom_word_bits=folding.lanes * layer.weight_type.bits,
        input_beat_bits=layer.in_channels * layer.input.bits + (0 if luma is None else LUMA.bits),
        output_beat_bits=layer.out_channels * layer.output.bits,
        own_shift=layer.terms[0].shift,
        luma_shift=0 if layer.luma is None else layer.luma.shift,
        luma=luma,
    )


def plan_adders(layer: IntLayer, levels: int, requantize_lanes: int = 0, pixels: int = 1) -> LayerPlan:
    """A layer, all its terms, as adders: `levels` of them in a row per clock.  Raises ExportError as `adder_engine` does.

    pixels: how many neighbours are computed per clock; the folding, in which files hold the weights, is that of one.
    requantize_lanes: for a transposed convolution, how many sub-pixels are rounded per clock, by multipliers unless every
    multiplier is a power of two.
    """
    engine, width = adder_engine(layer, levels, pixels), widths(layer)
    form, shape = form_of(layer), geometry(layer, pixels)
    operands = sum(kind.bits for kind in engine.operands)
    multiplies = not is_power_of_two_scaled(layer)
    word = pixels * layer.out_channels * layer.output.bits
    luts = operands // 2 if shape.kernel > 1 else 0  # the mask of the window
    outputs = layer.out_channels
    if form == "overlap_add":
        word, outputs = shape.stride**2 * pixels * width.accumulator, shape.kernel**2
        luts = len(engine.sums.graph.outputs) * width.column_sum + shape.kernel * shape.stride * pixels * width.accumulator
        luts += requantize_lanes * units.requantize_luts(width.product, layer.output.bits)
    luts += engine.luts + units.fifo_luts(word) + ADDER_CONTROL_LUTS
    return LayerPlan(
        name=layer.name,
        form=form,
        geometry=shape,
        folding=Folding(outputs, operands_of(layer), 1, 1),
        weight_type=(layer.weight_type.bits, True),
        input_type=(layer.input.bits, layer.input.signed),
        output_type=(layer.output.bits, layer.output.signed),
        output_min=layer.output.min,
        output_max=layer.output.max,
        product_bits=engine.product_bits,
        widths=width,
        multiplies=multiplies,
        requantize_lanes=requantize_lanes if form == "overlap_add" else pixels * outputs,
        lanes_per_dsp=1,
        multiplier_dsps=0,
        requantize_dsps=requantize_lanes * units.requantize_dsps(width.accumulator, multiplies),
        estimated_luts=luts,
        rom_words=1,
        rom_word_bits=outputs * operands_of(layer) * layer.weight_type.bits,
        input_beat_bits=operands if form == "overlap_add" else pixels * layer.in_channels * layer.input.bits,
        output_beat_bits=pixels * layer.out_channels * layer.output.bits,
        adders=engine,
    )


def operands_of(layer: IntLayer) -> int:
    """Inputs that one output (or tap) of the first term adds up."""
    return layer.in_channels * (layer.kernel**2 if layer.kind == "conv" else 1)
