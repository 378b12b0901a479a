"""When float32 or float64 says the same integers: the predicates of `accumulator` against every accumulator of small layers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from golden import IntLayer, IntType, exactness
from golden.accumulator import magnitude
from golden.arithmetic import requantize
from golden.spec import LUMA, Term
from tests.strategies import tensor_types

FLOATS = (np.float32, np.float64)


def tiny_layer(weight: int, bias: int, multipliers: tuple[int, int], shift: int, output: IntType) -> IntLayer:
    """One 1x1 tap from 8-bit luma; multipliers: (negative, positive)."""
    negative, positive = multipliers
    term = Term("previous", np.full((1, 1, 1, 1), weight), IntType(8, True))
    return IntLayer("tiny", "conv", (term,), [bias], [positive], [negative], [shift], LUMA, output)


def all_accumulators(layer: IntLayer) -> NDArray[np.int64]:
    """Every integer that the predicate promises about: |accumulator| up to the layer's magnitude."""
    reach = int(magnitude(layer).max())
    return np.arange(-reach, reach + 1)[None]


def requantize_in(dtype: Any, accumulator: NDArray[np.int64], layer: IntLayer) -> NDArray[Any]:
    """rint(acc * (multiplier / 2^shift)) in `dtype`, clamped: what a float executor computes."""
    multiplier = np.where(accumulator < 0, layer.negative_multiplier, layer.positive_multiplier)
    factor = np.ldexp(multiplier.astype(dtype), -int(layer.shift[0])).astype(dtype)
    rounded = np.rint(accumulator.astype(dtype) * factor)
    assert rounded.dtype == dtype
    return np.clip(rounded, layer.output.min, layer.output.max)


multipliers = st.integers(-(2**17), 2**17 - 1) | st.sampled_from([0, 1, -1, 2**16, -(2**17), 3 << 15])
tiny_layers = st.builds(
    tiny_layer, st.integers(1, 127), st.integers(-(2**14), 2**14), st.tuples(multipliers, multipliers), st.integers(0, 47),
    tensor_types,
)  # fmt: skip


@given(tiny_layers, st.sampled_from(FLOATS))
def test_where_requantize_is_proved_exact_every_accumulator_agrees(layer: IntLayer, dtype: Any) -> None:
    assume(exactness.requantize_is_exact(layer, dtype))
    accumulator = all_accumulators(layer)
    assert (requantize_in(dtype, accumulator, layer) == requantize(accumulator, layer)).all()


PROVED_AT_THE_EDGE = {
    "product of just 24 bits": (tiny_layer(1, 1, (2**16 - 1, 2**16 - 1), 17, IntType(16, True)), True),
    "product just beyond 24 bits": (tiny_layer(1, 2, (2**16 - 1, 2**16 - 1), 17, IntType(16, True)), False),
    "trailing zeros of the multiplier are free": (tiny_layer(64, 0, (2**16, 2**16), 24, IntType(8, True)), True),
    "clamp hides a long product": (tiny_layer(127, 0, (2**17 - 1, 2**17 - 1), 3, IntType(8, True)), True),
    "clamp just hides": (tiny_layer(127, 0, (2**17 - 1, 2**17 - 1), 16, IntType(8, True)), True),
    "clamp just does not": (tiny_layer(127, 0, (2**17 - 1, 2**17 - 1), 17, IntType(8, True)), False),
    "only the negative multiplier is long": (tiny_layer(127, -(2**14), (2**17 - 1, 1), 20, IntType(8, True)), False),
    "sum beyond 24 bits": (tiny_layer(1, 2**24, (1, 1), 17, IntType(8, True)), False),
}


@pytest.mark.parametrize(("layer", "proved"), PROVED_AT_THE_EDGE.values(), ids=PROVED_AT_THE_EDGE)
def test_the_edge_of_the_float32_proof(layer: IntLayer, proved: bool) -> None:
    assert exactness.requantize_is_exact(layer, np.float32) is proved
    if proved:
        accumulator = all_accumulators(layer)
        assert (requantize_in(np.float32, accumulator, layer) == requantize(accumulator, layer)).all()


@pytest.mark.parametrize(
    ("accumulator", "multiplier", "shift", "exact", "in_float32"),
    [(1250, 33135, 20, 39, 40), (11818, 32829, 22, 93, 92), (28913, 32785, 24, 57, 56), (15338, 32815, 26, 7, 8)],
)
def test_beyond_the_proof_float32_takes_a_near_tie_for_a_tie(
    accumulator: int, multiplier: int, shift: int, exact: int, in_float32: int
) -> None:
    """The first: 41418750 / 2^20 is just below 39.5; float32 keeps 24 bits of the product, 41418752, and rints 39.5 to 40."""
    layer = tiny_layer(127, 0, (multiplier, multiplier), shift, IntType(8, True))
    sums = np.array([[accumulator]])
    assert sums <= magnitude(layer)
    assert requantize(sums, layer).tolist() == [[exact]]
    assert requantize_in(np.float32, sums, layer).tolist() == [[in_float32]]
    assert not exactness.requantize_is_exact(layer, np.float32)
    assert exactness.requantize_is_exact(layer, np.float64)
    assert requantize_in(np.float64, sums, layer).tolist() == [[exact]]


def test_beyond_the_proof_a_float32_sum_drops_a_one() -> None:
    layer = tiny_layer(1, 2**24, (1, 1), 0, IntType(8, True))
    assert not exactness.sum_is_exact(layer, np.float32)
    assert exactness.sum_is_exact(layer, np.float64)
    one = np.float32(1)
    assert int(np.float32(2**24) + one) != 2**24 + 1
    assert int(np.float64(2**24) + 1) == 2**24 + 1


def test_the_sum_proof_ends_at_exactly_24_bits() -> None:
    room = 2**24 - 255
    assert exactness.sum_is_exact(tiny_layer(1, room, (1, 1), 0, LUMA), np.float32)
    assert not exactness.sum_is_exact(tiny_layer(1, room + 1, (1, 1), 0, LUMA), np.float32)
    assert not exactness.sum_is_exact(tiny_layer(1, -room - 1, (1, 1), 0, LUMA), np.float32)


@given(tiny_layers)
def test_float64_is_proved_for_every_8_bit_layer(layer: IntLayer) -> None:
    assert exactness.requantize_is_exact(layer, np.float64)


@given(tiny_layers)
def test_a_layer_is_float32_exact_when_both_its_sums_and_its_requantize_are(layer: IntLayer) -> None:
    both = exactness.sum_is_exact(layer, np.float32) and exactness.requantize_is_exact(layer, np.float32)
    assert exactness.is_float32_exact(layer) is both


def test_a_product_beyond_53_bits_needs_int64() -> None:
    layer = tiny_layer(1, 2**40, (2**17 - 1, 2**17 - 1), 47, IntType(16, True))
    assert not exactness.requantize_is_exact(layer, np.float64)
    assert exactness.product_fits_int64(layer)
