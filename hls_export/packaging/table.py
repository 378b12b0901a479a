"""The registers of video_top as registers/registers.json lists them, with the facts of a plan filled in.

registers.json is made from registers.rdl by rtl_tb.registers, whose tools are not needed here; a test holds one against the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hls_export import library

SOURCE = "registers/registers.json"


@dataclass(frozen=True)
class Field:
    """Bits `low` to `high` of a register.

    access: rw, or r where writes are ignored; on_write: woset or woclr where a written 1 sets or clears and a written 0 does
    nothing, else None; constant: the hardware never changes it; fact: the parameter of registers.rdl that it resets to.
    """

    name: str
    low: int
    high: int
    access: str
    on_write: str | None
    constant: bool
    reset: int
    text: str
    fact: str | None = None

    @property
    def bits(self) -> int:
        return self.high - self.low + 1

    @property
    def mask(self) -> int:
        return ((1 << self.bits) - 1) << self.low

    @property
    def changes(self) -> bool:
        """Whether the hardware changes it."""
        return not self.constant and (self.access == "r" or self.on_write is not None)


@dataclass(frozen=True)
class Register:
    """A word of 32 bits at a byte offset."""

    name: str
    offset: int
    title: str
    text: str
    fields: tuple[Field, ...]

    @property
    def reset(self) -> int:
        return sum(field.reset << field.low for field in self.fields)

    @property
    def mask(self) -> int:
        return sum(field.mask for field in self.fields)

    @property
    def kept(self) -> int:
        """Bits that hold what is written."""
        return sum(field.mask for field in self.fields if field.access == "rw" and field.on_write is None)


def registers(facts: Mapping[str, int] | None = None) -> list[Register]:
    """By offset; facts: hls_export.writers.sv_video.register_facts, else what is a fact of a plan resets to 0."""
    known = facts or {}
    return [_register(one, known) for one in json.loads(library.page(SOURCE))]


def _register(facts: dict[str, object], known: Mapping[str, int]) -> Register:
    parts = dict(facts)
    fields = [Field(**one) for one in parts.pop("fields")]  # type: ignore[attr-defined]
    filled = tuple(replace(one, reset=known.get(one.fact, 0)) if one.fact else one for one in fields)
    return Register(**parts, fields=filled)  # type: ignore[arg-type]
