"""What a PNG file holds beside what Pillow shows: colour chunks, the key colour of few bits, and whether the file is whole.

Pillow reads over wrong checksums, missing rows and a missing end; PNG specification, third edition, 5 to 11.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

COLOUR_CHUNKS = (b"cICP", b"cHRM", b"gAMA", b"sRGB")
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel, by colour type."""
ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""First row, first column, and their steps, of each pass of an interlaced picture."""
PIECE = 1 << 20
"""Bytes that are looked at at a time."""


def colour_chunks(path: Path) -> tuple[tuple[bytes, bytes], ...]:
    """The colour chunks in front of the first IDAT, in the order of `COLOUR_CHUNKS`.

    Raises ValueError, which tells what is wrong, for a file whose checksums, rows or end are.
    """
    found: dict[bytes, bytes] = {}
    pixels, length, expected = zlib.decompressobj(), 0, 0
    with path.open("rb") as stream:
        stream.seek(8)
        for name, data in _pieces(stream):
            if name == b"IHDR":
                expected = _picture_bytes(data)
            elif name == b"IDAT":
                length += _inflated(pixels, data, expected - length)
            elif name in COLOUR_CHUNKS and not length:
                found[name] = found.get(name, b"") + data
    if length < expected:
        raise ValueError(f"{length} bytes of pixels; allowed {expected}")
    return tuple((name, found[name]) for name in COLOUR_CHUNKS if name in found)


def scale_key_colour(image: Any) -> None:
    """Make the transparent gray of a picture of 2 or 4 bits one of 8 bits, as Pillow makes its samples and leaves that one."""
    coding = str(image.tile[0][3]) if image.tile else ""
    if coding in ("L;2", "L;4") and isinstance(image.info.get("transparency"), int):
        image.info["transparency"] *= 255 // (2 ** int(coding[2:]) - 1)


def _pieces(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Names and data of all chunks, long ones in pieces.  Raises ValueError for a wrong checksum and without IEND."""
    name = b""
    while name != b"IEND":
        head = stream.read(8)
        if len(head) < 8:
            raise ValueError("no chunk IEND")
        left, name = struct.unpack(">I4s", head)
        checksum = zlib.crc32(name)
        while left:
            data = stream.read(min(left, PIECE))
            if not data:
                raise ValueError(f"chunk {name.decode('ascii', 'replace')} is cut")
            checksum, left = zlib.crc32(data, checksum), left - len(data)
            yield name, data
        if stream.read(4) != struct.pack(">I", checksum):
            raise ValueError(f"chunk {name.decode('ascii', 'replace')} has another checksum")


def _picture_bytes(header: bytes) -> int:
    """Of all rows and their filters, as IHDR states them."""
    width, height, depth, kind, _, _, is_interlaced = struct.unpack(">IIBBBBB", header)
    total = 0
    for row, column, rows, columns in ADAM7 if is_interlaced else ((0, 0, 1, 1),):
        across, down = -(-(width - column) // columns), -(-(height - row) // rows)
        if across > 0 and down > 0:
            total += down * (1 + -(-across * depth * CHANNELS[kind] // 8))
    return total


def _inflated(pixels: Any, data: bytes, at_most: int) -> int:
    """How many bytes these give, up to `at_most`."""
    length = 0
    while data and length < at_most and not pixels.eof:
        length += len(pixels.decompress(data, PIECE))
        data = pixels.unconsumed_tail
    return length
