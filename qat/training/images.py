"""The photographs that scikit-image ships; reading image files is `golden.pictures.images`."""

from __future__ import annotations

from pathlib import Path

from golden.pictures.images import SUFFIXES, ImageError, find_images, read_image
from golden.pictures.quality import psnr

__all__ = ["EMBEDDED", "SUFFIXES", "ImageError", "embedded_images", "find_images", "psnr", "read_image"]

EMBEDDED = (
    "astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "grass.png", "gravel.png",
    "motorcycle_left.png", "motorcycle_right.png", "rocket.jpg",
)  # fmt: skip
"""Photographs inside scikit-image's wheel (its `data/README.txt` gives their origins)."""


def embedded_images() -> list[Path]:
    """The photographs that scikit-image installs."""
    import skimage.data

    folder = Path(str(skimage.data.__file__)).parent
    paths = [folder / name for name in EMBEDDED]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise ImageError(f"{folder}: scikit-image came without {', '.join(missing)}; give images with --data")
    return paths
