"""What a plan is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from hls_export.errors import ExportError
from hls_export.plan.devices import Device

MAX_WIDTH = 16384
MAX_IN_FLIGHT = 1024
LOWEST = 0.0
"""The clock of a target that leaves it to the plan: the lowest that keeps to the rate."""
CHOICES = ("auto", "adders", "folded")
"""Of engines: adder graphs, multipliers, or for each layer what fits the device best."""


@dataclass(frozen=True)
class Target:
    """What is asked for: LR frame size, frames per second, clock, device.

    lut_lanes: multipliers to build in LUTs: a number, or None for "none"; "auto" as few as the device needs.
    pixels_in_flight: pixels that each HLS process may hold in its pipeline when it stalls; FIFOs are deep enough for as many.
    engine: one of CHOICES.
    """

    width: int
    height: int
    fps: float
    clock_mhz: float
    device: Device
    lut_lanes: int | str | None = None
    pixels_in_flight: int = 64
    engine: str = "folded"

    def __post_init__(self) -> None:
        for name, high in (("width", MAX_WIDTH), ("height", MAX_WIDTH)):
            value = getattr(self, name)
            if not 1 <= value <= high:
                raise ExportError(f"resolution: {name} {value}; allowed 1..{high}")
        if type(self.pixels_in_flight) is not int or not 0 <= self.pixels_in_flight <= MAX_IN_FLIGHT:
            raise ExportError(f"pixels in flight {self.pixels_in_flight!r}; allowed 0..{MAX_IN_FLIGHT}")
        if self.engine not in CHOICES:
            raise ExportError(f"engine {self.engine!r}; allowed {', '.join(CHOICES)}")
        if not 0 < self.fps <= 1000 or not (self.clock_mhz == LOWEST or 1 <= self.clock_mhz <= 1000):
            raise ExportError(f"{self.fps:g} fps at {self.clock_mhz:g} MHz; allowed up to 1000 fps and 1..1000 MHz")

    @property
    def budget_clocks(self) -> int:
        """Clocks from one frame to the next."""
        return int(self.clock_mhz * 1e6 / self.fps)

    @property
    def clock_period_ns(self) -> float:
        return 1000 / self.clock_mhz
