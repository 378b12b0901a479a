"""Shipping into the package: a run's files under the name that says what they are, and what ships replaced on request alone."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

import golden
from benchmarks.quality import ship
from golden import networks
from qat import students
from qat.training.float_student import load_float_student

NETWORK, FLOAT = "fsrcnn-s-r-x2-w8a8", "fsrcnn-s-r-x2-float"
MIXED = "fsrcnn-r-x2-w4a4-mixed"


def run_of(name: str, folder: Path) -> Path:
    """A run's folder as `qat.distill` leaves it, with the shipped network of that name and the float student of its sizes."""
    folder.mkdir()
    path = networks.named(name)
    facts = json.loads(path.with_suffix(".json").read_text())
    recipe = facts["recipe"] | {"start": ""}
    kept = {table: value for table, value in recipe.items() if table in ("network", "data", "seed", "start", "teacher", "name")}
    kept["network"] = {key: value for key, value in recipe["network"].items() if key != "preset"}
    kept["data"] = {key: recipe["data"][key] for key in ("batch", "patch")}
    kept["teacher"] = {"steps": 0}
    shutil.copy(path, folder / "network.npz")
    shutil.copy(students.named(FLOAT), folder / "student.safetensors")
    (folder / "network.json").write_text(json.dumps(facts | {"recipe": kept, "start": None}))
    return folder


@pytest.fixture(name="run")
def _run(tmp_path) -> Path:
    return run_of(NETWORK, tmp_path / "run")


@pytest.fixture(name="folder")
def _folder(tmp_path) -> Path:
    (tmp_path / "catalogue").mkdir()
    return tmp_path / "catalogue"


def refused(capsys, *words) -> str:
    assert ship.main([str(word) for word in words]) == 1
    error = capsys.readouterr().err
    assert error.startswith("benchmarks.quality.ship: ")
    assert error.count("\n") == 1
    return error


def test_a_run_is_shipped_with_its_provenance(run, folder) -> None:
    assert ship.main([str(run), NETWORK, "--history", "Twice.", "--folder", str(folder)]) == 0
    network = golden.load(folder / f"{NETWORK}.npz")
    facts = json.loads((folder / f"{NETWORK}.json").read_text())
    assert facts["hash"] == network.hash
    assert facts["start"] is None
    assert sorted(path.name for path in folder.iterdir()) == [f"{NETWORK}.json", f"{NETWORK}.npz"]
    assert facts["history"] == "Twice."
    assert len(facts["data"]["sha256"]) == 64
    assert {"recipe", "stages", "images"} <= set(facts)
    assert "psnr" not in facts


def test_a_run_of_the_command_is_shipped_only_if_its_sizes_have_a_name(finished, folder, capsys) -> None:
    """The tiny run, of no preset: all its facts are there, and its sizes are what is refused."""
    assert "allowed a network of sizes that have a name" in refused(capsys, finished, "fsrcnn-r-x2-w8a8", "--folder", folder)
    assert "allowed a network of sizes that have a name" in refused(capsys, finished, "fsrcnn-s-r-x2-float", "--folder", folder)
    assert list(folder.iterdir()) == []


def test_the_float_student_of_a_run_is_shipped(run, folder) -> None:
    assert ship.main([str(run), FLOAT, "--folder", str(folder)]) == 0
    assert load_float_student(folder / f"{FLOAT}.safetensors").shape.scale == 2
    facts = json.loads((folder / f"{FLOAT}.json").read_text())
    assert "recipe" in facts
    assert "hash" not in facts


def test_nothing_that_ships_is_replaced_unless_it_is_asked(run, folder, capsys) -> None:
    """Today's danger: a second run under the name of a shipped network, into the installed package."""
    before = networks.named(NETWORK).read_bytes()
    assert f"{NETWORK}.npz: is there, and is not overwritten" in refused(capsys, run, NETWORK)
    assert networks.named(NETWORK).read_bytes() == before
    (folder / f"{NETWORK}.npz").write_text("old")
    assert "is not overwritten" in refused(capsys, run, NETWORK, "--folder", folder)
    assert (folder / f"{NETWORK}.npz").read_text() == "old"
    assert ship.main([str(run), NETWORK, "--folder", str(folder), "--replace"]) == 0
    assert golden.load(folder / f"{NETWORK}.npz").scale == 2


def test_a_layer_of_another_width_is_in_the_name(tmp_path, folder, capsys) -> None:
    run = run_of(MIXED, tmp_path / "mixed")
    plain = MIXED.removesuffix(networks.MIXED)
    assert f"'{plain}' for x2 network " in refused(capsys, run, plain, "--folder", folder)
    assert ship.main([str(run), MIXED, "--folder", str(folder)]) == 0
    assert (folder / f"{MIXED}.npz").is_file()


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
def test_a_start_is_shipped_by_name_and_content_never_as_a_path(run, folder, start, facts, shipped) -> None:
    content = json.loads((run / "network.json").read_text())
    del content["start"]
    content["recipe"]["start"] = start
    content["recipe"]["teacher"]["file"] = "/tmp/runs/x/teacher.ckpt"
    (run / "network.json").write_text(json.dumps(content | facts))
    assert ship.main([str(run), NETWORK, "--folder", str(folder)]) == 0
    kept = json.loads((folder / f"{NETWORK}.json").read_text())
    assert "start" not in kept["recipe"]
    assert "/tmp/runs" not in json.dumps(kept)
    if isinstance(shipped, dict):
        shipped = shipped | {"sha256": hashlib.sha256(Path(start if Path(start).exists() else SHIPPED).read_bytes()).hexdigest()}
    assert kept["start"] == shipped


@pytest.mark.parametrize(
    "name",
    [
        "fsrcnn-s-r-x3-w8a8", "fsrcnn-s-r-x2-w4a8", "fsrcnn-s-r-x2-w8a8-mixed", "fsrcnn-s-x2-w8a8", "fsrcnn-r-x2-w8a8",
        "other-x2-w8a8", "fsrcnn-s-r-x4-float",
    ],
)  # fmt: skip
def test_a_name_that_does_not_fit_is_refused_in_one_line(run, folder, capsys, name) -> None:
    error = refused(capsys, run, name, "--folder", folder)
    assert error.startswith(f"benchmarks.quality.ship: '{name}' for ")
    assert f"; allowed {FLOAT if name.endswith('float') else NETWORK}\n" in error
    assert list(folder.iterdir()) == []


def test_facts_of_another_training_are_refused(run, folder, capsys) -> None:
    facts = json.loads((run / "network.json").read_text())
    (run / "network.json").write_text(json.dumps(facts | {"hash": "0" * 64}))
    assert "network and facts are of different trainings" in refused(capsys, run, NETWORK, "--folder", folder)
    facts["recipe"]["network"]["m"] = 3
    (run / "network.json").write_text(json.dumps(facts))
    assert "student and facts are of different trainings" in refused(capsys, run, FLOAT, "--folder", folder)


@pytest.mark.parametrize("content", ["", "[]", "{}"])
def test_a_folder_without_facts_is_refused_in_one_line(tmp_path, capsys, content) -> None:
    (tmp_path / "network.json").write_text(content)
    assert "network.json: not the facts of a run" in refused(capsys, tmp_path, NETWORK, "--folder", tmp_path)
