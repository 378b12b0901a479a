"""The luma lane: exact in every layer of the frozen network, held in training, and about the student it was made from."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

import golden
from qat.quantizing.calibrate import calibrate
from qat.quantizing.freeze import freeze
from qat.quantizing.luma_lane import THRESHOLD_EXPONENT, hold_lane, into_lane
from qat.training import stages
from tests import strategies
from tests.qat import tiny

WIDE = {"network__d": 16, "network__s": 8, "network__m": 2}


def wide(scale: int = 2, slopes: str = "layer"):
    return tiny.recipe(**WIDE, network__scale=scale, network__slopes=slopes)


def trained_like(recipe) -> torch.nn.Module:
    """An interpolating student with small random additions, as training leaves it."""
    torch.manual_seed(2)
    student = stages.new_student(recipe, None)
    with torch.no_grad():
        for name, parameter in student.named_parameters():
            if "prelu" not in name and "deconvolution" not in name:
                parameter += 0.02 * torch.randn_like(parameter)
        student.layers["extraction"].prelu.weight.zero_()
    return student.eval()


def laned(recipe):
    """(float student, float student with a lane, quantized student with a lane)."""
    student = trained_like(recipe)
    batches = [tiny.batch(recipe.network.scale, patch=24, seed=seed)[0] for seed in range(2)]
    with_lane = into_lane(student, torch.cat(batches)).eval()
    quantized = stages.new_quantized_student(recipe, with_lane)
    calibrate(quantized, with_lane, batches, THRESHOLD_EXPONENT)
    hold_lane(quantized)
    return student, with_lane, quantized


@pytest.mark.parametrize("slopes", ["layer", "channel"])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_every_hidden_layer_of_the_frozen_network_carries_luma_exactly(scale, slopes) -> None:
    recipe = wide(scale, slopes)
    assert recipe.has_luma_lane
    network = freeze(laned(recipe)[2])
    frame = np.concatenate([np.arange(256, dtype=np.uint8).reshape(16, 16), strategies.noise(16, 16)])
    taps = golden.trace(network, frame)
    signed = frame.astype(int) - 128
    for layer in network.layers[:-1]:
        assert np.array_equal(taps[layer.name][0], np.clip(-signed, 0, 127)), layer.name
        assert np.array_equal(taps[layer.name][1], np.clip(signed, 0, 127)), layer.name


@torch.no_grad()
def test_the_lane_changes_the_float_student_little_where_there_are_channels_to_spare() -> None:
    """A student whose two least used channels do nothing becomes the same function, away from the borders."""
    recipe = wide()
    student = trained_like(recipe)
    for module in list(student.layers.values())[:-1]:
        module.conv.weight[-2:] = 0
        module.conv.bias[-2:] = 0
    x = tiny.batch(patch=32)[0]
    with_lane = into_lane(student, x)
    inside = (..., slice(20, -20), slice(20, -20))
    difference = (with_lane(x) - student(x))[inside].abs()
    assert difference.max() < 0.02
    assert (student(x)[inside] - 0.5).abs().mean() > 0.1
    broken = copy.deepcopy(with_lane)
    broken.layers["mapping1"].conv.weight[0] = 0
    assert (broken(x) - student(x))[inside].abs().max() > 0.1


def test_training_leaves_the_lane_alone_and_moves_the_rest() -> None:
    quantized = laned(wide())[2].train()
    before = {name: value.clone() for name, value in quantized.named_parameters()}
    optimizer = torch.optim.Adam([p for p in quantized.parameters() if p.requires_grad], lr=1e-2)
    x, y = tiny.batch()
    for _ in range(3):
        optimizer.zero_grad()
        (quantized(x) - y).square().mean().backward()
        optimizer.step()
    after = dict(quantized.named_parameters())
    for name in quantized.layers:
        if name != "deconvolution":
            for part in ("weight", "bias"):
                key = f"layers.{name}.conv.{part}"
                assert torch.equal(after[key][:2], before[key][:2])
                assert not torch.equal(after[key][2:], before[key][2:])
    assert not torch.equal(after["layers.deconvolution.conv.weight"][:2], before["layers.deconvolution.conv.weight"][:2])
    assert float(after["layers.extraction.prelu.weight"].detach()) == 0


@pytest.mark.parametrize(
    ("changes", "has"),
    [
        ({}, True),
        ({"luma_lane": False}, False),
        ({"quantization__bits": 6}, False),
        ({"quantization__overrides": {"mapping1": {"activation": 4}}}, False),
        ({"network__s": 4}, False),
    ],
)
def test_a_recipe_has_a_lane_only_where_it_is_exact(changes, has) -> None:
    assert tiny.recipe(**(WIDE | changes)).has_luma_lane == has
