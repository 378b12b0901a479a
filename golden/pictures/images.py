"""Image files to arrays: folders of PNG, JPEG, WebP, BMP or TIFF; a file that cannot be read is named and refused.

Needs Pillow (the extra `images`), imported when the first file is opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


class ImageError(ValueError):
    """A file or folder that gives no image; the message names it."""


def find_images(sources: Iterable[str | Path]) -> list[Path]:
    """The image files among `sources`: files as given, folders searched with all below them, in sorted order.

    Raises ImageError for a source that does not exist or a folder without images.
    """
    found: list[Path] = []
    for source in map(Path, sources):
        if source.is_dir():
            inside = sorted(path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
            if not inside:
                raise ImageError(f"{source}: no image in this folder; allowed {', '.join(SUFFIXES)}")
            found += inside
        elif source.is_file():
            found.append(source)
        else:
            raise ImageError(f"{source}: no such file or folder")
    return found


def read_image(path: str | Path) -> NDArray[np.uint8]:
    """(rows, columns) of a gray file, (rows, columns, 3) RGB of any other; an alpha channel is dropped.

    Raises ImageError naming the file when it is broken, truncated or no image.
    """
    try:
        from PIL import Image
    except ModuleNotFoundError as error:
        raise ImageError(f"{path}: reading images needs Pillow; allowed after: pip install 'sr2fpga[images]'") from error
    try:
        with Image.open(path) as image:
            if _is_deep(image):
                raise ImageError(f"{path}: {image.mode} image of more than 8 bits; allowed 8-bit gray or colour")
            return np.asarray(image.convert("L" if image.mode in ("1", "L", "LA") else "RGB"))
    except ImageError:
        raise
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ImageError(f"{path}: broken or not an image ({error})") from error


def _is_deep(image: Any) -> bool:
    """Whether a channel has more than 8 bits in the file; Pillow drops the rest of a 16-bit colour file without a word."""
    codings = [tile[3] if isinstance(tile[3], str) else str(tile[3][0]) for tile in image.tile if tile[3]]
    return image.mode.startswith(("I", "F")) or any(";16" in coding for coding in codings)
