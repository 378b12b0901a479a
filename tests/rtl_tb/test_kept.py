"""What the benches keep of their tools: a program or netlist that was cut or planted is made anew and never run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rtl_tb.bench.design import Instance
from rtl_tb.synthesis import netlist
from rtl_tb.synthesis.cells import Cells
from rtl_tb.tools import icarus, verilator
from rtl_tb.tools.icarus import Icarus
from rtl_tb.tools.verilator import Verilator
from tests.rtl_tb.conftest import needs_icarus, needs_verilator

BENCH = b'module icarus_bench; initial begin $display("ran"); $finish; end endmodule\n'


@pytest.fixture(name="made")
def _made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], list[str]]:
    """Counts how often a function of a module makes something; all of it in a cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def counting(module: Any, name: str) -> list[str]:
        calls: list[str] = []
        make = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *arguments: (calls.append(name), make(*arguments))[1])
        return calls

    return counting


def held(use: Callable[[], Path], calls: list[str]) -> None:
    """Every damage to what `use` gives is seen at its next use, and mended by making it once more."""
    path = use()
    whole = path.read_bytes()
    assert use().read_bytes() == whole
    assert len(calls) == 1
    assert path.stat().st_mode & 0o077 == 0
    for content in (b"", whole[:-1], whole[: len(whole) // 2], b"planted" + whole[7:], Path("/bin/false").read_bytes()):
        before = len(calls)
        path.unlink()
        path.write_bytes(content)
        assert use() == use() == path
        assert (path.read_bytes() != content, len(calls)) == (True, before + 1)


@needs_icarus
def test_a_program_of_icarus_runs_and_heals(made: Callable[[Any, str], list[str]], tmp_path: Path) -> None:
    held(lambda: Path(Icarus().build({"bench.sv": BENCH}).command[2]), made(icarus, "_compiled"))
    assert Icarus().build({"bench.sv": BENCH}).run(tmp_path, []).splitlines()[0] == "ran"


@needs_verilator
def test_a_program_of_verilator_heals(made: Callable[[Any, str], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verilator, "_compiled", lambda sources, wave: Path("/bin/true").read_bytes())
    held(lambda: Path(Verilator().build({"a.sv": b""}).command[0]), made(verilator, "_compiled"))


@needs_verilator
def test_verilators_own_library_heals(made: Callable[[Any, str], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verilator, "_joined_runtime", lambda wave: Path("/bin/true").read_bytes())
    held(lambda: Path(verilator._runtime("")), made(verilator, "_joined_runtime"))


def test_counted_cells_that_were_cut_are_counted_anew(
    made: Callable[[Any, str], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netlist, "_key", lambda *_: "key")
    monkeypatch.setattr(netlist, "_cells", lambda *_: (Cells(lut=3), {}))
    calls, whole = made(netlist, "_cells"), Instance("m", "m", {})
    found = netlist.synthesize(whole, {})
    path = tmp_path / "sr2fpga" / "rtl" / "cells-key.json"
    assert netlist.synthesize(whole, {}) == found
    assert (found.cells.lut, len(calls)) == (3, 1)
    for cut in (b"", path.read_bytes()[:-1], b"\xff"):
        before = len(calls)
        path.write_bytes(cut)
        assert netlist.synthesize(whole, {}).cells == found.cells
        assert json.loads(path.read_text())["cells"]["lut"] == 3
        assert len(calls) == before + 1
