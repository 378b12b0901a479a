"""`python -m golden.networks.ship RUN NAME`: keep a network under a name of your own, by which every command finds it from then on.

RUN is the folder of a finished run, or a network's file; a NAME that ends in -float keeps the run's float student instead.  The
network goes into your own catalogue ($SR2FPGA_CATALOGUE, or sr2fpga/networks in $XDG_DATA_HOME) with what is known of its training.
Nothing there is ever overwritten, and a name that looks like one of the catalogue's must mean what it says.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from golden import archive, networks
from golden.atomic import creating, replacing, strict_json
from golden.cli.ending import exit_status
from golden.spec import IntNetwork

PROG = "python -m golden.networks.ship"
GROUP = "golden.students"
"""Entry points of the package that has float students: the functions `shipped()`, files, and `facts_of(file, facts)`."""
OWN_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
TELLING = re.compile(r"(fsrcnn(?:-s)?(?:-r)?)-x(\d+)-w(\d+)a(\d+)(-mixed)?")
"""A name that says model, scale and bits."""
NETWORK, STUDENT, FACTS = "network.npz", "student.safetensors", "network.json"


class ShipError(ValueError):
    """A network that cannot be kept under a name; the message says what is in the way."""


USER_ERRORS = (archive.ArchiveError, ShipError, OSError)


def ship(run: Path, name: str, folder: Path | None = None, history: str = "") -> list[Path]:
    """Copy a run's network, or its float student, into `folder` (the user's catalogue) under `name`, its facts beside it.

    Raises ShipError for a name that cannot be, is taken or does not fit, for facts of another training and for a file that is no
    float student; ArchiveError for one that is no network; OSError.
    """
    is_float = name.endswith(networks.FLOAT)
    source = run / (STUDENT if is_float else NETWORK) if run.is_dir() else run
    facts = read_facts(run / FACTS if run.is_dir() else run.with_suffix(".json"))
    check_free(name)
    if is_float:
        facts = _facts_of_student(source, facts)
    else:
        network = archive.load(source)
        check_telling(name, network)
        facts = _facts_of_network(run, network, facts)
    target = networks.own_folder() if folder is None else folder
    target.mkdir(parents=True, exist_ok=True)
    return put(source, target / f"{name}{source.suffix}", facts | ({"history": history} if history else {}))


def put(source: Path, path: Path, facts: dict[str, Any], *, replace: bool = False) -> list[Path]:
    """Copy `source` to `path`, `facts` as JSON beside it, and return both; with `replace` over what is there.

    Raises ShipError where something is there, and OSError; then nothing is left of either.
    """
    beside = path.with_suffix(".json")
    if not replace and (taken := [str(one) for one in (path, beside) if one.exists() or one.is_symlink()]):
        raise ShipError(f"{taken[0]}: is there, and is not overwritten; allowed another name")
    write = replacing if replace else creating
    made: list[Path] = []
    try:
        with write(path) as temporary:
            shutil.copyfile(source, temporary)
        made.append(path)
        with write(beside) as temporary:
            temporary.write_text(strict_json(facts, sort_keys=True))
    except BaseException as error:
        for one in made if not replace else ():
            one.unlink(missing_ok=True)
        if isinstance(error, FileExistsError):
            raise ShipError(f"{path}: is there, and is not overwritten; allowed another name") from error
        raise
    return [path, beside]


def check_free(name: str) -> None:
    """Raises ShipError for a name that no file should have, and for one that ships with the package."""
    if not OWN_NAME.fullmatch(name):
        raise ShipError(f"name '{name}'; allowed up to 64 lower-case letters, digits, - and _, a letter or digit first")
    if name in {path.stem for path in (*networks.shipped(), *(path for shipped in _students("shipped") for path in shipped()))}:
        raise ShipError(f"'{name}' ships with the package; allowed another name")


def check_telling(name: str, network: IntNetwork) -> None:
    """Raises ShipError for a name that says another model, scale or other bits than the network has."""
    means = telling_name(network)
    if TELLING.fullmatch(name) and name != means:
        raise ShipError(f"'{name}' for {network}; allowed {f'{means}, or ' if means else ''}a name of another form")


def telling_name(network: IntNetwork) -> str | None:
    """The name that says what a network is, None for one of other sizes than the catalogue's.

    Of layers with different widths it has the least, and -mixed.
    """
    preset = networks.preset_of([(layer.in_channels, layer.out_channels, layer.kernel) for layer in network.layers])
    if preset is None:
        return None
    weights = {layer.weight_type.bits for layer in network.layers}
    activations = {layer.output.bits for layer in network.layers[:-1]}
    model = preset + ("" if network.layers[-1].luma is None else "-r")
    mixed = networks.MIXED if max(len(weights), len(activations)) > 1 else ""
    return networks.name_of(network.scale, min(weights), min(activations), model) + mixed


def read_facts(path: Path) -> dict[str, Any]:
    """What lies beside a network, empty where there is nothing.  Raises ShipError for what is no JSON object."""
    try:
        facts = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        raise ShipError(f"{path}: not JSON ({error}); allowed the facts of a run, or no such file") from error
    if not isinstance(facts, dict):
        raise ShipError(f"{path}: not the facts of a run; allowed a JSON object, or no such file")
    return facts


def _facts_of_network(run: Path, network: IntNetwork, facts: dict[str, Any]) -> dict[str, Any]:
    if facts.get("hash", network.hash) != network.hash:
        raise ShipError(f"{run}: network and facts are of different trainings")
    return facts | {"hash": network.hash}


def _facts_of_student(source: Path, facts: dict[str, Any]) -> dict[str, Any]:
    for facts_of in _students("facts_of"):
        try:
            kept: dict[str, Any] = facts_of(source, facts)
        except ValueError as error:
            raise ShipError(str(error)) from error
        return kept
    raise ShipError(f"{source}: no installed package has float students; allowed a network")


def _students(function: str) -> list[Any]:
    return [point.load() for point in entry_points(group=GROUP, name=function)]


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog=prog, description=(__doc__ or "").split("\n\n")[0])
    p.add_argument("run", type=Path, metavar="RUN", help="folder of a finished run, or a network's file")
    p.add_argument("name", metavar="NAME", help="its name from then on; one that ends in -float is the float student's")
    p.add_argument("--history", default="", help="what the facts do not tell, in words")
    return p


def run(arguments: argparse.Namespace) -> int:
    """The command behind `main`; user errors are raised."""
    for path in ship(arguments.run, arguments.name, history=arguments.history):
        print(path)
    return 0


def main(argv: Sequence[str] | None = None, prog: str = PROG) -> int:
    arguments = parser(prog).parse_args(argv)
    return exit_status(prog, lambda: run(arguments), USER_ERRORS, "interrupted, nothing was kept")


if __name__ == "__main__":
    sys.exit(main())
