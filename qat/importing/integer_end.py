"""The integers of one layer, and of the last one: a pixel shuffle or a transposed convolution, its biases, its skip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np

from golden.spec import LUMA, MAX_TERM_SHIFT, MID_GRAY, IntArray, IntType, Term
from qat.errors import ForeignError, FreezeError
from qat.importing.chain import Enlargement, FloatArray, Grid
from qat.importing.conversion import deconvolution_of, middle
from qat.quantizing.scales import is_power_of_two, multipliers

MAX_WEIGHT_BITS = 16
STUDENT_BITS, STUDENT_STEPS = 8, 64
"""Of the luma term's weights in a student of a plain network: 8 bits, below 2; taken where they hold the skip, so that it thaws."""
Parts = dict[str, Any]


@dataclass(frozen=True)
class _Luma:
    """What the last layer adds of the pixel - 128: integers of a scale and of so many bits, and gray of each phase, real."""

    weight: IntArray
    scale: Fraction
    bits: int
    gray: list[Fraction]


def scale_of(grid: Grid | None) -> Fraction:
    """The one scale of activations."""
    assert grid is not None
    return Fraction(float(grid.scale))


def weights(name: str, values: FloatArray, grid: Grid | None) -> tuple[IntArray, int, list[Fraction]]:
    """Integers of (out, in, K, K) real weights, the bits of a narrow type that holds them, and the scale of each output channel."""
    if grid is None:
        raise ForeignError(f"layer '{name}': its weights are not quantized; allowed all layers quantized, or none")
    shape = (len(values), 1, 1, 1)
    if grid.scale.size not in (1, len(values)) or (grid.scale.size > 1 and grid.scale.shape != shape):
        raise ForeignError(f"layer '{name}': weight scales of shape {grid.scale.shape}; allowed one, or one per output channel")
    if not (np.isfinite(grid.scale).all() and (grid.scale > 0).all()):
        raise ForeignError(f"layer '{name}': weight scale {grid.scale.min():g}; allowed above 0")
    integers = values / grid.scale
    if (integers != np.rint(integers)).any():
        raise ForeignError(f"layer '{name}': weights that are no multiples of their scale; allowed quantized ones")
    found = integers.astype(np.int64)
    scales = [Fraction(scale) for scale in np.broadcast_to(grid.scale.reshape(-1), len(values)).tolist()]
    return found, max(2, grid.integers.bits, narrow_bits(found)), scales


def narrow_bits(integers: IntArray) -> int:
    """Bits of the narrow signed type that holds them."""
    return max(2, int(np.abs(integers).max(initial=0)).bit_length() + 1)


def requantize(name: str, sums: list[Fraction], slopes: Sequence[float], output: Fraction) -> Parts:
    """The multipliers and shifts of a layer, by name.  sums, output: scales."""
    try:
        table = multipliers(name, sums, [Fraction(slope) for slope in slopes], output)
    except FreezeError as error:
        raise ForeignError(f"{error}; its sums have scales from {float(min(sums)):g}, its outputs {float(output):g}") from error
    return dict(zip(("positive_multiplier", "negative_multiplier", "shift"), table, strict=True))


def steps(name: str, real: Sequence[float | Fraction], grids: list[Fraction]) -> IntArray:
    """Biases as integers on the accumulators' grids.  Raises ForeignError for one that lies between."""
    found = [Fraction(value) / grid for value, grid in zip(real, grids, strict=True)]
    for index, value in enumerate(found):
        if value.denominator != 1 or abs(value) >= 2**47:
            what = f"bias {float(real[index]):g} of channel {index} is {float(value):g} steps of its sums"
            raise ForeignError(f"layer '{name}': {what}; allowed whole ones, below 2^47")
    return np.array([int(value) for value in found], dtype=np.int64)


def with_last(layer: Enlargement, hidden: list[Parts], scale: Fraction, unit: Fraction) -> list[Parts]:
    """The parts of all layers: those before, with constant channels where they are needed, and the transposed convolution.

    scale: of the integers that the layer takes; unit: of luma.
    """
    if layer.output is not None and (layer.output.integers, scale_of(layer.output)) != (LUMA, unit):
        found = f"{layer.output.integers} of scale {float(scale_of(layer.output)):g}"
        raise ForeignError(f"layer '{layer.name}': rounds to {found}; allowed {LUMA} of the input's {float(unit):g}")
    integers, bits, scales = weights(layer.name, layer.weight, layer.weights)
    finest = min(scales)
    factors = [own / finest for own in scales]
    if any(factor.denominator != 1 or factor > 2**MAX_WEIGHT_BITS for factor in factors):
        raise ForeignError(f"layer '{layer.name}': weight scales {float(max(scales)):g} and {float(finest):g}; allowed multiples")
    integers = integers * np.array([int(factor) for factor in factors])[:, None, None, None]
    taps, step, shift, terms = _taps(layer, integers), scale * finest, 0, ()
    gray = [Fraction(0)] * len(layer.bias)
    luma = _luma(layer, taps.shape[-1], unit)
    if luma is not None:
        shift, luma_shift, step = _aligned(layer.name, step, unit * luma.scale)
        terms, gray = (Term("luma", luma.weight, IntType(luma.bits, signed=True), luma_shift, MID_GRAY),), luma.gray
    bias = steps(layer.name, [Fraction(b) + g for b, g in zip(layer.bias.tolist(), gray, strict=True)], [step] * len(gray))
    hidden, taps, common = _with_constants(layer, hidden, taps, bias, shift, bits)
    own = Term("previous", taps, IntType(max(bits, narrow_bits(taps)), signed=True), shift)
    parts = requantize(layer.name, [step], [1.0], unit) | {"bias": np.array([common]), "terms": (own, *terms)}
    names: Parts = {"name": "deconvolution", "kind": "deconv", "stride": layer.stride}
    return [*hidden, parts | names | {"input": hidden[-1]["output"], "output": LUMA}]


