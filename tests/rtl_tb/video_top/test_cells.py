"""What video_top takes beside the core: Yosys's cells with sr_top a black box."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hls_export import DEVICES, Target
from hls_export.file_tree import write_files
from hls_export.plan.plan import assemble
from hls_export.writers import sv
from rtl_tb.stimulus import small
from rtl_tb.synthesis.cells import count
from rtl_tb.synthesis.netlist import counted
from rtl_tb.tools import yosys


def test_registers_and_gate_take_few_cells_and_no_multiplier(tmp_path: Path) -> None:
    """For frames of 1920x1080, two pixels an output beat: 309 LUTs and 16 as memory, 342 flip-flops in November 2026."""
    pytest.importorskip("pyosys")
    network = small.network((3,), (3, 3), 2)
    target = Target(1920, 1080, 60.0, 300.0, DEVICES["zu15eg"], engine="folded")
    files = sv.sources(network, assemble(network, target, 2 * 1920 * 1080 + 100_000))
    ports = re.search(r"\) \(.*?\);\n", files["sr_top.sv"].decode(), re.DOTALL)
    assert ports
    files["sr_top.sv"] = f"(* blackbox *)\nmodule sr_top {ports[0][2:]}endmodule\n".encode()
    around = re.sub(r"sr_top #\([^#]*?\n  \) u_core", "sr_top u_core", files["video_top.sv"].decode())
    files["video_top.sv"] = around.encode()
    write_files(tmp_path, files | yosys.maps())
    sources = sorted(name for name in files if name.endswith(".sv"))
    commands = [yosys.read("video_top", {}, sources), *yosys.synthesize("video_top"), "tee -q -o cells.json stat -json"]
    yosys.run(commands, tmp_path)
    cells = count(counted(tmp_path / "cells.json", "video_top"), ("sr_top",))
    print(cells)
    assert (cells.dsp, cells.bram18, cells.uram) == (0, 0, 0)
    assert 200 <= cells.lut + cells.memory_lut <= 400
    assert 250 <= cells.ff <= 450
