"""The golden model of a whole picture: luma through the network, chroma through the interpolator, RGB by way of 4:4:4.

Every component leaves in the format it came in.
"""

from __future__ import annotations

from collections.abc import Callable

from golden import model
from golden.spec import IntNetwork
from golden.video.chroma import Execute, enlarge_plane
from golden.video.matrix import to_rgb, to_ycbcr
from golden.video.picture import Picture, Plane


def run(network: IntNetwork, picture: Picture, *, execute: Execute = model.run) -> Picture:
    """`picture`, network.scale times as large each way, in the same format (docs/colour.md, eq. 7).

    execute: what runs the network and the interpolator; left out, the golden model.
    Raises VideoError for a scale that has no chroma interpolator.
    """
    return enlarge(picture, network.scale, lambda luma: execute(network, luma), execute)


def enlarge(picture: Picture, scale: int, luma: Callable[[Plane], Plane], execute: Execute = model.run) -> Picture:
    """As `run`, with `luma` in place of the network: it takes (rows, columns) uint8 and gives `scale` times as many."""
    if picture.format.sampling == "RGB":
        return to_rgb(enlarge(to_ycbcr(picture), scale, luma, execute))
    siting = picture.format.chroma_siting
    chroma = [enlarge_plane(plane, scale, siting, execute) for plane in picture.planes[1:]]
    return Picture(picture.format, (luma(picture.planes[0]), *chroma))
