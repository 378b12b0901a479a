"""The training loop: the same losses after an interruption, the best weights at the end, an early stop, honest checkpoints."""

from __future__ import annotations

import math
import pickle
import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from qat.recipe import Recipe
from qat.training import stages
from qat.training.data import Pair, PatchSampler
from qat.training.trainer import CheckpointError, Trainer, TrainingError, read_checkpoint, validation_psnr
from tests.qat import tiny

STAGES = ("teacher", "student", "quantized")


def new_stage(name: str, recipe: Recipe):
    """The stage as a run makes it, from fixed seeds."""
    torch.manual_seed(4)
    if name == "teacher":
        return stages.TeacherStage(recipe)
    teacher = tiny.teacher(recipe)
    if name == "quantized":
        return stages.QuantizedStage(recipe, tiny.quantized(recipe).train(), teacher)
    return stages.StudentStage(recipe, stages.new_student(recipe, teacher), teacher)


class Recorder(Trainer):
    """A trainer that keeps the losses of every step, and can be interrupted inside one."""

    interrupt_in_step: int | None = None

    def step(self) -> dict[str, torch.Tensor]:
        self.losses = getattr(self, "losses", [])
        if self.state["step"] == self.interrupt_in_step:
            signal.raise_signal(signal.SIGINT)
        losses = super().step()
        self.losses.append({name: float(value) for name, value in losses.items()})
        return losses


def recorder(folder: Path, name: str, interrupt_in_step: int | None = None, **changes) -> Recorder:
    recipe = tiny.recipe(**changes)
    pairs = tiny.pairs(3)
    trainer = Recorder(tiny.cpu(), name, new_stage(name, recipe), recipe, pairs[1:], pairs[:1], folder / f"{name}.ckpt")
    trainer.interrupt_in_step = interrupt_in_step
    return trainer


def weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    return trainer.stage.network.state_dict()


@pytest.mark.parametrize("name", STAGES)
@pytest.mark.parametrize("interrupted", [1, 13, 20])
def test_an_interrupted_training_has_the_losses_and_weights_of_an_uninterrupted_one(tmp_path, name, interrupted):
    """Steps 0 to 20 see the interruption in the first, between checkpoints, and in the last step."""
    steps = {f"{name}__steps": 21}
    whole = recorder(tmp_path, name, **steps)
    facts = whole.fit()
    (tmp_path / f"{name}.ckpt").unlink()

    first = recorder(tmp_path, name, interrupted, **steps)
    with pytest.raises(KeyboardInterrupt):
        first.fit()
    assert read_checkpoint(tmp_path / f"{name}.ckpt")["state"]["step"] == interrupted + 1
    second = recorder(tmp_path, name, **steps)
    resumed = second.fit()

    assert len(whole.losses) == 21
    assert first.losses + getattr(second, "losses", []) == whole.losses
    assert resumed | {"seconds": 0} == facts | {"seconds": 0}
    assert all(torch.equal(t, weights(second)[key]) for key, t in weights(whole).items())


def test_a_training_that_forgets_the_optimizer_has_other_losses(tmp_path, monkeypatch):
    """The mutant of the test above."""
    whole = recorder(tmp_path, "student", student__steps=8)
    whole.fit()
    (tmp_path / "student.ckpt").unlink()
    with pytest.raises(KeyboardInterrupt):
        recorder(tmp_path, "student", 4, student__steps=8).fit()
    monkeypatch.setattr(torch.optim.Adam, "load_state_dict", lambda self, state: None)
    second = recorder(tmp_path, "student", student__steps=8)
    second.fit()
    assert len(second.losses) == 3
    assert second.losses != whole.losses[5:]


def test_a_second_interrupt_stops_at_once_and_keeps_the_last_checkpoint(tmp_path):
    class Impatient(Recorder):
        def step(self):
            if self.state["step"] == 15:
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGINT)
            return super().step()

    recipe, pairs = tiny.recipe(), tiny.pairs(3)
    path = tmp_path / "student.ckpt"
    with pytest.raises(KeyboardInterrupt):
        Impatient(tiny.cpu(), "student", new_stage("student", recipe), recipe, pairs[1:], pairs[:1], path).fit()
    assert read_checkpoint(path)["state"]["step"] == 10


