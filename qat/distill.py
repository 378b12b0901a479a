"""`python -m qat.distill`: images in, a frozen integer network out.

Teacher, float student, quantized student, freeze, each from where an interrupted run left it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric

import golden
from golden.atomic import write_text
from golden.command import exit_status
from qat import students
from qat.model.quantized import QuantizedFSRCNN
from qat.model.student import FSRCNN
from qat.model.teacher import Teacher
from qat.quantizing import equalize, luma_lane, reconstruction
from qat.quantizing.calibrate import calibrate
from qat.quantizing.freeze import FreezeError, freeze
from qat.recipe import SHIPPED, Recipe, RecipeError, load_recipe, parse_change
from qat.training import images, linear_blocks, stages
from qat.training.data import Pair, PatchSampler, fingerprint, load_pairs, real_luma, some, split
from qat.training.float_student import StudentError, save_float_student
from qat.training.trainer import CheckpointError, Trainer, TrainingError

PICTURES = 8
"""Whole pictures that stand for one batch where a deconvolution is fitted."""
PRECISIONS = ("32-true", "bf16-mixed")


class LaunchError(ValueError):
    """Devices that are not there."""


USER_ERRORS = (
    images.ImageError, RecipeError, CheckpointError, TrainingError, FreezeError, LaunchError, golden.NetworkError, StudentError,
    OSError,
)  # fmt: skip


class Run:
    """One training run in a folder: the stages in their order, then the frozen network and its facts."""

    def __init__(self, fabric: Fabric, recipe: Recipe, data: Sequence[Path], out: Path, compiled: bool = False) -> None:
        self.fabric, self.recipe, self.out, self.data, self.compiled = fabric, recipe, out, data, compiled
        network, settings = recipe.network, recipe.data
        pairs = load_pairs(data, network.scale, settings.patch)
        training, held_out = split(pairs, settings.validation, recipe.seed)
        self.pairs = some(training, settings.images, recipe.seed)
        self.validation = limit_pixels(held_out, settings.validation_pixels)
        self.images = {"training": len(self.pairs), "validation": len(held_out), "left_out": len(data) - len(pairs)}
        if fabric.is_global_zero:
            print(describe(self.images, settings.patch * network.scale))
        self.facts: dict[str, Any] = {}
        self.start = students.origin(recipe.start)

    def train(self) -> golden.IntNetwork:
        """All stages and the freeze."""
        teacher = self.train_teacher() if self.recipe.has_teacher else None
        student = self.train_student(teacher)
        return self.train_quantized(student, teacher)

    def train_teacher(self) -> Teacher:
        torch.manual_seed(self.recipe.seed)
        stage = stages.TeacherStage(self.recipe)
        self._fit("teacher", stage)
        return stage.network

    def train_student(self, teacher: Teacher | None) -> FSRCNN:
        torch.manual_seed(self.recipe.seed + 1)
        student = stages.new_student(self.recipe, teacher)
        if stages.starts_at_another_scale(self.recipe):
            reconstruction.fit_deconvolution(student, self._pictures(PICTURES * max(1, self.recipe.fitting_batches)))
        stages.widen(self.recipe, student)
        stage = stages.StudentStage(self.recipe, student, teacher)
        self._fit("student", stage)
        linear_blocks.fold(student)
        if self.fabric.is_global_zero:
            save_float_student(stage.network, self.out / "student.safetensors")
        return stage.network

    def train_quantized(self, student: FSRCNN, teacher: Teacher | None) -> golden.IntNetwork:
        torch.manual_seed(self.recipe.seed + 2)
        count = max(self.recipe.calibration_batches, self.recipe.fitting_batches)
        quantized = calibrated(self.recipe, student.eval(), [x for x, _ in self._batches(count)])
        self._fit("quantized", stages.QuantizedStage(self.recipe, quantized, teacher))
        frozen = freeze(quantized)
        if self.fabric.is_global_zero:
            self._write(frozen)
        return frozen

    def _fit(self, name: str, stage: Any) -> None:
        checkpoint = self.out / f"{name}.ckpt"
        trainer = Trainer(self.fabric, name, stage, self.recipe, self.pairs, self.validation, checkpoint, self.compiled)
        self.facts[name] = trainer.fit()
        if self.fabric.is_global_zero:
            print(f"{name}: {self.facts[name]['steps']} steps, validation {self.facts[name]['validation_psnr']:.2f} dB")

    def _batches(self, count: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Batches to measure on, other ones than those of the training."""
        settings = self.recipe.data
        sampler = PatchSampler(self.pairs, self.recipe.network.scale, settings.patch, settings.batch, self.recipe.seed + 3)
        device = self.fabric.device
        return [(x.to(device), y.to(device)) for x, y in map(sampler.batch, range(count))]

    def _pictures(self, count: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Whole pictures of the training images, (LR, HR)."""
        chosen = some(self.pairs, count, self.recipe.seed + 3)
        return [(real_luma(p.low, self.fabric.device), real_luma(p.high, self.fabric.device)) for p in chosen]

    def _write(self, frozen: golden.IntNetwork) -> None:
        golden.save(frozen, self.out / "network.npz")
        facts = {
            "hash": frozen.hash,
            "recipe": self.recipe.to_dict(),
            "start": self.start,
            "stages": self.facts,
            "images": self.images,
            "data": {"sha256": fingerprint(self.pairs), "folders": sorted({path.parent.name for path in self.data})},
            "torch": torch.__version__,
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        }
        write_text(self.out / "network.json", json.dumps(facts, indent=1, sort_keys=True) + "\n")


def calibrated(recipe: Recipe, student: FSRCNN, batches: Sequence[torch.Tensor]) -> QuantizedFSRCNN:
    """The quantized student of a float one before its training, with the lane that the recipe asks for laid in and held."""
    x = torch.cat(list(batches[: recipe.calibration_batches]))
    if recipe.scales_channels:
        laid = equalize.into_digits(student, recipe.quantization, x)
        quantized = stages.new_quantized_student(recipe, laid.network)
        calibrate(quantized, None, batches[: recipe.calibration_batches], equalize.THRESHOLD_EXPONENT)
        if recipe.fitting_batches:
            reconstruction.fit_quantized(quantized, laid, student, batches[: recipe.fitting_batches])
        equalize.hold_lane(quantized, recipe.quantization)
        return quantized
    if recipe.has_luma_lane:
        student = luma_lane.into_lane(student, x)
    quantized = stages.new_quantized_student(recipe, student)
    calibrate(quantized, student.eval(), batches, luma_lane.THRESHOLD_EXPONENT if recipe.has_luma_lane else None)
    if recipe.has_luma_lane:
        luma_lane.hold_lane(quantized)
    return quantized


def describe(images: dict[str, int], patch: int) -> str:
    """One line about the images of a run, the HR patch being `patch` pixels each way."""
    line = f"images: {images['training']} to train on, {images['validation']} to validate on"
    return line + (f", {images['left_out']} left out: smaller than {patch}x{patch}" if images["left_out"] else "")


def limit_pixels(pairs: Sequence[Pair], pixels: int) -> list[Pair]:
    """The pairs, each cut to its middle so that all together have about `pixels` HR pixels."""
    limited = []
    for pair in pairs:
        scale = pair.high.shape[0] // pair.low.shape[0]
        side = max(16, int((pixels / len(pairs)) ** 0.5) // scale)
        rows, columns = (slice(max(0, (size - side) // 2), max(0, (size - side) // 2) + side) for size in pair.low.shape)
        high = pair.high[rows.start * scale : rows.stop * scale, columns.start * scale : columns.stop * scale]
        limited.append(Pair(pair.name, pair.low[rows, columns], high))
    return limited


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="python -m qat.distill",
        description="Train a teacher, distil it into a student, train the student quantization-aware, freeze it into integers.",
        epilog="Without --data it trains on the photographs that scikit-image installs.  `torchrun` starts several processes.",
    )
    p.add_argument("--bits", type=int, metavar="B", help="weight and activation bits of the hidden layers, 2..8 (recipe: 8)")
    p.add_argument("--weight-bits", type=int, metavar="B", help="weight bits, in place of --bits")
    p.add_argument("--act-bits", type=int, metavar="B", help="activation bits, in place of --bits")
    p.add_argument("--scale", type=int, help="pixels of output per pixel of input along each side: 2, 3 or 4")
    p.add_argument("--scales", choices=("power-of-two", "dyadic"), help="kind of weight scales")
    p.add_argument("--recipe", default="demo", help=f"{', '.join(SHIPPED)} or a TOML file (demo)")
    p.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one recipe value: student.steps=9000")
    p.add_argument("--data", nargs="+", type=Path, metavar="PATH", help="images, or folders of images, to train on")
    p.add_argument("--out", type=Path, metavar="DIR", help="folder of the run (runs/RECIPE-xS-wWaA)")
    p.add_argument("--resume", action="store_true", help="continue the run in --out, or start it if there is none")
    add_machine_options(p)
    return p


def add_machine_options(p: argparse.ArgumentParser) -> None:
    """How, not what, is trained: a run may be resumed with others of these."""
    p.add_argument("--accelerator", default="auto", help="what Lightning Fabric runs on: auto, cpu, cuda (auto)")
    p.add_argument("--devices", default="auto", help="number of devices (auto: one, or what torchrun started)")
    p.add_argument("--precision", choices=PRECISIONS, default=PRECISIONS[0], help="of the training's products (32-true)")
    p.add_argument("--compile", action="store_true", help="train with torch.compile: needs g++, pays in runs of thousands of steps")


def recipe_of(arguments: argparse.Namespace) -> Recipe:
    """The recipe that the command line asks for."""
    changes = dict(parse_change(text) for text in arguments.set)
    weight, activation = (arguments.bits if own is None else own for own in (arguments.weight_bits, arguments.act_bits))
    if weight is not None:
        changes["quantization.bits.weight"] = weight
    if activation is not None:
        changes["quantization.bits.activation"] = activation
    if arguments.scale is not None:
        changes["network.scale"] = arguments.scale
    if arguments.scales is not None:
        changes["quantization.scales"] = arguments.scales
    return load_recipe(arguments.recipe, changes)


def default_out(recipe: Recipe) -> Path:
    bits = recipe.quantization.bits
    return Path("runs") / f"{recipe.name}-x{recipe.network.scale}-w{bits.weight}a{bits.activation}"


def launch(arguments: argparse.Namespace) -> Fabric:
    """Fabric on one device, or on the processes that torchrun started.  Raises LaunchError."""
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    nodes = int(os.environ.get("WORLD_SIZE", "1")) // processes
    try:
        devices = processes if arguments.devices == "auto" else int(arguments.devices)
        fabric = Fabric(accelerator=arguments.accelerator, devices=devices, num_nodes=max(1, nodes), precision=arguments.precision)
        fabric.launch()
    except Exception as error:  # Lightning has no common class for what it refuses
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise LaunchError(f"--accelerator {arguments.accelerator} --devices {arguments.devices}: {reason}") from error
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    return fabric


def check_batch(recipe: Recipe, processes: int) -> None:
    """Raises RecipeError unless the processes can share a batch evenly."""
    if recipe.data.batch % processes:
        raise RecipeError(f"data.batch = {recipe.data.batch}; allowed a multiple of the {processes} processes")


def prepare_folder(out: Path, resume: bool) -> None:
    """Make the run's folder; with --resume it may hold a run already.  Raises OSError."""
    if out.exists() and not out.is_dir():
        raise OSError(f"{out}: not a folder")
    if not resume and out.is_dir() and any(out.iterdir()):
        raise OSError(f"{out}: not empty; allowed --resume to continue that run, or another --out")
    out.mkdir(parents=True, exist_ok=True)


def run(arguments: argparse.Namespace) -> int:
    """The command behind `main`; user errors are raised."""
    recipe = recipe_of(arguments)
    out = arguments.out or default_out(recipe)
    data = images.find_images(arguments.data) if arguments.data else images.embedded_images()
    fabric = launch(arguments)
    check_batch(recipe, fabric.world_size)
    if fabric.is_global_zero:
        prepare_folder(out, arguments.resume)
    fabric.barrier()
    network = Run(fabric, recipe, data, out, arguments.compile).train()
    if fabric.is_global_zero:
        print(f"{out / 'network.npz'}: {network}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    interrupted = "interrupted; --resume continues from the last checkpoint"
    return exit_status("qat.distill", lambda: run(arguments), USER_ERRORS, interrupted)


if __name__ == "__main__":
    sys.exit(main())
