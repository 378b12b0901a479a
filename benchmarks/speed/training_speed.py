"""Steps per second of the training loop against a bare loop around the same network: float and quantized, no teacher."""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric

from benchmarks.speed import interleaved
from golden.pictures.embedded import embedded_images
from qat.quantizing.reconstruction import reconstructed
from qat.recipe import Recipe, load_recipe
from qat.training import stages
from qat.training.data import PatchSampler, load_pairs
from qat.training.trainer import Trainer


def student_of(recipe: Recipe, stage: str, x: torch.Tensor) -> Any:
    student = stages.new_student(recipe, None)
    if stage == "student":
        return student
    return reconstructed(student, recipe.quantization, [x])


def bare_loop(network: torch.nn.Module, batch: tuple[torch.Tensor, torch.Tensor], steps: int) -> Callable[[], None]:
    """What remains without this project's loop: forward, L1, backward, Adam, on one batch held in memory."""
    network = network.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4)
    x, y = batch

    def run() -> None:
        for _ in range(steps):
            optimizer.zero_grad(set_to_none=True)
            (network(x) - y).abs().mean().backward()
            optimizer.step()

    return run


def our_loop(recipe: Recipe, name: str, network: Any, pairs: Any, folder: str, steps: int) -> Callable[[], None]:
    make = stages.StudentStage if name == "student" else stages.QuantizedStage
    stage = make(recipe, network, None)
    trainer = Trainer(Fabric(accelerator="cpu", devices=1), name, stage, recipe, pairs, pairs[:1], Path(folder) / f"{name}.ckpt")
    stage.train()

    def run() -> None:
        for _ in range(steps):
            trainer.step()

    return run


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.speed.training_speed", description=__doc__)
    p.add_argument("--rounds", type=int, default=7)
    p.add_argument("--steps", type=int, default=10, help="steps in each round (10)")
    arguments = p.parse_args()
    recipe = dataclasses.replace(load_recipe("demo"), teacher=dataclasses.replace(load_recipe("demo").teacher, steps=0))
    pairs = load_pairs(embedded_images(), recipe.network.scale, recipe.data.patch)
    batch = PatchSampler(pairs, recipe.network.scale, recipe.data.patch, recipe.data.batch, 0).batch(0)
    print(interleaved.machine())
    with tempfile.TemporaryDirectory() as folder:
        for name in ("student", "quantized"):
            networks = [student_of(recipe, name, batch[0]) for _ in range(2)]
            rivals = {
                "this project's loop": our_loop(recipe, name, networks[0], pairs, folder, arguments.steps),
                "bare loop": bare_loop(networks[1], batch, arguments.steps),
            }
            seconds = interleaved.measure(rivals, arguments.rounds)
            ratio = seconds["bare loop"] / seconds["this project's loop"]
            rate = arguments.steps / seconds["this project's loop"]
            print(f"{name}: {rate:.1f} steps/s, {ratio:.3f} of the bare loop's")


if __name__ == "__main__":
    main()
