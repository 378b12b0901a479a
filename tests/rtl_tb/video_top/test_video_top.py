"""video_top around a small network in Icarus: registers, enable, soft reset, faults and counters, the output against golden."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import golden
from hls_export import HardwarePlan
from hls_export.writers import sv
from hls_export.writers.sv_video import register_facts
from rtl_tb.mutants.mutant import edited
from rtl_tb.stimulus import small
from rtl_tb.tools import lint
from tests.rtl_tb.conftest import needs_icarus, needs_verilator
from tests.rtl_tb.video_top.runner import failed

NETWORK = small.network((3,), (3, 3), 2, seed=6)
PLAN = small.planned(NETWORK, 3)
FILES = sv.sources(NETWORK, PLAN)
SWAPPED = ".aresetn(core_rst_n),\n    .frame_height(frame_width),\n    .frame_width(frame_height),"


def failures(files: Mapping[str, bytes], where: Path, test: str = "", plan: HardwarePlan = PLAN) -> list[str]:
    """Of the tests whose name contains `test`."""
    where.mkdir(exist_ok=True)
    golden.save(NETWORK, where / "network.npz")
    facts = {name: str(value) for name, value in register_facts(plan).items()}
    return failed(files, "video_top_in_cocotb", where, facts | {"NETWORK": str(where / "network.npz")}, test)


@needs_icarus
def test_a_program_can_rely_on_it(tmp_path: Path) -> None:
    assert failures(FILES, tmp_path) == []


@needs_icarus
def test_two_pixels_a_clock(tmp_path: Path) -> None:
    pytest.importorskip("da4ml")
    plan = small.planned(NETWORK, 1, "adders", pixels=2)
    assert failures(sv.sources(NETWORK, plan), tmp_path, plan=plan) == []


TOP, GATE, TRACKER = "video_top.sv", "frame_gate.sv", "frame_tracker.sv"
SHALLOW = edited(FILES, TOP, ".MAX_HEIGHT(MaxHeight)\n", ".MAX_HEIGHT(MaxHeight), .DEPTH(2)\n")
PASS, WHOLE, RESET, WAITS = "frames_pass", "ends_whole", "soft_reset_at_any_time", "while_the_sink_waits"
WITH = "comes_with_the_soft_reset"
FAULTS, CLOSED, MANY = "a_fault_is_kept", "a_closed_gate", "more_small_frames"


def reset_of(instance: str, old: str) -> tuple[str, str, str]:
    """The edit of video_top that gives an instance the other reset."""
    new = {"aresetn": "core_rst_n", "core_rst_n": "aresetn"}[old]
    return (TOP, *(f"{instance} (\n    .clk_i(aclk),\n    .rst_ni({name})" for name in (old, new)))


MUTANTS = {
    "the enable acts at once": (WHOLE, GATE, ": open_q);", ": enable_i);"),
    "the enable never ends": (WHOLE, GATE, "(enable_i && room_i)", "room_i"),
    "what was offered is withdrawn": (MANY, GATE, "offered_q || (enable_i", "(enable_i && !offered_q"),
    "the gate never opens again": (PASS, GATE, "open_q <= enable_i ||", "open_q <="),
    "a beat without its frame passes": (CLOSED, GATE, ": open_q);", ": 1'b1);"),
    "a frame goes in during the reset": (WITH, GATE, "pass = rst_ni && (", "pass = (rst_ni || enable_i) && ("),
    "soft reset does not reach the core": (RESET, TOP, ".aresetn(core_rst_n),", ".aresetn,"),
    "soft reset does not reach the count": (RESET, *reset_of("u_tracker", "core_rst_n")),
    "soft reset drops an offered beat": (WAITS, *reset_of("u_output", "aresetn")),
    "soft reset drops a beat that waits": (WITH, *reset_of("u_input", "aresetn")),
    "soft reset stops the bus": (RESET, *reset_of("u_control", "aresetn")),
    "soft reset clears the registers": (RESET, *reset_of("u_registers", "aresetn")),
    "height and width swapped": (PASS, TOP, ".aresetn(core_rst_n),\n    .frame_height,\n    .frame_width,", SWAPPED),
    "faults kept until a clear": (FAULTS, TOP, ".status_clear(1'b1)", ".status_clear(1'b0)"),
    "the core's clear loses the fault of its clock": (FAULTS, "sr_top.sv", "'0 : status) | faults;", "'0 : status | faults);"),
    "SOF lost on the way in": (PASS, TOP, ".s_axis_video_tuser(sof)", ".s_axis_video_tuser(1'b0)"),
    "an EOL counted as a frame": (PASS, TRACKER, "ends_o = m_last_i && last_line", "ends_o = m_last_i"),
    "a frame a line short": (PASS, TRACKER, "20'(SCALE) - 20'd1", "20'(SCALE) - 20'd2"),
    "the height of another frame": (PASS, TRACKER, ".m_ready_i(ends_frame)", ".m_ready_i(ends_line)"),
    "a refused frame counted as inside": (FAULTS, TRACKER, "begins_i && fits", "begins_i"),
    "done before the sink took it": (PASS, TOP, " && m_axis_video_tvalid && m_axis_video_tready", ""),
    "not busy while frames are inside": (PASS, TOP, "busy_i(busy || gate_valid ||", "busy_i(gate_valid ||"),
}  # fmt: skip


@needs_icarus
@pytest.mark.parametrize("fault", MUTANTS)
def test_a_fault_is_caught(fault: str, tmp_path: Path) -> None:
    test, *edit = MUTANTS[fault]
    assert failures(edited(FILES, *edit), tmp_path, test)


@needs_icarus
def test_a_core_that_holds_more_frames_than_are_followed_is_kept_waiting(tmp_path: Path) -> None:
    assert failures(SHALLOW, tmp_path / "right", MANY) == []
    assert failures(edited(SHALLOW, GATE, "(enable_i && room_i)", "enable_i"), tmp_path / "wrong", MANY)


@pytest.mark.parametrize("clocks", [2, 6])
def test_slang_reads_it(clocks: int) -> None:
    pytest.importorskip("pyslang")
    assert lint.slang(sv.sources(NETWORK, small.planned(NETWORK, clocks)), "video_top") == []


@needs_verilator
def test_verilator_reads_it() -> None:
    assert lint.verilated(FILES, "video_top") == []
    assert lint.verilated(edited(FILES, TOP, ".room_i(room),", ""), "video_top")
