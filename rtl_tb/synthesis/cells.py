"""Cells of an UltraScale+ device, counted by what they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from rtl_tb.errors import BenchError

GROUPS = {
    "dsp": {"DSP48E2": 1},
    "lut": {f"LUT{inputs}": 1 for inputs in range(1, 7)},
    "memory_lut": {"SRL16E": 1, "SRLC32E": 1, "RAM32X1D": 2, "RAM64X1D": 2, "RAM32M": 4, "RAM64M": 4, "RAM32M16": 8, "RAM64M8": 8},
    "ff": {"FDRE": 1, "FDSE": 1, "FDCE": 1, "FDPE": 1},
    "carry4": {"CARRY4": 1, "CARRY8": 2},
    "bram18": {"RAMB18E2": 1, "RAMB36E2": 2},
    "uram": {"URAM288": 1},
}
INSIDE_LUTS = ("INV", "MUXF7", "MUXF8", "MUXF9")


@dataclass(frozen=True)
class Cells:
    """lut: those of logic; memory_lut: LUTs as shift registers and RAM; bram18: halves of a BRAM36; other: cells by name."""

    dsp: int = 0
    lut: int = 0
    memory_lut: int = 0
    ff: int = 0
    carry4: int = 0
    bram18: int = 0
    uram: int = 0
    other: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, more: Cells) -> Cells:
        names = sorted({*self.other, *more.other})
        numbers = {name: getattr(self, name) + getattr(more, name) for name in GROUPS}
        return Cells(**numbers, other={name: self.other.get(name, 0) + more.other.get(name, 0) for name in names})

    def __mul__(self, times: int) -> Cells:
        other = {name: number * times for name, number in self.other.items()}
        return Cells(**{name: getattr(self, name) * times for name in GROUPS}, other=other)

    @property
    def luts(self) -> int:
        return self.lut + self.memory_lut

    @property
    def bram36(self) -> int:
        return -(-self.bram18 // 2)

    def to_json(self) -> dict[str, object]:
        return asdict(self)


def count(types: Mapping[str, int], boxes: tuple[str, ...] = ()) -> Cells:
    """The cells of a netlist by group, its black boxes aside.  Raises BenchError for cells that no device has."""
    left = {name: number for name, number in types.items() if not any(box in name for box in boxes)}
    unmapped = [name for name in left if name.startswith("$")]
    if unmapped:
        raise BenchError(f"yosys left cells that no device has: {', '.join(unmapped)}")
    counts = {group: sum(weight * left.pop(name, 0) for name, weight in cells.items()) for group, cells in GROUPS.items()}
    return Cells(**counts, other=left)
