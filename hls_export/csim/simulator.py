"""Building and running the C simulation of an exported source tree with g++, outside the exported folder.

The program is cached by the hash of everything that goes into it: sources, flags, compiler.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.compiled.cache import kept
from golden.spec import IntNetwork
from hls_export import library
from hls_export.errors import ExportError
from hls_export.file_tree import write_files
from hls_export.plan.plan import HardwarePlan
from hls_export.writers import cpp, cpp_top

WARNINGS = ("-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", "-Wno-unused-label")
"""Pragmas and labels are for Vitis HLS; everything else that g++ sees is an error."""
PLAIN = ("-O2",)
PEELED = ("-fpeel-loops", "--param", "max-completely-peel-times=128", "--param", "max-completely-peeled-insns=4000")
"""Loops over the fields of a word become straight-line code, as they do in hardware."""
ROWS = ("-O3", "-march=native", "-DSR_ROWS", "-Wno-psabi", *PEELED)
"""The same functions, graphs of adders evaluated for a row of positions at once; see evaluation_rows.h."""
RETREATS = ((), ("-fno-tree-sra",), ("-O0",))
"""Flags behind the others, in the order in which they are tried where g++ itself breaks down: GCC 12 does so in layers of zeros."""
BREAKDOWN = "internal compiler error"
COMPILE_SECONDS = 600
RUN_SECONDS = 3600


def sources(network: IntNetwork, plan: HardwarePlan) -> dict[str, bytes]:
    """Path -> content of every C++ file of the C simulation, as an export lays them out."""
    files = {
        "src/network.h": cpp.parameters(plan).encode(),
        "src/top.h": cpp_top.top_header(plan).encode(),
        "src/top.cpp": cpp_top.top_source(plan).encode(),
        "sim/layers.h": cpp_top.layer_list(plan).encode(),
    }
    files |= {f"src/weights/{name}": text.encode() for name, text in cpp.weight_headers(network, plan).items()}
    files |= {f"src/graphs/{name}": text.encode() for name, text in cpp.graph_headers(plan).items()}
    places = {"hls": library.LIBRARY, "sim": library.BENCH, "sim/standin": library.STANDIN, "sim/timed": library.TIMED}
    for place, folder in places.items():
        files |= {f"{place}/{name}": data for name, data in library.files(folder).items()}
    return files


def fastest(plan: HardwarePlan) -> tuple[str, ...]:
    """Flags of the fastest program: rows make graphs of adders faster and nothing else."""
    return ROWS if any(engine.adders for engine in plan.engines) else PLAIN


def compiler() -> str | None:
    """The C++ compiler's path, None when there is none."""
    return shutil.which(os.environ.get("CXX", "g++"))


def compile_command(root: Path, program: Path, flags: Sequence[str], includes: Sequence[str] = ("sim/standin",)) -> list[str]:
    """g++ on a source tree: `includes` are the folders of ap_int.h and hls_stream.h, searched in order."""
    paths = [f"-I{root / name}" for name in ("src", "sim", "hls", *includes)]
    code = [str(root / "src/top.cpp"), str(root / "sim/csim.cpp")]
    return [compiler() or "g++", "-std=c++14", *WARNINGS, "-DSR_PROBE", *flags, *paths, *code, "-o", str(program)]


def build(files: Mapping[str, bytes], flags: Sequence[str] = PLAIN, includes: Sequence[str] = ("sim/standin",)) -> Path:
    """The program of these sources, from the cache when it was built before.

    Raises ExportError with the compiler's first error.
    """
    inputs = (sorted(files.items()), tuple(flags), tuple(includes), compiler_version(), _processor(flags))
    return kept("csim", hashlib.sha256(repr(inputs).encode()).digest(), lambda: _built(files, flags, includes), lambda path: path)


def _built(files: Mapping[str, bytes], flags: Sequence[str], includes: Sequence[str]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="csim") as folder:
        root = Path(folder)
        write_files(root, files)
        for more in RETREATS:
            command = compile_command(root, root / "csim", (*flags, *more), includes)
            done = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_SECONDS, check=False)
            if BREAKDOWN not in done.stderr:
                break
        if done.returncode:
            first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr[:200])
            raise ExportError(f"g++ refuses the C simulation: {first}")
        return (root / "csim").read_bytes()


def run(program: Path, *arguments: str) -> str:
    """What the program prints.  Raises ExportError with its last line when it fails."""
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines() or [f"status {done.returncode}"]
        raise ExportError(f"C simulation: {lines[-1]}")
    return done.stdout


def trace(program: Path, network: IntNetwork, luma: NDArray[Any]) -> dict[str, NDArray[np.int32]]:
    """Every layer's integers, (channels, rows, columns) by layer name, for a (rows, columns) uint8 frame."""
    height, width = luma.shape
    with tempfile.TemporaryDirectory(prefix="csim") as folder:
        source, result = Path(folder) / "in", Path(folder) / "out"
        source.write_bytes(np.ascontiguousarray(luma).tobytes())
        run(program, "trace", str(height), str(width), str(source), str(result))
        values = np.fromfile(result, dtype="<i4")
    taps, at = {}, 0
    for layer in network.layers:
        shape = (height * layer.stride, width * layer.stride, layer.out_channels)
        size = shape[0] * shape[1] * shape[2]
        taps[layer.name] = values[at : at + size].reshape(shape).transpose(2, 0, 1)
        at += size
    if at != len(values):
        raise ExportError(f"C simulation: {len(values)} integers; allowed {at}")
    return taps


def _processor(flags: Sequence[str]) -> str:
    """What -march=native stands for here; a program for it must not be taken from the cache elsewhere."""
    if "-march=native" not in flags:
        return ""
    command = [compiler() or "g++", "-march=native", "-Q", "--help=target"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def compiler_version() -> str:
    """What the C++ compiler prints of its version."""
    done = subprocess.run([compiler() or "g++", "--version"], capture_output=True, text=True, check=False)
    return done.stdout
