"""freeze() is exact: the integer network says every integer of the Brevitas model in float64, in every layer."""

from __future__ import annotations

import copy
import dataclasses
import itertools

import numpy as np
import pytest
import torch

import golden
from qat.model.quantized import SLOPE_FRACTION_BITS, QuantizedFSRCNN
from qat.quantizing.freeze import FreezeError, freeze
from qat.quantizing.reconstruction import reconstructed
from qat.recipe import Recipe
from qat.training import stages
from tests.qat import tiny

GRID = list(itertools.product((8, 6, 4, 2), (2, 3, 4), ("layer", "channel")))


PLAIN = {"network__residual": False, "network__rectified": "none"}


def frames() -> list[np.ndarray]:
    """Noise, the extremes, a checkerboard, a single bright pixel, one pixel."""
    random = np.random.default_rng(0)
    checkerboard = (np.indices((9, 8)).sum(axis=0) % 2 * 255).astype(np.uint8)
    dot = np.zeros((7, 9), np.uint8)
    dot[0, 8] = 255
    noise = random.integers(0, 256, (12, 11), dtype=np.uint8)
    return [noise, np.zeros((5, 6), np.uint8), np.full((6, 5), 255, np.uint8), checkerboard, dot, noise[:1, :1]]


def watched(model: QuantizedFSRCNN) -> tuple[QuantizedFSRCNN, dict[str, torch.Tensor]]:
    """A float64 copy of the model, and a dictionary that each forward fills with every layer's output."""
    model, values = copy.deepcopy(model).double().eval(), {}
    for name, module in model.layers.items():
        module.register_forward_hook(lambda module, inputs, output, name=name: values.update({name: output.value[0]}))
    return model, values


@torch.no_grad()
def brevitas_integers(model: QuantizedFSRCNN, values: dict[str, torch.Tensor], frame: np.ndarray) -> dict[str, np.ndarray]:
    """Every layer's integers of a watched model."""
    model(torch.from_numpy(frame / 256)[None, None])
    taps = {}
    for name, value in values.items():
        integers = (value / model.layers[name].requantize.act_quant.scale()).numpy()
        assert np.array_equal(integers, np.rint(integers)), name
        taps[name] = integers.astype(np.int64)
    return taps


def mismatches(network: golden.IntNetwork, model: QuantizedFSRCNN) -> int:
    """Integers of all layers and frames in which the two differ."""
    count = compared = 0
    watch = watched(model)
    for frame in frames():
        expected, result = brevitas_integers(*watch, frame), golden.trace(network, frame)
        assert np.array_equal(result["deconvolution"][0], golden.run(network, frame))
        assert expected.keys() == result.keys()
        for name, integers in expected.items():
            assert integers.shape == result[name].shape
            compared += integers.size
            count += int((integers != result[name]).sum())
    assert compared > 1000
    return count


def of(bits: int = 8, scale: int = 2, slopes: str = "layer", **changes) -> Recipe:
    kinds = {"quantization__bits": bits, "network__scale": scale, "network__slopes": slopes}
    return tiny.recipe(**kinds, **changes)


@pytest.mark.parametrize(("bits", "scale", "slopes"), GRID)
def test_the_frozen_network_says_the_integers_of_the_brevitas_model(bits, scale, slopes):
    model = tiny.of_width(bits, network__scale=scale, network__slopes=slopes)
    network = freeze(model)
    assert mismatches(network, model) == 0
    assert network.scale == scale
    assert {layer.weight_type.bits for layer in network.layers} == {bits}
    assert [layer.output.bits for layer in network.layers] == [bits] * 4 + [8]
    assert golden.run(network, frames()[0]).std() > 5


def test_a_trained_frozen_network_says_the_integers_of_its_model(finished):
    from qat.evaluate import student_of

    model, stage = student_of(finished / "quantized.ckpt")
    assert stage == "quantized"
    assert mismatches(golden.load(finished / "network.npz"), model) == 0


