"""What a proof consists of.  Knows no tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mutant:
    """A textual change of one RTL source that breaks it.  `old` stands in `file` exactly once."""

    fault: str
    file: str
    old: str
    new: str

    def apply(self, sources: Mapping[str, bytes]) -> dict[str, bytes]:
        """The sources with the fault.

        Raises:
            ValueError: `old` does not stand in the file exactly once, so the mutant no longer says what it breaks.
        """
        found = sources[self.file].count(self.old.encode())
        if found != 1:
            raise ValueError(f"{self.file}: mutant '{self.fault}' replaces {self.old!r}, found {found} times; allowed: once")
        return {**sources, self.file: sources[self.file].replace(self.old.encode(), self.new.encode())}


@dataclass(frozen=True)
class Proof:
    """One elaboration of one wrapper, proved by k-induction.

    k: clocks that the induction step assumes; base_clocks: clocks from reset that are searched for a counterexample, the base
    of the induction and the first chance to reject a mutant.
    """

    name: str
    top: str
    claim: str
    parameters: Mapping[str, int] = field(default_factory=dict)
    mutants: tuple[Mutant, ...] = ()
    k: int = 1
    base_clocks: int = 8
