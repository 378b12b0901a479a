"""What a plan is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from hls_export.errors import ExportError
from hls_export.plan.devices import Device

MAX_WIDTH = 16384
MAX_IN_FLIGHT = 1024
LOWEST = 0.0
"""The clock of a target that leaves it to the plan: the lowest that keeps to the rate."""
LIVE = {
    (640, 480, 60.0): (800, 25.2),
    (720, 480, 60.0): (858, 27.027),
    (720, 576, 50.0): (864, 27.0),
    (1280, 720, 50.0): (1980, 74.25),
    (1280, 720, 60.0): (1650, 74.25),
    (1920, 1080, 24.0): (2750, 74.25),
    (1920, 1080, 25.0): (2640, 74.25),
    (1920, 1080, 30.0): (2200, 74.25),
    (1920, 1080, 50.0): (2640, 148.5),
    (1920, 1080, 60.0): (2200, 148.5),
    (3840, 2160, 30.0): (4400, 297.0),
    (3840, 2160, 60.0): (4400, 594.0),
}
"""Progressive video formats, blanking included: CTA-861, table of video timings."""
PIXELS_PER_CLOCK = (1, 2, 4)
CHOICES = ("auto", "adders", "folded")
"""Of engines: adder graphs, multipliers, or for each layer what fits the device best."""


@dataclass(frozen=True)
class Target:
    """What is asked for: LR frame size, frames per second, clock, device.

    pixels_in_flight: pixels that each HLS process may hold in its pipeline when it stalls; FIFOs are deep enough for as many.
    engine: one of CHOICES.  pixels_per_clock: neighbouring LR pixels that a word of the streams holds, one of PIXELS_PER_CLOCK;
    more than one only by adders.
    """

    width: int
    height: int
    fps: float
    clock_mhz: float
    device: Device
    pixels_in_flight: int = 64
    engine: str = "auto"
    pixels_per_clock: int = 1

    def __post_init__(self) -> None:
        for name, high in (("width", MAX_WIDTH), ("height", MAX_WIDTH)):
            value = getattr(self, name)
            if not 1 <= value <= high:
                raise ExportError(f"resolution: {name} {value}; allowed 1..{high}")
        if type(self.pixels_in_flight) is not int or not 0 <= self.pixels_in_flight <= MAX_IN_FLIGHT:
            raise ExportError(f"pixels in flight {self.pixels_in_flight!r}; allowed 0..{MAX_IN_FLIGHT}")
        if self.engine not in CHOICES:
            raise ExportError(f"engine {self.engine!r}; allowed {', '.join(CHOICES)}")
        if type(self.pixels_per_clock) is not int or self.pixels_per_clock not in PIXELS_PER_CLOCK:
            raise ExportError(f"pixels per clock {self.pixels_per_clock!r}; allowed {', '.join(map(str, PIXELS_PER_CLOCK))}")
        if self.engine == "folded" and self.pixels_per_clock > 1:
            raise ExportError(f"{self.pixels_per_clock} pixels per clock of engine folded; allowed 1, or engine auto or adders")
        if not 0 < self.fps <= 1000 or not (self.clock_mhz == LOWEST or 1 <= self.clock_mhz <= 1000):
            raise ExportError(f"{self.fps:g} fps at {self.clock_mhz:g} MHz; allowed up to 1000 fps and 1..1000 MHz")

    @property
    def budget_clocks(self) -> int:
        """Clocks from one frame to the next."""
        return int(self.clock_mhz * 1e6 / self.fps)

    @property
    def live(self) -> tuple[float, float] | None:
        """(clocks a line, MHz) of a live source of this size and rate (CTA-861), None where there is no such format."""
        clocks, mhz = LIVE.get((self.width, self.height, self.fps), (0, 0.0))
        return (clocks / self.pixels_per_clock, mhz / self.pixels_per_clock) if clocks else None

    @property
    def clock_period_ns(self) -> float:
        return 1000 / self.clock_mhz
