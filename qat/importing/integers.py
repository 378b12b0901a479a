"""A quantized chain as an `IntNetwork`: the same integers for every picture, or a refusal.

real = scale * integer.  All arithmetic is of fractions; nothing is rounded here.  A layer's multipliers are the quotient of its
scales, which must be an 18-bit integer over a power of two (docs/arithmetic.md, eq. 8).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from golden.spec import LUMA, IntLayer, IntNetwork, IntType, NetworkError, Term
from qat.errors import ForeignError
from qat.importing import integer_end
from qat.importing.chain import Chain, Convolution, Grid
from qat.importing.conversion import fsrcnn_shape

MAX_BITS = 16


def network_of(chain: Chain) -> IntNetwork:
    """The integer network that gives, for every picture, the integers that the chain gives where it rounds.

    Raises ForeignError with the layer and the reason where there is none.
    """
    unit = _unit(chain)
    hidden: list[dict[str, Any]] = []
    taken, scale = LUMA, unit
    try:
        for layer, name in zip(chain.hidden, _names(chain), strict=True):
            hidden.append(_hidden(layer, name, taken, scale))
            taken, scale = hidden[-1]["output"], integer_end.scale_of(layer.output)
        parts = integer_end.with_last(chain.last, hidden, scale, unit)
        return IntNetwork(tuple(IntLayer(**part) for part in parts))
    except NetworkError as error:
        raise ForeignError(str(error)) from error


def _unit(chain: Chain) -> Fraction:
    """The real number of one step of luma."""
    if chain.input is None:
        return Fraction(chain.white) / LUMA.max
    if chain.input.integers != LUMA:
        raise ForeignError(f"the input is rounded to {chain.input.integers}; allowed {LUMA}, 8-bit luma")
    return integer_end.scale_of(chain.input)


def _names(chain: Chain) -> list[str]:
    """Those of the student that has such layers."""
    shape = fsrcnn_shape(chain)
    if shape is not None:
        return [layer.name for layer in shape.layers[:-1]]
    return [f"convolution{index + 1}" for index in range(len(chain.hidden))]


def _hidden(layer: Convolution, name: str, taken: IntType, scale: Fraction) -> dict[str, Any]:
    """The parts of a convolution that takes integers of that type and scale."""
    weight, bits, scales = integer_end.weights(layer.name, layer.weight, layer.weights)
    if layer.output is None:
        raise ForeignError(f"layer '{layer.name}': its outputs are not quantized; allowed a quantizer behind every layer")
    sums = [scale * own for own in scales]
    requantize = integer_end.requantize(layer.name, sums, layer.slope.tolist(), integer_end.scale_of(layer.output))
    term = Term("previous", weight, IntType(bits, signed=True))
    return requantize | {
        "name": name,
        "kind": "conv",
        "terms": (term,),
        "bias": integer_end.steps(layer.name, layer.bias.tolist(), sums),
        "input": taken,
        "output": _clipped(layer, layer.output),
    }


def _clipped(layer: Convolution, grid: Grid) -> IntType:
    """The type of the outputs: the one that saturates where the layer clips."""
    held, steps = grid.integers, layer.clip / float(grid.scale)
    if held.bits > MAX_BITS:
        raise ForeignError(f"layer '{layer.name}': outputs of {held}; allowed at most {MAX_BITS} bits")
    if steps >= held.max:
        return held
    for bits in range(1, held.bits):
        if not held.signed and round(steps) == IntType(bits, signed=False).max:
            return IntType(bits, signed=False)
    raise ForeignError(f"layer '{layer.name}': clips at step {steps:g} of {held}; allowed where a whole number of bits ends")
