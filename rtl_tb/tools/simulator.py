"""What both simulators are: something that builds a program from sources, and a program that runs in a folder of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rtl_tb.errors import BenchError
from rtl_tb.tools.build import completed, first_error

RUN_SECONDS = 7200


class Simulator(Protocol):
    """A simulator; `available` raises MissingToolError where it is not installed.

    root: the scope of rtl_bench in a waveform; single: the range that a vector of one bit has there; has_scopes: whether $dumpvars
    takes levels and scopes.  random_start: plusargs by which its registers start at random, where it can.
    """

    name: str
    root: str
    single: str
    has_scopes: bool
    random_start: tuple[str, ...]

    def available(self) -> None: ...

    def build(self, sources: Mapping[str, bytes], wave: str) -> Program:
        """wave: the kind of waveform that the program can write, fst or vcd; empty for none."""
        ...


@dataclass(frozen=True)
class Program:
    """A built bench: the command that runs it, to which plusargs are appended."""

    command: tuple[str, ...]

    def run(self, folder: Path, plusargs: Sequence[str], seconds: float = RUN_SECONDS) -> str:
        """What the bench prints, run inside `folder`.  Raises BenchError when it crashes or takes longer."""
        done = completed("the simulation", [*self.command, *plusargs], folder, seconds=seconds)
        if done.returncode:
            lines = (done.stdout + done.stderr).strip().splitlines()
            raise BenchError(f"the simulation failed with status {done.returncode}: {first_error(lines)}")
        return done.stdout + done.stderr
