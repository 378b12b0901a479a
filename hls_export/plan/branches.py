"""A residual in hardware is a second branch: the sums of two plain layers are joined before they are requantized.

    accumulator = 2^sum_shift * main + 2^shift * residual,     one of the shifts is 0

Both are transposed convolutions of one kernel and stride, so engines of one form give their blocks in the same order.  The bias
lies on the accumulator's grid, so the branch that is not shifted starts from it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from golden.spec import LUMA, PROVED, IntLayer, IntNetwork, Term
from hls_export.errors import ExportError

RESIDUAL = "residual"
JOINED = "joined"
TAKEN = (RESIDUAL, JOINED, "fork", "join", "join_residual", "pixel_delay")
"""Names of what a residual adds, in files and as nets."""


@lru_cache(maxsize=64)
def main_branch(layer: IntLayer) -> IntLayer:
    """`layer` as its own engine sees it: with the accumulator that its inputs alone need; itself without a residual."""
    if layer.luma is None:
        return layer
    first = layer.terms[0]
    return replace(layer, terms=(replace(first, shift=0),), bias=layer.bias * (first.shift == 0), accumulator=PROVED)


@lru_cache(maxsize=64)
def residual_branch(layer: IntLayer) -> IntLayer:
    """The residual of `layer` as a transposed convolution of centred pixels.  Its blocks are joined, never requantized: times 1."""
    luma = layer.luma
    assert luma is not None
    one = np.ones(1, dtype=np.int64)
    return IntLayer(
        name=RESIDUAL,
        kind="deconv",
        terms=(Term("previous", luma.weight, luma.weight_type),),
        bias=layer.bias * (layer.terms[0].shift > 0),
        positive_multiplier=one,
        negative_multiplier=one,
        shift=0 * one,
        input=luma.input_type(layer.input),
        output=LUMA,
        stride=layer.stride,
    )


def engine_layers(network: IntNetwork) -> dict[str, IntLayer]:
    """What each engine of `network` computes, by its name, in order; the residual's last."""
    *inner, last = network.layers
    found = [*inner, main_branch(last)]
    if last.luma is not None:
        found.append(residual_branch(last))
    return {layer.name: layer for layer in found}


def rescaled_layer(network: IntNetwork) -> IntLayer:
    """What the last accumulators are requantized by: the last layer, called JOINED where two branches make them."""
    last = network.layers[-1]
    return last if last.luma is None else replace(last, name=JOINED)


def check_names(network: IntNetwork) -> None:
    """Raises ExportError when a layer has a name that the residual's processes need."""
    if network.layers[-1].luma is None:
        return
    for layer in network.layers:
        if layer.name in TAKEN:
            raise ExportError(f"{layer.where}: this name is the residual's; allowed any but {', '.join(TAKEN)}")
