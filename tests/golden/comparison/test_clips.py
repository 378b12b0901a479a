"""A clip against its original."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from golden.comparison.__main__ import main
from golden.comparison.clips import frames, measure
from golden.pictures.quality import decibels
from golden.video import container
from tests.golden.video.test_container import TIMES, make
from tests.golden.video.test_y4m import clip


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "original.mkv", size=(24, 16))
    container.enlarge_clip(
        Path("original.mkv"), Path("result.mkv"), 1, lambda picture: picture
    )  # through a codec that loses something
    return tmp_path


def test_components_similarity_and_the_worst_frame_are_those_of_the_definitions(folder) -> None:
    found = measure(Path("result.mkv"), Path("original.mkv"))
    pairs = list(zip(frames(Path("result.mkv")), frames(Path("original.mkv")), strict=True))
    assert found.frames == len(pairs) == len(TIMES)
    assert found.components == ("Y", "Cb", "Cr")
    for index in range(3):
        error = np.mean([(a.planes[index].astype(float) - b.planes[index]) ** 2 for a, b in pairs])
        assert found.psnr[index] == pytest.approx(10 * np.log10(255**2 / error))
    lumas = [(a.planes[0], b.planes[0]) for a, b in pairs]
    how = {"data_range": 255, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    assert found.ssim == pytest.approx(np.mean([structural_similarity(a, b, **how) for a, b in lumas]))
    each = [decibels(float(np.mean((a.astype(float) - b) ** 2))) for a, b in lumas]
    assert found.worst == (int(np.argmin(each)), pytest.approx(min(each)))


def test_a_clip_is_equal_to_itself(folder, capsys) -> None:
    assert main(["original.mkv", "--reference", "original.mkv"]) == 0
    expected = f"original.mkv: {len(TIMES)} frames, PSNR Y inf, Cb inf, Cr inf dB, SSIM 1.0000; worst frame 0: inf dB\n"
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["result.mkv"], "result.mkv: a clip; allowed beside its original, --reference, a clip too"),
        (["result.mkv", "--reference", "nothing.mkv"], "nothing.mkv"),
        (["short.y4m", "--reference", "long.y4m"], "short.y4m: ends after 1 frames, long.y4m goes on"),
        (["long.y4m", "--reference", "short.y4m"], "short.y4m: ends after 1 frames, long.y4m goes on"),
        (["long.y4m", "--reference", "original.mkv"], "long.y4m: frame 0 is 6x4 4:2:0; allowed 24x16 4:2:0, as original.mkv"),
        (["long.y4m", "--reference", "long.y4m"], "long.y4m: 6x4 pixels; allowed at least 11 each way"),
    ],
)
def test_what_cannot_be_compared_is_one_line(folder, capsys, arguments, message) -> None:
    (folder / "short.y4m").write_bytes(clip(frames=1).replace(b"W6 H4", b"W6 H4"))
    (folder / "long.y4m").write_bytes(clip(frames=2))
    if "short.y4m" in arguments:
        for name, count in (("short.y4m", 1), ("long.y4m", 2)):
            samples = bytes(24 * 16 * 3 // 2)
            (folder / name).write_bytes(b"YUV4MPEG2 W24 H16\n" + (b"FRAME\n" + samples) * count)
    assert main(arguments) in (1, 2)
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
