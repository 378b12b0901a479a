"""Weights and requantize tables as memory words, and back: the layout of weights-layout.md.

A weight ROM has one word per fold; lane pe * SIMD + simd of the word, lane 0 in the least significant bits, holds the weight of
output (or tap) neuron * PE + pe and operand synapse * SIMD + simd, in two's complement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from golden.spec import IntArray, IntLayer
from hls_export.errors import ExportError
from hls_export.plan.layer import LayerPlan

_WORD = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True)
class Field:
    """A signed or unsigned field of a requantize word."""

    name: str
    bits: int
    signed: bool


def rom_lanes(layer: IntLayer, plan: LayerPlan) -> IntArray:
    """(folds, PE * SIMD) weights, the integers of each word lane by lane."""
    fold = plan.folding
    by_output = _by_output(layer)
    lanes = by_output.reshape(fold.neuron_folds, fold.pe, fold.synapse_folds, fold.simd).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(lanes.reshape(fold.folds, fold.lanes))


def weights_of_lanes(lanes: IntArray, plan: LayerPlan) -> IntArray:
    """The layer's weight array (out_channels, in_channels, K, K) from its (folds, PE * SIMD) lanes."""
    fold, shape = plan.folding, plan.geometry
    by_output = lanes.reshape(fold.neuron_folds, fold.synapse_folds, fold.pe, fold.simd).transpose(0, 2, 1, 3)
    if plan.form == "convolution":
        taps = by_output.reshape(shape.out_channels, shape.kernel, shape.kernel, shape.in_channels)
        return np.ascontiguousarray(taps.transpose(0, 3, 1, 2))
    taps = by_output.reshape(1, shape.kernel, shape.kernel, shape.in_channels)
    return np.ascontiguousarray(taps.transpose(0, 3, 1, 2))


def _by_output(layer: IntLayer) -> IntArray:
    """Rows of operands: per output channel in the order ky, kx, ci; for a transposed convolution per tap ky, kx over ci."""
    by_tap = layer.weight.transpose(0, 2, 3, 1)
    return by_tap.reshape(layer.out_channels, -1) if layer.kind == "conv" else by_tap.reshape(layer.kernel**2, -1)


def pack_word(values: Sequence[int], bits: int) -> int:
    """One memory word: values[0] in the least significant `bits`, each in two's complement.

    >>> hex(pack_word([1, -1, 2], 4))
    '0x2f1'
    """
    mask = (1 << bits) - 1
    word = 0
    for lane, value in enumerate(values):
        word |= (int(value) & mask) << (lane * bits)
    return word


def unpack_word(word: int, bits: int, count: int) -> list[int]:
    """The `count` signed integers of a word.

    >>> unpack_word(0x2F1, 4, 3)
    [1, -1, 2]
    """
    half, mask = 1 << (bits - 1), (1 << bits) - 1
    return [((word >> (lane * bits) & mask) ^ half) - half for lane in range(count)]


def requantize_fields(plan: LayerPlan) -> tuple[Field, ...]:
    """The fields of a requantize word from the least significant bit up."""
    return (
        Field("bias", plan.widths.accumulator, True),
        Field("positive", plan.widths.multiplier, True),
        Field("negative", plan.widths.multiplier, True),
        Field("shift", plan.widths.shift, False),
    )


def requantize_rows(layer: IntLayer, plan: LayerPlan) -> list[tuple[int, int, int, int]]:
    """(bias, positive, negative, shift) per output channel; exponents of two in place of multipliers where nothing multiplies."""
    columns = [layer.bias, layer.positive_multiplier, layer.negative_multiplier, layer.shift]
    rows = [tuple(int(value) for value in row) for row in zip(*columns, strict=True)]
    if plan.multiplies:
        return rows  # type: ignore[return-value]
    return [(bias, p.bit_length() - 1, n.bit_length() - 1, shift) for bias, p, n, shift in rows]


def pack_requantize(row: Sequence[int], fields: Sequence[Field]) -> int:
    """One requantize word of a (bias, positive, negative, shift) row."""
    word = at = 0
    for value, field in zip(row, fields, strict=True):
        word |= (value & ((1 << field.bits) - 1)) << at
        at += field.bits
    return word


def unpack_requantize(word: int, fields: Sequence[Field]) -> list[int]:
    """The row of a requantize word."""
    row = []
    for field in fields:
        value = word & ((1 << field.bits) - 1)
        row.append(value - (1 << field.bits) if field.signed and value >> (field.bits - 1) else value)
        word >>= field.bits
    return row


def mem_text(words: Sequence[int], bits: int, header: Sequence[str]) -> str:
    """A $readmemh file: comment lines, then one word of ceil(bits / 4) hexadecimal digits per line, address 0 first."""
    digits = -(-bits // 4)
    return "".join(f"// {line}\n" for line in header) + "".join(f"{word:0{digits}x}\n" for word in words)


def read_mem(text: str, count: int, bits: int, where: str) -> list[int]:
    """The words of a $readmemh file.  Raises ExportError unless there are exactly `count` words of `bits` bits."""
    words = []
    digits = -(-bits // 4)
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("//"):
            continue
        if len(line) != digits or not _WORD.fullmatch(line) or int(line, 16) >> bits:
            raise ExportError(
                f"{where}: line {number} is {line[:40]!r}; allowed a word of {bits} bits in {digits} hexadecimal digits"
            )
        words.append(int(line, 16))
    if len(words) != count or not text.endswith("\n"):
        raise ExportError(f"{where}: {len(words)} words; allowed {count}, the last ended by a new line")
    return words
