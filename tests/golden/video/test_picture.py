"""Formats and pictures: what is allowed, and one clear line for what is not."""

from __future__ import annotations

import numpy as np
import pytest

from golden.video import Picture, VideoError, VideoFormat
from tests.golden.video.pictures import FORMATS, picture
from tests.strategies import noise


def test_planes_have_the_sizes_of_their_sampling() -> None:
    sizes = {s: VideoFormat(s).plane_shapes(6, 10) for s in ("RGB", "4:4:4", "4:2:2", "4:2:0", "4:0:0")}
    assert sizes["RGB"] == sizes["4:4:4"] == ((6, 10),) * 3
    assert sizes["4:2:2"] == ((6, 10), (6, 5), (6, 5))
    assert sizes["4:2:0"] == ((6, 10), (3, 5), (3, 5))
    assert sizes["4:0:0"] == ((6, 10),)


@pytest.mark.parametrize(
    ("sampling", "size", "message"),
    [
        ("4:2:0", (4, 5), "4:2:0 picture of 5x4; allowed at least 1x1, even width and even height"),
        ("4:2:0", (5, 4), "4:2:0 picture of 4x5; allowed at least 1x1, even width and even height"),
        ("4:2:2", (5, 3), "4:2:2 picture of 3x5; allowed at least 1x1, even width"),
        ("4:4:4", (0, 3), "4:4:4 picture of 3x0; allowed at least 1x1"),
        ("4:0:0", (3, -1), "4:0:0 picture of -1x3; allowed at least 1x1"),
    ],
)
def test_a_size_that_the_sampling_has_not_is_refused(sampling, size, message) -> None:
    with pytest.raises(VideoError) as refused:
        VideoFormat(sampling).plane_shapes(*size)
    assert str(refused.value) == message


@pytest.mark.parametrize(("sampling", "size"), [("4:2:2", (5, 4)), ("4:4:4", (5, 3)), ("RGB", (1, 1)), ("4:0:0", (1, 7))])
def test_odd_sizes_are_allowed_where_no_chroma_is_shared(sampling, size) -> None:
    assert VideoFormat(sampling).plane_shapes(*size)[0] == size


@pytest.mark.parametrize(
    ("field", "value"), [("sampling", "4:1:1"), ("matrix", "BT.2020"), ("range", "limited"), ("siting", "top"), ("range", 3)]
)
def test_another_format_is_refused(field, value) -> None:
    with pytest.raises(VideoError, match=f"^video format: {field} {value!r}; allowed [^\n]*$"):
        VideoFormat(**{field: value})


def test_chroma_is_sited_left_only_where_two_columns_share_it() -> None:
    assert [VideoFormat(s).chroma_siting for s in ("4:2:0", "4:2:2", "4:4:4", "RGB", "4:0:0")] == ["left"] * 2 + ["centre"] * 3
    assert VideoFormat("4:2:0", siting="centre").chroma_siting == "centre"


Y, C = noise(4, 6), noise(2, 3)


@pytest.mark.parametrize(
    "planes",
    [(), (Y,), (Y, C), (Y, C, C, C), (Y, Y, Y), (Y, C, C[:1]), (Y, C, C.astype(np.int64)), (Y, C, C[0]), (Y[:3], C, C)],
)
def test_planes_that_do_not_fit_the_format_are_refused(planes) -> None:
    with pytest.raises(VideoError, match=r"^4:2:0 picture[^\n]*; allowed [^\n]*$"):
        Picture(VideoFormat("4:2:0"), planes)


@pytest.mark.parametrize("by", FORMATS, ids=str)
def test_a_picture_of_every_format_is_made(by) -> None:
    assert picture(by, 4, 6).shape == (4, 6)


def test_the_planes_of_an_array_are_its_components() -> None:
    image = noise(4, 15).reshape(4, 5, 3)
    assert np.array_equal(np.stack(Picture.of_rgb(image).planes, axis=-1), image)
    for shape in ((4, 5), (4, 5, 4)):
        with pytest.raises(VideoError, match=r"allowed \(rows, columns, 3\)"):
            Picture.of_rgb(np.zeros(shape, np.uint8))
