"""The image-space residual: its proved interval is reached, refusals say what is allowed, it is hashed and saved, mutants die."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import golden
from golden import IntNetwork, IntType, NetworkError, compare, model, mutants, ranges
from golden.residual import PIXEL, Residual, centered
from golden.spec import PROVED
from tests.golden.accumulators import accumulators
from tests.strategies import build_network, noise, seeds

NETWORK = build_network(11, 2, (4, 3), (5, 3, 9), residual=3)
INT8 = IntType(8, signed=True)
ONES = np.ones((9, 9), dtype=np.int64)


def without_residual(network: IntNetwork) -> IntNetwork:
    return IntNetwork((*network.layers[:-1], dataclasses.replace(network.layers[-1], residual=None, accumulator=PROVED)))


@given(seeds, st.integers(2, 4), st.integers(-5, 5), st.booleans())
def test_both_ends_of_the_proved_interval_are_reached_with_the_pixels_in_it(seed, scale, alignment, highest):
    """Each input and pixel at the extreme that its own tap asks for, phase by phase, in the middle of a frame."""
    layer = build_network(seed, scale, (2,), (1, 9), residual=alignment).layers[-1]
    ends = ranges.accumulator_interval(layer)[int(highest)]
    middle, side = 4, 9
    for phase in range(scale**2):
        row, column = (middle * scale + offset for offset in divmod(phase, scale))
        x, pixel = np.zeros((2, side, side), dtype=np.int64), np.full((side, side), 128)
        for ky, kx in np.ndindex(9, 9):
            y, z = row + layer.padding - ky, column + layer.padding - kx
            if y % scale == z % scale == 0:
                at = (y // scale, z // scale)
                x[:, *at] = [extreme(w, layer.input, highest) for w in layer.weight[0, :, ky, kx]]
                pixel[at] = 128 + extreme(layer.residual.weight[ky, kx], PIXEL, highest)
        assert accumulators(layer, x, pixel)[0, row, column] == ends[phase, 0]


def extreme(weight: int, int_type: IntType, highest: bool) -> int:
    return int_type.max if (weight > 0) == highest else int_type.min


def test_luma_is_centred_so_that_the_halo_is_mid_gray():
    assert centered([0, 128, 255]).tolist() == [-128, 0, 127]
    gray, network = np.full((5, 7), 128, dtype=np.uint8), changed(alignment=0)
    assert np.array_equal(golden.run(network, gray), golden.run(without_residual(network), gray))
    assert not np.array_equal(golden.run(network, noise(5, 7)), golden.run(without_residual(network), noise(5, 7)))


@pytest.mark.parametrize("alignment", [-4, 0, 5])
def test_stripes_and_whole_frames_say_the_same(alignment, monkeypatch):
    network, frame = build_network(7, 3, (3, 2), (3, 5, 9), residual=alignment), noise(70, 5)
    whole = model.run(network, frame, exact="int64")
    monkeypatch.setattr(model, "STRIPE_PIXELS", 40)
    assert np.array_equal(whole, model.run(network, frame))


def test_every_planted_fault_is_caught_where_it_was_planted():
    caught = compare.catch_mutants(NETWORK, {"noise": noise(40, 30)})
    found = {mutant.fault: first for mutant, first in caught if "residual" in mutant.fault}
    assert set(found) == {
        "residual weight off by one",
        "residual aligned one bit off",
        "residual of luma, not luma - 128",
        "no residual",
    }
    assert all(first is not None for first in found.values())


def test_a_network_without_one_has_no_such_mutants():
    assert not any("residual" in mutant.fault for mutant in mutants.mutants(without_residual(NETWORK)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight": ONES[:8]}, r"allowed integers of shape \(K, K\)"),
        ({"weight": ONES * 0.5}, r"allowed integers of shape \(K, K\)"),
        ({"weight": ONES * 128}, r"outside narrow int8 \[-127, 127\]"),
        ({"weight_type": IntType(8, signed=False)}, "allowed signed, 2..16 bits"),
        ({"weight_type": IntType(17, signed=True)}, "allowed signed, 2..16 bits"),
        ({"alignment": 25}, "allowed -24..24"),
        ({"alignment": 1.0}, "allowed -24..24"),
    ],
)
def test_what_is_no_residual_is_refused(changes, message):
    with pytest.raises(NetworkError, match=message):
        Residual(**({"weight": ONES, "weight_type": INT8} | changes))


def test_only_a_transposed_convolution_of_its_kernel_takes_one():
    first, *_, last = NETWORK.layers
    with pytest.raises(NetworkError, match="allowed in a transposed convolution to one channel"):
        dataclasses.replace(first, residual=Residual(ONES[:5, :5], INT8), accumulator=PROVED)
    with pytest.raises(NetworkError, match=r"allowed in a transposed convolution to one channel, of its kernel's size \(9, 9\)"):
        dataclasses.replace(last, residual=Residual(ONES[:7, :7], INT8), accumulator=PROVED)


def test_it_is_counted_hashed_and_saved(tmp_path):
    plain = without_residual(NETWORK)
    assert NETWORK.num_weights == plain.num_weights + 81
    assert [" with residual," in str(network) for network in (NETWORK, plain)] == [True, False]
    again = changed(alignment=NETWORK.layers[-1].residual.alignment + 1)
    other = changed(weight=NETWORK.layers[-1].residual.weight[::-1])
    assert len({plain.hash, NETWORK.hash, again.hash, other.hash}) == 4
    golden.save(NETWORK, tmp_path / "network.npz")
    assert golden.load(tmp_path / "network.npz") == NETWORK
    assert ["residual" in json.dumps(network.structure()) for network in (NETWORK, plain)] == [True, False]


def changed(**parts) -> IntNetwork:
    last = NETWORK.layers[-1]
    residual = dataclasses.replace(last.residual, **parts)
    return IntNetwork((*NETWORK.layers[:-1], dataclasses.replace(last, residual=residual, accumulator=PROVED)))
