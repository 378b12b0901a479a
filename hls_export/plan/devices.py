"""The devices that a plan can be made for: what each offers, and the data sheet that says so.

Counts are those of the AMD product tables named in `source`; a board's shell (video DMA, processor ports) takes its share,
which the plan does not know.
"""

from __future__ import annotations

from dataclasses import dataclass

from hls_export.errors import ExportError

ULTRASCALE_PLUS = "AMD DS891, Zynq UltraScale+ MPSoC data sheet: overview"
KRIA = "AMD DS987, Kria K26 SOM data sheet"


@dataclass(frozen=True)
class Device:
    """One part: DSP48E2 slices, 6-input LUTs, 36 kbit block RAMs, 288 kbit UltraRAMs; `part` is Vitis's name for it."""

    name: str
    part: str
    dsp: int
    lut: int
    bram36: int
    uram: int
    source: str


DEVICES = {
    device.name: device
    for device in (
        Device("zu3eg", "xczu3eg-sbva484-1-e", 360, 70_560, 216, 0, ULTRASCALE_PLUS),
        Device("kv260", "xck26-sfvc784-2LV-c", 1_248, 117_120, 144, 64, KRIA),
        Device("zu7ev", "xczu7ev-ffvc1156-2-e", 1_728, 230_400, 312, 96, ULTRASCALE_PLUS),
        Device("zu9eg", "xczu9eg-ffvb1156-2-e", 2_520, 274_080, 912, 0, ULTRASCALE_PLUS),
        Device("zu15eg", "xczu15eg-ffvb1156-2-e", 3_528, 341_280, 744, 112, ULTRASCALE_PLUS),
    )
}


def device(name: str) -> Device:
    """The device called `name`; ExportError names the ones there are."""
    try:
        return DEVICES[name]
    except KeyError:
        raise ExportError(f"device '{name}' is not known; allowed {', '.join(DEVICES)}") from None
