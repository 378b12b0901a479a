"""Icarus Verilog from apt: an independent, four-state, interpreting simulator; for units and small networks."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from golden.compiled.cache import kept
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
        key = bytes.fromhex(build.digest(sorted(modules.items()), version()))
        shown = ["-fst"] if wave == "fst" else []
        use = lambda path: Program(("vvp", "-n", str(path), *shown))  # noqa: E731
        return kept("rtl", key, lambda: _compiled(modules), use, comment=b"# ")


def _compiled(modules: Mapping[str, bytes]) -> bytes:
    """The program, which is text for vvp."""
    with build.scratch("icarus") as name:
        folder = Path(name)
        write_files(folder, modules)
        files = [name for name in sorted(modules) if name.endswith((".sv", ".v"))]
        build.execute("iverilog", ["iverilog", "-g2012", "-I.", "-s", TOP, "-o", "bench.vvp", *files], folder)
        return (folder / "bench.vvp").read_bytes()


@lru_cache(maxsize=1)
def version() -> str:
    """What it says first; its status is not zero where a part of it cannot be asked."""
    done = subprocess.run(["iverilog", "-V"], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).partition("\n")[0]
