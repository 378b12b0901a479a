"""Colours under full transparency, which nobody sees and a network's window does.

Programs leave black there, or anything; enlarged as it is, it would reach into the visible edge as a dark fringe.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

REACH = 16
"""Pixels around what is visible; no shipped network's window reaches further."""
ROWS = 128
"""Filled at once, in 32 bits."""


def filled(colours: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`colours` with those under alpha 0, up to `REACH` pixels around visible ones, replaced by the mean of known neighbours.

    colours: (rows, columns) or (rows, columns, 3).  alpha: (rows, columns).  Visible pixels stay as they are.

    >>> filled(np.array([[0, 80, 0, 0]], np.uint8), np.array([[0, 255, 0, 0]], np.uint8)).tolist()
    [[80, 80, 80, 80]]
    """
    if (alpha > 0).all() or not (alpha > 0).any():
        return colours
    result = np.empty_like(colours)
    for first in range(0, len(colours), ROWS):
        begin, rows = max(0, first - REACH), slice(first, first + ROWS)
        around = slice(begin, first + ROWS + REACH)
        result[rows] = _filled(colours[around], alpha[around])[first - begin :][:ROWS]
    return result


def _filled(colours: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """As `filled`, but for the outermost `REACH` rows where there are more of them beyond."""
    known = alpha > 0
    result = colours.astype(np.int32)
    result[~known] = 0
    for _ in range(REACH):
        count = _around(known.astype(np.int32))
        fresh = (count > 0) & ~known
        if not fresh.any():
            break
        total, by = _around(result)[fresh], count[fresh]
        by = by if total.ndim == 1 else by[:, None]
        result[fresh] = (2 * total + by) // (2 * by)
        known = known | fresh
    return result.astype(np.uint8)


def _around(plane: NDArray[Any]) -> NDArray[Any]:
    """The sum of the 3x3 neighbours of each pixel, zeros outside; of every component."""
    padded = np.pad(plane, [(1, 1), (1, 1)] + [(0, 0)] * (plane.ndim - 2))
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return np.asarray(rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:])
