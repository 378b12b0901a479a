"""Students' files: what they hold, and that damaged ones are refused."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from qat.model.deconvolution import interpolating_kernel
from qat.training import stages
from qat.training.float_student import StudentError, load_float_student, save_float_student
from tests.qat import tiny


def test_a_float_student_comes_back_with_every_tensor(tmp_path):
    student = tiny.shaken_student(tiny.recipe(network__slopes="channel", network__scale=3))
    save_float_student(student, tmp_path / "a.safetensors")
    loaded = load_float_student(tmp_path / "a.safetensors")
    assert loaded.shape == student.shape
    assert not loaded.training
    tensors = loaded.state_dict()
    assert tensors.keys() == student.state_dict().keys()
    assert all(torch.equal(t, tensors[name]) for name, t in student.state_dict().items())


def test_the_student_of_a_run_has_no_heads(finished):
    student = load_float_student(finished / "student.safetensors")
    assert not [name for name in student.state_dict() if "head" in name or "distillation" in name]


def test_a_damaged_student_file_is_named_and_refused(tmp_path, finished):
    whole, path = (finished / "student.safetensors").read_bytes(), tmp_path / "a.safetensors"
    for content in (b"", b"text", whole[:100], whole[: len(whole) // 2], b"\xff" * 8 + whole[8:]):
        path.write_bytes(content)
        with pytest.raises(StudentError, match=r"a\.safetensors: not a float student"):
            load_float_student(path)


@pytest.mark.parametrize("metadata", [None, {"student": "{}"}, {"float_student": "[]"}, {"float_student": '{"d": 0}'}])
def test_a_safetensors_file_of_something_else_is_named_and_refused(tmp_path, metadata):
    path = tmp_path / "a.safetensors"
    save_file({"x": torch.zeros(2)}, path, metadata)
    with pytest.raises(StudentError, match=r"a\.safetensors: not a float student"):
        load_float_student(path)


def test_a_missing_student_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_float_student(tmp_path / "a.safetensors")


def test_a_student_of_another_scale_starts_with_all_layers_that_fit(tmp_path):
    start = tiny.shaken_student(tiny.recipe())
    save_float_student(start, tmp_path / "x2.safetensors")
    student = stages.new_student(tiny.recipe(teacher__steps=0, network__scale=3, start=str(tmp_path / "x2.safetensors")), None)
    own = student.state_dict()
    assert torch.equal(own.pop("residual.weight")[0, 0], interpolating_kernel(3))
    assert all(torch.equal(t, start.state_dict()[name]) for name, t in own.items())
    wider = stages.new_student(tiny.recipe(teacher__steps=0, network__d=8, start=str(tmp_path / "x2.safetensors")), None)
    same = [name for name, t in start.state_dict().items() if t.shape == wider.state_dict()[name].shape]
    assert "layers.mapping1.conv.weight" in same
    assert "layers.deconvolution.conv.weight" not in same
    assert all(torch.equal(wider.state_dict()[name], start.state_dict()[name]) for name in same)


def test_a_start_that_is_not_there_is_named_with_what_ships(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing: no such file, and no float student of that name is in .* allowed "):
        stages.new_student(tiny.recipe(teacher__steps=0, start="nothing"), None)
