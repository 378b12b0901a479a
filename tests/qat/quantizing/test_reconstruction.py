"""Layers in closed form: least squares, rounding that makes up for itself, and what both do to students."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

import golden
from qat.distill import calibrated
from qat.quantizing import equalize
from qat.quantizing.freeze import freeze
from qat.quantizing.reconstruction import Sums, fit_deconvolution
from qat.training import stages
from qat.training.float_student import save_float_student
from tests.qat import tiny
from tests.qat.quantizing.test_equalize import LEVELS, trained_like, wide


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


def output_error(recipe, student, batches) -> float:
    said = calibrated(recipe, student, batches).eval()
    return float((said(batches[0]) - student(batches[0]).clamp(0, 255 / 256)).square().mean())


@pytest.mark.parametrize("bits", [8, 4])
@torch.no_grad()
def test_a_fitted_network_is_nearer_to_its_float_student_and_keeps_the_lane(bits) -> None:
    recipe, fitted = wide(bits, bits), wide(bits, bits, fitting_batches=2)
    student = trained_like(recipe)
    batches = [
        torch.nn.functional.interpolate(tiny.batch(patch=6, seed=seed)[0], scale_factor=4, mode="bilinear") for seed in (0, 1)
    ]
    batches = [(x * 256).round() / 256 for x in batches]
    assert output_error(fitted, student, batches) < 0.8 * output_error(recipe, student, batches)
    network = freeze(calibrated(fitted, student, batches))
    taps = {name: tap.astype(int) for name, tap in golden.trace(network, LEVELS.astype(np.uint8)).items()}
    base = equalize.Digits(bits).base
    for name, lane in list(equalize.lanes(recipe.network, recipe.quantization).items())[1:]:
        low = taps[name][lane.high] if lane.low else 0
        assert np.array_equal(base * taps[name][0] + low + 128, LEVELS), name


@pytest.mark.parametrize("scale", [2, 3, 4])
@torch.no_grad()
def test_a_spoiled_deconvolution_is_found_again(scale) -> None:
    student = trained_like(wide(8, 8, network__scale=scale))
    batches = [(x, student(x)) for x in (tiny.batch(scale, 16, 24, seed=seed)[0] for seed in range(3))]
    spoiled = copy.deepcopy(student)
    spoiled.layers["deconvolution"].weight[1:] = 0
    before = (spoiled(batches[0][0]) - batches[0][1]).square().mean()
    fit_deconvolution(spoiled, batches)
    assert (spoiled(batches[0][0]) - batches[0][1]).square().mean() < 0.05 * before


def test_only_a_start_of_another_scale_has_its_deconvolution_fitted(tmp_path) -> None:
    save_float_student(stages.new_student(tiny.recipe(), None), tmp_path / "x2.safetensors")
    start = str(tmp_path / "x2.safetensors")
    assert [stages.starts_at_another_scale(tiny.recipe(start=start, network__scale=scale)) for scale in (2, 3, 4)] == [
        False,
        True,
        True,
    ]
    assert not stages.starts_at_another_scale(tiny.recipe(network__scale=3))
