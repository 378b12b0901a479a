"""The one rule of NETWORK, the same in every command: a name, a path, or scale, bits and LUTs."""

from __future__ import annotations

import argparse
import importlib
import json
import shutil
from pathlib import Path

import pytest

from golden import networks
from golden.cli import dispatcher
from golden.cli.ending import UsageError
from golden.networks.argument import add_network, chosen, several
from golden.networks.facts import facts_of, plans

EIGHT = networks.FOLDER / "fsrcnn-r-x2-w8a8.npz"
COMMANDS = {
    "upscale": ["in.png", "out.png"],
    "compare": [],
    "evaluate": ["--bench", "."],
    "onnx": [],
    "plan": [],
    "export": ["--out", "out"],
    "simulate": [],
}
OTHERS = ("rtl_tb.timing", "rtl_tb.synthesis")
WRONG = [
    (["--network", "nothing"], 1, "nothing: no such file, and no network of that name is in the catalogue; allowed fsrcnn-r-x2-"),
    (["--network", "folder"], 1, "folder: a folder, no network; allowed a file, as folder/network.npz"),
    (["--scale", "7"], 1, "no network of scale 7 and 8 bits is in the catalogue; allowed fsrcnn-r-x2-"),
    (["--lut", "5"], 1, "no shipped network of scale 2 has a plan of at most 5 LUTs; allowed at least "),
    (["--network", "fsrcnn-r-x2-w8a8", "--bits", "4"], 2, "fsrcnn-r-x2-w8a8 and --bits; allowed one of them"),
    (["--network", "broken.npz"], 1, "broken.npz: damaged or not an archive"),
]


def asked(*words: str, positional: str | None = "?", **otherwise: list[str]) -> list[Path]:
    p = argparse.ArgumentParser(exit_on_error=False)
    add_network(p, positional)
    return several(p.parse_args(words), **otherwise)


def test_nothing_asked_is_the_catalogues_8_bits_at_x2_wherever_one_is(tmp_path, monkeypatch) -> None:
    shutil.copy(EIGHT, tmp_path / "network.npz")
    monkeypatch.chdir(tmp_path)
    assert asked() == asked(positional=None) == [EIGHT]
    assert asked(otherwise=["fsrcnn-r-x2-w4a4"]) == [networks.named("fsrcnn-r-x2-w4a4")]
    assert asked("--bits", "8", otherwise=["fsrcnn-r-x2-w4a4"]) == [EIGHT]


