"""How everything of one command is enlarged: the network compiled, or MATLAB's bicubic, and how colours become luma and chroma."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from golden import model
from golden.compiled import fastest
from golden.phases import reach
from golden.pictures.bicubic import resize, to_uint8
from golden.spec import IntNetwork
from golden.video import VideoFormat
from golden.video.chroma import Execute
from golden.video.picture import Plane, Range, Siting


@dataclass(frozen=True)
class Means:
    """What enlarges planes and pictures.

    luma: (rows, columns) uint8 to `scale` times as many.  execute: runs the chroma interpolator.
    reach: rows on each side that a row of luma's outputs depends on; None for a method that is not of this kind.
    format: how RGB becomes Y, Cb, Cr.  gray: "full" takes gray samples as luma as they are, "studio" as gray colours, 16..235.
    siting: of a clip's chroma, in place of what the clip states; None: as it states.
    name: of the method: the network's hash.
    """

    scale: int
    luma: Callable[[Plane], Plane]
    execute: Execute = model.run
    reach: int | None = None
    format: VideoFormat = field(default_factory=lambda: VideoFormat("RGB"))
    gray: Range = "full"
    siting: Siting | None = None
    name: str = ""

    @property
    def is_bicubic(self) -> bool:
        """Whether every component is enlarged alike."""
        return self.reach is None


def by_network(network: IntNetwork, note: Callable[[str], None], **colours: object) -> Means:
    """The network, compiled where that can be; `note` gets one line where it cannot.  colours: further fields of `Means`."""
    execute = fastest(note)
    return Means(network.scale, lambda plane: execute(network, plane), execute, reach(network), name=network.hash, **colours)  # type: ignore[arg-type]


def by_bicubic(scale: int) -> Means:
    """MATLAB's bicubic."""
    return Means(scale, lambda plane: to_uint8(resize(plane, plane.shape[0] * scale, plane.shape[1] * scale)), name="bicubic")
