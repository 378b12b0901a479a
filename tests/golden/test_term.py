"""A second term, over the LR pixel: its proved interval is reached, it is refused, hashed and saved, mutants die."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import golden
from golden import IntNetwork, IntType, NetworkError, accumulator, compare, model
from golden.judge import mutants
from golden.spec import MAX_TERM_SHIFT, PROVED, Term
from tests.golden.accumulators import accumulators
from tests.strategies import build_network, noise, pixels_term, seeds

NETWORK = build_network(11, 2, (4, 3), (5, 3, 9), residual=3)
INT8 = IntType(8, signed=True)
ONES = np.ones((9, 9), dtype=np.int64)


def without_luma(network: IntNetwork) -> IntNetwork:
    last = network.layers[-1]
    return IntNetwork(
        (*network.layers[:-1], dataclasses.replace(last, terms=(dataclasses.replace(last.terms[0], shift=0),), accumulator=PROVED))
    )


@given(seeds, st.integers(2, 4), st.integers(-5, 5), st.booleans())
def test_both_ends_of_the_proved_interval_are_reached_with_the_pixels_in_it(seed, scale, alignment, highest):
    """Each input and pixel at the extreme that its own tap asks for, phase by phase, in the middle of a frame."""
    layer = build_network(seed, scale, (2,), (1, 9), residual=alignment).layers[-1]
    ends = accumulator.interval(layer)[int(highest)]
    middle, side = 4, 9
    for phase in range(scale**2):
        row, column = (middle * scale + offset for offset in divmod(phase, scale))
        x, pixel = np.zeros((2, side, side), dtype=np.int64), np.full((side, side), 128)
        for ky, kx in np.ndindex(9, 9):
            y, z = row + layer.padding - ky, column + layer.padding - kx
            if y % scale == z % scale == 0:
                at = (y // scale, z // scale)
                x[:, *at] = [extreme(w, layer.input, highest) for w in layer.weight[0, :, ky, kx]]
                pixel[at] = 128 + extreme(layer.luma.weight[0, 0, ky, kx], INT8, highest)
        assert accumulators(layer, x, pixel)[0, row, column] == ends[phase, 0]


def extreme(weight: int, int_type: IntType, highest: bool) -> int:
    return int_type.max if (weight > 0) == highest else int_type.min


def test_luma_is_centred_so_that_the_halo_is_mid_gray():
    gray = np.full((5, 7), 128, dtype=np.uint8)
    network = build_network(11, 2, (4, 3), (5, 3, 9), residual=0)
    assert np.array_equal(golden.run(network, gray), golden.run(without_luma(network), gray))
    assert not np.array_equal(golden.run(network, noise(5, 7)), golden.run(without_luma(network), noise(5, 7)))


@pytest.mark.parametrize("alignment", [-4, 0, 5])
def test_stripes_and_whole_frames_give_the_same(alignment, monkeypatch):
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
    assert not any("residual" in mutant.fault for mutant in mutants.mutants(without_luma(NETWORK)))


LUMA_WEIGHT = np.ones((1, 1, 9, 9), dtype=np.int64)
ONE_TERM = r"allowed \(1, 1, K, K\) in a transposed convolution to one channel, of its kernel's size \(9, 9\)"
REFUSED_TERMS = {
    "not square": ({"weight": LUMA_WEIGHT[:, :, :8]}, r"weight of shape \(1, 1, 8, 9\); allowed"),
    "real": ({"weight": LUMA_WEIGHT * 0.5}, "weight has dtype float64; allowed integers only"),
    "beyond its type": ({"weight": LUMA_WEIGHT * 128}, r"weight 128 outside narrow int8 \[-127, 127\]"),
    "unsigned weights": ({"weight_type": IntType(8, signed=False)}, "weight type uint8; allowed signed, 2..16 bits"),
    "17-bit weights": ({"weight_type": IntType(17, signed=True)}, "weight type int17; allowed signed, 2..16 bits"),
    "shift of 25": ({"shift": 25}, "term shift 25; allowed 0..24"),
    "negative shift": ({"shift": -1}, "term shift -1; allowed 0..24"),
    "shift of 1.0": ({"shift": 1.0}, r"term shift 1\.0; allowed 0..24"),
    "luma as it is": ({"offset": 0}, "term of source 'luma' and offset 0; allowed"),
    "another source": ({"source": "chroma"}, "term of source 'chroma'"),
    "two input channels": ({"weight": np.ones((1, 2, 9, 9), int)}, "reads pixels; allowed one input channel"),
    "two output channels": ({"weight": np.ones((2, 1, 9, 9), int)}, ONE_TERM),
    "another kernel": ({"weight": LUMA_WEIGHT[..., :7, :7]}, ONE_TERM),
    "both shifted": (
        {"shift": 2},
        "terms over previous, luma with shifts 3, 2; allowed one of each source",
    ),
    "the same source twice": ({"source": "previous", "offset": 0}, "terms over previous, previous"),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED_TERMS.values(), ids=REFUSED_TERMS)
def test_what_is_no_second_term_is_refused(changes, message):
    with pytest.raises(NetworkError, match=f"layer 'deconv': .*{message}"):
        changed(**({"weight": LUMA_WEIGHT, "shift": 0} | changes))


@pytest.mark.parametrize("terms", [(), ("weights",), (pixels_term(ONES),)])
def test_a_layer_without_a_term_over_its_input_is_refused(terms):
    with pytest.raises(NetworkError, match="allowed one Term over 'previous', then one over 'luma'"):
        dataclasses.replace(NETWORK.layers[-1], terms=terms, accumulator=PROVED)


def test_only_the_transposed_convolution_takes_a_second_term():
    first = NETWORK.layers[0]
    with pytest.raises(NetworkError, match="in a transposed convolution to one channel"):
        dataclasses.replace(first, terms=(*first.terms, pixels_term(ONES[:5, :5])), accumulator=PROVED)


def test_it_is_counted_hashed_and_saved(tmp_path):
    plain = without_luma(NETWORK)
    assert NETWORK.num_weights == plain.num_weights + 81
    assert [" with residual," in str(network) for network in (NETWORK, plain)] == [True, False]
    other = changed(weight=NETWORK.layers[-1].luma.weight[..., ::-1, :])
    hashes = {network.hash for network in (plain, NETWORK, other, *(shifted(*by) for by in ((0, 0), (4, 0), (0, 3))))}
    assert len(hashes) == 6
    for network in (NETWORK, shifted(0, MAX_TERM_SHIFT), shifted(MAX_TERM_SHIFT, 0)):
        golden.save(network, tmp_path / "network.npz")
        assert golden.load(tmp_path / "network.npz") == network
    assert ["residual" in json.dumps(network.structure()) for network in (NETWORK, plain)] == [True, False]


def changed(**parts) -> IntNetwork:
    """The network with another term over luma."""
    last = NETWORK.layers[-1]
    return with_terms(last.terms[0], dataclasses.replace(last.terms[1], **parts))


def shifted(own: int, added: int) -> IntNetwork:
    """The network with these shifts."""
    return with_terms(*(dataclasses.replace(t, shift=by) for t, by in zip(NETWORK.layers[-1].terms, (own, added), strict=True)))


def with_terms(*terms: Term) -> IntNetwork:
    """Multipliers of 1, so that the sums of every shift are legal."""
    one = np.ones(1, dtype=np.int64)
    of = {"positive_multiplier": one, "negative_multiplier": one}
    return IntNetwork((*NETWORK.layers[:-1], dataclasses.replace(NETWORK.layers[-1], terms=terms, accumulator=PROVED, **of)))
