"""A graph of ONNX operators as a chain of layers: each tensor is followed as a value of `qat.importing.onnx.values`.

Decides which operators, in which order, are a chain.  Whatever is not is refused with the name of the node.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from qat.errors import ForeignError
from qat.importing.chain import Chain, Convolution, Enlargement, FloatArray, Grid, carried, spread
from qat.importing.onnx import arrays, pixels, runtime, sums
from qat.importing.onnx.file import Node, read_graph
from qat.importing.onnx.quantizers import clipped, dequantize_linear, quant, quantize_linear
from qat.importing.onnx.values import Constant, Features, Pixels, Sizes, Value


def read_onnx(path: Path, white: float | None) -> Chain:
    """The network in an ONNX or QONNX file.  white: what luma 255 is; None for 1, or 255 steps of a quantized input.

    Raises OSError, and ForeignError for what is no network of one luma channel.
    """
    graph = read_graph(path)
    values: dict[str, Value] = dict(graph.constants)
    values[graph.input] = Pixels(np.ones(1), np.zeros(1))
    for node in graph.nodes:
        values[node.output] = _value(node, values)
    result = values.get(graph.output)
    whole = isinstance(result, Features) and result.shuffled and result.since is None
    if not isinstance(result, Features) or not isinstance(result.last, Enlargement) or not whole or result.shifted:
        raise ForeignError("does not end in a pixel shuffle or a transposed convolution; allowed a network that does")
    hidden = tuple(layer for layer in result.layers if isinstance(layer, Convolution))
    if white is None:
        white = 1.0 if result.input is None else 255 * float(result.input.scale)
    chain = Chain(hidden, result.last, white, "float ONNX", result.input)
    if chain.is_quantized:
        return replace(chain, layout="quantized ONNX")
    runtime.check(path, chain)
    return chain


def _value(node: Node, values: dict[str, Value]) -> Value:
    missing = [name for name in node.inputs if name and name not in values]
    if missing:
        raise ForeignError(f"{node.where}: reads '{missing[0]}', which nothing gives")
    operands = [values[name] if name else None for name in node.inputs]
    known = [operand for operand in operands if operand is not None]
    if node.op in ("Constant", "Shape") or (known and all(isinstance(operand, Constant | Sizes) for operand in known)):
        return arrays.fold(node, known)
    rule = RULES.get(node.op)
    if rule is None:
        raise ForeignError(f"{node.where}: {node.op}; allowed {', '.join(RULES)}")
    try:
        return rule(node, *operands)
    except (TypeError, ValueError, IndexError, AttributeError, KeyError) as error:
        if isinstance(error, ForeignError):
            raise
        raise ForeignError(f"{node.where}: {node.op} with {len(known)} inputs that do not fit ({error})") from error


def numbers(node: Node, value: Value | None, default: float = 0.0) -> FloatArray:
    """The numbers of an operand that must be constant."""
    if value is None:
        return np.array(default)
    if not isinstance(value, Constant):
        raise ForeignError(f"{node.where}: {node.op} by what is computed; allowed constants")
    return value.values


def _grid(value: Value | None) -> Grid | None:
    return value.grid if isinstance(value, Constant) else None


def _name(node: Node) -> str:
    return node.where.removeprefix("layer '").removesuffix("'")


def _conv(node: Node, x: Value, weight: Value, bias: Value | None = None) -> Value:
    taps = numbers(node, weight)
    kernel, pads, strides = arrays.geometry(node, taps)
    groups = node.attributes.get("group", 1)
    if strides != [1, 1] or pads != [kernel // 2] * 4 or groups != 1:
        raise ForeignError(f"{node.where}: pads {pads}, strides {strides}, {groups} groups; allowed the same size, one group")
    before, taps = _read(node, x, taps)
    layer = Convolution(_name(node), taps, spread(numbers(node, bias), len(taps)), np.ones(len(taps)), weights=_grid(weight))
    return _after(before, layer)


def _conv_transpose(node: Node, x: Value, weight: Value, bias: Value | None = None) -> Value:
    given, attributes = numbers(node, weight), node.attributes
    kernel, pads, strides = arrays.geometry(node, given)
    behind = list(attributes.get("output_padding", [0, 0]))
    square = all(len(set(sizes)) == 1 for sizes in (strides, pads[:2], pads[2:], behind))
    if not square or kernel + behind[0] != strides[0] + pads[0] + pads[2] or attributes.get("group", 1) != 1:
        sizes = f"kernel {kernel}, pads {pads}, strides {strides}, output_padding {behind}"
        raise ForeignError(f"{node.where}: {sizes}; allowed an output of stride times the size, one group")
    before, taps = _read(node, x, given.swapaxes(0, 1))
    grid, offset = _grid(weight), spread(numbers(node, bias), 1)
    if grid is not None and grid.scale.ndim == 4:
        grid = Grid(grid.scale.swapaxes(0, 1), grid.integers)
    if offset.size != 1:
        raise ForeignError(f"{node.where}: gives {offset.size} channels; allowed 1, luma")
    layer = Enlargement(_name(node), taps, np.full(strides[0] ** 2, offset.item()), strides[0], True, pads[0], weights=grid)
    return replace(_after(before, layer), shuffled=True)


def _read(node: Node, x: Value, weight: FloatArray) -> tuple[Features, FloatArray]:
    """The features that a convolution of `weight` (out, in, K, K) reads, and the weight with what their pixels are scaled by."""
    if isinstance(x, Pixels):
        shifted = bool((x.offset == -0.5).all())
        if x.factor.size != 1 or x.enlarged != 1 or not (shifted or (x.offset == 0).all()):
            raise ForeignError(f"{node.where}: reads pixels that are shifted or repeated; allowed the LR pixel times a constant")
        return Features((), shifted=shifted, input=x.grid), weight * x.factor.item()
    if not isinstance(x, Features) or isinstance(x.last, Enlargement):
        raise ForeignError(f"{node.where}: convolves what the LR pixel is added to or what is enlarged; allowed that at the end")
    return x, weight


def _after(before: Features, layer: Convolution | Enlargement) -> Features:
    """The features that `layer` gives, read from those before; a sum of two layers' is carried as channels."""
    hidden = tuple(x for x in before.layers if isinstance(x, Convolution))
    if hidden and layer.weight.shape[1] != len(hidden[-1].weight):
        raise ForeignError(f"layer '{layer.name}': takes {layer.weight.shape[1]} channels; allowed {len(hidden[-1].weight)}")
    if before.since is not None:
        hidden, layer = carried(hidden, before.since, layer)
    return Features((*hidden, layer), shifted=before.shifted, input=before.input)


