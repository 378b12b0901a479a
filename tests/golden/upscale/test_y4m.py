"""The upscale command on clips: frames as golden.video has them, files whole or absent, pipes."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import golden
from golden import upscale
from golden.pictures.bicubic import resize, to_uint8
from golden.video import run, y4m
from golden.video.chroma import enlarge_plane
from tests import strategies
from tests.golden.video.test_y4m import BROKEN, SPACES, clip, read

NETWORK = strategies.build_network(1, 3, (4, 3), (3, 1, 9))
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(golden.__file__).parents[1])}
COMMAND = [sys.executable, "-m", "golden.upscale"]


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    golden.save(NETWORK, tmp_path / "network.npz")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*arguments: str, network: str = "network.npz") -> list[str]:
    return [*arguments, "--network", network]


def expected(content: bytes) -> bytes:
    """What the command makes of a clip, by golden.video."""
    stream = io.BytesIO(content)
    header = y4m.read_header(stream, "clip")
    out = io.BytesIO()
    out.write(header.line.replace(b"W6 H4", b"W18 H12"))
    for frame in y4m.read_frames(stream, header, "clip"):
        y4m.write_frame(out, run(NETWORK, frame))
    return out.getvalue()


@pytest.mark.parametrize("space", SPACES)
def test_every_component_of_a_clip_is_the_golden_models(folder, capsys, space) -> None:
    (folder / "in.y4m").write_bytes(clip(space, frames=3))
    assert upscale.main(command("in.y4m", "out.y4m")) == 0
    assert capsys.readouterr().out == "out.y4m: 18x12, frames: 3\n"
    assert (folder / "out.y4m").read_bytes() == expected(clip(space, frames=3))


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_clip_is_one_line_and_leaves_no_file(folder, capsys, content, message) -> None:
    (folder / "clip.y4m").write_bytes(content)
    (folder / "out.y4m").write_bytes(b"old")
    assert upscale.main(command("clip.y4m", "out.y4m")) == 1
    error = capsys.readouterr().err
    assert error.startswith("golden.upscale: clip.y4m: ")
    assert error.count("\n") == 1
    assert (folder / "out.y4m").read_bytes() == b"old"
    assert sorted(path.name for path in folder.iterdir()) == ["clip.y4m", "network.npz", "out.y4m"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("in.y4m", "out.png"), "out.png: cannot write in.y4m as '.png'; allowed .y4m or -"),
        (("in.png", "out.y4m"), "out.y4m: cannot write '.y4m'; allowed .png"),
        (("missing.y4m", "out.y4m"), "missing.y4m"),
        (("in.y4m", "no/such/out.y4m"), "no/such/out.y4m"),
    ],
)
def test_bad_arguments_are_one_line(folder, capsys, arguments, message) -> None:
    (folder / "in.y4m").write_bytes(clip())
    assert upscale.main(command(*arguments)) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_bicubic_takes_the_networks_place_for_luma_alone(folder) -> None:
    (folder / "in.y4m").write_bytes(clip("C420mpeg2", frames=1))
    assert upscale.main(["in.y4m", "out.y4m", "--bicubic", "--scale", "2"]) == 0
    _, (small,) = read(clip("C420mpeg2", frames=1))
    header, (large,) = read((folder / "out.y4m").read_bytes())
    assert (header.width, header.height) == (12, 8)
    assert np.array_equal(large.planes[0], to_uint8(resize(small.planes[0], 8, 12)))
    assert np.array_equal(large.planes[1], enlarge_plane(small.planes[1], 2, "left"))


def piped(arguments: list[str], content: bytes, folder: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], input=content, capture_output=True, cwd=folder, env=ENVIRONMENT, timeout=60)


def test_a_clip_goes_through_pipes(folder) -> None:
    done = piped(command("-", "-"), clip("C422"), folder)
    assert (done.returncode, done.stdout) == (0, expected(clip("C422")))
    assert done.stderr == b"-: 18x12, frames: 2\n"


def test_a_clip_that_is_cut_in_a_pipe_ends_with_one_line(folder) -> None:
    done = piped(command("-", "-"), clip()[:-1], folder)
    assert done.returncode == 1
    assert done.stderr == b"golden.upscale: standard input: frame 1: cut after 35 bytes; allowed 36\n"
    assert expected(clip()).startswith(done.stdout)


def test_a_reader_that_leaves_early_ends_it_with_one_line(folder) -> None:
    (folder / "in.y4m").write_bytes(clip(frames=40, size=(64, 64)))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*COMMAND, *command("in.y4m", "-")], cwd=folder, env=ENVIRONMENT, **pipes) as process:
        process.stdout.read(10)
        process.stdout.close()
        error = process.stderr.read()
    assert process.returncode == 1
    assert error == b"golden.upscale: [Errno 32] Broken pipe: 'standard output'\n"


def test_ctrl_c_leaves_no_half_clip(folder) -> None:
    code = (
        "import signal, sys, golden.upscale as u\n"
        "from golden.video import y4m\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background inherits that it is ignored
        "frame = y4m.write_frame\n"
        "y4m.write_frame = lambda *given: (frame(*given), print('written', flush=True))\n"
        "sys.exit(u.main())"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command_line = [sys.executable, "-c", code, *command("-", "out.y4m")]
    with subprocess.Popen(command_line, cwd=folder, env=ENVIRONMENT, **pipes) as process:
        process.stdin.write(clip(frames=1))
        process.stdin.flush()
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error == b"golden.upscale: interrupted, nothing written\n"
    assert [path.name for path in folder.iterdir()] == ["network.npz"]


def test_a_frame_is_written_before_the_next_one_is_read(folder) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    first, whole = expected(clip(frames=1)), clip(frames=2)
    with subprocess.Popen([*COMMAND, *command("-", "-")], cwd=folder, env=ENVIRONMENT, **pipes) as process:
        process.stdin.write(clip(frames=1))
        process.stdin.flush()
        assert process.stdout.read(len(first)) == first
        process.stdin.write(whole[len(clip(frames=1)) :])
        process.stdin.close()
        assert first + process.stdout.read() == expected(whole)
    assert process.returncode == 0
