"""Brevitas, QONNX, finn-base and onnxruntime say golden's integers in every layer, for every width, scale and kind of
weight scale.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import onnx
import pytest

import golden
from golden import compare, exactness, executors
from golden.executors import Source, Unavailable
from qat import export
from qat.onnx import executors as ours
from qat.onnx import integer_onnx
from qat.quantizing.executor import Brevitas, integers, student_beside
from qat.quantizing.freeze import freeze
from qat.training.float_student import save_student
from tests import strategies
from tests.qat import tiny

WIDTHS, SCALES, KINDS = (8, 6, 4, 2), (2, 3, 4), ("power-of-two", "dyadic")


def frozen(folder: Path, bits: int, scale: int, kind: str, slopes: str = "layer", **changes: object) -> Source:
    """A tiny quantized student and the network frozen from it, in files."""
    student = tiny.calibrated(
        tiny.recipe(
            network__scale=scale,
            network__slopes=slopes,
            quantization__bits=bits,
            quantization__scales=kind,
            quantized__steps=0,
            **changes,
        )
    )
    network, path = freeze(student), folder / "network.npz"
    golden.save(network, path)
    save_student(student, network.hash, path.with_suffix(".safetensors"))
    return Source(golden.load(path), path)


@pytest.mark.parametrize(("bits", "scale", "kind"), list(itertools.product(WIDTHS, SCALES, KINDS)))
def test_every_executor_agrees_in_every_layer(tmp_path, bits, scale, kind) -> None:
    assert_all_agree(frozen(tmp_path, bits, scale, kind, slopes="channel" if scale == 3 else "layer"))


@pytest.mark.parametrize(
    ("bits", "scale", "rectified"), [(8, 2, "none"), (6, 3, "wide"), (4, 4, "wide"), (4, 2, "all"), (8, 2, "all"), (2, 3, "all")]
)
def test_every_executor_agrees_in_every_layer_beside_a_residual(tmp_path, bits, scale, rectified) -> None:
    source = frozen(tmp_path, bits, scale, "power-of-two", network__residual=True, network__rectified=rectified)
    assert source.network.layers[-1].luma is not None
    wide, narrow = rectified == "none", rectified != "all"
    assert [layer.output.signed for layer in source.network.layers[:-1]] == [wide, narrow, narrow, wide]
    assert_all_agree(source)


def assert_all_agree(source: Source) -> None:
    on = compare.default_frames(source.network)
    ran = []
    for name, point in executors.known().items():
        try:
            executor = executors.open_executor(point, source)
        except Unavailable:
            assert name == "finn"
            assert not all(exactness.is_float32_exact(layer) for layer in source.network.layers)
            continue
        limit = min(executor.max_pixels or 10_000, 10_000 if name in ("brevitas", "onnx") else 150)
        result = compare.trace_verdict(source.network, name, executor.trace, on, limit)
        assert result.agrees, compare.describe(result, taps=True)
        assert all(layer.compared > 0 for layer in result.layers)
        ran.append(name)
    assert {"brevitas", "onnx", "oracle", "qonnx"} <= set(ran)


def test_finn_base_runs_where_float32_is_proved_exact(tmp_path) -> None:
    source = frozen(tmp_path, 4, 2, "power-of-two")
    assert all(exactness.is_float32_exact(layer) for layer in source.network.layers)
    result = compare.trace_verdict(source.network, "finn", ours.Finn(source).trace, {"noise": strategies.noise(21, 30)})
    assert result.agrees


def test_finn_base_names_the_layers_that_float32_cannot_hold(tmp_path) -> None:
    source = frozen(tmp_path, 8, 2, "dyadic")
    with pytest.raises(Unavailable, match="float32 cannot be proved exact for .*mapping1"):
        ours.Finn(source)


def test_the_student_beside_must_be_the_networks_own(tmp_path) -> None:
    source = frozen(tmp_path, 8, 2, "power-of-two")
    other = strategies.build_network(5, 2, (4,), (3, 9))
    with pytest.raises(Unavailable, match="is the student of network"):
        student_beside(Source(other, source.path))
    with pytest.raises(Unavailable, match="no quantized student at"):
        student_beside(Source(source.network, tmp_path / "elsewhere.npz"))
    with pytest.raises(Unavailable, match="has no file"):
        student_beside(Source(source.network))


def test_a_value_between_two_integers_is_refused() -> None:
    assert np.array_equal(integers(np.array([0.25, -0.5]), 0.25, "layer"), [1, -2])
    with pytest.raises(ValueError, match="layer: values are not multiples of the scale"):
        integers(np.array([0.26]), 0.25, "layer")


@pytest.mark.parametrize("executor", [Brevitas, ours.Qonnx, ours.Finn])
def test_a_changed_student_weight_is_caught(tmp_path, executor) -> None:
    """The mutant on the other side: the executor's own weights differ from the frozen ones by one step."""
    import torch

    source = frozen(tmp_path, 4, 2, "power-of-two")
    student = student_beside(source)
    with torch.no_grad():
        conv = student.layers["extraction"].conv
        conv.weight[1] -= conv.quant_weight().scale[1] * torch.sign(conv.weight[1])
    save_student(student, source.network.hash, source.path.with_suffix(".safetensors"))
    result = compare.trace_verdict(source.network, "mutant", executor(source).trace, {"noise": strategies.noise(20, 20)})
    assert result.first is not None
    assert result.first[0] == "extraction"


@pytest.mark.parametrize(("scale", "seed"), list(itertools.product(SCALES, range(4))))
def test_the_integer_onnx_of_any_8_bit_network_is_exact(scale, seed) -> None:
    network = strategies.build_network(seed, scale, (5, 3), (3, 1, 9 - seed), style=strategies.STYLES[seed % 3])
    executor = ours.Onnx(Source(network))
    assert compare.trace_verdict(network, "onnx", executor.trace, compare.default_frames(network), 900).agrees


def test_the_integer_onnx_uses_standard_operators_and_carries_the_hash(tmp_path) -> None:
    network = strategies.fsrcnn()
    golden.save(network, tmp_path / "network.npz")
    export.export(tmp_path / "network.npz", tmp_path)
    model = onnx.load(tmp_path / "network.onnx")
    assert {node.domain for node in model.graph.node} == {""}
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 18)]
    assert {p.key: p.value for p in model.metadata_props} == {"network_hash": network.hash}
    assert integer_onnx.integer_onnx(network) == integer_onnx.integer_onnx(network)


def test_tensors_that_convinteger_cannot_take_are_refused() -> None:
    network = strategies.build_network(0, 2, (4,), (3, 9), hidden=golden.IntType(9, True))
    with pytest.raises(integer_onnx.OnnxExportError, match="layer 'conv0': output int9; allowed at most 8 bits"):
        integer_onnx.integer_onnx(network)


def test_the_onnx_command_writes_both_files(tmp_path, capsys) -> None:
    source = frozen(tmp_path, 8, 2, "power-of-two")
    assert export.main([str(source.path)]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / "network.onnx"), str(tmp_path / "network.qonnx.onnx")]
    quantized = onnx.load(tmp_path / "network.qonnx.onnx")
    assert {node.domain for node in quantized.graph.node} == {"", "qonnx.custom_op.general"}
    assert {p.key: p.value for p in quantized.metadata_props} == {"network_hash": source.network.hash}
    source.path.with_suffix(".safetensors").unlink()
    assert export.main([str(source.path), "--out", str(tmp_path)]) == 0
    assert "no QONNX: no quantized student" in capsys.readouterr().err
    assert export.main([str(tmp_path / "none.npz")]) == 1
