"""Brevitas, QONNX, finn-base, onnxruntime and OpenVINO output golden's integers in every layer, for every width and scale."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

import golden
from golden import compare, exactness, executors
from golden.executors import Source, Unavailable
from golden.onnx import integer
from golden.onnx.executors import Onnx, OpenVino
from golden.spec import PROVED
from qat import export
from qat.model.quantized import QuantizedFSRCNN
from qat.onnx import executors as ours
from qat.quantizing import thaw
from qat.quantizing.executor import Brevitas, integers
from qat.quantizing.freeze import freeze
from tests import strategies
from tests.qat import tiny

WIDTHS, SCALES = (8, 6, 4, 2), (2, 3, 4)
EXECUTORS = ("brevitas", "finn", "onnx", "openvino", "oracle", "qonnx")
"""Those of this package, and golden's own; the others are tried on the same networks where their tools are tested."""


def frozen(folder: Path, bits: int, scale: int, slopes: str = "layer", **changes: object) -> Source:
    """The network frozen from a tiny quantized student, in a file that lies alone."""
    path = folder / "network.npz"
    golden.save(freeze(tiny.of_width(bits, network__scale=scale, network__slopes=slopes, **changes)), path)
    return Source(golden.load(path), path)


@pytest.mark.parametrize(("bits", "scale"), list(itertools.product(WIDTHS, SCALES)))
def test_every_executor_agrees_in_every_layer(tmp_path, bits, scale) -> None:
    assert_all_agree(frozen(tmp_path, bits, scale, slopes="channel" if scale == 3 else "layer"))


@pytest.mark.parametrize(
    ("bits", "scale", "rectified"), [(8, 2, "none"), (6, 3, "wide"), (4, 4, "wide"), (4, 2, "all"), (8, 2, "all"), (2, 3, "all")]
)
def test_every_executor_agrees_in_every_layer_beside_a_residual(tmp_path, bits, scale, rectified) -> None:
    source = frozen(tmp_path, bits, scale, network__rectified=rectified)
    assert source.network.layers[-1].luma is not None
    wide, narrow = rectified == "none", rectified != "all"
    assert [layer.output.signed for layer in source.network.layers[:-1]] == [wide, narrow, narrow, wide]
    assert_all_agree(source)


def assert_all_agree(source: Source) -> None:
    on = compare.default_frames(source.network)
    ran = []
    for name in EXECUTORS:
        try:
            executor = executors.open_executor(executors.known()[name], source)
        except Unavailable:
            assert name in ("finn", "openvino")
            assert not all(exactness.is_float32_exact(layer) for layer in source.network.layers)
            continue
        limit = min(executor.max_pixels or 10_000, 10_000 if name in ("brevitas", "onnx", "openvino") else 150)
        result = compare.trace_verdict(source.network, name, executor.trace, on, limit)
        assert result.agrees, result.report(taps=True)
        assert all(layer.compared > 0 for layer in result.layers)
        ran.append(name)
    assert {"brevitas", "onnx", "oracle", "qonnx"} <= set(ran)


def test_finn_base_runs_where_float32_is_proved_exact(tmp_path) -> None:
    source = frozen(tmp_path, 4, 2)
    assert all(exactness.is_float32_exact(layer) for layer in source.network.layers)
    result = compare.trace_verdict(source.network, "finn", ours.Finn(source).trace, {"noise": strategies.noise(21, 30)})
    assert result.agrees


def test_finn_base_names_the_layers_that_float32_cannot_hold(tmp_path) -> None:
    layers = [
        dataclasses.replace(layer, bias=layer.bias + 2**24, accumulator=PROVED) if layer.name == "mapping1" else layer
        for layer in frozen(tmp_path, 8, 2).network.layers
    ]
    with pytest.raises(Unavailable, match="float32 cannot be proved exact for mapping1"):
        ours.Finn(Source(golden.IntNetwork(tuple(layers))))


@pytest.mark.parametrize("executor", [Brevitas, ours.Qonnx])
def test_a_network_that_no_student_means_is_not_run_with_the_layer_and_the_reason(executor) -> None:
    network = strategies.build_network(5, 2, (4, 3, 4), (3, 1, 3, 9))
    with pytest.raises(Unavailable, match="no quantized student: layer 'conv0': 3x3, 1 to 4 channels, .* 'extraction', 5x5"):
        executor(Source(network))


@pytest.mark.parametrize("executor", [Onnx, OpenVino])
def test_an_integer_file_that_is_off_by_one_number_is_caught(tmp_path, monkeypatch, executor) -> None:
    source, right = frozen(tmp_path, 4, 2), integer.integer_onnx

    def mutant(network: golden.IntNetwork, taps: bool = False) -> onnx.ModelProto:
        layers = [
            dataclasses.replace(layer, bias=layer.bias + 2**6, accumulator=PROVED) if layer.name == "mapping1" else layer
            for layer in network.layers
        ]
        return right(golden.IntNetwork(tuple(layers)), taps)

    assert_is_caught(source, executor, lambda: monkeypatch.setattr(integer, "integer_onnx", mutant))


