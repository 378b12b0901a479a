"""The command: a whole run, and one clear line for everything that a user can get wrong."""

from __future__ import annotations

import html
import re
import shlex
import subprocess
import sys
from argparse import ArgumentParser
from dataclasses import fields, replace
from pathlib import Path

import pytest

import golden
from golden.spec import IntNetwork
from hls_export import Target, options
from hls_export.__main__ import main
from hls_export.plan.devices import DEVICES, device

ASKED = Target(40, 36, 60.0, 5.0, DEVICES["zu3eg"])
OTHERWISE = {
    "width": 41,
    "height": 35,
    "fps": 60000 / 1001,
    "clock_mhz": 148.5,
    "device": device("lut=53200,dsp=220,bram36=140,part=a part,family=7-series"),
    "pixels_in_flight": 16,
    "engine": "adders",
    "pixels_per_clock": 2,
}
GOOD = ["--resolution", "40x36", "--fps", "60", "--clock-mhz", "5", "--device", "zu3eg"]


@pytest.fixture
def file(small: IntNetwork, tmp_path: Path) -> Path:
    golden.save(small, tmp_path / "network.npz")
    return tmp_path / "network.npz"


def test_writes_verifies_and_says_what_was_decided(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file), "--out", str(tmp_path / "out"), *GOOD]) == 0
    said = capsys.readouterr().out
    assert "40x36 to 80x72" in said
    assert re.search(r"\d+ of 360 DSP; estimated \d+ of 70560 LUT", said)
    assert main(["verify", str(tmp_path / "out")]) == 0
    assert "files as they were written" in capsys.readouterr().out


def test_training_facts_beside_the_network_stand_in_the_report(file: Path, tmp_path: Path) -> None:
    file.with_suffix(".json").write_text('{"stages": {"student": {"validation_psnr": 36.5}}}')
    assert main([str(file), "--out", str(tmp_path / "out"), *GOOD]) == 0
    page = (tmp_path / "out/report.html").read_text()
    assert "stages.student.validation_psnr" in page
    assert "36.5000" in page


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--device", "zu99"], "device 'zu99' is not known; allowed zu3eg"),
        (["--resolution", "huge"], "resolution 'huge'; allowed WIDTHxHEIGHT"),
        (["--resolution", "99999x10"], "width 99999; allowed 1..16384"),
        (["--fps", "0"], "0 fps"),
        (["--resolution", "1920x1080", "--clock-mhz", "300", "--fps", "500"], "fps"),
        (["--out", "/proc/none/export"], "/proc/none"),
        (["--graphs", "tests/hls_export"], "tests/hls_export: no adder graph in graphs/; allowed an export with engines of adders"),
    ],
)
def test_one_line_and_nothing_written(
    change: list[str], message: str, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(tmp_path.iterdir())
    assert main([str(file), "--out", str(tmp_path / "out"), *GOOD, *change]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert message in said
    assert sorted(tmp_path.iterdir()) == before


def test_a_network_file_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.npz").write_bytes(b"no zip")
    assert main([str(tmp_path / "x.npz"), "--out", str(tmp_path / "out"), *GOOD]) == 1
    assert main([str(tmp_path / "absent.npz"), "--out", str(tmp_path / "out"), *GOOD]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert "x.npz" in said[0]
    assert "absent.npz" in said[1]


def test_a_device_too_small_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests import networks

    golden.save(networks.fsrcnn(), tmp_path / "n.npz")
    assert main([str(tmp_path / "n.npz"), "--out", str(tmp_path / "out"), "--device", "kv260", "--engine", "folded"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "DSP needed, 1248 there" in said
    assert "device zu15eg" in said


def test_works_without_torch(file: Path, tmp_path: Path) -> None:
    """As a user without the training extra runs it."""
    block = "import sys; sys.modules.update(torch=None, brevitas=None, PIL=None); "
    block += "from hls_export.__main__ import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", block, str(file), "--out", str(tmp_path / "out"), *GOOD], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [field.name for field in fields(Target)])
def test_the_arguments_of_a_target_ask_for_it(name: str) -> None:
    asked = replace(ASKED, **{name: OTHERWISE[name]})
    parser = ArgumentParser()
    options.add_target(parser)
    assert options.target(parser.parse_args(options.arguments(asked))) == asked != ASKED


def test_the_report_tells_how_to_write_the_same_again(file: Path, tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    assert main([str(file), "--out", str(first), *GOOD, "--pixels-per-clock", "2", "--vectors", "small"]) == 0
    (line,) = re.findall(r"python -m hls_export network.npz --out AGAIN .*", html.unescape((first / "report.html").read_text()))
    words = shlex.split(line)[3:]
    assert main([str(first / words[0]), "--out", str(again), *words[3:-1], str(first), "--vectors", "small"]) == 0
    assert (again / "plan.json").read_bytes() == (first / "plan.json").read_bytes()
    assert (again / "rtl/sr_top.sv").read_bytes() == (first / "rtl/sr_top.sv").read_bytes()
