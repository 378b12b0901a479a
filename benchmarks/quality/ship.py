"""`python -m benchmarks.quality.ship RUN NAME`: put what a run froze into the package's own catalogue, with its provenance.

NAME is what the network is, MODEL-xSCALE-wBITSaBITS, with -r in MODEL for a residual, and -mixed behind where single layers have
other widths; with the ending -float, the run's float student is shipped instead.  What ships already is replaced with --replace
alone.  `benchmarks.quality.results measure` adds PSNR.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import golden
from golden import networks
from golden.cli.ending import exit_status
from golden.networks.ship import FACTS as FACTS_FILE
from golden.networks.ship import NETWORK, STUDENT, ShipError, put, telling_name
from qat import students
from qat.errors import RecipeError, StudentError
from qat.model.shape import NetworkShape
from qat.recipe import Recipe
from qat.training.float_student import load_float_student

PROG = "python -m benchmarks.quality.ship"
USER_ERRORS = (golden.ArchiveError, RecipeError, ShipError, StudentError, OSError)
FACTS = ("data", "hash", "images", "machine", "recipe", "stages", "torch")


def ship(run: Path, name: str, history: str, folder: Path, *, replace: bool = False) -> list[Path]:
    """Copy the run's file into `folder` under `name`, its provenance beside it; returns both.

    Raises ShipError when name and files disagree, and without `replace` where something is there.
    """
    facts = _facts(run / FACTS_FILE) | {"history": history}
    trained = Recipe.from_dict(facts["recipe"]).network
    if name.endswith(networks.FLOAT):
        source = run / STUDENT
        shape = load_float_student(source).shape
        _check(run, name, _student_name(shape), shape, trained)
        del facts["hash"]
    else:
        source = run / NETWORK
        network = golden.load(source)
        _check(run, name, telling_name(network), network, trained)
        if facts["hash"] != network.hash:
            raise ShipError(f"{run}: network and facts are of different trainings")
    return put(source, folder / f"{name}{source.suffix}", facts, replace=replace)


def _facts(path: Path) -> dict[str, Any]:
    """What `qat.distill` wrote about a run, without the paths of its start and teacher.  Raises ShipError for another file."""
    try:
        facts = json.loads(path.read_text())
        kept = {key: facts[key] for key in FACTS}
        start = kept["recipe"].pop("start")
        kept["recipe"]["teacher"].pop("file", None)  # its sha256 is among the stages
        return kept | {"start": facts.get("start", students.NOT_KEPT if start else None)}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ShipError(f"{path}: not the facts of a run ({type(error).__name__})") from error


def _student_name(shape: NetworkShape) -> str | None:
    """The name that says what a float student is, None for one of other sizes than the catalogue's."""
    preset = networks.preset_of([(layer.in_channels, layer.out_channels, layer.kernel) for layer in shape.layers])
    return preset and f"{preset}{'-r' * shape.residual}-x{shape.scale}{networks.FLOAT}"


def _check(run: Path, name: str, means: str | None, what: object, trained: NetworkShape) -> None:
    if name != means:
        raise ShipError(f"'{name}' for {what}; allowed {means or 'a network of sizes that have a name: fsrcnn, fsrcnn-s'}")
    if isinstance(what, NetworkShape) and what != trained:
        raise ShipError(f"{run}: student and facts are of different trainings")


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog=prog, description=(__doc__ or "").split("\n\n")[0])
    p.add_argument("run", type=Path, help="folder of a finished run of qat.distill")
    p.add_argument("name", help="name in the catalogue, as fsrcnn-x2-w8a8 or fsrcnn-x2-float")
    p.add_argument("--history", default="", help="what the recipe does not say, in words")
    p.add_argument("--folder", type=Path, metavar="DIR", help="where to put it (golden/networks; qat/students for -float)")
    p.add_argument("--replace", action="store_true", help="over the one of that name that ships")
    return p


def run(arguments: argparse.Namespace) -> int:
    """The command behind `main`; user errors are raised."""
    folder = arguments.folder or (students.FOLDER if arguments.name.endswith(networks.FLOAT) else networks.FOLDER)
    for path in ship(arguments.run, arguments.name, arguments.history, folder, replace=arguments.replace):
        print(path)
    return 0


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    arguments = parser(prog).parse_args(argv)
    return exit_status(prog, lambda: run(arguments), USER_ERRORS)


if __name__ == "__main__":
    sys.exit(main())
