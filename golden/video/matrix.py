"""RGB to Y, Cb, Cr and back in integers: the two matrices of docs/colour.md, and their one rounding.

Coefficients are derived from the standard's two luma weights, in exact fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.video.picture import Matrix, Picture, Plane, Range, VideoError, VideoFormat

FRACTION_BITS = 14
LUMA_WEIGHTS = {"BT.601": (Fraction("0.299"), Fraction("0.114")), "BT.709": (Fraction("0.2126"), Fraction("0.0722"))}
"""Of R and B in luma; ITU-R BT.601-7, 2.5.1, and BT.709-6, 3.2."""
EXCURSIONS = {"studio": (219, 224), "full": (255, 255)}
"""Steps between the ends of Y, and between those of Cb and Cr, at 8 bits."""
BLACK = {"studio": 16, "full": 0}
NEUTRAL = 128
STRIPE_ROWS = 64
IntMatrix = NDArray[np.int64]


@cache
def rgb_to_ycbcr(matrix: Matrix, range_: Range) -> IntMatrix:
    """(3, 3) coefficients of eq. 1 times 2^14; the column of G makes each row's sum exact, so that gray has no colour."""
    red, blue = LUMA_WEIGHTS[matrix]
    steps, chroma_steps = (Fraction(excursion, 255) for excursion in EXCURSIONS[range_])
    of_cb, of_cr = chroma_steps / (2 * (1 - blue)), chroma_steps / (2 * (1 - red))
    first = [_integer(steps * red), _integer(-of_cb * red), _integer(of_cr * (1 - red))]
    last = [_integer(steps * blue), _integer(of_cb * (1 - blue)), _integer(-of_cr * blue)]
    sums = [_integer(steps), 0, 0]
    return _fixed([[r, s - r - b, b] for r, b, s in zip(first, last, sums, strict=True)])


@cache
def ycbcr_to_rgb(matrix: Matrix, range_: Range) -> IntMatrix:
    """(3, 3) coefficients of eq. 2 times 2^14, for Y - black, Cb - 128, Cr - 128; a gray pixel stays gray, for Y has one."""
    red, blue = LUMA_WEIGHTS[matrix]
    green = 1 - red - blue
    steps, chroma_steps = (Fraction(255, excursion) for excursion in EXCURSIONS[range_])
    of_cb, of_cr, y = 2 * (1 - blue) * chroma_steps, 2 * (1 - red) * chroma_steps, _integer(steps)
    return _fixed(
        [
            [y, 0, _integer(of_cr)],
            [y, _integer(-of_cb * blue / green), _integer(-of_cr * red / green)],
            [y, _integer(of_cb), 0],
        ]
    )


def to_ycbcr(picture: Picture) -> Picture:
    """The 4:4:4 picture of an RGB one, by the matrix and range of its format (docs/colour.md, eq. 1).

    Raises VideoError for a picture that is not RGB.
    """
    if picture.format.sampling != "RGB":
        raise VideoError(f"{picture.format.sampling} picture to Y, Cb, Cr; allowed RGB")
    by, black = picture.format, BLACK[picture.format.range]
    planes = _apply(rgb_to_ycbcr(by.matrix, by.range), picture.planes, (0, 0, 0), (black, NEUTRAL, NEUTRAL))
    return Picture(_as(by, "4:4:4"), planes)


def to_rgb(picture: Picture) -> Picture:
    """The RGB picture of a 4:4:4 one, by the matrix and range of its format (docs/colour.md, eq. 2).

    Raises VideoError for a picture that is not 4:4:4.
    """
    if picture.format.sampling != "4:4:4":
        raise VideoError(f"{picture.format.sampling} picture to RGB; allowed 4:4:4")
    by, black = picture.format, BLACK[picture.format.range]
    planes = _apply(ycbcr_to_rgb(by.matrix, by.range), picture.planes, (black, NEUTRAL, NEUTRAL), (0, 0, 0))
    return Picture(_as(by, "RGB"), planes)


def _apply(by: IntMatrix, planes: Sequence[Plane], before: Sequence[int], after: Sequence[int]) -> tuple[Plane, ...]:
    """clamp(round(by @ (planes - before) / 2^14) + after), a stripe of rows at a time.

    In int32: a row's coefficients are below 2^17 together, samples below 2^8.
    """
    results = tuple(np.empty_like(planes[0]) for _ in by)
    for row in range(0, len(planes[0]), STRIPE_ROWS):
        rows = slice(row, row + STRIPE_ROWS)
        taken = [np.subtract(plane[rows], offset, dtype=np.int32) for plane, offset in zip(planes, before, strict=True)]
        for result, coefficients, offset in zip(results, by.astype(np.int32), after, strict=True):
            total = coefficients[0] * taken[0]
            for coefficient, plane in zip(coefficients[1:], taken[1:], strict=True):
                total += coefficient * plane
            result[rows] = np.clip(_round_shift(total, FRACTION_BITS) + offset, 0, 255)
    return results


def _round_shift(value: NDArray[np.int32], shift: int) -> NDArray[np.int32]:
    """`golden.arithmetic.round_shift` in int32 and in place."""
    value += ((value >> shift) & 1) + ((1 << (shift - 1)) - 1)
    value >>= shift
    return value


def _as(by: VideoFormat, sampling: Any) -> VideoFormat:
    return replace(by, sampling=sampling)


def _integer(coefficient: Fraction) -> int:
    return round(coefficient * (1 << FRACTION_BITS))


def _fixed(rows: list[list[int]]) -> IntMatrix:
    matrix = np.array(rows, dtype=np.int64)
    matrix.setflags(write=False)
    return matrix
