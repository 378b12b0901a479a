"""A picture as planes of 8-bit samples, and its format as a value.

Decides which formats and sizes there are; knows nothing of files and of how planes are enlarged.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Sampling = Literal["RGB", "4:4:4", "4:2:2", "4:2:0", "4:0:0"]
Matrix = Literal["BT.601", "BT.709"]
Range = Literal["studio", "full"]
Siting = Literal["left", "centre"]
DIVISORS: dict[str, tuple[int, int]] = {"RGB": (1, 1), "4:4:4": (1, 1), "4:2:2": (1, 2), "4:2:0": (2, 2)}
"""Rows and columns of luma for each one of chroma."""


class VideoError(ValueError):
    """A picture, format or clip that is not allowed; the message names where, what and what is allowed."""


@dataclass(frozen=True)
class VideoFormat:
    """What the planes of a picture are.

    sampling: "RGB" (planes R, G, B), or planes Y, Cb, Cr of "4:4:4", "4:2:2", "4:2:0", or Y alone, "4:0:0".
    matrix, range: how Y, Cb, Cr come from R, G, B, which always take 0..255 (docs/colour.md, eq. 1 and 2).
    siting: where a chroma sample lies among the two columns of luma it belongs to: on the left one (MPEG-2) or between them;
        between its two rows in either case.

    Raises VideoError for any other value.
    """

    sampling: Sampling = "4:2:0"
    matrix: Matrix = "BT.601"
    range: Range = "studio"
    siting: Siting = "left"

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for field in fields(self):
            value, allowed = getattr(self, field.name), get_args(hints[field.name])
            if value not in allowed:
                raise VideoError(f"video format: {field.name} {value!r}; allowed {', '.join(allowed)}")

    @property
    def chroma_siting(self) -> Siting:
        """How chroma columns lie: between luma's where there are as many, or none."""
        return self.siting if DIVISORS.get(self.sampling) in ((1, 2), (2, 2)) else "centre"

    def plane_shapes(self, height: int, width: int) -> tuple[tuple[int, int], ...]:
        """(rows, columns) of each plane of a picture of `height` x `width` pixels.

        Raises VideoError for a size below 1x1, and for an odd one where two lines or columns share their chroma.

        >>> VideoFormat("4:2:0").plane_shapes(4, 6)
        ((4, 6), (2, 3), (2, 3))
        """
        rows, columns = DIVISORS.get(self.sampling, (1, 1))
        if min(height, width) < 1 or height % rows or width % columns:
            even = " and ".join(f"even {name}" for name, by in (("width", columns), ("height", rows)) if by == 2)
            raise VideoError(f"{self.sampling} picture of {width}x{height}; allowed at least 1x1{', ' * bool(even)}{even}")
        chroma = (height // rows, width // columns)
        return ((height, width),) if self.sampling == "4:0:0" else ((height, width), chroma, chroma)


@dataclass(frozen=True, eq=False)
class Picture:
    """The planes of one picture, each (rows, columns) uint8, in the order of `format`.

    Raises VideoError for planes of other types, numbers or sizes.
    """

    format: VideoFormat
    planes: tuple[Plane, ...]

    def __post_init__(self) -> None:
        planes = tuple(np.asarray(plane) for plane in self.planes)
        object.__setattr__(self, "planes", planes)
        if not planes or any(plane.dtype != np.uint8 or plane.ndim != 2 for plane in planes):
            found = ", ".join(f"{plane.dtype} {plane.shape}" for plane in planes) or "none"
            raise VideoError(f"{self.format.sampling} picture: planes {found}; allowed (rows, columns) uint8")
        shapes, allowed = tuple(plane.shape for plane in planes), self.format.plane_shapes(*planes[0].shape)
        if shapes != allowed:
            raise VideoError(f"{self.format.sampling} picture: planes of (rows, columns) {shapes}; allowed {allowed}")

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of the picture."""
        rows, columns = self.planes[0].shape
        return rows, columns

    @classmethod
    def of_rgb(cls, image: NDArray[Any]) -> Picture:
        """The RGB picture of a (rows, columns, 3) uint8 array.  Raises VideoError for another shape or type."""
        if image.ndim != 3 or image.shape[2] != 3:
            raise VideoError(f"RGB picture: array of shape {image.shape}; allowed (rows, columns, 3)")
        return cls(VideoFormat("RGB"), tuple(np.ascontiguousarray(image[..., i]) for i in range(3)))
