"""Yosys from pip (pyosys): commands in a process of its own, the log or the first error back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from importlib.util import find_spec
from pathlib import Path

from rtl_tb.errors import REMEDY, BenchError, MissingToolError

MAPS = ("constant_multiply.v",)
RUNNER = "import sys; from pyosys.libyosys import Design; d = Design(); [d.run_pass(line.strip()) for line in sys.stdin]"
SECONDS = 3600


@lru_cache(maxsize=1)
def version() -> str:
    """Raises MissingToolError."""
    try:
        return installed("pyosys")
    except PackageNotFoundError:
        raise MissingToolError("Yosys is not installed", REMEDY) from None


def share() -> Path:
    """Yosys's own files."""
    version()
    found = find_spec("pyosys")
    return Path(next(iter(found.submodule_search_locations or ()))) / "share" if found else Path()


def run(commands: Sequence[str], folder: Path, seconds: float = SECONDS) -> str:
    """The log of the commands, run in `folder`.  Raises BenchError with Yosys's first error."""
    version()
    text = "".join(f"{command}\n" for command in commands)
    try:
        done = subprocess.run(
            [sys.executable, "-c", RUNNER], input=text, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise BenchError(f"yosys took longer than {seconds:g} s") from None
    log = done.stdout + done.stderr
    if done.returncode:
        errors = [line for line in log.splitlines() if "ERROR" in line or "error:" in line]
        raise BenchError(f"yosys: {(errors or log.splitlines()[-1:] or ['no output'])[0].strip()}")
    return log


def maps() -> dict[str, bytes]:
    """The technology maps that `synthesize` reads."""
    return {name: resources.files("rtl_tb").joinpath("tools", "models", name).read_bytes() for name in MAPS}


def synthesize(top: str, family: str = "xcup") -> list[str]:
    """The commands that make cells of a module that was read, one flat module; `maps` lie in the folder.

    family: xcup is UltraScale+, xc7 the 7 series.
    """
    return [*(f"techmap -map {name}" for name in MAPS), f"synth_xilinx -family {family} -noiopad -noclkbuf -top {top}"]


def read(top: str, parameters: Mapping[str, str], files: Sequence[str], hierarchy: bool = False) -> str:
    """The command that reads SystemVerilog files and elaborates `top` with these parameters.

    One flat module comes of it, or with `hierarchy` a module for each instance, so that the names of the instances are kept.
    """
    values = " ".join(f"-G {name}={value.replace(' ', '')}" for name, value in parameters.items())
    return f"read_slang --top {top} {values} {'--keep-hierarchy ' if hierarchy else ''}{' '.join(files)}"
