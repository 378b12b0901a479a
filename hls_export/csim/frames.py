"""The frames whose vectors an export carries: real photographs and frames made to break a line buffer or an accumulator.

Small by default (a few thousand pixels in all, so that the folder stays light); "full" adds every embedded photograph whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.spec import IntNetwork
from hls_export.errors import ExportError

Frames = dict[str, NDArray[np.uint8]]
CROP_ROWS, CROP_COLUMNS = 20, 28
MODES = ("small", "full")


def chosen(network: IntNetwork, max_height: int, max_width: int, mode: str = "small") -> Frames:
    """Frames by name, in the order in which they follow each other, none larger than the hardware takes.

    Sizes change from frame to frame.  Raises ExportError for another mode.
    """
    from golden.pictures import frames

    if mode not in MODES:
        raise ExportError(f"vectors '{mode}'; allowed {' or '.join(MODES)}")
    photographs = frames.photographs()
    picked = photographs if mode == "full" else {name: _middle(photographs[name]) for name in sorted(photographs)[:2]}
    found = {_word(name): frame for name, frame in picked.items()} | adversarial(network)
    return {name: np.ascontiguousarray(frame[:max_height, :max_width]) for name, frame in found.items()}


def adversarial(network: IntNetwork) -> Frames:
    """Extremes of the first layer's accumulators, flat white, single border pixels, noise in odd and one-pixel sizes."""
    from golden.pictures import frames

    random = np.random.default_rng(20_430_543)
    border = np.zeros((9, 11), np.uint8)
    border[0, 0] = border[0, -1] = border[-1, 0] = border[-1, -1] = border[4, 0] = border[0, 5] = 255
    return {
        "one_pixel": np.full((1, 1), 255, np.uint8),
        "extremes": frames.extremes(network)[:18, :35],
        "white": np.full((6, 13), 255, np.uint8),
        "border_pixels": border,
        "one_row": random.integers(0, 256, (1, 7), dtype=np.uint8),
        "one_column": random.integers(0, 256, (7, 1), dtype=np.uint8),
        "noise": random.integers(0, 256, (5, 3), dtype=np.uint8),
    }


def _middle(frame: NDArray[Any]) -> NDArray[Any]:
    top, left = ((size - part) // 2 for size, part in zip(frame.shape, (CROP_ROWS, CROP_COLUMNS), strict=True))
    return frame[max(0, top) : max(0, top) + CROP_ROWS, max(0, left) : max(0, left) + CROP_COLUMNS]


def _word(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in name)
