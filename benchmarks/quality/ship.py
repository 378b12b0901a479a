"""`python -m benchmarks.quality.ship RUN NAME`: put what a run froze into the catalogue, with its provenance.

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
from qat.training.float_student import StudentError, load_float_student

USER_ERRORS = (golden.ArchiveError, RecipeError, StudentError, OSError)
FACTS = ("data", "hash", "images", "machine", "recipe", "stages", "torch")


def ship(run: Path, name: str, history: str, folder: Path) -> list[Path]:
    """Copy the run's file into `folder` under `name`, its provenance beside it; returns both.

    Raises StudentError when name and files disagree.
    """
    facts = _facts(run / "network.json") | {"history": history}
    recipe = Recipe.from_dict(facts["recipe"])
    if name.endswith(students.FLOAT):
        source = run / "student.safetensors"
        shape = load_float_student(source).shape
        _check(name, shape, f"x{shape.scale}{students.FLOAT}")
        del facts["hash"]
    else:
        source = run / "network.npz"
        network, bits = golden.load(source), recipe.quantization.bits
        mixed = networks.MIXED if recipe.quantization.overrides else ""
        _check(name, recipe.network, f"x{network.scale}-w{bits.weight}a{bits.activation}{mixed}")
        if facts["hash"] != network.hash:
            raise StudentError(f"{run}: network and facts are of different trainings")
    path = folder / f"{name}{source.suffix}"
    _copy(source, path)
    write_text(path.with_suffix(".json"), json.dumps(facts, indent=1, sort_keys=True) + "\n")
    return [path, path.with_suffix(".json")]


def _facts(path: Path) -> dict[str, Any]:
    """What `qat.distill` wrote about a run, without the paths of its start and teacher.  Raises StudentError for another file."""
    try:
        facts = json.loads(path.read_text())
        kept = {key: facts[key] for key in FACTS}
        start = kept["recipe"].pop("start")
        kept["recipe"]["teacher"].pop("file", None)  # its sha256 is among the stages
        return kept | {"start": facts.get("start", students.NOT_KEPT if start else None)}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
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
    p.add_argument("--folder", type=Path, metavar="DIR", help="where to put it (golden/networks; qat/students for -float)")
    return p


def run(arguments: argparse.Namespace) -> int:
    """The command behind `main`; user errors are raised."""
    folder = arguments.folder or (students.FOLDER if arguments.name.endswith(students.FLOAT) else networks.FOLDER)
    for path in ship(arguments.run, arguments.name, arguments.history, folder):
        print(path)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    return exit_status("benchmarks.quality.ship", lambda: run(arguments), USER_ERRORS)


if __name__ == "__main__":
    sys.exit(main())
