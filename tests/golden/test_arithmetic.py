"""Rounding, requantize and wrap, against exact fractions and the scalar oracle."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden import IntType, arithmetic, oracle
from golden.arithmetic import requantize, round_shift, wrap
from tests.contract import ROUNDING_TABLE
from tests.strategies import layers, seeds

SHIFTS = range(48)
Rule = Callable[[int, int], int]


def ties_up(v: int, shift: int) -> int:
    return (v + (1 << shift >> 1)) >> shift


def half_away_from_zero(v: int, shift: int) -> int:
    return (abs(v) + (1 << shift >> 1) >> shift) * (1 if v >= 0 else -1)


def truncation(v: int, shift: int) -> int:
    return int(Fraction(v, 2**shift))


def floor(v: int, shift: int) -> int:
    return v >> shift


def ties_to_odd(v: int, shift: int) -> int:
    rounded = round(Fraction(v, 2**shift))
    return rounded + (1 if Fraction(v, 2**shift) > rounded else -1) if Fraction(v, 2**shift).denominator == 2 else rounded


def in_halves(rule: Rule) -> list[int]:
    """What `rule` makes of the values of ROUNDING_TABLE, each given as value * 2 shifted by one."""
    return [rule(int(value * 2), 1) for value, _ in ROUNDING_TABLE]


EXPECTED = [rounded for _, rounded in ROUNDING_TABLE]


@given(st.lists(st.integers(-(2**62) + 1, 2**62 - 1), min_size=1), st.sampled_from(SHIFTS))
def test_round_shift_is_the_exact_fraction_rounded_ties_to_even(values: list[int], shift: int) -> None:
    assert round_shift(values, shift).tolist() == [round(Fraction(value, 2**shift)) for value in values]


@given(st.integers(-(2**13), 2**13), st.sampled_from(SHIFTS))
def test_round_shift_of_ties_is_even(quotient: int, shift: int) -> None:
    tie = (2 * quotient + 1) << shift >> 1
    expected = round(Fraction(tie, 2**shift))
    assert int(round_shift(tie, shift)) == expected
    assert shift == 0 or expected % 2 == 0


def test_round_shift_broadcasts_a_shift_per_channel() -> None:
    assert round_shift([[5, 7], [5, 7]], [[0], [1]]).tolist() == [[5, 7], [2, 4]]


def test_round_shift_obeys_the_rounding_table() -> None:
    assert in_halves(lambda v, shift: int(round_shift(v, shift))) == EXPECTED


@pytest.mark.parametrize("rule", [ties_up, half_away_from_zero, truncation, floor, ties_to_odd])
def test_the_rounding_table_tells_every_other_rule_apart(rule: Rule) -> None:
    assert in_halves(rule) != EXPECTED


def test_the_other_rules_agree_with_the_table_away_from_ties() -> None:
    """So that it is the ties that tell them apart, not a broken rule."""
    for v in (-9, -7, -1, 1, 7, 9):
        assert ties_up(v, 3) == half_away_from_zero(v, 3) == ties_to_odd(v, 3) == int(round_shift(v, 3))


@given(layers(max_channels=3), seeds)
def test_requantize_equals_the_scalar_oracle(layer, seed: int) -> None:
    low, high = layer.accumulator.min, layer.accumulator.max
    accumulator = np.random.default_rng(seed).integers(low, high + 1, (layer.out_channels, 50))
    accumulator[:, :4] = (0, -1, low, high)
    expected = [[oracle.requantize(a, layer, co) for a in line] for co, line in enumerate(accumulator.tolist())]
    assert requantize(accumulator, layer).tolist() == expected


@pytest.mark.parametrize("rule", [ties_up, half_away_from_zero, truncation])
def test_requantize_under_another_rounding_rule_differs_from_the_oracle(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.strategies import INT8, build_layer

    ones = np.ones(1, dtype=np.int64)
    layer = build_layer(
        np.random.default_rng(0), "a", (1, 1, 1), positive_multiplier=ones, negative_multiplier=ones, shift=ones, output=INT8
    )
    accumulator = np.arange(-10, 11)[None]
    expected = [[oracle.requantize(a, layer, 0) for a in accumulator[0].tolist()]]
    assert requantize(accumulator, layer).tolist() == expected
    monkeypatch.setattr(arithmetic, "round_shift", np.vectorize(rule))
    assert requantize(accumulator, layer).tolist() != expected


@given(st.integers(1, 47), st.booleans(), st.integers(-(2**60), 2**60))
def test_wrap_is_congruent_and_in_range(bits: int, signed: bool, value: int) -> None:
    int_type = IntType(bits, signed)
    wrapped = int(wrap(value, int_type))
    assert int_type.min <= wrapped <= int_type.max
    assert (wrapped - value) % 2**bits == 0


def test_wrap_keeps_what_fits_and_turns_over_one_beyond() -> None:
    int_type = IntType(5, signed=True)
    inside = np.arange(int_type.min, int_type.max + 1)
    assert (wrap(inside, int_type) == inside).all()
    assert wrap([int_type.max + 1, int_type.min - 1], int_type).tolist() == [int_type.min, int_type.max]
