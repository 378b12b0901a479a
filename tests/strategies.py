"""Hypothesis strategies for integer networks and frames; the builder behind them is golden.random_networks.

Hypothesis draws the structure (sizes, types, styles), so that it can shrink it; a seeded generator fills the arrays.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from golden import IntLayer, IntNetwork, IntType
from golden.random_networks import INT8, STYLES, build_layer, build_network, fsrcnn, pixels_term

__all__ = ["INT8", "STYLES", "build_layer", "build_network", "fsrcnn", "pixels_term"]

seeds = st.integers(0, 2**32 - 1)
signed_types = st.builds(IntType, st.integers(2, 8), st.just(True))
tensor_types = st.builds(IntType, st.integers(1, 8), st.booleans()).filter(lambda t: t.max > 0)
styles = st.sampled_from(STYLES)
frame_shapes = st.tuples(st.integers(1, 7), st.integers(1, 7)) | st.sampled_from([(1, 1), (1, 9), (9, 1), (2, 3)])


@st.composite
def layers(draw: st.DrawFn, *, kind: str | None = None, max_channels: int = 2) -> IntLayer:
    """Any legal layer of few channels; kind: "conv", "deconv" or, left out, either."""
    chosen = kind or draw(st.sampled_from(["conv", "deconv"]))
    stride = draw(st.integers(2, 4)) if chosen == "deconv" else 1
    kernel = draw(st.integers(stride, 9)) if chosen == "deconv" else draw(st.sampled_from([1, 3, 5]))
    channels = st.integers(1, max_channels)
    return build_layer(
        np.random.default_rng(draw(seeds)),
        "layer",
        (draw(channels), draw(channels), kernel),
        kind=chosen,
        stride=stride,
        input=draw(tensor_types),
        output=draw(tensor_types),
        weight_type=draw(signed_types),
        style=draw(styles),
    )


@st.composite
def networks(draw: st.DrawFn, *, max_layers: int = 4, max_channels: int = 3) -> IntNetwork:
    """Any legal network of few layers: scale 2..4, odd convolutions, even and odd transposed ones, kernel == stride included."""
    scale = draw(st.integers(2, 4))
    widths = tuple(draw(st.lists(st.integers(1, max_channels), max_size=max_layers - 1)))
    kernels = tuple(draw(st.sampled_from([1, 3, 5])) for _ in widths)
    return build_network(
        draw(seeds),
        scale,
        widths,
        (*kernels, draw(st.integers(scale, 9))),
        hidden=draw(tensor_types),
        weight_type=draw(signed_types),
        style=draw(styles),
        residual=draw(st.none() | st.integers(-6, 6)),
    )


def noise(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """A frame of uniform noise."""
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


@st.composite
def frames(draw: st.DrawFn) -> NDArray[np.uint8]:
    """A small frame, 1x1 and lines included: noise, one value, a checkerboard, or one bright pixel."""
    height, width = draw(frame_shapes)
    kind = draw(st.sampled_from(["noise", "constant", "checkerboard", "pixel"]))
    if kind == "noise":
        return noise(height, width, draw(seeds))
    if kind == "constant":
        return np.full((height, width), draw(st.sampled_from([0, 1, 128, 255])), dtype=np.uint8)
    if kind == "checkerboard":
        return (np.indices((height, width)).sum(axis=0) % 2 * 255).astype(np.uint8)
    frame = np.zeros((height, width), dtype=np.uint8)
    frame[draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))] = 255
    return frame
