"""A network as one works with it in Python: loaded by name or path, pictures of every kind, executors, short texts."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import golden
from golden import network, networks, video
from golden.compiled import fastest
from golden.pictures.transparency import filled
from golden.video import stripes
from golden.video.chroma import enlarge_plane
from golden.video.image import enlarge_images
from tests import strategies

NAME = "fsrcnn-s-r-x2-w4a4"
NET = golden.load(NAME)
RANDOM = np.random.default_rng(3).integers(0, 256, (6, 7, 9, 4), dtype=np.uint8)
GRAY, ALPHA, RGB = RANDOM[0, ..., 0], RANDOM[0, ..., 3], RANDOM[0, ..., :3]


def test_a_name_and_a_path_load_the_same_network(tmp_path) -> None:
    path = networks.named(NAME)
    assert NET == golden.load(path) == golden.load(str(path)) == golden.archive.load(path)
    assert hash(NET) == hash(golden.archive.load(path))
    assert NET.path == path
    golden.save(NET, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()
    assert pickle.loads(pickle.dumps(NET)) == NET


def test_what_is_no_network_is_named(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"^nothing: no such file, and no network of that name"):
        golden.load("nothing")
    with pytest.raises(FileNotFoundError, match="a folder, no network"):
        golden.load(tmp_path)
    (tmp_path / "no.npz").write_text("no")
    with pytest.raises(golden.ArchiveError, match=r"no\.npz: damaged"):
        golden.load(tmp_path / "no.npz")


def test_gray_is_luma_and_colour_goes_by_way_of_ycbcr() -> None:
    gray, rgb = golden.run(NET, GRAY), np.stack(video.run(NET, video.Picture.of_rgb(RGB)).planes, axis=-1)
    assert np.array_equal(NET.upscale(GRAY), gray)
    assert np.array_equal(NET.upscale(GRAY[..., None]), gray[..., None])
    assert np.array_equal(NET.upscale(RGB), rgb)
    assert not np.array_equal(rgb[..., 0], golden.run(NET, np.ascontiguousarray(RGB[..., 0])))


def test_a_picture_of_many_stripes_is_the_golden_models(monkeypatch) -> None:
    tall = np.random.default_rng(4).integers(0, 256, (40, 5, 4), dtype=np.uint8)
    whole = enlarge_images(tall, NET.scale, lambda luma: golden.run(NET, luma))
    for rows in (2, 16, 40):
        monkeypatch.setattr(stripes, "ROWS", rows)
        assert np.array_equal(NET.upscale(tall), whole)
        assert np.array_equal(NET.upscale(tall[..., 0]), golden.run(NET, np.ascontiguousarray(tall[..., 0])))


def test_without_a_compiler_numpy_computes_and_a_warning_tells_so(monkeypatch) -> None:
    monkeypatch.setenv("CXX", "/no/such/g++")
    monkeypatch.setattr(network, "_execute", fastest(network._warn))
    with pytest.warns(RuntimeWarning, match="^NumPy computes, several times slower: no C\\+\\+ compiler"):
        assert np.array_equal(NET.upscale(GRAY), golden.run(NET, GRAY))


def test_alpha_is_enlarged_beside_colour_that_it_does_not_change_where_it_shows_it() -> None:
    alpha = enlarge_plane(ALPHA, 2, "centre")
    shown = np.maximum(ALPHA, 1)
    assert np.array_equal(NET.upscale(np.dstack([RGB, shown]))[..., :3], NET.upscale(RGB))
    assert np.array_equal(NET.upscale(np.dstack([GRAY, ALPHA])), np.dstack([NET.upscale(filled(GRAY, ALPHA)), alpha]))
    assert np.array_equal(NET.upscale(RANDOM[0]), np.dstack([NET.upscale(filled(RGB, ALPHA)), alpha]))
    assert np.array_equal(NET.upscale(np.dstack([RGB, np.full_like(ALPHA, 255)]))[..., 3], np.full((14, 18), 255))


def test_colours_that_nobody_sees_change_none_that_one_sees() -> None:
    alpha = np.full_like(ALPHA, 255)
    alpha[:, 4:] = 0
    other = RGB.copy()
    other[:, 4:] = 0
    assert np.array_equal(NET.upscale(np.dstack([RGB, alpha])), NET.upscale(np.dstack([other, alpha])))


@pytest.mark.parametrize(
    "batch", [RANDOM, RANDOM[..., :3], RANDOM[..., :2], RANDOM[..., :1], RANDOM[..., 0]], ids=lambda b: str(b.shape)
)
def test_a_batch_is_its_pictures(batch) -> None:
    assert np.array_equal(NET.upscale(batch), np.stack([NET.upscale(one) for one in batch]))


def test_a_list_is_a_list_of_pictures_of_any_size() -> None:
    found = NET.upscale([GRAY, RGB[:3, :2]])
    assert [one.shape for one in found] == [(14, 18), (6, 4, 3)]
    assert isinstance(NET.upscale((GRAY,)), tuple)


@pytest.mark.parametrize(
    "image",
    [
        RGB.astype(float),
        RGB.astype(np.uint16),
        RGB[:0],
        RGB[0, 0],
        RANDOM[None],
        RANDOM[..., [0, 1, 2, 3, 3]],
        np.array("text"),
        "text",
        None,
    ],
    ids=lambda image: getattr(image, "dtype", image).__str__() + str(getattr(image, "shape", "")),
)
def test_any_other_array_is_refused_with_what_is_allowed(image) -> None:
    with pytest.raises(golden.VideoError, match=r"^image of shape .*; allowed uint8 of \(rows, columns\)"):
        NET.upscale(image)


def test_colour_at_a_scale_without_an_interpolator_is_refused() -> None:
    with pytest.raises(golden.VideoError, match="chroma interpolator of scale 9"):
        enlarge_images(RGB, 9, lambda plane: plane)
    with pytest.raises(golden.VideoError, match="chroma interpolator of scale 9"):
        enlarge_images(RANDOM[0, ..., :2], 9, lambda plane: plane)


PILLOW = {
    "1": "L",
    "L": "L",
    "LA": "LA",
    "P": "RGB",
    "PA": "RGBA",
    "RGB": "RGB",
    "RGBA": "RGBA",
    "YCbCr": "RGB",
}


@pytest.mark.parametrize("mode", PILLOW)
def test_a_pillow_picture_comes_back_as_one(mode) -> None:
    image = pytest.importorskip("PIL.Image").fromarray(RANDOM[0]).convert("RGB" if mode == "P" else "RGBA").convert(mode)
    found = NET.upscale(image)
    assert (found.mode, found.size) == (PILLOW[mode], (18, 14))
    assert np.array_equal(np.asarray(found), NET.upscale(np.asarray(image.convert(PILLOW[mode]))))


def test_a_transparent_colour_of_a_palette_becomes_alpha() -> None:
    image = pytest.importorskip("PIL.Image").new("P", (4, 3))
    image.putpalette([0, 0, 0, 200, 10, 10])
    image.putpixel((1, 1), 1)
    image.info["transparency"] = 0
    found = NET.upscale(image)
    assert found.mode == "RGBA"
    assert np.array_equal(np.asarray(found), NET.upscale(np.asarray(image.convert("RGBA"))))
    assert np.asarray(found)[..., 3].max() > 100 > 10 > np.asarray(found)[..., 3].min()


@pytest.mark.parametrize("mode", ["I", "F", "I;16", "CMYK"])
def test_a_pillow_picture_of_another_kind_is_refused(mode) -> None:
    image = pytest.importorskip("PIL.Image").new(mode, (4, 3))
    with pytest.raises(golden.ImageError, match=f"picture of mode {mode}; allowed "):
        NET.upscale(image)


def test_executors_are_compared_by_name() -> None:
    found = NET.compare(["oracle"], on={"noise": strategies.noise(5, 6)})
    assert found.agrees
    assert found["oracle"].compared == sum(layer.mismatches + layer.compared for layer in found.verdicts[0].layers) > 0
    assert repr(found).startswith("oracle     agrees: 0 mismatches in ")
    assert NET.compare("oracle", on={"noise": strategies.noise(2, 3)}).agrees
    with pytest.raises(golden.UnknownExecutorError, match="no executor nobody; allowed "):
        NET.compare(["nobody"])
    with pytest.raises(golden.UnknownExecutorError):
        NET.compare([])
    with pytest.raises(KeyError):
        found["csim"]


def test_a_wrong_executor_differs(monkeypatch) -> None:
    """The mutant: the network that is loaded is not the one that the judge is given."""
    layer = NET.layers[1]
    changed = golden.Network((NET.layers[0], layer.with_weight(-layer.weight), *NET.layers[2:]))
    monkeypatch.setattr(
        "golden.model.trace", lambda network, luma, trace=golden.model.trace, **options: trace(changed, luma, **options)
    )
    assert not NET.compare(["oracle"], on={"noise": strategies.noise(5, 6)}).agrees


def test_texts_are_short_and_html_is_a_table() -> None:
    assert repr(NET) == f"Network({NET})"
    assert "\n" not in repr(NET.layers[0])
    assert len(repr(NET)) < 200 > len(repr(NET.layers[0]))
    assert repr(golden.archive.load(NET.path)).startswith("IntNetwork(x2 network 1-32-5")
    page = NET._repr_html_()
    assert page.count("<tr>") == len(NET.layers) + 1
    assert all(f"<td>{layer.name}</td>" in page for layer in NET.layers)
    assert NET.compare(["oracle"], on={"<b>": strategies.noise(2, 3)})._repr_html_().count("<tr>") == 2
