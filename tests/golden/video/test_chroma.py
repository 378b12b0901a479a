"""The chroma interpolator: Keys' cubic at the sited positions, evaluated in float by other code; flat planes; mutants."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from golden import model, oracle
from golden.judge.mutants import ties_up
from golden.pictures.bicubic import resize
from golden.spec import PROVED, IntNetwork
from golden.video import VideoError, chroma, interpolator
from golden.video.chroma import SCALES, enlarge_plane, position, taps
from tests.strategies import noise

EVERY = pytest.mark.parametrize(("scale", "siting"), list(product(SCALES, ("centre", "left"))))
SHIPPED = pytest.mark.parametrize(("scale", "siting"), list(product((2, 3, 4), ("centre", "left"))))
TAP_ERROR = 0.055
"""Gray levels that rounding the taps to 2^-14 costs at most: half the range times what the taps of a phase are off by."""


def keys(t: float) -> float:
    """Keys 1981, equation 15."""
    t = abs(t)
    if t < 1:
        return 1.5 * t**3 - 2.5 * t**2 + 1
    return -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2 if t < 2 else 0.0


def line_matrix(size: int, scale: int, first_luma: float, luma_step: int) -> np.ndarray:
    """(scale * size, size) weights of a line of chroma: its first sample lies at pixel `first_luma`, one each `luma_step`.

    The picture's edge is at -1/2, in both pictures.
    """
    weights = np.zeros((scale * size, size))
    for index in range(scale * size):
        large = first_luma + luma_step * index
        small = (large + 0.5) / scale - 0.5
        u = (small - first_luma) / luma_step
        for tap in range(math.floor(u) - 1, math.floor(u) + 3):
            weights[index, min(max(tap, 0), size - 1)] += keys(u - tap)
    return weights


def in_float(plane: np.ndarray, scale: int, siting: str) -> np.ndarray:
    """4:2:0 chroma by Keys' cubic, its edges repeated."""
    rows = line_matrix(plane.shape[0], scale, 0.5, 2)
    columns = line_matrix(plane.shape[1], scale, {"left": 0.0, "centre": 0.5}[siting], 2)
    return np.clip(rows @ plane @ columns.T, 0, 255)


def check_positions(scale: int, siting: str) -> None:
    for shape in ((24, 31), (1, 1), (1, 5), (2, 2)):
        plane = noise(*shape, seed=scale)
        error = np.abs(enlarge_plane(plane, scale, siting) - in_float(plane, scale, siting))
        assert error.max() <= 0.5 + TAP_ERROR


@EVERY
def test_the_samples_are_keys_cubic_at_the_sited_positions(scale, siting) -> None:
    check_positions(scale, siting)


@EVERY
def test_columns_as_many_as_lumas_lie_where_centred_ones_do(scale, siting) -> None:
    """4:4:4, and the rows of 4:2:2: one chroma sample on each pixel."""
    assert np.allclose(line_matrix(7, scale, 0.0, 1), line_matrix(7, scale, 0.5, 2))


@SHIPPED
def test_a_siting_shifted_by_half_a_luma_sample_is_seen(scale, siting, monkeypatch) -> None:
    """The mutant."""
    other = {"left": "centre", "centre": "left"}[siting]
    right = chroma.interpolator
    monkeypatch.setattr(chroma, "interpolator", lambda scale, _: right(scale, other))
    with pytest.raises(AssertionError):
        check_positions(scale, siting)


@SHIPPED
@pytest.mark.parametrize("axes", [(0,), (1,), (0, 1)])
def test_taps_shifted_by_one_are_seen(scale, siting, axes, monkeypatch) -> None:
    shifted = [np.roll(taps(scale, siting), 1, axes)]
    monkeypatch.setattr(chroma, "taps", lambda *_: shifted[0])
    wrong = interpolator.__wrapped__(scale, siting)
    monkeypatch.setattr(chroma, "interpolator", lambda *_: wrong)
    with pytest.raises(AssertionError):
        check_positions(scale, siting)


@EVERY
def test_the_taps_of_every_phase_sum_to_a_power_of_two(scale, siting) -> None:
    weight = taps(scale, siting)
    sums = {int(weight[py::scale, px::scale].sum()) for py in range(scale) for px in range(scale)}
    assert sums == {2**14}


