"""How tools are run and what they make is kept: a command and its first error, a cache by content, a folder to build in."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from golden.compiled.cache import folder
from rtl_tb.errors import BenchError, MissingToolError

BUILD_SECONDS = 1800


def cache() -> Path:
    """Where built benches and counted netlists are kept."""
    return folder("rtl")


def whole_json(place: Path, make: Callable[[], object]) -> Any:
    """The JSON at `place`, which `make` writes there first where none can be read: one that was cut cannot."""
    try:
        return json.loads(place.read_bytes())
    except (FileNotFoundError, ValueError):
        make()
        return json.loads(place.read_bytes())


def digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:40]


def search_path() -> str:
    """PATH, before it the scripts that are installed beside this Python."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"


def tool(name: str, remedy: str) -> str:
    """The path of an installed command.  Raises MissingToolError with what gets it."""
    found = shutil.which(name, path=search_path())
    if found is None:
        raise MissingToolError(f"{name} is not installed", remedy)
    return found


def execute(
    what: str, command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None, seconds: float = BUILD_SECONDS
) -> str:
    """Its output.  Raises BenchError with the first line that names the fault, or when it takes longer than `seconds`."""
    done = completed(what, command, cwd, env, seconds)
    if done.returncode:
        raise BenchError(f"{what}: {first_error((done.stderr + done.stdout).splitlines())}")
    return done.stdout


def completed(
    what: str, command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None, seconds: float = BUILD_SECONDS
) -> subprocess.CompletedProcess[str]:
    """What it ended with and printed.  Raises BenchError when it takes longer than `seconds`."""
    try:
        return subprocess.run(
            list(command),
            cwd=cwd,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BenchError(f"{what} took longer than {seconds:g} s") from None


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


def first_error(lines: Sequence[str]) -> str:
    """The line of a tool's output that names the fault: its first error, warning or fatal message, else its last line."""
    for word in ("error", "%Warning", "fatal"):
        for line in lines:
            if word in line.lower() or word in line:
                return line.strip()
    return lines[-1].strip() if lines else "no message"
