"""multiplier_array: packed, plain and NumPy give the same sums in the same clock, in two simulators."""

from __future__ import annotations

import numpy as np
import pytest

from golden.spec import IntType
from hls_export.plan.latency import multiplier_array_latency
from tests.rtl_tb.multiplier_units import Array
from tests.rtl_tb.unit_bench import simulate

S16, S9, S8, S6, S4, S2 = (IntType(bits, True) for bits in (16, 9, 8, 6, 4, 2))
U16, U8 = IntType(16, False), IntType(8, False)
ARRAYS = {
    "w8a8": Array(6, 9, S8, S8),
    "w8u8 odd pe": Array(5, 5, S8, U8),
    "w4a8": Array(7, 3, S4, S8),
    "w4a4": Array(9, 17, S4, S4),
    "w2a4": Array(6, 4, S2, S4),
    "w6a6": Array(6, 2, S6, S6),
    "w8u8": Array(3, 6, S8, U8),
    "w2a2": Array(3, 65, S2, S2),
    "w8a8 one lane": Array(4, 7, S8, S8, lanes=1),
    "one": Array(1, 1, S8, S8),
    "w9a8": Array(6, 5, S9, S8),
    "w9u16": Array(3, 6, S9, U16),
    "w16a16": Array(4, 9, S16, S16),
    "w16u16": Array(2, 9, S16, U16),
    "w8a16 wide sums": Array(4, 9, S8, S16, more_bits=20),
}
ROWS = 300


COMPILED = ("w8u8 odd pe", "w4a4", "w6a6", "w9u16", "w16a16", "w8a16 wide sums")


@pytest.mark.parametrize("packed", [0, 1])
@pytest.mark.parametrize(
    ("name", "simulator"), [*((name, "icarus") for name in ARRAYS), *((name, "verilator") for name in COMPILED)]
)
def test_sums_are_numpys(name: str, packed: int, simulator: str) -> None:
    array = ARRAYS[name]
    rows = array.rows(ROWS)
    got = simulate(simulator, array.unit(packed), rows, multiplier_array_latency(array.simd))["partial_o"]
    assert got.shape == (ROWS, array.pe)
    assert np.array_equal(got, array.expected(rows))
