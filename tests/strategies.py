"""Hypothesis strategies for integer networks and frames; the builder behind them is rtl_tb.stimulus.random_networks.

Hypothesis draws the structure (sizes, types, styles), so that it can shrink it; a seeded generator fills the arrays.
`legal_network` and `student_network` are drawn by one generator, evenly, which Hypothesis does not.
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


def legal_network(random: np.random.Generator, max_channels: int = 3) -> IntNetwork:
    """Any legal network of few layers, to the borders of its fields: widths of 2 to 16 bits, other ones in each layer, channels of
    zeros, accumulators that reach the ends of their type, outputs that saturate.
    """
    scale, count = int(random.integers(2, 5)), int(random.integers(0, 4))
    network = build_network(
        int(random.integers(2**32)),
        scale,
        [int(random.integers(1, max_channels + 1)) for _ in range(count)],
        [*(int(random.choice([1, 3, 5])) for _ in range(count)), int(random.integers(scale, 10))],
        hidden=[IntType(int(random.integers(2, 17)), bool(random.integers(2))) for _ in range(count)],
        weight_types=[IntType(int(random.integers(2, 17)), signed=True) for _ in range(count + 1)],
        style=STYLES[random.integers(len(STYLES))],
        residual=int(random.integers(-6, 7)) if random.integers(2) else None,
    )
    return IntNetwork(tuple(_at_the_border(random, layer) for layer in network.layers))


def _at_the_border(random: np.random.Generator, layer: IntLayer) -> IntLayer:
    """The layer with channels of zeros, smaller shifts, and biases that take its accumulators to the ends of a type."""
    zeros = random.random((layer.out_channels, 1, 1, 1)) < random.choice([0, 0, 0.5, 1])
    shift = np.maximum(layer.shift - random.choice([0, 0, 1, 4]), 0)
    changed = replace(layer.with_weight(np.where(zeros, 0, layer.weight)), shift=shift)
    bits = int(random.choice([0, random.integers(8, MAX_ACCUMULATOR_BITS + 1), MAX_ACCUMULATOR_BITS]))
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


def student_layer(
    random: np.random.Generator, name: str, shape: tuple[int, int, int], types: tuple[IntType, IntType], **parts: Any
) -> IntLayer:
    """A layer that a quantized student means, at the limits of its fields too; shape: (out_channels, in_channels, K).

    Its multipliers are 2^e and k / 2^5 of it, in lowest terms; biases have 24 significant bits; channels may be dead or saturate.
    parts: stride of a transposed convolution, which has no slopes, and luma: the difference of its terms' shifts.
    """
    (out_channels, in_channels, kernel), (taken, given), luma = shape, types, parts.pop("luma", None)
    weight_type = IntType(int(random.integers(2, 9)), signed=True)
    weight = random.integers(-weight_type.max, weight_type.max + 1, (out_channels, in_channels, kernel, kernel))
    weight[random.random(out_channels) < 0.2] = random.choice([0, weight_type.max, -weight_type.max])
    bias = random.integers(-(2**24) + 1, 2**24, out_channels) << random.integers(0, 8)
    steps = random.integers(-64, 64, out_channels)
    exponents = random.integers(-42, 16, out_channels)
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


def student_network(random: np.random.Generator, max_channels: int = 3) -> IntNetwork:
    """Any network that a quantized student means: FSRCNN(d, s, m) of 2 to 8 bits, plain or with luma and rectified layers."""
    (d, s), m = (int(width) for width in random.integers(1, max_channels + 1, 2)), int(random.integers(0, 3))
    luma = int(random.integers(-MAX_TERM_SHIFT, MAX_TERM_SHIFT + 1)) if random.integers(2) else None
    wide, narrow = [(True, True), (False, True), (False, False)][random.integers(3)] if luma is not None else (True, True)
    forms = [("extraction", d, 5, wide), ("shrinking", s, 1, narrow)]
    forms += [(f"mapping{i + 1}", s, 3, narrow) for i in range(m)] + [("expanding", d, 1, wide)]
    layers, channels, taken = [], 1, LUMA
    for name, width, kernel, signed in forms:
        given = IntType(int(random.integers(2, 9)), signed)
        layers.append(student_layer(random, name, (width, channels, kernel), (taken, given)))
        channels, taken = width, given
    stride = int(random.integers(2, 5))
    while True:
        try:
            last = student_layer(random, "deconvolution", (1, channels, 9), (taken, LUMA), stride=stride, luma=luma)
        except NetworkError:  # shifted too far apart, its terms need a wider accumulator than there is
            luma = int(luma / 2)
        else:
            return IntNetwork((*layers, last))


def student_networks(max_channels: int = 3) -> st.SearchStrategy[IntNetwork]:
    """`student_network` by Hypothesis's seeds."""
    return seeds.map(lambda seed: student_network(np.random.default_rng(seed), max_channels))


def noise(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """A frame of uniform noise."""
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


@st.composite
def frames(draw: st.DrawFn) -> NDArray[np.uint8]:
    """A small frame, 1x1 and lines included: noise, one value, a checkerboard, or one bright pixel."""
    shape = draw(frame_shapes)
    return content(draw(st.sampled_from(CONTENTS)), shape, np.random.default_rng(draw(seeds)))


CONTENTS = ("noise", "constant", "checkerboard", "pixel")


def content(kind: str, shape: tuple[int, int], random: np.random.Generator) -> NDArray[np.uint8]:
    """A frame of one of `CONTENTS`."""
    if kind == "noise":
        return random.integers(0, 256, shape, dtype=np.uint8)
    if kind == "constant":
        return np.full(shape, random.choice([0, 1, 128, 255]), dtype=np.uint8)
    if kind == "checkerboard":
        return (np.indices(shape).sum(axis=0) % 2 * 255).astype(np.uint8)
    frame = np.zeros(shape, dtype=np.uint8)
    frame[random.integers(shape[0]), random.integers(shape[1])] = 255
    return frame
