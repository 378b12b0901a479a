"""Quantized ONNX files straight to integers: those that the file itself gives, or one line of refusal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import golden
from golden import IntNetwork
from qat.importing import integer_end
from qat.importing.integers import network_of
from qat.importing.onnx.graph import read_onnx
from qat.onnx.qonnx_export import qonnx_of
from qat.quantizing.freeze import freeze
from qat.quantizing.thaw import thaw
from tests import strategies
from tests.networks import STUDENTS
from tests.qat.importing import quantized_files
from tests.qat.importing.quantized_files import Plain, exported, integers_of, written
from tests.qat.importing.test_checkpoints import assert_refused


def imported(path: Path) -> IntNetwork:
    return network_of(read_onnx(path, None))


def assert_same_integers(network: IntNetwork, path: Path, frame: np.ndarray) -> None:
    """Every layer's, before the constant channels that the network may have beside them."""
    _, *expected = integers_of(path, frame)
    trace = golden.trace(network, frame)
    assert list(trace) == [layer.name for layer in network.layers]
    for name, theirs in zip(trace, expected, strict=True):
        ours = trace[name][: len(theirs)]
        assert np.array_equal(ours, theirs), name
        assert np.ptp(theirs) > 0, name


@pytest.mark.parametrize("name", STUDENTS)
def test_what_this_project_exports_comes_back_as_the_same_network(name, tmp_path) -> None:
    network = STUDENTS[name]
    path = tmp_path / "a.onnx"
    path.write_bytes(qonnx_of(thaw(network), network.hash).SerializeToString())
    assert imported(path) == network
    assert freeze(thaw(imported(path))) == network


