"""What a clip in a container states beside its samples: used, kept, left out with a word, or refused by name."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from golden.video import VideoError, statements
from golden.video.container import enlarge_clip
from tests.golden.video.test_container import by_network, frames_of

MIRRORED = [-65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30]
SIZE = (64, 32)
"""Which every encoder takes."""


def make(path: Path, place: str = "", pixel_format="yuv420p", codec="libx264", matrix=None, chapters=False) -> Path:
    with av.open(str(path), "w") as clip:
        video = clip.add_stream(codec, rate=25, options={"chroma_sample_location": place} if place else {})
        video.width, video.height, video.pix_fmt = *SIZE, pixel_format
        video.set_display_matrix(matrix)
        if chapters:
            clip.set_chapters([{"id": 1, "start": 0, "end": 40, "time_base": Fraction(1, 1000), "metadata": {"title": "one"}}])
        rng = np.random.default_rng(0)
        for index in range(2):
            frame = av.VideoFrame(*SIZE, pixel_format)
            for plane in frame.planes:
                samples = np.frombuffer(plane, np.uint8)
                samples[:] = rng.integers(20, 230, samples.shape)
            frame.pts, frame.time_base = index, Fraction(1, 25)
            clip.mux(video.encode(frame))
        clip.mux(video.encode(None))
    return path


def place_of(path: Path) -> str:
    with av.open(str(path)) as clip:
        stream = clip.streams.video[0]
        return statements.location(av, next(clip.decode(stream)), stream)


@pytest.mark.parametrize(("place", "siting"), [("", "left"), ("left", "left"), ("center", "centre")])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_where_chroma_lies_is_read_used_and_written(tmp_path, place, siting, suffix) -> None:
    source, target = make(tmp_path / f"in{suffix}", place), tmp_path / f"out{suffix}"
    seen = []
    enlarge_clip(source, target, 3, lambda picture: (seen.append(picture.format.siting), by_network(picture))[1])
    assert seen == [siting] * 2
    assert place_of(target) == statements.LOCATIONS[siting]


@pytest.mark.parametrize(("codec", "siting"), [("libx265", "centre"), ("ffv1", "centre"), ("mjpeg", "centre")])
def test_every_codec_tells_where_chroma_lies(tmp_path, codec, siting) -> None:
    by = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    source = make(tmp_path / "in.mkv", "" if codec == "mjpeg" else "center", by, codec)
    seen = []
    enlarge_clip(source, tmp_path / "out.mkv", 3, lambda picture: (seen.append(picture.format.siting), by_network(picture))[1])
    assert seen == [siting] * 2
    assert place_of(tmp_path / "out.mkv") == "center"


@pytest.mark.parametrize("place", ["topleft", "top", "bottomleft", "bottom"])
def test_a_place_without_an_interpolator_is_refused_by_name_unless_told_otherwise(tmp_path, place) -> None:
    source = make(tmp_path / "in.mkv", place)
    with pytest.raises(VideoError, match=rf"in\.mkv: frame 0: chroma sited {place}; allowed left, center, or --siting"):
        enlarge_clip(source, tmp_path / "out.mkv", 3, by_network)
    enlarge_clip(source, tmp_path / "out.mkv", 3, by_network, siting="left")
    assert place_of(tmp_path / "out.mkv") == "left"


def test_where_chroma_has_a_row_for_each_of_luma_a_height_makes_no_difference(tmp_path) -> None:
    source, seen = make(tmp_path / "in.mkv", "topleft", "yuv422p"), []
    enlarge_clip(source, tmp_path / "out.mkv", 3, lambda picture: (seen.append(picture.format.siting), by_network(picture))[1])
    assert seen == ["left"] * 2


@pytest.mark.parametrize("suffix", [".mov", ".mp4"])
def test_a_mirrored_clip_stays_mirrored(tmp_path, suffix) -> None:
    source, target = make(tmp_path / f"in{suffix}", matrix=MIRRORED), tmp_path / f"out{suffix}"
    enlarge_clip(source, target, 3, by_network)
    assert statements.display_matrix(frames_of(source)[0]) == MIRRORED
    assert [statements.display_matrix(frame) for frame in frames_of(target)] == [MIRRORED] * 2


def test_chapters_stay(tmp_path) -> None:
    enlarge_clip(make(tmp_path / "in.mkv", chapters=True), tmp_path / "out.mkv", 3, by_network)
    with av.open(str(tmp_path / "out.mkv")) as clip:
        assert [chapter["metadata"]["title"] for chapter in clip.chapters()] == ["one"]


class Stated:
    """A frame of a stream as PyAV shows it, with one statement."""

    def __init__(self, name: str = "", **metadata: str) -> None:
        kind = type("Type", (), {"name": name})
        self.side_data = [type("Data", (), {"type": kind})] if name else []
        self.metadata = metadata


@pytest.mark.parametrize("name", statements.REFUSED)
def test_what_can_neither_be_used_nor_kept_is_refused_by_name(name) -> None:
    with pytest.raises(VideoError, match=r"clip: frame 0: .*; allowed"):
        statements.check(Stated(name), Stated(), "clip: frame 0")


def test_a_picture_of_transparency_beside_the_picture_is_refused() -> None:
    with pytest.raises(VideoError, match="transparency beside the picture"):
        statements.check(Stated(), Stated(alpha_mode="1"), "clip: frame 0")


def test_every_statement_has_a_name_of_pyavs_and_one_fate() -> None:
    known = {kind.name for kind in av.sidedata.sidedata.Type}
    assert {*statements.REFUSED, *statements.LEFT_OUT, statements.TURNED} <= known
    assert not set(statements.REFUSED) & set(statements.LEFT_OUT)
    assert statements.left_out(Stated("A53_CC")) == ["A53_CC"]
    assert statements.left_out(Stated("SEI_UNREGISTERED")) == []
