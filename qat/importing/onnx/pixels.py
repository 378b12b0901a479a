"""What operators make of the LR pixel itself: copies of it, scaled, shifted or repeated, that a network adds at its end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from qat.errors import ForeignError
from qat.importing.chain import MAX_CHANNELS, FloatArray
from qat.importing.onnx.file import Node
from qat.importing.onnx.values import Constant, Pixels
from qat.model.shape import SCALES


def concatenated(node: Node, *parts: Any) -> Pixels:
    """Copies of the pixel as channels."""
    if node.attributes.get("axis") != 1 or not all(isinstance(part, Pixels) and part.enlarged == 1 for part in parts):
        raise ForeignError(f"{node.where}: joins features; allowed copies of the LR pixel")
    if sum(part.factor.size for part in parts) > MAX_CHANNELS:
        raise ForeignError(f"{node.where}: more than {MAX_CHANNELS} channels; allowed as many as each pixel has sub-pixels")
    return replace(parts[0], factor=np.concatenate([p.factor for p in parts]), offset=np.concatenate([p.offset for p in parts]))


def copied(node: Node, x: Any, sizes: Any = None) -> Pixels:
    """Unsqueeze, Tile, Expand and Reshape: copies of one pixel, which are added alike wherever there is one of them."""
    if not isinstance(x, Pixels) or np.ptp(x.factor) or np.ptp(x.offset):
        raise ForeignError(f"{node.where}: {node.op} of features; allowed of the LR pixel")
    if node.op == "Tile" and (not isinstance(sizes, Constant) or (sizes.values[[0, -2, -1]] != 1).any()):
        raise ForeignError(f"{node.where}: tiles the picture; allowed copies of its pixels as channels")
    return replace(x, factor=x.factor[:1], offset=x.offset[:1])


def resized(node: Node, x: Any, *more: Any) -> Pixels:
    """Resize and Upsample: each pixel repeated."""
    mode = node.attributes.get("mode", b"nearest")
    rounding = node.attributes.get("nearest_mode", b"floor"), node.attributes.get("coordinate_transformation_mode", b"asymmetric")
    if not isinstance(x, Pixels) or mode != b"nearest" or rounding != (b"floor", b"asymmetric"):
        raise ForeignError(
            f"{node.where}: {node.op} by {mode.decode(errors='replace')}; allowed the LR pixel repeated: nearest, floor"
        )
    known = [part.values for part in more if isinstance(part, Constant) and part.values.size == 4]
    scale = known[0] if known else np.zeros(4)
    if scale[:2].tolist() != [1, 1] or scale[2] != scale[3] or scale[2] not in SCALES or x.enlarged != 1:
        raise ForeignError(f"{node.where}: {node.op} by {scale.tolist()}; allowed 1, 1, s, s with s 2, 3 or 4")
    return replace(x, enlarged=int(scale[2]))


def scaled(node: Node, x: Pixels, factor: FloatArray, offset: FloatArray) -> Pixels:
    """factor * x + offset."""
    if any(numbers.size not in (1, x.factor.size) for numbers in (factor, offset)):
        raise ForeignError(f"{node.where}: {node.op} by {factor.size} numbers, {x.factor.size} channels; allowed as many, or one")
    return replace(x, factor=x.factor * factor.flatten(), offset=x.offset * factor.flatten() + offset.flatten())
