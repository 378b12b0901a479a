"""What a proof consists of.  Knows no tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rtl_tb.mutants.mutant import Mutant


@dataclass(frozen=True)
class Proof:
    """One wrapper module at one set of parameters, proved by k-induction.

    The wrapper's parameter INVARIANTS leaves out, when 0, what is asserted only to make the induction step work; what remains
    are the claims.

    k: clocks that the induction step assumes.
    layers: files of assertions, each proved by an induction of its own in which those of the files before it are known to
    hold; empty: all assertions in one induction.
    mutants: faults that a search of `search_clocks` clocks from reset must refute by the claims alone.
    """

    name: str
    top: str
    claim: str
    parameters: Mapping[str, int] = field(default_factory=dict)
    mutants: tuple[Mutant, ...] = ()
    k: int = 1
    layers: tuple[str, ...] = ()
    search_clocks: int = 12
