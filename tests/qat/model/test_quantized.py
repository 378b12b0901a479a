"""The quantizers: widths, grids, calibrated scales."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from qat.model.quantized import SLOPE_FRACTION_BITS, LayerBits, Quantization, QuantizedFSRCNN
from qat.model.shape import NetworkShape
from tests.qat import tiny


@pytest.mark.parametrize("bits", [1, 0, -8, 9, 8.0, "8", True, None])
def test_bit_widths_outside_2_to_8_are_refused(bits):
    with pytest.raises(ValueError, match=r"weight bits .*; allowed 2\.\.8"):
        LayerBits(weight=bits)
    with pytest.raises(ValueError, match=r"activation bits .*; allowed 2\.\.8"):
        LayerBits(activation=bits)


def test_an_override_of_a_layer_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="no layer 'mapping2'; allowed extraction, shrinking, mapping1, expanding, deconvolution"):
        QuantizedFSRCNN(NetworkShape(8, 4, 1), Quantization(overrides={"mapping2": LayerBits(4, 4)}))


def test_activations_are_signed_below_1_or_rectified_from_0_to_1():
    model = tiny.quantized(tiny.recipe(quantization__bits=6))
    scales = [float(module.requantize.act_quant.scale()) for module in model.layers.values()]
    assert scales == [2**-6, 2**-5, 2**-5, 2**-6, 2**-8]


def test_weight_scales_are_powers_of_two_per_channel():
    model = tiny.quantized(tiny.recipe()).double()
    for module in model.layers.values():
        scale = module.conv.quant_weight().scale.detach().flatten().numpy()
        assert np.array_equal(np.frexp(scale)[0], np.full(len(scale), 0.5))
        assert len(scale) == module.conv.out_channels


@pytest.mark.parametrize("bits", [8, 6, 4, 2])
def test_weights_are_integers_of_the_narrow_range(bits):
    model = tiny.of_width(bits).double()
    limit = 2 ** (bits - 1) - 1
    for module in model.layers.values():
        with torch.no_grad():
            module.conv.weight.flatten()[:2] = torch.tensor([-1000.0, 1000.0])
        quantized = module.conv.quant_weight()
        integers = (quantized.value / quantized.scale).detach()
        assert torch.equal(integers, integers.round())
        assert (integers.min(), integers.max()) == (-limit, limit)


def test_slopes_are_rounded_to_even_multiples_and_clipped():
    prelu = tiny.quantized(tiny.recipe(network__slopes="layer")).layers["mapping1"].prelu
    unit = 2.0**-SLOPE_FRACTION_BITS
    for slope, quantized in ((0.2, round(0.2 / unit) * unit), (2.5 * unit, 2 * unit), (3.5 * unit, 4 * unit), (5.0, 2 - unit)):
        with torch.no_grad():
            prelu.weight.fill_(slope)
        assert float(prelu.quant_weight().value.detach()) == quantized


def test_the_output_is_eight_bit_luma():
    model = tiny.quantized(tiny.recipe())
    with torch.no_grad():
        y = model(tiny.batch()[0]) * 256
    assert torch.equal(y, y.round())
    assert y.min() >= 0
    assert y.max() <= 255


def test_scales_are_never_trained_also_after_loading():
    model = tiny.quantized(tiny.recipe()).train()
    for _ in range(2):
        optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
        before = {name: value.clone() for name, value in model.state_dict().items()}
        x, y = tiny.batch()
        (model(x) - y).square().mean().backward()
        optimizer.step()
        moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
        assert any("weight" in name and "scaling" not in name for name in moved)
        assert not any("scaling" in name for name in moved)
        model.load_state_dict(model.state_dict())
