"""What a picture file states about its pixels beside the pixels: profile, colour chunks, resolution, camera and author.

Decides for each statement whether it is used, kept or refused, in every format alike:

- used: orientation (EXIF or XMP), transparency by palette or key colour;
- kept: ICC profile, PNG's colour chunks, resolution (the printed size stays), EXIF and XMP without their orientation and thumbnail;
- refused: several pictures in one file, inks (CMYK), other colour models, more than 8 bits, pixels that are not square and have no
  unit of length, and a colour statement that the file to write has no place for.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMATS = {".png": "PNG", ".webp": "WEBP", ".bmp": "BMP", ".tif": "TIFF", ".tiff": "TIFF", ".jpg": "JPEG", ".jpeg": "JPEG"}
"""Pillow's name of the format of each ending that is written."""
READ = ("PNG", "JPEG", "WEBP", "BMP", "DIB", "TIFF")
"""The formats that are read; an ending decides nothing."""
MODES = {
    "1": "L",
    "L": "L",
    "LA": "LA",
    "P": "RGB",
    "PA": "RGBA",
    "RGB": "RGB",
    "RGBA": "RGBA",
    "RGBa": "RGBA",
    "La": "LA",
    "YCbCr": "RGB",
}
"""What is made of each of Pillow's modes; others are refused."""
SRGB_CHUNKS = {
    b"cICP": bytes([1, 13, 0, 1]),
    b"gAMA": struct.pack(">I", 45455),
    b"cHRM": struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000),
}
"""The chunks of a PNG whose colours are sRGB's; PNG specification, third edition, 11.3.2 and 4.3."""
PRIMARY = {"Baseline MP Primary Image", "Undefined"} | {f"Large Thumbnail ({kind} Equivalent)" for kind in ("VGA", "Full HD")}
"""Kinds of pictures in an MPO file beside which the first one is the picture (CIPA DC-007, 5.2.3.3)."""
ORIENTATION, EXIF_IFD, GPS_IFD, INTEROPERABILITY = 0x0112, 0x8769, 0x8825, 0xA005
PIXEL_SIDES = (0xA002, 0xA003)
COLOUR_SPACE, ADOBE_RGB = 0xA001, 2
FIRST_IFD = (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298)
"""Description, make, model, software, date, artist and copyright: what of a TIFF's first directory is not its structure."""
RESOLUTION, RESOLUTION_UNIT, INCH, CENTIMETRE = (0x011A, 0x011B), 0x0128, 2, 3
EXTRA_SAMPLES = 338
XMP_TEXT, XMP_TAG = "XML:com.adobe.xmp", 700


class ImageError(ValueError):
    """A file or folder that gives no image; the message names it."""


@dataclass(frozen=True, eq=False)
class Statements:
    """What one file states; `source` is its name in messages.

    dpi: columns and rows an inch.  exif: without orientation, thumbnail and sides.  chunks: PNG's, by name.
    """

    source: str
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None
    exif: Any = None
    xmp: bytes | None = None
    chunks: tuple[tuple[bytes, bytes], ...] = ()

    def for_file(self, path: Path, scale: int) -> dict[str, Any]:
        """What Pillow's `save` takes for `path`, of a picture `scale` times as large each way.

        Raises ImageError for an ending that is not written, and where the format has no place for a statement about colours.
        """
        kind = format_of(path)
        self._hold_colours(path, kind)
        options: dict[str, Any] = {"format": kind} | QUALITY.get(kind, {})
        if self.icc is not None:
            options["icc_profile"] = self.icc
        dpi = None if self.dpi is None else (scale * self.dpi[0], scale * self.dpi[1])
        if dpi is not None and kind != "WEBP":
            options["dpi"] = dpi
        if kind != "BMP":
            options["exif"] = self._tags(dpi if kind == "WEBP" else None, self.xmp if kind == "TIFF" else None)
        if self.xmp is not None and kind in ("JPEG", "WEBP"):
            options["xmp"] = self.xmp
        if kind == "PNG":
            options["pnginfo"] = self._png()
        return options

    def _hold_colours(self, path: Path, kind: str) -> None:
        where = f"{path}: {kind} has no place for"
        if kind == "BMP" and (self.icc is not None or self._says_adobe_rgb()):
            raise ImageError(f"{where} the colour profile of {self.source}; allowed {', '.join(e for e in FORMATS if e != '.bmp')}")
        odd = [name.decode() for name, data in self.chunks if name != b"sRGB" and data != SRGB_CHUNKS[name]]
        if kind != "PNG" and odd and self.icc is None and b"sRGB" not in dict(self.chunks):
            raise ImageError(f"{where} {' and '.join(odd)} of {self.source}, the colours of a PNG; allowed .png")

    def _says_adobe_rgb(self) -> bool:
        return self.exif is not None and self.exif.get_ifd(EXIF_IFD).get(COLOUR_SPACE) == ADOBE_RGB

    def _tags(self, dpi: tuple[float, float] | None, xmp: bytes | None) -> Any:
        """A copy of the EXIF data, with the resolution, which WebP has no other place for, and XMP, a tag of its own in TIFF."""
        from PIL import Image

        tags = Image.Exif()
        if self.exif is not None:
            tags.load(self.exif.tobytes())
        if dpi is not None:
            tags[RESOLUTION[0]], tags[RESOLUTION[1]], tags[RESOLUTION_UNIT] = *dpi, INCH
        if xmp is not None:
            tags[XMP_TAG] = xmp
        return tags

    def _png(self) -> Any:
        from PIL import PngImagePlugin

        info = PngImagePlugin.PngInfo()
        for name, data in self.chunks:
            info.add(name, data)
        if self.xmp is not None:
            info.add_itxt(XMP_TEXT, self.xmp.decode("utf-8", "replace"))
        return info


