"""A design as one flat netlist of Artix-7 cells, as Yosys maps it, with the names that its signals have in the source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hls_export.file_tree import write_files
from rtl_tb.bench.design import Instance
from rtl_tb.errors import BenchError
from rtl_tb.synthesis.netlist import Files, closure, memory_files, with_packing
from rtl_tb.tools import build, yosys

FAMILY = "xc7"
# Before the rest: Yosys 0.70 runs out of memory when it looks for a RAM with as many read ports as an engine has lanes.
ROM = "requantize_rom*"
BEFORE = (f"memory_collect {ROM}", f"memory_map {ROM}", f"opt -full {ROM}")
CONTENTS = re.compile(r"INIT(P?_\w+)?$")
FLOW = 1  # raised when what is done here changes, so that nothing old is taken from the cache

Pin = tuple[str, int]
"""(port, index in it)"""


@dataclass(frozen=True)
class Cell:
    """One cell: its type, its parameters but for contents, and the net at each pin; constants and open pins are left out."""

    name: str
    kind: str
    parameters: tuple[tuple[str, str], ...]
    inputs: Mapping[Pin, int]
    outputs: Mapping[Pin, int]


@dataclass(frozen=True)
class Netlist:
    """Cells and nets of one flat module.

    inputs, outputs: nets at its ports; names: net -> (signal with the instances that it lies in, index in it), as far as the
    source has a name for it; modules: path of an instance -> its module, "" the whole.
    """

    top: str
    cells: tuple[Cell, ...]
    inputs: frozenset[int]
    outputs: frozenset[int]
    names: Mapping[int, tuple[str, int]]
    modules: Mapping[str, str]


def netlist(whole: Instance, files: Files) -> Netlist:
    """`whole` of these sources and memories as Artix-7 cells, from the cache when the same was synthesized before."""
    names = closure(whole.module, files)
    needed = {name: files[name] for name in names} | {name: files[name] for name in _memories(whole, names, files)}
    parameters = with_packing(whole)
    commands = [
        yosys.read(whole.module, parameters, names, hierarchy=True),
        *BEFORE,
        "flatten",
        *yosys.synthesize(whole.module, FAMILY),
        "write_json -selected netlist.json",
    ]
    place = build.cache() / f"timing-{build.digest(FLOW, yosys.version(), commands, sorted(needed.items()), yosys.maps())}.json"
    selected = [*commands[:-1], f"select {whole.module}", commands[-1]]
    modules = build.whole_json(place, lambda: _synthesize(selected, {**needed, **yosys.maps()}, place))["modules"]
    return parsed(whole.module, modules[whole.module])


def _memories(whole: Instance, names: list[str], files: Files) -> list[str]:
    """Those of the instance's parameters; for a generated top, which names them itself, those in its text."""
    given = [value.strip('"') for value in memory_files(whole)]
    text = b"".join(files[name] for name in names).decode()
    return sorted({*given, *(name for name in files if name.endswith(".mem") and f'"{name}"' in text)})


def _synthesize(commands: list[str], files: Mapping[str, bytes], place: Path) -> None:
    with build.scratch("timing") as name:
        folder = Path(name)
        write_files(folder, files)
        yosys.run(commands, folder)
        (folder / "netlist.json").replace(place)


def parsed(top: str, module: Mapping[str, Any]) -> Netlist:
    """A module as Yosys's write_json gives it.  Raises BenchError for a cell that no device has."""
    cells, modules = [], {"": top}
    for name, facts in module["cells"].items():
        if facts["type"] == "$scopeinfo":
            modules[name.replace(" ", ".")] = facts["attributes"]["module"].split("$")[0]
        elif facts["type"].startswith("$"):
            raise BenchError(f"{top}: yosys left {facts['type']} {name}, which no device has")
        else:
            cells.append(_cell(name, facts))
    ports = {direction: _nets(module["ports"], direction) for direction in ("input", "output")}
    return Netlist(top, tuple(cells), ports["input"], ports["output"], _names(module["netnames"]), modules)


def _cell(name: str, facts: Mapping[str, Any]) -> Cell:
    pins: dict[str, dict[Pin, int]] = {"input": {}, "output": {}, "inout": {}}
    for port, bits in facts["connections"].items():
        for index, bit in enumerate(bits):
            if isinstance(bit, int):
                pins[facts["port_directions"][port]][port, index] = bit
    parameters = {key: value for key, value in facts["parameters"].items() if not CONTENTS.match(key)}
    return Cell(name, facts["type"], tuple(sorted(parameters.items())), pins["input"], pins["output"])


def _nets(ports: Mapping[str, Any], direction: str) -> frozenset[int]:
    found = [bit for port in ports.values() if port["direction"] == direction for bit in port["bits"]]
    return frozenset(bit for bit in found if isinstance(bit, int))


def _names(nets: Mapping[str, Any]) -> dict[int, tuple[str, int]]:
    """For each net the name deepest in the hierarchy, where it is made; of those a register's before others, then the shortest."""
    found: dict[int, tuple[str, int]] = {}
    for name, facts in sorted(nets.items(), key=lambda item: _preference(item[0]), reverse=True):
        if facts["hide_name"]:
            continue
        for index, bit in enumerate(facts["bits"]):
            if isinstance(bit, int):
                found[bit] = name, index
    return found


def _preference(name: str) -> tuple[int, bool, int, str]:
    return -name.count("."), not name.endswith("_q"), len(name), name
