"""The plain forward gives what the Brevitas layers give: pictures, maps and gradients, with `==`."""

from __future__ import annotations

import pytest
import torch

from qat.model.compiled import plain_forward
from tests.qat import tiny

WIDTHS = [(8, 8), (4, 4), (2, 4), (6, 3)]


RESIDUAL = {"network__residual": True, "network__rectified": "wide"}


def both(bits: tuple[int, int], scales: str = "power-of-two", scale: int = 2, **changes):
    recipe = tiny.recipe(
        quantization__bits__weight=bits[0],
        quantization__bits__activation=bits[1],
        quantization__scales=scales,
        network__scale=scale,
        **changes,
    )
    network = tiny.calibrated(recipe).train()
    return network, plain_forward(network)


@pytest.mark.parametrize("scales", ["power-of-two", "dyadic"])
@pytest.mark.parametrize("scale", [2, 3])
@pytest.mark.parametrize("bits", WIDTHS)
def test_pictures_and_maps_are_those_of_brevitas(bits, scale, scales):
    network, plain = both(bits, scales, scale)
    x = tiny.batch(scale)[0]
    assert_same_maps(network, plain, x)


@pytest.mark.parametrize("bits", WIDTHS)
def test_pictures_and_maps_are_those_of_brevitas_with_a_residual(bits):
    network, plain = both(bits, **RESIDUAL)
    assert_same_maps(network, plain, tiny.batch()[0])


def assert_same_maps(network, plain, x):
    for name in network.layers:
        picture, chosen = network.forward_with_map(x, name)
        plain_picture, plain_chosen = plain(x, name)
        assert torch.equal(plain_picture, picture)
        assert torch.equal(plain_chosen, chosen)
        assert chosen.unique().numel() > 2, "nothing to compare"


@pytest.mark.parametrize("changes", [{}, RESIDUAL], ids=["", "residual"])
@pytest.mark.parametrize("bits", WIDTHS)
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
    assert torch.equal(plain(x, None)[0], network(x))
    module = network.layers["extraction"]
    module.requantize.act_quant.fused_activation_quant_proxy.tensor_quant.scaling_impl.value.data += 2
    assert not torch.equal(plain(x, None)[0], network(x))


def test_real_weights_are_taken_as_they_are():
    network, _ = both((4, 8))
    x = tiny.batch()[0]
    rounded, real = plain_forward(network), plain_forward(network, weights_are_real=True)
    assert not torch.equal(real(x, None)[0], rounded(x, None)[0])
    with torch.no_grad():
        for module in network.layers.values():
            module.conv.weight.copy_(module.conv.quant_weight().value)
    assert torch.equal(real(x, None)[0], rounded(x, None)[0])


def test_scales_that_are_learned_are_refused():
    network = tiny.calibrated(tiny.recipe(quantization__learned_scales=True))
    with pytest.raises(ValueError, match="learned_scales = true"):
        plain_forward(network)