@SHIPPED
def test_a_flat_plane_stays_flat_to_its_edges(scale, siting) -> None:
    for value in range(256):
        assert (enlarge_plane(np.full((2, 3), value, np.uint8), scale, siting) == value).all()


def test_taps_of_twice_the_size_are_the_known_ones_exactly() -> None:
    """Keys' cubic at 1/4, 3/4, 5/4 and 7/4, times 128."""
    line = np.array([-3, -9, 29, 111, 111, 29, -9, -3])
    assert np.array_equal(taps(2, "centre"), np.outer(line, line))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_inside_a_centred_plane_it_is_matlabs_bicubic(scale) -> None:
    plane, inside = noise(20, 23), slice(3 * scale, -3 * scale)
    error = np.abs(enlarge_plane(plane, scale, "centre") - np.clip(resize(plane, 20 * scale, 23 * scale), 0, 255))
    assert error[inside, inside].max() <= 0.5 + TAP_ERROR


def test_positions_are_those_of_the_equation() -> None:
    assert [position(i, 3, "centre") for i in range(3)] == [Fraction(-1, 3), 0, Fraction(1, 3)]
    assert [position(i, 4, "left") for i in range(2)] == [Fraction(-3, 16), Fraction(1, 16)]


@SHIPPED
def test_the_scalar_oracle_outputs_the_same_integers(scale, siting) -> None:
    plane = noise(5, 6)
    executed = enlarge_plane(plane, scale, siting, lambda network, frame: oracle.trace(network, frame)["interpolation"][0])
    assert np.array_equal(executed, enlarge_plane(plane, scale, siting))


def by_equations(plane: np.ndarray, scale: int, siting: str) -> np.ndarray:
    """Equations 5 and 6 by other code: the sums over 2^14 are exact in float64, and rint takes ties to even."""
    weight, repeated = taps(scale, siting), np.pad(plane, 2, mode="edge").astype(np.int64)
    rows, columns = (size * scale for size in repeated.shape)
    sums = np.zeros((rows + len(weight), columns + len(weight)), np.int64)
    for ky, kx in product(range(len(weight)), repeat=2):
        sums[ky : ky + rows : scale, kx : kx + columns : scale] += weight[ky, kx] * repeated
    first, past = len(weight) // 2 - 1 + 2 * scale, len(weight) // 2 + 1 + 2 * scale
    return np.clip(np.rint(sums[first:-past, first:-past] / 2**14), 0, 255)


def check_rounding(scale: int, siting: str) -> None:
    plane = noise(200, 200)
    assert np.array_equal(enlarge_plane(plane, scale, siting), by_equations(plane, scale, siting))


@SHIPPED
def test_samples_are_the_sums_rounded_once_ties_to_even(scale, siting) -> None:
    check_rounding(scale, siting)


@pytest.mark.parametrize("bias", [-1, 1], ids=["one less", "one more"])
@SHIPPED
def test_a_rounding_constant_off_by_one_is_seen(scale, siting, bias, monkeypatch) -> None:
    layer = replace(interpolator(scale, siting).layers[0], bias=np.array([bias]), accumulator=PROVED)
    monkeypatch.setattr(chroma, "interpolator", lambda *_: IntNetwork((layer,)))
    with pytest.raises(AssertionError):
        check_rounding(scale, siting)


@SHIPPED
def test_ties_up_are_seen(scale, siting) -> None:
    def execute(network, frame):
        return model.trace(network, frame, exact="int64", requantize={"interpolation": ties_up})["interpolation"][0]

    plane = noise(200, 200)
    assert not np.array_equal(enlarge_plane(plane, scale, siting, execute), by_equations(plane, scale, siting))


@pytest.mark.parametrize(("scale", "siting"), [(1, "left"), (7, "left"), (2, "top")])
def test_another_interpolator_is_refused(scale, siting) -> None:
    message = f"^chroma interpolator of scale {scale}, siting '{siting}'; allowed 2..6, centre or left$"
    with pytest.raises(VideoError, match=message):
        interpolator(scale, siting)
