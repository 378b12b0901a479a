"""Static timing: delays that are worked out by hand, a gate that a longer chain fails, and no cell without a delay."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from hls_export import DEVICES, Target, library, make_plan
from hls_export.plan.target import LOWEST
from hls_export.writers import sv
from rtl_tb.bench.design import Instance
from rtl_tb.errors import BenchError
from rtl_tb.mutants.mutant import edited
from rtl_tb.stimulus import small
from rtl_tb.timing import __main__ as command
from rtl_tb.timing.control import LIMIT_NS, MODULES, control
from rtl_tb.timing.delays import MISSING, delays, kind
from rtl_tb.timing.netlist import Cell, Netlist, netlist, parsed
from rtl_tb.timing.paths import NET_PS, Timing
from rtl_tb.timing.report import Report, Slowest, report

pytest.importorskip("pyosys")

FLIP_FLOP, LUT2, NET = 303, 238, NET_PS  # clock to out; its slower input; copied from the models here and nowhere else
CARRY_IN, CARRY_ON, CARRY_OUT = 528, 114, 334  # CARRY4: slowest S to CO[3], CI to CO[3], slowest CI to O
SHIFT_REGISTER, BLOCK_RAM = 1472, 2454
SIZES = """
module sizes (
  input  logic        clk_i,
  input  logic [15:0] a_i, b_i,
  input  logic        one_i, two_i, bit_i,
  input  logic [9:0]  at_i,
  output logic        and_q, late_q,
  output logic [15:0] sum_q,
  output logic [7:0]  read_q,
  output logic        odd_q
);
  logic [15:0] a_q, b_q;
  logic one_q, two_q;
  always_ff @(posedge clk_i) {a_q, b_q, one_q, two_q} <= {a_i, b_i, one_i, two_i};
  always_ff @(posedge clk_i) begin
    and_q <= one_q & two_q;
    sum_q <= a_q + b_q;
  end
  line u_line (.clk_i, .bit_i, .and_i(two_q), .late_q);
  logic [7:0] words[1024];
  logic [7:0] word_q;
  always_ff @(posedge clk_i) begin
    if (one_i) words[at_i] <= a_i[7:0];
    word_q <= words[b_i[9:0]];
    read_q <= word_q;
    odd_q <= ^word_q[1:0];
  end
endmodule
"""
LINE = """
module line (input logic clk_i, bit_i, and_i, output logic late_q);
  logic [7:0] line_q;
  always_ff @(posedge clk_i) begin
    line_q <= {line_q[6:0], bit_i};
    late_q <= line_q[7] & and_i;
  end
