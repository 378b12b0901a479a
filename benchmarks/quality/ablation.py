"""`python -m benchmarks.quality.ablation PLAN.toml --data DIR`: what each part of the method brings, at float and at each width.

A plan names arms, each a change to one recipe.  An arm's float student is trained once for each seed and quantized from there at
each width, without teacher.  Results are PSNR on the validation split in the device protocol, never on a benchmark; one JSON file
holds them, and a run that was stopped goes on where its checkpoints are.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightning_fabric import Fabric

from benchmarks.quality import result_file
from golden.atomic import write_text
from golden.cli.ending import exit_status
from golden.pictures.embedded import images_of
from qat.recipe import Recipe, RecipeError, load_recipe
from qat.training import launch
from qat.training import run as training_run

FLOAT = "float"


@dataclass(frozen=True)
class Plan:
    """What is compared: `arms` maps a name to dotted recipe keys and values, `seeds` to its seeds; `common` holds for all."""

    title: str
    text: str
    recipe: str
    widths: tuple[int, ...]
    seeds: dict[str, tuple[int, ...]]
    common: dict[str, Any]
    arms: dict[str, dict[str, Any]]


def load_plan(path: Path) -> Plan:
    """The plan in a TOML file.  Raises RecipeError naming the file and what is wrong, OSError."""
    try:
        values = tomllib.loads(path.read_text())
        arms = {str(arm["name"]): dict(arm.get("set", {})) for arm in values["arms"]}
        widths, usual = _integers(values.get("widths", [])), values.get("seeds", [1])
        seeds = {str(arm["name"]): _integers(arm.get("seeds", usual)) for arm in values["arms"]}
        plan = Plan(values["title"], values["text"], values["recipe"], widths, seeds, dict(values.get("common", {})), arms)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecipeError(f"{path}: not a plan ({type(error).__name__}: {error}); allowed title, text, recipe, arms") from error
    for name, seeds in plan.seeds.items():
        if not seeds:
            raise RecipeError(f"{path}: no seed for '{name}'; allowed one or more")
        float_recipe(plan, name, seeds[0])
    return plan


def _integers(values: Iterable[Any]) -> tuple[int, ...]:
    return tuple(int(value) for value in values)


def float_recipe(plan: Plan, arm: str, seed: int) -> Recipe:
    return load_recipe(plan.recipe, {**plan.common, **plan.arms[arm], "seed": seed})


def quantized_recipe(plan: Plan, arm: str, seed: int, width: int, start: Path) -> Recipe:
    """The arm's recipe at `width` bits, beginning with its float student."""
    changes = {"quantization.bits": width, "start": str(start), "student.steps": 0, "teacher.steps": 0}
    return load_recipe(plan.recipe, {**plan.common, **plan.arms[arm], "seed": seed, **changes})


def jobs(plan: Plan) -> Iterator[tuple[str, int, str]]:
    """(arm, seed, column): every arm with one seed before the next seed, so that an early stop still compares."""
    columns = (FLOAT, *(f"{width} bits" for width in plan.widths))
    for seed in sorted({seed for seeds in plan.seeds.values() for seed in seeds}):
        for arm in plan.arms:
            if seed in plan.seeds[arm]:
                yield from ((arm, seed, column) for column in columns)


class Results:
    """The JSON file: facts of the plan, and `arms`, which maps arm and column to one value for each seed that is done."""

    def __init__(self, path: Path, plan: Plan) -> None:
        self.path, self.plan = path, plan
        self.done: dict[str, float] = {}
        if path.exists():
            self.done = result_file.read(path, result_file.UNFINISHED)["done"]

    def has(self, *job: Any) -> bool:
        return _key(*job) in self.done

    def add(self, job: tuple[str, int, str], psnr: float) -> None:
        self.done[_key(*job)] = psnr
        arms: dict[str, dict[str, list[float]]] = {name: {} for name in self.plan.arms}
        for arm, seed, column in jobs(self.plan):
            if self.has(arm, seed, column):
                arms[arm].setdefault(column, []).append(self.done[_key(arm, seed, column)])
        content = {"title": self.plan.title, "text": self.plan.text, "arms": arms, "common": self.plan.common, "done": self.done}
        write_text(self.path, json.dumps(content, indent=1) + "\n")


def _key(arm: str, seed: int, column: str) -> str:
    return f"{arm} | {seed} | {column}"


def train(
    fabric: Fabric, recipe: Recipe, data: Sequence[Path], out: Path, quantizes: bool, compiled_from: int | None = None
) -> float:
    """Validation PSNR in dB of the float student, or of the quantized one."""
    out.mkdir(parents=True, exist_ok=True)
    training = training_run.Run(fabric, recipe, data, out, compiled_from)
    teacher = training.train_teacher() if recipe.has_teacher else None
    student = training.train_student(teacher)
    if quantizes:
        training.train_quantized(student, None)
    return float(training.facts["quantized" if quantizes else "student"]["validation_psnr"])


def run(arguments: argparse.Namespace) -> int:
    """The command behind `main`; user errors are raised."""
    plan = load_plan(arguments.plan)
    data = images_of(arguments.data)
    results = Results(arguments.json, plan)
    fabric, compiled_from = launch.launch(arguments, [float_recipe(plan, *job[:2]) for job in jobs(plan)])
    for arm, seed, column in jobs(plan):
        if results.has(arm, seed, column):
            continue
        folder = arguments.out / arm.replace(" ", "-") / str(seed)
        recipe = float_recipe(plan, arm, seed)
        if column != FLOAT:
            recipe = quantized_recipe(plan, arm, seed, int(column.split()[0]), folder / FLOAT / "student.safetensors")
        psnr = train(fabric, recipe, data, folder / column.replace(" ", "-"), column != FLOAT, compiled_from)
        results.add((arm, seed, column), psnr)
        print(f"{arm}, seed {seed}, {column}: {psnr:.2f} dB", flush=True)
    return 0


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m benchmarks.quality.ablation", description=(__doc__ or "").split("\n\n")[0])
    p.add_argument("plan", type=Path, help="TOML file: title, text, recipe, widths, seeds, common, arms")
    p.add_argument("--data", nargs="+", type=Path, metavar="PATH", help="images, or folders of images, to train on")
    p.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the runs and their checkpoints")
    p.add_argument("--json", type=Path, required=True, metavar="FILE", help="results; what it holds is not trained again")
    launch.add_options(p)
    return p


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    errors, stopped = (*training_run.USER_ERRORS, result_file.ResultError), "interrupted; the same command goes on"
    return exit_status("benchmarks.quality.ablation", lambda: run(arguments), errors, stopped)


if __name__ == "__main__":
    sys.exit(main())
