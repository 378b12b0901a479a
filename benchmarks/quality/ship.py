"""`python -m benchmarks.quality.ship RUN NAME`: put what a run froze into the catalogue, with its student and provenance.

NAME is MODEL-xSCALE-wBITSaBITS, with -r in MODEL for a residual, and -mixed behind where single layers have other widths; with the
ending -float, the run's float student is shipped instead.  `benchmarks.quality.results measure` adds PSNR.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import golden
from golden import networks
from golden.atomic import replacing, write_text
from golden.command import exit_status
from qat import students
from qat.model.shape import NetworkShape
from qat.recipe import Recipe, RecipeError
from qat.training.float_student import StudentError, load_float_student, load_student

USER_ERRORS = (golden.ArchiveError, RecipeError, StudentError, OSError)
FACTS = ("data", "hash", "images", "machine", "recipe", "stages", "torch")
ENDINGS = (".npz", ".safetensors")


def ship(run: Path, name: str, history: str, folder: Path) -> list[Path]:
    """Copy the run's files into `folder` under `name`; returns them.  Raises StudentError when name and files disagree."""
    facts = _facts(run / "network.json") | {"history": history}
    recipe = Recipe.from_dict(facts["recipe"])
    if name.endswith(students.FLOAT):
        path = folder / f"{name}.safetensors"
        shape = load_float_student(run / "student.safetensors").shape
        _check(name, shape, f"x{shape.scale}{students.FLOAT}")
        _copy(run / "student.safetensors", path)
        del facts["hash"]
        write_text(path.with_suffix(".json"), json.dumps(facts, indent=1, sort_keys=True) + "\n")
        return [path, path.with_suffix(".json")]
    network, bits = golden.load(run / "network.npz"), recipe.quantization.bits
    mixed = networks.MIXED if recipe.quantization.overrides else ""
    _check(name, recipe.network, f"x{network.scale}-w{bits.weight}a{bits.activation}{mixed}")
    if load_student(run / "network.safetensors")[1] != network.hash or facts["hash"] != network.hash:
        raise StudentError(f"{run}: network, student and facts are of different trainings")
    for ending in ENDINGS:
        _copy(run / f"network{ending}", folder / f"{name}{ending}")
    write_text(folder / f"{name}.json", json.dumps(facts, indent=1, sort_keys=True) + "\n")
    return [folder / f"{name}{ending}" for ending in (*ENDINGS, ".json")]


def _facts(path: Path) -> dict[str, Any]:
    """What `qat.distill` wrote about a run.  Raises StudentError for another file."""
    try:
        facts = json.loads(path.read_text())
        return {key: facts[key] for key in FACTS}
    except (ValueError, KeyError, TypeError) as error:
        raise StudentError(f"{path}: not the facts of a run ({type(error).__name__})") from error


def _check(name: str, shape: NetworkShape, ending: str) -> None:
    fitting = [f"{model}-{ending}" for model in networks.MODELS if model.endswith("-r") == shape.residual]
    if name not in fitting:
        raise StudentError(f"'{name}' for a run of {ending}{' with a residual' * shape.residual}; allowed {' or '.join(fitting)}")


def _copy(source: Path, target: Path) -> None:
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m benchmarks.quality.ship", description=(__doc__ or "").split("\n\n")[0])
    p.add_argument("run", type=Path, help="folder of a finished run of qat.distill")
    p.add_argument("name", help="name in the catalogue, as fsrcnn-x2-w8a8 or fsrcnn-x2-float")
    p.add_argument("--history", default="", help="what the recipe does not say, in words")
    p.add_argument("--folder", type=Path, default=networks.FOLDER, metavar="DIR", help="the catalogue's folder")
    return p


def run(arguments: argparse.Namespace) -> int:
    """The command behind `main`; user errors are raised."""
    for path in ship(arguments.run, arguments.name, arguments.history, arguments.folder):
        print(path)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    return exit_status("benchmarks.quality.ship", lambda: run(arguments), USER_ERRORS)


if __name__ == "__main__":
    sys.exit(main())
