"""One's own catalogue: a network is kept under a name, found by it, never overwritten, and is what a telling name says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import golden
from golden import networks
from golden.cli import dispatcher
from golden.networks import ship
from qat import students

SHIPPED = networks.named("fsrcnn-s-r-x2-w4a4")
TELLING = "fsrcnn-s-r-x2-w4a4"


@pytest.fixture(name="own", autouse=True)
def _own(tmp_path, monkeypatch):
    monkeypatch.setenv(networks.OWN_FOLDER, str(tmp_path / "data" / "own"))
    return tmp_path / "data" / "own"


@pytest.fixture(name="run")
def _run(tmp_path) -> Path:
    """The folder of a finished run, as `qat.distill` leaves it."""
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(SHIPPED, folder / "network.npz")
    shutil.copy(SHIPPED.with_suffix(".json"), folder / "network.json")
    return folder


def refused(capsys, *words) -> str:
    assert ship.main([str(word) for word in words]) == 1
    error = capsys.readouterr().err
    assert error.startswith("golden.networks.ship: ")
    assert error.count("\n") == 1
    return error


def test_a_network_is_kept_and_found_by_every_command(run, own, capsys) -> None:
    assert dispatcher.main(["ship", str(run), "living-room", "--history", "By hand."]) == 0
    assert capsys.readouterr().out.splitlines() == [str(own / "living-room.npz"), str(own / "living-room.json")]
    assert (own / "living-room.npz").read_bytes() == SHIPPED.read_bytes()
    facts = json.loads((own / "living-room.json").read_text())
    assert (facts["hash"], facts["history"]) == (golden.load(SHIPPED).hash, "By hand.")
    assert golden.load("living-room") == golden.load(SHIPPED)
    assert dispatcher.main(["compare", "living-room", "--against", "oracle"]) == 0
    assert "oracle     agrees" in capsys.readouterr().out
    assert dispatcher.main(["plan", "living-room", "--device", "kv260"]) == 0
    assert dispatcher.main(["networks"]) == 0
    assert f"living-room             {facts['psnr']['Set5']['device']:6.2f}" in capsys.readouterr().out
    assert sorted(path.name for path in own.iterdir()) == ["living-room.json", "living-room.npz"]


def test_a_file_without_facts_is_kept_too(tmp_path, own) -> None:
    shutil.copy(SHIPPED, tmp_path / "imported.npz")
    assert ship.main([str(tmp_path / "imported.npz"), "mine"]) == 0
    assert json.loads((own / "mine.json").read_text()) == {"hash": golden.load(SHIPPED).hash}


def test_nothing_is_ever_overwritten(run, own, capsys) -> None:
    assert ship.main([str(run), "mine"]) == 0
    before = {path.name: path.read_bytes() for path in own.iterdir()}
    shutil.copy(networks.named("fsrcnn-s-r-x2-w8a8"), run / "network.npz")
    (run / "network.json").unlink()
    assert "mine.npz: is there, and is not overwritten; allowed another name" in refused(capsys, run, "mine")
    (own / "mine.npz").unlink()
    assert "mine.json: is there, and is not overwritten" in refused(capsys, run, "mine")
    assert {path.name: path.read_bytes() for path in own.iterdir()} == {"mine.json": before["mine.json"]}


def test_a_file_that_comes_while_it_is_written_is_not_overwritten_either(run, own, monkeypatch, capsys) -> None:
    """Between the look and the writing another process ships the same name."""
    copy = shutil.copyfile

    def slow(source, target):
        copy(source, target)
        (own / "mine.npz").write_text("the other's")

    monkeypatch.setattr(ship.shutil, "copyfile", slow)
    assert "mine.npz: is there" in refused(capsys, run, "mine")
    assert {path.name: path.read_text() for path in own.iterdir()} == {"mine.npz": "the other's"}


def test_what_ships_with_the_package_is_not_touched(run, capsys) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in networks.FOLDER.iterdir()}
    for name in (TELLING, "fsrcnn-r-x2-w8a8", "fsrcnn-r-x2-float"):
        assert f"'{name}' ships with the package; allowed another name" in refused(capsys, run, name)
    assert {path.name: path.stat().st_mtime_ns for path in networks.FOLDER.iterdir()} == before


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "A", "a b", "a.npz", "-option", "ä", "a" * 65])
def test_a_name_that_no_file_should_have_is_refused(run, own, capsys, name) -> None:
    assert "allowed up to 64 lower-case letters" in refused(capsys, run, "--", name) if name.startswith("-") else True
    if not name.startswith("-"):
        assert f"name '{name}'; allowed up to 64 lower-case letters" in refused(capsys, run, name)
    assert not own.exists()


@pytest.mark.parametrize(
    "name", ["fsrcnn-s-r-x3-w4a4", "fsrcnn-s-r-x2-w4a5", "fsrcnn-s-r-x2-w4a4-mixed", "fsrcnn-s-x2-w4a4", "fsrcnn-r-x2-w5a5"]
)
def test_a_name_that_says_what_the_network_is_not_is_refused(run, own, capsys, name) -> None:
    error = refused(capsys, run, name)
    assert f"'{name}' for x2 network 1-32-5-5-32-1 with residual" in error
    assert f"allowed {TELLING}, or a name of another form" in error
    assert not own.exists()


def test_a_network_of_other_sizes_has_no_telling_name(tmp_path, own, capsys) -> None:
    network = golden.load(SHIPPED)
    first, *others = network.layers
    half = golden.IntNetwork((_channels(first, slice(16)), _inputs(others[0], slice(16)), *others[1:]))
    golden.save(half, tmp_path / "half.npz")
    assert ship.telling_name(half) is None
    assert "; allowed a name of another form" in refused(capsys, tmp_path / "half.npz", "fsrcnn-s-r-x2-w5a5")
    assert ship.main([str(tmp_path / "half.npz"), "half"]) == 0
    assert golden.load("half") == half


def _channels(layer, kept):
    from dataclasses import replace

    from golden.spec import PER_CHANNEL, PROVED

    terms = (replace(layer.terms[0], weight=layer.weight[kept]),)
    return replace(layer, terms=terms, accumulator=PROVED, **{part: getattr(layer, part)[kept] for part in PER_CHANNEL})


def _inputs(layer, kept):
    return layer.with_weight(layer.weight[:, kept])


@pytest.mark.parametrize("path", networks.shipped(), ids=lambda path: path.stem)
def test_every_shipped_network_is_what_its_name_says(path) -> None:
    assert ship.telling_name(golden.load(path)) == path.stem


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"hash": "0"}', "network and facts are of different trainings"),
        ("{", "network.json: not JSON"),
        ("[]", "network.json: not the facts of a run"),
    ],
)
def test_facts_of_something_else_are_refused(run, own, capsys, content, message) -> None:
    (run / "network.json").write_text(content)
    assert message in refused(capsys, run, "mine")
    assert not own.exists()


def test_files_that_are_no_networks_are_refused(run, tmp_path, own, capsys) -> None:
    (run / "network.npz").write_bytes(b"PK")
    assert "network.npz: damaged" in refused(capsys, run, "mine")
    assert "network.npz" in refused(capsys, tmp_path, "mine")
    assert "absent" in refused(capsys, tmp_path / "absent", "mine")
    assert not own.exists()


def test_a_read_only_catalogue_is_one_line(run, own, monkeypatch, capsys) -> None:
    def refuse(**what):
        raise PermissionError(13, "Permission denied", "a temporary name")

    own.mkdir(parents=True)
    monkeypatch.setattr("golden.atomic.tempfile.mkstemp", refuse)  # root may write into any folder
    assert f"Permission denied: '{own / 'mine.npz'}'" in refused(capsys, run, "mine")
    assert list(own.iterdir()) == []


def test_a_catalogue_that_cannot_be_written_is_one_line(run, monkeypatch, capsys) -> None:
    monkeypatch.setenv(networks.OWN_FOLDER, "/proc/none")
    assert "/proc/none" in refused(capsys, run, "mine")
    monkeypatch.setenv(networks.OWN_FOLDER, str(run / "network.json"))
    assert "network.json" in refused(capsys, run, "mine")


def test_a_disk_that_is_full_leaves_neither_file(run, own, monkeypatch, capsys) -> None:
    def full(*what, **how):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ship, "strict_json", full)
    assert "No space left on device" in refused(capsys, run, "mine")
    assert list(own.iterdir()) == []


def test_a_float_student_is_kept_and_started_from(run, own, capsys) -> None:
    pytest.importorskip("torch")
    shutil.copy(students.named("fsrcnn-s-r-x2-float"), run / "student.safetensors")
    assert ship.main([str(run), "mine-float"]) == 0
    assert students.named("mine-float") == own / "mine-float.safetensors"
    assert "hash" not in json.loads((own / "mine-float.json").read_text())
    assert students.named("mine-float") in students.catalogue()
    shutil.copy(students.named("fsrcnn-r-x3-float"), run / "student.safetensors")
    assert "of different trainings" in refused(capsys, run, "other-float")
    (run / "student.safetensors").write_bytes(b"no")
    assert "not a float student" in refused(capsys, run, "third-float")


def test_shipping_needs_no_framework(run, own) -> None:
    import subprocess
    import sys

    code = "import sys; sys.modules.update(torch=None, brevitas=None, safetensors=None, PIL=None, skimage=None)\n"
    code += "from golden.cli.dispatcher import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", code, "ship", str(run), "mine"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (own / "mine.npz").is_file()
