"""Image files: what is read, what is refused, and that a refusal names the file."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from golden.pictures.embedded import EMBEDDED, embedded_images
from golden.pictures.images import ImageError, find_images, read_image
from golden.pictures.quality import psnr
from tests.qat import tiny

COLOUR = tiny.photograph(0, 20, 30)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".bmp", ".tif"])
def test_a_colour_file_is_read_as_rgb(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    Image.fromarray(COLOUR).save(path, **({"lossless": True} if suffix == ".webp" else {}))
    assert np.array_equal(read_image(path), COLOUR)


def test_a_jpeg_is_read_as_rgb_within_its_loss(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(COLOUR).save(path, quality=95, subsampling=0)
    assert psnr(COLOUR, read_image(path)) > 30


def test_a_gray_file_stays_gray(tmp_path):
    gray = COLOUR[..., 0]
    Image.fromarray(gray).save(tmp_path / "a.png")
    assert np.array_equal(read_image(tmp_path / "a.png"), gray)


def test_an_alpha_channel_is_dropped(tmp_path):
    alpha = np.full((20, 30, 1), 7, np.uint8)
    Image.fromarray(np.concatenate([COLOUR, alpha], axis=2)).save(tmp_path / "rgba.png")
    Image.fromarray(np.concatenate([COLOUR[..., :1], alpha], axis=2)).save(tmp_path / "la.png")
    assert np.array_equal(read_image(tmp_path / "rgba.png"), COLOUR)
    assert np.array_equal(read_image(tmp_path / "la.png"), COLOUR[..., 0])


def test_a_palette_is_read_as_the_colours_it_stands_for(tmp_path):
    palette = Image.fromarray(COLOUR).quantize(16)
    palette.save(tmp_path / "a.png")
    assert np.array_equal(read_image(tmp_path / "a.png"), np.asarray(palette.convert("RGB")))


@pytest.mark.parametrize(("dtype", "suffix"), [(np.uint16, ".png"), (np.int32, ".tif"), (np.float32, ".tif")])
def test_a_gray_file_of_more_than_8_bits_is_refused(tmp_path, dtype, suffix):
    path = tmp_path / f"deep{suffix}"
    Image.fromarray((np.arange(64).reshape(8, 8) * 900).astype(dtype)).save(path)
    with pytest.raises(ImageError, match=rf"deep\{suffix}: .* of more than 8 bits; allowed 8-bit gray or colour"):
        read_image(path)


def test_a_colour_file_of_16_bits_is_refused(tmp_path):
    """Pillow writes none, so its header is made by hand: 4x4 RGB, 16 bits a channel."""
    import struct
    import zlib

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 16, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress((b"\0" + bytes(24)) * 4))
    path = tmp_path / "deep.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b""))
    with pytest.raises(ImageError, match=r"deep\.png: RGB image of more than 8 bits"):
        read_image(path)


@pytest.mark.filterwarnings("ignore:(Corrupt EXIF|Truncated File):UserWarning:PIL")
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".tif"])
def test_a_truncated_file_is_named_and_refused(tmp_path, suffix):
    path = tmp_path / f"broken{suffix}"
    Image.fromarray(COLOUR).save(path)
    whole = path.read_bytes()
    for length in (0, 1, 10, len(whole) // 2, len(whole) * 3 // 4):
        path.write_bytes(whole[:length])
        with pytest.raises(ImageError, match=rf"broken\{suffix}: broken or not an image"):
            read_image(path)


def test_a_file_of_another_kind_is_named_and_refused(tmp_path):
    path = tmp_path / "text.png"
    path.write_text("no picture")
    with pytest.raises(ImageError, match=r"text\.png: broken or not an image"):
        read_image(path)


def test_folders_are_searched_with_all_below_them_in_sorted_order(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("b/2.png", "b/1.JPG", "a.webp", "notes.txt"):
        (tmp_path / name).touch()
    assert [str(path.relative_to(tmp_path)) for path in find_images([tmp_path])] == ["a.webp", "b/1.JPG", "b/2.png"]


def test_an_empty_folder_is_named_and_refused(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(ImageError, match=rf"{tmp_path}: no image in this folder; allowed \.png, "):
        find_images([tmp_path])


def test_a_missing_path_is_named_and_refused(tmp_path):
    with pytest.raises(ImageError, match=r"nowhere: no such file or folder"):
        find_images([tmp_path / "nowhere"])


def test_the_embedded_photographs_are_there_and_readable():
    paths = embedded_images()
    assert [path.name for path in paths] == list(EMBEDDED)
    assert min(min(read_image(path).shape[:2]) for path in paths[:4]) >= 64


def test_psnr_is_the_formula_and_infinite_for_equal_images():
    assert psnr(np.zeros((2, 2)), np.array([[0, 0], [0, 10]])) == pytest.approx(10 * np.log10(255**2 / 25))
    assert psnr(COLOUR, COLOUR) == float("inf")


def test_psnr_of_bytes_does_not_wrap():
    assert psnr(np.zeros((1, 1), np.uint8), np.full((1, 1), 255, np.uint8)) == 0
