"""Arrays as people have them: gray or RGB, with or without alpha, one or a batch, each enlarged by its own road.

Gray is luma and goes through the network alone; RGB goes by way of 4:4:4; alpha is enlarged as chroma is, by the interpolator, and
colours that it hides are none that a window may see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden import model
from golden.pictures.transparency import filled
from golden.video.chroma import Execute, enlarge_plane
from golden.video.matrix import NEUTRAL, to_rgb, to_ycbcr
from golden.video.picture import Picture, Plane, Range, VideoError, VideoFormat
from golden.video.stripes import enlarge_stripes

Image = NDArray[np.uint8]
CHANNELS = (1, 2, 3, 4)
"""Gray, gray and alpha, RGB, RGB and alpha."""
ALLOWED = "uint8 of (rows, columns), (rows, columns, 1 to 4) or a batch of them along the first axis, at least 1x1"


def enlarge_images(
    images: NDArray[Any],
    scale: int,
    luma: Callable[[Plane], Plane],
    execute: Execute = model.run,
    reach: int | None = None,
    by: VideoFormat = VideoFormat("RGB"),  # noqa: B008 - frozen
    gray: Range = "full",
) -> Image:
    """A picture or a batch of pictures, `scale` times as large each way; the array keeps its axes.

    images: uint8 of (rows, columns), (rows, columns, C), (batch, rows, columns) or (batch, rows, columns, C), with C one of
        `CHANNELS`.  A last axis of 1 to 4 behind two others is C, so that a batch of gray pictures so narrow needs its C = 1.
    luma: enlarges a (rows, columns) plane of luma.  execute: runs the interpolator.  reach: as `enlarge_stripes` has it.
    by: matrix and range of RGB's luma and chroma.  gray: "full" takes gray samples as luma as they are, "studio" as gray colours.
    Raises VideoError for any other array, and where there is colour or alpha at a scale that has no interpolator.
    """
    array = np.asarray(images)
    has_channels = array.ndim > 2 and array.shape[-1] in CHANNELS
    if array.dtype != np.uint8 or array.size == 0 or array.ndim not in (2, 3, 4) or (array.ndim == 4 and not has_channels):
        raise VideoError(f"image of shape {array.shape} and dtype {array.dtype}; allowed {ALLOWED}")
    if array.ndim == 4 or (array.ndim == 3 and not has_channels):
        return np.stack([enlarge_images(one, scale, luma, execute, reach, by, gray) for one in array])
    if array.ndim == 2:
        return enlarge_images(array[..., None], scale, luma, execute, reach, by, gray)[..., 0]
    rows, columns, channels = array.shape
    colours, result = array[..., : channels - 1 + channels % 2], np.empty((rows * scale, columns * scale, channels), np.uint8)
    if channels % 2 == 0:
        colours = filled(colours, array[..., -1])
        result[..., -1] = enlarge_plane(np.ascontiguousarray(array[..., -1]), scale, "centre", execute)
    planes = tuple(np.ascontiguousarray(plane) for plane in np.moveaxis(colours, 2, 0))
    picture, row = _as_luma(Picture(replace(by, sampling="RGB" if len(planes) == 3 else "4:0:0"), planes), gray), 0
    for stripe in enlarge_stripes(picture, scale, luma, reach, execute):
        taken = slice(row, row + len(stripe.planes[0]))
        for channel, plane in enumerate(_as_gray(stripe, gray).planes):
            result[taken, :, channel] = plane
        row = taken.stop
    return result


def _as_luma(picture: Picture, gray: Range) -> Picture:
    """A gray picture whose samples are gray colours, as their luma; any other as it is."""
    if picture.format.sampling != "4:0:0" or gray == "full":
        return picture
    as_colours = Picture(replace(picture.format, sampling="RGB", range=gray), picture.planes * 3)
    return Picture(picture.format, to_ycbcr(as_colours).planes[:1])


def _as_gray(picture: Picture, gray: Range) -> Picture:
    """The inverse of `_as_luma`."""
    if picture.format.sampling != "4:0:0" or gray == "full":
        return picture
    neutral = np.full_like(picture.planes[0], NEUTRAL)
    by = replace(picture.format, sampling="4:4:4", range=gray)
    return Picture(picture.format, to_rgb(Picture(by, (picture.planes[0], neutral, neutral))).planes[:1])
