"""8-bit RGB to BT.601 studio-range luma, as MATLAB's rgb2ycbcr; a gray image is its own luma.

Training and evaluation take it as it is; `golden.video` has luma and chroma in integers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.pictures.bicubic import FloatArray

_TO_LUMA = np.array([65.481, 128.553, 24.966]) / 255
_BLACK = 16.0


def luma(image: NDArray[Any]) -> FloatArray:
    """Luma in 16..235, not rounded, of (rows, columns, 3) uint8 RGB; the values as they are of a (rows, columns) gray image."""
    if image.ndim == 2:
        return image.astype(np.float64)
    return np.asarray(image @ _TO_LUMA + _BLACK)
