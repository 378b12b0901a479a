"""The digit lane: luma in two digits, exact in every layer of the frozen network; the held channel it is made from."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import golden
from qat.distill import calibrated
from qat.quantizing import equalize
from qat.quantizing.equalize import DARKEST, Digits, lanes
from qat.quantizing.freeze import freeze
from qat.recipe import RecipeError
from qat.training import stages
from tests.qat import tiny

WIDE = {"network__d": 32, "network__s": 8, "network__m": 2, "network__slopes": "channel", "held_luma": True}
WIDTHS = [(8, 8), (8, 6), (6, 6), (4, 6), (5, 5), (4, 4), (8, 4)]
BRIGHTEST = equalize.BRIGHTEST
LEVELS = np.arange(256).reshape(16, 16)[DARKEST // 16 : BRIGHTEST // 16 + 1]


def wide(weight: int, activation: int, **changes):
    bits = {"quantization__bits": {"weight": weight, "activation": activation}}
    return tiny.recipe(**WIDE, **bits, **changes)


def trained_like(recipe) -> torch.nn.Module:
    """A float student with held luma whose other weights are small and random, as training leaves it."""
    torch.manual_seed(2)
    student = stages.new_student(recipe, None)
    with torch.no_grad():
        for module in list(student.layers.values())[:-1]:
            for parameter in (module.conv.weight, module.conv.bias, module.prelu.weight):
                parameter[1:] += 0.02 * torch.randn_like(parameter[1:])
    return student.eval()


def quantized(recipe):
    batches = [tiny.batch(recipe.network.scale, patch=24, seed=seed)[0] for seed in range(2)]
    return calibrated(recipe, trained_like(recipe), batches)


@pytest.mark.parametrize(("weight", "activation"), WIDTHS)
def test_every_layer_of_the_frozen_network_carries_luma_exactly(weight, activation) -> None:
    recipe = wide(weight, activation)
    said = golden.trace(freeze(quantized(recipe)), LEVELS.astype(np.uint8))
    taps = {name: tap.astype(int) for name, tap in said.items()}
    base = Digits(activation).base
    for name, lane in lanes(recipe.network, recipe.quantization).items():
        for copy in range(lane.high):
            assert np.abs(base * taps[name][copy] + 128 - LEVELS).max() <= base // 2, (name, copy)
        if lane.low:
            assert np.array_equal(base * taps[name][0] + taps[name][lane.high] + 128, LEVELS), name
        elif base == 1:
            assert np.array_equal(taps[name][0] + 128, LEVELS), name


@pytest.mark.parametrize("bits", [4, 5, 6, 7])
def test_the_segments_add_up_to_luma(bits) -> None:
    digits, half = Digits(bits), 1 << (bits - 1)
    level = np.arange(DARKEST, BRIGHTEST + 1)
    total = sum(np.clip(level - center, -half, half - 1) for center in digits.centers)
    assert np.array_equal(total + digits.balance, level)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_held_channel_is_luma_minus_a_half_and_starts_as_the_same_interpolator(scale) -> None:
    torch.manual_seed(1)
    plain = stages.new_student(tiny.recipe(network__scale=scale, network__d=32, network__s=8, network__slopes="channel"), None)
    torch.manual_seed(1)
    held = stages.new_student(wide(8, 8, network__scale=scale), None)
    x = tiny.batch(scale, patch=24)[0]
    _, last = held.forward_with_map(x, "expanding")
    assert torch.allclose(last[:, 0], x[:, 0] - 0.5, atol=1e-6)
    inside = (..., slice(6 * scale, -6 * scale), slice(6 * scale, -6 * scale))
    for student in (plain, held):  # only the luma channel, the others start at random
        student.layers["deconvolution"].weight.data[1:] = 0
    assert torch.allclose(plain(x)[inside], held(x)[inside], atol=1e-5)


def test_training_leaves_the_held_channel_and_the_lane_alone_and_moves_the_rest() -> None:
    recipe = wide(4, 4)
    for network, held in (
        (stages.new_student(recipe, None), dict.fromkeys(lanes(recipe.network, recipe.quantization), 1)),
        (quantized(recipe), {n: lane.channels for n, lane in lanes(recipe.network, recipe.quantization).items()}),
    ):
        before = {name: value.clone() for name, value in network.train().named_parameters()}
        optimizer = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=1e-2)
        x, y = tiny.batch(patch=16)
        for _ in range(3):
            optimizer.zero_grad()
            (network(x) - y).square().mean().backward()
            optimizer.step()
        after = dict(network.named_parameters())
        for name, count in held.items():
            for part in ("conv.weight", "conv.bias", "prelu.weight"):
                key = f"layers.{name}.{part}"
                assert torch.equal(after[key][:count], before[key][:count]), key
            assert not torch.equal(after[f"layers.{name}.conv.weight"][count:], before[f"layers.{name}.conv.weight"][count:])


def test_at_eight_bits_calibration_alone_keeps_the_picture() -> None:
    recipe = wide(8, 8)
    student, x = trained_like(recipe), tiny.batch(patch=24)[0]
    said = calibrated(recipe, student, [x]).eval()(x)
    expected = student(x).clamp(0, 255 / 256)
    assert (said - expected).abs().mean() < 0.02
    assert expected.std() > 0.1


@pytest.mark.parametrize(
    "changes",
    [
        {"network__slopes": "layer"},
        {"network__m": 0},
        {"quantization__overrides": {"mapping1": {"activation": 4}}},
        {"quantization__bits": 3},
        {"network__s": 2, "quantization__bits": 4},
    ],
)
def test_a_recipe_without_room_for_the_lane_is_refused(changes) -> None:
    with pytest.raises(RecipeError, match="held_luma = true; allowed with"):
        tiny.recipe(**(WIDE | changes))
