"""What the RTL adds to the hardware plan: the pipeline of each process, and FIFOs deep enough to hide it.

An RTL process never stalls inside: it reserves a place in its output FIFO when it begins a position and fills it a pipeline
later (rtl/credit_fifo.sv).  So a FIFO holds what is stored and what is on its way.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from hls_export.errors import ExportError
from hls_export.layer_plan import LayerPlan
from hls_export.plan import HardwarePlan
from hls_export.rtl_latency import multiplier_array_latency, requantize_latency
from hls_export.timing import Pipelines, Schedule, schedule

INPUT_PIPELINE = 2
"""Clocks that video_input takes beyond its first: it looks at the frame's size before it gives the first pixel."""
OUTPUT_PIPELINE = 1
MIN_DEPTH = 2


@dataclass(frozen=True)
class RtlPlan:
    """One network as RTL, for frames of height x width.

    pipelines: clocks from the last fold of a position until its output stands at the next process.  depths: words that each
    process's output FIFO holds, those on their way included; row_depths the same for the rows of the raster.
    """

    hardware: HardwarePlan
    height: int
    width: int
    pipelines: Pipelines
    depths: tuple[int, ...]
    schedule: Schedule

    @property
    def row_depths(self) -> tuple[int, ...]:
        return tuple(max(MIN_DEPTH, depth) for depth in self.schedule.row_depths)

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
    if plan.residual is not None:
        raise ExportError(f"layer '{plan.layers[-1].name}': has a residual; allowed in RTL, for now, networks without one")
    rescale = 2 + requantize_latency(plan.layers[-1].multiplies)
    pipelines = Pipelines(INPUT_PIPELINE, tuple(map(pipeline, plan.layers)), rescale, OUTPUT_PIPELINE)
    depths = tuple(depth(layer.folding.folds, clocks) for layer, clocks in zip(plan.layers, pipelines.layers, strict=True))
    rows, columns = height or plan.target.height, width or plan.target.width
    return RtlPlan(plan, rows, columns, pipelines, depths, schedule(plan.layers, plan.raster, rows, columns, pipelines))


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