def assert_is_caught(source: Source, executor: Any, plant: Callable[[], None]) -> None:
    """The executor agrees, and once a fault is planted it differs from the layer `mapping1` on."""
    on = {"noise": strategies.noise(20, 20)}
    assert compare.trace_verdict(source.network, "right", executor(source).trace, on).agrees
    plant()
    result = compare.trace_verdict(source.network, "mutant", executor(source).trace, on)
    assert result.first is not None
    assert result.first[0] == "mapping1"


def test_a_value_between_two_integers_is_refused() -> None:
    assert np.array_equal(integers(np.array([0.25, -0.5]), 0.25, "layer"), [1, -2])
    with pytest.raises(ValueError, match="layer: values are not multiples of the scale"):
        integers(np.array([0.26]), 0.25, "layer")


def one_weight(student: QuantizedFSRCNN) -> None:
    conv = student.layers["mapping1"].conv
    conv.weight[1, 0, 0, 0] -= conv.quant_weight().scale[1, 0, 0, 0] * torch.sign(conv.weight[1, 0, 0, 0] + 1e-9)


def weight_scale(student: QuantizedFSRCNN) -> None:
    student.layers["mapping1"].conv.weight_quant.tensor_quant.scaling_impl.value[1] += 1


def activation_scale(student: QuantizedFSRCNN) -> None:
    student.layers["mapping1"].requantize.act_quant.fused_activation_quant_proxy.tensor_quant.scaling_impl.value.value.add_(1)


@pytest.mark.parametrize("mutate", [one_weight, weight_scale, activation_scale])
@pytest.mark.parametrize("executor", [Brevitas, ours.Qonnx, ours.Finn])
def test_a_thawed_student_that_is_off_by_one_number_is_caught(tmp_path, monkeypatch, executor, mutate) -> None:
    source, right = frozen(tmp_path, 4, 2), thaw.thaw

    def mutant(network: golden.IntNetwork) -> QuantizedFSRCNN:
        student = right(network)
        with torch.no_grad():
            mutate(student)
        return student

    assert_is_caught(source, executor, lambda: monkeypatch.setattr(thaw, "thaw", mutant))


def test_the_integer_onnx_uses_standard_operators_and_carries_the_hash(tmp_path) -> None:
    network = strategies.fsrcnn()
    golden.save(network, tmp_path / "network.npz")
    export.export(tmp_path / "network.npz", tmp_path)
    model = onnx.load(tmp_path / "network.onnx")
    assert {node.domain for node in model.graph.node} == {""}
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 18)]
    assert {p.key: p.value for p in model.metadata_props} == {"network_hash": network.hash}
    assert integer.integer_onnx(network) == integer.integer_onnx(network)


def test_the_onnx_command_writes_three_files(tmp_path, capsys) -> None:
    source = frozen(tmp_path, 8, 2)
    assert export.main([str(source.path)]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / f"network{kind}.onnx") for kind in ("", ".float", ".qonnx")]
    quantized = onnx.load(tmp_path / "network.qonnx.onnx")
    assert {node.domain for node in quantized.graph.node} == {"", "qonnx.custom_op.general"}
    assert {p.key: p.value for p in quantized.metadata_props} == {"network_hash": source.network.hash}
    assert export.main([str(tmp_path / "none.npz")]) == 1


def test_the_onnx_command_writes_the_files_of_a_shipped_network_into_this_folder(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert export.main(["fsrcnn-s-r-x2-w4a4"]) == 0
    assert capsys.readouterr().out.split() == [f"fsrcnn-s-r-x2-w4a4{kind}.onnx" for kind in ("", ".float", ".qonnx")]


def test_the_onnx_command_names_why_there_is_no_qonnx_and_no_float_file(tmp_path, capsys) -> None:
    network = strategies.build_network(5, 2, (4, 3, 4), (3, 1, 3, 9))
    first = network.layers[0]
    flat = golden.IntNetwork((dataclasses.replace(first, positive_multiplier=first.positive_multiplier * 0), *network.layers[1:]))
    for given, missing in ((network, ["qonnx"]), (flat, ["float", "qonnx"])):
        golden.save(given, tmp_path / "network.npz")
        assert export.main([str(tmp_path / "network.npz")]) == 0
        written, error = capsys.readouterr()
        assert written.splitlines()[0] == str(tmp_path / "network.onnx")
        assert [line.split(": layer 'conv0': ")[0] for line in error.splitlines()] == [f"no {kind} ONNX" for kind in missing]
        assert len(written.splitlines()) == 3 - len(missing)
