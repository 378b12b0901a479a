"""The upscale command: pictures as golden.video has them, whole files or none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import golden
from golden import networks, upscale, video
from golden.pictures.bicubic import resize, to_uint8
from golden.pictures.images import read_image
from golden.pictures.luma import luma
from golden.video.image import enlarge_images
from tests import strategies

NETWORK = strategies.build_network(1, 3, (4, 3), (3, 1, 9))


@pytest.fixture(name="saved")
def _saved(tmp_path):
    golden.save(NETWORK, tmp_path / "network.npz")
    return tmp_path / "network.npz"


def write(path, array, mode=None):
    Image.fromarray(array).convert(mode or ("L" if array.ndim == 2 else "RGB")).save(path)
    return path


COLOUR = np.random.default_rng(0).integers(60, 196, (9, 13, 3), dtype=np.uint8)


def test_gray_goes_through_the_network_alone(saved, tmp_path) -> None:
    gray = strategies.noise(9, 13)
    write(tmp_path / "in.png", gray)
    assert upscale.main([str(tmp_path / "in.png"), str(tmp_path / "out.png"), "--network", str(saved)]) == 0
    assert np.array_equal(read_image(tmp_path / "out.png"), golden.run(NETWORK, gray))


def test_the_luma_of_a_colour_picture_is_the_networks() -> None:
    smooth = lambda y: golden.run(NETWORK, y).clip(60, 190).astype(float)  # noqa: E731 - inside the gamut, so nothing is clipped
    gray_chroma = np.repeat(COLOUR[..., :1], 3, axis=2)
    result = enlarge_images(gray_chroma, 3, lambda y: to_uint8(smooth(y)))
    assert result.shape == (27, 39, 3)
    expected = smooth(to_uint8(luma(gray_chroma)))
    assert np.abs(luma(result) - expected).max() <= 0.75


def test_a_colour_picture_is_the_golden_models(saved, tmp_path) -> None:
    write(tmp_path / "in.png", COLOUR)
    assert upscale.main([str(tmp_path / "in.png"), str(tmp_path / "out.png"), "--network", str(saved)]) == 0
    expected = video.run(NETWORK, video.Picture.of_rgb(COLOUR))
    assert np.array_equal(read_image(tmp_path / "out.png"), np.stack(expected.planes, axis=-1))


def test_without_a_compiler_the_pixels_are_the_same_and_one_line_tells_so(saved, tmp_path, monkeypatch, capsys) -> None:
    write(tmp_path / "in.png", strategies.noise(9, 13))
    monkeypatch.setenv("CXX", str(tmp_path / "g++"))
    assert upscale.main([str(tmp_path / "in.png"), str(tmp_path / "out.png"), "--network", str(saved)]) == 0
    assert np.array_equal(read_image(tmp_path / "out.png"), golden.run(NETWORK, strategies.noise(9, 13)))
    error = capsys.readouterr().err
    assert error.startswith("golden.upscale: NumPy computes, several times slower: no C++ compiler")
    assert error.count("\n") == 1


def peak_bytes(folder, width, height) -> int:
    """Of a process that enlarges a picture with alpha of this size, x2."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom golden import upscale\n"
        "assert upscale.main(sys.argv[1:]) == 0\n"
        "print(next(line.split()[1] for line in Path('/proc/self/status').read_text().splitlines() if line.startswith('VmHWM')))"
    )
    small = np.random.default_rng(0).integers(0, 256, (8, 8, 4), dtype=np.uint8)
    Image.fromarray(small).resize((width, height)).save(folder / "in.png", compress_level=1)
    command = [sys.executable, "-c", code, "in.png", "out.tif", "--network", "fsrcnn-r-x2-w8a8"]
    environment = os.environ | {"PYTHONPATH": str(Path(golden.__file__).parents[1])}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=120)
    return 1024 * int(done.stdout.splitlines()[-1])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the peak")
def test_a_large_picture_takes_twelve_bytes_of_memory_for_a_pixel_of_the_output(tmp_path) -> None:
    assert peak_bytes(tmp_path, 1920, 1080) - peak_bytes(tmp_path, 8, 8) <= 12 * 3840 * 2160


