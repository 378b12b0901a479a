"""Image files to luma: folders of PNG, JPEG or WebP, or the photographs that scikit-image ships.

Decides what an image is; a file that cannot be read is named and refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
EMBEDDED = (
    "astronaut.png", "brick.png", "camera.png", "cell.png", "chelsea.png", "coffee.png", "coins.png", "grass.png",
    "gravel.png", "hubble_deep_field.jpg", "ihc.png", "moon.png", "motorcycle_left.png", "motorcycle_right.png",
    "retina.jpg", "rocket.jpg",
)  # fmt: skip
"""Photographs inside scikit-image's wheel (its `data/README.txt` gives their origins)."""


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


def embedded_images() -> list[Path]:
    """The photographs that scikit-image installs."""
    import skimage.data

    folder = Path(str(skimage.data.__file__)).parent
    paths = [folder / name for name in EMBEDDED]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise ImageError(f"{folder}: scikit-image came without {', '.join(missing)}; give images with --data")
    return paths


def read_image(path: str | Path) -> NDArray[np.uint8]:
    """(rows, columns) of a gray file, (rows, columns, 3) RGB of any other; an alpha channel is dropped.

    Raises ImageError naming the file when it is broken, truncated or no image.
    """
    try:
        with Image.open(path) as image:
            gray = image.mode in ("1", "L", "LA", "I", "I;16")
            if image.mode in ("I", "I;16"):
                raise ImageError(f"{path}: {image.mode} image of more than 8 bits; allowed 8-bit gray or colour")
            return np.asarray(image.convert("L" if gray else "RGB"))
    except ImageError:
        raise
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ImageError(f"{path}: broken or not an image ({error})") from error


def psnr(reference: NDArray[Any], result: NDArray[Any]) -> float:
    """Peak signal-to-noise ratio in dB at peak 255; infinite for equal arrays."""
    error = float(np.square(reference.astype(np.float64) - result).mean())
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)
