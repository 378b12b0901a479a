"""The drivers of video_top: C accessors of every field made from the register table, and the hand-written files around them.

driver/sr_video.h and .c are bare metal; driver/sr_video.py is for PYNQ.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from hls_export import library
from hls_export.packaging import ipxact
from hls_export.packaging.table import Field, Register, registers
from hls_export.plan.plan import HardwarePlan
from hls_export.writers.scripts import filled

PREFIX = "VIDEO_TOP__"


def driver_files(plan: HardwarePlan) -> dict[str, bytes]:
    """Path -> content of an export's driver/ folder."""
    facts: dict[str, object] = {
        "hash": plan.network_hash,
        "vlnv": ":".join((ipxact.VENDOR, ipxact.LIBRARY, ipxact.name(plan), ipxact.VERSION)),
        "registers": _table(registers()),
    }
    names = ("sr_video.h", "sr_video.c", "sr_video.py")
    texts = {name: filled(library.page(f"scripts/{name}").decode(), facts, name) for name in names}
    texts["sr_video_fields.h"] = fields_header(registers())
    return {f"driver/{name}": text.encode() for name, text in texts.items()}


def fields_header(table: list[Register]) -> str:
    """A getter of every field, a setter of one that holds what is written, a trigger of one that a written 1 acts on."""
    accessors = [line for register in table for field in register.fields for line in _accessors(register, field)]
    return "\n".join([*_HEAD, *accessors, "#endif", ""])


def _accessors(register: Register, field: Field) -> Iterator[str]:
    offset, mask, shift = f"{PREFIX}{register.name.upper()}_offset", f"0x{field.mask:08x}u", f"{field.low}"
    name = f"sr_video_{register.name}_{field.name}"
    yield f"static inline uint32_t {name}(const sr_video *video) {{"
    yield f"  return (SR_VIDEO_READ(video, {offset}) & {mask}) >> {shift};"
    yield "}"
    if field.access == "rw":
        verb, argument, value = ("set", ", uint32_t value", f"(value << {shift} & {mask})")
        if field.on_write is not None:
            verb, argument, value = ("trigger" if field.on_write == "woset" else "clear", "", mask)
        kept = register.kept & ~field.mask
        held = f"(SR_VIDEO_READ(video, {offset}) & 0x{kept:08x}u) | " if kept else ""
        yield f"static inline void {name}_{verb}(const sr_video *video{argument}) {{"
        yield f"  SR_VIDEO_WRITE(video, {offset}, {held}{value});"
        yield "}"
    yield ""


def _table(table: list[Register]) -> str:
    """Name -> offset and fields, as JSON in lines of a register each."""
    words = {}
    for register in table:
        fields = {field.name: [field.low, field.bits, field.access, field.on_write] for field in register.fields}
        words[register.name] = {"offset": register.offset, "kept": register.kept, "fields": fields}
    return "{\n" + ",\n".join(f' "{name}": {json.dumps(facts)}' for name, facts in words.items()) + "\n}"


_HEAD = [
    "// SPDX-License-Identifier: Apache-2.0",
    "// Made from the register table: a getter of every field of video_top; _set writes a field and keeps the others of its",
    "// register, _trigger and _clear write a 1 to it and 0 to all others of its register that a written 1 acts on.",
    "#ifndef SR_VIDEO_FIELDS_H",
    "#define SR_VIDEO_FIELDS_H",
    '#include "sr_video.h"',
    '#include "../registers/registers.h"',
    "",
]
