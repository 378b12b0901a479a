"""The results page: generated from its JSON, the JSON measured on what ships, the plots well-formed."""

from __future__ import annotations

import copy
import functools
import json
import math
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import golden
from benchmarks.quality import result_page, results
from benchmarks.quality.curves import plot
from golden import networks
from golden.pictures.scores import PROTOCOLS

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
FOLDER, PAGE = ROOT / results.FOLDER, ROOT / results.PAGE
SHIPPED = [path.stem for path in networks.shipped()]


def scores(device: float) -> dict:
    value = {"psnr": device, "ssim": 0.9}
    return {name: {"images": 2, "paper": value, "device": value} for name in ("embedded", "Set5")}


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder of results: a float student and its networks of 8 bits, of 4, and of 4 but for one layer."""
    (tmp_path / result_page.PUBLISHED).write_text(json.dumps({"rows": [], "drops": [], "device_ceiling": "The ceiling."}))
    common = {"scale": 2, "macs": 100}
    for name, facts, device in (
        ("fsrcnn-x2-float", {"kind": "float"}, 36.5),
        ("fsrcnn-x2-w8a8", {"kind": "integer", "weight_bits": [8], "activation_bits": [8], "mac_bits": 6400}, 36.25),
        ("fsrcnn-x2-w4a4", {"kind": "integer", "weight_bits": [4], "activation_bits": [4], "mac_bits": 1600}, 35.0),
        ("fsrcnn-x2-w4a4-mixed", {"kind": "integer", "weight_bits": [4, 6], "activation_bits": [4], "mac_bits": 1700}, 35.5),
    ):
        (tmp_path / f"{name}.json").write_text(json.dumps({"name": name, "scores": scores(device), **common, **facts}))
    return tmp_path


def test_the_page_and_its_plots_are_what_the_json_gives() -> None:
    generated = result_page.write(FOLDER, PAGE)
    assert {path for path in generated if path.suffix == ".svg"} == set(FOLDER.glob("*.svg"))
    for path, text in generated.items():
        assert path.read_text() == text, f"{path}: run python -m benchmarks.quality.results write"


def test_what_ships_is_what_was_measured() -> None:
    measured = {result["name"]: result for result in result_page.read(FOLDER)}
    assert set(results.everything()) == set(measured)
    for name in SHIPPED:
        assert measured[name]["hash"] == golden.load(networks.named(name)).hash, name
        assert set(result_page.SETS) <= set(measured[name]["scores"]), name


def embedded_scores(result) -> list[float]:
    """What the result says of the embedded frames, in one order."""
    return [result["scores"][results.EMBEDDED][protocol][of] for protocol in PROTOCOLS for of in ("psnr", "ssim")]


@pytest.mark.parametrize("name", ["fsrcnn-x2-w8a8", "fsrcnn-x2-float", "bicubic-x3"])
def test_measuring_again_gives_the_same_digits(name) -> None:
    kept = json.loads((FOLDER / f"{name}.json").read_text())
    again = results.measure(name, [])
    kept_scores, scores = embedded_scores(kept), embedded_scores(again)
    if name.endswith("float"):  # torch adds in another order with another number of threads, which turns single pixels
        assert scores == pytest.approx(kept_scores, abs=5e-4)
    else:
        assert scores == kept_scores
    assert {key: value for key, value in again.items() if key != "scores"} == {k: v for k, v in kept.items() if k != "scores"}


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_network_has_its_provenance(name) -> None:
    path = networks.named(name)
    facts = json.loads(path.with_suffix(".json").read_text())
    assert facts["hash"] == golden.load(path).hash
    assert {"recipe", "stages", "images", "data", "psnr"} <= set(facts)
    kept = json.loads((FOLDER / f"{name}.json").read_text())["scores"]
    assert facts["psnr"] == {key: {p: kept[key][p]["psnr"] for p in ("paper", "device")} for key in result_page.SETS}


def test_rows_drops_and_plots(folder) -> None:
    written = result_page.write(folder, folder.parent / "page.md")
    text = written[folder.parent / "page.md"]
    rows = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| fsrcnn")]
    assert rows == [f"| fsrcnn-x2-{name}" for name in ("float", "w8a8", "w4a4", "w4a4-mixed", "w8a8", "w4a4", "w4a4-mixed")]
    assert "| fsrcnn-x2-w8a8 | -0.25 |" in text
    assert "| fsrcnn-x2-w4a4 | -1.50 |" in text
    assert "| fsrcnn-x2-w4a4-mixed | -1.00 |" in text
    assert "The ceiling." in text
    assert len([path for path in written if path.suffix == ".svg"]) == 2


def test_the_notes_and_the_ablations_are_on_the_page(folder) -> None:
    (folder / result_page.NOTES).write_text("## Notes\n\nSeen.\n")
    (folder / "ablation").mkdir()
    content = {
        "title": "Arms",
        "text": "Steps: 3.",
        "arms": {"plain": {"float": [30.004, 31.0]}, "taught": {"float": [30.5], "4 bits": [29]}},
    }
    (folder / "ablation" / "arms.json").write_text(json.dumps(content))
    text = result_page.write(folder, folder.parent / "page.md")[folder.parent / "page.md"]
    assert "### Arms\n\nSteps: 3.\n\n|  | float | 4 bits |" in text
    assert "| plain | 30.00, 31.00 |  |\n| taught | 30.50 | 29.00 |" in text
    assert text.endswith("## Notes\n\nSeen.\n")


BROKEN = {
    "": "broken.json: not JSON",
    "[]": "broken.json: the whole is '[]'; allowed a table",
    "{}": "broken.json: name is 'missing'; allowed a value",
    '{"scores": 1}': "broken.json: name is 'missing'",
    '{"name": "a", "kind": "float", "scale": true, "scores": {}}': "broken.json: scale is 'True'; allowed 2 or 3 or 4",
    '{"name": "a", "kind": "integer", "scale": 2, "scores": {}}': "broken.json: weight_bits is 'missing'",
    '{"name": "a", "kind": "float", "scale": 2, "scores": {"Set5": []}}': "broken.json: scores.Set5 is '[]'; allowed a table",
    '{"name": "a", "kind": "float", "scale": 2, "scores": {"B": {"images": 1, "paper": {"psnr": 1e9999}}}}': "B.paper.psnr is",
}


@pytest.mark.parametrize(("content", "message"), BROKEN.items())
def test_a_broken_result_is_one_line_that_names_it(folder, capsys, content, message) -> None:
    (folder / "broken.json").write_text(content)
    assert results.main(["write", "--folder", str(folder), "--page", str(folder.parent / "page.md")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("benchmarks.quality.results: ")
    assert message in error
    assert error.count("\n") == 1


VALUES = (None, -1, 0, 1e400, "x", "", [], {}, True, 2**70, 0.5, [1], {"a": 1}, -(2**63), math.nan)


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield from places(one, (*place, key))


@pytest.mark.parametrize("name", ["fsrcnn-r-x2-w4a4.json", "published.json", "ablation/method.json"])
def test_a_result_with_any_other_value_in_any_place_is_a_page_or_one_line(tmp_path, capsys, monkeypatch, name) -> None:
    """Seeded; a traceback would be anything but status 0 or 1.  The same curves are drawn once."""
    drawn: dict[str, str] = {}

    def once(*asked: Any) -> str:
        return drawn.get(repr(asked)) or drawn.setdefault(repr(asked), plot(*asked))

    monkeypatch.setattr(result_page, "plot", once)
    shutil.copytree(FOLDER, tmp_path / "results", ignore=shutil.ignore_patterns("*.md", "*.svg"))
    rng, path, refused = np.random.default_rng(0), tmp_path / "results" / name, 0
    whole = json.loads(path.read_text())
    everywhere = list(places(whole))
    for _ in range(120):
        content = copy.deepcopy(whole)
        *above, last = everywhere[rng.integers(1, len(everywhere))]
        inside = functools.reduce(lambda one, key: one[key], above, content)
        if rng.random() < 0.25:
            del inside[last]
        else:
            inside[last] = VALUES[rng.integers(len(VALUES))]
        path.write_text(json.dumps(content))
        status = results.main(["write", "--folder", str(tmp_path / "results"), "--page", str(tmp_path / "page.md")])
        error = capsys.readouterr().err
        assert (status, error.count("\n")) in ((0, 0), (1, 1)), error
        refused += status
    assert refused > 30


def test_an_unknown_name_is_refused_with_those_there_are(folder, capsys) -> None:
    assert results.main(["measure", "fsrcnn-x9-w8a8", "--folder", str(folder)]) == 1
    assert "no network of that name is in the catalogue; allowed fsrcnn" in capsys.readouterr().err


def ticks(text: str, axis: str) -> list[tuple[float, float]]:
    """Value and place of each tick of the axis "x" or "y"."""
    found = []
    for group in ElementTree.fromstring(text).iter(f"{SVG}g"):
        if group.get("id", "").startswith(f"{axis}tick_"):
            label = next(group.iter(f"{SVG}text"))
            place = float(next(group.iter(f"{SVG}use")).get(axis))
            found.append((float(label.text.replace("\N{MINUS SIGN}", "-")), place))
    return found


def places_of(text: str, name: str) -> list[tuple[float, float]]:
    """Where the curve of that name has its points."""
    curve = next(group for group in ElementTree.fromstring(text).iter(f"{SVG}g") if group.get("id") == name)
    return [(float(mark.get("x")), float(mark.get("y"))) for mark in curve.iter(f"{SVG}use")]


CURVES = {"line": [(1, 31.2), (2, 33.3), (4.4, 32.875)], "level": [(0, 32)], "none": []}


def test_a_plot_places_its_points_by_its_ticks_which_are_round() -> None:
    text = plot("a < b", "x", "y", CURVES)
    for axis, index in (("x", 0), ("y", 1)):
        (first, start), *_, (last, end) = shown = ticks(text, axis)
        steps = np.diff([value for value, _ in shown])
        assert len(shown) >= 4
        assert np.allclose(steps, steps[0])
        assert f"{steps[0]:.0e}"[0] in "125", steps
        assert steps[0] == float(f"{steps[0]:.0e}")
        assert all(math.isclose(value / steps[0], round(value / steps[0])) for value, _ in shown)
        for name in ("line", "level"):
            expected = [start + (point[index] - first) / (last - first) * (end - start) for point in CURVES[name]]
            assert np.allclose([place[index] for place in places_of(text, name)], expected, atol=1e-3)
    with pytest.raises(StopIteration):
        places_of(text, "none")


def test_a_plot_escapes_its_text_and_is_the_same_bytes_every_time(monkeypatch) -> None:
    import matplotlib as mpl

    text = plot("a < b", "x", "y", CURVES)
    assert "a &lt; b" in text
    assert not {"<dc:date>", "matplotlib.org"} & set(re.findall(r"<dc:date>|matplotlib\.org", text))
    monkeypatch.setitem(mpl.rcParams, "lines.linewidth", 7.0)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000")
    assert text == plot("a < b", "x", "y", CURVES)
    for curves in ({}, {"empty": []}):
        with pytest.raises(ValueError, match="'empty': no points"):
            plot("empty", "x", "y", curves)


def test_the_plots_have_the_points_of_the_json() -> None:
    """Every integer network of equal widths once, by bits; every one by work."""
    shown, measured = result_page.plots_of(result_page.read(FOLDER)), result_page.read(FOLDER)
    integer = [r for r in measured if r["kind"] == "integer"]
    counts = {"psnr-bits": sum(r["weight_bits"] == r["activation_bits"] for r in integer), "psnr-mac-bits": len(integer)}
    models = {result_page._model(r) for r in integer}
    assert {name: sum(len(places_of(text, model)) for model in models) for name, text in shown.items()} == counts
    assert [value for value, _ in ticks(shown["psnr-bits"], "x")] == [4, 5, 6, 7, 8]
