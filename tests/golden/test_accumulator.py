"""The proved accumulator interval: never left, reached at both ends, and one bit less is too little."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from golden import IntLayer, IntType, NetworkError, accumulator, exactness
from golden.arithmetic import requantize, wrap
from golden.spec import LUMA, MAX_TERM_SHIFT, MID_GRAY, Term
from tests.golden.accumulators import accumulators, random_input
from tests.strategies import INT8, build_layer, layers, seeds

SOME = settings(max_examples=settings.default.max_examples // 3)
"""For tests that run the scalar oracle in every phase of every channel."""
Extreme = Callable[[NDArray[Any], IntType], NDArray[Any]]


def for_the_highest(weight: NDArray[Any], int_type: IntType) -> NDArray[Any]:
    return np.where(weight > 0, int_type.max, int_type.min)


def for_the_lowest(weight: NDArray[Any], int_type: IntType) -> NDArray[Any]:
    return np.where(weight > 0, int_type.min, int_type.max)


def worst_sum(layer: IntLayer, co: int, phase: int, extreme: Extreme) -> int:
    """The accumulator of channel `co` and `phase` when each tap that meets there is given the extreme input for its weight.

    Written in coordinates, without the masks of the proof: tap k of output row Y reads input row (Y + padding - k) / stride of
    a transposed convolution and row Y - padding + k of a convolution.
    """
    deconvolution, kernel = layer.kind == "deconv", layer.kernel
    middle = kernel // (2 * layer.stride) + 1
    row, column = (middle * layer.stride + offset for offset in divmod(phase, layer.stride))
    x = np.zeros((layer.in_channels, 2 * middle + 2, 2 * middle + 2), dtype=np.int64)
    for ky, kx in np.ndindex(kernel, kernel):
        y, z = ((p + layer.padding - k, p - layer.padding + k)[not deconvolution] for p, k in ((row, ky), (column, kx)))
        if y % layer.stride == z % layer.stride == 0:
            x[:, y // layer.stride, z // layer.stride] = extreme(layer.weight[co, :, ky, kx], layer.input)
    return int(accumulators(layer, x)[co, row, column])


@SOME
@given(layers())
def test_both_ends_of_the_proved_interval_are_reached_in_every_phase(layer: IntLayer) -> None:
    low, high = accumulator.interval(layer)
    assert low.shape == high.shape == (layer.stride**2, layer.out_channels)
    for phase, co in np.ndindex(low.shape):
        assert worst_sum(layer, co, phase, for_the_highest) == high[phase, co]
        assert worst_sum(layer, co, phase, for_the_lowest) == low[phase, co]


@given(layers(), st.integers(1, 4), st.integers(1, 4), seeds)
def test_no_input_leaves_the_proved_interval_at_borders_neither(layer: IntLayer, height: int, width: int, seed: int) -> None:
    low, high = accumulator.interval(layer)
    sums = accumulators(layer, random_input(layer, height, width, seed))
    for phase in range(layer.stride**2):
        py, px = divmod(phase, layer.stride)
        of_phase = sums[:, py :: layer.stride, px :: layer.stride]
        assert (of_phase >= low[phase][:, None, None]).all()
        assert (of_phase <= high[phase][:, None, None]).all()


@given(layers(kind="deconv"))
def test_each_tap_belongs_to_exactly_one_phase(layer: IntLayer) -> None:
    masks = accumulator.phase_taps(layer)
    assert len(masks) == layer.stride**2
    assert (np.sum(masks, axis=0) == 1).all()


@given(layers())
def test_an_accumulator_one_bit_below_the_proof_is_refused(layer: IntLayer) -> None:
    proved = accumulator.proved_type(layer)
    assert layer.accumulator == proved
    wider = dataclasses.replace(layer, accumulator=IntType(proved.bits + 1, True))
    assert wider.accumulator.bits == proved.bits + 1
    with pytest.raises(NetworkError, match=f"cannot hold the proved interval .* at least {proved.bits} bits"):
        dataclasses.replace(layer, accumulator=IntType(proved.bits - 1, True))


@SOME
@given(layers())
def test_one_bit_below_the_proof_an_accumulator_wraps_and_an_output_changes(layer: IntLayer) -> None:
    """Sign-preserving multipliers, so that the wrapped sum, which has the other sign, shows in the output."""
    ones = np.ones(layer.out_channels, dtype=np.int64)
    signed = dataclasses.replace(
        layer, positive_multiplier=ones, negative_multiplier=ones, shift=0 * ones, output=IntType(8, signed=True)
    )
    sums = worst_channel(signed)
    assert requantize(wrap(sums, signed.accumulator), signed).tolist() == requantize(sums, signed).tolist()
    narrow = IntType(signed.accumulator.bits - 1, signed=True)
    assert requantize(wrap(sums, narrow), signed).tolist() != requantize(sums, signed).tolist()


def worst_channel(layer: IntLayer) -> NDArray[np.int64]:
    """(out_channels, 2): the lowest and the highest accumulator of each channel, over its phases, from real inputs."""
    phases = range(layer.stride**2)
    return np.array(
        [
            [
                min(worst_sum(layer, co, phase, for_the_lowest) for phase in phases),
                max(worst_sum(layer, co, phase, for_the_highest) for phase in phases),
            ]
            for co in range(layer.out_channels)
        ]
    )


@pytest.mark.parametrize(("signed", "bits"), [(True, 26), (False, 27)])
def test_the_full_8_bit_deconvolution_needs_27_bits(signed: bool, bits: int) -> None:
    """The worst case that docs/arithmetic.md names: 9x9x56 at x2, every weight at its limit, signed or unsigned input."""
    weight = np.full((1, 56, 9, 9), -127)
    parts = {"weight": weight, "bias": [0], "input": IntType(8, signed)}
    layer = build_layer(np.random.default_rng(0), "up", (1, 56, 9), kind="deconv", stride=2, **parts)
    low, _ = accumulator.interval(layer)
    assert low[:, 0].tolist() == [-taps * 56 * 127 * layer.input.max for taps in (25, 20, 20, 16)]
    assert layer.accumulator == IntType(bits, signed=True)


@given(layers(), seeds)
def test_magnitude_bounds_every_partial_sum_in_any_order(layer: IntLayer, seed: int) -> None:
    """A convolution's sums over shuffled terms, from the bias or from 0, and the bound itself for the largest input."""
    random = np.random.default_rng(seed)
    bound = accumulator.magnitude(layer)
    for mask in accumulator.phase_taps(layer):
        weight = layer.weight[:, :, mask].reshape(layer.out_channels, -1)
        x = random.choice([layer.input.min, layer.input.max], weight.shape[1])
        order = random.permutation(weight.shape[1])
        partial = np.cumsum((weight * x)[:, order], axis=1)
        assert (np.abs(partial) <= bound[:, None]).all()
        assert (np.abs(partial + layer.bias[:, None]) <= bound[:, None]).all()


