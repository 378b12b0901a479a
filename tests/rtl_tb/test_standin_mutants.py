"""Every check of the bench catches the fault that it is there for: one edit of the stand-in, of its parts or of the bench each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rtl_tb.bench import harness as harnesses
from rtl_tb.bench.design import Design
from rtl_tb.bench.run import Bench
from rtl_tb.errors import BenchError
from rtl_tb.mutants.mutant import Mutant, edited
from rtl_tb.stimulus import scenarios, stalls
from rtl_tb.stimulus.scenarios import Setting
from rtl_tb.tools.icarus import Icarus
from tests.rtl_tb.conftest import needs_icarus

TOP, INPUT, SKID = "nearest.sv", "video_input.sv", "skid_buffer.sv"
BLINKING = """logic on_q = 1'b0;
  always_ff @(posedge aclk) on_q <= !on_q;
  assign m_axis_video_tvalid = valid_q && on_q;"""
MUTANTS = {
    Mutant("tvalid dropped before ready", TOP, "assign m_axis_video_tvalid = valid_q;", BLINKING): "valid dropped",
    Mutant("payload changes before ready", TOP, "? 16'd0 : {right", "? {16{m_axis_video_tready}} : {right"): "payload changed",
    Mutant("valid in reset", TOP, "tvalid = valid_q;", "tvalid = valid_q || !aresetn;"): "valid in reset",
    Mutant("a register without reset", TOP, "      column_q <= '0;\n      row_q", "      row_q"): "layer 'deconvolution'",
    Mutant("SOF on every line", TOP, "first_q <= row_q == '0;", "first_q <= 1'b1;"): "tuser is 1, golden 0",
    Mutant("SOF inside a line", TOP, "        first_q <= 1'b0;\n", ""): "SOF inside a line",
    Mutant("no SOF", TOP, "tuser[0] = first_q", "tuser[0] = 1'b0"): "the first beat is no SOF",
    Mutant(
        "EOL one beat early", TOP, "tlast = ends_line;", "tlast = !ends_line && column_q + 16'd4 >= width;"
    ): "tlast is 1, golden 0",
    Mutant("tkeep with a gap", TOP, "4'b0011 : 4'b1111", "4'b0101 : 4'b1111"): "tkeep has a gap",
    Mutant("tkeep not full inside a line", TOP, "odd_end ? 4'b0011 : 4'b1111", "ends_line ? 4'b1111 : 4'b0011"): "tkeep",
    Mutant(
        "every second beat dropped", TOP, "ends_line ? '0 : column_q + 16'd2;", "ends_line ? '0 : column_q + 16'd4;"
    ): "the first missing is",
    Mutant(
        "a line doubled", TOP, "if (ends_line && second_q) begin", "if (ends_line && second_q && left != 8'd77) begin"
    ): "too many",
    Mutant("stuck ready", TOP, "ready = filling_q;", "ready = filling_q && row_q != 16'd9;"): "watchdog: no beat moved",
    Mutant("ready never", TOP, "ready = filling_q;", "ready = 1'b0;"): "watchdog: no beat moved",
    Mutant("frames run together", TOP, "row_q == height - 16'd1 ? '0", "row_q == 16'd60000 ? '0"): "tuser is 0, golden 1",
    Mutant("pixels swapped", TOP, "{right, right}, left, left}", "{left, left}, right, right}"): "layer 'deconvolution'",
    Mutant(
        "a bit in a hidden layer", TOP, ".m_data_o(tap_conv0_data)", ".m_data_o({tap_conv0_data[7:1], unused})"
    ): "layer 'conv0'",
    Mutant("status stays", TOP, "status_clear ? 5'd0 : status_q", "status_q"): "status",
    Mutant("a status bit lost", TOP, ": status_q) | pulses", ": status_q) | (pulses & 5'b10111)"): "needed",
    Mutant("an early SOF forgotten", INPUT, "held_q <= sof ||", "held_q <= (sof && !active_q) ||"): "conv0",
    Mutant("height taken for the width", INPUT, "held_width_q <= frame_width_i", "held_width_q <= frame_height_i"): "conv0",
    Mutant("black is white", INPUT, "!beat_pixel ? '0", "!beat_pixel ? '1"): "layer 'conv0'",
    Mutant("skid register lost", SKID, "data_q <= skid_valid_q ? skid_data_q : s_data_i", "data_q <= s_data_i"): "layer 'conv0'",
    Mutant("beats of some values lost", SKID, "s_valid_i && ready_q;", "s_valid_i && ready_q && s_data_i[2:0] != 3'd5;"): "conv0",
    Mutant("unknown status", TOP, "status = status_q;", "status = {status_q[4:1], 1'bx};"): "status",
}
SETS = ("shapes", "reset", "faults")


def _faults(design: Design, setting: Setting, words: str = "") -> list[str]:
    """Everything found, up to the first fault with these words."""
    bench = Bench(design, Icarus())
    found = []
    for scenario in scenarios.chosen(SETS, setting):
        for pattern in (stalls.NONE, stalls.NAMED["sink"], stalls.NAMED["both"]):
            found += bench.run(scenario, pattern).faults
            if words and any(words in fault for fault in found):
                return found
    return found


@needs_icarus
def test_without_a_mutant_nothing_is_found(standin: Design, setting: Setting) -> None:
    assert _faults(standin, setting) == []


@needs_icarus
@pytest.mark.parametrize(("mutant", "words"), MUTANTS.items(), ids=[mutant.fault for mutant in MUTANTS])
def test_the_fault_is_found_and_named(mutant: Mutant, words: str, standin: Design, setting: Setting) -> None:
    found = _faults(mutant.planted(standin), setting, words)
    assert any(words in fault for fault in found), found


@needs_icarus
def test_a_source_that_breaks_the_handshake_is_seen(standin: Design, setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    library = edited(harnesses.library(), "stream_source.sv", ".step_i(!valid_o || ready_i)", ".step_i(1'b1)")
    monkeypatch.setattr("rtl_tb.bench.run.library", lambda: library)
    found = Bench(standin, Icarus()).run(scenarios.shapes(setting)[0], stalls.NAMED["both"]).faults
    assert any("protocol of s_axis_video" in fault and "valid dropped" in fault for fault in found), found


@needs_icarus
def test_a_run_that_does_not_end_by_itself_fails(standin: Design, setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    library = edited(harnesses.library(), "bench_control.sv", '$display("DONE %0d", clock_q);', "")
    monkeypatch.setattr("rtl_tb.bench.run.library", lambda: library)
    found = Bench(standin, Icarus()).run(scenarios.shapes(setting)[0]).faults
    assert "the bench did not come to its end" in found


@needs_icarus
def test_a_stimulus_cut_short_is_seen(standin: Design, setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(standin, Icarus())
    whole = scenarios.shapes(setting)[0]
    from rtl_tb.bench import run as module

    def cut(*arguments: object) -> object:
        stimulus, expected = compiled(*arguments)
        return stimulus[: 21 * 100], expected

    compiled = module.compiled
    monkeypatch.setattr(module, "compiled", cut)
    found = bench.run(whole).faults
    assert any("the stimulus has no end" in fault for fault in found), found
    assert any("missing" in fault for fault in found), found


def test_a_mutant_must_apply_exactly_once(standin: Design) -> None:
    for mutant in (
        Mutant("absent", TOP, "not there", ""),
        Mutant("twice", TOP, "column_q", ""),
        Mutant("no file", "a.sv", "a", "b"),
    ):
        with pytest.raises(BenchError, match="allowed o"):
            mutant.planted(standin)


@needs_icarus
def test_a_mutant_that_does_not_build_proves_nothing(standin: Design) -> None:
    with pytest.raises(BenchError, match="iverilog"):
        Bench(replace(standin, sources=edited(standin.sources, TOP, "endmodule", "")), Icarus())
