"""Quantizers of foreign graphs: QONNX's Quant, and ONNX's QuantizeLinear and DequantizeLinear, as grids."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from golden.int_type import IntType, NetworkError
from qat.errors import ForeignError
from qat.importing.chain import Convolution, Enlargement, FloatArray, Grid
from qat.importing.onnx.file import Node
from qat.importing.onnx.values import Constant, Features, Pixels, Value

MAX_BITS = 32


def quant(node: Node, x: Value, scale: FloatArray, zero: FloatArray, bits: FloatArray) -> Value:
    """What QONNX's Quant makes of `x`.  Raises ForeignError for a zero point, another rounding than to even, and odd ranges."""
    mode = node.attributes.get("rounding_mode", b"ROUND")
    if mode not in (b"ROUND", b"HALF_EVEN"):
        raise ForeignError(f"{node.where}: rounds by {mode.decode(errors='replace')}; allowed ROUND, to nearest, ties to even")
    if zero.any():
        raise ForeignError(f"{node.where}: zero point {float(zero.flat[0]):g}; allowed 0")
    if bits.size != 1 or bits.item() not in range(1, MAX_BITS + 1):
        raise ForeignError(f"{node.where}: {bits.flatten()[:4].tolist()} bits; allowed one number, 1..{MAX_BITS}")
    grid = Grid(scale, _int_type(node, int(bits.item()), bool(node.attributes.get("signed", 1))))
    narrow = bool(node.attributes.get("narrow", 0))
    if isinstance(x, Constant):
        check_scale(node, x, scale)
        low, high = grid.integers.min + (narrow and grid.integers.signed), grid.integers.max - (narrow and not grid.integers.signed)
        with np.errstate(all="ignore"):
            steps = (x.values.astype(np.float32) / scale.astype(np.float32)).astype(np.float64)  # as float32 executors divide
        return Constant(np.clip(np.rint(steps), low, high) * scale, grid)
    if narrow:
        raise ForeignError(f"{node.where}: activations of a narrow range; allowed the whole one")
    return quantized(node, x, grid)


def quantized(node: Node, x: Value, grid: Grid) -> Value:
    """Pixels or features that are rounded to the grid here.  Raises ForeignError where that is done twice, and for other scales."""
    if grid.scale.size != 1 or not (np.isfinite(grid.scale).all() and (grid.scale > 0).all()):
        raise ForeignError(f"{node.where}: activations of {grid.scale.size} scales from {grid.scale.min():g}; allowed one above 0")
    grid = Grid(grid.scale.reshape(()), grid.integers)
    if isinstance(x, Pixels):
        if x.grid is not None and not _same(x.grid, grid):
            raise ForeignError(f"{node.where}: rounds the LR pixel a second time; allowed once")
        if (x.factor != 1).any() or x.offset.any():
            raise ForeignError(f"{node.where}: rounds pixels that are scaled or shifted; allowed luma as it comes")
        return replace(x, grid=grid)
    if not isinstance(x, Features):
        raise ForeignError(f"{node.where}: rounds what is neither features nor a constant")
    last: Convolution | Enlargement = x.last
    if x.since is not None:
        raise ForeignError(f"{node.where}: rounds a sum of two layers' features; allowed features of one")
    if last.output is not None and not _same(last.output, grid):
        raise ForeignError(f"{node.where}: rounds what '{last.name}' gives a second time; allowed once for each layer")
    return replace(x, layers=(*x.layers[:-1], replace(last, output=grid)))


def quantize_linear(node: Node, x: Value, scale: FloatArray, zero: Constant) -> Value:
    """What QuantizeLinear makes of pixels and features: integers of 8 bits, unsigned where the zero point is."""
    if zero.values.any():
        raise ForeignError(f"{node.where}: zero point {float(zero.values.flat[0]):g}; allowed 0")
    found = quantized(node, x, Grid(scale, IntType(8, signed=not zero.unsigned)))
    return replace(found, integers=True) if isinstance(found, Features) else found


def clipped(node: Node, x: Features, low: float, high: float) -> Features:
    """The same integers in the narrower type of that range, between QuantizeLinear and DequantizeLinear."""
    grid = x.last.output
    assert grid is not None
    for bits in range(1, grid.integers.bits + 1):
        held = IntType(bits, grid.integers.signed)
        if (held.min, held.max) == (low, high):
            return replace(x, layers=(*x.layers[:-1], replace(x.last, output=Grid(grid.scale, held))))
    raise ForeignError(f"{node.where}: integers from {low:g} to {high:g}; allowed those of whole bits of {grid.integers}")


def dequantize_linear(node: Node, x: Value, scale: FloatArray, zero: FloatArray) -> Value:
    """What DequantizeLinear makes of integers: constants become real, features stay what they are."""
    if zero.any():
        raise ForeignError(f"{node.where}: zero point {float(zero.flat[0]):g}; allowed 0")
    if isinstance(x, Constant):
        axis = int(node.attributes.get("axis", 1))
        scale = scale.reshape([-1 if i == axis else 1 for i in range(x.values.ndim)]) if scale.size > 1 else scale.reshape(())
        check_scale(node, x, scale)
        bits = max(2, int(np.abs(x.values).max(initial=0)).bit_length() + 1)
        return Constant(x.values * scale, Grid(scale, _int_type(node, bits, True)))
    if not isinstance(x, Features | Pixels):
        raise ForeignError(f"{node.where}: real numbers of what is no integer")
    grid = x.grid if isinstance(x, Pixels) else x.last.output
    if grid is None or scale.size != 1 or scale.item() != grid.scale:
        raise ForeignError(f"{node.where}: another scale than what rounded; allowed the same")
    return replace(x, integers=False) if isinstance(x, Features) else x


def check_scale(node: Node, x: Constant, scale: FloatArray) -> None:
    """Raises ForeignError for scales that are not one for all or one along an axis."""
    if np.broadcast_shapes(x.values.shape, scale.shape) != x.values.shape:
        raise ForeignError(f"{node.where}: scales of shape {scale.shape} for {x.values.shape}; allowed one, or one per channel")


def _int_type(node: Node, bits: int, signed: bool) -> IntType:
    try:
        return IntType(bits, signed)
    except NetworkError as error:
        raise ForeignError(f"{node.where}: {error}") from error


def _same(one: Grid, other: Grid) -> bool:
    return bool((one.scale == other.scale).all()) and one.integers == other.integers
