"""8-bit RGB to BT.601 studio-range luma and chroma and back, as MATLAB's rgb2ycbcr; a gray image is its own luma."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.pictures.bicubic import FloatArray

_TO_YCBCR = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]) / 255
_OFFSET = np.array([16.0, 128.0, 128.0])
_TO_RGB = np.linalg.inv(_TO_YCBCR)


def luma(image: NDArray[Any]) -> FloatArray:
    """Luma in 16..235, not rounded, of (rows, columns, 3) uint8 RGB; the values as they are of a (rows, columns) gray image."""
    if image.ndim == 2:
        return image.astype(np.float64)
    return np.asarray(image @ _TO_YCBCR[0] + _OFFSET[0])


def to_ycbcr(image: NDArray[Any]) -> FloatArray:
    """(rows, columns, 3) float64 Y, Cb, Cr of (rows, columns, 3) uint8 RGB."""
    return np.asarray(image @ _TO_YCBCR.T + _OFFSET)


def to_rgb(image: FloatArray) -> FloatArray:
    """(rows, columns, 3) float64 RGB, not clipped, of (rows, columns, 3) Y, Cb, Cr."""
    return np.asarray((image - _OFFSET) @ _TO_RGB.T)
