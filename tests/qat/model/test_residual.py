"""A student with a residual: how it starts, what is refused, that rectified layers stay so, and that it trains to a network."""

from __future__ import annotations

import copy
import json

import pytest
import torch

import golden
from golden import compare, executors
from qat.model.deconvolution import interpolating_kernel
from qat.model.quantized import RESIDUAL_STEP
from qat.model.shape import NetworkShape
from qat.model.student import FSRCNN, start_as_interpolator
from qat.quantizing import reconstruction
from qat.recipe import RecipeError
from qat.training import stages
from qat.training.float_student import load_float_student, load_matching, save_float_student
from tests.qat import tiny

RESIDUAL = {"network__residual": True, "network__rectified": "wide", "network__slopes": "channel"}


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_it_starts_as_the_interpolator_that_a_plain_student_starts_as(scale):
    students = [FSRCNN(NetworkShape(6, 3, 1, scale, residual=residual)).eval() for residual in (False, True)]
    for student in students:
        start_as_interpolator(student, rest=0.0)
    x = torch.rand(2, 1, 12, 9)
    inner = (..., slice(4 * scale, -4 * scale), slice(4 * scale, -4 * scale))
    plain, residual = (student(x)[inner].detach() for student in students)
    assert torch.allclose(plain, residual, atol=1e-6)
    assert float(plain.std()) > 0.1


def test_the_halo_of_the_residual_is_mid_gray():
    student = FSRCNN(NetworkShape(6, 3, 1, residual=True)).eval()
    start_as_interpolator(student, rest=0.0)
    assert torch.allclose(student(torch.full((1, 1, 5, 5), 0.5)), torch.tensor(0.5))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"network__residual": False}, "rectified 'wide' without residual = true"),
        (
            {"network__residual": False, "network__rectified": "none", "quantization__bits": 7},
            "7 bits in a plain network; allowed 8",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(changes, message):
    with pytest.raises(RecipeError, match=message):
        tiny.recipe(**changes)


@pytest.mark.parametrize(("rectified", "names"), [("wide", {"extraction", "expanding"}), ("all", None)])
def test_rectified_slopes_are_never_above_zero_whatever_is_loaded_or_trained(tmp_path, rectified, names):
    signed = tiny.shaken_student(tiny.recipe(network__rectified="none"))
    save_float_student(signed, tmp_path / "signed.safetensors")
    recipe = tiny.recipe(**RESIDUAL | {"network__rectified": rectified})
    student = stages.new_student(recipe, None)
    load_matching(student, tmp_path / "signed.safetensors")
    slopes = {name: module.prelu.weight for name, module in student.layers.items() if name != "deconvolution"}
    names = names or set(slopes)
    for name, slope in slopes.items():
        loaded = signed.layers[name].prelu.weight.detach()
        assert torch.equal(slope.detach(), loaded.clamp(max=0) if name in names else loaded)
    save_float_student(student, tmp_path / "rectified.safetensors")
    assert load_float_student(tmp_path / "rectified.safetensors").shape.rectified == rectified
    for stage in (stages.StudentStage(recipe, student, None), quantized_stage(recipe, student)):
        optimizer = stage.optimizer(1.0)
        slopes = {name: module.prelu.weight for name, module in list(stage.network.layers.items())[:-1]}
        for slope in slopes.values():
            slope.data.fill_(-1 / 64)
            slope.grad = torch.full_like(slope, -1.0)
        optimizer.step()
        stage.stepped()
        for name, slope in slopes.items():
            assert bool((slope == 0).all() if name in names else (slope > 0).all())


def quantized_stage(recipe, student):
    return stages.QuantizedStage(recipe, tiny.quantized_copy(recipe, student), None)


def test_a_deconvolution_is_fitted_to_what_the_residual_leaves():
    torch.manual_seed(1)
    student = tiny.shaken_student(tiny.recipe(**RESIDUAL))
    x, y = tiny.batch(count=8, patch=24)
    before = float((student(x) - y).abs().mean().detach())
    reconstruction.fit_deconvolution(student, [(x, y)])
    assert float((student(x) - y).abs().mean().detach()) < 0.9 * before


def test_the_residual_is_rounded_so_that_its_picture_stays_and_is_held():
    recipe = tiny.recipe(**RESIDUAL, quantization__bits=4, calibration_batches=2)
    student = stages.new_student(recipe, None).eval()
    x = torch.nn.functional.interpolate(tiny.batch(count=8, patch=4)[0], scale_factor=6, mode="bicubic").clamp(0, 255 / 256)
    quantized = reconstruction.reconstructed(student, recipe.quantization, [x[:4], x[4:]])
    taps = quantized.residual.conv.weight.detach() / RESIDUAL_STEP
    nearest = copy.deepcopy(student.residual)
    nearest.weight.data = (nearest.weight / RESIDUAL_STEP).round() * RESIDUAL_STEP
    off, nearest_off = (
        float((picture - student.residual(x)).square().mean().detach()) for picture in (quantized.residual(x), nearest(x))
    )
    assert torch.equal(taps, taps.round())
    assert off < 0.5 * nearest_off
    assert not quantized.residual.conv.weight.requires_grad


def test_a_start_of_another_scale_gives_its_body_and_the_residual_interpolates(tmp_path):
    start = tmp_path / "x2.safetensors"
    save_float_student(tiny.shaken_student(tiny.recipe(**RESIDUAL)), start)
    student = stages.new_student(tiny.recipe(**RESIDUAL, network__scale=3, teacher__steps=0, start=str(start)), None)
    body = load_float_student(start).layers["mapping1"].conv.weight
    assert torch.equal(student.layers["mapping1"].conv.weight, body)
    assert torch.equal(student.residual.weight[0, 0], interpolating_kernel(3))


@pytest.mark.parametrize(("bits", "slopes"), [(8, "layer"), (4, "channel")])
def test_a_training_ends_in_a_network_with_a_residual_that_brevitas_agrees_with(tmp_path, bits, slopes):
    data, out = tiny.photographs(tmp_path / "data"), tmp_path / "run"
    settings = ["network.residual=true", "network.rectified=all", f"network.slopes={slopes}", "teacher.steps=0"]
    asked = [part for setting in settings for part in ("--set", setting)]
    done = tiny.distill("--data", data, "--out", out, "--bits", str(bits), *asked)
    assert done.returncode == tiny.due_status(out), done.stderr
    network = golden.load(out / "network.npz")
    assert network.layers[-1].luma is not None
    assert not network.layers[0].output.signed
    assert json.loads((out / "network.json").read_text())["recipe"]["network"]["residual"] is True
    source = executors.Source(network, out / "network.npz")
    executor = executors.open_executor(executors.known()["brevitas"], source)
    result = compare.trace_verdict(network, "brevitas", executor.trace, compare.default_frames(network))
    assert result.agrees, result.report(taps=True)
