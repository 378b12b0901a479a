"""The longest paths of a netlist, from a clock edge to the next: arrival times in topological order, then back from where they end.

A net takes NET_PS, whatever its fan-out, but for those that never leave a slice or a column.  A port counts as a register outside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from rtl_tb.errors import BenchError
from rtl_tb.timing.delays import Delays, Kind, kind
from rtl_tb.timing.netlist import Cell, Netlist, Pin

NET_PS = 300
PORT_PS = 303
"""Clock to out of a flip-flop (FDRE) outside, before each input port."""
DEDICATED = {
    ("CARRY4", "CO", "CARRY4", "CI"),
    ("MUXF7", "O", "MUXF8", "I0"),
    ("MUXF7", "O", "MUXF8", "I1"),
    *(("LUT6", "O", "MUXF7", port) for port in ("I0", "I1")),
    *(("DSP48E1", f"{port}OUT", "DSP48E1", f"{port}IN") for port in ("PC", "AC", "BC", "CARRYCAS", "MULTSIGN")),
}
"""(type, port, type, port) joined inside a slice or a column of DSPs, at no time of its own."""


@dataclass(frozen=True)
class Step:
    """One cell of a path: where its output arrives, in picoseconds from the clock edge."""

    cell: Cell | None
    net: int
    arrival: int


@dataclass(frozen=True)
class Path:
    """From a register or a port (the first step) through cells to a pin of the last cell, or to a port where that is None."""

    steps: tuple[Step, ...]
    end: Cell | None
    pin: Pin | None
    delay: int

    @property
    def levels(self) -> int:
        """Levels of logic: cells between the ends, a carry chain counting as one."""
        kinds = [step.cell.kind for step in self.steps[1:] if step.cell]
        return sum(1 for before, this in zip(["", *kinds], kinds, strict=False) if this != "CARRY4" or before != "CARRY4")

    @property
    def carries(self) -> int:
        """CARRY4 cells on the way, of four bits each."""
        return sum(1 for step in self.steps[1:] if step.cell and step.cell.kind == "CARRY4")


class Timing:
    """Arrival times of a netlist's nets; raises BenchError for a loop without a register."""

    def __init__(self, netlist: Netlist, delays: Mapping[Kind, Delays], net_ps: int = NET_PS) -> None:
        self.netlist, self.delays, self.net_ps = netlist, delays, net_ps
        self._arrival: dict[int, int] = {}
        self._before: dict[int, tuple[int, Cell] | None] = {}
        self._drivers = {net: (cell, pin) for cell in netlist.cells for pin, net in cell.outputs.items()}
        self._propagate()

    @cached_property
    def data_fan_out(self) -> dict[int, int]:
        """Net -> input pins that it drives, clocks aside."""
        return {net: len(pins) for net, pins in self._loads.items()}

    def goes_through_logic(self, net: int) -> bool:
        """Whether anything but the data input of a flip-flop takes a net, or more than one pin does."""
        return [pin[0] for _, pin in self._loads.get(net, ())] not in ([], ["D"])

    @cached_property
    def _loads(self) -> dict[int, list[tuple[Cell, Pin]]]:
        found: dict[int, list[tuple[Cell, Pin]]] = defaultdict(list)
        for cell in self.netlist.cells:
            clocks = self.delays[kind(cell)].clocks
            for pin, net in cell.inputs.items():
                if pin not in clocks:
                    found[net].append((cell, pin))
        return found

    def ends(self) -> list[tuple[int, int, Cell | None, Pin | None]]:
        """(delay, net, cell, pin) of every pin with a setup time and of every output port that a path reaches, slowest first."""
        found: list[tuple[int, int, Cell | None, Pin | None]] = []
        for cell in self.netlist.cells:
            setup = self.delays[kind(cell)].setup
            for pin, net in cell.inputs.items():
                if pin in setup and net in self._arrival:
                    found.append((self._at(net, cell, pin) + setup[pin], net, cell, pin))
        found += [(self._arrival[net] + self.net_ps, net, None, None) for net in self.netlist.outputs if net in self._arrival]
        return sorted(found, key=lambda end: (-end[0], end[1]))

    def path(self, delay: int, net: int, cell: Cell | None, pin: Pin | None) -> Path:
        """The one that arrives last at an end."""
        steps: list[Step] = []
        current: int | None = net
        while current is not None:
            before = self._before[current]
            driver = self._drivers[current][0] if current in self._drivers else None
            steps.append(Step(driver, current, self._arrival[current]))
            current = before[0] if before else None
        return Path(tuple(reversed(steps)), cell, pin, delay)

    def _at(self, net: int, cell: Cell, pin: Pin) -> int:
        return self._arrival[net] + self._wire(net, cell, pin)

    def _wire(self, net: int, cell: Cell, pin: Pin) -> int:
        driver = self._drivers.get(net)
        if driver and (driver[0].kind, driver[1][0], cell.kind, pin[0]) in DEDICATED:
            return 0
        return self.net_ps

    def _propagate(self) -> None:
        loads: dict[int, list[tuple[Cell, Pin]]] = defaultdict(list)
        waiting: dict[tuple[str, Pin], int] = defaultdict(int)
        for cell, pin, net in self._through():
            loads[net].append((cell, pin))
            for target in self.delays[kind(cell)].through[pin]:
                waiting[cell.name, target] += 1
        ready = self._begin(waiting)
        while ready:
            net = ready.pop()
            for cell, pin in loads[net]:
                ready += self._pass_on(net, cell, pin, waiting)
        left = sorted(name for (name, _), number in waiting.items() if number)
        if left:
            raise BenchError(f"{self.netlist.top}: a loop without a register through {', '.join(left[:3])}")

    def _through(self) -> Iterator[tuple[Cell, Pin, int]]:
        """Inputs that a path goes on from, but for those of nets that nothing drives."""
        for cell in self.netlist.cells:
            through = self.delays[kind(cell)].through
            for pin, net in cell.inputs.items():
                if pin in through and (net in self._drivers or net in self.netlist.inputs):
                    yield cell, pin, net

    def _begin(self, waiting: Mapping[tuple[str, Pin], int]) -> list[int]:
        """Nets that paths begin at: outputs of registers, ports, and outputs of cells all of whose inputs are constant."""
        ready = [*self.netlist.inputs]
        for net in ready:
            self._arrival[net], self._before[net] = PORT_PS, None
        for cell in self.netlist.cells:
            starts = self.delays[kind(cell)].clock_to_out
            for pin, net in cell.outputs.items():
                self._arrival[net], self._before[net] = starts.get(pin, 0), None
                if not waiting.get((cell.name, pin)):
                    ready.append(net)
        return ready

    def _pass_on(self, net: int, cell: Cell, pin: Pin, waiting: dict[tuple[str, Pin], int]) -> list[int]:
        """Outputs of the cell that have waited for this input alone."""
        at, done = self._at(net, cell, pin), []
        for target, delay in self.delays[kind(cell)].through[pin].items():
            waiting[cell.name, target] -= 1
            out = cell.outputs.get(target)
            if out is None:
                continue
            if at + delay > self._arrival[out]:
                self._arrival[out], self._before[out] = at + delay, (net, cell)
            if not waiting[cell.name, target]:
                done.append(out)
        return done
