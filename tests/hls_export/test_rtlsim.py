"""`make rtlsim`: the bench that an export carries, in a folder copied elsewhere, with cocotb and a simulator alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hls_export.folder import write
from rtl_tb.stimulus import small
from tests.hls_export.conftest import make, sealed_again

needs_icarus = pytest.mark.skipif(shutil.which("iverilog") is None, reason="no iverilog: apt-get install iverilog")
NETWORK = small.network((3,), (3, 3), 2, seed=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of a tiny network at a path with a blank, which is not where it was written."""
    root = tmp_path_factory.mktemp("rtlsim")
    return Path(shutil.copytree(write(NETWORK, small.planned(NETWORK, 3), root / "first"), root / "copied to here"))


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("cocotbext.axi", reason="no cocotbext-axi: pip install cocotbext-axi==0.1.28")
    return make(folder, "rtlsim", *words)


@needs_icarus
def test_every_pixel_of_the_vectors_is_compared(folder: Path) -> None:
    done = run(folder, "WAVE=1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no pauses: 9 frames, 2580 pixels compared, 0 mismatches" in done.stdout
    assert "pauses of both sides, seed 1: 9 frames, 2580 pixels compared, 0 mismatches" in done.stdout
    assert "back-pressure, back to back: 3 frames" in done.stdout
    assert "4 of 4 tests passed in icarus" in done.stdout
    assert (folder / "build/rtlsim/video_top.fst").stat().st_size > 1000
    assert make(folder, "verify").returncode == 0


@needs_icarus
def test_two_pixels_a_clock(tmp_path: Path) -> None:
    pytest.importorskip("da4ml")
    done = run(write(NETWORK, small.planned(NETWORK, 1, "adders", pixels=2), tmp_path / "two"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 of 4 tests passed in icarus" in done.stdout


def broken(folder: Path, where: Path, path: str, old: str, new: str) -> Path:
    """A copy with one edit, entered in the manifest."""
    copy = Path(shutil.copytree(folder, where / "copy", ignore=shutil.ignore_patterns("build")))
    text = (copy / path).read_text()
    assert old in text
    (copy / path).write_text(text.replace(old, new, 1))
    sealed_again(copy)
    return copy


@needs_icarus
@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        ("rtl/video_top.sv", "last, user, keep, data})", "last, 1'b0, keep, data})", "SOF is wrong"),
        ("rtl/video_top.sv", "last, user, keep, data})", "last, user, keep, ~data})", "row 0, column 0: golden"),
        ("rtl/video_top.sv", ".m_ready_i(m_axis_video_tready)", ".m_ready_i(1'b1)", "while it waited"),
        ("rtl/video_top.sv", ".network_hash_i(256'h", ".network_hash_i(~256'h", "network_hash is not that"),
        ("rtl/video_top.sv", ".frame_done_i(frame_done)", ".frame_done_i(1'b0)", "frame_count 0; needed 3"),
    ],
)
def test_a_fault_of_the_rtl_is_one_line(folder: Path, tmp_path: Path, path: str, old: str, new: str, message: str) -> None:
    done = run(broken(folder, tmp_path, path, old, new), "TEST=registers|back_pressure")
    assert done.returncode == 2, done.stdout
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("rtlsim: ")
    assert message in lines[0]


@needs_icarus
def test_rtl_that_does_not_compile_is_one_line(folder: Path, tmp_path: Path) -> None:
    done = run(broken(folder, tmp_path, "rtl/video_top.sv", "module video_top", "modul video_top"))
    assert done.returncode == 2
    assert "rtlsim: icarus does not build the RTL" in done.stderr


def test_missing_packages_are_named_in_one_line(folder: Path, tmp_path: Path) -> None:
    bare = tmp_path / "python of one's own"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    bare.chmod(0o755)
    done = make(folder, "rtlsim", f"PYTHON={bare}")
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    assert len(lines) == 1, done.stderr
    assert "cocotb and cocotbext-axi not installed" in lines[0]
    assert "pip install cocotb==2.1.0 cocotbext-axi==0.1.28" in lines[0]


@needs_icarus
def test_sources_and_memories_are_found_from_anywhere(folder: Path, tmp_path: Path) -> None:
    assert make(folder, "files").returncode == 0
    command = ["iverilog", "-g2012", "-s", "video_top", "-o", "x.vvp", "-f", str(folder / "build/icarus.f")]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    done = subprocess.run(["vvp", "-n", "x.vvp"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Unable to open" not in done.stdout + done.stderr
    (folder / "build/icarus.f").write_text((folder / "build/icarus.f").read_text().partition("\n")[2])
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    done = subprocess.run(["vvp", "-n", "x.vvp"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Unable to open" in done.stdout + done.stderr
