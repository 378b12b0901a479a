"""A picture enlarged a stripe of rows at a time, so that no more of it than a stripe is held in any other form than 8-bit samples.

Each stripe is computed from the rows that its outputs depend on, those around it once more; together they are the whole picture's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from golden import model
from golden.video.chroma import REACH, Execute
from golden.video.model import enlarge
from golden.video.picture import DIVISORS, Picture, Plane

ROWS = 256
"""Of the small picture in a stripe; even, so that it ends where a line of chroma does."""


def enlarge_stripes(
    picture: Picture, scale: int, luma: Callable[[Plane], Plane], reach: int | None, execute: Execute = model.run
) -> Iterator[Picture]:
    """The stripes of `golden.video.enlarge(picture, scale, luma, execute)`, from the top on.

    reach: rows on each side that a row of luma's outputs depends on (`golden.phases.reach`); None: all, in one stripe.
    Raises VideoError as `enlarge` does.
    """
    height, shared = len(picture.planes[0]), DIVISORS.get(picture.format.sampling, (1, 1))[0]
    around, rows = -(-max(reach or 0, REACH * shared) // shared) * shared, height if reach is None else ROWS
    for first in range(0, height, rows):
        last = min(first + rows, height)
        begin, end = max(0, first - around), min(height, last + around)
        enlarged = enlarge(_rows(picture, begin, end, 1), scale, luma, execute)
        yield _rows(enlarged, first - begin, last - begin, scale)


def _rows(picture: Picture, first: int, last: int, scale: int) -> Picture:
    """The part of a picture that belongs to these rows of the picture that is `scale` times smaller."""
    height = len(picture.planes[0])
    planes = []
    for plane in picture.planes:
        shared = height // len(plane)
        planes.append(plane[first * scale // shared : last * scale // shared])
    return Picture(picture.format, tuple(planes))
