"""Folders of images as people have them: nothing counted twice, nothing left out without a word."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from PIL import Image

from golden.pictures.images import ImageError, find_images

GRAY = np.arange(64, dtype=np.uint8).reshape(8, 8)


@pytest.fixture(name="folder")
def _folder(tmp_path):
    for name in ("a.png", "b/c.jpg", ".ipynb_checkpoints/a-checkpoint.png", "b/._c.jpg", "__MACOSX/._a.png"):
        (tmp_path / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(GRAY).save(tmp_path / "set" / name)
    return tmp_path / "set"


def test_hidden_files_and_folders_are_left_out_with_a_word(folder) -> None:
    notes: list[str] = []
    found = find_images([folder], notes.append)
    assert [str(path.relative_to(folder)) for path in found] == ["a.png", "b/c.jpg"]
    assert notes == [f"{folder}: left out 3 hidden"]


def test_a_file_named_twice_in_any_way_is_counted_once(folder, tmp_path) -> None:
    (tmp_path / "link").symlink_to(folder)
    notes: list[str] = []
    again = [folder, folder / "a.png", folder / "b" / ".." / "b", tmp_path / "link", folder / "a.png"]
    assert find_images(again, notes.append) == find_images([folder], lambda _: None)
    assert [note.rpartition(": ")[2] for note in notes[1:]] == [
        "left out 1 repeated",
        "left out 1 hidden, 1 repeated",
        "left out 3 hidden, 2 repeated",
        "left out 1 repeated",
    ]


def test_a_folder_inside_a_hidden_one_is_searched_when_it_is_named(folder) -> None:
    assert len(find_images([folder / ".ipynb_checkpoints"])) == 1


def test_copies_are_two_images_for_their_owner_may_mean_them(folder) -> None:
    shutil.copy(folder / "a.png", folder / "d.png")
    assert len(find_images([folder], lambda _: None)) == 3


def test_a_folder_of_hidden_images_alone_has_none(folder) -> None:
    with pytest.raises(ImageError, match="no image in this folder"):
        find_images([folder / "__MACOSX"])


def test_the_word_goes_to_standard_error(folder, capsys) -> None:
    find_images([folder])
    assert capsys.readouterr().err == f"{folder}: left out 3 hidden\n"
