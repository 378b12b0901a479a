"""Equalized thresholds: the same picture, and channels that fill what all activations share."""

from __future__ import annotations

import pytest
import torch

from golden.int_type import IntType
from qat.model.quantized import LayerBits, Quantization
from qat.quantizing.equalize import best_thresholds, equalized, round_activation
from tests.qat import tiny

RECIPES = [{}, {"network__slopes": "layer"}, {"network__residual": False, "network__rectified": "none"}]


@pytest.mark.parametrize("changes", RECIPES, ids=["residual", "slope per layer", "plain"])
@torch.no_grad()
def test_the_picture_stays_and_the_maps_are_scaled_by_their_factors(changes):
    recipe = tiny.recipe(**changes)
    student, x = tiny.shaken_student(recipe), tiny.batch(patch=16)[0]
    result = equalized(student, recipe.quantization, x)
    assert torch.allclose(result.network.eval()(x), student(x), atol=1e-5)
    for name, factor in result.factor.items():
        scaled, plain = (network.forward_with_map(x, name)[1] for network in (result.network, student))
        assert torch.allclose(scaled, result.target(name, plain), rtol=1e-4, atol=1e-6)
        assert len(set(factor.tolist())) > 1, "nothing was equalized"


@pytest.mark.parametrize("bits", [8, 4, 2])
@torch.no_grad()
def test_every_channel_loses_less_at_the_common_threshold_than_before(bits):
    recipe = tiny.recipe()
    student, x = tiny.shaken_student(recipe), tiny.batch(patch=16)[0]
    result = equalized(student, Quantization(LayerBits(bits, bits)), x)
    for layer in recipe.network.layers[:-1]:
        held = IntType(bits, signed=not layer.rectified)
        errors = []
        for network in (result.network, student):
            values = network.forward_with_map(x, layer.name)[1].transpose(0, 1).flatten(1)
            lost = (round_activation(values, 1.0, held) - values).square().mean(1)
            errors.append(lost / values.square().mean(1).clamp(min=1e-12))
        assert bool((errors[0] <= errors[1] * 1.05).all())
        assert float(errors[0].sum()) < float(errors[1].sum())


@pytest.mark.parametrize("signed", [False, True])
def test_a_channels_threshold_has_the_least_squared_error_of_those_tried(signed):
    generator = torch.Generator().manual_seed(2)
    values = torch.randn(3, 500, generator=generator) * torch.tensor([[0.01], [1.0], [30.0]])
    held = IntType(4, signed)
    best = best_thresholds(values, held)
    for factor in (0.5, 0.8, 1.25, 2.0):
        worse = (round_activation(values, best[:, None] * factor, held) - values).square().mean(1)
        assert bool(((round_activation(values, best[:, None], held) - values).square().mean(1) <= worse * 1.01).all())
    assert best.argsort().tolist() == [0, 1, 2]


def test_a_dead_channel_is_left_finite():
    recipe = tiny.recipe()
    student, x = tiny.shaken_student(recipe), tiny.batch()[0]
    with torch.no_grad():
        student.layers["extraction"].conv.weight[0] = 0
        student.layers["extraction"].conv.bias[0] = 0
    result = equalized(student, recipe.quantization, x)
    assert all(bool(torch.isfinite(factor).all()) for factor in result.factor.values())
