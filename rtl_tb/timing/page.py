"""What static timing found, as JSON and as a Markdown page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rtl_tb.timing.control import LIMIT_NS
from rtl_tb.timing.paths import NET_PS
from rtl_tb.timing.report import BRACKET, ULTRASCALE_PLUS, Report, Slowest
from rtl_tb.tools import yosys

INTRODUCTION = """# Timing: the slowest paths, by static timing of Artix-7 cells

Written by `{command}`; every number is in timing.json. A **model**: Yosys {version}
(pyosys) makes Artix-7 cells (`synth_xilinx -family xc7`), their delays are those of Yosys's own models of a part of speed grade -1
(Project X-Ray's reading of Vivado), each net takes {net} ps, whatever its fan-out; nothing is placed or routed.

- How far to trust it: PicoRV32 comes out at 259 MHz alone and 217 MHz in the harness of its own timing table, where 238 MHz is
  published after place and route. So a clock here is taken as between {low:g} and {high:g} of itself.
- The gate: no path over **{limit:g} ns**, so 148.5 MHz (the pixel clock of 1080p60) on an Artix-7 -1 with margin. A test holds
  the modules of control and a small whole network to it; the command, with `--limit {limit:g}`, whatever it is given.
- UltraScale+ by a factor: {factors}.
- Levels: cells of logic between two registers, a carry chain one of them; CARRY4: four bits of a chain each.
"""


@dataclass(frozen=True)
class Section:
    """One design: what it is called, what it is (parameters, or network and frames), what was found; whole: it is a network."""

    label: str
    what: str
    whole: bool
    report: Report


def to_json(sections: Sequence[Section], command: str) -> str:
    facts = {
        "command": command,
        "tool": f"Yosys {yosys.version()} (pyosys), synth_xilinx -family xc7; nets {NET_PS} ps",
        "note": "a model: not placed, not routed",
        "limit_ns": LIMIT_NS,
        "designs": [{"label": one.label, "what": one.what, **one.report.to_json()} for one in sections],
    }
    return json.dumps(facts, indent=1, sort_keys=True) + "\n"


def to_markdown(sections: Sequence[Section], command: str) -> str:
    low, high = BRACKET
    factors = "; ".join(f"speed grade {grade} {factor:g} times ({source})" for grade, (factor, source) in ULTRASCALE_PLUS.items())
    head = INTRODUCTION.format(
        command=command, version=yosys.version(), net=NET_PS, low=low, high=high, limit=LIMIT_NS, factors=factors
    )
    modules = [one for one in sections if not one.whole]
    return "\n".join([head, *_modules(modules), *(line for one in sections if one.whole for line in _network(one))]) + "\n"


def _modules(sections: Sequence[Section]) -> Iterator[str]:
    if not sections:
        return
    yield from ("## Modules of control", "", "| module | parameters | ns | MHz | levels | CARRY4 | from | to |")
    yield "|---|---|---:|---:|---:|---:|---|---|"
    for one in sections:
        (path, *_) = one.report.slowest
        yield f"| {one.label} | {one.what} | {_numbers(path, one.report)} | `{path.start}` | `{path.end}` |"
    yield ""


def _network(one: Section) -> Iterator[str]:
    found = one.report
    there = ", ".join(f"{factor * found.mhz:.0f} MHz on UltraScale+ {grade}" for grade, (factor, _) in ULTRASCALE_PLUS.items())
    yield from (f"## {one.label}, whole", "", f"{one.what}. **{found.ps / 1000:.2f} ns, {found.mhz:.0f} MHz**; {there}.", "")
    yield from (f"Artix-7 cells: {counted(found.cells)}; those of UltraScale+ are in [synthesis.md](synthesis.md).", "")
    yield from ("| ns | levels | CARRY4 | ends in | from | to |", "|---:|---:|---:|---|---|---|")
    for path in found.slowest:
        yield f"| {path.ps / 1000:.2f} | {path.levels} | {path.carries} | {path.module} | `{path.start}` | `{path.end}` |"
    yield from ("", "Slowest path that ends in each module, ns: " + _listed(found.modules.items(), 1000) + ".", "")
    yield "Fan-out, clock aside (input pins of cells): " + ", ".join(f"`{name}` {pins}" for name, pins in found.fan_out) + "."
    yield from ("", "Block RAM whose output goes through logic before a register: " + _memories(found) + ".", "")


GROUPS = {
    "LUT": ("LUT", "INV"),
    "LUT of memory": ("SRL", "RAM32", "RAM64", "RAM128", "RAM256"),
    "FF": ("FD",),
    "CARRY4": ("CARRY4",),
    "DSP48E1": ("DSP48E1",),
    "RAMB36": ("RAMB36",),
    "RAMB18": ("RAMB18",),
}
"""How the names of the cells of a kind begin; an inverter is a LUT unless a pin takes it in."""
LUTS = {"RAM32M": 4, "RAM64M": 4, "RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4, "RAM256X1S": 4}
"""Of cells that take more than one; UG474, table 2-3."""


def counted(cells: Mapping[str, int]) -> str:
    """
    >>> counted({"LUT2": 3, "INV": 1, "RAM32M": 2, "FDRE": 5})
    '4 LUT, 8 LUT of memory, 5 FF, 0 CARRY4, 0 DSP48E1, 0 RAMB36, 0 RAMB18'
    """
    sums = {
        name: sum(LUTS.get(kind, 1) * count for kind, count in cells.items() if kind.startswith(begins))
        for name, begins in GROUPS.items()
    }
    return ", ".join(f"{count} {name}" for name, count in sums.items())


def _numbers(path: Slowest, found: Report) -> str:
    return f"{path.ps / 1000:.2f} | {found.mhz:.0f} | {path.levels} | {path.carries}"


def _listed(values: object, scale: int) -> str:
    return ", ".join(f"{name} {value / scale:.2f}" for name, value in dict(values).items())  # type: ignore[call-overload]


def _memories(found: Report) -> str:
    """Each memory once, by the name in front of its cells' numbers."""
    names = sorted({name.split(".words")[0].split(".memory")[0] for name in found.unregistered_reads})
    return ", ".join(f"`{name}`" for name in names) or "none"