def test_the_interrupt_handler_is_given_back(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    recorder(tmp_path, "student", student__steps=1).fit()
    assert signal.getsignal(signal.SIGINT) is before


def test_one_step_is_one_adam_step_on_the_total_loss(tmp_path):
    trainer = recorder(tmp_path, "student")
    reference = new_stage("student", tiny.recipe())
    optimizer = torch.optim.Adam(reference.parameters(), lr=1e-3)
    sampler = PatchSampler(tiny.pairs(3)[1:], 2, 8, 4, seed=3)
    for step in range(2):
        for group in optimizer.param_groups:
            group["lr"] = 1e-5 + (1e-3 - 1e-5) * (1 + math.cos(math.pi * step / 40)) / 2
        optimizer.zero_grad()
        reference(*sampler.batch(step))["total"].backward()
        optimizer.step()
        reference.stepped()
        trainer.step()
    assert all(torch.allclose(t, weights(trainer)[name], atol=1e-6) for name, t in reference.network.state_dict().items())


@pytest.mark.parametrize("name", STAGES)
def test_training_lowers_the_total_loss(tmp_path, name):
    trainer = recorder(tmp_path, name, **{f"{name}__steps": 60, f"{name}__rate": 0.1 if name == "quantized" else 3e-3})
    trainer.fit()
    total = [losses["total"] for losses in trainer.losses]
    assert np.mean(total[-15:]) < np.mean(total[:15])


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_ends_early_when_the_average_total_loss_falls_to_its_bound(tmp_path, monkeypatch, name):
    monkeypatch.setattr("qat.training.trainer.STOP_WINDOW", 5)
    reached = recorder(tmp_path, name, **{f"{name}__steps": 15, f"{name}__stop_loss": 1e9}).fit()
    (tmp_path / f"{name}.ckpt").unlink()
    missed = recorder(tmp_path, name, **{f"{name}__steps": 15, f"{name}__stop_loss": -1e9}).fit()
    assert (reached["steps"], missed["steps"]) == (5, 15)


def test_the_bound_is_held_against_the_average_of_the_last_steps(tmp_path, monkeypatch):
    monkeypatch.setattr("qat.training.trainer.STOP_WINDOW", 5)
    trainer = recorder(tmp_path, "student", student__steps=5)
    trainer.fit()
    mean = np.mean([losses["total"] for losses in trainer.losses])
    assert float(trainer.state["average"]) == pytest.approx(mean, rel=1e-5)


def test_a_stage_ends_with_the_weights_that_validated_best(tmp_path, monkeypatch):
    values = iter([5.0, 10.0, 30.0, 20.0])
    monkeypatch.setattr("qat.training.trainer.validation_psnr", lambda *arguments: next(values))
    kept = []

    class Keeper(Recorder):
        def _validate(self, writer):
            super()._validate(writer)
            kept.append({name: t.clone() for name, t in weights(self).items()})

    recipe, pairs = tiny.recipe(student__steps=30), tiny.pairs(3)
    path = tmp_path / "student.ckpt"
    trainer = Keeper(tiny.cpu(), "student", new_stage("student", recipe), recipe, pairs[1:], pairs[:1], path)
    facts = trainer.fit()
    assert (facts["best_step"], facts["validation_psnr"]) == (20, 30.0)
    matches = [all(torch.equal(t, weights(trainer)[name]) for name, t in one.items()) for one in kept]
    assert matches == [False, False, True, False]


def test_a_diverged_training_says_so_in_one_line(tmp_path):
    class Poisoned(Recorder):
        def step(self):
            with torch.no_grad():
                self.stage.network.layers["shrinking"].conv.weight[0] = float("nan")
            return super().step()

    recipe, pairs = tiny.recipe(), tiny.pairs(3)
    path = tmp_path / "student.ckpt"
    with pytest.raises(TrainingError) as caught:
        Poisoned(tiny.cpu(), "student", new_stage("student", recipe), recipe, pairs[1:], pairs[:1], path).fit()
    assert str(caught.value) == "student: diverged before step 10; allowed a lower student.rate than 0.001"


def test_validation_is_the_psnr_of_the_rounded_picture_without_its_border():
    class Shifted:
        """A stage whose picture is the HR image, 0.4 of a step brighter, two steps darker inside, and wrong at the border."""

        network = torch.nn.Identity()

        def upscale(self, x, y):
            result = y + 0.4 / 256
            result[..., 5, 5] -= 2 / 256
            result[..., :2, :] = result[..., :, -2:] = 0
            return result

    pair = tiny.pairs(1)[0]
    inside = (pair.high.shape[0] - 4) * (pair.high.shape[1] - 4)
    assert validation_psnr(Shifted(), [pair]) == pytest.approx(10 * np.log10(255**2 / (2**2 / inside)))


def test_a_checkpoint_holds_its_whole_configuration(finished):
    for name in STAGES:
        content = read_checkpoint(finished / f"{name}.ckpt")
        assert Recipe.from_dict(content["recipe"]) == tiny.recipe()
        assert content["stage"] == name


@pytest.mark.parametrize("change", [{"seed": 4}, {"student__rate": 2e-3}, {"network__slopes": "layer"}, {"averaging": 0.5}])
def test_a_checkpoint_of_another_recipe_is_refused(tmp_path, change):
    recorder(tmp_path, "student", student__steps=1).fit()
    with pytest.raises(CheckpointError, match=r"student\.ckpt: made by another recipe: "):
        recorder(tmp_path, "student", **({"student__steps": 1} | change))


def test_a_checkpoint_of_other_images_is_refused(tmp_path, monkeypatch):
    recorder(tmp_path, "student", student__steps=1).fit()
    changed = [Pair(pair.name, pair.low, pair.high.copy()) for pair in tiny.pairs(3)]
    changed[1].high[0, 0] ^= 1
    monkeypatch.setattr(tiny, "pairs", lambda *_: changed)
    with pytest.raises(CheckpointError, match=r"student\.ckpt: trained on other images; allowed the --data of that run"):
        recorder(tmp_path, "student", student__steps=1)


def test_a_checkpoint_of_another_stage_is_refused(tmp_path):
    recorder(tmp_path, "teacher", teacher__steps=1).fit()
    (tmp_path / "teacher.ckpt").rename(tmp_path / "student.ckpt")
    with pytest.raises(CheckpointError, match=r"student\.ckpt: a teacher's checkpoint; allowed a student's"):
        recorder(tmp_path, "student", teacher__steps=1)


def test_a_checkpoint_whose_tensors_do_not_fit_its_recipe_is_refused(tmp_path):
    path = tmp_path / "student.ckpt"
    recorder(tmp_path, "student", student__steps=1).fit()
    whole = read_checkpoint(path)
    for part in ("modules", "optimizer", "state"):
        torch.save(whole | {part: 7}, path)
        with pytest.raises(CheckpointError, match=r"student\.ckpt: does not fit its own recipe"):
            recorder(tmp_path, "student", student__steps=1)


def test_a_truncated_checkpoint_is_refused(tmp_path, finished):
    whole, path = (finished / "student.ckpt").read_bytes(), tmp_path / "student.ckpt"
    for length in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match=r"student\.ckpt: damaged or not a checkpoint"):
            read_checkpoint(path)


