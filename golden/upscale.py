"""`python -m golden.upscale IN OUT`: enlarge a picture or a clip, luma through the network, chroma by a fixed bicubic interpolator.

The integers are those of `golden.video`: RGB by way of 8-bit Y, Cb, Cr (BT.601, studio range), a .y4m clip in the format it has.
A gray picture has no chroma; transparency is dropped.  `--bicubic` is for comparison: no network, and no matrix either.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden import ArchiveError, FrameError, NetworkError, networks
from golden.archive import load
from golden.atomic import replacing
from golden.cli.ending import exit_status
from golden.compiled import fastest
from golden.networks.argument import add_network, chosen
from golden.pictures.bicubic import resize, to_uint8
from golden.pictures.images import ImageError, read_image
from golden.video import VideoError, enlarge, y4m
from golden.video.image import enlarge_images

PROG = "python -m golden.upscale"
USER_ERRORS = (ArchiveError, FrameError, ImageError, NetworkError, OSError, VideoError)
SUFFIXES = (".png", ".webp", ".bmp", ".tif", ".tiff", ".jpg", ".jpeg")
Enlarge = Callable[[NDArray[np.uint8]], NDArray[Any]]


def upscale(image: NDArray[Any], scale: int, luma_enlarger: Enlarge) -> NDArray[np.uint8]:
    """The picture or batch that `golden.video.image.enlarge_images` takes, `scale` times as large each way.

    luma_enlarger: takes (rows, columns) uint8 luma, gives (scale*rows, scale*columns) luma, which is rounded to 8 bits.
    Raises VideoError as that does.
    """
    return enlarge_images(image, scale, lambda luma: to_uint8(luma_enlarger(luma)))


def bicubic(image: NDArray[Any], scale: int) -> NDArray[np.uint8]:
    """As `upscale`, every component by MATLAB's bicubic."""
    planes = image[..., None] if image.ndim == 2 else image
    size = (image.shape[0] * scale, image.shape[1] * scale)
    enlarged = np.stack([to_uint8(resize(planes[..., i], *size)) for i in range(planes.shape[2])], axis=-1)
    return enlarged[..., 0] if image.ndim == 2 else enlarged


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog=prog, description=(__doc__ or "").split("\n\n")[0])
    p.add_argument("input", type=Path, help="8-bit picture, gray or colour: PNG, JPEG, WebP, BMP or TIFF; or a clip: .y4m, or -")
    p.add_argument("output", type=Path, help=f"file to write; its ending is one of {', '.join(SUFFIXES)}; of a clip .y4m, or -")
    add_network(p, positional=None)
    p.add_argument("--bicubic", action="store_true", help="no network: MATLAB's bicubic of --scale, of a clip's luma alone")
    return p


def enlarger(arguments: argparse.Namespace) -> tuple[int, Enlarge]:
    """The scale and the luma enlarger that the command line asks for."""
    if arguments.bicubic:
        scale = networks.SCALE if arguments.scale is None else arguments.scale
        if scale < 1:
            raise FrameError(f"scale {scale}; allowed 1 or more")
        return scale, lambda luma: resize(luma, luma.shape[0] * scale, luma.shape[1] * scale)
    network, execute = load(chosen(arguments)), fastest(lambda reason: print(f"upscale: {reason}", file=sys.stderr))
    return network.scale, lambda luma: execute(network, luma)


def check_suffix(path: Path) -> None:
    """Raises ImageError for a file name that no image can be written to."""
    if path.suffix.lower() not in SUFFIXES:
        raise ImageError(f"{path}: cannot write '{path.suffix}'; allowed {', '.join(SUFFIXES)}")


def write_image(image: NDArray[np.uint8], path: Path) -> None:
    """Save an image, whole or not at all.  Raises ImageError for a file name of another kind, OSError when the disk refuses."""
    check_suffix(path)
    from PIL import Image

    with replacing(path) as temporary:
        Image.fromarray(image).save(temporary)


def run(arguments: argparse.Namespace) -> int:
    """The command behind `main`; user errors are raised."""
    if y4m.is_clip(arguments.input):
        return run_clip(arguments)
    check_suffix(arguments.output)
    scale, enlarge_luma = enlarger(arguments)
    image = read_image(arguments.input)
    result = bicubic(image, scale) if arguments.bicubic else upscale(image, scale, enlarge_luma)
    write_image(result, arguments.output)
    print(f"{arguments.output}: {result.shape[1]}x{result.shape[0]}")
    return 0


def run_clip(arguments: argparse.Namespace) -> int:
    """The command for a clip: a frame is written before the next one is read.  User errors are raised."""
    if not y4m.is_clip(arguments.output):
        raise VideoError(f"{arguments.output}: cannot write a clip as '{arguments.output.suffix}'; allowed .y4m or -")
    scale, enlarge_luma = enlarger(arguments)
    name, count = "standard input" if arguments.input == y4m.PIPE else str(arguments.input), 0
    with y4m.reading(arguments.input) as source:
        header = y4m.read_header(source, name)
        larger = replace(header, width=header.width * scale, height=header.height * scale)
        with y4m.writing(arguments.output) as target:
            target.write(larger.line)
            for frame in y4m.read_frames(source, header, name):
                y4m.write_frame(target, enlarge(frame, scale, lambda luma: to_uint8(enlarge_luma(luma))))
                count += 1
    to_pipe = arguments.output == y4m.PIPE
    print(f"{arguments.output}: {larger.width}x{larger.height}, frames: {count}", file=sys.stderr if to_pipe else sys.stdout)
    return 0


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    arguments = parser(prog).parse_args(argv)
    written = "interrupted" if arguments.output == y4m.PIPE else "interrupted, nothing written"
    return exit_status(prog, lambda: run(arguments), USER_ERRORS, written)


if __name__ == "__main__":
    sys.exit(main())
