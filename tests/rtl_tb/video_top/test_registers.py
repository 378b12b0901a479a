"""The registers in simulation against their SystemRDL source, field by field; and what is committed against what it makes."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest

from hls_export.writers import sv
from hls_export.writers.sv_video import register_facts
from rtl_tb.mutants.mutant import edited
from rtl_tb.registers.__main__ import main
from rtl_tb.registers.pages import HEADER, PAGE
from rtl_tb.registers.table import registers
from rtl_tb.stimulus import small
from tests.rtl_tb.conftest import needs_icarus
from tests.rtl_tb.video_top.runner import failed

pytest.importorskip("systemrdl", reason="no systemrdl-compiler: pip install '.[registers]'")
ROOT = Path(__file__).parents[3]
NETWORK = small.network(*small.NARROW, 2)
PLAN = small.planned(NETWORK, 3)
STANDIN = (Path(__file__).parent / "core_standin.sv").read_bytes()
FILES = {name: data for name, data in sv.sources(NETWORK, PLAN).items() if name.endswith(".sv")} | {"sr_top.sv": STANDIN}


def failures(files: dict[str, bytes], where: Path) -> list[str]:
    table = where / "registers.json"
    table.write_text(json.dumps([asdict(register) for register in registers(register_facts(PLAN))]))
    return failed(files, "registers_in_cocotb", where, {"REGISTERS": str(table)})


@needs_icarus
def test_the_register_file_is_what_the_source_states(tmp_path: Path) -> None:
    assert failures(FILES, tmp_path) == []


BUS = "axi_lite_slave.sv"
REGISTERS = "register_file.sv"
MUTANTS = {
    "a clear loses the fault of its clock": (
        REGISTERS,
        "(status_q & ~status_clear) | faults_i",
        "(status_q | faults_i) & ~status_clear",
    ),
    "a clear loses the pending of its clock": (
        REGISTERS,
        "(pending_q & ~pending_clear) | happens",
        "(pending_q | happens) & ~pending_clear",
    ),
    "a clear takes all faults": (REGISTERS, "write_word_i == Status ? ones[4:0]", "write_word_i == Status ? {5{|ones[4:0]}}"),
    "a written 0 clears": (REGISTERS, "== Status ? ones[4:0]", "== Status ? ~ones[4:0]"),
    "strobes of a clear ignored": (REGISTERS, "== Status ? ones[4:0]", "== Status ? write_data_i[4:0]"),
    "strobes ignored": (REGISTERS, "(frame_width_q & ~mask) | ones", "write_data_i[15:0]"),
    "the other byte's strobe": (
        REGISTERS,
        "{{8{write_strobe_i[1]}}, {8{write_strobe_i[0]}}}",
        "{{8{write_strobe_i[0]}}, {8{write_strobe_i[1]}}}",
    ),
    "width a word later": (REGISTERS, "FrameWidth = 10'h06", "FrameWidth = 10'h07"),
    "a bit too few": (REGISTERS, "{16'd0, frame_width_q}", "{17'd0, frame_width_q[14:0]}"),
    "a bit that the source reserves": (
        REGISTERS,
        "{30'd0, interrupt_enable_q}",
        "{29'd0, interrupt_enable_q[1], interrupt_enable_q}",
    ),
    "another reset value": (
        REGISTERS,
        "{frame_height_q, frame_width_q} <= max_size_i",
        "{frame_width_q, frame_height_q} <= max_size_i",
    ),
    "size survives reset": (REGISTERS, "      {frame_height_q, frame_width_q} <= max_size_i;\n", ""),
    "hash from its end": (REGISTERS, "32*(7-i)", "32*i"),
    "another version": (REGISTERS, "32'h0001_0000", "32'h0001_0001"),
    "faults of one clock counted once": (REGISTERS, "32'(num_faults)", "32'(|faults_i)"),
    "soft reset not shown": (REGISTERS, "write_word_i == Control && ones[1]", "write_word_i == Control"),
    "interrupt of what is not enabled": (REGISTERS, "|(pending_q & interrupt_enable_q)", "|pending_q"),
    "an address seen in part": (REGISTERS, "case (read_word_i)", "case ({2'd0, read_word_i[7:0]})"),
    "a word of the hash seen in part": (REGISTERS, "read_word_i == {NetworkHash,", "{1'b0, read_word_i[8:0]} == {NetworkHash,"),
    "a write without its data": (BUS, "write_o = address_q && data_q &&", "write_o = address_q &&"),
    "a write without its address": (BUS, "write_o = address_q && data_q &&", "write_o = data_q &&"),
    "an answer that outlives a reset": (BUS, "asked_q, b_valid_q, r_valid_q} <= '0", "asked_q, r_valid_q} <= '0"),
    "an address that outlives a reset": (BUS, "{awake_q, address_q, data_q,", "{awake_q, data_q,"),
    "an answer that falls": (BUS, "write_o || (b_valid_q && !s_axi_control_bready)", "write_o"),
    "a write does not wait for the answer before": (BUS, "(!b_valid_q || s_axi_control_bready)", "1'b1"),
    "a read does not wait for the answer before": (BUS, "(!r_valid_q || s_axi_control_rready)", "1'b1"),
    "an answer that changes": (BUS, "if (answer) read_data_q", "read_data_q"),
    "an address that changes": (BUS, "if (!address_q) write_word_q", "write_word_q"),
    "data that change": (BUS, "if (!data_q) {write", "{write"),
    "capabilities swapped": ("video_top.sv", "8'd8, 8'd2}", "8'd2, 8'd8}"),
}


@needs_icarus
@pytest.mark.parametrize("fault", MUTANTS)
def test_a_fault_is_caught(fault: str, tmp_path: Path) -> None:
    assert failures(edited(FILES, *MUTANTS[fault]), tmp_path)


def test_what_is_committed_is_what_the_source_makes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(ROOT), "--check"]) == 0
    for name in (PAGE, HEADER):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / HEADER).write_text((ROOT / HEADER).read_text().replace("0x18", "0x1c"))
    assert main(["--root", str(tmp_path), "--check"]) == 1
    assert f"{tmp_path / HEADER}: not what registers.rdl makes" in capsys.readouterr().err
    assert main(["--root", str(tmp_path)]) == 0
    assert (tmp_path / HEADER).read_text() == (ROOT / HEADER).read_text()


C_PROGRAM = """#include "registers.h"
#include <stddef.h>
%s
int main(void) { return 0; }
"""


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc")
def test_the_header_compiles_and_has_every_offset_and_mask(tmp_path: Path) -> None:
    lines = []
    for register in registers():
        name = register.name.upper()
        lines.append(f'static_assert(offsetof(video_top_t, {register.name}) == {register.offset}, "offset");')
        lines.append(f'static_assert(VIDEO_TOP__{name}_offset == {register.offset}, "offset");')
        if not name.startswith("NETWORK_HASH"):
            masks = [(f"VIDEO_TOP__{name}__{field.name.upper()}_bm", field.mask) for field in register.fields]
            lines += [f'static_assert({macro} == {mask}u, "mask");' for macro, mask in masks]
    (tmp_path / "t.c").write_text(C_PROGRAM % "\n".join(lines))
    command = ["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{(ROOT / HEADER).parent}", "t.c"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
