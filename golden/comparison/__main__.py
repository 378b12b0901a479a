"""`python -m golden.comparison PICTURE`: before and after as one HTML file: bicubic, network, original under a slider.

PICTURE is enlarged, and --reference is its original.  With --reduce PICTURE is the original, and its bicubic reduction is enlarged.
A clip is held against its original, --reference, of the same size: PSNR of each component and SSIM of luma, printed.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from golden import ArchiveError, FrameError, ImageError, NetworkError, VideoError
from golden.atomic import write_text
from golden.cli.ending import UsageError, exit_status
from golden.comparison.clips import measure
from golden.comparison.page import Shown, page, strip
from golden.network import load
from golden.networks.argument import add_network, chosen
from golden.pictures import photograph
from golden.pictures.bicubic import crop_to_multiple, shrink, to_uint8
from golden.pictures.images import read_image
from golden.upscale import bicubic
from golden.upscale.clips import is_clip

PROG = "python -m golden.comparison"
USER_ERRORS = (ArchiveError, FrameError, ImageError, NetworkError, OSError, VideoError)
Pixels = NDArray[np.uint8]


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog=prog, description=(__doc__ or "").split(": ", 1)[1])
    p.add_argument("picture", type=Path, metavar="PICTURE", help="the picture to enlarge; with --reduce the original")
    p.add_argument("--out", type=Path, default=Path("comparison.html"), metavar="FILE", help="the page to write (comparison.html)")
    p.add_argument("--reference", type=Path, metavar="FILE", help="the original of PICTURE, as large as the result")
    p.add_argument("--reduce", action="store_true", help="PICTURE is the original: reduce it by MATLAB's bicubic first")
    p.add_argument("--crop", metavar="WxH+X+Y", help="only this part of the enlarged picture, in its pixels")
    p.add_argument("--strip", type=Path, metavar="FILE", help="write the pictures side by side into one picture as well")
    p.add_argument("--zoom", type=int, choices=range(1, 9), default=1, metavar="N", help="repeat the strip's pixels N times (1)")
    add_network(p, positional=None)
    return p


def run(arguments: argparse.Namespace) -> int:
    """The command behind `main`; user errors are raised."""
    if arguments.reduce and arguments.reference:
        raise UsageError("--reduce and --reference; allowed one of them")
    if arguments.strip:
        photograph.check_target(arguments.strip)
    if is_clip(arguments.picture):
        return _clip(arguments)
    path = chosen(arguments)
    network = load(path)
    low, reference = _pictures(arguments, network.scale)
    shown = [Shown("bicubic", bicubic(low, network.scale)), Shown(path.stem, network.upscale(low))]
    shown += [] if reference is None else [Shown("reference", reference)]
    if arguments.crop:
        shown = [Shown(one.name, cropped(one.pixels, arguments.crop)) for one in shown]
    rows, columns = shown[0].pixels.shape[:2]
    made = "reduced by bicubic and enlarged" if arguments.reduce else "enlarged"
    caption = f"{made} {network.scale} times each way; {columns}x{rows} pixels shown; network {network.hash[:7]}"
    border = 0 if arguments.crop else network.scale
    text = page(shown, arguments.picture.name, caption, border, reference is not None)
    write_text(arguments.out, text)
    if arguments.strip:
        photograph.write(strip([one.pixels for one in shown], arguments.zoom), arguments.strip)
    print(f"{arguments.out}: {', '.join(one.name for one in shown)}")
    return 0


def _clip(arguments: argparse.Namespace) -> int:
    if arguments.reference is None or not is_clip(arguments.reference):
        raise UsageError(f"{arguments.picture}: a clip; allowed beside its original, --reference, a clip too")
    found = measure(arguments.picture, arguments.reference)
    psnr = ", ".join(f"{name} {value:.2f}" for name, value in zip(found.components, found.psnr, strict=True))
    index, worst = found.worst
    print(f"{arguments.picture}: {found.frames} frames, PSNR {psnr} dB, SSIM {found.ssim:.4f}; worst frame {index}: {worst:.2f} dB")
    return 0


def _pictures(arguments: argparse.Namespace, scale: int) -> tuple[Pixels, Pixels | None]:
    """What is enlarged, and the original if there is one.  Raises ImageError for an original of another size or kind."""
    picture = read_image(arguments.picture)
    if arguments.reduce:
        if min(picture.shape[:2]) < scale:
            raise ImageError(
                f"{arguments.picture}: {picture.shape[1]}x{picture.shape[0]} pixels; allowed at least {scale} each way"
            )
        original = np.atleast_3d(crop_to_multiple(picture, scale))
        planes = [to_uint8(shrink(original[..., i], scale)) for i in range(original.shape[2])]
        return (np.stack(planes, axis=-1), original) if picture.ndim == 3 else (planes[0], original[..., 0])
    if arguments.reference is None:
        return picture, None
    original = read_image(arguments.reference)
    expected = (picture.shape[0] * scale, picture.shape[1] * scale, *picture.shape[2:])
    if original.shape != expected:
        kinds = ["gray" if len(shape) == 2 else "colour" for shape in (original.shape, expected)]
        raise ImageError(
            f"{arguments.reference}: {kinds[0]}, {original.shape[1]}x{original.shape[0]} pixels; "
            f"allowed {kinds[1]}, {expected[1]}x{expected[0]}"
        )
    return picture, original


def cropped(pixels: Pixels, text: str) -> Pixels:
    """The part WxH+X+Y of a picture.  Raises FrameError for another text, and for a part that is not inside.

    >>> cropped(np.arange(12, dtype=np.uint8).reshape(3, 4), "2x1+1+2").tolist()
    [[9, 10]]
    """
    match = re.fullmatch(r"(\d+)x(\d+)\+(\d+)\+(\d+)", text)
    width, height, x, y = (int(number) for number in match.groups()) if match else (0, 0, 0, 0)
    rows, columns = pixels.shape[:2]
    if not (1 <= width <= columns - x and 1 <= height <= rows - y):
        raise FrameError(f"part '{text}'; allowed WIDTHxHEIGHT+X+Y inside {columns}x{rows}")
    return pixels[y : y + height, x : x + width]


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    arguments = parser(prog).parse_args(argv)
    return exit_status(prog, lambda: run(arguments), USER_ERRORS, "interrupted, nothing written")


if __name__ == "__main__":
    sys.exit(main())
