"""The delays of Artix-7 cells: those in the models of Yosys's wheel, and the few that these have not, each with its source.

Yosys has them, in picoseconds, from Project X-Ray's reading of Vivado's timing of Artix-7 parts of speed grade -1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from rtl_tb.errors import BenchError
from rtl_tb.timing.netlist import Cell, Pin
from rtl_tb.tools import build, yosys

Kind = tuple[str, tuple[tuple[str, str], ...]]
"""(cell type, parameters)"""

DS182 = "AMD DS182, Kintex-7 data sheet: DSP48E1, the slowest speed grade"
VIVADO = "Vivado's timing report of an Artix-7 -1: Setup_ramb36e1_CLKARDCLK_ENARDEN"
MISSING: dict[tuple[str, str], tuple[int, str]] = {
    **{(f"RAMB{size}E1", port): (443, VIVADO) for size in (18, 36) for port in ("ENARDEN", "ENBWREN")},
    ("SRL16E", "CE"): (109, "SRLC32E in the same models"),
    **{("DSP48E1", port): (550, DS182) for port in ("CEA1", "CEA2", "CEB1", "CEB2")},
    **{("DSP48E1", port): (530, DS182) for port in ("RSTA", "RSTB")},
    ("DSP48E1", "CEM"): (390, DS182),
    ("DSP48E1", "RSTM"): (240, DS182),
    ("DSP48E1", "CEP"): (540, DS182),
    ("DSP48E1", "RSTP"): (370, DS182),
}
"""Setup in picoseconds of inputs for which the models have none, and the source."""
OUTPUT_REGISTERS = {"DOADO": "DOA_REG", "DOPADOP": "DOA_REG", "DOBDO": "DOB_REG", "DOPBDOP": "DOB_REG"}


@dataclass
class Delays:
    """Of one kind of cell, in picoseconds.

    through: input pin -> output pin -> delay; setup: input pin -> time before the clock; clock_to_out: output pin -> time after it;
    clocks: its clock inputs.
    """

    through: dict[Pin, dict[Pin, int]] = field(default_factory=dict)
    setup: dict[Pin, int] = field(default_factory=dict)
    clock_to_out: dict[Pin, int] = field(default_factory=dict)
    clocks: set[Pin] = field(default_factory=set)


def kind(cell: Cell) -> Kind:
    return cell.kind, cell.parameters


def delays(cells: Iterable[Cell]) -> dict[Kind, Delays]:
    """The delays of every kind among the cells.  Raises BenchError for a cell, an input or an output that has none."""
    cells = tuple(cells)
    kinds = sorted({kind(cell) for cell in cells})
    found = {one: read(one, model) for one, model in zip(kinds, _models(kinds), strict=True)}
    for cell in cells:
        _check(cell, found[kind(cell)])
    return found


def _check(cell: Cell, known: Delays) -> None:
    reached = {pin for arcs in known.through.values() for pin in arcs} | known.clock_to_out.keys()
    lacking = [pin for pin in cell.inputs if pin not in known.through and pin not in known.setup and pin not in known.clocks]
    lacking += [pin for pin in cell.outputs if pin not in reached]
    if lacking:
        raise BenchError(f"{cell.kind} {cell.name}: no delay is known of {', '.join(sorted({port for port, _ in lacking}))}")


def _models(kinds: Sequence[Kind]) -> list[Mapping[str, Any]]:
    """Yosys's model of each kind, elaborated with its parameters.  Raises BenchError for a type that it has no model of."""
    cells = {
        f"cell{index}": {
            "type": name,
            "parameters": dict(parameters),
            "attributes": {},
            "port_directions": {},
            "connections": {},
        }
        for index, (name, parameters) in enumerate(kinds)
    }
    design = {"modules": {"kinds": {"ports": {}, "netnames": {}, "cells": cells}}}
    read_ = ["read_verilog -specify +/xilinx/cells_sim.v", "read_json kinds.json", "hierarchy -top kinds", "proc -noopt"]
    with build.scratch("delays") as folder:
        (Path(folder) / "kinds.json").write_text(json.dumps(design))
        yosys.run([*read_, "write_json models.json"], Path(folder))
        modules = json.loads((Path(folder) / "models.json").read_text())["modules"]
    found = [modules["kinds"]["cells"][name]["type"] for name in cells]
    unknown = [name for (name, _), module in zip(kinds, found, strict=True) if module not in modules]
    if unknown:
        raise BenchError(f"no delay is known of {', '.join(sorted(set(unknown)))}, of which Yosys has no model")
    return [modules[name] for name in found]


def read(of: Kind, model: Mapping[str, Any]) -> Delays:
    """The delays in a model's specify block, and those of MISSING for the inputs that it names no time of.

    Where conditions choose between several, the longest counts; of a block RAM's two the shorter when it has its output register.
    """
    name, parameters = of
    found = Delays()
    for cell in model["cells"].values():
        if cell["type"] not in ("$specify2", "$specify3", "$specrule") or _is_undefined(cell):
            continue
        sources, targets = (_pins(model, cell["connections"][end]) for end in ("SRC", "DST"))
        if cell["type"] == "$specify2":
            _add_through(found, sources, targets, cell["parameters"])
        elif cell["type"] == "$specify3":
            found.clocks |= {*sources}
            _add_clock_to_out(found, targets, _longest(cell["parameters"]), dict(parameters))
        else:
            found.clocks |= {*targets}
            limit = int(cell["parameters"]["T_LIMIT_MAX"], 2)
            found.setup |= {pin: max(limit, found.setup.get(pin, 0)) for pin in sources}
    found.setup |= {(port, 0): limit for (owner, port), (limit, _) in MISSING.items() if owner == name}
    return found


def _pins(model: Mapping[str, Any], bits: Sequence[int]) -> list[Pin]:
    """The pins at these nets of a model; those of two outputs that are one (P and PCOUT of a DSP) both."""
    at = {bit: index for index, bit in enumerate(bits)}
    pins = [
        (at[bit], (port, index)) for port, facts in model["ports"].items() for index, bit in enumerate(facts["bits"]) if bit in at
    ]
    return [pin for _, pin in sorted(pins)]


def _add_through(found: Delays, sources: Sequence[Pin], targets: Sequence[Pin], parameters: Mapping[str, str]) -> None:
    """A path without a clock: bit by bit, or (`*>`) from each bit to each."""
    full = int(parameters["FULL"], 2) or len(sources) != len(targets)
    for source, target in product(sources, targets) if full else zip(sources, targets, strict=True):
        arcs = found.through.setdefault(source, {})
        arcs[target] = max(_longest(parameters), arcs.get(target, 0))


def _add_clock_to_out(found: Delays, targets: Sequence[Pin], delay: int, parameters: Mapping[str, str]) -> None:
    for pin in targets:
        registered = int(parameters.get(OUTPUT_REGISTERS.get(pin[0], ""), "0"), 2)
        found.clock_to_out[pin] = (min if registered else max)(delay, found.clock_to_out.get(pin, delay))


def _is_undefined(cell: Mapping[str, Any]) -> bool:
    """A time that the model works out from its parameters, of an input that is not used with these."""
    return any("x" in cell["parameters"].get(name, "") for name in ("T_RISE_MAX", "T_FALL_MAX", "T_LIMIT_MAX"))


def _longest(parameters: Mapping[str, str]) -> int:
    return max(int(parameters[name], 2) for name in ("T_RISE_MAX", "T_FALL_MAX"))