def altered(network: golden.IntNetwork, name: str, **arrays) -> golden.IntNetwork:
    layer = network.layer(name)
    weight = arrays.pop("weight", layer.weight)
    changed = dataclasses.replace(layer.with_weight(weight), accumulator=golden.IntType(40, signed=True), **arrays)
    return golden.IntNetwork(tuple(changed if layer.name == name else layer for layer in network.layers))


def plus_one(values: np.ndarray) -> np.ndarray:
    return np.concatenate([values[:1] + 1, values[1:]])


@pytest.mark.parametrize("mutant", ["weight bit", "bias", "slope", "channel swap"])
def test_the_comparison_catches_a_network_that_is_off_by_one_number(mutant):
    model = tiny.quantized(of(8, **PLAIN))
    network = freeze(model)
    layer = network.layer("shrinking")
    weight = layer.weight.copy()
    weight[0, 0, 0, 0] ^= 2
    arrays = {
        "weight bit": {"weight": weight},
        "bias": {"bias": plus_one(layer.bias)},
        "slope": {"negative_multiplier": plus_one(layer.negative_multiplier)},
        "channel swap": {"weight": layer.weight[[1, 0, 2]]},
    }
    assert mismatches(altered(network, "shrinking", **arrays[mutant]), model) > 0


def products(network: golden.IntNetwork, name: str) -> tuple[np.ndarray, np.ndarray]:
    """accumulator * multiplier of a 1x1 layer for the noise frame, and the shift of each channel."""
    names = [layer.name for layer in network.layers]
    x = golden.trace(network, frames()[0])[names[names.index(name) - 1]].astype(np.int64)
    layer = network.layer(name)
    column = (slice(None), None, None)
    accumulator = np.einsum("oc,chw->ohw", layer.weight[:, :, 0, 0], x) + layer.bias[column]
    multiplier = np.where(accumulator < 0, layer.negative_multiplier[column], layer.positive_multiplier[column])
    return accumulator * multiplier, layer.shift[column]


@pytest.mark.parametrize("bits", [8, 6, 4])
def test_ties_occur_in_the_compared_frames_and_go_to_even(bits):
    """Ties-up gives other integers on the same frame, so the comparison above tells the two rules apart."""
    network = freeze(tiny.quantized(of(bits, **PLAIN) if bits == 8 else of(bits)))
    v, shift = products(network, "shrinking")
    layer = network.layer("shrinking")
    half = np.int64(1) << (shift - 1)
    ties = (v & ((np.int64(1) << shift) - 1)) == half
    result = golden.trace(network, frames()[0])["shrinking"]
    ties_up = np.clip((v + half) >> shift, layer.output.min, layer.output.max)
    inside = (result > layer.output.min) & (result < layer.output.max)
    assert (ties & inside).sum() > 0
    assert (result[ties & inside] % 2 == 0).all()
    assert (ties_up != result).sum() > 0
    assert np.array_equal(ties_up[~ties], result[~ties])


def test_frozen_slopes_are_multiples_of_a_small_power_of_two():
    for layer in freeze(tiny.quantized(of(8, slopes="channel"))).layers[:-1]:
        slopes = layer.negative_multiplier / layer.positive_multiplier * 2**SLOPE_FRACTION_BITS
        assert np.array_equal(slopes, np.rint(slopes))
        assert len(set(slopes)) > 1
        assert SLOPE_FRACTION_BITS <= 7


def test_multipliers_of_hidden_layers_are_powers_of_two():
    layers = freeze(tiny.quantized(of(8))).layers
    assert {int(m & (m - 1)) for layer in layers for m in layer.positive_multiplier} == {0}


def test_a_plain_network_of_8_bits_is_exact_too():
    model = tiny.quantized(of(8, **PLAIN))
    assert mismatches(freeze(model), model) == 0


def test_an_override_reaches_its_layer_alone():
    model = tiny.quantized(of(4, quantization__overrides={"mapping1": {"weight": 6, "activation": 8}, "extraction": 8}))
    network = freeze(model)
    assert [layer.weight_type.bits for layer in network.layers] == [8, 4, 6, 4, 4]
    assert [layer.output.bits for layer in network.layers] == [8, 4, 8, 4, 8]
    assert mismatches(network, model) == 0


