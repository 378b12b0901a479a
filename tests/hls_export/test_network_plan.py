"""A plan in a call: the command's own plan, its export the command's own folder, and short texts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import golden
import hls_export
from hls_export import DEVICES, ExportError, Target, make_plan
from hls_export.__main__ import main
from hls_export.plan import widths
from hls_export.plan.target import LOWEST

NAME = "fsrcnn-s-r-x2-w4a4"


def test_a_plan_is_the_one_that_the_command_makes(tmp_path: Path) -> None:
    plan = hls_export.plan(NAME, "40x36", fps=30, device="zu3eg")
    assert plan.to_json() == make_plan(golden.load(NAME), Target(40, 36, 30.0, LOWEST, DEVICES["zu3eg"])).to_json()
    assert plan.export(tmp_path / "python") == tmp_path / "python"
    asked = ["--resolution", "40x36", "--fps", "30", "--device", "zu3eg"]
    assert main([NAME, "--out", str(tmp_path / "command"), *asked]) == 0
    ours, theirs = (json.loads((tmp_path / name / "manifest.json").read_text())["files"] for name in ("python", "command"))
    assert ours == theirs


def test_every_option_asks_for_what_the_target_has() -> None:
    device = DEVICES["kv260"]
    plan = hls_export.plan(golden.load(NAME), (32, 24), fps=25, device=device, clock_mhz=90.0, engine="adders", pixels_per_clock=2)
    assert plan.target == Target(32, 24, 25, 90.0, device, engine="adders", pixels_per_clock=2)
    given = hls_export.plan(NAME, "32x24", device="lut=99999,dsp=9,bram36=99,part=mine")
    assert given.target.device.part == "mine"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resolution": "big"}, "resolution 'big'; allowed WIDTHxHEIGHT"),
        ({"resolution": "40x36", "device": "zu99"}, "device 'zu99' is not known; allowed zu3eg"),
        ({"resolution": "40x36", "device": "lut=9,dsp=9,bram36=9,part=mine"}, "mine does not hold "),
        ({"resolution": "40x36", "engine": "steam"}, "engine 'steam'; allowed auto, adders, folded"),
        ({"resolution": "40x36", "fps": 0}, "0 fps"),
    ],
)
def test_what_cannot_be_planned_is_refused(options, message) -> None:
    with pytest.raises(ExportError, match=message):
        hls_export.plan(NAME, **options)


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(FileNotFoundError, match="nothing: no such file"):
        hls_export.plan("nothing")


def test_an_export_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ExportError, match="not an empty folder"):
        hls_export.plan(NAME, "40x36", device="zu3eg").export(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_texts_are_short_and_html_is_a_table() -> None:
    plan = hls_export.plan(NAME, "40x36", device="zu3eg")
    text = repr(plan)
    assert len(text) < 300
    assert f"LUT {plan.resources.lut}, DSP {plan.resources.dsp}" in text
    assert plan._repr_html_().count("<td>") == len(plan.figures())


def test_the_functions_name_hides_no_module() -> None:
    assert callable(hls_export.plan)
    assert widths.__name__ == "hls_export.plan.widths"
