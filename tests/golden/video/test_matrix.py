"""The colour matrices: the standards' in real numbers, one rounding, round trips of every RGB value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from golden.pictures.bicubic import to_uint8
from golden.pictures.luma import luma
from golden.video import Picture, VideoError, VideoFormat, matrix, to_rgb, to_ycbcr
from tests.golden.video.pictures import MATRICES, picture

PAGE = Path(__file__).parents[3] / "docs" / "colour.md"
EVERY = pytest.mark.parametrize(("name", "range_"), MATRICES)
WORST_ROUND_TRIP = {"studio": [1, 1, 2], "full": [1, 1, 1]}
COEFFICIENT_ERROR = 0.009
"""Gray levels that rounding the coefficients to 2^-14 costs at most, beside the half of rounding the sample."""
COARSE = np.array([*range(0, 256, 6), 255], dtype=np.uint8)


def standard(name: str, range_: str) -> tuple[np.ndarray, np.ndarray]:
    """The matrix in real numbers and what is added: Y = Kr R + Kg G + Kb B, Cb = (B - Y) / 2(1 - Kb), Cr = (R - Y) / 2(1 - Kr)."""
    red, blue = {"BT.601": (0.299, 0.114), "BT.709": (0.2126, 0.0722)}[name]
    y = np.array([red, 1 - red - blue, blue])
    chroma = [(np.array([0, 0, 1]) - y) / (2 - 2 * blue), (np.array([1, 0, 0]) - y) / (2 - 2 * red)]
    gains = (219 / 255, 224 / 255) if range_ == "studio" else (1, 1)
    return np.array([y * gains[0], *(c * gains[1] for c in chroma)]), np.array([16 if range_ == "studio" else 0, 128, 128])


def cubes(values: np.ndarray) -> Iterator[np.ndarray]:
    """(len(values), len(values), 3) arrays that have every triple of `values` between them."""
    for first in values:
        others = np.stack(np.meshgrid(values, values, indexing="ij"), axis=-1)
        yield np.concatenate([np.full((*others.shape[:2], 1), first, np.uint8), others], axis=-1)


def of(image: np.ndarray, sampling: str, name: str, range_: str) -> Picture:
    return Picture(VideoFormat(sampling, name, range_), Picture.of_rgb(image).planes)


def stacked(picture_: Picture) -> np.ndarray:
    return np.stack(picture_.planes, axis=-1)


def check_rounding(name: str, range_: str) -> None:
    """Equation 1 and 2 by other code: the sums over 2^14 are exact in float64, and rint takes ties to even."""
    offset = standard(name, range_)[1]
    forward, backward = (table(name, range_) / 2**14 for table in (matrix.rgb_to_ycbcr, matrix.ycbcr_to_rgb))
    for image in cubes(COARSE):
        expected = np.clip(np.rint(image @ forward.T) + offset, 0, 255)
        assert np.array_equal(stacked(to_ycbcr(of(image, "RGB", name, range_))), expected)
        expected = np.clip(np.rint((image - offset) @ backward.T), 0, 255)
        assert np.array_equal(stacked(to_rgb(of(image, "4:4:4", name, range_))), expected)


@EVERY
def test_samples_are_the_sums_rounded_once_ties_to_even(name, range_) -> None:
    check_rounding(name, range_)


@pytest.mark.parametrize("constant", [-2, 0], ids=["one less", "one more"])
@EVERY
def test_a_rounding_constant_off_by_one_is_seen(name, range_, constant, monkeypatch) -> None:
    def wrong(value, shift):
        half = 1 << (shift - 1)
        return (value + half + constant + ((value >> shift) & 1)) >> shift

    monkeypatch.setattr(matrix, "_round_shift", wrong)
    with pytest.raises(AssertionError):
        check_rounding(name, range_)


@EVERY
def test_samples_are_the_standards_to_within_rounding(name, range_) -> None:
    by, offset = standard(name, range_)
    back = np.linalg.inv(by)
    for image in cubes(COARSE):
        expected = np.clip(image @ by.T + offset, 0, 255)
        assert np.abs(stacked(to_ycbcr(of(image, "RGB", name, range_))) - expected).max() <= 0.5 + COEFFICIENT_ERROR
        expected = np.clip((image - offset) @ back.T, 0, 255)
        assert np.abs(stacked(to_rgb(of(image, "4:4:4", name, range_))) - expected).max() <= 0.5 + COEFFICIENT_ERROR


def round_trip(name: str, range_: str, values: np.ndarray) -> tuple[list[int], int]:
    """The largest error of each component, and how many triples come back as they were."""
    worst, unchanged = np.zeros(3, np.int16), 0
    for image in cubes(values):
        error = np.abs(stacked(to_rgb(to_ycbcr(of(image, "RGB", name, range_)))).astype(np.int16) - image).reshape(-1, 3)
        worst, unchanged = np.maximum(worst, error.max(axis=0)), unchanged + int((error.max(axis=1) == 0).sum())
    return worst.tolist(), unchanged


@EVERY
def test_rgb_comes_back_to_within_the_stated_bound(name, range_) -> None:
    assert round_trip(name, range_, COARSE)[0] == WORST_ROUND_TRIP[range_]


@EVERY
def test_every_rgb_value_comes_back_as_the_page_has_it(name, range_) -> None:
    worst, unchanged = round_trip(name, range_, np.arange(256, dtype=np.uint8))
    assert worst == WORST_ROUND_TRIP[range_]
    assert f"| {name}, {range_} | {unchanged:,} | {', '.join(map(str, worst))} |" in PAGE.read_text()


@EVERY
def test_gray_has_no_colour_and_white_and_black_are_the_ranges_ends(name, range_) -> None:
    gray = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    converted = to_ycbcr(of(gray, "RGB", name, range_))
    assert {int(v) for plane in converted.planes[1:] for v in plane.ravel()} == {128}
    assert converted.planes[0][0, [0, 255]].tolist() == {"studio": [16, 235], "full": [0, 255]}[range_]
    red, green, blue = to_rgb(converted).planes
    assert red.tolist() == green.tolist() == blue.tolist()


def test_luma_of_grays_is_that_of_training_and_evaluation() -> None:
    gray = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    assert np.array_equal(to_ycbcr(of(gray, "RGB", "BT.601", "studio")).planes[0], to_uint8(luma(gray)))


def test_formats_are_kept_and_others_refused() -> None:
    small = picture(VideoFormat("RGB", "BT.709", "full"), 70, 3)
    assert to_ycbcr(small).format == VideoFormat("4:4:4", "BT.709", "full")
    assert to_rgb(to_ycbcr(small)).format == small.format
    for convert, sampling in ((to_ycbcr, "4:4:4"), (to_rgb, "RGB"), (to_rgb, "4:2:0")):
        with pytest.raises(VideoError, match=r"picture to [^\n]*; allowed"):
            convert(picture(VideoFormat(sampling), 4, 4))
