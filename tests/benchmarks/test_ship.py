"""Shipping: the run's files under the catalogue's name, and names that do not fit refused."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

import golden
from benchmarks.quality import ship
from qat import students
from qat.training.float_student import load_float_student


def test_a_run_is_shipped_with_its_provenance(finished, tmp_path) -> None:
    assert ship.main([str(finished), "fsrcnn-r-x2-w8a8", "--history", "Twice.", "--folder", str(tmp_path)]) == 0
    network = golden.load(tmp_path / "fsrcnn-r-x2-w8a8.npz")
    facts = json.loads((tmp_path / "fsrcnn-r-x2-w8a8.json").read_text())
    assert facts["hash"] == network.hash
    assert facts["start"] is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fsrcnn-r-x2-w8a8.json", "fsrcnn-r-x2-w8a8.npz"]
    assert facts["history"] == "Twice."
    assert len(facts["data"]["sha256"]) == 64
    assert {"recipe", "stages", "images"} <= set(facts)


def test_the_float_student_of_a_run_is_shipped(finished, tmp_path) -> None:
    assert ship.main([str(finished), "fsrcnn-s-r-x2-float", "--folder", str(tmp_path)]) == 0
    assert load_float_student(tmp_path / "fsrcnn-s-r-x2-float.safetensors").shape.scale == 2
    assert "recipe" in json.loads((tmp_path / "fsrcnn-s-r-x2-float.json").read_text())


def test_a_layer_of_another_width_is_in_the_name(finished, tmp_path, capsys) -> None:
    run, folder = shutil.copytree(finished, tmp_path / "run"), tmp_path / "catalogue"
    folder.mkdir()
    facts = json.loads((run / "network.json").read_text())
    facts["recipe"]["quantization"]["overrides"] = {"mapping1": {"weight": 6, "activation": 8}}
    (run / "network.json").write_text(json.dumps(facts))
    assert ship.main([str(run), "fsrcnn-r-x2-w8a8", "--folder", str(folder)]) == 1
    assert (
        "'fsrcnn-r-x2-w8a8' for a run of x2-w8a8-mixed with a residual; allowed fsrcnn-r-x2-w8a8-mixed or "
        in capsys.readouterr().err
    )
    assert ship.main([str(run), "fsrcnn-r-x2-w8a8-mixed", "--folder", str(folder)]) == 0
    assert (folder / "fsrcnn-r-x2-w8a8-mixed.npz").is_file()


SHIPPED = students.named("fsrcnn-s-x2-float")


@pytest.mark.parametrize(
    ("start", "facts", "shipped"),
    [
        ("", {"start": None}, None),
        ("fsrcnn-s-x2-float", {"start": students.origin("fsrcnn-s-x2-float")}, {"name": SHIPPED.stem, "sha256": ...}),
        (str(SHIPPED), {"start": students.origin(str(SHIPPED))}, {"name": SHIPPED.stem, "sha256": ...}),
        (__file__, {"start": students.origin(__file__)}, {"sha256": ...}),
        ("/tmp/runs/x/student.safetensors", {}, students.NOT_KEPT),
    ],
)
def test_a_start_is_shipped_by_name_and_content_never_as_a_path(finished, tmp_path, start, facts, shipped) -> None:
    run, folder = shutil.copytree(finished, tmp_path / "run"), tmp_path / "catalogue"
    folder.mkdir()
    content = json.loads((run / "network.json").read_text())
    del content["start"]
    content["recipe"]["start"] = start
    content["recipe"]["teacher"]["file"] = "/tmp/runs/x/teacher.ckpt"
    (run / "network.json").write_text(json.dumps(content | facts))
    assert ship.main([str(run), "fsrcnn-r-x2-w8a8", "--folder", str(folder)]) == 0
    kept = json.loads((folder / "fsrcnn-r-x2-w8a8.json").read_text())
    assert "start" not in kept["recipe"]
    assert "/tmp/runs" not in json.dumps(kept)
    if isinstance(shipped, dict):
        shipped = shipped | {"sha256": hashlib.sha256(Path(start if Path(start).exists() else SHIPPED).read_bytes()).hexdigest()}
    assert kept["start"] == shipped


@pytest.mark.parametrize(
    "name", ["fsrcnn-r-x3-w8a8", "fsrcnn-r-x2-w4a8", "fsrcnn-r-x2-w8a8-mixed", "fsrcnn-x2-w8a8", "other-x2-w8a8", "fsrcnn-x4-float"]
)
def test_a_name_that_does_not_fit_is_refused_in_one_line(finished, tmp_path, capsys, name) -> None:
    assert ship.main([str(finished), name, "--folder", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert f"benchmarks.quality.ship: '{name}' for a run of x2-" in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "[]", "{}"])
def test_a_folder_without_facts_is_refused_in_one_line(tmp_path, capsys, content) -> None:
    (tmp_path / "network.json").write_text(content)
    assert ship.main([str(tmp_path), "fsrcnn-r-x2-w8a8", "--folder", str(tmp_path)]) == 1
    assert "network.json: not the facts of a run" in capsys.readouterr().err
