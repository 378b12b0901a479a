"""Small networks of random weights, planned as hardware: all kinds of layers, few enough clocks for an interpreting simulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from golden.spec import MID_GRAY, PROVED, IntNetwork, IntType, Term
from hls_export import DEVICES, HardwarePlan, Target
from hls_export.plan.plan import assemble
from rtl_tb.stimulus.random_networks import build_network

WIDTH, HEIGHT = 16, 12
NARROW = ((3, 2, 2), (3, 1, 3, 5))
WIDE = ((3, 9), (3, 1, 5))
"""Channels and kernels: few channels before the transposed convolution, and more."""


def network(channels: Sequence[int], kernels: Sequence[int], scale: int = 2, seed: int = 1, **parts: Any) -> IntNetwork:
    """1 -> channels -> 1 channels with these kernels, the last the transposed convolution; parts: see build_network."""
    return build_network(seed, scale, channels, kernels, **({"style": "ties", "last": "deconvolution"} | parts))


def with_residual(of: IntNetwork, alignment: int) -> IntNetwork:
    """The network with a residual of this alignment, about as large as the sum that it is added to; the output stays in range."""
    last = of.layers[-1]
    weight = np.random.default_rng(7).integers(-127, 128, (1, 1, *last.weight.shape[2:]))
    luma = Term("luma", weight, IntType(8, signed=True), max(0, -alignment), MID_GRAY)
    terms = (replace(last.terms[0], shift=max(0, alignment)), luma)
    scaled = replace(last, terms=terms, shift=last.shift + max(0, alignment), accumulator=PROVED)
    return IntNetwork((*of.layers[:-1], scaled))


def planned(of: IntNetwork, clocks_per_pixel: float = 6, engine: str = "folded", pixels: int = 1) -> HardwarePlan:
    """Frames of up to 16x12, at about this many clocks per LR pixel, on whatever device; pixels: per clock, as adders."""
    target = Target(WIDTH, HEIGHT, 60.0, 5.0, DEVICES["zu15eg"], engine=engine, pixels_per_clock=pixels)
    return assemble(of, target, int(clocks_per_pixel * WIDTH * HEIGHT))
