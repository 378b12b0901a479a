"""Waveforms of a run: kinds, scopes, windows, and saved views whose every signal is in the file; with both simulators."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import golden
from rtl_tb.__main__ import main
from rtl_tb.bench.wave import KINDS
from rtl_tb.errors import MissingToolError
from rtl_tb.stimulus import small
from rtl_tb.tools import verilator
from tests.rtl_tb import standins
from tests.rtl_tb.conftest import needs_icarus, needs_verilator

PLAN = ["--resolution", "16x12", "--fps", "60", "--clock-mhz", "1", "--engine", "folded", "--crop", "6x5", "--stalls", "none"]
STANDIN = ["--resolution", "40x36", "--fps", "999", "--clock-mhz", "1.5", "--crop", "6x5", "--stalls", "none"]
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    golden.save(small.network((2,), (3, 3)), tmp_path / "small.npz")

    def found(*words: str) -> str:
        assert main([str(tmp_path / "small.npz"), *PLAN, *words]) == 0
        return capsys.readouterr().out

    return found


def signals(path: Path) -> dict[str, str]:
    """Name with its range -> kind of every variable of a VCD."""
    scopes: list[str] = []
    names = {}
    for line in path.read_text().splitlines():
        words = line.split()
        if words[:1] == ["$scope"]:
            scopes.append(words[2])
        elif words[:1] == ["$upscope"]:
            scopes.pop()
        elif words[:1] == ["$var"]:
            names[".".join([*scopes, "".join(words[4:-1])])] = words[1]
    return names


def clocks(path: Path) -> list[int]:
    """Clocks in which anything was kept: two ticks each, in picoseconds where the simulator has time."""
    text = path.read_text()
    tick = 1000 if "icarus_bench" in text else 1
    return sorted({int(time) // tick // 2 for time in re.findall(r"^#(\d+)$", text, re.MULTILINE)})


def viewed(path: Path) -> list[str]:
    """The signals of both saved views, which are the same."""
    lines = path.with_suffix(".gtkw").read_text().splitlines()
    names = [line for line in lines if line[0] not in "@-["]
    added = re.findall(r"^variable_add (\S+)$", path.with_suffix(".sucl").read_text(), re.MULTILINE)
    assert [re.sub(r"\[\d+:0\]$", "", name) for name in names] == added
    assert f'[dumpfile] "{path}"' in lines
    return names


SIMULATORS = [pytest.param("icarus", marks=needs_icarus), pytest.param("verilator", marks=needs_verilator)]


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_scopes_windows_and_views(simulator: str, run: Run, tmp_path: Path) -> None:
    whole, part = tmp_path / "all.vcd", tmp_path / "part.vcd"
    assert f"waveform: {whole}" in run("--sim", simulator, "--wave", str(whole))
    everything = signals(whole)
    assert set(viewed(whole)) <= set(everything)
    assert len(viewed(whole)) > 15
    assert any(".u_deconvolution." in name for name in everything)
    assert clocks(whole)[0] == 0
    run("--sim", simulator, "--wave", str(part), "--wave-scope", "top,conv0", "--wave-window", "40:60")
    kept = signals(part)
    assert set(viewed(part)) <= set(kept) < set(everything)
    assert any(".dut.u_conv0." in name for name in kept)
    assert not any(".u_deconvolution." in name or ".u_source." in name for name in kept)
    assert 40 <= clocks(part)[0] <= 41
    assert 59 <= clocks(part)[-1] <= 61
    run("--sim", simulator, "--wave", str(part), "--wave-scope", "top", "--wave-window", "200:")
    assert set(viewed(part)) <= set(signals(part))
    assert not any(".u_conv0." in name for name in signals(part))
    assert clocks(part)[0] >= 200
    assert clocks(part)[-1] == clocks(whole)[-1]


def header(path: Path) -> int:
    return path.read_bytes()[0]


@needs_icarus
def test_icarus_writes_fst_which_is_a_tenth(run: Run, tmp_path: Path) -> None:
    for kind in KINDS:
        run("--sim", "icarus", "--wave", str(tmp_path / f"a.{kind}"))
    assert header(tmp_path / "a.fst") == 0
    assert (tmp_path / "a.fst").stat().st_size * 10 < (tmp_path / "a.vcd").stat().st_size


@needs_verilator
def test_verilator_writes_fst(standin_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        verilator._require_compression()
    except MissingToolError as error:
        pytest.skip(str(error))
    golden.save(standins.network(), tmp_path / "nearest.npz")
    sources = ["--dut", str(standin_folder), "--top", "nearest"]
    words = [*sources, "--sim", "verilator", "--wave", str(tmp_path / "a.fst"), "--wave-scope", "top"]
    assert main([str(tmp_path / "nearest.npz"), *STANDIN, *words]) == 0, capsys.readouterr()
    assert header(tmp_path / "a.fst") == 0
    assert (tmp_path / "a.fst").stat().st_size > 500


def test_without_its_headers_it_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    real = subprocess.run
    monkeypatch.setattr(verilator.subprocess, "run", lambda command, **more: real("exit 1", shell=True, check=False))
    with pytest.raises(MissingToolError, match="no headers of zlib and lz4"):
        verilator._require_compression()


WRONG = {
    "another kind": (["--wave", "a.png"], r"--wave a.png; allowed a name that ends with \.fst or \.vcd"),
    "no such process": (["--wave", "a.fst", "--wave-scope", "conv9"], "--wave-scope conv9; allowed all, top, video_input, "),
    "no window": (["--wave", "a.fst", "--wave-window", "100"], "--wave-window 100; allowed FIRST:LAST"),
    "a window backwards": (["--wave", "a.fst", "--wave-window", "100:50"], "--wave-window 100:50; allowed FIRST:LAST"),
    "a window of words": (["--wave", "a.fst", "--wave-window", "a:b"], "--wave-window a:b; allowed FIRST:LAST"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_users_mistake_is_one_line(wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    golden.save(small.network((2,), (3, 3)), tmp_path / "small.npz")
    words, message = WRONG[wrong]
    assert main([str(tmp_path / "small.npz"), *PLAN, "--sim", "icarus", *words]) == 1
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert re.search(message, shown)


@needs_icarus
def test_a_window_behind_the_end_keeps_nothing(run: Run, tmp_path: Path) -> None:
    assert "waveform: none, the run ended before clock 999999" in run(
        "--sim", "icarus", "--wave", str(tmp_path / "a.fst"), "--wave-window", "999999:"
    )
    assert not (tmp_path / "a.fst").exists()
