"""The evaluation: both protocols as documented, any upscaler, sets, table and JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

import golden
from golden.pictures.bicubic import shrink, to_uint8
from golden.pictures.images import ImageError
from golden.pictures.luma import luma
from golden.pictures.scores import PROTOCOLS, Upscaler, bicubic, find_sets, score_image
from golden.pictures.scores import evaluate as scores_of
from qat import evaluate
from qat.evaluate import load_upscaler
from qat.training.trainer import CheckpointError
from tests.qat import tiny

IMAGE = tiny.photograph(2, 41, 50)
REFERENCE = luma(IMAGE)[:40, :50]


def saying(result: np.ndarray, takes_float: bool = True, seen: list | None = None) -> Upscaler:
    """An x2 upscaler that always says `result`, and keeps in `seen` what it was given."""

    def upscale(low: np.ndarray) -> np.ndarray:
        if seen is not None:
            seen.append(low)
        return result

    return Upscaler("saying", 2, takes_float, upscale)


def test_a_perfect_upscaler_has_infinite_psnr_and_an_ssim_of_one():
    score = score_image(saying(to_uint8(REFERENCE).astype(float)), IMAGE, "device")
    assert score == (float("inf"), 1.0)


def test_psnr_is_that_of_the_hand_computed_error():
    result = to_uint8(REFERENCE).astype(float)
    result[10, 10] += 12 if result[10, 10] < 128 else -12
    inside = (40 - 4) * (50 - 4)
    assert score_image(saying(result), IMAGE, "device")[0] == pytest.approx(10 * np.log10(255**2 * inside / 144))


def test_a_border_of_the_scale_is_cut_off_and_no_more():
    result = to_uint8(REFERENCE).astype(float)
    result[:2] = result[-2:] = 0
    result[:, :2] = result[:, -2:] = 0
    assert score_image(saying(result), IMAGE, "device")[0] == float("inf")
    result[2, 2] = 255 - result[2, 2]
    assert score_image(saying(result), IMAGE, "device")[0] < 100


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_prediction_is_rounded_and_clipped_in_both_protocols(protocol):
    black_and_white = np.where(IMAGE[:40, :, 0] < 128, np.uint8(0), np.uint8(255))
    exact = black_and_white.astype(float)
    for same in (exact + 0.4, exact - 0.5, exact * 9 - 20):
        assert score_image(saying(same), black_and_white, protocol) == (float("inf"), 1.0)
    for other in (exact + 0.5, exact - 0.6):
        assert score_image(saying(other), black_and_white, protocol)[0] < 100


def test_only_the_paper_protocol_measures_against_unrounded_luma():
    exact = to_uint8(REFERENCE).astype(float)
    inside = (slice(2, -2), slice(2, -2))
    error = np.square(REFERENCE - exact)[inside].mean()
    assert score_image(saying(exact), IMAGE, "paper")[0] == pytest.approx(10 * np.log10(255**2 / error))
    assert score_image(saying(exact), IMAGE, "device")[0] == float("inf")


@pytest.mark.parametrize(
    ("protocol", "takes_float", "expected"),
    [
        ("paper", True, shrink(REFERENCE, 2)),
        ("paper", False, to_uint8(shrink(REFERENCE, 2))),
        ("device", True, to_uint8(shrink(to_uint8(REFERENCE), 2))),
        ("device", False, to_uint8(shrink(to_uint8(REFERENCE), 2))),
    ],
)
def test_the_lr_image_is_rounded_as_the_protocol_and_the_network_ask(protocol, takes_float, expected):
    seen: list[np.ndarray] = []
    score_image(saying(REFERENCE, takes_float, seen), IMAGE, protocol)
    assert np.array_equal(seen[0], expected)


def test_the_three_lr_images_differ():
    """So that the test above tells the protocols apart."""
    paper, device = shrink(REFERENCE, 2), to_uint8(shrink(to_uint8(REFERENCE), 2))
    assert not np.array_equal(paper, to_uint8(paper))
    assert not np.array_equal(to_uint8(paper), device)


def test_ssim_is_that_of_the_original_paper():
    result = to_uint8(REFERENCE[::-1]).astype(float)
    inside = (slice(2, -2), slice(2, -2))
    expected = structural_similarity(
        to_uint8(REFERENCE).astype(float)[inside], result[inside],
        data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
    )  # fmt: skip
    assert score_image(saying(result), IMAGE, "device")[1] == expected
    assert expected < 0.9


def test_a_gray_image_is_scored_on_its_own_values():
    gray = IMAGE[..., 0]
    assert score_image(saying(gray[:40].astype(float)), gray, "paper")[0] == float("inf")


def set_folder(path: Path, *sizes: tuple[int, int]) -> Path:
    path.mkdir(parents=True)
    for index, size in enumerate(sizes):
        Image.fromarray(tiny.photograph(index, *size)).save(path / f"{index}.png")
    return path


def test_a_folder_of_images_is_a_set_and_a_folder_of_folders_is_several(tmp_path):
    one, two = set_folder(tmp_path / "all" / "one", (40, 40)), set_folder(tmp_path / "all" / "two", (40, 40), (40, 40))
    assert {name: len(paths) for name, paths in find_sets([one]).items()} == {"one": 1}
    assert {name: len(paths) for name, paths in find_sets([tmp_path / "all"]).items()} == {"one": 1, "two": 2}
    assert list(find_sets([two, one])) == ["two", "one"]
    set_folder(tmp_path / "all" / ".ipynb_checkpoints", (40, 40))
    assert list(find_sets([tmp_path / "all"])) == ["one", "two"]


def test_what_gives_no_set_is_named_and_refused(tmp_path):
    empty, one = tmp_path / "empty", set_folder(tmp_path / "one", (40, 40))
    empty.mkdir()
    other = set_folder(tmp_path / "other" / "one", (40, 40))
    set_folder((mixed := set_folder(tmp_path / "mixed", (40, 40))) / "inside", (40, 40))
    for folders, message in (
        ([tmp_path / "nowhere"], "nowhere: not a folder"),
        ([empty], "empty: no images"),
        ([one, other], "one: a second set named 'one'"),
        ([tmp_path], "empty: no image in this folder"),
        ([mixed], "mixed: images beside folders of images"),
    ):
        with pytest.raises(ImageError, match=message):
            find_sets(folders)


def test_an_image_too_small_for_ssim_is_named_and_refused(tmp_path):
    small, enough = set_folder(tmp_path / "small", (15, 40)), set_folder(tmp_path / "enough", (16, 40))
    with pytest.raises(ImageError, match=r"0\.png: 40x15 pixels; allowed at least 16 each way at x2"):
        scores_of([bicubic(2)], find_sets([small]))
    assert len(scores_of([bicubic(2)], find_sets([enough]))) == 2


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_smallest_allowed_image_can_be_scored(tmp_path, scale):
    side = scale * (2 + -(-11 // scale))
    scores = scores_of([bicubic(scale)], find_sets([set_folder(tmp_path / "a", (side, side))]))
    assert all(0 < score.psnr < 100 for score in scores)


def test_a_score_is_the_mean_over_the_images(tmp_path):
    sets = find_sets([set_folder(tmp_path / "a", (40, 40), (44, 48))])
    (paper, device) = scores_of([bicubic(2)], sets)
    singles = [score_image(bicubic(2), tiny.photograph(i, *size), "device") for i, size in enumerate([(40, 40), (44, 48)])]
    assert (device.psnr, device.ssim) == tuple(np.mean(singles, axis=0))
    assert (paper.protocol, device.protocol, device.images) == ("paper", "device", 2)


@pytest.mark.parametrize(("file", "name", "takes_float"), [
    ("network.npz", "golden", False), ("quantized.ckpt", "quantized", False),
    ("student.ckpt", "student", True), ("student.safetensors", "student", True),
])  # fmt: skip
def test_every_network_of_a_run_upscales(finished, file, name, takes_float):
    upscaler = load_upscaler(finished / file)
    low = to_uint8(shrink(REFERENCE, 2)).astype(float)
    result = upscaler.upscale(low)
    assert (upscaler.name.split()[0], upscaler.takes_float, upscaler.scale) == (name, takes_float, 2)
    assert result.shape == (40, 50)
    assert score_image(upscaler, IMAGE, "device")[0] > 15


def test_both_forms_of_the_quantized_student_give_the_same_pixels(finished):
    low = to_uint8(shrink(REFERENCE, 2)).astype(float)
    expected = golden.run(golden.load(finished / "network.npz"), low.astype(np.uint8))
    for file in ("network.npz", "quantized.ckpt"):
        assert np.array_equal(load_upscaler(finished / file).upscale(low), expected)
    assert not np.array_equal(load_upscaler(finished / "student.ckpt").upscale(low), expected)


def test_a_teachers_checkpoint_is_refused(finished):
    with pytest.raises(CheckpointError, match=r"teacher\.ckpt: a teacher's checkpoint; allowed a student's"):
        load_upscaler(finished / "teacher.ckpt")


def test_the_command_prints_a_table_with_bicubic_beside_and_writes_json(finished, images, tmp_path, capsys):
    out = tmp_path / "scores.json"
    assert evaluate.main([str(finished / "network.npz"), "--bench", str(images), "--json", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    facts = json.loads(out.read_text())
    scores = {(score["upscaler"], score["protocol"]): score for score in facts["scores"]}
    name = f"golden {golden.load(finished / 'network.npz').hash[:12]}"
    assert set(scores) == {(upscaler, protocol) for upscaler in (name, "bicubic") for protocol in ("paper", "device")}
    for upscaler in (name, "bicubic"):
        cells = " | ".join(f"{scores[upscaler, p]['psnr']:.2f} | {scores[upscaler, p]['ssim']:.4f}" for p in ("paper", "device"))
        assert f"| {images.name} | 4 | {upscaler} | {cells} |" in lines


@pytest.mark.parametrize("file", ["teacher.ckpt", "nothing.npz", "nothing.ckpt", "nothing.safetensors", "network.json", "events"])
def test_the_command_refuses_what_is_no_network_in_one_line(finished, images, capsys, file):
    assert evaluate.main([str(finished / file), "--bench", str(images)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("qat.evaluate: ")
    assert error.count("\n") == 1
    assert file in error


SR_DATA = Path(os.environ.get("SR_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.images
@pytest.mark.parametrize(("scale", "device"), [(2, 33.65), (3, 30.39), (4, 28.42)])
def test_bicubic_has_its_published_psnr_on_set5(scale, device):
    folder = SR_DATA / "bench" / "Set5"
    if not folder.is_dir():
        pytest.skip(f"no {folder}; SR_DATA names the folder that holds bench/Set5")
    scores = scores_of([bicubic(scale)], find_sets([folder]))
    by_protocol = {score.protocol: round(score.psnr, 2) for score in scores}
    assert by_protocol["device"] == device
    assert by_protocol["paper"] == pytest.approx(device, abs=0.03)
