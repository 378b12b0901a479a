"""A training run: teacher, float student, quantized student, freeze, each from where an interrupted run left it.

The road is that of the shipped networks: the student has a residual, its channels are equalized to one threshold, layers are fitted
in closed form, weights are quantized incrementally; both students' stages have the distillation loss.
"""

from __future__ import annotations

import argparse
import dataclasses
import fcntl
import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric

import golden
from golden.atomic import write_text
from golden.pictures.embedded import images_of
from golden.pictures.images import ImageError
from qat import students
from qat.errors import CheckpointError, FreezeError, LaunchError, RecipeError, StudentError, TrainingError
from qat.model.student import FSRCNN
from qat.model.teacher import Teacher
from qat.quantizing import reconstruction
from qat.quantizing.freeze import freeze
from qat.recipe import Recipe
from qat.training import launch, stages, validation
from qat.training.data import PatchSampler, fingerprint, limit_pixels, load_pairs, real_luma, some, split
from qat.training.float_student import load_float_student, save_float_student
from qat.training.trainer import Trainer

PICTURES = 8
"""Whole pictures that stand for one batch where a deconvolution is fitted."""
VALIDATION_PIXELS = 400_000
"""HR pixels that a validation measures."""
USER_ERRORS = (
    ImageError, RecipeError, CheckpointError, TrainingError, FreezeError, LaunchError, golden.NetworkError, StudentError,
    OSError,
)  # fmt: skip


