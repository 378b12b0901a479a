"""Float ONNX files of plain networks: the same function of luma as a float student, or one line of refusal."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from qat.errors import ForeignError
from qat.importing.conversion import student_of
from qat.importing.onnx import graph, sums
from qat.importing.onnx.graph import read_onnx
from tests.qat.importing import foreign
from tests.qat.importing.foreign import exported, same
from tests.qat.importing.test_checkpoints import GRAY_LEVELS, assert_refused, student_picture


class Of(nn.Module):
    """A network of two convolutions, a shuffle, and what `forward` makes of them."""

    def __init__(self, forward: Callable[[Any, Tensor], Tensor], channels: int = 4, taken: int = 1, scale: int = 2) -> None:
        super().__init__()
        self.a, self.b, self.c = same(taken, 3, 3), same(3, 3, 3), same(3, channels, 3)
        self.anchor, self.slopes = same(1, channels, 1), nn.PReLU(3)
        self.shuffle, self.scale, self._forward = nn.PixelShuffle(scale), scale, forward

    def forward(self, x: Tensor) -> Tensor:
        return self._forward(self, x)


def long_skip(m: Any, x: Tensor) -> Tensor:
    first = m.slopes(m.a(x))
    return m.shuffle(m.c(m.slopes(m.b(first)) + first))


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "FSRCNN": foreign.FsrcnnParts,
    "FSRCNN x3, one slope for each layer": foreign.FsrcnnStages,
    "ESPCN": foreign.Espcn,
    "QuickSRNet": lambda: foreign.QuickSrnet(4, anchored=True),
    "SESR, collapsed": lambda: foreign.collapsed(foreign.shaken(foreign.Sesr())),
    "ECBSR": foreign.Ecbsr,
    "ABPN": foreign.Abpn,
    "leaky": lambda: Of(lambda m, x: m.shuffle(m.c(F.leaky_relu(m.a(x), 0.2)))),
    "clipped at a half": lambda: Of(lambda m, x: m.shuffle(m.c(m.b(m.a(x).clamp(0, 0.5)).clamp(0, 0.25)))),
    "no activation": lambda: Of(lambda m, x: m.shuffle(m.c(m.b(m.a(x))))),
    "copies joined": lambda: Of(lambda m, x: m.shuffle(m.c(F.relu(m.a(x))) + torch.cat([x] * 4, 1))),
    "pixels repeated": lambda: Of(lambda m, x: m.shuffle(m.c(F.relu(m.a(x)))) + F.interpolate(x, scale_factor=2, mode="nearest")),
    "scaled pixels": lambda: Of(lambda m, x: (m.shuffle(m.c(F.relu(m.a(x * 2)))) - 0.25) * 0.5 + 0.25),
    "clipped output": lambda: Of(lambda m, x: m.shuffle(m.c(F.relu(m.a(x))) + x).clamp(0, 1)),
    "features of an earlier layer": lambda: Of(long_skip),
    "a fixed size, large": lambda: Of(lambda m, x: m.shuffle(m.c(F.relu(m.a(x))))),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_becomes_a_student_that_gives_the_same_picture(name, tmp_path) -> None:
    module = foreign.shaken(NETWORKS[name]())
    path = exported(module, tmp_path / "a.onnx", sides=(1080, 1920) if name == "a fixed size, large" else None)
    student = student_of(read_onnx(path, None))
    x = foreign.frames()
    expected = foreign.picture(module, x).clip(0, 255)
    assert np.ptp(expected) > 10
    assert np.abs(student_picture(student, x) - expected).max() < GRAY_LEVELS


def test_a_network_of_0_to_255_is_imported_with_its_white(tmp_path) -> None:
    module = foreign.shaken(Of(lambda m, x: m.shuffle(m.c(F.relu(m.a(x / 255)))) * 255))
    student = student_of(read_onnx(exported(module, tmp_path / "a.onnx"), 255.0))
    x = foreign.frames()
    assert np.abs(student_picture(student, x) - foreign.picture(module, x, 255.0).clip(0, 255)).max() < GRAY_LEVELS


REFUSED: dict[str, tuple[Callable[[Any, Tensor], Tensor], str]] = {
    "tanh": (lambda m, x: m.shuffle(m.c(torch.tanh(m.a(x)))), "layer '/Tanh': Tanh; allowed Conv, "),
    "two activations": (lambda m, x: m.shuffle(m.c(F.relu(m.slopes(m.a(x))))), "a second activation behind '/a/Conv'"),
    "clipped below": (lambda m, x: m.shuffle(m.c(m.a(x).clamp(-1, 1))), "clips at -1 below; allowed 0"),
    "shifted pixels": (lambda m, x: m.shuffle(m.c(F.relu(m.a(x - 0.4)))), "layer '/a/Conv': reads pixels that are shifted"),
    "bicubic skip": (
        lambda m, x: m.shuffle(m.c(F.relu(m.a(x)))) + F.interpolate(x, scale_factor=2, mode="bicubic"),
        "Resize by cubic; allowed the LR pixel repeated",
    ),
    "no enlargement": (lambda m, x: m.b(F.relu(m.a(x))), "does not end in a pixel shuffle"),
    "a layer behind the shuffle": (
        lambda m, x: m.anchor(m.shuffle(m.c(F.relu(m.a(x))))),
        "layer '/anchor/Conv': convolves what the LR pixel is added to or what is enlarged",
    ),
    "clipped inside": (
        lambda m, x: m.shuffle(m.c(F.relu(m.a(x)))).clamp(0, 0.5),
        "'/c/Conv': clips at 0.5; allowed white, ",
    ),
    "a product": (lambda m, x: m.shuffle(m.c(m.a(x) * m.b(m.a(x)))), "multiplies what is computed"),
    "joined features": (lambda m, x: m.shuffle(m.c(torch.cat([m.a(x), m.b(m.a(x))], 1)[:, :3])), "joins features; allowed copies"),
    "pixels among features": (lambda m, x: m.shuffle(m.c(F.relu(m.a(x)) + x)), "adds the LR pixel behind an activation"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_chain_is_refused_with_the_layer_and_the_reason(name, tmp_path, capsys) -> None:
    forward, message = REFUSED[name]
    path = exported(foreign.shaken(Of(forward)), tmp_path / "a.onnx")
    assert_refused([str(path), "--out", str(tmp_path / "out")], message, capsys)
    assert not (tmp_path / "out").exists()


def test_rgb_and_more_channels_are_refused(tmp_path, capsys) -> None:
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rgb = Of(lambda m, x: m.shuffle(m.c(F.relu(m.a(x)))), taken=3)
        torch.onnx.export(rgb, torch.zeros(1, 3, 8, 8), content, dynamo=False, opset_version=13)
    (tmp_path / "rgb.onnx").write_bytes(content.getvalue())
    assert_refused([str(tmp_path / "rgb.onnx")], "layer '/a/Conv': takes 3 channels; allowed 1, luma", capsys)
    wide = exported(Of(lambda m, x: m.shuffle(m.c(F.relu(m.a(x)))), channels=12), tmp_path / "wide.onnx")
    assert_refused([str(wide)], "12 channels of '/c/Conv'; allowed 4, 9 or 16, of luma alone", capsys)


def test_a_graph_that_is_read_wrongly_is_noticed(tmp_path, monkeypatch) -> None:
    """The mutant of the reader: a skip that is lost, found by onnxruntime."""
    path = exported(foreign.shaken(foreign.Ecbsr()), tmp_path / "a.onnx")
    monkeypatch.setitem(graph.RULES, "Add", lambda node, a, b: sums.enlarging(node, a if isinstance(a, graph.Features) else b))
    with pytest.raises(ForeignError, match=r"as it is read it is .* gray levels from what onnxruntime gives; allowed 0.01"):
        read_onnx(path, None)


def altered(path: Path, change: Callable[[onnx.ModelProto], None]) -> Path:
    model = onnx.load(str(path))
    change(model)
    path.write_bytes(model.SerializeToString())
    return path


def outside(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def huge(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].dims[:] = [2**20, 2**20, 3, 3]


def nan(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.CopyFrom(numpy_helper.from_array(np.full(tensor.dims, np.nan, np.float32), tensor.name))


def unknown(model: onnx.ModelProto) -> None:
    model.graph.node[0].input[0] = "nowhere"


def foreign_operator(model: onnx.ModelProto) -> None:
    model.graph.node[1].op_type, model.graph.node[1].domain = "Anything", "com.example"


def two_inputs(model: onnx.ModelProto) -> None:
    model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))


def transposed(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.CopyFrom(numpy_helper.from_array(np.zeros((3, 3), np.float32), tensor.name))


def doubled(model: onnx.ModelProto) -> None:
    """Copies of copies of the pixel, 2^40 of them."""
    name, nodes = "x", []
    for index in range(40):
        nodes.append(helper.make_node("Concat", [name, name], [f"copies{index}"], f"copies{index}", axis=1))
        name = f"copies{index}"
    model.graph.node.insert(0, nodes[0])
    for index, node in enumerate(nodes[1:], 1):
        model.graph.node.insert(index, node)


def broadcast(model: onnx.ModelProto) -> None:
    """Scales that would make 2^40 numbers of 2^20."""
    for name, shape in (("many", (2**20, 1)), ("scales", (1, 2**20))):
        model.graph.initializer.append(numpy_helper.from_array(np.ones(shape, np.float32), name))
    for name in ("zero", "bits"):
        model.graph.initializer.append(numpy_helper.from_array(np.array(8 * (name == "bits"), np.float32), name))
    model.graph.node.insert(0, helper.make_node("Quant", ["many", "scales", "zero", "bits"], ["out"], "odd"))


ALTERED = {
    doubled: "layer 'copies8'|layer 'copies9': more than 512 channels",
    broadcast: r"layer 'odd': scales of shape \(1, 1048576\)",
    outside: "'a.weight' lies in another file; allowed one file",
    huge: "'a.weight' has more than 16777216 numbers",
    nan: "layer '/a/Conv': weight holds NaN",
    unknown: "layer '/a/Conv': reads 'nowhere', which nothing gives",
    foreign_operator: r"layer '/Relu': Anything; allowed",
    two_inputs: "2 inputs and 1 outputs; allowed one of each",
    transposed: r"layer '/a/Conv': weight of shape \(3, 3\)",
}


@pytest.mark.parametrize("change", ALTERED, ids=lambda change: change.__name__)
def test_hostile_files_end_in_one_line(change, tmp_path, capsys) -> None:
    path = exported(foreign.shaken(Of(lambda m, x: m.shuffle(m.c(F.relu(m.a(x)))))), tmp_path / "a.onnx")
    assert_refused([str(altered(path, change))], ALTERED[change], capsys)


def test_damaged_files_end_in_one_line(tmp_path, capsys) -> None:
    whole = exported(foreign.Ecbsr(), tmp_path / "whole.onnx").read_bytes()
    for content in (b"", b"text", whole[: len(whole) // 2], whole[3:], bytes(1000)):
        (tmp_path / "a.onnx").write_bytes(content)
        assert_refused([str(tmp_path / "a.onnx")], r"a.onnx: ", capsys)


def test_options_that_the_file_answers_are_refused(tmp_path, capsys) -> None:
    path = exported(foreign.Ecbsr(), tmp_path / "a.onnx")
    for option in (("--scale", "2"), ("--activation", "relu"), ("--skip", "none")):
        assert_refused([str(path), *option], f"{option[0]}: an ONNX file has it; allowed without", capsys)
