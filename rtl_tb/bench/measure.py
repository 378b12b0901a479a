"""Numbers of a run without stalls, beside the plan's: clocks per frame and pixel, latency, FIFO fill, multiplier utilisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hls_export.plan.plan import HardwarePlan, in_rtl
from rtl_tb.bench.harness import INPUT, OUTPUT
from rtl_tb.bench.run import Outcome


@dataclass(frozen=True)
class Measured:
    """clocks_per_frame: from the last output beat of a frame to that of the next, each the same frame back to back.

    first_output, last_output: clocks from the first input beat of an idle pipeline to the first and last output beat of its
    frame, both counted.  levels: FIFO -> (most words held, depth in the plan).  The planned numbers are those of
    `hls_export.plan.plan.in_rtl` for this frame size.
    """

    height: int
    width: int
    clocks_per_frame: tuple[int, ...]
    planned_clocks_per_frame: int
    most_planned_clocks_per_frame: int
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
        """Whether every frame took the planned clocks, the first was through when planned, and no FIFO held more than its depth."""
        fits = all(depth is None or most <= depth for most, depth in self.levels.values())
        latency = (self.first_output, self.last_output) == (self.planned_first_output, self.planned_last_output)
        least, most = self.planned_clocks_per_frame, self.most_planned_clocks_per_frame
        return fits and latency and all(least <= clocks <= most for clocks in self.clocks_per_frame)

    @property
    def planned(self) -> str:
        """The planned clocks per frame: a number, or a range where the layers fold differently."""
        least, most = self.planned_clocks_per_frame, self.most_planned_clocks_per_frame
        return f"{least}" if least == most else f"{least} to {most}"

    def __str__(self) -> str:
        clocks = ", ".join(str(count) for count in self.clocks_per_frame)
        verdict = "equal to the plan" if self.equals_plan else "NOT as planned"
        fifos = ", ".join(f"{name} {most}" + (f" of {depth}" if depth else "") for name, (most, depth) in self.levels.items())
        frame = f"{clocks} clocks per frame (plan {self.planned}), {self.clocks_per_pixel:.4f} per LR pixel"
        first = f"first output after {self.first_output} clocks (plan {self.planned_first_output})"
        last = f"last after {self.last_output} (plan {self.planned_last_output})"
        return "\n".join(
            [
                f"{self.width}x{self.height}: {verdict}: {frame}, multipliers at work {self.utilisation:.1%}",
                f"{first}, {last}",
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
    rtl = in_rtl(plan)
    times, depths = rtl.schedule_of(height, width), rtl.pipeline.fifos
    clocks = tuple(int(count) for count in np.diff(ends))
    return Measured(
        height=height,
        width=width,
        clocks_per_frame=clocks,
        planned_clocks_per_frame=max(times.busy.values()),
        most_planned_clocks_per_frame=rtl.most_clocks_per_frame(height, width),
        first_output=int(said[0] - given[0]) + 1,
        planned_first_output=times.first_output["video_output"],
        last_output=int(ends[0] - given[0]) + 1,
        planned_last_output=times.finished["video_output"],
        levels={name: (most, depths.get(name)) for name, most in outcome.levels.items()},
        utilisation=plan.utilisation_of(height * width, clocks[-1]),
    )
