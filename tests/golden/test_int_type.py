"""Integer types: ranges, the narrowest type that holds an interval, what is refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden import IntType, NetworkError

BOUND = 2**47


@pytest.mark.parametrize(
    ("bits", "signed", "low", "high", "name"),
    [(8, True, -128, 127, "int8"), (8, False, 0, 255, "uint8"), (1, False, 0, 1, "uint1"), (1, True, -1, 0, "int1")],
)
def test_range_and_name_of_a_type(bits: int, signed: bool, low: int, high: int, name: str) -> None:
    int_type = IntType(bits, signed)
    assert (int_type.min, int_type.max, str(int_type)) == (low, high, name)


@given(st.integers(1, 48), st.booleans())
def test_dtype_is_the_smallest_that_holds_the_range(bits: int, signed: bool) -> None:
    int_type = IntType(bits, signed)
    info = np.iinfo(int_type.dtype)
    assert info.min <= int_type.min
    assert int_type.max <= info.max
    assert info.bits == 8 or info.bits < 2 * bits


@given(st.integers(-BOUND, BOUND - 1), st.integers(-BOUND, BOUND - 1))
def test_holding_is_the_narrowest_signed_type(a: int, b: int) -> None:
    low, high = min(a, b), max(a, b)
    int_type = IntType.holding(low, high)
    assert int_type.min <= low
    assert high <= int_type.max
    assert int_type.signed
    if int_type.bits > 1:
        narrower = IntType(int_type.bits - 1, signed=True)
        assert low < narrower.min or high > narrower.max


@pytest.mark.parametrize(
    ("low", "high", "bits"),
    [(0, 0, 1), (-1, 0, 1), (0, 1, 2), (-128, 127, 8), (-129, 0, 9), (0, 128, 9), (-128, -128, 8), (-1, -1, 1), (-BOUND, 0, 48)],
)
def test_holding_of_known_intervals(low: int, high: int, bits: int) -> None:
    assert IntType.holding(low, high) == IntType(bits, signed=True)


def test_holding_refuses_an_interval_beyond_48_bits() -> None:
    with pytest.raises(NetworkError, match=r"integer type of 49 bits; allowed 1\.\.48"):
        IntType.holding(0, BOUND)


@pytest.mark.parametrize("bits", [0, -1, 49, 8.0, "8", None, True, np.int64(8)])
def test_bits_that_are_no_width_are_refused(bits: Any) -> None:
    with pytest.raises(NetworkError, match=r"^integer type of .* bits; allowed 1\.\.48$"):
        IntType(bits, signed=True)


@pytest.mark.parametrize("signed", [0, 1, None, "yes", np.True_])
def test_signed_that_is_no_bool_is_refused(signed: Any) -> None:
    with pytest.raises(NetworkError, match=r"^integer type: signed is .*; allowed True or False$"):
        IntType(8, signed)


def test_a_type_is_frozen() -> None:
    with pytest.raises(AttributeError):
        IntType(8, signed=True).bits = 9  # type: ignore[misc]
