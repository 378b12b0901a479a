"""Numbers of a run without stalls, beside the plan's: clocks per frame and pixel, latency, FIFO fill, multiplier utilisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hls_export.plan import HardwarePlan
from hls_export.timing import schedule
from rtl_tb.bench import Outcome
from rtl_tb.harness import INPUT, OUTPUT


@dataclass(frozen=True)
class Measured:
    """clocks_per_frame: from the last output beat of a frame to that of the next, each the same frame back to back.

    first_output, last_output: clocks from the first input beat of an idle pipeline to the first and last output beat of its
    frame.  levels: FIFO -> (most words held, depth in the plan).  The planned numbers are those of `hls_export.timing` for this
    frame size.
    """

    height: int
    width: int
    clocks_per_frame: tuple[int, ...]
    planned_clocks_per_frame: int
    first_output: int
    planned_first_output: int
    last_output: int
    planned_last_output: int
    levels: dict[str, tuple[int, int | None]]
    utilisation: float

    @property
    def clocks_per_pixel(self) -> float:
        return self.clocks_per_frame[-1] / (self.height * self.width)

    @property
    def equals_plan(self) -> bool:
        """Whether every frame took the planned clocks and no FIFO held more than the plan says."""
        fits = all(depth is None or most <= depth for most, depth in self.levels.values())
        return fits and set(self.clocks_per_frame) == {self.planned_clocks_per_frame}

    def __str__(self) -> str:
        clocks = ", ".join(str(count) for count in self.clocks_per_frame)
        verdict = "equal to the plan" if self.equals_plan else f"DIFFERS from the plan's {self.planned_clocks_per_frame}"
        fifos = ", ".join(f"{name} {most}" + (f" of {depth}" if depth else "") for name, (most, depth) in self.levels.items())
        return "\n".join(
            [
                f"{self.width}x{self.height}: {clocks} clocks per frame, {verdict}; {self.clocks_per_pixel:.4f} per LR pixel; "
                f"multipliers at work {self.utilisation:.1%}",
                f"first output after {self.first_output} clocks (plan {self.planned_first_output}), last after {self.last_output} "
                f"(plan {self.planned_last_output})",
                f"most words in FIFOs: {fifos or 'not visible'}",
            ]
        )


def measure(plan: HardwarePlan, outcome: Outcome) -> Measured | None:
    """The numbers of a run that counts clocks; None for one that does not, or failed."""
    if not outcome.passed or outcome.stalls != "none" or not outcome.scenario.measured:
        return None
    frames = outcome.expected.epochs[0].frames
    shapes = {frame.shape for frame in frames}
    ((height, width),) = shapes
    said, given = outcome.dumps[OUTPUT].clock, outcome.dumps[INPUT].clock
    ends = said.reshape(len(frames), -1)[:, -1]
    times = schedule(plan.layers, plan.raster, height, width)
    depths = {fifo.name: fifo.depth for fifo in plan.fifos}
    clocks = tuple(int(count) for count in np.diff(ends))
    return Measured(
        height=height,
        width=width,
        clocks_per_frame=clocks,
        planned_clocks_per_frame=max(times.busy.values()),
        first_output=int(said[0] - given[0]),
        planned_first_output=times.first_output["video_output"],
        last_output=int(ends[0] - given[0]),
        planned_last_output=times.finished["video_output"],
        levels={name: (most, depths.get(name)) for name, most in outcome.levels.items()},
        utilisation=plan.macs_per_pixel * height * width / (plan.lanes * clocks[-1]),
    )
