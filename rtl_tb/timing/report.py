"""What static timing found in one netlist, as a value: its slowest paths by signal, and what makes paths slow.

What the numbers mean: PicoRV32 (picorv32_axi, TWO_CYCLE_ALU) comes out at 259 MHz alone and at 217 MHz in the harness of its own
timing table; 238 MHz is published for it on an Artix-7 -1 after place and route.  So a path is taken as between 0.92 and 1.10 of
the clock modelled.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from rtl_tb.timing.netlist import Cell, Netlist
from rtl_tb.timing.paths import Path, Timing

BRACKET = (0.92, 1.10)
ULTRASCALE_PLUS = {
    "-2": (2.6, "PicoRV32's table (Vivado 2017.3): 714 MHz on xcku3p -2, 2.75 times the 259 MHz modelled here, less 5%"),
    "-1": (2.16, "that of -2 by the clocks of a DSP48E2 in AMD DS922, 645 MHz at -1 and 775 at -2"),
}
"""Speed grade -> (clock there by the clock modelled here, source)."""
REGISTERS = ("AREG", "BREG", "CREG", "DREG", "ADREG", "MREG", "PREG")


@dataclass(frozen=True)
class Slowest:
    """The slowest path between two signals; module and instance are those that it ends in, `through` what it passes by name."""

    ps: int
    instance: str
    module: str
    start: str
    end: str
    through: tuple[str, ...]
    levels: int
    carries: int
    cells: tuple[str, ...]

    def __str__(self) -> str:
        way = f"{self.levels} levels, {self.carries} CARRY4"
        return f"{self.ps / 1000:6.3f} ns  {way:20}  {self.start} -> {self.end} ({self.module}): {' '.join(self.cells)}"


@dataclass(frozen=True)
class Report:
    """Of one design.

    modules: module -> slowest path that ends in it, ps; fan_out: (signal, pins it drives), most first; dsp_registers: DSPs by the
    registers that they hold; unregistered_reads: block RAMs whose output goes through logic before a register.
    """

    name: str
    slowest: tuple[Slowest, ...]
    modules: dict[str, int]
    fan_out: tuple[tuple[str, int], ...]
    dsp_registers: dict[str, int]
    unregistered_reads: tuple[str, ...]
    cells: dict[str, int]

    @property
    def ps(self) -> int:
        return self.slowest[0].ps if self.slowest else 0

    @property
    def mhz(self) -> float:
        return 1e6 / self.ps if self.ps else float("inf")

    def over(self, limit_ns: float) -> list[Slowest]:
        return [path for path in self.slowest if path.ps > limit_ns * 1000]

    def to_json(self) -> dict[str, object]:
        mhz = {"artix7 -1": round(self.mhz, 1)}
        mhz |= {f"ultrascale+ {grade}": round(self.mhz * factor, 1) for grade, (factor, _) in ULTRASCALE_PLUS.items()}
        return asdict(self) | {"mhz": mhz, "bracket": BRACKET}


def report(name: str, timing: Timing, paths: int) -> Report:
    """The slowest path between each two signals, at most so many of them, and the rest of a report."""
    cells = timing.netlist.cells
    found = _slowest(timing, paths)
    return Report(
        name=name,
        slowest=found,
        modules=_modules(timing),
        fan_out=_fan_out(timing, paths),
        dsp_registers=dict(sorted(Counter(_registers(cell) for cell in cells if cell.kind == "DSP48E1").items())),
        unregistered_reads=tuple(sorted({cell.name for cell in _unregistered(timing)})),
        cells=dict(sorted(Counter(cell.kind for cell in cells).items())),
    )


def _slowest(timing: Timing, paths: int) -> tuple[Slowest, ...]:
    found: dict[tuple[str, str], Slowest] = {}
    for end in timing.ends():
        if len(found) == paths:
            break
        path = timing.path(*end)
        key = _start(timing.netlist, path), _end(timing.netlist, path.end, end[1])
        if key not in found:
            found[key] = _described(timing.netlist, path, *key)
    return tuple(found.values())


def _described(netlist: Netlist, path: Path, start: str, end: str) -> Slowest:
    instance = _instance(netlist, end)
    names = [netlist.names[step.net][0] for step in path.steps[1:] if step.net in netlist.names]
    cells = [step.cell.kind for step in path.steps if step.cell]
    cells += [f"{path.end.kind}.{path.pin[0]}"] if path.end and path.pin else []
    through = tuple(dict.fromkeys(names))
    module = netlist.modules.get(instance, netlist.top)
    return Slowest(path.delay, instance, module, start, end, through, path.levels, path.carries, tuple(cells))


def _start(netlist: Netlist, path: Path) -> str:
    first = path.steps[0]
    return _signal(netlist, first.net) or (first.cell.name if first.cell else "port")


def _end(netlist: Netlist, cell: Cell | None, net: int) -> str:
    """The signal that a register holds, by its output; a memory's name, which has many."""
    if cell is None:
        return _signal(netlist, net) or "port"
    names = [_signal(netlist, out) for out in cell.outputs.values()]
    return next((name for name in names if name), cell.name)


def _signal(netlist: Netlist, net: int) -> str:
    return netlist.names[net][0] if net in netlist.names else ""


def _instance(netlist: Netlist, signal: str) -> str:
    """The deepest instance whose path a signal's name begins with."""
    parts = signal.split(".")
    return next((path for end in range(len(parts), 0, -1) if (path := ".".join(parts[:end])) in netlist.modules), "")


def _modules(timing: Timing) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for delay, net, cell, _ in timing.ends():
        instance = _instance(timing.netlist, _end(timing.netlist, cell, net))
        module = timing.netlist.modules.get(instance, timing.netlist.top)
        found[module] = max(delay, found[module])
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _fan_out(timing: Timing, number: int) -> tuple[tuple[str, int], ...]:
    """Clocks aside; of several bits of a signal the one that drives most."""
    found: dict[str, int] = defaultdict(int)
    for net, pins in timing.data_fan_out.items():
        name = _signal(timing.netlist, net)
        if name:
            found[name] = max(pins, found[name])
    return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0]))[:number])


def _registers(cell: Cell) -> str:
    values = dict(cell.parameters)
    return " ".join(name for name in REGISTERS if int(values.get(name, "0"), 2)) or "none"


def _unregistered(timing: Timing) -> Iterator[Cell]:
    for cell in timing.netlist.cells:
        if cell.kind.startswith("RAMB") and any(timing.goes_through_logic(net) for net in cell.outputs.values()):
            yield cell
