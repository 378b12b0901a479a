"""Which instructions of this CPU the compiled executor uses: dot products of 8-bit integers where there are any."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

CPU_FACTS = Path("/proc/cpuinfo")
BYTES = Literal["exact", "saturating", "none"]


@dataclass(frozen=True)
class InstructionSet:
    """One way to compile.

    needs: flags of /proc/cpuinfo that the CPU must have.  options: the compiler's.
    bytes: whether a dot product of four 8-bit integers is "exact", "saturating" (two products meet in 16 bits), or "none".
    sums: vectors of accumulators that the registers hold beside their operands.
    """

    name: str
    needs: frozenset[str]
    options: tuple[str, ...]
    bytes: BYTES
    sums: int


_V3 = frozenset(["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"])
_V4 = _V3 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
AVX512_VNNI = InstructionSet("avx512-vnni", _V4 | {"avx512_vnni"}, ("-march=x86-64-v4", "-mavx512vnni"), "exact", 24)
AVX_VNNI = InstructionSet("avx-vnni", _V3 | {"avx_vnni"}, ("-march=x86-64-v3", "-mavxvnni"), "exact", 12)
AVX2 = InstructionSet("avx2", _V3, ("-march=x86-64-v3",), "saturating", 12)
PORTABLE = InstructionSet("portable", frozenset(), (), "none", 8)
KNOWN = (AVX512_VNNI, AVX_VNNI, AVX2, PORTABLE)
"""From the fastest on."""


def available(flags: Iterable[str]) -> list[InstructionSet]:
    """Those that a CPU with these flags has, from the fastest on; the portable one always.

    >>> [one.name for one in available(["sse2", "neon"])]
    ['portable']
    """
    found = frozenset(flags)
    return [one for one in KNOWN if one.needs <= found]


@cache
def here() -> tuple[InstructionSet, ...]:
    """`available` on this machine; where the system does not tell (it is not Linux), the portable one."""
    try:
        lines = CPU_FACTS.read_text().splitlines()
    except OSError:
        lines = []
    return tuple(available(next((line.split() for line in lines if line.startswith("flags")), [])))
