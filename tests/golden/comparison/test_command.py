"""The command of before and after: what it enlarges, what it holds beside it, what it refuses."""

from __future__ import annotations

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

import golden
from golden.comparison.__main__ import main
from golden.comparison.page import luma_psnr
from golden.pictures.bicubic import shrink, to_uint8
from golden.pictures.images import read_image
from golden.upscale import bicubic
from golden.video.image import enlarge_images
from tests import strategies

NETWORK = strategies.build_network(1, 3, (4, 3), (3, 1, 9))
LOW = np.random.default_rng(0).integers(60, 196, (9, 13, 3), dtype=np.uint8)
ORIGINAL = np.random.default_rng(1).integers(60, 196, (27, 39, 3), dtype=np.uint8)


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    golden.save(NETWORK, tmp_path / "own.npz")
    for name, pixels in {"low.png": LOW, "original.png": ORIGINAL, "gray.png": LOW[..., 0]}.items():
        Image.fromarray(pixels).save(tmp_path / name)
    return tmp_path


def held(path) -> dict[str, np.ndarray]:
    found = json.loads(re.search(r"const pictures = (\[.*?\]);\n", path.read_text())[1])
    data = {picture["name"]: base64.b64decode(picture["data"].partition(",")[2]) for picture in found}
    return {name: np.asarray(Image.open(io.BytesIO(png))) for name, png in data.items()}


def by_network(pixels):
    return enlarge_images(pixels, 3, lambda luma: golden.run(NETWORK, luma))


def test_a_small_picture_is_beside_its_bicubic_and_its_original(folder, capsys) -> None:
    assert main(["low.png", "--reference", "original.png", "--network", "own.npz"]) == 0
    assert capsys.readouterr().out == "comparison.html: bicubic, own, reference\n"
    found = held(folder / "comparison.html")
    assert list(found) == ["bicubic", "own", "reference"]
    for name, expected in {"bicubic": bicubic(LOW, 3), "own": by_network(LOW), "reference": ORIGINAL}.items():
        assert np.array_equal(found[name], expected), name
    assert f"{luma_psnr(ORIGINAL, by_network(LOW), 3):.2f} dB" in (folder / "comparison.html").read_text()


def test_an_original_is_reduced_cropped_and_written_as_a_strip(folder) -> None:
    assert (
        main(["original.png", "--reduce", "--crop", "8x5+2+3", "--strip", "strip.png", "--zoom", "2", "--network", "own.npz"]) == 0
    )
    small = np.stack([to_uint8(shrink(ORIGINAL[..., i], 3)) for i in range(3)], axis=-1)
    parts = [picture[3:8, 2:10] for picture in (bicubic(small, 3), by_network(small), ORIGINAL)]
    assert [np.array_equal(a, b) for a, b in zip(held(folder / "comparison.html").values(), parts, strict=True)] == [True] * 3
    white, (first, second, third) = np.full((10, 4, 3), 255), (np.kron(part, np.ones((2, 2, 1), int)) for part in parts)
    assert np.array_equal(read_image("strip.png"), np.concatenate([first, white, second, white, third], axis=1))


def test_a_picture_alone_has_no_decibels(folder) -> None:
    assert main(["gray.png", "--network", "own.npz", "--out", "a.html"]) == 0
    assert list(held(folder / "a.html")) == ["bicubic", "own"]
    assert " dB" not in (folder / "a.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.png"], "nothing.png"),
        (["low.png", "--reference", "low.png"], "low.png: colour, 13x9 pixels; allowed colour, 39x27"),
        (["gray.png", "--reference", "original.png"], "original.png: colour, 39x27 pixels; allowed gray, 39x27"),
        (["low.png", "--reference", "original.png", "--reduce"], "--reduce and --reference; allowed one of them"),
        (["low.png", "--crop", "8x5+39+3"], "part '8x5+39+3'; allowed WIDTHxHEIGHT+X+Y inside 39x27"),
        (["low.png", "--crop", "0x5+0+3"], "part '0x5+0+3'; allowed"),
        (["low.png", "--crop", "half"], "part 'half'; allowed"),
        (["low.png", "--strip", "strip.gif"], "strip.gif: cannot write '.gif'"),
        (["low.png", "--out", "no/such/a.html"], "no/such/a.html"),
    ],
)
def test_what_cannot_be_shown_is_one_line_and_leaves_no_file(folder, capsys, arguments, message) -> None:
    before = sorted(folder.iterdir())
    assert main([*arguments, "--network", "own.npz"]) in (1, 2)
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert sorted(folder.iterdir()) == before
