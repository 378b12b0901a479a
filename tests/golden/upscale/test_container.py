"""The command on clips in containers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

import golden
from golden import upscale
from golden.video import run
from golden.video.container import of_frame
from tests import strategies
from tests.golden.video.test_container import TIMES, frames_of, make, sound_of

NETWORK = strategies.build_network(1, 3, (4, 3), (3, 1, 9))


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    golden.save(NETWORK, tmp_path / "network.npz")
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "in.mkv")
    return tmp_path


def command(*arguments: str) -> int:
    return upscale.main([*arguments, "--network", "network.npz"])


def test_a_clip_with_sound_is_the_golden_models(folder, capsys) -> None:
    assert command("in.mkv", "out.mkv", "--codec", "ffv1", "--siting", "centre") == 0
    assert capsys.readouterr().out == f"out.mkv: 36x24, frames: {len(TIMES)}\n"
    assert sound_of(Path("out.mkv")) == sound_of(Path("in.mkv"))
    for before, after in zip(frames_of(Path("in.mkv")), frames_of(Path("out.mkv")), strict=True):
        expected, got = run(NETWORK, of_frame(before, "centre", "")), of_frame(after, "centre", "")
        assert all(np.array_equal(a, b) for a, b in zip(expected.planes, got.planes, strict=True))


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("in.mkv", "out.y4m", "out.y4m: cannot write in.mkv as '.y4m'; allowed .mp4, .mkv"),
        ("in.mkv", "out.png", "out.png: cannot write in.mkv as '.png'"),
        ("in.mkv", "out.webm", "out.webm"),
        ("nothing.mkv", "out.mkv", "nothing.mkv"),
        ("broken.mp4", "out.mkv", "broken.mp4: "),
        ("in.mkv", "no/such/out.mkv", "no/such/out.mkv"),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_no_file(folder, capsys, source, target, message) -> None:
    (folder / "broken.mp4").write_bytes(b"not a clip")
    before = sorted(folder.iterdir())
    assert command(source, target) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert sorted(folder.iterdir()) == before


def test_a_size_that_the_encoder_cannot_take_is_one_line_that_names_the_file(folder, capsys) -> None:
    assert command("in.mkv", "out.mkv", "--codec", "libx265") == 1
    assert capsys.readouterr().err == (
        "golden.upscale: out.mkv: libx265 cannot write yuv420p of 36x24 pixels; allowed a width of 49 or more, or another codec\n"
    )
    assert sorted(path.name for path in folder.iterdir()) == ["in.mkv", "network.npz"]


def test_without_pyav_there_is_one_line_that_names_it(folder, capsys, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    assert command("in.mkv", "out.mkv") == 1
    assert "in.mkv: clips need PyAV; allowed after: pip install '.[video]'" in capsys.readouterr().err


def test_ctrl_c_leaves_a_playable_file_under_another_name(folder) -> None:
    code = (
        "import signal, sys, time, golden.upscale as u, golden.upscale.progress as p\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background inherits that it is ignored
        "seen = []\n"
        "p.Progress.one_more = lambda self: (seen.append(1), len(seen) == 3 and (print('third', flush=True), time.sleep(60)))\n"
        "sys.exit(u.main())"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(golden.__file__).parents[1])}
    command_line = [sys.executable, "-c", code, "in.mkv", "out.mkv", "--codec", "ffv1", "--network", "network.npz"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command_line, cwd=folder, env=environment, **pipes) as process:
        assert process.stdout.readline() == "third\n"
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    assert (process.returncode, error) == (130, "golden.upscale: interrupted; out.part.mkv holds its first 3 frames\n")
    assert sorted(path.name for path in folder.iterdir()) == ["in.mkv", "network.npz", "out.part.mkv"]
    with av.open(str(folder / "out.part.mkv")) as clip:
        assert len(list(clip.decode(clip.streams.video[0]))) == 3
