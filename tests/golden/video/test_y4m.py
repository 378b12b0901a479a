"""Clips: headers that are understood, whole frames, and one clear line for anything broken."""

from __future__ import annotations

import io

import numpy as np
import pytest

from golden.video import VideoError, VideoFormat, y4m
from tests.golden.video.pictures import picture

SPACES = {
    "C420jpeg": VideoFormat("4:2:0", siting="centre"),
    "C420mpeg2": VideoFormat("4:2:0", siting="left"),
    "C420": VideoFormat("4:2:0", siting="centre"),
    "": VideoFormat("4:2:0", siting="centre"),
    "C422": VideoFormat("4:2:2", siting="left"),
    "C444": VideoFormat("4:4:4", siting="centre"),
    "Cmono": VideoFormat("4:0:0", siting="centre"),
}


def clip(space: str = "C420jpeg", frames: int = 2, size: tuple[int, int] = (4, 6), parameters: str = "F25:1 Ip A1:1") -> bytes:
    """A clip as another program writes it, plane by plane."""
    text = f"YUV4MPEG2 W{size[1]} H{size[0]} {parameters} {space}".strip() + "\n"
    content = [b"".join(p.tobytes() for p in picture(SPACES[space], *size, 3 * i).planes) for i in range(frames)]
    return text.encode() + b"".join(b"FRAME\n" + samples for samples in content)


def read(content: bytes):
    stream = io.BytesIO(content)
    header = y4m.read_header(stream, "clip.y4m")
    return header, list(y4m.read_frames(stream, header, "clip.y4m"))


@pytest.mark.parametrize("space", SPACES)
def test_a_clip_is_read_in_its_format(space) -> None:
    header, frames = read(clip(space))
    assert (header.width, header.height, header.format) == (6, 4, SPACES[space])
    assert len(frames) == 2
    for index, frame in enumerate(frames):
        expected = picture(SPACES[space], 4, 6, 3 * index).planes
        assert all(np.array_equal(a, b) for a, b in zip(frame.planes, expected, strict=True))


@pytest.mark.parametrize("space", SPACES)
def test_what_is_written_is_what_was_read(space) -> None:
    header, frames = read(clip(space))
    out = io.BytesIO(header.line)
    out.seek(0, io.SEEK_END)
    for frame in frames:
        y4m.write_frame(out, frame)
    assert out.getvalue() == clip(space)


def test_parameters_of_frames_and_of_others_are_passed_over() -> None:
    content = clip(parameters="F30000:1001 A4:3 XCOLORRANGE=FULL XYSCSS=420JPEG").replace(b"FRAME\n", b"FRAME Xnote\n")
    header, frames = read(content)
    assert header.format == VideoFormat("4:2:0", range="full", siting="centre")
    assert header.line == b"YUV4MPEG2 W6 H4 F30000:1001 A4:3 XCOLORRANGE=FULL XYSCSS=420JPEG C420jpeg\n"
    assert len(frames) == 2


WHOLE = clip()
BROKEN = {
    "empty": (b"", "clip.y4m: begins with b''; allowed a line YUV4MPEG2"),
    "another file": (b"\x89PNG\r\n\x1a\n" * 9, r"clip.y4m: begins with b'\\x89PNG.*; allowed a line YUV4MPEG2"),
    "a longer word": (WHOLE.replace(b"YUV4MPEG2", b"YUV4MPEG23"), "begins with b'YUV4MPEG23 W6"),
    "no end of line": (b"YUV4MPEG2 W6 H4" + b" " * 5000, "allowed a line YUV4MPEG2"),
    "no ASCII": (WHOLE.replace(b"F25", b"F\xe925"), "allowed a line YUV4MPEG2"),
    "no width": (WHOLE.replace(b"W6 ", b""), "header has no W; allowed W1..W16384"),
    "no height": (WHOLE.replace(b"H4", b"H"), "header has no H; allowed H1..H16384"),
    "width 0": (WHOLE.replace(b"W6", b"W0"), "header has W0; allowed W1..W16384"),
    "width signed": (WHOLE.replace(b"W6", b"W-6"), "header has W-6; allowed"),
    "width of letters": (WHOLE.replace(b"W6", b"Wsix"), "header has Wsix; allowed"),
    "height too large": (WHOLE.replace(b"H4", b"H16386"), "header has H16386; allowed H1..H16384"),
    "two widths": (WHOLE.replace(b"W6", b"W6 W8"), "header has W6 and W8; allowed one of them"),
    "odd width": (WHOLE.replace(b"W6", b"W7"), "clip.y4m: 4:2:0 picture of 7x4; allowed at least 1x1, even width and even height"),
    "interlaced": (WHOLE.replace(b"Ip", b"It"), "interlaced clip, It; allowed Ip"),
    "10 bits": (
        WHOLE.replace(b"C420jpeg", b"C420p10"),
        "colour space C420p10; allowed C420jpeg, C420mpeg2, C420, C422, C444, Cmono",
    ),
    "4:1:1": (WHOLE.replace(b"C420jpeg", b"C411"), "colour space C411; allowed"),
    "DV's siting": (WHOLE.replace(b"C420jpeg", b"C420paldv"), "colour space C420paldv; allowed"),
    "alpha": (WHOLE.replace(b"C420jpeg", b"C444alpha"), "colour space C444alpha; allowed"),
    "no frame": (WHOLE[: WHOLE.index(b"FRAME")], "clip.y4m: no frame; allowed one or more"),
    "cut by one byte": (WHOLE[:-1], "clip.y4m: frame 1: cut after 35 bytes; allowed 36"),
    "cut in the frame's line": (WHOLE[: WHOLE.rindex(b"FRAME") + 3], "frame 1: begins with b'FRA'; allowed a line FRAME"),
    "cut after the frame's line": (WHOLE[: WHOLE.rindex(b"FRAME") + 6], "frame 1: cut after 0 bytes; allowed 36"),
    "one byte too many": (WHOLE + b"\0", r"frame 2: begins with b'\\x00'; allowed a line FRAME"),
    "another frame's line": (WHOLE.replace(b"FRAME", b"FRAMES"), "frame 0: begins with b'FRAMES"),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_clip_is_refused_in_one_line(content, message) -> None:
    with pytest.raises(VideoError, match=message) as refused:
        read(content)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200


def test_names_of_clips() -> None:
    assert [y4m.is_clip(y4m.Path(name)) for name in ("a.y4m", "A.Y4M", "-", "a.png", "y4m")] == [True, True, True, False, False]
