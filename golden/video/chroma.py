"""The chroma interpolator: Keys' bicubic as an integer network of one transposed convolution, which any executor runs.

Decides where output samples lie among the input's (docs/colour.md, eq. 3), the integer taps, and what a border sees.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache

import numpy as np

from golden import model
from golden.int_type import IntArray, IntType
from golden.spec import LUMA, MAX_KERNEL, IntLayer, IntNetwork, Term
from golden.video.picture import Plane, Siting, VideoError

FRACTION_BITS = 14
"""The taps of a phase sum to 2^14, so that a flat plane stays as it is."""
REACH = 2
"""Samples that a window reaches beyond the sample it belongs to, on each side."""
OFFSETS: dict[str, Fraction] = {"centre": Fraction(1, 2), "left": Fraction(1, 4)}
"""Where the first sample lies behind the picture's edge, in samples of the plane."""
SCALES = tuple(s for s in range(2, MAX_KERNEL) if 2 * ((5 * s - 2) // 2) <= MAX_KERNEL)
Execute = Callable[[IntNetwork, Plane], Plane]
"""What an executor does: the output of a network for a plane."""


def position(index: int, scale: int, siting: Siting) -> Fraction:
    """Where output sample `index` of a line lies, in input samples (docs/colour.md, eq. 3).

    >>> [str(position(i, 2, "left")) for i in range(3)]
    ['-1/8', '3/8', '7/8']
    """
    offset = OFFSETS[siting]
    return (index + offset) / scale - offset


def cubic(distance: Fraction) -> Fraction:
    """Keys' kernel with a = -1/2 (docs/colour.md, eq. 4)."""
    t = abs(distance)
    if t <= 1:
        return (3 * t - 5) * t * t / 2 + 1
    return ((-t + 5) * t - 8) * t / 2 + 2 if t < 2 else Fraction(0)


@cache
def interpolator(scale: int, siting: Siting = "centre") -> IntNetwork:
    """The network that enlarges a plane of chroma; siting: of its columns, rows are centred (docs/colour.md, eq. 5).

    Raises VideoError for a scale outside 2..6 and for another siting.
    """
    if scale not in SCALES or siting not in OFFSETS:
        allowed = f"{SCALES[0]}..{SCALES[-1]}, {' or '.join(OFFSETS)}"
        raise VideoError(f"chroma interpolator of scale {scale}, siting {siting!r}; allowed {allowed}")
    weight, one = taps(scale, siting), np.ones(1, dtype=np.int64)
    term = Term("previous", weight[None, None], IntType.holding(-int(np.abs(weight).max()), int(np.abs(weight).max())))
    layer = IntLayer("interpolation", "deconv", (term,), 0 * one, one, one, FRACTION_BITS * one, LUMA, LUMA, scale)
    return IntNetwork((layer,))


def taps(scale: int, siting: Siting) -> IntArray:
    """(K, K) integer taps; those of each phase sum to 2^14, what rounding leaves over is in the phase's first largest one."""
    size = 2 * ((5 * scale - 2) // 2)
    rows, columns = _line(scale, "centre", size), _line(scale, siting, size)
    weight = np.array([[round(2**FRACTION_BITS * row * column) for column in columns] for row in rows], dtype=np.int64)
    for py in range(scale):
        for px in range(scale):
            phase = weight[py::scale, px::scale]
            phase[np.unravel_index(phase.argmax(), phase.shape)] += 2**FRACTION_BITS - phase.sum()
    return weight


def _line(scale: int, siting: Siting, size: int) -> list[Fraction]:
    """What input sample 0 gives to the output samples that taps 0..size-1 of a transposed convolution reach."""
    first = -((size - 1) // 2)
    return [cubic(position(index, scale, siting)) for index in range(first, first + size)]


def enlarge_plane(plane: Plane, scale: int, siting: Siting, execute: Execute = model.run) -> Plane:
    """(scale * rows, scale * columns) uint8 chroma of a (rows, columns) one, its edges repeated outwards (docs/colour.md, eq. 6).

    execute: runs the interpolator; the golden model, or an executor that is held against it.
    Raises VideoError as `interpolator` does.
    """
    network = interpolator(scale, siting)
    inside = slice(REACH * scale, -REACH * scale)
    return np.ascontiguousarray(execute(network, np.pad(plane, REACH, mode="edge"))[inside, inside])
