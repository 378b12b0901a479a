"""Pictures of every format, for the tests of golden.video."""

from __future__ import annotations

from golden.video import Picture, VideoFormat
from tests.strategies import noise

SAMPLINGS = ("RGB", "4:4:4", "4:2:2", "4:2:0", "4:0:0")
MATRICES = tuple((matrix, range_) for matrix in ("BT.601", "BT.709") for range_ in ("studio", "full"))
FORMATS = tuple(
    VideoFormat(sampling, siting=siting)
    for sampling in SAMPLINGS
    for siting in (("left", "centre") if sampling in ("4:2:0", "4:2:2") else ("left",))
)


def picture(by: VideoFormat, height: int, width: int, seed: int = 0) -> Picture:
    """Noise in every plane, each of its own."""
    shapes = by.plane_shapes(height, width)
    return Picture(by, tuple(noise(*shape, seed + index) for index, shape in enumerate(shapes)))
