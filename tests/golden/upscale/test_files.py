"""Pictures of all kinds through the command: right, or one line; folders; what a file states comes out with it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import golden
from golden import upscale
from golden.pictures import photograph
from golden.pictures.transparency import filled
from golden.video import Picture, VideoFormat, run, to_rgb, to_ycbcr
from golden.video.chroma import enlarge_plane
from tests import strategies

NETWORK = strategies.build_network(1, 3, (4, 3), (3, 1, 9))
COLOUR = np.random.default_rng(0).integers(0, 256, (9, 13, 3), dtype=np.uint8)
ALPHA = np.random.default_rng(1).integers(0, 3, (9, 13), dtype=np.uint8) * 127


@pytest.fixture(name="folder")
def _folder(tmp_path, monkeypatch):
    golden.save(NETWORK, tmp_path / "network.npz")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*arguments: str) -> int:
    return upscale.main([*arguments, "--network", "network.npz"])


def enlarged(rgb: np.ndarray, by: VideoFormat | None = None) -> np.ndarray:
    planes = tuple(np.ascontiguousarray(rgb[..., i]) for i in range(3))
    return np.stack(run(NETWORK, Picture(by or VideoFormat("RGB"), planes)).planes, axis=-1)


def test_a_picture_comes_out_upright_with_its_resolution_and_transparency(folder) -> None:
    tags = Image.Exif()
    tags[0x0112] = 6
    Image.fromarray(np.dstack([COLOUR, ALPHA])).save("in.png", exif=tags, dpi=(300, 300))
    assert command("in.png", "out.png") == 0
    found = photograph.read("out.png")
    upright, alpha = np.rot90(COLOUR, -1), np.ascontiguousarray(np.rot90(ALPHA, -1))
    assert np.array_equal(found.colours, enlarged(filled(upright, alpha)))
    assert np.array_equal(found.alpha, enlarge_plane(alpha, 3, "centre"))
    assert np.allclose(found.statements.dpi, (900, 900), atol=0.1)


def test_stripes_are_the_whole_picture(folder, monkeypatch) -> None:
    monkeypatch.setattr("golden.video.stripes.ROWS", 4)
    tall = np.random.default_rng(2).integers(0, 256, (31, 7, 3), dtype=np.uint8)
    Image.fromarray(tall).save("in.png")
    assert command("in.png", "out.png") == 0
    assert np.array_equal(photograph.read("out.png").colours, enlarged(tall))


@pytest.mark.parametrize("matrix", ["BT.601", "BT.709"])
@pytest.mark.parametrize("range_", ["studio", "full"])
def test_colours_go_by_the_matrix_and_range_that_are_asked(folder, matrix, range_) -> None:
    Image.fromarray(COLOUR).save("in.png")
    assert command("in.png", "out.png", "--matrix", matrix, "--range", range_) == 0
    assert np.array_equal(photograph.read("out.png").colours, enlarged(COLOUR, VideoFormat("RGB", matrix=matrix, range=range_)))


def test_gray_is_luma_or_a_gray_colour_as_asked(folder) -> None:
    gray = COLOUR[..., 0]
    Image.fromarray(gray).save("in.png")
    assert command("in.png", "luma.png") == 0
    assert command("in.png", "colour.png", "--gray", "studio") == 0
    assert np.array_equal(photograph.read("luma.png").colours, golden.run(NETWORK, gray))
    luma = to_ycbcr(Picture(VideoFormat("RGB"), (gray,) * 3)).planes[0]
    larger = golden.run(NETWORK, luma)
    expected = to_rgb(Picture(VideoFormat("4:4:4"), (larger, np.full_like(larger, 128), np.full_like(larger, 128)))).planes[0]
    assert np.array_equal(photograph.read("colour.png").colours, expected)
    assert not np.array_equal(photograph.read("colour.png").colours, photograph.read("luma.png").colours)


def test_transparency_is_refused_before_the_work_where_there_is_no_place_for_it(folder, capsys, monkeypatch) -> None:
    monkeypatch.setattr("golden.upscale.pictures.enlarged", lambda *_: pytest.fail("worked"))
    Image.fromarray(np.dstack([COLOUR, ALPHA])).save("in.png")
    assert command("in.png", "out.jpg") == 1
    assert "out.jpg: JPEG has no place for the transparency of in.png; allowed .png" in capsys.readouterr().err


def several(folder: Path) -> None:
    for name in ("a.png", "b/c.png", ".cache/d.png"):
        (folder / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(COLOUR).save(folder / "in" / name)
    (folder / "in" / "b" / "broken.png").write_bytes(b"\x89PNG")


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_a_folder_becomes_a_folder_and_a_broken_file_costs_one_line(folder, capsys, jobs) -> None:
    several(folder)
    assert command("in", "out", "--jobs", jobs) == 1
    said = capsys.readouterr()
    assert sorted(str(path.relative_to("out")) for path in Path("out").rglob("*.png")) == ["a.png", "b/c.png"]
    assert np.array_equal(photograph.read("out/b/c.png").colours, enlarged(COLOUR))
    assert sorted(said.out.splitlines()) == ["out/a.png: 39x27", "out/b/c.png: 39x27", "out: 2 done, 1 failed"]
    assert "golden.upscale: in/b/broken.png: broken or not an image" in said.err
    assert "in: left out 1 hidden" in said.err


def test_what_is_done_is_left_alone_and_what_changed_is_done_again(folder, capsys) -> None:
    several(folder)
    (folder / "in" / "b" / "broken.png").unlink()
    assert command("in", "out") == 0
    before = Path("out/a.png").stat().st_mtime_ns
    Image.fromarray(255 - COLOUR).save("in/b/c.png")
    os.utime("in/b/c.png")
    capsys.readouterr()
    assert command("in", "out") == 0
    assert capsys.readouterr().out.splitlines() == ["out/b/c.png: 39x27", "out: 1 done, 1 skipped"]
    assert Path("out/a.png").stat().st_mtime_ns == before
    assert np.array_equal(photograph.read("out/b/c.png").colours, enlarged(255 - COLOUR))


@pytest.mark.parametrize(
    ("target", "message"), [("in", "inside in"), ("in/out", "inside in"), (".", "inside in, or holds it"), ("file", "a file")]
)
def test_a_folder_that_would_mix_results_with_pictures_is_refused(folder, capsys, target, message) -> None:
    several(folder)
    (folder / "file").write_text("")
    assert command("in", target) == 1
    assert message in capsys.readouterr().err


def test_ctrl_c_in_a_folder_leaves_whole_files_and_goes_on_later(folder, capsys, monkeypatch) -> None:
    several(folder)
    (folder / "in" / "b" / "broken.png").unlink()
    real, calls = upscale.command.enlarge_file, []

    def once(source, target, means):
        calls.append(source)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(source, target, means)

    monkeypatch.setattr("golden.upscale.command.enlarge_file", once)
    assert command("in", "out") == 130
    assert "interrupted; 1 done" in capsys.readouterr().err
    assert sorted(path.name for path in Path("out").rglob("*") if path.is_file()) == ["a.png"]
    assert command("in", "out") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "out: 1 done, 1 skipped"