def _taps(layer: Enlargement, integers: IntArray) -> IntArray:
    return deconvolution_of(replace(layer, weight=integers.astype(np.float64))).astype(np.int64)


def _luma(layer: Enlargement, kernel: int, unit: Fraction) -> _Luma | None:
    """The term over the LR pixel."""
    if layer.residual is not None:
        values, grid = layer.residual
        integers, bits, (scale, *_) = weights(layer.name, values, grid)
        taps = _taps(layer, integers)
        if taps.shape != (1, 1, kernel, kernel) or unit * MID_GRAY != Fraction(1, 2) or layer.skip is not None:
            raise ForeignError(f"layer '{layer.name}': {taps.shape[-1]} taps of pixels - 1/2; allowed {kernel}, of steps of 2^-8")
        return _Luma(taps, scale, bits, [Fraction(0)] * len(layer.bias))
    if layer.skip is None:
        return None
    factors = [Fraction(value) for value in layer.skip.tolist()]
    finest, steps_of = Fraction(1, lcm(*(factor.denominator for factor in factors))), Fraction(1, STUDENT_STEPS)
    is_students = finest >= steps_of and max(map(abs, factors)) < 2
    scale = steps_of if is_students else finest
    integers = np.zeros((1, 1, kernel, kernel), dtype=np.int64)
    where = middle(kernel, layer.stride)
    integers[0, 0, where, where] = np.array([int(factor / scale) for factor in factors]).reshape(layer.stride, layer.stride)
    bits = STUDENT_BITS if is_students else narrow_bits(integers)
    return _Luma(integers, scale, bits, [factor * MID_GRAY * unit for factor in factors])


def _aligned(name: str, own: Fraction, added: Fraction) -> tuple[int, int, Fraction]:
    """(shift of the layer's own sums, shift of the pixels', scale of their sum)."""
    if not is_power_of_two(own / added):
        raise ForeignError(f"layer '{name}': sums of scale {float(own):g} and of pixels of {float(added):g}; allowed octaves apart")
    octaves = (own / added).numerator.bit_length() - (own / added).denominator.bit_length()
    if abs(octaves) > MAX_TERM_SHIFT:
        raise ForeignError(f"layer '{name}': sums {abs(octaves)} octaves from those of pixels; allowed {MAX_TERM_SHIFT}")
    return max(octaves, 0), max(-octaves, 0), min(own, added)


def _with_constants(
    layer: Enlargement, hidden: list[Parts], taps: IntArray, bias: IntArray, shift: int, bits: int
) -> tuple[list[Parts], IntArray, int]:
    """(hidden layers, taps, one bias): what the biases of the phases differ by comes through channels that are constant.

    shift: of the taps' sums; bits: of the weights, which become wider where they must.
    """
    common = int(bias[0]) + (int(np.median((bias - bias[0]) >> shift)) << shift)
    differences, rest = np.divmod(bias - common, 1 << shift)
    if rest.any():
        raise ForeignError(f"layer '{layer.name}': biases of its phases between the steps of its weights; allowed multiples")
    if not differences.any():
        return hidden, taps, common
    most = hidden[-1]["output"].max
    largest = 1 << max(0, most.bit_length() - 1)
    high = np.rint(differences / largest).astype(np.int64)
    for width in range(bits, MAX_WEIGHT_BITS + 1 if most else 0):
        limit = (1 << (width - 1)) - 1
        for digits in ({1: differences}, {largest: high, 1: differences - high * largest}):
            if all(np.abs(digit).max() <= limit for digit in digits.values()):
                channels = [*hidden[:-1], _with_channels(hidden[-1], list(digits))]
                return channels, _with_taps(taps, layer.stride, list(digits.values())), common
    raise ForeignError(f"layer '{layer.name}': biases of its phases {int(np.ptp(bias))} steps apart; allowed fewer")


def _with_channels(parts: Parts, constants: list[int]) -> Parts:
    """A hidden layer with a channel more for each constant: no weights, the constant as bias, no scaling."""
    (term,), count = parts["terms"], len(constants)
    negative = 0 if (parts["negative_multiplier"] <= 0).all() else 1
    more = {"bias": constants, "positive_multiplier": [1] * count, "negative_multiplier": [negative] * count, "shift": [0] * count}
    weight = np.concatenate([term.weight, np.zeros((count, *term.weight.shape[1:]), dtype=np.int64)])
    widened = {part: np.append(parts[part], values) for part, values in more.items()}
    return parts | widened | {"terms": (replace(term, weight=weight),)}


def _with_taps(taps: IntArray, stride: int, digits: list[IntArray]) -> IntArray:
    """The taps and those of the constant channels, each of which adds digits (stride^2,) to the phases."""
    added = np.zeros((1, len(digits), *taps.shape[2:]), dtype=np.int64)
    where = middle(taps.shape[-1], stride)
    for index, digit in enumerate(digits):
        added[0, index, where, where] = digit.reshape(stride, stride)
    return np.concatenate([taps, added], 1)
