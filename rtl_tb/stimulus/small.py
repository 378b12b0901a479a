"""Small networks of random weights, planned as hardware: all kinds of layers, few enough clocks for an interpreting simulator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from golden.spec import LUMA, MID_GRAY, PROVED, IntLayer, IntNetwork, IntType, Term
from hls_export import DEVICES, HardwarePlan, Target
from hls_export.plan.plan import assemble, with_lut_lanes

HIDDEN = IntType(8, signed=True)
MULTIPLIERS = (32, 48, 64)
"""Powers of two among them, so that ties come often."""
WIDTH, HEIGHT = 16, 12
PHASES = ((3, 2, 2), (3, 1, 3, 5))
OVERLAP_ADD = ((2, 9), (3, 1, 5))
"""Channels and kernels of networks whose transposed convolution is planned in that form."""
WIDE = ((3, 8), (3, 1, 5))
"""The same for overlap-add with a residual, whose line buffers are cheaper as phases."""


def network(channels: tuple[int, ...], kernels: tuple[int, ...], scale: int = 2, seed: int = 1, weight_bits: int = 8) -> IntNetwork:
    """1 -> channels -> 1 channels with these kernels, the last the transposed convolution; `with_residual` adds one to it."""
    random = np.random.default_rng(seed)
    layers, source, before = [], LUMA, 1
    for index, (after, kernel) in enumerate(zip(channels, kernels, strict=False)):
        layers.append(_layer(random, f"conv{index}", (after, before, kernel), source, HIDDEN, weight_bits=weight_bits))
        source, before = HIDDEN, after
    layers.append(_layer(random, "deconvolution", (1, before, kernels[-1]), source, LUMA, stride=scale, weight_bits=weight_bits))
    return IntNetwork(tuple(layers))


def with_residual(of: IntNetwork, alignment: int) -> IntNetwork:
    """The network with a residual of this alignment, about as large as the sum that it is added to; the output stays in range."""
    last = of.layers[-1]
    weight = np.random.default_rng(7).integers(-127, 128, (1, 1, *last.weight.shape[2:]))
    luma = Term("luma", weight, IntType(8, signed=True), max(0, -alignment), MID_GRAY)
    terms = (replace(last.terms[0], shift=max(0, alignment)), luma)
    scaled = replace(last, terms=terms, shift=last.shift + max(0, alignment), accumulator=PROVED)
    return IntNetwork((*of.layers[:-1], scaled))


def planned(of: IntNetwork, clocks_per_pixel: int = 6, lut_lanes: int = 0) -> HardwarePlan:
    """Frames of up to 16x12, at about this many clocks per LR pixel, on whatever device, some multipliers in LUTs."""
    target = Target(WIDTH, HEIGHT, 60.0, 5.0, DEVICES["zu15eg"])
    plan = assemble(of, target, clocks_per_pixel * WIDTH * HEIGHT)
    return with_lut_lanes(of, plan, lut_lanes) if lut_lanes else plan


def _layer(
    random: np.random.Generator,
    name: str,
    shape: tuple[int, int, int],
    source: IntType,
    target: IntType,
    stride: int = 1,
    *,
    weight_bits: int = 8,
) -> IntLayer:
    """Weights over their whole range, and shifts that spread the outputs over theirs."""
    channels, inputs, kernel = shape
    limit = (1 << (weight_bits - 1)) - 1
    typical = 40 * limit / 127 * source.max * np.sqrt(inputs) * kernel / stride
    shift = max(0, round(np.log2(typical / target.max))) + 6
    weight = random.integers(-limit, limit + 1, (channels, inputs, kernel, kernel))
    positive = random.choice(MULTIPLIERS, channels)
    return IntLayer(
        name=name,
        kind="conv" if stride == 1 else "deconv",
        terms=(Term("previous", weight, IntType(weight_bits, signed=True)),),
        bias=random.integers(-int(typical), int(typical) + 1, channels),
        positive_multiplier=positive,
        negative_multiplier=positive if stride > 1 else random.integers(-16, 33, channels),
        shift=np.full(channels, shift),
        input=source,
        output=target,
        stride=stride,
    )
