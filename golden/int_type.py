"""Integer types: how wide, signed or not, and which integers they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
MAX_ACCUMULATOR_BITS = 48


class NetworkError(ValueError):
    """An integer network that breaks docs/arithmetic.md; the message names where, what and what is allowed."""


@dataclass(frozen=True, order=True)
class IntType:
    """An integer type: `bits` wide, two's complement when `signed`.

    >>> IntType(8, signed=True), IntType(4, signed=False).max
    (IntType(bits=8, signed=True), 15)
    """

    bits: int
    signed: bool

    def __post_init__(self) -> None:
        if type(self.bits) is not int or not 1 <= self.bits <= MAX_ACCUMULATOR_BITS:
            raise NetworkError(f"integer type of {self.bits!r} bits; allowed 1..{MAX_ACCUMULATOR_BITS}")
        if type(self.signed) is not bool:
            raise NetworkError(f"integer type: signed is {self.signed!r}; allowed True or False")

    @property
    def min(self) -> int:
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def max(self) -> int:
        return (1 << (self.bits - self.signed)) - 1

    @property
    def dtype(self) -> np.dtype[Any]:
        """Smallest NumPy integer dtype that holds the type."""
        width = next(width for width in (8, 16, 32, 64) if self.bits <= width)
        return np.dtype(f"{'' if self.signed else 'u'}int{width}")

    def __str__(self) -> str:
        return f"{'' if self.signed else 'u'}int{self.bits}"

    @classmethod
    def holding(cls, low: int, high: int) -> IntType:
        """The narrowest signed type that holds every integer of [low, high].

        >>> [IntType.holding(*ends).bits for ends in ((-128, 127), (0, 128), (-128, -128))]
        [8, 9, 8]
        """
        return cls(max((end if end >= 0 else ~end).bit_length() for end in (int(low), int(high))) + 1, True)
