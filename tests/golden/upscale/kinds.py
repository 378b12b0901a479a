"""Picture files of all kinds, byte by byte or by Pillow, each with its pixels as they were made, or with why it is refused."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from golden.pictures.png import ADAM7

ROWS, COLUMNS = 12, 20
Y, X = np.mgrid[0:ROWS, 0:COLUMNS]
NOISE = np.random.default_rng(0).integers(0, 256, (ROWS, COLUMNS, 3), dtype=np.uint8)
SMOOTH = np.stack([40 + X * 8, 60 + Y * 10, 200 - X * 4 - Y * 4], -1).astype(np.uint8)
ALPHA = np.where(X < COLUMNS // 2, 9, 200).astype(np.uint8)
GRAY = NOISE[..., 0]
COLOURS = np.random.default_rng(1).integers(0, 256, (16, 3), dtype=np.uint8)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
UPRIGHT = {
    1: SMOOTH,
    2: SMOOTH[:, ::-1],
    3: SMOOTH[::-1, ::-1],
    4: SMOOTH[::-1],
    5: SMOOTH.transpose(1, 0, 2),
    6: np.rot90(SMOOTH, -1),
    7: SMOOTH[::-1, ::-1].transpose(1, 0, 2),
    8: np.rot90(SMOOTH, 1),
}


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    rows: list[bytes], depth: int, kind: int, extra: bytes = b"", interlaced: int = 0, size: tuple[int, int] = (COLUMNS, ROWS)
) -> bytes:
    """rows: packed samples, of every pass in turn, each without its filter."""
    header = struct.pack(">IIBBBBB", *size, depth, kind, 0, 0, interlaced)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def packed(samples: NDArray[Any], depth: int) -> list[bytes]:
    bits = np.unpackbits(samples.astype(np.uint8)[..., None], axis=-1)[..., 8 - depth :]
    return [np.packbits(row).tobytes() for row in bits.reshape(len(samples), -1)]


def passes(samples: NDArray[Any]) -> list[bytes]:
    return [row.tobytes() for r, c, down, across in ADAM7 for row in samples[r::down, c::across]]


def rows(samples: NDArray[Any], kind: str = "u1") -> list[bytes]:
    return [row.astype(kind).tobytes() for row in samples]


def saved(image: Any, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(samples: NDArray[Any], photometric: int, planar: int = 1, extra: tuple[int, ...] = ()) -> bytes:
    """An uncompressed big-endian TIFF of one strip for each plane."""
    stacked = np.atleast_3d(samples)
    height, width, channels = stacked.shape
    planes = channels if planar == 2 else 1
    data = (stacked.transpose(2, 0, 1) if planar == 2 else stacked).tobytes()
    part = len(data) // planes
    found = {256: (width,), 257: (height,), 258: (8 * stacked.itemsize,) * channels, 259: (1,), 262: (photometric,)}
    found |= {
        273: tuple(8 + i * part for i in range(planes)),
        277: (channels,),
        278: (height,),
        279: (part,) * planes,
        284: (planar,),
    }
    found |= {338: extra} if extra else {}
    entries, tail, place = b"", b"", 8 + len(data) + 2 + 12 * len(found) + 4
    for tag, values in found.items():
        content = struct.pack(f">{len(values)}I", *values)
        long = len(content) > 4
        entries += struct.pack(">HHI", tag, 4, len(values)) + (struct.pack(">I", place + len(tail)) if long else content)
        tail += content if long else b""
    return b"MM\0*" + struct.pack(">I", 8 + len(data)) + data + struct.pack(">H", len(found)) + entries + bytes(4) + tail


def bmp(data: bytes, depth: int, height: int = ROWS, coding: int = 0, palette: bytes = b"") -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, COLUMNS, height, 1, depth, coding, len(data), 2835, 2835, len(palette) // 4, 0)
    start = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + header + palette + data


def adobe(jpeg: bytes, transform: int) -> bytes:
    """With Adobe's marker in place of JFIF's."""
    length = struct.unpack(">H", jpeg[4:6])[0]
    return jpeg[:2] + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0" + bytes([transform]) + jpeg[4 + length :]


def turned(kind: str, orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    options = {"JPEG": {"quality": 97, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
    return saved(SMOOTH, kind, exif=tags, **options)


def with_key(mask: NDArray[Any], gray: NDArray[Any]) -> NDArray[np.uint8]:
    return np.dstack([gray, np.where(mask, 0, 255)]).astype(np.uint8)


def right() -> dict[str, tuple[bytes, NDArray[Any], int]]:
    """Name: the file, its upright pixels, and by how many levels a codec that loses something may be off."""
    jpeg, moved = saved(SMOOTH, "JPEG", quality=97), (X + Y) % 16
    found: dict[str, tuple[bytes, Any, int]] = {
        f"{kind} orientation {value}": (turned(kind, value), UPRIGHT[value], 4 if kind == "JPEG" else 0)
        for kind in ("PNG", "JPEG", "WEBP", "TIFF")
        for value in UPRIGHT
    }
    for depth in (1, 2, 4):
        gray = X % 2**depth
        scaled, key = gray * (255 // (2**depth - 1)), chunk(b"tRNS", b"\0\1")
        found[f"PNG gray of {depth} bits"] = (png(packed(gray, depth), depth, 0), scaled.astype(np.uint8), 0)
        found[f"PNG gray of {depth} bits, key"] = (png(packed(gray, depth), depth, 0, key), with_key(gray == 1, scaled), 0)
        index, palette = moved % 2**depth, chunk(b"PLTE", COLOURS[: 2**depth].tobytes())
        found[f"PNG palette of {depth} bits"] = (png(packed(index, depth), depth, 3, palette), COLOURS[index], 0)
    see_through = chunk(b"PLTE", COLOURS.tobytes()) + chunk(b"tRNS", b"\0\x80")
    alpha = np.select([moved == 0, moved == 1], [0, 128], 255)
    found |= {
        "PNG palette with transparency": (png(packed(moved, 4), 4, 3, see_through), np.dstack([COLOURS[moved], alpha]), 0),
        "PNG interlaced": (png(passes(NOISE), 8, 2, interlaced=1), NOISE, 0),
        "PNG gray and alpha": (png(rows(np.dstack([GRAY, ALPHA])), 8, 4), np.dstack([GRAY, ALPHA]), 0),
        "PNG RGB and alpha": (png(rows(np.dstack([NOISE, ALPHA])), 8, 6), np.dstack([NOISE, ALPHA]), 0),
        "PNG with a tail": (saved(NOISE, "PNG") + b"tail", NOISE, 0),
        "PNG with a profile": (saved(NOISE, "PNG", icc_profile=PROFILE), NOISE, 0),
        "JPEG": (jpeg, SMOOTH, 12),
        "JPEG progressive": (saved(SMOOTH, "JPEG", quality=97, progressive=True, subsampling=0), SMOOTH, 4),
        "JPEG gray": (saved(SMOOTH[..., 0], "JPEG", quality=97), SMOOTH[..., 0], 3),
        "JPEG of RGB, Adobe": (saved(SMOOTH, "JPEG", quality=97, keep_rgb=True), SMOOTH, 3),
        "JPEG of YCbCr, Adobe": (adobe(jpeg, 1), SMOOTH, 12),
        "JPEG of a camera": (saved(SMOOTH, "MPO", quality=97, subsampling=0), SMOOTH, 4),
        "WebP lossless": (saved(NOISE, "WEBP", lossless=True), NOISE, 0),
        "WebP": (saved(SMOOTH, "WEBP", quality=97), SMOOTH, 12),
        "WebP with alpha": (saved(np.dstack([NOISE, ALPHA]), "WEBP", lossless=True), np.dstack([NOISE, ALPHA]), 0),
        "TIFF planes": (tiff(NOISE, 2, planar=2), NOISE, 0),
        "TIFF white is 0": (tiff(GRAY, 0), 255 - GRAY, 0),
        "TIFF with alpha": (tiff(np.dstack([NOISE, ALPHA]), 2, extra=(2,)), np.dstack([NOISE, ALPHA]), 0),
        "TIFF gray and alpha": (tiff(np.dstack([GRAY, ALPHA]), 1, extra=(2,)), np.dstack([GRAY, ALPHA]), 0),
        "TIFF LZW": (saved(NOISE, "TIFF", compression="tiff_lzw", tiffinfo={317: 2}), NOISE, 0),
        "TIFF JPEG": (saved(SMOOTH, "TIFF", compression="jpeg", quality=97), SMOOTH, 4),
        "TIFF fax": (saved(Image.fromarray(X % 3 > 0), "TIFF", compression="group4"), ((X % 3 > 0) * 255).astype(np.uint8), 0),
        "TIFF big": (saved(NOISE, "TIFF", big_tiff=True), NOISE, 0),
        "BMP": (saved(NOISE, "BMP"), NOISE, 0),
        "BMP from the top": (bmp(NOISE[..., ::-1].tobytes(), 24, -ROWS), NOISE, 0),
        "BMP of 32 bits": (bmp(np.dstack([NOISE[::-1, :, ::-1], ALPHA]).tobytes(), 32), NOISE, 0),
    }
    return found


def refused() -> dict[str, tuple[bytes, str]]:
    """Name: the file, and what the line tells."""
    whole, other, short = saved(NOISE, "PNG"), Image.fromarray(255 - NOISE), saved(SMOOTH, "TIFF", compression="jpeg")
    flipped = bytearray(whole)
    flipped[-13] ^= 1
    jpeg, deep, ink = saved(SMOOTH, "JPEG"), "of more than 8 bits; allowed 8-bit", Image.fromarray(SMOOTH).convert("CMYK")
    several = {"save_all": True, "append_images": [other]}
    size, broken = jpeg.index(b"\xff\xc0") + 5, "broken or not an image"
    found = {
        "empty": (b"", broken),
        "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", broken),
        "XML": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", broken),
        "PNG without end": (whole[:-12], "no chunk IEND"),
        "PNG cut": (whole[: len(whole) // 2], "chunk IDAT is cut"),
        "PNG of too few rows": (png(rows(NOISE[:6]), 8, 2), "366 bytes of pixels; allowed 732"),
        "PNG interlaced of too few rows": (png(passes(NOISE)[:-1], 8, 2, interlaced=1), "bytes of pixels; allowed"),
        "PNG with a wrong checksum": (bytes(flipped), "chunk IDAT has another checksum"),
        "PNG of a huge header": (png([], 8, 2, size=(100000, 100000)), "10000000000 pixels; allowed 178956970"),
        "PNG of a large header": (png([], 8, 2, size=(13000, 13000)), "0 bytes of pixels; allowed 507013000"),
        "PNG of no columns": (png([], 8, 2, size=(0, 9)), broken),
        "PNG of a text bomb": (png(rows(NOISE), 8, 2, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2_000_000)))), "too large"),
        "PNG RGB of 16 bits": (png(rows(NOISE, ">u2"), 16, 2), deep),
        "PNG gray of 16 bits": (png(rows(GRAY, ">u2"), 16, 0), deep),
        "PNG gray and alpha of 16 bits": (png(rows(np.dstack([GRAY, ALPHA]), ">u2"), 16, 4), deep),
        "PNG that moves": (saved(NOISE, "PNG", **several), "2 pictures in one file; allowed one"),
        "WebP that moves": (saved(NOISE, "WEBP", **several), "2 pictures in one file; allowed one"),
        "TIFF of pages": (saved(NOISE, "TIFF", **several), "2 pictures in one file; allowed one"),
        "TIFF of inks": (tiff(np.dstack([NOISE, ALPHA]), 5), "CMYK image; allowed gray, palette or RGB"),
        "TIFF of 16 bits": (tiff(NOISE.astype(">u2"), 2), deep),
        "TIFF cut": (short[: len(short) - 40], broken),
        "JPEG of inks": (saved(ink, "JPEG"), "CMYK image; allowed gray, palette or RGB"),
        "JPEG of inks, Adobe's YCCK": (adobe(saved(ink, "JPEG"), 2), "CMYK image; allowed gray, palette or RGB"),
        "JPEG cut": (jpeg[:-40], broken),
        "JPEG of a huge header": (jpeg[:size] + b"\xff\xf0\xff\xf0" + jpeg[size + 4 :], "pixels; allowed 178956970"),
        "WebP cut": (saved(NOISE, "WEBP")[:-40], broken),
        "BMP cut": (bmp(b"abc", 24), broken),
    }
    kinds = {
        "GIF": {},
        "moving GIF": {"save_all": True, "append_images": [other]},
        "ICO": {},
        "PPM": {},
        "TGA": {},
        "EPS": {},
        "PDF": {},
    }
    return found | {name: (saved(SMOOTH, name.split()[-1], **options), broken) for name, options in kinds.items()}
