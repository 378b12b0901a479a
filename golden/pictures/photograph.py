"""A picture file as one value: upright 8-bit colours, transparency, and what the file states about them.

Needs Pillow (the extra `images`), imported when the first file is opened.
"""

from __future__ import annotations

import ctypes
import re
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.atomic import replacing
from golden.pictures import png, statements
from golden.pictures.statements import ImageError, Statements, format_of

SIDES = {"PNG": 2**31 - 1, "WEBP": 16383, "BMP": 2**31 - 1, "TIFF": 2**31 - 1, "JPEG": 65500}
"""The largest width and height that each format is written in."""
HOLD_ALPHA = (".png", ".webp", ".tif", ".tiff")


@dataclass(frozen=True, eq=False)
class Photograph:
    """What one file holds.

    pixels: uint8 of (rows, columns) gray, or (rows, columns, 2 to 4): gray and alpha, RGB, RGB and alpha (255 opaque).
    left_out: pictures of the file that are not here: previews and gain maps of a camera's.
    """

    pixels: NDArray[np.uint8]
    statements: Statements
    left_out: int = 0

    @property
    def colours(self) -> NDArray[np.uint8]:
        """(rows, columns) gray or (rows, columns, 3) RGB."""
        if self.alpha is None:
            return self.pixels
        return self.pixels[..., 0] if self.pixels.shape[2] == 2 else self.pixels[..., :3]

    @property
    def alpha(self) -> NDArray[np.uint8] | None:
        """(rows, columns), or None where everything is opaque."""
        return self.pixels[..., -1] if self.pixels.ndim == 3 and self.pixels.shape[2] != 3 else None


def read(path: str | Path) -> Photograph:
    """The picture of a file.

    Raises ImageError naming the file when it is broken, cut, of another format, or states what `statements.check` refuses, and
    OSError for one that is not there or may not be read.
    """
    path = Path(path)
    try:
        from PIL import Image
    except ModuleNotFoundError as error:
        raise ImageError(f"{path}: reading images needs Pillow; allowed after: pip install '.[images]'") from error
    Image.init()  # opening by format knows a few until then
    _silence_libtiff()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of damage that Pillow reads over, and of sizes below its limit
        try:
            with Image.open(path, formats=statements.READ) as image:
                return _photograph(image, path)
        except (ImageError, MemoryError, FileNotFoundError, IsADirectoryError, PermissionError):
            raise
        except Image.DecompressionBombError as error:
            count = "".join(re.findall(r"\((\d+) pixels\)", str(error)))
            raise ImageError(f"{path}: {count} pixels; allowed {2 * (Image.MAX_IMAGE_PIXELS or 0)}") from error
        except Exception as error:  # a damaged file raises anything
            raise ImageError(f"{path}: broken or not an image ({error}); allowed {', '.join(statements.READ)}") from error


@cache
def _silence_libtiff() -> None:
    """What libtiff finds is in Pillow's exception; it would print it, too, in lines of its own."""
    maps = Path("/proc/self/maps")
    for line in maps.read_text().splitlines() if maps.exists() else ():
        if "libtiff" in line:
            ctypes.CDLL(line.split(maxsplit=5)[5]).TIFFSetErrorHandler(None)
            return


def _photograph(image: Any, path: Path) -> Photograph:
    from PIL import ImageOps

    statements.check(image, path)
    chunks: tuple[tuple[bytes, bytes], ...] = ()
    if image.format == "PNG":
        png.scale_key_colour(image)
        chunks = png.colour_chunks(path)
    before = image.format == "TIFF" and statements.turned(image)  # Pillow turns a TIFF when it is loaded
    image.load()
    is_turned = before or statements.turned(image)
    facts, is_transparent, mode = statements.stated(image, path, is_turned, chunks), image.has_transparency_data, image.mode
    upright = ImageOps.exif_transpose(image)
    facts = statements.Statements(facts.source, facts.icc, facts.dpi, facts.exif, _xmp(upright, facts.xmp), facts.chunks)
    kind = statements.MODES[mode]
    if is_transparent:
        kind = "LA" if kind[0] == "L" else "RGBA"
    array = np.asarray(upright.convert("RGBA" if kind == "LA" else kind))
    array = array[..., [0, 3]] if kind == "LA" else array
    if is_transparent and bool((array[..., -1] == 255).all()):
        array = np.ascontiguousarray(array[..., 0] if kind == "LA" else array[..., :3])
    return Photograph(array, facts, statements.left_out(image))


def _xmp(upright: Any, before: bytes | None) -> bytes | None:
    """The XMP text without the orientation that was used."""
    found = upright.info.get("xmp") if before is not None else None
    return found if isinstance(found, bytes) or found is None else str(found).encode()


def check_target(path: Path, source: Photograph | None = None, scale: int = 1) -> None:
    """Raises ImageError for a file that could not be written: its ending, and of `source`, transparency, size or statements."""
    kind = format_of(path)
    if source is None:
        return
    if source.alpha is not None and path.suffix.lower() not in HOLD_ALPHA:
        raise ImageError(
            f"{path}: {kind} has no place for the transparency of {source.statements.source}; allowed {', '.join(HOLD_ALPHA)}"
        )
    rows, columns = (scale * side for side in source.pixels.shape[:2])
    if max(rows, columns) > SIDES[kind]:
        raise ImageError(f"{path}: {columns}x{rows} pixels; allowed {SIDES[kind]} each way in {kind}")
    source.statements.for_file(path, scale)


def write(pixels: NDArray[np.uint8], path: str | Path, of: Statements | None = None, scale: int = 1) -> None:
    """Save a picture, whole or not at all, with what the file it was made of states.

    pixels: as `Photograph` has them.  scale: how much larger it is than that file's picture.
    Raises ImageError as `check_target` does, OSError when the disk refuses.
    """
    from PIL import Image

    path = Path(path)
    options = (of or Statements(str(path))).for_file(path, scale)
    with replacing(path) as temporary:
        Image.fromarray(pixels).save(temporary, **options)
