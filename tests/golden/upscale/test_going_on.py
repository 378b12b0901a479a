"""A clip that was interrupted goes on: the same file as without, every frame computed once."""

from __future__ import annotations

import os
from pathlib import Path

import av
import numpy as np
import pytest

import golden
from golden import upscale
from golden.upscale import parts, progress
from tests import strategies
from tests.golden.video.test_container import TIMES, frames_of, make, sound_of
from tests.golden.video.test_y4m import clip

NETWORK = strategies.build_network(1, 3, (4, 3), (3, 1, 9))
OTHER = strategies.build_network(2, 3, (4, 3), (3, 1, 9))
SUFFIX = {".mkv": "pcm_s16le", ".mov": "pcm_s16le", ".mp4": None, ".avi": "pcm_s16le"}


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    golden.save(NETWORK, tmp_path / "network.npz")
    golden.save(OTHER, tmp_path / "other.npz")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*arguments: str, network: str = "network.npz") -> int:
    return upscale.main([*arguments, "--network", network])


def interrupted(monkeypatch, after: int, *arguments: str) -> int:
    """The status of the command that is interrupted once it has computed `after` frames."""
    seen = []

    def one_more(_: object) -> None:
        seen.append(1)
        if len(seen) == after:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(progress.Progress, "one_more", one_more)
        return command(*arguments)


@pytest.fixture(name="computed")
def _computed(monkeypatch):
    """How many frames were computed since."""
    real, count = upscale.clips.enlarge, []
    monkeypatch.setattr("golden.upscale.clips.enlarge", lambda *given: (count.append(1), real(*given))[1])
    return count


@pytest.mark.parametrize("space", ["C420jpeg", "Cmono"])
def test_y4m_goes_on_to_the_very_bytes(folder, monkeypatch, capsys, computed, space) -> None:
    (folder / "in.y4m").write_bytes(clip(space, frames=5))
    assert command("in.y4m", "whole.y4m") == 0
    assert interrupted(monkeypatch, 2, "in.y4m", "out.y4m") == 130
    assert capsys.readouterr().err == "golden.upscale: interrupted; out.part.y4m holds its first 2 frames\n"
    with open("out.part.y4m", "ab") as file:  # noqa: PTH123 - a frame that was not whole
        file.write(b"FRAME\n123")
    assert interrupted(monkeypatch, 1, "in.y4m", "out.y4m") == 130
    capsys.readouterr()
    computed.clear()
    assert command("in.y4m", "out.y4m") == 0
    assert capsys.readouterr().out == "out.y4m: 18x12, frames: 5, 3 of them from out.part.y4m\n"
    assert len(computed) == 2
    assert Path("out.y4m").read_bytes() == Path("whole.y4m").read_bytes()
    assert not Path("out.part.y4m").exists()


@pytest.mark.parametrize(("suffix", "codec"), [(".mkv", "ffv1"), (".mkv", "libx264"), (".mov", "libx264"), (".avi", "ffv1")])
def test_a_container_goes_on_with_sound_and_every_frame(folder, monkeypatch, capsys, computed, suffix, codec) -> None:
    source, target = f"in{suffix}", f"out{suffix}"
    make(Path(source), codec="libx264" if suffix == ".mov" else "ffv1")
    assert command(source, f"whole{suffix}", "--codec", codec) == 0
    assert interrupted(monkeypatch, 3, source, target, "--codec", codec) == 130
    assert len(frames_of(Path(f"out.part{suffix}"))) == 3
    capsys.readouterr()
    computed.clear()
    assert command(source, target, "--codec", codec) == 0
    assert capsys.readouterr().out == f"{target}: 36x24, frames: {len(TIMES)}, 3 of them from out.part{suffix}\n"
    assert len(computed) == len(TIMES) - 3
    assert sound_of(Path(target)) == sound_of(Path(source))
    before, after = frames_of(Path(f"whole{suffix}")), frames_of(Path(target))
    assert [frame.pts * frame.time_base for frame in after] == [frame.pts * frame.time_base for frame in before]
    for one, other in zip(before, after, strict=True):
        difference = np.abs(one.to_ndarray().astype(int) - other.to_ndarray()).max()
        assert difference == 0 if codec == "ffv1" else difference < 60
    assert not Path(f"out.part{suffix}").exists()


def touched(folder: Path) -> tuple[str, ...]:
    os.utime(folder / "in.mkv", ns=(1, 1))
    return ("network.npz",)


OTHERWISE = {
    "another network": lambda folder: ("other.npz",),
    "another source": touched,
    "another codec": lambda folder: ("network.npz", "--codec", "libx264"),
    "another siting": lambda folder: ("network.npz", "--siting", "centre"),
    "a part that is cut": lambda folder: (Path("out.part.mkv").write_bytes(Path("out.part.mkv").read_bytes()[:-30]), "network.npz")[
        1:
    ],
}


@pytest.mark.parametrize("what", OTHERWISE)
def test_a_part_of_something_else_is_no_beginning(folder, monkeypatch, capsys, computed, what) -> None:
    make(Path("in.mkv"))
    assert interrupted(monkeypatch, 3, "in.mkv", "out.mkv", "--codec", "ffv1") == 130
    network, *more = OTHERWISE[what](folder)
    capsys.readouterr()
    computed.clear()
    assert command("in.mkv", "out.mkv", *(more if "--codec" in more else ["--codec", "ffv1", *more]), network=network) == 0
    told = capsys.readouterr()
    assert told.err == "out.part.mkv: of another run, another codec, or not whole; out.mkv begins anew\n"
    assert told.out == f"out.mkv: 36x24, frames: {len(TIMES)}\n"
    assert len(computed) == len(TIMES)


def test_a_part_that_lacks_a_frame_is_no_beginning(folder) -> None:
    make(Path("in.mkv"))
    with av.open("in.mkv") as whole, av.open("hole.mkv", "w") as clip_:
        stream = clip_.add_stream_from_template(whole.streams.video[0])
        for index, packet in enumerate(list(whole.demux(whole.streams.video[0]))[: len(TIMES) - 1]):
            if index != 1:
                packet.stream = stream
                clip_.mux(packet)
    assert upscale.clips.container.begun(Path("hole.mkv"), Path("in.mkv")) == 0
    assert upscale.clips.container.begun(Path("in.mkv"), Path("in.mkv")) == len(TIMES)


@pytest.mark.parametrize("suffix", [".mkv", ".mov", ".mp4", ".avi"])
def test_a_mark_leaves_a_file_playable(folder, suffix) -> None:
    path = Path(f"in{suffix}")
    make(path, codec="libx264", sound=SUFFIX[suffix])
    before = [frame.to_ndarray() for frame in frames_of(path)]
    parts.mark(path, "sr2fpga-0123456789abcdef")
    assert parts.is_marked(path, "sr2fpga-0123456789abcdef")
    assert not parts.is_marked(path, "sr2fpga-0123456789abcdee")
    after = [frame.to_ndarray() for frame in frames_of(path)]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
