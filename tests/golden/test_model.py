"""The whole-frame model says the oracle's integers, in any arithmetic, in any stripes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from golden import FrameError, IntNetwork, IntType, exactness, model, oracle, run, trace
from golden.spec import LUMA
from tests.strategies import build_layer, build_network, frames, fsrcnn, networks, noise


def assert_same(taps: dict[str, NDArray[Any]], expected: dict[str, NDArray[Any]]) -> None:
    """Same layers, shapes, types and integers, and more than none."""
    assert list(taps) == list(expected) != []
    for name, integers in taps.items():
        assert integers.dtype == expected[name].dtype
        assert integers.shape == expected[name].shape
        assert integers.size > 0
        assert (integers == expected[name]).all(), f"layer {name}"


@given(networks(), frames())
def test_trace_and_run_equal_the_scalar_oracle(network: IntNetwork, frame: NDArray[np.uint8]) -> None:
    expected = oracle.trace(network, frame)
    assert_same(trace(network, frame), expected)
    assert_same(trace(network, frame, exact="int64"), expected)
    output = run(network, frame)
    assert output.dtype == np.uint8
    assert output.tolist() == expected[network.layers[-1].name][0].tolist()


@given(networks(max_channels=6), st.integers(1, 40), st.integers(1, 40), st.integers(0, 9))
def test_int64_equals_the_fastest_proved_arithmetic(network: IntNetwork, height: int, width: int, seed: int) -> None:
    frame = noise(height, width, seed)
    assert_same(trace(network, frame), trace(network, frame, exact="int64"))
    assert (run(network, frame) == run(network, frame, exact="int64")).all()


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("style", ["power of two", "dyadic", "any sign"])
def test_the_network_of_the_paper_equals_the_oracle(scale: int, style: str) -> None:
    network, frame = fsrcnn(scale + 1, scale, style=style), noise(3, 4)
    taps = trace(network, frame)
    assert_same(taps, oracle.trace(network, frame))
    hidden = list(taps.values())[:-1]
    assert all(len(np.unique(integers)) > 1 for integers in hidden)


@given(networks(), st.integers(1, 40), st.integers(1, 6), st.sampled_from([1, 9, 50, 10**9]))
def test_the_result_is_independent_of_the_stripes(network: IntNetwork, height: int, width: int, stripe_pixels: int) -> None:
    frame = noise(height, width)
    expected = trace(network, frame)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "STRIPE_PIXELS", stripe_pixels)
        assert_same(trace(network, frame), expected)
        assert (run(network, frame) == expected[network.layers[-1].name][0]).all()


@pytest.mark.parametrize("rows", [1, 2, 3, 5])
@pytest.mark.parametrize("kernels", [(5, 3, 9), (31, 5, 31), (1, 1, 2), (3, 31, 8)])
def test_stripes_lower_than_the_windows_give_the_same(rows: int, kernels: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """A stripe of one row leaves layers without a complete window, and a transposed convolution without a complete row."""
    network, frame = build_network(5, 2, (2, 2), kernels), noise(23, 3)
    expected = trace(network, frame)
    seen = []

    def narrow_stripes(frame: NDArray[Any]) -> Any:
        for row in range(0, len(frame), rows):
            seen.append(row)
            yield frame[row : row + rows], row + rows >= len(frame)

    monkeypatch.setattr(model, "_stripes", narrow_stripes)
    assert_same(trace(network, frame), expected)
    assert len(seen) == -(-23 // rows)


def test_a_frame_wide_kernel_over_a_single_pixel() -> None:
    network = build_network(6, 8, (2,), (31, 31), style="any sign")
    frame = noise(1, 1)
    assert_same(trace(network, frame), oracle.trace(network, frame))


def test_frames_of_any_memory_layout_are_taken() -> None:
    network, frame = build_network(7, 2, (3,), (3, 4)), noise(9, 7)
    expected = run(network, np.ascontiguousarray(frame.T[::-1])).tolist()
    assert run(network, frame.T[::-1]).tolist() == expected
    assert run(network, np.asfortranarray(frame.T[::-1])).tolist() == expected


BAD_FRAMES = {
    "float": noise(4, 4) / 1.0,
    "int64": noise(4, 4).astype(np.int64),
    "int8": noise(4, 4).astype(np.int8),
    "colour": np.zeros((4, 4, 3), dtype=np.uint8),
    "one line": noise(1, 4)[0],
    "no rows": noise(0, 4),
    "no columns": noise(4, 0),
    "a number": np.uint8(3),
}


@pytest.mark.parametrize("frame", BAD_FRAMES.values(), ids=BAD_FRAMES)
@pytest.mark.parametrize("function", [run, trace])
def test_a_bad_frame_is_refused(function: Any, frame: Any) -> None:
    network = build_network(8, 2, (), (2,))
    with pytest.raises(FrameError, match=r"^frame of shape \(.*\) and dtype .*; allowed \(height, width\) uint8, at least 1x1$"):
        function(network, frame)


def test_an_unknown_arithmetic_is_refused() -> None:
    with pytest.raises(ValueError, match=r"exact is 'float16'; allowed 'auto' or 'int64'"):
        run(build_network(8, 2, (), (2,)), noise(2, 2), exact="float16")


def network_with_bias(bias: int, multiplier: int, shift: int) -> IntNetwork:
    """One 9x9 deconvolution whose sums lie around `bias`."""
    scalars = {"bias": [bias], "positive_multiplier": [multiplier], "negative_multiplier": [multiplier], "shift": [shift]}
    random = np.random.default_rng(0)
    return IntNetwork((build_layer(random, "up", (1, 1, 9), kind="deconv", stride=2, input=LUMA, output=LUMA, **scalars),))


def proved(network: IntNetwork) -> tuple[list[bool], list[bool]]:
    """Whether (sums, requantize) of the only layer are exact in float32 and float64."""
    (layer,) = network.layers
    sums = [exactness.sum_is_exact(layer, dtype) for dtype in (np.float32, np.float64)]
    return sums, [exactness.requantize_is_exact(layer, dtype) for dtype in (np.float32, np.float64)]


def pretend_float_is_exact(patch: pytest.MonkeyPatch, dtype: Any) -> None:
    for predicate in ("sum_is_exact", "requantize_is_exact"):
        patch.setattr(exactness, predicate, lambda layer, candidate: candidate is dtype)


CASES = {
    "sums that need float64": (network_with_bias(2**26, 1, 19), ([False, True], [False, True]), np.float32),
    "products that need int64": (network_with_bias(2**41 + 2**33, 2**17 - 1, 47), ([False, True], [False, False]), np.float64),
}


@pytest.mark.parametrize(("network", "proof", "too_short"), CASES.values(), ids=CASES)
def test_a_longer_arithmetic_is_taken_where_it_is_needed(network: IntNetwork, proof: Any, too_short: Any) -> None:
    frame = noise(6, 5)
    assert proved(network) == proof
    assert_same(trace(network, frame), oracle.trace(network, frame))


def test_a_float32_sum_where_float64_is_needed_gives_other_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the proof is what keeps the model exact: without it these pixels are wrong."""
    base = 2**24 + 2**19
    network, frame = network_with_bias(base, 2**17 - 1, 34), noise(64, 64)
    expected = run(network, frame, exact="int64")
    assert (run(network, frame) == expected).all()
    pretend_float_is_exact(monkeypatch, np.float32)
    assert (run(network, frame) != expected).any()


def test_every_arithmetic_is_taken_by_some_network(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = []
    original = model._Arithmetic.__init__

    def remember(self: Any, *arguments: Any) -> None:
        original(self, *arguments)
        chosen.append((self.sum_dtype, self.factor_dtype))

    monkeypatch.setattr(model._Arithmetic, "__init__", remember)
    for bias, multiplier, shift in ((0, 1, 10), (0, 2**17 - 1, 30), (2**26, 1, 19), (2**41, 2**17 - 1, 47)):
        run(network_with_bias(bias, multiplier, shift), noise(2, 2))
    run(network_with_bias(0, 1, 10), noise(2, 2), exact="int64")
    assert chosen == [
        (np.float32, np.float32),
        (np.float32, np.float64),
        (np.float64, np.float64),
        (np.float64, None),
        (np.int64, None),
    ]


def test_unsigned_and_16_bit_hidden_types_are_exact() -> None:
    for hidden in (IntType(16, True), IntType(16, False), IntType(1, False)):
        network = build_network(9, 3, (3, 2), (3, 5, 7), hidden=hidden, weight_type=IntType(16, True), style="any sign")
        frame = noise(5, 6)
        assert_same(trace(network, frame), oracle.trace(network, frame))
