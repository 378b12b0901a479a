"""Operators on constants alone, and the sizes of a convolution's window."""

from __future__ import annotations

from typing import Any

import numpy as np

from qat.errors import ForeignError
from qat.importing.chain import FloatArray
from qat.importing.onnx.file import Node
from qat.importing.onnx.quantizers import dequantize_linear, quant
from qat.importing.onnx.values import Constant, Sizes, Value


def fold(node: Node, operands: list[Any]) -> Value:
    """What an operator makes of constants; `Sizes` where that is not followed.  Raises ForeignError for what does not fit."""
    if node.op == "Constant":
        return _constant(node)
    if node.op == "Shape" or not all(isinstance(operand, Constant) for operand in operands):
        return Sizes()
    first, *others = operands
    numbers = [operand.values for operand in others]
    try:
        if node.op in ("Quant", "IntQuant"):
            return quant(node, first, *numbers)
        if node.op == "DequantizeLinear":
            return dequantize_linear(node, first, numbers[0], numbers[1] if len(numbers) > 1 else np.zeros(1))
        if node.op == "Clip":
            return Constant(np.clip(first.values, *numbers))
        if node.op in ("Identity", "Cast"):
            return Constant(first.values, first.grid)
        if node.op in ("Unsqueeze", "Squeeze", "Reshape"):
            return Constant(_reshaped(node, first.values, numbers), first.grid)
    except ForeignError:
        raise
    except (ValueError, TypeError, IndexError) as error:
        raise ForeignError(f"{node.where}: {node.op} of constants that do not fit ({error})") from error
    return Sizes()


def geometry(node: Node, weight: FloatArray) -> tuple[int, list[int], list[int]]:
    """(kernel, pads, strides) of a convolution.  Raises ForeignError unless it is square and not dilated."""
    shape, attributes = weight.shape, node.attributes
    dilated = any(size != 1 for size in attributes.get("dilations", [1]))
    if len(shape) != 4 or shape[2] != shape[3] or dilated or attributes.get("auto_pad", b"NOTSET") != b"NOTSET":
        how = "dilated" if dilated else "padded by " + attributes.get("auto_pad", b"numbers").decode(errors="replace")
        raise ForeignError(f"{node.where}: weight of shape {shape}, {how}; allowed (out, in, K, K), pads as numbers")
    return shape[2], list(attributes.get("pads", [0] * 4)), list(attributes.get("strides", [1, 1]))


def _constant(node: Node) -> Value:
    forms = ("value", "value_float", "value_floats", "value_int", "value_ints")
    known = [value for name, value in node.attributes.items() if name in forms]
    if len(known) != 1:
        raise ForeignError(f"{node.where}: a constant of {', '.join(node.attributes) or 'nothing'}; allowed numbers")
    return known[0] if isinstance(known[0], Constant) else Constant(np.asarray(known[0], dtype=np.float64))


def _reshaped(node: Node, values: FloatArray, numbers: list[FloatArray]) -> FloatArray:
    asked = numbers[0] if numbers else np.asarray(node.attributes.get("axes", node.attributes.get("shape", [])))
    sizes = tuple(int(size) for size in asked)
    if node.op == "Reshape":
        return values.reshape([values.shape[i] if size == 0 else size for i, size in enumerate(sizes)])
    return np.expand_dims(values, sizes) if node.op == "Unsqueeze" else np.squeeze(values, sizes or None)
