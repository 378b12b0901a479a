"""The scalar oracle against other ways to say the same: zero insertion, correlation, fractions, a case done by hand."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from golden import IntLayer, IntNetwork, IntType, oracle
from golden.spec import LUMA, Term
from tests.golden.accumulators import accumulators, random_input
from tests.strategies import layers, seeds


def correlate(x: NDArray[np.int64], weight: NDArray[np.int64]) -> NDArray[np.int64]:
    """(out_channels, rows, columns) of x (in_channels, ...) where the window fits; weight (out, in, K, K)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(1, 2))
    return np.einsum("iyxkl,oikl->oyx", windows, weight)


def by_definition(layer: IntLayer, x: NDArray[np.int64]) -> NDArray[np.int64]:
    """Zero insertion, then correlation with the flipped kernel: the textbook's transposed convolution."""
    stride, halo = layer.stride, layer.kernel - 1
    if layer.kind == "conv":
        return correlate(np.pad(x, [(0, 0), *[(layer.padding,) * 2] * 2]), layer.weight) + layer.bias[:, None, None]
    spread = np.zeros((len(x), *(stride * (size - 1) + 1 for size in x.shape[1:])), dtype=np.int64)
    spread[:, ::stride, ::stride] = x
    around = np.pad(spread, [(0, 0), *[(halo - layer.padding, halo - layer.padding + layer.output_padding)] * 2])
    return correlate(around, layer.weight[..., ::-1, ::-1]) + layer.bias[:, None, None]


@given(layers(), st.integers(1, 5), st.integers(1, 5), seeds)
def test_the_oracle_sums_what_zero_insertion_and_correlation_sum(layer: IntLayer, height: int, width: int, seed: int) -> None:
    x = random_input(layer, height, width, seed)
    assert accumulators(layer, x).tolist() == by_definition(layer, x).tolist()


@given(layers(), st.data())
def test_the_oracle_requantizes_as_the_exact_fraction_does(layer: IntLayer, data: st.DataObject) -> None:
    accumulator = data.draw(st.integers(layer.accumulator.min, layer.accumulator.max))
    for co in range(layer.out_channels):
        chosen = layer.negative_multiplier if accumulator < 0 else layer.positive_multiplier
        rounded = round(Fraction(accumulator * int(chosen[co]), 2 ** int(layer.shift[co])))
        assert oracle.requantize(accumulator, layer, co) == sorted((layer.output.min, rounded, layer.output.max))[1]


def by_hand(bias: int = 1, negative: int = 1) -> IntLayer:
    weight = np.array([[1, -2, 3], [-4, 5, -6], [7, -8, 9]])[None, None]
    return IntLayer("up", "deconv", (Term("previous", weight, IntType(8, True)),), [bias], [2], [negative], [1], LUMA, LUMA, 2)


def test_a_deconvolution_done_by_hand() -> None:
    """K = 3, stride 2, padding 1: pixel (0, 0) = 10 puts w[1:, 1:] * 10 at rows and columns 0..1; bias 1; times 2 / 2."""
    trace = oracle.trace(IntNetwork((by_hand(),)), np.array([[10]], dtype=np.uint8))
    assert trace["up"].tolist() == [[[51, 0], [0, 91]]]
    assert trace["up"].dtype == np.uint8


@pytest.mark.parametrize(("negative", "expected"), [(-1, 30), (-2, 59), (2, 0)])
def test_a_negative_accumulator_takes_the_negative_multiplier(negative: int, expected: int) -> None:
    """acc = -6 * 10 + 1 = -59; -59 * -1 / 2 = 29.5 rounds to the even 30."""
    trace = oracle.trace(IntNetwork((by_hand(negative=negative),)), np.array([[10]], dtype=np.uint8))
    assert int(trace["up"][0, 0, 1]) == expected
