"""The accumulators of one layer, before requantize, as the scalar oracle sums them."""

from __future__ import annotations

from unittest import mock

import numpy as np
from numpy.typing import NDArray

from golden import IntLayer, oracle


def accumulators(layer: IntLayer, x: NDArray[np.int64], luma: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """(out_channels, rows, columns) exact sums of `layer` for the input integers x (in_channels, rows, columns).

    luma: (rows, columns), what a residual reads.
    """
    with mock.patch.object(oracle, "requantize", lambda accumulator, layer, co: accumulator):
        if layer.kind == "conv":
            sums = oracle._convolve(layer, x.tolist())
        else:
            sums = oracle._deconvolve(layer, x.tolist(), [] if luma is None else luma.tolist())
        return np.array(sums, dtype=np.int64)


def random_input(layer: IntLayer, height: int, width: int, seed: int = 0) -> NDArray[np.int64]:
    """Integers of the layer's input type, (in_channels, height, width)."""
    random = np.random.default_rng(seed)
    return random.integers(layer.input.min, layer.input.max + 1, (layer.in_channels, height, width))