@given(layers(), st.integers(-(2**46), 2**46))
def test_float64_holds_the_sums_of_every_legal_layer(layer: IntLayer, bias: int) -> None:
    """So `golden.model` needs int64 for products only: a 48-bit accumulator keeps |partial sums| below 2^49."""
    biased = dataclasses.replace(
        layer, accumulator=None, bias=np.full(layer.out_channels, bias), positive_multiplier=layer.shift * 0 + 1,
        negative_multiplier=layer.shift * 0,
    )  # fmt: skip
    assert exactness.sum_is_exact(biased, np.float64)
    assert int(accumulator.magnitude(biased).max()) < 2**49


LIMITS = (IntType(16, signed=False), IntType(16, signed=True), IntType(1, signed=False))


@st.composite
def at_the_limits(draw: st.DrawFn) -> dict[str, Any]:
    """The parts of a transposed convolution with every field at one of its limits, or near it, legal or not."""
    kernel, channels = draw(st.sampled_from([2, 31])), draw(st.sampled_from([1, 8]))
    bits, shift = draw(st.sampled_from([2, 16])), draw(st.sampled_from([0, MAX_TERM_SHIFT]))
    own = Term("previous", signs(draw, kernel, channels, bits), IntType(bits, signed=True), draw(st.sampled_from([0, shift])))
    luma = Term("luma", signs(draw, kernel, 1, bits), IntType(bits, signed=True), shift - own.shift, MID_GRAY)
    multiplier = draw(st.sampled_from([0, 1, 2**17 - 1, -(2**17)]))
    return {
        "terms": draw(st.sampled_from([(own, luma), (dataclasses.replace(own, shift=0),)])),
        "bias": [draw(st.sampled_from([0, 2**47 - 1, -(2**47), 2**62, -(2**62)]) | st.integers(-(2**40), 2**40))],
        "positive_multiplier": [multiplier],
        "negative_multiplier": [draw(st.sampled_from([0, multiplier]))],
        "shift": [draw(st.sampled_from([0, 47]))],
        "input": draw(st.sampled_from(LIMITS)),
        "output": LUMA,
        "stride": draw(st.sampled_from([2, min(kernel, 8)])),
    }


