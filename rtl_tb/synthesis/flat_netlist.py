"""A small whole design as one flat netlist of UltraScale+ cells, and what simulates it: the evidence for the counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path

from hls_export.file_tree import write_files
from rtl_tb.bench.design import Design
from rtl_tb.synthesis.cells import Cells, count
from rtl_tb.synthesis.netlist import counted
from rtl_tb.tools import build, yosys


def netlisted(design: Design, packed: bool = True) -> tuple[Design, Cells]:
    """The design with its sources replaced by their netlist and the models of its cells; inner streams are gone."""
    files = {**design.sources, **design.memories}
    text, cells = flat(design.top, {"PACKED": str(int(packed))}, files)
    sources = {f"{design.top}.v": text.encode(), **models()}
    return replace(design, sources=sources, memories={}, taps=(), levels=(), has_packed=False), cells


def flat(top: str, parameters: Mapping[str, str], files: Mapping[str, bytes]) -> tuple[str, Cells]:
    """(Verilog of the cells, their counts)."""
    names = sorted(name for name in files if name.endswith(".sv"))
    commands = [
        yosys.read(top, parameters, names),
        *yosys.synthesize(top),
        "tee -q -o cells.json stat -json",
        "write_verilog -noattr -noexpr netlist.v",
    ]
    with build.scratch("netlist") as name:
        folder = Path(name)
        write_files(folder, {**files, **yosys.maps()})
        yosys.run(commands, folder)
        return (folder / "netlist.v").read_text(), count(counted(folder / "cells.json", top))


def models() -> dict[str, bytes]:
    """Yosys's models of the cells, and the one of DSP48E2, which is a black box there."""
    cells = yosys.share() / "xilinx" / "cells_sim.v"
    own = resources.files("rtl_tb").joinpath("tools", "models", "DSP48E2.v")
    return {"cells_sim.v": cells.read_bytes(), "DSP48E2.v": own.read_bytes()}
