"""docs/colour.md is the model: its equations are cited, its coefficients and values are read and hold."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from golden.video import Picture, VideoFormat, chroma, interpolator, matrix, to_rgb, to_ycbcr
from golden.video.chroma import position, taps
from tests.golden.video.pictures import MATRICES

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "colour.md").read_text()
NUMBERS = r"(-?\d+(?:, -?\d+)*)"
NAMES = {f"{name}, {range_}": (name, range_) for name, range_ in MATRICES}


def rows(pattern: str) -> list[tuple[str, ...]]:
    return re.findall(rf"^\| {pattern} \|$", PAGE, flags=re.MULTILINE)


def integers(text: str) -> list[int]:
    return [int(number) for number in text.split(", ")]


COEFFICIENTS = rows(rf"([\w.]+, \w+) \| ([FB]) \| {NUMBERS} \| {NUMBERS} \| {NUMBERS}")
VALUES = rows(rf"([\w.]+, \w+) \| {NUMBERS} \| {NUMBERS} \| {NUMBERS}")


def check_values() -> None:
    for named, *texts in VALUES:
        by, (rgb, ycbcr, back) = NAMES[named], map(integers, texts)
        converted = to_ycbcr(Picture(VideoFormat("RGB", *by), tuple(np.array([[v]], np.uint8) for v in rgb)))
        assert [int(plane[0, 0]) for plane in converted.planes] == ycbcr
        assert [int(plane[0, 0]) for plane in to_rgb(converted).planes] == back


def test_every_citation_names_an_equation_of_the_page() -> None:
    there = {int(number) for number in re.findall(r"^    \((\d+)\)  ", PAGE, flags=re.MULTILINE)}
    texts = [path.read_text() for path in (ROOT / "golden" / "video").glob("*.py")]
    cited = {
        int(n)
        for text in texts
        for run in re.findall(r"docs/colour\.md, eq\. ([\d, to and]+)", text)
        for n in re.findall(r"\d+", run)
    }
    assert there == set(range(1, 8))
    assert cited == there


def test_the_coefficients_are_the_pages() -> None:
    tables = {(named, which): [integers(row) for row in texts] for named, which, *texts in COEFFICIENTS}
    assert len(tables) == len(COEFFICIENTS) == 2 * len(MATRICES)
    for named, by in NAMES.items():
        assert tables[named, "F"] == matrix.rgb_to_ycbcr(*by).tolist()
        assert tables[named, "B"] == matrix.ycbcr_to_rgb(*by).tolist()


def test_the_values_are_the_pages() -> None:
    assert {named for named, *_ in VALUES} == set(NAMES)
    assert len(VALUES) >= 8 * len(NAMES)
    check_values()


def test_the_values_tell_ties_up_from_ties_to_even(monkeypatch) -> None:
    monkeypatch.setattr(matrix, "_round_shift", lambda value, shift: (value + (1 << (shift - 1))) >> shift)
    with pytest.raises(AssertionError):
        check_values()


def test_the_values_tell_cb_from_cr(monkeypatch) -> None:
    right = matrix.rgb_to_ycbcr
    monkeypatch.setattr(matrix, "rgb_to_ycbcr", lambda *by: right(*by)[[0, 2, 1]])
    with pytest.raises(AssertionError):
        check_values()


def test_the_phases_are_the_pages() -> None:
    found = rows(r"(\d) \| ([-/\d, ]+) \| ([-/\d, ]+)")
    assert [int(scale) for scale, *_ in found] == [2, 3, 4]
    for scale, *texts in found:
        for siting, text in zip(("centre", "left"), texts, strict=True):
            fractions = [Fraction(part) for part in text.split(", ")]
            assert fractions == [position(index, int(scale), siting) for index in range(int(scale))]


def test_the_sizes_of_the_taps_are_the_pages() -> None:
    found = rows(r"(\d) \| (\d+) \| (\d+), (\d+) \| [^|]+")
    assert [int(scale) for scale, *_ in found] == [2, 3, 4]
    for scale, kernel, *counts in (map(int, row) for row in found):
        assert interpolator(scale).layers[0].kernel == kernel
        assert [int(np.count_nonzero(taps(scale, siting))) for siting in ("centre", "left")] == counts
        assert interpolator(scale, "left").layers[0].accumulator.bits == interpolator(scale).layers[0].accumulator.bits == 24
    assert chroma.SCALES == (2, 3, 4, 5, 6)
