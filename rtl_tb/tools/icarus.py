"""Icarus Verilog from apt: an independent, four-state, interpreting simulator; for units and small networks."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from hls_export.file_tree import write_files
from rtl_tb.errors import MissingToolError
from rtl_tb.tools import build
from rtl_tb.tools.simulator import Program

TOP = "icarus_bench"


class Icarus:
    """Four states: what depends on a register that was never written is unknown, and a mismatch."""

    name = "icarus"
    root, single, has_scopes = "icarus_bench.u_bench", "", True
    random_start: tuple[str, ...] = ()

    def available(self) -> None:
        if shutil.which("iverilog") is None or shutil.which("vvp") is None:
            raise MissingToolError("Icarus Verilog is not installed", "apt-get install iverilog")

    def build(self, sources: Mapping[str, bytes], wave: str = "") -> Program:
        """The program of these sources, from the cache when it was built before."""
        self.available()
        modules = {name: data for name, data in sources.items() if name.endswith((".sv", ".v", ".svh", ".vh"))}
        place = build.cache() / build.digest(sorted(modules.items()), version())
        if not place.is_file():
            with build.scratch("icarus") as name:
                folder = Path(name)
                write_files(folder, modules)
                files = [name for name in sorted(modules) if name.endswith((".sv", ".v"))]
                build.execute("iverilog", ["iverilog", "-g2012", "-I.", "-s", TOP, "-o", "bench.vvp", *files], folder)
                (folder / "bench.vvp").replace(place)
        return Program(("vvp", "-n", str(place), *(["-fst"] if wave == "fst" else [])))


@lru_cache(maxsize=1)
def version() -> str:
    """What it says first; its status is not zero where a part of it cannot be asked."""
    done = subprocess.run(["iverilog", "-V"], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).partition("\n")[0]
