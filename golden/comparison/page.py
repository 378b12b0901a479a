"""The page: pictures of one size as PNG data in one HTML file, which needs nothing else."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template

import numpy as np
from numpy.typing import NDArray

from golden.model import FrameError
from golden.pictures.bicubic import to_uint8
from golden.pictures.luma import luma
from golden.pictures.quality import psnr


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture and its name. pixels: (rows, columns) gray or (rows, columns, 3) RGB, uint8."""

    name: str
    pixels: NDArray[np.uint8]


def luma_psnr(reference: NDArray[np.uint8], picture: NDArray[np.uint8], border: int) -> float:
    """PSNR of 8-bit luma in dB, `border` pixels cut off on each side; infinite for equal pictures.

    Raises FrameError where nothing is left.
    """
    if min(reference.shape[:2]) <= 2 * border:
        raise FrameError(f"picture of {reference.shape[1]}x{reference.shape[0]}; allowed more than {2 * border} pixels each way")
    rows, columns = (slice(border, side - border) for side in reference.shape[:2])
    return psnr(*(to_uint8(luma(image))[rows, columns] for image in (reference, picture)))


def page(pictures: Sequence[Shown], title: str, caption: str, border: int, has_reference: bool) -> str:
    """The HTML text.  The last picture is the reference, if there is one; PSNR is against it.

    Raises FrameError for fewer than two pictures and for pictures of different sizes.
    """
    sizes = {picture.pixels.shape[:2] for picture in pictures}
    if len(pictures) < 2 or len(sizes) != 1:
        found = ", ".join(f"{shown.name} {shown.pixels.shape[1]}x{shown.pixels.shape[0]}" for shown in pictures)
        raise FrameError(f"pictures to compare: {found or 'none'}; allowed two or more of one size")
    reference = pictures[-1] if has_reference else None
    rows = [
        _row(shown, None if reference is None or shown is reference else luma_psnr(reference.pixels, shown.pixels, border))
        for shown in pictures
    ]
    template = Template(files("golden.comparison").joinpath("page.html").read_text())
    return template.substitute(
        title=escape(title),
        caption=escape(caption),
        rows="\n".join(rows),
        options="".join(f"<option>{escape(shown.name)}</option>" for shown in pictures),
        pictures=json.dumps([{"name": shown.name, "data": _data(shown.pixels)} for shown in pictures]).replace("<", "\\u003c"),
    )


def strip(pictures: Sequence[NDArray[np.uint8]], zoom: int = 1, gap: int = 4) -> NDArray[np.uint8]:
    """The pictures side by side, every pixel `zoom` times each way, `gap` white columns between two.

    >>> strip([np.zeros((1, 2), np.uint8), np.zeros((1, 1), np.uint8)], zoom=1, gap=1).tolist()
    [[0, 0, 255, 0]]
    """
    larger = [picture.repeat(zoom, axis=0).repeat(zoom, axis=1) for picture in pictures]
    between = np.full((larger[0].shape[0], gap, *larger[0].shape[2:]), 255, np.uint8)
    return np.concatenate([part for picture in larger for part in (between, picture)][1:], axis=1)


def _row(shown: Shown, decibels: float | None) -> str:
    value = "" if decibels is None else "equal" if math.isinf(decibels) else f"{decibels:.2f} dB"
    return f'  <tr><td>{escape(shown.name)}</td><td class="number">{value}</td></tr>'


def _data(pixels: NDArray[np.uint8]) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
