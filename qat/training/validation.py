"""PSNR on the validation images, in the device protocol: of a stage in training, of bicubic, and of frozen integers.

8-bit luma in, out and as reference, a border of one LR pixel cut off; the mean over the images.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import golden
from golden.pictures.bicubic import resize, to_uint8
from golden.pictures.quality import psnr
from qat.model.shape import UNIT
from qat.recipe import WORST_LOSS
from qat.training.data import Pair, real_luma


@torch.no_grad()
def validation_psnr(stage: Any, pairs: Sequence[Pair], device: torch.device | str = "cpu") -> float:
    """Of what a stage of `qat.training.stages` upscales in dB, rounded to 8 bit."""
    training = stage.network.training
    stage.network.eval()

    def picture(pair: Pair) -> NDArray[Any]:
        x, y = (real_luma(pixels, device) for pixels in (pair.low, pair.high))
        return (stage.upscale(x, y)[0, 0] / UNIT).round().clamp(0, 255).cpu().numpy()

    value = mean_psnr(picture, pairs)
    stage.network.train(training)
    return value


def bicubic_psnr(pairs: Sequence[Pair]) -> float:
    """Of bicubic interpolation in dB: what every network must beat."""
    return mean_psnr(lambda pair: to_uint8(resize(pair.low.astype(np.float64), *pair.high.shape)), pairs)


def network_psnr(network: golden.IntNetwork, pairs: Sequence[Pair]) -> float:
    """Of a frozen network's own integers in dB."""
    return mean_psnr(lambda pair: golden.run(network, pair.low), pairs)


def mean_psnr(picture: Callable[[Pair], NDArray[Any]], pairs: Sequence[Pair]) -> float:
    """Of what `picture` makes of each pair, in dB."""
    values = []
    for pair in pairs:
        border = pair.high.shape[0] // pair.low.shape[0]
        inside = (slice(border, -border), slice(border, -border))
        values.append(psnr(pair.high[inside], picture(pair)[inside]))
    return sum(values) / len(values)


def fault(network: float, student: float, bicubic: float) -> str | None:
    """What is wrong with a network of that validation PSNR beside its float student's and bicubic's, all in dB; None if nothing.

    >>> fault(33.0, 33.5, 31.2), fault(31.0, 33.5, 31.2)
    (None, '31.00 dB on the validation images, below bicubic (31.20 dB)')
    """
    if not network > bicubic:
        return f"{network:.2f} dB on the validation images, below bicubic ({bicubic:.2f} dB)"
    if network < student - WORST_LOSS:
        return f"{network:.2f} dB on the validation images, more than {WORST_LOSS:g} dB below its float student ({student:.2f} dB)"
    return None
