"""One picture: an array, or a file with what it states, enlarged in stripes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.pictures import photograph
from golden.pictures.bicubic import resize, to_uint8
from golden.pictures.photograph import Photograph
from golden.pictures.transparency import filled
from golden.upscale.means import Means
from golden.video.image import enlarge_images

Pixels = NDArray[np.uint8]


def bicubic(image: NDArray[Any], scale: int) -> Pixels:
    """(rows, columns) or (rows, columns, C) uint8, `scale` times as large each way, every component by MATLAB's bicubic."""
    planes = image[..., None] if image.ndim == 2 else image
    size = (image.shape[0] * scale, image.shape[1] * scale)
    enlarged = np.stack([to_uint8(resize(planes[..., i], *size)) for i in range(planes.shape[2])], axis=-1)
    return enlarged[..., 0] if image.ndim == 2 else enlarged


def enlarge_file(source: Path, target: Path, means: Means) -> str:
    """Write `target`, the picture of `source` enlarged; returns what was done, in words.

    What `target` cannot hold is found before the work.  Raises ImageError, VideoError, OSError.
    """
    photograph.check_target(target)
    found = photograph.read(source)
    photograph.check_target(target, found, means.scale)
    pixels = enlarged(found, means)
    photograph.write(pixels, target, found.statements, means.scale)
    left_out = f"; {found.left_out} more in {source} left out" if found.left_out else ""
    return f"{target}: {pixels.shape[1]}x{pixels.shape[0]}{left_out}"


def enlarged(found: Photograph, means: Means) -> Pixels:
    """The pixels of a file's picture, enlarged."""
    if not means.is_bicubic:
        return enlarge_images(found.pixels, means.scale, means.luma, means.execute, means.reach, means.format, means.gray)
    if found.alpha is None:
        return bicubic(found.pixels, means.scale)
    colours = filled(found.colours, found.alpha)
    return bicubic(np.dstack([colours, found.alpha]), means.scale)
