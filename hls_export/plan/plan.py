"""The hardware plan: everything that the writers print, decided once.

`assemble` decides in this order: the raster, the foldings, the pipeline, its memories and
resources.  When each process works is worked out last, and only where somebody asks.  Knows nothing of C++ or files.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from golden.spec import IntNetwork
from hls_export.adders.engine import AdderEngine
from hls_export.errors import ExportError
from hls_export.plan import latency, schedule
from hls_export.plan import memory as memories_
from hls_export.plan.choice import chosen
from hls_export.plan.depths import deepened
from hls_export.plan.latency import Implementation
from hls_export.plan.layer import LayerPlan
from hls_export.plan.memory import Memory, memories
from hls_export.plan.pipeline import Pipeline, check_names, connect
from hls_export.plan.raster import RasterPlan
from hls_export.plan.schedule import Schedule
from hls_export.plan.target import Target

MAX_DSP_ACCUMULATOR_BITS = 48
PROCESS_LUTS = 150
FIGURES = ("clocks_per_frame", "clocks_per_pixel", "fps", "latency_clocks", "lanes", "utilisation", "gops")
"""Properties of a plan that its JSON has as well."""


@dataclass(frozen=True)
class Resources:
    """Estimates for the whole pipeline; dsp is exact under the packing rule, lut (of six inputs) and the memories are estimates."""

    dsp: int
    lut: int
    bram36: int
    uram: int


@dataclass(frozen=True)
class HardwarePlan:
    """One network as hardware, for one target; the HLS implementation, or by `in_rtl` that in RTL.

    clocks_per_frame: from frame to frame when frames come back to back, that of the slowest process.  Layers that fold alike keep
    to it; where they do not, a slow layer may wait while one behind it works off its last rows (measured: at most 8% in frames of
    9 rows, so some tenths of a percent in video frames).
    """

    network_hash: str
    network: str
    scale: int
    target: Target
    raster: RasterPlan
    pipeline: Pipeline
    memories: tuple[Memory, ...]
    resources: Resources
    macs_per_pixel: int

    @property
    def engines(self) -> tuple[LayerPlan, ...]:
        """One of each layer, in order."""
        return self.pipeline.engines

    @property
    def graphs(self) -> dict[str, AdderEngine]:
        """What of the engines is adders, by the engine's name."""
        return {engine.name: engine.graph for engine in self.engines if engine.graph is not None}

    @cached_property
    def schedule(self) -> Schedule:
        """Of a frame of the target's size."""
        return self.schedule_of(self.target.height, self.target.width)

    def schedule_of(self, height: int, width: int) -> Schedule:
        """Of a smaller frame; the FIFOs are always those of the target's."""
        return schedule.schedule(self.pipeline, self.raster, height, width)

    @property
    def clocks_per_frame(self) -> int:
        return max(schedule.busy(self.pipeline, self.raster, self.target.height, self.target.width).values())

    def most_clocks_per_frame(self, height: int, width: int) -> int:
        """What frames back to back may take.

        Layers that fold alike keep to the slowest process's clocks; where they do not, a slow layer may wait while those behind it
        work off the positions that take no pixel.  So may any layer where writing a line takes longer than making it, and by more
        than at the target's width, for which the FIFOs are deep enough: beats that are not full.
        """
        clocks = max(schedule.busy(self.pipeline, self.raster, height, width).values())
        folds = {engine.folding.folds for engine in self.engines}
        if len(folds) == 1 and not self._waits_for_beats(width, max(folds)):
            return clocks
        return clocks + sum(
            (engine.geometry.positions(height, width) - height * engine.geometry.line_positions(width)) * engine.folding.folds
            for engine in self.engines
        )

    def _waits_for_beats(self, width: int, folds: int) -> bool:
        """Whether a line of this width takes more clocks a position to write than its layers do, and than one of the target's."""
        own, most = (self.raster.output_clocks(1, w) / self.raster.positions(w) for w in (width, self.target.width))
        return own > max(folds, most)

    @property
    def initiation_interval(self) -> int:
        """Clocks per word of the slowest layer."""
        return max(layer.folding.folds for layer in self.engines)

    @property
    def clocks_per_pixel(self) -> int | float:
        """Of the slowest layer: its initiation interval over the LR pixels of a word."""
        interval, pixels = self.initiation_interval, self.target.pixels_per_clock
        return interval if pixels == 1 else interval / pixels

    @property
    def fps(self) -> float:
        return self.target.clock_mhz * 1e6 / self.clocks_per_frame

    @property
    def latency_clocks(self) -> int:
        """Clocks from a frame's first beat in to its last beat out, from an idle pipeline that is never kept waiting."""
        return self.schedule.finished["video_output"]

    @property
    def lanes(self) -> int:
        """Multipliers."""
        return sum(layer.multipliers for layer in self.engines)

    @property
    def utilisation(self) -> float:
        """Share of the engines' clocks that do a multiply-accumulate of the network, frames back to back."""
        return self.utilisation_of(self.target.width * self.target.height, self.clocks_per_frame)

    def utilisation_of(self, pixels: int, clocks: int) -> float:
        """The same for a frame of so many LR pixels in so many clocks."""
        return self.macs_per_pixel * pixels / (sum(engine.products for engine in self.engines) * clocks)

    @property
    def gops(self) -> float:
        """Operations (a multiply and an add each) per second at the clock, frames back to back, in 10^9."""
        return 2 * self.macs_per_pixel * self.target.width * self.target.height * self.fps / 1e9

    def to_json(self) -> str:
        """Sorted JSON of everything, properties included; the same plan gives the same text."""
        facts = {name: getattr(self, name) for name in ("network_hash", "network", "scale", "macs_per_pixel", *FIGURES)}
        facts |= {name: asdict(getattr(self, name)) for name in ("target", "raster", "resources", "schedule")}
        facts |= {"engines": [engine.facts() for engine in self.engines], "memories": [asdict(part) for part in self.memories]}
        facts["pipeline"] = {"processes": [_process(one) for one in self.pipeline.processes]}
        facts["pipeline"]["streams"] = [asdict(stream) for stream in self.pipeline.streams]
        facts["target"]["budget_clocks"] = self.target.budget_clocks
        facts["note"] = "dsp follows the packing rule; lut, bram36 and uram are estimates; nothing was placed and routed"
        return json.dumps(facts, indent=1, sort_keys=True) + "\n"


