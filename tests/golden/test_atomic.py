"""A file is whole or absent, whatever goes wrong while it is written."""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import golden
from golden.atomic import replacing, write_text


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


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real/a.txt")
    (tmp_path / "again.txt").symlink_to(tmp_path / "link.txt")
    write_text(tmp_path / "again.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real" / "a.txt").read_text() == "new"
    assert sorted(files(tmp_path)) == ["again.txt", "link.txt", "real"]
    assert files(tmp_path / "real") == ["a.txt"]


def test_a_link_to_nothing_yet_makes_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to("a.txt")
    write_text(tmp_path / "link.txt", "new")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "a.txt").read_text() == "new"


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        write_text(tmp_path / "a", "new")


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755])
def test_a_file_that_is_written_again_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "a.txt").chmod(mode)
    write_text(tmp_path / "a.txt", "new")
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == mode


def test_a_file_that_may_not_be_written_is_refused_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("old")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everything
    with pytest.raises(PermissionError) as caught, replacing(tmp_path / "a.txt"):
        pytest.fail("worked")
    assert caught.value.filename == str(tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_pipe_gets_the_whole_content_and_stays(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", "pipe"], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as reader:
        write_text(tmp_path / "pipe", "new")
        assert reader.communicate(timeout=60)[0] == "new"
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert files(tmp_path) == ["pipe"]


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
@pytest.mark.parametrize("to_file", [False, True])
def test_standard_output_gets_the_content_behind_what_was_printed(tmp_path: Path, name: str, to_file: bool) -> None:
    (tmp_path / "link").symlink_to("/dev/stdout")
    code = f"from golden.atomic import write_text; print('first'); write_text({name!r}, 'second\\n'); print('third')"
    environment = os.environ | {"PYTHONPATH": str(Path(golden.__file__).parents[1])}
    with (tmp_path / "out").open("w") as out:
        to = {"stdout": out} if to_file else {"stdout": subprocess.PIPE}
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, text=True, check=True, timeout=60, **to)
    assert ((tmp_path / "out").read_text() if to_file else done.stdout) == "first\nsecond\nthird\n"
    assert (tmp_path / "link").is_symlink()


def test_the_bin_takes_everything(tmp_path: Path) -> None:
    write_text("/dev/null", "new")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
