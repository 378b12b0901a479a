"""The first gate: slang and Verilator read every source before anything is simulated."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from hls_export.file_tree import write_files
from rtl_tb.errors import REMEDY, MissingToolError
from rtl_tb.tools import build, verilator

NONE: Mapping[str, int | str] = {}


def slang(sources: Mapping[str, bytes], top: str, parameters: Mapping[str, int | str] = NONE) -> list[str]:
    """slang's errors and warnings about the design below `top` with these parameters, one line each.  Raises MissingToolError.

    A cast that is useless for one width of a parameter is needed for another, so those are not told.
    """
    try:
        import pyslang
        from pyslang import ast, syntax
    except ModuleNotFoundError as error:
        raise MissingToolError("slang is not installed", REMEDY) from error
    manager = pyslang.SourceManager()
    trees = [syntax.SyntaxTree.fromText(data.decode(), manager, name) for name, data in _modules(sources).items()]
    options, bag = ast.CompilationOptions(), pyslang.Bag()
    options.topModules = {top}
    options.paramOverrides = [f"{name}={value}" for name, value in parameters.items()]
    bag.compilationOptions = options
    compilation = ast.Compilation(bag)
    for tree in trees:
        compilation.addSyntaxTree(tree)
    diagnostics = pyslang.DiagnosticEngine(manager)
    diagnostics.setWarningOptions(["default", "extra", "no-useless-cast"])
    client = pyslang.TextDiagnosticClient()
    diagnostics.addClient(client)
    for found in compilation.getAllDiagnostics():
        diagnostics.issue(found)
    return [line for line in client.getString().splitlines() if "error:" in line or "warning:" in line]


def verilated(sources: Mapping[str, bytes], top: str, parameters: Mapping[str, int | str] = NONE) -> list[str]:
    """Every warning of `verilator --lint-only -Wall` with these parameters of `top`."""
    with build.scratch("lint") as name:
        folder = Path(name)
        write_files(folder, sources)
        flags = ("--lint-only", "-Wall", "--no-timing", "--language", "1800-2017", "--top-module", top)
        values = [f"-G{name}={value}" for name, value in parameters.items()]
        command = [str(verilator.binary()), *flags, *values, *_modules(sources)]
        done = subprocess.run(command, cwd=folder, env=verilator.environment(), capture_output=True, text=True, check=False)
    return [line for line in done.stderr.splitlines() if line.startswith("%")]


def _modules(sources: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in sorted(sources.items()) if name.endswith((".sv", ".v")) and name != "icarus_bench.sv"}