endmodule
"""
CHAIN = """
module chain #(parameter int LONGER = 0) (
  input logic clk_i, input logic [15:0] a_i, b_i, c_i, output logic [15:0] sum_q
);
  logic [15:0] a_q, b_q, c_q, two_q;
  always_ff @(posedge clk_i) {a_q, b_q, c_q, two_q} <= {a_i, b_i, c_i, 16'(a_q + b_q)};
  always_ff @(posedge clk_i) sum_q <= (LONGER != 0 ? 16'(a_q + b_q) : two_q) + c_q;
endmodule
"""
FILES = {"sizes.sv": SIZES.encode(), "line.sv": LINE.encode(), "chain.sv": CHAIN.encode()}


@pytest.fixture(scope="module")
def sizes() -> Netlist:
    return netlist(Instance("sizes", "sizes", {}), FILES)


@pytest.fixture(scope="module")
def found(sizes: Netlist) -> Report:
    return report("sizes", Timing(sizes, delays(sizes.cells)), 100)


def _slowest_to(found: Report, end: str) -> Slowest:
    return max((path for path in found.slowest if path.end == end), key=lambda path: path.ps)


def test_one_lut(found: Report) -> None:
    slowest = _slowest_to(found, "and_q")
    assert slowest.ps == FLIP_FLOP + NET + LUT2 + NET
    assert (slowest.levels, slowest.carries, slowest.cells) == (1, 0, ("FDRE", "LUT2", "FDRE.D"))


def test_a_carry_chain_of_16_bits(found: Report) -> None:
    slowest = _slowest_to(found, "sum_q")
    assert slowest.ps == FLIP_FLOP + NET + LUT2 + NET + CARRY_IN + 2 * CARRY_ON + CARRY_OUT + NET
    assert (slowest.levels, slowest.carries) == (2, 4)


def test_a_shift_register_is_slow_and_its_register_lies_in_its_module(found: Report) -> None:
    slowest = _slowest_to(found, "u_line.late_q")
    assert slowest.cells[0] == "SRL16E"
    assert SHIFT_REGISTER + NET + 127 + NET <= slowest.ps <= SHIFT_REGISTER + NET + LUT2 + NET
    assert (slowest.instance, slowest.module) == ("u_line", "line")
    assert found.modules["line"] == slowest.ps


def test_a_block_ram_that_logic_reads_is_named(found: Report) -> None:
    assert found.ps >= BLOCK_RAM + NET
    (name,) = found.unregistered_reads
    assert name.startswith("words")


def test_the_report_is_json_with_the_clocks_elsewhere(found: Report) -> None:
    facts = json.loads(json.dumps(found.to_json()))
    assert facts["mhz"]["artix7 -1"] == round(1e6 / found.ps, 1)
    assert facts["mhz"]["ultrascale+ -2"] > facts["mhz"]["ultrascale+ -1"] > facts["mhz"]["artix7 -1"]
    assert dict(facts["fan_out"])["a_q"] >= 1


def _chain(longer: int) -> command.Design:
    return command.Design("chain", "adders in a row", False, Instance("chain", "chain", {"LONGER": str(longer)}), FILES)


@pytest.mark.parametrize(("longer", "status"), [(0, 0), (1, 1)])
def test_a_longer_chain_fails_the_gate(
    longer: int, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "_designs", lambda options: [_chain(longer)])
    assert command.main(["--limit", "2.6", "--json", str(tmp_path / "timing.json")]) == status
    assert ("over 2.6 ns: chain: " in capsys.readouterr().err) is bool(status)
    (facts,) = json.loads((tmp_path / "timing.json").read_text())
    assert (facts["slowest"][0]["ps"] > 2600) is bool(status)


def test_a_cell_without_a_model_is_an_error(sizes: Netlist) -> None:
    with pytest.raises(BenchError, match="no delay is known of FOO"):
        delays([*sizes.cells, Cell("foo", "FOO", (), {("A", 0): 1}, {("Z", 0): 2})])


def test_an_input_without_a_delay_is_an_error(sizes: Netlist) -> None:
    (ram,) = [cell for cell in sizes.cells if cell.kind.startswith("RAMB")]
    reset = replace(ram, inputs={**ram.inputs, ("RSTRAMB", 0): 1})
    with pytest.raises(BenchError, match=r"words.*no delay is known of RSTRAMB"):
        delays([reset])


def test_an_output_without_a_delay_is_an_error(sizes: Netlist) -> None:
    lut = next(cell for cell in sizes.cells if cell.kind == "LUT2")
    with pytest.raises(BenchError, match="no delay is known of O6"):
        delays([replace(lut, outputs={("O6", 0): 5})])


def test_what_the_models_lack_is_taken_from_the_table(sizes: Netlist) -> None:
    """And what they have is not: none of its inputs may have a time there."""
    for (name, port), (limit, source) in MISSING.items():
        parameters = tuple(sorted({"AREG": "1", "BREG": "1", "MREG": "1", "PREG": "1"}.items())) if name == "DSP48E1" else ()
        cell = Cell("one", name, parameters, {(port, 0): 1}, {})
        known = delays([cell])[kind(cell)]
        assert known.setup[port, 0] == limit
        assert (port, 0) not in known.through
        assert source


def test_a_loop_without_a_register_is_an_error() -> None:
    cells = tuple(Cell(f"lut{at}", "LUT1", (), {("I0", 0): at}, {("O", 0): 1 - at}) for at in (0, 1))
    looped = Netlist("looped", cells, frozenset(), frozenset(), {}, {"": "looped"})
    with pytest.raises(BenchError, match="loop without a register"):
        Timing(looped, delays(cells))


def test_a_cell_that_yosys_left_is_an_error() -> None:
    left = {"type": "$mul", "parameters": {}, "attributes": {}, "port_directions": {}, "connections": {}}
    with pytest.raises(BenchError, match=r"yosys left \$mul"):
        parsed("top", {"cells": {"product": left}, "ports": {}, "netnames": {}})


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_control_keeps_up(module: str) -> None:
    """With a 1080p60 source's 148.5 MHz on an Artix-7 -1, and a margin."""
    found = command.timed(control()[module], library.files(library.RTL), 1)
    assert found.over(LIMIT_NS) == []


FAN_OUT = 320
"""Input pins that a net of the small network may drive, its clock aside."""


@pytest.fixture(scope="module")
def sources() -> dict[str, bytes]:
    """Of a small network with a residual, as adders, for full-size frames: a module of each kind."""
    network = small.with_residual(small.network((2,), (3, 5)), -2)
    return sv.sources(network, make_plan(network, Target(1920, 1080, 60.0, LOWEST, DEVICES["a200t"], engine="adders")))


def _whole(files: dict[str, bytes]) -> Report:
    return command.timed(Instance("small", sv.TOP, {"PACKED": "1"}), files, 20)


@pytest.mark.slow
def test_a_whole_network_keeps_up_and_no_net_drives_too_much(sources: dict[str, bytes]) -> None:
    found = _whole(sources)
    assert found.over(LIMIT_NS) == []
    assert [(name, pins) for name, pins in found.fan_out if pins > FAN_OUT] == []
    assert {"position_control", "window", "tap_rows", "block_requantize", "video_output"} <= found.modules.keys()


@pytest.mark.slow
def test_a_memory_without_its_register_does_not_keep_up(sources: dict[str, bytes]) -> None:
    """And one reset for all processes drives too much."""
    slow = edited(sources, "row_sums.sv", ".REGISTERED(1)", ".REGISTERED(0)")
    top = slow[f"{sv.TOP}.sv"].decode()
    found = _whole({**slow, f"{sv.TOP}.sv": re.sub(r"= !reset_\w+", "= !reset_fork", top).encode()})
    assert {path.module for path in found.over(LIMIT_NS)} >= {"row_memory"}
    name, pins = found.fan_out[0]
    assert name == "reset_fork"
    assert pins > FAN_OUT


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["nowhere"], "nowhere"),
        (["--only", "nothing"], "no process nothing; allowed video_input"),
        (["--paths", "0"], "paths 0; allowed at least 1"),
        (["--limit", "0"], "limit 0 ns; allowed above 0"),
    ],
)
def test_a_users_mistake_is_one_line(words: list[str], error: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(words) == 1
    assert error in capsys.readouterr().err
