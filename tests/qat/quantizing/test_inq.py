"""Incremental quantization: which are held when, that held ones stay, that all end on their grids, and what a step is."""

from __future__ import annotations

import pytest
import torch

from qat.model.settings import Schedule
from qat.quantizing.inq import GridAdam, Weights
from tests.qat import tiny


@pytest.fixture
def network():
    return tiny.quantized(tiny.recipe(quantization__bits=4)).train()


def weights_of(network):
    weights = Weights(network)
    return weights, weights.optimizer(network.parameters(), 1.0)


def in_steps(conv) -> torch.Tensor:
    return conv.weight.detach() / conv.quant_weight().scale.detach()


@pytest.mark.parametrize(("first", "last"), [(0.5, 0.5), (0.9, 0.5), (-0.1, 0.5), (0.5, 1.1), (0.5, 0.0), (0.0, 0.0)])
def test_a_schedule_that_is_none_is_refused(first, last):
    with pytest.raises(ValueError, match="allowed 0 <= first < last <= 1"):
        Schedule(first, last)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_nearest_to_a_step_are_held_and_no_others(network, share):
    weights, _ = weights_of(network)
    before = {name: in_steps(module.conv) for name, module in network.layers.items()}
    weights.quantize(share)
    for name, module in network.layers.items():
        held, now = weights.get_buffer(name), in_steps(module.conv)
        distance = (before[name].clamp(-7, 7) - before[name].clamp(-7, 7).round()).abs()
        assert int(held.sum()) == round(share * held.numel())
        assert torch.equal(now[held], now[held].round())
        assert torch.allclose(now[~held], before[name].clamp(-7, 7)[~held])
        if 0 < share < 1:
            assert float(distance[held].max()) <= float(distance[~held].min())


def test_held_weights_stay_and_the_others_move_in_steps_of_their_grids(network):
    weights, optimizer = weights_of(network)
    weights.quantize(0.5)
    before = {name: in_steps(module.conv) for name, module in network.layers.items()}
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    for name, module in network.layers.items():
        held, moved = weights.get_buffer(name), in_steps(module.conv) - before[name]
        assert bool(held.any())
        assert not bool(moved[held].any())
        assert torch.allclose(moved[~held], -torch.ones_like(moved[~held]), atol=1e-4), "Adam's first step is the rate"


def test_all_weights_end_on_their_grids_and_within_them(network):
    weights, optimizer = weights_of(network)
    with torch.no_grad():
        network.layers["extraction"].conv.weight[0, 0, 0, 0] = 100.0
    for step in range(11):
        weights.quantize(step / 10)
        x, y = tiny.batch(seed=step)
        optimizer.zero_grad()
        (network(x) - y).abs().mean().backward()
        optimizer.step()
    for name, module in network.layers.items():
        steps = in_steps(module.conv)
        assert bool(weights.get_buffer(name).all())
        assert torch.equal(steps, steps.round())
        assert float(steps.abs().max()) <= 7


def test_a_restored_mask_holds_at_once(network):
    weights, _ = weights_of(network)
    weights.quantize(1.0)
    restored = Weights(network)
    restored.load_state_dict(weights.state_dict())
    optimizer = restored.optimizer(network.parameters(), 1.0)
    assert isinstance(optimizer, GridAdam)
    assert not any(bool(optimizer.steps[module.conv.weight].any()) for module in network.layers.values())
