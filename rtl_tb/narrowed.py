"""Networks cut from a given one, of fewer bits or fewer channels: for counting and simulating cells, not for looking at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from golden.spec import PROVED, IntLayer, IntNetwork, IntType


def narrowed(network: IntNetwork, bits: int) -> IntNetwork:
    """`network` with weights and hidden activations of `bits` bits: the weights scaled down and rounded, nothing trained again."""
    last = len(network.layers) - 1
    return IntNetwork(tuple(_layer(layer, bits, index == 0, index == last) for index, layer in enumerate(network.layers)))


def slimmed(network: IntNetwork, channels: int, names: Sequence[str]) -> IntNetwork:
    """The layers of these names with the first `channels` of their hidden channels."""
    found = [network.layer(name) for name in names]
    last = len(found) - 1
    return IntNetwork(tuple(_slim(layer, channels, index == 0, index == last) for index, layer in enumerate(found)))


def _slim(layer: IntLayer, channels: int, is_first: bool, is_last: bool) -> IntLayer:
    outputs = slice(None) if is_last else slice(channels)
    per_channel = {
        name: getattr(layer, name)[outputs].copy() for name in ("bias", "positive_multiplier", "negative_multiplier", "shift")
    }
    weight = layer.weight[outputs, slice(None) if is_first else slice(channels)].copy()
    return replace(layer, weight=weight, accumulator=PROVED, **per_channel)


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
