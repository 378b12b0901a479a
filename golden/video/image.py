"""Arrays as people have them: gray or RGB, with or without alpha, one or a batch, each enlarged by its own road.

Gray is luma and goes through the network alone; RGB goes by way of 4:4:4; alpha is enlarged as chroma is, by the interpolator, and
colours that it hides are none that a window may see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden import model
from golden.pictures.transparency import filled
from golden.video.chroma import Execute, enlarge_plane
from golden.video.picture import Picture, Plane, VideoError, VideoFormat
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
) -> Image:
    """A picture or a batch of pictures, `scale` times as large each way; the array keeps its axes.

    images: uint8 of (rows, columns), (rows, columns, C), (batch, rows, columns) or (batch, rows, columns, C), with C one of
        `CHANNELS`.  A last axis of 1 to 4 behind two others is C, so that a batch of gray pictures so narrow needs its C = 1.
    luma: enlarges a (rows, columns) plane of luma.  execute: runs the interpolator.  reach: as `enlarge_stripes` has it.
    Raises VideoError for any other array, and where there is colour or alpha at a scale that has no interpolator.
    """
    array = np.asarray(images)
    has_channels = array.ndim > 2 and array.shape[-1] in CHANNELS
    if array.dtype != np.uint8 or array.size == 0 or array.ndim not in (2, 3, 4) or (array.ndim == 4 and not has_channels):
        raise VideoError(f"image of shape {array.shape} and dtype {array.dtype}; allowed {ALLOWED}")
    if array.ndim == 4 or (array.ndim == 3 and not has_channels):
        return np.stack([enlarge_images(one, scale, luma, execute, reach) for one in array])
    if array.ndim == 2:
        return _enlarge_channels(array[..., None], scale, luma, execute, reach)[..., 0]
    return _enlarge_channels(array, scale, luma, execute, reach)


def _enlarge_channels(image: Image, scale: int, luma: Callable[[Plane], Plane], execute: Execute, reach: int | None) -> Image:
    rows, columns, channels = image.shape
    colours, result = image[..., : channels - 1 + channels % 2], np.empty((rows * scale, columns * scale, channels), np.uint8)
    if channels % 2 == 0:
        colours = filled(colours, image[..., -1])
        result[..., -1] = enlarge_plane(np.ascontiguousarray(image[..., -1]), scale, "centre", execute)
    by = VideoFormat("4:0:0" if colours.shape[2] == 1 else "RGB")
    picture, row = Picture(by, tuple(np.ascontiguousarray(plane) for plane in np.moveaxis(colours, 2, 0))), 0
    for stripe in enlarge_stripes(picture, scale, luma, reach, execute):
        taken = slice(row, row + len(stripe.planes[0]))
        for channel, plane in enumerate(stripe.planes):
            result[taken, :, channel] = plane
        row = taken.stop
    return result
