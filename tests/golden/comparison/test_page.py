"""The page of before and after, looked at in a real browser."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from golden.comparison import Shown, luma_psnr, page
from golden.model import FrameError

REFERENCE = np.random.default_rng(0).integers(0, 256, (400, 600, 3), dtype=np.uint8)
RED, BLUE = (np.full((400, 600, 3), colour, np.uint8) for colour in ((255, 0, 0), (0, 0, 255)))
SHOWN = (Shown("bicubic", RED), Shown("fsrcnn <x2> & more", BLUE), Shown("reference", REFERENCE))


def test_psnr_is_of_luma_without_the_border() -> None:
    off = REFERENCE.copy()
    off[0] = 0
    assert luma_psnr(REFERENCE, off, 1) == float("inf")
    gray = REFERENCE[..., 0]
    error = np.mean((gray[2:-2, 2:-2].astype(float) - 128) ** 2)
    assert luma_psnr(gray, np.full_like(gray, 128), 2) == pytest.approx(10 * np.log10(255**2 / error))


def test_the_page_holds_every_picture_bit_for_bit_and_needs_no_other_file() -> None:
    text = page(SHOWN, "a & b", "caption <1>", 2, has_reference=True)
    held = json.loads(re.search(r"const pictures = (\[.*?\]);\n", text)[1])
    assert [picture["name"] for picture in held] == [shown.name for shown in SHOWN]
    for picture, shown in zip(held, SHOWN, strict=True):
        data = base64.b64decode(picture["data"].removeprefix("data:image/png;base64,"))
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), shown.pixels)
    assert not re.search(r'(src|href)="|url\(|https?://', text)
    assert "a &amp; b" in text
    assert "caption &lt;1&gt;" in text
    assert f"{luma_psnr(REFERENCE, RED, 2):.2f} dB" in text
    assert "dB" not in page(SHOWN[:2], "a", "b", 2, has_reference=False)


@pytest.mark.parametrize("pictures", [(), SHOWN[:1], (SHOWN[0], Shown("small", RED[:9]))], ids=["none", "one", "two sizes"])
def test_what_cannot_be_compared_is_refused(pictures) -> None:
    with pytest.raises(FrameError, match="pictures to compare: .*allowed two or more of one size"):
        page(pictures, "a", "b", 2, has_reference=False)


@pytest.fixture(name="browser")
def _browser() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        message = "no headless browser: apt-get install chromium"
        pytest.fail(message) if os.environ.get("CI_REQUIRE_CHROMIUM") else pytest.skip(message)
    return found


def seen(browser, folder, text, *options):
    (folder / "page.html").write_text(text)
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1000,900"]
    command += [f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=20000", *options, (folder / "page.html").as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_browser_shows_left_and_right_of_the_slider_and_fills_the_loupes(browser, tmp_path) -> None:
    done = seen(browser, tmp_path, page(SHOWN, "a", "b", 2, has_reference=True), f"--screenshot={tmp_path / 'seen.png'}")
    assert (tmp_path / "seen.png").is_file(), done.stderr
    with Image.open(tmp_path / "seen.png") as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    red, blue = (np.argwhere((pixels == colour).all(axis=2)) for colour in ((255, 0, 0), (0, 0, 255)))
    assert len(red) > 10_000
    assert len(blue) > 10_000
    view = red[:, 0].min()
    first_row = pixels[view + 60]
    ends = [np.flatnonzero((first_row == colour).all(axis=1)) for colour in ((255, 0, 0), (0, 0, 255))]
    assert ends[0].max() < ends[1].min()
    assert abs(len(ends[0]) - len(ends[1])) <= 4


def test_its_script_runs_to_the_end_and_a_broken_one_would_be_seen(browser, tmp_path) -> None:
    text = page(SHOWN, "a", "b", 2, has_reference=True)
    assert 'data-ready="3"' in seen(browser, tmp_path, text, "--dump-dom").stdout
    assert 'data-ready="3"' not in seen(browser, tmp_path, text.replace("function look()", "function lock()"), "--dump-dom").stdout
