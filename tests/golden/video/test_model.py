"""The whole picture: every component by its own network, RGB by way of 4:4:4; swapped components are seen."""

from __future__ import annotations

import numpy as np
import pytest

import golden
from golden.video import Picture, VideoError, VideoFormat, enlarge, interpolator, run, to_rgb, to_ycbcr
from golden.video import model as video_model
from golden.video.chroma import enlarge_plane
from tests.golden.video.pictures import FORMATS, SAMPLINGS, picture
from tests.strategies import build_network

NETWORKS = {scale: build_network(scale, scale, (4, 3), (3, 1, 9)) for scale in (2, 3, 4)}
YCBCR = [by for by in FORMATS if by.sampling != "RGB"]


def check_components(by: VideoFormat, scale: int) -> None:
    """Luma is the network's, Cb and Cr are the interpolator's, each from its own plane."""
    small, network = picture(by, 6, 10), NETWORKS[scale]
    large = run(network, small)
    assert large.format == by
    assert large.shape == (6 * scale, 10 * scale)
    siting = "left" if by.siting == "left" and by.sampling in ("4:2:0", "4:2:2") else "centre"
    expected = (golden.run(network, small.planes[0]), *(enlarge_plane(p, scale, siting) for p in small.planes[1:]))
    assert len(large.planes) == len(expected)
    assert all(np.array_equal(a, b) for a, b in zip(large.planes, expected, strict=True))


@pytest.mark.parametrize("scale", NETWORKS)
@pytest.mark.parametrize("by", YCBCR, ids=str)
def test_each_component_goes_its_way(by, scale) -> None:
    check_components(by, scale)


@pytest.mark.parametrize("matrix", ["BT.601", "BT.709"])
@pytest.mark.parametrize("range_", ["studio", "full"])
def test_rgb_goes_through_444(matrix, range_) -> None:
    small = picture(VideoFormat("RGB", matrix, range_), 5, 7)
    large = run(NETWORKS[2], small)
    assert large.format == small.format
    expected = to_rgb(run(NETWORKS[2], to_ycbcr(small)))
    assert all(np.array_equal(a, b) for a, b in zip(large.planes, expected.planes, strict=True))


def test_the_siting_of_a_picture_reaches_its_chroma() -> None:
    planes = picture(VideoFormat("4:2:0"), 6, 10).planes
    left, centre = (run(NETWORKS[2], Picture(VideoFormat("4:2:0", siting=siting), planes)) for siting in ("left", "centre"))
    assert np.array_equal(left.planes[0], centre.planes[0])
    assert not np.array_equal(left.planes[1], centre.planes[1])


def test_swapped_cb_and_cr_are_seen(monkeypatch) -> None:
    """The mutant."""
    right = video_model.Picture
    monkeypatch.setattr(video_model, "Picture", lambda by, planes: right(by, (planes[0], *planes[:0:-1])))
    with pytest.raises(AssertionError):
        check_components(VideoFormat("4:2:0"), 2)


def test_a_siting_that_is_lost_is_seen(monkeypatch) -> None:
    """The mutant."""
    monkeypatch.setattr(
        video_model, "enlarge_plane", lambda plane, scale, _, execute: enlarge_plane(plane, scale, "centre", execute)
    )
    check_components(VideoFormat("4:2:0", siting="centre"), 2)
    with pytest.raises(AssertionError):
        check_components(VideoFormat("4:2:0", siting="left"), 2)


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_an_executor_is_given_every_plane(sampling) -> None:
    seen = []

    def execute(network, frame):
        seen.append(network)
        return golden.run(network, frame)

    small = picture(VideoFormat(sampling), 4, 6)
    executed, expected = run(NETWORKS[3], small, execute=execute), run(NETWORKS[3], small)
    assert all(np.array_equal(a, b) for a, b in zip(executed.planes, expected.planes, strict=True))
    chroma = interpolator(3, small.format.chroma_siting)
    assert sorted(network.hash for network in seen) == sorted([NETWORKS[3].hash, *[chroma.hash] * (len(small.planes) - 1)])


def test_a_gray_picture_stays_gray_and_a_flat_one_flat() -> None:
    gray = Picture(VideoFormat("RGB"), (picture(VideoFormat("4:0:0"), 5, 6).planes[0],) * 3)
    red, green, blue = run(NETWORKS[2], gray).planes
    assert np.array_equal(red, green)
    assert np.array_equal(green, blue)
    flat = Picture(VideoFormat("4:2:0"), (np.full((4, 6), 90, np.uint8), *(np.full((2, 3), v, np.uint8) for v in (30, 201))))
    for plane, value in zip(run(NETWORKS[2], flat).planes[1:], (30, 201), strict=True):
        assert (plane == value).all()


def test_a_scale_without_an_interpolator_is_refused_where_there_is_chroma() -> None:
    with pytest.raises(VideoError, match="scale 7, siting 'left'; allowed 2..6"):
        enlarge(picture(VideoFormat("4:2:0"), 4, 6), 7, lambda luma: np.kron(luma, np.ones((7, 7), np.uint8)))
    assert enlarge(picture(VideoFormat("4:0:0"), 4, 6), 7, lambda luma: np.kron(luma, np.ones((7, 7), np.uint8))).shape == (28, 42)
