"""MATLAB's bicubic `imresize`, the resampling that super-resolution papers mean by "bicubic".

a = -0.5, kernel widened by the factor when shrinking (antialiasing), weights normalised, mirrored borders.
Source: Keys, "Cubic convolution interpolation for digital image processing", 1981; checked against published PSNR in the tests.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def resize(image: NDArray[Any], height: int, width: int) -> FloatArray:
    """`image` (rows, columns) resampled to (height, width), in float64 and not rounded; columns and rows at least 1."""
    if min(height, width, *image.shape) < 1:
        raise ValueError(f"cannot resize {image.shape} to {(height, width)}; allowed at least 1x1")
    rows_done = _resample(image.astype(np.float64), height)
    return np.ascontiguousarray(_resample(rows_done.T, width).T)


def shrink(image: NDArray[Any], scale: int) -> FloatArray:
    """`image` at 1/scale of its size; rows and columns must be multiples of scale (see `crop_to_multiple`)."""
    if image.shape[0] % scale or image.shape[1] % scale:
        raise ValueError(f"image of {image.shape[1]}x{image.shape[0]} is not a multiple of {scale}")
    return resize(image, image.shape[0] // scale, image.shape[1] // scale)


def crop_to_multiple(image: NDArray[Any], scale: int) -> NDArray[Any]:
    """`image` without the last rows and columns that are over a multiple of scale (MATLAB's modcrop)."""
    return image[: image.shape[0] // scale * scale, : image.shape[1] // scale * scale]


def to_uint8(image: FloatArray) -> NDArray[np.uint8]:
    """Rounded half up, clipped to 0..255, as MATLAB's uint8().

    >>> to_uint8(np.array([-3.0, 0.5, 1.5, 254.5, 300.0]))
    array([  0,   1,   2, 255, 255], dtype=uint8)
    """
    return np.clip(np.floor(image + 0.5), 0, 255).astype(np.uint8)


def _resample(image: FloatArray, size: int) -> FloatArray:
    """Resample the rows."""
    index, weight = _contributions(image.shape[0], size)
    result = np.zeros((size, image.shape[1]))
    for column in range(index.shape[1]):
        result += weight[:, column, None] * image[index[:, column]]
    return result


def _contributions(size_in: int, size_out: int) -> tuple[NDArray[np.int64], FloatArray]:
    """(size_out, taps) source rows and weights; both ends see the image mirrored."""
    factor = size_out / size_in
    widening = min(factor, 1.0)
    center = (np.arange(size_out) + 0.5) / factor - 0.5
    reach = 2 / widening
    first = np.floor(center - reach).astype(np.int64)
    index = first[:, None] + np.arange(int(np.ceil(2 * reach)) + 2)
    weight = _cubic((center[:, None] - index) * widening)
    weight /= weight.sum(axis=1, keepdims=True)
    mirrored = index % (2 * size_in)
    return np.where(mirrored < size_in, mirrored, 2 * size_in - 1 - mirrored), weight


def _cubic(t: FloatArray) -> FloatArray:
    t = np.abs(t)
    near = (1.5 * t - 2.5) * t * t + 1
    far = ((-0.5 * t + 2.5) * t - 4) * t + 2
    return np.where(t <= 1, near, np.where(t < 2, far, 0.0))
