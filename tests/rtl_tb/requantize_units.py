"""The requantize module as a unit of the bench, rows of corners and random integers for it, and golden's results."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from golden.arithmetic import round_shift
from golden.spec import IntType
from hls_export.plan.widths import signed_bits
from tests.contract import ROUNDING_TABLE
from tests.rtl_tb.unit_bench import Integers, Unit

LANES = 3


@dataclass(frozen=True)
class Requantize:
    """A requantize of `accumulator` bits by multipliers of `multiplier` bits, or by their exponents, and shifts up to max_shift."""

    accumulator: int
    multiplier: int
    max_shift: int
    output: IntType
    multiplies: bool = True

    @property
    def product_bits(self) -> int:
        largest = 1 << (self.accumulator - 1)
        largest *= 1 << (self.multiplier - 1) if self.multiplies else 1 << self.max_exponent
        half = (1 << self.max_shift) >> 1
        return signed_bits(-largest, largest + half)

    @property
    def max_exponent(self) -> int:
        return min((1 << (self.multiplier - 1)) - 1, 17)

    def unit(self) -> Unit:
        shift_bits = max(1, self.max_shift.bit_length())
        parameters = {
            "LANES": LANES,
            "ACCUMULATOR_BITS": self.accumulator,
            "MULTIPLIER_BITS": self.multiplier,
            "PRODUCT_BITS": self.product_bits,
            "SHIFT_BITS": shift_bits,
            "OUTPUT_BITS": self.output.bits,
            "OUTPUT_MIN": self.output.min,
            "OUTPUT_MAX": self.output.max,
            "MULTIPLIES": int(self.multiplies),
        }
        inputs = {"accumulator_i": (LANES, self.accumulator), "positive_i": (LANES, self.multiplier)}
        inputs |= {"negative_i": (LANES, self.multiplier), "shift_i": (LANES, shift_bits)}
        return Unit("requantize", parameters, inputs, {"result_o": (LANES, self.output.bits)})

    def rows(self, seed: int = 1) -> dict[str, Integers]:
        """Every tie around the output range at every shift, the ends of every type, and random integers."""
        columns = np.concatenate([self._ties(), self._ends(), self._random(np.random.default_rng(seed), 3000)], axis=1)
        columns = np.pad(columns, ((0, 0), (0, -columns.shape[1] % LANES)), mode="edge")
        names = ("accumulator_i", "positive_i", "negative_i", "shift_i")
        return {name: column.reshape(-1, LANES) for name, column in zip(names, columns, strict=True)}

    def expected(self, rows: dict[str, Integers]) -> Integers:
        accumulator, positive, negative, shift = rows.values()
        if not self.multiplies:
            positive, negative = 1 << positive, 1 << negative
        rounded = round_shift(accumulator * np.where(accumulator < 0, negative, positive), shift)
        return np.clip(rounded, self.output.min, self.output.max)

    def _ties(self) -> Integers:
        """(n + 1/2) * 2^shift and its neighbours, for n around 0 and around both ends of the output, multiplied by one."""
        limit, one = 1 << (self.accumulator - 1), 1 if self.multiplies else 0
        found = []
        quotients = {int(np.floor(value)) for value, _ in ROUNDING_TABLE}
        quotients |= {end + step for end in (self.output.min, self.output.max) for step in (-2, -1, 0, 1)}
        for shift in range(self.max_shift + 1):
            for n in sorted(quotients):
                middle = ((2 * n + 1) << shift) >> 1
                found += [(middle + step, one, one, shift) for step in (-1, 0, 1) if -limit <= middle + step < limit]
        return np.array(found, dtype=np.int64).T

    def _ends(self) -> Integers:
        limit, most = 1 << (self.accumulator - 1), 1 << (self.multiplier - 1)
        factors = (-most, most - 1, -1, 0, 1) if self.multiplies else (0, self.max_exponent)
        accumulators, shifts = (-limit, limit - 1, -1, 0, 1), (0, 1, self.max_shift)
        rows = [(a, p, n, s) for a in accumulators for p in factors for n in factors for s in shifts]
        return np.array(rows, dtype=np.int64).T

    def _random(self, random: np.random.Generator, count: int) -> Integers:
        """Accumulators of every magnitude."""
        limit, most = 1 << (self.accumulator - 1), 1 << (self.multiplier - 1)
        accumulator = random.integers(-limit, limit, count) >> random.integers(0, self.accumulator, count)
        low, high = (-most, most) if self.multiplies else (0, self.max_exponent + 1)
        positive, negative = random.integers(low, high, (2, count))
        return np.stack([accumulator, positive, negative, random.integers(0, self.max_shift + 1, count)])
