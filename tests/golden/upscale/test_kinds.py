"""Pictures of all kinds through the command: right, or one line; nothing but that line on standard error."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import golden
from golden import upscale
from golden.pictures import photograph
from golden.video.image import enlarge_images
from tests import strategies
from tests.golden.upscale import kinds

NETWORK = strategies.build_network(1, 3, (4, 3), (3, 1, 9))
RIGHT, REFUSED = kinds.right(), kinds.refused()


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    golden.save(NETWORK, tmp_path / "network.npz")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_there_are_forty_kinds_and_more() -> None:
    assert len(RIGHT) + len(REFUSED) >= 40


@pytest.mark.parametrize("name", RIGHT)
def test_a_picture_comes_out_right(folder, capfd, name) -> None:
    content, pixels, tolerance = RIGHT[name]
    Path("in.png").write_bytes(content)
    assert upscale.main(["in.png", "out.png", "--network", "network.npz"]) == 0
    rows, columns = pixels.shape[:2]
    assert capfd.readouterr() == (f"out.png: {3 * columns}x{3 * rows}\n", "")
    found = photograph.read("in.png").pixels
    assert found.shape == pixels.shape
    assert np.abs(found.astype(int) - pixels).max() <= tolerance
    assert np.array_equal(np.asarray(Image.open("out.png")), enlarge_images(found, 3, lambda luma: golden.run(NETWORK, luma)))


@pytest.mark.parametrize(("extra", "left_out"), [((0,), 1), ((2,), 0), ((2, 0), 1)])
def test_a_channel_that_is_no_transparency_is_left_out_with_a_word(folder, capfd, extra, left_out) -> None:
    Path("in.tif").write_bytes(kinds.tiff(np.dstack([kinds.NOISE, *[kinds.ALPHA] * len(extra)]), 2, extra=extra))
    assert upscale.main(["in.tif", "out.png", "--network", "network.npz"]) == 0
    word = f"; {left_out} more in in.tif left out" if left_out else ""
    assert capfd.readouterr() == (f"out.png: 60x36{word}\n", "")
    assert photograph.read("in.tif").pixels.shape[2] == 3 + (2 in extra)


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_not_taken_costs_one_line(folder, capfd, name) -> None:
    content, message = REFUSED[name]
    Path("in.png").write_bytes(content)
    assert upscale.main(["in.png", "out.png", "--network", "network.npz"]) == 1
    told = capfd.readouterr()
    assert (told.out, told.err.count("\n"), told.err.startswith("golden.upscale: in.png: ")) == ("", 1, True), told.err
    assert message in told.err
    assert sorted(path.name for path in folder.iterdir()) == ["in.png", "network.npz"]


@pytest.mark.parametrize("name", ["PNG interlaced", "JPEG", "WebP lossless", "TIFF LZW", "BMP"])
def test_a_file_that_is_cut_anywhere_is_the_picture_or_one_line(tmp_path, capfd, name) -> None:
    content, path = RIGHT[name][0], tmp_path / "in.png"
    path.write_bytes(content)
    whole = photograph.read(path).pixels
    for length in range(0, len(content), max(1, len(content) // 60)):
        path.write_bytes(content[:length])
        with suppress(photograph.ImageError):
            assert np.array_equal(photograph.read(path).pixels, whole)
    assert capfd.readouterr() == ("", "")