def _process(process: Any) -> dict[str, Any]:
    engine = None if process.engine is None else process.engine.name
    return {name: getattr(process, name) for name in ("name", "kind", "reads", "writes", "latency")} | {"engine": engine}


def assemble(network: IntNetwork, target: Target, budget_clocks: int) -> HardwarePlan:
    """The plan for a frame in `budget_clocks`, whether or not the device holds it.

    Raises ExportError when no folding is fast enough.
    """
    raster, engines = decided(network, target, budget_clocks)
    pipeline = _built(connect(network, engines, raster), raster, target, latency.hls(target.pixels_in_flight))
    taken = memories(pipeline, target.width, target.device)
    return HardwarePlan(
        network_hash=network.hash,
        network=str(network),
        scale=network.scale,
        target=target,
        raster=raster,
        pipeline=pipeline,
        memories=taken,
        resources=resources(pipeline, taken),
        macs_per_pixel=network.num_weights,
    )


def decided(network: IntNetwork, target: Target, budget_clocks: int) -> tuple[RasterPlan, dict[str, LayerPlan]]:
    """What a plan begins with, and what its DSPs are known from: the raster, and every engine by name; raises as `assemble`."""
    for layer in network.layers:
        if layer.accumulator.bits > MAX_DSP_ACCUMULATOR_BITS:
            raise ExportError(f"{layer.where}: accumulator of {layer.accumulator.bits} bits; allowed {MAX_DSP_ACCUMULATOR_BITS}")
    check_names(network)
    return chosen(network, target, budget_clocks)


def in_rtl(plan: HardwarePlan) -> HardwarePlan:
    """The same decisions with the latencies and FIFOs of the modules in rtl/."""
    pipeline = _built(plan.pipeline, plan.raster, plan.target, latency.rtl())
    taken = memories(pipeline, plan.target.width, plan.target.device)
    return replace(plan, pipeline=pipeline, memories=taken, resources=resources(pipeline, taken))


def resources(pipeline: Pipeline, taken: tuple[Memory, ...]) -> Resources:
    """What the processes and memories take; a fork next to nothing."""
    processes = len(pipeline.processes) - len(pipeline.of("fork"))
    engines = sum(engine.estimated_luts for engine in pipeline.engines)
    return Resources(
        dsp=sum(engine.dsps for engine in pipeline.engines),
        lut=engines + memories_.total(taken, "lutram") + processes * PROCESS_LUTS,
        bram36=memories_.total(taken, "bram36"),
        uram=memories_.total(taken, "uram"),
    )


def _built(pipeline: Pipeline, raster: RasterPlan, target: Target, by: Implementation) -> Pipeline:
    return deepened(pipeline.implemented(by), raster, target.height, target.width, by.pixels_in_flight)
