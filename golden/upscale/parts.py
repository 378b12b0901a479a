"""What an interrupted clip leaves beside its output: a whole, playable file, with which the same command goes on.

The file holds the mark of what made it: of another source, network, siting, codec or PyAV it is no beginning.
"""

from __future__ import annotations

import hashlib
import shutil
import struct
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from golden.upscale.means import Means
from golden.video import y4m

DIGITS = 16
KEY = "sr2fpga-"


def part_of(target: Path) -> Path:
    """Where the frames of an interrupted `target` are."""
    return target.with_name(f"{target.stem}.part{target.suffix}")


def mark_of(source: Path, means: Means, encoder: str) -> str:
    """What the frames of a part depend on, as 24 ASCII characters.  Raises OSError for a source that is not there."""
    found = source.stat()
    facts = (str(source.resolve()), found.st_size, found.st_mtime_ns, means.name, means.scale, means.siting, encoder)
    return KEY + hashlib.sha256(repr(facts).encode()).hexdigest()[:DIGITS]


def mark(path: Path, text: str) -> None:
    """Append `text` to a container as an element that every player leaves out."""
    content, suffix = text.encode(), path.suffix.lower()
    if suffix in (".mkv", ".webm"):
        head = bytes([0xEC, 0x80 | len(content)])  # Void; RFC 8794, 11.3.2
    elif suffix == ".avi":
        head = b"JUNK" + struct.pack("<I", len(content))
    else:
        head = struct.pack(">I4s", 8 + len(content), b"free")  # ISO/IEC 14496-12, 8.1.2
    with path.open("ab") as file:
        file.write(head + content)


def is_marked(path: Path, text: str) -> bool:
    """Whether `path` is there and `mark` was given it with this text."""
    if not path.is_file() or path.stat().st_size < len(text):
        return False
    with path.open("rb") as file:
        file.seek(-len(text), 2)
        return file.read() == text.encode()


def leave_y4m(written: Path, header: y4m.Header, frames: int, part: Path, text: str) -> None:
    """Copy the first `frames` whole frames of a clip to `part`, marked in its header."""
    with written.open("rb") as source, part.open("wb") as file:
        source.seek(len(header.line))
        file.write(_marked(header, text).line)
        shutil.copyfileobj(source, file)
        file.truncate(len(_marked(header, text).line) + frames * y4m.frame_bytes(header))


def go_on_y4m(part: Path, header: y4m.Header, outgoing: BinaryIO, text: str) -> int:
    """Copy the whole frames of a part that has this mark behind the header of `outgoing`; returns how many."""
    if not part.is_file():
        return 0
    line, size = _marked(header, text).line, y4m.frame_bytes(header)
    with part.open("rb") as source:
        if source.read(len(line)) != line:
            return 0
        shutil.copyfileobj(source, outgoing)
    frames = (part.stat().st_size - len(line)) // size
    outgoing.seek(len(header.line) + frames * size)
    outgoing.truncate()
    return frames


def _marked(header: y4m.Header, text: str) -> y4m.Header:
    return replace(header, parameters=(*header.parameters, f"X{text}"))
