"""Checkpoints in the layouts that people have: the same function of luma as a float student, or one line of refusal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from qat.errors import ForeignError
from qat.importing import __main__ as command
from qat.importing import importer
from qat.importing.asked import Asked
from qat.importing.checkpoint import read_checkpoint
from qat.importing.conversion import student_of
from qat.model.shape import NetworkShape
from qat.training.float_student import load_float_student, save_float_student
from tests.qat import tiny
from tests.qat.importing import foreign

GRAY_LEVELS = 1e-3
"""What float32 may move."""
LAYOUTS: dict[str, tuple[Any, Asked, str | None, str]] = {
    "FSRCNN-pytorch": (lambda: foreign.FsrcnnParts(), Asked(scale=2), None, "FSRCNN as in FSRCNN-pytorch"),
    "PISR": (lambda: foreign.FsrcnnStages(), Asked(scale=3), "state_dict", "FSRCNN as in PISR"),
    "ESPCN trained with ReLU": (lambda: foreign.Espcn(), Asked(activation="relu"), None, "ESPCN as in ESPCN-pytorch"),
    "QuickSRNet": (lambda: foreign.QuickSrnet(layers=2), Asked(), "state_dict", "QuickSRNet"),
    "QuickSRNet, anchored, ReLU, x4": (
        lambda: foreign.QuickSrnet(4, anchored=True, clips=False),
        Asked(activation="relu"),
        None,
        "QuickSRNet",
    ),
    "SESR": (lambda: foreign.Sesr(), Asked(), "model_state_dict", "SESR"),
    "ECBSR": (lambda: foreign.Ecbsr(3), Asked(), "params", "ECBSR, collapsed"),
    "ABPN, of 0 to 255": (lambda: foreign.Abpn(), Asked(activation="relu", skip="nearest", white=255.0), None, "a chain of layers"),
}


def student_picture(student: Any, x: torch.Tensor) -> np.ndarray:
    """In gray levels, within their range."""
    with torch.no_grad():
        return (student(x.float() / 256) * 256).clamp(0, 255).numpy()


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_becomes_a_student_that_gives_the_same_picture(name, tmp_path) -> None:
    make, asked, wrapped, layout = LAYOUTS[name]
    module = foreign.shaken(make())
    chain = read_checkpoint(foreign.save(module, tmp_path / "a.pth", wrapped), asked)
    assert chain.layout == layout
    x = foreign.frames()
    expected = foreign.picture(module, x, asked.white).clip(0, 255)
    assert np.ptp(expected) > 25
    assert np.abs(student_picture(student_of(chain), x) - expected).max() < GRAY_LEVELS
    own = chain.run(x * (asked.white / 255)) * (255 / asked.white)
    assert np.abs(own.clamp(0, 255).numpy() - expected).max() < GRAY_LEVELS


@pytest.mark.parametrize("index", range(3))
def test_a_student_with_one_weight_bias_or_slope_off_gives_another_picture(index, tmp_path) -> None:
    """So that the comparison above can fail: biases taken as they are, without 255/256, among it."""
    module = foreign.shaken(foreign.FsrcnnParts())
    chain = read_checkpoint(foreign.save(module, tmp_path / "a.pth"), Asked(scale=2))
    student = student_of(chain)
    part = [student.layers["mapping1"].conv.weight, student.layers["deconvolution"].bias, student.layers["extraction"].prelu.weight]
    with torch.no_grad():
        part[index].view(-1)[0] *= 256 / 255
    x = foreign.frames()
    assert np.abs(student_picture(student, x) - foreign.picture(module, x).clip(0, 255)).max() > GRAY_LEVELS


def test_an_fsrcnn_has_the_shape_that_recipes_know_and_others_a_plain_one(tmp_path) -> None:
    fsrcnn = student_of(read_checkpoint(foreign.save(foreign.FsrcnnParts(d=7, s=3, m=2), tmp_path / "a.pth"), Asked(scale=4)))
    assert fsrcnn.shape == NetworkShape(7, 3, 2, 4, slopes="channel")
    ecbsr = student_of(read_checkpoint(foreign.save(foreign.Ecbsr(), tmp_path / "b.pth"), Asked()))
    assert ecbsr.shape.residual
    assert ecbsr.shape.convolutions == ((3, 4, "prelu"), (3, 5, "prelu"), (6, 1, "none"))  # one channel is constant


def test_a_plain_student_comes_back_from_its_file(tmp_path) -> None:
    student = student_of(read_checkpoint(foreign.save(foreign.shaken(foreign.QuickSrnet()), tmp_path / "a.pth"), Asked()))
    save_float_student(student, tmp_path / "a.safetensors")
    loaded = load_float_student(tmp_path / "a.safetensors")
    assert loaded.shape == student.shape
    assert torch.equal(loaded(torch.rand(1, 1, 5, 6)), loaded(torch.rand(1, 1, 5, 6))) is False
    x = torch.rand(1, 1, 5, 6)
    assert torch.equal(loaded(x), student(x))


def test_a_collapsed_sesr_is_what_it_was_before(tmp_path) -> None:
    module = foreign.shaken(foreign.Sesr())
    whole = read_checkpoint(foreign.save(module, tmp_path / "a.pth"), Asked())
    after = read_checkpoint(foreign.save(foreign.collapsed(module), tmp_path / "b.pth"), Asked())
    x = foreign.frames()
    assert float((whole.run(x / 255) - after.run(x / 255)).abs().max()) < 1e-5


class Code:
    """What unpickling would run."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, ("ran",)