NETWORKS: dict[str, Callable[[], Plain]] = {
    "ESPCN": lambda: Plain([(5, 6), (3, 4)], 2),
    "ESPCN x3, 4 bit": lambda: Plain([(5, 6), (3, 4)], 3, bits=4),
    "QuickSRNet x4": lambda: Plain([(3, 5), (3, 5), (3, 5)], 4),
    "PReLU and the pixel's skip": lambda: Plain([(3, 4), (3, 4)], 2, slopes=True, skip=True),
    "skip x3, 6 bit": lambda: Plain([(3, 4)], 3, bits=6, skip=True, kernel=1),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_what_brevitas_exports_gives_its_own_integers_in_every_layer(name, tmp_path) -> None:
    path = exported(NETWORKS[name](), tmp_path / "a.onnx")
    assert_same_integers(imported(path), path, strategies.noise(9, 12))


@pytest.mark.parametrize("name", ["ESPCN", "PReLU and the pixel's skip"])
def test_pairs_of_quantize_and_dequantize_give_the_same_network(name, tmp_path) -> None:
    """But for the bits of weights, which such a file does not have."""
    module, frame = NETWORKS[name](), strategies.noise(9, 12)
    one, other = (imported(exported(module, tmp_path / f"{form}.onnx", form)) for form in ("qonnx", "qcdq"))
    theirs = golden.trace(other, frame)
    assert all(np.array_equal(ours, theirs[layer]) for layer, ours in golden.trace(one, frame).items())


@pytest.mark.parametrize("seed", range(3))
def test_dyadic_scales_are_exact(seed, tmp_path) -> None:
    path = written(tmp_path / "a.onnx", seed=seed)
    network = imported(path)
    assert network.layers[1].positive_multiplier.tolist()[:3] == [5, 3, 7]
    assert [layer.output.bits for layer in network.layers] == [6, 4, 8]
    assert_same_integers(network, path, strategies.noise(9, 12, seed))


def test_biases_of_the_phases_come_through_constant_channels(tmp_path) -> None:
    none = imported(written(tmp_path / "a.onnx", lambda parts: parts["last"].update(bias_steps=0)))
    assert none.layers[-1].in_channels == 3
    path = written(tmp_path / "b.onnx", lambda parts: parts["last"].update(bias_steps=7, bits=2))
    many = imported(path)
    assert many.layers[-1].in_channels > 3
    assert many.layers[-1].weight_type.bits > 2
    assert_same_integers(many, path, strategies.noise(9, 12))


def test_a_clip_of_whole_bits_is_the_types_saturation(tmp_path) -> None:
    made = quantized_files.Written()
    x = made.quant("luma", 2.0**-8)
    x = made.conv(x, (3, 1, 3), 2.0**-8, 2.0**-4)
    x = made.quant(made.node("Clip", x, made.constant(0), made.constant(15 / 32)), 2.0**-5)
    x = made.node("DepthToSpace", made.conv(x, (4, 3, 3), 2.0**-5, 2.0**-5), blocksize=2, mode="CRD")
    path = made.save(tmp_path / "a.onnx", made.quant(x, 2.0**-8))
    network = imported(path)
    assert str(network.layers[0].output) == "uint4"
    assert_same_integers(network, path, strategies.noise(9, 12))


def test_without_a_quantizer_at_its_end_the_network_rounds_to_luma(tmp_path) -> None:
    whole = written(tmp_path / "a.onnx")
    model = onnx.load(str(whole))
    quant = model.graph.node.pop()
    model.graph.output[0].name = quant.input[0]
    (tmp_path / "b.onnx").write_bytes(model.SerializeToString())
    assert imported(tmp_path / "b.onnx") == imported(whole)


def test_without_a_quantizer_at_its_input_the_white_is_asked_for(tmp_path, capsys) -> None:
    whole = written(tmp_path / "a.onnx")
    model = onnx.load(str(whole))
    quant = model.graph.node[0]
    for node in model.graph.node:
        node.input[:] = [quant.input[0] if name == quant.output[0] else name for name in node.input]
    del model.graph.node[0]
    (tmp_path / "b.onnx").write_bytes(model.SerializeToString())
    assert network_of(read_onnx(tmp_path / "b.onnx", 255 / 256)) == imported(whole)
    assert_refused([str(tmp_path / "b.onnx")], r"layer 'Conv\d': multipliers .* are not representable", capsys)
    assert_refused([str(whole), "--white", "1"], "--white: the file has the scale of its input; allowed without", capsys)


def test_pixels_that_are_scaled_before_they_are_rounded_are_refused(tmp_path, capsys) -> None:
    made = quantized_files.Written()
    x = made.quant(made.node("Mul", "luma", made.constant(1 / 255)), 2.0**-8)
    x = made.quant(made.conv(x, (3, 1, 3), 2.0**-8, 2.0**-4), 2.0**-5)
    x = made.node("DepthToSpace", made.conv(x, (4, 3, 3), 2.0**-5, 2.0**-5), blocksize=2, mode="CRD")
    path = made.save(tmp_path / "a.onnx", made.quant(x, 2.0**-8))
    assert_refused([str(path)], r"layer 'Quant\d': rounds pixels that are scaled or shifted", capsys)


def test_a_bias_that_is_one_step_off_is_another_network(tmp_path, monkeypatch) -> None:
    """The mutant: so that the comparisons above can fail."""
    path = exported(NETWORKS["ESPCN"](), tmp_path / "a.onnx")
    right = integer_end.steps
    monkeypatch.setattr(integer_end, "steps", lambda name, real, grids: right(name, real, grids) + 2**9)
    with pytest.raises(AssertionError, match="convolution1"):
        assert_same_integers(imported(path), path, strategies.noise(9, 12))


REFUSED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "activation scale": (
        lambda p: p["hidden"].update(scale=0.0123),
        r"layer 'Conv\d': multipliers .* are not representable; .* its outputs 0.0123",
    ),
    "weight scale": (lambda p: p["first"].update(weight_scale=0.1), r"layer 'Conv\d': multipliers"),
    "input of a 255th": (lambda p: p.update(unit=1 / 255), r"layer 'Conv\d': multipliers .* its sums have scales from 0.00036"),
    "bias": (lambda p: p["second"].update(bias=[0.1, 0, 0]), r"layer 'Conv\d': bias 0.1 of channel 0 is .* steps of its sums"),
    "float weights": (lambda p: p["second"].update(quantized=False), r"layer 'Conv\d': its weights are not quantized"),
    "zero point": (lambda p: p["hidden"].update(zero=3), r"layer 'Quant\d': zero point 3; allowed 0"),
    "rounding": (lambda p: p["hidden"].update(mode="FLOOR"), r"layer 'Quant\d': rounds by FLOOR; allowed ROUND"),
    "narrow": (lambda p: p["hidden"].update(narrow=1), r"layer 'Quant\d': activations of a narrow range"),
    "bits": (lambda p: p["hidden"].update(bits=24), r"layer 'Conv\d': outputs of uint24; allowed at most 16 bits"),
    "no bits": (lambda p: p["hidden"].update(bits=0), r"layer 'Quant\d': \[0.0\] bits; allowed one number"),
    "input": (lambda p: p["input"].update(bits=10), "the input is rounded to uint10; allowed uint8"),
    "output": (lambda p: p["output"].update(scale=2.0**-9), r"rounds to uint8 of scale 0.00195312; allowed uint8 of the input's"),
    "signed output": (lambda p: p["output"].update(signed=1), r"rounds to int8 of scale 0.00390625; allowed uint8"),
    "scales": (lambda p: p["hidden"].update(scale=[[[[0.5]], [[0.25]], [[0.5]], [[0.5]]]]), "activations of 4 scales"),
    "tanh": (lambda p: p.update(activation="Tanh"), r"layer 'Tanh\d': Tanh; allowed Conv"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_integers_mean_is_refused_with_the_layer_and_the_reason(name, tmp_path, capsys) -> None:
    change, message = REFUSED[name]

    def guarded(parts: dict[str, Any]) -> None:
        change(parts)
        if np.ndim(parts["hidden"]["scale"]):
            parts["second"]["bias"] = [0, 0, 0]

    path = written(tmp_path / "a.onnx", guarded)
    assert_refused([str(path), "--out", str(tmp_path / "out")], message, capsys)
    assert not (tmp_path / "out").exists()


def test_activations_that_nothing_rounds_are_refused(tmp_path, capsys) -> None:
    made = quantized_files.Written()
    x = made.node("Relu", made.conv(made.quant("luma", 2.0**-8), (3, 1, 3), 2.0**-8, 2.0**-4))
    x = made.node("DepthToSpace", made.conv(x, (4, 3, 3), 2.0**-12, 2.0**-5), blocksize=2, mode="CRD")
    path = made.save(tmp_path / "a.onnx", made.quant(x, 2.0**-8))
    assert_refused([str(path)], r"layer 'Conv\d': its outputs are not quantized", capsys)


def test_two_roundings_of_one_layer_are_refused(tmp_path, capsys) -> None:
    made = quantized_files.Written()
    x = made.conv(made.quant("luma", 2.0**-8), (3, 1, 3), 2.0**-8, 2.0**-4)
    made_twice = made.quant(made.quant(x, 2.0**-5), 2.0**-4)
    x = made.node("DepthToSpace", made.conv(made_twice, (4, 3, 3), 2.0**-4, 2.0**-5), blocksize=2, mode="CRD")
    path = made.save(tmp_path / "a.onnx", made.quant(x, 2.0**-8))
    assert_refused([str(path)], r"layer 'Quant\d': rounds what 'Conv\d' gives a second time", capsys)


def test_bits_are_those_of_the_file(tmp_path, capsys) -> None:
    path = written(tmp_path / "a.onnx")
    for option in (["--bits", "4"], ["--weight-bits", "4"], ["--act-bits", "4"], ["--data", "x"]):
        assert_refused([str(path), *option], f"{option[0]}: the file is quantized; allowed without", capsys)


def test_the_command_writes_the_network(tmp_path, capsys) -> None:
    from qat.importing import __main__ as command

    path = written(tmp_path / "a.onnx")
    assert command.main([str(path), "--out", str(tmp_path / "out")]) == 0
    assert golden.load(tmp_path / "out" / "network.npz") == imported(path)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["network.json", "network.npz"]
    assert "integers as they are" in capsys.readouterr().out
