"""The stages: which losses they give, what they train, what they keep fixed, what the student starts from."""

from __future__ import annotations

import pytest
import torch

from qat.model import losses
from qat.recipe import RecipeError
from qat.training import stages
from tests.qat import tiny


def student_stage(**changes) -> stages.StudentStage:
    recipe = tiny.recipe(**changes)
    teacher = tiny.teacher(recipe)
    return stages.StudentStage(recipe, stages.new_student(recipe, teacher), teacher)


def test_the_teachers_losses_are_eq_4_5_and_6_of_its_own_maps():
    recipe, (x, y) = tiny.recipe(), tiny.batch()
    stage = stages.TeacherStage(recipe)
    result = stage(x, y)
    x_t, y_t, _ = stage.network(y)
    assert torch.equal(result["imitation"], (x - x_t).abs().mean())
    assert torch.equal(result["reconstruction"], (y - y_t).abs().mean())
    assert torch.equal(result["total"], result["reconstruction"] + 0.1 * result["imitation"])


def test_the_students_losses_are_eq_7_9_and_10_of_the_chosen_layer():
    (x, y), stage = tiny.batch(), student_stage(method__distilled_share=1)
    result = stage(x, y)
    y_s, f_s = stage.network.forward_with_map(x, "expanding")
    f_t = stage._fixed[0](y, "expanding")[2]
    assert torch.equal(result["reconstruction"], (y - y_s).abs().mean())
    assert torch.equal(result["distillation"], stage.distillation(f_s, f_t))
    assert torch.equal(result["total"], result["reconstruction"] + 1e-3 * result["distillation"])


@pytest.mark.parametrize(("name", "channels"), [("extraction", 6), ("shrinking", 3), ("mapping1", 3), ("expanding", 6)])
def test_every_layer_but_the_last_can_be_distilled(name, channels):
    stage = student_stage(method__distilled_layer=name)
    assert stage.distillation.location_head[0].in_channels == channels
    assert torch.isfinite(stage(*tiny.batch())["distillation"])


@pytest.mark.parametrize("name", ["deconvolution", "mapping2"])
def test_the_last_layer_and_unknown_layers_cannot_be_distilled(name):
    with pytest.raises(RecipeError, match=rf"distilled_layer '{name}'; allowed extraction, .*expanding \(never the last\)"):
        tiny.recipe(method__distilled_layer=name)


def test_the_distilled_share_is_the_first_of_the_batch():
    half, (x, y) = student_stage(method__distilled_share=0.5), tiny.batch(count=4)
    value = half(x, y)["distillation"]
    other_tail = torch.cat([y[:2], 1 - y[2:]])
    other_head = torch.cat([1 - y[:2], y[2:]])
    assert torch.equal(half(x, other_tail)["distillation"], value)
    assert not torch.equal(half(x, other_head)["distillation"], value)


def test_no_gradient_reaches_the_teacher_and_the_student_gets_one_everywhere():
    stage = student_stage()
    stage(*tiny.batch())["total"].backward()
    assert [p.grad for p in stage._fixed[0].parameters() if p.grad is not None or p.requires_grad] == []
    assert [name for name, p in stage.named_parameters() if p.grad is None] == []


def test_distillation_pulls_on_the_layers_up_to_the_distilled_one_only():
    stage = student_stage(method__distilled_layer="shrinking")
    stage(*tiny.batch())["distillation"].backward()
    pulled = {name.split(".")[1] for name, p in stage.network.named_parameters() if p.grad is not None}
    assert pulled == {"extraction", "shrinking"}


def test_the_teacher_is_no_part_of_what_the_students_training_saves():
    assert {name.split(".")[0] for name in student_stage().state_dict()} == {"network", "distillation"}


def test_the_heads_are_no_part_of_the_student():
    stage = student_stage()
    network = {name.removeprefix("network.") for name in stage.state_dict() if name.startswith("network.")}
    assert network == set(stage.network.state_dict())
    assert any("head" in name for name in stage.state_dict())
    assert not any("head" in name for name in stage.network.state_dict())


@pytest.mark.parametrize("changes", [{"method__distillation_weight": 0}, {"teacher__steps": 0}])
def test_without_weight_or_teacher_the_student_only_reconstructs(changes):
    stage = student_stage(**changes)
    assert stage.distillation is None
    assert set(stage(*tiny.batch())) == {"total", "reconstruction"}


def test_weight_transfer_starts_the_student_from_the_decoder():
    recipe = tiny.recipe()
    teacher = tiny.teacher(recipe)
    decoder, student = teacher.decoder.state_dict(), stages.new_student(recipe, teacher).state_dict()
    assert all(torch.equal(decoder[name], student[name]) for name in decoder)


def test_without_weight_transfer_the_student_starts_as_an_interpolator_of_its_own():
    recipe = tiny.recipe(method__weight_transfer=False)
    teacher = tiny.teacher(recipe)
    student = stages.new_student(recipe, teacher)
    assert not torch.equal(student.layers["shrinking"].conv.weight, teacher.decoder.layers["shrinking"].conv.weight)
    x = torch.full((1, 1, 16, 16), 0.5)
    inside = student.eval()(x)[..., 8:-8, 8:-8]
    assert losses.reconstruction_loss(inside, torch.tensor(0.5)) < 0.05


def test_the_quantized_student_takes_the_weights_and_slopes_of_the_float_one():
    recipe = tiny.recipe()
    student = tiny.shaken_student(recipe)
    quantized = dict(tiny.quantized_copy(recipe, student).named_parameters())
    for name, parameter in student.named_parameters():
        ours = name if "prelu" in name or ".conv." in name else f"{name.rpartition('.')[0]}.conv.{name.rpartition('.')[2]}"
        assert torch.equal(quantized[ours], parameter)
