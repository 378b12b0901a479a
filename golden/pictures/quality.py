"""PSNR and SSIM of 8-bit samples: one definition for training, evaluation, pictures and clips.

SSIM needs scikit-image (the extra `train`), imported when it is asked for.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

SSIM_WINDOW = 11
"""Rows and columns of SSIM's window; Wang et al., "Image quality assessment", 2004, 3.2."""


def squared_error(reference: NDArray[Any], result: NDArray[Any]) -> float:
    """The mean over all samples, in float64."""
    return float(np.square(reference.astype(np.float64) - result).mean())


def decibels(error: float) -> float:
    """PSNR at peak 255 of a mean squared error; infinite for 0.

    >>> decibels(255**2)
    0.0
    """
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def psnr(reference: NDArray[Any], result: NDArray[Any]) -> float:
    """Peak signal-to-noise ratio in dB at peak 255; infinite for equal arrays."""
    return decibels(squared_error(reference, result))


def ssim(reference: NDArray[Any], result: NDArray[Any]) -> float:
    """Structural similarity of (rows, columns) samples, at least `SSIM_WINDOW` each way; Wang et al., 2004, with their window."""
    from skimage import metrics

    similarity: Any = metrics.structural_similarity
    how = {"data_range": 255, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    return float(similarity(reference, result, **how))
