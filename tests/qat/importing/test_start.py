"""What an import makes is trained on: `qat.distill --start`, and the plain shapes in every part of the training."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import golden
from golden import networks
from golden.networks import ship
from qat import distill
from qat.errors import RecipeError, ThawError
from qat.importing.asked import Asked
from qat.importing.checkpoint import read_checkpoint
from qat.importing.conversion import student_of
from qat.model.compiled import plain_forward
from qat.model.settings import LayerBits, Quantization
from qat.model.shape import NetworkShape
from qat.model.student import FSRCNN, start_as_interpolator
from qat.quantizing.freeze import freeze
from qat.quantizing.reconstruction import reconstructed
from qat.quantizing.thaw import thaw
from qat.recipe import Recipe
from qat.training.float_student import save_float_student
from tests.qat import tiny
from tests.qat.importing import foreign
from tests.qat.model.test_compiled import assert_same_maps

SHAPES: dict[str, Any] = {
    "clipped, residual, x3": {"scale": 3, "residual": True, "convolutions": ((3, 5, "clipped"), (10, 1, "none"))},
    "relu x2": {"convolutions": ((5, 6, "relu"), (3, 4, "relu"), (6, 1, "none"))},
    "prelu x4": {"scale": 4, "convolutions": ((1, 3, "prelu"), (3, 4, "relu"), (14, 1, "none"))},
}


def shape_of(name: str) -> NetworkShape:
    return NetworkShape(slopes="channel", **SHAPES[name])


def quantized(shape: NetworkShape, bits: int = 8) -> Any:
    torch.manual_seed(1)
    student = FSRCNN(shape)
    start_as_interpolator(student)
    batches = [tiny.batch(shape.scale, seed=seed)[0] for seed in range(2)]
    return reconstructed(student, Quantization(LayerBits(bits, bits)), batches)


@pytest.mark.parametrize("bits", [8, 4])
@pytest.mark.parametrize("name", SHAPES)
def test_a_plain_student_is_frozen_and_thawed(name, bits) -> None:
    network = freeze(quantized(shape_of(name), bits))
    assert freeze(thaw(network)) == network
    assert [layer.output.signed for layer in network.layers[:-1]] == [layer.kernel == 1 for layer in network.layers[:-1]]


@pytest.mark.parametrize("name", SHAPES)
def test_a_plain_students_training_forward_is_that_of_brevitas(name) -> None:
    shape = shape_of(name)
    network = quantized(shape).train()
    assert_same_maps(network, plain_forward(network), tiny.batch(shape.scale)[0])


@pytest.mark.parametrize("name", SHAPES)
def test_a_plain_student_starts_as_an_interpolator(name) -> None:
    shape = shape_of(name)
    student = FSRCNN(shape).eval()
    start_as_interpolator(student, rest=0.0)
    with torch.no_grad():
        flat = student(torch.full((1, 1, 9, 9), 0.5))
    middle = flat[..., 3 * shape.scale : -3 * shape.scale, 3 * shape.scale : -3 * shape.scale]
    assert torch.allclose(middle, torch.tensor(0.5), atol=1e-6)


@pytest.mark.parametrize(
    ("convolutions", "message"),
    [
        ([[3, 4, "relu"]], "convolutions.0. .*; allowed 2..31, 1, none"),
        ([[4, 4, "relu"], [6, 1, "none"]], "convolutions.0. .*; allowed an odd 1..31, 1..512, prelu or relu or clipped"),
        ([[3, 4, "tanh"], [6, 1, "none"]], "convolutions.0. "),
        ([[3, True, "relu"], [6, 1, "none"]], "convolutions.0. "),
        ([[3, 4, "relu"], [6, 3, "none"]], "convolutions.1. "),
        ([[3, 4, "relu"], [1, 1, "none"]], "convolutions.1. "),
        ([[6, 1, "none"]], "1 convolutions, .*; allowed 2..64"),
        ([[3, 4]], "allowed a list of"),
        (7, "convolutions 7; allowed a list of"),
    ],
)
def test_a_shape_that_makes_no_network_is_refused_where_it_stands(convolutions, message) -> None:
    with pytest.raises(RecipeError, match=message) as refused:
        Recipe.from_dict({"network": {"convolutions": convolutions}, "method": {"distilled_layer": "convolution1"}})
    assert "\n" not in str(refused.value)


def test_a_layer_of_another_name_is_not_thawed() -> None:
    network = freeze(quantized(shape_of("relu x2")))
    assert thaw(network).shape.convolutions == ((5, 6, "relu"), (3, 4, "relu"), (6, 1, "none"))
    first, second, last = network.layers
    with pytest.raises(ThawError, match="layer 'second': 3x3, 6 to 4 channels, .* allowed 'convolution2', 3x3"):
        thaw(golden.IntNetwork((first, replace(second, name="second"), last)))


@pytest.fixture
def start(tmp_path) -> Path:
    module = foreign.shaken(foreign.Ecbsr())
    student = student_of(read_checkpoint(foreign.save(module, tmp_path / "a.pth"), Asked()))
    save_float_student(student, tmp_path / "start.safetensors")
    return tmp_path / "start.safetensors"


def test_distill_trains_the_network_of_its_start(start, tmp_path, monkeypatch) -> None:
    data, out = tiny.photographs(tmp_path / "data"), tmp_path / "run"
    steps = [part for name in ("teacher", "student", "quantized") for part in ("--set", f"{name}.steps=6")]
    status = tiny.run("--start", start, "--data", data, "--out", out, "--threads", "1", *steps)
    assert status == tiny.due_status(out)
    network, facts = golden.load(out / "network.npz"), json.loads((out / "network.json").read_text())
    assert [layer.kernel for layer in network.layers] == [3, 3, 6]
    assert network.layers[-1].luma is not None
    assert facts["recipe"]["network"]["convolutions"] == [[3, 4, "prelu"], [3, 5, "prelu"], [6, 1, "none"]]
    assert facts["recipe"]["method"]["distilled_layer"] == "convolution2"
    assert facts["start"].keys() == {"sha256"}
    monkeypatch.setenv(networks.OWN_FOLDER, str(tmp_path / "own"))
    assert ship.main([str(out), "mine"]) == ship.main([str(out), "mine-float"]) == 0


def test_a_start_of_an_fsrcnn_brings_its_sizes_and_settings_go_before_it(start) -> None:
    parser = distill.parser()
    plain = distill.recipe_of(parser.parse_args(["--start", str(start), "--set", "method.distilled_layer=convolution1"]))
    assert plain.method.distilled_layer == "convolution1"
    shipped = distill.recipe_of(parser.parse_args(["--start", "fsrcnn-s-r-x2-float", "--scale", "3"]))
    assert (shipped.network.d, shipped.network.s, shipped.network.m, shipped.network.scale) == (32, 5, 1, 3)
    assert shipped.network.residual
    assert shipped.start == "fsrcnn-s-r-x2-float"


@pytest.mark.parametrize("content", [b"", b"text"])
def test_a_start_that_is_none_ends_in_one_line(content, tmp_path, capsys) -> None:
    (tmp_path / "a.safetensors").write_bytes(content)
    assert tiny.run("--start", tmp_path / "a.safetensors", "--out", tmp_path / "run") == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "start: " in error
    assert tiny.run("--start", "nothing", "--out", tmp_path / "run") == 1
    assert "start: nothing: no such file" in capsys.readouterr().err
