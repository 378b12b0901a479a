"""A transposed convolution as stride * stride ordinary convolutions over the input, one per sub-pixel phase, without zero
insertion.

Phase p = py * stride + px gives the outputs (stride*y + py, stride*x + px).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.spec import IntArray, IntNetwork


@dataclass(frozen=True)
class Phases:
    """Which taps each phase uses.

    index: (stride*stride, size, size) of ky*K + kx, or K*K where the phase has no tap.
    first, last: the input rows (and columns) that a window spans, relative to its own; size = last - first + 1.
    """

    index: NDArray[np.int64]
    first: int
    last: int


@cache
def phases(kernel: int, padding: int, stride: int) -> Phases:
    """The phases of a kernel x kernel transposed convolution.

    Output row stride*y + py takes input row y + o through tap ky = py + padding - stride*o.
    """
    first, last = -((kernel - 1 - padding) // stride), (stride - 1 + padding) // stride
    tap = np.arange(stride)[:, None] + padding - stride * np.arange(first, last + 1)
    exists = (tap >= 0) & (tap < kernel)
    index = tap[:, None, :, None] * kernel + tap[None, :, None, :]
    index = np.where(exists[:, None, :, None] & exists[None, :, None, :], index, kernel * kernel)
    index = index.reshape(stride * stride, len(tap[0]), len(tap[0]))
    index.setflags(write=False)
    return Phases(index, first, last)


def phase_weights(weight: IntArray, by: Phases) -> IntArray:
    """Weights (out_channels * stride*stride, in_channels, size, size) of the phases of `weight` (out_channels, in_channels, K, K),
    zero where a phase has no tap.
    """
    out_channels, in_channels = weight.shape[:2]
    flat: Any = np.pad(weight.reshape(out_channels, in_channels, -1), ((0, 0), (0, 0), (0, 1)))
    picked = flat[:, :, by.index].transpose(0, 2, 1, 3, 4)
    return np.asarray(picked.reshape(-1, in_channels, *by.index.shape[1:]))


def reach(network: IntNetwork) -> int:
    """Rows (and columns) of the frame, on each side of a pixel, that the outputs of that pixel can depend on."""
    found = 0
    for layer in network.layers:
        first, last = -layer.padding, layer.kernel - 1 - layer.padding
        if layer.kind == "deconv":
            by = phases(layer.kernel, layer.padding, layer.stride)
            first, last = by.first, by.last
        found += max(-first, last)
    return found
