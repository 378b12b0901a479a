"""`python -m golden.upscale IN OUT`: enlarge a picture, luma through the network, chroma bicubic.

A gray picture has no chroma; transparency is dropped.  `--bicubic` enlarges the luma bicubically too, for comparison.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden import ArchiveError, FrameError, NetworkError, model, networks
from golden.archive import load
from golden.atomic import replacing
from golden.command import exit_status
from golden.pictures.bicubic import FloatArray, resize, to_uint8
from golden.pictures.images import ImageError, read_image
from golden.pictures.luma import to_rgb, to_ycbcr

USER_ERRORS = (ArchiveError, FrameError, ImageError, NetworkError, OSError)
SUFFIXES = (".png", ".webp", ".bmp", ".tif", ".tiff", ".jpg", ".jpeg")
Enlarge = Callable[[NDArray[np.uint8]], FloatArray]


def upscale(image: NDArray[Any], scale: int, luma_enlarger: Enlarge) -> NDArray[np.uint8]:
    """A (rows, columns) gray or (rows, columns, 3) RGB uint8 picture, `scale` times as large each way.

    luma_enlarger: takes (rows, columns) uint8 luma, gives (scale*rows, scale*columns) luma.
    """
    if image.ndim == 2:
        return to_uint8(luma_enlarger(image))
    planes = to_ycbcr(image)
    size = (image.shape[0] * scale, image.shape[1] * scale)
    enlarged = [luma_enlarger(to_uint8(planes[..., 0])), *(resize(planes[..., i], *size) for i in (1, 2))]
    return to_uint8(to_rgb(np.stack(enlarged, axis=-1)))


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m golden.upscale", description=(__doc__ or "").split("\n\n")[0])
    p.add_argument("input", type=Path, help="picture to enlarge: 8-bit gray or colour, PNG, JPEG, WebP, BMP or TIFF")
    p.add_argument("output", type=Path, help=f"file to write; its ending is one of {', '.join(SUFFIXES)}")
    p.add_argument("--network", type=Path, metavar="FILE", help="file or shipped name (the shipped one of --scale and --bits)")
    p.add_argument("--scale", type=int, default=2, help="scale of the shipped network, or of --bicubic (2)")
    p.add_argument("--bits", type=int, default=8, help="bits of the shipped network (8)")
    p.add_argument("--model", choices=networks.MODELS, help="kind of the shipped network (the first of these that ships)")
    p.add_argument("--bicubic", action="store_true", help="no network: enlarge the luma bicubically too")
    return p


def enlarger(arguments: argparse.Namespace) -> tuple[int, Enlarge]:
    """The scale and the luma enlarger that the command line asks for."""
    if arguments.bicubic:
        if arguments.scale < 1:
            raise FrameError(f"scale {arguments.scale}; allowed 1 or more")
        return arguments.scale, lambda luma: resize(luma, luma.shape[0] * arguments.scale, luma.shape[1] * arguments.scale)
    given = arguments.network and networks.named(arguments.network)
    network = load(given or networks.find(arguments.scale, arguments.bits, arguments.model))
    return network.scale, lambda luma: model.run(network, luma).astype(np.float64)


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
    check_suffix(arguments.output)
    scale, enlarge = enlarger(arguments)
    result = upscale(read_image(arguments.input), scale, enlarge)
    write_image(result, arguments.output)
    print(f"{arguments.output}: {result.shape[1]}x{result.shape[0]}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    return exit_status("golden.upscale", lambda: run(arguments), USER_ERRORS, "interrupted, nothing written")


if __name__ == "__main__":
    sys.exit(main())
