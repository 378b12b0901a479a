"""Pillow's pictures in memory as arrays; Pillow is not imported: whoever has a picture of its has done so."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.pictures.statements import MODES, ImageError

WITH_ALPHA = {"L": "LA", "RGB": "RGBA"}
"""Where one colour, or some of a palette, are transparent."""


def is_pillow(image: object) -> bool:
    """Whether `image` is a picture of Pillow's."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(image, module.Image)


def through_array(image: Any, work: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> Any:
    """The Pillow picture that `work` makes of the pixels of another: gray, gray and alpha, RGB or RGBA.

    Raises ImageError for a picture of more than 8 bits, and of any other mode than a file may have.
    """
    if image.mode not in MODES:
        raise ImageError(f"picture of mode {image.mode}; allowed {', '.join(MODES)}")
    mode = MODES[image.mode]
    if image.has_transparency_data:
        mode = WITH_ALPHA.get(mode, mode)
    return sys.modules["PIL.Image"].fromarray(work(np.asarray(image.convert(mode))))
