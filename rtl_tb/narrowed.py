"""A network of fewer bits with the shapes of a given one: for counting cells, not for looking at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from golden.spec import PROVED, IntLayer, IntNetwork, IntType


def narrowed(network: IntNetwork, bits: int) -> IntNetwork:
    """`network` with weights and hidden activations of `bits` bits: the weights scaled down and rounded, nothing trained again."""
    last = len(network.layers) - 1
    return IntNetwork(tuple(_layer(layer, bits, index == 0, index == last) for index, layer in enumerate(network.layers)))


def _layer(layer: IntLayer, bits: int, is_first: bool, is_last: bool) -> IntLayer:
    weight = IntType(bits, signed=True)
    scale = weight.max / layer.weight_type.max
    return replace(
        layer,
        weight=np.rint(layer.weight * scale).astype(np.int64),
        bias=np.rint(layer.bias * scale).astype(np.int64),
        weight_type=weight,
        input=layer.input if is_first else replace(layer.input, bits=bits),
        output=layer.output if is_last else replace(layer.output, bits=bits),
        accumulator=PROVED,
    )
