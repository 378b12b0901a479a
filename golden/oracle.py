"""docs/arithmetic.md, read aloud: one scalar at a time, in plain Python integers.

Slow on purpose, so that it can be checked against the page by eye.  It shares no arithmetic with `golden.model`
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
    pixels = tensor[0]
    for layer in network.layers:
        tensor = _convolve(layer, tensor) if layer.kind == "conv" else _deconvolve(layer, tensor, pixels)
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


def _deconvolve(layer: IntLayer, x: Tensor, pixels: list[list[int]]) -> Tensor:
    """pixels: the frame's luma, for a term that reads it."""
    height, width = len(x[0]) * layer.stride, len(x[0][0]) * layer.stride
    bias = layer.bias.tolist()
    out = []
    for co in range(layer.out_channels):
        acc = [[bias[co]] * width for _ in range(height)]
        for term in layer.terms:
            planes = x if term.source == "previous" else [[[pixel - term.offset for pixel in line] for line in pixels]]
            for weight, plane in zip(term.weight[co].tolist(), planes, strict=True):
                _add_taps(acc, layer, weight, plane, 2**term.shift)
        out.append([[requantize(a, layer, co) for a in line] for line in acc])
    return out


def _add_taps(acc: list[list[int]], layer: IntLayer, weight: list[list[int]], x: list[list[int]], factor: int) -> None:
    """Add one plane's transposed convolution, `factor` times, to the accumulators that lie inside the output."""
    for y, line in enumerate(x):
        for z, value in enumerate(line):
            for ky in range(layer.kernel):
                for kx in range(layer.kernel):
                    row, column = y * layer.stride + ky - layer.padding, z * layer.stride + kx - layer.padding
                    if 0 <= row < len(acc) and 0 <= column < len(acc[0]):
                        acc[row][column] += factor * weight[ky][kx] * value
