"""The float file is the frozen network without its rounding: with the rounding put back it gives golden's integers."""

from __future__ import annotations

import dataclasses

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import golden
from golden import IntNetwork, accumulator, networks
from golden.onnx import OnnxExportError
from golden.onnx.floats import float_onnx
from golden.pictures import frames
from golden.spec import PROVED
from tests import strategies
from tests.networks import STUDENTS

FRAME = strategies.noise(7, 9)


def rounded(model: onnx.ModelProto) -> onnx.ModelProto:
    """The file in float64, every hidden layer rounded behind its Clip."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    for tensor in model.graph.initializer:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float64), tensor.name))
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.elem_type = TensorProto.DOUBLE
    *hidden, _ = [node for node in model.graph.node if node.op_type == "Clip"]
    for clip in hidden:
        name, clip.output[0] = clip.output[0], f"{clip.output[0]}.real"
        model.graph.node.insert(
            list(model.graph.node).index(clip) + 1, helper.make_node("Round", [clip.output[0]], [name], name=f"{name}.rounded")
        )
    onnx.checker.check_model(model)
    return model


def integers(model: onnx.ModelProto, frame: NDArray[np.uint8]) -> NDArray[np.float64]:
    (real,) = ReferenceEvaluator(model).run(None, {"luma": frame[None, None] / 256})
    return np.rint(real[0, 0] * 256)


@pytest.mark.parametrize("name", STUDENTS)
def test_with_its_rounding_put_back_the_float_file_gives_goldens_integers(name) -> None:
    network = STUDENTS[name]
    found = integers(rounded(float_onnx(network)), FRAME)
    assert np.ptp(found) > 0
    assert np.array_equal(found, golden.run(network, FRAME))


@pytest.mark.parametrize(("kernel", "scale"), [(2, 2), (4, 4), (3, 3), (10, 3), (8, 2), (9, 4)])
def test_transposed_convolutions_of_any_kernel_enlarge_in_the_file_as_in_golden(kernel, scale) -> None:
    network = strategies.build_network(1, scale, (3,), (3, kernel), style="power of two", residual=0)
    assert np.array_equal(integers(rounded(float_onnx(network)), FRAME), golden.run(network, FRAME))


@pytest.mark.parametrize("part", ["bias", "weight", "slope"])
def test_a_float_file_that_is_off_by_one_number_is_another_network(part) -> None:
    network = next(iter(STUDENTS.values()))
    first = network.layers[0]
    changes = {
        "bias": {"bias": first.bias + np.ldexp(1, first.shift - 1).astype(np.int64) // first.positive_multiplier},
        "weight": {"terms": (first.with_weight(first.weight - np.sign(first.weight)).terms[0],)},
        "slope": {"negative_multiplier": first.negative_multiplier // 2 + 1},
    }
    wrong = IntNetwork((dataclasses.replace(first, accumulator=PROVED, **changes[part]), *network.layers[1:]))
    assert not np.array_equal(integers(rounded(float_onnx(wrong)), FRAME), golden.run(network, FRAME))


def error_bound(network: IntNetwork) -> float:
    """Gray levels by which rounding every layer can move a pixel: half a step a layer, through all the weights behind it."""
    bound = np.zeros(1)
    for layer in network.layers:
        taps = np.abs(layer.weight).transpose(0, 2, 3, 1) @ bound
        sums = np.max([taps[:, mask].sum(axis=1) for mask in accumulator.phase_taps(layer)], axis=0)
        gain = np.maximum(np.abs(layer.positive_multiplier), np.abs(layer.negative_multiplier)) * np.ldexp(1.0, -layer.shift)
        bound = sums * layer.terms[0].factor * gain + 0.5
    return float(bound.max())


@pytest.mark.parametrize(("scale", "residual"), [(2, None), (3, 0), (4, None)])
def test_without_rounding_a_pixel_moves_by_no_more_than_rounding_can(scale, residual) -> None:
    network = strategies.build_network(scale, scale, (2,), (3, scale), style="power of two", residual=residual)
    limit = error_bound(network)
    session = onnxruntime.InferenceSession(float_onnx(network).SerializeToString(), providers=["CPUExecutionProvider"])
    (real,) = session.run(None, {"luma": (FRAME / 256).astype(np.float32)[None, None]})
    moved = np.abs(real[0, 0] * 256 - golden.run(network, FRAME))
    assert 0 < moved.max() <= limit + 1e-3
    assert limit < 64


def test_of_a_shipped_network_of_8_bits_the_float_file_gives_nearly_the_picture() -> None:
    network, frame = golden.load(networks.named("fsrcnn-s-r-x2-w8a8")), frames.photographs()["camera"][:64, :64]
    session = onnxruntime.InferenceSession(float_onnx(network).SerializeToString(), providers=["CPUExecutionProvider"])
    (real,) = session.run(None, {"luma": (frame / 256).astype(np.float32)[None, None]})
    moved = real[0, 0] * 256 - golden.run(network, frame)
    assert np.sqrt(np.square(moved).mean()) < 0.4  # rounding the output alone is 0.29
    assert np.abs(moved).max() < 2


def test_the_float_file_says_what_it_is() -> None:
    network = strategies.fsrcnn()
    model = float_onnx(network)
    assert {node.op_type for node in model.graph.node} == {"Conv", "PRelu", "Clip", "ConvTranspose"}
    assert "not the integers" in model.doc_string
    assert {p.key: p.value for p in model.metadata_props} == {"network_hash": network.hash}


def test_a_multiplier_that_is_no_prelus_is_refused_with_its_layer_and_channel() -> None:
    network = strategies.fsrcnn()
    first = network.layers[0]
    wrong = dataclasses.replace(
        first, positive_multiplier=np.where(np.arange(first.out_channels) == 2, 0, first.positive_multiplier)
    )
    with pytest.raises(OnnxExportError, match="layer '.*': positive_multiplier 0 at co=2; allowed above 0"):
        float_onnx(IntNetwork((wrong, *network.layers[1:])))
