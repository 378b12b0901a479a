"""What Add, Sub, Mul and Div make of pixels and features: skips, biases, scales."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from qat.errors import ForeignError
from qat.importing.chain import Convolution, Enlargement, FloatArray, spread
from qat.importing.onnx import pixels
from qat.importing.onnx.file import Node
from qat.importing.onnx.values import Constant, Features, Pixels, Value


def added(node: Node, a: Any, b: Any) -> Value:
    """A sum of features and: a constant, the LR pixel, or features that an earlier layer gave."""
    if isinstance(a, Constant):
        a, b = b, a
    if isinstance(b, Constant):
        return _affine(node, a, np.ones(1), b.values)
    a, b = _anchor(a), _anchor(b)
    if isinstance(a, Pixels):
        a, b = b, a
    if not isinstance(a, Features) or a.since is not None:
        raise ForeignError(f"{node.where}: adds what is no layer's output; allowed features, and the LR pixel at the end")
    if isinstance(b, Pixels):
        return _with_pixels(node, a, b)
    if isinstance(b, Features):
        return _with_features(node, a, b)
    raise ForeignError(f"{node.where}: adds sizes; allowed features")


def subtracted(node: Node, a: Any, b: Any) -> Value:
    if not isinstance(b, Constant):
        raise ForeignError(f"{node.where}: subtracts what is computed; allowed constants")
    return _affine(node, a, np.ones(1), -b.values)


def multiplied(node: Node, a: Any, b: Any) -> Value:
    if isinstance(a, Constant):
        a, b = b, a
    if not isinstance(b, Constant):
        raise ForeignError(f"{node.where}: multiplies what is computed; allowed constants")
    return _affine(node, a, b.values, np.zeros(1))


def divided(node: Node, a: Any, b: Any) -> Value:
    if not isinstance(b, Constant) or not b.values.all():
        raise ForeignError(f"{node.where}: divides by what is computed, or by 0; allowed constants")
    return _affine(node, a, 1 / b.values, np.zeros(1))


def enlarging(node: Node, x: Features) -> Features:
    """The features with their last convolution as the one before a pixel shuffle.  Raises ForeignError where it cannot be."""
    layer = x.last
    if isinstance(layer, Enlargement):
        return x
    stride = math.isqrt(len(layer.weight))
    if stride**2 != len(layer.weight):
        raise ForeignError(f"{node.where}: {len(layer.weight)} channels of '{layer.name}'; allowed 4, 9 or 16, of luma alone")
    if layer.slope.any() and _is_activated(layer):
        raise ForeignError(f"{node.where}: PReLU in the last layer, '{layer.name}'; allowed a clip at black and white")
    last = Enlargement(layer.name, layer.weight, layer.bias, stride, clip=layer.clip, weights=layer.weights, output=layer.output)
    return replace(x, layers=(*x.layers[:-1], last))


def _affine(node: Node, x: Any, factor: FloatArray, offset: FloatArray) -> Value:
    """factor * x + offset, for pixels and for a layer that is not quantized."""
    if isinstance(x, Pixels):
        return pixels.scaled(node, x, factor, offset)
    if not isinstance(x, Features) or x.since is not None or x.last.weights is not None or x.last.output is not None:
        raise ForeignError(f"{node.where}: {node.op} of a sum or of integers; allowed of one layer's real numbers")
    if factor.size != 1:
        raise ForeignError(f"{node.where}: {node.op} by {factor.size} numbers; allowed one")
    last, scale, offsets = x.last, factor.item(), spread(offset, len(x.last.bias))
    if _is_activated(last) and (offsets.any() or scale <= 0):
        raise ForeignError(f"{node.where}: {node.op} behind an activation; allowed before it")
    changes: dict[str, Any] = {"weight": last.weight * scale, "bias": last.bias * scale + offsets, "clip": last.clip * abs(scale)}
    if isinstance(last, Enlargement) and last.skip is not None:
        changes["skip"] = last.skip * scale
    return replace(x, layers=(*x.layers[:-1], replace(last, **changes)))


def _is_activated(layer: Convolution | Enlargement) -> bool:
    return math.isfinite(layer.clip) or (isinstance(layer, Convolution) and bool((layer.slope != 1).any()))


def _anchor(x: Any) -> Any:
    """A 1x1 convolution of the LR pixel alone is channels of the LR pixel."""
    if isinstance(x, Features) and len(x.layers) == 1 and isinstance(x.last, Convolution) and not x.shifted and x.since is None:
        layer = x.last
        if layer.weight.shape[1:] == (1, 1, 1) and (layer.slope == 1).all() and math.isinf(layer.clip) and layer.output is None:
            return Pixels(layer.weight[:, 0, 0, 0], layer.bias, x.input)
    return x


def _with_pixels(node: Node, x: Features, pixel: Pixels) -> Features:
    """The skip of the last layer."""
    last = x.last
    if last.output is not None or (isinstance(last, Convolution) and ((last.slope != 1).any() or math.isfinite(last.clip))):
        raise ForeignError(
            f"{node.where}: adds the LR pixel behind an activation or a rounding; allowed in the last layer, before them"
        )
    found = enlarging(node, x)
    layer = found.last
    assert isinstance(layer, Enlargement)
    if pixel.enlarged != (layer.stride if x.shuffled else 1) or (x.shuffled and pixel.factor.size != 1):
        raise ForeignError(f"{node.where}: adds the LR pixel at another size; allowed each pixel to its own sub-pixels")
    factor, offset = spread(pixel.factor, layer.stride**2), spread(pixel.offset, layer.stride**2)
    if factor.shape != layer.bias.shape:
        raise ForeignError(f"{node.where}: adds {factor.size} channels of the LR pixel; allowed {layer.bias.size}")
    skip = factor if layer.skip is None else layer.skip + factor
    return replace(found, layers=(*found.layers[:-1], replace(layer, skip=skip, bias=layer.bias + offset)))


def _with_features(node: Node, x: Features, other: Features) -> Features:
    """A sum of two layers' features: the residual's sub-pixels, or what an earlier layer gave."""
    if x.shifted or len(x.layers) < len(other.layers):
        x, other = other, x
    last, second = x.last, other.last
    if isinstance(last, Enlargement) and isinstance(second, Enlargement) and len(other.layers) == 1 and other.shifted:
        same = last.transposed and second.transposed and (last.stride, last.padding) == (second.stride, second.padding)
        if not same or second.weights is None or second.bias.any() or last.residual is not None or last.output is not None:
            raise ForeignError(f"{node.where}: adds another enlargement; allowed one of the LR pixel - 1/2 with quantized weights")
        return replace(x, layers=(*x.layers[:-1], replace(last, residual=(second.weight, second.weights))))
    count = len(other.layers)
    earlier = count < len(x.layers) and all(a is b for a, b in zip(x.layers, other.layers, strict=False))
    if not earlier or isinstance(last, Enlargement) or x.shifted or other.since is not None:
        raise ForeignError(f"{node.where}: adds features that no earlier layer of this chain gave; allowed those")
    if len(last.weight) != len(second.weight):
        raise ForeignError(f"{node.where}: adds {len(second.weight)} channels to {len(last.weight)}; allowed as many")
    return replace(x, since=count - 1)
