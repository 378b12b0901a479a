"""The integer contract, read aloud: one scalar at a time, in plain Python integers.

Slow on purpose, so that it can be checked against `arithmetic.md` by eye.  It shares no arithmetic with `golden.model`
and is one of its executors in `golden.compare`, on small frames.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.spec import IntLayer, IntNetwork

Tensor = list[list[list[int]]]
Array = NDArray[Any]
MAX_PIXELS = 64


def trace(network: IntNetwork, luma: Array) -> dict[str, Array]:
    """Every layer's output integers by layer name, each (channels, rows, columns); luma: (height, width) uint8."""
    taps: dict[str, Array] = {}
    tensor: Tensor = [luma.tolist()]
    for layer in network.layers:
        tensor = (_convolve if layer.kind == "conv" else _deconvolve)(layer, tensor)
        taps[layer.name] = np.array(tensor, dtype=layer.output.dtype)
    return taps


def requantize(accumulator: int, layer: IntLayer, co: int) -> int:
    """The output integer of channel `co` for one accumulator."""
    multiplier = int(layer.negative_multiplier[co] if accumulator < 0 else layer.positive_multiplier[co])
    shift = int(layer.shift[co])
    v = accumulator * multiplier
    q = v if shift == 0 else (v + 2 ** (shift - 1) - 1 + ((v >> shift) & 1)) >> shift
    return min(max(q, layer.output.min), layer.output.max)


def _convolve(layer: IntLayer, x: Tensor) -> Tensor:
    height, width, taps = len(x[0]), len(x[0][0]), range(layer.kernel)
    weight, bias = layer.weight.tolist(), layer.bias.tolist()
    out = []
    for co in range(layer.out_channels):
        plane = []
        for row in range(height):
            line = []
            for column in range(width):
                acc = bias[co]
                for ci in range(layer.in_channels):
                    for ky in taps:
                        for kx in taps:
                            y, z = row + ky - layer.padding, column + kx - layer.padding
                            if 0 <= y < height and 0 <= z < width:
                                acc += weight[co][ci][ky][kx] * x[ci][y][z]
                line.append(requantize(acc, layer, co))
            plane.append(line)
        out.append(plane)
    return out


def _deconvolve(layer: IntLayer, x: Tensor) -> Tensor:
    stride, taps = layer.stride, range(layer.kernel)
    height, width = len(x[0]), len(x[0][0])
    weight, bias = layer.weight.tolist(), layer.bias.tolist()
    out = []
    for co in range(layer.out_channels):
        acc = [[bias[co]] * (width * stride) for _ in range(height * stride)]
        for ci in range(layer.in_channels):
            for y in range(height):
                for z in range(width):
                    for ky in taps:
                        for kx in taps:
                            row, column = y * stride + ky - layer.padding, z * stride + kx - layer.padding
                            if 0 <= row < height * stride and 0 <= column < width * stride:
                                acc[row][column] += weight[co][ci][ky][kx] * x[ci][y][z]
        out.append([[requantize(a, layer, co) for a in line] for line in acc])
    return out
