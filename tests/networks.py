"""The list of networks that every executor is tested on: each names what it has that the others have not."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from golden.spec import LUMA, IntLayer, IntNetwork, IntType
from golden.video import interpolator
from rtl_tb.stimulus.random_networks import build_layer, build_network, pixels_term


def signed(bits: int) -> IntType:
    return IntType(bits, signed=True)


def network(
    widths: tuple[int, ...] = (6, 4, 4, 6),
    kernels: tuple[int, ...] = (5, 1, 3, 1, 9),
    scale: int = 2,
    bits: int = 8,
    *,
    weight_bits: int | None = None,
    seed: int = 1,
    **parts: Any,
) -> IntNetwork:
    """1 -> widths -> 1 channels with these kernels; signed hidden activations of `bits` bits, weights too unless told apart."""
    types = {"hidden": signed(bits), "weight_type": signed(weight_bits or bits)}
    return build_network(seed, scale, widths, kernels, last="deconvolution", **(types | parts))


def fsrcnn(bits: int = 8, scale: int = 2, seed: int = 3) -> IntNetwork:
    """FSRCNN(56, 12, 4) of random weights."""
    return network((56, 12, 12, 12, 12, 12, 56), (5, 1, 3, 3, 3, 3, 1, 9), scale, bits, seed=seed)


def student(
    scale: int = 2,
    bits: int = 8,
    *,
    weight_bits: int | None = None,
    rectified: str = "none",
    residual: int | None = None,
    seed: int,
) -> IntNetwork:
    """Random integers that a quantized student means: an FSRCNN(6, 4, 1) by name and shape, its slopes k/32, its positive
    multipliers powers of two, both in lowest terms.

    residual: by how many bits the layer's own sum lies to the left of the pixels'.
    """
    random = np.random.default_rng(seed)
    layers, before, weight_type = [], LUMA, signed(weight_bits or bits)
    for name, shape in (("extraction", (6, 1, 5)), ("shrinking", (4, 6, 1)), ("mapping1", (4, 4, 3)), ("expanding", (6, 4, 1))):
        is_rectified = rectified == "all" or (rectified == "wide" and name in ("extraction", "expanding"))
        output = IntType(bits, signed=not is_rectified)
        layer = build_layer(random, name, shape, style="power of two", input=before, output=output, weight_type=weight_type)
        layers.append(_in_lowest_terms(layer, 32, random.integers(-64, 1 if is_rectified else 64, shape[0]), layer.shift - 2))
        before = output
    parts: dict[str, Any] = {"kind": "deconv", "stride": scale, "input": before, "output": LUMA, "weight_type": weight_type}
    if residual is not None:
        parts |= {"luma": pixels_term(random.integers(-127, 128, (9, 9)), max(0, -residual)), "own_shift": max(0, residual)}
    layer = build_layer(random, "deconvolution", (1, 6, 9), style="power of two", **parts)
    layer = dataclasses.replace(layer, bias=layer.bias * layer.terms[0].factor)
    shift = layer.shift - 7 if residual is None else np.array([7 + max(0, -residual)])
    return IntNetwork((*layers, _in_lowest_terms(layer, 1, np.ones(1, dtype=np.int64), shift)))


def zeroed(network: IntNetwork, *indices: int) -> IntNetwork:
    """The network with zeros for the weights of these layers, as pruning leaves them: biases alone go on."""
    layers = list(network.layers)
    for index in indices:
        layers[index] = layers[index].with_weight(np.zeros_like(layers[index].weight))
    return IntNetwork(tuple(layers))


def _in_lowest_terms(layer: IntLayer, positive: int, negative: np.ndarray, shift: np.ndarray) -> IntLayer:
    halves = [
        min(s, *(((value & -value).bit_length() - 1) if value else s for value in (positive, n)))
        for n, s in zip(negative.tolist(), shift.tolist(), strict=True)
    ]
    return dataclasses.replace(
        layer,
        positive_multiplier=np.right_shift(positive, halves),
        negative_multiplier=np.right_shift(negative, halves),
        shift=shift - halves,
    )


STUDENTS = {
    "a student": student(seed=27),
    "a student, 4 bit, rectified, residual x3": student(3, 4, rectified="all", residual=2, seed=28),
    "a student, weights 3 bit, wide layers rectified, residual x4": student(
        4, 6, weight_bits=3, rectified="wide", residual=-3, seed=29
    ),
}
"""Those of the list that a quantized student means."""

NETWORKS = STUDENTS | {
    "few channels x2": network(seed=2),
    "many channels x2": network((4, 16), (3, 1, 9), seed=3),
    "many channels x3, 4 bit": network((3, 26), (3, 3, 9), 3, 4, seed=4),
    "many channels x4, 6 bit": network((2, 40), (1, 1, 9), 4, 6, seed=5),
    "few channels x3, 4 bit": network((3, 4), (3, 1, 9), 3, 4, seed=6),
    "few channels x4, weights 2 bit": network((3, 3), (3, 1, 9), 4, 4, weight_bits=2, seed=7),
    "shifts alone": network((4, 5), (3, 1, 9), style="shifts", seed=8),
    "multipliers of any sign": network((4, 5), (3, 1, 9), style="any sign", seed=15),
    "ties": network((4, 5), (3, 1, 9), style="ties", seed=16),
    "even kernel, no padding x2": network((4, 20), (3, 1, 2), seed=9),
    "kernel 4 x2": network((4, 20), (3, 1, 4), seed=10),
    "kernel 3 x3, output padding": network((4, 20), (5, 1, 3), 3, seed=11),
    "kernel 8 x3": network((2, 30), (3, 1, 8), 3, seed=12),
    "12-bit activations": network((3, 12), (3, 1, 9), bits=12, weight_bits=8, seed=13),
    "9-bit weights": network((3, 5), (3, 1, 5), weight_bits=9, seed=19),
    "16-bit weights and activations": network((3, 5), (3, 1, 5), bits=16, seed=20),
    "unsigned hidden activations": network((4, 3), (3, 1, 5), hidden=IntType(8, signed=False), seed=21),
    "mixed widths": network(
        (4, 3),
        (3, 1, 5),
        hidden=(signed(4), IntType(6, signed=False)),
        weight_types=(signed(8), signed(2), signed(5)),
        seed=22,
    ),
    "one channel everywhere": network((1, 1), (1, 1, 2), seed=23),
    "the transposed convolution alone": network((), (9,), seed=14),
    "residual, the pixels' grid finer": network((4, 3), (3, 1, 5), 3, residual=3, seed=24),
    "residual, the sums' grid finer": network((4, 3), (3, 1, 5), residual=-2, seed=25),
    "residual of the same grid, x4": network((4, 3), (3, 1, 9), 4, residual=0, seed=26),
    "layers of zeros, the first and the last": zeroed(network((3, 2), (3, 1, 5), seed=30), 0, 2),
    "chroma x3": interpolator(3),
    "chroma x4, sited left": interpolator(4, "left"),
}
