"""A clip against its original, frame by frame: PSNR of each component, SSIM of luma."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from golden.pictures.quality import SSIM_WINDOW, decibels, squared_error, ssim
from golden.video import Picture, VideoError, container, y4m


@dataclass(frozen=True)
class Quality:
    """Of a clip against its original.

    psnr: of each component in dB, of the mean squared error of all frames; infinite for equal ones.
    ssim: of luma, mean over the frames.
    worst: the frame whose luma is furthest off, counted from 0, and its PSNR.
    """

    frames: int
    components: tuple[str, ...]
    psnr: tuple[float, ...]
    ssim: float
    worst: tuple[int, float]


def measure(result: Path, original: Path) -> Quality:
    """Raises VideoError for clips of other lengths, sizes or formats than each other, and for frames too small for SSIM."""
    errors: list[list[float]] = []
    similarities = []
    names: tuple[str, ...] = ()
    for count, (first, second) in enumerate(zip_longest(frames(result), frames(original))):
        _check_alike(first, second, count, result, original)
        names = ("R", "G", "B") if first.format.sampling == "RGB" else ("Y", "Cb", "Cr")[: len(first.planes)]
        errors.append([squared_error(b, a) for a, b in zip(first.planes, second.planes, strict=True)])
        similarities.append(ssim(second.planes[0], first.planes[0]))
    worst = max(range(len(errors)), key=lambda index: errors[index][0])
    means = np.mean(errors, axis=0)
    psnr = tuple(decibels(float(error)) for error in means)
    return Quality(len(errors), names, psnr, float(np.mean(similarities)), (worst, decibels(errors[worst][0])))


def frames(path: Path) -> Iterator[Picture]:
    """The pictures of a .y4m clip or of one in a container."""
    if container.is_container(path):
        yield from container.read_frames(path)
        return
    with y4m.reading(path) as stream:
        yield from y4m.read_frames(stream, y4m.read_header(stream, str(path)), str(path))


def _check_alike(first: Picture | None, second: Picture | None, count: int, result: Path, original: Path) -> None:
    if first is None or second is None:
        ended, other = (result, original) if first is None else (original, result)
        raise VideoError(f"{ended}: ends after {count} frames, {other} goes on; allowed clips of one length")
    if (first.format.sampling, first.shape) != (second.format.sampling, second.shape):
        sizes = [f"{one.shape[1]}x{one.shape[0]} {one.format.sampling}" for one in (first, second)]
        raise VideoError(f"{result}: frame {count} is {sizes[0]}; allowed {sizes[1]}, as {original}")
    if min(first.shape) < SSIM_WINDOW:
        raise VideoError(f"{result}: {first.shape[1]}x{first.shape[0]} pixels; allowed at least {SSIM_WINDOW} each way")
