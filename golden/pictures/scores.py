"""PSNR and SSIM of anything that enlarges luma on folders of images, in both protocols.

paper: Y is not rounded (BT.601, 16..235), the LR image is not rounded, only the prediction is; the border cut off is one LR pixel.
device: the HR luma, the LR image, the prediction and so the reference are 8 bit; same border.
What takes 8-bit luma gets its LR image rounded in the paper protocol too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.pictures.bicubic import FloatArray, crop_to_multiple, resize, shrink, to_uint8
from golden.pictures.images import SUFFIXES, ImageError, find_images, read_image
from golden.pictures.luma import luma
from golden.pictures.quality import SSIM_WINDOW, psnr, ssim

PROTOCOLS = ("paper", "device")
Upscale = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Upscaler:
    """Something that enlarges luma: `upscale` maps (rows, columns) in 0..255 to (scale*rows, scale*columns), not rounded."""

    name: str
    scale: int
    takes_float: bool
    upscale: Upscale


@dataclass(frozen=True)
class Score:
    """Mean PSNR (dB) and SSIM of one upscaler on one set in one protocol."""

    set: str
    images: int
    protocol: str
    upscaler: str
    psnr: float
    ssim: float


def bicubic(scale: int) -> Upscaler:
    return Upscaler("bicubic", scale, True, lambda low: resize(low, low.shape[0] * scale, low.shape[1] * scale))


def evaluate(upscalers: Sequence[Upscaler], sets: dict[str, list[Path]]) -> list[Score]:
    """Scores of every upscaler on every set in both protocols.  Raises ImageError for an image that is broken or too small."""
    scores = []
    for name, paths in sets.items():
        pictures = [_read_picture(path, max(upscaler.scale for upscaler in upscalers)) for path in paths]
        for protocol in PROTOCOLS:
            for upscaler in upscalers:
                results = [score_image(upscaler, picture, protocol) for picture in pictures]
                mean_psnr, mean_ssim = np.mean(results, axis=0)
                scores.append(Score(name, len(paths), protocol, upscaler.name, float(mean_psnr), float(mean_ssim)))
    return scores


def _read_picture(path: Path, scale: int) -> NDArray[np.uint8]:
    image = read_image(path)
    least = scale * (2 + math.ceil(SSIM_WINDOW / scale))
    if min(image.shape[:2]) < least:
        raise ImageError(f"{path}: {image.shape[1]}x{image.shape[0]} pixels; allowed at least {least} each way at x{scale}")
    return image


def score_image(upscaler: Upscaler, image: NDArray[Any], protocol: str) -> tuple[float, float]:
    """(PSNR in dB, SSIM) on one 8-bit gray or RGB image."""
    scale = upscaler.scale
    reference = crop_to_multiple(luma(image), scale)
    if protocol == "device":
        reference = to_uint8(reference).astype(np.float64)
    low = shrink(reference, scale)
    if protocol == "device" or not upscaler.takes_float:
        low = to_uint8(low).astype(np.float64)
    inside = (slice(scale, -scale), slice(scale, -scale))
    result = to_uint8(upscaler.upscale(low)).astype(np.float64)[inside]
    reference = reference[inside]
    return psnr(reference, result), ssim(reference, result)


def find_sets(folders: Sequence[Path]) -> dict[str, list[Path]]:
    """Image paths by set: a folder with images is a set, a folder of such folders is several.

    Raises ImageError for a folder without images, one with images and such folders, and two sets of one name.
    """
    sets: dict[str, list[Path]] = {}
    for folder in folders:
        if not folder.is_dir():
            raise ImageError(f"{folder}: not a folder; allowed a folder of images, or of such folders")
        shown = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        inside = [path for path in shown if path.is_dir()]
        direct = any(path.suffix.lower() in SUFFIXES for path in shown)
        if direct and any(file.suffix.lower() in SUFFIXES for path in inside for file in path.rglob("*")):
            raise ImageError(f"{folder}: images beside folders of images; allowed a set, or a folder of sets")
        for member in [folder] if direct else inside:
            if member.name in sets:
                raise ImageError(f"{member}: a second set named '{member.name}'")
            sets[member.name] = find_images([member])
    if not any(sets.values()):
        raise ImageError(f"{', '.join(map(str, folders))}: no images")
    return sets


def table(scores: Sequence[Score]) -> str:
    """The scores as a Markdown table, a row per set and upscaler, both protocols side by side."""
    lines = [
        "| set | images | | paper PSNR | paper SSIM | device PSNR | device SSIM |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    rows: dict[tuple[str, int, str], dict[str, Score]] = {}
    for score in scores:
        rows.setdefault((score.set, score.images, score.upscaler), {})[score.protocol] = score
    for (name, images, upscaler), by_protocol in rows.items():
        cells = [f"{by_protocol[p].psnr:.2f} | {by_protocol[p].ssim:.4f}" for p in PROTOCOLS]
        lines.append(f"| {name} | {images} | {upscaler} | {' | '.join(cells)} |")
    return "\n".join(lines)
