"""`sr2fpga COMMAND`: every command of this project by one name, each the same parser and the same run as its `python -m`.

Decides how commands are found: entry points `golden.commands` of installed packages, each a module with `parser(prog)` and
`main(argv, prog)`.  A module is imported when its command is asked for, so that one whose package is missing hinders no other.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from golden.cli.ending import exit_status, refuse
from golden.cli.requirements import own_version, remedy_for

GROUP = "golden.commands"
NAME = "sr2fpga"
_PICTURES, _NETWORKS = ("upscale", "compare-pictures"), ("compare", "evaluate", "distill", "import", "onnx")
SHIPPED = ("networks", *_PICTURES, *_NETWORKS, "plan", "export", "simulate", "ship")
"""The commands of this distribution, in the order in which one meets them."""
SHELLS = ("bash", "zsh", "tcsh")


def known() -> dict[str, EntryPoint]:
    """The installed commands by name: ours in their order, then others by the alphabet."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    return {name: found[name] for name in (*SHIPPED, *sorted(set(found) - set(SHIPPED))) if name in found}


def summary(point: EntryPoint) -> str:
    """What a command's module says of itself in the first paragraph of its docstring; nothing is imported."""
    path = _source(point.module)
    text = ast.get_docstring(ast.parse(path.read_text())) if path else None
    first = " ".join((text or "").split("\n\n")[0].split())
    return first.partition("`: ")[2] or first


def _source(module: str) -> Path | None:
    """The file of a module, found without importing its package."""
    root, *parts = module.split(".")
    spec = find_spec(root)
    if spec is None or not parts:
        return Path(spec.origin) if spec and spec.origin else None
    for folder in spec.submodule_search_locations or ():
        place = Path(folder, *parts)
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                return path
    return None


def parser() -> argparse.ArgumentParser:
    """The options of `sr2fpga` itself, and the list of commands."""
    commands = known()
    width = max(map(len, commands), default=0)
    p = argparse.ArgumentParser(
        NAME,
        usage=f"{NAME} [--help] [--version] [--print-completion {{{','.join(SHELLS)}}}] COMMAND ...",
        description="From a trained super-resolution network to an FPGA.",
        epilog="\n".join(["commands:", *(f"  {name:{width}}  {summary(point)}" for name, point in commands.items())])
        + f"\n\n{NAME} COMMAND --help explains one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("--version", action="version", version=f"{NAME} {own_version()}")
    p.add_argument("--print-completion", choices=SHELLS, metavar="SHELL", help=f"print a completion script: {', '.join(SHELLS)}")
    return p


def run(name: str, argv: Sequence[str]) -> int:
    """The command called `name`; 2 after one line for a name that none has, 1 where a package that it needs is missing."""
    point = known().get(name)
    if point is None:
        help_ = " (make install installs it)" if name in SHIPPED else ""
        return refuse(NAME, f"no command '{name}'{help_}; allowed {', '.join(known())}", 2)
    try:
        module = point.load()
    except ModuleNotFoundError as error:
        remedy = remedy_for(error, point.dist)
        if remedy is None:
            raise
        return refuse(f"{NAME} {name}", f"{error.name} is not installed; {remedy} gets it")
    status: int = module.main(argv, prog=f"{NAME} {name}")
    return status


def completion(shell: str) -> str:
    """A completion script over the commands that can be loaded here.  Raises ModuleNotFoundError without shtab."""
    import shtab

    whole = parser()
    commands = whole.add_subparsers(metavar="COMMAND")
    for name, point in known().items():
        try:
            own: argparse.ArgumentParser = point.load().parser(f"{NAME} {name}")
        except ModuleNotFoundError:
            continue
        for action in own._actions:
            _complete_files(action, shtab.FILE)
        commands.add_parser(name, parents=[own], add_help=False, help=summary(point).replace("`", ""))
    return str(shtab.complete(whole, shell=shell))


def _complete_files(action: Any, files: Any) -> None:
    if action.type is Path or action.metavar == "NETWORK":
        action.complete = files


def _print(text: str) -> int:
    print(text, flush=True)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    if words and not words[0].startswith("-"):
        return run(words[0], words[1:])
    asked = parser().parse_args(words).print_completion
    if asked is None:
        return refuse(NAME, f"which command? allowed {', '.join(known())}", 2)
    return exit_status(NAME, lambda: _print(completion(asked)), (OSError,))
