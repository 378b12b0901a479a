"""What is made from the SystemRDL source: the page docs/registers.md, the C header registers.h, the table registers.json."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from functools import cache
from pathlib import Path

from hls_export.packaging.table import Field, Register
from rtl_tb.errors import MissingToolError
from rtl_tb.registers.table import REMEDY, compiled, registers

HEADER = "hls_export/registers/registers.h"
PAGE = "docs/registers.md"
TABLE = "hls_export/registers/registers.json"
ACCESS = {None: "{access}", "woset": "write 1 to set", "woclr": "write 1 to clear"}
FACTS = ("frame_height", "frame_width", "capabilities", "max_size", "network_hash")


def pages() -> dict[str, str]:
    """Path below the repository -> content.  Raises MissingToolError."""
    return {PAGE: page(registers()), HEADER: header(), TABLE: table(registers())}


def table(found: list[Register]) -> str:
    """The registers as JSON, for the package and the drivers; fact: the parameter that a reset value is."""
    words = [asdict(register) for register in found]
    for register, word in zip(found, words, strict=True):
        for field, facts in zip(register.fields, word["fields"], strict=True):
            facts["fact"] = _facts().get((register.name, field.name))
    return json.dumps(words, indent=1) + "\n"


@cache
def _facts() -> dict[tuple[str, str], str]:
    """(register, field) -> the parameter of registers.rdl that it resets to: the one that changes it."""
    rest = registers()
    found: dict[tuple[str, str], str] = {}
    for fact in compiled().inst.parameters_dict:
        for before, register in zip(rest, registers({fact: 1}), strict=True):
            changed = [one.name for one, other in zip(register.fields, before.fields, strict=True) if one.reset != other.reset]
            found |= {(register.name, name): fact for name in changed}
    return found


def page(table: list[Register]) -> str:
    """The registers as Markdown, behind the paragraphs that say how they are used."""
    return "\n".join([_INTRODUCTION, *(line for register in table for line in _section(register))])


def header() -> str:
    """PeakRDL's C header, with byte offsets before its structure."""
    try:
        from peakrdl_cheader.exporter import CHeaderExporter
    except ModuleNotFoundError as error:
        raise MissingToolError("peakrdl-cheader is not installed", REMEDY) from error
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "registers.h"
        CHeaderExporter().export(compiled(), str(path))
        text = path.read_text()
    offsets = [f"#define VIDEO_TOP__{one.name.upper()}_offset 0x{one.offset:02x}" for one in registers()]
    before, mark, after = text.partition("// addrmap - ")
    return "\n".join([*_LICENCE, before + "\n".join(["// byte offsets", *offsets, "", mark + after])])


def _section(register: Register) -> list[str]:
    """One register: a heading, its sentence, its fields."""
    head = [f"## 0x{register.offset:02x} {register.name}", ""]
    text = [f"{register.title}. {register.text}".strip(), ""]
    if register.name.startswith("network_hash"):
        text = [f"Digits {8 * int(register.name[-1]) + 1} to {8 * int(register.name[-1]) + 8} of the network's sha256.", ""]
    rows = [_row(register, field) for field in register.fields]
    return [*head, *text, "| bits | field | access | after reset | what |", "|---|---|---|---|---|", *rows, ""]


def _row(register: Register, field: Field) -> str:
    bits = f"{field.high}:{field.low}" if field.high > field.low else str(field.low)
    access = ACCESS[field.on_write].format(access={"rw": "read, write", "r": "read"}[field.access])
    reset = "the plan's" if register.name.startswith(FACTS) else str(field.reset)
    return f"| {bits} | `{field.name}` | {access} | {reset} | {field.text} |"


_LICENCE = [
    "// SPDX-License-Identifier: Apache-2.0",
    "// Made from registers.rdl by python -m rtl_tb.registers.  _reset is 0 for what is a fact of the network or its plan",
    f"// ({', '.join(FACTS)}): read the register.",
]
_INTRODUCTION = """# The registers of video_top

Made from `hls_export/registers/registers.rdl` by `python -m rtl_tb.registers`; an export carries that source, the C header
`registers.h` and the table `registers.json` in `registers/`, and drivers made from the table in `driver/`. A test reads every field
of the source and tries it in simulation of the RTL.

AXI4-Lite, 32 bits of data, 12 of address; words at multiples of 4. Bytes without their strobe keep their value. Every access is
answered OKAY: an address without a register, and a reserved bit, reads 0, and what is written there is ignored (an error response
would stop a processor for a wrong offset). Reading changes nothing. Registers and counters outlive a soft reset.

In order:

1. With `control.enable` 0, wait for `status.busy` 0; write `frame_height` and `frame_width` (at AMD's offsets), `interrupt_enable`.
2. Write 1 to `control.enable`. The next frame goes in from its SOF.
3. On `interrupt`, read `interrupt_pending`, write what was read, then read and clear `status` if `fault` was among it.
4. To stop, write 0 to `control.enable`; the frame under way ends whole, `status.busy` falls when it has left. Where its source has
   stopped in mid-frame, `control.soft_reset` ends it.
"""
