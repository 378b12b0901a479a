"""Hypothesis strategies for integer networks and frames, and the builders behind them.

Hypothesis draws the structure (sizes, types, styles), so that it can shrink it; a seeded generator fills the arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from golden import IntLayer, IntNetwork, IntType
from golden.spec import LUMA, MAX_SHIFT, MID_GRAY, Term

INT8 = IntType(8, signed=True)
STYLES = ("power of two", "dyadic", "any sign", "unit")
"""How a layer's multipliers look; "any sign" has negative multipliers and positive < negative, "unit" has shift 0."""


def build_layer(random: np.random.Generator, name: str, shape: tuple[int, int, int], **parts: Any) -> IntLayer:
    """A layer of random integers; shape: (out_channels, in_channels, K).

    parts: kind, stride, input, output, weight_type, style, and arrays to use instead of random ones; luma: a second term, and
    own_shift, the first one's.
    """
    given = {"kind": "conv", "input": INT8, "output": INT8, "weight_type": INT8} | parts
    style = given.pop("style", "dyadic")
    out_channels, in_channels, kernel = shape
    limit = given["weight_type"].max
    weight = random.integers(-limit, limit + 1, (out_channels, in_channels, kernel, kernel))
    typical = int(limit * given["input"].max * np.sqrt(in_channels) * kernel / given.get("stride", 1)) // 4 + 1
    bias = random.integers(-typical, typical + 1, out_channels)
    own = Term("previous", given.pop("weight", weight), given.pop("weight_type"), given.pop("own_shift", 0))
    terms = (own,) if (luma := given.pop("luma", None)) is None else (own, luma)
    arrays = {"bias": bias} | requantization(random, style, typical, out_channels, given["output"])
    return IntLayer(name=name, terms=terms, **(arrays | given))


def pixels_term(weight: NDArray[np.int64], shift: int = 0, weight_type: IntType = INT8) -> Term:
    """What a network with a residual adds in its last layer, for a (K, K) weight."""
    return Term("luma", weight[None, None], weight_type, shift, MID_GRAY)


def requantization(random: np.random.Generator, style: str, typical: int, channels: int, output: IntType) -> dict[str, Any]:
    """Multipliers and shifts that bring accumulators of about `typical` to the range of `output`, some of them beyond it."""
    if style == "unit":
        negative, positive = random.integers(-1, 3, (2, channels))
        shift = np.zeros(channels, dtype=np.int64)
        return {"positive_multiplier": positive, "negative_multiplier": negative, "shift": shift}
    if style == "power of two":
        positive = np.full(channels, 128)
        negative = random.integers(-16, 129, channels)
    elif style == "dyadic":
        positive = random.integers(1, 2**10, channels)
        negative = random.integers(-(positive // 4), positive + 1)
    else:
        positive, negative = random.integers(-(2**17), 2**17, (2, channels))
    largest = typical * np.maximum(np.abs(positive), np.abs(negative))
    excess = np.array([value.bit_length() for value in largest.tolist()]) - output.bits
    shift = np.clip(excess + random.integers(-1, 2, channels), 0, MAX_SHIFT)
    return {"positive_multiplier": positive, "negative_multiplier": negative, "shift": shift}


def build_network(seed: int, scale: int, widths: tuple[int, ...], kernels: tuple[int, ...], **parts: Any) -> IntNetwork:
    """A random network: a convolution of kernels[i] to widths[i] channels for each width, then a kernels[-1] deconvolution.

    parts: hidden (the IntType between layers), weight_type, style; of every layer.  residual: a term over luma, and by how many
    bits the layer's own sum lies to the left of it.
    """
    random = np.random.default_rng(seed)
    hidden, residual = parts.pop("hidden", INT8), parts.pop("residual", None)
    layers, channels, int_type = [], 1, LUMA
    for index, width in enumerate(widths):
        types = {"input": int_type, "output": hidden}
        layers.append(build_layer(random, f"conv{index}", (width, channels, kernels[index]), **types, **parts))
        channels, int_type = width, hidden
    types = {"input": int_type, "output": LUMA}
    if residual is not None:
        parts["luma"] = pixels_term(random.integers(-127, 128, (kernels[-1], kernels[-1])), max(0, -residual))
        parts["own_shift"] = max(0, residual)
    shape = (1, channels, kernels[-1])
    layers.append(build_layer(random, "deconv", shape, kind="deconv", stride=scale, **types, **parts))
    return IntNetwork(tuple(layers))


def fsrcnn(seed: int = 0, scale: int = 2, **parts: Any) -> IntNetwork:
    """A random network of the paper's shape, FSRCNN(56, 12, 4)."""
    return build_network(seed, scale, (56, 12, 12, 12, 12, 12, 56), (5, 1, 3, 3, 3, 3, 1, 9), **parts)


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
