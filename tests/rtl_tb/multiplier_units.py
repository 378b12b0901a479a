"""The multiplier array as a unit of the bench, and its sums by NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from golden.spec import IntType
from hls_export.plan.multipliers import lanes_per_dsp, product_bits
from hls_export.plan.widths import signed_bits
from tests.rtl_tb.unit_bench import Integers, Unit


@dataclass(frozen=True)
class Array:
    """A multiplier array of narrow weights; lanes: LANES_PER_DSP, by default as many as fit.

    more_bits: bits of a sum beyond those that it needs, as where a filter is summed in many folds.
    """

    pe: int
    simd: int
    weight: IntType
    operand: IntType
    lanes: int = 0
    more_bits: int = 0

    def unit(self, packed: int) -> Unit:
        limit = self.weight.max * max(-self.operand.min, self.operand.max) * self.simd
        partial = signed_bits(-limit, limit) + self.more_bits
        parameters = {
            "PE": self.pe,
            "SIMD": self.simd,
            "LANES_PER_DSP": self.lanes or lanes_per_dsp(self.weight, self.operand),
            "WEIGHT_BITS": self.weight.bits,
            "OPERAND_BITS": self.operand.bits,
            "OPERAND_SIGNED": int(self.operand.signed),
            "PRODUCT_BITS": product_bits(self.weight, self.operand),
            "PARTIAL_BITS": partial,
            "PACKED": packed,
        }
        inputs = {"weight_i": (self.pe * self.simd, self.weight.bits), "operand_i": (self.simd, self.operand.bits)}
        return Unit("multiplier_array", parameters, inputs, {"partial_o": (self.pe, partial)})

    def rows(self, count: int, seed: int = 1) -> dict[str, Integers]:
        """Random rows, a third of the integers at an end of their range; the first rows are all at one end."""
        random = np.random.default_rng(seed)
        limit = self.weight.max
        weight = _spread(random, -limit, limit, (count, self.pe * self.simd))
        operand = _spread(random, self.operand.min, self.operand.max, (count, self.simd))
        for row, (w, x) in enumerate((w, x) for w in (-limit, limit) for x in (self.operand.min, self.operand.max)):
            weight[row], operand[row] = w, x
        return {"weight_i": weight, "operand_i": operand}

    def expected(self, rows: dict[str, Integers]) -> Integers:
        weight = rows["weight_i"].reshape(-1, self.pe, self.simd)
        return np.einsum("rps,rs->rp", weight, rows["operand_i"])


def _spread(random: np.random.Generator, low: int, high: int, shape: tuple[int, int]) -> Integers:
    values = random.integers(low, high + 1, shape)
    return np.where(random.random(shape) < 1 / 3, random.choice([low, high], shape), values)
