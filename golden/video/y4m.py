"""YUV4MPEG2 clips (.y4m), read and written frame by frame, from files and pipes; a broken one is named and refused.

Decides which headers are understood: 8 bits, progressive, 4:2:0, 4:2:2, 4:4:4 and luma alone.  Other parameters go on unread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from golden.atomic import replacing
from golden.video.picture import Picture, Sampling, Siting, VideoError, VideoFormat

MAGIC = b"YUV4MPEG2"
FRAME = b"FRAME\n"
MAX_LINE_BYTES = 4096
MAX_SIDE = 16384
PIPE = Path("-")
"""In place of a file: standard input, or standard output."""
COLOUR_SPACES: dict[str, tuple[Sampling, Siting]] = {
    "420jpeg": ("4:2:0", "centre"),
    "420mpeg2": ("4:2:0", "left"),
    "420": ("4:2:0", "centre"),
    "422": ("4:2:2", "left"),
    "444": ("4:4:4", "centre"),
    "mono": ("4:0:0", "centre"),
}
"""Of the header's C; without it 420jpeg is meant."""


@dataclass(frozen=True)
class Header:
    """What the first line of a clip tells: size in pixels, format, and all its parameters as they stand (`F25:1`, `A1:1`, ...)."""

    width: int
    height: int
    format: VideoFormat
    parameters: tuple[str, ...]

    @property
    def line(self) -> bytes:
        """The header, with this size."""
        own = {"W": f"W{self.width}", "H": f"H{self.height}"}
        return " ".join([MAGIC.decode(), *(own.get(text[0], text) for text in self.parameters)]).encode() + b"\n"


def is_clip(path: Path) -> bool:
    """Whether a file of this name is a clip."""
    return path == PIPE or path.suffix.lower() == ".y4m"


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a clip, or of standard input.  Raises OSError."""
    with _pipe("standard input", 0, "rb") if path == PIPE else path.open("rb") as file:
        yield file


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Where a clip is written: a file that is there when the block ends well and absent otherwise, or standard output."""
    if path == PIPE:
        with _pipe("standard output", 1, "wb") as file:
            yield file
        return
    with replacing(path) as temporary, temporary.open("wb") as file:
        yield file


@contextmanager
def _pipe(name: str, number: int, mode: str) -> Iterator[BinaryIO]:
    """The file of that number, which stays open.  Raises OSError, always naming it."""
    try:
        with open(number, mode, closefd=False) as file:
            yield cast(BinaryIO, file)
    except OSError as error:
        if error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, name) from error


def read_header(stream: BinaryIO, name: str) -> Header:
    """The header of a clip; name: stands for the file in the VideoError of a broken or unsupported one."""
    line = stream.readline(MAX_LINE_BYTES)
    if line.split(b" ")[0].rstrip(b"\n") != MAGIC or not line.endswith(b"\n") or not line.isascii():
        raise VideoError(f"{name}: begins with {line[:32]!r}; allowed a line YUV4MPEG2 W... H... of {MAX_LINE_BYTES} bytes")
    parameters = tuple(line[len(MAGIC) :].decode("ascii").split())
    found: dict[str, str] = {}
    for text in parameters:
        if text[0] in found and text[0] != "X":
            raise VideoError(f"{name}: header has {text[0]}{found[text[0]]} and {text}; allowed one of them")
        found[text[0]] = text[1:]
    width, height = (_side(found.get(letter, ""), letter, name) for letter in "WH")
    if found.get("I", "p") not in ("p", "?"):
        raise VideoError(f"{name}: interlaced clip, I{found['I']}; allowed Ip")
    space = found.get("C", "420jpeg")
    if space not in COLOUR_SPACES:
        raise VideoError(f"{name}: colour space C{space}; allowed {', '.join(f'C{known}' for known in COLOUR_SPACES)}")
    (sampling, siting), is_full = COLOUR_SPACES[space], "XCOLORRANGE=FULL" in parameters
    by = VideoFormat(sampling, range="full" if is_full else "studio", siting=siting)
    try:
        by.plane_shapes(height, width)
    except VideoError as error:
        raise VideoError(f"{name}: {error}") from error
    return Header(width, height, by, parameters)


def frame_bytes(header: Header) -> int:
    """Of one frame, as `write_frame` writes it."""
    return len(FRAME) + sum(rows * columns for rows, columns in header.format.plane_shapes(header.height, header.width))


def read_frames(stream: BinaryIO, header: Header, name: str) -> Iterator[Picture]:
    """The frames that follow, one at a time.  Raises VideoError for one that is cut or broken, and when there is none."""
    shapes = header.format.plane_shapes(header.height, header.width)
    size, count = sum(rows * columns for rows, columns in shapes), 0
    while line := stream.readline(MAX_LINE_BYTES):
        where = f"{name}: frame {count}"
        if not re.fullmatch(rb"FRAME( .*)?\n", line):
            raise VideoError(f"{where}: begins with {line[:32]!r}; allowed a line FRAME")
        content = stream.read(size)
        if len(content) < size:
            raise VideoError(f"{where}: cut after {len(content)} bytes; allowed {size}")
        samples = np.frombuffer(content, dtype=np.uint8)
        ends = np.cumsum([rows * columns for rows, columns in shapes])[:-1]
        yield Picture(header.format, tuple(p.reshape(s) for p, s in zip(np.split(samples, ends), shapes, strict=True)))
        count += 1
    if not count:
        raise VideoError(f"{name}: no frame; allowed one or more")


def write_frame(stream: BinaryIO, picture: Picture) -> None:
    """Write one frame, at once.  Raises OSError."""
    stream.write(FRAME)
    for plane in picture.planes:
        stream.write(plane.tobytes())
    stream.flush()


def _side(text: str, letter: str, name: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,4}", text) or int(text) > MAX_SIDE:
        found = f"{letter}{text[:16]}" if text else f"no {letter}"
        raise VideoError(f"{name}: header has {found}; allowed {letter}1..{letter}{MAX_SIDE}")
    return int(text)
