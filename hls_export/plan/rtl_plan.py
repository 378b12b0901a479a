"""What the RTL adds to the hardware plan: the pipeline of each process, and FIFOs deep enough to hide it.

An RTL process never stalls inside: it reserves a place in its output FIFO when it begins a position and fills it a pipeline
later (rtl/credit_fifo.sv).  So a FIFO holds what is stored and what is on its way.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from hls_export.plan.latency import multiplier_array_latency, requantize_latency
from hls_export.plan.layer import LayerPlan
from hls_export.plan.plan import HardwarePlan
from hls_export.plan.schedule import Pipelines, Schedule, pixel_depth, schedule

INPUT_PIPELINE = 2
"""Clocks that video_input takes beyond its first: it looks at the frame's size before it gives the first pixel."""
OUTPUT_PIPELINE = 1
DELAY_PIPELINE = 1
"""Clocks of pixel_delay, counted with the residual's engine."""
MIN_DEPTH = 2
FRAMES = 32
"""Frames whose pixels may wait in pixel_delay: as many sizes as a LUTRAM holds at no more cost than one."""
JOIN, JOINED_PIXELS = "join", "join_residual"
"""The streams of blocks that a residual's join reads: the last layer's sums, and those of the pixels."""


@dataclass(frozen=True)
class RtlPlan:
    """One network as RTL, for frames of height x width.

    pipelines: clocks from the last fold of a position until its output stands at the next process.  depths: words that each
    engine's output FIFO holds, those on their way included; row_depths the same for the rows of the raster.  pixel_depth: pixels
    that the residual's delay holds, 0 without a residual.
    """

    hardware: HardwarePlan
    height: int
    width: int
    pipelines: Pipelines
    depths: tuple[int, ...]
    row_depths: tuple[int, ...]
    pixel_depth: int
    schedule: Schedule

    @property
    def sinks(self) -> tuple[str, ...]:
        """The process, or the side of the join, that each engine writes to."""
        inner = tuple(layer.name for layer in self.hardware.layers[1:])
        return (*inner, "rescale") if self.hardware.residual is None else (*inner, JOIN, JOINED_PIXELS)

    @property
    def fifo_depths(self) -> dict[str, int]:
        """Places of each FIFO by the name under which the top shows its level."""
        depths = {f"to_{sink}": depth for sink, depth in zip(self.sinks, self.depths, strict=True)}
        if self.hardware.residual is not None:
            depths[f"to_{self.hardware.residual.layer.name}"] = self.pixel_depth
        return depths | {f"row{row}": depth for row, depth in enumerate(self.row_depths)}

    @property
    def clocks_per_frame(self) -> int:
        """Clocks from frame to frame when frames come back to back, that of the slowest process."""
        return max(self.schedule.busy.values())

    @property
    def most_clocks_per_frame(self) -> int:
        """What frames back to back may take.  Layers that fold alike keep to clocks_per_frame; where they do not, a slow layer may
        wait while those behind it work off the positions that take no pixel."""
        layers = self.hardware.layers
        if len({layer.folding.folds for layer in layers}) == 1:
            return self.clocks_per_frame
        idle = (layer.geometry.positions(self.height, self.width) - self.height * self.width for layer in layers)
        return self.clocks_per_frame + sum(n * layer.folding.folds for n, layer in zip(idle, layers, strict=True))

    @property
    def latency_clocks(self) -> int:
        """Clocks from a frame's first beat in to its last beat out, from an idle pipeline that is never kept waiting."""
        return self.schedule.finished["video_output"]

    def to_json(self) -> str:
        """Sorted JSON of what the RTL adds to plan.json."""
        facts = {name: getattr(self, name) for name in ("depths", "row_depths", "clocks_per_frame", "latency_clocks")}
        facts |= {"pixel_depth": self.pixel_depth} if self.hardware.residual is not None else {}
        facts |= {
            "network_hash": self.hardware.network_hash,
            "pipelines": asdict(self.pipelines),
            "schedule": asdict(self.schedule),
        }
        return json.dumps(facts, indent=1, sort_keys=True) + "\n"


def make_rtl_plan(plan: HardwarePlan, height: int | None = None, width: int | None = None) -> RtlPlan:
    """The RTL of `plan`; its schedule is that of a height x width frame, by default of the target's.

    The FIFOs are always those of the target's frame.
    """
    pipelines, residual = _pipelines(plan), plan.residual.layer if plan.residual else None
    target = plan.target.height, plan.target.width
    size = height or target[0], width or target[1]
    whole = schedule(plan.layers, plan.raster, *target, pipelines, residual)
    return RtlPlan(
        hardware=plan,
        height=size[0],
        width=size[1],
        pipelines=pipelines,
        depths=tuple(depth(layer.folding.folds, pipeline(layer)) for layer in plan.engines),
        row_depths=tuple(max(MIN_DEPTH, places) for places in whole.row_depths),
        pixel_depth=max(MIN_DEPTH, pixel_depth(plan.layers, residual, plan.raster, *target, pipelines)) if residual else 0,
        schedule=whole if size == target else schedule(plan.layers, plan.raster, *size, pipelines, residual),
    )


def _pipelines(plan: HardwarePlan) -> Pipelines:
    engines = [pipeline(layer) for layer in plan.engines]
    if plan.residual is not None:
        engines[-1] += DELAY_PIPELINE
    return Pipelines(INPUT_PIPELINE, tuple(engines), 2 + requantize_latency(plan.rescale.multiplies), OUTPUT_PIPELINE)


def pipeline(layer: LayerPlan) -> int:
    """Clocks from the last fold of a position until its output stands at the next process (see the engine's header)."""
    multiply = multiplier_array_latency(layer.folding.simd)
    if layer.form == "convolution":
        return 4 + multiply + requantize_latency(layer.multiplies)
    return multiply + (4 if layer.form == "overlap_add" else 6)


def depth(folds: int, clocks: int) -> int:
    """Places that a process needs to begin a position every `folds` clocks: as many as are under way, and one to spare.

    >>> depth(1, 10), depth(2, 11)
    (13, 8)
    """
    return -(-(folds + clocks + 1) // folds) + 1
