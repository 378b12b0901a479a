"""Hypothesis strategies for integer networks and frames; the builder behind them is rtl_tb.stimulus.random_networks.

Hypothesis draws the structure (sizes, types, styles), so that it can shrink it; a seeded generator fills the arrays.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from golden import IntLayer, IntNetwork, IntType, NetworkError
from golden.accumulator import interval
from golden.spec import LUMA, MAX_ACCUMULATOR_BITS, MAX_TERM_SHIFT, MID_GRAY, PROVED, Term
from rtl_tb.stimulus.random_networks import INT8, STYLES, build_layer, build_network, fsrcnn, pixels_term

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


@st.composite
def legal_networks(draw: st.DrawFn, *, max_channels: int = 3) -> IntNetwork:
    """Any legal network of few layers, to the borders of its fields: widths of 2 to 16 bits, other ones in each layer, channels of
    zeros, accumulators that reach the ends of their type, outputs that saturate.
    """
    scale, count = draw(st.integers(2, 4)), draw(st.integers(0, 3))
    hidden = [IntType(draw(st.integers(2, 16)), draw(st.booleans())) for _ in range(count)]
    weights = [IntType(draw(st.integers(2, 16)), signed=True) for _ in range(count + 1)]
    network = build_network(
        draw(seeds),
        scale,
        [draw(st.integers(1, max_channels)) for _ in hidden],
        [*(draw(st.sampled_from([1, 3, 5])) for _ in hidden), draw(st.integers(scale, 9))],
        hidden=hidden,
        weight_types=weights,
        style=draw(styles),
        residual=draw(st.none() | st.integers(-6, 6)),
    )
    return IntNetwork(tuple(draw(_at_the_border(layer)) for layer in network.layers))


@st.composite
def _at_the_border(draw: st.DrawFn, layer: IntLayer) -> IntLayer:
    """The layer with channels of zeros, smaller shifts, and biases that take its accumulators to the ends of a type."""
    random = np.random.default_rng(draw(seeds))
    zeros = random.random((layer.out_channels, 1, 1, 1)) < draw(st.sampled_from([0, 0, 0.5, 1]))
    shift = np.maximum(layer.shift - draw(st.sampled_from([0, 0, 1, 4])), 0)
    changed = replace(layer.with_weight(np.where(zeros, 0, layer.weight)), shift=shift)
    bits = draw(st.just(0) | st.integers(8, MAX_ACCUMULATOR_BITS) | st.just(MAX_ACCUMULATOR_BITS))
    return _to_the_ends(changed, bits, random.random(layer.out_channels) < 0.5) if bits else changed


def _to_the_ends(layer: IntLayer, bits: int, upwards: NDArray[np.bool_]) -> IntLayer:
    """The layer whose accumulators reach an end of the signed type of so many bits, or of the widest one that is legal."""
    low, high = (ends - layer.bias for ends in interval(layer))
    for narrower in range(bits, 1, -1):
        end = IntType(narrower, signed=True)
        bias = np.where(upwards, end.max - high.max(axis=0), end.min - low.min(axis=0)).astype(np.int64)
        with suppress(NetworkError):
            return replace(layer, bias=bias, accumulator=PROVED)
    return layer


@st.composite
def student_layers(
    draw: st.DrawFn, name: str, shape: tuple[int, int, int], types: tuple[IntType, IntType], **parts: Any
) -> IntLayer:
    """A layer that a quantized student means, at the limits of its fields too; shape: (out_channels, in_channels, K).

    Its multipliers are 2^e and k / 2^5 of it, in lowest terms; biases have 24 significant bits; channels may be dead or saturate.
    parts: stride of a transposed convolution, which has no slopes, and luma: the difference of its terms' shifts.
    """
    random = np.random.default_rng(draw(seeds))
    (out_channels, in_channels, kernel), (taken, given), luma = shape, types, parts.pop("luma", None)
    weight_type = draw(signed_types)
    weight = random.integers(-weight_type.max, weight_type.max + 1, (out_channels, in_channels, kernel, kernel))
    weight[random.random(out_channels) < 0.2] = draw(st.sampled_from([0, weight_type.max, -weight_type.max]))
    bias = random.integers(-(2**24) + 1, 2**24, out_channels) << draw(st.integers(0, 7))
    steps = random.integers(-64, 64, out_channels)
    exponents = np.array(draw(st.lists(st.integers(-42, 15), min_size=out_channels, max_size=out_channels)))
    terms = [Term("previous", weight, weight_type)]
    if parts:
        steps[:] = 32
    if luma is not None:
        pixels = random.integers(-127, 128, (1, 1, kernel, kernel))
        terms = [replace(terms[0], shift=max(luma, 0)), Term("luma", pixels, INT8, max(-luma, 0), MID_GRAY)]
        bias = (bias >> 7) * terms[0].factor
        exponents[:] = -7 - terms[1].shift
    multipliers = np.array([lowest_terms(int(e), int(k)) for e, k in zip(exponents, steps, strict=True)]).T
    kind = "deconv" if parts else "conv"
    return IntLayer(name, kind, tuple(terms), bias, *multipliers, input=taken, output=given, **parts)


def lowest_terms(exponent: int, steps: int) -> tuple[int, int, int]:
    """(positive, negative, shift): 2^exponent and steps / 2^5 of it as integers over the least 2^shift.

    >>> lowest_terms(-3, 32), lowest_terms(-3, 8), lowest_terms(4, 0)
    ((1, 1, 3), (4, 1, 5), (16, 0, 0))
    """
    positive, negative = Fraction(2) ** exponent, Fraction(2) ** exponent * Fraction(steps, 32)
    denominator = math.lcm(positive.denominator, negative.denominator)
    return int(positive * denominator), int(negative * denominator), denominator.bit_length() - 1


@st.composite
def student_networks(draw: st.DrawFn, *, max_channels: int = 3) -> IntNetwork:
    """Any network that a quantized student means: FSRCNN(d, s, m) of 2 to 8 bits, plain or with luma and rectified layers."""
    d, s, m = draw(st.integers(1, max_channels)), draw(st.integers(1, max_channels)), draw(st.integers(0, 2))
    luma = draw(st.none() | st.integers(-MAX_TERM_SHIFT, MAX_TERM_SHIFT))
    wide, narrow = draw(st.sampled_from([(True, True), (False, True), (False, False)])) if luma is not None else (True, True)
    forms = [("extraction", d, 5, wide), ("shrinking", s, 1, narrow)]
    forms += [(f"mapping{i + 1}", s, 3, narrow) for i in range(m)] + [("expanding", d, 1, wide)]
    layers, channels, taken = [], 1, LUMA
    for name, width, kernel, signed in forms:
        given = IntType(draw(st.integers(2, 8)), signed)
        layers.append(draw(student_layers(name, (width, channels, kernel), (taken, given))))
        channels, taken = width, given
    last = {"stride": draw(st.integers(2, 4)), "luma": luma}
    layers.append(draw(student_layers("deconvolution", (1, channels, 9), (taken, LUMA), **last)))
    return IntNetwork(tuple(layers))


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
