"""Random legal networks of every kind that the export has to take: small enough to compile in a second or two."""

from __future__ import annotations

import numpy as np

from golden.spec import LUMA, IntLayer, IntNetwork, IntType, Term


def layer(
    random: np.random.Generator,
    name: str,
    shape: tuple[int, int, int],
    types: tuple[IntType, IntType],
    *,
    stride: int = 1,
    weight_bits: int = 8,
    scales: str = "dyadic",
) -> IntLayer:
    """A layer of random weights whose outputs spread over their type; stride above 1 makes it a transposed convolution."""
    out_channels, in_channels, kernel = shape
    source, target = types
    limit = (1 << (weight_bits - 1)) - 1
    weight = random.integers(-limit, limit + 1, (out_channels, in_channels, kernel, kernel))
    typical = max(1.0, 0.3 * limit * source.max * np.sqrt(in_channels * kernel * kernel) / stride)
    shift = max(0, int(np.log2(typical / target.max)) + 1)
    one = np.ones(out_channels, dtype=np.int64)
    if scales == "dyadic":
        positive, shift = random.integers(64, 128, out_channels), shift + 6
    else:
        positive = one
    if stride > 1:
        negative = positive
    elif scales == "power-of-two":
        negative = one
    else:
        negative = random.integers(-40, 80, out_channels)
    return IntLayer(
        name=name,
        kind="deconv" if stride > 1 else "conv",
        terms=(Term("previous", weight, IntType(weight_bits, signed=True)),),
        bias=random.integers(-int(typical), int(typical) + 1, out_channels),
        positive_multiplier=positive,
        negative_multiplier=negative,
        shift=one * shift,
        input=source,
        output=target,
        stride=stride,
    )


def network(
    widths: tuple[int, ...] = (6, 4, 4, 6),
    kernels: tuple[int, ...] = (5, 1, 3, 1, 9),
    scale: int = 2,
    bits: int = 8,
    *,
    weight_bits: int | None = None,
    scales: str = "dyadic",
    seed: int = 1,
) -> IntNetwork:
    """1 -> widths -> 1 channels with these kernels, the last the transposed one; hidden activations of `bits` bits."""
    random = np.random.default_rng(seed)
    hidden, layers, source, channels = IntType(bits, signed=True), [], LUMA, 1
    for index, (width, kernel) in enumerate(zip(widths, kernels, strict=False)):
        shape = (width, channels, kernel)
        layers.append(layer(random, f"conv{index}", shape, (source, hidden), weight_bits=weight_bits or bits, scales=scales))
        source, channels = hidden, width
    shape = (1, channels, kernels[-1])
    layers.append(
        layer(random, "deconvolution", shape, (source, LUMA), stride=scale, weight_bits=weight_bits or bits, scales=scales)
    )
    return IntNetwork(tuple(layers))


FSRCNN_WIDTHS = (56, 12, 12, 12, 12, 12, 56)
FSRCNN_KERNELS = (5, 1, 3, 3, 3, 3, 1, 9)


def fsrcnn(bits: int = 8, scale: int = 2, seed: int = 3) -> IntNetwork:
    """FSRCNN(56, 12, 4) of random weights."""
    return network(FSRCNN_WIDTHS, FSRCNN_KERNELS, scale, bits, seed=seed)