def _activation(node: Node, x: Value, slope: FloatArray | float, clip: float = math.inf) -> Value:
    """PReLU of these slopes, then at most `clip`; in the last layer only what the output's own range does."""
    if not isinstance(x, Features) or x.since is not None:
        raise ForeignError(f"{node.where}: {node.op} of a sum or of pixels; allowed behind a convolution")
    last, slopes = x.last, np.asarray(slope, dtype=np.float64)
    if last.output is not None:
        raise ForeignError(f"{node.where}: {node.op} behind the rounding of '{last.name}'; allowed before it")
    if isinstance(last, Enlargement):
        if slopes.any():
            raise ForeignError(f"{node.where}: {node.op} in the last layer; allowed a clip at black and white")
        return replace(x, layers=(*x.layers[:-1], replace(last, clip=min(clip, last.clip))))
    if (last.slope != 1).any() or math.isfinite(last.clip):
        raise ForeignError(f"{node.where}: a second activation behind '{last.name}'; allowed one")
    return replace(x, layers=(*x.layers[:-1], replace(last, slope=spread(slopes, len(last.weight)), clip=clip)))


def _clip(node: Node, x: Value, low: Value | None = None, high: Value | None = None) -> Value:
    lowest = numbers(node, low, node.attributes.get("min", -math.inf)).item()
    highest = numbers(node, high, node.attributes.get("max", math.inf)).item()
    if isinstance(x, Features) and x.integers:
        return clipped(node, x, lowest, highest)
    if lowest != 0:
        raise ForeignError(f"{node.where}: clips at {lowest:g} below; allowed 0")
    return _activation(node, x, 0.0, highest)


def _shuffle(node: Node, x: Value) -> Value:
    """DepthToSpace: the last convolution becomes the enlargement."""
    if not isinstance(x, Features) or x.since is not None or x.shuffled:
        raise ForeignError(f"{node.where}: shuffles what no convolution gives, or twice; allowed once, at the end")
    enlarged = sums.enlarging(node, x)
    blocksize = node.attributes["blocksize"]
    if len(enlarged.last.weight) != blocksize**2:
        raise ForeignError(f"{node.where}: {len(enlarged.last.weight)} channels; allowed {blocksize**2}, for luma alone")
    return replace(enlarged, shuffled=True)


def _quant(node: Node, x: Value, scale: Value, zero: Value, bits: Value) -> Value:
    return quant(node, x, numbers(node, scale), numbers(node, zero), numbers(node, bits))


def _quantize(node: Node, x: Value, scale: Value, zero: Value | None = None) -> Value:
    if not isinstance(zero, Constant):
        raise ForeignError(f"{node.where}: no constant zero point, which has the type; allowed 0 of uint8 or int8")
    return quantize_linear(node, x, numbers(node, scale), zero)


def _dequantize(node: Node, x: Value, scale: Value, zero: Value | None = None) -> Value:
    return dequantize_linear(node, x, numbers(node, scale), numbers(node, zero))


def _same(_node: Node, x: Value) -> Value:
    return x


RULES: dict[str, Callable[..., Any]] = {
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "PRelu": lambda node, x, slope: _activation(node, x, numbers(node, slope).flatten()),
    "Relu": lambda node, x: _activation(node, x, 0.0),
    "LeakyRelu": lambda node, x: _activation(node, x, float(node.attributes.get("alpha", 0.01))),
    "Clip": _clip,
    "DepthToSpace": _shuffle,
    "Add": sums.added,
    "Sub": sums.subtracted,
    "Mul": sums.multiplied,
    "Div": sums.divided,
    "Concat": pixels.concatenated,
    "Unsqueeze": pixels.copied,
    "Tile": pixels.copied,
    "Expand": pixels.copied,
    "Reshape": pixels.copied,
    "Resize": pixels.resized,
    "Upsample": pixels.resized,
    "Quant": _quant,
    "IntQuant": _quant,
    "QuantizeLinear": _quantize,
    "DequantizeLinear": _dequantize,
    "Identity": _same,
    "Cast": _same,
}
"""What each operator makes of the values it reads."""
