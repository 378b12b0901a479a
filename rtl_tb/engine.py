"""What both simulators share: a cache of built programs, and running one in a folder of its own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hls_export import file_tree
from rtl_tb.errors import BenchError

BUILD_SECONDS = 1800
RUN_SECONDS = 7200


class Engine(Protocol):
    """A simulator; `available` raises MissingToolError where it is not installed."""

    name: str

    def available(self) -> None: ...

    def build(self, sources: Mapping[str, bytes], wave: bool) -> Program: ...


@dataclass(frozen=True)
class Program:
    """A built bench: the command that runs it, to which plusargs are appended."""

    command: tuple[str, ...]

    def run(self, folder: Path, plusargs: Sequence[str], seconds: float = RUN_SECONDS) -> str:
        """What the bench prints, run inside `folder`.  Raises BenchError when it crashes or takes longer."""
        try:
            done = subprocess.run(
                [*self.command, *plusargs],
                cwd=folder,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise BenchError(f"the simulation took longer than {seconds:g} s") from None
        if done.returncode:
            lines = (done.stdout + done.stderr).strip().splitlines()
            raise BenchError(f"the simulation failed with status {done.returncode}: {_telling(lines)}")
        return done.stdout + done.stderr


def cache() -> Path:
    """Where built benches and counted netlists are kept."""
    return file_tree.cache("rtl")


def key(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:40]


def call(what: str, command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Its output.  Raises BenchError with the first line that tells the fault."""
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(
        list(command),
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=BUILD_SECONDS,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"{what}: {_telling((done.stderr + done.stdout).splitlines())}")
    return done.stdout


def scratch(prefix: str) -> tempfile.TemporaryDirectory[str]:
    """A folder for a build beside the cached ones, so that the result is renamed into place."""
    return tempfile.TemporaryDirectory(prefix=prefix, dir=cache())


def move_into_place(built: Path, place: Path) -> None:
    """Renames a folder; where another process was first, its folder stays."""
    try:
        built.rename(place)
    except OSError:
        if not place.is_dir():
            raise


def _telling(lines: Sequence[str]) -> str:
    for word in ("error", "%Warning", "fatal"):
        for line in lines:
            if word in line.lower() or word in line:
                return line.strip()
    return lines[-1].strip() if lines else "no message"
