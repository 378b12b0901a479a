"""A small network of adders placed, routed and packed for an ECP5, by the command that does it for a whole one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import golden
from rtl_tb.bench.design import exported
from rtl_tb.bench.run import Bench
from rtl_tb.mutants.exported import runs
from rtl_tb.stimulus import small
from rtl_tb.synthesis import pins, place_route
from rtl_tb.tools.verilator import Verilator
from tests.rtl_tb.conftest import needs_verilator

pytest.importorskip("pyosys")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("network") / "small.npz"
    golden.save(small.network((2, 2), (3, 1, 3), style="shifts"), path)
    return path


@pytest.mark.slow
def test_a_bitstream_and_a_clock_come_out(network: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out, bitstream = tmp_path / "route.json", tmp_path / "small.bit"
    arguments = [str(network), "--resolution", "64x48", "--fps", "300", "--device", "ecp5-45", "--seeds", "2"]
    assert place_route.main([*arguments, "--out", str(out), "--bitstream", str(bitstream)]) == 0, capfd.readouterr().err
    facts = json.loads(out.read_text())
    assert set(facts["mhz"]) == {"1", "2"}
    assert facts["asked_mhz"] == 1
    assert facts["median_mhz"] == min(facts["mhz"].values()) > 30
    assert facts["used"]["TRELLIS_COMB"][0] > 100
    assert facts["used"].get("MULT18X18D", [0])[0] == 0
    assert facts["network"].endswith(golden.load(network).hash[:12])
    assert bitstream.read_bytes().startswith(b"\xff\x00Part: LFE5U-45F")
    assert len(bitstream.read_bytes()) > 10_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--device", "kv260"], "--device kv260: cannot be placed here; allowed ecp5-45, ecp5-85"),
        (["--seeds", "0"], "--seeds 0; allowed 1..99"),
        (["--resolution", "1x"], "resolution '1x'"),
    ],
)
def test_what_cannot_be_placed_is_one_line(
    arguments: list[str], message: str, network: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert place_route.main([str(network), *arguments]) == 1
    assert message in capfd.readouterr().err


@needs_verilator
def test_registers_at_the_pins_change_no_beat() -> None:
    """They hear of a reset a clock late, which the bench sees."""
    of = small.network((2, 2), (3, 1, 3))
    design = exported(of, small.planned(of, 2, "adders"))
    text = pins.placed_top(design.top, design.sources[f"{design.top}.sv"].decode()).encode()
    sources = {**design.sources, f"{pins.TOP}.sv": text}
    bench = Bench(replace(design, sources=sources, top=pins.TOP, taps=(), levels=(), has_packed=False), Verilator())
    for scenario, pattern in runs(design):
        outcome = bench.run(scenario, pattern)
        assert [fault for fault in outcome.faults if not fault.endswith("valid in reset")] == []
        assert outcome.compared > 100
