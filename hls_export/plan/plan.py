"""The hardware plan: everything that the writers print, decided once.

`assemble` searches, for every layer, the folding that reaches the asked rate with the fewest multipliers, chooses the form of
the transposed convolution by memory bits, and sizes the buffers.
Knows nothing of C++ or files.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from golden.spec import IntLayer, IntNetwork
from hls_export.errors import ExportError
from hls_export.plan import memory as memories_
from hls_export.plan.branches import JOINED, check_names, residual_branch
from hls_export.plan.buffers import Fifo, fifos, line_buffer, memories
from hls_export.plan.layer import Form, LayerPlan, foldings, geometry, plan_layer
from hls_export.plan.memory import Memory
from hls_export.plan.raster import RasterPlan, plan_raster
from hls_export.plan.residual_plan import ResidualPlan
from hls_export.plan.schedule import STREAM_DEPTH, Schedule, pixel_depth, schedule
from hls_export.plan.target import Target
from hls_export.plan.widths import widths

MAX_DSP_ACCUMULATOR_BITS = 48
PROCESS_LUTS = 150


@dataclass(frozen=True)
class Resources:
    """Estimates for the whole pipeline; dsp is exact under the packing rule, lut and the memories are estimates."""

    dsp: int
    lut: int
    bram36: int
    uram: int


@dataclass(frozen=True)
class HardwarePlan:
    """One network as hardware, for one target.

    clocks_per_frame: from frame to frame when frames come back to back, that of the slowest process.  Layers that fold alike keep
    to it; where they do not, a slow layer may wait while one behind it works off its last rows (measured: at most 8% in frames of
    9 rows, so some tenths of a percent in video frames).
    """

    network_hash: str
    network: str
    scale: int
    target: Target
    layers: tuple[LayerPlan, ...]
    raster: RasterPlan
    fifos: tuple[Fifo, ...]
    memories: tuple[Memory, ...]
    schedule: Schedule
    resources: Resources
    macs_per_pixel: int
    residual: ResidualPlan | None = None

    @property
    def engines(self) -> tuple[LayerPlan, ...]:
        """The engines of all layers, and of the residual."""
        return self.layers if self.residual is None else (*self.layers, self.residual.layer)

    @property
    def rescale(self) -> LayerPlan:
        """What requantizes the last accumulators: the last layer, with the widths of the join where there is a residual."""
        last = self.layers[-1]
        return last if self.residual is None else replace(last, name=JOINED, widths=self.residual.widths)

    @property
    def clocks_per_frame(self) -> int:
        return max(self.schedule.busy.values())

    @property
    def clocks_per_pixel(self) -> int:
        """II: clocks per LR pixel of the slowest layer."""
        return max(layer.folding.folds for layer in self.engines)

    @property
    def fps(self) -> float:
        return self.target.clock_mhz * 1e6 / self.clocks_per_frame

    @property
    def latency_clocks(self) -> int:
        return self.schedule.finished["video_output"]

    @property
    def lanes(self) -> int:
        return sum(layer.folding.lanes for layer in self.engines)

    @property
    def lut_lanes(self) -> int:
        """Multipliers that are in LUTs."""
        return sum(layer.folding.lut_pe * layer.folding.simd for layer in self.engines)

    @property
    def utilisation(self) -> float:
        """Share of the multipliers' clocks that do a multiply-accumulate of the network, frames back to back."""
        return self.macs_per_pixel * self.target.width * self.target.height / (self.lanes * self.clocks_per_frame)

    @property
    def gops(self) -> float:
        """Operations (a multiply and an add each) per second at the clock, frames back to back, in 10^9."""
        return 2 * self.macs_per_pixel * self.target.width * self.target.height * self.fps / 1e9

    def to_json(self) -> str:
        """Sorted JSON of everything, properties included; the same plan gives the same text."""
        facts = asdict(self)
        if self.residual is None:
            del facts["residual"]
        for name in ("clocks_per_frame", "clocks_per_pixel", "fps", "latency_clocks", "lanes", "lut_lanes", "utilisation", "gops"):
            facts[name] = getattr(self, name)
        facts["target"]["budget_clocks"] = self.target.budget_clocks
        facts["note"] = "dsp follows the packing rule; lut, bram36 and uram are estimates; nothing was placed and routed"
        return json.dumps(facts, indent=1, sort_keys=True) + "\n"


