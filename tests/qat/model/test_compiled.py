"""The plain forward gives what the Brevitas layers give: pictures, maps and gradients, with `==`."""

from __future__ import annotations

import pytest
import torch

from qat.model.compiled import plain_forward
from tests.qat import tiny

WIDTHS = [(8, 8), (4, 4), (2, 4), (6, 3)]
PLAIN = {"network__residual": False, "network__rectified": "none"}


def both(bits: tuple[int, int], scale: int = 2, **changes):
    """A network in training, its weights on their grids, and its plain forward."""
    widths = {"quantization__bits__weight": bits[0], "quantization__bits__activation": bits[1]}
    network = tiny.quantized(tiny.recipe(**widths, network__scale=scale, **changes)).train()
    onto_grids(network)
    return network, plain_forward(network)


@torch.no_grad()
def onto_grids(network):
    for module in network.layers.values():
        module.conv.weight.copy_(module.conv.quant_weight().value)


@pytest.mark.parametrize("scale", [2, 3])
@pytest.mark.parametrize("bits", WIDTHS)
def test_pictures_and_maps_are_those_of_brevitas(bits, scale):
    network, plain = both(bits, scale)
    assert_same_maps(network, plain, tiny.batch(scale)[0])


def test_pictures_and_maps_are_those_of_brevitas_without_a_residual():
    network, plain = both((8, 8), **PLAIN)
    assert_same_maps(network, plain, tiny.batch()[0])


def assert_same_maps(network, plain, x):
    for name in network.layers:
        picture, chosen = network.forward_with_map(x, name)
        plain_picture, plain_chosen = plain(x, name)
        assert torch.equal(plain_picture, picture)
        assert torch.equal(plain_chosen, chosen)
        assert chosen.unique().numel() > 2, "nothing to compare"


@pytest.mark.parametrize(("bits", "changes"), [*((bits, {}) for bits in WIDTHS), ((8, 8), PLAIN)])
def test_gradients_are_those_of_brevitas(bits, changes):
    network, plain = both(bits, **changes)
    x, y = tiny.batch()
    found = []
    for forward in (network.forward_with_map, plain):
        network.zero_grad()
        (forward(x, None)[0] - y).abs().mean().backward()
        found.append({name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None})
    brevitas, ours = found
    assert brevitas.keys() == ours.keys()
    assert any(bool(gradient.any()) for gradient in brevitas.values())
    for name, gradient in brevitas.items():
        assert torch.allclose(ours[name], gradient, rtol=1e-4, atol=1e-7), name


def test_parameters_may_change_afterwards_and_a_changed_scale_is_another_network():
    network, plain = both((4, 4))
    x = tiny.batch()[0]
    with torch.no_grad():
        for module in network.layers.values():
            module.conv.weight.mul_(0.9)
    onto_grids(network)
    assert torch.equal(plain(x, None)[0], network(x))
    module = network.layers["extraction"]
    module.conv.weight_quant.tensor_quant.scaling_impl.value.data += 2
    assert not torch.equal(plain(x, None)[0], network(x))


def test_weights_off_their_grids_are_taken_as_they_are():
    network, plain = both((4, 8))
    x = tiny.batch()[0]
    with torch.no_grad():
        network.layers["shrinking"].conv.weight.add_(network.layers["shrinking"].conv.quant_weight().scale * 0.4)
    assert not torch.equal(plain(x, None)[0], network(x))
