"""One picture: an array, or a file with what it states, enlarged in stripes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.pictures import photograph
from golden.pictures.bicubic import resize, to_uint8
from golden.pictures.photograph import Photograph
from golden.pictures.transparency import filled
from golden.upscale.means import Means
from golden.video import Picture, enlarge_stripes, to_rgb, to_ycbcr
from golden.video.chroma import enlarge_plane
from golden.video.image import enlarge_images

Pixels = NDArray[np.uint8]
OPAQUE = 255


def upscale(image: NDArray[Any], scale: int, luma_enlarger: Callable[[Pixels], NDArray[Any]]) -> Pixels:
    """The picture or batch that `golden.video.image.enlarge_images` takes, `scale` times as large each way.

    luma_enlarger: takes (rows, columns) uint8 luma, gives (scale*rows, scale*columns) luma, which is rounded to 8 bits.
    Raises VideoError as that does.
    """
    return enlarge_images(image, scale, lambda luma: to_uint8(luma_enlarger(luma)))


def bicubic(image: NDArray[Any], scale: int) -> Pixels:
    """As `upscale`, every component by MATLAB's bicubic."""
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
    colours, alpha = enlarged(found, means)
    photograph.write(colours, target, alpha, found.statements, means.scale)
    left_out = f"; {found.left_out} more in {source} left out" if found.left_out else ""
    return f"{target}: {colours.shape[1]}x{colours.shape[0]}{left_out}"


def enlarged(found: Photograph, means: Means) -> tuple[Pixels, Pixels | None]:
    """The colours and the alpha of a file's picture, enlarged."""
    colours = found.colours if found.alpha is None else filled(found.colours, found.alpha)
    if means.is_bicubic:
        return bicubic(colours, means.scale), None if found.alpha is None else bicubic(found.alpha, means.scale)
    alpha = None if found.alpha is None else enlarge_plane(found.alpha, means.scale, "centre", means.execute)
    picture = Picture.of_rgb(colours) if colours.ndim == 3 else Picture(replace(means.format, sampling="4:0:0"), (colours,))
    picture = Picture(replace(means.format, sampling=picture.format.sampling), picture.planes)
    result = np.empty((colours.shape[0] * means.scale, colours.shape[1] * means.scale, *colours.shape[2:]), np.uint8)
    row = 0
    for stripe in enlarge_stripes(_as_luma(picture, means), means.scale, means.luma, means.reach or 0, means.execute):
        planes = _as_gray(stripe, means).planes
        rows = slice(row, row + len(planes[0]))
        result[rows] = planes[0] if colours.ndim == 2 else np.stack(planes, axis=-1)
        row = rows.stop
    return result, alpha


def _as_luma(picture: Picture, means: Means) -> Picture:
    """A gray picture whose samples are gray colours, as their luma; any other as it is."""
    if picture.format.sampling != "4:0:0" or means.gray == "full":
        return picture
    as_colours = Picture(replace(picture.format, sampling="RGB", range=means.gray), picture.planes * 3)
    return Picture(picture.format, to_ycbcr(as_colours).planes[:1])


def _as_gray(picture: Picture, means: Means) -> Picture:
    """The inverse of `_as_luma`."""
    if picture.format.sampling != "4:0:0" or means.gray == "full":
        return picture
    neutral = np.full_like(picture.planes[0], 128)
    by = replace(picture.format, sampling="4:4:4", range=means.gray)
    return Picture(picture.format, to_rgb(Picture(by, (picture.planes[0], neutral, neutral))).planes[:1])
