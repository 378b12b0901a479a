"""Random integer networks: the one builder behind the tests of every executor, the bench's small networks and the benchmarks.

A seeded generator fills the arrays; structure, types and the look of the multipliers are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from golden.spec import LUMA, MAX_SHIFT, MID_GRAY, IntLayer, IntNetwork, IntType, Term

INT8 = IntType(8, signed=True)
STYLES = ("power of two", "dyadic", "any sign", "unit", "shifts", "ties")
"""How a layer's multipliers look.

"power of two": the positive ones are.  "any sign": negative ones, and positive < negative.  "unit": shift 0.  "shifts": powers of
two alone, so that nothing multiplies.  "ties": so few different ones that halves come often.
"""


def build_layer(random: np.random.Generator, name: str, shape: tuple[int, int, int], **parts: Any) -> IntLayer:
    """A layer of random integers; shape: (out_channels, in_channels, K).

    parts: kind, stride, input, output, weight_type, style, and arrays to use instead of random ones; luma: a second term, and
    own_shift, the first one's.
    """
    given: dict[str, Any] = {"kind": "conv", "input": INT8, "output": INT8, "weight_type": INT8} | parts
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
    if style == "shifts":
        positive, negative = 1 << random.integers(0, 6, (2, channels))
    elif style == "ties":
        positive, negative = random.choice((32, 48, 64), channels), random.integers(-16, 33, channels)
    elif style == "power of two":
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


def build_network(seed: int, scale: int, widths: Sequence[int], kernels: Sequence[int], **parts: Any) -> IntNetwork:
    """A random network: a convolution of kernels[i] to widths[i] channels for each width, then a kernels[-1] deconvolution.

    parts: weight_type, style; of every layer.  hidden: the IntType between layers, or one for each convolution; weight_types: one
    for each layer.  last: the name of the last layer.  residual: a term over luma, and by how many bits the layer's own sum lies to
    the left of it.
    """
    random = np.random.default_rng(seed)
    hidden, residual, last = parts.pop("hidden", INT8), parts.pop("residual", None), parts.pop("last", "deconv")
    outputs = [hidden] * len(widths) if isinstance(hidden, IntType) else list(hidden)
    weight_type = parts.pop("weight_type", INT8)
    weight_types = parts.pop("weight_types", [weight_type] * (len(widths) + 1))
    layers, channels, int_type = [], 1, LUMA
    for index, width in enumerate(widths):
        types = {"input": int_type, "output": outputs[index], "weight_type": weight_types[index]}
        layers.append(build_layer(random, f"conv{index}", (width, channels, kernels[index]), **types, **parts))
        channels, int_type = width, outputs[index]
    types = {"input": int_type, "output": LUMA, "weight_type": weight_types[-1]}
    if residual is not None:
        parts["luma"] = pixels_term(random.integers(-127, 128, (kernels[-1], kernels[-1])), max(0, -residual))
        parts["own_shift"] = max(0, residual)
    layers.append(build_layer(random, last, (1, channels, kernels[-1]), kind="deconv", stride=scale, **types, **parts))
    return IntNetwork(tuple(layers))


def fsrcnn(seed: int = 0, scale: int = 2, **parts: Any) -> IntNetwork:
    """A random network of the paper's shape, FSRCNN(56, 12, 4)."""
    return build_network(seed, scale, (56, 12, 12, 12, 12, 12, 56), (5, 1, 3, 3, 3, 3, 1, 9), **parts)
