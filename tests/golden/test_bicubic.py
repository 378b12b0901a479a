"""MATLAB's bicubic: properties, a slow scalar imresize, and the published PSNR of Set5."""

import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from golden.pictures.bicubic import crop_to_multiple, resize, shrink, to_uint8
from golden.pictures.luma import luma
from tests.strategies import noise, seeds

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("SR_DATA", ROOT.parent / "shared" / "data"))
sizes = st.integers(1, 13)


def cubic(x: float) -> float:
    """Keys' kernel with a = -0.5, as MATLAB writes it."""
    x = abs(x)
    if x <= 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x <= 2 else 0.0


def imresize_line(line: list[float], size: int) -> list[float]:
    """MATLAB's imresize of one line, in its own 1-based coordinates: u = x / scale + (1 - 1 / scale) / 2."""
    scale, count = size / len(line), len(line)
    shrinking = min(scale, 1.0)
    width = 4 / shrinking
    result = []
    for x in range(1, size + 1):
        u = x / scale + 0.5 * (1 - 1 / scale)
        left = math.floor(u - width / 2)
        taps = range(left, left + math.ceil(width) + 2)
        weights = [shrinking * cubic(shrinking * (u - tap)) for tap in taps]
        mirrored = [*line, *reversed(line)]
        values = [mirrored[(tap - 1) % (2 * count)] for tap in taps]
        result.append(sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights))
    return result


def imresize(image: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    by_rows = np.array([imresize_line(column, height) for column in image.T.tolist()]).T
    return np.array([imresize_line(row, width) for row in by_rows.tolist()])


@given(sizes, sizes, sizes, sizes, seeds)
def test_resize_equals_a_scalar_imresize(rows: int, columns: int, height: int, width: int, seed: int) -> None:
    image = noise(rows, columns, seed)
    assert np.abs(resize(image, height, width) - imresize(image.astype(float), height, width)).max() < 1e-9


def test_another_kernel_or_no_antialiasing_differs_from_the_scalar_imresize(monkeypatch: pytest.MonkeyPatch) -> None:
    from golden.pictures import bicubic

    image = noise(12, 12)
    expected = imresize(image.astype(float), 6, 6)
    assert np.abs(image[::2, ::2] - expected).max() > 1
    monkeypatch.setattr(bicubic, "_cubic", lambda t: np.maximum(0, 1 - np.abs(t)))
    assert np.abs(resize(image, 6, 6) - expected).max() > 1


def test_the_weights_of_twice_the_size_are_the_known_ones() -> None:
    """Keys' cubic at 1/4, 3/4, 5/4 and 7/4 of a pixel, times 128: 111, 29, -9, -3."""
    impulse = np.zeros((1, 9))
    impulse[0, 4] = 128
    assert resize(impulse, 1, 18)[0, 5:13].tolist() == [-3, -9, 29, 111, 111, 29, -9, -3]


def test_half_the_size_averages_over_the_widened_kernel() -> None:
    """Antialiasing: 8 taps, half the weights of the enlarging kernel; without it only 4 would be left."""
    impulse = np.zeros((1, 16))
    impulse[0, 7] = 256
    assert shrink(np.vstack([impulse, impulse]), 2)[0].tolist() == [0, 0, -9, 111, 29, -3, 0, 0]


@given(sizes, sizes, sizes, sizes, st.integers(0, 255))
def test_a_constant_image_stays_constant(rows: int, columns: int, height: int, width: int, value: int) -> None:
    resized = resize(np.full((rows, columns), value, dtype=np.uint8), height, width)
    assert resized.shape == (height, width)
    assert resized.dtype == np.float64
    assert np.abs(resized - value).max() < 1e-10 * 255


@given(sizes, st.integers(2, 4), seeds)
def test_borders_are_mirrored(count: int, scale: int, seed: int) -> None:
    """The image beside its mirror image is resized to the result beside its mirror image."""
    line = noise(1, count, seed)
    twice = np.hstack([line, line[:, ::-1]])
    once = resize(line, 1, count * scale)
    assert np.abs(resize(twice, 1, 2 * count * scale) - np.hstack([once, once[:, ::-1]])).max() < 1e-9


@given(sizes, sizes, sizes, sizes, seeds)
def test_rows_and_columns_are_treated_alike(rows: int, columns: int, height: int, width: int, seed: int) -> None:
    image = noise(rows, columns, seed)
    assert np.abs(resize(image, height, width) - resize(image.T, width, height).T).max() < 1e-9


def test_resize_to_the_same_size_changes_nothing() -> None:
    image = noise(5, 7)
    assert (resize(image, 5, 7) == image).all()


@pytest.mark.parametrize(("shape", "size"), [((0, 3), (1, 1)), ((3, 0), (1, 1)), ((3, 3), (0, 1)), ((3, 3), (1, -1))])
def test_an_empty_image_is_refused(shape: tuple[int, int], size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"^cannot resize \(.*\) to \(.*\); allowed at least 1x1$"):
        resize(np.zeros(shape), *size)


def test_shrink_refuses_a_size_that_is_no_multiple_and_crop_makes_one() -> None:
    image = noise(7, 8)
    with pytest.raises(ValueError, match="image of 8x7 is not a multiple of 3"):
        shrink(image, 3)
    cropped = crop_to_multiple(image, 3)
    assert cropped.tolist() == image[:6, :6].tolist()
    assert shrink(cropped, 3).shape == (2, 2)
    assert crop_to_multiple(image, 1).tolist() == image.tolist()


def test_to_uint8_rounds_half_up_unlike_numpy() -> None:
    values = np.array([0.5, 1.5, 2.5, 2.4999, 254.5, 255.6, -0.6])
    assert to_uint8(values).tolist() == [1, 2, 3, 2, 255, 255, 0]
    assert np.rint(values).tolist()[:3] == [0, 2, 2]


def psnr(reference: NDArray[np.uint8], image: NDArray[np.uint8], border: int) -> float:
    inside = (slice(border, -border), slice(border, -border))
    return 10 * math.log10(255**2 / np.mean((reference[inside] - image[inside].astype(float)) ** 2))


def set5_psnr(scale: int, make_low: str) -> float:
    from PIL import Image

    values = []
    for path in sorted((DATA / "bench" / "Set5").glob("*.png")):
        with Image.open(path) as file:
            high = crop_to_multiple(to_uint8(luma(np.asarray(file.convert("RGB")))), scale)
        low = shrink(high, scale) if make_low == "antialiased" else high[::scale, ::scale]
        values.append(psnr(high, to_uint8(resize(low, *high.shape)), scale))
    assert len(values) == 5
    return sum(values) / 5


@pytest.mark.images
@pytest.mark.skipif(not (DATA / "bench" / "Set5").is_dir(), reason=f"no image folder {DATA}/bench/Set5; SR_DATA names it")
@pytest.mark.parametrize(("scale", "published"), [(2, 33.66), (3, 30.39), (4, 28.42)])
def test_set5_psnr_is_the_published_one(scale: int, published: float) -> None:
    assert round(set5_psnr(scale, "antialiased"), 2) == published
    assert set5_psnr(scale, "subsampled") < published - 1