def signs(draw: st.DrawFn, kernel: int, channels: int, bits: int) -> NDArray[np.int64]:
    """The largest weight, the smallest, or each tap one of both."""
    limit = 2 ** (bits - 1) - 1
    random = np.random.default_rng(draw(seeds))
    of = draw(st.sampled_from([[limit], [-limit], [-limit, limit], [0, limit]]))
    return random.choice(of, (1, channels, kernel, kernel))


def exact_ends(parts: dict[str, Any]) -> tuple[int, int]:
    """The least and the greatest accumulator over all phases, tap by tap in Python's integers."""
    stride, ends = parts["stride"], []
    for py, px in np.ndindex(stride, stride):
        low = high = parts["bias"][0]
        for term in parts["terms"]:
            lowest, highest = (-128, 127) if term.source == "luma" else (parts["input"].min, parts["input"].max)
            kernel = term.weight.shape[2]
            rows, columns = ([k for k in range(kernel) if (k - at - (kernel - 1) // 2) % stride == 0] for at in (py, px))
            for w in term.weight[0][:, rows][:, :, columns].ravel().tolist():
                low += (w * lowest if w > 0 else w * highest) << term.shift
                high += (w * highest if w > 0 else w * lowest) << term.shift
        ends += [low, high]
    return min(ends), max(ends)


@given(at_the_limits())
def test_at_the_limits_of_every_field_the_proof_is_the_bound_or_the_layer_is_refused(parts: dict[str, Any]) -> None:
    low, high = exact_ends(parts)
    needed = max((end if end >= 0 else ~end).bit_length() for end in (low, high)) + 1
    if needed > 48:
        with pytest.raises(NetworkError, match=f"accumulator: integer type of {needed} bits; allowed 1..48"):
            IntLayer(name="up", kind="deconv", **parts)
        return
    try:
        layer = IntLayer(name="up", kind="deconv", **parts)
    except NetworkError as error:
        assume("more than 63 bits" not in str(error))
        raise
    assert layer.accumulator.bits == needed


def test_a_residual_far_from_its_sum_is_refused_where_int64_would_overflow() -> None:
    """31x31, eight uint16 channels, int16 weights, alignment 24: the bound is 2^65, which wraps to an int34 in int64."""
    half = np.resize([32767, -32767], (1, 8, 31, 31))
    own = Term("previous", half, IntType(16, signed=True), MAX_TERM_SHIFT)
    luma = Term("luma", np.ones((1, 1, 31, 31), dtype=np.int64), INT8, 0, MID_GRAY)
    one = {part: [1] for part in ("positive_multiplier", "negative_multiplier")}
    with pytest.raises(NetworkError, match=r"layer 'up': accumulator: integer type of \d\d bits; allowed 1..48"):
        IntLayer("up", "deconv", (own, luma), bias=[0], shift=[0], input=IntType(16, signed=False), output=LUMA, stride=2, **one)
