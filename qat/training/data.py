"""Training pairs held in memory: low- and high-resolution luma, and a batch for every step.

A batch is a function of (seed, step) alone, so a resumed run sees what an uninterrupted one sees, and each of several processes
takes its slice of the same global batch.  Patches, flips and rotations are one gather, on whatever device holds the pixels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from golden.pictures.bicubic import crop_to_multiple, shrink, to_uint8
from golden.pictures.images import ImageError, read_image
from golden.pictures.luma import luma
from qat.model.shape import UNIT


@dataclass(frozen=True)
class Pair:
    """One image: `low` (rows, columns) and `high` (scale*rows, scale*columns), both 8-bit luma."""

    name: str
    low: NDArray[np.uint8]
    high: NDArray[np.uint8]


def make_pair(name: str, image: NDArray[Any], scale: int) -> Pair:
    """The pair as a device sees it: 8-bit luma, and its MATLAB-bicubic reduction as 8-bit luma."""
    high = to_uint8(crop_to_multiple(luma(image), scale))
    return Pair(name, to_uint8(shrink(high, scale)), high)


def load_pairs(paths: Sequence[Path], scale: int, patch: int) -> list[Pair]:
    """Pairs of all images of at least `patch` LR pixels each way; raises ImageError when an image is broken or none is
    large enough.
    """
    pairs = []
    for path in paths:
        image = read_image(path)
        if min(image.shape[:2]) >= patch * scale:
            pairs.append(make_pair(str(path), image, scale))
    if not pairs:
        side = patch * scale
        raise ImageError(f"none of {len(paths)} images has {side}x{side} pixels, the HR patch; allowed a smaller data.patch")
    return pairs


def split(pairs: Sequence[Pair], fraction: float, seed: int) -> tuple[list[Pair], list[Pair]]:
    """(training, validation) pairs, by image; at least one of each.  Raises ImageError for fewer than two images."""
    if len(pairs) < 2:
        raise ImageError(f"{len(pairs)} usable image; allowed at least 2, one of them to validate on")
    order = np.random.default_rng(seed).permutation(len(pairs))
    count = min(max(1, round(fraction * len(pairs))), len(pairs) - 1)
    chosen = set(order[:count].tolist())
    return [p for i, p in enumerate(pairs) if i not in chosen], [p for i, p in enumerate(pairs) if i in chosen]


def real_luma(pixels: NDArray[np.uint8], device: torch.device | str = "cpu") -> Tensor:
    """(1, 1, rows, columns) in [0, 255/256] of (rows, columns) 8-bit luma."""
    return torch.from_numpy(pixels)[None, None].to(device).float() * UNIT


def some(pairs: Sequence[Pair], count: int, seed: int) -> list[Pair]:
    """`count` of the pairs, chosen at random; all of them for 0, or when there are not more.  More contain fewer."""
    if not 0 < count < len(pairs):
        return list(pairs)
    return [pairs[i] for i in np.random.default_rng(seed).permutation(len(pairs))[:count]]


def limit_pixels(pairs: Sequence[Pair], pixels: int) -> list[Pair]:
    """The pairs, each cut to its middle so that all together have about `pixels` HR pixels."""
    limited = []
    for pair in pairs:
        scale = pair.high.shape[0] // pair.low.shape[0]
        side = max(16, int((pixels / len(pairs)) ** 0.5) // scale)
        rows, columns = (slice(max(0, (size - side) // 2), max(0, (size - side) // 2) + side) for size in pair.low.shape)
        high = pair.high[rows.start * scale : rows.stop * scale, columns.start * scale : columns.stop * scale]
        limited.append(Pair(pair.name, pair.low[rows, columns], high))
    return limited


def fingerprint(pairs: Sequence[Pair]) -> str:
    """sha256 (hex) of the pixels and sizes of all pairs, in order: what a batch depends on besides seed and step."""
    digest = hashlib.sha256()
    for pair in pairs:
        digest.update(repr(pair.low.shape).encode() + pair.low.tobytes() + pair.high.tobytes())
    return digest.hexdigest()


class PatchSampler:
    """Random patches of `pairs` as real luma: `batch(step)` gives (N, 1, patch, patch) and (N, 1, scale*patch, scale*patch).

    rank, world: this process's share of the global batch of `batch_size`, which must divide evenly: every `world`-th patch,
    so that the first patches of all shares are the first patches of the batch.
    """

    def __init__(
        self,
        pairs: Sequence[Pair],
        scale: int,
        patch: int,
        batch_size: int,
        seed: int,
        device: torch.device | str = "cpu",
        rank: int = 0,
        world: int = 1,
    ) -> None:
        if batch_size % world:
            raise ValueError(f"batch of {batch_size} does not divide among {world} processes")
        self.scale, self.patch, self.batch_size, self.seed = scale, patch, batch_size, seed
        self.share = slice(rank, None, world)
        self.low = torch.from_numpy(np.concatenate([pair.low.ravel() for pair in pairs])).to(device)
        self.high = torch.from_numpy(np.concatenate([pair.high.ravel() for pair in pairs])).to(device)
        self.sizes = np.array([pair.low.shape for pair in pairs])
        areas = self.sizes.prod(axis=1)
        self.starts = np.concatenate([[0], areas.cumsum()[:-1]])
        self.weights = areas / areas.sum()

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """(low, high) of this process for `step`, in [0, 255/256]."""
        random = np.random.default_rng([self.seed, step])
        image = random.choice(len(self.sizes), self.batch_size, p=self.weights)
        rows, columns = self.sizes[image].T
        top = random.integers(0, rows - self.patch + 1)
        left = random.integers(0, columns - self.patch + 1)
        symmetry = random.integers(0, 8, self.batch_size)
        chosen = [values[self.share] for values in (self.starts[image], columns, top, left, symmetry)]
        return self._gather(self.low, 1, *chosen), self._gather(self.high, self.scale, *chosen)

    def _gather(self, pixels: Tensor, scale: int, *chosen: NDArray[np.int64]) -> Tensor:
        """Pixels at start + row offset + column offset; the symmetry mirrors either line of offsets and swaps them."""
        start, columns, top, left, symmetry = (values[:, None] for values in chosen)
        line = np.arange(self.patch * scale)
        row = top * scale + np.where(symmetry & 1, line[::-1], line)
        column = left * scale + np.where(symmetry & 2, line[::-1], line)
        by_row, by_column = start * scale**2 + row * columns * scale, column
        down = np.where(symmetry & 4, by_column, by_row)
        across = np.where(symmetry & 4, by_row, by_column)
        index = torch.from_numpy(down[:, :, None] + across[:, None, :]).to(pixels.device)
        return pixels[index].unsqueeze(1).float() * UNIT
