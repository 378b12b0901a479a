"""The three stages as modules whose forward gives the named losses of a batch: teacher, student, quantized student.

The order is the patent's ([0075], [0093], S11 to S26): the teacher is trained to the end, then the student, then only the
student is used. A stage knows what is trained and what stays fixed; `qat.training.trainer` knows how.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from qat import students
from qat.model import losses
from qat.model.compiled import plain_forward
from qat.model.deconvolution import interpolating_kernel
from qat.model.quantized import QuantizedFSRCNN
from qat.model.student import FSRCNN, start_as_interpolator
from qat.model.teacher import Teacher
from qat.quantizing.inq import Weights
from qat.recipe import Recipe
from qat.training.float_student import load_float_student, load_matching
from qat.training.trainer import CheckpointError, fitting, read_checkpoint

Losses = dict[str, Tensor]


class Stage(nn.Module):
    """What every stage can do besides giving losses; `network` is what validation runs."""

    network: nn.Module
    final_rate = 0.01
    """The last rate, as a share of the first."""
    averages = False
    """Whether the recipe's `averaging` holds for it."""

    def optimizer(self, rate: float) -> torch.optim.Optimizer:
        """Adam for all that the stage trains."""
        return torch.optim.Adam(self.parameters(), lr=rate)

    def advance(self, progress: float) -> None:
        """Called before each step, with the share of the stage's steps that is done."""

    def stepped(self) -> None:
        """Called after each step, to put back what it moved out of its range."""


class TeacherStage(Stage):
    """The teacher's training: reconstruction and imitation (eq. 4 to 6).  `network` is what validation runs: the teacher itself."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.imitation_weight = recipe.method.imitation_weight
        self.network = Teacher(recipe.network, recipe.method.encoder_width)

    def forward(self, x: Tensor, y: Tensor) -> Losses:
        x_t, y_t, _ = self.network(y)
        imitation = losses.imitation_loss(x, x_t)
        reconstruction = losses.reconstruction_loss(y, y_t)
        total = losses.teacher_total_loss(reconstruction, imitation, self.imitation_weight)
        return {"total": total, "reconstruction": reconstruction, "imitation": imitation}

    def stepped(self) -> None:
        self.network.decoder.rectify()

    def upscale(self, x: Tensor, y: Tensor) -> Tensor:
        return self.network(y)[1]


class StudentStage(Stage):
    """A student's training, float or quantized: reconstruction and, with a teacher, distillation (eq. 7 to 10).

    The teacher is fixed and kept out of the state that a checkpoint saves.  The distillation loss, whose heads cost as much as the
    student, may be estimated on the first `distilled_share` of the batch: patches are random, so its mean is the same.
    The heads are trained on the distillation loss itself: lambda_S, with which it enters the total, changes nothing that they
    minimise, but would take their gradients below Adam's epsilon.
    """

    averages = True

    def __init__(self, recipe: Recipe, network: FSRCNN, teacher: Teacher | None) -> None:
        super().__init__()
        self.network = network
        self.layer = recipe.method.distilled_layer
        self.weight = recipe.method.distillation_weight
        self._forward = network.forward_with_map
        self.share = recipe.method.distilled_share
        self.distillation: losses.VariationalDistillation | None = None
        self._fixed: list[Teacher] = []
        if recipe.distills and teacher is not None:
            channels = next(layer.out_channels for layer in recipe.network.layers if layer.name == self.layer)
            self.distillation = losses.VariationalDistillation(channels, recipe.method.distribution)
            for parameter in self.distillation.parameters():
                parameter.register_hook(lambda gradient: gradient / self.weight)
            self._fixed = [teacher.eval().requires_grad_(False)]

    def forward(self, x: Tensor, y: Tensor) -> Losses:
        if self.distillation is None:
            reconstruction = losses.reconstruction_loss(y, self._forward(x, None)[0])
            return {"total": reconstruction, "reconstruction": reconstruction}
        y_s, f_s = self._forward(x, self.layer)
        count = max(1, round(self.share * len(x)))
        with torch.no_grad():
            f_t = self._fixed[0](y[:count], self.layer)[2]
        reconstruction = losses.reconstruction_loss(y, y_s)
        distillation = self.distillation(f_s[:count], f_t)
        total = losses.student_total_loss(reconstruction, distillation, self.weight)
        return {"total": total, "reconstruction": reconstruction, "distillation": distillation}

    def stepped(self) -> None:
        self.network.rectify()

    def upscale(self, x: Tensor, y: Tensor) -> Tensor:
        return self.network(x)


class QuantizedStage(StudentStage):
    """The quantized student's training: a plain forward with constant scales, in which weights are real until their turn comes to
    be put on their grids (`qat.quantizing.inq`); the rate counts in steps of these grids.
    """

    network: QuantizedFSRCNN
    final_rate = 0.12

    def __init__(self, recipe: Recipe, network: QuantizedFSRCNN, teacher: Teacher | None) -> None:
        super().__init__(recipe, network, teacher)
        self.schedule = recipe.inq
        self.weights = Weights(network)

    def optimizer(self, rate: float) -> torch.optim.Optimizer:
        self._forward = plain_forward(self.network)
        return self.weights.optimizer(self.parameters(), rate)

    def advance(self, progress: float) -> None:
        self.weights.quantize(self.schedule.share(progress))


def finished_teacher(recipe: Recipe) -> Teacher:
    """The teacher in the recipe's `teacher.file`.

    Raises FileNotFoundError, and CheckpointError unless it is one, trained to its end, of this network.
    """
    path = Path(recipe.teacher.file)
    content = read_checkpoint(path)
    if content["stage"] != "teacher" or not content["finished"]:
        kind = f"a {content['stage']}'s checkpoint" if content["stage"] != "teacher" else "a teacher that is still in training"
        raise CheckpointError(f"{path}: {kind}; allowed a teacher's, trained to its end")
    theirs = Recipe.from_dict(content["recipe"])
    for name, value in vars(theirs.network).items():
        if value != getattr(recipe.network, name):
            raise CheckpointError(
                f"{path}: its network.{name} is {value}, here {getattr(recipe.network, name)}; allowed one of this network"
            )
    teacher = Teacher(theirs.network, theirs.method.encoder_width)
    with fitting(path):
        teacher.load_state_dict(content["state"]["best"])
    return teacher


def new_student(recipe: Recipe, teacher: Teacher | None) -> FSRCNN:
    """A float student before its training: the recipe's `start`, the trained decoder's weights with weight transfer ([0013]), or an
    interpolator.

    Raises FileNotFoundError and StudentError for a start that is none.
    """
    student = FSRCNN(recipe.network)
    start_as_interpolator(student)
    if recipe.start:
        load_matching(student, students.named(recipe.start))
        if student.residual is not None and starts_at_another_scale(recipe):
            student.residual.weight.data[0, 0] = interpolating_kernel(recipe.network.scale, student.residual.kernel_size[0])
    elif teacher is not None and recipe.method.weight_transfer:
        student.load_state_dict(teacher.decoder.state_dict())
    return student


def starts_at_another_scale(recipe: Recipe) -> bool:
    """Whether the recipe's start is a student of another scale, whose deconvolution and residual are of no use."""
    return bool(recipe.start) and load_float_student(students.named(recipe.start)).shape.scale != recipe.network.scale
