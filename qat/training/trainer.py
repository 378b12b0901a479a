"""The training loop: one stage, from its first step or from a checkpoint, on whatever Lightning Fabric launches.

Decides the optimizer, the schedule, validation, checkpoints and what is logged.  A checkpoint holds everything that the next step
depends on, so a killed run resumes with the same losses; it is renamed into place, so it is never half written.
"""

from __future__ import annotations

import io
import math
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from golden.atomic import replacing
from qat.errors import CheckpointError, TrainingError
from qat.recipe import Recipe, Stage, quantized_alone
from qat.training.data import Pair, PatchSampler, fingerprint
from qat.training.validation import bicubic_psnr, validation_psnr

STOP_WINDOW = 100
"""Steps over which the total loss is averaged before it is held against `stop_loss`."""
LOG_EVERY = 25


class Trainer:
    """One stage's training.  `fit` runs it; the rest are its steps.

    The stage's network ends with the weights that validated best.  Continues from the file `checkpoint` if that exists.
    Raises CheckpointError for a checkpoint of another recipe or stage, or of other images.
    """

    def __init__(
        self,
        fabric: Fabric,
        stage_name: str,
        stage: Any,
        recipe: Recipe,
        pairs: Sequence[Pair],
        validation: Sequence[Pair],
        checkpoint: Path,
        compiled: bool = False,
    ) -> None:
        self.fabric, self.stage_name, self.stage, self.recipe = fabric, stage_name, stage, recipe
        self.validation, self.checkpoint = validation, checkpoint
        self.bicubic = bicubic_psnr(validation)
        self.settings: Stage = getattr(recipe, stage_name)
        self.sampler = PatchSampler(
            pairs, recipe.network.scale, recipe.data.patch, recipe.data.batch, recipe.seed,
            fabric.device, fabric.global_rank, fabric.world_size,
        )  # fmt: skip
        self.images = fingerprint(pairs)
        saved = self._saved()
        if saved is not None:  # before there is an optimizer: Brevitas makes new parameters of its scales when it loads
            with fitting(checkpoint):
                stage.load_state_dict(saved["modules"])
        optimizer = stage.to(fabric.device, memory_format=torch.channels_last).optimizer(self.settings.rate)
        self.module, self.optimizer = fabric.setup(torch.compile(stage) if compiled else stage, optimizer)
        self.state = _first_state()
        if saved is not None:  # when the parameters are on their device: the moments go where they are
            with fitting(checkpoint):
                self.optimizer.load_state_dict(saved["optimizer"])
                self.state |= saved["state"]
        self.parameters = dict(stage.network.named_parameters())
        self.averaging = recipe.averaging if stage.averages else 0.0
        if self.averaging:
            start = self.state["averaged"] or self.parameters
            self.state["averaged"] = {name: value.detach().to(fabric.device, copy=True) for name, value in start.items()}

    def fit(self) -> dict[str, Any]:
        """Train to the end.  Returns {"steps", "best_step", "validation_psnr" and "bicubic_psnr" in dB, "seconds"}.

        Ctrl-C lets the step end, saves a checkpoint and raises KeyboardInterrupt; TrainingError when the network has diverged.
        """
        state, settings = self.state, self.settings
        with self._watched() as (bar, writer), _noted_interrupt() as interrupts:
            if state["validated_step"] is None:
                self._validate(writer)
            while state["step"] < settings.steps and not self._is_low_enough() and not interrupts:
                losses = self.step()
                bar.update()
                if state["step"] % LOG_EVERY == 0:
                    self._log(bar, writer, losses)
                if state["step"] % self.recipe.validate_every == 0:
                    self._validate(writer)
                    self._save()
            if state["validated_step"] != state["step"] and not interrupts:
                self._validate(writer)
        self._save(finished=not interrupts)
        if interrupts:
            raise KeyboardInterrupt
        self.stage.network.load_state_dict(state["best"])
        return {
            "steps": state["step"],
            "best_step": state["best_step"],
            "validation_psnr": round(state["best_psnr"], 4),
            "bicubic_psnr": round(self.bicubic, 4),
            "seconds": round(state["seconds"], 1),
        }

    def step(self) -> dict[str, Tensor]:
        """One optimizer step; the losses of its global batch."""
        state, started = self.state, time.monotonic()
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        self.stage.advance(state["step"] / self.settings.steps)
        self.optimizer.zero_grad(set_to_none=True)
        losses: dict[str, Tensor] = self.module(*self.sampler.batch(state["step"]))
        self.fabric.backward(losses["total"])
        self.optimizer.step()
        self.stage.stepped()
        losses = {name: value.detach() for name, value in losses.items()}
        if self.fabric.world_size > 1:
            losses = {name: self.fabric.all_reduce(value) for name, value in losses.items()}  # type: ignore[misc]
        state["step"] += 1
        self._average()
        state["average"] += (losses["total"].cpu() - state["average"]) / min(state["step"], STOP_WINDOW)
        state["seconds"] += time.monotonic() - started
        return losses

    @contextmanager
    def _watched(self) -> Iterator[tuple[Any, SummaryWriter | None]]:
        """The progress bar and, on the first process, the TensorBoard writer, which hides what a killed run wrote past its
        checkpoint.
        """
        first = self.fabric.is_global_zero
        events = self.checkpoint.parent / "events" / self.stage_name
        writer = SummaryWriter(str(events), purge_step=self.state["step"]) if first else None
        bar = tqdm(
            total=self.settings.steps, initial=self.state["step"], desc=f"{self.stage_name:9}", unit="step",
            disable=not first, mininterval=1.0,
        )  # fmt: skip
        try:
            yield bar, writer
        finally:
            bar.close()
            if writer is not None:
                writer.close()

    @torch.no_grad()
    def _average(self) -> None:
        """Move the averaged weights towards the trained ones (Polyak and Juditsky, 1992; here with exponential forgetting)."""
        if self.averaging:
            averaged = self.state["averaged"]
            torch._foreach_lerp_(
                [averaged[name] for name in self.parameters],
                [p.detach() for p in self.parameters.values()],
                1 - self.averaging,
            )

    @contextmanager
    def _averaged_weights(self) -> Iterator[None]:
        """Inside, the network has the averaged weights, if there are any; in place, because the optimizer holds the parameters."""
        averaged = self.state["averaged"] or {}
        trained = {name: self.parameters[name].detach().clone() for name in averaged}
        with torch.no_grad():
            for name, value in averaged.items():
                self.parameters[name].copy_(value)
        try:
            yield
        finally:
            with torch.no_grad():
                for name, value in trained.items():
                    self.parameters[name].copy_(value)

    def _rate(self) -> float:
        """Cosine from `rate` to the share of it that the stage ends with."""
        high, low = self.settings.rate, self.settings.rate * self.stage.final_rate
        return low + (high - low) * (1 + math.cos(math.pi * self.state["step"] / self.settings.steps)) / 2

    def _is_low_enough(self) -> bool:
        """Whether the averaged total loss has fallen to the bound (patent [0074], [0092])."""
        bound, state = self.settings.stop_loss, self.state
        return bound is not None and state["step"] >= STOP_WINDOW and float(state["average"]) <= bound

    def _log(self, bar: Any, writer: SummaryWriter | None, losses: dict[str, Tensor]) -> None:
        values = {name: float(value) for name, value in losses.items()}
        shown = {name: f"{value:.4g}" for name, value in values.items()}
        if self.state["validated_step"] is not None:
            shown |= {"best": f"{self.state['best_psnr']:.2f} dB", "bicubic": f"{self.bicubic:.2f} dB"}
        bar.set_postfix(shown, refresh=False)
        if writer is not None:
            for name, value in (values | {"rate": self._rate()}).items():
                writer.add_scalar(f"{self.stage_name}/{name}", value, self.state["step"])

    def _validate(self, writer: SummaryWriter | None) -> None:
        """Measure, and keep the weights if they are the best so far; all processes go by what the first one measured."""
        state = self.state
        with self._averaged_weights():
            value = self.fabric.broadcast(validation_psnr(self.stage, self.validation, self.fabric.device))
            weights = {name: tensor.detach().clone() for name, tensor in self.stage.network.state_dict().items()}
        if math.isnan(value):
            raise TrainingError(
                f"{self.stage_name}: diverged before step {state['step']}; allowed a lower {self.stage_name}.rate "
                f"than {self.settings.rate}"
            )
        state["validated_step"] = state["step"]
        if writer is not None:
            writer.add_scalar(f"{self.stage_name}/validation_psnr", value, state["step"])
            writer.add_scalar(f"{self.stage_name}/bicubic_psnr", self.bicubic, state["step"])
        if value > state["best_psnr"]:
            state.update(best=weights, best_psnr=value, best_step=state["step"])

    def _saved(self) -> dict[str, Any] | None:
        """The content of the checkpoint, if there is one to go on from; a quantized stage that is asked for anew has none."""
        path, stage_name = self.checkpoint, self.stage_name
        if not path.exists():
            return None
        content = read_checkpoint(path)
        if content["stage"] != stage_name:
            raise CheckpointError(f"{path}: a {content['stage']}'s checkpoint; allowed a {stage_name}'s, or another --out")
        if content["images"] != self.images:
            raise CheckpointError(f"{path}: trained on other images; allowed the --data of that run, or another --out")
        changes = self.recipe.changes(content["recipe"], stage_name)
        changed = ", ".join(f"{key} = {now} ({before} before)" for key, (before, now) in changes.items())
        if changes and not quantized_alone(changes):
            raise CheckpointError(f"{path}: made by another recipe: {changed}; allowed the recipe it was made by, or another --out")
        if changes and self.fabric.is_global_zero:
            print(f"quantized: again from the student in {path.parent}, for {changed}")
        return None if changes else content

    def _save(self, finished: bool = False) -> None:
        if not self.fabric.is_global_zero:
            return
        content = {
            "recipe": self.recipe.to_dict(),
            "stage": self.stage_name,
            "images": self.images,
            "finished": finished,
            "modules": self.stage.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "state": self.state,
        }
        whole = io.BytesIO()  # torch's own file writer turns a full disk into an unreadable RuntimeError
        torch.save(content, whole)
        with replacing(self.checkpoint) as temporary:
            temporary.write_bytes(whole.getbuffer())


