"""Linear blocks: they begin as nothing, are trained, hold what is held, and fold without a trace."""

from __future__ import annotations

import pytest
import torch

from qat.model.student import FSRCNN
from qat.quantizing.equalize import hold_luma
from qat.training import linear_blocks, stages
from tests.qat import tiny

WIDTH = 4


def trained(student: FSRCNN, of, steps: int = 5) -> FSRCNN:
    """The student after some steps of its stage."""
    stage = stages.StudentStage(of, student, None)
    optimizer = stage.optimizer(1e-2)
    x, y = tiny.batch()
    for _ in range(steps):
        optimizer.zero_grad()
        stage(x, y)["total"].backward()
        optimizer.step()
    return student


def filters(student: FSRCNN) -> list[torch.Tensor]:
    return [value.detach().clone() for name, value in student.named_parameters() if name.endswith(("filters", "mixing"))]


def test_a_widened_student_gives_the_same_pictures_and_its_blocks_are_trained() -> None:
    student, (x, _) = tiny.shaken_student(tiny.recipe()), tiny.batch()
    before = student(x)
    linear_blocks.widen(student, WIDTH)
    assert torch.equal(student(x), before)
    started = filters(student)
    assert len(started) == 2 * len(student.layers)
    ended = filters(trained(student, tiny.recipe()))
    assert all(not torch.equal(old, new) for old, new in zip(started, ended, strict=True))


def test_a_folded_student_is_a_plain_one_with_the_same_pictures() -> None:
    student, (x, _) = tiny.shaken_student(tiny.recipe()), tiny.batch()
    plain = {name: value.clone() for name, value in student.state_dict().items()}
    linear_blocks.widen(student, WIDTH)
    pictures = trained(student, tiny.recipe()).eval()(x)
    linear_blocks.fold(student)
    assert {name: value.shape for name, value in student.state_dict().items()} == {n: v.shape for n, v in plain.items()}
    assert torch.equal(student(x), pictures)
    assert not torch.equal(student.layers["deconvolution"].weight, plain["layers.deconvolution.weight"])
    linear_blocks.fold(student)
    assert torch.equal(student(x), pictures)


@pytest.mark.parametrize("held", [0, 1])
def test_held_rows_stay_and_the_others_move(held: int) -> None:
    of = tiny.recipe(network__slopes="channel")
    student = tiny.shaken_student(of)
    if held:
        hold_luma(student)
    before = {name: module.conv.weight.detach().clone() for name, module in list(student.layers.items())[:-1]}
    linear_blocks.widen(student, WIDTH, held)
    linear_blocks.fold(trained(student, of))
    for name, weight in before.items():
        after = student.layers[name].conv.weight
        assert torch.equal(after[0], weight[0]) == bool(held), name
        assert not torch.equal(after[1:], weight[1:]), name