def assemble(network: IntNetwork, target: Target, budget_clocks: int) -> HardwarePlan:
    """The plan for a frame in `budget_clocks`, whether or not the device holds it.

    Raises ExportError when no folding is fast enough.
    """
    for layer in network.layers:
        if layer.accumulator.bits > MAX_DSP_ACCUMULATOR_BITS:
            raise ExportError(f"{layer.where}: accumulator of {layer.accumulator.bits} bits; allowed {MAX_DSP_ACCUMULATOR_BITS}")
    check_names(network)
    last = network.layers[-1]
    form = cheaper_form(last, target.width)
    raster = plan_raster(form, geometry(last, form), target.height, target.width, budget_clocks)
    layers = [_fewest(layer, "convolution", None, target, budget_clocks) for layer in network.layers[:-1]]
    layers.append(_fewest(last, form, raster.rescale_lanes, target, budget_clocks))
    planned = tuple(layers)
    residual = None if last.luma is None else _residual(last, planned, raster, target)
    engines = planned if residual is None else (*planned, residual.layer)
    times = schedule(planned, raster, target.height, target.width, residual=residual.layer if residual else None)
    streams = fifos(planned, residual, raster, times)
    taken = memories(engines, streams, target.width, target.device)
    return HardwarePlan(
        network_hash=network.hash,
        network=str(network),
        scale=network.scale,
        target=target,
        layers=planned,
        raster=raster,
        fifos=streams,
        memories=taken,
        schedule=times,
        resources=_resources(planned, residual, taken),
        macs_per_pixel=network.num_weights,
        residual=residual,
    )


def cheaper_form(layer: IntLayer, width: int) -> Form:
    """The form of a transposed convolution whose line buffers take fewer bits at this width; a residual's engine follows it."""
    return min(
        ("overlap_add", "phases"), key=lambda form: line_buffer(plan_layer(layer, form, next(foldings(layer)), 1), width).bits
    )


def _fewest(layer: IntLayer, form: Form, requantize_lanes: int | None, target: Target, budget_clocks: int) -> LayerPlan:
    """The layer with the fewest DSPs among the foldings that keep to the rate; then the fewest lanes, then the fewest PE."""
    positions = geometry(layer, form).positions(target.height, target.width)
    fast = [folding for folding in foldings(layer) if positions * folding.folds <= budget_clocks]
    if not fast:
        most = target.clock_mhz * 1e6 / positions
        raise ExportError(
            f"{layer.where}: {positions} positions a frame of {target.width}x{target.height} do not fit {budget_clocks} clocks; "
            f"allowed at {target.clock_mhz:g} MHz at most {most:.1f} fps"
        )
    plans = [plan_layer(layer, form, folding, requantize_lanes) for folding in fast]
    return min(plans, key=lambda plan: (plan.dsps, plan.folding.lanes, plan.folding.pe))


def _residual(layer: IntLayer, planned: tuple[LayerPlan, ...], raster: RasterPlan, target: Target) -> ResidualPlan:
    """The branch of the residual of `layer`: the fewest DSPs that are as fast as the engine beside it."""
    last, size = planned[-1], (target.height, target.width)
    budget_clocks = last.geometry.positions(*size) * last.folding.folds
    engine = _fewest(residual_branch(layer), last.form, 0, target, budget_clocks)
    assert layer.luma is not None
    return ResidualPlan(
        layer=engine,
        sum_shift=layer.terms[0].shift,
        shift=layer.luma.shift,
        widths=widths(layer),
        pixel_depth=max(STREAM_DEPTH, pixel_depth(planned, engine, raster, *size)),
    )


def with_lut_lanes(network: IntNetwork, plan: HardwarePlan, lut_lanes: int) -> HardwarePlan:
    """The plan with at least `lut_lanes` multipliers, whole PE at a time, in LUTs; from the engines that have the most of them."""
    last = network.layers[-1]
    sources = network.layers if last.luma is None else (*network.layers, residual_branch(last))
    moved = list(plan.engines)
    left = lut_lanes
    for index in sorted(range(len(moved)), key=lambda i: (-moved[i].folding.lanes, i)):
        if left <= 0:
            break
        layer = moved[index]
        pe = min(layer.folding.pe, -(-left // layer.folding.simd))
        folding = replace(layer.folding, lut_pe=pe)
        lanes = None if layer.form == "convolution" else layer.requantize_lanes
        moved[index] = plan_layer(sources[index], layer.form, folding, lanes)
        left -= pe * layer.folding.simd
    layers = tuple(moved[: len(plan.layers)])
    residual = plan.residual and replace(plan.residual, layer=moved[-1])
    return replace(plan, layers=layers, residual=residual, resources=_resources(layers, residual, plan.memories))


def _resources(layers: tuple[LayerPlan, ...], residual: ResidualPlan | None, memories: tuple[Memory, ...]) -> Resources:
    engines, processes, luts = layers, len(layers) + 3, 0
    if residual is not None:
        engines, processes, luts = (*layers, residual.layer), len(layers) + 6, residual.join_luts
    return Resources(
        dsp=sum(engine.dsps for engine in engines),
        lut=sum(engine.estimated_luts for engine in engines)
        + luts
        + memories_.total(memories, "lutram")
        + processes * PROCESS_LUTS,
        bram36=memories_.total(memories, "bram36"),
        uram=memories_.total(memories, "uram"),
    )
