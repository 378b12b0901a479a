"""Every SystemVerilog file, exported or of the bench, is read by slang and by `verilator -Wall` without a word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rtl_tb.bench.design import Design, exported
from rtl_tb.bench.harness import harness, library
from rtl_tb.mutants.mutant import edited
from rtl_tb.stimulus import small
from rtl_tb.tools import lint
from tests.rtl_tb.conftest import needs_verilator

ROOT = Path(__file__).parents[2]
SHAPES = {"narrow": (small.NARROW, 3, 6), "wide": (small.WIDE, 2, 40), "one clock a pixel": (small.NARROW, 2, 1)}
TWO_TERMS = {"two terms": (small.WIDE, 2, 6, -2), "two terms, one clock a pixel": (small.NARROW, 3, 1, 3)}
ADDERS = {"adders": (small.NARROW, 3, 1), "adders, two terms": (small.WIDE, 2, 1, -2)}


@pytest.mark.parametrize("folder", ["hls_export/rtl", "rtl_tb/bench/sv", "rtl_tb/formal/sv"])
def test_every_source_has_a_sentence_in_the_readme_and_a_licence(folder: str) -> None:
    sources = sorted(path for path in (ROOT / folder).iterdir() if path.suffix in (".sv", ".cpp"))
    rows = re.findall(r"^\| `(\S+)` \| [A-Z][^|]*\. \|$", (ROOT / folder / "README.md").read_text(), re.MULTILINE)
    assert rows == [path.name for path in sources]
    assert len(rows) >= 10
    for path in sources:
        assert path.read_text().startswith("// SPDX-License-Identifier: Apache-2.0\n// "), path


def bench_of(design: Design, twin: bool = False) -> dict[str, bytes]:
    return library() | dict(design.sources) | {"rtl_bench.sv": harness(design, twin).encode()}


def design_of(name: str) -> Design:
    shape, scale, clocks, *alignment = (SHAPES | TWO_TERMS | ADDERS)[name]
    network = small.network(*shape, scale)
    if alignment:
        network = small.with_residual(network, *alignment)
    return exported(network, small.planned(network, clocks + 2, engine="adders" if name in ADDERS else "folded"))


@pytest.mark.parametrize("twin", [False, True])
@pytest.mark.parametrize("name", [*SHAPES, *TWO_TERMS, *ADDERS])
def test_slang_reads_everything(name: str, twin: bool) -> None:
    pytest.importorskip("pyslang")
    assert lint.slang(bench_of(design_of(name), twin), "rtl_bench") == []


@needs_verilator
@pytest.mark.parametrize("twin", [False, True])
@pytest.mark.parametrize("name", [*SHAPES, *TWO_TERMS, *ADDERS])
def test_verilator_reads_everything(name: str, twin: bool) -> None:
    assert lint.verilated(bench_of(design_of(name), twin), "rtl_bench") == []


@needs_verilator
def test_the_stand_in_is_read_too(standin: Design) -> None:
    files = bench_of(standin)
    assert lint.verilated(files, "rtl_bench") == []
    assert lint.slang(files, "rtl_bench") == []


@needs_verilator
@pytest.mark.parametrize(
    ("old", "new"),
    [(".aclk(clk_i), ", ""), (".frame_height,", ".frame_height(frame_heigth),"), ("logic rst_n,", "logic rst_n, idle,")],
)
def test_a_fault_is_seen(old: str, new: str, standin: Design) -> None:
    files = edited(bench_of(standin), "rtl_bench.sv", old, new)
    assert lint.verilated(files, "rtl_bench")


def test_slang_sees_a_fault(standin: Design) -> None:
    pytest.importorskip("pyslang")
    files = edited(bench_of(standin), "rtl_bench.sv", ".aclk(clk_i), ", "")
    assert any("aclk" in line for line in lint.slang(files, "rtl_bench"))