QUALITY: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True, "exact": True},
}
"""JPEG with as much chroma as luma; WebP without loss, under full transparency too."""


def format_of(path: Path) -> str:
    """Pillow's name of the format to write.  Raises ImageError for an ending that is not written."""
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise ImageError(f"{path}: cannot write '{path.suffix}'; allowed {', '.join(FORMATS)}") from None


def turned(image: Any) -> bool:
    """Whether upright, rows become columns; of an image that is not loaded yet for TIFF, of a loaded one otherwise."""
    return image.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8)


def stated(image: Any, path: Path, is_turned: bool, chunks: tuple[tuple[bytes, bytes], ...]) -> Statements:
    """The statements of an upright image of `path`, after `check`; chunks: a PNG's about colours."""
    info, dpi = image.info, _dpi(image)
    if dpi is not None and is_turned:
        dpi = dpi[::-1]
    several = getattr(image, "n_frames", 1) > 1
    xmp = None if several else info.get("xmp")  # it may speak of the pictures that are left out
    return Statements(str(path), info.get("icc_profile") or None, dpi, _exif(image), xmp, chunks)


def _dpi(image: Any) -> tuple[float, float] | None:
    """(columns, rows) an inch, of the format's own place or else of EXIF; None where neither has one, or zero: unknown."""
    tags, info = image.getexif(), image.info
    is_made_up = image.format == "TIFF" and RESOLUTION[0] not in image.tag_v2  # by Pillow, as 1 an inch; for JPEG, as 72
    is_made_up |= image.format in ("JPEG", "MPO") and info.get("jfif_unit") not in (1, 2)
    dpi = None if is_made_up else info.get("dpi")
    unit = {INCH: 1.0, CENTIMETRE: 2.54}.get(tags.get(RESOLUTION_UNIT, INCH))
    if dpi is None and unit is not None and all(tag in tags for tag in RESOLUTION):
        dpi = tuple(unit * float(tags[tag]) for tag in RESOLUTION)
    if dpi is None or not all(0 < float(value) < 1e6 for value in dpi):
        return None
    return float(dpi[0]), float(dpi[1])


def check(image: Any, path: Path) -> None:
    """Raises ImageError, by name, for what is not one 8-bit gray or colour picture of square pixels."""
    if _is_deep(image):
        raise ImageError(f"{path}: {image.mode} image of more than 8 bits; allowed 8-bit gray or colour")
    if image.mode not in MODES:
        raise ImageError(f"{path}: {image.mode} image; allowed gray, palette or RGB, with or without transparency")
    count = getattr(image, "n_frames", 1)
    if count > 1 and not (image.format == "MPO" and _is_photograph(image)):
        raise ImageError(f"{path}: {count} pictures in one file; allowed one")
    aspect = image.info.get("aspect") or image.info.get("resolution")
    aspect = image.info.get("jfif_density") if image.info.get("jfif_unit") == 0 else aspect
    if aspect is not None and aspect[0] != aspect[1] and min(aspect) > 0:
        raise ImageError(f"{path}: pixels {aspect[1]:g} wide and {aspect[0]:g} high; allowed square ones")


def left_out(image: Any) -> int:
    """How much of the file is not the picture: a camera's previews and gain maps, channels of a TIFF that are no transparency."""
    pictures = int(getattr(image, "n_frames", 1)) - 1
    channels = len(image.tag_v2.get(EXTRA_SAMPLES, ())) if image.format == "TIFF" else 0
    return pictures + max(0, channels - int(image.has_transparency_data))


def _is_photograph(image: Any) -> bool:
    entries = image.mpinfo.get(0xB002, [])
    return all(entry["Attribute"]["MPType"] in PRIMARY for entry in entries)


def _is_deep(image: Any) -> bool:
    """Whether a channel has more than 8 bits in the file; Pillow drops the rest of a 16-bit colour file without a word."""
    codings = [tile[3] if isinstance(tile[3], str) else str(tile[3][0]) for tile in image.tile if tile[3]]
    return image.mode.startswith(("I", "F")) or any(";16" in coding for coding in codings)


def _exif(image: Any) -> Any:
    """The EXIF data to keep, None where there is none."""
    found = image.getexif()
    kept, is_empty = type(found)(), True
    for tag in FIRST_IFD:
        if tag in found:
            kept[tag], is_empty = found[tag], False
    for ifd in (EXIF_IFD, GPS_IFD):
        content = {tag: value for tag, value in found.get_ifd(ifd).items() if tag not in (*PIXEL_SIDES, INTEROPERABILITY)}
        if content:
            kept.get_ifd(ifd).update(content)
            kept[ifd], is_empty = 0, False  # a place, for Pillow's TIFF writes the directories that have one
    return None if is_empty else kept
