"""The devices that a plan can be made for: what each offers, and the data sheet that says so.

Counts are those of the product tables named in `source`; a board's shell (video DMA, processor ports) takes its share, which the
plan does not know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hls_export.errors import ExportError

ULTRASCALE_PLUS = "AMD DS891, Zynq UltraScale+ MPSoC data sheet: overview"
KRIA = "AMD DS987, Kria K26 SOM data sheet"
SERIES_7 = "AMD DS180, 7 series FPGAs data sheet: overview"
ZYNQ_7000 = "AMD DS190, Zynq-7000 SoC data sheet: overview"
LATTICE = "Lattice FPGA-DS-02012, ECP5 and ECP5-5G family data sheet"
GIVEN = "numbers given with --device"


@dataclass(frozen=True)
class Family:
    """How fast and how large an adder is: what decides how many of them follow each other in a clock.

    level_ns: one adder of 16 bits with its nets; register_ns: clock to output and set-up; highest_mhz: the fastest clock that a
    plan chooses by itself; luts_per_bit: LUTs of a bit of an adder.  Estimates of this file; nothing was placed and routed but on
    ECP5.
    """

    name: str
    level_ns: float
    register_ns: float
    highest_mhz: float
    luts_per_bit: float = 1.0


FAMILIES = {
    family.name: family
    for family in (
        Family("ultrascale+", 1.1, 0.7, 300.0),
        Family("7-series", 1.8, 0.9, 200.0),
        Family("ecp5", 2.9, 1.2, 125.0, 2.0),
    )
}
MOST_LEVELS = 2
"""Registers are plentiful, and a third level saves few: the slowest path of the whole then is no adder graph's."""


@dataclass(frozen=True)
class Device:
    """One part: DSP slices, LUTs, 36 kbit block RAMs, 288 kbit UltraRAMs; `part` is the vendor's name for it."""

    name: str
    part: str
    dsp: int
    lut: int
    bram36: int
    uram: int
    source: str
    family: str = "ultrascale+"

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ExportError(f"device family {self.family!r}; allowed {', '.join(FAMILIES)}")
        for name in ("dsp", "lut", "bram36", "uram"):
            value = getattr(self, name)
            if type(value) is not int or not 0 <= value <= 100_000_000:
                raise ExportError(f"device: {name} {value!r}; allowed 0..100000000")

    def luts(self, estimate: int) -> int:
        """An estimate in LUTs of six inputs in the device's own, which have four on ECP5.

        >>> DEVICES["kv260"].luts(100), DEVICES["ecp5-85"].luts(100)
        (100, 200)
        """
        return int(estimate * FAMILIES[self.family].luts_per_bit)

    @property
    def highest_mhz(self) -> float:
        """The fastest clock that a plan chooses by itself."""
        return FAMILIES[self.family].highest_mhz

    @property
    def option(self) -> str:
        """What --device takes for it."""
        if DEVICES.get(self.name) == self:
            return self.name
        return f"lut={self.lut},dsp={self.dsp},bram36={self.bram36},uram={self.uram},part={self.part},family={self.family}"

    def adder_levels(self, clock_mhz: float) -> int:
        """Adders in a row that a clock of this frequency has time for, 1 to MOST_LEVELS.

        >>> DEVICES["kv260"].adder_levels(148.5), DEVICES["kv260"].adder_levels(300), DEVICES["a200t"].adder_levels(148.5)
        (2, 2, 2)
        """
        family = FAMILIES[self.family]
        return min(MOST_LEVELS, max(1, int((1000 / clock_mhz - family.register_ns) / family.level_ns)))


DEVICES = {
    device.name: device
    for device in (
        Device("zu3eg", "xczu3eg-sbva484-1-e", 360, 70_560, 216, 0, ULTRASCALE_PLUS),
        Device("kv260", "xck26-sfvc784-2LV-c", 1_248, 117_120, 144, 64, KRIA),
        Device("zu7ev", "xczu7ev-ffvc1156-2-e", 1_728, 230_400, 312, 96, ULTRASCALE_PLUS),
        Device("zu9eg", "xczu9eg-ffvb1156-2-e", 2_520, 274_080, 912, 0, ULTRASCALE_PLUS),
        Device("zu15eg", "xczu15eg-ffvb1156-2-e", 3_528, 341_280, 744, 112, ULTRASCALE_PLUS),
        Device("a100t", "xc7a100tcsg324-1", 240, 63_400, 135, 0, SERIES_7, "7-series"),
        Device("a200t", "xc7a200tfbg484-1", 740, 134_600, 365, 0, SERIES_7, "7-series"),
        Device("z7020", "xc7z020clg400-1", 220, 53_200, 140, 0, ZYNQ_7000, "7-series"),
        Device("z7045", "xc7z045ffg900-2", 900, 218_600, 545, 0, ZYNQ_7000, "7-series"),
        Device("ecp5-45", "LFE5U-45F-8BG381C", 72, 43_848, 54, 0, LATTICE, "ecp5"),
        Device("ecp5-85", "LFE5U-85F-8BG381C", 156, 83_640, 104, 0, LATTICE, "ecp5"),
    )
}


def device(text: str) -> Device:
    """The device called `text`, or one of these numbers: lut=53200,dsp=220,bram36=140,part=NAME[,uram=0][,family=7-series].

    Raises ExportError, which names what there is.
    """
    if "=" in text:
        return _given(text)
    try:
        return DEVICES[text]
    except KeyError:
        raise ExportError(
            f"device '{text}' is not known; allowed {', '.join(DEVICES)}, or lut=N,dsp=N,bram36=N,part=NAME"
        ) from None


def _given(text: str) -> Device:
    values: dict[str, str] = {}
    for field in text.split(","):
        match = re.fullmatch(r"(lut|dsp|bram36|uram)=(\d{1,8})|(part|family)=([\w .+/-]{1,60})", field)
        key = (match[1] or match[3]) if match else ""
        if not match or key in values:
            raise ExportError(
                f"device '{text}': {field!r}; allowed each once lut=N, dsp=N, bram36=N, part=NAME, uram=N, family=NAME"
            )
        values[key] = match[2] or match[4]
    missing = [key for key in ("lut", "dsp", "bram36", "part") if key not in values]
    if missing:
        raise ExportError(f"device '{text}': no {', '.join(missing)}; allowed lut=N,dsp=N,bram36=N,part=NAME")
    counts = {key: int(values.get(key, "0")) for key in ("dsp", "lut", "bram36", "uram")}
    return Device(values["part"], values["part"], source=GIVEN, family=values.get("family", "ultrascale+"), **counts)
