"""How many multipliers and LUTs a folding costs: the packing rule of the DSP48E2 and the estimates around it.

Packing: n weights that meet the same activation go through one 27x18 multiplier, `product_bits` apart, and the borrow of the
lower products is added back, so every product is exact.  It fits when (n - 1) * product_bits + weight_bits <= 26, one of the 27
bits being kept for the borrow.  The library's packed_multiply.h is this rule as code.
Everything in LUTs is an estimate of this file's own and says so; nothing here was placed and routed.
"""

from __future__ import annotations

from golden.spec import IntType
from hls_export.plan.widths import signed_bits

PORT_BITS = 26
ACTIVATION_PORT_BITS = 18
REQUANTIZE_PORT_BITS = 27


def product_bits(weight: IntType, activation: IntType) -> int:
    """Bits of narrow weight times activation.

    >>> product_bits(IntType(8, True), IntType(8, True)), product_bits(IntType(4, True), IntType(4, True))
    (15, 7)
    """
    ends = [sign * weight.max * end for sign in (-1, 1) for end in (activation.min, activation.max)]
    return signed_bits(min(ends), max(ends))


def lanes_per_dsp(weight: IntType, activation: IntType) -> int:
    """Exact products that one DSP48E2 gives per clock.

    >>> [lanes_per_dsp(IntType(w, True), IntType(a, True)) for w, a in ((8, 8), (4, 8), (4, 4), (2, 4))]
    [2, 3, 4, 5]
    """
    if activation.bits + (not activation.signed) > ACTIVATION_PORT_BITS:
        return 1
    return max(1, (PORT_BITS - weight.bits) // product_bits(weight, activation) + 1)


def multiplier_dsps(pe: int, simd: int, lanes: int) -> int:
    """DSPs of pe * simd multipliers where the pe of one operand share it: each SIMD lane packs its own.

    >>> multiplier_dsps(28, 25, 2), multiplier_dsps(81, 28, 2)
    (350, 1148)
    """
    return -(-pe // lanes) * simd


def requantize_dsps(accumulator_bits: int, multiplies: bool) -> int:
    """DSPs of one requantize lane: none for powers of two, one while the accumulator fits the 27-bit port, else two."""
    if not multiplies:
        return 0
    return 1 if accumulator_bits <= REQUANTIZE_PORT_BITS else 2


def engine_luts(pe: int, simd: int, synapse_folds: int, weight: IntType, activation: IntType, partial_bits: int) -> int:
    """Estimate: LUTs around the multipliers of one engine.

    The adder trees (one LUT per sum bit, two operands each), the borrow corrections (one LUT per product bit of every packed
    product but the last) and the operand multiplexers of `synapse_folds` choices (four choices per LUT).
    """
    bits = product_bits(weight, activation)
    lanes = lanes_per_dsp(weight, activation)
    trees = pe * (simd - 1) * ((bits + partial_bits) // 2) + pe * partial_bits
    corrections = (pe - -(-pe // lanes)) * simd * bits
    multiplexers = 0 if synapse_folds == 1 else simd * activation.bits * -(-synapse_folds // 4)
    return trees + corrections + multiplexers


def fifo_luts(word_bits: int) -> int:
    """Estimate: a short output FIFO, whose words carry a size of 32 bits: RAM of 14 bits in eight LUTs, and the word passed by."""
    return (word_bits + 32) * 11 // 7


def requantize_luts(product: int, output_bits: int) -> int:
    """Estimate: LUTs of one requantize lane: rounding adder, variable shifter of six stages (two per LUT), clamp."""
    return product + 3 * product + 2 * output_bits
