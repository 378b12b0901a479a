"""The table of plans: a row for each network and device, with the figures of the plan itself, or what is short."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import golden
from hls_export import DEVICES, Target, make_plan
from hls_export.plan.target import LOWEST
from hls_export.plans import low_resolution, main

SMALL = "fsrcnn-s-r-x2-w4a4"


def rows(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> list[dict[str, object]]:
    assert main([*words, "--json"]) == status
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert isinstance(found, list)
    return found


def test_a_row_has_the_plans_figures(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = rows(capsys, SMALL, "--device", "kv260")
    plan = make_plan(golden.load(SMALL), Target(1920, 1080, 60.0, LOWEST, DEVICES["kv260"]))
    need = plan.resources
    assert (row["network"], row["device"], row["fits"], row["reason"]) == (SMALL, "kv260", True, "")
    assert (row["lut"], row["dsp"], row["bram36"], row["uram"]) == (need.lut, need.dsp, need.bram36, need.uram)
    assert (row["clock_mhz"], row["clocks_per_pixel"], row["fps"]) == (plan.target.clock_mhz, 1, round(plan.fps, 3))
    assert row["lut_share"] == round(need.lut / DEVICES["kv260"].lut, 4)
    assert row["psnr"] == json.loads(golden.load(SMALL).path.with_suffix(".json").read_text())["psnr"]["Set5"]["device"]


def test_without_a_device_every_one_that_has_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, SMALL)
    assert [row["device"] for row in found] == list(DEVICES)
    ecp5, kria = (next(row for row in found if row["device"] == name) for name in ("ecp5-85", "kv260"))
    assert ecp5["lut"] == 2 * kria["lut"]  # of four inputs


def test_a_device_that_is_too_small_and_a_rate_that_is_too_fast_are_rows_with_their_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tiny = "lut=5000,dsp=9,bram36=99,part=tiny"
    small, large = rows(capsys, SMALL, "--device", tiny, "--device", "kv260")
    assert (small["device"], small["fits"], large["fits"]) == ("tiny", False, True)
    assert str(small["reason"]).startswith(f"{small['lut']} LUT (estimate) needed, 5000 there, ")
    (fast,) = rows(capsys, SMALL, "--device", "kv260", "--fps", "999", status=1)
    assert (fast["fits"], fast["lut"]) == (False, None)
    assert "allowed 300 MHz on kv260" in str(fast["reason"])


def test_the_table_has_a_line_for_each_row_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    golden.save(golden.load(SMALL), tmp_path / "mine.npz")
    assert main([SMALL, "mine.npz", "--device", "kv260", "--device", "z7020"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["network", "dB", "device", "LUT", "DSP", "BRAM", "URAM", "MHz", "fps"]
    assert [line.split()[0] for line in lines] == [SMALL, SMALL, "mine", "mine"]
    assert lines[0].split()[1:4] == ["35.89", "kv260", "16575"]
    assert lines[2].split()[1:4] == ["-", "kv260", "16575"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine.npz"]


def test_the_frames_that_leave_are_alike_at_every_scale() -> None:
    assert [low_resolution(scale) for scale in (2, 3, 4)] == ["1920x1080", "1280x720", "960x540"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--device", "zu99"], "device 'zu99' is not known"),
        (["--resolution", "big"], "resolution 'big'"),
        (["nothing"], "nothing: no such file"),
        (["--fps", "0"], "0 fps"),
    ],
)
def test_what_a_user_gets_wrong_is_one_line(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*([] if words == ["nothing"] else [SMALL]), *words]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"hls_export.plans: {message}")
    assert error.count("\n") == 1
