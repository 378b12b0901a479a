"""What an encoder cannot take ends in one line before the work, at every size; a process that dies would say nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest

import golden
from golden.video import VideoError
from golden.video.container import enlarge_clip, of_frame
from golden.video.encoders import CODECS, NARROWEST
from tests.golden.video.test_container import LEFT, TIMES, by_network, frames_of, make

SIDES = [(2, 2), (2, 40), (12, 8), (16, 16), (36, 24), (48, 30), (48, 66), (50, 16), (66, 24), (130, 18), (20000, 16)]
CHECKED = "/lib/x86_64-linux-gnu/libc_malloc_debug.so.0"
"""glibc's, under which a write beyond a block ends the process at once, not by chance."""
EVERY_SIDE = """
import json, sys
from pathlib import Path
from golden.video.container import enlarge_clip, of_frame
from golden.video.picture import VideoError
for index, codec in enumerate(json.loads(sys.argv[1])):
    for source in sorted(Path().glob("*x*.mkv")):
        try:
            enlarge_clip(source, Path("out.mkv"), 1, lambda picture: picture, codec)
            print(codec, source.stem, "written")
        except VideoError as error:
            print(codec, source.stem, error)
"""


def cannot(picture: object) -> None:
    pytest.fail("worked")


def test_no_size_ends_the_process(tmp_path) -> None:
    for width, height in SIDES:
        make(tmp_path / f"{width}x{height}.mkv", size=(width, height), codec="rawvideo", sound=None)
    environment = os.environ | {"PYTHONPATH": str(Path(golden.__file__).parents[1])}
    if Path(CHECKED).exists():
        environment |= {"LD_PRELOAD": CHECKED, "GLIBC_TUNABLES": "glibc.malloc.check=3"}
    command = [sys.executable, "-c", EVERY_SIDE, json.dumps(list(CODECS))]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == len(CODECS) * len(SIDES)
    assert {line for line in lines if "allowed" not in line and not line.endswith("written")} == set()
    written = {tuple(line.split()[:2]) for line in lines if line.endswith("written")}
    assert {("libx264", "2x2"), ("libx264", "36x24"), ("ffv1", "36x24"), ("libx265", "50x16"), ("libx265", "130x18")} <= written
    assert not {("libx265", "12x8"), ("libx265", "36x24"), ("libx265", "48x66"), ("libx264", "20000x16")} & written


@pytest.mark.parametrize(
    ("codec", "size", "pixel_format", "message"),
    [
        ("libx265", (12, 8), "yuv420p", r"out\.mkv: libx265 cannot write yuv420p of 36x24 pixels; allowed a width of 49 or more"),
        (
            "libx265",
            (18, 4),
            "yuv420p",
            r"libx265 cannot write yuv420p of 54x12 pixels .*; allowed another size or codec",
        ),
        ("libx264", (6000, 2), "yuv420p", r"libx264 cannot write yuv420p of 18000x6 pixels \(.*\); allowed another size or codec"),
        ("libx264", (12, 8), "bgr0", r"libx264 cannot write gbrp of 36x24 pixels; allowed yuv420p, "),
    ],
)
def test_a_picture_that_an_encoder_cannot_take_is_named_before_the_work(tmp_path, codec, size, pixel_format, message) -> None:
    make(tmp_path / "in.mkv", pixel_format, size, sound=None)
    with pytest.raises(VideoError, match=message):
        enlarge_clip(tmp_path / "in.mkv", tmp_path / "out.mkv", 3, cannot, codec)


def test_a_container_without_a_place_for_the_sound_is_named_before_the_work(tmp_path) -> None:
    make(tmp_path / "in.mkv", codec="libx264")
    with pytest.raises(VideoError, match=r"out\.mp4: .*, the container may have no place for these streams; allowed \.mkv"):
        enlarge_clip(tmp_path / "in.mkv", tmp_path / "out.mp4", 3, cannot)


def test_the_log_is_off_for_a_decoders_thread_that_writes_into_it_can_stop_the_process(tmp_path) -> None:
    make(tmp_path / "in.mkv", codec="libx264")
    for target in ("out.mkv", "out.mp4"):
        with suppress(VideoError):
            enlarge_clip(tmp_path / "in.mkv", tmp_path / target, 3, by_network)
        assert av.logging.get_level() is None


def test_colours_are_written_as_they_are_by_the_encoder_that_loses_nothing(tmp_path) -> None:
    make(tmp_path / "in.mkv", "bgr0", (14, 8), sound=None)
    enlarge_clip(tmp_path / "in.mkv", tmp_path / "out.mkv", 3, by_network, "ffv1")
    for before, after in zip(frames_of(tmp_path / "in.mkv"), frames_of(tmp_path / "out.mkv"), strict=True):
        expected, got = by_network(of_frame(before, LEFT, "")), of_frame(after, LEFT, "")
        assert got.format.sampling == "RGB"
        assert [np.array_equal(a, b) for a, b in zip(expected.planes, got.planes, strict=True)] == [True] * 3


def test_the_narrowest_that_is_allowed_is_written(tmp_path) -> None:
    for codec, width in NARROWEST.items():
        make(tmp_path / "in.mkv", "yuv444p", (width, 16), "ffv1", sound=None)
        enlarge_clip(tmp_path / "in.mkv", tmp_path / "out.mkv", 1, lambda picture: picture, codec)
        assert len(frames_of(tmp_path / "out.mkv")) == len(TIMES)