def test_bicubic_enlarges_luma_and_chroma_alike(tmp_path) -> None:
    write(tmp_path / "in.png", COLOUR)
    assert upscale.main([str(tmp_path / "in.png"), str(tmp_path / "out.png"), "--bicubic", "--scale", "2"]) == 0
    result = read_image(tmp_path / "out.png").astype(float)
    direct = np.stack([resize(COLOUR[..., i], 18, 26) for i in range(3)], axis=-1)
    assert np.abs(result - to_uint8(direct)).max() <= 2


def test_an_alpha_channel_that_hides_nothing_is_dropped(saved, tmp_path) -> None:
    write(tmp_path / "in.png", COLOUR, "RGBA")
    assert upscale.main([str(tmp_path / "in.png"), str(tmp_path / "out.png"), "--network", str(saved)]) == 0
    with Image.open(tmp_path / "out.png") as result:
        assert result.mode == "RGB"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.png", "out.png"], "missing.png"),
        (["broken.png", "out.png"], "broken.png: broken or not an image"),
        (["in.png", "out.txt"], "out.txt: cannot write '.txt'; allowed .png"),
        (["in.png", "no/such/out.png"], "no/such/out.png"),
        (["in.png", "out.png", "--scale", "7"], "no network of scale 7"),
        (["in.png", "out.png", "--bicubic", "--scale", "0"], "scale 0; allowed 1 or more"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_file(tmp_path, monkeypatch, capsys, arguments, message) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in.png", COLOUR)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n")
    if "--network" not in arguments and "--scale" not in arguments:
        golden.save(NETWORK, tmp_path / "network.npz")
        arguments = [*arguments, "--network", "network.npz"]
    assert upscale.main(arguments) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} <= {"in.png", "broken.png", "network.npz"}


def test_ctrl_c_leaves_no_half_file(saved, tmp_path) -> None:
    write(tmp_path / "in.png", strategies.noise(20, 20))
    code = (
        "import signal, sys, time, golden.upscale as u\n"
        "from golden.pictures import photograph\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job in the background inherits that it is ignored
        "photograph.write = lambda *_: (print('writing', flush=True), time.sleep(60))\n"
        "sys.exit(u.main())"
    )
    command = [sys.executable, "-c", code, "in.png", "out.png", "--network", str(saved)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(Path.cwd())}, **pipes) as process:
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error == "golden.upscale: interrupted, nothing written\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png", "network.npz"]


SHIPPED = networks.shipped()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_networks_load_carry_their_name_and_are_found_by_it(path) -> None:
    network = golden.load(path)
    weights = {layer.weight_type.bits for layer in network.layers}
    activations = {layer.output.bits for layer in network.layers[:-1]}
    bits, mixed = (min(weights), min(activations)), max(len(weights), len(activations)) > 1
    model = "fsrcnn-s" if network.layers[0].weight.shape[0] == 32 else "fsrcnn"
    model += "-r" if network.layers[-1].luma is not None else ""
    assert path.stem == networks.name_of(network.scale, *bits, model) + networks.MIXED * mixed
    assert networks.named(path.stem) == path
    if bits[0] == bits[1] and not mixed:
        assert networks.find(network.scale, bits[0], model) == path


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("bits", [8, 6, 4])
def test_a_network_is_found_by_scale_and_bits_the_first_model_that_ships(scale, bits) -> None:
    ships = [model for model in networks.MODELS if networks.FOLDER / f"{networks.name_of(scale, bits, bits, model)}.npz" in SHIPPED]
    assert networks.find(scale, bits).stem == networks.name_of(scale, bits, bits, ships[0])


def test_the_command_finds_a_shipped_network_by_scale_and_bits_and_by_name(tmp_path) -> None:
    picture = write(tmp_path / "in.png", strategies.noise(9, 11))
    path = networks.find(2, 4)
    network = golden.load(path)
    model, bits = path.stem.split("-x")[0], network.layers[0].weight_type.bits
    given = ["--scale", str(network.scale), "--bits", str(bits), "--model", model]
    assert upscale.main([str(picture), str(tmp_path / "a.png"), *given]) == 0
    assert upscale.main([str(picture), str(tmp_path / "b.png"), "--network", path.stem]) == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert read_image(tmp_path / "a.png").shape == (9 * network.scale, 11 * network.scale)


@pytest.mark.parametrize("name", ["fsrcnn-x9-w8a8", "nothing.npz"])
def test_an_unknown_network_is_named_with_those_that_ship(name) -> None:
    with pytest.raises(FileNotFoundError, match=f"{name}: no such file, and no network of that name .* allowed .*fsrcnn-x2-w8a8"):
        networks.named(name)