@contextmanager
def _noted_interrupt() -> Iterator[list[int]]:
    """The Ctrl-C so far: the first is only noted, so that no step is cut in two; a second one interrupts at once."""
    interrupts: list[int] = []

    def note(number: int, _frame: Any) -> None:
        interrupts.append(number)
        signal.signal(signal.SIGINT, before)

    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, note)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)


def _first_state() -> dict[str, Any]:
    """What a stage's training carries from step to step besides weights and optimizer."""
    return {
        "step": 0,
        "average": torch.zeros(()),
        "averaged": None,
        "validated_step": None,
        "best": None,
        "best_psnr": -math.inf,
        "best_step": None,
        "seconds": 0.0,
    }


@contextmanager
def fitting(path: Path) -> Iterator[None]:
    """Raises CheckpointError when a part of the checkpoint does not fit where it is loaded."""
    try:
        yield
    except (RuntimeError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise CheckpointError(f"{path}: does not fit its own recipe ({_first_line(error)})") from error


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The content of a checkpoint of this loop, on the CPU; raises CheckpointError for any other file.  Executes nothing."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise
    except Exception as error:  # torch.load raises whatever the damaged bytes lead to
        raise CheckpointError(f"{path}: damaged or not a checkpoint ({_first_line(error)}); allowed one of qat.distill") from error
    if not isinstance(content, dict) or not {"recipe", "stage", "images", "finished", "modules", "optimizer", "state"} <= set(
        content
    ):
        raise CheckpointError(f"{path}: not a checkpoint of qat.distill")
    return content


def _first_line(error: Exception) -> str:
    """The first sentence: torch's go on with advice that does not hold here."""
    return (str(error) or type(error).__name__).splitlines()[0].split(". ")[0]