def changed(**tensors: torch.Tensor | None) -> dict[str, torch.Tensor]:
    """An FSRCNN's state_dict with other tensors under these names (__ for the dot), or without them."""
    state = dict(foreign.FsrcnnParts().state_dict())
    for name, tensor in tensors.items():
        key = name.replace("__", ".")
        state[key] = torch.zeros(0) if tensor is None else tensor
    return {name: tensor for name, tensor in state.items() if tensor.numel()}


def rgb() -> dict[str, torch.Tensor]:
    return changed(first_part__0__weight=torch.zeros(6, 3, 5, 5))


def endless() -> dict[str, Any]:
    content: dict[str, Any] = {}
    content["model"] = content
    return content


FSRCNN = ("--scale", "2")
REFUSED: dict[str, tuple[Any, tuple[str, ...], str]] = {
    "code": (lambda: Code(), (), "damaged, or more than tensors .it would run posix.mkdir"),
    "a whole module": (lambda: foreign.FsrcnnParts(), FSRCNN, "it would run tests.qat.importing.foreign.FsrcnnParts"),
    "a list": (lambda: [torch.zeros(3)], (), "holds list, no tensors by name"),
    "itself": (endless, (), "'model' is dict; allowed tensors"),
    "nothing": (lambda: {}, (), "no tensors by name"),
    "numbers": (lambda: {"first_part.0.weight": 3}, (), "'first_part.0.weight' is int; allowed tensors of real numbers"),
    "integers": (lambda: {"a.weight": torch.zeros(2, 1, 3, 3, dtype=torch.int64)}, (), "'a.weight' is torch.int64"),
    "sparse": (lambda: {"a.weight": torch.eye(3).to_sparse()}, (), "'a.weight' is torch.float32; allowed tensors"),
    "no convolution": (lambda: {"a.weight": torch.zeros(3)}, (), "belongs to no convolution"),
    "one convolution": (lambda: {"a.weight": torch.zeros(4, 1, 3, 3)}, (), "1 convolutions; allowed a state_dict"),
    "no scale": (lambda: changed(), (), "layer 'last_part': .* no stride .*; allowed --scale 2, 3 or 4"),
    "RGB": (rgb, FSRCNN, "layer 'first_part.0': takes 3 channels; allowed 1, luma"),
    "NaN": (lambda: changed(mid_part__0__bias=torch.full((4,), torch.nan)), FSRCNN, "layer 'mid_part.0': bias holds NaN"),
    "a shape": (lambda: changed(mid_part__2__weight=torch.zeros(4, 5, 3, 3)), FSRCNN, "layer 'mid_part.2': takes 5 channels"),
    "an even kernel": (lambda: changed(mid_part__2__weight=torch.zeros(4, 4, 2, 2)), FSRCNN, "layer 'mid_part.2': .* K odd"),
    "slopes": (lambda: changed(mid_part__1__weight=torch.zeros(3)), FSRCNN, "layer 'mid_part.0': .* 3 slopes; allowed 4"),
    "no slopes": (lambda: changed(mid_part__1__weight=None), FSRCNN, "layer 'mid_part.0': no PReLU slopes"),
    "expanded": (lambda: {"a.weight": torch.zeros(1).expand(10**5, 10**5)}, (), "more than 16777216 numbers"),
    "tanh": (lambda: foreign.Espcn().state_dict(), (), "layer 'first_part.0': tanh, .*; allowed --activation relu"),
    "no activation": (lambda: foreign.Abpn().state_dict(), (), "layer 'body.0': the file has no activation; allowed --activation"),
    "another scale": (
        lambda: foreign.QuickSrnet(3).state_dict(),
        FSRCNN,
        "layer 'conv_last': gives 9 channels to a pixel shuffle; allowed 4",
    ),
    "BatchNorm": (
        lambda: nn.Sequential(foreign.same(1, 4, 3), nn.BatchNorm2d(4), foreign.same(4, 4, 3)).state_dict(),
        ("--activation", "relu"),
        "'1.running_mean' is of a BatchNorm; allowed one that is folded",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_imported_ends_in_one_line_and_status_1(name, tmp_path, monkeypatch, capsys) -> None:
    content, options, message = REFUSED[name]
    monkeypatch.chdir(tmp_path)
    torch.save(content(), tmp_path / "a.pth")
    assert_refused([str(tmp_path / "a.pth"), *options], message, capsys)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pth"]


def assert_refused(arguments: list[str], message: str, capsys: Any) -> None:
    assert command.main(arguments) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith("qat.importing: ")
    import re

    assert re.search(message, error), error


def test_damaged_files_end_in_one_line(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    whole = foreign.save(foreign.FsrcnnParts(), tmp_path / "whole.pth").read_bytes()
    contents = [b"", b"text", whole[:100], whole[: len(whole) // 2], b"\x80" + whole, b"PK\x03\x04" + bytes(200)]
    for content in contents:
        for suffix in (".pth", ".safetensors"):
            (tmp_path / f"a{suffix}").write_bytes(content)
            assert_refused([f"a{suffix}", "--scale", "2"], rf"a{suffix}: damaged, or more than tensors", capsys)
    assert_refused(["missing.pth"], "No such file", capsys)
    assert_refused([str(tmp_path)], "directory", capsys)


def test_a_file_beyond_the_limit_is_not_read(tmp_path, capsys) -> None:
    with (tmp_path / "a.pth").open("wb") as file:
        file.truncate(2**28 + 1)
    assert_refused([str(tmp_path / "a.pth")], "more than 268435456 bytes", capsys)


@pytest.mark.parametrize("text", ["0", "-1", "white", "1/0", "nan", "1e9"])
def test_a_white_that_is_none_is_refused(text, tmp_path, capsys) -> None:
    path = foreign.save(foreign.FsrcnnParts(), tmp_path / "a.pth")
    assert_refused([str(path), "--scale", "2", f"--white={text}"], f"--white {text}; allowed a number or a fraction", capsys)


def test_safetensors_are_read_too(tmp_path) -> None:
    module = foreign.shaken(foreign.FsrcnnParts())
    save_file(module.state_dict(), tmp_path / "a.safetensors")
    one = read_checkpoint(tmp_path / "a.safetensors", Asked(scale=2))
    other = read_checkpoint(foreign.save(module, tmp_path / "a.pth"), Asked(scale=2))
    assert np.array_equal(one.last.weight, other.last.weight)


def test_a_kernel_that_becomes_too_large_is_refused(tmp_path) -> None:
    state = {"a.weight": torch.zeros(2, 1, 3, 3), "b.weight": torch.zeros(16, 2, 9, 9)}
    torch.save(state, tmp_path / "a.pth")
    chain = read_checkpoint(tmp_path / "a.pth", Asked(activation="relu"))
    with pytest.raises(ForeignError, match="layer 'b': a transposed convolution of 38 x 38 taps; allowed up to 31"):
        student_of(chain)


@pytest.mark.parametrize("padded", [False, True])
def test_the_command_writes_a_student_and_a_network_and_never_over_another(padded, tmp_path, monkeypatch, capsys) -> None:
    import golden

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importer, "BATCHES", 1)
    foreign.save(foreign.shaken(foreign.FsrcnnParts()), Path("mine.pth"))
    pictures = tmp_path / "pictures"
    tiny.photographs(pictures, 2)
    if not padded:
        assert_refused(["mine.pth", "--scale", "2", "--data", "pictures"], "64x64", capsys)
        return
    for index in range(2):
        from PIL import Image

        Image.fromarray(tiny.photograph(index, 96, 80)).save(pictures / f"{index}.png")
    assert command.main(["mine.pth", "--scale", "2", "--data", "pictures", "--bits", "6"]) == 0
    printed = capsys.readouterr().out
    network = golden.load("runs/mine/network.npz")
    assert str(network) in printed
    assert {layer.weight_type.bits for layer in network.layers} == {6}
    assert load_float_student(Path("runs/mine/student.safetensors")).shape.d == 6
    assert_refused(["mine.pth", "--scale", "2"], "runs/mine: there already; allowed another --out", capsys)