class Run:
    """One training run in a folder: the stages in their order, then the frozen network and its facts."""

    def __init__(self, fabric: Fabric, recipe: Recipe, data: Sequence[Path], out: Path, compiled_from: int | None = None) -> None:
        """compiled_from: stages of so many steps or more are compiled; None for no stage.

        Raises ImageError and RecipeError, before anything is trained or written.
        """
        self.fabric, self.recipe, self.out, self.data, self.compiled_from = fabric, recipe, out, data, compiled_from
        network, settings = recipe.network, recipe.data
        pairs = load_pairs(data, network.scale, settings.patch)
        training, held_out = split(pairs, settings.validation, recipe.seed)
        self.pairs = some(training, settings.images, recipe.seed)
        self.validation = limit_pixels(held_out, VALIDATION_PIXELS)
        self.images = {"training": len(self.pairs), "validation": len(held_out), "left_out": len(data) - len(pairs)}
        if fabric.is_global_zero:
            print(describe(self.images, settings.patch * network.scale))
        self.facts: dict[str, Any] = {}
        with _named_by("start", recipe.start):
            self.start = students.origin(recipe.start)
            if recipe.start:
                load_float_student(students.named(recipe.start))
        with _named_by("teacher", recipe.teacher.file):
            self.teacher = stages.finished_teacher(recipe) if recipe.teacher.file else None

    def train(self) -> golden.IntNetwork:
        """All stages and the freeze.  Raises OSError for a folder that cannot be made."""
        if self.fabric.is_global_zero:
            self.out.mkdir(parents=True, exist_ok=True)
        self.fabric.barrier()
        with claimed(self.out) if self.fabric.is_global_zero else nullcontext():
            teacher = self.train_teacher() if self.recipe.has_teacher else None
            student = self.train_student(teacher)
            return self.train_quantized(student, teacher)

    def train_teacher(self) -> Teacher:
        if self.teacher is not None:
            path = Path(self.recipe.teacher.file)
            self.facts["teacher"] = {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            return self.teacher.to(self.fabric.device)
        torch.manual_seed(self.recipe.seed)
        stage = stages.TeacherStage(self.recipe)
        self._fit("teacher", stage)
        return stage.network

    def train_student(self, teacher: Teacher | None) -> FSRCNN:
        torch.manual_seed(self.recipe.seed + 1)
        student = stages.new_student(self.recipe, teacher)
        if stages.starts_at_another_scale(self.recipe):
            reconstruction.fit_deconvolution(student, self._pictures())
        stage = stages.StudentStage(self.recipe, student, teacher)
        self._fit("student", stage)
        if self.fabric.is_global_zero:
            save_float_student(stage.network, self.out / "student.safetensors")
        return stage.network

    def train_quantized(self, student: FSRCNN, teacher: Teacher | None) -> golden.IntNetwork:
        torch.manual_seed(self.recipe.seed + 2)
        quantized = reconstruction.reconstructed(student, self.recipe.quantization, self._batches())
        self._fit("quantized", stages.QuantizedStage(self.recipe, quantized, teacher))
        frozen = freeze(quantized)
        self.scores = {
            "network": validation.network_psnr(frozen, self.validation),
            "student": self.facts["student"]["validation_psnr"],
            "bicubic": validation.bicubic_psnr(self.validation),
        }
        if self.fabric.is_global_zero:
            self._write(frozen)
        return frozen

    def _fit(self, name: str, stage: Any) -> None:
        checkpoint = self.out / f"{name}.ckpt"
        compiled = self.compiled_from is not None and getattr(self.recipe, name).steps >= self.compiled_from
        trainer = Trainer(self.fabric, name, stage, self.recipe, self.pairs, self.validation, checkpoint, compiled)
        facts = self.facts[name] = trainer.fit()
        if self.fabric.is_global_zero:
            reached = f"validation {facts['validation_psnr']:.2f} dB, bicubic {facts['bicubic_psnr']:.2f} dB"
            print(f"{name}: {facts['steps']} steps in {facts['seconds']:.0f} s, {reached}", flush=True)

    def _batches(self) -> list[torch.Tensor]:
        """LR luma to measure on, other patches than those of the training."""
        recipe, data = self.recipe, self.recipe.data
        sampler = PatchSampler(self.pairs, recipe.network.scale, data.patch, data.batch, recipe.seed + 3, self.fabric.device)
        return [sampler.batch(step)[0] for step in range(recipe.calibration_batches)]

    def _pictures(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Whole pictures of the training images, (LR, HR)."""
        chosen = some(self.pairs, PICTURES * self.recipe.calibration_batches, self.recipe.seed + 3)
        return [(real_luma(p.low, self.fabric.device), real_luma(p.high, self.fabric.device)) for p in chosen]

    def _write(self, frozen: golden.IntNetwork) -> None:
        golden.save(frozen, self.out / "network.npz")
        facts = {
            "hash": frozen.hash,
            "recipe": self.recipe.to_dict(),
            "start": self.start,
            "stages": self.facts,
            "validation_psnr": {name: round(value, 4) for name, value in self.scores.items()},
            "images": self.images,
            "data": {"sha256": fingerprint(self.pairs), "folders": sorted({path.parent.name for path in self.data})},
            "torch": torch.__version__,
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        }
        write_text(self.out / "network.json", json.dumps(facts, indent=1, sort_keys=True) + "\n")


def started(start: str) -> dict[str, Any]:
    """The changes of a recipe that begins with the float student `start` and trains its network, no teacher's weights in its place.

    Raises RecipeError.
    """
    with _named_by("start", start):
        shape = load_float_student(students.named(start)).shape
    own = {f"network.{key}": value for key, value in dataclasses.asdict(shape).items()}
    return own | {"start": start, "method.weight_transfer": False, "method.distilled_layer": shape.layers[-2].name}


@contextmanager
def _named_by(key: str, path: str) -> Iterator[None]:
    """Raises RecipeError, which names the recipe's key, for what is wrong with a file."""
    try:
        yield
    except (OSError, ValueError) as error:
        system = getattr(error, "strerror", None)
        raise RecipeError(f"{key}: {path}: {system}; allowed a file of qat.distill" if system else f"{key}: {error}") from error


def describe(images: dict[str, int], patch: int) -> str:
    """One line about the images of a run, the HR patch being `patch` pixels each way."""
    line = f"images: {images['training']} to train on, {images['validation']} to validate on"
    return line + (f", {images['left_out']} left out: smaller than {patch}x{patch}" if images["left_out"] else "")


@contextmanager
def claimed(out: Path) -> Iterator[None]:
    """The folder is this run's alone; the system frees it however the run ends.  Raises TrainingError where another run has it."""
    folder = os.open(out, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TrainingError(f"{out}: another training writes here; allowed another folder, --out") from error
        yield
    finally:
        os.close(folder)


def check_batch(recipe: Recipe, processes: int) -> None:
    """Raises RecipeError unless the processes can share a batch evenly."""
    if recipe.data.batch % processes:
        raise RecipeError(f"data.batch = {recipe.data.batch}; allowed a multiple of the {processes} processes")


def check_folder(out: Path, resume: bool) -> None:
    """Raises OSError unless `out` can be the run's folder, which with --resume may hold a run already."""
    if out.exists() and not out.is_dir():
        raise OSError(f"{out}: not a folder")
    if not resume and out.is_dir() and any(not path.name.startswith(".") for path in out.iterdir()):
        raise OSError(f"{out}: not empty; allowed --resume to continue that run, or another --out")


def run(arguments: argparse.Namespace, recipe: Recipe, out: Path) -> str | None:
    """The run that the command line of `qat.distill` asks for, and what is wrong with its network; user errors are raised."""
    data = images_of(arguments.data)
    fabric, compiled_from = launch.launch(arguments, [recipe])
    check_batch(recipe, fabric.world_size)
    if fabric.is_global_zero:
        check_folder(out, arguments.resume)
    fabric.barrier()
    training = Run(fabric, recipe, data, out, compiled_from)
    network = training.train()
    fault = validation.fault(**training.scores)
    if fabric.is_global_zero:
        scores = ", ".join(f"{name} {value:.2f} dB" for name, value in training.scores.items())
        print(f"{out / 'network.npz'}: {network}; validation: {scores}", flush=True)
        if fault:
            print(f"{arguments.name}: {out / 'network.npz'}: {fault}", file=sys.stderr)
    return fault
