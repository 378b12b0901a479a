"""A file is whole or absent, whatever goes wrong while it is written."""

import errno
import os
import stat
from pathlib import Path

import pytest

from golden.atomic import replacing


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def write_half(path: Path, fault: type[BaseException]) -> None:
    with replacing(path) as temporary:
        temporary.write_text("half")
        raise fault


def test_a_file_is_replaced_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert temporary.parent == tmp_path
    assert path.read_text() == "new"
    assert files(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt, OSError])
def test_the_old_file_stays_when_the_block_fails(tmp_path: Path, fault: type[BaseException]) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(fault):
        write_half(path, fault)
    assert path.read_text() == "old"
    assert files(tmp_path) == ["a.txt"]


def test_the_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        with replacing(tmp_path / "a.txt") as temporary:
            temporary.write_text("new")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "a.txt"
    with pytest.raises(FileNotFoundError) as caught, replacing(path):
        pytest.fail("nothing can be written there")
    assert caught.value.filename == str(path)


def test_a_full_disk_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with pytest.raises(OSError, match="No space left") as caught, replacing(path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.filename == str(path)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.mkdir()
    with pytest.raises(OSError, match=r"Is a directory.*'" + str(path)), replacing(path) as temporary:
        temporary.write_text("new")
    assert files(tmp_path) == ["a"]
