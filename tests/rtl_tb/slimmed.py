"""Networks cut from a given one, of fewer layers and channels: for counting and simulating cells, not for looking at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from golden.spec import PROVED, IntLayer, IntNetwork


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
    return replace(layer, terms=(replace(layer.terms[0], weight=weight), *layer.terms[1:]), accumulator=PROVED, **per_channel)
