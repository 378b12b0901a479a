"""Stripes are the whole picture, whatever the format; a row too few around them is seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import golden
from golden import IntNetwork
from golden.phases import reach
from golden.video import Picture, VideoFormat, enlarge_stripes, run, stripes
from tests.golden.video.pictures import FORMATS, picture
from tests.strategies import build_network, fsrcnn, networks, noise

NETWORKS = {scale: build_network(scale, scale, (4, 3), (3, 5, 9)) for scale in (2, 3, 4)}


def joined(network: IntNetwork, small: Picture, rows: int, around: int) -> list[np.ndarray]:
    """The planes that stripes of so many rows make."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stripes, "ROWS", rows)
        found = list(enlarge_stripes(small, network.scale, lambda luma: golden.run(network, luma), around))
    assert len(found) == -(-len(small.planes[0]) // rows)
    return [np.concatenate(planes) for planes in zip(*(stripe.planes for stripe in found), strict=True)]


@pytest.mark.parametrize("scale", NETWORKS)
@pytest.mark.parametrize("by", FORMATS, ids=str)
def test_the_stripes_of_a_picture_are_the_whole_one(by, scale) -> None:
    network, small = NETWORKS[scale], picture(by, 22, 6)
    expected = run(network, small).planes
    for rows in (2, 6, 22, 256):
        assert all(np.array_equal(a, b) for a, b in zip(joined(network, small, rows, reach(network)), expected, strict=True))


@given(networks(), st.integers(1, 12), st.integers(1, 5))
def test_reach_is_enough_for_any_network(network, height, rows) -> None:
    small = Picture(VideoFormat("4:0:0"), (noise(height, 5),))
    (luma,) = joined(network, small, rows, reach(network))
    assert np.array_equal(luma, golden.run(network, small.planes[0]))


def test_a_row_too_few_around_a_stripe_is_seen() -> None:
    """The mutant."""
    network, small = NETWORKS[2], Picture(VideoFormat("4:0:0"), (noise(24, 30),))
    assert reach(network) == 1 + 2 + 2
    expected = golden.run(network, small.planes[0])
    assert np.array_equal(joined(network, small, 8, reach(network))[0], expected)
    assert not np.array_equal(joined(network, small, 8, reach(network) - 1)[0], expected)


def test_the_reach_of_the_network_of_the_paper() -> None:
    assert [reach(fsrcnn(scale=scale)) for scale in (2, 3, 4)] == [2 + 4 + 2, 2 + 4 + 2, 2 + 4 + 1]
