"""What make refuses before anything is compared: a folder that is not as its manifest lists it, a program of other sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hls_export.conftest import make, sealed_again

SCRIPT = "#!/bin/sh\necho '9 frames back to back, 4515 integers compared, 0 mismatches'\n"


def _under_the_old_time(path: Path) -> None:
    """One digit of a weight, the file's time as before."""
    times, text = path.stat(), path.read_text()
    at = text.index("{", text.index("weight_conv2[")) + 1
    at = next(i for i in range(at, len(text)) if text[i].isdigit())
    path.write_text(text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :])
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _replaced(path: Path, target: Path) -> None:
    path.unlink()
    path.symlink_to(target)


def _forgotten(build: Path, name: str) -> None:
    """As if it had not been built, which another test may have done."""
    for path in build.glob(f"*{name}*"):
        path.unlink()


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a changed weight": (lambda f: _under_the_old_time(f / "src/weights/conv2.h"), "changed src/weights/conv2.h"),
    "a changed script": (lambda f: (f / "sim/build.py").write_text(""), "changed sim/build.py"),
    "a missing vector": (lambda f: (f / "vectors/noise.conv1.bin").unlink(), "missing vectors/noise.conv1.bin"),
    "an extra file": (lambda f: (f / "src/mine.h").write_text(""), "extra src/mine.h"),
    "an extra file beside the list": (lambda f: (f / "json.py").write_text("raise SystemExit(0)\n"), "extra json.py"),
    "a hidden file": (lambda f: (f / ".notes").write_text(""), "extra .notes"),
    "an empty folder": (lambda f: (f / "vectors/empty").mkdir(), "extra vectors/empty (a folder)"),
    "a folder in a file's place": (
        lambda f: ((f / "README.txt").unlink(), (f / "README.txt").mkdir()),
        "changed README.txt (not a file)",
    ),
    "a link in a file's place": (
        lambda f: _replaced(f / "hls/fork.h", shutil.copy(f / "hls/fork.h", f.parent / "fork.h")),
        "changed hls/fork.h (not a file)",
    ),
    "an extra link": (lambda f: (f / "vectors/more").symlink_to(f / "src"), "extra vectors/more"),
    "a link that leads nowhere": (lambda f: (f / "nowhere").symlink_to("/none/at/all"), "extra nowhere"),
    "a folder that is a link": (
        lambda f: ((f / "vectors").rename(f.parent / "vectors"), (f / "vectors").symlink_to(f.parent / "vectors")),
        "extra vectors",
    ),
    "build is a link": (
        lambda f: ((f / "build").rename(f.parent / "build"), (f / "build").symlink_to(f.parent / "build")),
        "extra build",
    ),
    "build is a file": (lambda f: (shutil.rmtree(f / "build"), (f / "build").write_text("")), "extra build"),
    "a pipe": (lambda f: os.mkfifo(f / "vectors/pipe"), "extra vectors/pipe"),
    "a manifest that is a link": (
        lambda f: _replaced(f / "manifest.json", shutil.copy(f / "manifest.json", f.parent / "m.json")),
        "changed manifest.json (not a file)",
    ),
    "no manifest": (lambda f: (f / "manifest.json").unlink(), "manifest.json: missing"),
    "a manifest that is none": (lambda f: (f / "manifest.json").write_text("{"), "manifest.json: not JSON"),
}


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    """As the Makefile does it: Python alone, nothing of this project."""
    command = [sys.executable, "-I", str(folder / "verify.py")]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")


def refused(done: subprocess.CompletedProcess[str], message: str, status: int = 1) -> None:
    assert done.returncode == status, done.stdout
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    assert len(lines) == 1, done.stderr
    assert message in lines[0]
    assert "mismatches" not in done.stdout


def test_the_folder_as_it_was_written_is_verified_from_anywhere(copy: Path) -> None:
    done = verified(copy)
    assert done.returncode == 0, done.stderr
    assert "files as they were written" in done.stdout


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_folder_is_one_line_and_status_1(fault: str, copy: Path) -> None:
    deed, message = FAULTS[fault]
    deed(copy)
    refused(verified(copy), message)


@pytest.mark.parametrize("goal", ["csim", "rows", "sanitize", "timed", "rtlsim", "files"])
def test_every_goal_begins_with_the_folder(goal: str, copy: Path) -> None:
    _under_the_old_time(copy / "src/weights/conv2.h")
    refused(make(copy, goal), "changed src/weights/conv2.h", status=2)


def _planted(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.write_text(SCRIPT)
    path.chmod(0o755)


def _stale(folder: Path) -> None:
    """The program of other sources: what it was built from was changed, and entered in the manifest."""
    _under_the_old_time(folder / "src/weights/conv2.h")
    sealed_again(folder)


PROGRAMS: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "stale": ("csim", _stale, "stale, of other sources"),
    "a script": ("csim", lambda f: _planted(f / "build/csim"), "not the program that was built here"),
    "a script, nothing recorded": (
        "csim",
        lambda f: (_planted(f / "build/csim"), (f / "build/csim.json").unlink()),
        "not built here",
    ),
    "a script that nothing was built for": ("rows", lambda f: _planted(f / "build/csim_rows"), "not built here"),
    "a script among the timed": (
        "timed",
        lambda f: (_forgotten(f / "build", "csim_timed"), _planted(f / "build/csim_timed")),
        "not built here",
    ),
    "another program under its name": (
        "csim",
        lambda f: shutil.copy("/bin/true", f / "build/csim"),
        "not the program that was built here",
    ),
    "a link": (
        "csim",
        lambda f: _replaced(f / "build/csim", shutil.copy(f / "build/csim", f.parent / "csim")),
        "not built here",
    ),
    "a link that leads nowhere": ("rows", lambda f: (f / "build/csim_rows").symlink_to("/none/at/all"), "not built here"),
    "a record that is none": ("csim", lambda f: (f / "build/csim.json").write_text("[]"), "not the program that was built here"),
    "a record without its program": ("csim", lambda f: (f / "build/csim").unlink(), "not built here"),
}


@pytest.mark.parametrize("fault", PROGRAMS)
def test_a_program_that_is_not_its_sources_is_refused(fault: str, copy: Path) -> None:
    goal, deed, message = PROGRAMS[fault]
    deed(copy)
    refused(make(copy, goal), message, status=2)


def test_another_command_is_stale_too(copy: Path) -> None:
    refused(make(copy, "csim", "CXXFLAGS=-O0"), "by another command", status=2)


def test_what_was_built_is_taken_again_whatever_the_times(copy: Path) -> None:
    program = copy / "build/csim"
    before = program.stat()
    os.utime(copy / "src/top.cpp")
    done = make(copy, "csim")
    assert done.returncode == 0, done.stderr
    assert "0 mismatches" in done.stdout
    assert program.stat().st_ino == before.st_ino


def test_a_compiler_that_refuses_leaves_nothing(copy: Path) -> None:
    (copy / "src/network.h").write_text("#error no\n")
    sealed_again(copy)
    done = make(copy, "clean", "csim")
    assert done.returncode == 2
    assert "build: build/csim: the compiler refuses the sources" in done.stderr
    assert list((copy / "build").iterdir()) == []
