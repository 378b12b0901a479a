"""The student F_S: its layers, its transposed convolution by phases, its start."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from golden.networks import PRESETS
from golden.pictures.bicubic import resize
from qat.model.deconvolution import Deconvolution, deconvolve_by_taps
from qat.model.shape import NetworkShape
from qat.model.student import FSRCNN, start_as_interpolator
from tests.qat import tiny

INTEGERS = torch.Generator().manual_seed(0)


def integers(*shape: int) -> torch.Tensor:
    """float64 integers, so that sums are exact in any order."""
    return torch.randint(-9, 10, shape, generator=INTEGERS).double()


def test_the_default_network_has_the_layers_of_the_paper():
    layers = [(x.name, x.in_channels, x.out_channels, x.kernel, x.stride) for x in NetworkShape().layers]
    assert layers == [
        ("extraction", 1, 56, 5, 1),
        ("shrinking", 56, 12, 1, 1),
        *[(f"mapping{i}", 12, 12, 3, 1) for i in (1, 2, 3, 4)],
        ("expanding", 12, 56, 1, 1),
        ("deconvolution", 56, 1, 9, 2),
    ]


@pytest.mark.parametrize(("preset", "weights"), [("fsrcnn", 12_464), ("fsrcnn-s", 3_937)])
def test_a_preset_has_its_published_number_of_weights(preset, weights):
    network = FSRCNN(NetworkShape(*PRESETS[preset]))
    assert sum(p.numel() for name, p in network.named_parameters() if name.endswith("weight") and "prelu" not in name) == weights


def test_the_default_network_has_12644_parameters():
    assert sum(p.numel() for p in FSRCNN(NetworkShape()).parameters()) == 12_644


def test_slopes_are_one_per_layer_or_one_per_channel():
    for slopes, counts in (("layer", [1, 1, 1, 1]), ("channel", [8, 4, 4, 8])):
        network = FSRCNN(NetworkShape(8, 4, 1, slopes=slopes))
        assert [m.prelu.num_parameters for name, m in network.layers.items() if name != "deconvolution"] == counts


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"d": 0}, "network d = 0; allowed 1..512"),
        ({"s": 513}, "network s = 513; allowed 1..512"),
        ({"m": -1}, "network m = -1; allowed 0..32"),
        ({"scale": 5}, "scale 5; allowed 2, 3, 4"),
        ({"slopes": "pixel"}, "slopes 'pixel'; allowed 'layer' or 'channel'"),
    ],
)
def test_sizes_that_make_no_network_are_refused(sizes, message):
    with pytest.raises(ValueError) as caught:
        NetworkShape(**sizes)
    assert str(caught.value) == message


def by_torch(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, scale: int) -> torch.Tensor:
    return F.conv_transpose2d(x, weight, bias, scale, padding=4, output_padding=scale - 1)


@pytest.mark.parametrize("size", [(5, 7), (1, 1)])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_deconvolution_by_taps_is_the_transposed_convolution(scale, size):
    x, weight, bias = integers(2, 3, *size), integers(3, 1, 9, 9), integers(1)
    expected = by_torch(x, weight, bias, scale)
    assert expected.shape == (2, 1, size[0] * scale, size[1] * scale)
    assert torch.equal(deconvolve_by_taps(x, weight, bias, scale), expected)
    shifted = weight.roll(1, dims=-1)
    assert not torch.equal(deconvolve_by_taps(x, shifted, bias, scale), expected)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_deconvolution_by_taps_has_the_gradients_of_the_transposed_convolution(scale):
    upstream = integers(2, 1, 5 * scale, 7 * scale)
    inputs = [integers(2, 3, 5, 7), integers(3, 1, 9, 9), integers(1)]
    gradients = []
    for function in (deconvolve_by_taps, by_torch):
        leaves = [t.clone().requires_grad_() for t in inputs]
        function(*leaves, scale).backward(upstream)
        gradients.append([leaf.grad for leaf in leaves])
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(*gradients, strict=True))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_deconvolution_gives_the_same_in_training_and_in_evaluation(scale):
    module = Deconvolution(NetworkShape(8, 4, 1, scale).layers[-1]).double()
    x = torch.rand(2, 8, 5, 7, dtype=torch.float64)
    assert torch.allclose(module.train()(x), module.eval()(x), rtol=0, atol=1e-12)


def interpolation_error(scale: int, rest: float) -> float:
    """Mean difference to MATLAB's bicubic away from the borders, in steps of 8-bit luma; repeating pixels has 3.7."""
    torch.manual_seed(1)
    network = FSRCNN(NetworkShape(8, 4, 1, scale)).eval()
    start_as_interpolator(network, rest)
    low = tiny.photograph(5, 64, 60)[..., 0].astype(np.float64)
    with torch.no_grad():
        result = network(torch.from_numpy(low / 256).float()[None, None])[0, 0].double().numpy() * 256
    inside = (slice(6 * scale, -6 * scale), slice(6 * scale, -6 * scale))
    return float(np.abs(result - resize(low, 64 * scale, 60 * scale))[inside].mean())


@pytest.mark.parametrize(("scale", "bound"), [(2, 1e-4), (3, 0.9), (4, 0.9)])
def test_an_untrained_network_starts_as_bicubic_interpolation(scale, bound):
    """At x3 and x4 the 9x9 kernel cuts the cubic's tails."""
    assert interpolation_error(scale, rest=0) < bound


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_other_channels_disturb_the_interpolating_start_but_little(scale):
    assert interpolation_error(scale, rest=0.1) < 5 < interpolation_error(scale, rest=1)


@pytest.mark.parametrize("name", [layer.name for layer in NetworkShape(8, 4, 1).layers])
def test_the_intermediate_map_is_the_output_of_the_named_layer(name):
    network = FSRCNN(NetworkShape(8, 4, 1)).eval()
    seen = []
    network.layers[name].register_forward_hook(lambda module, inputs, output: seen.append(output))
    x = torch.rand(1, 1, 6, 6)
    output, chosen = network.forward_with_map(x, name)
    assert torch.equal(chosen, seen[0])
    assert torch.equal(output, network(x))


def test_without_a_name_there_is_no_intermediate_map():
    assert FSRCNN(NetworkShape(8, 4, 1)).forward_with_map(torch.rand(1, 1, 6, 6), None)[1] is None
