"""Building networks with g++ and loading them, from the user's cache when they were built before."""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from golden.compiled.cache import kept
from golden.compiled.instructions import InstructionSet
from golden.compiled.source import headers, source
from golden.spec import IntNetwork

FLAGS = (
    *("-std=c++20", "-O3", "-shared", "-fPIC", "-pthread", "-fvisibility=hidden", "-fwrapv", "-Wno-psabi"),
    *("-ffp-contract=off", "-ffinite-math-only", "-fno-signed-zeros", "-fno-trapping-math"),
)
"""Only entries are seen from outside: libraries of one network, for two instruction sets, must not share its constants.

Sums wrap.  Floats are finite, and whether a zero has a sign is not seen: so a choice is a maximum.  Nothing is fused.
"""
COMPILE_SECONDS = 600


class CompileError(Exception):
    """A network that cannot be compiled here; the message is one line, with the remedy."""


class NoCompilerError(CompileError):
    """There is no C++ compiler."""

    def __init__(self) -> None:
        super().__init__("no C++ compiler (g++, or the one that CXX names); apt-get install g++")


def compiler() -> str:
    """The C++ compiler's path.  Raises NoCompilerError."""
    found = shutil.which(os.environ.get("CXX", "g++"))
    if found is None:
        raise NoCompilerError
    return found


def load(networks: Sequence[IntNetwork], instructions: InstructionSet) -> ctypes.CDLL:
    """The shared library with these networks.  Raises CompileError."""
    files = headers() | {"networks.cpp": source(networks, instructions).encode()}
    key = hashlib.sha256(repr((sorted(files.items()), instructions.options, FLAGS, version(compiler()))).encode()).digest()
    try:
        return kept("compiled", key, lambda: _build(files, instructions), lambda path: ctypes.CDLL(str(path)))
    except OSError as error:
        raise CompileError(f"no folder for compiled networks; {error}") from error


def _build(files: dict[str, bytes], instructions: InstructionSet) -> bytes:
    with tempfile.TemporaryDirectory(prefix="sr2fpga-") as name:
        root = Path(name)
        for file, content in files.items():
            (root / file).write_bytes(content)
        command = [compiler(), *FLAGS, *instructions.options, "-o", str(root / "library"), str(root / "networks.cpp")]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise CompileError(f"{command[0]} took more than {COMPILE_SECONDS} seconds") from None
        if done.returncode:
            first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr.strip()[:200])
            raise CompileError(f"{command[0]} refuses the network's C++: {first}")
        return (root / "library").read_bytes()


@cache
def version(path: str) -> str:
    """What the compiler prints of its version."""
    return subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