def test_a_checkpoint_with_a_flipped_byte_in_its_structure_is_refused(tmp_path, finished):
    whole, path = bytearray((finished / "student.ckpt").read_bytes()), tmp_path / "student.ckpt"
    start = whole.index(b"data.pkl") + 100
    whole[start : start + 8] = b"\xff" * 8
    path.write_bytes(whole)
    with pytest.raises(CheckpointError):
        read_checkpoint(path)


class Malicious:
    """Unpickling it would make a file."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return (Path.touch, (self.trace,))


@pytest.mark.parametrize("write", [torch.save, lambda value, path: path.write_bytes(pickle.dumps(value))])
def test_a_malicious_checkpoint_is_refused_and_executes_nothing(tmp_path, write):
    path, trace = tmp_path / "student.ckpt", tmp_path / "executed"
    write({"recipe": Malicious(trace)}, path)
    with pytest.raises(CheckpointError, match="damaged or not a checkpoint"):
        read_checkpoint(path)
    assert not trace.exists()
    torch.load(path, weights_only=False) if write is torch.save else pickle.loads(path.read_bytes())
    assert trace.exists()


@pytest.mark.parametrize("content", [[1, 2], {"recipe": {}}, torch.zeros(3)])
def test_another_file_of_torch_is_no_checkpoint(tmp_path, content):
    torch.save(content, tmp_path / "a.ckpt")
    with pytest.raises(CheckpointError, match=r"a\.ckpt: not a checkpoint of qat\.distill"):
        read_checkpoint(tmp_path / "a.ckpt")


def test_the_curves_of_all_stages_can_be_read(finished):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    for name, steps in (("teacher", [0, 10, 20]), ("student", [0, 10, 20, 30, 40]), ("quantized", [0, 10, 20, 30])):
        curves = EventAccumulator(str(finished / "events" / name)).Reload()
        assert [event.step for event in curves.Scalars(f"{name}/validation_psnr")] == steps
        assert len({event.value for event in curves.Scalars(f"{name}/bicubic_psnr")}) == 1
    assert {"student/total", "student/reconstruction", "student/distillation", "student/rate"} <= set(
        EventAccumulator(str(finished / "events" / "student")).Reload().Tags()["scalars"]
    )


def test_averaged_weights_are_what_is_validated_and_kept(tmp_path):
    """The kept network is the exponential average of the trained weights of every step, which go on untouched by validation."""

    class Watching(Recorder):
        def step(self):
            losses = super().step()
            self.seen = [*getattr(self, "seen", []), {name: p.detach().clone() for name, p in self.parameters.items()}]
            return losses

    def fitted(averaging, folder):
        folder.mkdir()
        recipe = tiny.recipe(student__steps=20, validate_every=20, averaging=averaging)
        trainer = Watching(
            tiny.cpu(), "student", new_stage("student", recipe), recipe, tiny.pairs(3)[1:], tiny.pairs(3)[:1], folder / "c"
        )
        start = {name: p.detach().clone() for name, p in trainer.parameters.items()}
        trainer.fit()
        return trainer, start

    plain, _ = fitted(0.0, tmp_path / "plain")
    averaged, expected = fitted(0.8, tmp_path / "averaged")
    assert averaged.losses == plain.losses
    for weights_of_step in averaged.seen:
        expected = {name: 0.8 * expected[name] + 0.2 * value for name, value in weights_of_step.items()}
    for name, value in averaged.stage.network.named_parameters():
        assert torch.allclose(value, expected[name], atol=1e-6)
        assert torch.equal(plain.seen[-1][name], averaged.seen[-1][name])
    assert any(not torch.allclose(averaged.seen[-1][name], expected[name], atol=1e-6) for name in expected)