def test_a_name_a_path_and_the_option_ask_alike(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(EIGHT, tmp_path / "mine.npz")
    assert asked("mine.npz") == asked("--network", "mine.npz") == [Path("mine.npz")]
    assert asked("fsrcnn-r-x2-w8a8") == [EIGHT]
    assert asked("fsrcnn-r-x2-w8a8", "mine.npz", positional="*") == [EIGHT, Path("mine.npz")]


def test_scale_bits_and_model_choose_one_that_ships() -> None:
    assert [path.stem for path in asked("--scale", "3", "--bits", "4")] == ["fsrcnn-r-x3-w4a4"]
    assert [path.stem for path in asked("--model", "fsrcnn")] == ["fsrcnn-x2-w8a8"]
    assert [path.stem for path in asked("--model", "fsrcnn-s-r", "--bits", "4")] == ["fsrcnn-s-r-x2-w4a4"]


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_lut_chooses_the_best_whose_plan_is_no_larger(scale) -> None:
    """Against every shipped network of the scale, at every size where the answer changes."""
    known = {path: facts_of(path) for path in networks.shipped() if f"-x{scale}-" in path.name}
    assert len(known) >= 2
    sizes = sorted(facts.lut for facts in known.values())
    for most in [size + more for size in sizes for more in (0, 1)]:
        best = max(facts.psnr for facts in known.values() if facts.lut <= most)
        (found,) = asked("--scale", str(scale), "--lut", str(most))
        assert (known[found].psnr, known[found].lut <= most) == (best, True)
    with pytest.raises(FileNotFoundError, match=f"allowed at least {sizes[0]} "):
        asked("--scale", str(scale), "--lut", str(sizes[0] - 1))


def test_lut_with_bits_and_a_model_keeps_to_them() -> None:
    assert [path.stem for path in asked("--lut", "10000000", "--bits", "4", "--model", "fsrcnn-s-r")] == ["fsrcnn-s-r-x2-w4a4"]
    with pytest.raises(FileNotFoundError, match="no shipped fsrcnn-s of scale 4, 3 bits has a plan"):
        asked("--lut", "10000000", "--scale", "4", "--bits", "3", "--model", "fsrcnn-s")


def test_two_networks_at_once_are_refused() -> None:
    for words in (["a", "--scale", "2"], ["a", "--lut", "9"], ["a", "--network", "b"], ["--network", "a", "--model", "fsrcnn"]):
        with pytest.raises(UsageError, match="allowed one of them"):
            asked(*words)


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    shutil.copy(EIGHT, tmp_path / "folder" / "network.npz")
    (tmp_path / "broken.npz").write_bytes(b"PK")
    (tmp_path / "in.png").write_bytes((networks.FOLDER.parent / "py.typed").read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(("words", "status", "message"), WRONG, ids=[" ".join(words) for words, *_ in WRONG])
def test_every_command_refuses_alike_in_one_line(name, words, status, message, folder, capsys) -> None:
    assert dispatcher.main([name, *COMMANDS[name], *words]) == status
    error = capsys.readouterr().err
    assert error.startswith(f"sr2fpga {name}: {message}")
    assert error.count("\n") == 1
    assert sorted(path.name for path in folder.iterdir()) == ["broken.npz", "folder", "in.png"]


@pytest.mark.parametrize("name", OTHERS)
def test_so_do_the_commands_without_a_name_of_their_own(name, folder, capsys) -> None:
    for words, status, message in WRONG:
        assert importlib.import_module(f"{name}.__main__").main([*words]) == status
        assert f"{name}: {message}" in capsys.readouterr().err


def test_a_folder_that_is_called_as_a_network_hides_nothing(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fsrcnn-r-x2-w8a8").mkdir()
    assert networks.named("fsrcnn-r-x2-w8a8") == EIGHT
    with pytest.raises(FileNotFoundError, match=r"^\.: a folder, no network; allowed a file$"):
        networks.named(".")


@pytest.fixture(name="own")
def _own(tmp_path, monkeypatch):
    """A user's catalogue with one network, `mine`."""
    monkeypatch.setenv(networks.OWN_FOLDER, str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    shutil.copy(networks.named("fsrcnn-s-r-x2-w4a4"), tmp_path / "own" / "mine.npz")
    (tmp_path / "own" / ".half.npz").write_bytes(b"what a stopped writer left")
    return tmp_path / "own"


def test_names_of_the_users_catalogue_are_found(own) -> None:
    assert networks.catalogue() == [*networks.shipped(), own / "mine.npz"]
    assert asked("mine") == [own / "mine.npz"]
    assert facts_of(own / "mine.npz").psnr is None


def test_the_users_catalogue_is_where_xdg_has_it(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv(networks.OWN_FOLDER, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert networks.own_folder() == tmp_path / "sr2fpga" / "networks"
    monkeypatch.setenv("XDG_DATA_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert networks.own_folder() == tmp_path / ".local" / "share" / "sr2fpga" / "networks"
    assert networks.own("*.npz") == []


def test_networks_lists_what_there_is(own, capsys) -> None:
    assert dispatcher.main(["networks"]) == 0
    lines = capsys.readouterr().out.splitlines()
    eight = facts_of(EIGHT)
    (line,) = [line for line in lines if line.startswith("fsrcnn-r-x2-w8a8 ")]
    assert line.split()[1:] == [f"{eight.psnr:.2f}", str(eight.lut), str(eight.dsp), f"{eight.fps:.1f}"]
    (line,) = [line for line in lines if line.startswith("mine ")]
    assert line.split() == ["mine", "-", "-", "-", "-", str(own / "mine.npz")]


def test_networks_as_names_and_as_strict_json(own, capsys) -> None:
    assert dispatcher.main(["networks", "--names"]) == 0
    assert capsys.readouterr().out.split() == [path.stem for path in networks.catalogue()]
    assert dispatcher.main(["networks", "--json"]) == 0
    content = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert content["target"] == plans()["target"]
    assert [one["name"] for one in content["networks"]] == [path.stem for path in networks.catalogue()]
    assert [one["name"] for one in content["networks"] if not one["ships"]] == ["mine"]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"psnr": 3}', '{"psnr": {"Set5": {"device": "high"}}, "hash": ["no"]}'])
def test_damaged_facts_of_the_users_own_hinder_no_list(own, content, capsys) -> None:
    (own / "mine.json").write_text(content)
    assert dispatcher.main(["networks"]) == 0
    assert "mine " in capsys.readouterr().out


def test_chosen_is_the_one_of_several() -> None:
    p = argparse.ArgumentParser()
    add_network(p)
    assert chosen(p.parse_args([])) == EIGHT