@pytest.mark.parametrize("weight", [0.0, 1e-9])
@pytest.mark.parametrize("bits", [8, 2])
def test_a_dead_weight_channel_freezes_with_its_bias(bits, weight):
    student = tiny.shaken_student(of())
    with torch.no_grad():
        for name in ("extraction", "mapping1"):
            student.layers[name].conv.weight[1] = weight
            student.layers[name].conv.bias[1] = 0.5
    model = tiny.of_width(bits, student, network__slopes="layer")
    assert mismatches(freeze(model), model) == 0


def test_freeze_leaves_the_model_as_it_was():
    model = tiny.quantized(of(8)).train()
    before = {name: t.clone() for name, t in model.state_dict().items()}
    freeze(model)
    assert model.training
    assert next(model.parameters()).dtype == torch.float32
    assert all(torch.equal(t, before[name]) for name, t in model.state_dict().items())


def test_an_activation_scale_that_is_no_power_of_two_is_refused():
    model = tiny.quantized(of(8))
    model.layers["shrinking"].requantize.act_quant.scale = lambda: torch.tensor(0.375)
    with pytest.raises(FreezeError, match="layer 'shrinking': activation scale 0.375 is not a power of two"):
        freeze(model)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_diverged_activation_scale_is_refused(value):
    model = tiny.quantized(of(8))
    model.layers["expanding"].requantize.act_quant.scale = lambda: torch.tensor(value)
    with pytest.raises(FreezeError, match="layer 'expanding': activation scale"):
        freeze(model)


def scaled(tensor: torch.Tensor, factor: float):
    """A stand-in for a quantized tensor: `tensor` times `factor`."""
    return dataclasses.make_dataclass("Quantized", ["value", "scale"])(tensor * factor, torch.ones(()))


def test_a_slope_that_is_not_representable_is_refused():
    model = tiny.quantized(of(8))
    prelu = model.layers["mapping1"].prelu
    prelu.quant_weight = lambda: scaled(prelu.weight.detach(), 1 / 3)
    with pytest.raises(FreezeError, match=r"layer 'mapping1': multipliers \d+ and \d+ / \d+ are not representable"):
        freeze(model)


def test_a_weight_scale_that_is_not_representable_is_refused():
    model = tiny.quantized(of(8))
    conv = model.layers["mapping1"].conv
    quantized = conv.quant_weight()
    stand_in = dataclasses.make_dataclass("Quantized", ["value", "scale"])
    conv.quant_weight = lambda: stand_in((quantized.value / quantized.scale).double() * 0.1, torch.full((3, 1, 1, 1), 0.1).double())
    with pytest.raises(FreezeError, match="layer 'mapping1': "):
        freeze(model)


def test_weights_off_their_grid_are_refused():
    model = tiny.quantized(of(8))
    conv = model.layers["mapping1"].conv
    quantized = conv.quant_weight()
    stand_in = dataclasses.make_dataclass("Quantized", ["value", "scale"])
    conv.quant_weight = lambda: stand_in(quantized.value + quantized.scale / 4, quantized.scale)
    with pytest.raises(FreezeError, match="layer 'mapping1': weight is not an integer multiple of its scale"):
        freeze(model)


def test_a_bias_beyond_32_bits_is_refused():
    model = tiny.quantized(of(8))
    with torch.no_grad():
        model.layers["extraction"].conv.bias[2] = 1e7
    with pytest.raises(FreezeError, match="layer 'extraction': bias -?[0-9]+ outside int32"):
        freeze(model)


def test_post_training_quantization_keeps_the_picture():
    """Eight bits without any training: the quantized student's picture is the float student's within a few steps."""
    recipe = of(8)
    student = stages.new_student(recipe, None).eval()
    model = reconstructed(student, recipe.quantization, [tiny.batch()[0]])
    x = tiny.batch(seed=5)[0]
    with torch.no_grad():
        difference = (model.eval()(x) - student(x).clamp(0, 255 / 256)).abs() * 256
    assert difference.mean() < 4
