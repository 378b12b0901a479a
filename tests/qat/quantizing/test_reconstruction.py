"""Layers in closed form: least squares, rounding that makes up for itself, and what both do to students."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from qat.model.quantized import LayerBits, Quantization
from qat.quantizing.equalize import equalized
from qat.quantizing.reconstruction import Sums, fit_deconvolution, reconstructed
from qat.training import stages
from qat.training.float_student import save_float_student
from tests.qat import tiny


def correlated(positions: int = 400, inputs: int = 12) -> tuple[torch.Tensor, torch.Tensor]:
    """Windows of correlated inputs, and two targets that are nearly linear in them."""
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(positions, 3, generator=generator) @ torch.randn(3, inputs, generator=generator)
    x += 0.3 * torch.randn(positions, inputs, generator=generator) + 1
    return x, x @ torch.randn(inputs, 2, generator=generator) + 0.01 * torch.randn(positions, 2, generator=generator) + 5


def test_the_solution_is_that_of_least_squares_with_an_intercept() -> None:
    x, y = correlated()
    sums = Sums.of([(x[:100], y[:100]), (x[100:], y[100:])])
    weight = sums.solve(torch.zeros(2, 12))
    expected = np.linalg.lstsq(np.c_[x.double().numpy(), np.ones(len(x))], y.double().numpy(), rcond=None)[0]
    assert np.allclose(weight.numpy(), expected[:-1].T, atol=0.02)
    assert np.allclose((sums.y - weight @ sums.x).numpy(), expected[-1], atol=0.05)


@pytest.mark.parametrize("limit", [7, 31])
def test_rounding_lies_on_the_grid_and_is_better_than_rounding_each_weight(limit) -> None:
    x, y = correlated()
    sums = Sums.of([(x, y)])
    best = sums.solve(torch.zeros(2, 12))
    step = best.abs().amax(1) / limit
    plain = (best / step[:, None]).round().clamp(-limit, limit) * step[:, None]
    rounded = sums.round(best, step, limit)
    integers = rounded / step[:, None]
    assert torch.allclose(integers, integers.round(), atol=1e-9)
    assert integers.abs().max() <= limit + 1e-9
    assert sums.error(rounded, best).sum() < 0.5 * sums.error(plain, best).sum()


@pytest.mark.parametrize("changes", [{}, {"quantization__bits": 4}, {"network__residual": False, "network__rectified": "none"}])
@torch.no_grad()
def test_a_fitted_network_is_nearer_to_its_float_student_than_one_that_is_only_rounded(changes) -> None:
    recipe = tiny.recipe(network__d=16, network__s=8, **changes)
    student = tiny.shaken_student(recipe)
    batches = [
        torch.nn.functional.interpolate(tiny.batch(patch=6, seed=seed)[0], scale_factor=4, mode="bilinear") for seed in (0, 1)
    ]
    batches = [(x * 256).round() / 256 for x in batches]
    copied = tiny.quantized_copy(recipe, equalized(student, recipe.quantization, torch.cat(batches)).network)
    fitted = reconstructed(student, recipe.quantization, batches)
    for name, module in fitted.layers.items():
        threshold = copied.layers[name].conv.weight_quant.tensor_quant.scaling_impl.value
        threshold.copy_(module.conv.weight_quant.tensor_quant.scaling_impl.value)
    expected = student(batches[0]).clamp(0, 255 / 256)
    errors = [float((network.eval()(batches[0]) - expected).square().mean()) for network in (fitted, copied)]
    assert errors[0] < 0.8 * errors[1]


@pytest.mark.parametrize("bits", [8, 4, 2])
@torch.no_grad()
def test_a_weight_threshold_has_the_least_error_of_all(bits) -> None:
    student, x = tiny.shaken_student(tiny.recipe()), tiny.batch(patch=16)[0]
    quantization = Quantization(LayerBits(bits, bits))
    source, conv = equalized(student, quantization, x), reconstructed(student, quantization, [x]).layers["extraction"].conv
    windows = torch.nn.functional.unfold(x, 5, padding=2).transpose(1, 2).flatten(0, 1)
    sums = Sums.of([(windows, source.network.layers["extraction"].conv(x).permute(0, 2, 3, 1).flatten(0, 2))])
    best, limit = sums.solve(source.network.layers["extraction"].conv.weight.flatten(1)), 2 ** (bits - 1)
    rounded = [sums.round(best, torch.full((len(best),), 2.0**exponent / limit), limit - 1) for exponent in range(-12, 9)]
    least = torch.stack([sums.error(weight, best) for weight in rounded]).amin(0)
    assert torch.allclose(sums.error(conv.weight.flatten(1), best), least, rtol=1e-3)


@pytest.mark.parametrize("scale", [2, 3, 4])
@torch.no_grad()
def test_a_spoiled_deconvolution_is_found_again(scale) -> None:
    student = tiny.shaken_student(tiny.recipe(network__scale=scale))
    batches = [(x, student(x)) for x in (tiny.batch(scale, 16, 24, seed=seed)[0] for seed in range(3))]
    spoiled = copy.deepcopy(student)
    spoiled.layers["deconvolution"].weight[1:] = 0
    before = (spoiled(batches[0][0]) - batches[0][1]).square().mean()
    fit_deconvolution(spoiled, batches)
    assert (spoiled(batches[0][0]) - batches[0][1]).square().mean() < 0.05 * before


def test_only_a_start_of_another_scale_has_its_deconvolution_fitted(tmp_path) -> None:
    save_float_student(stages.new_student(tiny.recipe(), None), tmp_path / "x2.safetensors")
    start = str(tmp_path / "x2.safetensors")
    assert [
        stages.starts_at_another_scale(tiny.recipe(start=start, network__scale=scale, teacher__steps=0)) for scale in (2, 3, 4)
    ] == [
        False,
        True,
        True,
    ]
    assert not stages.starts_at_another_scale(tiny.recipe(network__scale=3))
