"""Faults planted in hardware that the bench must catch: each is one edit of one file that applies exactly once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from rtl_tb.bench.design import Design
from rtl_tb.bench.run import Bench
from rtl_tb.errors import BenchError
from rtl_tb.stimulus.scenarios import Scenario
from rtl_tb.stimulus.stalls import Stalls
from rtl_tb.tools.simulator import Simulator


@dataclass(frozen=True)
class Mutant:
    """A fault: `old`, which stands exactly once in `file`, becomes `new`."""

    fault: str
    file: str
    old: str
    new: str

    def planted(self, design: Design) -> Design:
        """Raises BenchError unless the edit applies exactly once."""
        return replace(design, sources=edited(design.sources, self.file, self.old, self.new))


@dataclass(frozen=True)
class MemoryMutant:
    """A fault in a memory file: its text becomes change(text)."""

    fault: str
    file: str
    change: Callable[[str], str]

    def planted(self, design: Design) -> Design:
        if self.file not in design.memories:
            raise BenchError(f"mutant '{self.fault}': no {self.file}; allowed {', '.join(design.memories)}")
        text = design.memories[self.file].decode()
        changed = self.change(text)
        if changed == text:
            raise BenchError(f"mutant '{self.fault}' changes nothing in {self.file}")
        return replace(design, memories={**design.memories, self.file: changed.encode()})


def edited(files: Mapping[str, bytes], name: str, old: str, new: str) -> dict[str, bytes]:
    """The files with one edit.  Raises BenchError unless `old` stands in the file exactly once."""
    found = [path for path in files if path == name or path.endswith("/" + name)]
    if len(found) != 1:
        raise BenchError(f"mutant of {name}: {len(found)} such files; allowed one")
    text = files[found[0]].decode()
    if text.count(old) != 1:
        raise BenchError(f"mutant of {name}: {old!r} stands {text.count(old)} times; allowed once")
    return {**files, found[0]: text.replace(old, new).encode()}


def flipped_bit(text: str) -> str:
    """The lowest bit of the last word of a memory file."""
    body = text.rstrip("\n")
    return body[:-1] + f"{int(body[-1], 16) ^ 1:x}" + "\n"


def with_low_bits(bits: int, value: int, text: str) -> str:
    """The last word of a memory file with `value` in its low `bits`: the bias, in a requantize file."""
    *before, last = text.splitlines()
    word = int(last, 16) >> bits << bits | value
    return "".join(f"{line}\n" for line in [*before, f"{word:0{len(last)}x}"])


def truncated(text: str) -> str:
    """A memory file without its last word."""
    return "".join(text.splitlines(keepends=True)[:-1])


def catch(
    design: Design, mutant: Mutant | MemoryMutant, simulator: Simulator, runs: Sequence[tuple[Scenario, Stalls]], twin: bool = False
) -> str | None:
    """The fault that the first run finds which catches the mutant, best of all one of a layer; None when none does.

    twin: see Bench.

    Raises BenchError for a mutant that does not apply or does not build: it proves nothing.
    """
    bench = Bench(mutant.planted(design), simulator, twin=twin)
    for scenario, stalls in runs:
        outcome = bench.run(scenario, stalls)
        if not outcome.passed:
            return next((fault for fault in outcome.faults if fault.startswith("layer")), outcome.faults[0])
    return None
